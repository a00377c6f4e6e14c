"""Stability of groups: how much a grouping of resampled customers agrees with the first one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import adjusted_rand_score

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


def agreement_over_resamples(points: Any, model: Any, *, rounds: int, seed: int, fit: Callable[..., Any]) -> np.ndarray:
    """Group resampled customers again and again, and compare with the first grouping.

    Parameters
    ----------
    points
        What customers are grouped by: has a length, and gives some of its rows by their numbers.
    model
        The fitted model under test.
    rounds
        Resamples, each of as many customers, drawn with replacement.
    seed
        Start of the draws.
    fit
        Fits the same kind of model: ``fit(points, groups, seed=...)``.

    Returns
    -------
    ndarray
        The adjusted Rand index [1]_ of each round, over all customers: 1 for the same groups,
        0 for no more agreement than by chance.

    References
    ----------
    .. [1] Hubert and Arabie (1985), Comparing Partitions, Journal of Classification 2, 193-218.
    """
    first = model.predict(points)
    found = np.empty(rounds)
    for turn, drawn in enumerate(resample(len(points), rounds=rounds, seed=seed)):
        again = fit(points[drawn], model.n_clusters, seed=seed + turn)
        found[turn] = adjusted_rand_score(first, again.predict(points))
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
