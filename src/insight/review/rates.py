"""Response rates of contacted and held out over rounds of an offer, and their difference with its interval.

Rounds count by the customers contacted. Those too small to be read by themselves count together as many as they
contacted, shared out by what each can tell (Mantel-Haenszel weights [1]_): none is dropped, and rounds with unequal
control groups are not mixed up.

References
----------
.. [1] Greenland and Robins (1985), Estimation of a Common Effect Parameter from Sparse Follow-up Data, Biometrics
   41(1), 55-68.
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from insight.intervals import LEVEL, difference_of_shares

#: Contacted, or held out, below which a round is not read by itself.
MIN_GROUP = 30


class Difference(NamedTuple):
    """Response rates of contacted and held out, and what contacts add, with its interval.

    ``contacted_size`` and ``held_size`` are the customers that rates of so many equal rounds would be as sure of.
    """

    rate: float
    held_rate: float
    added: float
    low: float
    high: float
    contacted_size: float
    held_size: float


def by_side(treated: Any, responded: Any) -> dict[str, Any]:
    """Say who is counted as what where some were contacted and others held out: conditions, by columns or arrays.

    Examples
    --------
    >>> counted = by_side(np.array([True, True, False]), np.array([True, False, False]))
    >>> {name: int(who.sum()) for name, who in counted.items()}
    {'contacted': 2, 'held_out': 1, 'responded': 1, 'held_responded': 0}
    """
    return {
        "contacted": treated,
        "held_out": ~treated,
        "responded": treated & responded,
        "held_responded": ~treated & responded,
    }


def compare_rounds(rounds: pd.DataFrame, *, level: float = LEVEL) -> Difference:
    """Compare the sides of one or several rounds of one offer.

    Parameters
    ----------
    rounds
        One row each: ``contacted, held_out, responded, held_responded``; some of both sides in one of them at least.

    Examples
    --------
    >>> one = pd.DataFrame({"contacted": [400], "held_out": [100], "responded": [80], "held_responded": [10]})
    >>> [round(value, 3) for value in compare_rounds(one)[:5]]
    [0.2, 0.1, 0.1, 0.018, 0.163]
    """
    both = rounds[(rounds["contacted"] > 0) & (rounds["held_out"] > 0)]
    sides, counts = ["contacted", "held_out"], both[["responded", "held_responded"]].to_numpy(float).T
    found = compare_draws(*both[sides].to_numpy(float).T, *counts[:, None], level=level)
    return Difference(*(float(np.ravel(part)[0]) for part in found))


def compare_draws(
    n: np.ndarray, m: np.ndarray, responded: np.ndarray, kept: np.ndarray, *, level: float = LEVEL
) -> tuple[np.ndarray, ...]:
    """Compare the sides of the same rounds, drawn many times: the parts of `Difference`, one value each per draw.

    Parameters
    ----------
    n, m
        Contacted and held out, by round.
    responded, kept
        Responses of both sides: draws down, rounds across.
    """
    weight = _weights(n, m)
    rate, held_rate = responded / n @ weight, kept / m @ weight
    size, held_size = (float(1 / (weight**2 / side).sum()) for side in (n, m))
    low, high = difference_of_shares(rate * size, size, held_rate * held_size, held_size, level=level)
    return rate, held_rate, rate - held_rate, low, high, np.array(size), np.array(held_size)


def _weights(n: np.ndarray, m: np.ndarray) -> np.ndarray:
    small, tells = (n < MIN_GROUP) | (m < MIN_GROUP), n * m / (n + m)
    weight = n.copy()
    if small.any():
        weight[small] = n[small].sum() * tells[small] / tells[small].sum()
    return weight / weight.sum()


def can_be_read(rounds: pd.DataFrame) -> bool:
    """Say whether rounds have enough customers on either side, together."""
    both = rounds[(rounds["contacted"] > 0) & (rounds["held_out"] > 0)]
    return bool(both[["contacted", "held_out"]].sum().ge(MIN_GROUP).all()) and len(both) > 0


def combine(values: np.ndarray, lows: np.ndarray, highs: np.ndarray, weights: np.ndarray) -> tuple[float, float, float]:
    """Add up independent estimates by weights, with the interval of the sum [1]_.

    References
    ----------
    .. [1] Zou and Donner (2008), Construction of Confidence Limits about Effect Measures: A General Approach,
       Statistics in Medicine 27(10), 1693-1702.

    Examples
    --------
    >>> combine(np.array([1.0, 1.0]), np.array([0.0, 0.0]), np.array([2.0, 2.0]), np.array([0.5, 0.5]))[0]
    1.0
    """
    total = float(values @ weights)
    low, high = (float(np.sqrt(np.square(weights * (values - side)).sum())) for side in (lows, highs))
    return total, total - low, total + high
