"""How well a ranking puts first what customers then bought, with an interval over customers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from insight.intervals import resample, with_edges


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


def estimate_mean(values: np.ndarray, *, seed: int, rounds: int = 1000, are_shares: bool = False) -> Estimate | None:
    """Average over customers with a bootstrap interval (percentiles 2.5 and 97.5); none when nobody counts.

    Missing values are left out. Give a difference of two rankings' values for a paired comparison. Of values from 0 to
    1 (``are_shares``) that are all 0 or all 1, the interval is Wilson's (`insight.intervals.with_edges`).

    Examples
    --------
    >>> estimate_mean(np.array([1.0, 1.0, np.nan]), seed=1)
    Estimate(value=1.0, low=1.0, high=1.0, customers=2)
    >>> round(estimate_mean(np.array([1.0, 1.0, np.nan]), seed=1, are_shares=True).low, 2)
    0.34
    """
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    draws = [known[drawn].mean() for drawn in resample(len(known), rounds=rounds, seed=seed)]
    low, high = np.percentile(draws, [2.5, 97.5])
    if are_shares:
        low, high = with_edges(known.mean(), len(known), low, high)
    return Estimate(float(known.mean()), float(low), float(high), len(known))


def compare_rankings(
    rankings: Mapping[str, np.ndarray],
    bought: np.ndarray,
    *,
    k: int,
    seed: int,
    allowed: np.ndarray | None = None,
) -> pd.DataFrame:
    """Measure several rankings on the same customers.

    Parameters
    ----------
    rankings
        Scores by name, customers down and groups across.
    bought
        Whether the customer then bought from the group.
    k
        How many groups from the top count.
    seed
        Of the bootstrap over customers.
    allowed
        What may be ranked; everything when not given.

    Returns
    -------
    DataFrame
        One row per ranking: ``ranking, customers`` (who bought any of the groups), ``map, map_low,
        map_high, hits, hits_low, hits_high``, and, paired by customer, ``lead, lead_low, lead_high``: how much higher
        the first ranking's MAP is than this one's, and ``gain, gain_low, gain_high``: how much higher this one's is
        than the last ranking's. Empty when nobody counts.
    """
    if allowed is not None:
        rankings = {name: np.where(allowed, scores, -np.inf) for name, scores in rankings.items()}
    precision = {name: average_precision(scores, bought, k=k) for name, scores in rankings.items()}
    first, *_, last = precision.values()
    rows = []
    for name, scores in rankings.items():
        measures = {
            "map": estimate_mean(precision[name], seed=seed, are_shares=True),
            "hits": estimate_mean(hits(scores, bought, k=k), seed=seed, are_shares=True),
            "lead": estimate_mean(first - precision[name], seed=seed),
            "gain": estimate_mean(precision[name] - last, seed=seed),
        }
        if measures["map"] is not None:
            rows.append({"ranking": name, "customers": measures["map"].customers, **_flat(measures)})
    return pd.DataFrame(rows, columns=["ranking", "customers", *_flat(dict.fromkeys(("map", "hits", "lead", "gain")))])


def _flat(measures: Mapping[str, Estimate | None]) -> dict[str, float | None]:
    return {
        f"{name}{end}": getattr(estimate, part, None)
        for name, estimate in measures.items()
        for end, part in (("", "value"), ("_low", "low"), ("_high", "high"))
    }


def calibration(scores: np.ndarray, bought: np.ndarray, *, bins: int = 10, least: int = 100) -> pd.DataFrame:
    """Compare expected with observed shares of purchases, by tenths of the probability.

    Returns
    -------
    DataFrame
        ``pairs`` (customers times groups), ``expected`` (mean probability), ``observed`` (share
        bought); bins with fewer than ``least`` pairs are left out.

    Examples
    --------
    >>> scores = np.array([[0.05, 0.95], [0.05, 0.95]])
    >>> calibration(scores, np.array([[False, True], [False, True]]), least=1)
       pairs  expected  observed
    0      2      0.05       0.0
    1      2      0.95       1.0
    """
    place = np.minimum((scores * bins).astype(int), bins - 1).ravel()
    pairs = pd.DataFrame({"expected": scores.ravel(), "observed": bought.ravel().astype(float)}).groupby(place)
    found = pairs.mean().assign(pairs=pairs.size())[["pairs", "expected", "observed"]]
    return found[found["pairs"] >= least].reset_index(drop=True)


@dataclass(frozen=True)
class CalibrationError:
    """How far expected shares are from observed ones, in percentage points, weighted by pairs.

    Attributes
    ----------
    gap
        Mean absolute difference.
    bias
        Mean difference: positive where the model expects too much.
    """

    gap: float
    bias: float

    @property
    def is_calibrated(self) -> bool:
        """Say whether the mean absolute difference is at most three percentage points."""
        return self.gap <= 3

    @property
    def points(self) -> float:
        """Give by how many percentage points the model expects too much or too little."""
        return abs(self.bias)

    @property
    def direction(self) -> str:
        """Say whether the model expects too much (``high``), too little (``low``), or neither by a point (``even``)."""
        if abs(self.bias) < 1:
            return "even"
        return "high" if self.bias > 0 else "low"


def calibration_error(found: pd.DataFrame) -> CalibrationError:
    """Sum up how far a `calibration` is off.

    Examples
    --------
    >>> calibration_error(pd.DataFrame({"expected": [0.1, 0.9], "observed": [0.2, 0.6], "pairs": [100, 100]})).direction
    'high'
    """
    off = (found["expected"] - found["observed"]) * 100
    return CalibrationError(
        float(np.average(off.abs(), weights=found["pairs"])), float(np.average(off, weights=found["pairs"]))
    )
