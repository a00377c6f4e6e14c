"""Advice to the board, decided from the headlines of the reports: a code each, with the figures that it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: Headlines by report, as `Workspace.headlines` reads them.
Headlines = Mapping[str, Sequence[Mapping[str, Any]]]
_PLAIN_MODELS = ("40.churn_auc_logistic", "40.churn_auc_p_alive")
_CHANCE = 0.5  # AUC of a ranking at random


@dataclass(frozen=True)
class Advice:
    """A next step: its code in the catalogue of words, and the figures that the words need."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def find_headline(headlines: Headlines, place: str) -> Mapping[str, Any] | None:
    """Find a headline by number of the report and name; none when it was not made or holds no value.

    Examples
    --------
    >>> find_headline({"20_customer_profile": [{"name": "customers", "value": 7}]}, "20.customers")["value"]
    7
    """
    number, _dot, name = place.partition(".")
    for report, lines in headlines.items():
        for line in lines:
            if report.startswith(number) and line["name"] == name and line["value"] is not None:
                return line
    return None


def advise_on_data(headlines: Headlines) -> Advice:
    """Decide what to do about quarantined rows."""
    quarantined = _value(headlines, "10.rows_quarantined")
    return Advice("correct_quarantined", {"rows": quarantined}) if quarantined else Advice("nothing_quarantined")


def advise_on_customers(headlines: Headlines) -> Advice:
    """Decide which customers come first."""
    best, quiet = _value(headlines, "20.best_fifth_share"), _value(headlines, "20.quiet_share")
    return (
        Advice("best_first", {"share": best, "quiet": quiet}) if None not in (best, quiet) else Advice("few_customers")
    )


def advise_on_future(headlines: Headlines) -> Advice:
    """Decide how far churn probabilities can be used, and whether a plain model does as well as the chosen one.

    A ranking is advised only where the whole interval of its AUC lies above chance.
    """
    auc = find_headline(headlines, "40.churn_auc")
    if auc is None:
        return Advice("no_forecast")
    plain = [line for place in _PLAIN_MODELS if (line := find_headline(headlines, place)) and line["low"] > _CHANCE]
    best = max((line["value"] for line in plain), default=None)
    if best is not None and auc["low"] <= best:
        return Advice("plain_model", {"plain": best, "auc": auc["value"]})
    return Advice("rank_by_churn" if auc["low"] > _CHANCE else "no_ranking", {"auc": auc["value"]})


def advise_on_campaigns(headlines: Headlines) -> list[Advice]:
    """Decide what to learn from past campaigns, and whether the contact list goes out.

    A list is advised only where its model ranks significantly better than popularity.
    """
    contacts = _value(headlines, "50.list_contacts")
    lead = find_headline(headlines, "50.map_at_k_lead")
    is_aimed = lead is None or lead["low"] > 0
    send = [Advice("send_list", {"contacts": contacts})] if contacts and is_aimed else []
    if find_headline(headlines, "60.campaign_effect") is None:
        return send or [Advice("start_control_group")]
    added = find_headline(headlines, "60.campaign_answers_added")
    if is_effect_clear(headlines):
        learn = Advice("confirm_effect")
    elif added and added["low"] > 0:
        learn = Advice("plan_with_responses", {"points": 100 * added["value"]})
    else:
        learn = Advice("do_not_plan")
    return [learn, *send]


def is_effect_clear(headlines: Headlines) -> bool:
    """Say whether campaigns raised spend significantly while their placebo test found nothing."""
    effect, placebo = (
        find_headline(headlines, f"60.{name}") for name in ("campaign_effect", "campaign_effect_placebo")
    )
    return bool(effect and effect["low"] > 0 and placebo and placebo["low"] <= 0 <= placebo["high"])


def _value(headlines: Headlines, place: str) -> Any:
    line = find_headline(headlines, place)
    return None if line is None else line["value"]
