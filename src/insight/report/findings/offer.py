"""Findings of 50 next best offer: what can be offered, how well it is predicted, and the list."""

import functools
import math
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from insight.config.parameters import Parameters
from insight.decide.backtest import Choice
from insight.decide.catalogue import OFFERED
from insight.decide.eligibility import BEYOND_BUDGET, NO_CONSENT, REFUSED, TOO_LITTLE_SALES
from insight.decide.expected import Correction
from insight.decide.shortlist import OTHER_GROUPS, ListTotals
from insight.errors import Unavailable
from insight.intervals import compare_intervals
from insight.predict.propensity.propensity import ALL, HABIT, MODEL, POPULAR, Backtest
from insight.predict.propensity.ranking import calibration_error
from insight.report.charts import draw_intervals, in_percent, legend_above, name_rows, note_at, spread_low
from insight.report.finding import Finding, Headline, as_shown, finding, is_few, reason_of
from insight.report.plot import ACCENT, CAUTION, CAUTION_INK, GREY, INK, LINE, figure, give_height
from insight.words.names import delivered_name, named
from insight.words.numerals import number, percent
from insight.words.text import Text, text, word

#: Rankings by the headline that states their MAP.
_MEASURED = {"map_at_k": MODEL, "map_at_k_popularity": POPULAR, "map_at_k_own_habit": HABIT}

_TOO_FEW = Unavailable("common", "too_few")
#: Parameters that texts name.
#: Product groups that the page leads with.
_NAMED = 3
_KEYS = SimpleNamespace(cost="`response_cost`", consent="`consent_assumed`")


def group_name(name: str) -> Text | str:
    """Name a product group as the page's readers do, and the rest of the list's groups."""
    return text("offer.other_groups") if name == OTHER_GROUPS else delivered_name(name)


def _rows(frame: pd.DataFrame, name: str) -> dict[str, Any]:
    """Give the rows of a frame by the value in one of its columns."""
    return {getattr(row, name): row for row in frame.itertuples(index=False)}


# --- what can be offered


@finding
def groups(decided: pd.DataFrame, widest: pd.DataFrame, *, customers: int, until: date) -> Finding | Unavailable:
    """Show the product groups that are considered, by the share of customers who bought from them until a day."""
    table = named(widest, product_group=group_name)
    rows = list(as_shown(table, "customers", overlapping=customers).dropna(subset=["share"]).itertuples(index=False))
    if not rows:
        return _TOO_FEW
    name = table["product_group"].iloc[0]
    facts = {"all": len(decided), "offered": (decided["verdict"] == OFFERED).sum(), "name": name, "top": rows[0]}
    return Finding(
        facts=facts | {"last": rows[-1], "n": customers},
        figure=_draw_groups,
        table=table,
        overlapping=customers,
        variants={"title": "most_common" if rows[0].product_group == name else "nearly_all"},
    )


@figure(height=3.9)
def _draw_groups(ax: Axes, frame: pd.DataFrame) -> None:
    shown = frame.dropna(subset=["share"]).iloc[::-1]
    ax.barh([str(name) for name in shown["product_group"]], shown["share"], color=ACCENT, height=0.62)
    for place, share in enumerate(shown["share"]):
        note_at(ax, percent(share), at=(share, place), offset=(4, 0))
    ax.set_xlim(0, max(shown["share"].max() * 1.12, 0.01))
    in_percent(ax.xaxis)
    ax.grid(axis="y", visible=False)


@finding
def verdicts(counted: pd.DataFrame, widest: pd.DataFrame, *, covered: bool) -> Finding:
    """Show how many groups are considered and why others are not; ``covered`` where past offers name their groups."""
    return Finding(
        facts={"share": counted.set_index("verdict")["share"].loc[OFFERED]},
        table=named(counted, verdict="offer.verdict"),
        variants={"says": "covered" if covered else "open"},
    )


# --- how well it is predicted


@finding(headlines=dict.fromkeys([*_MEASURED, "map_at_k_lead"], ""))
def ranking(measured: pd.DataFrame, choice: Choice, *, k: int, weeks: int) -> Finding | Unavailable:
    """Show how well each ranking tells what is bought next, and which one is in use."""
    ways = _rows(measured[measured["scope"] == ALL], "ranking")
    habit, popular, n = ways[HABIT], ways[POPULAR], ways[MODEL].customers
    if is_few(n):
        return _TOO_FEW
    headlines = [_headline(name, "map", ways[way], k=k) for name, way in _MEASURED.items()]
    return Finding(
        facts=_in_use(ways, choice) | {"n": n},
        figure=_draw_rankings,
        table=named(measured, ranking="offer.way", scope="offer.scope"),
        variants={
            "title": "better" if is_above_chance(measured, choice) else "not_better",
            "so_what": compare_intervals(habit.lead_low, habit.lead_high, 0, 0)
            if is_above_chance(measured, choice)
            else "none",
        },
        headlines=[*headlines, _headline("map_at_k_lead", "lead", popular, k=k)],
    )


