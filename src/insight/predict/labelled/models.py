"""Three models of a flat table, from plain to strong: a scorecard, a logistic regression, boosted trees.

Each is fitted on some rows, gives the log-odds of leaving of others, and says what each column adds to them. A fourth
needs decisions that were made about rows, whether or not it is known what became of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import lightgbm
import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from insight.predict.columns import Learnt
from insight.predict.scorecard.bands import Monotone
from insight.predict.scorecard.points import Scorecard, fit_card

FEWEST_ROWS = 30  # of a level; rarer ones are taken together
_ROUNDS = 300
_EVENTS_A_LEAF = 240  # of the rarer kind: where few are known, trees are stumps
_LEAVES, _ROWS_IN_LEAF = (2, 14), (30, 100)
_STRENGTH, _STIFF = 0.1, 0.01  # of ridges (1 / penalty): the usual one, and of departures from decisions
_FREE = 30.0  # spread of columns that are hardly penalised beside others of spread 1
_TREES = {
    "objective": "binary",
    "learning_rate": 0.03,
    "lambda_l2": 5.0,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "cat_smooth": 20.0,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}


class Scorer(Protocol):
    """A fitted model."""

    def contributions(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Give what each column adds to a row's log-odds, beside ``base``: together they are the score."""
        ...


def log_odds(model: Scorer, rows: pd.DataFrame) -> np.ndarray:
    """Give the score of each row: the sum of what its columns add."""
    return model.contributions(rows).to_numpy().sum(axis=1)


def level_codes(values: pd.Series, levels: pd.Index) -> np.ndarray:
    """Give each value the number of its level: 0 where it is missing or unknown."""
    return levels.get_indexer(values.astype(object)) + 1


def known_levels(values: pd.Series) -> pd.Index:
    """List the levels of a category that are frequent enough, in order of their names."""
    counts = values.astype(object).value_counts()
    return pd.Index(sorted(counts.index[counts >= FEWEST_ROWS]), dtype=object)


