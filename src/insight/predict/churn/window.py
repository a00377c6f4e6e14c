"""The churn window: after how long a silence a customer counts as churned, derived from how past silences ended."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import ibis
import pandas as pd

from insight.errors import Unavailable
from insight.predict.histories import WEEK, count_customers, first_day
from insight.profile import silence

FEWEST_SILENCES = 30
HALF = 0.5
SOONER = 0.8


def window_curve(daily: ibis.Table, *, as_of: date, longest: int, return_days: int, min_cell: int = 10) -> pd.DataFrame:
    """Give the share that returns soon, and the share of all returns so far, for each length of silence.

    Parameters
    ----------
    daily
        As :func:`insight.predict.histories.daily_spend` makes it.
    as_of
        Last day that counts, inclusive.
    longest
        Days of silence to look at, from 0; see :func:`longest_window`.
    return_days
        Days within which a customer may return.
    min_cell
        With fewer customers nothing is shown.

    Returns
    -------
    DataFrame
        Empty where no silence ever ended or fewer than 30 were seen. Else one row per day of silence, as long as 30
        silences lasted to it and could be followed for ``return_days`` more: ``silent_days``, ``silences``,
        ``returning`` (share that ended within ``return_days`` more, see :func:`insight.profile.silence.return_curve`),
        ``low``, ``high`` (its 95% interval), ``sooner``
        (share of all returns that came within ``silent_days``, among silences that could be followed for twice
        ``longest``).
    """
    days = daily.filter(daily.is_purchase)
    returns = count_returns(days, as_of=as_of, within=2 * longest)
    nothing = pd.DataFrame(columns=["silent_days", "silences", "returning", "low", "high", "sooner"], dtype=float)
    if count_customers(daily) < min_cell or returns.empty:
        return nothing
    counts = silence.count_silences(days, as_of=as_of, return_days=return_days)
    curve = silence.return_curve(counts.to_pandas(), minimum=FEWEST_SILENCES)
    if isinstance(curve, Unavailable):
        return nothing
    curve = curve.head(longest + 1)
    so_far = returns.cumsum().reindex(curve["silence_days"], method="ffill", fill_value=0).to_numpy()
    return pd.DataFrame(
        {
            "silent_days": curve["silence_days"],
            "silences": curve["silences"],
            "returning": curve["returned"] / curve["silences"],
            "low": curve["low"],
            "high": curve["high"],
            "sooner": so_far / returns.sum(),
        }
    )


def count_returns(days: ibis.Table, *, as_of: date, within: int) -> pd.Series:
    """Count the silences that ended ``within`` so many days, among those that could be followed for as many.

    Parameters
    ----------
    days
        Customers' purchase days: ``customer_id, occurred_on``.

    Returns
    -------
    Series
        By the length of the silence in days, ascending.
    """
    following = days.occurred_on.lead().over(group_by=days.customer_id, order_by=days.occurred_on)
    silences = days.mutate(length=following.delta(days.occurred_on, unit="day").cast("int64"))
    ended = silences.filter(silences.occurred_on <= as_of - timedelta(days=within), silences.length <= within)
    counted = ended.group_by("length").aggregate(returns=ended.count()).order_by("length").to_pandas()
    return counted.set_index("length")["returns"]


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
    low, high
        95% interval of ``returning``, if known.
    """

    days: int
    ground: Literal["argued", "limited", "given"]
    returning: float | None = None
    sooner: float | None = None
    low: float | None = None
    high: float | None = None


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
        As :func:`window_curve` makes it.
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
    ground: Literal["limited", "argued"] = "limited" if meets.empty else "argued"
    days = int(weeks.index[-1] if meets.empty else meets.index[0])
    return Window(days, ground, *_shares(by_day, days))


def _shares(by_day: pd.DataFrame, days: int) -> tuple[float | None, ...]:
    if days not in by_day.index:
        return (None,) * 4
    return tuple(float(by_day.loc[days, name]) for name in ("returning", "sooner", "low", "high"))


def list_churned(
    daily: ibis.Table, *, as_of: date, return_days: int, min_cell: int, given: int | None
) -> ibis.Table | None:
    """List who had churned by a day: ``customer_id`` of those silent for a churn window, as that day would derive it.

    None where no window can be derived. The parameters are those of `window_curve` and `choose_window`; the ``daily``
    spend may be that of later days, too.
    """
    daily = daily.filter(daily.occurred_on <= as_of)
    longest = longest_window(first_day(daily), as_of)
    curve = window_curve(daily, as_of=as_of, longest=longest, return_days=return_days, min_cell=min_cell)
    window = choose_window(curve, longest=longest, given=given)
    if isinstance(window, Unavailable):
        return None
    last = (
        daily.filter(daily.is_purchase).group_by("customer_id").aggregate(last_on=lambda days: days.occurred_on.max())
    )
    return last.filter(last.last_on <= as_of - timedelta(days=window.days)).select("customer_id")
