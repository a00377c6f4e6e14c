"""Findings of 72 credit risk: where accounts stand, how arrears roll, vintages, and the loss to expect."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from insight.card.arrears import BUCKET_DAYS, STATES, Arrears
from insight.card.losses import Expectation
from insight.errors import Unavailable
from insight.intervals import compare_intervals
from insight.predict.uplift.months import day_of
from insight.report.charts import (
    draw_grid,
    draw_intervals,
    draw_pairs,
    in_percent,
    legend_above,
    name_ends,
    name_rows,
    note_at,
)
from insight.report.finding import (
    CURRENCY,
    EVERY_CELL,
    Finding,
    Headline,
    as_shown,
    as_told,
    finding,
    is_few,
    share_as_told,
    with_rounding,
)
from insight.report.plot import ACCENT, GREY, INK, PALE, PALETTE, figure
from insight.report.tables import Col
from insight.segment.migration.moves import shares_of_rows
from insight.words.context import context
from insight.words.names import named
from insight.words.numerals import Rounded, three_figures
from insight.words.text import text, word

_TOO_FEW = Unavailable("common", "too_few")
_MOST = 0.5
_AMOUNTS = ("expected", "low", "high", "realised", "carried")
_LATE = STATES[2:7]  # 30 days past due and more


@finding(headlines={"arrears_30": "share", "arrears_90": "share"})
def standing(stands: pd.DataFrame, followed: Arrears) -> Finding | Unavailable:
    """Show what is owed by accounts past due, beside a year before, and state the shares 30 and 90 days past due."""
    at = stands.set_index("state")
    late, very_late = at.loc[list(_LATE)], at.loc[list(_LATE[2:])]
    if is_few(at["accounts"].sum()) or not at["balance"].clip(lower=0).sum():
        return _TOO_FEW
    facts: dict[str, Any] = {"day": day_of(followed.last), "owed": float(late["owed"].sum())}
    facts |= {"owed_90": float(very_late["owed"].sum()), "before": float(late["owed_before"].sum(min_count=1))}
    facts |= {"accounts": int(at["accounts"].sum()), "balance": float(at["balance"].sum())}
    compared = "alone" if np.isnan(facts["before"]) else "before"
    few = {name: is_few(part["accounts"].sum()) for name, part in (("30", late), ("90", very_late))}
    is_drawn = at["owed_before"].notna().any() and not few["30"]  # what few accounts owe is no picture
    return Finding(
        facts=facts,
        figure=_draw_standing if is_drawn else None,
        table=named(stands, state="risk.state"),
        variants={"title": "few" if few["30"] else compared},
        headlines=[
            Headline("arrears_30", facts["owed"], "share").unless("too_few" if few["30"] else None),
            Headline("arrears_90", facts["owed_90"], "share").unless("too_few" if few["90"] else None),
        ],
    )


def _draw_standing(shown: pd.DataFrame) -> Any:
    late = shown.iloc[1:]
    names = (text("risk.standing.mark.before"), text("risk.standing.mark.now"))
    return figure(draw_pairs, height=4.4)(
        list(late["state"]), late["owed_before"], late["owed"], names=names, colours=(PALE, ACCENT)
    )


@finding
def rolls(counts: pd.DataFrame, *, months: int) -> Finding | Unavailable:
    """Show where accounts past due stand a month later, and from when on most of them do not come back."""
    shown = as_shown(counts, EVERY_CELL, rounded=True)
    shares = shares_of_rows(shown, counts, minimum=context().min_cell, measure="roll_share")
    told = shares.dropna(subset=["worse"])
    if told.empty:
        return _TOO_FEW
    turning = told.index[told["worse"] > _MOST]
    at, n = (turning[0] if len(turning) else told.index[-1]), counts.sum(axis=1)
    worse = share_as_told("roll_share", as_told(int(counts.loc[at, "worse"]), int(n[at]), rounded=True), int(n[at]))
    facts = {"at": word("risk.state", at), "worse": worse[0], "low": worse[1], "high": worse[2]}
    earlier = told.index[told.index.get_loc(at) - 1] if told.index.get_loc(at) else None
    if earlier is not None:
        facts |= {"earlier": word("risk.state", earlier), "earlier_worse": Rounded(told.loc[earlier, "worse"])}
    turns = "turns" if len(turning) and earlier is not None else "first" if len(turning) else "none"
    rows, columns = [word("risk.state", state) for state in shares.index], list(map(_outcome, shares))
    table = pd.DataFrame({name: pd.Series(list(map(Rounded, shares[name])), dtype=object) for name in shares})
    table.insert(0, "state", rows)
    return Finding(
        facts=facts,
        figure=figure(draw_grid, height=4.2)(shares, rows=rows, columns=columns),
        table=table,
        columns={"state": "text", **{name: Col(_outcome(name), "percent") for name in shares}},
        variants={"title": "none" if turns == "none" else "turns", "so_what": turns},
        words={"source": with_rounding(text("risk.rolls.source", months=months))},
        main=True,
    )


def _outcome(name: str) -> Any:
    return text(f"risk.outcome.{name}")


@finding
def vintages(curves: pd.DataFrame, *, days: int) -> Finding | Unavailable:
    """Show by half-year of opening the share of accounts that have been past due, by months on book."""
    shown = curves[~is_few(curves["bad"]) & ~is_few(curves["accounts"] - curves["bad"])]
    if shown.empty:
        return _TOO_FEW
    ends = shown.groupby("vintage")["age"].max()
    last = shown.set_index(["vintage", "age"]).loc[(ends.index[-1], ends.iloc[-1])]
    facts: dict[str, Any] = {"vintage": day_of(int(ends.index[-1])), "age": int(ends.iloc[-1]), "last": last}
    compared = None
    if len(ends) > 1:
        other = curves.set_index(["vintage", "age"]).loc[(ends.index[-2], ends.iloc[-1])]
        compared = compare_intervals(last["low"], last["high"], other["low"], other["high"])
        facts |= {"other_vintage": day_of(int(ends.index[-2])), "other": other}
        compared = None if is_few(other["bad"]) else compared
    table = shown.pivot_table(index="age", columns="vintage", values="share")
    table = table[(table.index % 3 == 0) | (table.index == table.index.max())]
    heads = {vintage: Col(text("risk.vintages.opened", day=day_of(int(vintage))), "percent1") for vintage in table}
    return Finding(
        facts=facts,
        figure=_draw_vintages(shown),
        table=table.reset_index(),
        columns={"age": "count", **heads},
        variants={"so_what": compared},
    )


@figure
def _draw_vintages(ax: Axes, curves: pd.DataFrame) -> None:
    ends, last = {}, curves["age"].max()
    longest = curves[curves["age"] == last].iloc[0]["vintage"]
    of_longest = curves[curves["vintage"] == longest].set_index("age")["share"]
    for colour, (vintage, curve) in zip(PALETTE, curves.groupby("vintage"), strict=False):
        ax.plot(curve["age"], curve["share"], color=colour)
        ax.fill_between(curve["age"], curve["low"], curve["high"], color=colour, alpha=0.12, linewidth=0)
        opened = text("risk.vintages.opened", day=day_of(int(vintage)))
        age, share = curve["age"].iloc[-1], float(curve["share"].iloc[-1])
        if age < last:  # named where it ends, off the line that goes on
            side = 1 if share > of_longest.get(age, share) else -1
            note_at(ax, opened, at=(age, share), offset=(4, 6 * side), va="bottom" if side > 0 else "top", color=colour)
        else:
            ends[opened] = (share, colour)
    ax.set_ylim(0, 1.15 * curves["high"].max())
    in_percent(ax.yaxis)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    name_ends(ax, ends, at=last)


@finding(headlines={"expected_loss": CURRENCY})
def expected(found: Expectation, *, months: int) -> Finding:
    """Lay out the charge-offs to expect, by where accounts stand today, and state their sum with its interval."""
    rows = found.by_state.assign(share=found.by_state["loss"] / found.value)
    rows[["limits", "loss"]] = rows[["limits", "loss"]].map(three_figures)
    current = rows.set_index("state").loc["current"]
    return Finding(
        facts={"day": day_of(found.month), "current": current, "days": BUCKET_DAYS},
        table=named(rows, state="risk.state"),
        headlines=[Headline("expected_loss", round(found.value), CURRENCY, round(found.low), round(found.high))],
    )


@finding(headlines={"expected_loss_realised": CURRENCY})
def backtest(past: pd.DataFrame, *, months: int) -> Finding | Unavailable:
    """Show earlier expectations beside what was charged off, and state the last of both."""
    past = past[~is_few(past["accounts"])].reset_index(drop=True)
    if past.empty:
        return _TOO_FEW
    last, held = past.iloc[-1], int(past["within"].sum())
    errors = past[["expected", "carried"]].sub(past["realised"], axis=0).abs().mean() / past["realised"].mean()
    facts = {"n": len(past), "held": held, "last": last, "day": day_of(int(last["month"]))}
    facts |= {"error": float(errors["expected"]), "error_carried": float(errors["carried"])}
    days = [text("risk.backtest.mark.month", day=day_of(int(month))) for month in past["month"]]
    table = past.assign(day=days, **{name: past[name].map(three_figures) for name in _AMOUNTS})
    return Finding(
        facts=facts,
        figure=_draw_backtest(table),
        table=table,
        variants={
            "title": "all" if held == len(past) else "some",
            "so_what": "nearer" if errors.round(2)["expected"] < errors.round(2)["carried"] else "no_nearer",
        },
        headlines=[Headline("expected_loss_realised", round(last["realised"]), CURRENCY)],
    )


@figure(height=3.0)
def _draw_backtest(ax: Axes, past: pd.DataFrame) -> None:
    off = past[["expected", "low", "high", "carried"]].div(past["realised"], axis=0) - 1
    off = off.rename(columns={"low": "expected_low", "high": "expected_high"}).iloc[::-1].reset_index(drop=True)
    ax.axvline(0, color=INK, linewidth=1)
    ax.plot(
        off["carried"], off.index, "o", markerfacecolor="none", color=GREY, label=text("risk.backtest.mark.carried")
    )
    draw_intervals(ax, off, off.index, value="expected", color=ACCENT, label=text("risk.backtest.mark.expected"))
    name_rows(ax, off.index, list(past["day"].iloc[::-1]))
    ax.set_ylim(-0.6, len(off) - 0.4)
    in_percent(ax.xaxis, ticks=6)
    legend_above(ax)
