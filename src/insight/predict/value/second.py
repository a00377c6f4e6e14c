"""The second purchase: how many of those who bought for the first time come again within some days, and who does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from insight.errors import Unavailable, unless_unavailable
from insight.intervals import wilson

WITHIN = 90  # days
FEWEST = 50  # first-time buyers of a group; the youngest and smallest groups say nothing
COHORT, CHANNEL = "cohort", "channel"
_MOST_COHORTS = 8  # quarters; where there are more, cohorts are years


@dataclass(frozen=True)
class Second:
    """Second purchases.

    Attributes
    ----------
    days
        Within which the second one counts.
    customers, again
        First-time buyers whose days are over, and those of them who came again.
    share, low, high
        With the 95% interval.
    middle
        Days from the first to the second purchase, the middle of those who came again.
    groups
        By ``kind`` (``cohort``: quarter or year of the first purchase; ``channel``) and ``group``: ``customers``,
        ``again``, ``share``, ``low``, ``high``.
    """

    days: int
    customers: int
    again: int
    share: float
    low: float
    high: float
    middle: float
    groups: pd.DataFrame

    def of(self, kind: str) -> pd.DataFrame:
        """Give the groups of a kind."""
        return self.groups[self.groups["kind"] == kind]


@unless_unavailable
def second_purchases(
    daily: ibis.Table, *, as_of: date, first_on: date | None, channels: pd.Series | None = None, days: int = WITHIN
) -> Second | Unavailable:
    """Count who came again among those whose first purchase is seen.

    Parameters
    ----------
    daily
        As :func:`insight.predict.histories.daily_spend` makes it: two orders on one day are one purchase.
    as_of
        Last day that is known; who bought for the first time in the last ``days`` has not had the time to come again.
    first_on
        First day of the data. Who bought in as many days from it on may have bought before, and is left out.
    channels
        Through what each customer came, by ``customer_id``.

    Returns
    -------
    Second or Unavailable
        ``first_time`` where fewer than fifty such buyers are seen.
    """
    bought = daily.filter(daily.is_purchase, daily.occurred_on <= as_of)
    bought = bought.mutate(first_on=bought.occurred_on.min().over(group_by=bought.customer_id))
    later = bought.occurred_on > bought.first_on
    spans = bought.group_by("customer_id").aggregate(
        first=bought.first_on.min(), second=bought.occurred_on.min(where=later)
    )
    found = spans.order_by("customer_id").to_pandas().set_index("customer_id")
    first, second = pd.to_datetime(found["first"]), pd.to_datetime(found["second"])
    since = pd.Timestamp((first_on or as_of) + timedelta(days=days))
    seen = (first >= since) & (first <= pd.Timestamp(as_of - timedelta(days=days)))
    gap = (second - first).dt.days[seen]
    if len(gap) < FEWEST:
        return Unavailable("value", "first_time", {"n": FEWEST, "within": days})
    again = gap <= days
    low, high = wilson(int(again.sum()), len(again))
    kinds: Mapping[str, pd.Series | None] = {COHORT: cohorts(first[seen]), CHANNEL: channels}
    groups = pd.concat([_by(again, kind, of.reindex(again.index)) for kind, of in kinds.items() if of is not None])
    middle = float(gap[again].median()) if again.any() else float("nan")
    return Second(
        days, len(again), int(again.sum()), float(again.mean()), float(low), float(high), middle,
        groups.reset_index(drop=True),
    )  # fmt: skip


def cohorts(first: pd.Series) -> pd.Series:
    """Name the quarter of each first purchase, or the year where there are more quarters than a table takes.

    Examples
    --------
    >>> cohorts(pd.Series(pd.to_datetime(["2024-01-05", "2024-12-31"]))).tolist()
    ['2024 Q1', '2024 Q4']
    """
    quarters = first.dt.year.astype(str) + " Q" + first.dt.quarter.astype(str)
    return quarters if quarters.nunique() <= _MOST_COHORTS else first.dt.year.astype(str)


def _by(again: pd.Series, kind: str, of: pd.Series) -> pd.DataFrame:
    counted = again.groupby(of).agg(customers="size", again="sum")
    counted = counted[counted["customers"] >= FEWEST].astype(int)
    low, high = wilson(counted["again"], counted["customers"])
    found = counted.assign(kind=kind, share=counted["again"] / counted["customers"], low=low, high=high)
    found = found.rename_axis("group").reset_index()
    return found if kind == COHORT else found.sort_values(["share", "group"], ascending=[False, True])


def through(transactions: ibis.Table, daily: ibis.Table) -> pd.Series:
    """Name the channel through which each customer bought most on the first day, by ``customer_id``; ties by name."""
    bought = daily.filter(daily.is_purchase)
    first = bought.group_by("customer_id").aggregate(occurred_on=bought.occurred_on.min())
    lines = transactions.filter(transactions.kind == "purchase", transactions.channel.notnull())
    lines = lines.inner_join(first, ["customer_id", "occurred_on"])
    spent = lines.group_by("customer_id", "channel").aggregate(amount=lines.amount.sum()).to_pandas()
    spent = spent.assign(amount=np.asarray(spent["amount"], dtype=float))
    spent = spent.sort_values(["customer_id", "amount", "channel"], ascending=[True, False, True])
    return spent.drop_duplicates("customer_id").set_index("customer_id")["channel"]
