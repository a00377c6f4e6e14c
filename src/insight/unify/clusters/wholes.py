"""Clusters compared as wholes: a record that says little joins those whom a third one ties it to.

Who changed the telephone has records with the old number and records with the new one. A record of the new number and
nothing else agrees with some of them and has nothing in common with the others, which as pairs look like strangers.
Of two clusters every field is compared best against best, which counts once, and for less the more
there was to choose from and the fewer of their records are so alike.
"""

import numpy as np
import pandas as pd

from insight.unify.model.doubles import Doubles
from insight.unify.model.model import posterior
from insight.unify.model.weigh import Scale

NAMES = frozenset(["given_name", "family_name", "middle_name", "sex"])
_MOST_PAIRS = 400
_LEFT_OVER = _SLACK = 1e-9


def join_wholes(
    pairs: pd.DataFrame,
    labels: np.ndarray,
    people: pd.DataFrame,
    scale: Scale,
    doubles: Doubles,
    *,
    threshold: float,
) -> pd.DataFrame:
    """Give the pairs between clusters that as wholes are one person, with the probability that these ``whole`` are.

    Parameters
    ----------
    pairs
        As they were weighed; clusters are compared where a pair brings them together and none contradicts.
    labels
        The cluster of each record.
    threshold
        Probability from which they are one.
    """
    between = _between(pairs, labels)
    left, right, row = _across(between, labels)
    if not len(left):
        return pairs[:0].assign(whole=0.0)
    likely = _alone(between, _likely(people, scale, doubles, left, right, row))
    joined = (likely >= threshold)[row]
    found = scale.weigh(left[joined], right[joined], keep_from=0.0)
    found["weight"] += doubles.of(found["left"].to_numpy(), found["right"].to_numpy())
    whole = pd.DataFrame({"left": left, "right": right, "whole": likely[row]})[joined]
    return found.assign(contradicts=False).merge(whole, on=["left", "right"])


def with_wholes(pairs: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Give the pairs with those between wholes, as probable as the wholes are."""
    together = pd.concat([pairs, found.drop(columns="whole")], ignore_index=True).drop_duplicates(["left", "right"])
    together = together.merge(found[["left", "right", "whole"]], on=["left", "right"], how="left")
    together["probability"] = np.fmax(together["probability"], together.pop("whole"))
    return together.sort_values(["left", "right"], ignore_index=True)


def _between(pairs: pd.DataFrame, labels: np.ndarray) -> pd.DataFrame:
    """Give the clusters, none very large, that a pair brings together and none contradicts: ``one``, ``other``."""
    ends = np.sort(np.column_stack([labels[pairs["left"]], labels[pairs["right"]]]), axis=1)
    found = pd.DataFrame(ends, columns=["one", "other"]).assign(never=pairs["contradicts"].to_numpy(dtype=bool))
    apart = found[found["one"] != found["other"]].groupby(["one", "other"], as_index=False)["never"].any()
    sizes = np.bincount(labels, minlength=len(labels))
    small = sizes[apart["one"]] * sizes[apart["other"]] <= _MOST_PAIRS
    return apart[~apart["never"] & small].reset_index(drop=True)


def _across(between: pd.DataFrame, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give all pairs of records between clusters, the lower record first, and the row of their clusters, in order."""
    records = pd.DataFrame({"record": np.arange(len(labels))})
    one = records.assign(one=labels).merge(between.assign(row=between.index), on="one")
    pairs = one.merge(records.assign(other=labels), on="other").sort_values(["row", "record_x", "record_y"])
    ends = np.sort(pairs[["record_x", "record_y"]].to_numpy(), axis=1)
    return ends[:, 0], ends[:, 1], pairs["row"].to_numpy()


def _likely(
    people: pd.DataFrame, scale: Scale, doubles: Doubles, left: np.ndarray, right: np.ndarray, row: np.ndarray
) -> np.ndarray:
    """Give the probability that wholes are one person; names alone say nothing of it."""
    levels, starts = scale.levels(left, right), np.flatnonzero(np.diff(row, prepend=-1))
    totals = [np.full(len(starts), start) for start in scale.start]
    told = np.zeros(len(starts), bool)
    for i, comparison in enumerate(scale.comparisons):
        known = levels[:, i] >= 0
        compared = np.bincount(row[known], minlength=len(starts))
        value = pd.util.hash_pandas_object(people[list(comparison.fields)].astype("str"), index=False).to_numpy()
        different = pd.DataFrame({"row": row, "one": value[left], "other": value[right]})[known].drop_duplicates()
        tries = np.bincount(different["row"], minlength=len(starts))
        for total, worth in zip(totals, (scale.worth, scale.household_worth), strict=True):
            each = np.where(known, worth(i, left, levels[:, i]), -np.inf)
            best = np.maximum.reduceat(each, starts)
            # so many tries find as much more by chance; and what few records have the next one hardly has, too
            often = np.bincount(row[known & (each >= best[row] - _SLACK)], minlength=len(starts))
            less = np.log2(np.maximum(np.maximum(tries, compared / np.maximum(often, 1)), 1))
            total += np.where(compared > 0, best - np.minimum(less, np.maximum(best, 0.0)), 0.0)
        told |= (compared > 0) & (not set(comparison.fields) <= NAMES)
    one, household = totals
    return posterior(one + np.minimum.reduceat(doubles.of(left, right), starts), household) * told


def _alone(between: pd.DataFrame, likely: np.ndarray) -> np.ndarray:
    """Give the probability that two clusters are one and neither is one with another.

    Of one telephone that two people share nobody can tell whose record it is.
    """
    odds = likely / np.maximum(1 - likely, _LEFT_OVER)
    ends = between[["one", "other"]].to_numpy()
    every = np.bincount(ends.ravel(), weights=np.repeat(odds, 2))
    return odds / (1 + every[ends].sum(axis=1) - odds)