class _Trees:
    def __init__(self, rows: pd.DataFrame, labels: np.ndarray, *, seed: int) -> None:
        self.columns, self.learnt = list(rows), Learnt.of(rows, rows)
        self.levels = {name: known_levels(rows[name]) for name in rows if not _is_number(rows[name])}
        at = [self.columns.index(name) for name in self.levels]
        data = lightgbm.Dataset(self._values(rows), label=labels, categorical_feature=at)
        rarer = min(labels.sum(), len(labels) - labels.sum())
        size = {
            "num_leaves": int(np.clip(rarer // _EVENTS_A_LEAF, *_LEAVES)),
            "min_data_in_leaf": int(np.clip(len(labels) // 250, *_ROWS_IN_LEAF)),
        }
        self.model = lightgbm.train({**_TREES, **size, "seed": seed}, data, num_boost_round=_ROUNDS)

    def _values(self, rows: pd.DataFrame) -> np.ndarray:
        self.learnt.check(rows)
        found = [
            level_codes(rows[name], self.levels[name]).astype(float)
            if name in self.levels
            else rows[name].to_numpy(float)
            for name in self.columns
        ]
        return np.column_stack(found)

    def contributions(self, rows: pd.DataFrame) -> pd.DataFrame:
        parts = self.model.predict(self._values(rows), pred_contrib=True, num_threads=1)
        return pd.DataFrame(np.asarray(parts), index=rows.index, columns=[*self.columns, "base"])

    def log_odds(self, rows: pd.DataFrame) -> np.ndarray:
        """Give the same sum at a tenth of the time."""
        return np.asarray(self.model.predict(self._values(rows), raw_score=True, num_threads=1))


class _Linear:
    """A line through columns that are made of each delivered one; what these add is counted from their mean."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self.learnt = Learnt.of(rows, rows)
        self.encoders = {name: _dummies(rows[name]) for name in rows}
        parts = [self.encoders[name](rows[name]) for name in rows]
        self.owner = np.repeat(np.arange(len(parts)), [part.shape[1] for part in parts])
        made = np.column_stack(parts)
        self.mean, spread = made.mean(axis=0), made.std(axis=0)
        self.spread = np.where(spread > 0, spread, 1.0)
        self.weights, self.base = np.zeros(made.shape[1]), 0.0

    def made(self, rows: pd.DataFrame) -> np.ndarray:
        """Give the columns that are made of the delivered ones, of mean 0 and spread 1 where it was fitted."""
        self.learnt.check(rows)
        made = np.column_stack([encoder(rows[name]) for name, encoder in self.encoders.items()])
        return np.asarray((made - self.mean) / self.spread)

    def weighed(self, weights: np.ndarray, base: float) -> "_Linear":
        """Give the line with its weights."""
        self.weights, self.base = weights, base
        return self

    def contributions(self, rows: pd.DataFrame) -> pd.DataFrame:
        added = self.made(rows) * self.weights
        parts = np.stack([added[:, self.owner == at].sum(axis=1) for at in range(len(self.encoders))], axis=1)
        return pd.DataFrame(parts, index=rows.index, columns=list(self.encoders)).assign(base=self.base)


def _ridge(made: np.ndarray, labels: np.ndarray, strength: float) -> tuple[np.ndarray, float]:
    model = LogisticRegression(C=strength, solver="newton-cholesky", max_iter=100).fit(made, labels.astype(int))
    return model.coef_[0], float(model.intercept_[0])


def _dummies(values: pd.Series) -> Callable[[pd.Series], np.ndarray]:
    """Give a number as its signed logarithm and itself, beside a mark where it is missing; a category as its levels."""
    if _is_number(values):
        median = float(values.median())

        def numbers(rows: pd.Series) -> np.ndarray:
            filled = rows.fillna(median).to_numpy(float)
            return np.column_stack([filled, np.sign(filled) * np.log1p(np.abs(filled)), rows.isna().to_numpy(float)])

        return numbers
    levels = known_levels(values)
    return lambda rows: np.eye(len(levels) + 1)[level_codes(rows, levels)]


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values)


def fit_scorecard(
    rows: pd.DataFrame, labels: np.ndarray, *, seed: int, monotone: Mapping[str, Monotone] | None = None
) -> Scorecard:
    """Add up the weights of evidence of bands and levels: what can be read off a sheet of paper."""
    return fit_card(rows, labels, monotone=monotone)


def fit_logistic(rows: pd.DataFrame, labels: np.ndarray, *, seed: int) -> Scorer:
    """Fit a regularised logistic regression on numbers, their logarithms, and levels."""
    line = _Linear(rows)
    return line.weighed(*_ridge(line.made(rows), labels, _STRENGTH))


@dataclass(frozen=True)
class Decided:
    """Rows that somebody has decided about: whom they turned down, when, and a number made to tell who leaves.

    Attributes
    ----------
    rows
        Columns of each, as of the rows with a label; these are among them.
    refused
        Whether each was turned down.
    observed
        When each was decided about.
    rating
        Column of a rating that others made of many more outcomes, as a bureau does; None without one.
    """

    rows: pd.DataFrame
    refused: np.ndarray
    observed: pd.Series
    rating: str | None


def fit_led(rows: pd.DataFrame, labels: np.ndarray, *, seed: int, decided: Decided) -> Scorer:
    """Fit a regression that starts from what decisions so far have weighed, and departs where outcomes say so.

    Decisions are many where outcomes are few, and hold what those who decide have learnt before. Their log-odds and the
    rating are two columns that are hardly penalised; all others are, and strongly. Later decisions are not looked at.

    Notes
    -----
    A ridge towards weights that were learnt on another, larger sample, as in transfer learning: Li, Cai and Li (2022),
    Transfer learning for high-dimensional linear regression, Journal of the Royal Statistical Society B 84.
    """
    line = _Linear(rows)
    made, so_far = line.made(rows), (decided.observed <= decided.observed.reindex(rows.index).max()).to_numpy()
    away, _ = _ridge(line.made(decided.rows[so_far]), decided.refused[so_far], _STRENGTH)
    ways = [away]
    if decided.rating in line.encoders:
        ways.append(np.eye(len(away))[int(np.argmax(line.owner == list(line.encoders).index(decided.rating)))])
    free = np.stack(ways, axis=1)
    free = _FREE * free / np.maximum((made @ free).std(axis=0), 1e-9)
    weights, base = _ridge(np.hstack([made @ free, made]), labels, _STIFF)
    return line.weighed(free @ weights[: len(ways)] + weights[len(ways) :], base)


def fit_boosting(rows: pd.DataFrame, labels: np.ndarray, *, seed: int) -> Scorer:
    """Fit small, shrunken boosted trees on numbers and levels."""
    return _Trees(rows, labels, seed=seed)


#: Fits a model on rows and their labels.
Fit = Callable[..., Scorer]
#: From plain to strong.
MODELS: dict[str, Fit] = {
    "scorecard": fit_scorecard,
    "logistic": fit_logistic,
    "boosting": fit_boosting,
}


class Calibration:
    """What turns log-odds into probabilities that come true: a logistic line through them (Platt 1999)."""

    def __init__(self, scores: np.ndarray, labels: np.ndarray) -> None:
        line = LogisticRegression(C=1e6).fit(scores[:, None], labels.astype(int))
        self.slope, self.start = float(line.coef_[0, 0]), float(line.intercept_[0])

    def __call__(self, scores: np.ndarray) -> np.ndarray:
        """Give the probability of leaving."""
        return np.asarray(expit(self.start + self.slope * scores))
