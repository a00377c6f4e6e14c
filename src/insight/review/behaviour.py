"""Customers' behaviour around a campaign: what they did before it, and what they spent during it."""

from datetime import date, timedelta

import ibis
import pandas as pd

from insight.contracts.table import MONEY

PLACEBO_DAYS = 28  # length of the placebo window, in which the campaign had not begun
_LONG_RUN_DAYS = 364
_BLOCK_DAYS = 28


def daily_totals(transactions: ibis.Table, *, as_of: date) -> ibis.Table:
    """Sum each customer's days: ``customer_id, occurred_on, spend`` (refunds deducted), ``discount``."""
    known = transactions.filter(
        transactions.kind.isin(["purchase", "refund"]),
        transactions.customer_id.notnull(),
        transactions.occurred_on <= as_of,
    )
    return known.group_by("customer_id", "occurred_on").aggregate(
        spend=known.amount.sum().cast(MONEY), discount=known.discount.sum().fill_null(0).cast(MONEY)
    )


def first_day(daily: ibis.Table) -> date:
    """Give the first day on which anything was bought."""
    return pd.Timestamp(daily.occurred_on.min().execute()).date()


def behaviour_around(
    daily: ibis.Table, *, start: date, days: int, pre_days: int, first: date, known_by: date
) -> pd.DataFrame:
    """Describe every customer before a day and sum what they spent from it on.

    Parameters
    ----------
    daily
        From `daily_totals`.
    start, days
        The window whose spending is the outcome: ``days`` days from ``start``.
    pre_days
        Days before ``start`` that are described closely, in blocks of four weeks.
    first
        First day with data: rates over the long run (at most a year) begin there.
    known_by
        Only customers who had bought before this day are described.

    Returns
    -------
    DataFrame
        Indexed by ``customer_id``; all per week: ``outcome``, ``spend_1`` (the last four weeks
        before), ``spend_2`` …, ``visits``, ``discount``, ``spend_long``, ``visits_long``.
    """
    since = daily.occurred_on.delta(ibis.literal(start), unit="day").cast("int64")
    daily = daily.mutate(since=since)
    long_run = min(_LONG_RUN_DAYS, (start - first).days)
    sums = {
        "outcome": _sum_between(daily, daily.spend, 0, days),
        **_blocks(daily, pre_days=pre_days),
        "visits": _sum_between(daily, 1, -pre_days, 0),
        "discount": _sum_between(daily, daily.discount, -pre_days, 0),
        "spend_long": _sum_between(daily, daily.spend, -long_run, 0),
        "visits_long": _sum_between(daily, 1, -long_run, 0),
    }
    known = daily.group_by("customer_id").having(daily.occurred_on.min() < known_by).aggregate(**sums)
    frame = known.order_by("customer_id").to_pandas().set_index("customer_id").astype("float64")
    lengths = {
        "outcome": days,
        **{f"spend_{number}": far - near for number, (near, far) in enumerate(_edges(pre_days), start=1)},
        **{"visits": pre_days, "discount": pre_days, "spend_long": long_run, "visits_long": long_run},
    }
    return frame * 7 / pd.Series(lengths)


def weekly_path(daily: ibis.Table, *, start: date, before: int, after: int) -> pd.DataFrame:
    """Sum spending by customer and whole week around a day: week -1 ends the day before, week 0 begins on it.

    Returns
    -------
    DataFrame
        Indexed by ``customer_id``, one column per week from ``-before`` to ``after - 1``.
    """
    first, last = start - timedelta(days=7 * before), start + timedelta(days=7 * after)
    near = daily.filter(daily.occurred_on >= first, daily.occurred_on < last)
    days = near.occurred_on.delta(ibis.literal(first), unit="day").cast("int64")
    weekly = near.mutate(week=(days // 7).cast("int64") - before)
    weekly = weekly.group_by("customer_id", "week").aggregate(spend=weekly.spend.sum().cast(MONEY).cast("float64"))
    long = weekly.order_by("customer_id", "week").to_pandas()
    wide = long.pivot_table(index="customer_id", columns="week", values="spend", aggfunc="sum", fill_value=0.0)
    return wide.reindex(columns=range(-before, after), fill_value=0.0)


def campaigns_around(contacts: ibis.Table, campaigns: ibis.Table, *, start: date, end: date) -> pd.Series:
    """Count the campaigns that contacted each customer and ran on any of these days."""
    running = campaigns.filter(campaigns.starts_on <= end, campaigns.ends_on >= start)
    contacted = contacts.filter(~contacts.is_holdout).semi_join(running, "campaign_id")
    pairs = contacted.select("customer_id", "campaign_id").distinct()
    counts = pairs.group_by("customer_id").aggregate(campaigns=pairs.count()).order_by("customer_id").to_pandas()
    return counts.set_index("customer_id")["campaigns"].astype(float)


def _sum_between(daily: ibis.Table, what: ibis.Value | int, low: int, high: int) -> ibis.Value:
    """Sum over the days from ``low`` to before ``high``, counted from the start; exactly, over DECIMAL."""
    within = (daily.since >= low) & (daily.since < high)
    if isinstance(what, int):
        return daily.count(where=within)
    return what.sum(where=within).fill_null(0).cast(MONEY).cast("float64")


def _blocks(daily: ibis.Table, *, pre_days: int) -> dict[str, ibis.Value]:
    edges = _edges(pre_days)
    return {
        f"spend_{number}": _sum_between(daily, daily.spend, -far, -near)
        for number, (near, far) in enumerate(edges, start=1)
    }


def _edges(pre_days: int) -> list[tuple[int, int]]:
    """Cut the days before into blocks of four weeks; what is left over lengthens the farthest one."""
    count = max(1, pre_days // _BLOCK_DAYS)
    ends = [_BLOCK_DAYS * number for number in range(1, count)] + [pre_days]
    return list(zip([0, *ends[:-1]], ends, strict=True))
