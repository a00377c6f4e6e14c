"""Sentences about what a business delivered, and what became of it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from insight.report.language import Message, _, _n, count, day, money, percent
from insight.report.sentences.common import fewer_than
from insight.report.sentences.data_names import column_name, rule_name, table_name
from insight.report.tables import Col

Totals = Mapping[str, int | Decimal]

# --- what arrived

#: How the table of what arrived is shown.
ARRIVED = {
    "title": _("Rows that arrived, and what became of them"),
    "columns": {
        "table": Col(_("Table")),
        "files": Col(_("Files"), "count"),
        "rows_delivered": Col(_("Rows delivered"), "count"),
        "rows_accepted": Col(_("Accepted"), "count"),
        "rows_quarantined": Col(_("Set aside"), "count"),
        "rows_duplicate": Col(_("Repeated"), "count"),
    },
    "note": _("Repeated: a row like another one in everything that is kept; one of them stays."),
}


def lead(totals: Totals, *, currency: str) -> Message:
    """Say in a sentence what arrived and whether all of it counts.

    Examples
    --------
    >>> print(lead({"rows_delivered": 5, "rows_accepted": 5, "rows_quarantined": 0, "rows_duplicate": 0,
    ...             "amount_accepted": Decimal("12.50")}, currency="USD"))
    All 5 transaction lines that arrived are accepted: $12.50 in all, reconciled to the cent.
    """
    if totals["rows_delivered"] == 0:
        return _("No transaction lines arrived.")
    said = {name: count(totals[f"rows_{name}"]) for name in ("delivered", "accepted", "quarantined", "duplicate")}
    amount = money(totals["amount_accepted"], currency, digits=2)
    if totals["rows_delivered"] == totals["rows_accepted"]:
        return _n(
            "The one transaction line that arrived is accepted: {amount}, reconciled to the cent.",
            "All {n} transaction lines that arrived are accepted: {amount} in all, reconciled to the cent.",
            totals["rows_delivered"],
            amount=amount,
        )
    return _(
        "Of {delivered} transaction lines that arrived, {accepted} are accepted, {quarantined} set aside and "
        "{duplicate} removed as repeated. What is accepted adds up to {amount}, reconciled to the cent.",
        **said,
        amount=amount,
    )


def span(days: pd.DataFrame, customers: int, noun: Any, *, minimum: int) -> Message:
    """Say from when to when, and about how many customers."""
    if days.empty:
        return _("There is no day to report on.")
    first, last = day(days.day.min()), day(days.day.max())
    if len(days) == 1:
        return _("They are all of one day, {day}.", day=first)
    if customers < minimum:
        return _("They run from {first} to {last}.", first=first, last=last)
    return _(
        "They run from {first} to {last} and belong to {n} {customers}.",
        first=first,
        last=last,
        n=count(customers),
        customers=noun,
    )


def arrived(tables: pd.DataFrame) -> pd.DataFrame:
    """Put the tables' names into words."""
    return tables.assign(table=[table_name(name) for name in tables.table_name])


def account(totals: Totals) -> pd.DataFrame:
    """Lay out the account of the transactions: delivered, where it went, and the difference.

    Examples
    --------
    >>> frame = account({"rows_delivered": 3, "rows_accepted": 2, "rows_quarantined": 1, "rows_duplicate": 0,
    ...     "amount_delivered": Decimal(9), "amount_accepted": Decimal(7), "amount_quarantined": Decimal(2),
    ...     "amount_duplicate": Decimal(0)})
    >>> frame.lines.tolist(), frame.amount.iloc[-1]
    ([3, 2, 1, 0, 0], Decimal('0'))
    """
    names = {
        "delivered": _("delivered"),
        "accepted": _("− accepted"),
        "quarantined": _("− set aside"),
        "duplicate": _("− repeated"),
    }
    rows = [totals[f"rows_{fate}"] for fate in names]
    amounts = [totals[f"amount_{fate}"] for fate in names]
    return pd.DataFrame(
        {
            "part": [*names.values(), _("= unexplained")],
            "lines": [*rows, rows[0] - sum(rows[1:])],
            "amount": [*amounts, amounts[0] - sum(amounts[1:])],
        }
    )


def account_shown(currency: str) -> dict[str, Any]:
    """Say how the account of the transactions is shown."""
    return {
        "title": _("The account of the transactions"),
        "columns": {
            "part": Col(_("Transactions")),
            "lines": Col(_("Lines"), "count"),
            "amount": Col(_("Amount"), "money", currency=currency, digits=2),
        },
    }


def rests_on(totals: Totals) -> Message:
    """Say how much of what was delivered the reports rest on.

    Examples
    --------
    >>> print(rests_on({"rows_delivered": 200, "rows_accepted": 198, "rows_duplicate": 1}))
    The reports rest on 99.5% of the transaction lines delivered, repeated ones not counted.
    """
    once = totals["rows_delivered"] - totals["rows_duplicate"]
    if once == 0:
        return _("Without transactions only few of the reports can be made.")
    if totals["rows_accepted"] == once:
        return _("Every report rests on everything that was delivered: nothing is missing from its totals.")
    return _(
        "The reports rest on {share} of the transaction lines delivered, repeated ones not counted.",
        share=percent(totals["rows_accepted"] / once, digits=1),
    )


