"""What all customers together will spend: forecasts, their errors in past periods, and an interval from these."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import ibis
import numpy as np
import pandas as pd

from insight.errors import Unavailable, unless_unavailable
from insight.intervals import Z, forecast_interval
from insight.predict.histories import summarise_histories
from insight.predict.value.choice import MBG
from insight.predict.value.value import fit_value, predict_value

METHODS = MODEL, CORRECTED, CARRIED, SEASONAL = ("model", "corrected", "carried", "seasonal")
FEW = 4  # past periods, with fewer an interval that is wide is so for want of them
WIDE = 0.2  # of the forecast: an interval that is longer is wide
_MOST = 12  # past days at which a forecast is made again
_FEWEST = 2.0  # past periods that a forecast must have been made for, where others were
_WIDEST = 10.0  # times that the upper bound may be the lower one: a wider interval says nothing
_YEAR = timedelta(days=364)  # in whole weeks


@dataclass(frozen=True)
class Total:
    """A forecast total with its 95% interval.

    Parameters
    ----------
    method
        Which forecast it is, one of :data:`METHODS`.
    error
        How far off it typically was in the past: the root mean square of its relative errors.
    tests
        Past days at which it was made and compared with what came.
    periods
        How many of the periods after them fit beside each other.
    """

    value: float
    low: float
    high: float
    method: str
    error: float
    tests: int
    periods: float

    @property
    def whole_periods(self) -> int:
        """Give how many whole past periods do not overlap."""
        return int(self.periods)

    @property
    def is_wide(self) -> bool:
        """Whether the interval is wide against the forecast, and few past periods make it so."""
        return self.periods < FEW and self.high - self.low > WIDE * self.value


def forecast(
    daily: ibis.Table, histories: pd.DataFrame, worth: pd.DataFrame, *, first_on: date | None, cut: date, days: int
) -> pd.DataFrame:
    """Forecast what each customer known at a cut will spend in the ``days`` after it, and give what they did spend.

    Parameters
    ----------
    daily
        As :func:`insight.predict.histories.daily_spend` makes it.
    histories
        Of the cut and so many days ahead, see :func:`insight.predict.histories.summarise_histories`.
    worth
        As :func:`insight.predict.value.value.predict_value` makes it of them.
    first_on
        Day of the first purchase in the data.

    Returns
    -------
    DataFrame
        Indexed by ``customer_id``, all net spend: ``model`` (purchase and spend models fitted up to the cut),
        ``carried`` (as in as many days before), ``seasonal`` (that, times how spend changed at the same time a year
        before), and ``actual``. Missing where the models have no answer, or the data no year before.
    """
    before, change = histories["spend_before"], np.nan
    if first_on is not None and (cut - _YEAR - first_on).days + 1 >= days:
        year_ago = summarise_histories(daily, cut=cut - _YEAR, ahead_days=days)[["spend_before", "spend_later"]].sum()
        change = year_ago["spend_later"] / year_ago["spend_before"] if year_ago["spend_before"] > 0 else np.nan
    made = {MODEL: worth["expected_value"], CARRIED: before, SEASONAL: before * change}
    return pd.DataFrame({**made, "actual": histories["spend_later"]}, index=histories.index)


@unless_unavailable
def past_forecasts(
    daily: ibis.Table, *, first_on: date | None, today: date, days: int, law: str = MBG
) -> pd.DataFrame | Unavailable:
    """Make each forecast again at past days, half a period apart, and compare it with what came.

    Returns
    -------
    DataFrame
        One row per ``cut``, the latest first: ``actual``, and for each forecast its total and its standard error from
        sampling customers, as a share of it (``model_noise`` …). `Unavailable` (``past``) where the data is shorter
        than two periods: what comes before a cut is at least as long as what comes after.
    """
    known = 0 if first_on is None else (today - first_on).days + 1
    if first_on is None or known < 2 * days:
        return Unavailable("value", "past", {"days": days, "known": known})
    backs = range(days, known - days + 1, max(1, days // 2))[:_MOST]
    rows = {}
    for cut in (today - timedelta(days=back) for back in backs):
        histories = summarise_histories(daily, cut=cut, ahead_days=days)
        worth = predict_value(fit_value(histories, law=law), histories, days=days)
        made = forecast(daily, histories, worth, first_on=first_on, cut=cut, days=days)
        totals = made.sum(skipna=False)
        shares = made / totals
        noise = np.sqrt(shares.drop(columns="actual").sub(shares["actual"], axis=0).pow(2).sum(skipna=False))
        rows[cut] = pd.concat([totals, noise.add_suffix("_noise")])
    return _with_corrections(pd.DataFrame(rows).T.rename_axis("cut"), days=days)


def _with_corrections(past: pd.DataFrame, *, days: int) -> pd.DataFrame:
    """Add the models' forecast changed by its own error at the last cut whose period had passed by then."""
    factors = [correction(past[past.index <= cut - timedelta(days=days)]) for cut in past.index]
    return past.assign(**{CORRECTED: past[MODEL] * factors, f"{CORRECTED}_noise": past[f"{MODEL}_noise"]})


