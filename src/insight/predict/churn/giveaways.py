"""Columns that know the answer: found by what they tell alone, beside what all others tell together.

Each check has a sign that an honest feature does not show. What shows one stops the report, until somebody who knows
the column says that it was known in time, or takes it out.
"""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from insight.predict.churn.leaks import TELLS_ALL
from insight.predict.measures import auc

STRONG = 0.9  # AUC of one column alone, from which on it is compared with all others together
CLEARLY = 0.03  # by how much it must tell more than they do
_SHORT = 4  # letters of a label below which it is part of other words
NAMED = 0.75  # the same of a column that is named after the label
PURE, COVERED, FEWEST = 0.99, 0.1, 30  # share of leavers in a value, part of all leavers, and rows, that make a status
LATE = 0.01  # share of rows with a day after the one on which they were known
BINS, FOLDS = 24, 5
_EXACT = 5e-4  # how near an encoding lies to the mean that it encodes

Fit = Callable[[pd.DataFrame], float]


def find_giveaways(
    features: pd.DataFrame,
    labels: pd.Series,
    *,
    groups: np.ndarray,
    others: Fit,
    days: pd.DataFrame | None = None,
    observed: pd.Series | None = None,
    label_name: str = "",
    trusted: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Find the columns that know who left.

    Parameters
    ----------
    features
        Columns of numbers or categories.
    labels
        1 for those who left, 0 for those who stayed.
    groups
        Rows that repeat each other have the same number, and never tell of each other.
    others
        Gives the AUC of a model of the columns that it is given, on rows that it has not seen.
    days
        Columns of days, as numbers.
    observed
        The day on which each row was known, as a number; without it no day is called late.
    label_name
        What the label is called.
    trusted
        Columns that somebody vouches for.

    Returns
    -------
    DataFrame
        One row per column that is found: ``column``, ``sign`` and ``auc`` (alone). Signs: ``copy`` (tells nearly all),
        ``late`` (days after the row's own), ``encoding`` (means of the label by a category), ``status`` (a value that
        nearly none but leavers have), ``named`` (after the label, and telling), ``outweighs`` (tells much more than
        all others together).
    """
    fold = folds_of(groups)
    y = labels.to_numpy(dtype=float)
    told: dict[str, pd.Series] = {name: features[name] for name in features}
    dated = {} if days is None else {name: days[name] for name in days}
    rows = []
    for name, values in {**told, **dated}.items():
        if name in trusted:
            continue
        alone = single_auc(values, y, fold)
        sign = (name in dated and _is_late(values, observed) and "late") or _sign(values, y, alone, label_name)
        if not sign and alone >= STRONG and name in told and len(told) > 1:
            # with few of one kind an AUC is off by chance, and so is that of the others
            chance = np.sqrt(alone * (1 - alone) / min(y.sum(), len(y) - y.sum()))
            sign = "outweighs" if others(features.drop(columns=name)) <= alone - CLEARLY - 3 * chance else ""
        if sign:
            rows.append((name, sign, alone))
    return pd.DataFrame(rows, columns=["column", "sign", "auc"])


def folds_of(groups: np.ndarray) -> np.ndarray:
    """Deal groups of rows into five folds, all rows of a group into one: the same in every run.

    Examples
    --------
    >>> folds_of(np.array([0, 0, 1, 2])).tolist()
    [0, 0, 1, 2]
    """
    return np.asarray(groups).astype(np.int64) % FOLDS


def single_auc(values: pd.Series, labels: np.ndarray, fold: np.ndarray) -> float:
    """Give the AUC of one column by itself: as a number, or by the share of leavers at its values in other folds.

    What is missing is a value of its own. A share is taken by value where values repeat, and by quantiles.

    Examples
    --------
    >>> left = np.array([0, 1] * 50)
    >>> single_auc(pd.Series(left * 7), left, np.arange(100) % 5)
    1.0
    """
    found = [_by_share(_binned(values), labels, fold)]
    if pd.api.types.is_numeric_dtype(values):
        known = values.notna().to_numpy()
        if 0 < labels[known].sum() < known.sum():
            alone = auc(labels[known], values.to_numpy(dtype=float)[known])
            found.append(0.5 + (max(alone, 1 - alone) - 0.5) * known.mean())
        if values.nunique() <= len(values) / 4:
            found.append(_by_share(pd.factorize(values.fillna(np.inf))[0], labels, fold))
    return float(max(found))


def _binned(values: pd.Series) -> np.ndarray:
    if not pd.api.types.is_numeric_dtype(values):
        return pd.factorize(values)[0] + 1
    bins = pd.qcut(values, BINS, labels=False, duplicates="drop")
    return np.asarray(bins.fillna(-1).astype(int) + 1)


def _by_share(codes: np.ndarray, labels: np.ndarray, fold: np.ndarray) -> float:
    """Rank by the share of leavers among rows of other folds with the same value, drawn to the overall share."""
    levels, overall = int(codes.max()) + 1, labels.mean()
    whole = np.bincount(codes, minlength=levels).astype(float), np.bincount(codes, labels, minlength=levels)
    score = np.empty(len(codes))
    for part in np.unique(fold):
        own = fold == part
        rows = whole[0] - np.bincount(codes[own], minlength=levels)
        left = whole[1] - np.bincount(codes[own], labels[own], minlength=levels)
        score[own] = ((left + 5 * overall) / (rows + 5))[codes[own]]
    return auc(labels, score)


def _is_late(days: pd.Series, observed: pd.Series | None) -> bool:
    return observed is not None and bool((days > observed).mean() > LATE)


def _sign(values: pd.Series, labels: np.ndarray, alone: float, label_name: str) -> str:
    if alone >= TELLS_ALL:
        return "copy"
    if pd.api.types.is_numeric_dtype(values) and is_encoding(values, labels):
        return "encoding"
    if _has_status(values, labels):
        return "status"
    return "named" if _is_named_after(str(values.name), label_name) and alone >= NAMED else ""


def _is_named_after(column: str, label: str) -> bool:
    """Say whether a column is called after the label; by a short one, such as ``y``, as a word of its own.

    Examples
    --------
    >>> [_is_named_after(name, "y") for name in ("nr.employed", "y_before", "lastY")]
    [False, True, True]
    >>> _is_named_after("ChurnScore", "churn"), _is_named_after("tenure", "")
    (True, False)
    """
    if len(label) < _SHORT:
        words = re.findall(r"[A-Z]?[^\W_A-Z]+|[A-Z]+", column)
        return bool(label) and label.lower() in [word.lower() for word in words]
    return label.lower() in column.lower()


def is_encoding(values: pd.Series, labels: np.ndarray) -> bool:
    """Say whether a column of numbers holds means of the label by groups, as they are or drawn to the overall mean.

    Notes
    -----
    A group of ``n`` rows with ``s`` leavers has ``(s + k m) / (n + k)``, where ``m`` is the overall mean. Groups that
    come to the same number are seen as one, for which the weight ``k`` then appears as a multiple of itself; so what
    tells is that it is zero, or the same or a multiple of the same, for nearly all rows.
    """
    known = values.notna().to_numpy()
    value, left, mean = values.to_numpy(dtype=float)[known], labels[known], labels.mean()
    levels, place = np.unique(np.round(value, 9), return_inverse=True)
    if len(levels) < 3 or levels[0] < 0 or levels[-1] > 1 or len(levels) > len(value) / 2:
        return False
    rows, leavers = np.bincount(place), np.bincount(place, left)
    away = (np.abs(levels - mean) > 0.01) & (rows > 1)
    if away.sum() < 3 or rows[away].sum() < known.sum() / 4:
        return False
    rows, leavers, levels = rows[away], leavers[away], levels[away]
    weights = (leavers - levels * rows) / (levels - mean)
    plain = np.abs(levels * rows - leavers) < _EXACT * rows
    least = np.round(weights[weights > 0.5], 2)
    often = np.unique(least, return_counts=True)
    weight = often[0][often[1] >= 3].min() if (often[1] >= 3).any() else np.inf
    drawn = (weights > weight / 2) & (np.abs(weights / weight - np.round(weights / weight)) < 0.01)
    return bool(max(rows[plain].sum(), rows[drawn].sum()) >= 0.8 * rows.sum())


def _has_status(values: pd.Series, labels: np.ndarray) -> bool:
    """Say whether one value, or having none, is nearly the leavers' alone, and many of theirs."""
    codes = pd.factorize(values if values.nunique() <= 50 else values.isna())[0] + 1
    rows, left = np.bincount(codes), np.bincount(codes, labels)
    return bool(((rows >= FEWEST) & (left >= PURE * rows) & (left >= COVERED * labels.sum())).any())
