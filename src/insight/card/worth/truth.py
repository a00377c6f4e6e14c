"""How near the expected margin comes to the truth, and to the best that what one sees allows, where it is known."""

from dataclasses import dataclass

import lightgbm
import numpy as np
import pandas as pd
from scipy.stats import rankdata, spearmanr
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from insight.card.worth.backtest import off
from insight.card.worth.books import INCOME, Books
from insight.card.worth.model import HISTORY, expect, known
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import percentiles, resample
from insight.predict.churn.backtest import fold_of
from insight.predict.leaving.truth import TREES
from insight.predict.uplift.months import YEAR, month_of

_ROUNDS, _PARTS, _FEWEST = 60, 2, 200


@dataclass(frozen=True)
class Way:
    """How a way to foretell ranks by the truth, with its 95% interval, and how far its total lies from the true one.

    The last is missing where the true total is next to nothing (`insight.card.worth.backtest.off`).
    """

    name: str
    rank: float
    low: float
    high: float
    total: float


@dataclass(frozen=True)
class Judged:
    """How near ways to foretell come to the true expected margin of the twelve months ahead.

    Attributes
    ----------
    ceiling
        Spearman's rank correlation with the truth of the better of two models that were taught the true ranks of other
        customers on the same features.
    """

    customers: int
    ways: list[Way]
    ceiling: float

    def way(self, name: str) -> Way:
        """Find a way by its name."""
        return next(one for one in self.ways if one.name == name)


@unless_unavailable
def judge(books: Books, true: pd.DataFrame | Unavailable, *, discount_year: float, seed: int) -> Judged | Unavailable:
    """Foretell from the day that the truth is of, by what was known then, and hold it against the truth.

    Parameters
    ----------
    true
        The ``true_margins`` table.
    """
    assert isinstance(true, pd.DataFrame)
    month = month_of(pd.to_datetime(true["seen_on"]).max().date())
    learnt = min(YEAR, month - books.months.first - HISTORY)
    made = expect(books, month=month, learnt=learnt, discount_year=discount_year, seed=seed, months=YEAR)
    if isinstance(made, Unavailable):
        return made
    margin = true.set_index("customer_id")["expected_margin"].astype(float).reindex(made.parts.index)
    there = margin.notna().to_numpy()
    if there.sum() < _FEWEST:
        return Unavailable("margin", "no_truth", {"fewest": _FEWEST})
    before = books.margin(month - YEAR, YEAR), books.sum(INCOME, month - YEAR, YEAR)
    at = books.months.customers.get_indexer(made.parts.index)
    ways = {"expected": made.margin, "likely": made.likely, "before": before[0][at], "revenue": before[1][at]}
    truth = margin.to_numpy()[there]
    income = float(made.income.sum())
    judged = [_way(name, np.asarray(value)[there], truth, income, seed=seed) for name, value in ways.items()]
    seen = known(books, month).iloc[at[there]]
    return Judged(int(there.sum()), judged, ceiling(seen, truth, fold_of(made.parts.index[there]) % _PARTS))


def _way(name: str, value: np.ndarray, truth: np.ndarray, income: float, *, seed: int) -> Way:
    drawn = [rank(value[rows], truth[rows]) for rows in resample(len(truth), rounds=_ROUNDS, seed=seed)]
    return Way(name, rank(value, truth), *percentiles(np.array(drawn)), off(value.sum(), truth.sum(), income))


def rank(value: np.ndarray, truth: np.ndarray) -> float:
    """Give Spearman's rank correlation."""
    return float(spearmanr(value, truth).statistic)


def ceiling(seen: pd.DataFrame, truth: np.ndarray, part: np.ndarray) -> float:
    """Give the rank correlation of the better of trees and a line, each taught the true ranks of the other half."""
    columns, place = seen.fillna(0).to_numpy(), rankdata(truth) / len(truth)
    logs = FunctionTransformer(lambda x: np.sign(x) * np.log1p(np.abs(x)))
    best = []
    for model in (lightgbm.LGBMRegressor(**TREES), make_pipeline(logs, StandardScaler(), Ridge(100.0))):
        guess = np.zeros(len(truth))
        for own in range(_PARTS):
            guess[part == own] = model.fit(columns[part != own], place[part != own]).predict(columns[part == own])
        best.append(rank(guess, truth))
    return max(best)
