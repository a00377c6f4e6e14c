"""Findings of the key figures: each of the last period, beside the period before and the same one a year before."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from insight.profile.kpis import KPIS
from insight.report.finding import CURRENCY, Finding, Headline, finding
from insight.report.tiles import difference, finely_in_unit, span
from insight.words.context import context
from insight.words.text import text


@finding
def changes(found: Mapping[str, Mapping[str, Any]]) -> Finding:
    """Lay out each figure beside its earlier values, and state it with them."""
    rows, stated = [], []
    for name, figure in found.items():
        kind = KPIS[name][2]
        unit = context().currency if kind == CURRENCY else kind
        values = [figure["value"], *(figure[other] and figure[other]["value"] for other in ("before", "year"))]
        apart = [difference(values[0], value, unit) for value in values[1:]]
        shown = [None if value is None else finely_in_unit(value, unit) for value in values]
        facts = span(figure)
        label = text(f"kpis.name.{name}", **facts)
        rows.append([label, facts["last"], shown[0], shown[1], apart[0], shown[2], apart[1]])
        sentence = text("kpis.sentence", kpi=label, value=shown[0], **facts)
        bounds = (figure["value"], kind, figure["low"], figure["high"])
        stated.append(Headline(f"kpi_{name}", *bounds, sentence=sentence, label=label, change=figure))
    table = pd.DataFrame(rows, columns=["kpi", "to", "value", "before", "on_before", "year", "on_year"])
    weeks = next(iter(found.values()), None)
    facts = {"weeks": span(weeks)["weeks"]} if weeks else {}
    return Finding("kpis.changes", facts, table=table, headlines=stated)
