"""How long a silence means something: the chance of a return by the days since the last purchase.

A *silence* is the time from a purchase day to the next one, or to the last day that counts when
none has followed. A silence of ``s`` days is followed up for ``return_days`` more: silences that
cannot be followed so far are left out at that ``s``, so nothing is assumed about the future.
"""

from dataclasses import dataclass
from datetime import date

import ibis
import numpy as np
import pandas as pd
from scipy.stats import norm

from insight.errors import Unavailable, unless_unavailable
from insight.intervals import wilson

BUCKETS = 50
_CURVE = (
    "silence_days",
    "silences",
    "returned",
    "chance",
    "low",
    "high",
    "relative",
    "relative_low",
    "relative_high",
)


@dataclass(frozen=True)
class Threshold:
    """The silence that halves the chance of a return, in days; None where no silence seen does."""

    days: int | None
    low: int | None = None
    high: int | None = None

    @property
    def precision(self) -> str:
        """Say how well it is known: ``sure`` with an interval, ``rough`` without, or ``never`` reached."""
        if self.days is None:
            return "never"
        return "rough" if None in (self.low, self.high) else "sure"


def count_silences(days: ibis.Table, *, as_of: date, return_days: int, buckets: int = BUCKETS) -> ibis.Table:
    """Count silences in the engine, small enough to take out whatever the number of customers.

    Parameters
    ----------
    days
        From `summarise_days`.
    as_of
        Last day that counts, inclusive.
    return_days
        Days within which a return is looked for.
    buckets
        Groups that customers are dealt out into, for the interval; with one there is none.

    Returns
    -------
    Table
        ``bucket`` (the customer's, from 0), ``reach`` (the longest
        silence, in days, that was reached and can be followed up), ``from_day`` (the shortest one
        from which the return fell within ``return_days``; null when it never did), ``silences``.
    """
    following = days.occurred_on.lead().over(group_by=days.customer_id, order_by=days.occurred_on)
    silence = days.mutate(
        length=following.delta(days.occurred_on, unit="day"),
        followed=ibis.literal(as_of).delta(days.occurred_on, unit="day") - return_days,
    )
    lasted = (silence.length - 1).coalesce(silence.followed)
    silence = silence.mutate(reach=ibis.least(silence.followed, lasted).cast("int64"))
    silence = silence.filter(silence.reach >= 0)
    # Null where no purchase has followed, or one too late for the last day that can be followed up.
    came = silence.length <= silence.reach + return_days
    from_day = ibis.greatest(silence.length - return_days, 0).cast("int64")
    silence = silence.mutate(from_day=ibis.ifelse(came, from_day, ibis.null("int64")))
    joined = silence.mutate(bucket=0) if buckets == 1 else silence.join(_buckets(days, buckets), "customer_id")
    return joined.group_by("bucket", "reach", "from_day").aggregate(silences=joined.count())


def _buckets(days: ibis.Table, buckets: int) -> ibis.Table:
    everyone = days.select("customer_id").distinct()
    place = ibis.row_number().over(order_by=everyone.customer_id)
    return everyone.mutate(bucket=(place % buckets).cast("int64"))


def return_curve(counts: pd.DataFrame, *, minimum: int, level: float = 0.95) -> pd.DataFrame | Unavailable:
    """Give the chance of a return for each length of silence, with its interval.

    Parameters
    ----------
    counts
        From `count_silences`.
    minimum
        Silences that a point must rest on; the curve ends where there are fewer.
    level
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        One row per ``silence_days``: ``silences``, ``returned``, ``chance`` with ``low`` and
        ``high``, and ``relative``: the chance as a share of that right after a purchase.
        `Unavailable` where no point rests on enough silences.

    Notes
    -----
    Silences of one customer resemble each other, so intervals come from leaving out one bucket of
    customers at a time (the delete-a-group jackknife [1]_), on the log scale. Wilson's is a floor of their width, and
    all there is where nobody returned, or everybody did.

    References
    ----------
    .. [1] Kott (2001), The Delete-a-Group Jackknife, Journal of Official Statistics 17(4).

    Examples
    --------
    >>> counts = pd.DataFrame({"bucket": [0, 1], "reach": [1, 0], "from_day": [None, 0], "silences": [2, 2]})
    >>> return_curve(counts, minimum=1)[["silence_days", "silences", "returned", "chance"]]
       silence_days  silences  returned  chance
    0             0         4         2     0.5
    1             1         2         0     0.0
    """
    at_risk, returned = _tally(counts)
    silences = at_risk.sum(axis=0)
    enough = silences >= max(minimum, 1)
    length = len(enough) if enough.all() else int(np.argmin(enough))
    at_risk, returned, silences = at_risk[:, :length], returned[:, :length], silences[:length]
    if length == 0:
        return Unavailable("profile", "silences", {"minimum": minimum})
    chance = returned.sum(axis=0) / silences
    relative = chance / chance[0] if chance[0] > 0 else np.full(length, np.nan)
    without = _leave_out(at_risk, returned)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = _around(chance, without, level=level)
        relative_low, relative_high = _around(relative, without / without[:, :1], level=level)
    came = returned.sum(axis=0).astype(int)
    least, most = wilson(came, silences, level=level)
    low, high = np.fmin(low, least), np.fmax(high.clip(max=1), most)
    values = [np.arange(length), silences.astype(int), came]
    values += [chance, low, high, relative, relative_low, relative_high]
    return pd.DataFrame(dict(zip(_CURVE, values, strict=True)))


