"""How near groups and stages come to a known truth: to score with, and for nothing else."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from insight.errors import Unavailable, unless_unavailable
from insight.intervals import percentiles, resample, wilson
from insight.segment.stability import adjusted_rand, cross

FREQUENT = 50  # purchases from which a customer's habits are known
ROUNDS = 100
#: True stages that mean the same, and stages as found that do. Who cannot pay is in no stage of buying.
_SAME = {"new": "growing", "dormant": "lost", "closed": "lost"}
_LEFT_OUT = ("default",)


@dataclass(frozen=True)
class Score:
    """A measure with its 95% interval, and how many customers it is of."""

    value: float
    low: float
    high: float
    customers: int


@dataclass(frozen=True)
class StageScores:
    """How well stages are found.

    Attributes
    ----------
    macro_f1, trivial
        Mean F1 of the stages, and that of the rule that knows only whose accounts are closed.
    recall, precision
        Of the drifting; unavailable where too few drift.
    """

    macro_f1: Score
    trivial: Score
    recall: Score | Unavailable
    precision: Score | Unavailable


@unless_unavailable
def score_groups(group: pd.Series, true: pd.Series, *, minimum: int, seed: int) -> Score | Unavailable:
    """Give the adjusted Rand index of groups with the true ones, of the customers whose truth is known.

    Examples
    --------
    >>> group = pd.Series([*"AABB"], index=[1, 2, 3, 4])
    >>> score_groups(group, pd.Series([*"yyxx"], index=[4, 3, 2, 1]), minimum=2, seed=1).value
    1.0
    """
    both = pd.DataFrame({"found": group, "true": true.reindex(group.index)}).dropna()
    if len(both) < minimum or both["true"].nunique() < 2:
        return Unavailable("segment", "few_known")
    return _score(adjusted_rand, both["true"], both["found"], seed=seed)


@unless_unavailable
def score_stages(
    stage: pd.Series, true: pd.Series, closed: set[str], *, minimum: int, seed: int
) -> StageScores | Unavailable:
    """Score stages against the true ones, of the customers who have bought and whose truth is known.

    New and growing are one stage of the truth, and so are dormant and lost; those in default are left out.

    Parameters
    ----------
    stage, true
        By customer.
    closed
        Customers whose every account is closed.
    minimum
        Customers that a score must rest on.
    """
    both = pd.DataFrame({"found": stage, "true": true.reindex(stage.index)}).dropna()
    both = both[~both["true"].isin(_LEFT_OUT)].replace(_SAME)
    if len(both) < minimum or both["true"].nunique() < 2:
        return Unavailable("segment", "few_known")
    rule = pd.Series(np.where(both.index.isin(closed), "lost", "mature"), both.index)
    f1, trivial = (_score(_macro_f1, both["true"], found, seed=seed) for found in (both["found"], rule))
    drifts, is_found = both["true"] == "drifting", both["found"] == "drifting"
    return StageScores(f1, trivial, *(_share(drifts & is_found, of, minimum=minimum) for of in (drifts, is_found)))


def _macro_f1(counts: np.ndarray) -> float:
    """Average the F1 of the true codes, which come first among the codes as found."""
    right, true, found = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)[: len(counts)]
    return float((2 * right / np.maximum(true + found, 1)).mean())


def _score(measure: Callable[[np.ndarray], float], true: pd.Series, found: pd.Series, *, seed: int) -> Score:
    """Score a table of the true by the found; codes of both are the same, with those that are only found at the end."""
    labels = sorted(true.unique())
    names = [*labels, *sorted(set(found) - set(labels))]
    shape, of = (len(labels), len(names)), {name: place for place, name in enumerate(names)}
    known, guess = (part.map(of).to_numpy(dtype=np.int64) for part in (true, found))
    draws = resample(len(known), rounds=ROUNDS, seed=seed)
    drawn = [measure(cross(known[rows], guess[rows], shape=shape)) for rows in draws]
    return Score(measure(cross(known, guess, shape=shape)), *percentiles(np.array(drawn)), len(known))


def _share(some: pd.Series, everyone: pd.Series, *, minimum: int) -> Score | Unavailable:
    n = int(everyone.sum())
    if n < minimum:
        return Unavailable("segment", "few_known")
    return Score(some.sum() / n, *wilson(int(some.sum()), n), n)
