"""Spending categories, and what is constant about each person.

Everything here is drawn once from ``(seed, chunk)`` and never changes; the state that does
change is in `lifecycle`.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import betaincinv, gammaincinv

from insight.config.source import Rates
from insight.simulate.draws import ChunkStream, Draws, chance, generator
from insight.simulate.population import places
from insight.simulate.population.families import Kin
from insight.simulate.population.firms import Firms
from insight.simulate.population.groups import FIRM, GROUPS, LEAVE, PURCHASES, REVOLVE, column

# merchant category code, median purchase (yuan), log spread, share bought online, weight of a weekend day,
# share of purchases by group, in their order; those of firms alone come last
CATEGORIES: dict[str, tuple[float, ...]] = {
    "groceries": (5411, 75, 0.7, 0.20, 1.35, 10, 14, 8, 24, 14, 10, 18, 25, 12, 1),
    "dining": (5812, 110, 0.7, 0.05, 1.50, 16, 11, 12, 12, 12, 17, 13, 12, 30, 9),
    "fast_food": (5814, 32, 0.5, 0.45, 1.10, 8, 7, 22, 7, 10, 3, 12, 8, 20, 0),
    "fuel": (5541, 280, 0.4, 0.02, 1.15, 4, 22, 1, 7, 3, 8, 5, 6, 2, 16),
    "car_wash": (7542, 45, 0.4, 0.05, 1.70, 1, 6, 0.2, 2, 0.6, 2, 1, 1, 0.4, 2),
    "parking": (7523, 18, 0.6, 0.10, 1.20, 2, 12, 0.5, 4, 1, 4, 2, 2, 2, 6),
    "air_travel": (4511, 980, 0.5, 0.90, 0.80, 9, 1, 1, 1, 1, 5, 0.5, 0.5, 1.5, 7),
    "hotel": (7011, 420, 0.6, 0.60, 1.25, 9, 2, 1.5, 1.5, 1, 5, 0.5, 0.5, 2, 7),
    "transport": (4121, 28, 0.6, 0.60, 0.80, 14, 2, 13, 4, 10, 8, 10, 10, 10, 10),
    "online_retail": (5964, 95, 0.9, 1.00, 1.05, 8, 6, 22, 9, 18, 7, 14, 10, 8, 2),
    "electronics": (5732, 900, 0.9, 0.65, 1.20, 1, 1, 1.5, 0.8, 6, 2, 1.5, 1, 0.8, 2),
    "clothing": (5651, 220, 0.7, 0.40, 1.50, 4, 3, 6, 5, 7, 7, 5, 5, 4, 0),
    "children": (5945, 130, 0.7, 0.45, 1.40, 0.5, 1.5, 0.2, 7, 0.5, 0.5, 0.8, 0.5, 0.2, 0),
    "education": (8299, 850, 0.8, 0.50, 1.00, 0.5, 0.8, 0.8, 2.5, 1, 0.8, 0.5, 0.3, 0.3, 0),
    "health": (5912, 85, 0.8, 0.15, 0.90, 2, 2, 1.5, 4, 3, 4, 4, 7, 1.5, 0),
    "entertainment": (7832, 75, 0.5, 0.55, 1.80, 4, 2.5, 4, 3, 3, 3, 3, 2, 4, 1),
    "digital_goods": (5816, 25, 0.8, 1.00, 1.10, 3, 2, 10, 2, 5, 1, 5, 2, 3, 2),
    "utilities": (4900, 120, 0.6, 0.85, 0.90, 3, 3.5, 1.5, 4.5, 4, 3, 4, 10, 2, 8),
    "luxury": (5944, 2600, 0.8, 0.10, 1.40, 0.8, 0.3, 0.1, 0.2, 0.2, 4, 0.1, 0.1, 0.3, 0),
    "home": (5712, 480, 0.9, 0.35, 1.50, 0.7, 1.2, 0.5, 2, 2, 3, 1, 1, 0.5, 1),
    "cash": (6011, 900, 0.6, 0.00, 0.90, 0.2, 0.2, 0.3, 0.1, 0.6, 0.0, 3.0, 0.2, 0.1, 0.2),
    "suppliers": (5085, 700, 0.8, 0.40, 0.25, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20),
    "office": (5943, 180, 0.8, 0.70, 0.25, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8),
}
CATEGORY_NAMES = tuple(CATEGORIES)
MCC = np.array([row[0] for row in CATEGORIES.values()], np.int16)
MEDIAN = np.array([row[1] for row in CATEGORIES.values()])
SPREAD = np.array([row[2] for row in CATEGORIES.values()])
ONLINE = np.array([row[3] for row in CATEGORIES.values()])
WEEKEND = np.array([row[4] for row in CATEGORIES.values()])
MEAN_AMOUNT = MEDIAN * np.exp(SPREAD**2 / 2)
CASH = CATEGORY_NAMES.index("cash")
_MIX = np.array([row[5:] for row in CATEGORIES.values()]).T
MIX = _MIX / _MIX.sum(axis=1, keepdims=True)  # share of purchases by group and category
_OF_PEOPLE = int(np.flatnonzero(MIX[:FIRM].sum(axis=0))[-1]) + 1  # categories that people buy in come first
CAR = [CATEGORY_NAMES.index(name) for name in ("fuel", "car_wash", "parking")]
DINING = [CATEGORY_NAMES.index(name) for name in ("dining", "fast_food")]

CHANNELS = ("app", "sms", "wecom", "call", "email")
PURCHASES_SHAPE, CATEGORY_SHAPE, STRENGTH = 3.0, 1.5, 8.0
TURNOVER_SPREAD = 0.6  # log spread of firms' turnover


@dataclass(frozen=True, eq=False)  # the same people are the same object, so that what follows from them can be kept
class Traits:
    """What is constant about each person, an array each; ``rates`` and ``favourite`` have a column a category.

    Sensitivities, ``digital`` and ``diligence`` lie in 0 to 1, ``risk`` is standard normal within a
    group, ``income`` is yuan a year, ``rates`` is purchases a month when mature, ``ticket``
    multiplies amounts, ``reach`` is the chance by channel (best one: 1) that a message counts, ``cards`` how many lie
    on an account; firms are a group of their own, whose ``age`` is their own and whose ``income`` their turnover;
    ``bank`` is the same for all: how often things happen at this bank, against the usual.
    """

    first: int
    group: np.ndarray
    female: np.ndarray
    age: np.ndarray
    city: np.ndarray
    family: np.ndarray
    income: np.ndarray
    price: np.ndarray
    reward: np.ndarray
    risk: np.ndarray
    digital: np.ndarray
    diligence: np.ndarray
    revolves: np.ndarray
    reach: np.ndarray
    leave: np.ndarray
    rates: np.ndarray
    ticket: np.ndarray
    favourite: np.ndarray
    hour_shift: np.ndarray
    cycle_day: np.ndarray
    consent: np.ndarray
    cards: np.ndarray
    bank: Rates

    @property
    def size(self) -> int:
        """How many people there are."""
        return len(self.group)

    @property
    def firm(self) -> np.ndarray:
        """Whether they are firms."""
        return self.group == FIRM

    @property
    def person(self) -> np.ndarray:
        """Their numbers."""
        return self.first + np.arange(self.size)


def _share(rng: np.random.Generator, mean: np.ndarray) -> np.ndarray:
    return rng.beta(mean * STRENGTH, (1 - mean) * STRENGTH)


def _spending(rng: np.random.Generator, group: np.ndarray, digital: np.ndarray) -> np.ndarray:
    """Purchases a month by category: gamma around the group's, twice over (person, category)."""
    mean = PURCHASES[:, None] * MIX
    person = rng.standard_gamma(PURCHASES_SHAPE, len(group)) / PURCHASES_SHAPE
    each = _widened(rng.standard_gamma(CATEGORY_SHAPE, (len(group), _OF_PEOPLE), np.float32) / CATEGORY_SHAPE)
    taste = np.where(ONLINE > 0.9, 0.6, 0.0) * (digital - 0.6)[:, None]
    return (mean[group] * person[:, None] * each * np.exp(taste)).astype(np.float32)


