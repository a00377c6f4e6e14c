"""The recall of a set of blocking rules as the model expects it, without labels."""

from collections.abc import Iterator

import numpy as np

from insight.unify.model.model import Model
from insight.unify.pairs.blocking import Rule, begins

_FIELDS = 9
# share of values that are alike but not the same and still begin the same
_SAME_BEGINNING = 0.7
# a rule is kept if one in this many of its pairs is a true pair that no narrower rule finds
_WORTH = 5_000
# pairs that are scored in seconds, and are taken without asking
_FREE = 1_000_000


# without one of these, sharing two things is living in the same town
_TELLING = {"family_name", "family_name 3", "phone", "street", "address", "code"}


class Outcomes:
    """Every way in which the fields of a true pair can agree, and how likely each is.

    A field of a true pair agrees wholly, at its beginning, or not, independently of the others, as
    often as it is filled on both sides and the model's ``m`` says.

    Parameters
    ----------
    filled
        Share of all pairs in which both records have something to compare, per comparison.
    """

    def __init__(self, model: Model, rules: list[Rule], *, filled: np.ndarray) -> None:
        counts: dict[str, int] = {}
        for rule in rules:
            for name in rule.fields:
                counts[name] = counts.get(name, 0) + 1
        self._fields = sorted(counts, key=lambda name: (-counts[name], name))[:_FIELDS]
        chances = [_chances(model, name, filled) for name in self._fields]
        grid = np.indices((3,) * len(self._fields)).reshape(len(self._fields), 3 ** len(self._fields))
        self._states = grid
        self.weight = np.ones(grid.shape[1])
        for each, row in zip(chances, grid, strict=True):
            self.weight *= np.array(each)[row]
        self.missed = np.ones(grid.shape[1], bool)

    def knows(self, rule: Rule) -> bool:
        """Whether all fields of the rule are among those that are followed."""
        return set(rule.fields) <= set(self._fields)

    def gain(self, rule: Rule) -> float:
        """Give the share of true pairs that this rule finds and no rule before it did."""
        return float(self.weight[self.missed & self._fires(rule)].sum())

    def add(self, rule: Rule) -> None:
        """Count a rule's true pairs as found."""
        self.missed &= ~self._fires(rule)

    def _fires(self, rule: Rule) -> np.ndarray:
        fires = np.ones(self._states.shape[1], bool)
        for key, name in _parts(rule):
            state = self._states[self._fields.index(name)]
            fires &= state == 0 if key == name else state <= 1
        return fires


def _parts(rule: Rule) -> Iterator[tuple[str, str]]:
    """Give each key of a rule with its field; names in any order are two whole fields."""
    for name in rule.fields:
        keys = [key for key in rule.keys if begins(key, name)]
        yield (keys[0] if keys else name), name


def _chances(model: Model, name: str, filled: np.ndarray) -> tuple[float, float, float]:
    for i, comparison in enumerate(model.comparisons):
        if name in comparison.fields:
            same = float(model.m[i][-1] * filled[i])
            alike = float(model.m[i][1:-1].sum() * filled[i]) * _SAME_BEGINNING
            return same, alike, 1 - same - alike
    return 0.5, 0.1, 0.4


def expected_recall(outcomes: Outcomes, rules: list[Rule]) -> float:
    """Give the share of true pairs that at least one of the rules finds."""
    for rule in rules:
        if outcomes.knows(rule):
            outcomes.add(rule)
    return float(outcomes.weight[~outcomes.missed].sum())


def choose_rules(
    rules: list[Rule], outcomes: Outcomes, *, matches: float, per_rule: float, altogether: float
) -> list[Rule]:
    """Choose the rules that find enough new true pairs for the pairs they cost, within the bounds.

    Single keys come first, then pairs of keys that name a person, the narrowest first; households last.

    Parameters
    ----------
    matches
        How many true pairs there are, by the model.
    per_rule, altogether
        Most pairs.
    """
    chosen: list[Rule] = []
    for rule in sorted(rules, key=lambda rule: (len(rule.keys) > 1, not rule.personal, rule.pairs, rule.name)):
        if not rule.pairs or rule.pairs > per_rule or not (rule.personal or set(rule.keys) & _TELLING):
            continue
        left = [other for other in chosen if not rule.holds(other)]
        total = rule.pairs + sum(other.pairs for other in left)
        worth = not outcomes.knows(rule) or outcomes.gain(rule) * matches * _WORTH >= rule.pairs
        if (worth or total <= _FREE) and total <= altogether:
            chosen = [*left, rule]
            if outcomes.knows(rule):
                outcomes.add(rule)
    return chosen
