"""Gaps and jumps within the days of a business, argued from how many lines each day and each week has.

What a business does by itself is none: a weekly rhythm, closed days, a season that comes gradually or each year,
days with few or many lines that come often.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

#: Days of the same weekday, or weeks, before and after that one is compared with; the fewest that allow it.
_AROUND, _FEWEST = 8, 4
#: Shares of the usual from which a day or a week stands out, and the standard deviations that must lie between.
_LOW, _HIGH, DEVIATIONS = 0.2, 4, 6
#: Shares of the usual that belong to the stretch around a day that stands out.
_LOWER, _HIGHER = 0.5, 2
#: Lines that are usual where one day, or one week, can tell anything.
MANY = 50
#: Days in a row without a line by which a business is closed; shorter ones tell how often it has days without.
_CLOSED = 7
#: Stretches without a line, as long and by chance, that a whole history may be expected to have.
_BY_CHANCE = 0.02
#: Share of a change (of its logarithm) that comes at once; seasons take longer.
_AT_ONCE = 0.75
#: Days of a year, and by how many earlier or later a season may come again, as holidays by the moon do.
_YEAR, _MOVES = 365, 30
#: Short stretches of one kind above which they are the business's rhythm, such as pay days or bank holidays.
_OFTEN = 3


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

    A gap is longer than the days without a line that the business has anyway explain; other days count where they
    have a fifth of the usual or four times as much, at once; a level where all weeks from one on have.

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
    found += [odd for odd in _outlying(weeks, each=1, days=7) if not _days_of([odd]) & _days_of(found)]
    is_told = [bool(_days_of(found) & set(pd.date_range(week, periods=7))) for week in weeks.index]
    return sorted([*found, *_levels(weeks.mask(np.array(is_told, dtype=bool)))], key=lambda odd: (odd.first, odd.kind))


def _days_of(found: list[Odd]) -> set[pd.Timestamp]:
    return {day for odd in found for day in pd.date_range(odd.first, periods=odd.days)}


def _runs(holds: pd.Series) -> list[pd.Index]:
    """Give the stretches in which something holds, each as its index."""
    return [run.index for _, run in holds[holds].groupby((holds != holds.shift()).cumsum()[holds])]


def _a_year_away(values: pd.Series, at: pd.Timestamp) -> pd.Series:
    """Give the values about a year before and after a day."""
    away = np.abs(np.abs((values.index - at).days) - _YEAR)
    return values[away <= _MOVES]


def _gaps(counts: pd.Series) -> list[Odd]:
    silent = counts == 0
    weekday = counts.index.day_of_week
    runs = _runs(silent)
    closed = pd.Series(False, index=counts.index)
    for run in runs:
        closed[run] = len(run) >= _CLOSED
    is_open = (counts > 0).where(~closed).astype(float).groupby(weekday).transform("mean") > 0.5
    usual = _sides(counts.where(counts > 0), each=7)[0].groupby(weekday).ffill().fillna(0)
    starts = pd.Series({run[0]: len(run) for run in runs}, dtype=float)
    found = []
    for run in runs:
        days = run[is_open[run]]
        # the chance of a day without a line, as the other days tell it; never nothing, so that one day is no gap
        others = is_open & ~closed & ~counts.index.isin(run)
        share = ((silent & others).sum() + 1) / (others.sum() + 1)
        by_chance = others.sum() * share ** len(days)
        is_short = len(days) < 2 or usual[days].sum() < MANY or others.sum() < _FEWEST * 7
        if not is_short and by_chance < _BY_CHANCE and not (_a_year_away(starts, run[0]) >= len(run) / 2).any():
            length = (days[-1] - days[0]).days + 1
            found.append(Odd("gap", days[0].date(), length, 0, round(usual[days].sum())))
    return found


def _sides(counts: pd.Series, *, each: int) -> tuple[pd.Series, pd.DataFrame, pd.DataFrame]:
    """Give what is usual, and the counts before and after that say so: those before where there are enough."""
    past, future = (pd.DataFrame({n: counts.shift(sign * each * n) for n in range(1, _AROUND + 1)}) for sign in (1, -1))
    usual = past.median(axis=1).where(past.notna().sum(axis=1) >= _FEWEST)
    return usual.fillna(future.median(axis=1)), past, future


def _outlying(counts: pd.Series, *, each: int, days: int) -> list[Odd]:
    """Give what stands out from before and from after; at the end, where nothing is after, from before."""
    usual, past, future = _sides(counts, each=each)
    low = high = past.notna().sum(axis=1) >= _FEWEST
    for side in (past, future):
        is_told, middle = side.notna().sum(axis=1) >= _FEWEST, side.median(axis=1)
        spread = 1.4826 * np.log(side.div(middle, axis=0).clip(lower=0.01)).abs().median(axis=1)
        is_far = np.log((counts / middle).clip(lower=0.01)).abs() > DEVIATIONS * spread
        # by chance, roots of counts deviate by 1/2, and by 1 where lines come a few to a basket
        is_far &= ((np.sqrt(counts) - np.sqrt(middle)).abs() > DEVIATIONS) & (middle >= MANY)
        low = low & (~is_told | (is_far & (counts < _LOW * middle)))
        high = high & (~is_told | (is_far & (counts > _HIGH * middle)))
    ratio = counts / usual.where(usual > 0)
    found = []
    for kind, seed, around in (
        ("few", low & (counts > 0), (ratio < _LOWER) & (counts > 0)),
        ("many", high, ratio > _HIGHER),
    ):
        runs = [run for run in _runs(around | seed) if seed[run].any() and _is_abrupt(ratio, run, each, kind)]
        is_rhythm = sum(len(run) * days <= _CLOSED for run in runs) > _OFTEN
        found += [
            Odd(kind, run[0].date(), days * len(run), int(counts[run].sum()), round(usual[run].sum()))
            for run in runs
            if not (is_rhythm and len(run) * days <= _CLOSED) and not _comes_again(ratio, run, kind)
        ]
    return found


def _is_abrupt(ratio: pd.Series, run: pd.Index, each: int, kind: str) -> bool:
    """Say whether a whole stretch stands out, from the week before and from the week after; a season's top does not."""
    first, end, inside = ratio.index.get_loc(run[0]), ratio.index.get_loc(run[-1]) + 1, ratio[run].mean()
    beside = [side.median() for side in (ratio.iloc[max(0, first - each) : first], ratio.iloc[end : end + each])]
    steps = [inside / side for side in beside if side > 0]
    if kind == "few":
        return inside < _LOW and all(step < inside**_AT_ONCE for step in steps)
    return inside > _HIGH and all(step > inside**_AT_ONCE for step in steps)


