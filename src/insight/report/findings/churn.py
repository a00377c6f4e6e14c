"""Who will churn: the window, the back-test of scores, their calibration, and what the model uses."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from insight.errors import Unavailable
from insight.intervals import ROUNDS, wilson
from insight.predict.churn.backtest import SHUFFLES, Backtest, accuracy, rank_of_purchase_model, recalls
from insight.predict.churn.design import ACTED_ON, SILENT, Cuts, LateReturns
from insight.predict.churn.scoring import RISK_BANDS, Scored, Stake
from insight.predict.churn.window import HALF, Window
from insight.predict.histories import WEEK
from insight.predict.value.totals import Total
from insight.report.charts import name_ends, name_rows, note_at
from insight.report.finding import Finding, Headline, finding, is_few
from insight.report.plot import ACCENT, CAUTION, CAUTION_INK, GREY, INK, PALE, figure
from insight.report.tables import Col
from insight.words.names import named
from insight.words.text import text, word

_FEATURES = 8  # that are shown
#: Plain scores whose AUC is a headline, by its name; ``churn_auc`` is that of the model in use.
_PLAIN = {"churn_auc_logistic": "logistic", "churn_auc_p_alive": "p_alive"}


@finding(headlines={"churn_window": "days"})
def window(curve: pd.DataFrame, window: Window, *, return_days: int) -> Finding:
    """Show how many return after each length of silence, and which one counts as churned."""
    is_drawn, is_tested = len(curve) > WEEK, window.returning is not None
    ground = window.ground if is_tested else "untested"
    facts = {"window": window, "return_days": return_days}
    if is_drawn:
        facts |= {"first": curve.iloc[0], "last": curve.iloc[-1]}
    said = text(f"churn.window.says.{ground}", **facts)
    return Finding(
        facts=facts,
        figure=_draw_window(curve, window, return_days) if is_drawn else None,
        table=curve[curve["silent_days"] % WEEK == 0] if is_drawn else None,
        variants={"title": "tested" if is_tested else "untested", "says": ground},
        headlines=[Headline("churn_window", window.days, "days", sentence=said)],
    )


@figure
def _draw_window(ax: Axes, curve: pd.DataFrame, window: Window, return_days: int) -> None:
    days, returning, sooner = curve["silent_days"], 100 * curve["returning"], 100 * curve["sooner"]
    ax.fill_between(days, 100 * curve["low"], 100 * curve["high"], color=ACCENT, alpha=0.2, lw=0)
    ax.plot(days, returning, color=ACCENT)
    ax.plot(days, sooner, color=GREY)
    ax.axhline(100 * HALF, color=GREY, ls=(0, (4, 3)), lw=1)
    mark = text("churn.window.mark.returning", days=return_days)
    ends = {mark: (returning.iloc[-1], ACCENT), text("churn.window.mark.sooner"): (sooner.iloc[-1], INK)}
    ax.set(ylim=(0, 102), xlim=(0, days.max()))
    name_ends(ax, ends, at=days.max())
    if window.days <= days.max():
        ax.axvline(window.days, color=CAUTION, lw=1.2)
        mark, at = text("churn.window.mark.day", day=window.days), (window.days, 102)
        note_at(ax, mark, at=at, offset=(0, 2), color=CAUTION_INK, ha="center", va="bottom")


@finding(headlines={"churn_rate": "share"})
def layout(test: Backtest, cuts: Cuts) -> Finding:
    """Say how the back-test is laid out, and how many churned."""
    return Finding(
        facts={"n": len(cuts.training), "first": cuts.training[0], "last": cuts.training[-1]},
        variants={"says": "one" if len(cuts.training) == 1 else "several"},
        headlines=[Headline("churn_rate", test.churn_rate, "share", *wilson(test.churned, test.customers))],
    )


@finding(headlines=dict.fromkeys(("churn_auc", *_PLAIN), ""))
def scores(compared: pd.DataFrame, in_use: str) -> Finding:
    """Lay out how well each score ranks those who churned; the model in use makes the headline."""
    gaps = ["auc_gap", "auc_gap_low", "auc_gap_high"]
    shown = compared.reset_index()
    shown[gaps] = shown[gaps].round(3) + 0.0  # no minus before a zero
    shown.loc[shown["score"] == "boosting", gaps] = None
    return Finding(
        facts={"rounds": ROUNDS},
        table=named(shown, score="churn.score"),
        headlines=[_auc(name, compared, score) for name, score in {"churn_auc": in_use, **_PLAIN}.items()],
    )


def _auc(name: str, compared: pd.DataFrame, score: str) -> Headline:
    if score not in compared.index:
        return Headline(name, None, sentence=text("churn.scores.not_fitted"))
    row = compared.loc[score]
    facts = {"score": word("churn.score", score), "row": row}
    sentence = text("churn.scores.auc.sentence", **facts)
    return Headline(name, float(row["auc"]), low=float(row["low"]), high=float(row["high"]), sentence=sentence)


@finding
def gains(test: Backtest, compared: pd.DataFrame, chosen: str, cuts: Cuts) -> Finding:
    """Show what share of those who churned is found among so many customers, and which model gives the scores."""
    names = [chosen, *(name for name in ("p_alive", "recency_days") if name in compared.index)]
    rows, is_compared = dict(compared.iterrows()), SILENT in compared.index and chosen != SILENT
    facts = {"score": word("churn.score", chosen), "best": rows[chosen]}
    facts["choice"] = text(f"churn.choice.{chosen}", **rows)
    if is_compared:
        facts["purchase_model"] = text(f"churn.purchase_model.{rank_of_purchase_model(compared, chosen)}", **rows)
    return Finding(
        facts=facts,
        figure=_draw_gains(recalls(test, names, np.linspace(0, 0.5, 101)).set_index("share")),
        main=True,
        table=recalls(test, names, np.arange(1, 6) / 10),
        columns={"share": "percent0", **{name: Col(word("churn.score", name), "percent", 0) for name in names}},
        variants={"so_what": "compared" if is_compared else "alone"},
    )


@figure(height=3.8)
def _draw_gains(ax: Axes, found: pd.DataFrame) -> None:
    names = list(found)
    colours = dict(zip(names, (ACCENT, INK, GREY), strict=False))
    for name in reversed(names):
        ax.plot(100 * found.index, 100 * found[name], color=colours[name], lw=2.4 if name == names[0] else 1.8)
    ax.plot([0, 50], [0, 50], color=GREY, ls=(0, (1, 2)), lw=1.2)
    labels = {name: word("churn.score", name) for name in names}
    labels[names[0]] = text("churn.gains.mark.chosen", name=labels[names[0]])
    ends = {labels[name]: (100 * found[name].iloc[-1], ACCENT if name == names[0] else INK) for name in reversed(names)}
    ax.set(xlim=(0, 50), ylim=(0, 102), xticks=range(0, 51, 10))
    name_ends(ax, ends | {text("churn.gains.mark.random"): (50, INK)}, at=50)


@finding
def calibration(groups: pd.DataFrame, test: Backtest, chosen: str, cuts: Cuts) -> Finding:
    """Show predicted probabilities beside the share that churned, in groups of rising probability."""
    judged = accuracy(test, chosen)
    return Finding(
        facts={"judged": judged},
        figure=draw_calibration(groups, key="churn.calibration"),
        table=groups.assign(group=range(1, len(groups) + 1)),
        variants={"title": judged.bias, "says": judged.verdict},
    )


@figure(height=3.6)
def draw_calibration(ax: Axes, groups: pd.DataFrame, key: str) -> None:
    """Draw the observed share of each group as a dot with its interval, and the predicted one as a dash."""
    places = np.arange(1, len(groups) + 1)
    observed, low, high = (100 * groups[name] for name in ("observed", "low", "high"))
    ax.hlines(100 * groups["predicted"], places - 0.36, places + 0.36, color=GREY, lw=2.4)
    ax.vlines(places, low, high, color=ACCENT, lw=1.6)
    ax.plot(places, observed, "o", color=ACCENT, ms=6)
    top = 1.06 * max(high.max(), 100 * groups["predicted"].max())
    marks = {"predicted": (100 * groups["predicted"].iloc[-1], INK), "observed": (observed.iloc[-1], ACCENT)}
    ax.set(xlim=(0.4, None), ylim=(-0.025 * top, top), xticks=places)
    ends = {text(f"{key}.mark.{name}"): end for name, end in marks.items()}
    name_ends(ax, ends, at=len(groups) + 0.5)


@finding(headlines=dict.fromkeys(("churn_calibration_error", "churn_top_decile_lift"), ""))
def precise(row: pd.Series, chosen: str) -> Finding:
    """Say how true the probabilities of the model in use are, and how many more leavers its first tenth holds."""
    facts = {"best": word("churn.score", chosen), "row": row}
    measured = {"churn_calibration_error": "calibration", "churn_top_decile_lift": "lift"}
    return Finding(facts=facts, headlines=headlines_of(measured, **facts))


def headlines_of(measured: dict[str, str], *, best: Any, row: pd.Series) -> list[Headline]:
    """State what was measured of a model with its intervals: by headline the column of its row."""
    return [
        Headline(
            name,
            float(row[what]),
            low=float(row[f"{what}_low"]),
            high=float(row[f"{what}_high"]),
            sentence=text(f"labelled.scores.{what}.sentence", best=best, row=row),
        )
        for name, what in measured.items()
    ]


@finding
def importance(losses: pd.DataFrame, test: Backtest, chosen: str) -> Finding:
    """Show how much ranking is lost without each feature."""
    shown = losses.head(_FEATURES)
    lost = shown[["loss", "low", "high"]].round(3) + 0.0
    table = named(shown.assign(**lost), feature="churn.feature")
    facts: dict[str, Any] = {"first": losses.iloc[0], "last": shown.iloc[-1], "rounds": SHUFFLES}
    facts |= {
        "score": word("churn.score", chosen),
        "name": table["feature"].iloc[0],
        "last_name": table["feature"].iloc[-1],
    }
    return Finding(facts=facts, figure=_draw_importance(shown), table=table)


@figure(height=3.6)
def _draw_importance(ax: Axes, losses: pd.DataFrame) -> None:
    shown = losses.iloc[::-1]
    places = np.arange(len(shown))
    ax.hlines(places, 0, shown["loss"], color=PALE, lw=6)
    ax.hlines(places, shown["low"], shown["high"], color=ACCENT, lw=1.6)
    ax.plot(shown["loss"], places, "o", color=ACCENT, ms=6)
    name_rows(ax, places, named(shown, feature="churn.feature")["feature"])
    ax.axvline(0, color=GREY, lw=0.8)


@finding
def reasons(scored: Scored, chosen: str) -> Finding | Unavailable:
    """List what moves today's scores most, for how many each is the first reason, and whether it can be acted on."""
    if isinstance(scored.drivers, Unavailable):
        return scored.drivers
    moved = scored.drivers.head(_FEATURES)
    acted_on = [ACTED_ON.get(name, "course") for name in moved["feature"]]
    kinds = {"feature": "churn.feature", "raised_by": "common.raised_by", "acted_on": "common.acted_on"}
    table = named(moved.assign(acted_on=acted_on), **kinds)
    return Finding(facts={"name": table["feature"].iloc[0], "score": word("churn.score", chosen)}, table=table)


