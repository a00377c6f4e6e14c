"""Small firms among the customers: whose they are, what they are called, and the code that they are registered by."""

from dataclasses import dataclass

import numpy as np

from insight.simulate.draws import ChunkStream, Draws, mixed
from insight.simulate.population import places
from insight.simulate.population.groups import GROUPS

SHARE = 0.03  # of customers
OWNERS_AGED = 25, 65
AT_HOME, OWNERS_PHONE = 0.4, 0.6  # firms whose address is their owner's home; that give the owner's telephone
EMPLOYEES, EMPLOYEES_SPREAD = 6.0, 0.8  # median, log spread
MOST_CARDS, EMPLOYEES_A_CARD = 6, 4

_BRAND = """
鸿 Hong|华 Hua|恒 Heng|嘉 Jia|瑞 Rui|盛 Sheng|金 Jin|祥 Xiang|宏 Hong|永 Yong|德 De
中 Zhong|新 Xin|天 Tian|广 Guang|万 Wan
"""
_BRAND_END = """
运 yun|达 da|泰 tai|信 xin|源 yuan|丰 feng|隆 long|诚 cheng|通 tong|辉 hui|联 lian|创 chuang|和 he|美 mei|利 li|成 cheng
"""
_TRADES = """
trading 贸易 Trading|building_materials 建材 Building Materials|hardware 五金 Hardware|technology 科技 Technology
catering 餐饮 Catering|logistics 物流 Logistics|garments 服装 Garments|advertising 广告 Advertising
decoration 装饰 Decoration|foods 食品 Foods|machinery 机电 Machinery|consulting 咨询 Consulting
"""
_CITIES = """
Beijing Shanghai Guangzhou Shenzhen Hangzhou Chengdu Wuhan Nanjing Xi'an Chongqing Suzhou Tianjin Changsha Qingdao
Xiamen Zhengzhou
"""
# name, English, share, and how the registry's code begins: companies and sole traders
_FORMS = (("有限公司", "Co., Ltd.", 0.6, "91"), ("商行", "Firm", 0.2, "92"), ("经营部", "Business Dept.", 0.2, "92"))
_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
_CODE_WEIGHTS = 3 ** np.arange(17) % 31


def _entries(text: str) -> list[list[str]]:
    return [entry.split(maxsplit=2) for line in text.split("\n") for entry in line.split("|") if entry]


TRADES = tuple(entry[0] for entry in _entries(_TRADES))


@dataclass(frozen=True)
class Firms:
    """The firms of a chunk, an array each; positions are those of the chunk.

    ``owner`` is a person of the chunk; ``at_home`` are the firms whose address is their owner's, ``lends`` those that
    give the owner's telephone; ``brand``, ``trade`` and ``form`` are codes of their names, ``years`` their age,
    ``cards`` how many lie on their account.
    """

    at: np.ndarray
    owner: np.ndarray
    at_home: np.ndarray
    lends: np.ndarray
    brand: np.ndarray
    trade: np.ndarray
    form: np.ndarray
    years: np.ndarray
    employees: np.ndarray
    cards: np.ndarray


def draw_firms(seed: int, chunk: int, single: np.ndarray, age: np.ndarray, *, share: float) -> Firms:
    """Draw which customers are firms, in the place of people who live alone, and whose.

    Parameters
    ----------
    single, age
        Of everybody: whether they live alone, and their age in years.
    share
        Of customers.
    """
    turn = Draws((seed, chunk, ChunkStream.FIRMS), np.arange(len(age))).random()
    count = min(round(share * len(age)), int(single.sum()))
    at = np.sort(np.argsort(np.where(single, turn, 2.0), kind="stable")[:count])
    grown = (age >= OWNERS_AGED[0]) & (age < OWNERS_AGED[1])
    grown[at] = False
    owners = np.flatnonzero(grown)
    at = at if len(owners) else at[:0]
    draws = Draws((seed, chunk, ChunkStream.FIRMS, 1), at)
    years, spread = GROUPS["firm"][1:3]
    employees = np.ceil(EMPLOYEES * np.exp(EMPLOYEES_SPREAD * draws.normal())).clip(1, 200).astype(np.int64)
    return Firms(
        at=at,
        owner=owners[draws.integers(0, len(owners))] if len(at) else at,
        at_home=draws.chance(AT_HOME),
        lends=draws.chance(OWNERS_PHONE),
        brand=draws.integers(0, len(_entries(_BRAND)) * len(_entries(_BRAND_END))),
        trade=draws.integers(0, len(TRADES)),
        form=draws.pick([form[2] for form in _FORMS]),
        years=np.clip(years + spread * draws.normal(), 1, 30),
        employees=employees,
        cards=np.minimum(2 + employees // EMPLOYEES_A_CARD, MOST_CARDS),
    )


def firm_names(firms: Firms, city: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give firms' names, in Chinese and in English: place, word, trade and legal form."""
    first, last = np.array(_entries(_BRAND), object), np.array(_entries(_BRAND_END), object)
    begin, end = first[firms.brand // len(last)], last[firms.brand % len(last)]
    trades, forms = np.array(_entries(_TRADES), object)[firms.trade], np.array(_FORMS, object)[firms.form]
    town = np.array([name.removesuffix("市") for name in places.cities()[1]], object)[city]
    chinese = town + begin[:, 0] + end[:, 0] + trades[:, 1] + forms[:, 0]
    place = np.array(_CITIES.split(), object)[city]
    return chinese, place + " " + begin[:, 1] + end[:, 1] + " " + trades[:, 2] + " " + forms[:, 1]


def brands(firms: Firms) -> np.ndarray:
    """Give the word that each firm goes by, in Latin letters."""
    first, last = np.array(_entries(_BRAND), object)[:, 1], np.array(_entries(_BRAND_END), object)[:, 1]
    return first[firms.brand // len(last)] + last[firms.brand % len(last)]


def credit_codes(begin: np.ndarray, district: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Make unified social credit codes, each once, with both check digits (GB 11714, GB 32100-2015).

    Parameters
    ----------
    begin
        Who registered it and as what: two signs.
    district
        Six digits of the place of registration.
    number
        Below a hundred million, each once.

    Examples
    --------
    >>> credit_codes(np.array(["91"]), np.array([330106]), np.array([7])).tolist()
    ['91330106191211053N']
    """
    body = np.array([f"{each:08d}" for each in mixed(number, 8).tolist()], "U8")
    organisation = (_signs(body) * _ORGANISATION_WEIGHTS).sum(axis=1)
    last = np.array(list("0X987654321"))[organisation % 11]
    whole = np.char.add(np.char.add(np.char.add(begin, district.astype("U6")), body), last)
    rest = (_signs(whole) * _CODE_WEIGHTS).sum(axis=1) % 31
    return np.char.add(whole, np.array(list(_SIGNS))[(31 - rest) % 31])


def _signs(texts: np.ndarray) -> np.ndarray:
    """Give the value of each sign of texts of one length."""
    width = texts.dtype.itemsize // 4
    value = np.zeros(128, np.int64)
    value[[ord(sign) for sign in _SIGNS]] = np.arange(len(_SIGNS))
    return value[np.ascontiguousarray(texts).view(np.uint32).reshape(len(texts), width)]


def registrations(firms: Firms, district: np.ndarray, person: np.ndarray) -> np.ndarray:
    """Give firms' credit codes, by the district of their address and their number."""
    begin = np.array([form[3] for form in _FORMS])[firms.form]
    return credit_codes(begin, district, person).astype(object)
