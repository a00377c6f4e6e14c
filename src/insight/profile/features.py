"""What is known about each customer as of a day: counted in the engine, the same on DuckDB and Spark.

Lines become baskets, baskets become days, days become customers: each step is smaller than the
one before, so nothing counts distinct values over lines. Where each line is a basket of its own,
nothing is put together first. Sums run over DECIMAL and become floats only after the last one.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from insight.contracts.table import MONEY
from insight.errors import Unavailable

MISSING = "missing"  # the category of lines that have none
ZERO = ibis.literal(0).cast(MONEY)


def summarise_baskets(transactions: ibis.Table, *, as_of: date) -> ibis.Table:
    """Put purchase lines together into baskets, one row per customer and basket.

    Lines after ``as_of`` and lines without a customer are left out. A basket is ``paid`` when its
    purchases come to more than nothing: a visit in which everything was free keeps its row, so
    that amounts reconcile, but is not a purchase.

    Parameters
    ----------
    transactions
        The ``transactions`` table.
    as_of
        Last day that counts, inclusive.

    Returns
    -------
    Table
        ``customer_id, basket_id, occurred_on, hour`` (both of the first line), ``paid``,
        ``gross, discount, promoted, promotable`` (money; the last is what promotion was known of).
    """
    lines = _known(transactions, as_of=as_of, kind="purchase")
    if _are_baskets(lines):
        sums = {
            "gross": lines.amount,
            "discount": lines.discount,
            "promoted": lines.promoted.ifelse(lines.amount, None),
        }
        sums["promotable"] = lines.promoted.notnull().ifelse(lines.amount, None)
        sums = {name: amount.cast(MONEY) for name, amount in sums.items()}
        return lines.select("customer_id", "basket_id", "occurred_on", "hour", **sums, paid=lines.amount > 0)
    return (
        lines.group_by("customer_id", "basket_id")
        .aggregate(
            occurred_on=lines.occurred_on.min(),
            hour=lines.hour.min(),
            gross=_total(lines.amount),
            discount=lines.discount.sum().cast(MONEY),
            promoted=lines.amount.sum(where=lines.promoted).cast(MONEY),
            promotable=lines.amount.sum(where=lines.promoted.notnull()).cast(MONEY),
        )
        .mutate(paid=ibis._.gross > 0)
    )


def _are_baskets(lines: ibis.Table) -> bool:
    """Say whether each line is a basket of its own, as on a card: grouping these would cost more than all else."""
    if "transaction_id" not in lines.columns:
        return False
    return bool((lines.basket_id == lines.transaction_id).all().fill_null(True).execute())


def list_buyers(transactions: ibis.Table, *, as_of: date) -> ibis.Table:
    """List the customers with a purchase up to a day, each once: the ``customer_id`` of those with a paid basket."""
    baskets = summarise_baskets(transactions, as_of=as_of)
    return baskets.filter(baskets.paid).select("customer_id").distinct()


def summarise_days(baskets: ibis.Table) -> ibis.Table:
    """Put paid baskets together into purchase days, each with the days since the one before.

    Returns
    -------
    Table
        ``customer_id, occurred_on, baskets, gross, gap_days``; ``gap_days`` is null on the first day.
    """
    paid = baskets.filter(baskets.paid)
    days = paid.group_by("customer_id", "occurred_on").aggregate(baskets=paid.count(), gross=_total(paid.gross))
    before = days.occurred_on.lag().over(group_by=days.customer_id, order_by=days.occurred_on)
    return days.mutate(gap_days=days.occurred_on.delta(before, unit="day").cast("int64"))


def summarise_customers(
    transactions: ibis.Table,
    *,
    as_of: date,
    trend_days: int = 90,
    baskets: ibis.Table | None = None,
    planned: ibis.Table | None = None,
) -> ibis.Table:
    """Describe every customer who has bought at least once, one row each: the ``profile`` table.

    Parameters
    ----------
    transactions
        The ``transactions`` table.
    as_of
        Last day that counts, inclusive. Nothing later is known, so an earlier day shows exactly
        what was known then.
    trend_days
        Length of the two neighbouring windows that ``trend`` compares.
    baskets
        From `summarise_baskets`, of the same lines, where they are at hand already.
    planned
        From `profile.planned.next_planned`, where the business delivers planned days.

    Returns
    -------
    Table
        See ``contracts/profile.py`` for each column.

    Notes
    -----
    Recency is counted back from ``as_of``, as marketers say it; the lifetime-value papers count
    from first to last purchase instead. ``trend`` is -1 when all spending has gone, 0 when it is
    the same, 1 when there was none before; it takes a tenure of at least twice ``trend_days``.
    """
    baskets = summarise_baskets(transactions, as_of=as_of) if baskets is None else baskets
    profile = _totals(baskets, as_of=as_of, trend_days=trend_days).join(_rhythm(baskets), "customer_id")
    for part in (_refunds(transactions, as_of=as_of), _breadth(_by_category(transactions, as_of=as_of))):
        profile = profile.left_join(part, "customer_id").drop("customer_id_right")
    described = _finish(profile, as_of=as_of, trend_days=trend_days)
    return described if planned is None else described.left_join(planned, "customer_id").drop("customer_id_right")


def category_shares(transactions: ibis.Table, *, as_of: date) -> ibis.Table:
    """Say how each customer's purchases spread over categories, one row per customer and category.

    Lines without a category are put under ``missing``, so that the shares of a customer add to one.
    """
    spent = _by_category(transactions, as_of=as_of)
    whole = spent.amount.sum().over(group_by=spent.customer_id).cast(MONEY)
    return spent.filter(spent.amount != 0).mutate(share=_ratio(spent.amount, whole))


def _by_category(transactions: ibis.Table, *, as_of: date) -> ibis.Table:
    lines = _known(transactions, as_of=as_of, kind="purchase")
    lines = lines.mutate(category=lines.category.coalesce(MISSING))
    return lines.group_by("customer_id", "category").aggregate(amount=_total(lines.amount))


def time_of_week(baskets: ibis.Table) -> ibis.Table:
    """Count paid baskets, and their customers, by weekday (0 is Monday) and hour (null where only days are known)."""
    paid = baskets.filter(baskets.paid)
    paid = paid.mutate(weekday=paid.occurred_on.day_of_week.index().cast("int64"))
    return paid.group_by("weekday", "hour").aggregate(baskets=paid.count(), customers=paid.customer_id.nunique())


def category_totals(shares: ibis.Table) -> ibis.Table:
    """Add up what is sold of each category, with the number of customers who bought it, largest first."""
    totals = shares.group_by("category").aggregate(amount=_total(shares.amount), customers=shares.count())
    return totals.order_by(totals.amount.desc(), totals.category)


def account_for(transactions: ibis.Table, baskets: ibis.Table, *, as_of: date) -> pd.DataFrame:
    """Say whose every amount is: of customers who have bought, of others with an id, of nobody known.

    Payments and fees are neither purchases nor refunds, and are left out.

    Returns
    -------
    DataFrame
        One row for each of ``buyers``, ``others`` and ``unassigned`` that there is: ``who``,
        ``customers``, ``lines``, and as Decimal ``purchases``, ``refunds`` (zero or less), ``sales``.
    """
    buyers = baskets.filter(baskets.paid).select("customer_id").distinct().mutate(bought=True)
    counted = transactions.kind.isin(["purchase", "refund"]) & (transactions.occurred_on <= as_of)
    lines = transactions.filter(counted).select("customer_id", "kind", "amount").left_join(buyers, "customer_id")
    who = ibis.cases((lines.bought, "buyers"), (lines.customer_id.notnull(), "others"), else_="unassigned")
    lines = lines.mutate(who=who)
    found = lines.group_by("who", "customer_id").aggregate(
        lines=lines.count(),
        purchases=_total(ibis.ifelse(lines.kind == "purchase", lines.amount, ZERO)),
        refunds=_total(ibis.ifelse(lines.kind == "refund", lines.amount, ZERO)),
    )
    found = found.group_by("who").aggregate(
        customers=found.customer_id.count(),
        lines=found.lines.sum(),
        purchases=_total(found.purchases),
        refunds=_total(found.refunds),
    )
    found = found.mutate(sales=(found.purchases + found.refunds).cast(MONEY))
    return found.order_by("who").to_pyarrow().to_pandas()


@dataclass(frozen=True)
class Ownership:
    """Whose the amounts are: customers who have bought (``buyers``), ``others`` with an id, and all ``sales``."""

    buyers: int
    others: int
    sales: Decimal
    of_buyers: Decimal
    elsewhere: Decimal

    @property
    def customers(self) -> int:
        """Count all customers."""
        return self.buyers + self.others

    @property
    def share(self) -> float | None:
        """Give the share of all sales that is of buyers; none where there are none."""
        return float(self.of_buyers / self.sales) if self.sales else None

    @property
    def extent(self) -> str:
        """Say whether ``all`` amounts are of buyers, or a ``part``."""
        return "all" if not self.elsewhere or self.sales <= 0 else "part"


def ownership(account: pd.DataFrame) -> Ownership:
    """Sum up what `account_for` says."""
    by_owner = account.set_index("who").reindex(["buyers", "others", "unassigned"], fill_value=0)
    sales, (buyers, others, _nobody) = by_owner["sales"], by_owner["customers"]
    return Ownership(buyers, others, account["sales"].sum(), sales["buyers"], sales.drop("buyers").abs().sum())


@dataclass(frozen=True)
class Buyers:
    """The customers that a profile describes: how many, and the day of their first purchase."""

    customers: int
    first_on: date


def count_buyers(profile: pd.DataFrame, *, minimum: int) -> Buyers | Unavailable:
    """Count the customers of a profile, where they are enough to be spoken of."""
    if profile.empty:
        return Unavailable("common", "nothing_to_count")
    if len(profile) < minimum:
        return Unavailable("common", "too_few")
    return Buyers(len(profile), profile["first_on"].min())


def adds_up(customers: pa.Table, account: pd.DataFrame) -> bool:
    """Say whether the purchases and refunds of all customers are those of the account, to the last digit."""
    owned = account.set_index("who").reindex(["buyers"]).fillna(0).loc["buyers"]
    gross, refunds = (pc.sum(customers[name]).as_py() or 0 for name in ("gross", "refunds"))
    return gross == owned["purchases"] and refunds == -owned["refunds"]


def _known(transactions: ibis.Table, *, as_of: date, kind: str) -> ibis.Table:
    return transactions.filter(
        transactions.customer_id.notnull(), transactions.occurred_on <= as_of, transactions.kind == kind
    )


def _total(amount: ibis.Column) -> ibis.Column:
    return amount.sum().cast(MONEY)


def _ratio(part: ibis.Column, whole: ibis.Column) -> ibis.Column:
    """Divide as floats, null where the whole is zero: integer and DECIMAL division differ between engines."""
    return part.cast("float64") / whole.cast("float64").nullif(0.0)


def _totals(baskets: ibis.Table, *, as_of: date, trend_days: int) -> ibis.Table:
    """Add baskets up by customer; only customers with a paid basket remain."""
    back = ibis.literal(as_of).delta(baskets.occurred_on, unit="day")
    recent, before = back < trend_days, (back >= trend_days) & (back < 2 * trend_days)
    weekend = baskets.occurred_on.day_of_week.index() >= 5
    sums = baskets.group_by("customer_id").aggregate(
        first_on=baskets.occurred_on.min(where=baskets.paid),
        last_on=baskets.occurred_on.max(where=baskets.paid),
        frequency=baskets.count(where=baskets.paid),
        gross=_total(baskets.gross),
        discount=baskets.discount.sum().cast(MONEY),
        promoted=baskets.promoted.sum().cast(MONEY),
        promotable=baskets.promotable.sum().cast(MONEY),
        weekends=baskets.count(where=baskets.paid & weekend),
        timed=baskets.count(where=baskets.paid & baskets.hour.notnull()),
        mornings=baskets.count(where=baskets.paid & (baskets.hour < 12)),
        evenings=baskets.count(where=baskets.paid & (baskets.hour >= 17)),
        spend_recent=baskets.gross.sum(where=recent).coalesce(0).cast(MONEY),
        spend_before=baskets.gross.sum(where=before).coalesce(0).cast(MONEY),
    )
    return sums.filter(sums.frequency > 0)


def _rhythm(baskets: ibis.Table) -> ibis.Table:
    days = summarise_days(baskets)
    return days.group_by("customer_id").aggregate(
        purchase_days=days.count(), gap_days_median=days.gap_days.median().cast("float64")
    )


def _refunds(transactions: ibis.Table, *, as_of: date) -> ibis.Table:
    lines = _known(transactions, as_of=as_of, kind="refund")
    return lines.group_by("customer_id").aggregate(paid_back=_total(lines.amount))


def _breadth(spent: ibis.Table) -> ibis.Table:
    """Count each customer's categories and name the largest; ties by name, so that engines agree."""
    named = spent.filter(spent.category != MISSING, spent.amount != 0)
    place = ibis.row_number().over(group_by=named.customer_id, order_by=[named.amount.desc(), named.category])
    ranked = named.mutate(place=place)
    return ranked.group_by("customer_id").aggregate(
        categories=ranked.count(), top_category=ranked.category.max(where=ranked.place == 0)
    )


