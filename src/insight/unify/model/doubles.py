"""How often one source system holds a person twice: learned from the weighed pairs, without being told."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from insight.unify.model.model import posterior

# pairs that the common share of true pairs counts as
_DEFAULT_PAIRS = 10
_STEPS = 30
# a system holds hardly anybody twice where it does so a fourth as often as records meet on average, in doublings
_RARE = -2.0


@dataclass(frozen=True)
class Doubles:
    """How much sooner, in doublings of the odds, two records of each system are one person; last, of two systems."""

    system: np.ndarray
    shift: np.ndarray

    def of(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Give it for pairs of records."""
        one = self.system[left]
        return self.shift[np.where(one == self.system[right], one, len(self.shift) - 1)]


def learn_doubles(pairs: pd.DataFrame, system: np.ndarray, *, prior: float) -> Doubles:
    """Learn how often systems hold one person, within each system and across them.

    A system that gives everybody one number holds hardly anybody twice: two of its records that look alike
    are sooner two people, as twins are, and a person's other records are those of other systems. The share of true
    pairs among all is learned for each kind by expectation maximisation, and keeps its mean.

    Parameters
    ----------
    pairs
        With ``weight``, ``household`` and ``probability``, as `Scale.weigh` gives them.
    system
        The number of each record's source system.
    prior
        The share of true pairs among all pairs.

    """
    sizes = np.bincount(system).astype(float)
    if len(sizes) < 2 or not len(pairs):
        return Doubles(system, np.zeros(len(sizes) + 1))
    one, other = (system[pairs[side].to_numpy()] for side in ("left", "right"))
    kind = np.where(one == other, one, len(sizes))
    expected = prior * np.append(sizes * (sizes - 1) / 2, (sizes.sum() ** 2 - (sizes**2).sum()) / 2)
    shift = np.zeros(len(expected))
    for _ in range(_STEPS):
        found = np.bincount(kind, weights=_probability(pairs, shift[kind]), minlength=len(expected))
        ratio = (found + _DEFAULT_PAIRS) / (expected + _DEFAULT_PAIRS)
        # rounded, so that the last digit of an engine's float never decides
        better = np.round(np.log2(ratio * expected.sum() / (ratio * expected).sum()), 6)
        if np.array_equal(better, shift):
            break
        shift = better
    return Doubles(system, shift)


def with_doubles(pairs: pd.DataFrame, doubles: Doubles) -> pd.DataFrame:
    """Give pairs by what is known of the doubles of their systems.

    Returns
    -------
    DataFrame
        With ``weight`` and ``probability`` renewed, and ``contradicts``: of one system that holds hardly
        anybody twice, and sooner two people than one.
    """
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    shift = doubles.of(left, right)
    if not doubles.shift.any():
        return pairs.assign(contradicts=False)
    probability = _probability(pairs, shift)
    contradicts = (doubles.system[left] == doubles.system[right]) & (shift < _RARE) & (probability < 0.5)
    return pairs.assign(weight=pairs["weight"] + shift, probability=probability, contradicts=contradicts)


def _probability(pairs: pd.DataFrame, shift: np.ndarray) -> np.ndarray:
    return posterior(pairs["weight"].to_numpy() + shift, pairs["household"].to_numpy())
