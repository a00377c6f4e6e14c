"""What stands between a back-test and the page: features that know the answer, and how sure its figures are."""

import numpy as np
import pandas as pd

from insight.errors import Unavailable, unless_unavailable
from insight.predict.churn.backtest import Backtest, fold_of
from insight.predict.churn.design import LABEL
from insight.predict.churn.giveaways import find_giveaways
from insight.predict.measures import measure_scores


@unless_unavailable
def leaks(test: Backtest) -> pd.DataFrame:
    """Find the features that know who left at the test cut, see :mod:`insight.predict.churn.giveaways`.

    Features are counted here from the days before the cut, so one may honestly tell more than the others together, or
    have a value that only those who left have, such as the longest silence: that is no sign.
    """
    judged = pd.concat([new for _, new in test.folds])
    fold = fold_of(judged.index)
    found = find_giveaways(judged[test.features], judged[LABEL], groups=fold, others=lambda _features: 1.0)
    return found[found["sign"].isin(["copy", "encoding"])]


@unless_unavailable
def without_leaks(test: Backtest, found: pd.DataFrame) -> Backtest | Unavailable:
    """Give the test as it is, or, where a feature knows who left, none: every figure of it would be too good."""
    return Unavailable("churn", "leaks", {"n": len(found)}) if len(found) else test


@unless_unavailable
def measure(test: Backtest, model: str, *, seed: int) -> pd.Series:
    """Measure the probabilities of a model, as `insight.predict.measures.measure_scores` does: one row of that."""
    each = np.arange(test.customers)
    return measure_scores(test.labels, test.scores[[model]], groups=each, seed=seed).loc[model]
