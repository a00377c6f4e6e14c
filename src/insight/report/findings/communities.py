"""Findings of communities: how chat groups fare, what members and the referred do beside others, who brings others."""

from typing import Any

import numpy as np
import pandas as pd

from insight.errors import Unavailable
from insight.intervals import clear_of_zero
from insight.report.charts import draw_dots
from insight.report.finding import Finding, finding
from insight.report.plot import ACCENT, CAUTION, GREY, INK, figure
from insight.report.tiles import in_unit
from insight.words.context import context
from insight.words.names import delivered_name
from insight.words.numerals import out_of, percent
from insight.words.text import interval, text

_YEAR = 12


@finding
def health(months: pd.DataFrame) -> Finding:
    """Lay out each group's members, who is active, and whether there are more than a year before.

    How many came and left within a quarter is so few that it would name them.
    """
    last = int(months["month"].max())
    now, before = (months[months["month"] == month].set_index("community") for month in (last, last - _YEAR))
    table = now[["members", "share", "low", "high"]].sort_values("members", ascending=False)
    table = table.reset_index().assign(name=[delivered_name(name) for name in table.index])
    active, few = table["members"] * table["share"], context().min_cell
    table.loc[np.minimum(active, table["members"] - active) < few, ["share", "low", "high"]] = np.nan
    facts = {"members": int(table["members"].sum()), "before": int(before["members"].sum()), "groups": len(table)}
    which = "grow" if facts["members"] > facts["before"] else "shrink" if facts["members"] < facts["before"] else "hold"
    return Finding("communities.health", facts, table=table, variants={"title": which, "so_what": which})


def compared(joiners: pd.DataFrame | Unavailable, referred: pd.DataFrame | Unavailable) -> Finding:
    """Show what joiners of groups and referred applicants do beside comparable others; every one is an association.

    Where one of the two cannot be had, the other is shown.
    """
    parts = {"joined": joiners, "referred": referred}
    known = [rows.assign(who=who) for who, rows in parts.items() if not isinstance(rows, Unavailable)]
    rows = pd.concat(known, ignore_index=True) if known else pd.DataFrame()
    if len(rows):  # of too few nothing can be said
        rows = rows[(rows["customers"] >= context().min_cell) & np.isfinite(rows["high"])].reset_index(drop=True)
    if rows.empty:
        return Finding("communities.compared", variants={"says": "nothing"})
    scale = rows["expected"].where(rows["expected"] > 0)
    shown = pd.DataFrame({name: rows[name] / scale for name in ("difference", "low", "high")})
    gaps = rows[["difference", "low", "high"]].set_axis(["gap", "gap_low", "gap_high"], axis=1)
    rows = rows.assign(side=clear_of_zero(gaps, "gap"))
    names = [text(f"communities.outcome.{row.who}.{row.outcome}") for row in rows.itertuples()]
    table = rows.assign(
        name=names, **{column: _in_words(rows, column) for column in ("theirs", "expected")}, apart=_apart(rows)
    )
    clear = int(rows["side"].abs().sum())
    facts = {"n": len(rows), "clear": clear, "more": int((rows["side"] > 0).sum()), "least": rows["customers"].min()}
    return Finding(
        "communities.compared",
        facts,
        figure=_draw(shown.assign(side=rows["side"]), names),
        table=table,
        variants={"title": "some" if clear else "none", "so_what": "some" if clear else "none", "says": None},
    )


def _in_words(rows: pd.DataFrame, column: str) -> list[Any]:
    return [_written(row[column], row["outcome"]) for _, row in rows.iterrows()]


def _apart(rows: pd.DataFrame) -> list[Any]:
    return [_from_to(row["low"], row["high"], row["outcome"]) for _, row in rows.iterrows()]


def _from_to(low: float, high: float, outcome: str) -> Any:
    """Write a difference: of money in money, of shares in percentage points, as the figure's percent are of others'."""
    if outcome == "spend":
        return interval(_written(low, outcome), _written(high, outcome))
    return text("communities.compared.points", low=out_of(low, 100, digits=1), high=out_of(high, 100, digits=1))


def _written(value: float, outcome: str) -> Any:
    return in_unit(float(value), context().currency) if outcome == "spend" else percent(value, digits=1)


@figure(height=3.4)
def _draw(ax: Any, shown: pd.DataFrame, names: list[Any]) -> None:
    ax.axvline(0, color=INK, linewidth=1)
    colours = shown["side"].map({1: ACCENT, 0: GREY, -1: CAUTION}).tolist()
    reach = 1.1 * shown[["low", "high"]].abs().to_numpy().max()
    draw_dots(ax, names, shown, value="difference", colours=colours, limits=(-reach, reach))


@finding
def key_members(ranked: pd.DataFrame, *, minimum: int) -> Finding | Unavailable:
    """Say how concentrated referrals are: how many customers brought how many, in rows of ``minimum`` or more."""
    several = ranked[ranked["referred"] > 1]
    if min(len(several), len(ranked) - len(several)) < minimum:
        return Unavailable("communities", "few_referrals")
    last = 3 if minimum <= (ranked["referred"] > 2).sum() <= len(several) - minimum else 2
    groups = ranked.groupby(ranked["referred"].clip(upper=last))["referred"]
    table = groups.agg(customers="size", brought="sum").rename_axis("times").reset_index()
    table["name"] = [text(f"communities.times.{n}" + "_or_more" * (n == last)) for n in table["times"]]
    grouped = int(ranked["community"].notna().sum())
    facts = {"referrers": len(ranked), "referrals": int(ranked["referred"].sum()), "several": len(several)}
    return Finding(
        facts=facts | {"share": several["referred"].sum() / ranked["referred"].sum(), "grouped": grouped},
        table=table,
        variants={"so_what": "grouped" if minimum <= grouped <= len(ranked) - minimum else "alone"},
    )
