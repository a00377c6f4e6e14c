"""Findings of notebook 30: the if-then rules that reproduce the groups."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from insight.report.finding import Finding, Headline, finding
from insight.report.findings.segment import group_label
from insight.segment.rules.columns import Column
from insight.segment.rules.tree import Limits, RuleSet
from insight.words.names import delivered_name
from insight.words.numerals import NOTHING, number, percent
from insight.words.text import FORMATS, Text, chain, listing, text, word

_NAMED, FAITHFUL = 3, 0.9  # categories of a condition that are named; fidelity from which rules stand in for groups


@finding(headlines={"tree_fidelity": "share"})
def rules(found: RuleSet, rule: pd.Series, described: pd.DataFrame) -> Finding:
    """Lay out the rule of each group that most customers meet, and say how well all reproduce the groups.

    Parameters
    ----------
    found
        From `insight.segment.rules.tree.learn_rules`.
    rule
        The rule that each customer meets, from `RuleSet.apply`.
    described
        The groups, from `insight.segment.groups.describe_groups`.
    """
    labels = {row.group: group_label(row.group, row.traits) for row in described.itertuples()}
    met = rule.value_counts().reindex(range(len(found.rules)), fill_value=0).sort_index()
    of = [one.group for one in found.rules]
    first = sorted(met.groupby(of).idxmax(), key=lambda place: str(labels[of[place]]))
    rows: list[tuple[Any, ...]] = [
        (labels[of[place]], _conditions(place + 1, found.rules[place].limits), met[place]) for place in first
    ]
    if len(first) < len(found.rules):
        rows.append((NOTHING, text("segment.rules.others"), met.sum() - met[first].sum()))
    table = pd.DataFrame(rows, columns=["group", "when", "customers"])
    return Finding(
        "segment.rules",
        table=table,
        rounded=True,
        variants={"so_what": "faithful" if found.fidelity >= FAITHFUL else "rough"},
        headlines=[Headline("tree_fidelity", found.fidelity, "share", found.low, found.high)],
    )


def _conditions(rule: int, limits: Mapping[Column, Limits]) -> Text:
    said = [_condition(rule, column, asked) for column, asked in limits.items()]
    return chain("segment.rule.and", said or [word("segment.rule", "always")])


def _condition(rule: int, column: Column, asked: Limits) -> Text:
    how = "between" if None not in (asked.over, asked.at_most) else "over" if asked.over is not None else "at_most"
    ends = {"low": asked.over, "high": asked.at_most}
    shown = {end: _in_unit(column, value) for end, value in ends.items() if value is not None}
    return text(f"segment.rule.{how}", rule=rule, trait=_called(column), **shown)


def _in_unit(column: Column, value: float) -> Any:
    if column.is_share:
        return percent(value, digits=1)
    return FORMATS["money"](value) if column.trait == "basket" else number(value)


def _called(column: Column) -> Text:
    if column.others:
        return text("segment.rule.rather", some=_named(column.some), others=_named(column.others))
    if column.some:
        return text("segment.trait.category.axis", category=_named(column.some))
    return text(f"segment.trait.{column.trait.removesuffix('_share')}.axis")


def _named(categories: tuple[str, ...]) -> Any:
    """Name categories, the most telling first; of many the first ones."""
    named = [delivered_name(category) for category in categories[:_NAMED]]
    return listing([*named, *([word("segment.rule", "more")] if len(categories) > _NAMED else [])])