def _finish(profile: ibis.Table, *, as_of: date, trend_days: int) -> ibis.Table:
    p = profile.mutate(
        recency_days=ibis.literal(as_of).delta(profile.last_on, unit="day").cast("int64"),
        tenure_days=ibis.literal(as_of).delta(profile.first_on, unit="day").cast("int64"),
        refunds=(-profile.paid_back.coalesce(0)).cast(MONEY),
    )
    both = (p.spend_recent + p.spend_before).cast(MONEY)
    change = (p.spend_recent - p.spend_before).cast(MONEY)
    # A spend below zero (corrections booked as purchases) has no direction.
    clear = (p.tenure_days + 1 >= 2 * trend_days) & (p.spend_recent >= 0) & (p.spend_before >= 0)
    return p.select(
        "customer_id",
        "first_on",
        "last_on",
        "recency_days",
        "tenure_days",
        "frequency",
        "purchase_days",
        monetary=(p.gross - p.refunds).cast(MONEY),
        gross=p.gross,
        refunds=p.refunds,
        gap_days_mean=_ratio(p.tenure_days - p.recency_days, p.purchase_days - 1),
        gap_days_median=p.gap_days_median,
        basket_mean=_ratio(p.gross, p.frequency),
        discount_share=_ratio(p.discount, (p.gross + p.discount).cast(MONEY)),
        promoted_share=_ratio(p.promoted.coalesce(0).cast(MONEY), p.promotable),
        weekend_share=_ratio(p.weekends, p.frequency),
        morning_share=_ratio(p.mornings, p.timed),
        evening_share=_ratio(p.evenings, p.timed),
        spend_recent=p.spend_recent,
        spend_before=p.spend_before,
        trend=ibis.ifelse(clear, _ratio(change, both), ibis.null("float64")),
        categories=p.categories,
        top_category=p.top_category,
    )
