"""The test of models of a flat table: in folds or on later rows, never on a row that repeats one they learnt from."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from insight.errors import Unavailable, unless_unavailable
from insight.predict.churn.backtest import CHANCE, FEWEST_CUSTOMERS, FEWEST_OF_A_CLASS
from insight.predict.churn.giveaways import FOLDS, find_giveaways, folds_of
from insight.predict.labelled.models import MODELS, Calibration, Fit, Scorer, log_odds
from insight.predict.labelled.table import Flat
from insight.predict.measures import auc, measure_scores
from insight.predict.reasons import Explained, explain

LATER = 0.25  # share of rows that later ones are, where rows have a time
FEWEST_LATER = 30  # of those who left, and of those who stayed, in the later rows: fewer test next to nothing
REASONS = 4


@dataclass(frozen=True)
class Test:
    """How models scored rows that they had not learnt from.

    Parameters
    ----------
    labels
        1 for those of whom it is true, of the rows of the test.
    probabilities
        By model, calibrated on other rows.
    groups
        Which rows of the test repeat each other.
    learnt
        Rows that models learnt from: all, where folds take turns.
    is_later
        Whether the test is on later rows; else it is on folds in turn.
    calibrations
        Of each model, by the rows that it learnt from, each scored by a model of the others.
    """

    labels: pd.Series
    probabilities: pd.DataFrame
    groups: np.ndarray
    learnt: int
    is_later: bool
    calibrations: dict[str, Calibration]

    @property
    def customers(self) -> int:
        """Count the rows that were scored."""
        return len(self.labels)

    @property
    def left(self) -> int:
        """Count those who left."""
        return int(self.labels.sum())


@unless_unavailable
def leaks(flat: Flat, *, label_name: str, trusted: tuple[str, ...], seed: int) -> pd.DataFrame:
    """Find the columns that know who left, as `insight.predict.churn.giveaways.find_giveaways` does."""
    known, folds = flat.known, folds_of(flat.groups)

    def others(rows: pd.DataFrame) -> float:
        fold, y = folds[known], flat.labels[known].to_numpy(float)
        scores = _in_turn(MODELS["boosting"], rows, y, fold, seed=seed)
        return auc(y, scores)

    return find_giveaways(
        flat.features[known],
        flat.labels[known],
        groups=flat.groups[known],
        others=others,
        days=flat.days[known],
        observed=flat.observed[known] if flat.observed is not None and flat.observed_days else None,
        label_name=label_name,
        trusted=trusted,
    )


def _in_turn(fit: Fit, rows: pd.DataFrame, labels: np.ndarray, fold: np.ndarray, *, seed: int) -> np.ndarray:
    """Give each row the log-odds by a model of the other folds."""
    scores = np.empty(len(rows))
    for part in np.unique(fold):
        own = fold == part
        scores[own] = scores_of(fit(rows[~own], labels[~own], seed=seed), rows[own])
    return scores


def scores_of(model: Scorer, rows: pd.DataFrame) -> np.ndarray:
    """Give the log-odds of rows, the quick way where a model has one."""
    quick = getattr(model, "log_odds", None)
    return quick(rows) if quick else log_odds(model, rows)


@unless_unavailable
def backtest(flat: Flat, found: pd.DataFrame, *, seed: int, models: Mapping[str, Fit] = MODELS) -> Test | Unavailable:
    """Test the three models: on the last quarter of the rows where they have a time, else in five folds.

    Parameters
    ----------
    found
        The leaks: with any, nothing is tested.
    models
        By name what fits each, from plain to strong.

    Returns
    -------
    Test or Unavailable
        ``leaks``; ``few`` with fewer than 50 rows, or 10 of those who left or stayed; ``alike`` without a feature.
    """
    if len(found):
        return Unavailable("labelled", "leaks", {"n": len(found)})
    rows, y = flat.features[flat.known], flat.labels[flat.known].to_numpy(float)
    groups, fold = flat.groups[flat.known], folds_of(flat.groups[flat.known])
    if len(y) < FEWEST_CUSTOMERS or min(y.sum(), len(y) - y.sum()) < FEWEST_OF_A_CLASS:
        return Unavailable("labelled", "few", {"n": FEWEST_CUSTOMERS, "fewest": FEWEST_OF_A_CLASS})
    if rows.empty or not len(rows.columns):
        return Unavailable("labelled", "alike")
    later = _later(flat)
    if later is None:
        scores = {name: _in_turn(fit, rows, y, fold, seed=seed) for name, fit in models.items()}
        parts = {name: _calibrated_in_turn(scored, y, fold) for name, scored in scores.items()}
        lines = {name: Calibration(scored, y) for name, scored in scores.items()}
        return Test(flat.labels[flat.known], pd.DataFrame(parts, index=rows.index), groups, len(y), False, lines)
    learnt = ~later & ~np.isin(groups, groups[later])
    made, lines = {}, {}
    for name, fit in models.items():
        own = _in_turn(fit, rows[learnt], y[learnt], fold[learnt], seed=seed)
        scored = scores_of(fit(rows[learnt], y[learnt], seed=seed), rows[later])
        lines[name] = Calibration(own, y[learnt])
        made[name] = lines[name](scored)
    tested = flat.labels[flat.known][later]
    return Test(tested, pd.DataFrame(made, index=tested.index), groups[later], int(learnt.sum()), True, lines)


def _later(flat: Flat) -> np.ndarray | None:
    """Say which rows with a label are the last quarter in time; None without a time, or with few of a kind in it."""
    if flat.observed is None:
        return None
    time, y = flat.observed[flat.known].to_numpy(float), flat.labels[flat.known].to_numpy(float)
    later = time > np.nanquantile(time, 1 - LATER)
    later = later if later.any() else time >= np.nanmax(time)
    enough = all(min(y[part].sum(), (1 - y[part]).sum()) >= FEWEST_LATER for part in (later, ~later))
    return later if enough else None


def _calibrated_in_turn(scores: np.ndarray, labels: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Give probabilities, each by the log-odds and labels of the other folds."""
    found = np.empty(len(scores))
    for part in range(FOLDS):
        own = fold == part
        if own.any():
            found[own] = Calibration(scores[~own], labels[~own])(scores[own])
    return found