def is_above_chance(measured: pd.DataFrame | Unavailable, choice: Choice) -> bool:
    """Say whether the way in use ranks significantly better than popularity, which knows nothing of the customer."""
    if isinstance(measured, Unavailable):
        return False
    return _rows(measured[measured["scope"] == ALL], "ranking")[choice.way].gain_low > 0


def _in_use(ways: dict[str, Any], choice: Choice) -> dict[str, Any]:
    """Add to the ways the one in use, its name, the other one, and why it is in use."""
    other = {MODEL: HABIT, HABIT: MODEL}[choice.way]
    names = {"name": word("offer.way", choice.way), "other_name": word("offer.way", other)}
    in_use = text(f"offer.in_use.{choice.way}.{choice.why}")
    return ways | {"used": ways[choice.way], "other": ways[other], "in_use": in_use} | names


def _headline(name: str, measure: str, row: Any, *, k: int) -> Headline:
    """State the MAP of a ranking, or the model's lead over it."""
    value, low, high = (getattr(row, f"{measure}{end}") for end in ("", "_low", "_high"))
    facts = {"k": k, "row": row, "name": word("offer.way", row.ranking)}
    sentence = text(f"offer.ranking.{measure}.sentence", **facts)
    return Headline(name, value, low=low, high=high, sentence=sentence)


@figure(height=2.9)
def _draw_rankings(ax: Axes, frame: pd.DataFrame) -> None:
    names = list(frame["ranking"].unique())
    scopes = frame.dropna(subset=["map"]).groupby("scope", sort=False)
    write = functools.partial(number, digits=2)
    give_height(ax, 4 * LINE * len(names))  # two dots a row, each below its value
    for (scope, rows), colour, shift in zip(scopes, (ACCENT, GREY), (0.16, -0.26), strict=False):
        places = [len(names) - 1 - names.index(name) + shift for name in rows["ranking"]]
        draw_intervals(ax, rows, places, value="map", write=write, color=colour, label=str(scope))
    name_rows(ax, range(len(names)), reversed(names))
    ax.set_ylim(-0.5, len(names) - 0.4)
    ax.set_xlim(0, 1)
    legend_above(ax)


@finding
def calibration(found: pd.DataFrame, tested: Backtest) -> Finding:
    """Show whether expected probabilities agree with the shares observed."""
    error, rows = calibration_error(found), list(found.itertuples(index=False))
    return Finding(
        facts={"error": error, "first": rows[0], "last": rows[-1], "n": len(tested.then.customers)},
        figure=_draw_calibration,
        table=found,
        variants={"title": "calibrated" if error.is_calibrated else "off", "says": error.direction},
    )


@figure(height=3.4)
def _draw_calibration(ax: Axes, frame: pd.DataFrame) -> None:
    top = min(1.0, 1.12 * frame[["expected", "observed"]].max(axis=None))
    along = np.linspace(0, top, 50)
    ax.plot(along, along, color=GREY, linewidth=1.2, linestyle="--")
    ax.plot(frame["expected"], frame["observed"], "o", color=ACCENT)
    for axis, set_scale in ((ax.xaxis, ax.set_xscale), (ax.yaxis, ax.set_yscale)):
        spread_low(set_scale, frame["expected"])
        in_percent(axis, ticks=5)
    ax.set(xlim=(0, top), ylim=(0, top))
    note_at(ax, text("offer.calibration.line"), at=(top, top), offset=(0, 3), ha="right", va="bottom", color=INK)


@finding(headlines={"list_rehearsed": "share"})
def backtest(found: pd.DataFrame, choice: Choice, *, weeks: int) -> Finding | Unavailable:
    """Show how many of an earlier list bought what they would have been offered, by way of choosing."""
    facts = _in_use(_rows(found, "way"), choice)
    used = facts["used"]
    if is_few(used.customers):
        return _TOO_FEW
    return Finding(
        facts=facts | {"n": used.customers},
        figure=_draw_backtest,
        main=True,
        table=named(found, way="offer.way"),
        headlines=[Headline("list_rehearsed", used.bought, "share", used.bought_low, used.bought_high)],
    )


