"""Sentences about what is in the accepted rows: whose they are, which days, kinds and columns they cover."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from insight.report.language import Message, _, _n, count, day, listing, money, percent
from insight.report.sentences.common import fewer_than, too_few
from insight.report.sentences.data_names import KINDS, column_name, table_name
from insight.report.tables import Col

Totals = Mapping[str, int | Decimal]

# --- whose it is


def one_id(customers: Mapping[str, int], noun: Any, *, minimum: int) -> Message:
    """Say that the source's customers already have one id each.

    Examples
    --------
    >>> print(one_id({"all": 2469, "record": 801, "buyers": 2469}, "households", minimum=10))
    The source already gives each of its 2,469 households one id, so no records had to be matched.
    """
    if customers["all"] == 0:
        return _("No row names a customer: there is nobody whose records could be matched.")
    if customers["all"] < minimum:
        return _("The source already gives each customer one id, so no records had to be matched.")
    return _(
        "The source already gives each of its {n} {customers} one id, so no records had to be matched.",
        n=count(customers["all"]),
        customers=noun,
    )


def described(customers: Mapping[str, int], noun: Any, *, minimum: int) -> Message:
    """Say how many customers have a row of their own in a customer file.

    Examples
    --------
    >>> print(described({"all": 2469, "record": 801, "buyers": 2469}, "households", minimum=10))
    A customer file describes 801 of them (32%); the other households are known from their transactions alone.
    """
    everyone, record = customers["all"], customers["record"]
    if everyone < minimum or 0 < record < minimum:
        return _("How many of them a customer file describes is not shown: too few.")
    if record == 0:
        return _(
            "No customer file describes them: the {customers} are known from their transactions alone.", customers=noun
        )
    if record >= everyone:
        return _("A customer file describes every one of them.")
    return _(
        "A customer file describes {n} of them ({share}); the other {customers} are known from their "
        "transactions alone.",
        n=count(record),
        share=percent(record / everyone),
        customers=noun,
    )


def unassigned(found: Totals, *, currency: str) -> Message:
    """Say which part of the transactions names no customer.

    Examples
    --------
    >>> print(unassigned({"rows": 0, "rows_all": 8, "amount": Decimal(0), "amount_all": Decimal(90)}, currency="GBP"))
    Every transaction line names its customer.
    >>> print(unassigned({"rows": 2, "rows_all": 8, "amount": Decimal(9), "amount_all": Decimal(90)}, currency="GBP"))
    2 of 8 transaction lines (25%) name no customer: £9.00, or 10% of the net amount.
    """
    if found["rows_all"] == 0:
        return _("There are no transaction lines that could name a customer.")
    if found["rows"] == 0:
        return _("Every transaction line names its customer.")
    values = {
        "rows": count(found["rows"]),
        "all": count(found["rows_all"]),
        "share": percent(found["rows"] / found["rows_all"]),
        "amount": money(found["amount"], currency, digits=2),
    }
    if found["amount_all"] <= 0:
        return _("{rows} of {all} transaction lines ({share}) name no customer: {amount}.", **values)
    return _(
        "{rows} of {all} transaction lines ({share}) name no customer: {amount}, or {part} of the net amount.",
        **values,
        part=percent(found["amount"] / found["amount_all"]),
    )


def unassigned_means(found: Totals) -> Message:
    """Say what follows from lines without a customer."""
    if found["rows"] == 0:
        return _("Totals per customer and totals of the business agree: no money is without an owner.")
    return _(
        "Totals of the business include these lines, totals per customer cannot: expect the two to differ by "
        "just this amount in every later report."
    )


# --- which days


def days_finding(days: pd.DataFrame) -> Message:
    """Say how many days of the span have transactions.

    Examples
    --------
    >>> frame = pd.DataFrame({"day": pd.date_range("2017-12-24", periods=3), "lines": [4, 0, 5]})
    >>> print(days_finding(frame))
    One day of 3 has no transactions: 25 December 2017
    """
    empty = days[days.lines == 0].day
    if empty.empty:
        return _n("The one day there is has transactions", "Each of {n} days has transactions", len(days))
    if len(empty) == 1:
        return _("One day of {n} has no transactions: {day}", n=count(len(days)), day=day(empty.iloc[0]))
    first, length = longest_silence(days)
    if length == 1:
        return _("{k} of {n} days have no transactions, never two in a row", k=count(len(empty)), n=count(len(days)))
    return _(
        "{k} of {n} days have no transactions; the longest silence is {length} days from {day}",
        k=count(len(empty)),
        n=count(len(days)),
        length=count(length),
        day=day(first),
    )


def longest_silence(days: pd.DataFrame) -> tuple[date | None, int]:
    """Find the longest stretch of days without transactions: its first day and length."""
    silent = days.lines == 0
    if not silent.any():
        return None, 0
    stretch = (silent != silent.shift()).cumsum()[silent]
    lengths = stretch.value_counts().sort_index()
    longest = lengths.idxmax()
    return days.day[stretch.index[stretch == longest][0]].date(), int(lengths[longest])


def days_shown(days: pd.DataFrame, *, currency: str) -> dict[str, Any]:
    """Say all that goes with the figure of days."""
    first, last = day(days.day.min()), day(days.day.max())
    return {
        "finding": days_finding(days),
        "what": _("Transaction lines per day (pale) and their mean over seven days (strong)"),
        "alt": _(
            "Line of transaction lines per day from {first} to {last}: {low} on the quietest day, {high} on the "
            "busiest.",
            first=first,
            last=last,
            low=count(days.lines.min()),
            high=count(days.lines.max()),
        ),
        "source": _(
            "Source: accepted transactions from {first} to {last}, business time zone; n = {n} lines.",
            first=first,
            last=last,
            n=count(days.lines.sum()),
        ),
        "numbers": by_month(days),
        "columns": {
            "month": Col(_("Month")),
            "days": Col(_("Days with transactions"), "count"),
            "lines": Col(_("Lines"), "count"),
            "amount": Col(_("Net amount"), "money", currency=currency),
        },
    }


def by_month(days: pd.DataFrame) -> pd.DataFrame:
    """Add the days up to months, for the figure's numbers."""
    months = days.assign(month=days.day.dt.to_period("M").dt.start_time)
    return (
        months.groupby("month", as_index=False)
        .agg(days=("lines", lambda lines: int((lines > 0).sum())), lines=("lines", "sum"), amount=("amount", "sum"))
        .assign(month=lambda frame: [day(first, style="month") for first in frame.month])
    )


