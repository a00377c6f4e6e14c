"""Latent classes of customers: purchases by category as an NBD model has them, beside traits that are numbers.

Within a class a customer's purchases in a category are Poisson, at a rate that is gamma distributed over customers
around the class's share of all they buy: the negative binomial distribution of Ehrenberg [1]_. Numbers are normal.
So a customer of three purchases is told by three purchases, and a habit of many weighs as much as it is known.

References
----------
.. [1] Goodhardt, Ehrenberg and Chatfield (1984), The Dirichlet: A Comprehensive Model of Buying Behaviour, Journal of
   the Royal Statistical Society A 147(5), 621-655.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import pairwise_distances_argmin

SHAPE = 3.0  # of the gamma: members of a class may differ, but not so much that two classes look like one
STEPS, SETTLED = 40, 5e-4  # of the EM algorithm at most, and mean change of a probability at which it ends
_PRIOR = 1.0  # purchases of the average customer that each class's shares are mixed with
_NARROWEST = 0.05  # variance of a scaled trait within a class at least, else one repeated value is a class
_SURE = 0.9  # probability with which the start's classes are believed


@dataclass(frozen=True)
class Behaviour:
    """What customers are grouped by, one row each.

    Attributes
    ----------
    traits
        Numbers on one scale.
    ratios
        Log-ratios of the categories on the same scale, as far as categories are known: the start is found by them.
    counts
        Purchases by category.
    """

    traits: np.ndarray
    ratios: np.ndarray
    counts: np.ndarray

    def __len__(self) -> int:
        """Count the customers."""
        return len(self.traits)

    def __getitem__(self, rows: np.ndarray) -> "Behaviour":
        """Give some of the customers."""
        return Behaviour(self.traits[rows], self.ratios[rows], self.counts[rows])

    @property
    def points(self) -> np.ndarray:
        """Give traits and ratios beside each other."""
        return np.hstack([self.traits, self.ratios])


@dataclass(frozen=True)
class Classes:
    """Fitted classes: what each one buys, its traits, and how large it is.

    Attributes
    ----------
    shares
        Of all purchases by category, one row per class.
    means, variances
        Of the traits, one row per class.
    sizes
        Share of the customers.
    """

    shares: np.ndarray
    means: np.ndarray
    variances: np.ndarray
    sizes: np.ndarray

    @property
    def n_clusters(self) -> int:
        """Count the classes."""
        return len(self.sizes)

    def log_probabilities(self, seen: Behaviour) -> np.ndarray:
        """Give log-probabilities of customers' behaviour in each class, up to a constant of each customer."""
        bought = seen.counts.sum(axis=1, keepdims=True)
        found = seen.counts @ np.log(self.shares).T + np.log(self.sizes)
        steadied, room = seen.counts + SHAPE, np.empty_like(seen.counts)  # most of the time goes by here: nothing new
        for at, (share, mean, variance) in enumerate(zip(self.shares, self.means, self.variances, strict=True)):
            np.multiply(bought, share, out=room)
            np.log(np.add(room, SHAPE, out=room), out=room)
            found[:, at] -= np.einsum("ij,ij->i", steadied, room)
            found[:, at] -= ((seen.traits - mean) ** 2 @ (1 / variance) + np.log(variance).sum()) / 2
        return found

    def predict(self, seen: Behaviour) -> np.ndarray:
        """Give each customer's most probable class."""
        return self.log_probabilities(seen).argmax(axis=1)


@dataclass(frozen=True)
class Centres:
    """Centres of groups of whom only traits are known."""

    centres: np.ndarray

    @property
    def n_clusters(self) -> int:
        """Count the groups."""
        return len(self.centres)

    def predict(self, seen: Behaviour) -> np.ndarray:
        """Give each customer's nearest centre."""
        return pairwise_distances_argmin(seen.points, self.centres)


def fit_classes(
    seen: Behaviour, groups: int, *, seed: int, starts: int, rows: np.ndarray | None = None
) -> Classes | Centres:
    """Fit classes by the EM algorithm, from the best of some starts of k-means; the same seed gives the same ones.

    Where no categories are known there are only traits, and k-means, which takes no group to be wider than
    another, is the more stable. ``rows`` are the customers drawn of a resample; without it all, each once.
    """
    rows = np.arange(len(seen)) if rows is None else rows
    start = KMeans(groups, n_init=starts, random_state=seed).fit(seen.points[rows])
    if not seen.counts.shape[1]:
        return Centres(start.cluster_centers_)
    # whoever was drawn twice is looked at once, and counts twice
    own, first, times = np.unique(rows, return_index=True, return_counts=True)
    seen, weights = seen[own], times[:, None].astype(seen.traits.dtype)
    member = (np.eye(groups)[start.labels_[first]] * _SURE + (1 - _SURE) / groups).astype(seen.traits.dtype)
    for _ in range(STEPS):
        fitted = _from_members(seen, member, weights)
        log = fitted.log_probabilities(seen)
        log -= log.max(axis=1, keepdims=True)
        before, member = member, np.exp(log, out=log)
        member /= member.sum(axis=1, keepdims=True)
        if (np.abs(member - before) * weights).sum() < SETTLED * groups * len(rows):
            break
    return fitted


def _from_members(seen: Behaviour, member: np.ndarray, weights: np.ndarray) -> Classes:
    member = member * weights
    size = member.sum(axis=0)[:, None] + 1e-9
    bought = member.T @ seen.counts
    everyone = (bought.sum(axis=0) + 1e-9) / (bought.sum() + 1e-9)
    bought += _PRIOR * everyone
    means = member.T @ seen.traits / size
    variances = np.maximum(member.T @ seen.traits**2 / size - means**2, _NARROWEST)
    shares = bought / bought.sum(axis=1, keepdims=True)
    return Classes(shares, means, variances, size[:, 0] / size.sum())
