"""What triggers would have met with nothing sent: who reaches the goal by themselves, beside comparable customers."""

import math
from dataclasses import dataclass
from datetime import timedelta

import ibis
import numpy as np
import pandas as pd

from insight.config.triggers import Triggers
from insight.decide.control_group import customers_needed
from insight.decide.triggers.play import HELD_OUT, SENT, Played
from insight.decide.triggers.records import (
    APPLICATION,
    NEW,
    PAID,
    POINTS,
    PURCHASE,
    REDEMPTION,
    START,
    STATEMENT,
    Records,
    beside,
)
from insight.errors import unless_unavailable
from insight.intervals import difference_of_shares, wilson


@dataclass(frozen=True)
class Goal:
    """What a trigger is to bring about.

    Attributes
    ----------
    act
        The act of `records` that is looked for.
    needs, without
        Acts that customers have done before, or never, to be compared with.
    """

    act: str
    needs: str | None = None
    without: str | None = None


GOALS = {
    "complaint_closed": Goal(PURCHASE),
    "first_late_payment": Goal(PAID, needs=STATEMENT),
    "lead": Goal(APPLICATION),
    "points_lapse": Goal(REDEMPTION, needs=POINTS),
    "no_first_purchase": Goal(PURCHASE, needs=START, without=PURCHASE),
    "gone_quiet": Goal(PURCHASE),
    "new_product": Goal(NEW),
    "birthday": Goal(PURCHASE),
}
#: Purchase days of the three calendar months before, from which on a customer counts as buying so often.
BANDS = (1, 3, 6, 12, 24, 48)
BACK = 3
MONTHS = 12
_FIRSTS = (POINTS, STATEMENT, START, PURCHASE)


@dataclass(frozen=True, eq=False)
class Compared:
    """Messages beside everybody on the first days of months: what came after, and what is known of them.

    Attributes
    ----------
    events
        Messages: ``customer_id, trigger, due_on, outcome``, the first day from then on of each act that is a goal
        (``<act>_after``), and ``cell``: the month, and how often the customer bought in the three months before.
    others
        The same of everybody who is known, with the first day of acts (``<act>_first``) that a goal needs.
    """

    events: pd.DataFrame
    others: pd.DataFrame


def look_beside(records: Records, played: Played) -> Compared:
    """Look at what followed each message, and what followed on days that were chosen without looking at them.

    A month's first day stands for the month: both sides are told apart by what was known then.
    """
    firsts = pd.date_range(played.first, played.last, freq="MS")
    days = ibis.memtable(pd.DataFrame({"due_on": firsts.date}), schema={"due_on": "date"})
    known = records.known.cross_join(days)
    known = known.filter(known.occurred_on < known.due_on).select("customer_id", "due_on")
    others = records.still_here(known).select(
        "customer_id", "due_on", trigger=ibis.literal(""), outcome=ibis.literal("")
    )
    own = played.events[["customer_id", "trigger", "due_on", "outcome"]].assign(due_on=lambda of: of["due_on"].dt.date)
    schema = {"customer_id": "string", "trigger": "string", "due_on": "date", "outcome": "string"}
    events = ibis.memtable(own, schema=schema).select(others.columns)
    acts = records.acts()
    coming = {name: of.filter(of.occurred_on >= played.first) for name, of in acts.items()}
    found = beside(events.union(others), coming, after=sorted({goal.act for goal in GOALS.values()}))
    for name in _FIRSTS:
        found = _with_first(found, acts.get(name), name)
    frame = _with_habit(found, records.days).order_by("trigger", "customer_id", "due_on").to_pandas()
    for name in frame.columns.drop(["customer_id", "trigger", "outcome", "bought"]):
        frame[name] = pd.to_datetime(frame[name])
    month = frame["due_on"].dt.year * MONTHS + frame["due_on"].dt.month
    frame["cell"] = month * len(BANDS) * 2 + np.digitize(frame["bought"].fillna(0), BANDS)
    is_event = frame["trigger"] != ""
    return Compared(frame[is_event].reset_index(drop=True), frame[~is_event].reset_index(drop=True))


def _with_first(rows: ibis.Table, act: ibis.Table | None, name: str) -> ibis.Table:
    if act is None:
        return rows.mutate(**{f"{name}_first": ibis.null("date")})
    first = act.group_by("customer_id").aggregate(**{f"{name}_first": act.occurred_on.min()})
    return rows.left_join(first, "customer_id").drop("customer_id_right")


def _with_habit(rows: ibis.Table, days: ibis.Table) -> ibis.Table:
    """Give each row with ``bought``: purchase days in the calendar months before that of the row."""
    month = _month(days.occurred_on)
    monthly = days.group_by("customer_id", month=month).aggregate(bought=days.count())
    ahead = ibis.memtable(pd.DataFrame({"ahead": range(1, BACK + 1)}), schema={"ahead": "int64"})
    spread = monthly.cross_join(ahead)
    spread = spread.mutate(month=spread.month + spread.ahead)
    habit = spread.group_by("customer_id", "month").aggregate(bought=spread.bought.sum())
    rows = rows.mutate(month=_month(rows.due_on))
    found = rows.left_join(habit, ["customer_id", "month"])
    return found.drop("customer_id_right", "month_right", "month")


