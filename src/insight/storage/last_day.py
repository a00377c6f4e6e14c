"""The last complete day of a business, argued from how many lines each day has."""

from datetime import date

import ibis
import numpy as np
import pandas as pd

from insight.errors import MissingTableError, ParameterError

#: Earlier days of the same weekday that a day is compared with, and the fewest that allow a comparison.
_WEEKS, _FEWEST = 8, 4
#: Standard deviations below the usual that no chance explains, and the share of the usual that is never incomplete.
_DEVIATIONS, _ENOUGH = 4, 0.7
#: Days at the end that may be incomplete; longer than that it is a change of the business, not lines still to come.
_MOST = 7


def last_day(lines: ibis.Table, *, asked: date | None) -> date:
    """Give the last day of the ``transactions`` that counts: the one asked for, else the last complete one.

    Raises
    ------
    MissingTableError
        If there is no transaction.
    ParameterError
        If the day asked for lies outside the days that have some.
    """
    per_day = lines.group_by("occurred_on").aggregate(lines=lines.count()).order_by("occurred_on").to_pandas()
    if per_day.empty:
        raise MissingTableError("transactions: there is not one, so there is no last day. Deliver some.")
    days = pd.Series(per_day["lines"].to_numpy(), index=pd.DatetimeIndex(per_day["occurred_on"]))
    first, last = days.index[0].date(), days.index[-1].date()
    if asked is not None and not first <= asked <= last:
        raise ParameterError(f"as_of: expected a day from {first} to {last}, found {asked}. Correct it in params/.")
    return asked or last_complete_day(days)


def last_complete_day(lines: pd.Series) -> date:
    """Give the last day whose lines are all there, or nearly; the last day of all where nothing speaks against it.

    A day at the end is incomplete where it has fewer lines than days of its weekday had in the weeks before: fewer
    than chance explains, and by more than on any earlier day, so that holidays and closed days do not count as such.
    Businesses with few lines a day lose no day by this.

    Parameters
    ----------
    lines
        Lines per day, indexed by day, in order; days without any may be left out.

    Examples
    --------
    >>> days = pd.Series([4500] * 90 + [10], index=pd.date_range("2024-10-02", periods=91))
    >>> last_complete_day(days), last_complete_day(days[:-1]), last_complete_day(days // 1000)
    (datetime.date(2024, 12, 30), datetime.date(2024, 12, 30), datetime.date(2024, 12, 31))
    """
    counts = lines.copy()
    counts.index = pd.DatetimeIndex(counts.index)
    counts = counts.resample("D").sum().astype(float)
    past = pd.DataFrame({week: counts.shift(7 * week) for week in range(1, _WEEKS + 1)})
    usual = past.median(axis=1).where(past.notna().sum(axis=1) >= _FEWEST)
    spread = np.sqrt(np.maximum(usual, past.var(axis=1)))
    ratio = counts / usual.where(usual > 0)
    lowest = ratio.iloc[: -_MOST - 1].min()
    least = _ENOUGH if np.isnan(lowest) else min(lowest, _ENOUGH)
    is_short = (ratio < least) & (usual - counts > _DEVIATIONS * spread)
    tail = int(is_short[::-1].cumprod().sum())
    return counts.index[-1 - (tail if tail <= _MOST else 0)].date()
