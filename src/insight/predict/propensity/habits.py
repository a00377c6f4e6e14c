"""What customers' habits towards product groups looked like, as known at a cut of the past.

Weeks are counted back from the last day that counts: week 0 is the last seven days. A *cut* is a
number of weeks: what is described at cut 4 is known from week 4 on, and what is to be predicted
happened in the weeks before it. So one count of purchases by week serves every cut.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import ibis
import numpy as np
import pandas as pd

from insight.contracts.table import MONEY
from insight.errors import Unavailable, unless_unavailable

REST = "(all other)"  # what is not among the groups counts for the customer's rhythm only
RECENT, SEASON = 4, 12  # weeks


@dataclass(frozen=True)
class Picture:
    """What was known at a cut: one matrix per feature, customers down, product groups across."""

    customers: pd.Index
    groups: tuple[str, ...]
    features: dict[str, np.ndarray]

    def rows(self) -> np.ndarray:
        """Put the matrices together, one row per customer and group."""
        return np.column_stack([matrix.ravel() for matrix in self.features.values()])

    def rested(self, weeks: int) -> np.ndarray:
        """Mark groups that the customer has not bought from in the last ``weeks``, or never."""
        return ~(self.features["weeks_since"] < weeks)

    def spread(self, matrix: np.ndarray) -> pd.DataFrame:
        """Name a matrix of this shape: customers down, groups across."""
        return pd.DataFrame(matrix, index=self.customers, columns=list(self.groups))


@unless_unavailable
def weekly_purchases(transactions: ibis.Table, *, groups: Sequence[str], as_of: date) -> ibis.Table | Unavailable:
    """Sum each customer's purchases by product group and week, counted back from ``as_of``, and keep it for every cut.

    Returns
    -------
    Table
        ``customer_id, product_group, week, amount``; categories outside ``groups`` are put
        together, and purchases of a week that come to nothing are left out.
    """
    bought = transactions.filter(
        transactions.kind == "purchase", transactions.customer_id.notnull(), transactions.occurred_on <= as_of
    )
    days_back = ibis.literal(as_of).delta(bought.occurred_on, unit="day").cast("int64")
    named = bought.mutate(
        product_group=bought.category.isin(list(groups)).ifelse(bought.category, REST).fill_null(REST),
        week=(days_back // 7).cast("int64"),
    )
    weekly = named.group_by("customer_id", "product_group", "week").aggregate(amount=named.amount.sum().cast(MONEY))
    return weekly.filter(weekly.amount > 0).cache()


def days_known(transactions: ibis.Table, *, as_of: date) -> int:
    """Count the days from the first purchase of any customer to ``as_of``; 0 when there is none."""
    bought = transactions.filter(transactions.kind == "purchase", transactions.customer_id.notnull())
    first = bought.occurred_on.min().execute()
    return 0 if pd.isna(first) else max(0, (as_of - pd.Timestamp(first).date()).days + 1)


def count_customers(transactions: ibis.Table, *, as_of: date) -> int:
    """Count the customers who had bought anything by a day."""
    bought = transactions.filter(transactions.kind == "purchase", transactions.occurred_on <= as_of)
    return int(bought.customer_id.nunique().execute())


def describe(weekly: ibis.Table, *, groups: Sequence[str], cut: int) -> Picture:
    """Describe every customer's habits towards every group, as known ``cut`` weeks before the end.

    Customers are those who had bought anything by then. Nothing of the weeks after the cut is read.
    """
    known = weekly.filter(weekly.week >= cut)
    customers = _customer_habits(known, cut=cut)
    spread = _Spread(_group_habits(known.filter(known.product_group != REST), cut=cut), customers.index, groups)
    counts = {name: spread(name, empty=0.0) for name in ("weeks", "weeks_recent", "weeks_season", "spend")}
    own = {"weeks_since": spread("weeks_since", empty=np.nan), **counts}
    own["mean_gap_weeks"] = _mean_gap(spread("span", empty=0.0), counts["weeks"])
    own["overdue"] = own["weeks_since"] / own["mean_gap_weeks"]
    shape = (len(customers), len(groups))
    features = {
        **own,
        "affinity": affinity(counts["weeks_season"] > 0),
        "popularity_recent": np.broadcast_to((counts["weeks_recent"] > 0).mean(axis=0), shape),
        "popularity_season": np.broadcast_to((counts["weeks_season"] > 0).mean(axis=0), shape),
        **{name: np.broadcast_to(customers[[name]].to_numpy("float64"), shape) for name in customers},
    }
    return Picture(customers.index, tuple(groups), features)


def _group_habits(known: ibis.Table, *, cut: int) -> pd.DataFrame:
    week = known.week
    habits = known.group_by("customer_id", "product_group").aggregate(
        weeks_since=week.min() - cut,
        span=week.max() - week.min(),
        weeks=known.count(),
        weeks_recent=(week < cut + RECENT).cast("int64").sum(),
        weeks_season=(week < cut + SEASON).cast("int64").sum(),
        spend=known.amount.sum().cast(MONEY).cast("float64"),
    )
    return habits.order_by("customer_id", "product_group").to_pandas()


def _customer_habits(known: ibis.Table, *, cut: int) -> pd.DataFrame:
    visits = known.group_by("customer_id", "week").aggregate(amount=known.amount.sum(), groups=known.count())
    week = visits.week
    habits = visits.group_by("customer_id").aggregate(
        customer_weeks_since=week.min() - cut,
        customer_tenure=week.max() - cut,
        customer_weeks=visits.count(),
        customer_weeks_recent=(week < cut + RECENT).cast("int64").sum(),
        customer_weeks_season=(week < cut + SEASON).cast("int64").sum(),
        customer_spend_season=visits.amount.sum(where=week < cut + SEASON).fill_null(0).cast(MONEY).cast("float64"),
        customer_groups_season=visits.groups.sum(where=week < cut + SEASON).fill_null(0),
    )
    return habits.order_by("customer_id").to_pandas().set_index("customer_id")


def _mean_gap(span: np.ndarray, weeks: np.ndarray) -> np.ndarray:
    """Weeks between buying weeks; missing where there are fewer than two."""
    return np.divide(span, weeks - 1, out=np.full(span.shape, np.nan), where=weeks > 1)


def affinity(buys: np.ndarray) -> np.ndarray:
    """Say how well each group goes with the *other* groups that a customer buys, 0 to 1.

    Two groups go together as far as the same customers buy them (cosine of their columns); a
    customer's affinity is the mean over the other groups that they buy.

    Examples
    --------
    Those who buy bread buy butter, and nobody buys both and fish; so a bread buyer's affinity is
    to butter.

    >>> affinity(np.array([[1, 1, 0], [1, 1, 0], [1, 0, 0], [0, 0, 1]], bool))[2].round(2)
    array([0.  , 0.82, 0.  ])
    """
    buys = buys.astype("float64")
    size = np.sqrt(buys.sum(axis=0))
    alike = (buys.T @ buys) / np.maximum(np.outer(size, size), 1.0)
    np.fill_diagonal(alike, 0.0)
    others = buys.sum(axis=1, keepdims=True) - buys
    return np.divide(buys @ alike, others, out=np.zeros_like(buys), where=others > 0)


def bought_after(weekly: ibis.Table, picture: Picture, *, cut: int, weeks: int) -> np.ndarray:
    """Sum what each customer bought from each group in the ``weeks`` that followed a cut, as a matrix."""
    later = weekly.filter(weekly.week < cut, weekly.week >= cut - weeks)
    sums = {"amount": later.amount.sum().cast(MONEY).cast("float64")}
    spent = later.group_by("customer_id", "product_group").aggregate(**sums)
    frame = spent.order_by("customer_id", "product_group").to_pandas()
    return _Spread(frame, picture.customers, picture.groups)("amount", empty=0.0)


class _Spread:
    """Spreads columns of a long frame over customers and groups; rows of anybody or anything else are left out."""

    def __init__(self, frame: pd.DataFrame, customers: pd.Index, groups: Sequence[str]) -> None:
        rows, columns = (
            customers.get_indexer(frame["customer_id"]),
            pd.Index(groups).get_indexer(frame["product_group"]),
        )
        known = (rows >= 0) & (columns >= 0)
        self._frame, self._places = frame[known], (rows[known], columns[known])
        self._shape = len(customers), len(groups)

    def __call__(self, name: str, *, empty: float) -> np.ndarray:
        matrix = np.full(self._shape, empty)
        matrix[self._places] = self._frame[name].to_numpy(dtype="float64")
        return matrix


@dataclass(frozen=True, eq=False)
class Past:
    """What was known at cuts of the past, and bought in the ``weeks`` after each: every cut is read once."""

    weekly: ibis.Table
    groups: tuple[str, ...]
    weeks: int

    @cached_property
    def _read(self) -> dict[int, tuple[Picture, np.ndarray]]:
        return {}

    def at(self, cut: int) -> tuple[Picture, np.ndarray]:
        """Give what was known at a cut, and what was bought in the weeks after it: nothing yet after cut 0."""
        if cut not in self._read:
            picture = describe(self.weekly, groups=self.groups, cut=cut)
            self._read[cut] = picture, bought_after(self.weekly, picture, cut=cut, weeks=self.weeks)
        return self._read[cut]


@unless_unavailable
def past_windows(weekly: ibis.Table, *, groups: Sequence[str], weeks: int) -> Past | Unavailable:
    """Give the past of `weekly_purchases` by windows of so many weeks."""
    return Past(weekly, tuple(groups), weeks)
