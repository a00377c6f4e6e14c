"""Findings of the brief: what to decide, with money, owner and evidence, and what the other reports state."""

from collections.abc import Iterator, Sequence

import pandas as pd

from insight.decide import brief
from insight.decide.brief import Headlines, find_headline
from insight.decide.decisions import Decision
from insight.report.finding import Finding
from insight.report.tiles import difference, in_unit, span
from insight.words.context import context
from insight.words.names import delivered_name, notebook_name
from insight.words.numerals import NOTHING, money_to_three_figures
from insight.words.stated import Repeated
from insight.words.text import Text, chain, has_text, text, word

_NAMES = ("name", "other")


def lead(stated: Headlines, decided: Sequence[Decision]) -> Finding:
    """Say how the business stands, and how many decisions follow."""
    count = text(f"brief.decided.{'some' if decided else 'none'}", n=len(decided))
    spend = find_headline(stated, "20.kpi_net_spend")
    told = [count] if spend is None else [_stands(spend), count]
    return Finding("brief.lead", words={"lead": chain("brief.two_sentences", told)})


def _stands(spend: brief.Line) -> Text:
    """Say what was spent in the last period, beside the one before and a year before."""
    change, apart = spend["change"], []
    facts = {"value": in_unit(spend["value"], spend["unit"]), **span(change)}
    for name in ("before", "year"):
        if change[name] and (other := difference(spend["value"], change[name]["value"], spend["unit"])):
            apart.append(text(f"kpis.beside.{name}.counted", change=other, weeks=facts["weeks"]))
    return text(f"brief.stands.{'compared' if apart else 'alone'}", apart=chain("brief.and", apart or [""]), **facts)


def decisions(decided: Sequence[Decision], *, first: bool = False) -> Finding:
    """Lay out decisions, or what to measure ``first``: what to do, for how much, by whom, and how sure that is."""
    rows = [_row(one) for one in decided]
    table = pd.DataFrame(rows, columns=["what", "amount", "owner", "sure"]) if rows else None
    return Finding("brief.first" if first else "brief.decisions", table=table, cards=True)


def _row(one: Decision) -> tuple:
    facts = dict(one.facts) | {name: delivered_name(one.facts[name]) for name in _NAMES if name in one.facts}
    for name in ("money", "low", "high"):
        value = getattr(one, name)
        facts[name] = None if value is None else money_to_three_figures(value, context().currency)
    amount = f"brief.amount.{one.code}"
    if one.low is None and has_text(f"{amount}.known"):
        amount += ".known"
    sure = f"brief.sure.{one.evidence}" if one.evidence else f"brief.unsure.{one.code}"
    return (
        text(f"brief.do.{one.code}", **facts),
        text(amount, **facts) if has_text(amount) else NOTHING,
        word("definitions.owner", one.owner),
        text(sure),
    )


def part(stated: Headlines, name: str) -> Finding:
    """Repeat the headlines of one part of the brief as they were stated."""
    told = [Repeated.of(line, "sentence") for line in brief.choose(stated, brief.PARTS[name])]
    return (
        Finding("brief.line", words={"says": chain("brief.two_sentences", told)}) if told else Finding("brief.nothing")
    )


def unknown(stated: Headlines) -> Iterator[Finding]:
    """Repeat what the reports say they could not tell, each once, and say what records of purchases never tell."""
    for report, line in brief.unknown(stated):
        facts = {"report": notebook_name(report), "sentence": Repeated.of(line, "sentence")}
        yield Finding("brief.unknown", facts)
    yield Finding("brief.never_known", variants={"caution": brief.what_is_told(stated)})


def reports(stated: Headlines) -> Finding:
    """List the reports behind the brief with how many figures each states, and say which to read first."""
    named = {report: text("common.report", name=notebook_name(report)) for report in stated}
    rows = [(report[:2], named[report], len(lines)) for report, lines in stated.items()]
    names = [name for report, name in named.items() if report[:2] in brief.EXPLAINING]
    return Finding(
        "brief.reports",
        {"names": names},
        table=pd.DataFrame(rows, columns=["number", "report", "figures"]),
        variants={"so_what": "explained" if names else "stated"},
    )
