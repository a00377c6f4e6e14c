"""How well a ranking puts first what customers then bought, with an interval over customers."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Estimate:
    """A mean over customers with the interval that it lies in with 95% confidence."""

    value: float
    low: float
    high: float
    customers: int


def rank_groups(scores: np.ndarray) -> np.ndarray:
    """Order the columns of each row from the highest score to the lowest; ties keep the columns' order.

    Examples
    --------
    >>> rank_groups(np.array([[0.1, 0.9, 0.9]])).tolist()
    [[1, 2, 0]]
    """
    return np.argsort(-scores, axis=1, kind="stable")


def average_precision(scores: np.ndarray, bought: np.ndarray, *, k: int) -> np.ndarray:
    """Give each customer's average precision at ``k``; missing for those who bought nothing.

    Parameters
    ----------
    scores
        One row per customer, one column per product group. ``-inf`` marks what must not be
        ranked; such a group counts neither as offered nor as bought.
    bought
        The same shape, whether the customer bought from the group afterwards.
    k
        How many groups from the top count.

    Returns
    -------
    ndarray
        Sum over the first ``k`` places of the precision up to there, where the place was right,
        divided by the most right places there could be: ``min(k, groups bought)``. Its mean is MAP@k.

    Examples
    --------
    Right on the first and third of three places, of two groups bought: (1/1 + 2/3) / 2.

    >>> average_precision(np.array([[3.0, 2, 1]]), np.array([[True, False, True]]), k=3).round(4)
    array([0.8333])
    """
    allowed = scores > -np.inf
    relevant = bought & allowed
    right = np.take_along_axis(relevant, rank_groups(scores), axis=1)[:, :k]
    places = np.arange(1, right.shape[1] + 1)
    gained = (right * np.cumsum(right, axis=1) / places).sum(axis=1)
    possible = np.minimum(relevant.sum(axis=1), k)
    return np.divide(gained, possible, out=np.full(len(scores), np.nan), where=possible > 0)


def hits(scores: np.ndarray, bought: np.ndarray, *, k: int) -> np.ndarray:
    """Say whether any of a customer's first ``k`` groups was bought; missing for those who bought nothing.

    Examples
    --------
    >>> hits(np.array([[3.0, 2, 1], [3, 2, 1]]), np.array([[0, 0, 1], [0, 1, 0]], bool), k=2).tolist()
    [0.0, 1.0]
    """
    relevant = bought & (scores > -np.inf)
    right = np.take_along_axis(relevant, rank_groups(scores), axis=1)[:, :k].any(axis=1)
    return np.where(relevant.any(axis=1), right.astype(float), np.nan)


def estimate_mean(values: np.ndarray, *, seed: int, rounds: int = 1000) -> Estimate | None:
    """Average over customers with a bootstrap interval (percentiles 2.5 and 97.5); none when nobody counts.

    Missing values are left out. Give a difference of two rankings' values for a paired comparison.

    Examples
    --------
    >>> estimate_mean(np.array([1.0, 1.0, np.nan]), seed=1)
    Estimate(value=1.0, low=1.0, high=1.0, customers=2)
    """
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    rng = np.random.default_rng(seed)
    draws = [known[rng.integers(len(known), size=len(known))].mean() for _ in range(rounds)]
    low, high = np.percentile(draws, [2.5, 97.5])
    return Estimate(float(known.mean()), float(low), float(high), len(known))
