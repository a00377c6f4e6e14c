"""Sentences about what is in the accepted rows: whose they are, which days, kinds and columns they cover."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from insight.report.language import Message, _, _n, count, day, money, percent
from insight.report.sentences.common import fewer_than, too_few
from insight.report.sentences.data_names import KINDS
from insight.report.tables import Col

Totals = Mapping[str, int | Decimal]

#: Days from first to last that a line needs to say anything.
FEWEST_DAYS = 14

# --- whose it is


def whose(customers: Mapping[str, int], noun: Any, *, minimum: int, linked: bool = False) -> list[Message]:
    """Say whose the transactions are: one id each, and how many a customer file describes.

    ``linked`` says that the customers were made of records of people.

    Examples
    --------
    >>> len(whose({"all": 0, "record": 0, "buyers": 0}, "customers", minimum=10))
    1
    """
    if linked:
        return [_("Every source’s own key is replaced by the id that its customer was issued.")]
    ids = one_id(customers, noun, minimum=minimum)
    if customers["all"] == 0:
        return [ids]
    return [ids, described(customers, noun, minimum=minimum)]


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
    if found["rows_all"] == 0:
        return _("Deliver transactions first: the reports are made of them.")
    if found["rows"] == found["rows_all"]:
        return _("Deliver an id of the customer with each line: without it no report about customers can be made.")
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


def can_show_days(days: pd.DataFrame, customers: int, *, minimum: int) -> bool:
    """Say whether the line of days may and can be shown: enough days, and nobody to be recognised."""
    return len(days) >= FEWEST_DAYS and not 0 < customers < minimum


def days_not_shown(days: pd.DataFrame, customers: int, *, minimum: int) -> Message:
    """Say why the figure of days is not shown.

    Examples
    --------
    >>> print(days_not_shown(pd.DataFrame({"day": ["2017-01-01"], "lines": [3]}), 200, minimum=10))
    Not shown: from the first day to the last there are too few for a line (1).
    """
    if days.empty or 0 < customers < minimum:
        return too_few(0 if days.empty else customers, minimum)
    return _("Not shown: from the first day to the last there are too few for a line ({n}).", n=count(len(days)))


def days_so_what(days: pd.DataFrame) -> Message:
    """Say what follows from the days without transactions."""
    if days.empty:
        return _("Without transactions nothing can be said about customers’ habits.")
    if len(days) < FEWEST_DAYS:
        return _("Deliver more days: habits show only over weeks.")
    length = longest_silence(days)[1]
    if length <= 3:
        return _("The days are complete enough to count recency and rhythm in days.")
    return _(
        "Find out whether the business was closed or files are missing: a silence of {n} days looks like "
        "customers leaving.",
        n=count(length),
    )


# --- which kinds


def kinds_shown(currency: str, *, linked: bool = True) -> dict[str, Any]:
    """Say how the table of kinds is shown; before records are linked, sources know a customer each their own way."""
    return {
        "title": _("Transactions by kind"),
        "columns": {
            "name": Col(_("Kind of line")),
            "lines": Col(_("Lines"), "count"),
            "zero": Col(_("of which at zero"), "count"),
            "customers": Col(_("Customers") if linked else _("Customers as the sources know them"), "count"),
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
    if kinds.kind.tolist() == ["purchase"]:
        return _("There are purchases and no refunds: gross and net are the same.")
    if kinds.customers.between(1, minimum - 1).any():
        return _("Net is not taken apart: some kinds concern {few} customers.", few=fewer_than(minimum))
    gross, net = by_kind.amount["purchase"], kinds.amount.sum()
    back = -by_kind.amount["refund"] if "refund" in by_kind.index else Decimal(0)
    values = {
        "gross": money(gross, currency, digits=2),
        "back": money(back, currency, digits=2),
        "net": money(net, currency, digits=2),
        "share": percent(back / gross if gross > 0 else None),
    }
    rest = net - gross + back
    if rest == 0:
        return _("Purchases of {gross} less refunds of {back} ({share} of them) leave {net} net.", **values)
    return _(
        "Purchases of {gross} less refunds of {back} ({share} of them) and {rest} of other kinds make {net} net.",
        **values,
        rest=money(rest, currency, digits=2),
    )
