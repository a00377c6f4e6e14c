"""How likely each customer is to buy from each product group in the coming weeks.

Weeks are counted back from the last day that counts: week 0 is the last seven days. A *cut* is a
number of weeks: what is described at cut 4 is known from week 4 on, and what is to be predicted
happened in the weeks before it. So one count of purchases by week serves every cut.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import ibis
import lightgbm as lgb
import numpy as np
import pandas as pd

from insight.contracts.table import MONEY

REST = "all other"  # what is not among the groups counts for the customer's rhythm only
RECENT, SEASON = 4, 12  # weeks
_TREES = 150
_BOOSTING = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 31,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


@dataclass(frozen=True)
class Picture:
    """What was known at a cut: one matrix per feature, customers down, product groups across."""

    customers: pd.Index
    groups: tuple[str, ...]
    features: dict[str, np.ndarray]

    def rows(self) -> np.ndarray:
        """Put the matrices together, one row per customer and group."""
        return np.column_stack([matrix.ravel() for matrix in self.features.values()])

    def frame(self, name: str) -> pd.DataFrame:
        """Give one feature as a frame."""
        return pd.DataFrame(self.features[name], index=self.customers, columns=list(self.groups))


def weekly_purchases(transactions: ibis.Table, *, groups: Sequence[str], as_of: date) -> ibis.Table:
    """Sum each customer's purchases by product group and week, counted back from ``as_of``.

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
    return weekly.filter(weekly.amount > 0)


def describe(weekly: ibis.Table, *, groups: Sequence[str], cut: int) -> Picture:
    """Describe every customer's habits towards every group, as known ``cut`` weeks before the end.

    Customers are those who had bought anything by then. Nothing of the weeks after the cut is read.
    """
    known = weekly.filter(weekly.week >= cut)
    customers = _customer_habits(known, cut=cut)
    habits = _group_habits(known.filter(known.product_group != REST), cut=cut)

    def spread(name: str) -> np.ndarray:
        wide = habits.pivot(index="customer_id", columns="product_group", values=name)
        return wide.reindex(index=customers.index, columns=list(groups)).to_numpy(dtype="float64")

    counts = {name: np.nan_to_num(spread(name)) for name in ("weeks", "weeks_recent", "weeks_season", "spend")}
    own = {"weeks_since": spread("weeks_since"), **counts}
    own["mean_gap_weeks"] = _mean_gap(spread("span"), counts["weeks"])
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
        spend=known.amount.sum().cast(MONEY),
    )
    return habits.order_by("customer_id", "product_group").to_pandas().astype({"spend": "float64"})


def _customer_habits(known: ibis.Table, *, cut: int) -> pd.DataFrame:
    visits = known.group_by("customer_id", "week").aggregate(amount=known.amount.sum(), groups=known.count())
    week = visits.week
    habits = visits.group_by("customer_id").aggregate(
        customer_weeks_since=week.min() - cut,
        customer_tenure=week.max() - cut,
        customer_weeks=visits.count(),
        customer_weeks_recent=(week < cut + RECENT).cast("int64").sum(),
        customer_weeks_season=(week < cut + SEASON).cast("int64").sum(),
        customer_spend_season=visits.amount.sum(where=week < cut + SEASON).fill_null(0).cast(MONEY),
        customer_groups_season=visits.groups.sum(where=week < cut + SEASON).fill_null(0),
    )
    frame = habits.order_by("customer_id").to_pandas().set_index("customer_id")
    return frame.astype({"customer_spend_season": "float64"})


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
    spent = later.group_by("customer_id", "product_group").aggregate(amount=later.amount.sum().cast(MONEY))
    frame = spent.order_by("customer_id", "product_group").to_pandas().astype({"amount": "float64"})
    wide = frame.pivot(index="customer_id", columns="product_group", values="amount")
    wide = wide.reindex(index=picture.customers, columns=list(picture.groups))
    return np.nan_to_num(wide.to_numpy(dtype="float64"))


@dataclass(frozen=True)
class Model:
    """Two halves of the customers, each scored by trees that learnt from the other half."""

    boosters: tuple[lgb.Booster, lgb.Booster]
    features: tuple[str, ...]

    def score(self, picture: Picture) -> np.ndarray:
        """Give the chance of a purchase, customers down and groups across."""
        if tuple(picture.features) != self.features:
            raise ValueError("the features are not those that the model learnt from")
        rows, half = picture.rows(), np.repeat(halves(picture.customers), len(picture.groups))
        scores = np.empty(len(rows))
        for side, booster in enumerate(self.boosters):
            scores[half == side] = booster.predict(rows[half == side]) if (half == side).any() else 0.0
        return scores.reshape(len(picture.customers), len(picture.groups))


def halves(customers: pd.Index) -> np.ndarray:
    """Put each customer into half 0 or 1 by a hash of the id, the same in every run and at every cut."""
    return np.array([hashlib.sha256(f"half:{one}".encode()).digest()[0] % 2 for one in customers], dtype=int)


def fit(past: Sequence[tuple[Picture, np.ndarray]], *, seed: int) -> Model:
    """Learn the chance of a purchase from cuts of the past, for each half from the other one.

    Parameters
    ----------
    past
        For each cut what was known and what was then bought (`bought_after`).
    seed
        Of LightGBM.

    Raises
    ------
    ValueError
        If one half has only purchases, or none: then there is nothing to learn.
    """
    rows = np.concatenate([picture.rows() for picture, _ in past])
    labels = np.concatenate([(bought > 0).ravel() for _, bought in past])
    half = np.concatenate([np.repeat(halves(picture.customers), len(picture.groups)) for picture, _ in past])
    boosters = tuple(_fit_half(rows[half != side], labels[half != side], seed=seed) for side in (0, 1))
    return Model(boosters, tuple(past[0][0].features))


def _fit_half(rows: np.ndarray, labels: np.ndarray, *, seed: int) -> lgb.Booster:
    if labels.all() or not labels.any():
        raise ValueError("one half of the customers has only one outcome: nothing to learn")
    leaf = max(5, min(100, len(labels) // 200))
    return lgb.train({**_BOOSTING, "seed": seed, "min_data_in_leaf": leaf}, lgb.Dataset(rows, labels), _TREES)


def popularity(picture: Picture) -> np.ndarray:
    """Score groups by the share of customers who bought lately, the same for everyone: the baseline to beat."""
    return picture.features["popularity_recent"] + 1e-6 * picture.features["popularity_season"]


def own_habit(picture: Picture) -> np.ndarray:
    """Score groups by how many weeks the customer has bought from them, ties by popularity: a plain rule."""
    return picture.features["weeks"] + popularity(picture)


def spend_per_week(picture: Picture) -> np.ndarray:
    """Expect what a week brings in which the customer buys from the group.

    The customer's own mean, drawn towards everyone's mean with the weight of one week, so that a
    customer who never bought from the group is expected to spend what others do.
    """
    weeks, spend = picture.features["weeks"], picture.features["spend"]
    everyone = spend.sum(axis=0) / np.maximum(weeks.sum(axis=0), 1.0)
    return (spend + everyone) / (weeks + 1.0)
