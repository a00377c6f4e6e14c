"""Findings of who pays back: by a flat table, or by applications: models compared, the scorecard, where to cut it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from insight.config.definitions import share
from insight.errors import Unavailable
from insight.intervals import ROUNDS, wilson
from insight.predict.labelled.backtest import Choice, Test
from insight.predict.labelled.default import ENOUGH
from insight.predict.labelled.table import Flat
from insight.predict.measures import reliability
from insight.predict.scorecard.points import AT_ODDS, AT_POINTS, DOUBLES, Scorecard
from insight.predict.scorecard.strength import SHIFTED, WATCHED, CutOff, Strength
from insight.report.charts import in_percent, note_at
from insight.report.finding import Finding, Headline, finding, is_few
from insight.report.findings.churn import draw_calibration
from insight.report.plot import ACCENT, GREY, INK, figure
from insight.words.names import named
from insight.words.text import text, word

_SHOWN, _ON_SHEET = 12, 6  # columns
_TOO_FEW = Unavailable("common", "too_few")


@finding(headlines={"default_rate": "share"})
def arrived(flat: Flat) -> Finding:
    """Say how many cases have an outcome, how many defaulted, and what became of the columns."""
    known, defaults = int(flat.known.sum()), int(flat.labels.sum())
    rate = float(share("default_share", defaults, known))
    few = is_few(defaults) or is_few(known - defaults)
    return Finding(
        facts={"known": known, "defaults": defaults, "rate": rate, "repeated": flat.repeated},
        table=named(flat.kinds, kind="labelled.kind"),
        variants={
            "title": "few" if few else "told",
            "says": "repeated" if flat.repeated else None,
            "caution": None if flat.is_named else "rarer",
        },
        headlines=[
            Headline("default_rate", rate, "share", *wilson(defaults, known)).unless("too_few" if few else None)
        ],
    )


@finding(headlines={"leaks_found": "columns"})
def leaks(found: pd.DataFrame, *, names: str = "") -> Finding:
    """List the columns that know the outcome; with one of them nothing else is said."""
    any_found = len(found) > 0
    said = text(f"scorecard.leaks.sentence.{'some' if any_found else 'none'}", n=len(found))
    return Finding(
        facts={"n": len(found)},
        table=named(found.head(_SHOWN), sign="scorecard.sign", column=_column(names)) if any_found else None,
        variants={"says": "some" if any_found else "none"},
        headlines=[Headline("leaks_found", len(found), "columns", sentence=said)],
    )


@finding(headlines={"application_auc": ""})
def models(compared: pd.DataFrame, test: Test, choice: Choice | Unavailable, *, truth: bool = False) -> Finding:
    """Lay out how well each model ranks and how true its probabilities are; the one in use makes the headline.

    With ``truth`` the headline is left to who knows that.
    """
    ranked = str(compared.index[0])
    best = ranked if isinstance(choice, Unavailable) else choice.best
    facts: dict[str, Any] = {"rounds": ROUNDS, "best": word("churn.score", best), "row": compared.loc[best]}
    facts |= {"enough": ENOUGH, "used": word("churn.score", best), "in_use": compared.loc[best]}
    chosen = "none"
    if not isinstance(choice, Unavailable):
        facts |= {"simplest": word("churn.score", choice.simplest), "plain": compared.loc[choice.simplest]}
        chosen = "few" if best != ranked else "best" if choice.best == choice.simplest else "simpler"
    row = compared.loc[best]
    stated = Headline("application_auc", float(row["auc"]), low=float(row["auc_low"]), high=float(row["auc_high"]))
    return Finding(
        facts=facts | {"cases": test.customers, "defaults": test.left},
        table=named(compared.reset_index(), score="churn.score"),
        variants={"note": "later" if test.is_later else "folds", "so_what": chosen},
        headlines=[] if truth else [stated],
    )


@finding
def calibration(test: Test, choice: Choice, compared: pd.DataFrame) -> Finding | Unavailable:
    """Show predicted probabilities beside the share that defaulted, in groups of rising probability."""
    groups = reliability(test.labels, test.probabilities[choice.best], groups=_groups_of(test))
    if is_few(groups["customers"].min()):
        return _TOO_FEW
    table = groups.assign(group=range(1, len(groups) + 1))
    return Finding(
        facts={"row": compared.loc[choice.best], "best": word("churn.score", choice.best)},
        figure=draw_calibration(groups, key="scorecard.calibration"),
        table=table,
    )


def _groups_of(test: Test) -> int:
    """Give as many groups as leave a few defaults in each on average."""
    return int(np.clip(test.left // 5, 2, 10))


@finding(headlines={"scorecard_auc": "", "scorecard_ks": ""})
def strength(found: Strength, test: Test) -> Finding:
    """State how well the scorecard separates, on cases that it had not seen."""
    return Finding(
        facts={"cases": test.customers, "defaults": test.left},
        headlines=[
            Headline("scorecard_auc", found.auc, low=found.auc_low, high=found.auc_high),
            Headline("scorecard_ks", found.ks, low=found.ks_low, high=found.ks_high),
        ],
    )


@finding
def values(card: Scorecard, *, names: str = "") -> Finding | Unavailable:
    """List the columns by their information value, and say which the scorecard uses."""
    told = card.values()
    if not card.weights:
        return Unavailable("scorecard", "no_column")
    used = np.where(told["used"], "yes", "no")
    shown = named(told.assign(used=used).head(_SHOWN), used="scorecard.used", column=_column(names))
    return Finding(
        facts={"first": shown["column"].iloc[0], "iv": float(told["iv"].iloc[0]), "n": len(card.weights),
               "offered": len(told)},
        table=shown,
    )  # fmt: skip


@finding
def sheet(
    card: Scorecard, *, names: str = "", levels: Callable[[str, str], Any] | None = None
) -> Finding | Unavailable:
    """Lay out the scorecard: bands with their share of defaults, weight of evidence and points."""
    if not card.weights:
        return Unavailable("scorecard", "no_column")
    whole = card.sheet()
    first = list(card.weights)[:_ON_SHEET]
    shown = whole[whole["column"].isin(first)].reset_index(drop=True)
    bands = [_band(row, levels) for row in shown.to_dict("records")]
    spread = shown.groupby("column", sort=False)["points"].agg(["min", "max"])
    most = (spread["max"] - spread["min"]).idxmax()
    facts = {"at": AT_POINTS, "odds": AT_ODDS, "doubles": DOUBLES, "shown": len(first), "used": len(card.weights)}
    facts |= {"most": _column(names)(most), "apart": int(spread.loc[most, "max"] - spread.loc[most, "min"])}
    return Finding(
        facts=facts,
        table=named(shown.assign(band=bands), column=_column(names)),
        overlapping=int(whole.groupby("column")["rows"].sum().max()),
        variants={"note": "all" if len(first) == len(card.weights) else "some"},
    )


def _column(names: str) -> Callable[[Any], Any]:
    return lambda name: word(names, name) if names else name


def _band(row: dict[str, Any], levels: Callable[[str, str], Any] | None) -> Any:
    """Say what lies in a band."""
    if row["band"] == 0:
        return text("scorecard.band.missing")
    if isinstance(row["level"], str):
        return levels(row["column"], row["level"]) if levels else row["level"]
    return _between(row["low"], row["high"])


def _between(low: float, high: float) -> Any:
    """Say which numbers lie in a band that holds its lower bound and not its upper one."""
    if low == -np.inf:
        return text("scorecard.band.all") if high == np.inf else text("scorecard.band.under", high=_bound(high))
    if high == np.inf:
        return text("scorecard.band.from", low=_bound(low))
    return text("scorecard.band.between", low=_bound(low), high=_bound(high))


def _bound(value: float) -> str:
    return f"{value:,.6g}".replace("-", "\N{MINUS SIGN}")


@finding
def stability(shifted: pd.DataFrame) -> Finding:
    """Say whether later cases score as those did that the scorecard was made from."""
    index = float(shifted["psi"].sum())
    judged = "shifted" if index >= SHIFTED else "watched" if index >= WATCHED else "stable"
    bands = [_between(low, high) for low, high in zip(shifted["low"], shifted["high"], strict=True)]
    return Finding(
        facts={"index": index, "watched": WATCHED, "shifts": SHIFTED},
        table=shifted.assign(band=bands),
        variants={"title": judged, "so_what": judged},
    )


@finding
def cut_off(found: CutOff) -> Finding:
    """Show what accepting brings by where one cuts, and state what the best cut brings over accepting all."""
    best = found.best
    pays = "pays" if found.low > 0 else "may" if found.gain > 0 else "none" if found.low < found.high else "all"
    table = found.table.assign(points=found.table["points"].round())
    return Finding(
        facts={"best": best, "gain": found.gain, "low": found.low, "high": found.high, "cost": found.cost},
        figure=_draw_cut(table, best),
        table=table.iloc[:: max(len(table) // 10, 1)],
        overlapping=int(table["rows"].max()),
        variants={"title": "none" if best["accepted"] >= 1 else "told", "so_what": pays},
    )


@figure(height=3.2)
def _draw_cut(ax: Axes, table: pd.DataFrame, best: pd.Series) -> None:
    ax.axhline(table["profit"].iloc[0], color=GREY, linewidth=1)
    ax.plot(table["accepted"], table["profit"], color=ACCENT)
    ax.plot(best["accepted"], best["profit"], "o", color=INK)
    at = (float(best["accepted"]), float(best["profit"]))
    note_at(ax, text("scorecard.cut_off.mark.best"), at=at, offset=(0, 10), ha="center", color=INK)
    ax.set_ylim(None, max(best["profit"], 0) + 0.25 * max(np.ptp(table["profit"]), 0.05))
    in_percent(ax.xaxis)


@finding
def reasons(moved: pd.DataFrame, choice: Choice, *, names: str = "") -> Finding:
    """List the columns that move the score most, and for how many cases each is the first reason."""
    shown = named(moved.head(_SHOWN), column=_column(names))
    return Finding(facts={"first": shown["column"].iloc[0], "best": word("churn.score", choice.best)}, table=shown)


@finding
def lead(
    test: Test | Unavailable, compared: pd.DataFrame | Unavailable, choice: Choice | Unavailable, found: Strength
) -> Finding:
    """Give the page's answer: how well those who will not pay back are told."""
    assert isinstance(compared, pd.DataFrame)
    assert isinstance(choice, Choice)
    return Finding(
        facts={"best": word("churn.score", choice.best), "row": compared.loc[choice.best], "card": found},
        variants={"lead": "found"},
    )
