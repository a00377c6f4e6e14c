"""Findings of notebook 40 where customers hold accounts: leaving in more than one sense, side by side."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from insight.errors import Unavailable
from insight.predict.leaving.labels import CLOSES, SILENT
from insight.predict.leaving.scores import Leaving, shared_with
from insight.predict.leaving.truth import DECIDES, Judged
from insight.report.finding import Finding, Headline, finding
from insight.words.text import text, word


@finding
def labels(found: list[Leaving], *, first: pd.Index | None, days: int | None) -> Finding:
    """Lay out how well each sense of leaving is foretold, and how far its list is that of another.

    Parameters
    ----------
    first
        The tenth most likely to churn by the churn window; none where there is no such list.
    days
        The churn window.
    """
    rows = [
        {
            "aim": text(f"leaving.aim.{one.aim.label}", months=one.aim.months),
            "customers": one.customers,
            "happened": one.happened / one.customers,
            "auc": one.measured["auc"],
            "auc_low": one.measured["auc_low"],
            "auc_high": one.measured["auc_high"],
            "calibration": one.measured["calibration"],
            "shared": None if first is None else shared_with(one.first, first),
        }
        for one in found
    ]
    pair = closest_pair(found)
    facts: dict[str, Any] = {"days": days}
    if pair:
        closes, silent = pair
        facts |= {"months": closes.aim.months, "share": shared_with(closes.first, silent.first)}
    return Finding(
        facts=facts,
        table=pd.DataFrame(rows),
        overlapping=max(one.customers for one in found),
        variants={"so_what": "both" if pair else None, "note": "alone" if first is None else "window"},
    )


def closest_pair(found: Sequence[Leaving] | Unavailable) -> tuple[Leaving, Leaving] | None:
    """Give closing and falling silent within the same shortest time; none where one of them cannot be foretold."""
    if isinstance(found, Unavailable):
        return None
    by_aim = {(one.aim.months, one.aim.label): one for one in found}
    both = sorted(months for months, label in by_aim if label == CLOSES and (months, SILENT) in by_aim)
    return (by_aim[both[0], CLOSES], by_aim[both[0], SILENT]) if both else None


def _reached(one: Judged) -> str:
    """Say whether scores reach the ceiling, which is never below them."""
    return "reached" if one.auc >= one.ceiling else "below"


@finding(headlines={"churn_auc_ceiling": ""})
def truth(judged: list[Judged]) -> Finding:
    """Lay out how near the scores come to what can be known of each sense; the ceiling of silence is a headline."""
    silent = next(one for one in judged if one.sense == SILENT)
    rows = [
        {
            "aim": text(f"leaving.aim.{one.sense}", months=one.months),
            "scored_by": word("leaving.scored_by", one.scored_by),
            "auc": one.auc,
            "auc_low": one.low,
            "auc_high": one.high,
            "ceiling": one.ceiling,
            "oracle": one.oracle,
        }
        for one in judged
    ]
    decided = max(judged, key=lambda one: (one.sense == DECIDES, one.auc))
    return Finding(
        facts={"silent": silent, "decided": decided},
        table=pd.DataFrame(rows),
        variants={"title": _reached(silent), "says": _reached(decided)},
        headlines=[Headline("churn_auc_ceiling", silent.ceiling)],
    )
