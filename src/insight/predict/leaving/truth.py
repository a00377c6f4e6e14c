"""How near scores of leaving come to what can be known, where the true chances are: to score with, nothing else."""

from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from insight.errors import Unavailable, unless_unavailable
from insight.intervals import percentiles, resampled_counts
from insight.predict.churn.backtest import FEWEST_OF_A_CLASS, fold_of
from insight.predict.leaving.labels import CLOSES, SILENT, at_risk
from insight.predict.leaving.scores import HORIZONS, Aim, Blend, Seen, learning_months, log_odds, rarer, rows_of
from insight.predict.measures import auc, rank_once
from insight.predict.uplift.months import Months, month_of

DECIDES = "decides"
#: What each sense is called in the table of true chances.
_SENSE = {DECIDES: "leaving", CLOSES: "closing", SILENT: "silent"}
#: Which senses are judged, and whose scores: nobody sees a decision, so it is held against the scores of the others.
JUDGED = ((DECIDES, CLOSES), (DECIDES, SILENT), (CLOSES, CLOSES), (SILENT, SILENT))
ROUNDS, _PARTS = 60, 2
TREES: dict[str, Any] = {
    "n_estimators": 200, "num_leaves": 15, "learning_rate": 0.05, "min_child_samples": 40, "verbose": -1, "n_jobs": 1,
    "colsample_bytree": 0.5, "deterministic": True, "force_row_wise": True, "random_state": 0,
}  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """How well scores rank by the truth.

    Parameters
    ----------
    sense, scored_by
        What may happen, and whose scores are judged.
    customers
        At risk, with a known chance.
    auc, low, high
        Expected AUC with its 95% interval: each customer counts as an event by the true chance.
    ceiling
        Of the better of two models that were taught the true chance of other customers, on the same features and the
        scores; never below that of the scores, which are known.
    oracle
        Of the chance itself.
    """

    sense: str
    scored_by: str
    months: int
    customers: int
    auc: float
    low: float
    high: float
    ceiling: float
    oracle: float


@unless_unavailable
def judge(panel: Months, chances: pd.DataFrame, *, seed: int) -> list[Judged] | Unavailable:
    """Judge the scores of the shortest horizon as of the day that the truth is of.

    Parameters
    ----------
    chances
        The ``true_chances`` table.

    Returns
    -------
    list or Unavailable
        ``short`` where no month before that day can be learnt from, ``few`` with fewer than ten of a kind in a half.
    """
    months = HORIZONS[0]
    day = pd.to_datetime(chances["seen_on"]).max()
    month = month_of(day.date())
    seen, part = Seen(panel), fold_of(panel.customers) % _PARTS
    known = seen(month)
    before = learning_months(panel, test=month, months=months)
    if not before:
        return Unavailable("leaving", "short", {"months": months})
    scored = {}
    for label in (CLOSES, SILENT):
        halves = [rows_of(panel, Aim(label, months), before, part != own, seen=seen) for own in range(_PARTS)]
        if min(map(rarer, halves)) < FEWEST_OF_A_CLASS:
            return Unavailable("leaving", "few", {"n": FEWEST_OF_A_CLASS})
        scored[label] = _scored(halves, known, part, seed=seed)
    of = chances[chances["months"] == months].set_index(["sense", "customer_id"])["chance"].astype(float)
    found = []
    for sense in _SENSE:
        label = CLOSES if sense == CLOSES else SILENT  # who has not bought for long has decided already
        true = of.xs(_SENSE[sense], level="sense").reindex(panel.customers).to_numpy(dtype=float)
        at = at_risk(panel, label, month) & np.isfinite(true)
        told = [log_odds(score)[at] for score in scored.values()]
        ceiling = _ceiling(np.column_stack([known[at].to_numpy(), *told]), true[at], part[at])
        oracle = auc(true[at], true[at])
        each = {by: _with_interval(true[at], scored[by][at], seed=seed) for judged, by in JUDGED if judged == sense}
        ceiling = max(ceiling, *(auc for auc, _, _ in each.values()))
        size = int(at.sum())
        found += [Judged(sense, by, months, size, *bounds, ceiling, oracle) for by, bounds in each.items()]
    return found


def _scored(halves: list[pd.DataFrame], known: pd.DataFrame, part: np.ndarray, *, seed: int) -> np.ndarray:
    """Score everybody by models of the other half of the customers."""
    found = np.empty(len(known))
    for own, learnt in enumerate(halves):
        found[part == own] = Blend(learnt, seed=seed)(known[part == own])
    return found


def _ceiling(known: np.ndarray, true: np.ndarray, part: np.ndarray) -> float:
    """Give the higher expected AUC of trees and a line, each taught the other half's true chances."""
    odds = log_odds(true)
    logs = FunctionTransformer(lambda x: np.sign(x) * np.log1p(np.abs(x)))
    guesses = np.zeros((2, len(true)))
    for own in range(_PARTS):
        learn = part != own
        for at, model in enumerate(
            (lightgbm.LGBMRegressor(**TREES), make_pipeline(logs, StandardScaler(), Ridge(100.0)))
        ):
            guesses[at, ~learn] = model.fit(known[learn], odds[learn]).predict(known[~learn])
    return max(auc(true, guess) for guess in guesses)


def _with_interval(true: np.ndarray, score: np.ndarray, *, seed: int) -> tuple[float, float, float]:
    ranked = rank_once(true, score)
    drawn = [ranked(times) for times in resampled_counts(len(true), rounds=ROUNDS, seed=seed)]
    low, high = percentiles(np.array(drawn))
    return auc(true, score), float(low), float(high)
