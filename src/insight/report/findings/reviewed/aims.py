"""Findings of what was aimed at of customers and what was reached."""

from typing import Any

import pandas as pd

from insight.report.finding import CURRENCY, Finding, Headline, finding
from insight.report.tiles import in_unit
from insight.review.customers.aims import MISSED, NO_AIM, REACHED, UNITS
from insight.words.context import context
from insight.words.names import known_name, named
from insight.words.numerals import percent
from insight.words.stated import Stated
from insight.words.text import Text, chain, interval, text, word

_VALUES = ("value", "before", "target")
_SMALL = 0.1  # shares below are written with a decimal


@finding
def figures(found: pd.DataFrame) -> Finding:
    """Lay out each customer figure of the quarter beside its target and the quarter before."""
    table = found.assign(figure=[_name(row) for _, row in found.iterrows()])
    units = [context().currency if UNITS[kpi] == CURRENCY else UNITS[kpi] for kpi in table["kpi"]]
    shown = {
        column: [_in_unit(value, unit) for value, unit in zip(table[column], units, strict=True)] for column in _VALUES
    }
    rows = zip(table["low"], table["high"], table["target"], units, strict=True)
    shown["interval"] = [_beside(low, high, target, unit) for low, high, target, unit in rows]
    counts = found["verdict"].value_counts()
    missed = table.loc[table["verdict"] == MISSED, "figure"].tolist()
    aimed = len(found) - int(counts.get(NO_AIM, 0))
    facts: dict[str, Any] = {"aimed": aimed, "met": int(counts.get(REACHED, 0)), "failed": len(missed)}
    if missed:
        facts["missed"] = chain("aims.and", missed)  # names hold commas
    stated = [
        _stated(row, value, bounds)
        for (_, row), value, bounds in zip(table.iterrows(), shown["value"], shown["interval"], strict=True)
    ]
    return Finding(
        facts=facts,
        table=named(table.assign(**shown), verdict="aims.verdict"),
        overlapping=int(table["customers"].sum()),
        variants={"title": "some" if aimed else "none", "so_what": _advice(aimed, missed)},
        headlines=stated,
    )


def _advice(aimed: int, missed: list) -> str | None:
    return "missed" if missed else None if aimed else "none"


def _in_unit(value: Any, unit: str) -> Any:
    return None if pd.isna(value) else in_unit(float(value), unit)


def _beside(low: float, high: float, target: float, unit: str) -> Text:
    """Write an interval, with a decimal more where an end would look like the target that it does not reach."""
    digits = 1 if abs(low) < _SMALL else 0
    looks_alike = any(end != target and round(100 * (end - target), digits) == 0 for end in (low, high))
    if unit == "share" and looks_alike:
        return interval(percent(low, digits=digits + 1), percent(high, digits=digits + 1))
    return interval(_in_unit(low, unit), _in_unit(high, unit))


def _name(row: pd.Series) -> Text:
    group = row["group"]
    if row["kpi"] in ("spend", "upgrade"):
        group = word("aims.tier", group)
    elif group:
        group = known_name("applied.level.product", group)
    return text(f"aims.name.{row['kpi']}", group=group)


def _stated(row: pd.Series, value: Any, bounds: Text) -> Headline:
    label = row["figure"]
    sentence = text("aims.figures.sentence", figure=label, value=value, interval=bounds)
    scope = str(row["group"])
    return Headline(
        "_".join(part for part in ("aim", row["kpi"], scope) if part),
        *(row["value"], UNITS[row["kpi"]], row["low"], row["high"]),
        sentence=sentence,
        label=label,
        what=Stated(f"quarter_{row['kpi']}", scope=scope),
    )
