"""Findings of what moved net spend: parts that add up to its change, on the whole and by value tier."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from insight.errors import Unavailable
from insight.report.charts import draw_intervals, legend_above, name_rows
from insight.report.finding import CURRENCY, Finding, Headline, finding
from insight.report.plot import ACCENT, GREY, figure
from insight.review.customers.moved import TOTAL, Change
from insight.words.names import named
from insight.words.text import text, word


@finding(headlines={"value_moved_most": CURRENCY})
def tree(found: Mapping[str, Change]) -> Finding:
    """Lay out what moved net spend on the period before, and on the same one of the year before."""
    name = list(found)[-1]  # a year before where there is one: it has the same season
    change, facts = found[name], _facts(found)
    total = change.parts.set_index("part").loc[TOTAL]
    most = change.parts.set_index("part").loc[change.largest]
    facts |= {"size": abs(total["change"]), "change": total["change"], "total": total, "most": most["change"]}
    facts |= {"most_low": most["change_low"], "most_high": most["change_high"]}
    facts |= {"part": word("moved.part", change.largest), "against": text(f"moved.than.{name}", weeks=facts["weeks"])}
    frame = pd.concat([_columns(each, of) for each, of in found.items()], axis=1)
    frame = frame.round().rename_axis("part").reset_index()
    is_chance = total["change_low"] <= 0 <= total["change_high"]
    laid = {"part": "text"}
    for each in found:
        laid |= {each: "money0", f"{each}_low": f"money0 to {each}_high"}
    bounds = (most["change"], CURRENCY, most["change_low"], most["change_high"])
    return Finding(
        facts=facts,
        figure=_draw_parts,
        table=named(frame, part="moved.part"),
        columns=laid,
        variants={
            "title": _title(total["change"], most["change"]),
            "says": "chance" if is_chance else "sure",
            "caution": None if name != "before" else "season",
        },
        headlines=[Headline("value_moved_most", *bounds)],
    )


def _title(change: float, most: float) -> str:
    """Say whether one part is most of a change, more than all of it, or the largest of several."""
    way = "lower" if change < 0 else "higher"
    if abs(most) > abs(change) and change * most > 0:
        return f"offset_{way}"
    return "shared" if way == "lower" and abs(most) * 2 < abs(change) else way


def _facts(found: Mapping[str, Change]) -> dict[str, Any]:
    first, last = next(iter(found.values())).span
    return {"weeks": ((last - first).days + 1) // 7, "as_of": last}


def _columns(name: str, change: Change) -> pd.DataFrame:
    columns = {"change": name, "change_low": f"{name}_low", "change_high": f"{name}_high"}
    return change.parts.set_index("part").rename(columns=columns)


@figure(height=3.2)
def _draw_parts(ax: Axes, frame: pd.DataFrame) -> None:
    shown = frame.iloc[::-1].reset_index(drop=True)
    shifts = {"before": 0.15, "year": -0.15} if {"before", "year"} <= set(shown) else {"before": 0.0, "year": 0.0}
    for name, colour in (("before", GREY), ("year", ACCENT)):
        if name in shown:
            rows = shown.assign(**{end: shown[end].fillna(shown[name]) for end in (f"{name}_low", f"{name}_high")})
            label = str(word("moved.legend", name))
            draw_intervals(ax, rows, np.arange(len(rows)) + shifts[name], value=name, color=colour, label=label)
    ax.axvline(0, color="#3d4a57", linewidth=1)
    name_rows(ax, np.arange(len(shown)), shown["part"])
    legend_above(ax)


@finding
def tiers(found: Mapping[str, Change]) -> Finding | Unavailable:
    """Lay out what moved net spend by value tier, against the year before where there is one."""
    name = list(found)[-1]
    change, facts = found[name], _facts(found)
    if len(change.tiers) == 1:
        return Unavailable("moved", "one_tier")
    table = change.tiers.sort_values("spend_then", ascending=False, kind="stable", ignore_index=True)
    amounts = table.columns.difference(["tier", "customers"])
    table = table.assign(**table[amounts].round())
    facts |= {"against": text(f"moved.against.{name}", weeks=facts["weeks"])}
    return Finding(facts=facts, table=named(table, tier="moved.tier"))
