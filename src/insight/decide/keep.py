"""Whom to keep: how likely each is to leave, what they bring, and how much a contact can do about it.

A contact is assumed to lower the odds of leaving by a share. So it can do nothing for those who are certain to leave,
needs to do nothing for those who are certain to stay, and most lies between. How much it does in truth takes a control
group.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import ibis
import numpy as np
import pandas as pd

from insight.config.offers import Economics
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import ROUNDS, affordable_rounds, percentiles, resampled_counts
from insight.predict.churn.backtest import Backtest
from insight.predict.churn.design import ACTED_ON, LABEL
from insight.predict.churn.scoring import Scored
from insight.predict.churn.window import Window
from insight.predict.histories import summarise_histories
from insight.predict.uplift.worth import INTERCHANGE

YEAR, BEST = 365, 0.2  # days; share of customers who are the best fifth
POINTS, REACH = 41, 4  # of a curve, which is drawn for so many times the contacts that are expected to pay
#: Orders in which customers may be contacted.
GAIN, SPEND, PROBABILITY = "gain", "spend", "probability"
#: By how much an assumption may be wrong.
FACTORS = (0.5, 2.0)


@dataclass(frozen=True)
class Assumed:
    """What is assumed of a contact.

    Attributes
    ----------
    effect
        Share by which it lowers the odds of leaving.
    cost
        Of a contact.
    margin
        What a unit of spending brings; 1 where nothing is known of it, so that money is spending.
    days
        Ahead, of which what is spent may be lost.
    by_account
        Whether what each customer brings is known from an account of money; then ``margin`` is 1.
    """

    effect: float
    cost: float
    margin: float
    days: int
    by_account: bool = False

    @property
    def is_margin(self) -> bool:
        """Whether money is what customers bring; else it is spending."""
        return self.by_account or self.margin != 1.0


def margin_of(economics: Economics, *, is_bank: bool) -> float:
    """Give what a unit of spending brings less its points; 1 where a shop does not say.

    Examples
    --------
    >>> margin_of(Economics(), is_bank=True), margin_of(Economics(), is_bank=False)
    (0.0045, 1.0)
    """
    margin = economics.spend_margin if economics.spend_margin is not None else INTERCHANGE if is_bank else None
    return 1.0 if margin is None else max(margin - economics.points_cost, 0.0)


def room(probability: np.ndarray, effect: float) -> np.ndarray:
    """Give the share of leaving that a contact prevents, where it lowers the odds of leaving by a share.

    Examples
    --------
    >>> room(np.array([0.0, 0.5, 1.0]), 0.2).round(3).tolist()
    [0.2, 0.111, 0.0]
    """
    return effect * (1 - probability) / (1 - effect * probability)


def gains(probability: np.ndarray, worth: np.ndarray, assumed: Assumed) -> np.ndarray:
    """Give what contacting each is expected to bring: probability, times value, times room to act, less the cost.

    ``worth`` is what may be lost before ``assumed.margin`` is taken of it: spending, or what an account says.
    """
    return probability * room(probability, assumed.effect) * assumed.margin * worth - assumed.cost


@dataclass(frozen=True)
class Tested:
    """The list as it would have been drawn up on the day of the test, and what came.

    Attributes
    ----------
    curve
        By order and number of contacts: ``order, contacts, profit, low, high``.
    customers, contacts
        Scored, and those of whom a gain was expected.
    profit, low, high
        Of contacting these, with its 95% interval.
    lead, lead_low, lead_high
        By how much that is more than contacting as many who spend most.
    """

    curve: pd.DataFrame
    customers: int
    contacts: int
    profit: float
    low: float
    high: float
    lead: float
    lead_low: float
    lead_high: float


@unless_unavailable
def backtest(
    test: Backtest,
    daily: ibis.Table,
    *,
    model: str,
    cut: date,
    assumed: Assumed,
    seed: int,
    brought: pd.Series | None = None,
) -> Tested | Unavailable:
    """Draw the list up on the day of the back-test, and count what it would have brought by who left.

    Parameters
    ----------
    test
        Whose scores know nothing after ``cut``.
    daily
        As :func:`insight.predict.histories.daily_spend` makes it.
    model
        Name of the churn model in use.
    brought
        What each customer brought in as many days up to the cut, by an account of money (``assumed.by_account``).

    Returns
    -------
    Tested or Unavailable
        ``nobody`` where of nobody a gain was expected.

    Notes
    -----
    Who left is known, and what they had spent; that a contact would have kept so many of them is assumed.
    """
    spend = summarise_histories(daily, cut=cut, ahead_days=assumed.days)["spend_before"]
    known = spend.reindex(test.scores.index)
    return curve_of(test.scores[LABEL], test.scores[model], known, assumed, seed=seed, brought=brought)


@unless_unavailable
def curve_of(
    labels: pd.Series,
    probability: pd.Series,
    spend: pd.Series,
    assumed: Assumed,
    *,
    seed: int,
    brought: pd.Series | None = None,
) -> Tested | Unavailable:
    """Count what contacting so many brings, in each order, with intervals from resampled customers."""
    y, p = labels.to_numpy(float), probability.to_numpy(float)
    spent = _above_nothing(spend, spend.index)
    worth = spent if brought is None else _above_nothing(brought, spend.index)
    expected = gains(p, worth, assumed)
    came = y * room(p, assumed.effect) * assumed.margin * worth - assumed.cost
    depth = int((expected > 0).sum())
    if not depth:
        return Unavailable("keep", "nobody")
    orders = {GAIN: expected, SPEND: spent, PROBABILITY: p}
    ranks = {name: np.argsort(-values, kind="stable") for name, values in orders.items()}
    reach = min(len(y), REACH * depth)
    at = np.unique([*np.linspace(0, reach, POINTS).astype(int), depth, min(2 * depth, len(y)), len(y)])
    found = {name: _profits(came[order], np.ones(len(y)), at) for name, order in ranks.items()}
    drawn: dict[str, list[np.ndarray]] = {name: [] for name in ranks}
    for times in resampled_counts(len(y), rounds=affordable_rounds(len(y) * 4, ROUNDS), seed=seed):
        for name, order in ranks.items():
            drawn[name].append(_profits(came[order], times[order].astype(float), at))
    parts = []
    for name in ranks:
        bounds = np.array([percentiles(each) for each in np.array(drawn[name]).T])
        part = {"order": name, "contacts": at, "profit": found[name], "low": bounds[:, 0], "high": bounds[:, 1]}
        parts.append(pd.DataFrame(part))
    place = int(np.searchsorted(at, depth))
    leads = np.array(drawn[GAIN])[:, place] - np.array(drawn[SPEND])[:, place]
    curve = pd.concat(parts, ignore_index=True)
    own = curve[(curve["order"] == GAIN) & (curve["contacts"] == depth)].iloc[0]
    lead = float(found[GAIN][place] - found[SPEND][place])
    profit, low, high = (float(own[name]) for name in ("profit", "low", "high"))
    return Tested(curve, len(y), depth, profit, low, high, lead, *percentiles(leads))


def _above_nothing(amounts: pd.Series, customers: pd.Index) -> np.ndarray:
    """Give each customer's amount; nothing of whom none is known, or less."""
    return np.asarray(amounts.reindex(customers).fillna(0).clip(lower=0), dtype=float)


