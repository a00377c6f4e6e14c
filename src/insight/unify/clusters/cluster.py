"""Clusters from scored pairs: average linkage, with guards against chains, hubs and contradictions.

Joining everything that is connected makes one person of hundreds as soon as there are enough
candidate pairs: a bridge is enough. Average linkage joins two groups only when their records match
*on average*, pairs that were never found counting as no match.
"""

from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import squareform

LARGEST = 1500
_NEVER = 1000.0
_BY_HAND = 12


@dataclass(frozen=True)
class Edges:
    """Scored pairs of records: numbers of the records, match probability, and whether they contradict."""

    left: np.ndarray
    right: np.ndarray
    probability: np.ndarray
    never: np.ndarray

    def where(self, chosen: np.ndarray) -> "Edges":
        """Keep some of the pairs."""
        return Edges(self.left[chosen], self.right[chosen], self.probability[chosen], self.never[chosen])


def components(records: int, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Give the connected component of each record.

    Examples
    --------
    >>> components(4, np.array([0, 2]), np.array([1, 3])).tolist()
    [0, 0, 1, 1]
    """
    graph = coo_matrix((np.ones(len(left), np.int8), (left, right)), shape=(records, records))
    return connected_components(graph, directed=False)[1]


def cluster(records: int, edges: Edges, *, threshold: float) -> np.ndarray:
    """Give the cluster of each record, named by the smallest record in it.

    Parameters
    ----------
    records
        How many there are; pairs name them 0 to records - 1.
    threshold
        Mean match probability between two groups from which they are one person.

    Examples
    --------
    >>> edges = Edges(np.array([0, 1]), np.array([1, 2]), np.array([0.99, 0.6]), np.array([False, False]))
    >>> cluster(3, edges, threshold=0.45).tolist()
    [0, 0, 2]
    """
    # a group whose every pair is below the threshold cannot be joined at all
    strong = (edges.probability >= threshold) & ~edges.never
    labels = _bounded_components(records, edges.where(strong), threshold)
    inside = labels[edges.left] == labels[edges.right]
    within = edges.where(inside)
    sizes = np.bincount(labels, minlength=records)
    group = labels[within.left]
    possible = sizes * (sizes - 1) // 2
    sure = np.bincount(group[(within.probability >= threshold) & ~within.never], minlength=len(sizes))
    whole = sure[: len(possible)] >= possible
    result = labels + 0
    fresh = int(labels.max(initial=-1)) + 1
    doubtful = ~whole[group]
    for member_rows, part in _groups(labels, ~whole & (sizes > 1), within.where(doubtful), group[doubtful]):
        pieces = _average_linkage(member_rows, part, threshold)
        result[member_rows] = fresh + pieces
        fresh += int(pieces.max()) + 1
    return _smallest_member(result)


def _bounded_components(records: int, edges: Edges, threshold: float) -> np.ndarray:
    """Give connected components, with a higher threshold inside those that are too large for average linkage."""
    labels = components(records, edges.left, edges.right)
    for bar in (0.7, 0.9, 0.99, 0.999, 0.9999):
        sizes = np.bincount(labels)
        large = sizes[labels] > LARGEST
        if not large.any():
            return labels
        kept = ~large[edges.left] | (edges.probability >= max(bar, threshold))
        edges = edges.where(kept)
        labels = components(records, edges.left, edges.right)
    # what is still too large holds together by nothing but chance: nobody has so many records
    sizes = np.bincount(labels)
    alone = sizes[labels] > LARGEST
    labels = labels.copy()
    labels[alone] = labels.max() + 1 + np.arange(alone.sum())
    return np.unique(labels, return_inverse=True)[1]


def _groups(labels, chosen, edges: Edges, group: np.ndarray):
    rows = np.flatnonzero(chosen[labels])
    if not len(rows):
        return
    rows = rows[np.argsort(labels[rows], kind="stable")]
    starts = np.flatnonzero(np.diff(labels[rows], prepend=-1))
    order = np.argsort(group, kind="stable")
    edges, group = edges.where(order), group[order]
    lower = np.searchsorted(group, labels[rows[starts]], side="left")
    upper = np.searchsorted(group, labels[rows[starts]], side="right")
    ends = np.append(starts[1:], len(rows))
    for start, end, low, high in zip(starts, ends, lower, upper, strict=True):
        yield rows[start:end], edges.where(np.arange(low, high))


def _average_linkage(members: np.ndarray, edges: Edges, threshold: float) -> np.ndarray:
    distance = np.ones((len(members), len(members)))
    one, other = np.searchsorted(members, edges.left), np.searchsorted(members, edges.right)
    # rounded, so that the last digit of a float never decides
    value = np.where(edges.never, _NEVER, 1 - np.round(edges.probability, 9))
    distance[one, other] = distance[other, one] = value
    np.fill_diagonal(distance, 0.0)
    if len(members) <= _BY_HAND:
        return _joined_by_hand(distance, 1 - threshold + 1e-12)
    tree = linkage(squareform(distance, checks=False), method="average")
    return fcluster(tree, t=1 - threshold + 1e-12, criterion="distance") - 1


def _joined_by_hand(distance: np.ndarray, cut: float) -> np.ndarray:
    """Give scipy's average linkage of a few records, many times faster: most groups have three to six."""
    table = distance.tolist()
    groups = {number: [number] for number in range(len(table))}
    while len(groups) > 1:
        alive = sorted(groups)
        nearest, one, other = min((table[a][b], a, b) for i, a in enumerate(alive) for b in alive[i + 1 :])
        if nearest > cut:
            break
        first, second = len(groups[one]), len(groups[other])
        for third in alive:
            if third not in (one, other):
                mean = (first * table[one][third] + second * table[other][third]) / (first + second)
                table[one][third] = table[third][one] = mean
        groups[one] += groups.pop(other)
    labels = np.empty(len(table), np.int64)
    for number, members in enumerate(groups.values()):
        labels[members] = number
    return labels


def _smallest_member(labels: np.ndarray) -> np.ndarray:
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return first[inverse]
