"""Findings of notebook 30: what segments of an earlier day explain of what followed."""

from functools import partial
from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from insight.report.charts import draw_dots, in_percent
from insight.report.finding import Finding, Headline, finding
from insight.report.plot import ACCENT, CAUTION, GREY, INK, figure
from insight.segment.migration.moves import Migration
from insight.segment.outcomes import OUTCOMES, Explained
from insight.words.names import named
from insight.words.numerals import percent
from insight.words.text import text, word

_COLOURS = dict(zip(OUTCOMES, (ACCENT, CAUTION, INK), strict=True))
_HEADLINES = {"tier_explains_value": "tiers", "group_explains_value": "groups"}


@finding(headlines=dict.fromkeys(_HEADLINES, "share"))
def explained(found: Explained, migration: Migration) -> Finding:
    """Show how much tiers, groups and stages explain of what followed, and whether groups beat tiers or add to them."""
    on_spend = {name: found.row("spend", name) for name in ("tiers", "groups", "stages", "tiers_and_groups")}
    facts: dict[str, Any] = {name: row for name, row in on_spend.items() if row is not None}
    groups, both = on_spend["groups"], on_spend["tiers_and_groups"]
    variants: dict[str, str | None] = {"title": "all", "so_what": None, "says": None}
    if groups is not None and both is not None:
        verdict = "more" if groups["more_low"] > 0 else "less" if groups["more_high"] < 0 else "same"
        ends = [groups["more"], groups["more_low"], groups["more_high"]]
        value, low, high = (-ends[0], -ends[2], -ends[1]) if verdict == "less" else ends
        facts |= {"gap": SimpleNamespace(value=value, low=low, high=high)}
        facts |= {"added": SimpleNamespace(value=both["more"], low=both["more_low"], high=both["more_high"])}
        variants |= {"says": verdict, "so_what": "adds" if both["more_low"] > 0 else "alone"}
    lines = [
        Headline(name, float(row["share"]), "share", float(row["low"]), float(row["high"]))
        for name, division in _HEADLINES.items()
        if (row := on_spend[division]) is not None
    ]
    table = named(found.table, outcome="segment.outcome", division="segment.division")
    return Finding(
        "segment.explained",
        facts,
        figure=_draw(found.table),
        table=table.assign(
            more_low=table["more_low"].where(found.table["division"] != "tiers"),
            more_high=table["more_high"].where(found.table["division"] != "tiers"),
        ),
        variants=variants,
        headlines=lines,
    )


@figure(height=4.6)
def _draw(ax: Axes, table: pd.DataFrame) -> None:
    labels = [
        text(
            "segment.explained.label",
            outcome=word("segment.outcome", row.outcome),
            division=word("segment.division", row.division),
        )
        for row in table.itertuples()
    ]
    ax.axvline(0, color=GREY, linewidth=1)
    draw_dots(
        ax,
        labels,
        table,
        value="share",
        write=partial(percent, digits=1),
        colours=[_COLOURS[outcome] for outcome in table["outcome"]],
    )
    in_percent(ax.xaxis, ticks=6)
