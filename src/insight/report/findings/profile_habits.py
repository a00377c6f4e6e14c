"""Findings of notebook 20 on when and what customers buy, on their tags, and the portrait of a group."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from insight.intervals import compare_intervals
from insight.profile.features import Buyers
from insight.profile.habits import busiest_hours, parts_of_day
from insight.profile.portrait import most_telling, sides
from insight.report.charts import RAMP, draw_dots, draw_pairs, in_percent, note_at
from insight.report.finding import NO_CUSTOMERS, Finding, finding
from insight.report.findings.profile import named_fifths, row_of
from insight.report.names import delivered_name, named
from insight.report.numerals import number, percent
from insight.report.plot import ACCENT, CAUTION, GREY, INK, PALE, figure
from insight.report.text import has_text, text, word

# --- when, what and on promotion


@finding
def week(buyers: Buyers, shares: pd.DataFrame | pd.Series) -> Finding:
    """Say when in the week most is bought: by hour where hours are known, else by weekday."""
    return _hours(buyers, shares) if isinstance(shares, pd.DataFrame) else _weekdays(buyers, shares)


def _hours(buyers: Buyers, shares: pd.DataFrame) -> Finding:
    peak = shares.max(axis=1).idxmax()
    facts = {"busy": busiest_hours(shares), "weekday": word("profile.weekday", peak), "hour": shares.loc[peak].idxmax()}
    return Finding(
        "profile.hours",
        facts | {"buyers": buyers, "top": shares.max(axis=None)},
        figure=_draw_hours(shares),
        table=named(parts_of_day(shares).assign(weekday=shares.index), weekday="profile.weekday"),
        counts=NO_CUSTOMERS,
    )


def _weekdays(buyers: Buyers, shares: pd.Series) -> Finding:
    most, least = (word("profile.weekday", day) for day in (shares.idxmax(), shares.idxmin()))
    return Finding(
        "profile.weekdays",
        {"buyers": buyers, "most": most, "least": least, "top": shares.max(), "bottom": shares.min()},
        figure=_draw_weekdays(shares),
    )


@figure(height=3.2, colours=256)
def _draw_hours(ax: Axes, shares: pd.DataFrame) -> None:
    shown = np.ma.masked_invalid(shares.to_numpy(dtype=float))
    ax.imshow(shown, aspect="auto", cmap=RAMP, vmin=0, interpolation="nearest")
    ax.set_yticks(range(len(shares)), [str(word("profile.weekday", day)) for day in shares.index])
    hours = [place for place, hour in enumerate(shares.columns) if hour % 3 == 0]
    ax.set_xticks(hours, [f"{int(shares.columns[place])}:00" for place in hours])
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    row, column = np.unravel_index(np.argmax(shown.filled(-1)), shown.shape)
    top = str(percent(shown[row, column], digits=1))
    ax.annotate(top, (column, row), color="white", ha="center", va="center", fontsize=8)


@figure(height=2.8)
def _draw_weekdays(ax: Axes, shares: pd.Series) -> None:
    top = shares.max()
    ax.bar(range(len(shares)), shares, color=[ACCENT if value == top else GREY for value in shares], width=0.62)
    for place, value in enumerate(shares):
        note_at(ax, percent(value), at=(place, value), offset=(0, 3), ha="center", va="baseline")
    ax.set_xticks(range(len(shares)), [str(word("profile.weekday", day)) for day in shares.index])
    in_percent(ax.yaxis)
    ax.set_ylim(0, top * 1.15)


@finding
def categories(buyers: Buyers, totals: pd.DataFrame) -> Finding:
    """Say which categories bring most, and how many customers buy in them."""
    names, share = [delivered_name(name) for name in totals["category"]], totals["share"]
    facts = {"largest": names[0], "names": names[:3], "share": share.iloc[0], "together": share.sum()}
    return Finding(
        "profile.categories",
        facts | {"buyers": buyers, "n": len(totals)},
        figure=_draw_categories(totals),
        table=totals.assign(name=names),
        counts=NO_CUSTOMERS,  # a category of too few customers is not among them
    )


@figure(height=4.2)
def _draw_categories(ax: Axes, totals: pd.DataFrame) -> None:
    names = (text("profile.categories.legend.reach"), text("profile.categories.legend.share"))
    labels = [delivered_name(name) for name in totals["category"]]
    draw_pairs(ax, labels, totals["reach"], totals["share"], names=names, colours=(PALE, ACCENT))


@finding
def promotion(buyers: Buyers, parts: pd.DataFrame) -> Finding:
    """Say whether the top fifth buys more or less on promotion than the lowest."""
    lowest, best = row_of(parts, 0), row_of(parts, -1)
    return Finding(
        "profile.promotion",
        {"buyers": buyers, "lowest": lowest, "best": best, "n": len(parts)},
        figure=_draw_promotion(parts),
        table=named_fifths(parts),
        counts="customers",
        variants={"title": compare_intervals(best.low, best.high, lowest.low, lowest.high)},
    )


@figure(height=3.0)
def _draw_promotion(ax: Axes, parts: pd.DataFrame) -> None:
    draw_dots(ax, list(named_fifths(parts)["name"]), parts, value="mean")
    spread = max(parts["high"].max() - parts["low"].min(), 0.02)
    ax.set_xlim(max(0, parts["low"].min() - spread), min(1, parts["high"].max() + spread))
    in_percent(ax.xaxis, ticks=6)


# --- tags and a portrait


@finding
def tags(buyers: Buyers, reach: pd.DataFrame) -> Finding:
    """Lay out which tags customers have."""
    return Finding("profile.tags", table=reach, counts="customers", overlapping=buyers.customers)


@finding
def portrait(buyers: Buyers, compared: pd.DataFrame, group: Any) -> Finding:
    """Say in what a group differs for certain from all customers, from `profile.portrait.portray_tag`."""
    telling, clear = most_telling(compared), sides(compared)
    names = [_trait_name(row.trait, row.level) for row in telling.itertuples()]
    clearly_more = sides(telling) > 0
    leading = int(clearly_more.argmax())
    facts = {"buyers": buyers, "group": group, "n": len(compared), "shown": len(telling), "clear": clear.abs().sum()}
    facts |= {"trait": names[leading], "first": row_of(telling, leading), "last": row_of(telling, -1)}
    return Finding(
        "profile.portrait",
        facts | {"more": (clear > 0).sum(), "less": (clear < 0).sum()},
        figure=_draw_portrait(telling, names),
        table=telling.assign(name=names),
        counts="customers",
        variants={"title": "found" if clearly_more.any() else "none"},
    )


def _trait_name(trait: Any, level: str) -> Any:
    """Name a trait with its level; a tag brings its own label."""
    if hasattr(trait, "in_language"):
        return trait
    key = f"profile.trait.{trait}"
    return text("profile.trait_level", trait=text(key) if has_text(key) else trait, level=delivered_name(level))


@figure(height=5.0)
def _draw_portrait(ax: Axes, telling: pd.DataFrame, names: list[Any]) -> None:
    ax.axvline(100, color=INK, linewidth=1)
    colours = sides(telling).map({1: ACCENT, 0: GREY, -1: CAUTION}).tolist()
    draw_dots(ax, names, telling, value="tgi", write=lambda tgi: number(tgi, digits=0), colours=colours)
    ax.set_xlim(0, max(200, telling["high"].max() * 1.05))
