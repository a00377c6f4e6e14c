"""Gaps and jumps within the days of a business, argued from how many lines each day and each week has."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

#: Days or weeks before, and after, that one is compared with, and the fewest that allow a comparison.
_AROUND, _FEWEST = 8, 4
#: Shares of the usual from which a day or a week stands out, and the standard deviations that must lie between.
_LOW, _HIGH, DEVIATIONS = 0.2, 4, 6
#: Lines that are usual where one day, or one week, can tell anything.
MANY = 50
#: Days in a row without a line by which a business is closed; shorter ones tell how often it has days without.
_CLOSED = 7
#: Stretches without a line, as long and by chance, that a whole history may be expected to have.
_BY_CHANCE = 0.02


@dataclass(frozen=True)
class Odd:
    """Days in a row that are not as such days are: ``kind`` is ``gap``, ``few``, ``many`` or ``level`` (from then on).

    ``lines`` are those of the ``days`` from ``first`` on; ``usual`` those that as many such days have.
    """

    kind: str
    first: date
    days: int
    lines: int
    usual: int


def odd_days(lines: pd.Series) -> list[Odd]:
    """Give the stretches of days that stand out from those around them, in order.

    Holidays of one day, closed weekdays and small numbers do not: a gap is longer than the days without a line that
    the business has anyway explain, and other days count where they have a fifth of the usual or four times as much.

    Parameters
    ----------
    lines
        Lines per day, indexed by day, in order; days without any may be left out.

    Examples
    --------
    >>> days = pd.Series([900] * 120, index=pd.date_range("2024-01-01", periods=120))
    >>> days.iloc[60:63] = 0
    >>> days.iloc[80] = 90
    >>> [(odd.kind, str(odd.first), odd.days, odd.usual) for odd in odd_days(days)]
    [('gap', '2024-03-01', 3, 2700), ('few', '2024-03-21', 1, 900)]
    """
    if lines.empty:
        return []
    counts = lines.copy()
    counts.index = pd.DatetimeIndex(counts.index)
    counts = counts.resample("D").sum().astype(float)
    weeks = counts.resample("W-MON", label="left", closed="left").agg(["sum", "size"])
    weeks = weeks.loc[weeks["size"] == 7, "sum"]
    found = [*_gaps(counts), *_outlying(counts, each=7, days=1)]
    taken = {day for odd in found for day in pd.date_range(odd.first, periods=odd.days)}
    found += [
        odd for odd in _outlying(weeks, each=1, days=7) if not taken & set(pd.date_range(odd.first, periods=odd.days))
    ]
    told = [bool(taken & set(pd.date_range(week, periods=7))) for week in weeks.index]
    return sorted([*found, *_levels(weeks.mask(np.array(told, dtype=bool)))], key=lambda odd: (odd.first, odd.kind))


def _runs(holds: pd.Series) -> list[pd.Index]:
    """Give the stretches in which something holds, each as its index."""
    return [run.index for _, run in holds[holds].groupby((holds != holds.shift()).cumsum()[holds])]


def _gaps(counts: pd.Series) -> list[Odd]:
    silent = counts == 0
    weekday = pd.Series(counts.index.dayofweek, index=counts.index)
    closed = pd.Series(False, index=counts.index)
    for run in _runs(silent):
        closed[run] = len(run) >= _CLOSED
    other = counts[~closed]
    open_on = (other > 0).groupby(weekday[~closed]).mean() > 0.5
    usual = weekday.map(other[other > 0].groupby(weekday[other.index][other > 0]).median()).fillna(0)
    is_open = weekday.map(open_on).fillna(False).astype(bool)
    told = is_open & ~closed
    found = []
    for run in _runs(silent):
        days = run[is_open[run]]
        # the chance of a day without a line, as the other days tell it; never nothing, so that one day is no gap
        others = told & ~counts.index.isin(run)
        share = ((silent & others).sum() + 1) / (others.sum() + 1)
        by_chance = others.sum() * share ** len(days)
        if len(days) > 1 and by_chance < _BY_CHANCE and others.sum() >= _FEWEST * 7 and usual[days].sum() >= MANY:
            length = (days[-1] - days[0]).days + 1
            found.append(Odd("gap", days[0].date(), length, 0, round(usual[days].sum())))
    return found


def _outlying(counts: pd.Series, *, each: int, days: int) -> list[Odd]:
    """Give what stands out from before and from after; at the end, where nothing is after, from before."""
    low, high = pd.Series(True, index=counts.index), pd.Series(True, index=counts.index)
    past = pd.DataFrame({n: counts.shift(each * n) for n in range(1, _AROUND + 1)})
    future = pd.DataFrame({n: counts.shift(-each * n) for n in range(1, _AROUND + 1)})
    has_past, has_future = (side.notna().sum(axis=1) >= _FEWEST for side in (past, future))
    for side, told in ((past, has_past), (future, has_future)):
        usual = side.median(axis=1)
        spread = np.maximum(np.sqrt(usual), 1.4826 * side.sub(usual, axis=0).abs().median(axis=1))
        is_far = ((counts - usual).abs() > DEVIATIONS * spread) & (usual >= MANY)
        low &= ~told | (is_far & (counts < _LOW * usual))
        high &= ~told | (is_far & (counts > _HIGH * usual))
    usual = past.median(axis=1)
    return [
        Odd(kind, run[0].date(), days * len(run), int(counts[run].sum()), round(usual[run].sum()))
        for kind, holds in (("few", low & (counts > 0)), ("many", high))
        for run in _runs(holds & has_past)
    ]


def _levels(weeks: pd.Series) -> list[Odd]:
    """Give the weeks from which on all have a fifth of the lines, or four times as many."""
    before = weeks.shift().rolling(_AROUND, min_periods=_FEWEST).median()
    after = weeks[::-1].rolling(_AROUND, min_periods=_FEWEST).median()[::-1]
    shifts = (np.maximum(before, after) >= MANY) & (before > 0) & (after > 0)
    shifts &= (after < _LOW * before) | (after > _HIGH * before)
    steps = np.log((weeks + 1) / (weeks.shift() + 1)).abs().fillna(0)
    starts = [steps[run].idxmax() for run in _runs(shifts)]
    return [Odd("level", week.date(), 7, int(after[week]), round(before[week])) for week in starts]
