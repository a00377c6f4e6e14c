"""What thieves do with a card: five patterns, each a Poisson process over time, category, place and amount.

A case begins in one of the month's slots of six hours. Purchases of it fall into the slots that follow, with the
same densities for every case of a pattern, so that the probability of fraud has a closed form (`truth`).
"""

from dataclasses import dataclass

import numpy as np

from insight.simulate.engine.calendar import Month
from insight.simulate.population.behaviour import CATEGORY_NAMES

SLOT, SLOTS_A_DAY = 6, 4  # hours
ONLINE, HOME, AWAY, OWN = range(4)
ANY_HOUR, SHOP_HOURS, OWN_HOURS = range(3)
DRIFT, CYCLE, FASHION = 0.7, 9, 3.0


@dataclass(frozen=True)
class Pattern:
    """How the thieves of one kind go about it.

    ``share`` of cases (before the drift of months), ``rows`` purchases on average within ``slots``, after ``tests`` of
    small amounts within the first; ``place`` and ``hours`` where and when, ``times`` the category's median amount;
    ``wants`` weighs categories, and none: those of the holder. ``recorded`` is the kind that the bank records.
    """

    name: str
    share: float
    rows: float
    tests: float
    slots: int
    place: int
    hours: int
    times: float
    wants: dict[str, float]
    recorded: str
    noticed: float

    def begins(self, month: Month) -> int:
        """Give in how many of a month's slots a case can begin."""
        return month.days * SLOTS_A_DAY - self.slots + 1


PATTERNS = (
    Pattern("stolen_number", 0.34, 2.0, 1.5, 4, ONLINE, ANY_HOUR, 2.2,
            {"electronics": 4, "online_retail": 3, "digital_goods": 2, "air_travel": 1.5, "clothing": 1},
            "stolen_number", 0.9),
    Pattern("counterfeit", 0.18, 2.5, 0, 4, AWAY, SHOP_HOURS, 1.5,
            {"electronics": 3, "groceries": 2, "clothing": 2, "luxury": 1, "fuel": 1}, "counterfeit_card", 0.9),
    Pattern("lost_card", 0.16, 2.5, 0, 4, HOME, SHOP_HOURS, 1.3,
            {"groceries": 3, "clothing": 2, "fuel": 2, "electronics": 1, "health": 1}, "lost_card", 0.9),
    Pattern("takeover", 0.12, 3.0, 0, 8, ONLINE, ANY_HOUR, 2.5,
            {"electronics": 3, "online_retail": 2, "digital_goods": 2, "luxury": 1}, "account_takeover", 0.9),
    Pattern("imitation", 0.20, 1.6, 0, 4, OWN, OWN_HOURS, 1.15, {}, "stolen_number", 0.6),
)  # fmt: skip
NAMES = tuple(pattern.name for pattern in PATTERNS)
TESTED, TEST_TIMES = CATEGORY_NAMES.index("digital_goods"), 0.12


def shares(month: Month) -> np.ndarray:
    """Give each pattern's share of a month's cases: ``share * exp(0.7 sin(2 pi (m / 9 + p / 5)))``, of their sum.

    Examples
    --------
    >>> round(float(shares(Month.at(1, 0, 0, np.datetime64("2024-01-01"))).sum()), 6)
    1.0
    """
    turn = _since_epoch(month) / CYCLE + np.arange(len(PATTERNS)) / len(PATTERNS)
    weights = np.array([pattern.share for pattern in PATTERNS]) * np.exp(DRIFT * np.sin(2 * np.pi * turn))
    return weights / weights.sum()


def wanted(number: int, month: Month) -> np.ndarray:
    """Give the share of each category in a pattern's purchases; one of them is in fashion for a quarter."""
    wants = PATTERNS[number].wants
    weights = np.zeros(len(CATEGORY_NAMES))
    fashion = (_since_epoch(month) // 3 + number) % max(len(wants), 1)
    for at, (name, weight) in enumerate(wants.items()):
        weights[CATEGORY_NAMES.index(name)] = weight * (FASHION if at == fashion else 1.0)
    return weights / max(weights.sum(), 1.0)


def _since_epoch(month: Month) -> int:
    return int(month.first.astype("datetime64[M]").astype(int))