def _profits(came: np.ndarray, times: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Give the profit of so many first contacts, where each customer is there so many times."""
    contacts, profit = np.append(0.0, times.cumsum()), np.append(0.0, (times * came).cumsum())
    return np.interp(at, contacts, profit)


@unless_unavailable
def rank_customers(
    active: Scored,
    everyone: pd.DataFrame,
    *,
    allowed: pd.DataFrame | None,
    assumed: Assumed,
    brought: pd.Series | None = None,
) -> pd.DataFrame:
    """Give the customers active today with what a contact is expected to bring, largest first.

    Parameters
    ----------
    active
        Today's scores.
    everyone
        With ``spend_before``, by ``customer_id``, over as many days as are looked ahead.
    allowed
        From `insight.decide.eligibility.contactable`; None where the business has no table of customers.
    brought
        What each customer brought in as many days, by an account of money (``assumed.by_account``).

    Returns
    -------
    DataFrame
        Indexed by ``customer_id``: ``probability, spend, worth`` (what may be lost), ``room, gain``; ``is_open`` (may
        be contacted); ``is_listed`` (open, and the gain is above 0); ``act_on``, the first of the reasons that
        something can be done about.
    """
    p = active.probability
    spend = _above_nothing(everyone["spend_before"], p.index)
    worth = spend if brought is None else _above_nothing(brought, p.index)
    values = {"probability": p, "spend": spend, "worth": worth, "room": room(p.to_numpy(), assumed.effect)}
    table = pd.DataFrame(values, index=p.index)
    table["gain"] = gains(p.to_numpy(), worth, assumed)
    table["is_open"] = True if allowed is None else allowed["allowed"].reindex(p.index, fill_value=False)
    table["is_listed"] = table["is_open"] & (table["gain"] > 0)
    table["act_on"] = None if isinstance(active.reasons, Unavailable) else _act_on(active)
    return table.sort_index().sort_values("gain", ascending=False, kind="stable")


def _act_on(active: Scored) -> pd.Series:
    """Give each customer's first reason that something can be done about, as its code; none where there is none."""
    reasons = active.reasons
    assert not isinstance(reasons, Unavailable)
    can = np.array([one.feature in ACTED_ON for one in reasons.reasons] + [False])
    places = reasons.places
    first = np.where(can[places].any(axis=1), places[np.arange(len(places)), can[places].argmax(axis=1)], -1)
    codes = np.array([*(one.code for one in reasons.reasons), None], dtype=object)
    return pd.Series(codes[first], index=reasons.index, dtype=object)


@unless_unavailable
def sensitivity(ranked: pd.DataFrame, assumed: Assumed) -> pd.DataFrame | Unavailable:
    """Say how far the list changes where an assumption is half or double what it is taken for.

    Twice the cost is half the value: the list is the same, and so both are one row.

    Returns
    -------
    DataFrame or Unavailable
        ``change`` (``as assumed``, ``cost x2``, ``cost x0.5``, ``effect x2``, ``effect x0.5``, and two ways to
        choose as many: ``by probability``, ``by spend``), ``contacts``, ``gain`` (by that assumption; of the two
        ways, by the first one), ``gone`` (share of the list that is no more on it), ``new`` (of the changed list,
        the share that was not on it). ``nobody`` where the list is empty.
    """
    open_ones = ranked[ranked["is_open"]]
    base = open_ones.index[open_ones["gain"] > 0]
    if base.empty:
        return Unavailable("keep", "nobody")
    p, worth = (open_ones[name].to_numpy(float) for name in ("probability", "worth"))
    ways: Mapping[str, Assumed] = {
        "as assumed": assumed,
        **{f"cost x{by:g}": replace(assumed, cost=assumed.cost * by) for by in reversed(FACTORS)},
        **{f"effect x{by:g}": replace(assumed, effect=min(assumed.effect * by, 1.0)) for by in reversed(FACTORS)},
    }
    lists = {}
    for name, way in ways.items():
        gain = pd.Series(gains(p, worth, way), index=open_ones.index)
        lists[name] = gain[gain > 0]
    for name, column in (("by probability", "probability"), ("by spend", "spend")):
        first = open_ones.sort_values(column, ascending=False, kind="stable").index[: len(base)]
        lists[name] = open_ones.loc[first, "gain"]
    rows = [
        (name, len(one), float(one.sum()), 1 - float(base.isin(one.index).mean()),
         1 - float(one.index.isin(base).mean()) if len(one) else np.nan)
        for name, one in lists.items()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["change", "contacts", "gain", "gone", "new"])


@dataclass(frozen=True)
class Quiet:
    """The best fifth who have gone quiet.

    Attributes
    ----------
    customers
        Indexed by ``customer_id``: ``spend_year, silent_days``, largest spend first.
    fifth, fifth_spend
        How many customers the best fifth has, and what they spent together.
    """

    customers: pd.DataFrame
    fifth: int
    fifth_spend: float

    @property
    def spend(self) -> float:
        """Add up what those who have gone quiet spent."""
        return float(self.customers["spend_year"].sum())


@unless_unavailable
def best_gone_quiet(daily: ibis.Table, *, as_of: date, window: Window) -> Quiet:
    """Find the customers of the best fifth who have been silent for as long as counts as churned.

    The best fifth have spent most in the year up to their own last purchase, so that silence does not lower anyone.
    """
    known = daily.filter(daily.occurred_on <= as_of)
    last = known.occurred_on.max(where=known.is_purchase).over(group_by=known.customer_id)
    dated = known.mutate(last_on=last)
    dated = dated.filter(dated.last_on.notnull(), dated.occurred_on > dated.last_on - ibis.interval(days=YEAR))
    summed = dated.group_by("customer_id").aggregate(
        spend_year=dated.spend.sum().cast("float64"), last_on=dated.last_on.max()
    )
    table = summed.order_by("customer_id").to_pandas().set_index("customer_id")
    fifth = table.sort_values("spend_year", ascending=False, kind="stable").head(round(BEST * len(table)))
    silent = (pd.Timestamp(as_of) - pd.to_datetime(fifth["last_on"])).dt.days
    found = fifth.assign(silent_days=silent)[silent >= window.days][["spend_year", "silent_days"]]
    return Quiet(found, len(fifth), float(fifth["spend_year"].sum()))


def whom_to_keep(ranked: pd.DataFrame | Unavailable, quiet: Quiet | Unavailable) -> pd.DataFrame:
    """Put the list of those to keep and that of those to win back together: the ``whom_to_keep`` table."""
    parts = []
    if not isinstance(ranked, Unavailable):
        parts.append(ranked[ranked["is_listed"]].assign(list="keep"))
    if not isinstance(quiet, Unavailable):
        parts.append(quiet.customers[["spend_year"]].rename(columns={"spend_year": "spend"}).assign(list="win back"))
    columns = ["customer_id", "list", "place", "probability", "spend", "room", "gain", "act_on"]
    placed = [part.assign(place=range(1, len(part) + 1)).reset_index() for part in parts]
    table = pd.concat(placed, ignore_index=True) if placed else pd.DataFrame(columns=columns)
    return table.reindex(columns=columns).astype({"place": "int64"})