# --- what was set aside


#: How the table of broken rules is shown.
BROKEN = {
    "title": _("Rules that rows broke, the most frequent first"),
    "columns": {
        "table": Col(_("Table")),
        "column": Col(_("Column")),
        "rule": Col(_("What is wrong")),
        "rows": Col(_("Rows"), "count"),
        "place": Col(_("First place")),
    },
}


def nothing_set_aside() -> Message:
    """Say that no row broke a rule."""
    return _("Nothing was set aside: no row broke a rule.")


def broken_rules(broken: pd.DataFrame, *, most: int = 10) -> pd.DataFrame:
    """Put the most frequent broken rules into words."""
    top = broken.head(most)
    return pd.DataFrame(
        {
            "table": [table_name(name) for name in top.table_name],
            "column": [column_name(name) for name in top.column],
            "rule": [rule_name(rule) for rule in top.rule],
            "rows": top.rows.to_numpy(),
            "place": [
                _("{file}, line {line}", file=file, line=count(line))
                for file, line in zip(top.first_file, top.first_line, strict=True)
            ],
        }
    )


def broken_note(broken: pd.DataFrame, *, most: int = 10) -> Message | str:
    """Say how many rules more were broken than the table shows."""
    more = len(broken) - most
    return _n("{n} more rule was broken.", "{n} more rules were broken.", more) if more > 0 else ""


def limits(*, rows: float, amount: float) -> Message:
    """Say from which share on the run would have stopped."""
    return _(
        "A run stops, and no report is made, when more than {rows} of a table’s rows or {amount} of its amounts "
        "would be set aside.",
        rows=percent(rows),
        amount=percent(amount),
    )


def mend_first(broken: pd.DataFrame) -> Message:
    """Say what to mend at the source."""
    if broken.empty:
        return _("There is nothing to mend at the source.")
    first = broken.iloc[0]
    return _(
        "Mend at the source first: {table}, column “{column}”: {rule} ({rows}).",
        table=table_name(first.table_name),
        column=column_name(first.column),
        rule=rule_name(first.rule),
        rows=_n("{n} row", "{n} rows", int(first.rows)),
    )


def checks_hold() -> Message:
    """Say that the checks before publishing hold; a run in which they do not ends before this."""
    return _(
        "All checks hold: nothing is unexplained in rows or money, and the lines of all days and of all kinds add "
        "up to what was accepted."
    )


# --- headlines

#: Short words under the figures that are shown large.
LABELS = {
    "rows_delivered": _("transaction lines delivered"),
    "rows_quarantined": _("set aside for breaking a rule"),
    "amount_accepted": _("net amount, reconciled to the cent"),
    "days": _("days with transactions"),
}


def rows_sentence(fate: str, totals: Totals) -> Message:
    """Say one count of transaction lines: ``delivered``, ``accepted``, ``quarantined`` or ``duplicate``.

    Examples
    --------
    >>> print(rows_sentence("quarantined", {"rows_quarantined": 0}))
    Transaction lines set aside because they broke a rule: 0.
    """
    n = count(totals[f"rows_{fate}"])
    return {
        "delivered": _("Transaction lines delivered: {n}.", n=n),
        "accepted": _("Transaction lines accepted: {n}.", n=n),
        "quarantined": _("Transaction lines set aside because they broke a rule: {n}.", n=n),
        "duplicate": _("Transaction lines removed because they repeat another one: {n}.", n=n),
    }[fate]


def repeated_note(totals: Totals) -> Message:
    """Say beneath the rows set aside what else was removed."""
    return _("{n} more removed as repeated", n=count(totals["rows_duplicate"]))


def amount_sentence(totals: Totals, *, currency: str) -> Message:
    """Say the accepted amount to the cent."""
    amount = money(totals["amount_accepted"], currency, digits=2)
    return _("The accepted transactions add up to {amount} net.", amount=amount)


def customers_sentence(n: int, noun: Any, *, minimum: int) -> Message:
    """Say how many customers there are, or that they are too few to say.

    Examples
    --------
    >>> print(customers_sentence(3, "customers", minimum=10))
    The number of customers is not shown: fewer than 10.
    """
    if n < minimum:
        return _("The number of {customers} is not shown: {few}.", customers=noun, few=fewer_than(minimum))
    return _("The tables know {n} {customers}.", n=count(n), customers=noun)


def days_sentence(days: pd.DataFrame) -> Message:
    """Say how many days have transactions."""
    with_some = int((days.lines > 0).sum())
    return _("{n} of the {all} days from first to last have transactions.", n=count(with_some), all=count(len(days)))
