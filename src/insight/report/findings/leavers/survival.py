"""When customers leave: how long they stay, in all and by group, the hazards of coming months, retention of cohorts."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from insight.errors import Unavailable
from insight.predict.survival.curves import COHORT, FEWEST, FEWEST_LEFT, MARKS, ByGroup, Stays, staying_at, steepest
from insight.predict.survival.hazard import Timed
from insight.predict.survival.retention import Retained
from insight.report.charts import name_ends, note_at
from insight.report.finding import Finding, finding, is_few
from insight.report.plot import ACCENT, GREY, INK, figure
from insight.words.names import delivered_name, known_name
from insight.words.text import Text, text, word

_COHORTS, _DRAWN = 3, 60  # cohorts and months that are drawn
_SHADES = (INK, GREY, "#b0b7bf")


@finding
def curve(stays: Stays, by: ByGroup) -> Finding:
    """Show the share that stays by months since the first day, in all and of the latest cohorts."""
    months = [mark for mark in sorted(MARKS) if mark <= by.whole["month"].max()] or [by.month]
    table = pd.DataFrame([staying_at(by.whole, month).rename(month) for month in months]).assign(month=months)
    drawn = dict(list(by.curves.items())[:_COHORTS])
    facts: dict[str, Any] = {"at": table.iloc[-1], "month": months[-1], "left": stays.left}
    facts |= {"sense": word("survival.sense", stays.sense), "cliff": steepest(stays.table)}
    return Finding(
        facts=facts,
        figure=_draw_curve(_cut(by.whole), {name: _cut(part) for name, part in drawn.items()}),
        table=table.astype({"at_risk": int}),
        overlapping=len(stays.table),
        variants={"says": _cliff_kind(facts["cliff"]), "caution": stays.sense},
    )


def _cliff_kind(cliff: pd.Series | None) -> str | None:
    """Say what can be told of a month that far more leave in, and of those who do not use what they have."""
    if cliff is None or is_few(cliff["left"]):
        return None
    others = cliff["left"] - cliff["idle"]
    if cliff["idle"] < others or is_few(cliff["idle"]):
        return "plain"
    return "nobody" if is_few(others) else "idle"


def _cut(curve: pd.DataFrame) -> pd.DataFrame:
    """Give a curve as far as it is drawn."""
    some = curve[curve["month"] <= _DRAWN]
    longer = len(some) < len(curve)
    return pd.concat([some, some.tail(1).assign(month=float(_DRAWN))], ignore_index=True) if longer else some


@figure(height=3.8)
def _draw_curve(ax: Axes, whole: pd.DataFrame, cohorts: dict[str, pd.DataFrame]) -> None:
    ax.fill_between(whole["month"], 100 * whole["low"], 100 * whole["high"], step="post", color=ACCENT, alpha=0.2, lw=0)
    ax.step(whole["month"], 100 * whole["staying"], where="post", color=ACCENT, lw=2.4)
    lowest = whole["low"].min()
    last = max(part["month"].max() for part in (whole, *cohorts.values()))
    ends = {text("survival.mark.everyone"): (100 * whole["staying"].iloc[-1], ACCENT)}
    for shade, (cohort, part) in zip(_SHADES, cohorts.items(), strict=False):
        ax.step(part["month"], 100 * part["staying"], where="post", color=shade, lw=1.5)
        lowest = min(lowest, part["staying"].min())
        begun, end = text("survival.mark.cohort", year=cohort), (part["month"].iloc[-1], 100 * part["staying"].iloc[-1])
        if end[0] < last:
            of_all = 100 * whole.loc[whole["month"] <= end[0], "staying"].iloc[-1]
            side = 1 if end[1] > of_all else -1  # off the line of everyone
            note_at(ax, begun, at=end, offset=(3, 5 * side), va="bottom" if side > 0 else "top", color=INK, fontsize=10)
        else:
            ends[begun] = end[1], INK
    ax.set(xlim=(0, last), ylim=(max(0, 100 * lowest - 5), 101))
    name_ends(ax, ends, at=last)


def _group_name(attribute: str, group: str) -> Text:
    if attribute == COHORT:
        return text("survival.group.cohort", year=group)
    return text("care.group.named", attribute=known_name("profile.trait", attribute), level=delivered_name(group))


@finding
def groups(stays: Stays, by: ByGroup) -> Finding | Unavailable:
    """Lay out the share of each group that stays, and say which attributes part those who stay from those who leave."""
    seen = by.table.dropna(subset="staying")
    if len(seen) < 2:
        return Unavailable("survival", "groups", {"n": FEWEST, "fewest": FEWEST_LEFT})
    names = [_group_name(a, g) for a, g in zip(seen["attribute"], seen["group"], strict=True)]
    differing = [
        text("survival.attribute.cohort") if name == COHORT else known_name("profile.trait", name)
        for name in by.differing
    ]
    return Finding(
        facts={"month": by.month, "differing": differing},
        table=seen.assign(group=names),
        overlapping=len(stays.table),
        variants={"title": "some" if differing else "none"},
    )


@finding
def hazards(timed: Timed) -> Finding:
    """Lay out who left in each of the months of the test beside what was expected, and foretell the coming months."""
    expected, low, high = timed.coming
    facts: dict[str, Any] = {"coming": expected, "low": low, "high": high, "there": len(timed.today)}
    facts |= {"months": len(timed.months), "came": int(timed.months["came"].sum())}
    facts |= {"foreseen": float(timed.months["expected"].sum()), "constant": float(timed.months["constant"].sum())}
    return Finding(
        facts=facts,
        table=timed.months,
        overlapping=timed.customers,
        variants=dict.fromkeys(("title", "so_what"), "better" if timed.is_better else "alike"),
    )


@finding
def retention(found: Retained) -> Finding:
    """Lay out what the closed form foretold of the months held back, beside one rate and what came."""
    total, months = found.total, len(found.months)
    inside = int(found.months["came"].between(found.months["low"], found.months["high"]).sum())
    first, year = found.law.retention(np.array([1, 13]))
    nearer = abs(found.error) < abs(found.constant_error)
    return Finding(
        facts={"total": total, "months": months, "inside": inside, "law": found.law, "first": first, "year": year},
        table=found.months,
        variants={"title": "nearer" if nearer else "farther"},
    )
