"""Accuracy of clusters against a known truth: pairs, whole clusters and B-cubed, each with an interval.

Pairs of one cluster are not independent, so the intervals come from resampling whole groups: all
records that the truth or the clusters hold together. Where no group is wrong, no resample is either;
Wilson's interval of the share of groups then says how many could be.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from insight.errors import unless_unavailable
from insight.intervals import wilson
from insight.unify.clusters.cluster import components

MEASURES = (
    "pair_precision",
    "pair_recall",
    "pair_f1",
    "cluster_exact_share",
    "bcubed_precision",
    "bcubed_recall",
    "bcubed_f1",
)


@unless_unavailable
def score(
    found: Sequence, truth: Sequence, *, rounds: int = 300, seed: int = 20240229, level: float = 0.95
) -> pd.DataFrame:
    """Score clusters against the truth, one row per measure.

    Parameters
    ----------
    found, truth
        Each record's cluster and true person, in the same order. Records whose truth is missing are left out.
    rounds
        Resamples of the groups.

    Returns
    -------
    DataFrame
        ``measure``, ``value``, ``low``, ``high``. ``cluster_exact_share`` is the share of true people
        whose records are one cluster and the whole of it. A measure without anything to count is missing.

    Examples
    --------
    >>> score([0, 0, 2, 2], ["a", "a", "a", "b"], rounds=50)[["measure", "value"]].head(4).values.tolist()
    [['pair_precision', 0.5], ['pair_recall', 0.3333333333333333], ['pair_f1', 0.4], ['cluster_exact_share', 0.0]]
    """
    known = pd.notna(pd.Series(truth)).to_numpy()
    clusters = pd.factorize(np.asarray(found)[known])[0].astype(np.int64)
    people = pd.factorize(np.asarray(truth)[known])[0].astype(np.int64)
    parts = _group_sums(clusters, people)
    values = _measures(parts.sum(axis=0))
    # equal groups are drawn together: a million records have a few hundred kinds of groups
    kinds, counts = np.unique(parts, axis=0, return_counts=True)
    rng = np.random.default_rng(seed)
    if len(counts):
        drawn = rng.multinomial(counts.sum(), counts / counts.sum(), size=rounds) @ kinds
        resampled = np.array([_measures(row) for row in drawn])
    else:
        resampled = np.full((1, len(MEASURES)), np.nan)
    edge = (1 - level) / 2
    low, high = (_quantile(resampled, q) for q in (edge, 1 - edge))
    counted = _counted(parts)
    for place, (value, groups) in enumerate(zip(values, counted, strict=True)):
        if value in (0.0, 1.0):
            ends = wilson(value * groups, groups, level=level)
            low[place], high[place] = min(value, float(ends[0])), max(value, float(ends[1]))
    return pd.DataFrame({"measure": MEASURES, "value": values, "low": low, "high": high})


def _quantile(resampled: np.ndarray, q: float) -> list[float]:
    return [
        float(np.quantile(column[~np.isnan(column)], q)) if (~np.isnan(column)).any() else np.nan
        for column in resampled.T
    ]


def _group_sums(clusters: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Give per group: pairs found, true and both; people, and those found exactly; records, and B-cubed sums."""
    records = len(clusters)
    if not records:
        return np.empty((0, 8))
    cell, cell_size = np.unique(clusters * (people.max() + 1) + people, return_counts=True)
    cluster_size, person_size = np.bincount(clusters), np.bincount(people)
    # one node per cluster and per person: a group is what cells connect
    nodes = len(cluster_size) + len(person_size)
    cell_cluster, cell_person = cell // (people.max() + 1), cell % (people.max() + 1)
    group = components(nodes, cell_cluster, cell_person + len(cluster_size))
    of_cluster, of_person, of_cell = group[: len(cluster_size)], group[len(cluster_size) :], group[cell_cluster]
    exact = (cell_size == cluster_size[cell_cluster]) & (cell_size == person_size[cell_person])
    groups = int(group.max()) + 1

    def total(place: np.ndarray, weight: np.ndarray) -> np.ndarray:
        return np.bincount(place, weights=weight, minlength=groups)

    return np.column_stack(
        [
            total(of_cluster, _pairs(cluster_size)),
            total(of_person, _pairs(person_size)),
            total(of_cell, _pairs(cell_size)),
            total(of_person, np.ones(len(person_size))),
            total(of_cell, exact.astype(float)),
            total(of_cell, cell_size.astype(float)),
            total(of_cell, cell_size**2 / cluster_size[cell_cluster]),
            total(of_cell, cell_size**2 / person_size[cell_person]),
        ]
    )


def _pairs(sizes: np.ndarray) -> np.ndarray:
    return sizes * (sizes - 1) / 2


def _counted(parts: np.ndarray) -> np.ndarray:
    """Count the groups that have a say in each measure: those in which its denominator is not 0."""
    found, true, _both, people, _exact, records, _precise, _recalled = parts.T
    return np.count_nonzero([found, true, found + true, people, records, records, records], axis=1)


def _measures(sums: np.ndarray) -> list[float]:
    found, true, both, people, exact, records, precise, recalled = sums

    def share(part: float, whole: float) -> float:
        return float(part / whole) if whole else np.nan

    return [
        share(both, found),
        share(both, true),
        share(2 * both, found + true),
        share(exact, people),
        share(precise, records),
        share(recalled, records),
        share(2 * precise * recalled, records * (precise + recalled)),
    ]


@unless_unavailable
def curve(
    cluster_at: Callable[[float], Sequence], truth: Sequence | None, *, thresholds: Sequence[float]
) -> pd.DataFrame:
    """Give the number of customers and, where the truth is known, the measures at each threshold.

    Examples
    --------
    >>> curve(lambda threshold: np.array([0, 0 if threshold < 0.5 else 1]), None, thresholds=[0.3, 0.7]).values.tolist()
    [[0.3, 1.0], [0.7, 2.0]]
    """
    rows = []
    for threshold in thresholds:
        labels = cluster_at(threshold)
        row: dict[str, float] = {"threshold": threshold, "customers": len(np.unique(labels))}
        if truth is not None:
            scored = score(labels, truth, rounds=1)
            row |= dict(zip(scored["measure"], scored["value"], strict=True))
        rows.append(row)
    return pd.DataFrame(rows)
