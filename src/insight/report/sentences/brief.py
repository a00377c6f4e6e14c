"""Sentences of notebook 80: nothing is reckoned here, everything is taken from the headlines of the other reports."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from insight.config.parameters import Bilingual
from insight.report.language import Message, _, count, listing, number, percent
from insight.report.names import notebook_name
from insight.report.tables import Col

Headlines = Mapping[str, Sequence[Mapping[str, Any]]]

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
#: What stands large at the top: the first four that there are.
TILES = (
    "20.customers",
    "20.best_fifth_share",
    "40.value_expected",
    "60.campaign_answers_added",
    "60.campaign_effect",
    "50.list_contacts",
    "20.sales",
)
#: The answer in the lead: the first two that there are.
LEAD = (
    *("20.best_fifth_share", "60.campaign_answers_added", "60.campaign_effect"),
    *("40.value_expected", "20.quiet_share", "10.rows_accepted"),
)


def find(headlines: Headlines, place: str) -> Mapping[str, Any] | None:
    """Find a headline by number of the report and name; none when it was not made or holds no value.

    Examples
    --------
    >>> find({"20_customer_profile": [{"name": "customers", "value": 7}]}, "20.customers")["value"]
    7
    """
    number_of_report, _dot, name = place.partition(".")
    for report, lines in headlines.items():
        for line in lines:
            if report.startswith(number_of_report) and line["name"] == name and line["value"] is not None:
                return line
    return None


def choose(headlines: Headlines, places: Sequence[str], *, at_most: int | None = None) -> list[Mapping[str, Any]]:
    """Give the headlines at these places that there are, in this order."""
    return [line for place in places if (line := find(headlines, place))][:at_most]


def tiles(headlines: Headlines) -> list[dict[str, Any]]:
    """Repeat the most important headlines as the other reports stated them.

    An effect of campaigns that its own report doubts is not put up large.
    """
    places = [place for place in TILES if place != "60.campaign_effect" or _is_clear(headlines)]
    chosen = [line for line in choose(headlines, places) if line.get("label")][:4]
    words = ("sentence", "label", "note")
    return [{key: Bilingual(**value) if key in words else value for key, value in line.items()} for line in chosen]


def said(line: Mapping[str, Any]) -> Bilingual:
    """Give a headline's sentence as it was said."""
    return Bilingual(**line["sentence"])


def lead(headlines: Headlines) -> Any:
    """Answer in the sentences of the two most important headlines."""
    lines = [said(line) for line in choose(headlines, LEAD, at_most=2)]
    if not lines:
        return _("No report has anything to state yet.")
    return lines[0] if len(lines) == 1 else _("{first} {second}", first=lines[0], second=lines[1])


def nothing_here() -> Message:
    """Say that a part of the brief has no report behind it."""
    return _("No report on this could be made from what this business delivers.")


def data_step(headlines: Headlines) -> Message:
    """Say what to do about the data."""
    aside = find(headlines, "10.rows_quarantined")
    if aside and aside["value"]:
        return _(
            "See to the {n} lines that were set aside: the report on the data names file, line and rule for each.",
            n=count(aside["value"]),
        )
    return _("Nothing was set aside, so what follows rests on everything that was delivered.")


def customers_step(headlines: Headlines) -> Message:
    """Say what to do about the customers."""
    best, quiet = find(headlines, "20.best_fifth_share"), find(headlines, "20.quiet_share")
    if best and quiet:
        return _(
            "Look after the best fifth first, who bring {share} of sales: of the {quiet} who have gone quiet, those "
            "among them come first.",
            share=percent(best["value"]),
            quiet=percent(quiet["value"]),
        )
    return _("There are too few customers to tell groups of them apart; look at each one.")