def _month(day: ibis.Value) -> ibis.Value:
    return day.year().cast("int64") * MONTHS + day.month()


@unless_unavailable
def met(compared: Compared, played: Played, rules: Triggers, *, holdout_share: float, min_cell: int) -> pd.DataFrame:
    """Say of each trigger which share of its customers reaches the goal with nothing sent, beside comparable customers.

    Only messages count whose days for the goal are over. Those compared are seen on the first day of a month, without
    such a message in the days for the goal before; by month and by how often they bought in the three months before
    they weigh as those with the message do.

    Parameters
    ----------
    min_cell
        Triggers of fewer customers, or compared with fewer, are left out.

    Returns
    -------
    DataFrame
        By ``trigger``: ``goal``, ``within`` (days), ``customers``, ``share, low, high`` of their messages that reach
        it, ``others`` (customers compared), ``other_share, other_low, other_high``, ``ahead`` (1, -1 or 0: surely more,
        surely less, neither), ``needed`` (customers of a test, held out among them; empty where the goal cannot rise
        so far), and ``test_days`` until as many would have come.

    Notes
    -----
    Customers who stand in it several times count once for the width of an interval; of weighted ones as many as weigh
    alike would have to be (Kish).
    """
    rows = [
        _met_by(name, compared, played, rules, holdout_share=holdout_share, min_cell=min_cell) for name in played.order
    ]
    return pd.DataFrame([row for row in rows if row])


def _met_by(
    name: str, compared: Compared, played: Played, rules: Triggers, *, holdout_share: float, min_cell: int
) -> dict[str, object] | None:
    goal = GOALS[name]
    within = getattr(rules, name).within
    over = pd.Timestamp(played.last) - pd.Timedelta(days=within - 1)
    own = compared.events[(compared.events["trigger"] == name) & (compared.events["due_on"] <= over)]
    others = _without_message(compared, name, within=within)
    others = others[others["due_on"] <= over]
    if goal.needs is not None:
        others = others[others[f"{goal.needs}_first"] < others["due_on"]]
    if goal.without is not None:
        others = others[~(others[f"{goal.without}_first"] < others["due_on"])]
    weights = _weights(own, others)
    people, strangers = own["customer_id"].nunique(), others.loc[weights > 0, "customer_id"].nunique()
    if min(people, strangers) < min_cell:
        return None
    share = float(_reached(own, goal.act, within).mean())
    other = float(np.average(_reached(others, goal.act, within), weights=weights))
    size = min(strangers, float(weights.sum() ** 2 / np.square(weights).sum()))
    low, high = wilson(share * people, float(people))
    other_low, other_high = wilson(other * size, size)
    least, most = difference_of_shares(share * people, people, other * size, size)
    found = {"trigger": name, "goal": goal.act, "within": within, "customers": people, "share": share}
    found |= {"low": float(low), "high": float(high), "others": strangers, "other_share": other}
    found |= {"other_low": float(other_low), "other_high": float(other_high)}
    found["ahead"] = 1 if least > 0 else -1 if most < 0 else 0
    return found | _test(name, share, played, rise=rules.rise, holdout_share=holdout_share)


def _reached(rows: pd.DataFrame, goal: str, within: int) -> np.ndarray:
    return ((rows[f"{goal}_after"] - rows["due_on"]).dt.days < within).to_numpy()


def _without_message(compared: Compared, name: str, *, within: int) -> pd.DataFrame:
    """Keep those compared who had no such message lately; what comes later must not choose them."""
    events = compared.events[compared.events["trigger"] == name]
    kept = []
    for day, rows in compared.others.groupby("due_on"):
        lately = (events["due_on"] <= day) & (events["due_on"] > day - timedelta(days=within))
        kept.append(rows[~rows["customer_id"].isin(events.loc[lately, "customer_id"])])
    return pd.concat(kept) if kept else compared.others.head(0)


def _weights(own: pd.DataFrame, others: pd.DataFrame) -> np.ndarray:
    """Weigh those compared so that months and habits are as often among them as among those with a message."""
    ratio = own["cell"].value_counts() / others["cell"].value_counts()
    return others["cell"].map(ratio).fillna(0.0).to_numpy(float)


def _test(name: str, share: float, played: Played, *, rise: float, holdout_share: float) -> dict[str, object]:
    """Say how many customers a test needs, and in how many days as many would have been on the list."""
    needed = customers_needed(share, rise=rise, control_share=holdout_share)
    of = played.events
    listed = of[(of["trigger"] == name) & of["outcome"].isin([SENT, HELD_OUT])]["customer_id"].nunique()
    is_seen = math.isfinite(needed)
    days = math.ceil(needed * played.days / listed) if is_seen and listed else np.nan
    return {"needed": needed if is_seen else np.nan, "test_days": days}