def _comes_again(ratio: pd.Series, run: pd.Index, kind: str) -> bool:
    """Say whether something like it, half as marked, was there a year before or after."""
    away, inside = _a_year_away(ratio, run[0]), ratio[run].mean()
    return bool((away < 2 * inside if kind == "few" else away - 1 > (inside - 1) / 2).any())


def _levels(weeks: pd.Series) -> list[Odd]:
    """Give the weeks from which on all have a fifth of the lines, or four times as many, at once and not each year."""
    before, after = (
        {n: side.rolling(n, min_periods=n // 2).median() for n in (_AROUND, 2)} for side in (weeks.shift(), weeks[::-1])
    )
    change, at_once = (np.log(after[n][::-1] + 1) - np.log(before[n] + 1) for n in (_AROUND, 2))
    is_level = (np.maximum(before[_AROUND], after[_AROUND][::-1]) >= MANY) & (before[_AROUND] > 0)
    is_level &= ~change.between(np.log(_LOW), np.log(_HIGH)) & (at_once / change > _AT_ONCE)
    starts = [at_once[run].abs().idxmax() for run in _runs(is_level)]
    return [
        Odd("level", week.date(), 7, int(after[_AROUND][week]), round(before[_AROUND][week]))
        for week in starts
        if not (_a_year_away(at_once, week) / at_once[week] > 0.5).any()
    ]
