"""How well a score separates, whether it is still met by the same rows, and where to cut it by profit."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from insight.errors import Unavailable, unless_unavailable
from insight.intervals import ROUNDS, affordable_rounds, percentiles, resampled_counts
from insight.predict.measures import auc
from insight.predict.scorecard.points import AT_ODDS, AT_POINTS, DOUBLES

GROUPS = 10
#: Population stability index from which on a shift is watched, and from which on it is acted upon (a rule of thumb).
WATCHED, SHIFTED = 0.10, 0.25
_NO_SHARE = 5e-4  # in place of a share of none, whose logarithm there is not


def as_points(probability: np.ndarray | pd.Series) -> np.ndarray:
    """Give probabilities on the scale of points.

    Examples
    --------
    >>> as_points(np.array([1 / 51, 1 / 101])).round().tolist()
    [600.0, 620.0]
    """
    p = np.clip(np.asarray(probability, float), 1e-9, 1 - 1e-9)
    return AT_POINTS + DOUBLES / np.log(2) * (np.log((1 - p) / p) - np.log(AT_ODDS))


def kolmogorov_smirnov(labels: np.ndarray, scores: np.ndarray) -> float:
    """Give the largest distance between the shares of rows with the event, and of those without, up to any score.

    Parameters
    ----------
    labels
        1 for rows with the event, else 0.
    scores
        Any score.

    Examples
    --------
    >>> kolmogorov_smirnov(np.array([0, 0, 0, 1, 0, 1]), np.array([1, 2, 3, 3, 4, 5]))
    0.5
    """
    levels, place = np.unique(scores, return_inverse=True)
    bad = np.bincount(place, labels, minlength=len(levels)).cumsum()
    good = np.bincount(place, 1 - labels, minlength=len(levels)).cumsum()
    return float(np.abs(bad / bad[-1] - good / good[-1]).max()) if bad[-1] and good[-1] else float("nan")


@dataclass(frozen=True)
class Strength:
    """How well a score separates, each measure with its 95% interval from resampled groups of rows."""

    auc: float
    auc_low: float
    auc_high: float
    gini: float
    gini_low: float
    gini_high: float
    ks: float
    ks_low: float
    ks_high: float


def separate(labels: pd.Series, scores: pd.Series, *, groups: np.ndarray, seed: int) -> Strength:
    """Measure how well a score separates: AUC, Gini (twice the AUC, less 1) and Kolmogorov-Smirnov.

    Parameters
    ----------
    labels, scores
        1 for rows with the event, else 0; the higher the score, the likelier the event.
    groups
        Rows of one group are drawn together.
    seed
        Start of the resampling.
    """
    y, told = labels.to_numpy(float), scores.to_numpy(float)
    _, place = np.unique(groups, return_inverse=True)
    rounds = affordable_rounds(2 * len(y), ROUNDS)
    drawn = []
    levels, rank = np.unique(told, return_inverse=True)
    for counts in resampled_counts(int(place.max()) + 1, rounds=rounds, seed=seed):
        times = counts[place].astype(float)
        bad = np.bincount(rank, times * y, minlength=len(levels))
        good = np.bincount(rank, times * (1 - y), minlength=len(levels))
        if bad.sum() and good.sum():
            ranked = float((bad * (good.cumsum() - good / 2)).sum() / (bad.sum() * good.sum()))
            drawn.append((ranked, np.abs(bad.cumsum() / bad.sum() - good.cumsum() / good.sum()).max()))
    area, apart = np.array(drawn).T
    found, (low, high) = auc(y, told), percentiles(area)
    return Strength(
        found, low, high, 2 * found - 1, 2 * low - 1, 2 * high - 1, kolmogorov_smirnov(y, told), *percentiles(apart)
    )


@unless_unavailable
def shift(before: np.ndarray, now: np.ndarray) -> pd.DataFrame:
    """Compare how a score is spread over later rows with how it was over those it was made from.

    Returns
    -------
    DataFrame
        A row per tenth of the rows before: ``group, low, high`` (of the score), ``cases`` (later rows),
        ``before, now`` (shares of rows), ``psi`` (its part of the population stability index).

    Examples
    --------
    >>> found = shift(np.arange(100.0), np.arange(100.0) + 50)
    >>> found["before"].round(2).tolist()[:2], found["now"].round(2).tolist()[:2]
    ([0.1, 0.1], [0.0, 0.0])
    """
    edges = np.unique(np.quantile(before, np.arange(1, GROUPS) / GROUPS))
    edges = edges[edges > before.min()]
    counts = [
        np.bincount(np.searchsorted(edges, scores, side="right"), minlength=len(edges) + 1) for scores in (before, now)
    ]
    shares = [count / count.sum() for count in counts]
    was, then = (np.maximum(share, _NO_SHARE) for share in shares)
    bounds = {"low": [-np.inf, *edges], "high": [*edges, np.inf]}
    table = {"group": range(1, len(edges) + 2), **bounds, "cases": counts[1], "before": shares[0], "now": shares[1]}
    return pd.DataFrame(table).assign(psi=(then - was) * np.log(then / was))


@dataclass(frozen=True)
class CutOff:
    """Whom to accept by profit.

    Attributes
    ----------
    table
        A row per score at which one may cut: ``points``, ``accepted`` (share of rows), ``rows``, ``events`` (among
        the accepted), ``share`` (of them) and ``profit`` (a row of all, in what a row without the event brings).
    best
        The row of the table with the highest profit.
    gain, low, high
        What cutting there brings over accepting all, a row of all, with its 95% interval.
    cost
        What an event costs, in what a row without it brings.
    """

    table: pd.DataFrame
    best: pd.Series
    gain: float
    low: float
    high: float
    cost: float


@unless_unavailable
def cut(
    labels: pd.Series, probability: pd.Series, *, cost: float, groups: np.ndarray, seed: int
) -> CutOff | Unavailable:
    """Find the points from which on accepting pays.

    Where to cut is found on the rows of every other group, and what it brings is counted on the others, and the other
    way round: nobody is judged by a cut that he helped to find.

    Parameters
    ----------
    labels, probability
        1 for rows with the event, else 0; and its probability by a model that had not seen them.
    cost
        What an event costs, in what a row without it brings.
    groups, seed
        Rows of one group are drawn together; start of the resampling.
    """
    y, points = labels.to_numpy(float), as_points(probability)
    brings = np.where(y > 0, -cost, 1.0)
    edges = np.unique(np.quantile(points, np.arange(0, 40) / 40, method="lower"))
    table = pd.DataFrame([_cut_at(edge, points, y, brings) for edge in edges])
    best = table.loc[table["profit"].idxmax()]
    half, kept = np.asarray(groups) % 2 == 0, np.zeros(len(y), dtype=bool)
    for own in (half, ~half):
        if own.any() and (~own).any():
            found = max(edges, key=lambda edge: brings[~own & (points >= edge)].sum())
            kept[own] = points[own] >= found
    added = np.where(kept, 0.0, -brings)
    _, place = np.unique(groups, return_inverse=True)
    whole = np.bincount(place, added), np.bincount(place).astype(float)
    rounds = affordable_rounds(len(y), ROUNDS)
    drawn = [
        (times * whole[0]).sum() / (times * whole[1]).sum()
        for times in resampled_counts(len(whole[0]), rounds=rounds, seed=seed)
    ]
    return CutOff(table, best, float(added.mean()), *percentiles(np.array(drawn)), cost)


def _cut_at(edge: float, points: np.ndarray, labels: np.ndarray, brings: np.ndarray) -> dict[str, float]:
    kept = points >= edge
    events = labels[kept].sum()
    return {
        "points": float(edge),
        "accepted": float(kept.mean()),
        "rows": int(kept.sum()),
        "events": int(events),
        "share": float(events / kept.sum()),
        "profit": float(brings[kept].sum() / len(points)),
    }