def future_step(headlines: Headlines) -> Message:
    """Say how far the chances to leave can be used."""
    auc = find(headlines, "40.churn_auc")
    if auc is None:
        return _("Nothing can be foreseen from this data yet; collect more weeks, then ask again.")
    plain = [line["value"] for name in ("logistic", "p_alive") if (line := find(headlines, f"40.churn_auc_{name}"))]
    if plain and auc.get("low") is not None and auc["low"] <= max(plain):
        return _(
            "Rank customers by their chance to leave; a plain model does it about as well (AUC {plain}) as the "
            "elaborate one ({auc}), so use whichever is easier to run.",
            plain=number(max(plain), digits=2),
            auc=number(auc["value"], digits=2),
        )
    return _(
        "Rank customers by their chance to leave (AUC {auc}) and weigh it by their value.",
        auc=number(auc["value"], digits=2),
    )


def decisions_step(headlines: Headlines) -> Message:
    """Say what to do about offers and campaigns."""
    contacts, effect = find(headlines, "50.list_contacts"), find(headlines, "60.campaign_effect")
    send = (
        _(
            "The list of {n} contacts is ready: send it with its hold-out once consent is checked.",
            n=count(contacts["value"]),
        )
        if contacts and contacts["value"]
        else None
    )
    if effect is None:
        return send or _("Start the next campaign with a random hold-out, so that what it brings can be measured.")
    added = find(headlines, "60.campaign_answers_added")
    if added and added["low"] > 0 and not _is_clear(headlines):
        learn = _(
            "Keep holding customers out at random: beside them, campaigns add {points} answers for every hundred "
            "contacts, and no change in spending that is clear of chance. Plan with the answers, not with spending.",
            points=number(100 * added["value"], digits=1),
        )
    elif _is_clear(headlines):
        learn = _("Past campaigns seem to have worked; confirm it by a random hold-out before planning with it.")
    else:
        learn = _(
            "Do not plan with a gain from past campaigns: what they brought cannot be told from how customers were "
            "chosen. Hold customers out at random from now on."
        )
    return _("{first} {second}", first=learn, second=send) if send else learn


def _is_clear(headlines: Headlines) -> bool:
    effect, placebo = find(headlines, "60.campaign_effect"), find(headlines, "60.campaign_effect_placebo")
    return bool(effect and effect["low"] > 0 and placebo and placebo["low"] <= 0 <= placebo["high"])


def unknown(headlines: Headlines) -> list[Any]:
    """Collect what the reports say they could not tell, each once, in the order of the reports."""
    told: dict[str, Any] = {}
    for report, lines in headlines.items():
        for line in lines:
            if line["value"] is None:
                told.setdefault(
                    line["sentence"]["en"], _("{report}: {words}", report=notebook_name(report), words=said(line))
                )
    return list(told.values())


def always_unknown(headlines: Headlines) -> Message:
    """Say what records of purchases never tell."""
    if find(headlines, "60.campaign_effect"):
        return _(
            "Purchases say what customers did, not why, and not what they would have done otherwise. Margins and "
            "costs are not among the data, so nothing here is profit."
        )
    return _(
        "Purchases say what customers did, not why. Margins and costs are not among the data, so nothing here is "
        "profit."
    )


def reports(headlines: Headlines) -> pd.DataFrame:
    """List the reports behind the brief: number, name, and how many figures each states."""
    return pd.DataFrame(
        [
            {"number": report[:2], "report": notebook_name(report), "figures": len(lines)}
            for report, lines in headlines.items()
        ],
        columns=["number", "report", "figures"],
    )


def reports_columns() -> dict[str, Col]:
    """Name the columns of `reports`."""
    return {"number": Col(_("No.")), "report": Col(_("Report")), "figures": Col(_("Figures stated"), "count")}


def reports_title() -> Message:
    """Title the list of reports."""
    return _("The reports behind this page")


def reports_so_what(headlines: Headlines) -> Message:
    """Point to the report to read first."""
    names = [notebook_name(report) for report in headlines if report[:2] in ("20", "40", "60")]
    if not names:
        return _("Every figure above is stated and explained in the report of its name.")
    return _(
        "Whoever has ten minutes more reads {names}: what moves the figures above is explained there.",
        names=listing(names),
    )