def _widened(people: np.ndarray) -> np.ndarray:
    """Give people's values by category a nought for those that they do not buy in."""
    return np.pad(people, ((0, 0), (0, len(MCC) - _OF_PEOPLE)))


def with_odds(share: np.ndarray, times: float) -> np.ndarray:
    """Give shares whose odds are so many times as high.

    Examples
    --------
    >>> with_odds(np.array([0.5]), 3.0)
    array([0.75])
    """
    return share * times / (1 - share + share * times)


def draw_traits(seed: int, chunk: int, kin: Kin, bank: Rates) -> Traits:
    """Draw everything that is constant about the people of a chunk."""
    rng = generator(seed, chunk, ChunkStream.TRAITS)
    group, size = kin.group, len(kin.group)
    z = rng.standard_normal((4, size))
    income = column(3)[group] * 1e3 * np.exp(0.4 * z[0] - 0.08) * kin.price_level
    digital = _share(rng, np.clip(column(8)[group] - 0.006 * (kin.age - 35), 0.08, 0.95))
    reach = rng.dirichlet((2.2, 1.6, 1.4, 0.9, 0.6), size) + np.stack(
        [0.3 * digital, np.zeros(size), 0.1 * digital, 0.2 * (1 - digital), np.zeros(size)], axis=1
    )
    people = Traits(
        first=kin.first,
        group=group,
        female=kin.female,
        age=kin.age,
        city=kin.city,
        family=kin.family,
        income=income,
        price=_share(rng, column(5)[group]),
        reward=_share(rng, column(6)[group]),
        risk=column(7)[group] + z[1],
        digital=digital,
        diligence=_share(rng, column(9)[group]),
        revolves=chance(rng, with_odds(REVOLVE, bank.revolving)[group], size),
        reach=reach / reach.max(axis=1, keepdims=True),
        leave=LEAVE[group] + 0.5 * z[2] + np.log(bank.leaving),
        rates=_spending(rng, group, digital) * np.float32(bank.purchases),
        ticket=((income / 150e3) ** 0.3 * np.exp(0.2 * z[3])),
        favourite=_widened(rng.integers(0, 2**15, (size, _OF_PEOPLE), dtype=np.int16)),
        hour_shift=rng.integers(-1, 2, size, dtype=np.int8),
        cycle_day=rng.choice(np.array([3, 5, 8, 10, 12, 15, 18, 20, 22, 25, 28], np.int64), size),
        consent=chance(rng, 0.88, size),
        cards=np.ones(size, np.int8),
        bank=bank,
    )
    return _with_firms(people, kin.firms, seed, chunk)


