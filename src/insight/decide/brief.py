"""Which headlines of the other reports the brief repeats, and in which order."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

#: What each part of the brief says, by number of the report and name of the headline, in this order.
PARTS = {
    "customers": ("20.best_fifth_share", "20.quiet_share", "30.groups"),
    "future": ("40.churn_rate", "40.spend_at_risk", "40.value_expected", "45.margin_expected", "72.expected_loss"),
    "campaigns": (
        "60.campaign_answers_added",
        "60.campaign_effect",
        "50.list_contacts",
        "50.list_buyers",
        "50.list_gain",
    ),
    "data": ("10.rows_accepted", "10.rows_quarantined"),
}
#: Headlines of what is left after costs, and of what campaigns brought.
MARGINS, EFFECT = ("45.margin_expected", "50.list_gain"), "60.campaign_effect"
#: Figures that a report shows with their change, by its number, if they are stated.
CHANGES = {
    "20": ("buyers", "net_spend", "spend_per_buyer", "purchases", "new_customers", "gone_quiet"),
    "30": ("buyers", "net_spend", "spend_per_buyer"),
    "40": ("gone_quiet", "new_customers", "net_spend"),
    "50": ("purchases", "spend_per_buyer", "responses"),
    "60": ("responses", "net_spend"),
    "70": ("buyers", "purchases", "net_spend"),
    "80": ("buyers", "net_spend", "spend_per_buyer", "new_customers", "gone_quiet", "responses"),
}
#: Reports that explain what moves the figures of the brief.
EXPLAINING = ("20", "40", "60")

Line = Mapping[str, Any]
#: Headlines by report, as `Workspace.headlines` reads them.
Headlines = Mapping[str, Sequence[Line]]


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


def is_effect_clear(headlines: Headlines) -> bool:
    """Say whether campaigns raised spend significantly while their placebo test found nothing."""
    effect, placebo = (
        find_headline(headlines, f"60.{name}") for name in ("campaign_effect", "campaign_effect_placebo")
    )
    return bool(effect and effect["low"] > 0 and placebo and placebo["low"] <= 0 <= placebo["high"])


def choose(stated: Headlines, places: Sequence[str]) -> list[Line]:
    """Give the headlines at these places that there are, in this order."""
    return [line for place in places if (line := find_headline(stated, place)) is not None]


def what_is_told(stated: Headlines) -> str:
    """Say what the records of a business tell beyond its ``purchases``: what ``campaigns`` brought, or ``margin``."""
    if choose(stated, MARGINS):
        return "margin"
    return "purchases" if find_headline(stated, EFFECT) is None else "campaigns"


def unknown(stated: Headlines) -> Iterator[tuple[str, Line]]:
    """Give the headlines that say why they have no value, each sentence once, with their reports."""
    told: set[str] = set()
    for report, lines in stated.items():
        for line in lines:
            if line["value"] is None and line["sentence"]["en"] not in told:
                told.add(line["sentence"]["en"])
                yield report, line
