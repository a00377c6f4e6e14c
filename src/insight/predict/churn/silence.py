"""After how long a silence has a customer left? Argued from how past silences ended."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import ibis
import numpy as np
import pandas as pd

from insight.errors import Unavailable
from insight.predict.histories import WEEK
from insight.predict.measures import wilson

FEWEST_SILENCES = 30
HALF = 0.5
SOONER = 0.8


def count_silences(daily: ibis.Table, *, as_of: date) -> pd.DataFrame:
    """Count the silences that follow purchase days, by their length and by how long they could be watched.

    Returns
    -------
    DataFrame
        ``silent_days`` (until the next purchase day; missing where none has come by ``as_of``),
        ``watched_days`` (from the purchase day to ``as_of``) and ``silences``.
    """
    days = daily.filter(daily.is_purchase)
    following = days.occurred_on.lead().over(group_by=days.customer_id, order_by=days.occurred_on)
    silences = days.mutate(
        silent_days=following.delta(days.occurred_on, unit="day").cast("int64"),
        watched_days=ibis.literal(as_of).delta(days.occurred_on, unit="day").cast("int64"),
    )
    counted = silences.group_by("silent_days", "watched_days").aggregate(silences=silences.count())
    return counted.order_by("watched_days", "silent_days").to_pandas()


def return_curve(
    silences: pd.DataFrame, *, return_days: int, longest: int, customers: int, min_cell: int = 10
) -> pd.DataFrame:
    """Say how silences go on that have lasted so many days.

    Parameters
    ----------
    silences
        As :func:`count_silences` makes them.
    return_days
        Days within which a customer may come back.
    longest
        Days of silence to look at, from 0.
    customers
        How many the silences belong to; with fewer than ``min_cell`` nothing is shown.

    Returns
    -------
    DataFrame
        Empty where no silence ever ended. Else one row per day of silence, as long as 30 silences
        lasted to it and could be watched for ``return_days`` more: ``silent_days``, ``silences``,
        ``returning`` (share that ended within ``return_days`` more), ``low``, ``high`` (its 95%
        interval, silences taken as independent), ``sooner`` (share of all returns that came within
        ``silent_days``, among silences that could be watched for twice ``longest``).

    Examples
    --------
    >>> silences = pd.DataFrame({"silent_days": [3, None], "watched_days": [90, 90], "silences": [60, 40]})
    >>> return_curve(silences, return_days=7, longest=4, customers=50)[["silent_days", "silences", "returning"]]
       silent_days  silences  returning
    0            0       100        0.6
    1            1       100        0.6
    2            2       100        0.6
    3            3        40        0.0
    4            4        40        0.0
    """
    ended = silences["silent_days"].astype("Float64").fillna(np.inf).to_numpy(dtype=float)
    watched, counts = silences["watched_days"].to_numpy(), silences["silences"].to_numpy()
    long_watched = counts * ((watched >= 2 * longest) & (ended <= 2 * longest))
    rows = []
    is_enough = customers >= min_cell and long_watched.sum() > 0
    for day in range(longest + 1 if is_enough else 0):
        reached = counts * ((ended > day) & (watched >= day + return_days))
        if reached.sum() < FEWEST_SILENCES:
            break
        back = int(reached[ended <= day + return_days].sum())
        sooner = long_watched[ended <= day].sum() / long_watched.sum()
        rows.append((day, int(reached.sum()), back / reached.sum(), *wilson(back, int(reached.sum())), sooner))
    return pd.DataFrame(rows, columns=["silent_days", "silences", "returning", "low", "high", "sooner"])


@dataclass(frozen=True)
class Window:
    """The days without a purchase that count as churn, and on what ground.

    Parameters
    ----------
    days
        Whole weeks, unless a parameter sets another number.
    ground
        ``argued``: the first window that meets both conditions of :func:`choose_window`;
        ``limited``: none in the data does, so it is the longest that the data can test;
        ``given``: a parameter sets it.
    returning
        Share that still comes back within ``return_days`` after so long a silence, if known.
    sooner
        Share of returns that come within the window, if known.
    """

    days: int
    ground: Literal["argued", "limited", "given"]
    returning: float | None = None
    sooner: float | None = None


def longest_window(first_on: date | None, as_of: date) -> int:
    """Give the longest window that a history can test: a quarter of it, in whole weeks; 0 if too short.

    Examples
    --------
    >>> longest_window(date(2017, 1, 1), date(2017, 12, 31))
    91
    """
    return 0 if first_on is None else ((as_of - first_on).days + 1) // 4 // WEEK * WEEK


def choose_window(curve: pd.DataFrame, *, longest: int, given: int | None = None) -> Window | Unavailable:
    """Choose the days of silence after which a customer counts as having left.

    The shortest number of whole weeks after which

    1. fewer than half of the silent come back soon: calling them lost is then right more often
       than wrong, and
    2. four in five of those who ever return have returned: in a business where most never
       return, the first condition holds from the first day on and says nothing.

    Parameters
    ----------
    curve
        As :func:`return_curve` makes it.
    longest
        The longest window that the history can test, see :func:`longest_window`.
    given
        What a parameter sets instead.

    Returns
    -------
    Window or Unavailable
        ``window`` where the data shows too few silences to choose.
    """
    by_day = curve.set_index("silent_days")
    if given is not None:
        return Window(given, "given", *_shares(by_day, given))
    weeks = by_day[(by_day.index % WEEK == 0) & (by_day.index >= WEEK) & (by_day.index <= longest)]
    if weeks.empty:
        return Unavailable("churn", "window", {"n": FEWEST_SILENCES})
    meets = weeks[(weeks["returning"] < HALF) & (weeks["sooner"] >= SOONER)]
    ground = "limited" if meets.empty else "argued"
    days = int(weeks.index[-1] if meets.empty else meets.index[0])
    return Window(days, ground, *_shares(by_day, days))


def _shares(by_day: pd.DataFrame, days: int) -> tuple[float | None, float | None]:
    if days not in by_day.index:
        return None, None
    return float(by_day.loc[days, "returning"]), float(by_day.loc[days, "sooner"])