def quiet_after(curve: pd.DataFrame | Unavailable, *, fraction: float = 0.5, steady_days: int = 7) -> Threshold:
    """Find the silence from which the chance of a return stays at or below a fraction of the first.

    Parameters
    ----------
    curve
        From `return_curve`.
    fraction
        Of the chance right after a purchase.
    steady_days
        Days for which it has to stay there, so that one lucky day decides nothing.

    Returns
    -------
    Threshold
        ``low`` and ``high`` are where the interval of the relative chance crosses the fraction.

    Examples
    --------
    >>> relative = [1.0, 0.8, 0.5, 0.4]
    >>> curve = pd.DataFrame({"relative": relative, "relative_low": relative, "relative_high": relative})
    >>> quiet_after(curve, steady_days=2).days
    2
    """
    if isinstance(curve, Unavailable):
        return Threshold(None)
    crossings = (
        _first_steady(curve[name].to_numpy(dtype=float) <= fraction, steady_days)
        for name in ("relative", "relative_low", "relative_high")
    )
    return Threshold(*crossings)


def quiet_limit(threshold: Threshold, *, return_days: int, given: int | None = None) -> int:
    """Give the days of silence after which a customer is quiet, on every page.

    That is what a parameter sets, else the silence that halves the chance of a return, else, where none seen does,
    the days within which a return is looked for.

    Examples
    --------
    >>> quiet_limit(Threshold(39), return_days=28), quiet_limit(Threshold(None), return_days=28)
    (39, 28)
    """
    return given or threshold.days or return_days


@unless_unavailable
def near(curve: pd.DataFrame, threshold: Threshold, *, times: int = 3) -> pd.DataFrame:
    """Keep the part of a curve that matters: up to so many times the threshold, all of it without one."""
    return curve if threshold.days is None else curve.head(max(times * threshold.days, 28) + 1)


def _first_steady(below: np.ndarray, steady_days: int) -> int | None:
    if len(below) < steady_days:
        return None
    windows = np.lib.stride_tricks.sliding_window_view(below, steady_days).all(axis=1)
    return int(np.argmax(windows)) if windows.any() else None


def _tally(counts: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Count silences at risk and returned, one row per bucket and one column per day of silence."""
    if counts.empty:
        return np.zeros((BUCKETS, 0)), np.zeros((BUCKETS, 0))
    days = int(counts["reach"].max()) + 1
    bucket, reach = counts["bucket"].to_numpy(dtype=int), counts["reach"].to_numpy(dtype=int)
    weight = counts["silences"].to_numpy(dtype=float)
    ends = np.zeros((BUCKETS, days + 1))
    np.add.at(ends, (bucket, reach), weight)
    at_risk = ends[:, ::-1].cumsum(axis=1)[:, ::-1][:, :days]
    came = counts["from_day"].notna().to_numpy()
    steps = np.zeros((BUCKETS, days + 1))
    np.add.at(steps, (bucket[came], counts["from_day"][came].to_numpy(dtype=int)), weight[came])
    np.add.at(steps, (bucket[came], reach[came] + 1), -weight[came])
    return at_risk, steps.cumsum(axis=1)[:, :days]


def _leave_out(at_risk: np.ndarray, returned: np.ndarray) -> np.ndarray:
    used = at_risk[:, 0] > 0
    left = at_risk.sum(axis=0) - at_risk[used]
    came = returned.sum(axis=0) - returned[used]
    return np.divide(came, left, out=np.full(left.shape, np.nan), where=left > 0)


def _around(estimate: np.ndarray, without: np.ndarray, *, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Put an interval around a ratio, from its values with one bucket left out."""
    groups = len(without)
    if groups < 2:
        return np.full_like(estimate, np.nan), np.full_like(estimate, np.nan)
    spread = np.log(without) - np.log(without).mean(axis=0)
    error = np.sqrt((groups - 1) / groups * (spread**2).sum(axis=0))
    width = norm.ppf(0.5 + level / 2) * error
    return estimate * np.exp(-width), estimate * np.exp(width)
