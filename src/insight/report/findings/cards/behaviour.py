"""Findings of who will fall behind within twelve months: earlier accounts tested, today's in grades, and the truth."""

import pandas as pd

from insight.card.behaviour import HORIZON, Foreseen
from insight.card.truth import Rungs
from insight.errors import Unavailable
from insight.predict.measures import reliability
from insight.report.finding import Finding, Headline, finding, is_few
from insight.report.findings.churn import draw_calibration
from insight.words.text import text

_TOO_FEW = Unavailable("common", "too_few")


@finding(headlines={"pd_auc": ""})
def year_ago(found: Foreseen, *, truth: bool = False) -> Finding | Unavailable:
    """Show what was foreseen a year ago beside what came, and state the AUC, unless who knows the truth does."""
    groups = reliability(found.labels, found.probability)
    if is_few(groups["customers"].min()) or is_few(found.labels.sum()):
        return _TOO_FEW
    told = found.strength
    stated = Headline("pd_auc", told.auc, low=told.auc_low, high=told.auc_high)
    return Finding(
        facts={"accounts": len(found.labels), "bad": int(found.labels.sum()), "months": HORIZON, "told": told},
        figure=draw_calibration(groups, key="behaviour.year_ago"),
        table=groups.assign(group=range(1, len(groups) + 1)),
        headlines=[] if truth else [stated],
    )


@finding
def grades(graded: pd.DataFrame) -> Finding:
    """Lay out today's accounts by grade, with what is owed and how many are expected to fall behind."""
    worst = graded[graded["accounts"] > 0].iloc[-1]
    shown = graded.assign(grade=[text("behaviour.grade", letter=letter) for letter in graded["grade"]])
    return Finding(
        facts={"worst": worst, "months": HORIZON, "expected": float(graded["expected"].sum())},
        table=shown[graded["accounts"].to_numpy() > 0],
    )


@finding(headlines={"pd_auc": "", "pd_auc_ceiling": ""})
def near_truth(found: Rungs) -> Finding:
    """State how well today's accounts are ranked, and how well they could be."""
    return Finding(
        headlines=[
            Headline("pd_auc", found.value, low=found.low, high=found.high),
            Headline("pd_auc_ceiling", found.ceiling, low=found.ceiling_low, high=found.ceiling_high),
        ]
    )
