"""Bands of a column and what each tells: weight of evidence and information value.

A weight of evidence is the log-odds of the event in a band less those of all rows, so a positive one speaks for the
event. Terms and formulas as in Siddiqi (2017), Intelligent Credit Scoring, chapter 10.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier

MOST_BANDS = 8
SMALLEST_BAND = 0.04  # share of the rows that a band of numbers has at least
WORTH = 8.0  # twice the log-likelihood that a cut adds at least; by chance the best of many adds about as much
WORTH_ONE_WAY = 2.7  # the same where it is known which way the share goes: significant at 5%, on one side
FEWEST_OF_A_KIND = 5  # rows with the event, and without it, that a band of numbers has at least
FEWEST_ROWS = 30  # of a level; rarer ones are taken together with what is missing
#: So many events at the overall share are added to those of a band, so that few rows do not speak loudly.
DRAWN_EVENTS = 5.0
Monotone = Literal["rising", "falling", "either"]


@dataclass(frozen=True)
class Bands:
    """The bands of a column.

    Attributes
    ----------
    name
        The column.
    edges
        Of a number: the least value of each band after the first; none of a category.
    levels
        Of a category: the values that have a band; none of a number.
    table
        A row per band: ``band`` (0: missing, or a rare level), ``low, high`` (of a number, ``low <= x < high``) or
        ``level``, ``rows, events, share`` (of rows with the event), ``woe`` and ``iv`` (its part of the column's).
    """

    name: str
    edges: np.ndarray | None
    levels: pd.Index | None
    table: pd.DataFrame

    @property
    def value(self) -> float:
        """The information value of the column."""
        return float(self.table["iv"].sum())

    @property
    def tells(self) -> bool:
        """Whether its bands tell more of the event than as many would by chance (Akaike's criterion)."""
        filled = self.table[self.table["rows"] > 0]
        rows, events = filled["rows"].to_numpy(float), filled["events"].to_numpy(float)
        return _likelihood_ratio(rows, events) > 2 * (len(filled) - 1)

    def place(self, values: pd.Series) -> np.ndarray:
        """Give the band of each value."""
        if self.edges is not None:
            numbers = values.to_numpy(float)
            return np.where(np.isnan(numbers), 0, np.searchsorted(self.edges, numbers, side="right") + 1)
        assert self.levels is not None
        return self.levels.get_indexer(values.astype(object)) + 1

    def woe(self, values: pd.Series) -> np.ndarray:
        """Give the weight of evidence of each value."""
        return self.table["woe"].to_numpy()[self.place(values)]


def make_bands(values: pd.Series, labels: np.ndarray, *, monotone: Monotone | None = None) -> Bands:
    """Divide a column into bands: a number where a small tree would, a category by its levels.

    Parameters
    ----------
    values
        Numbers (missing ones have a band of their own), or categories.
    labels
        1 for rows with the event, else 0.
    monotone
        Whether the share with the event must rise, fall, or do either, from band to band of a number; neighbours that
        break this are joined. None: it may go up and down.

    Examples
    --------
    >>> score = pd.Series([500.0] * 50 + [700.0] * 50)
    >>> bad = np.array([1] * 25 + [0] * 25 + [1] * 5 + [0] * 45)
    >>> make_bands(score, bad).table[["rows", "events"]].to_numpy().tolist()
    [[0, 0], [50, 25], [50, 5]]
    """
    if not pd.api.types.is_numeric_dtype(values):
        counts = values.astype(object).value_counts()
        levels = pd.Index(sorted(counts.index[counts >= FEWEST_ROWS]), dtype=object)
        place = levels.get_indexer(values.astype(object)) + 1
        table = weigh(np.bincount(place, minlength=len(levels) + 1), _events(place, labels, len(levels) + 1))
        return Bands(str(values.name), None, levels, table.assign(level=[None, *levels]))
    numbers = values.to_numpy(float)
    edges = _split(numbers, labels, worth=WORTH if monotone is None else WORTH_ONE_WAY)
    edges = edges if monotone is None else _one_way(numbers, labels, edges, monotone)
    place = _place(numbers, edges)
    table = weigh(np.bincount(place, minlength=len(edges) + 2), _events(place, labels, len(edges) + 2))
    bounds = [np.nan, -np.inf, *edges], [np.nan, *edges, np.inf]
    return Bands(str(values.name), edges, None, table.assign(low=bounds[0], high=bounds[1]))


def weigh(
    rows: Sequence[int] | np.ndarray, events: Sequence[int] | np.ndarray, *, drawn: float = DRAWN_EVENTS
) -> pd.DataFrame:
    """Give each band's weight of evidence, and its part of the information value.

    Parameters
    ----------
    rows, events
        Rows of each band, and those with the event.
    drawn
        So many events, with the rows that they come from on the whole, are added to each band.

    Returns
    -------
    DataFrame
        ``band, rows, events, share, woe, iv``; a band without rows tells nothing.

    Examples
    --------
    >>> weigh([100, 100], [30, 10])["woe"].round(3).tolist()
    [0.442, -0.606]
    >>> weigh([100, 100], [30, 10], drawn=0)["woe"].round(3).tolist()
    [0.539, -0.811]
    """
    n, bad = np.asarray(rows, float), np.asarray(events, float)
    overall = bad.sum() / n.sum()
    added = drawn / min(overall, 1 - overall)
    share = np.divide(bad + added * overall, n + added, where=n + added > 0, out=np.full(len(n), overall))
    woe = np.log(share / (1 - share)) - np.log(overall / (1 - overall))
    parts = (bad / bad.sum() - (n - bad) / (n - bad).sum()) * woe
    table = {"band": np.arange(len(n)), "rows": n.astype(int), "events": bad.astype(int)}
    return pd.DataFrame({**table, "share": np.divide(bad, n, where=n > 0, out=np.full(len(n), np.nan)),
                         "woe": woe, "iv": parts})  # fmt: skip


def _events(place: np.ndarray, labels: np.ndarray, size: int) -> np.ndarray:
    return np.bincount(place, labels, minlength=size)


def _place(numbers: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(numbers), 0, np.searchsorted(edges, numbers, side="right") + 1)


def _split(numbers: np.ndarray, labels: np.ndarray, *, worth: float) -> np.ndarray:
    """Give the edges that a tree of few leaves finds, less those of bands with too few of a kind."""
    known = ~np.isnan(numbers)
    smallest = max(int(SMALLEST_BAND * known.sum()), FEWEST_ROWS)
    if known.sum() < 2 * smallest or not 0 < labels[known].sum() < known.sum():
        return np.array([])
    tree = DecisionTreeClassifier(
        criterion="entropy",
        max_leaf_nodes=MOST_BANDS,
        min_samples_leaf=smallest,
        min_impurity_decrease=worth / (2 * np.log(2) * known.sum()),
        random_state=0,
    ).fit(numbers[known, None], labels[known].astype(int))
    cuts = np.sort(tree.tree_.threshold[tree.tree_.children_left >= 0])
    values = np.unique(numbers[known])  # an edge is a value that there is, so that it reads well
    edges = np.unique(values[np.minimum(np.searchsorted(values, cuts, side="right"), len(values) - 1)])
    while len(edges):
        place = _place(numbers[known], edges) - 1
        events = _events(place, labels[known], len(edges) + 1)
        fewest = np.minimum(events, np.bincount(place, minlength=len(edges) + 1) - events)
        if fewest.min() >= FEWEST_OF_A_KIND:
            break
        at = int(fewest.argmin())  # with its neighbour that is nearer in kind
        share = events / np.bincount(place, minlength=len(edges) + 1)
        sides = [side for side in (at - 1, at + 1) if 0 <= side <= len(edges)]
        near = min(sides, key=lambda side: abs(share[side] - share[at]))
        edges = np.delete(edges, min(near, at))
    return edges


def _one_way(numbers: np.ndarray, labels: np.ndarray, edges: np.ndarray, monotone: Monotone) -> np.ndarray:
    """Join neighbours until the share with the event goes one way; of both ways the one that keeps more of it."""
    if monotone == "either":
        ways: tuple[Monotone, ...] = ("rising", "falling")
        return max((_one_way(numbers, labels, edges, way) for way in ways), key=lambda e: _told(numbers, labels, e))
    sign = 1 if monotone == "rising" else -1
    known = ~np.isnan(numbers)
    while len(edges):
        place = _place(numbers[known], edges) - 1
        rows = np.bincount(place, minlength=len(edges) + 1)
        steps = sign * np.diff(_events(place, labels[known], len(edges) + 1) / rows)
        if steps.min() > 0:
            break
        edges = np.delete(edges, int(steps.argmin()))
    return edges


def _told(numbers: np.ndarray, labels: np.ndarray, edges: np.ndarray) -> float:
    place = _place(numbers, edges)
    rows = np.bincount(place, minlength=len(edges) + 2)
    return float(weigh(rows, _events(place, labels, len(rows)))["iv"].sum())


def _likelihood_ratio(rows: np.ndarray, events: np.ndarray) -> float:
    """Give twice the log-likelihood that bands of their own shares gain over one share of all."""

    def told(n: np.ndarray, bad: np.ndarray) -> float:
        good = n - bad
        parts = np.where(bad > 0, bad * np.log(np.maximum(bad, 1) / n), 0) + np.where(
            good > 0, good * np.log(np.maximum(good, 1) / n), 0
        )
        return float(parts.sum())

    return 2 * (told(rows, events) - told(rows.sum(keepdims=True), events.sum(keepdims=True)))
