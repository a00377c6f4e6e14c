"""Points that are about to lapse: those earned first are used first, and what is left of them lapses."""

from datetime import date, timedelta
from functools import reduce
from operator import add

import ibis
import numpy as np
import pandas as pd
from ibis import _

from insight.config.triggers import PointsLapse

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def lapsing(rewards: ibis.Table, rule: PointsLapse, *, last: date) -> pd.DataFrame:
    """Find whose points lapse so many days later, as known the evening before.

    Points are earned in lots that lapse together, at the end of a month, quarter or year. What is redeemed is taken
    from the oldest lot. A balance from before the data begins is not seen; where points are recorded as expired,
    though, nothing of later lots can have been used until then, and what was taken from these is given back.

    Parameters
    ----------
    rewards
        The ``rewards`` table, up to the last day that is known.
    last
        Last day on which a message may fall due.

    Returns
    -------
    DataFrame
        ``customer_id, due_on, points``.
    """
    lots = _lots(rewards, rule, last=last)
    if not lots:
        return pd.DataFrame(columns=["customer_id", "due_on", "points"])
    due = [ends - timedelta(days=rule.days) for _begins, ends in lots]
    cuts = sorted({*due, *(ends + timedelta(days=1) for _begins, ends in lots)})
    entries = _entries(rewards, rule, lots=[*(begins for begins, _ends in lots), _after(lots[-1], rule)], cuts=cuts)
    codes, customers = pd.factorize(entries["customer_id"], sort=True)
    shape = len(customers), len(lots) + 1  # and what is earned later
    earned, left, found = np.zeros(shape, np.int64), np.zeros(shape, np.int64), []
    for place, cut in enumerate(cuts):
        is_here = (entries["piece"] == place).to_numpy()
        here, of = entries[is_here], codes[is_here]
        gained = (here["earned"] > 0).to_numpy()
        at = of[gained], here["lot"].to_numpy()[gained]
        for books in (earned, left):
            np.add.at(books, at, here["earned"].to_numpy()[gained])
        _take(left, np.bincount(of, weights=here["used"], minlength=len(customers)).astype(np.int64))
        lapsed = [lot for lot, (_begins, ends) in enumerate(lots) if ends + timedelta(days=1) == cut]
        for lot in lapsed:
            expired = np.bincount(of, weights=here["expired"], minlength=len(customers)) > 0
            left[expired, lot + 1 :] = earned[expired, lot + 1 :]
            left[:, : lot + 1] = 0
        for lot in (lot for lot, day in enumerate(due) if day == cut):
            rows = np.flatnonzero(left[:, lot] >= rule.least)
            found.append(pd.DataFrame({"customer_id": customers[rows], "due_on": cut, "points": left[rows, lot]}))
    return pd.concat(found, ignore_index=True)


def _take(left: np.ndarray, used: np.ndarray) -> None:
    """Take what was used from the oldest lots; what they do not hold came from before the data."""
    for lot in range(left.shape[1]):
        taken = np.minimum(left[:, lot], used)
        left[:, lot] -= taken
        used = used - taken


def _lots(rewards: ibis.Table, rule: PointsLapse, *, last: date) -> list[tuple[date, date]]:
    """List the lots whose messages may fall due by a day: first day of earning, and the day on which they lapse."""
    first = rewards.occurred_on.min().execute()
    if pd.isna(first):
        return []
    months, length, start = rule.lifetime_months or 0, _MONTHS[rule.ends], pd.Timestamp(first)
    begins = pd.Timestamp(start.year, (start.month - 1) // length * length + 1, 1)  # of what was earned before the data
    lots = []
    while (ends := begins + pd.DateOffset(months=length, days=-1)) - pd.Timedelta(days=rule.days) <= pd.Timestamp(last):
        lots.append(((begins - pd.DateOffset(months=months)).date(), ends.date()))
        begins += pd.DateOffset(months=length)
    return lots


def _after(lot: tuple[date, date], rule: PointsLapse) -> date:
    return (pd.Timestamp(lot[0]) + pd.DateOffset(months=_MONTHS[rule.ends])).date()


def _entries(rewards: ibis.Table, rule: PointsLapse, *, lots: list[date], cuts: list[date]) -> pd.DataFrame:
    """Add up what each customer earned by lot, used and lost, in each piece of time between two days that matter."""
    known = rewards.filter(rewards.customer_id.notnull(), rewards.occurred_on < cuts[-1])
    lot = reduce(add, ((known.occurred_on >= day).cast("int64") for day in lots)) - 1
    piece = reduce(add, ((known.occurred_on >= day).cast("int64") for day in cuts))
    lost = known.kind.isin(rule.expired) & (known.points < 0)
    spent = (known.points < 0) & ~known.kind.isin(rule.expired)
    each = known.mutate(
        lot=(known.points > 0).ifelse(lot, 0),
        piece=piece,
        earned=(known.points > 0).ifelse(known.points, 0),
        used=spent.ifelse(-known.points, 0),
        expired=lost.ifelse(-known.points, 0),
    )
    sums = {name: each[name].sum().cast("int64") for name in ("earned", "used", "expired")}
    found = each.group_by("customer_id", "piece", "lot").aggregate(**sums)
    return found.order_by(_.customer_id, _.piece, _.lot).to_pandas()