@figure(height=2.6)
def _draw_backtest(ax: Axes, frame: pd.DataFrame) -> None:
    shown = frame.iloc[::-1].reset_index(drop=True)
    draw_intervals(ax, shown, shown.index, value="bought", write=percent, color=ACCENT)
    expected = shown["expected"].dropna()
    ax.plot(expected, expected.index, "o", markerfacecolor="none", markeredgecolor=CAUTION, markersize=10)
    look: dict[str, Any] = {"offset": (0, -18), "color": CAUTION_INK, "fontsize": 9, "ha": "center", "va": "baseline"}
    for place, share in expected.items():
        note_at(ax, text("offer.backtest.expected", share=share), at=(share, place), **look)
    name_rows(ax, shown.index, shown["way"])
    ax.set_ylim(-0.6, len(shown) - 0.5)
    ax.set_xlim(0, min(1, shown[["bought_high", "expected"]].max(axis=None) * 1.25 + 0.05))
    in_percent(ax.xaxis, ticks=6)


@finding
def earlier(lists: pd.DataFrame, buyers: Correction, sales: Correction) -> Finding | Unavailable:
    """Lay out what lists as of earlier days brought, over what was expected of them."""
    if is_few(lists["customers"].sum()):
        return _TOO_FEW
    ratios = {"buyers": lists["bought"] / lists["expected"], "sales": lists["sales"] / lists["expected_sales"]}
    return Finding(facts={"lists": len(lists)}, table=lists[["as_of", "customers"]].assign(**ratios))


# --- the list


def campaign_list(
    tested: Backtest | Unavailable,
    totals: ListTotals,
    summary: pd.DataFrame,
    reasons: pd.DataFrame,
    params: Parameters,
    *,
    margin_known: bool,
    measured: pd.DataFrame | Unavailable,
    choice: Choice,
) -> Finding:
    """Show the list by product group, what it is expected to bring, and what it does not know."""
    stated = [Headline("list_contacts", totals.contacted, "customers")]
    if not totals.contacted:
        found = reason_of(tested) if isinstance(tested, Unavailable) else None
        words = {} if found is None else {"so_what": found, "lead": found}
        variants = {"so_what": _why_empty(reasons)} if found is None else {}
        return Finding(
            "offer.empty_list", {"params": params, "keys": _KEYS}, variants=variants, headlines=stated, words=words
        )
    consented = "assumed" if params.consent_assumed else "agreed"
    name = word("offer.way", choice.way)
    act = text(f"offer.list.act.{consented if is_above_chance(measured, choice) else 'not_above_chance'}", name=name)
    facts = {"act": act, "name": name, "consented": text(f"offer.list.consent.{consented}", keys=_KEYS)}
    buyers, sure = totals.buyers.in_whole(), totals.buyers.precision
    expected = Headline("list_buyers", buyers.value, "customers", buyers.low, buyers.high, sure)
    return Finding(
        "offer.list",
        {"params": params, "totals": totals, "buyers": buyers, "keys": _KEYS, **facts},
        table=named(summary, product_group=group_name),
        variants={
            "says": "both" if totals.response_cost else "contacts",
            "so_what": sure,
            "caution": "margin_known" if margin_known else "margin_unknown",
        },
        headlines=[*stated, expected],
    )


def _why_empty(reasons: pd.DataFrame) -> str:
    """Say why nobody is on the list: nobody may be contacted (``rules``), or no offer is worth its cost."""
    found = set(reasons["reason"])
    if found <= {REFUSED, NO_CONSENT}:
        return "no_consent"
    return "not_worth" if found & {TOO_LITTLE_SALES, BEYOND_BUDGET} else "rules"


def left_out(reasons: pd.DataFrame, params: Parameters) -> Finding:
    """Lay out how many customers are on the list, and of all others the first reason why they are not."""
    return Finding(
        "offer.left_out",
        {"params": params, "n": int(reasons["customers"].sum())},
        table=named(reasons, reason="offer.reason"),
    )


def answer(
    totals: ListTotals,
    summary: pd.DataFrame,
    found: pd.DataFrame | Unavailable,
    effect: float | Unavailable,
    choice: Choice,
    *,
    weeks: int,
) -> Finding:
    """Answer the page's question, and say which effect the control group can detect; nothing for an empty list."""
    facts: dict[str, Any] = {"totals": totals, "weeks": weeks, "effect": effect}
    rows = summary.head(_NAMED).itertuples()
    facts["most"] = [text("offer.answer.group", name=group_name(row.product_group), row=row) for row in rows]
    if not totals.contacted or isinstance(found, Unavailable) or isinstance(effect, Unavailable):
        return Finding("offer.answer", facts, variants={"lead": "not_tested" if totals.contacted else None})
    is_measured = math.isfinite(effect)
    return Finding(
        "offer.answer",
        facts | _in_use(_rows(found, "way"), choice),
        variants={"lead": "tested", "caution": "detectable" if is_measured else "no_control_group"},
    )
