"""One month of the simulation: its days, its season, its draws."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from insight.simulate.draws import Draws, MonthStream, steps
from insight.simulate.population.behaviour import CATEGORY_NAMES, WEEKEND

DAY = 86_400  # seconds

# months in which a category runs above or below its year; the rest share what is left evenly
SEASONS: dict[str, dict[int, float]] = {
    "groceries": {1: 1.25, 2: 1.15, 9: 1.05},
    "dining": {1: 1.15, 2: 1.20, 5: 1.10, 10: 1.15},
    "fuel": {1: 1.10, 2: 1.20, 5: 1.10, 10: 1.25},
    "air_travel": {1: 1.25, 2: 1.30, 5: 1.10, 7: 1.35, 8: 1.35, 10: 1.40},
    "hotel": {2: 1.15, 5: 1.30, 7: 1.35, 8: 1.35, 10: 1.50},
    "online_retail": {6: 1.45, 11: 1.80, 12: 1.10},
    "electronics": {6: 1.50, 11: 1.70},
    "clothing": {1: 1.30, 5: 1.10, 11: 1.40},
    "children": {5: 1.15, 6: 1.50, 9: 1.20},
    "education": {2: 1.50, 3: 1.20, 8: 1.40, 9: 1.70},
    "luxury": {1: 1.40, 2: 1.45, 5: 1.20},
    "home": {3: 1.15, 6: 1.20, 11: 1.35},
    "entertainment": {2: 1.40, 7: 1.25, 8: 1.25, 10: 1.20},
    "utilities": {1: 1.20, 7: 1.20, 8: 1.20},
}
# shopping festivals: month, day, how many times a usual day
FESTIVALS = {(6, 18): 5.0, (11, 11): 8.0}
_FESTIVE = ("online_retail", "electronics", "clothing")

_PROFILES = {  # weight of each hour of the day
    "meals": "0 0 0 0 0 0 1 4 3 2 3 12 16 8 3 3 4 10 18 14 7 4 2 1",
    "day": "0 0 0 0 0 0 1 3 6 9 11 9 7 7 8 9 9 8 8 7 5 3 1 0",
    "evening": "3 1 1 0 0 0 1 2 3 4 5 5 6 6 5 5 5 5 6 8 11 13 11 7",
    "commute": "1 0 0 0 0 1 5 14 12 5 4 4 4 4 4 4 5 10 14 9 6 5 4 2",
}
AT_ANY_HOUR = 0.04  # of purchases, whatever the category's hours
FIRMS_WEEKEND = 0.2  # what a day of the week end weighs for firms, against a workday
_HOURS = {
    "dining": "meals", "fast_food": "meals", "online_retail": "evening", "digital_goods": "evening",
    "electronics": "evening", "air_travel": "evening", "transport": "commute", "parking": "commute",
    "entertainment": "evening",
}  # fmt: skip


def season(month: int) -> np.ndarray:
    """Give each category's multiplier in a calendar month; over a year each averages one.

    Examples
    --------
    >>> round(float(season(11)[CATEGORY_NAMES.index("online_retail")]), 2)
    1.8
    """
    multipliers = []
    for name in CATEGORY_NAMES:
        known = SEASONS.get(name, {})
        rest = (12 - sum(known.values())) / (12 - len(known))
        multipliers.append(known.get(month, rest))
    return np.array(multipliers)


def _hour_weights(name: str) -> np.ndarray:
    weights = np.array([float(word) for word in _PROFILES[_HOURS.get(name, "day")].split()])
    return weights / weights.sum() * (1 - AT_ANY_HOUR) + AT_ANY_HOUR / 24


HOUR_STEPS = steps(np.array([_hour_weights(name) for name in CATEGORY_NAMES]))


@dataclass(frozen=True)
class Month:
    """The month with number ``index`` (0: the first) of a chunk's simulation; other ``luck`` is another future."""

    seed: int
    chunk: int
    index: int
    first: np.datetime64
    luck: int = 0

    @classmethod
    def at(cls, seed: int, chunk: int, index: int, start: np.datetime64, luck: int = 0) -> "Month":
        """Make the month ``index`` months after the one that ``start`` is in."""
        first = (start.astype("datetime64[M]") + index).astype("datetime64[D]")
        return cls(seed, chunk, index, first, luck)

    @cached_property
    def days(self) -> int:
        """How many days it has."""
        following = (self.first.astype("datetime64[M]") + 1).astype("datetime64[D]")
        return int((following - self.first).astype(int))

    @property
    def number(self) -> int:
        """Month of the year, 1 to 12."""
        return int(self.first.astype("datetime64[M]").astype(int)) % 12 + 1

    @property
    def base(self) -> int:
        """Its first day, as days since 1970."""
        return int(self.first.astype(int))

    def draws(self, subject: MonthStream, *counters: np.ndarray) -> Draws:
        """Give the draws of a subject in this month, by person or by a person's row."""
        key = (self.seed, self.chunk, 1000 + self.index, subject)
        return Draws((*key, self.luck) if self.luck else key, *counters)

    def seasonal(self) -> np.ndarray:
        """Give each category's multiplier, for the month's length too."""
        return season(self.number) * self.days / 30.4375

    def day_steps(self) -> np.ndarray:
        """Give each category's days (0: the first) as `draws.steps`: week ends and festivals weigh more.

        The categories of people come first, then those of firms, which work on workdays.
        """
        weekend = (np.arange(self.days) + self.base + 3) % 7 >= 5
        weights = np.where(weekend, WEEKEND[:, None], 1.0)
        works = np.where(weekend, FIRMS_WEEKEND, 1.0)
        for (number, day), times in FESTIVALS.items():
            if number == self.number:
                weights[[CATEGORY_NAMES.index(name) for name in _FESTIVE], day - 1] *= times
        return steps(np.concatenate([weights, np.broadcast_to(works, weights.shape)]))
