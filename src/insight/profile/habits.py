"""When in the week customers buy, and what: shares that may be shown."""

from datetime import date
from typing import NamedTuple

import ibis
import numpy as np
import pandas as pd
from scipy.stats import t

from insight.config.definitions import share
from insight.errors import Unavailable, unless_unavailable
from insight.profile.features import MISSING

_PARTS_OF_DAY = {"morning": range(12), "afternoon": range(12, 17), "evening": range(17, 24)}


class Busiest(NamedTuple):
    """Hours of the day that follow one another, from the start of the first to the end of the last."""

    start: int
    end: int
    share: float


def shares_of_week(week: pd.DataFrame, *, minimum: int) -> pd.DataFrame | pd.Series | Unavailable:
    """Give the shares of baskets by weekday and hour, or by weekday alone where no hours are known.

    Parameters
    ----------
    week
        From `features.time_of_week`.
    minimum
        Customers that each number must rest on.
    """
    for shares in (hours_of_week(week, minimum=minimum), days_of_week(week, minimum=minimum)):
        if len(shares):
            return shares
    return Unavailable("profile", "week")


def busiest_hours(hours: pd.DataFrame, *, length: int = 3) -> Busiest:
    """Find the hours next to one another with the largest share of baskets.

    Examples
    --------
    >>> hours = pd.DataFrame({15: [0.0, 0.1], 16: [0.1, 0.1], 17: [0.2, 0.2], 18: [0.1, 0.2]}, index=[4, 5])
    >>> busiest_hours(hours)[:2]
    (16, 19)
    """
    by_hour = hours.sum(axis=0)
    length = min(length, len(by_hour))
    sums = by_hour.rolling(length).sum()
    last = int(sums.idxmax())
    return Busiest(last - length + 1, last + 1, float(sums.max()))


@unless_unavailable
def peak_chance(baskets: ibis.Table, shares: pd.DataFrame | pd.Series, *, as_of: date) -> float:
    """Give the chance of a peak as high as that of `shares_of_week` where all open hours, or days, are alike.

    The peak must stand out over customers and over days (weeks, for a weekday): one customer who comes every
    Wednesday makes no Wednesday, nor does one crowded Wednesday. It is the highest of several, which Holm's correction
    takes in: the chance is that of one hour or day, times how many there are.
    """
    paid = baskets.filter(baskets.paid)
    back = ibis.literal(as_of).delta(paid.occurred_on, unit="day").cast("int64")
    if isinstance(shares, pd.DataFrame):
        busy, slots = busiest_hours(shares), list(shares.columns[shares.notna().any()])
        first, length = busy.start, busy.end - busy.start
        paid = paid.filter(paid.hour.notnull()).mutate(slot=paid.hour.cast("int64"), period=back)
    else:
        first, length, slots = int(shares.idxmax()), 1, list(shares.index)
        paid = paid.mutate(slot=paid.occurred_on.day_of_week.index().cast("int64"), period=back // 7)
    inside = ((paid.slot >= first) & (paid.slot < first + length)).cast("int64")
    sums = {"inside": inside.sum(), "n": paid.count()}
    chances = [
        _chance(paid.group_by(unit).aggregate(**sums).order_by(unit).to_pandas(), length / max(len(slots), 1))
        for unit in ("customer_id", "period")
    ]
    return min(1.0, max(chances) * max(len(slots) - length + 1, 1))


def _chance(counts: pd.DataFrame, share: float) -> float:
    """Give the one-sided chance that so many fall inside where ``share`` should, as units differ (Student's t)."""
    beyond = counts["inside"] - share * counts["n"]
    error = float(np.sqrt((beyond**2).sum()))
    return float(t.sf(beyond.sum() / error, len(counts) - 1)) if error > 0 and len(counts) > 1 else 1.0


def parts_of_day(hours: pd.DataFrame) -> pd.DataFrame:
    """Add the shares of a weekday's hours up to ``morning``, ``afternoon`` and ``evening``.

    Examples
    --------
    >>> parts_of_day(pd.DataFrame({11: [0.1], 12: [0.2], 16: [0.1], 17: [0.6]})).round(1).values.tolist()
    [[0.1, 0.3, 0.6]]
    """
    sums = {name: hours[hours.columns.intersection(part)].sum(axis=1) for name, part in _PARTS_OF_DAY.items()}
    return pd.DataFrame(sums)


def hours_of_week(week: pd.DataFrame, *, minimum: int) -> pd.DataFrame:
    """Lay the shares of baskets out by weekday and hour; empty where no hours are known.

    Parameters
    ----------
    week
        From `features.time_of_week`.
    minimum
        Customers that a cell must rest on; the others are left empty, as are hours without a basket.

    Examples
    --------
    >>> week = pd.DataFrame({"weekday": [0, 0, 5], "hour": [16, 17, 17], "baskets": [10, 30, 60]})
    >>> hours_of_week(week.assign(customers=[9, 20, 40]), minimum=10)
    hour     16   17
    weekday
    0       NaN  0.3
    5       NaN  0.6
    """
    timed = week.dropna(subset=["hour"])
    shares = (timed["baskets"] / max(timed["baskets"].sum(), 1)).where(timed["customers"] >= minimum)
    if shares.notna().sum() == 0:
        return pd.DataFrame()
    timed = timed.assign(share=shares, hour=timed["hour"].astype(int))
    laid = timed.pivot_table(index="weekday", columns="hour", values="share", dropna=False)
    return laid.reindex(columns=range(laid.columns.min(), laid.columns.max() + 1))


def days_of_week(week: pd.DataFrame, *, minimum: int) -> pd.Series:
    """Give the share of baskets of each weekday; empty for one weekday, or where one rests on too few customers.

    Examples
    --------
    >>> week = pd.DataFrame({"weekday": [0, 5], "hour": [None, None], "baskets": [20, 60], "customers": [20, 40]})
    >>> days_of_week(week, minimum=10).tolist()
    [0.25, 0.75]
    """
    by_day = week.groupby("weekday").agg({"baskets": "sum", "customers": "max"})
    if len(by_day) < 2 or by_day["customers"].min() < minimum:
        return pd.Series(dtype=float)
    return by_day["baskets"] / by_day["baskets"].sum()


def largest_categories(
    totals: pd.DataFrame, *, customers: int, minimum: int, most: int = 10
) -> pd.DataFrame | Unavailable:
    """Keep the largest categories that enough customers have bought: ``category, share, reach``.

    Parameters
    ----------
    totals
        From `features.category_totals`, largest first.
    customers
        All who have bought, of whom ``reach`` is the share.
    minimum
        Customers that a category must have.
    most
        Categories at most.
    """
    if (totals["category"] == MISSING).all():
        return Unavailable("profile", "no_categories")
    amount = totals["amount"].astype(float)
    reach = share("category_reach", totals["customers"], customers)
    found = totals.assign(share=share("category_share", amount, amount.sum()), reach=reach)
    shown = found[(found["customers"] >= minimum) & (found["category"] != MISSING) & (amount > 0)]
    if shown.empty:
        return Unavailable("profile", "categories")
    return shown[["category", "share", "reach"]].head(most).reset_index(drop=True)
