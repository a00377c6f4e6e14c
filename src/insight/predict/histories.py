"""Customers' purchase histories as the purchase models see them: purchase days, counted in the engine."""

from datetime import date, timedelta

import ibis
import pandas as pd

from insight.contracts.table import MONEY

WEEK = 7


def daily_spend(transactions: ibis.Table, *, as_of: date, count_free: bool = False) -> ibis.Table:
    """Net what each customer bought and returned on each day, up to ``as_of``.

    Payments and fees are left out, and so are lines without a customer. A day counts as a
    *purchase day* when more was bought on it than returned: two orders on one day are one
    purchase, an order returned on the same day is none. With ``count_free`` a day on which
    things were taken for nothing, and none returned, is a purchase day too: the published
    studies of CDNOW count so.

    Returns
    -------
    Table
        ``customer_id, occurred_on, spend`` (money, signed), ``is_purchase``.
    """
    lines = transactions.filter(
        transactions.customer_id.notnull(),
        transactions.occurred_on <= as_of,
        transactions.kind.isin(["purchase", "refund"]),
    )
    days = lines.group_by("customer_id", "occurred_on").aggregate(
        spend=lines.amount.sum().cast(MONEY), returned=(lines.amount < 0).sum()
    )
    is_free = (days.spend == 0) & (days.returned == 0)
    is_purchase = (days.spend > 0) | is_free if count_free else days.spend > 0
    return days.mutate(is_purchase=is_purchase).drop("returned")


def first_day(daily: ibis.Table) -> date | None:
    """Give the day of the first purchase; ``None`` where there is none."""
    first = daily.filter(daily.is_purchase).occurred_on.min().execute()
    return None if pd.isna(first) else pd.Timestamp(first).date()


def count_customers(daily: ibis.Table) -> int:
    """Count the customers who have ever bought."""
    return int(daily.filter(daily.is_purchase).customer_id.nunique().execute())


def summarise_histories(daily: ibis.Table, *, cut: date, ahead_days: int = 0) -> pd.DataFrame:
    """Describe what customers had bought by the cut, and what they bought in the days after it.

    Parameters
    ----------
    daily
        As :func:`daily_spend` makes it.
    cut
        Last day that is known, inclusive.
    ahead_days
        Days after the cut to add up; as many up to the cut are added up for comparison.

    Returns
    -------
    DataFrame
        Customers with a purchase day by the cut, indexed by ``customer_id``, sorted:

        - ``purchases``: purchase days; ``repeats``: those after the first one
        - ``last_week``: weeks from the first to the last one; ``weeks``: weeks from the first one to the cut
        - ``silent_days``: days from the last one to the cut
        - ``mean_spend``: mean over purchase days
        - ``refunds``: what was returned on other days, as a positive number
        - ``spend_before``: net spend of the ``ahead_days`` up to the cut
        - ``purchases_later, spend_later``: purchase days and net spend of the ``ahead_days`` after it

    Notes
    -----
    ``last_week`` is what the papers call recency and write :math:`t_x`; ``weeks`` is their *T*.
    """
    until = daily.filter(daily.occurred_on <= cut + timedelta(days=ahead_days))
    day, spend = until.occurred_on, until.spend
    known, bought = day <= cut, (day <= cut) & until.is_purchase
    counted = until.group_by("customer_id").aggregate(
        first_on=day.min(where=bought),
        last_on=day.max(where=bought),
        purchases=until.count(where=bought),
        spend=_total(spend, bought),
        refunds=_total(-spend, known & ~until.is_purchase),
        spend_before=_total(spend, known & (day > cut - timedelta(days=ahead_days))),
        purchases_later=until.count(where=~known & until.is_purchase),
        spend_later=_total(spend, ~known),
    )
    bought_once = counted.filter(counted.purchases > 0)
    dated = bought_once.mutate(
        active_days=bought_once.last_on.delta(bought_once.first_on, unit="day").cast("int64"),
        silent_days=ibis.literal(cut).delta(bought_once.last_on, unit="day").cast("int64"),
    )
    frame = dated.drop("first_on", "last_on").order_by("customer_id").to_pandas().set_index("customer_id")
    frame = frame.astype({"purchases": int, "purchases_later": int})
    active, silent = frame.pop("active_days"), frame.pop("silent_days")
    return frame.assign(
        repeats=frame["purchases"] - 1,
        last_week=active / WEEK,
        weeks=(active + silent) / WEEK,
        silent_days=silent,
        mean_spend=frame.pop("spend") / frame["purchases"],
    )


def weekly_repeats(daily: ibis.Table, *, cut: date) -> pd.Series:
    """Count repeat purchase days per week by the customers known at the cut.

    Returns
    -------
    Series
        By week: 0 is the last one up to the cut, 1 the first one after it. Weeks begun but not
        ended by the last day are included.
    """
    days = daily.filter(daily.is_purchase)
    days = days.mutate(first_on=days.occurred_on.min().over(group_by=days.customer_id))
    repeats = days.filter(days.first_on <= cut, days.occurred_on > days.first_on)
    after = repeats.occurred_on.delta(ibis.literal(cut), unit="day").cast("int64")
    weeks = repeats.mutate(week=((after + (10_000 * WEEK - 1)) // WEEK - 9_999).cast("int64"))
    counted = weeks.group_by("week").aggregate(repeats=weeks.count()).order_by("week").to_pandas()
    return counted.set_index("week")["repeats"]


def _total(amount: ibis.Column, where: ibis.Column) -> ibis.Column:
    return amount.sum(where=where).cast(MONEY).coalesce(0).cast("float64")  # exact until here
