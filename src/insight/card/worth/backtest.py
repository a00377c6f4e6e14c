"""The margin to expect, made again on past days and compared with what came; the intervals that its errors give.

Each past forecast looks as many months ahead as it learnt from, and knows nothing of the months that it foretells.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy.stats import t

from insight.card.worth.books import INCOME, Books
from insight.card.worth.model import HISTORY, Expected, expect
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import LEVEL, wilson
from insight.predict.measures import Correlation, Mean, mean_with_bounds, rank_correlation
from insight.predict.uplift.months import YEAR

_FEWEST_AHEAD = 3  # months
_SPANS = 3  # that the months after the first ones make: one to learn what comes, two to be foretold
_BINS, _LEVELS = 8, 201  # of customers by what they are likely to bring, and of the errors in each
_FEWEST = 100  # card holders
_LITTLE = 0.1  # of the income: a margin below it is no measure of errors


@dataclass(frozen=True)
class Origin:
    """A forecast of the past.

    Attributes
    ----------
    expected
        As it was made on the day.
    came
        By customer: ``margin`` before contacts in the months foretold; ``before``, that of as many months before;
        ``revenue``, what was earned in these before any cost; ``lost``, whether the account was charged off.
    """

    expected: Expected
    came: pd.DataFrame

    @property
    def error(self) -> float:
        """Give how far the total came out above what was expected, as a share of the income expected."""
        return float((self.came["margin"] - self.expected.margin).sum() / self.expected.income.sum())

    @property
    def noise(self) -> float:
        """Give the standard error of that from who the customers are."""
        off = self.came["margin"] - self.expected.margin
        return float(np.sqrt(len(off)) * off.std() / abs(self.expected.income.sum()))


@unless_unavailable
def past(books: Books, *, discount_year: float, seed: int) -> list[Origin] | Unavailable:
    """Make the forecast again at three past days, half of its months apart, the latest first."""
    ahead = min(YEAR, (books.span - HISTORY) // _SPANS)
    if ahead < _FEWEST_AHEAD:
        return Unavailable("margin", "short", {"months": HISTORY + _SPANS * _FEWEST_AHEAD})
    one = partial(expect, books, learnt=ahead, discount_year=discount_year, seed=seed)
    months = [books.months.now - back for back in (ahead, ahead + ahead // 2, 2 * ahead)]
    with ThreadPoolExecutor(2) as pool:  # side by side: trees leave the interpreter to each other
        every = list(pool.map(lambda month: one(month=month), months))
    found = []
    for made in every:
        if isinstance(made, Unavailable) or len(made.parts) < _FEWEST:
            return made if isinstance(made, Unavailable) else Unavailable("margin", "few", {"fewest": _FEWEST})
        found.append(Origin(made, _came(books, made)))
    return found


def _came(books: Books, made: Expected) -> pd.DataFrame:
    month, months = made.month, made.months
    soon = (books.charged_off >= month) & (books.charged_off < month + months)
    values = {
        "margin": books.margin(month, months),
        "before": books.margin(month - months, months),
        "revenue": books.sum(INCOME, month - months, months),
        "lost": soon,
    }
    return pd.DataFrame(values, index=books.months.customers).loc[made.parts.index]


@dataclass(frozen=True)
class Score:
    """How near a forecast came: Spearman's rank correlation, mean absolute error, and how far off the total was.

    The last is missing where the total is next to nothing, see `off`.
    """

    name: str
    rank: Correlation
    missed: Mean
    total: float


@unless_unavailable
def compare(origins: list[Origin], more: Mapping[str, pd.Series | Unavailable] | None = None) -> list[Score]:
    """Compare ways to foretell at the latest past day: expected and likely margin, margin and revenue as before.

    Others by name (`insight.card.worth.baseline`) are compared, too, as far as they can be had.
    """
    last = origins[0]
    made, came = last.expected, last.came["margin"]
    total, income = float(came.sum()), float(made.income.sum())
    ways = {
        "expected": made.margin,
        "likely": made.likely,
        "before": last.came["before"],
        "revenue": last.came["revenue"],
    }
    ways |= {name: way for name, way in (more or {}).items() if isinstance(way, pd.Series)}
    return [
        Score(name, rank_correlation(way, came), mean_with_bounds((way - came).abs()), off(way.sum(), total, income))
        for name, way in ways.items()
    ]  # fmt: skip


def off(total: float, came: float, income: float) -> float:
    """Give how far a total lies from what came, as a share of it; missing where that is little of the income.

    Examples
    --------
    >>> off(12.0, 10.0, 30.0), off(12.0, 1.0, 30.0)
    (0.19999999999999996, nan)
    """
    return float(total / came - 1) if came > _LITTLE * income else float("nan")


class Spread:
    """How what came lay around what was likely, of customers alike who were not charged off, at a past day."""

    def __init__(self, origin: Origin) -> None:
        pays = ~origin.came["lost"].to_numpy()
        likely = origin.expected.likely_income[pays]
        self.months = origin.expected.months
        self.edges = np.quantile(likely, np.linspace(0, 1, _BINS + 1)[1:-1])
        off = _root(origin.came["margin"].to_numpy()[pays]) - _root(likely)
        place, levels = np.searchsorted(self.edges, likely), np.linspace(0, 1, _LEVELS)
        everybody = np.quantile(off, levels)
        self.errors = np.array(
            [np.quantile(off[place == at], levels) if (place == at).any() else everybody for at in range(_BINS)]
        )

    def bounds(self, expected: Expected, *, level: float = LEVEL) -> pd.DataFrame:
        """Give the bounds between which each customer's margin comes to lie with a probability.

        Whoever is charged off with more than half of what is left out at either end has the loss within the interval.
        """
        tail, chance = (1 - level) / 2, expected.default_chance
        pays = np.maximum(1 - chance, 1e-9)
        low = self._at(expected, np.clip((tail - chance) / pays, 0, 1))
        high = self._at(expected, np.clip(1 - tail / pays, 0, 1))
        low = np.where(chance > tail, expected.likely_income - expected.worst_loss, low)
        return pd.DataFrame({"low": np.minimum(low, high), "high": high}, index=expected.parts.index)

    def _at(self, expected: Expected, levels: np.ndarray) -> np.ndarray:
        place = np.searchsorted(self.edges, expected.likely_income)
        at = levels * (_LEVELS - 1)
        under = np.minimum(at.astype(int), _LEVELS - 2)
        off = self.errors[place, under] + (at - under) * (self.errors[place, under + 1] - self.errors[place, under])
        roots = _root(expected.likely_income) + off * np.sqrt(expected.months / self.months)
        return np.asarray(np.sign(roots) * roots**2)


def _root(amounts: np.ndarray) -> np.ndarray:
    return np.asarray(np.sign(amounts) * np.sqrt(np.abs(amounts)))


@dataclass(frozen=True)
class Coverage:
    """The share of customers whose margin came to lie within their interval, with its own 95% interval."""

    value: float
    low: float
    high: float
    customers: int


@unless_unavailable
def coverage(origins: list[Origin]) -> Coverage:
    """Say how many of the intervals made at the latest past day held what came, from errors known by then."""
    last = origins[0]
    bounds = Spread(origins[-1]).bounds(last.expected)
    held = last.came["margin"].between(bounds["low"], bounds["high"])
    low, high = wilson(int(held.sum()), len(held))
    return Coverage(float(held.mean()), float(low), float(high), len(held))


@dataclass(frozen=True)
class Total:
    """The margin of all card holders in the year ahead with its 95% interval, and what makes it up.

    Attributes
    ----------
    discounted
        As it is worth today.
    income, losses
        Expected before losses, and lost.
    tests, error
        Past days at which it was tried, and how far it typically was off, as a share of income.
    """

    value: float
    low: float
    high: float
    discounted: float
    income: float
    losses: float
    tests: int
    error: float

    @property
    def lost(self) -> float:
        """Give the losses as an amount above nothing."""
        return -self.losses


@dataclass(frozen=True)
class Today:
    """What is expected of today's card holders: each one's bounds, and the total."""

    expected: Expected
    bounds: pd.DataFrame
    total: Total


@unless_unavailable
def today(books: Books, origins: list[Origin], *, discount_year: float, seed: int) -> Today | Unavailable:
    """Foretell the twelve months after the last one, with intervals by how far past forecasts were off."""
    made = expect(
        books, month=books.months.now, learnt=min(YEAR, books.span - HISTORY), discount_year=discount_year, seed=seed,
        months=YEAR,
    )  # fmt: skip
    if isinstance(made, Unavailable) or made.parts.empty:
        return made if isinstance(made, Unavailable) else Unavailable("margin", "few", {"fewest": _FEWEST})
    value, income = float(made.margin.sum()), float(made.income.sum())
    low, high = interval(value, income, origins)
    error = float(np.sqrt(np.mean([origin.error**2 for origin in origins])))
    total = Total(
        value, low, high, float(made.discounted.sum()), income, float(made.parts["losses"].sum()), len(origins), error
    )
    return Today(made, Spread(origins[0]).bounds(made), total)


def interval(value: float, income: float, origins: list[Origin]) -> tuple[float, float]:
    """Give the interval of a total: Student's t with as many degrees of freedom as past periods lie beside each other.

    What is off is a share of income, as a margin may be nothing; a lucky past is not believed to be below what the
    sampling of customers makes.
    """
    months = [origin.expected.month for origin in origins]
    periods = (max(months) - min(months)) / origins[0].expected.months + 1
    off = max(np.mean([origin.error**2 for origin in origins]), np.mean([origin.noise**2 for origin in origins]))
    half = float(t.ppf(0.5 + LEVEL / 2, periods) * np.sqrt(off) * abs(income))
    return value - half, value + half


def as_table(now: Today) -> pd.DataFrame:
    """Give what is expected of each card holder as table ``card_value`` has it, to the cent."""
    made = now.expected
    amounts = {
        "expected_margin": made.margin, "likely_margin": made.likely, "margin_low": now.bounds["low"],
        "margin_high": now.bounds["high"], "discounted_margin": made.discounted,
    }  # fmt: skip
    found = pd.DataFrame(amounts).join(made.parts).round(2) + 0.0  # no -0.0
    return found.assign(default_chance=made.default_chance.round(5)).rename_axis("customer_id").reset_index()
