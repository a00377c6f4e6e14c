"""Which headlines of the other reports the brief repeats, and in which order."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from insight.decide.advice import Headlines, find_headline, is_effect_clear

#: What each part of the brief says, by number of the report and name of the headline, in this order.
PARTS = {
    "data": ("10.rows_accepted", "10.rows_quarantined", "10.amount_accepted"),
    "customers": ("20.customers", "20.best_fifth_share", "20.quiet_share", "30.groups"),
    "future": ("40.churn_rate", "40.churn_auc", "40.value_expected", "40.value_total_error"),
    "decisions": (
        *("50.list_contacts", "50.list_rehearsed", "60.campaign_response_rate", "60.campaign_answers_added"),
        "60.campaign_effect",
    ),
}
EFFECT = "60.campaign_effect"
#: What stands large at the top, if there is such a headline.
_TILES = (
    *("20.customers", "20.best_fifth_share", "40.value_expected", "60.campaign_answers_added", EFFECT),
    *("50.list_contacts", "20.sales"),
)
#: The answer beneath the title, the same.
_ANSWERS = (
    *("20.best_fifth_share", "60.campaign_answers_added", EFFECT),
    *("40.value_expected", "20.quiet_share", "10.rows_accepted"),
)
#: Figures that a report shows with their change, by its number, if they are stated.
CHANGES = {
    "20": (
        "kpi_buyers",
        "kpi_net_spend",
        "kpi_spend_per_buyer",
        "kpi_purchases",
        "kpi_new_customers",
        "kpi_gone_quiet",
    ),
    "30": ("kpi_buyers", "kpi_net_spend", "kpi_spend_per_buyer"),
    "40": ("kpi_gone_quiet", "kpi_new_customers", "kpi_net_spend"),
    "50": ("kpi_purchases", "kpi_spend_per_buyer", "kpi_responses"),
    "60": ("kpi_responses", "kpi_net_spend"),
    "70": ("kpi_buyers", "kpi_purchases", "kpi_net_spend"),
    "80": (
        "kpi_buyers",
        "kpi_net_spend",
        "kpi_spend_per_buyer",
        "kpi_new_customers",
        "kpi_gone_quiet",
        "kpi_responses",
    ),
}
#: Reports that explain what moves the figures of the brief.
EXPLAINING = ("20", "40", "60")

Line = Mapping[str, Any]


def choose(stated: Headlines, places: Sequence[str]) -> list[Line]:
    """Give the headlines at these places that there are, in this order."""
    return [line for place in places if (line := find_headline(stated, place)) is not None]


def answers(stated: Headlines) -> list[Line]:
    """Give the two most important headlines."""
    return choose(stated, _ANSWERS)[:2]


def tiles(stated: Headlines) -> list[Line]:
    """Give the four headlines that stand large; an effect that its own report doubts is not among them."""
    places = [place for place in _TILES if place != EFFECT or is_effect_clear(stated)]
    return [line for line in choose(stated, places) if line.get("label")][:4]


def unknown(stated: Headlines) -> Iterator[tuple[str, Line]]:
    """Give the headlines that say why they have no value, each sentence once, with their reports."""
    told: set[str] = set()
    for report, lines in stated.items():
        for line in lines:
            if line["value"] is None and line["sentence"]["en"] not in told:
                told.add(line["sentence"]["en"])
                yield report, line
