"""Fellegi and Sunter's model, with a third class for two people of one household.

A pair of records is of one person, of two people who live together, or of strangers. For each class
the model knows how often every degree of likeness is seen: ``m`` for one person, ``h`` for one
household, ``u`` for strangers. Without the middle class a shared surname, address and phone outweigh
a different given name and birth date, and families become one customer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from insight.unify.pairs.comparisons import Comparison

# fields that the people of one household share, and those of them that say where it is
HOUSEHOLD = {"family_name", "street", "house_number", "unit", "locality", "postcode", "address", "phone", "region"}
PLACE = {"street", "address", "phone"}


@dataclass(frozen=True)
class Model:
    """The learned figures; arrays run from the level least alike to the level most alike."""

    comparisons: tuple[Comparison, ...]
    m: tuple[np.ndarray, ...]
    u: tuple[np.ndarray, ...]
    prior: float
    h: tuple[np.ndarray, ...] = ()
    household: float = 0.0
    records: int = 0
    filled: np.ndarray = field(default_factory=lambda: np.empty(0))
    sessions: pd.DataFrame = field(default_factory=pd.DataFrame)

    def described(self) -> pd.DataFrame:
        """Describe the model, one row per level; ``weight`` counts the doublings of the odds that it brings."""
        rows = []
        for comparison, m, u in zip(self.comparisons, self.m, self.u, strict=True):
            for value, level in comparison.numbered():
                rows.append((comparison.name, value, level.likeness, m[value], u[value], np.log2(m[value] / u[value])))
        return pd.DataFrame(rows, columns=["comparison", "level", "likeness", "m", "u", "weight"])

    def as_saved(self) -> dict:
        """Give the parameters as plain data, to score later records without training again."""
        return {
            "comparisons": [comparison.name for comparison in self.comparisons],
            **{name: [each.tolist() for each in getattr(self, name)] for name in ("m", "u", "h")},
            **{name: float(getattr(self, name)) for name in ("prior", "household", "records")},
            "filled": self.filled.tolist(),
        }

    def as_splink(self) -> dict:
        """Write the model as Splink's settings."""
        comparisons = []
        for comparison, m, u in zip(self.comparisons, self.m, self.u, strict=True):
            given = comparison.as_splink()
            for (value, _), level in zip(comparison.numbered(), given["comparison_levels"][1:], strict=True):
                level["m_probability"], level["u_probability"] = float(m[value]), float(u[value])
            comparisons.append(given)
        return {
            "link_type": "dedupe_only",
            "comparisons": comparisons,
            "blocking_rules_to_generate_predictions": [],
            "probability_two_random_records_match": self.prior,
            "retain_matching_columns": False,
        }


@dataclass(frozen=True)
class Patterns:
    """Patterns of agreement, one row each, and how often each was seen; -1 is nothing to compare."""

    values: np.ndarray
    counts: np.ndarray

    @property
    def total(self) -> float:
        """How many pairs there are."""
        return float(self.counts.sum())

    def filled(self) -> np.ndarray:
        """Give the share of pairs that have something to compare, per comparison."""
        return ((self.values >= 0) * self.counts[:, None]).sum(axis=0) / max(self.total, 1)

    def shares(self, number: int, levels: int) -> np.ndarray:
        """Give the share of each level of one comparison among the pairs that have something to compare."""
        seen = self.values[:, number] >= 0
        counts = np.bincount(self.values[seen, number], weights=self.counts[seen], minlength=levels) + 0.5
        return counts / counts.sum()


def is_shared(comparison: Comparison) -> bool:
    """Whether a household has this in common."""
    return bool(set(comparison.fields) & HOUSEHOLD)


def default_m(comparison: Comparison) -> np.ndarray:
    """Give the prior m-probabilities of a comparison's levels."""
    m = np.array([level.m for _, level in reversed(comparison.numbered())])
    return m / m.sum()


def restored(saved: dict, comparisons: list[Comparison], *, records: int) -> Model | None:
    """Give a saved model back, for so many records; None where the fields are no longer the same.

    Every record has about as many others of its person whatever their number, so the share of true
    pairs among all pairs falls as the records grow.
    """
    sizes = [len(comparison.levels) for comparison in comparisons]
    if saved["comparisons"] != [comparison.name for comparison in comparisons] or [len(m) for m in saved["m"]] != sizes:
        return None
    fewer = saved["records"] / max(records, 1)
    return Model(
        tuple(comparisons),
        m=tuple(np.array(each) for each in saved["m"]),
        u=tuple(np.array(each) for each in saved["u"]),
        prior=min(saved["prior"] * fewer, 0.5),
        h=tuple(np.array(each) for each in saved["h"]),
        household=min(saved["household"] * fewer, 0.5),
        records=records,
        filled=np.array(saved["filled"]),
    )


def untrained(comparisons: list[Comparison]) -> Model:
    """Give a model of defaults, for records of which no two share anything."""
    m = tuple(map(default_m, comparisons))
    return Model(
        tuple(comparisons), m, tuple(np.full(len(each), 1 / len(each)) for each in m), 1e-6, filled=np.zeros(len(m))
    )


def default_u(comparison: Comparison) -> np.ndarray:
    """Give the prior u-probabilities of a comparison's levels."""
    levels = len(comparison.levels)
    if levels == 2:
        return np.array([0.5, 0.5])
    u = np.full(levels, 0.02)
    u[-1] = 0.01
    u[0] = 1 - u[1:].sum()
    return u


def gains(
    above: tuple[np.ndarray, ...], below: tuple[np.ndarray, ...], values: np.ndarray, used: Sequence[int]
) -> np.ndarray:
    """Add up each pattern's log ratio of two classes over the comparisons used."""
    total = np.zeros(len(values))
    for i in used:
        # the appended zero is what -1, nothing to compare, finds
        total += np.append(np.log(above[i] / below[i]), 0.0)[values[:, i]]
    return total


def match_probability(
    model: Model, values: np.ndarray, *, prior: float | None = None, used: list[int] | None = None
) -> np.ndarray:
    """Give the probability that pairs of these patterns are of one person rather than of strangers."""
    prior = model.prior if prior is None else prior
    total = np.log(prior / (1 - prior)) + gains(
        model.m, model.u, values, list(range(len(model.m))) if used is None else used
    )
    return 1 / (1 + np.exp(-np.clip(total, -500, 500)))


def posterior(one: np.ndarray, household: np.ndarray) -> np.ndarray:
    """Give the probability of one person from the weights against strangers of one person and of one household."""
    top = np.maximum(np.maximum(one, household), 0)
    return np.round(2 ** (one - top) / (2 ** (one - top) + 2 ** (household - top) + 2 ** (0 - top)), 9)
