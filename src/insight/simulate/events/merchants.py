"""The merchant directory: the same for every chunk of a seed."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa

from insight.simulate.draws import ChunkStream, generator
from insight.simulate.population import places
from insight.simulate.population.behaviour import CATEGORY_NAMES, MCC, ONLINE
from insight.simulate.schemas import TABLES, WORD

ONLINE_PLACE = 16
_PER_CATEGORY, _ONLINE_ONES = 240, 40
_BRANDS = (
    "万家 Wanjia|百佳 Baijia|鑫源 Xinyuan|天虹 Tianhong|永辉 Yonghui|华润 Huarun|大润 Darun|"
    "美宜 Meiyi|盛世 Shengshi|和家 Hejia|"
    "金鼎 Jinding|福满 Fuman|东来 Donglai|春天 Chuntian|蓝海 Lanhai|"
    "新世纪 Xinshiji|聚丰 Jufeng|鸿运 Hongyun|南洋 Nanyang|小熊 Xiaoxiong"
)
_KINDS = (
    "超市 Market|酒楼 Restaurant|快餐 Diner|加油站 Fuel|洗车行 Car Wash|停车场 Parking|"
    "航空 Airlines|酒店 Hotel|出行 Rides|"
    "商城 Mall|数码 Electronics|服饰 Fashion|母婴 Kids|教育 School|药房 Pharmacy|"
    "影城 Cinema|数娱 Digital|水电 Utilities|"
    "珠宝 Jewellers|家居 Home|ATM ATM|"
    "物资 Supplies|办公 Office"
)


@dataclass(frozen=True)
class Directory:
    """Where each category's merchants begin and how many there are, by city; the last place is online."""

    begin: np.ndarray
    count: np.ndarray

    def choose(self, category: np.ndarray, place: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Give the merchant at a quantile (0 to 1) of a category's list in a city."""
        count = self.count[category, place]
        return self.begin[category, place] + (at * count).astype(np.int64)


@lru_cache(maxsize=4)
def directory() -> Directory:
    """Give the number of merchants by category and city: larger cities have more, online has forty each."""
    share = places.cities()[2] / places.cities()[2].sum()
    offline = np.maximum(np.rint(share * _PER_CATEGORY), 3)
    count = np.tile(np.append(offline, _ONLINE_ONES), (len(CATEGORY_NAMES), 1)).astype(np.int64)
    count[ONLINE == 0, ONLINE_PLACE] = 3
    begin = 1 + np.concatenate([[0], np.cumsum(count.ravel())[:-1]]).reshape(count.shape)
    return Directory(begin, count)


@lru_cache(maxsize=1)
def _places() -> np.ndarray:
    layout = directory()
    return np.append(-1, np.repeat(np.tile(np.arange(ONLINE_PLACE + 1), len(CATEGORY_NAMES)), layout.count.ravel()))


def places_of(merchant: np.ndarray) -> np.ndarray:
    """Give the city of merchants, or `ONLINE_PLACE`."""
    return _places()[np.maximum(merchant, 0)]


def number_of(merchant: np.ndarray, category: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give merchants' position in the list of their category and place, and how long the list is."""
    layout = directory()
    return merchant - layout.begin[category, place], layout.count[category, place]


def make_merchants(seed: int) -> pa.Table:
    """Make the ``merchants`` table."""
    rng = generator(seed, ChunkStream.MERCHANTS)
    layout = directory()
    size = int(layout.count.sum())
    category = np.repeat(np.arange(len(CATEGORY_NAMES)), layout.count.sum(axis=1))
    place = np.repeat(np.tile(np.arange(ONLINE_PLACE + 1), len(CATEGORY_NAMES)), layout.count.ravel())
    brand = rng.integers(0, 20, size)
    number = np.arange(size) - np.searchsorted(category * 100 + place, category * 100 + place)
    brands = np.array([pair.split() for pair in _BRANDS.split("|")], object)
    kinds = np.array([pair.split(" ", 1) for pair in _KINDS.split("|")], object)
    cities = np.array([name.removesuffix("市") for name in places.cities()[1]] + [""], object)
    towns = np.array([*places.cities()[1], None], object)  # the last place is online, in no city
    branch = (number // 20 + 1).astype(str).astype(object)
    return pa.table(
        {
            "merchant": np.arange(1, size + 1),
            "name_zh": cities[place] + brands[brand, 0] + kinds[category, 0] + branch + "店",
            "name_en": brands[brand, 1] + " " + kinds[category, 1] + " " + branch,
            "mcc": MCC[category],
            "category": pa.array(np.array(CATEGORY_NAMES, object)[category]).dictionary_encode(),
            "city": pa.array(towns[place]).cast(pa.string()).cast(WORD),
            "online": place == ONLINE_PLACE,
        }
    ).cast(TABLES["merchants"])
