"""Clusters compared as wholes: a record that says little joins those whom a third one ties it to.

Who changed the telephone has records with the old number and records with the new one. A record of the new number and
nothing else agrees with some of them and has nothing in common with the others, which as pairs look like strangers.
Of two clusters every field is compared best against best, which counts once, and for less the more there was to choose.
"""

import numpy as np
import pandas as pd

from insight.unify.model.doubles import Doubles
from insight.unify.model.model import posterior
from insight.unify.model.weigh import Scale

NAMES = frozenset(["given_name", "family_name", "middle_name", "sex"])
_MOST_PAIRS = 400
_LEFT_OVER = 1e-9


def join_wholes(
    pairs: pd.DataFrame,
    labels: np.ndarray,
    people: pd.DataFrame,
    scale: Scale,
    doubles: Doubles,
    *,
    threshold: float,
) -> pd.DataFrame:
    """Give the pairs with those between clusters that as wholes are one person: as probable as the wholes are.

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
        return pairs
    likely = _alone(
        between, _likely(people, scale, doubles, left, right, np.searchsorted(row, np.arange(len(between))))
    )
    joined = (likely >= threshold)[row]
    found = scale.weigh(left[joined], right[joined], keep_from=0.0)
    found["weight"] += doubles.of(found["left"].to_numpy(), found["right"].to_numpy())
    whole = pd.DataFrame({"left": left, "right": right, "whole": likely[row]})[joined]
    together = pd.concat([pairs, found.assign(contradicts=False)], ignore_index=True)
    together = together.drop_duplicates(["left", "right"]).merge(whole, on=["left", "right"], how="left")
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
    people: pd.DataFrame, scale: Scale, doubles: Doubles, left: np.ndarray, right: np.ndarray, starts: np.ndarray
) -> np.ndarray:
    """Give the probability that wholes are one person; names alone say nothing of it."""
    levels = scale.levels(left, right)
    totals = [np.full(len(starts), start) for start in scale.start]
    told = np.zeros(len(starts), bool)
    for i, comparison in enumerate(scale.comparisons):
        known = levels[:, i] >= 0
        tries = _different(people, comparison.fields, left, right, known, starts)
        for total, worth in zip(totals, (scale.worth, scale.household_worth), strict=True):
            best = np.maximum.reduceat(np.where(known, worth(i, left, levels[:, i]), -np.inf), starts)
            # the best of so many is so many times as often alike by chance
            chance = np.minimum(np.log2(np.maximum(tries, 1)), np.maximum(best, 0.0))
            total += np.where(tries > 0, best - chance, 0.0)
        told |= (tries > 0) & (not set(comparison.fields) <= NAMES)
    one, household = totals
    return posterior(one + np.minimum.reduceat(doubles.of(left, right), starts), household) * told


def _different(
    people: pd.DataFrame,
    fields: tuple[str, ...],
    left: np.ndarray,
    right: np.ndarray,
    known: np.ndarray,
    starts: np.ndarray,
) -> np.ndarray:
    """Count the pairs of different values that wholes are compared by."""
    value = pd.util.hash_pandas_object(people[list(fields)].astype("str"), index=False).to_numpy()
    row = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(left))))
    pairs = pd.DataFrame({"row": row, "one": value[left], "other": value[right]})[known].drop_duplicates()
    return np.bincount(pairs["row"], minlength=len(starts))


def _alone(between: pd.DataFrame, likely: np.ndarray) -> np.ndarray:
    """Give the probability that two clusters are one and neither is one with another.

    Of one telephone that two people share nobody can tell whose record it is.
    """
    odds = likely / np.maximum(1 - likely, _LEFT_OVER)
    ends = between[["one", "other"]].to_numpy()
    every = np.bincount(ends.ravel(), weights=np.repeat(odds, 2))
    return odds / (1 + every[ends].sum(axis=1) - odds)
