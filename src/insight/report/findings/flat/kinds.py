"""Kinds of customers by a flat table without a label: what arrived, the groups, and what each is like."""

import pandas as pd

from insight.errors import Unavailable
from insight.predict.labelled.table import Known
from insight.report.finding import Finding, finding, reason_of
from insight.report.findings.segment import group_label, lay_out_groups
from insight.report.tables import Col
from insight.segment.flat import Columns
from insight.segment.stability import Stability
from insight.words.names import delivered_name, named
from insight.words.numerals import decimals_for, number
from insight.words.text import text

_NAMED, _DECIMALS = 6, 2  # columns in a sentence; of a median at most


@finding
def arrived(known: Known, columns: Columns) -> Finding:
    """Say how many rows there are, what became of their columns, and which say the same as others."""
    rows = columns.follow.head(_NAMED).itertuples(index=False)
    follow = [
        text("kinds.arrived.follows", column=delivered_name(row.column), of=delivered_name(row.of)) for row in rows
    ]
    facts = {"rows": len(columns.values), "columns": columns.scaled.shape[1], "repeated": known.repeated}
    return Finding(
        facts={**facts, "left": len(columns.follow), "follow": follow},
        table=named(known.kinds, kind="kinds.kind"),
        variants={"says": "repeated" if known.repeated else "once", "note": "follow" if follow else "apart"},
    )


@finding(headlines={"groups": "", "group_bootstrap_ari": ""})
def groups(described: pd.DataFrame, stability: Stability) -> Finding:
    """Lay out the groups, and say what they may be used for."""
    return lay_out_groups("kinds.groups", described, stability)


@finding
def medians(found: pd.DataFrame) -> Finding:
    """Lay out the median of each column by group; a row has the decimals that its largest value needs."""
    letters = [name for name in found if name != "column"]
    shown = found.astype(object)
    shown["column"] = list(map(delivered_name, found["column"]))
    for row, values in found[letters].iterrows():
        digits = min(_DECIMALS, decimals_for(values.abs().max()))
        shown.loc[row, letters] = [number(value, digits=digits) for value in values]
    return Finding(table=shown, columns={"column": "text", **{letter: Col(letter, "number") for letter in letters}})


def answer(described: pd.DataFrame | Unavailable, stability: Stability | Unavailable) -> Finding:
    """Answer the page's question: how many kinds there are, and which is the largest."""
    missing = next((one for one in (described, stability) if isinstance(one, Unavailable)), None)
    if missing is not None or isinstance(described, Unavailable):
        return Finding("kinds.answer", words={"lead": reason_of(missing)} if missing is not None else {})
    largest = described.loc[described["customers"].idxmax()]
    label = group_label(largest["group"], largest["traits"])
    return Finding("kinds.answer", {"groups": len(described), "largest": largest, "label": label})
