"""Decisions for a board: at most three, each with its money, its owner and its evidence; else what to measure first.

A decision is taken only where the whole interval of what it rests on lies above nothing gained.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from insight.decide.brief import Headlines, find_headline, is_effect_clear
from insight.intervals import LEVEL, in_order, wilson

MOST = 3
_CHANCE = 0.5  # AUC of a ranking at random
_MOST_OF_THEM = 0.5
RANDOMISED, COMPARED, COUNTED = "randomised", "compared", "counted"


@dataclass(frozen=True)
class Decision:
    """What to do, or to measure first.

    Attributes
    ----------
    code
        Its name in the catalogue of words.
    owner
        Who has to act: one of the owners of ``params/definitions.yaml``.
    evidence
        What it rests on: ``randomised`` control groups, customers ``compared`` with others and a placebo test, or
        ``counted``. Of what is to be measured first, empty.
    money, low, high
        The amount, with its 95% interval where it is an estimate; none where no amount is known.
    facts
        What else the words need.
    """

    code: str
    owner: str
    evidence: str = ""
    money: float | None = None
    low: float | None = None
    high: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def decide(
    stated: Headlines,
    *,
    offers: pd.DataFrame | None = None,
    effects: pd.DataFrame | None = None,
    delivery: pd.DataFrame | None = None,
) -> list[Decision]:
    """Take at most three decisions, those with the strongest evidence first.

    Parameters
    ----------
    stated
        Headlines of the reports.
    offers
        The ``offer_results`` table, where there is one: its intervals allow for the number of offers.
    effects
        The ``campaign_effects`` table, where there is one.
    delivery
        The ``delivery`` table, where there is one.
    """
    found = [*_about(offers), spend_more(stated, effects), correct(delivery)]
    return [one for one in found if one is not None][:MOST]


def _about(offers: pd.DataFrame | None) -> list[Decision | None]:
    """Decide about offers, of each at most once."""
    if offers is None:
        return []
    yearly = yearly_gain(offers)
    proven = yearly[yearly["added_low"] > 0]
    stopped, changed = stop(yearly), change(yearly)
    said = [one.facts["name"] for one in (stopped, changed) if one is not None]
    return [stopped, repeat(proven), changed, tighten(proven[~proven["name"].isin(said)])]


def measure_first(stated: Headlines, *, offers: pd.DataFrame | None = None) -> list[Decision]:
    """Say what to measure, or to deliver, before more can be decided; at most two, what stands in the way first."""
    reviewed = find_headline(stated, "60.campaign_reach")
    found = []
    if reviewed and (offers is None or offers.empty):
        found.append(Decision("hold_out", "campaigns"))
    elif offers is not None and offers["worth"].isna().all():
        found.append(Decision("deliver_margins", "finance", facts={"offers": len(offers)}))
    if not reviewed:
        has_list = find_headline(stated, "50.list_contacts")
        found.append(Decision("test_list" if has_list and has_list["value"] else "record_campaigns", "campaigns"))
    stake, auc = (find_headline(stated, f"40.{name}") for name in ("spend_at_risk", "churn_auc"))
    if stake and auc and auc["low"] > _CHANCE:
        found.append(Decision("test_retention", "retention", "", stake["value"], stake["low"], stake["high"]))
    return found[:2]


def yearly_gain(offers: pd.DataFrame) -> pd.DataFrame:
    """Give what each offer costs in a year, and what it gains after that where the worth of a response is known.

    Returns
    -------
    DataFrame
        The columns of ``offers`` with ``year_cost``, and ``gain, gain_low, gain_high`` of a year.
    """
    found = offers.assign(year_cost=offers["contacts_year"] * offers["spent"])
    gain, *bounds = (
        found["contacts_year"] * found[f"added{end}"] * found["worth"] - found["year_cost"]
        for end in ("", "_low", "_high")
    )
    low, high = in_order(*bounds)
    return found.assign(gain=gain, gain_low=low, gain_high=high)


def stop(offers: pd.DataFrame) -> Decision | None:
    """Stop the offer that surely loses most among those that the review says to stop."""
    return _losing("stop", offers[offers["next"] == "stop"])


def change(offers: pd.DataFrame) -> Decision | None:
    """Change the offer that surely loses most among those that the review says to change."""
    return _losing("change", offers[offers["next"] == "change"])


def _losing(code: str, offers: pd.DataFrame) -> Decision | None:
    losing = offers[offers["gain_high"] < 0]
    if losing.empty:
        return None
    lost = {"lost": -losing["gain"], "lost_low": -losing["gain_high"], "lost_high": -losing["gain_low"]}
    most = losing.assign(**lost).loc[losing["gain"].idxmin()]
    found = _of(code, most, "lost")
    # responses that bring nothing lose what they cost, however many are added
    return replace(found, low=None, high=None) if most["worth"] == 0 else found


def repeat(proven: pd.DataFrame) -> Decision | None:
    """Repeat the offer that surely gains most; where no worth is known, the one with the cheapest added responses.

    The cheapest is preferred to the dearest only where their prices surely lie apart.
    """
    gaining = proven[proven["gain_low"] > 0]
    if len(gaining):
        best = gaining.loc[gaining["gain"].idxmax()]
        return _of("repeat_gain", best, "gain", added=best["added"])
    ranked = proven[proven["worth"].isna()].sort_values("price", kind="stable")
    if ranked.empty:
        return None
    best, dearest = ranked.iloc[0], ranked.iloc[-1]
    if not (best["price_high"] < dearest["price_low"] and dearest["year_cost"] > 0):
        return _of("repeat", best, "price", added=best["added"])
    spent, facts = float(dearest["year_cost"]), {"other": dearest["name"], "times": dearest["price"] / best["price"]}
    facts |= {f"here{bound}": spent / best[f"price{bound}"] for bound in ("", "_low", "_high")}
    facts |= {f"there{bound}": spent / dearest[f"price{bound}"] for bound in ("", "_low", "_high")}
    return Decision("repeat_cheapest", "campaigns", RANDOMISED, spent, facts={"name": best["name"], **facts})


def tighten(proven: pd.DataFrame) -> Decision | None:
    """Tighten the offer that pays most for responses which would have come anyway, where these surely are the most.

    The control group says how many: what they cost in a year, with the interval of its response rate.
    """
    paid = proven[(proven["response_cost"] > 0) & (proven["contacts_year"] > 0)]
    low, high = wilson(paid["held_responded"], paid["held_out"], level=1 - (1 - LEVEL) / max(len(paid), 1))
    yearly = paid["contacts_year"] * paid["response_cost"]
    paid = paid.assign(lost=yearly * paid["held_rate"], lost_low=yearly * low, lost_high=yearly * high)
    wasting = paid[low / paid["rate"] > _MOST_OF_THEM]
    if wasting.empty:
        return None
    most = wasting.loc[wasting["lost"].idxmax()]
    return _of("tighten", most, "lost", share=most["held_rate"] / most["rate"])


def _of(code: str, offer: pd.Series, money: str, **facts: Any) -> Decision:
    amount, low, high = (float(offer[f"{money}{bound}"]) for bound in ("", "_low", "_high"))
    return Decision(code, "campaigns", RANDOMISED, amount, low, high, {"name": offer["name"], **facts})


def spend_more(stated: Headlines, effects: pd.DataFrame | None) -> Decision | None:
    """Go on with campaigns that surely raised spend while the placebo test found nothing: what that is in a year."""
    effect = find_headline(stated, "60.campaign_effect")
    if effects is None or effect is None or not is_effect_clear(stated):
        return None
    compared = effects[effects["effect"].notna()]
    began = pd.to_datetime(compared["starts_on"])
    recent = compared[began > began.max() - pd.Timedelta(days=365)]
    days = (pd.to_datetime(recent["ends_on"]) - pd.to_datetime(recent["starts_on"])).dt.days + 1
    weeks = float((recent["contacted"] * days / 7).sum())
    evidence = RANDOMISED if compared["comparison"].eq("hold-out").all() else COMPARED
    amount, low, high = (weeks * effect[name] for name in ("value", "low", "high"))
    return Decision("continue", "campaigns", evidence, amount, low, high)


def correct(delivery: pd.DataFrame | None) -> Decision | None:
    """Correct at its source what was quarantined: the amounts that no report contains."""
    if delivery is None or not delivery["rows_quarantined"].sum():
        return None
    amount = float(delivery["amount_quarantined"].dropna().astype(float).abs().sum())
    rows = int(delivery["rows_quarantined"].sum())
    return Decision("correct", "data", COUNTED, amount, facts={"rows": rows}) if amount else None
