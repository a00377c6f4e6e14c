"""A shallow decision tree that reproduces the groups, as rules of which every customer meets exactly one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier

from insight.errors import Unavailable, unless_unavailable
from insight.intervals import wilson
from insight.segment.rules.columns import Column, choose_columns, look

DEPTH, KEPT_BACK = 5, 1 / 3  # levels of the tree at most; share of the customers that it is tested on


@dataclass(frozen=True)
class Limits:
    """What a rule asks of one column: more than ``over``, and not more than ``at_most``; None where it is not asked."""

    over: float | None = None
    at_most: float | None = None

    def hold(self, values: np.ndarray) -> np.ndarray:
        """Say of which values they hold."""
        held = np.ones(len(values), dtype=bool)
        if self.over is not None:
            held &= values > self.over
        return held if self.at_most is None else held & (values <= self.at_most)


@dataclass(frozen=True)
class Rule:
    """Who is in a group: the limits of some columns, all of which hold."""

    group: str
    limits: Mapping[Column, Limits] = field(hash=False)

    def holds(self, values: Mapping[Column, np.ndarray]) -> np.ndarray:
        """Say of which customers it holds."""
        held = np.ones(len(next(iter(values.values()))), dtype=bool)
        for column, limits in self.limits.items():
            held &= limits.hold(values[column])
        return held


@dataclass(frozen=True)
class RuleSet:
    """Rules as learned, and how well they reproduce the groups.

    Attributes
    ----------
    rules
        Every customer meets one of them.
    fidelity, low, high
        Share of the customers kept back whom the rules put into their group, with its 95% interval (Wilson).
    kept_back
        Customers whom the rules were not learned from.
    depth
        Levels of the tree.
    """

    rules: tuple[Rule, ...]
    fidelity: float
    low: float
    high: float
    kept_back: int
    depth: int

    @property
    def rules_count(self) -> int:
        """Count the rules."""
        return len(self.rules)

    @property
    def columns(self) -> tuple[Column, ...]:
        """Name the columns that any rule looks at."""
        return tuple(dict.fromkeys(column for rule in self.rules for column in rule.limits))

    def apply(self, profile: pd.DataFrame, counts: pd.DataFrame, credit: pd.DataFrame) -> pd.Series:
        """Give the number, from 0 on, of the rule that each customer meets."""
        values = look(self.columns, profile, counts, credit)
        return pd.Series(_which(self.rules, values, len(profile)), index=profile.index, name="rule")

    def groups_of(self, rule: pd.Series) -> pd.Series:
        """Give the groups that rules stand for."""
        return rule.map(dict(enumerate(rule.group for rule in self.rules))).rename("group")


@unless_unavailable
def learn_rules(
    scaled: pd.DataFrame,
    profile: pd.DataFrame,
    group: pd.Series,
    counts: pd.DataFrame,
    credit: pd.DataFrame,
    *,
    smallest: int,
    seed: int,
) -> RuleSet | Unavailable:
    """Learn the rules that reproduce groups, from two in three customers, and test them on the others.

    Parameters
    ----------
    scaled
        Traits that the groups were made of.
    profile, counts, credit
        Of the customers, as the traits were made of them.
    group
        Group of each customer.
    smallest
        Customers that a rule must hold of, at least, of those it is learned from.
    seed
        Of the draw of those who are kept back.

    Returns
    -------
    RuleSet
        Unavailable where there is one group only, or too few customers.
    """
    is_kept = np.random.default_rng(seed).permutation(len(group)) < len(group) * KEPT_BACK
    known = group[~is_kept]
    if group.nunique() < 2 or len(known) < 2 * smallest:
        return Unavailable("segment", "alike")
    values = look(choose_columns(scaled, profile, counts, known), profile, counts, credit)
    columns, table = list(values), np.column_stack(list(values.values()))
    tree = DecisionTreeClassifier(
        criterion="entropy", max_depth=DEPTH, min_samples_leaf=smallest, random_state=seed
    ).fit(table[~is_kept], known)
    rules = tuple(Rule(letter, limits) for letter, limits in _leaves(tree, columns))
    which = _which(rules, {column: table[is_kept, at] for at, column in enumerate(columns)}, int(is_kept.sum()))
    right = int((np.array([rule.group for rule in rules])[which] == group[is_kept].to_numpy()).sum())
    kept_back = int(is_kept.sum())
    low, high = wilson(right, kept_back)
    return RuleSet(rules, right / kept_back, float(low), float(high), kept_back, int(tree.get_depth()))


def _which(rules: tuple[Rule, ...], values: Mapping[Column, np.ndarray], customers: int) -> np.ndarray:
    found = np.zeros(customers, dtype=np.int64)
    for number, rule in enumerate(rules[1:], start=1):
        found[rule.holds(values)] = number
    return found


def _leaves(fitted: Any, columns: list[Column]) -> Iterator[tuple[str, dict[Column, Limits]]]:
    """Walk to the leaves, with limits that can be read; two sides that say the same are one."""
    tree, letters = fitted.tree_, fitted.classes_

    def letter(node: int) -> str:
        return str(letters[tree.value[node][0].argmax()])

    def says_one_thing(node: int) -> bool:
        return tree.feature[node] < 0 or (
            letter(tree.children_left[node]) == letter(tree.children_right[node])
            and says_one_thing(tree.children_left[node])
            and says_one_thing(tree.children_right[node])
        )

    def walk(node: int, limits: dict[Column, Limits]) -> Iterator[tuple[str, dict[Column, Limits]]]:
        if says_one_thing(node):
            yield letter(node if tree.feature[node] < 0 else tree.children_left[node]), limits
            return
        column, sides = columns[tree.feature[node]], (tree.children_left[node], tree.children_right[node])
        limit = _readable(tree.threshold[node], column)
        known = limits.get(column, Limits())
        yield from walk(sides[0], limits | {column: Limits(known.over, limit)})
        yield from walk(sides[1], limits | {column: Limits(limit, known.at_most)})

    yield from walk(0, {})


def _readable(limit: float, column: Column) -> float:
    """Round a limit to what is shown of it: a tenth of a percent, or three figures.

    Examples
    --------
    >>> _readable(0.12345, Column("share", ("tea",))), _readable(1234.5, Column("basket"))
    (0.123, 1230.0)
    """
    return round(float(limit), 3) if column.is_share else float(f"{limit:.3g}")
