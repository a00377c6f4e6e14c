"""Groups too small to be shown, and what must go with them so that nobody can subtract.

Hiding one cell of a table is no protection when the total stands beneath it. So where anything is
hidden, at least two groups are, together no smaller than the limit; what remains is rounded to
fives, and totals and shares are made again from what is shown.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from insight.report.text import text

BASE = 5
CHOICES = 3


def suppress(frame: pd.DataFrame, count_column: str, min_cell: int, *, shares: Iterable[str] = ()) -> pd.DataFrame:
    """Hide the groups of fewer than ``min_cell`` customers in a table with one row per group.

    A group of nobody (0) is shown as such. Other numbers of a hidden group are left empty; ``shares``, columns
    with the group's share of all customers, are made again from the rounded counts.

    Examples
    --------
    >>> groups = pd.DataFrame({"tier": list("abcd"), "n": [433, 3, 12, 0], "spend": [9.5, 2.0, 4.0, 0.0]})
    >>> print(suppress(groups, "n", 10).to_string())
      tier              n  spend
    0    a            435    9.5
    1    b  fewer than 10    NaN
    2    c      not shown    NaN
    3    d              0    0.0
    """
    counts = frame[count_column].to_numpy()
    small = (counts > 0) & (counts < min_cell)
    if not small.any():
        return frame.copy()
    hidden = _with_company(counts, small, min_cell)
    out = _without_numbers(frame, hidden, but=count_column)
    rounded = _rounded(counts)
    total = rounded[~hidden].sum()
    for name in shares:
        out[name] = np.where(hidden | (total == 0), np.nan, rounded / max(total, 1))
    return _with_words(out, count_column, pd.Series(rounded, frame.index), small, hidden, min_cell)


def suppress_overlapping(frame: pd.DataFrame, count_column: str, min_cell: int, *, everyone: int) -> pd.DataFrame:
    """Hide the rows of a table whose groups overlap where few customers are in the group, or few are not.

    Such rows add up to nothing, so none can be had from the others: each stands alone, and is not rounded.
    ``everyone`` are the customers in all.

    Examples
    --------
    >>> tags = pd.DataFrame({"tag": list("abc"), "n": [40, 3, 98], "share": [0.4, 0.03, 0.98]})
    >>> print(suppress_overlapping(tags, "n", 10, everyone=100).to_string())
      tag              n  share
    0   a             40    0.4
    1   b  fewer than 10    NaN
    2   c      not shown    NaN
    """
    counts = frame[count_column]
    small, hidden = counts < min_cell, (counts < min_cell) | (everyone - counts < min_cell)
    out = _without_numbers(frame, hidden, but=count_column)
    return _with_words(out, count_column, counts, small, hidden, min_cell)


def suppress_matrix(frame: pd.DataFrame, min_cell: int) -> pd.DataFrame:
    """Hide the small cells of a table of counts with groups on both sides.

    Returns counts as floats, NaN where hidden; totals must be made from what is returned.

    Examples
    --------
    >>> moves = pd.DataFrame({"stays": [400, 90, 0], "goes": [3, 41, 52]}, index=["new", "active", "lost"])
    >>> print(suppress_matrix(moves, 10).to_string())
            stays  goes
    new       NaN   NaN
    active    NaN   NaN
    lost      0.0  50.0
    """
    counts = frame.to_numpy()
    hidden = (counts > 0) & (counts < min_cell)
    if not hidden.any():
        return frame.astype(float)
    before = -1
    while hidden.sum() != before:
        before = hidden.sum()
        for line, mask in [*zip(counts, hidden, strict=True), *zip(counts.T, hidden.T, strict=True)]:
            mask[:] = _with_company(line, mask, min_cell)
    return pd.DataFrame(
        np.where(hidden, np.nan, _rounded(counts)), index=frame.index, columns=frame.columns, dtype=float
    )


def _with_words(
    frame: pd.DataFrame, column: str, counts: pd.Series, small: Any, hidden: Any, min_cell: int
) -> pd.DataFrame:
    """Put counts into a column, and words where they are hidden."""
    not_shown, few = text("common.not_shown"), text("common.fewer_than", n=min_cell)
    return frame.assign(**{column: counts.astype(object).mask(hidden, not_shown).mask(small, few)})


def _without_numbers(frame: pd.DataFrame, hidden: np.ndarray | pd.Series, *, but: str) -> pd.DataFrame:
    out = frame.copy()
    for name in frame.columns:
        if name != but and pd.api.types.is_numeric_dtype(frame[name].dtype):
            out[name] = frame[name].astype(float).mask(hidden)
    return out


def _with_company(counts: np.ndarray, hidden: np.ndarray, min_cell: int) -> np.ndarray:
    """Hide the next smallest groups too, until the small ones cannot be had from the total."""
    hidden = hidden.copy()
    if not hidden.any():
        return hidden
    for place in np.argsort(counts, kind="stable"):
        if _is_safe(counts[hidden], min_cell):
            break
        if counts[place] > 0:
            hidden[place] = True
    return hidden


def _is_safe(hidden: np.ndarray, min_cell: int) -> bool:
    """Say whether someone who knows the hidden groups' total is left with a choice for each small one."""
    total = hidden.sum()
    if len(hidden) < 2 or total < min_cell:
        return False
    small = hidden < min_cell
    least = np.where(small, 1, min_cell)
    most = min_cell - 1 if small.all() else np.inf  # a group that is not small may be of any size
    others_least = least.sum() - least[small]
    others_most = most * (len(hidden) - 1)
    lowest = np.maximum(1, total - others_most)
    highest = np.minimum(min_cell - 1, total - others_least)
    return bool((highest - lowest >= CHOICES - 1).all())


def _rounded(counts: np.ndarray) -> np.ndarray:
    return (np.floor(counts / BASE + 0.5) * BASE).astype(int)