def days_not_shown(days: pd.DataFrame, customers: int, *, minimum: int) -> Message:
    """Say why the figure of days is not shown.

    Examples
    --------
    >>> print(days_not_shown(pd.DataFrame({"day": ["2017-01-01"], "lines": [3]}), 200, minimum=10))
    Not shown: from the first day to the last there are too few for a line (1).
    """
    if days.empty or customers < minimum:
        return too_few(0 if days.empty else customers, minimum)
    return _("Not shown: from the first day to the last there are too few for a line ({n}).", n=count(len(days)))


def days_so_what(days: pd.DataFrame) -> Message:
    """Say what follows from the days without transactions."""
    if days.empty:
        return _("Without transactions nothing can be said about customers’ habits.")
    length = longest_silence(days)[1]
    if length <= 3:
        return _("The days are complete enough to count recency and rhythm in days.")
    return _(
        "Find out whether the business was closed or files are missing: a silence of {n} days looks like "
        "customers leaving.",
        n=count(length),
    )


# --- which kinds


def kinds_shown(currency: str) -> dict[str, Any]:
    """Say how the table of kinds is shown."""
    return {
        "title": _("Transactions by kind"),
        "columns": {
            "name": Col(_("Kind")),
            "lines": Col(_("Lines"), "count"),
            "zero": Col(_("of which at zero"), "count"),
            "customers": Col(_("Customers"), "count"),
            "amount": Col(_("Amount"), "money", currency=currency, digits=2),
        },
    }


def named_kinds(kinds: pd.DataFrame) -> pd.DataFrame:
    """Put the kinds into words."""
    names = [KINDS.get(kind, kind) for kind in kinds.kind]
    return kinds.assign(name=names, amount=kinds.amount.astype(float))


