"""Groups too small to be shown, and what must go with them so that nobody can subtract.

Hiding one cell of a table is no protection when the total stands beneath it. So where anything is
hidden, at least two groups are, together no smaller than the limit; what remains is rounded to
fives, and shares are made again from the rounded counts. What a page says elsewhere of the same groups, or of
several of them together, is rounded with them (`as_told`). A page whose tables divide the same customers again and
again rounds all of them, whether or not one hides a group: ``rounded``.
"""

from typing import Any

import numpy as np
import pandas as pd

from insight.words.numerals import BASE, Rounded
from insight.words.text import text

CHOICES = 3


def suppress(frame: pd.DataFrame, count_column: str, min_cell: int, *, rounded: bool = False) -> pd.DataFrame:
    """Hide the groups of fewer than ``min_cell`` customers in a table with one row per group.

    A group of nobody (0) is shown as such. Other numbers of a hidden group are left empty; columns with the
    group's share of all customers, known by being that, are made again from the rounded counts.

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
    if not (small.any() or rounded):
        return frame.copy()
    hidden = _with_company(counts, small, min_cell)
    out, told = _without_numbers(frame, hidden, but=count_column), in_fives(counts, of=counts.sum())
    for name in _shares_of_all(frame, counts):
        out[name] = np.where(hidden, np.nan, told / max(counts.sum(), 1))
    return _with_words(out, count_column, pd.Series(told, frame.index), small, hidden, min_cell)


def suppress_overlapping(
    frame: pd.DataFrame, count_column: str, min_cell: int, *, everyone: int, rounded: bool = False
) -> pd.DataFrame:
    """Hide the rows of a table whose groups overlap where few customers are in the group, or few are not.

    Such rows add up to nothing, so none can be had from the others: each stands alone. They are rounded only where
    another table hides groups that one of them may hold: ``rounded``. ``everyone`` are the customers in all.

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
    small = counts.between(1, min_cell - 1)
    hidden = small | (everyone - counts).between(1, min_cell - 1)
    out = _without_numbers(frame, hidden, but=count_column)
    if rounded:
        for name in _shares_of_all(frame, counts.to_numpy(), everyone):
            out[name] = np.where(hidden, np.nan, in_fives(counts.to_numpy()) / everyone)
        counts = pd.Series(in_fives(counts.to_numpy()), frame.index)
    return _with_words(out, count_column, counts, small, hidden, min_cell)


def suppress_matrix(frame: pd.DataFrame, min_cell: int, *, rounded: bool = False) -> pd.DataFrame:
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
    if not (hidden.any() or rounded):
        return frame.astype(float)
    before = -1
    while hidden.sum() != before:
        before = hidden.sum()
        for line, mask in [*zip(counts, hidden, strict=True), *zip(counts.T, hidden.T, strict=True)]:
            mask[:] = _with_company(line, mask, min_cell)
    told = np.where(hidden, np.nan, in_fives(counts, of=counts.sum()))
    return pd.DataFrame(told, index=frame.index, columns=frame.columns, dtype=float)


def as_told(some: int, everyone: int, *, rounded: bool, min_cell: int) -> int | Rounded:
    """Give a count of customers as sentences may have it: rounded, and known to be, where groups of them are hidden.

    Where few are counted, or few are not, it stays as it is, so that it is seen to be too small to be said.

    Examples
    --------
    >>> as_told(37, 202, rounded=True, min_cell=10), as_told(37, 202, rounded=False, min_cell=10)
    (35.0, 37)
    """
    if not rounded or min(some, everyone - some) < min_cell:
        return some
    return Rounded(in_fives(np.array(some)))


def parts_are_safe(counts: np.ndarray, part: np.ndarray, min_cell: int) -> bool:
    """Say whether the hidden groups of a table stay hidden beside the total of those in ``part``, rounded or few.

    Examples
    --------
    >>> parts_are_safe(np.array([12, 9, 9]), np.array([False, True, True]), 10)  # "about 20" leaves 9 and 9 alone
    False
    >>> parts_are_safe(np.array([40, 6, 12]), np.array([False, True, True]), 10)
    True
    """
    small = (counts > 0) & (counts < min_cell)
    hidden = _with_company(counts, small, min_cell)
    if not hidden.any():
        return True
    reach, everyone = BASE // 2, counts.sum()
    shown = np.where(counts > 0, in_fives(counts), 0)
    least = np.where(hidden, np.where(small, 1, min_cell), np.maximum(shown - reach, 0))
    most = np.where(hidden, np.where(small, min_cell - 1, everyone), np.where(counts > 0, shown + reach, 0))
    inside, outside = counts[part].sum(), counts[~part].sum()
    if min(inside, outside) < min_cell:  # said to be few
        low, high = (0, min_cell - 1) if inside < min_cell else (everyone - min_cell + 1, everyone)
    else:
        low, high = in_fives(inside) - reach, in_fives(inside) + reach
    for side, (lowest, highest) in ((part, (low, high)), (~part, (everyone - high, everyone - low))):
        lowest = max(lowest, everyone - most[~side].sum())
        highest = min(highest, everyone - least[~side].sum())
        fewest = np.maximum(least, lowest - (most[side].sum() - most))
        greatest = np.minimum(most, highest - (least[side].sum() - least))
        if ((greatest - fewest)[side & hidden] < CHOICES - 1).any():
            return False
    return True


def _shares_of_all(frame: pd.DataFrame, counts: np.ndarray, everyone: int | None = None) -> list[str]:
    """Name the columns that hold each group's share of all customers."""
    shares = counts / ((counts.sum() if everyone is None else everyone) or 1)
    numeric = frame.select_dtypes("number")
    return [str(name) for name in numeric if np.allclose(numeric[name].astype(float), shares, rtol=0, atol=1e-9)]


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


def in_fives(counts: Any, *, of: int | None = None) -> Any:
    """Round to fives; what is everyone, or all but one or two, to no more than there are: ``of``."""
    fives = (np.floor(counts / BASE + 0.5) * BASE).astype(int)
    return fives if of is None else np.minimum(fives, of)
