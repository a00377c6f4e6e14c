"""Figures about who may leave and what customers will spend."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from insight.predict.churn.silence import HALF, Window
from insight.predict.measures import gains as gains_of
from insight.report.language import _, count, percent
from insight.report.plot import ACCENT, CAUTION, CAUTION_INK, GREY, INK, PALE, figure
from insight.report.sentences.churn_names import feature_name, score_name

_BLANK = {"facecolor": "white", "edgecolor": "none", "pad": 1}


@figure
def silence(ax: Any, curve: pd.DataFrame, *, window: Window, return_days: int) -> None:
    """Draw how many come back soon, and how many returns have come, by days of silence."""
    days = curve["silent_days"]
    ax.fill_between(days, 100 * curve["low"], 100 * curve["high"], color=ACCENT, alpha=0.2, lw=0)
    ax.plot(days, 100 * curve["returning"], color=ACCENT)
    ax.plot(days, 100 * curve["sooner"], color=GREY)
    ax.axhline(100 * HALF, color=GREY, ls=(0, (4, 3)), lw=1)
    back = _("come back within\n{days} days", days=count(return_days))
    _note(ax, back, at=(days.iloc[-1], max(100 * curve["returning"].iloc[-1], 9)), color=ACCENT)
    _note(ax, _("returns that\nhave come"), at=(days.iloc[-1], min(100 * curve["sooner"].iloc[-1], 92)), color=INK)
    if window.days <= days.max():
        ax.axvline(window.days, color=CAUTION, lw=1.2)
        above = {"offset": (0, 2), "ha": "center", "va": "bottom"}
        _note(ax, _("day {day}", day=count(window.days)), at=(window.days, 102), color=CAUTION_INK, **above)
    ax.set(
        xlabel=str(_("days without a purchase")), ylabel=str(_("share, %")), ylim=(0, 102), xlim=(0, days.max() * 1.32)
    )
    ax.set_xticks([tick for tick in ax.get_xticks() if tick <= days.max()])


def _note(ax: Any, words: Any, *, at: tuple[float, float], offset: tuple[float, float] = (6, 0), **look: Any) -> None:
    """Put words beside a point, some points of type away from it."""
    ax.annotate(str(words), xy=at, xytext=offset, textcoords="offset points", **{"va": "center", **look})


@figure(height=3.8)
def gains(ax: Any, scores: pd.DataFrame, *, labels: pd.Series, names: Sequence[str]) -> None:
    """Draw what share of those who left is found among so many customers, highest scores first."""
    colours = dict(zip(names, (ACCENT, INK, GREY), strict=False))
    ends = {}
    for name in reversed(names):
        shares = np.linspace(0, 0.5, 101)
        found = np.interp(shares, *gains_of(labels.to_numpy(), scores[name].to_numpy()))
        ax.plot(100 * shares, 100 * found, color=colours[name], lw=2.4 if name == names[0] else 1.8)
        ends[name] = 100 * float(found[-1])
    ax.plot([0, 50], [0, 50], color=GREY, ls=(0, (1, 2)), lw=1.2)
    ends[""] = 50.0
    for name, height in _apart(ends, least=8.0).items():
        words = score_name(name) if name else _("by chance")
        _note(ax, words, at=(50, height), color=ACCENT if name == names[0] else INK)
    ax.set(xlim=(0, 76), ylim=(0, 102), xticks=range(0, 51, 10))
    ax.set(xlabel=str(_("share of active customers looked at, %")), ylabel=str(_("of those who left, found, %")))


def _apart(heights: dict[str, float], *, least: float) -> dict[str, float]:
    """Move labels up and down, as little as needed, until no two of them overlap."""
    groups = [([name], height) for name, height in sorted(heights.items(), key=lambda item: item[1])]
    place = 1
    while place < len(groups):
        (below, low), (above, high) = groups[place - 1], groups[place]
        if high - low >= least * (len(below) + len(above)) / 2:
            place += 1
            continue
        middle = (low * len(below) + high * len(above)) / (len(below) + len(above))
        groups[place - 1 : place + 1] = [(below + above, middle)]
        place = max(place - 1, 1)
    return {
        name: middle + least * (number - (len(names) - 1) / 2)
        for names, middle in groups
        for number, name in enumerate(names)
    }


@figure(height=3.6)
def reliability(ax: Any, groups: pd.DataFrame) -> None:
    """Draw what share left beside what was predicted, in groups of rising prediction."""
    places = np.arange(1, len(groups) + 1)
    observed, low, high = (100 * groups[name] for name in ("observed", "low", "high"))
    ax.hlines(100 * groups["predicted"], places - 0.36, places + 0.36, color=GREY, lw=2.4)
    ax.vlines(places, low, high, color=ACCENT, lw=1.6)
    ax.plot(places, observed, "o", color=ACCENT, ms=6)
    top = 1.06 * max(high.max(), 100 * groups["predicted"].max())
    marks = {"predicted": 100 * groups["predicted"].iloc[-1], "left": observed.iloc[-1]}
    inks, words = {"predicted": INK, "left": ACCENT}, {"predicted": _("predicted"), "left": _("left")}
    for name, height in _apart(marks, least=0.09 * top).items():
        _note(ax, words[name], at=(len(groups) + 0.3, height), color=inks[name])
    ax.set(xlim=(0.4, len(groups) * 1.18 + 0.6), ylim=(-0.025 * top, top), xticks=places)
    ax.set(xlabel=str(_("groups of active customers, by rising chance")), ylabel=str(_("share that left, %")))


@figure(height=3.6)
def importance(ax: Any, drops: pd.DataFrame) -> None:
    """Draw how much AUC is lost when a feature is shuffled, largest on top."""
    shown = drops.iloc[::-1]
    places = np.arange(len(shown))
    ax.hlines(places, 0, shown["drop"], color=PALE, lw=6)
    ax.hlines(places, shown["low"], shown["high"], color=ACCENT, lw=1.6)
    ax.plot(shown["drop"], places, "o", color=ACCENT, ms=6)
    ax.set_yticks(places, [str(feature_name(name)) for name in shown["feature"]])
    ax.grid(axis="x")
    ax.grid(visible=False, axis="y")
    ax.axvline(0, color=GREY, lw=0.8)
    ax.set(xlabel=str(_("AUC lost when it is shuffled")))


@figure
def weekly(ax: Any, weeks: pd.DataFrame) -> None:
    """Draw repeat purchases per week: as they came, as expected, and as before."""
    later = weeks[weeks["week"] >= 1]
    ax.plot(weeks["week"], weeks["actual"], color=GREY)
    ax.plot(later["week"], later["carried"], color=CAUTION, lw=1.6, ls=(0, (4, 2)))
    ax.plot(later["week"], later["expected"], color=ACCENT, lw=2.6)
    ax.axvline(0.5, color=GREY, lw=1, ls=(0, (1, 2)))
    top = 1.12 * weeks[["actual", "carried", "expected"]].max().max()
    ax.annotate(str(_("kept back")), xy=(0.5, top), xytext=(5, -2), textcoords="offset points", color=INK, va="top")
    ends = {name: float(later[name].iloc[-1]) for name in ("actual", "carried", "expected")}
    words = {"actual": _("came"), "carried": _("as before"), "expected": _("expected")}
    inks = {"actual": INK, "carried": CAUTION_INK, "expected": ACCENT}
    for name, height in _apart(ends, least=0.09 * top).items():
        _note(ax, words[name], at=(later["week"].iloc[-1], height), color=inks[name])
    first, last = weeks["week"].iloc[0], weeks["week"].iloc[-1]
    ax.set(ylim=(0, top), xlim=(first, last + 0.16 * (last - first)))
    ax.set_xticks([tick for tick in ax.get_xticks() if first <= tick <= last])
    ax.set(xlabel=str(_("weeks from the day of the prediction")), ylabel=str(_("repeat purchases per week")))


@figure
def concentration(ax: Any, values: pd.Series, *, top: float = 0.2) -> None:
    """Draw what share of the expected spend the most valuable customers hold."""
    held = np.append(0.0, values.sort_values(ascending=False).cumsum() / values.sum())
    share = np.linspace(0, 1, len(held))
    at = float(np.interp(top, share, held))
    ax.plot(100 * share, 100 * held, color=ACCENT)
    ax.plot([0, 100], [0, 100], color=GREY, ls=(0, (1, 2)), lw=1.2)
    ax.plot([100 * top], [100 * at], "o", color=CAUTION, ms=7)
    words = _("{top} of customers: {share}", top=percent(top), share=percent(at))
    _note(ax, words, at=(100 * top, 100 * at), offset=(10, -4), color=CAUTION_INK, va="top", bbox=_BLANK)
    ax.set(xlim=(0, 100), ylim=(0, 102))
    ax.set(xlabel=str(_("share of customers, most valuable first, %")), ylabel=str(_("share of expected spend, %")))
