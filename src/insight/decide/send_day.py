"""On which day of the coming week to write to each customer: the one of whose weekdays they buy on most.

Habits are counted over a year. Those of a customer who bought seldom are shrunk towards everybody's, the more the less
customers differ: weekdays are taken to be Dirichlet-multinomial.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from insight.errors import Unavailable
from insight.intervals import mean_interval

WEEK, YEAR, LATER = 7, 364, 28  # days; the last of the year are those that habits are tried on
_LEAST_DAYS = 100  # with a purchase, before and in the later weeks, below which nothing is told of them


@dataclass(frozen=True, eq=False)
class SendDays:
    """When to write to whom.

    Attributes
    ----------
    days
        By customer, the day of the coming week.
    of_own, of_common
        Of the days with a purchase in the last four weeks, the share that fell on the weekday that each customer's
        earlier year tells, and on the weekday that is everybody's busiest.
    more_low, more_high
        95% interval of the first share less the second one.
    tried
        Customers who bought in those weeks.
    """

    days: pd.Series
    of_own: float
    of_common: float
    more_low: float
    more_high: float
    tried: int


def choose_days(transactions: ibis.Table, customers: pd.Index, *, as_of: date) -> SendDays | Unavailable:
    """Choose the day after ``as_of``, of seven, on whose weekday each customer buys most.

    Returns
    -------
    SendDays or Unavailable
        The latter where too few days with a purchase are known (``few_days``).
    """
    before, later = _count(transactions, customers, as_of=as_of)
    bought = later.sum(axis=1)
    if min(before.sum(), bought.sum()) < _LEAST_DAYS:
        return Unavailable("send_day", "few_days", {"least": _LEAST_DAYS})
    rows, own = np.arange(len(customers)), expected_shares(before).argmax(axis=1)
    hits, common = later[rows, own], later[:, before.sum(axis=0).argmax()]
    more = (hits.sum() - common.sum()) / bought.sum()
    active = bought > 0
    influence = (hits - common - more * bought)[active] / bought.sum()
    low, high = mean_interval(float(more), influence)
    ahead = [as_of + timedelta(days=1 + day) for day in range(WEEK)]
    place = np.argsort([day.weekday() for day in ahead])
    best = expected_shares(before + later).argmax(axis=1)
    return SendDays(
        days=pd.Series(np.array(ahead, dtype=object)[place[best]], index=customers),
        of_own=float(hits.sum() / bought.sum()),
        of_common=float(common.sum() / bought.sum()),
        more_low=low,
        more_high=high,
        tried=int(active.sum()),
    )


def with_days(rows: pd.DataFrame, found: SendDays | Unavailable) -> pd.DataFrame:
    """Add ``send_on`` to the rows of a list, empty where no habits are known."""
    days = pd.Series(dtype=object) if isinstance(found, Unavailable) else found.days
    return rows.assign(send_on=rows["customer_id"].map(days).astype(object).where(lambda day: day.notna(), None))


def _count(transactions: ibis.Table, customers: pd.Index, *, as_of: date) -> tuple[np.ndarray, np.ndarray]:
    """Count days with a purchase by customer and weekday, Monday first: of a year but its last weeks, and of these."""
    first, turn = (as_of - timedelta(days=days) for days in (YEAR, LATER))
    paid = transactions.filter(
        transactions.kind == "purchase", transactions.occurred_on > first, transactions.occurred_on <= as_of
    )
    days = paid.select("customer_id", "occurred_on").distinct()
    days = days.mutate(weekday=days.occurred_on.day_of_week.index().cast("int64"), is_later=days.occurred_on > turn)
    counts = days.group_by("customer_id", "weekday", "is_later").aggregate(days=days.count()).to_pandas()
    found = np.zeros((2, len(customers), WEEK))
    at = customers.get_indexer(counts["customer_id"])
    known = counts.assign(at=at)[at >= 0]
    found[known["is_later"].astype(int), known["at"], known["weekday"]] = known["days"]
    return found[0], found[1]


def expected_shares(counts: np.ndarray) -> np.ndarray:
    """Give each row's shares, shrunk towards everybody's as far as rows do not differ by more than chance.

    The concentration is estimated by moments.

    References
    ----------
    Mosimann (1962), On the Compound Multinomial Distribution, the Multivariate β-Distribution, and Correlations among
    Proportions, Biometrika 49(1/2), 65-82.

    Examples
    --------
    Rows that differ by chance alone are given everybody's shares, nearly:

    >>> alike = np.random.default_rng(1).multinomial(20, [0.5, 0.3, 0.2], size=500)
    >>> bool(abs(expected_shares(alike) - [0.5, 0.3, 0.2]).max() < 0.1)
    True
    >>> apart = np.array([[20, 0], [0, 20]] * 9)
    >>> expected_shares(apart)[0].round(2).tolist()
    [1.0, 0.0]
    """
    size, everybody = counts.sum(axis=1, keepdims=True), counts.sum(axis=0) / counts.sum()
    some = size[:, 0] > 0
    apart = np.square(counts[some] / size[some] - everybody).sum(axis=1)
    by_chance = 1 / size[some, 0]
    spread = 1 - np.square(everybody).sum()
    of_all = (apart.mean() / spread - by_chance.mean()) / max(1 - by_chance.mean(), 1e-9)
    weight = 1 / np.clip(of_all, 1e-6, 1.0) - 1  # days that everybody's habits count as many of
    return (counts + weight * everybody) / np.maximum(size + weight, 1e-9)
