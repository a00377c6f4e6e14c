"""Why a score is what it is: what each feature adds to it, and the at most four that raise it most.

What all features add, beside the base, is the score (its log-odds), so a reason is a part of the score and nothing
else. It is an association: it says what the model goes by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

MOST = 4
FEWEST_ROWS = 30  # that a level must have to be named; a rarer one might tell who it is
Standing = Literal["high", "low", "usual", "missing", "level", "rare"]
_OF_NUMBERS: tuple[Standing, ...] = ("high", "low", "usual", "missing")


@dataclass(frozen=True)
class Reason:
    """A feature and where it stands: a number against the median, a category's level."""

    feature: str
    standing: Standing
    level: str = ""

    @property
    def code(self) -> str:
        """Name it for a table of scores.

        Examples
        --------
        >>> Reason("recency_days", "high").code, Reason("plan", "level", "monthly").code
        ('recency_days high', 'plan: monthly')
        """
        return f"{self.feature}: {self.level}" if self.standing == "level" else f"{self.feature} {self.standing}"


@dataclass(frozen=True)
class Reasons:
    """The reasons of rows.

    Parameters
    ----------
    reasons
        Every reason that there may be.
    places
        By row, those that raise its score most first: places in ``reasons``, -1 where there are no more.
    index
        Of the rows.
    """

    reasons: Sequence[Reason]
    places: np.ndarray
    index: pd.Index

    def column(self, at: int, words: Sequence[str]) -> np.ndarray:
        """Give each row's reason of a place, in words for each of `reasons`; None where there is none."""
        return np.array([*words, None], dtype=object)[self.places[:, at]]

    def codes(self) -> pd.DataFrame:
        """Give the columns ``reason_1`` to ``reason_4`` of a table of scores."""
        names = [reason.code for reason in self.reasons]
        return pd.DataFrame({f"reason_{at + 1}": self.column(at, names) for at in range(MOST)}, index=self.index)

    @property
    def first(self) -> pd.Series:
        """Give the feature of each row's first reason; missing where nothing raises its score."""
        return pd.Series(self.column(0, [reason.feature for reason in self.reasons]), index=self.index, dtype=object)


def find_reasons(parts: pd.DataFrame, values: pd.DataFrame, learnt: pd.DataFrame) -> Reasons:
    """Give each row the features that raise its score most, at most four, those first that add most.

    Parameters
    ----------
    parts
        What each feature adds to each row's log-odds, without the base.
    values
        The features themselves: numbers, and categories.
    learnt
        The same of the rows that the model learnt from: they say what is usual, and which levels are rare.

    Examples
    --------
    >>> parts = pd.DataFrame({"tenure": [0.5, -1.0], "plan": [1.0, 0.2]})
    >>> values = pd.DataFrame({"tenure": [2.0, 9.0], "plan": ["monthly", "yearly"]})
    >>> learnt = pd.DataFrame({"tenure": [5.0] * 30, "plan": ["monthly"] * 30})
    >>> find_reasons(parts, values, learnt).codes()[["reason_1", "reason_2"]].fillna("–").to_numpy().tolist()
    [['plan: monthly', 'tenure low'], ['plan rare', '–']]
    """
    names = list(parts)
    reasons: list[Reason] = []
    standing = np.empty(parts.shape, dtype=np.int32)
    for at, name in enumerate(names):
        made, places = _standings(name, values[name], learnt[name])
        standing[:, at] = places + len(reasons)
        reasons += made
    added = parts.to_numpy()
    order = np.argsort(-added, axis=1, kind="stable")[:, :MOST]
    found = np.take_along_axis(standing, order, axis=1)
    found[np.take_along_axis(added, order, axis=1) <= 0] = -1
    found = np.pad(found, ((0, 0), (0, MOST - found.shape[1])), constant_values=-1)
    return Reasons(reasons, found, parts.index)


def _standings(name: str, values: pd.Series, learnt: pd.Series) -> tuple[list[Reason], np.ndarray]:
    """List the reasons that a feature may give, and say which one it gives each row."""
    if pd.api.types.is_numeric_dtype(values):
        numbers, usual = values.to_numpy(dtype=float), float(learnt.median())
        middle = int(np.sign((learnt > usual).mean() - (learnt < usual).mean()))  # where most have none, none is low
        at_the_median = {1: 1, -1: 0, 0: 2}[middle]
        places = np.select([np.isnan(numbers), numbers > usual, numbers < usual], [3, 0, 1], at_the_median)
        return [Reason(name, standing) for standing in _OF_NUMBERS], places
    counts = learnt.astype(object).value_counts()
    levels = sorted(str(level) for level in counts.index[counts >= FEWEST_ROWS])
    places = pd.Index(levels, dtype=object).get_indexer(values.astype(object))
    places = np.where(values.isna(), len(levels), np.where(places < 0, len(levels) + 1, places))
    return [*(Reason(name, "level", one) for one in levels), Reason(name, "missing"), Reason(name, "rare")], places


def drivers(parts: pd.DataFrame, values: pd.DataFrame, reasons: Reasons) -> pd.DataFrame:
    """Say what moves all scores, those first that move them most.

    Returns
    -------
    DataFrame
        ``feature``; ``moves``: how much it adds to a score or takes from it on average; ``raised_by``: whether
        ``high`` or ``low`` values raise it, ``either`` where both do as much or it is no number; ``customers``: for
        how many it is the first reason.
    """
    first = reasons.first.value_counts()
    moved = parts.abs().mean().sort_values(ascending=False, kind="stable")
    return pd.DataFrame(
        {
            "feature": moved.index,
            "moves": moved.to_numpy(),
            "raised_by": [_raised_by(parts[name], values[name]) for name in moved.index],
            "customers": first.reindex(moved.index).fillna(0).astype(int).to_numpy(),
        }
    )


def _raised_by(part: pd.Series, values: pd.Series) -> str:
    """Say which values have the higher mean contribution, those above the median or the others."""
    if not pd.api.types.is_numeric_dtype(values):
        return "either"
    middle = values.median()
    if not (values > middle).any():
        middle = values.min()  # most have the highest value
    high, low = part[values > middle].mean(), part[values <= middle].mean()
    if not np.isfinite([high, low]).all() or np.isclose(high, low):
        return "either"
    return "high" if high > low else "low"


@dataclass(frozen=True)
class Explained:
    """Why each row is scored as it is, and what moves all scores."""

    reasons: Reasons
    drivers: pd.DataFrame


def explain(parts: pd.DataFrame, values: pd.DataFrame, learnt: pd.DataFrame) -> Explained:
    """Find the reasons of rows, see `find_reasons`, and what moves all scores, see `drivers`."""
    reasons = find_reasons(parts, values, learnt)
    return Explained(reasons, drivers(parts, values, reasons))
