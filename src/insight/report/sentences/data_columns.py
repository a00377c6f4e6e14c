"""Sentences about what each row tells: which columns are filled, which names lead nowhere."""

from typing import Any

import pandas as pd

from insight.report.language import Message, _, _n, count, listing, percent
from insight.report.sentences.data_names import column_name, table_name
from insight.report.tables import Col


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
    if filled.empty:
        return _("There are no rows yet that could tell anything.")
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
