"""What customers will buy and spend: the back-test of the purchase and spend models, and what is at risk."""

import math
from dataclasses import astuple
from datetime import date

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from insight.predict.churn.backtest import Backtest
from insight.predict.churn.scoring import SilentTest, stake
from insight.predict.value import totals
from insight.predict.value.precision import Estimate
from insight.predict.value.totals import Total
from insight.predict.value.value import HoldOut, ValueModel
from insight.report.charts import note_at, spread_apart
from insight.report.finding import CURRENCY, Finding, Headline, finding
from insight.report.names import named
from insight.report.numerals import estimate
from insight.report.plot import ACCENT, CAUTION, CAUTION_INK, GREY, INK, figure
from insight.report.text import text

TOP = 0.2
_BLANK = {"facecolor": "white", "edgecolor": "none", "pad": 1}


@finding
def weekly(result: HoldOut, weeks: pd.DataFrame, *, cut: date, days: int) -> Finding:
    """Show repeat purchases per week beside those expected at the cut."""
    return Finding(
        figure=_draw_weekly(weeks.assign(expected=weeks["expected"].map(_three_figures))),
        table=weeks[weeks["week"] >= 1],
        variants={"title": result.bias},
    )


@figure
def _draw_weekly(ax: Axes, weeks: pd.DataFrame) -> None:
    later = weeks[weeks["week"] >= 1]
    ax.plot(weeks["week"], weeks["actual"], color=GREY)
    ax.plot(later["week"], later["carried"], color=CAUTION, lw=1.6, ls=(0, (4, 2)))
    ax.plot(later["week"], later["expected"], color=ACCENT, lw=2.6)
    ax.axvline(0.5, color=GREY, lw=1, ls=(0, (1, 2)))
    top = 1.12 * weeks[["actual", "carried", "expected"]].max().max()
    note_at(ax, text("value.weekly.mark.back_test"), at=(0.5, top), offset=(5, -2), color=INK, va="top")
    inks = {"actual": INK, "carried": CAUTION_INK, "expected": ACCENT}
    ends = {name: float(later[name].iloc[-1]) for name in inks}
    for name, height in spread_apart(ends, gap=0.09 * top).items():
        note_at(ax, text(f"value.weekly.mark.{name}"), at=(later["week"].iloc[-1], height), color=inks[name])
    first, last = weeks["week"].iloc[0], weeks["week"].iloc[-1]
    ax.set(ylim=(0, top), xlim=(first, last + 0.16 * (last - first)))
    ax.set_xticks([tick for tick in ax.get_xticks() if first <= tick <= last])


@finding
def models(found: dict[str, Estimate], model: ValueModel, gain: float | None) -> Finding:
    """Lay out what the models found, as exactly as it is known, and how much likelier MBG/NBD is than BG/NBD."""
    rows = [
        (text(f"value.models.{name}"), *(estimate(part, each.error, share=name == "leaving") for part in astuple(each)))
        for name, each in ((name, found[name]) for name in ("rate", "leaving", "spend") if name in found)
    ]
    parameters = {name: estimate(each.value, each.error) for name, each in found.items()}
    spend = ("own" if model.spending is None else "shrunk") + ("_refunds" if model.refunds else "")
    return Finding(
        facts={**parameters, "refunds": model.refunds, "gain": abs(gain or 0)},
        table=pd.DataFrame(rows, columns=["quantity", "value", "error"]),
        variants={
            "note": "purchasing" if model.spending is None else "spending",
            "says": spend,
            "caution": "alone" if gain is None else "likelier" if gain > 0 else "less_likely",
        },
    )


@finding(headlines={"value_total_error": "share", "value_total_error_carried": "share"})
def hold_out(result: HoldOut, model: ValueModel, *, days: int) -> Finding:
    """Lay out predicted and actual totals of the back-test, and which forecast comes nearer."""
    shown = result.forecasts()
    errors = {"model": result.error, "carried": result.carried_error}
    return Finding(
        facts={name: text("value.hold_out.error", error=error) for name, error in errors.items()},
        table=named(shown, forecast=lambda name: text(f"value.hold_out.row.{name}", days=days)),
        variants={"so_what": result.nearer, "caution": "nobody_leaves" if model.purchasing.nobody_leaves else "limits"},
        headlines=[
            Headline("value_total_error", result.error.value, "share", *result.error[1:]),
            Headline("value_total_error_carried", result.carried_error.value, "share", *result.carried_error[1:]),
        ],
    )


@finding(headlines={"value_expected": CURRENCY})
def concentration(total: Total, worth: pd.DataFrame, *, days: int) -> Finding:
    """Show how the expected spend is spread over customers, and its total."""
    values = worth["expected_value"]
    curve = totals.concentration(values)
    facts = {"total": total, "days": days, "share": totals.share_of_top(values, top=TOP), "customers": len(values)}
    said, bounds = text("value.concentration.says", **facts), (round(total.low), round(total.high))
    return Finding(
        facts=facts,
        figure=_draw_concentration(curve.round({"held": 3})),
        table=curve.iloc[10::10],
        headlines=[Headline("value_expected", round(total.value), CURRENCY, *bounds, sentence=said)],
    )


@figure
def _draw_concentration(ax: Axes, curve: pd.DataFrame) -> None:
    at = float(np.interp(TOP, curve["share"], curve["held"]))
    ax.plot(100 * curve["share"], 100 * curve["held"], color=ACCENT)
    ax.plot([0, 100], [0, 100], color=GREY, ls=(0, (1, 2)), lw=1.2)
    ax.plot([100 * TOP], [100 * at], "o", color=CAUTION, ms=7)
    words = text("value.concentration.mark", top=TOP, share=at)
    note_at(ax, words, at=(100 * TOP, 100 * at), offset=(10, -4), color=CAUTION_INK, va="top", bbox=_BLANK)
    ax.set(xlim=(0, 100), ylim=(0, 102))


@finding
def risk(
    bands: pd.DataFrame, silent: SilentTest | None, test: Backtest, total: Total, *, days: int, ranked: bool
) -> Finding:
    """Lay out the spend at risk by probability of churn; who comes first is advised where that was `ranked` well."""
    held = stake(bands)
    rounded = {name: bands[name].map(_three_figures) for name in ("at_stake", "expected")}
    return Finding(
        facts={"stake": held},
        table=named(bands.assign(**rounded), band="value.band"),
        variants={
            "note": "untested" if silent is None else "tested",
            "so_what": ("ranked" if ranked else "unranked") if held.at_stake > 0 else None,
        },
    )


def _three_figures(value: float) -> float:
    """Round an estimate to three significant figures: no reader, and no comparison of runs, needs more."""
    return value if not value or not math.isfinite(value) else round(value, 2 - math.floor(math.log10(abs(value))))
