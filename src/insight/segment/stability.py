"""Stability of groups: how much a grouping of resampled customers agrees with the first one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from insight.intervals import percentiles, resample

STABLE, AT_WORST = 0.8, 0.5  # mean agreement, and the one that 97.5% of resamples reach, of stable groups


@dataclass(frozen=True)
class Stability:
    """Agreement of a grouping with those of resampled customers.

    Attributes
    ----------
    mean
        Mean adjusted Rand index.
    low, high
        Bounds between which 95% of the resamples lie.
    rounds
        Resamples.
    """

    mean: float
    low: float
    high: float
    rounds: int

    @property
    def is_stable(self) -> bool:
        """Say whether the groups are stable enough to plan by."""
        return is_stable(self.mean, self.low)


def is_stable(agreement: float, low: float) -> bool:
    """Say whether groups are stable over resamples, by the mean agreement and its lower bound.

    Examples
    --------
    >>> is_stable(0.85, 0.72), is_stable(0.85, 0.12)
    (True, False)
    """
    return agreement >= STABLE and low >= AT_WORST


def adjusted_rand(counts: np.ndarray) -> float:
    """Give the adjusted Rand index [1]_ of two groupings from how many are in which group of both.

    Parameters
    ----------
    counts
        Customers by group of the one (rows) and of the other (columns).

    References
    ----------
    .. [1] Hubert and Arabie (1985), Comparing Partitions, Journal of Classification 2, 193-218.

    Examples
    --------
    >>> adjusted_rand(np.array([[0, 5], [5, 0]])), adjusted_rand(np.array([[5, 5], [5, 5]])) < 0
    (1.0, True)
    """
    counts = counts.astype(float)
    n, both = counts.sum(), (counts**2).sum()
    one, other = (counts.sum(axis=1) ** 2).sum(), (counts.sum(axis=0) ** 2).sum()
    together, only_one, only_other = both - n, one - both, other - both
    apart = n**2 - one - other + both
    if only_one == only_other == 0:
        return 1.0
    crossed = (together + only_one) * (only_one + apart) + (together + only_other) * (only_other + apart)
    return float(2 * (together * apart - only_one * only_other) / crossed)


def cross(one: np.ndarray, other: np.ndarray, *, shape: tuple[int, int], times: np.ndarray | None = None) -> np.ndarray:
    """Count by two codes, from 0 on, each as often as it counts.

    Examples
    --------
    >>> cross(np.array([0, 0, 1]), np.array([1, 1, 0]), shape=(2, 2)).tolist()
    [[0.0, 2.0], [1.0, 0.0]]
    """
    return np.bincount(one * shape[1] + other, times, minlength=shape[0] * shape[1]).reshape(shape).astype(float)


def agreement_over_resamples(points: Any, model: Any, *, rounds: int, seed: int, fit: Callable[..., Any]) -> np.ndarray:
    """Group resampled customers again and again, and compare with the first grouping.

    Parameters
    ----------
    points
        What customers are grouped by: has a length.
    model
        The fitted model under test.
    rounds
        Resamples, each of as many customers, drawn with replacement.
    seed
        Start of the draws.
    fit
        Fits the same kind of model to rows of the points: ``fit(points, groups, seed=..., rows=...)``.

    Returns
    -------
    ndarray
        The adjusted Rand index of each round, over all customers: 1 for the same groups, 0 for no more agreement
        than by chance.
    """
    first, shape = model.predict(points), (model.n_clusters, model.n_clusters)
    found = np.empty(rounds)
    for turn, drawn in enumerate(resample(len(points), rounds=rounds, seed=seed)):
        again = fit(points, model.n_clusters, seed=seed + turn, rows=drawn)
        found[turn] = adjusted_rand(cross(first, again.predict(points), shape=shape))
    return found


def summarise_agreement(agreement: np.ndarray, *, level: float = 0.95) -> tuple[float, float, float]:
    """Give the mean agreement and the bounds between which that share of the resamples lies.

    Examples
    --------
    >>> mean, low, high = summarise_agreement(np.array([0.8, 0.9, 1.0]), level=1.0)
    >>> round(mean, 2), round(low, 2), round(high, 2)
    (0.9, 0.8, 1.0)
    """
    return float(agreement.mean()), *percentiles(agreement, level=level)
