"""What it costs in ranking not to use some columns: the model with them against the one without, on the same people."""

from collections.abc import Callable, Collection

import numpy as np
import pandas as pd

from insight.errors import Unavailable, unless_unavailable
from insight.predict.churn.backtest import fold_of, split
from insight.predict.churn.design import LABEL, Cuts, learnable
from insight.predict.churn.giveaways import folds_of
from insight.predict.churn.leaks import usable_features
from insight.predict.churn.models import Line, Trees
from insight.predict.labelled.backtest import Test, scores_of
from insight.predict.labelled.models import MODELS
from insight.predict.labelled.table import Flat, as_typed
from insight.predict.measures import compare_scores

MOST_ROWS = 25_000  # that a model learns from
_MOST_LEVELS = 30  # of a category that is compared
_PARTS = 2  # of the customers; each is scored by models of the other
#: Fits a model on rows and their labels; gives one that scores rows.
Fit = Callable[[pd.DataFrame, np.ndarray], Callable[[pd.DataFrame], np.ndarray]]


def as_numbers(people: pd.DataFrame) -> pd.DataFrame:
    """Give what describes people as numbers that a model of numbers can use: a column per value, 1 for who has it.

    Examples
    --------
    >>> as_numbers(pd.DataFrame({"gender": ["f", "m", None]})).to_dict("list")
    {'gender f': [1.0, 0.0, 0.0], 'gender m': [0.0, 1.0, 0.0]}
    """
    made = pd.get_dummies(people.astype(object), prefix_sep=" ", dtype=float)
    return made.loc[:, (made != made.iloc[0]).any()]


@unless_unavailable
def price_of_refusing(
    learnt: tuple[pd.DataFrame, pd.Series],
    judged: tuple[pd.DataFrame, pd.Series],
    *,
    refused: list[str],
    parts: tuple[np.ndarray, np.ndarray],
    fit: Fit,
    seed: int,
) -> pd.Series | Unavailable:
    """Compare the AUC of a model that uses some columns with that of the same without them.

    Parameters
    ----------
    learnt, judged
        Rows and labels to learn from, and later ones to judge by, each with every column.
    refused
        Those that are not used.
    parts
        Of both a number for each row's customer: those of one part are scored by models of the other.
    fit
        What fits the model.
    seed
        Start of the resampling.

    Returns
    -------
    Series or Unavailable
        ``auc`` without, ``used`` with them, ``auc_gap`` (what refusing costs) with ``auc_gap_low, auc_gap_high``.
        ``nothing_refused`` where there is no such column.
    """
    (rows, y), (later, came) = learnt, judged
    if not refused:
        return Unavailable("care", "nothing_refused")
    plain = [name for name in rows if name not in refused]
    scores = {name: np.empty(len(later)) for name in ("with", "without")}
    for own in range(_PARTS):
        known, new = np.flatnonzero(parts[0] % _PARTS != own), parts[1] % _PARTS == own
        known = known[np.unique(np.linspace(0, len(known) - 1, min(len(known), MOST_ROWS)).astype(int))]
        for name, columns in (("with", list(rows)), ("without", plain)):
            model = fit(rows.iloc[known][columns], y.to_numpy(float)[known])
            scores[name][new] = model(later[new][columns])
    compared = compare_scores(came, pd.DataFrame(scores, index=came.index), against="with", seed=seed)
    without = compared.loc["without", ["auc", "auc_gap", "auc_gap_low", "auc_gap_high"]]
    return pd.concat([without, pd.Series({"used": compared.loc["with", "auc"]})]).astype(float)


_KINDS: dict[str, type[Trees] | type[Line]] = {"boosting": Trees, "logistic": Line}


def of_examples(
    examples: pd.DataFrame | Unavailable,
    cuts: Cuts | Unavailable,
    people: pd.DataFrame | Unavailable,
    *,
    model: str | Unavailable,
    refused: Collection[str] = (),
    seed: int,
) -> pd.Series | Unavailable:
    """Say what it costs not to use who people are, and the features that are refused: see `price_of_refusing`.

    Parameters
    ----------
    examples, cuts
        As :func:`insight.predict.churn.backtest.backtest` takes them.
    people
        Attributes by ``customer_id`` that no model is given; where nothing is delivered of them, features alone.
    model
        ``boosting`` or ``logistic``; ``no_features`` for the purchase model.
    refused
        Features that the model in use is not given.
    """
    known = None if isinstance(people, Unavailable) else people
    return _of_examples(examples, cuts, known, model=model, refused=refused, seed=seed)


@unless_unavailable
def _of_examples(
    examples: pd.DataFrame,
    cuts: Cuts,
    people: pd.DataFrame | None,
    *,
    model: str,
    refused: Collection[str],
    seed: int,
) -> pd.Series | Unavailable:
    if model not in _KINDS:
        return Unavailable("churn", "no_features")
    training, test = split(examples, cuts)
    used, _ = usable_features(learnable(training, refused=refused))
    kept, _ = usable_features(training[list(refused)])
    rows, later = training[used + kept], test[used + kept]
    more = pd.DataFrame() if people is None else as_numbers(people)
    if len(more.columns):
        rows, later = rows.join(more, on="customer_id").fillna(dict.fromkeys(more, 0.0)), later.join(more)
        later = later.fillna(dict.fromkeys(more, 0.0))

    def fit(known: pd.DataFrame, labels: np.ndarray) -> Callable[[pd.DataFrame], np.ndarray]:
        return _KINDS[model](known.assign(**{LABEL: labels}), list(known), seed=seed)

    parts = fold_of(training.index.get_level_values("customer_id")), fold_of(test.index)
    return price_of_refusing(
        (rows, training[LABEL]), (later, test[LABEL]), refused=[*kept, *more], parts=parts, fit=fit, seed=seed
    )


@unless_unavailable
def of_flat(flat: Flat, test: Test, *, model: str, seed: int) -> pd.Series | Unavailable:
    """Say what it costs not to use the columns of a flat table that are protected or refused.

    Parameters
    ----------
    test
        Which was made, so that there is a model to speak of.
    model
        One of those of flat tables.
    """
    known = flat.known
    more = {name: as_typed(flat.protected[name][known]) for name in flat.protected}
    told = {
        name: values
        for name, values in more.items()
        if len(values.dropna().unique()) > 1
        and (pd.api.types.is_numeric_dtype(values) or values.nunique() <= _MOST_LEVELS)
    }
    rows = pd.concat([flat.features[known], pd.DataFrame(told, index=flat.features.index[known])], axis=1)
    labels, part = flat.labels[known].astype(float), folds_of(flat.groups[known])

    def fit(learnt: pd.DataFrame, y: np.ndarray) -> Callable[[pd.DataFrame], np.ndarray]:
        fitted = MODELS[model](learnt, y, seed=seed)
        return lambda new: scores_of(fitted, new)

    return price_of_refusing((rows, labels), (rows, labels), refused=list(told), parts=(part, part), fit=fit, seed=seed)
