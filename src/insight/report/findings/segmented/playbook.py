"""Findings of notebook 30: the playbook, with the customers of each rule."""

from collections.abc import Sequence

import pandas as pd

from insight.profile.tagging.tags import Tag
from insight.report.finding import Finding
from insight.report.findings.segment import trait_name
from insight.segment.playbook import Rule
from insight.words.text import Text, chain, text, word


def playbook(rules: Sequence[Rule], counted: pd.DataFrame, library: Sequence[Tag]) -> Finding:
    """Lay out who should get what, with the customers of each rule; name those that are for nobody here.

    Parameters
    ----------
    rules
        From `insight.segment.playbook.read_playbook`.
    counted
        From `insight.segment.playbook.count`.
    library
        The tags that rules name.
    """
    labels = {tag.id: tag.label for tag in library}
    by_rule = counted.set_index("rule")
    used = [rule for rule in rules if not by_rule.loc[rule.id, "idle"]]
    idle = [
        text("segment.idle.rule", action=rule.action, why=word("segment.idle", by_rule.loc[rule.id, "idle"]))
        for rule in rules
        if by_rule.loc[rule.id, "idle"]
    ]
    table = pd.DataFrame(
        {
            "who": [_who(rule, labels) for rule in used],
            "action": [rule.action for rule in used],
            "channel": [word("segment.channel", rule.channel) for rule in used],
            "owner": [rule.owner for rule in used],
            "reason": [rule.reason for rule in used],
            "customers": [int(by_rule.loc[rule.id, "customers"]) for rule in used],
        }
    )
    return Finding(
        "segment.playbook",
        {"n": int(counted["customers"].sum()), "rules": len(used), "idle": idle},
        table=table,
        rounded=True,
        variants={"says": "idle" if idle else None},
    )


def _who(rule: Rule, labels: dict) -> Text:
    asked = [
        *([text("segment.who.stages", stages=_named("stage", rule.stages))] if rule.stages else []),
        *([text("segment.who.tiers", tiers=_named("tier", rule.tiers))] if rule.tiers else []),
        *(text("segment.who.trait", trait=trait_name(name, side)) for name, side in rule.traits.items()),
        *(text("segment.who.tag", tag=labels[name]) for name in rule.tags),
        *(text("segment.who.without", tag=labels[name]) for name in rule.without_tags),
    ]
    return chain("segment.rule.and", asked or [word("segment.who", "others")])


def _named(kind: str, codes: Sequence[str]) -> object:
    return chain("segment.who.or", [word(f"segment.{kind}", code) for code in codes])
