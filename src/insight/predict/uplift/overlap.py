"""Whom an offer was tried on: how likely lots gave it to customers like these, and who is like nobody it was given to.

An effect is only known where it was tried. One multinomial logistic regression tells the customers of each offer's
trial from each other and from a sample of everybody, and so gives both.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from insight.errors import unless_unavailable
from insight.predict.uplift.months import Months, design
from insight.predict.uplift.trials import Trials

#: Customers are unlike those of a trial where they are found in it less than a tenth as often as others.
FLOOR = 0.1
_LEAST_CHANCE = 0.02  # to be given an offer: a weight is no larger than its inverse


@dataclass(frozen=True, eq=False)
class Overlap:
    """A fitted model; its last class is everybody."""

    columns: tuple[str, ...]
    mean: np.ndarray
    spread: np.ndarray
    model: LogisticRegression
    shares: np.ndarray

    def chances(self, known: pd.DataFrame) -> np.ndarray:
        """Give the chance that lots give each offer to who is in a trial, customers down and offers across."""
        found = self._found(known)[:, :-1]
        return np.maximum(found / found.sum(axis=1, keepdims=True), _LEAST_CHANCE)

    def is_tried(self, known: pd.DataFrame) -> np.ndarray:
        """Mark the offers that were tried on customers like each of these."""
        found = self._found(known) / self.shares
        return found[:, :-1] >= FLOOR * found[:, -1:]

    def _found(self, known: pd.DataFrame) -> np.ndarray:
        x = np.clip((known[list(self.columns)].to_numpy(float) - self.mean) / self.spread, -4, 4)
        return np.maximum(self.model.predict_proba(x), 1e-9)


@unless_unavailable
def is_tried(overlap: Overlap, known: pd.DataFrame) -> np.ndarray:
    """Mark the offers that were tried on customers like each of these."""
    return overlap.is_tried(known)


@unless_unavailable
def fit_overlap(months: Months, trials: Trials, *, seed: int) -> Overlap:
    """Fit the model to the customers of the trials, and as many drawn of everybody in the same months."""
    rng, columns = np.random.default_rng(seed), list(trials.known.columns)
    parts = [trials.known]
    for month, rows in trials.sent.groupby("month"):
        drawn = rng.integers(len(months.customers), size=len(rows))
        parts.append(design(months.known(int(str(month)))).iloc[drawn][columns])
    x = pd.concat(parts, ignore_index=True).to_numpy(float)
    of = np.concatenate([trials.sent["offer"], np.full(len(trials.sent), len(trials.offers))])
    mean, spread = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-9)
    model = LogisticRegression(C=1.0, max_iter=300, tol=1e-3).fit(np.clip((x - mean) / spread, -4, 4), of)
    return Overlap(tuple(columns), mean, spread, model, np.bincount(of) / len(of))
