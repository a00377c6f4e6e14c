"""What was aimed at of customers, and what was reached: figures of the last quarter beside their targets.

A quarter has 13 whole weeks, a year 52, so that each has the same weekdays. A value tier is that of the half year
before the quarter, so that what is bought in it does not decide where a customer is counted.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from insight.config.aims import Aims
from insight.contracts.table import MONEY
from insight.contracts.tables.segment import VALUE_TIERS
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import mean_interval, wilson
from insight.profile.kpis import LONG, LOOK_BACK, YEAR
from insight.review.customers.tickets import COMPLAINT
from insight.segment.tiers import value_tiers

#: Each figure and its unit; of complaints, fewer are better.
UNITS = {
    "active": "share",
    "spend": "currency",
    "upgrade": "share",
    "second": "share",
    "back": "share",
    "satisfaction": "",
    "complaints": "",
    "activity": "share",
}
FEWER_IS_BETTER = ("complaints",)
#: How a figure stands to its target; `UNSURE` where its interval holds the target.
REACHED, MISSED, UNSURE, NO_AIM = "reached", "missed", "unsure", "no aim"
Read = Callable[[str], ibis.Table]
_COLUMNS = ["kpi", "group", "customers", "value", "low", "high"]
Row = tuple[str, str, int, float, float, float]


@unless_unavailable
def reached(
    days: ibis.Table,
    tables: Mapping[str, ibis.Table],
    aims: Aims,
    *,
    as_of: date,
    minimum: int,
) -> pd.DataFrame | Unavailable:
    """Lay the customer figures of the last quarter beside those of the quarter before, and their targets.

    Parameters
    ----------
    days
        From `insight.profile.features.summarise_days`.
    tables
        By name: ``transactions``, and where there are any, ``service_tickets`` and ``accounts``.
    aims
        The targets.
    as_of
        Last day that counts, inclusive.
    minimum
        Customers that a figure must rest on; of a share, on either side.

    Returns
    -------
    DataFrame
        ``kpi, group`` (a tier or a product, else empty), ``customers`` that it rests on, ``value, low, high`` (95%),
        ``before``, ``target`` (missing where there is none) and ``verdict``.
    """
    now, before = (_of_quarter(days, tables, end=as_of - timedelta(days=back), minimum=minimum) for back in (0, LONG))
    if now.empty:
        return Unavailable("aims", "short", {"days": LONG + LOOK_BACK})
    earlier = before.set_index(["kpi", "group"])["value"]
    keys = pd.MultiIndex.from_frame(now[["kpi", "group"]])
    targets = [aims.of(kpi, group) for kpi, group in keys]
    found = now.assign(before=earlier.reindex(keys).to_numpy(), target=pd.Series(targets, dtype=float))
    return found.assign(verdict=[judge(row) for row in found.to_dict("records")])


def judge(figure: Mapping) -> str:
    """Say how a figure stands to its target, as far as its interval tells.

    Examples
    --------
    >>> judge({"kpi": "active", "target": 0.8, "low": 0.81, "high": 0.85})
    'reached'
    >>> judge({"kpi": "complaints", "target": 5.0, "low": 5.5, "high": 7.0})
    'missed'
    """
    target, low, high = figure["target"], figure["low"], figure["high"]
    if pd.isna(target):
        return NO_AIM
    if figure["kpi"] in FEWER_IS_BETTER:
        target, low, high = -target, -high, -low
    return REACHED if low >= target else MISSED if high < target else UNSURE


def _of_quarter(days: ibis.Table, tables: Mapping[str, ibis.Table], *, end: date, minimum: int) -> pd.DataFrame:
    start = end - timedelta(days=LONG - 1)
    first = days.occurred_on.min().to_pyarrow().as_py()
    if first is None or start - timedelta(days=LOOK_BACK) < first:
        return pd.DataFrame(columns=_COLUMNS)
    rows = _shares(days, start, end, minimum) + _by_tier(days, tables["transactions"], start, end, minimum)
    if "service_tickets" in tables:
        rows += _service(tables["service_tickets"], days, start, end, minimum)
    if "accounts" in tables:
        rows += _products(tables["accounts"], tables["transactions"], start, end, minimum)
    return pd.DataFrame(rows, columns=_COLUMNS)


def _share(kpi: str, group: str, some: float, everyone: float, minimum: int) -> list[Row]:
    """Give the row of a share, none where too few are on a side of it."""
    if not min(some, everyone - some) >= minimum:
        return []
    low, high = wilson(float(some), float(everyone))
    return [(kpi, group, int(everyone), float(some / everyone), float(low), float(high))]


def _shares(days: ibis.Table, start: date, end: date, minimum: int) -> list[Row]:
    """Count who buys of those of a year, of the new, and of those silent for half a year."""
    known = days.filter(days.occurred_on <= end)
    later = known.occurred_on.lead().over(group_by=known.customer_id, order_by=known.occurred_on)
    known = known.mutate(next_on=later, in_quarter=known.occurred_on >= start)
    new_from, new_to = start - timedelta(days=LONG), start - timedelta(days=1)
    is_new = known.gap_days.isnull() & known.occurred_on.between(new_from, new_to)
    # the last purchase day before the quarter, of those who have one
    last_before = ~known.in_quarter & (known.next_on.isnull() | (known.next_on >= start))
    silent = last_before & (known.occurred_on < start - timedelta(days=LOOK_BACK))
    gap = known.next_on.delta(known.occurred_on, unit="day")
    in_year = known.occurred_on > end - timedelta(days=YEAR)
    row = known.aggregate(
        year=known.customer_id.nunique(where=in_year),
        active=known.customer_id.nunique(where=known.in_quarter),
        new=known.count(where=is_new),
        second=known.count(where=is_new & (gap <= LONG)),
        silent=known.count(where=silent),
        back=known.count(where=silent & known.next_on.notnull()),
    ).to_pyarrow().to_pylist()[0]  # fmt: skip
    pairs = {"active": ("active", "year"), "second": ("second", "new"), "back": ("back", "silent")}
    return [found for kpi, (some, of) in pairs.items() for found in _share(kpi, "", row[some], row[of], minimum)]


def _tier(days: ibis.Table, end: date) -> pd.Series:
    """Name the value tier of everyone who bought in the half year up to a day."""
    lately = days.filter(days.occurred_on <= end, days.occurred_on > end - timedelta(days=LOOK_BACK))
    spent = lately.group_by("customer_id").aggregate(spent=lately.gross.sum().cast(MONEY)).order_by("customer_id")
    return value_tiers(spent.to_pandas().set_index("customer_id")["spent"].astype(float))


def _by_tier(days: ibis.Table, transactions: ibis.Table, start: date, end: date, minimum: int) -> list[Row]:
    """Give what each tier spends in the quarter, and who moves up in it."""
    lines = transactions.filter(
        transactions.kind.isin(["purchase", "refund"]),
        transactions.occurred_on.between(start, end),
        transactions.customer_id.notnull(),
    )
    spent = lines.group_by("customer_id").aggregate(spent=lines.amount.sum().cast(MONEY)).to_pandas()
    then, now = _tier(days, start - timedelta(days=1)), _tier(days, end)
    each = spent.set_index("customer_id")["spent"].astype(float).reindex(then.index, fill_value=0.0)
    place = {name: number for number, name in enumerate(VALUE_TIERS)}
    rose = now.reindex(then.index).map(place).astype(float) < then.map(place).astype(float)
    rows: list[Row] = []
    for tier in VALUE_TIERS:
        mine = then == tier
        rows += _mean("spend", tier, each[mine].to_numpy(), np.ones(int(mine.sum())), minimum)
    for tier in VALUE_TIERS[1:]:
        rows += _share("upgrade", tier, int(rose[then == tier].sum()), int((then == tier).sum()), minimum)
    return rows


def _mean(kpi: str, group: str, sums: np.ndarray, counts: np.ndarray, minimum: int, *, per: float = 1.0) -> list[Row]:
    """Give the row of a mean of what customers have several of: their sums over their counts (ratio estimate)."""
    if len(sums) < minimum or not counts.sum():
        return []
    value = float(sums.sum() / counts.sum())
    influence = (sums - value * counts) / counts.sum()
    low, high = mean_interval(value, influence)
    return [(kpi, group, len(sums), per * value, per * low, per * high)]


def _service(tickets: ibis.Table, days: ibis.Table, start: date, end: date, minimum: int) -> list[Row]:
    """Give how satisfied customers were with service, and complaints of all who bought within a year."""
    mine = tickets.filter(tickets.opened_at.date().between(start, end), tickets.customer_id.notnull())
    by = mine.group_by("customer_id").aggregate(
        rated=mine.satisfaction.count(),
        given=mine.satisfaction.sum().fill_null(0).cast(MONEY),
        complaints=mine.count(where=mine.topic.endswith(COMPLAINT)),
    )
    found = by.order_by("customer_id").to_pandas().set_index("customer_id").astype(float)
    rated = found[found["rated"] > 0]
    rows = _mean("satisfaction", "", rated["given"].to_numpy(), rated["rated"].to_numpy(), minimum)
    year = days.filter(days.occurred_on <= end, days.occurred_on > end - timedelta(days=YEAR))
    # grouped, for what is distinct and then ordered has the filter's day among its columns on Spark
    everyone = (
        year.group_by("customer_id").aggregate(days=year.count()).order_by("customer_id").to_pandas()["customer_id"]
    )
    each = found["complaints"].reindex(everyone, fill_value=0.0).to_numpy()
    if (each > 0).sum() >= minimum:
        rows += _mean("complaints", "", each, np.ones(len(each)), minimum, per=1000.0)
    return rows


def _products(accounts: ibis.Table, transactions: ibis.Table, start: date, end: date, minimum: int) -> list[Row]:
    """Give by product the accounts with a limit, open all quarter, that are used for a purchase in it."""
    if "credit_limit" not in accounts.columns or "account_id" not in transactions.columns:
        return []
    held = accounts.filter(
        accounts.credit_limit.notnull(),
        accounts.opened_on < start,
        accounts.closed_on.isnull() | (accounts.closed_on > end),
    )
    bought = transactions.filter(transactions.kind == "purchase", transactions.occurred_on.between(start, end))
    used = bought.select("account_id").distinct().mutate(used=True)
    both = held.left_join(used, "account_id").select("product", used=used.used.fill_null(False))
    by = both.group_by("product").aggregate(held=both.count(), used=both.count(where=both.used))
    found = by.order_by("product").to_pandas().dropna(subset=["product"])
    return [
        row
        for product, everyone, some in found[["product", "held", "used"]].itertuples(index=False)
        for row in _share("activity", str(product), some, everyone, minimum)
    ]