def _with_firms(people: Traits, firms: Firms, seed: int, chunk: int) -> Traits:
    """Give the traits of a chunk in which firms are as firms are: their own draws replace those of people."""
    at, draws = firms.at, Draws((seed, chunk, ChunkStream.FIRMS, 2), firms.at)
    each = Draws((seed, chunk, ChunkStream.FIRMS, 3), at[:, None], np.arange(len(MCC)))
    mean = [float(column(which)[FIRM]) for which in range(len(GROUPS["firm"]))]
    income = mean[3] * 1e3 * np.exp(TURNOVER_SPREAD * draws.normal()) * places.cities()[3][people.city[at]]
    much = gammaincinv(PURCHASES_SHAPE, draws.random()) / PURCHASES_SHAPE
    taste = gammaincinv(CATEGORY_SHAPE, each.random()) / CATEGORY_SHAPE
    shares = {
        name: betaincinv(mean[which] * STRENGTH, (1 - mean[which]) * STRENGTH, draws.random())
        for name, which in (("price", 5), ("reward", 6), ("digital", 8), ("diligence", 9))
    }
    own = {
        **shares,
        "group": np.full(len(at), FIRM),
        "age": firms.years,
        "income": income,
        "risk": mean[7] + draws.normal(),
        "revolves": draws.chance(with_odds(REVOLVE, people.bank.revolving)[FIRM]),
        "leave": LEAVE[FIRM] + 0.5 * draws.normal() + np.log(people.bank.leaving),
        "rates": PURCHASES[FIRM] * MIX[FIRM] * much[:, None] * taste * people.bank.purchases,
        "ticket": (income / 150e3) ** 0.3 * np.exp(0.2 * draws.normal()),
        "favourite": each.integers(0, 2**15),
        "cards": firms.cards,
    }
    whole = {name: getattr(people, name).copy() for name in own}
    for name, values in own.items():
        whole[name][at] = values
    return replace(people, **whole)
