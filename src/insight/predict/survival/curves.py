"""How long customers stay: survival curves, those who are still there counted for as long as they have been seen."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import ibis
import numpy as np
import pandas as pd
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from insight.errors import Unavailable, unless_unavailable
from insight.intervals import LEVEL, Z, clear_of_chance, wilson
from insight.predict.churn.window import Window
from insight.predict.uplift.months import Months, month_of

MONTH = 365.25 / 12  # days
FAR = 3  # times as many as in all other months together are far more
FEWEST, FEWEST_LEFT = 50, 10  # customers of a group, and those of them who left
MARKS = (60, 24, 12, 6, 3)  # months that are laid out; groups are compared at the longest up to a year
_YEAR = 12
_FEWEST_AT_RISK = 10  # beyond it a curve is not drawn
COHORT = "cohort"


@dataclass(frozen=True)
class Stays:
    """How long each customer was seen to stay.

    Parameters
    ----------
    table
        Indexed by ``customer_id``: ``months`` from the first day to leaving, or to the last day; ``entry``, months
        that had passed when the data begins (who left before is not in it); ``left``, whether they left; ``cohort``,
        the year of the first day; ``bought``, whether a purchase of theirs is on record.
    sense
        What leaving means: ``closes`` the last account, or ``silent`` for the churn window.
    """

    table: pd.DataFrame
    sense: Literal["closes", "silent"]

    @property
    def left(self) -> int:
        """Count those who left."""
        return int(self.table["left"].sum())


def over(panel: Months, as_of: date) -> int:
    """Give the number of the first month that is not wholly over: what is dated at its end has not happened yet.

    Examples
    --------
    >>> panel = Months(pd.Index([]), first=24_276, now=24_300, sums={}, began={})
    >>> over(panel, date(2024, 12, 30)), over(panel, date(2024, 12, 31))
    (24299, 24300)
    """
    return min(panel.now, month_of(as_of + timedelta(days=1)))


@unless_unavailable
def of_accounts(panel: Months, *, as_of: date) -> Stays | Unavailable:
    """Give how long holders of accounts stay, from the month of the first account to that of closing the last.

    Months count that are wholly over on ``as_of``.

    Returns
    -------
    Stays or Unavailable
        ``short`` without an account whose opening is known.
    """
    if not {"opening", "closing"} <= set(panel.began):
        return Unavailable("survival", "short")
    opening, closing = panel.began["opening"], panel.began["closing"]
    last = over(panel, as_of)
    left = closing < last
    months = np.where(left, closing + 1, last) - opening
    entry = np.clip(panel.first - opening, 0, None)
    bought = panel.sums["purchases"].sum(axis=0) > 0
    table = pd.DataFrame(
        {"months": months, "entry": entry, "left": left, "cohort": np.floor(opening / 12), "bought": bought},
        index=panel.customers,
    )
    return _checked(table[table["months"] > table["entry"]], "closes")


@unless_unavailable
def of_purchases(daily: ibis.Table, *, as_of: date, window: Window) -> Stays | Unavailable:
    """Give how long customers without a contract stay, from the first purchase until they fall silent for a window.

    A silence counts as leaving where it lasts to the last day; one that ended was none.

    Returns
    -------
    Stays or Unavailable
        ``short`` where too few have left.
    """
    bought = daily.filter(daily.is_purchase, daily.occurred_on <= as_of)
    spans = bought.group_by("customer_id").aggregate(first=bought.occurred_on.min(), last=bought.occurred_on.max())
    found = spans.order_by("customer_id").to_pandas().set_index("customer_id")
    first, last = pd.to_datetime(found["first"]), pd.to_datetime(found["last"])
    silent = (pd.Timestamp(as_of) - last).dt.days
    left = silent >= window.days
    days = np.where(left, (last - first).dt.days + window.days, (pd.Timestamp(as_of) - first).dt.days + 1)
    months = np.ceil(days / MONTH)
    table = pd.DataFrame({"months": months, "entry": 0.0, "left": left, "cohort": first.dt.year, "bought": True})
    return _checked(table, "silent")


def _checked(table: pd.DataFrame, sense: Literal["closes", "silent"]) -> Stays | Unavailable:
    if len(table) < FEWEST or table["left"].sum() < FEWEST_LEFT:
        return Unavailable("survival", "few", {"n": FEWEST, "fewest": FEWEST_LEFT})
    return Stays(table.astype({"cohort": int}), sense)


@unless_unavailable
def survival(table: pd.DataFrame) -> pd.DataFrame:
    """Give the share that stays by months since the first day (Kaplan and Meier), with 95% intervals.

    Returns
    -------
    DataFrame
        ``month, staying, low, high, at_risk``, as long as 10 customers are at risk. Intervals on the scale of the
        logarithm of the cumulative hazard, which keeps them between 0 and 1.

    Examples
    --------
    >>> seen = {"months": [1, 2, 3, 3] * 20, "entry": 0, "left": [True, True, True, False] * 20}
    >>> survival(pd.DataFrame(seen))[["month", "staying", "at_risk"]].round(2).values.tolist()
    [[0.0, 1.0, 80.0], [1.0, 0.75, 80.0], [2.0, 0.5, 60.0], [3.0, 0.25, 40.0]]
    """
    entry = table["entry"].to_numpy(float)
    # nobody is at risk at or before entry: without delayed entry it is left out, as it drops who left at once
    late = {"entry": entry} if (entry > 0).any() else {}
    with np.errstate(divide="ignore", invalid="ignore"):  # where the last ones leave there is no error to give
        fitted = SurvfuncRight(table["months"].to_numpy(float), table["left"].to_numpy(int), **late)
    staying, error = np.asarray(fitted.surv_prob), np.asarray(fitted.surv_prob_se)
    inside = (staying > 0) & (staying < 1)
    safe = np.where(inside, staying, 0.5)
    half = Z * error / (safe * np.abs(np.log(safe)))
    low, high = (np.where(inside, safe ** np.exp(side * np.nan_to_num(half)), staying) for side in (1, -1))
    curve = pd.DataFrame(
        {"month": fitted.surv_times, "staying": staying, "low": low, "high": high, "at_risk": fitted.n_risk}
    )
    begins = pd.DataFrame(
        {"month": [0.0], "staying": 1.0, "low": 1.0, "high": 1.0, "at_risk": [curve["at_risk"].iloc[0]]}
    )
    # those who come in late make the first steps steep where hardly anybody is watched yet: a curve ends there, too
    curve = pd.concat([begins, curve[(curve["at_risk"] >= _FEWEST_AT_RISK).cummin()]], ignore_index=True)
    if len(curve) < len(fitted.surv_times) + 1:
        return curve
    # the last one who left is not the last one who was watched
    months = table["months"].to_numpy(float)
    last = np.sort(months)[-min(_FEWEST_AT_RISK, len(months))]
    if last <= curve["month"].iloc[-1]:
        return curve
    watched = int(((months >= last) & (entry < last)).sum())
    return pd.concat([curve, curve.tail(1).assign(month=last, at_risk=watched)], ignore_index=True)


def staying_at(curve: pd.DataFrame, month: float) -> pd.Series:
    """Give the row of a curve that holds at a month: the last one up to it."""
    return curve[curve["month"] <= month].iloc[-1]


def steepest(table: pd.DataFrame) -> pd.Series | None:
    """Give the month in which the largest part of those still there leaves, where that is far above the other months.

    Returns
    -------
    Series or None
        ``month``; ``share`` of those still there that leaves in it, and in all other months together (``rest``);
        ``left`` in it, and how many of them were ``idle``, ``idle_share``: without a purchase on record. None where
        even the lower bound of the share (95% for all months together) is no more than `FAR` times the rest.

    Examples
    --------
    >>> months = np.repeat([1, 2, 3, 3, 4, 12], 50)
    >>> seen = {"months": months, "entry": 0, "left": np.isin(months, [1, 4]), "bought": months == 1}
    >>> steepest(pd.DataFrame(seen)).round(3).to_dict()
    {'month': 4.0, 'share': 0.5, 'rest': 0.043, 'left': 50.0, 'idle': 50.0, 'idle_share': 1.0}
    """
    months, entry = (table[name].to_numpy(int) for name in ("months", "entry"))
    width = months.max() + 1
    gone = np.bincount(months[table["left"].to_numpy(bool)], minlength=width)[1:]
    there = np.cumsum(np.bincount(entry, minlength=width) - np.bincount(months, minlength=width))[:-1]
    share = np.where(there >= FEWEST, gone / np.maximum(there, 1), 0.0)
    at = int(share.argmax())
    rest = (gone.sum() - gone[at]) / max(there.sum() - there[at], 1)
    low, _ = wilson(float(gone[at]), float(max(there[at], 1)), level=1 - (1 - LEVEL) / len(gone))
    if not low > FAR * rest:
        return None
    idle = int((table["left"] & (months == at + 1) & ~table["bought"]).sum())
    found = {"month": at + 1, "share": share[at], "rest": rest, "left": gone[at], "idle": idle}
    return pd.Series(found | {"idle_share": idle / gone[at]})


@dataclass(frozen=True)
class ByGroup:
    """Survival by group.

    Parameters
    ----------
    table
        ``attribute, group, customers, left, staying, low, high`` at ``month``, groups in their order; empty where no
        attribute has two that are large enough.
    whole
        The curve of everybody, see `survival`.
    curves
        Of each cohort, the latest first.
    differing
        Attributes whose groups differ beyond chance (log-rank test; Holm over the attributes).
    month
        At which the groups are compared.
    """

    table: pd.DataFrame
    whole: pd.DataFrame
    curves: dict[str, pd.DataFrame]
    differing: list[str]
    month: int


def by_group(stays: Stays | Unavailable, people: pd.DataFrame | Unavailable) -> ByGroup | Unavailable:
    """Compare how long the groups of cohort, age, gender and region stay.

    Parameters
    ----------
    people
        Attributes by ``customer_id``; where none are delivered, cohorts alone are compared.

    Returns
    -------
    ByGroup or Unavailable
        Groups of 50 or more, of whom 10 or more left, and some began within the data; of attributes that have two of
        these or more. ``few`` where nobody is watched for three months.
    """
    return _by_group(stays, None if isinstance(people, Unavailable) else people)


@unless_unavailable
def _by_group(stays: Stays, people: pd.DataFrame | None) -> ByGroup | Unavailable:
    table = stays.table
    whole = survival(table)
    if whole["month"].max() < MARKS[-1]:
        return Unavailable("survival", "few", {"n": FEWEST, "fewest": FEWEST_LEFT})
    month = next((mark for mark in MARKS if _YEAR >= mark <= whole["month"].max()), int(whole["month"].max()))
    attributes = {COHORT: table["cohort"].astype(str)}
    attributes |= {} if people is None else {str(name): people[name].reindex(table.index) for name in people}
    rows, curves, chances = [], {}, {}
    for attribute, values in attributes.items():
        large = [
            group
            for group, part in table.groupby(values.astype(object), sort=True)
            if len(part) >= FEWEST and part["left"].sum() >= FEWEST_LEFT and part["entry"].min() == 0
        ]
        if len(large) < 2:
            continue
        for group in large:
            part = table[values == group]
            curve = survival(part)
            at = staying_at(curve, month) if curve["month"].max() >= month else None  # not watched for so long
            if attribute == COHORT:
                curves[str(group)] = curve
            bounds = (np.nan,) * 3 if at is None else tuple(at[["staying", "low", "high"]])
            rows.append((attribute, str(group), len(part), int(part["left"].sum()), *bounds))
        some = values.isin(large).to_numpy()
        chances[attribute] = _log_rank(table[some], values[some])
    clear = clear_of_chance(list(chances.values()))
    differing = [name for name, is_clear in zip(chances, clear, strict=True) if is_clear]
    names = ["attribute", "group", "customers", "left", "staying", "low", "high"]
    latest = dict(sorted(curves.items(), reverse=True))
    return ByGroup(pd.DataFrame(rows, columns=names), whole, latest, differing, month)


def _log_rank(table: pd.DataFrame, groups: pd.Series) -> float:
    entry = table["entry"].to_numpy(float)
    late = {"entry": entry} if (entry > 0).any() else {}
    codes = pd.factorize(groups.astype(str))[0]
    return float(survdiff(table["months"].to_numpy(float), table["left"].to_numpy(int), codes, **late)[1])
