"""Who leaves, or responds, by a flat table: what arrived, columns that know the answer, the models, the reasons."""

from dataclasses import replace
from typing import Any

import pandas as pd

from insight.config.definitions import share
from insight.errors import Unavailable
from insight.intervals import ROUNDS, wilson
from insight.predict.labelled.backtest import Choice, Test
from insight.predict.labelled.table import Flat
from insight.predict.measures import reliability
from insight.predict.reasons import Explained
from insight.report.finding import Finding, Headline, finding
from insight.report.findings.churn import draw_calibration, headlines_of
from insight.words.context import context
from insight.words.names import named
from insight.words.text import text, word

_SHOWN = 10  # columns
_MEASURED = {"auc": "auc", "calibration_error": "calibration", "top_decile_lift": "lift"}


def headline(name: str) -> str:
    """Name a headline by what the label says: ``response_auc``, and ``churn_auc`` where it says who left."""
    said = context().outcome
    return f"{'churn' if said == 'leaving' else said}_{name}"


def _of_scores() -> dict[str, str]:
    return {headline(name): "" for name in _MEASURED}


@finding(headlines=lambda: {headline("rate"): "share"})
def arrived(flat: Flat, label: str) -> Finding:
    """Say how many rows have a label, of how many it is true, and what became of the columns."""
    known, left = int(flat.known.sum()), int(flat.labels.sum())
    rate = float(share("labelled_left_share", left, known))
    facts = {"known": known, "left": left, "rate": rate, "repeated": flat.repeated}
    said = text("labelled.arrived.rate.sentence", label=label, **facts)
    large = text("labelled.arrived.rate.label")
    return Finding(
        facts=facts,
        table=named(flat.kinds, kind="labelled.kind"),
        variants={"says": "repeated" if flat.repeated else "once", "caution": None if flat.is_named else "rarer"},
        headlines=[Headline(headline("rate"), rate, "share", *wilson(left, known), sentence=said, label=large)],
    )


@finding(headlines={"leaks_found": "columns"})
def leaks(found: pd.DataFrame, *, names: str = "") -> Finding:
    """List the columns that know the answer; with one of them nothing else is said.

    ``names`` is where the catalogue names the columns; those of a flat table are named as they were delivered.
    """
    any_found = len(found) > 0
    said = text(f"labelled.leaks.sentence.{'some' if any_found else 'none'}", n=len(found))
    return Finding(
        facts={"n": len(found)},
        table=named(found.head(_SHOWN), sign="labelled.sign", **({"column": names} if names else {}))
        if any_found
        else None,
        variants={"says": "some" if any_found else "none"},
        headlines=[Headline("leaks_found", len(found), "columns", sentence=said)],
    )


@finding(headlines=_of_scores)
def scores(compared: pd.DataFrame, test: Test, choice: Choice | Unavailable) -> Finding:
    """Lay out how well each model ranks and how true its probabilities are; the best makes the headlines."""
    best = str(compared.index[0])
    row, facts = compared.loc[best], {"rounds": ROUNDS, "best": word("churn.score", best)}
    chosen: Any = "none"
    if not isinstance(choice, Unavailable):
        facts["simplest"] = word("churn.score", choice.simplest)
        facts["plain"] = compared.loc[choice.simplest]
        chosen = "best" if choice.best == choice.simplest else "simpler"
    measured, lift = {headline(name): column for name, column in _MEASURED.items()}, text("labelled.scores.lift.label")
    stated = headlines_of(measured, best=facts["best"], row=row)
    return Finding(
        facts=facts | {"row": row},
        table=named(compared.reset_index(), score="churn.score"),
        variants={"note": "later" if test.is_later else "folds", "so_what": chosen},
        headlines=[replace(one, label=lift) if measured[one.name] == "lift" else one for one in stated],
    )


@finding
def truth(compared: pd.DataFrame) -> Finding:
    """Lay out how true the probabilities of each model are."""
    return Finding(table=named(compared.reset_index(), score="churn.score"))


@finding
def calibration(test: Test, choice: Choice, compared: pd.DataFrame) -> Finding:
    """Show predicted probabilities beside the share of whom it was true, in groups of rising probability."""
    groups = reliability(test.labels, test.probabilities[choice.best])
    return Finding(
        facts={"row": compared.loc[choice.best]},
        figure=draw_calibration(groups, key="labelled.calibration"),
        table=groups.assign(group=range(1, len(groups) + 1)),
    )


@finding
def reasons(found: Explained, choice: Choice, decided: list[str]) -> Finding:
    """List the columns that move the score most, for how many each is the first reason, and which the business decides.

    ``decided`` are the columns that the parameters say the business itself decides.
    """
    moved = found.drivers.head(_SHOWN)
    ours = [name for name in moved["feature"] if name in decided]
    acted_on = ["ours" if name in decided else "unsaid" for name in moved["feature"]]
    return Finding(
        facts={"first": moved.iloc[0], "best": word("churn.score", choice.best), "ours": ours},
        table=named(moved.assign(acted_on=acted_on), raised_by="common.raised_by", acted_on="common.acted_on"),
        variants={"so_what": "ours" if ours else None if decided else "unsaid"},
    )


def lead(
    flat: Flat | Unavailable,
    found: pd.DataFrame | Unavailable,
    compared: pd.DataFrame | Unavailable,
    choice: Choice | Unavailable,
) -> Finding:
    """Give the page's answer: can it be told beforehand, how well, or what stands against it."""
    facts: dict[str, Any] = {}
    if isinstance(flat, Unavailable) or isinstance(found, Unavailable):
        return Finding("labelled.lead", variants={"lead": "unreadable"})
    if len(found):
        return Finding("labelled.lead", {"n": len(found)}, variants={"lead": "leaks"})
    if isinstance(compared, Unavailable) or isinstance(choice, Unavailable):
        return Finding("labelled.lead", variants={"lead": "no_ranking"})
    left = int(flat.labels.sum())
    facts = {"left": left, "known": int(flat.known.sum()), "row": compared.loc[choice.best]}
    return Finding("labelled.lead", facts | {"best": word("churn.score", choice.best)}, variants={"lead": "found"})
