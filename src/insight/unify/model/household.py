"""The household class of the model: how two people of one household agree, learned beside matches and strangers."""

from dataclasses import replace

import numpy as np

from insight.unify.model.model import HOUSEHOLD, PLACE, Model, Patterns, is_shared, match_probability
from insight.unify.pairs.blocking import Rule

# share of people of one household who are namesakes, twins, or have the other's date copied
_NAMESAKES = 0.02
_PULL = 0.1
# pairs that the default probabilities count as
_DEFAULT_PAIRS = 50


def household_rules(rules: list[Rule], *, pure: float, most: int) -> list[Rule]:
    """Choose the blocks that hold people who live together: of shared fields alone, nearly free of coincidences."""
    fit = [
        rule
        for rule in rules
        if rule.whole
        and rule.by_chance < pure
        and rule.pairs >= 20
        and set(rule.fields) <= HOUSEHOLD
        and set(rule.fields) & PLACE
    ]
    return sorted(fit, key=lambda rule: (-rule.pairs, rule.name))[:most]


def learn_households(model: Model, rules: list[Rule], blocks: list[Patterns], records: int) -> Model:
    """Learn how often two people of one household agree, and how many such pairs there are.

    In a block of people who share an address or a phone, those whose own fields look like
    strangers' are of the household. Where hardly any are found there are no households in the data.
    """
    start = tuple(
        m if is_shared(comparison) else (1 - _NAMESAKES) * u + _NAMESAKES * m
        for comparison, m, u in zip(model.comparisons, model.m, model.u, strict=True)
    )
    trial = replace(model, u=start)
    seen = [_DEFAULT_PAIRS * first for first in start]
    most = 0.0
    for rule, block in zip(rules, blocks, strict=True):
        used = [i for i, comparison in enumerate(model.comparisons) if not set(comparison.fields) & set(rule.fields)]
        if not any(model.comparisons[i].personal for i in used) or block.total < 20:
            continue
        likely, share = _split(trial, block, used)
        pairs = rule.pairs * (1 - share - rule.by_chance)
        if pairs < max(20, 0.05 * rule.pairs):
            continue
        most = max(most, pairs)
        others = Patterns(block.values, block.counts * (1 - likely))
        for i in used:
            compared = others.counts[others.values[:, i] >= 0].sum()
            seen[i] = seen[i] + compared * others.shares(i, len(start[i]))
    h = tuple((1 - _PULL) * counts / counts.sum() + _PULL * first for counts, first in zip(seen, start, strict=True))
    return replace(model, h=h, household=most / max(records * (records - 1) / 2, 1))


def _split(trial: Model, block: Patterns, used: list[int]) -> tuple[np.ndarray, float]:
    share = 0.5
    for _ in range(50):
        likely = match_probability(trial, block.values, prior=share, used=used)
        share = float(np.clip((likely * block.counts).sum() / block.total, 1e-4, 1 - 1e-4))
    return likely, share