@finding
def late_returns(late: LateReturns, test: Backtest) -> Finding:
    """Remind that churn is a definition: some who counted as churned came back later."""
    return Finding(facts={"late": late}, variants={"caution": "some" if late.churned else "none"})


def lead(
    test: Backtest | Unavailable,
    compared: pd.DataFrame | Unavailable,
    chosen: str | Unavailable,
    window: Window | Unavailable,
    total: Total | Unavailable,
    bands: pd.DataFrame,
    held: Stake | Unavailable,
    *,
    days: int,
) -> Finding:
    """Give the page's answer: how many will churn, what is at stake, and what all together are expected to spend."""
    facts: dict[str, Any] = {"days": days, "window": window, "total": total}
    tested = False
    if not isinstance(test, Unavailable) and not isinstance(compared, Unavailable):
        tested, found = True, text("churn.lead.no_ranking")
        if not isinstance(chosen, Unavailable):
            found = text("churn.lead.found", recall=compared.loc[chosen, "recall"])
        facts |= {"share": test.churn_rate, "found": found}
    active = bands[bands["band"] != RISK_BANDS[-1]]
    leavers = float((active["customers"] * active["probability"]).sum())
    if tested and not isinstance(held, Unavailable) and not is_few(leavers):
        facts |= {"leavers": leavers, "active": active["customers"].sum(), "stake": held}
        return Finding("churn.lead", facts, variants={"lead": "at_stake" if total else "at_stake_alone"})
    known = {(True, True): "both", (True, False): "churn", (False, True): "value", (False, False): "neither"}
    return Finding("churn.lead", facts, variants={"lead": known[tested, bool(total)]})
