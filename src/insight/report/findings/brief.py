"""Findings of the brief: the headlines of the other reports as they were stated, and the next step beside them."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from insight.config.parameters import Bilingual
from insight.decide import advice
from insight.decide.advice import Advice, Headlines
from insight.report.finding import NO_CUSTOMERS, Finding, Headline
from insight.report.names import notebook_name
from insight.report.text import chain, text

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
_EFFECT = "60.campaign_effect"
#: What stands large at the top: the first four that there are; an effect that its own report doubts is not among them.
TILES = (
    *("20.customers", "20.best_fifth_share", "40.value_expected", "60.campaign_answers_added", _EFFECT),
    *("50.list_contacts", "20.sales"),
)
#: The answer beneath the title: the first two that there are.
LEAD = (
    *("20.best_fifth_share", "60.campaign_answers_added", _EFFECT),
    *("40.value_expected", "20.quiet_share", "10.rows_accepted"),
)
_IN_WORDS = ("sentence", "label", "note")
#: Reports that explain what moves the figures of the brief.
EXPLAINING = ("20", "40", "60")


def lead(stated: Headlines) -> Finding:
    """Answer in the sentences of the two most important headlines, and state the four that stand large."""
    told = [line.sentence for line in _choose(stated, LEAD)][:2]
    shown = [place for place in TILES if place != _EFFECT or advice.is_effect_clear(stated)]
    tiles = [line for line in _choose(stated, shown) if line.label][:4]
    return Finding("brief.lead", headlines=tiles, words={"lead": chain("brief.two_sentences", told)} if told else {})


def part(stated: Headlines, name: str, *steps: Advice) -> Iterator[Finding]:
    """Repeat the headlines of one part of the brief as they were stated, then give the advice."""
    lines = list(_choose(stated, PARTS[name]))
    for line in lines:
        yield Finding("brief.line", words={"says": line.sentence})
    if not lines:
        yield Finding("brief.nothing")
    told = [text(f"brief.advice.{step.code}", **step.facts) for step in steps]
    yield Finding("brief.advice", words={"so_what": chain("brief.two_sentences", told)})


def unknown(stated: Headlines) -> Iterator[Finding]:
    """Repeat what the reports say they could not tell, each once, and say what records of purchases never tell."""
    told: set[str] = set()
    for report, lines in stated.items():
        for line in lines:
            if line["value"] is None and line["sentence"]["en"] not in told:
                told.add(line["sentence"]["en"])
                facts = {"report": notebook_name(report), "sentence": Bilingual(**line["sentence"])}
                yield Finding("brief.unknown", facts)
    campaigns = advice.find_headline(stated, _EFFECT) is not None
    yield Finding("brief.never_known", variants={"caution": "campaigns" if campaigns else "purchases"})


def reports(stated: Headlines) -> Finding:
    """List the reports behind the brief with how many figures each states, and say which to read first."""
    rows = [(report[:2], notebook_name(report), len(lines)) for report, lines in stated.items()]
    names = [notebook_name(report) for report in stated if report[:2] in EXPLAINING]
    return Finding(
        "brief.reports",
        {"names": names},
        table=pd.DataFrame(rows, columns=["number", "report", "figures"]),
        counts=NO_CUSTOMERS,
        variants={"so_what": "explained" if names else "stated"},
    )


def _choose(stated: Headlines, places: Sequence[str]) -> Iterator[Headline]:
    """Give the headlines at these places that there are, in this order, in the words of their reports."""
    for place in places:
        line = advice.find_headline(stated, place)
        if line is not None:
            words: dict[str, Any] = {key: Bilingual(**line[key]) for key in _IN_WORDS if line.get(key)}
            yield Headline(line["name"], line["value"], line["unit"], line["low"], line["high"], **words)