def correction(passed: pd.DataFrame) -> float:
    """Give what came over what the models forecast at the latest of cuts; missing without one, or without a forecast.

    Where customers slow down, or speed up, in a way that the models do not know, this goes on with it.
    """
    if passed.empty or not passed.iloc[0][MODEL] > 0:
        return np.nan
    return float(passed.iloc[0]["actual"] / passed.iloc[0][MODEL])


def log_errors(past: pd.DataFrame) -> pd.DataFrame:
    """Give the logarithm of what came over each forecast, by cut; missing where one of them is not above 0."""
    made = past[list(METHODS)]
    return np.log(past["actual"].where(past["actual"] > 0).to_frame().to_numpy() / made.where(made > 0))


class Error(NamedTuple):
    """A relative error with its 95% interval."""

    value: float
    low: float
    high: float


@unless_unavailable
def forecast_total(made: pd.DataFrame, past: pd.DataFrame, *, days: int) -> Total | Unavailable:
    """Take the forecast that was nearest in the past, with the interval that its past errors give.

    Parameters
    ----------
    made
        As :func:`forecast` makes it as of today; corrected here, by what the latest of the past forecasts was off.
    past
        As :func:`past_forecasts` makes it.

    Returns
    -------
    Total or Unavailable
        ``unsure`` where no forecast is above 0 now and in some past period; ``wide`` where the interval would be so
        wide that it says nothing, as after one period that was missed by far. Forecasts are compared at the cuts
        that all have, if these make two periods; one that does not have as many is left out.
    """
    now = made.sum(skipna=False)
    now[CORRECTED] = now[MODEL] * correction(past)
    errors = log_errors(past).loc[:, [name for name in METHODS if now[name] > 0]].dropna(axis=1, how="all")
    if errors.empty:
        return Unavailable("value", "unsure")
    spans = {name: _periods(errors[name].dropna(), days) for name in errors}
    tested = [name for name in errors if spans[name] >= min(_FEWEST, max(spans.values()))]
    shared = errors[tested].dropna()
    method = str((shared if len(shared) else errors[tested]).pow(2).mean().idxmin())
    own = errors[method].dropna()
    noise = past.loc[own.index, f"{method}_noise"].to_numpy()
    value = float(now[method])
    low, high = forecast_interval(value, own.to_numpy(), noise=noise, periods=spans[method])
    off = float(np.sqrt(own.pow(2).mean()))
    if not high <= _WIDEST * low:
        return Unavailable("value", "wide", {"off": off, "tests": len(own), "days": days, "times": _WIDEST})
    return Total(value, low, high, method, off, len(own), spans[method])


def _periods(errors: pd.Series, days: int) -> float:
    return (max(errors.index) - min(errors.index)).days / days + 1


@unless_unavailable
def last_error(past: pd.DataFrame, method: str) -> Error:
    """Give how far off a forecast was in the last period, with the interval from sampling customers."""
    last = past.dropna(subset=[method]).iloc[0]
    ratio, half = last[method] / last["actual"], Z * last[f"{method}_noise"]
    return Error(*(float(ratio * np.exp(side * half) - 1) for side in (0, -1, 1)))


def spread(worth: pd.DataFrame, total: Total | Unavailable) -> pd.DataFrame:
    """Scale each customer's expected value so that all together are the total that is forecast."""
    whole = worth["expected_value"].sum()
    if not total or not whole > 0:
        return worth
    return worth.assign(expected_value=worth["expected_value"] * total.value / whole)


def concentration(values: pd.Series) -> pd.DataFrame:
    """Give the part of the whole that is ``held`` by each ``share`` of customers, the most valuable first.

    Examples
    --------
    >>> curve = concentration(pd.Series([80.0, 5.0, 5.0, 5.0, 5.0]))
    >>> curve.loc[[20, 60], "held"].round(3).tolist()
    [0.8, 0.9]
    """
    held = np.append(0.0, values.sort_values(ascending=False).cumsum() / values.sum())
    shares = np.linspace(0, 1, 101)
    return pd.DataFrame({"share": shares, "held": np.interp(shares, np.linspace(0, 1, len(held)), held)})
