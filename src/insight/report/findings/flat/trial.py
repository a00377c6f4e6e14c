"""Uplift by a flat table: what was tried, what each treatment adds, and how well those whom it persuades are told."""

import re

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from insight.errors import Unavailable
from insight.predict.uplift.flat import FlatTrial
from insight.predict.uplift.trials import Trials
from insight.report.charts import draw_effects
from insight.report.finding import Finding, Headline, finding, reason_of
from insight.report.findings.flat import trial_amounts
from insight.report.findings.on_trial import trials as on_trial
from insight.report.plot import figure
from insight.words.names import delivered_name
from insight.words.stated import Stated
from insight.words.text import listing, text


@finding
def drawn(found: FlatTrial) -> Finding:
    """Lay out the treatments and the control group, and how many of each responded."""
    if "mean_amount" in found.counts:
        return trial_amounts.drawn(found)
    table = found.counts.assign(treatment=[*map(delivered_name, found.counts["treatment"])])
    held = found.counts.iloc[-1]
    return Finding(
        "trial.drawn",
        {"rows": int(found.counts["rows"].sum()), "treatments": len(found.trials.offers), "held": held,
         "control": delivered_name(found.control), "columns": found.design.shape[1], "aside": found.set_aside},
        table=table,
    )  # fmt: skip


@finding
def uplift(measured: pd.DataFrame) -> Finding:
    """Show what each treatment adds to the responses, and how well those whom it persuades are told."""
    if "added" in measured:
        return trial_amounts.uplift(measured)
    table = measured.assign(treatment=[*map(delivered_name, measured["offer_id"])])
    table = table.sort_values("effect", ascending=False, ignore_index=True)
    lines = []
    for row in table.itertuples(index=False):
        code = re.sub(r"\W+", "_", str(row.offer_id)).strip("_").lower()
        said = text("trial.uplift.stated", name=row.treatment, row=row)
        what = Stated("qini", scope=str(row.treatment))
        lines.append(Headline(f"qini_{code}", row.qini, "", row.qini_low, row.qini_high, sentence=said, what=what))
    told, not_told = table[table["qini_low"] > 0], table[table["qini_low"] <= 0]
    facts = {
        "told": listing(told["treatment"]) if len(told) else None,
        "others": listing(not_told["treatment"]) if len(not_told) else None,
    }
    sound = ((table["placebo_low"] <= 0) & (table["placebo_high"] >= 0)).all()
    return Finding(
        "trial.uplift",
        {"top": table.iloc[0], "name": table["treatment"].iloc[0]}
        | {key: one for key, one in facts.items() if one is not None},
        figure=_draw_effects,
        table=table,
        main=True,
        variants={
            "title": "adds" if table["effect_low"].iloc[0] > 0 else "none",
            "so_what": "none" if told.empty else "all" if not_told.empty else "some",
            "caution": None if sound else "placebo",
        },
        headlines=lines,
    )


@figure(height=2.6)
def _draw_effects(ax: Axes, frame: pd.DataFrame) -> None:
    draw_effects(ax, frame, names="treatment")


def tenths(tried: Trials | Unavailable, found: pd.DataFrame | Unavailable) -> Finding:
    """Show whether what is predicted comes, by tenths."""
    if isinstance(tried, Trials) and tried.outcome == "amount":
        return trial_amounts.tenths(found)
    return on_trial.calibration(found, source="trial.source")


def answer(found: FlatTrial | Unavailable, measured: pd.DataFrame | Unavailable) -> Finding:
    """Answer the page's question: which treatment adds most, and whether whom it persuades can be told."""
    missing = next((one for one in (found, measured) if isinstance(one, Unavailable)), None)
    if missing is not None or isinstance(measured, Unavailable):
        return Finding("trial.answer", words={"lead": reason_of(missing)} if missing is not None else {})
    if "added" in measured:
        return trial_amounts.answer(measured)
    top = measured.loc[measured["effect"].idxmax()]
    clear = int(np.sum(measured["qini_low"] > 0))
    facts = {"top": top, "name": delivered_name(top["offer_id"]), "clear": clear, "treatments": len(measured)}
    return Finding("trial.answer", facts)
