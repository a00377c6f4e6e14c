"""Findings of notebook 30: the sizes of the stages a quarter ahead."""

import functools
from types import SimpleNamespace

import pandas as pd
from matplotlib.axes import Axes

from insight.report.charts import draw_dots, in_percent
from insight.report.disclosure import in_fives
from insight.report.finding import Finding, as_shown, as_told, finding, is_few
from insight.report.plot import GREY, Figure, figure
from insight.segment.migration.sizes import Sizes
from insight.words.names import named
from insight.words.text import word


@finding
def ahead(found: Sizes) -> Finding:
    """Show how large each stage is forecast to be, and whether such forecasts held in the past."""
    table = _told(found.table)
    shown = as_shown(table, "customers", rounded=True)
    n = int(table["customers"].sum())
    if is_few(n):
        return Finding("segment.no_sizes")
    seen = shown[pd.to_numeric(shown["ahead"], errors="coerce").notna()]
    moving = seen[(seen["low"] > found.table["now"][seen.index]) | (seen["high"] < found.table["now"][seen.index])]
    facts: dict = {"n": n, "days": found.days, "title": None}
    if len(moving):
        far = moving.loc[(moving["ahead"] - found.table["now"][moving.index]).abs().idxmax()]
        facts |= {"stage": word("segment.stage", far["stage"]), "far": SimpleNamespace(**far)}
    return Finding(
        "segment.ahead",
        facts,
        figure=functools.partial(_draw, table) if len(seen) else None,
        table=named(table, stage="segment.stage"),
        rounded=True,
        variants={
            "title": "clear" if len(moving) else "steady",
            "says": "tested" if found.of else "untested",
            "caution": "few" if found.tested == 1 else None,
        },
    )


def prospects(registered: int, buyers: int) -> Finding:
    """Say how many are known and have never bought: the stage before all others."""
    if not registered:
        return Finding("segment.prospects", variants={"says": "none"})
    told = as_told(registered, registered + buyers, rounded=True)
    variant = "few" if is_few(min(registered, buyers)) else "some"
    return Finding("segment.prospects", {"told": told}, variants={"says": variant})


def _told(table: pd.DataFrame) -> pd.DataFrame:
    """Give sizes as they are told: customers now, and forecasts rounded as these are."""
    rounded = table[["ahead", "low", "high"]].apply(in_fives)
    return rounded.assign(stage=table["stage"], customers=table["now"].astype(int))


def _draw(exact: pd.DataFrame, shown: pd.DataFrame) -> Figure:
    """Draw the change of each stage that may be shown: sizes themselves differ too much to stand on one axis."""
    is_shown = pd.to_numeric(shown["ahead"], errors="coerce").notna() & (exact["customers"] > 0)
    change = exact[["ahead", "low", "high"]].div(exact["customers"].where(exact["customers"] > 0), axis=0) - 1
    return _draw_change(shown.loc[is_shown, "stage"], change[is_shown])


@figure(height=3.4)
def _draw_change(ax: Axes, stages: pd.Series, change: pd.DataFrame) -> None:
    ax.axvline(0, color=GREY, linewidth=1)
    draw_dots(ax, list(stages), change, value="ahead")
    in_percent(ax.xaxis, ticks=6)
