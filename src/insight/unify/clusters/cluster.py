"""Clusters from scored pairs: average linkage, with guards against chains, hubs and contradictions.

Joining everything that is connected makes one person of hundreds as soon as there are enough
candidate pairs: a bridge is enough. Average linkage joins two groups only when their records match
*on average*, pairs that were never found counting as no match.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

LARGEST = 1500
_NEVER = 1000.0
_SLACK = 1e-12


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


@dataclass(frozen=True)
class Forest:
    """The order in which average linkage joins records: cut at a threshold it gives the clusters there.

    Attributes
    ----------
    records
        How many there are.
    left, right, distance
        Two records whose groups were joined, and how far apart the groups were on average: 1 less the mean
        match probability. In average linkage that only grows from one joining to the next.
    """

    records: int
    left: np.ndarray
    right: np.ndarray
    distance: np.ndarray

    def at(self, threshold: float) -> np.ndarray:
        """Give the cluster of each record at a threshold, named by the smallest record in it."""
        joined = self.distance <= 1 - threshold + _SLACK
        return _smallest_member(components(self.records, self.left[joined], self.right[joined]))


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
    return grow(records, edges, lowest=threshold, highest=threshold).at(threshold)


def grow(records: int, edges: Edges, *, lowest: float, highest: float) -> Forest:
    """Join records from the nearest on, so far as thresholds from the lowest to the highest need.

    Examples
    --------
    >>> edges = Edges(np.array([0, 1]), np.array([1, 2]), np.array([0.99, 0.6]), np.array([False, False]))
    >>> forest = grow(3, edges, lowest=0.2, highest=0.9)
    >>> forest.at(0.9).tolist(), forest.at(0.2).tolist()
    ([0, 0, 2], [0, 0, 0])
    """
    # a group whose every pair is below the lowest threshold cannot be joined at all
    labels = _bounded_components(records, edges.where((edges.probability >= lowest) & ~edges.never), lowest)
    within = edges.where(labels[edges.left] == labels[edges.right])
    group, sizes = labels[within.left], np.bincount(labels, minlength=1)
    sure = np.bincount(group[(within.probability >= highest) & ~within.never], minlength=len(sizes))
    whole = sure >= sizes * (sizes - 1) // 2  # one person at every threshold
    first = np.unique(labels, return_index=True)[1]
    rows = np.flatnonzero(whole[labels])
    joinings = [(first[labels[rows]], rows, np.zeros(len(rows)))]
    doubtful = ~whole[group]
    for member_rows, part in _groups(labels, ~whole & (sizes > 1), within.where(doubtful), group[doubtful]):
        one, other, distance = _average_linkage(member_rows, part, lowest)
        joinings.append((member_rows[one], member_rows[other], distance))
    left, right, distance = (np.concatenate(column) for column in zip(*joinings, strict=True))
    return Forest(records, left, right, distance)


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


def _average_linkage(members: np.ndarray, edges: Edges, lowest: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the joinings of a group: two of its members each, by place, and the distance of what they stand for.

    Of joinings equally near, those of the first members come first: so they are the same whoever else is in the
    group. SciPy's, which are quicker for large groups, depend on it.
    """
    distance, sizes = np.ones((len(members), len(members))), np.ones(len(members))
    one, other = np.searchsorted(members, edges.left), np.searchsorted(members, edges.right)
    # rounded, so that the last digit of a float never decides
    value = np.where(edges.never, _NEVER, 1 - np.round(edges.probability, 9))
    distance[one, other] = distance[other, one] = value
    np.fill_diagonal(distance, np.inf)
    joinings = []
    for _joining in members[1:]:
        first, second = divmod(int(distance.argmin()), len(members))
        if distance[first, second] > 1 - lowest + _SLACK:
            break
        joinings.append((first, second, distance[first, second]))
        mean = (sizes[first] * distance[first] + sizes[second] * distance[second]) / (sizes[first] + sizes[second])
        distance[first] = distance[:, first] = mean
        distance[first, first] = distance[second] = distance[:, second] = np.inf
        sizes[first] += sizes[second]
    left, right, height = zip(*joinings, strict=True) if joinings else ((), (), ())
    return np.array(left, int), np.array(right, int), np.array(height, float)


def _smallest_member(labels: np.ndarray) -> np.ndarray:
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return first[inverse]
