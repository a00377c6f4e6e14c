"""Findings of 71 applications beside those of the scorecard: who is approved, and how near models come to the truth."""

from typing import Any

import pandas as pd

from insight.card.truth import Rungs
from insight.errors import Unavailable
from insight.intervals import compare_intervals
from insight.predict.labelled.backtest import Choice
from insight.predict.reasons import Explained
from insight.report.finding import Finding, Headline, finding, is_few
from insight.words.names import named
from insight.words.text import has_text, text, word

_TOO_FEW = Unavailable("common", "too_few")
_LITTLE = 0.005  # of AUC: clear of chance or not, it changes hardly any decision


@finding
def channels(counted: pd.DataFrame) -> Finding | Unavailable:
    """Lay out how many applications were decided by channel, and what share of them was approved."""
    few = is_few(counted["approved"]) | is_few(counted["applications"] - counted["approved"])
    told = counted[~few]
    if len(told) < 2:
        return _TOO_FEW
    ranked = told.sort_values("share")
    most, least = ranked.iloc[-1], ranked.iloc[0]
    differ = compare_intervals(most["low"], most["high"], least["low"], least["high"]) == "more"
    table = counted.assign(**{name: counted[name].where(~few) for name in ("approved", "share", "low", "high")})
    facts: dict[str, Any] = {"most": most, "least": least}
    facts |= {"most_name": _channel(most["channel"]), "least_name": _channel(least["channel"])}
    return Finding(
        facts=facts,
        table=named(table, channel=_channel),
        variants={"title": "differ" if differ else "alike"},
    )


def _channel(code: Any) -> Any:
    return level("channel", str(code))


def level(column: str, code: str) -> Any:
    """Name a level of a column, as delivered where the catalogue has no name for it."""
    return word(f"applied.level.{column}", code) if has_text(f"applied.level.{column}.{code}") else code


@finding
def why(found: Explained) -> Finding:
    """Lay out for how many declined applications each column is what the scorecard holds against them most."""
    moved = found.drivers.sort_values("customers", ascending=False, kind="stable")
    names = [word("applied.feature", name) for name in moved["feature"]]
    table = pd.DataFrame({"column": names, "customers": moved["customers"]})
    nothing = pd.DataFrame({"column": [text("applied.nothing")], "customers": [int(found.reasons.first.isna().sum())]})
    facts = {"first": names[0], "reasons": "decline_reasons"}
    return Finding(facts=facts, table=pd.concat([table, nothing], ignore_index=True))


@finding(headlines={"application_auc": "", "application_auc_ceiling": ""})
def near_truth(found: Rungs, choice: Choice) -> Finding:
    """State how well later applicants are ranked, declined ones too, and how well they could be."""
    return Finding(
        facts={"best": word("churn.score", choice.best)},
        headlines=[
            Headline("application_auc", found.value, low=found.low, high=found.high),
            Headline("application_auc_ceiling", found.ceiling, low=found.ceiling_low, high=found.ceiling_high),
        ],
    )


@finding
def rejects(compared: pd.DataFrame) -> Finding:
    """Compare the model with one that also learns from declined applications with inferred outcomes."""
    row = compared.set_index("among").loc["all"]
    judged = "better" if row["low"] > 0 else "worse" if row["high"] < 0 else "same"
    if judged != "same" and abs(row["gain"]) < _LITTLE:
        judged = "little"
    return Finding(
        facts={"row": row},
        table=named(compared, among="applied.among"),
        variants={"title": judged, "so_what": judged},
    )
