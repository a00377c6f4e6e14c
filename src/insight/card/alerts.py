"""What scores of fraud are worth at the number of cards that can be looked at a day: money, customers, time, drift."""

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from insight.card.fraud import Ranked, average_precision, resampled
from insight.card.purchases import HOUR
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import percentiles, resampled_counts

_APART = 30 * 24 * HOUR  # seconds without a disputed purchase, after which another one is another case
_OPENED_WITHIN = 45  # days in which a case is opened
_ROUNDS = 1000


@dataclass(frozen=True)
class Alerts:
    """Alerts of the test months: each day the cards with the highest scores, each from the moment it is among them.

    Attributes
    ----------
    each_day, days
        Cards a day, and days.
    alerts, hits
        Alerts, and those on a card from which something was stolen that day.
    precision, low, high
        Share of hits, with its 95% interval from resampled days.
    cases, found
        Cases of one or more disputed purchases, and those with an alert.
    stolen, saved, saved_low, saved_high
        Amount of these purchases, and of those from the alert on; 95% interval from resampled cases.
    hours
        From a found case's first purchase to the alert, the median.
    days_now
        From a case's first purchase to the day on which the bank opened it so far, the median.
    false_now
        False alarms among the cases that the bank decided in these months, as a share.
    """

    each_day: int
    days: int
    alerts: int
    hits: int
    precision: float
    low: float
    high: float
    cases: int
    found: int
    stolen: float
    saved: float
    saved_low: float
    saved_high: float
    hours: float
    days_now: float
    false_now: float

    @property
    def bothered(self) -> int:
        """Alerts on a card from which nothing was stolen that day."""
        return self.alerts - self.hits


def capacity(opened: ibis.Table, *, given: int | None) -> int:
    """Give the cards that can be looked at each day: as given, or as many as cases were opened a day so far."""
    if given is not None:
        return given
    day = opened.opened_on
    told = opened.aggregate(n=day.count(), first=day.min(), last=day.max()).to_pandas().iloc[0]
    days = (pd.Timestamp(told["last"]) - pd.Timestamp(told["first"])).days + 1 if told["n"] else 1
    return max(1, round(told["n"] / days))


def raise_alerts(rows: pd.DataFrame, *, each_day: int) -> pd.DataFrame:
    """Give the alerts: each day's cards with the highest scores, with the second from which each is among them.

    Parameters
    ----------
    rows
        ``account_id, occurred_on, second, boosting, disputed``, scores of minus infinity never.

    Returns
    -------
    DataFrame
        ``account_id, occurred_on, score, second, hit``, the highest of a day first.
    """
    able = rows[np.isfinite(rows["boosting"])]
    cards = able.groupby(["occurred_on", "account_id"], sort=True)
    best = cards.agg(score=("boosting", "max")).reset_index()
    best = best.sort_values(["occurred_on", "score", "account_id"], ascending=[True, False, True], ignore_index=True)
    best = best[best.groupby("occurred_on").cumcount() < each_day]
    cut = best.groupby("occurred_on")["score"].min()
    over = able[able["boosting"] >= able["occurred_on"].map(cut)]
    since = over.groupby(["occurred_on", "account_id"])["second"].min().rename("second").reset_index()
    stolen = rows[rows["disputed"]].groupby(["occurred_on", "account_id"]).size().rename("hit").reset_index()
    found = best.merge(since, on=["occurred_on", "account_id"], how="left")
    found = found.merge(stolen, on=["occurred_on", "account_id"], how="left")
    return found.assign(hit=found["hit"].notna())


def cases_of(rows: pd.DataFrame, alerts: pd.DataFrame) -> pd.DataFrame:
    """Give the cases: an account's disputed purchases, with what an alert would have stopped.

    Returns
    -------
    DataFrame
        ``account_id, first`` (second), ``day`` (of it), ``month, stolen, saved`` (amounts), ``alert`` (second, where
        there is one).
    """
    lost = rows[rows["disputed"]].sort_values(["account_id", "second"], ignore_index=True)
    apart = lost.groupby("account_id")["second"].diff().fillna(2 * _APART) > _APART
    lost = lost.assign(case=apart.cumsum())
    first = lost.groupby("case")["second"].transform("min")
    last = lost.groupby("case")["second"].transform("max")
    told = alerts[alerts["hit"]][["account_id", "second"]].rename(columns={"second": "alert"})
    near = lost.assign(first=first, last=last).merge(told, on="account_id", how="left")
    near["alert"] = near["alert"].where(near["alert"].between(near["first"] - 24 * HOUR, near["last"]))
    alert = near.groupby("case")["alert"].min()
    lost["alert"] = lost["case"].map(alert)
    lost["saved"] = lost["amount"].where(lost["second"] >= lost["alert"], 0.0)
    return lost.groupby("case").agg(
        account_id=("account_id", "first"), first=("second", "min"), day=("occurred_on", "min"), month=("month", "min"),
        stolen=("amount", "sum"), saved=("saved", "sum"), alert=("alert", "min"),
    ).reset_index(drop=True)  # fmt: skip


