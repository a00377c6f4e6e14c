"""The trained models of churn, boosted trees and a logistic regression; each says what its score is made of."""

from typing import Protocol

import lightgbm
import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from insight.predict.churn.design import LABEL
from insight.predict.churn.leaks import check_features, check_labels
from insight.predict.columns import Learnt

_ROUNDS = 150
_TREES = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 8,
    "min_data_in_leaf": 30,
    "lambda_l2": 5.0,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}


class Scorer(Protocol):
    """A fitted model: the probability of churn, and what each feature adds to its log-odds."""

    def __call__(self, frame: pd.DataFrame) -> np.ndarray:
        """Give the probability of churn of each row."""
        ...

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Give what each feature adds to a row's log-odds, beside ``base``: together they are the score."""
        ...


class Trees:
    """Small, shrunken boosted trees; the columns are pinned to ``features`` in their order."""

    def __init__(self, examples: pd.DataFrame, features: list[str], *, seed: int) -> None:
        self.features, self.learnt = features, Learnt.of(examples, features)
        # the values alone: names with quotes or brackets upset LightGBM, and the order is pinned here
        data = lightgbm.Dataset(self._values(examples), label=examples[LABEL].to_numpy(dtype=float))
        self.model = lightgbm.train({**_TREES, "seed": seed}, data, num_boost_round=_ROUNDS)

    def _values(self, frame: pd.DataFrame) -> np.ndarray:
        self.learnt.check(frame)
        return frame[self.features].to_numpy(dtype=float)

    def __call__(self, frame: pd.DataFrame) -> np.ndarray:
        """Give the probability of churn of each row."""
        return np.asarray(self.model.predict(self._values(frame), num_threads=1))

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Give the Shapley values of the trees [1]_, beside ``base``.

        References
        ----------
        .. [1] Lundberg et al. (2020), From local explanations to global understanding with explainable AI for trees,
           Nature Machine Intelligence 2, 56-67.
        """
        parts = np.asarray(self.model.predict(self._values(frame), pred_contrib=True, num_threads=1))
        return pd.DataFrame(parts, index=frame.index, columns=[*self.features, "base"])


class Line:
    """A regularised logistic regression on logarithms, medians in place of what is missing."""

    def __init__(self, examples: pd.DataFrame, features: list[str], *, seed: int) -> None:
        self.features, self.learnt = features, Learnt.of(examples, features)
        self.filled = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
        self.scaled = StandardScaler()
        self.model = LogisticRegression(C=0.1, solver="newton-cholesky", max_iter=200, random_state=seed)
        steps = make_pipeline(FunctionTransformer(_signed_log), self.filled, self.scaled, self.model)
        steps.fit(self._values(examples), examples[LABEL].to_numpy(dtype=int))
        self.steps = steps
        #: Which feature each column of the regression speaks of: its value, or that it is missing.
        self.owner = np.concatenate([np.arange(len(features)), self.filled.indicator_.features_])

    def _values(self, frame: pd.DataFrame) -> np.ndarray:
        self.learnt.check(frame)
        return frame[self.features].to_numpy(dtype=float)

    def __call__(self, frame: pd.DataFrame) -> np.ndarray:
        """Give the probability of churn of each row."""
        return np.asarray(self.steps.predict_proba(self._values(frame))[:, 1])

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Give each feature's distance from its mean times its coefficient, beside ``base``, the mean's log-odds."""
        added = self.steps[:-1].transform(self._values(frame)) * self.model.coef_[0]
        parts = np.zeros((len(frame), len(self.features) + 1))
        for column, owner in enumerate(self.owner):
            parts[:, owner] += added[:, column]
        parts[:, -1] = self.model.intercept_[0]
        return pd.DataFrame(parts, index=frame.index, columns=[*self.features, "base"])


def _signed_log(values: np.ndarray) -> np.ndarray:
    return np.sign(values) * np.log1p(np.abs(values))


def fit_boosting(examples: pd.DataFrame, features: list[str], *, seed: int) -> Scorer:
    """Fit boosted trees, having checked labels and features."""
    return _checked(Trees, examples, features, seed)


def fit_logistic(examples: pd.DataFrame, features: list[str], *, seed: int) -> Scorer:
    """Fit a logistic regression, having checked labels and features."""
    return _checked(Line, examples, features, seed)


def _checked(kind: type[Trees] | type[Line], examples: pd.DataFrame, features: list[str], seed: int) -> Scorer:
    check_labels(examples[LABEL])
    check_features(examples[features])
    return kind(examples, features, seed=seed)


MODELS = {"boosting": fit_boosting, "logistic": fit_logistic}


def score_of(parts: pd.DataFrame) -> np.ndarray:
    """Give the probability that contributions come to.

    Examples
    --------
    >>> score_of(pd.DataFrame({"recency": [1.0], "base": [-1.0]})).tolist()
    [0.5]
    """
    return np.asarray(expit(parts.to_numpy().sum(axis=1)))