@unless_unavailable
def compare(test: Test, *, seed: int) -> pd.DataFrame:
    """Measure the models on the same rows, as `insight.predict.measures.measure_scores`, best first."""
    measured = measure_scores(test.labels, test.probabilities, groups=test.groups, seed=seed)
    return measured.sort_values("auc", ascending=False, kind="stable")


@dataclass(frozen=True)
class Choice:
    """The model with the highest AUC, and the simplest one whose AUC lies within its interval."""

    best: str
    simplest: str


@unless_unavailable
def choose(compared: pd.DataFrame) -> Choice | Unavailable:
    """Choose the model with the highest AUC, and name the simplest one within its interval.

    Returns
    -------
    Choice or Unavailable
        ``no_ranking`` where even the best is not significantly better than chance.
    """
    best = str(compared.index[0])
    row = compared.loc[best]
    if row["auc_low"] <= CHANCE:
        return Unavailable(
            "labelled", "no_ranking", {"auc": row["auc"], "low": row["auc_low"], "high": row["auc_high"]}
        )
    within = [name for name in MODELS if compared.loc[name, "auc"] >= row["auc_low"]]
    return Choice(best, within[0])


@unless_unavailable
def score(flat: Flat, test: Test, choice: Choice, *, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Score every row by the model in use, fitted on all whose label is known, with what its columns add.

    Returns
    -------
    tuple
        The table ``labelled_scores`` (without ``row_id``), and what each column adds to each row's log-odds.
    """
    rows, y = flat.features[flat.known], flat.labels[flat.known].to_numpy(float)
    model = MODELS[choice.best](rows, y, seed=seed)
    parts = model.contributions(flat.features)
    probability = test.calibrations[choice.best](parts.to_numpy().sum(axis=1))
    return pd.DataFrame({"leave_probability": probability}, index=parts.index), parts.drop(columns="base")


@unless_unavailable
def explain_rows(flat: Flat, parts: pd.DataFrame) -> Explained:
    """Say why each row is scored as it is, and what moves all scores, from what its columns add."""
    return explain(parts, flat.features, flat.features[flat.known])


def top_reasons(parts: pd.DataFrame) -> pd.DataFrame:
    """Give each row the columns that raise its score most, at most four, those first that add most.

    Examples
    --------
    >>> parts = pd.DataFrame({"tenure": [0.5, -1.0], "contract": [1.0, 0.2], "age": [0.0, 0.0]})
    >>> top_reasons(parts)["reason_1"].tolist(), top_reasons(parts)["reason_2"].tolist()
    (['contract', 'contract'], ['tenure', nan])
    """
    values, names = parts.to_numpy(), np.asarray(parts.columns, dtype=object)
    order = np.argsort(-values, axis=1, kind="stable")[:, :REASONS]
    adds = np.take_along_axis(values, order, axis=1) > 0
    found = names[order]
    found[~adds] = None
    return pd.DataFrame(
        {f"reason_{at + 1}": found[:, at] if at < found.shape[1] else None for at in range(REASONS)}, index=parts.index
    )


@unless_unavailable
def drivers(parts: pd.DataFrame) -> pd.DataFrame:
    """Say how much each column moves the score, up or down, on average, and for how many it is the first reason."""
    first = top_reasons(parts)["reason_1"].value_counts()
    moved = parts.abs().mean().sort_values(ascending=False, kind="stable")
    counted = first.reindex(moved.index).fillna(0).astype(int)
    return pd.DataFrame({"column": moved.index, "moves": moved.to_numpy(), "customers": counted.to_numpy()})