@unless_unavailable
def worth(tested: Ranked, opened: ibis.Table, *, each_day: int, seed: int) -> Alerts | Unavailable:
    """Say what the alerts of the test months would have found, saved and cost.

    Parameters
    ----------
    opened
        The bank's own fraud cases.
    each_day
        Cards that can be looked at each day.
    """
    rows = tested.rows[tested.rows["posted"]]
    alerts = raise_alerts(rows, each_day=each_day)
    cases = cases_of(rows, alerts)
    own = opened.select("account_id", "opened_on", "outcome").to_pandas()
    own = own.assign(opened_on=pd.to_datetime(own["opened_on"]))
    rows_by_day = alerts.groupby("occurred_on")["hit"].agg(["sum", "size"]).to_numpy(float)
    drawn = [
        counts @ rows_by_day[:, 0] / max(counts @ rows_by_day[:, 1], 1)
        for counts in resampled_counts(len(rows_by_day), rounds=_ROUNDS, seed=seed)
    ]
    saved = cases["saved"].to_numpy(float)
    money = [counts @ saved for counts in resampled_counts(len(cases), rounds=_ROUNDS, seed=seed)]
    hits, found = int(alerts["hit"].sum()), cases["alert"].notna()
    first, last = pd.Timestamp(rows["occurred_on"].min()), pd.Timestamp(rows["occurred_on"].max())
    decided = own[own["opened_on"].between(first, last) & own["outcome"].isin(["confirmed", "false_alarm"])]
    return Alerts(
        each_day, len(rows_by_day), len(alerts), hits, hits / max(len(alerts), 1), *percentiles(np.array(drawn)),
        len(cases), int(found.sum()), float(cases["stolen"].sum()), float(saved.sum()), *percentiles(np.array(money)),
        float(((cases["alert"] - cases["first"])[found] / HOUR).clip(lower=0).median()), _days_now(cases, own),
        float((decided["outcome"] == "false_alarm").mean()),
    )  # fmt: skip


def _days_now(cases: pd.DataFrame, own: pd.DataFrame) -> float:
    real = own[own["outcome"] != "false_alarm"]
    near = cases[["account_id", "day"]].assign(day=pd.to_datetime(cases["day"])).merge(real, on="account_id")
    days = (near["opened_on"] - near["day"]).dt.days
    return float(days[days.between(0, _OPENED_WITHIN)].median())


@unless_unavailable
def by_month(tested: Ranked, *, seed: int) -> pd.DataFrame:
    """Give the average precision of each test month, and of both halves of them.

    Returns
    -------
    DataFrame
        ``month`` (a number; of a half its first), ``part`` (month, first half, last half), ``precision, low, high``
        (95%, resampled accounts). Months without a disputed purchase are left out.
    """
    rows = tested.rows[tested.rows["posted"]]
    months = sorted(rows["month"].unique())
    middle = months[len(months) // 2]
    parts = [("month", month, rows["month"] == month) for month in months]
    parts += [("first", months[0], rows["month"] < middle), ("last", middle, rows["month"] >= middle)]
    told = []
    for part, month, at in parts:
        labels, scores = rows.loc[at, "disputed"].to_numpy(float), rows.loc[at, "boosting"].to_numpy()
        if labels.sum():
            drawn = resampled(rows[at], {"boosting": scores}, seed=seed)["boosting"]
            told.append((part, int(month), average_precision(labels, scores), *percentiles(drawn)))
    return pd.DataFrame(told, columns=["part", "month", "precision", "low", "high"])


@unless_unavailable
def last_day(tested: Ranked, *, each_day: int) -> pd.DataFrame:
    """Give the alerts of the last day, as `fraud_alerts` holds them."""
    rows = tested.rows
    rows = rows[(rows["occurred_on"] == rows["occurred_on"].max()) & np.isfinite(rows["boosting"])]
    best = rows.sort_values(["boosting", "purchase_id"], ascending=[False, True]).drop_duplicates("account_id")
    best = best.head(each_day).reset_index(drop=True)
    return pd.DataFrame(
        {
            "account_id": best["account_id"],
            "raised_on": best["occurred_on"],
            "purchase_id": best["purchase_id"],
            "place": range(1, len(best) + 1),
            "probability": best["boosting"].round(6),
        }
    )
