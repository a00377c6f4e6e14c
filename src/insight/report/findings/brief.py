"""Findings of the brief: the headlines of the other reports as they were stated, and the next step beside them."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from insight.decide import brief
from insight.decide.advice import Advice, Headlines, find_headline
from insight.report.finding import Finding, Headline
from insight.report.names import notebook_name
from insight.report.stated import Repeated, Stated
from insight.report.text import chain, text

_IN_WORDS = ("sentence", "label", "note")


def lead(stated: Headlines) -> Finding:
    """Answer in the sentences of the two most important headlines, and state the four that stand large."""
    told = [Repeated.of(line, "sentence") for line in brief.answers(stated)]
    tiles = [_repeat(line) for line in brief.tiles(stated)]
    return Finding("brief.lead", headlines=tiles, words={"lead": chain("brief.two_sentences", told)} if told else {})


def part(stated: Headlines, name: str, *steps: Advice) -> Iterator[Finding]:
    """Repeat the headlines of one part of the brief as they were stated, then give the advice."""
    lines = brief.choose(stated, brief.PARTS[name])
    for line in lines:
        yield Finding("brief.line", words={"says": Repeated.of(line, "sentence")})
    if not lines:
        yield Finding("brief.nothing")
    told = [text(f"brief.advice.{step.code}", **step.facts) for step in steps]
    yield Finding("brief.advice", words={"so_what": chain("brief.two_sentences", told)})


def unknown(stated: Headlines) -> Iterator[Finding]:
    """Repeat what the reports say they could not tell, each once, and say what records of purchases never tell."""
    for report, line in brief.unknown(stated):
        facts = {"report": notebook_name(report), "sentence": Repeated.of(line, "sentence")}
        yield Finding("brief.unknown", facts)
    campaigns = find_headline(stated, brief.EFFECT) is not None
    yield Finding("brief.never_known", variants={"caution": "campaigns" if campaigns else "purchases"})


def reports(stated: Headlines) -> Finding:
    """List the reports behind the brief with how many figures each states, and say which to read first."""
    rows = [(report[:2], notebook_name(report), len(lines)) for report, lines in stated.items()]
    names = [notebook_name(report) for report in stated if report[:2] in brief.EXPLAINING]
    return Finding(
        "brief.reports",
        {"names": names},
        table=pd.DataFrame(rows, columns=["number", "report", "figures"]),
        variants={"so_what": "explained" if names else "stated"},
    )


def _repeat(line: brief.Line) -> Headline:
    words: dict[str, Any] = {key: Repeated.of(line, key) for key in _IN_WORDS if line.get(key)}
    what = Stated(**line["what"]) if line.get("what") else None
    return Headline(line["name"], line["value"], line["unit"], line["low"], line["high"], what=what, **words)