def gross_and_net(kinds: pd.DataFrame, *, currency: str, minimum: int) -> Message:
    """Say what was bought, given back, and remains.

    Examples
    --------
    >>> frame = pd.DataFrame({"kind": ["purchase", "refund"], "customers": [40, 12], "lines": [90, 13],
    ...                       "amount": [Decimal(900), Decimal(-45)]})
    >>> print(gross_and_net(frame, currency="GBP", minimum=10))
    Purchases of £900.00 less refunds of £45.00 (5% of them) leave £855.00 net.
    """
    by_kind = kinds.set_index("kind")
    if "purchase" not in by_kind.index:
        return _("There are no purchases.")
    if "refund" not in by_kind.index:
        return _("There are purchases and no refunds: gross and net are the same.")
    if 0 < by_kind.customers["refund"] < minimum or 0 < by_kind.customers["purchase"] < minimum:
        return _("Refunds are not shown by themselves: they concern {few} customers.", few=fewer_than(minimum))
    gross, back = by_kind.amount["purchase"], -by_kind.amount["refund"]
    values = {
        "gross": money(gross, currency, digits=2),
        "back": money(back, currency, digits=2),
        "net": money(gross - back, currency, digits=2),
    }
    if gross <= 0:
        return _("Purchases of {gross} less refunds of {back} leave {net} net.", **values)
    return _(
        "Purchases of {gross} less refunds of {back} ({share} of them) leave {net} net.",
        **values,
        share=percent(back / gross),
    )


# --- which columns


def filled_finding(filled: pd.DataFrame) -> Message:
    """Say how many of the facts that a row may carry are there."""
    some = filled[filled.filled > 0]
    partly = some[some.filled < some.rows]
    if some.empty:
        return _("Rows carry what they must, and nothing beyond")
    if partly.empty:
        return _n(
            "{n} further fact is known, for every row", "{n} further facts are known, each for every row", len(some)
        )
    return _(
        "{n} further facts are known, {k} of them not for every row",
        n=count(len(some)),
        k=count(len(partly)),
    )


def filled_shown(filled: pd.DataFrame) -> dict[str, Any]:
    """Say all that goes with the figure of columns."""
    some = filled[filled.filled > 0]
    least = some.loc[some.share.idxmin()]
    rows = filled.groupby("table_name", sort=False).rows.first()
    parts = [_("{table}: {n} rows", table=table_name(name), n=count(n)) for name, n in rows.items()]
    return {
        "finding": filled_finding(filled),
        "what": _("Share of rows that carry each fact beyond what every row must have"),
        "alt": _(
            "Bars of the share of rows with a value for {n} columns; the least filled is {column} with {share}.",
            n=count(len(some)),
            column=column_name(least.column),
            share=percent(least.share),
        ),
        "source": _("Source: accepted rows; {parts}.", parts=listing(parts)),
        "numbers": named_columns(some),
        "columns": {
            "table": Col(_("Table")),
            "name": Col(_("Column")),
            "filled": Col(_("Rows with a value"), "count"),
            "share": Col(_("Share"), "percent", digits=1),
        },
    }


def named_columns(filled: pd.DataFrame) -> pd.DataFrame:
    """Put the columns' names into words."""
    return filled.assign(
        table=[table_name(name) for name in filled.table_name],
        name=[column_name(name) for name in filled.column],
    )


def not_there(filled: pd.DataFrame) -> Message:
    """Name the facts that this business does not deliver."""
    absent = filled[filled.filled == 0]
    if absent.empty:
        return _("Nothing that these tables can hold is missing altogether.")
    return _(
        "Not delivered at all: {names}. What needs them is left out of the reports.",
        names=listing([column_name(name) for name in absent.column]),
    )


#: How the table of broken links is shown.
LINKS = {
    "title": _("Rows that name something unknown"),
    "columns": {
        "table": Col(_("Table")),
        "name": Col(_("Names")),
        "target": Col(_("Not found in")),
        "rows": Col(_("Rows"), "count"),
        "share": Col(_("Share of its rows"), "percent"),
    },
    "note": _("These rows are kept: their amounts count, only what the number stands for is unknown."),
}


def named_links(links: pd.DataFrame) -> pd.DataFrame:
    """Put the links' names into words."""
    return named_columns(links).assign(target=[table_name(name) for name in links.points_to])


def no_broken_links() -> Message:
    """Say that everything named is known."""
    return _("Every product, customer and campaign that a row names is in its table.")


def readable_is_not_true() -> Message:
    """Say what a passed check does not prove."""
    return _(
        "Accepted means that a row can be read and keeps the rules, not that it is true; and what was never "
        "delivered cannot be missed here."
    )
