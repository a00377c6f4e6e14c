"""The books of points: earned, redeemed, lapsed, gone with a closed card, and outstanding, by month.

They close with a month: points lapse on its last day, also where the last days have hardly any other rows, so that the
day up to which all else counts lies before it.

Books begin with a balance that is seldom delivered, so it is found: a card opened within the data began with nothing;
whoever had points lapse has left what was earned since the lot before, and nothing else; of all others the balance lies
between the least that never falls below nothing and what a lot can hold. How many months of earnings are left after a
lapse shows where the beginning is known, else the rule of the business says it.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from insight.card.applications import Has, Read
from insight.card.arrears import charge_offs
from insight.config.parameters import Economics
from insight.config.triggers import PointsLapse
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import percentiles, resampled_counts
from insight.predict.uplift.months import coming_month, day_of, month_of

AHEAD = 12  # months in which points outstanding are followed, half of the data where that is less
_LEAST_AHEAD = 3
_SHOWN, _AGREED = 10, 0.9  # customers who show how long points live, and the share of them that have to agree
_ROUNDS = 300


@dataclass(frozen=True, eq=False)
class Books:
    """Points by month (down) and customer (across).

    Attributes
    ----------
    first
        Number of the first month.
    earned, redeemed, lapsed
        What came and went.
    is_open
        Whether the customer has an open card at the month's end; else the points are gone.
    low, high
        What each customer's balance can have been at the beginning.
    life
        Months of earnings that are left after a lapse.
    """

    customers: pd.Index
    first: int
    earned: np.ndarray
    redeemed: np.ndarray
    lapsed: np.ndarray
    is_open: np.ndarray
    low: np.ndarray
    high: np.ndarray
    life: int

    def balance(self, opening: np.ndarray) -> np.ndarray:
        """Give what each customer holds at each month's end."""
        return (opening + np.cumsum(self.earned - self.redeemed - self.lapsed, axis=0)) * self.is_open

    @property
    def opening(self) -> np.ndarray:
        """Give the middle of what each balance can have been at the beginning."""
        return (self.low + self.high) / 2


@unless_unavailable
def read_books(read: Read, has: Has, rule: PointsLapse, *, as_of: date) -> Books | Unavailable:
    """Read points by customer and month, and find the balance at the beginning.

    Unavailable where no points were earned, none have lapsed, or it is not known for how long they live.
    """
    if not (has("rewards") and {"credit_limit", "opened_on", "closed_on"} <= set(read("accounts").columns)):
        return Unavailable("points", "no_points")
    rows, as_of = _entries(read, as_of=as_of), closing(as_of)
    lost = rows.kind.isin(rule.expired) & (rows.points < 0)
    rows = rows.mutate(
        month=(rows.occurred_on.year() * 12 + rows.occurred_on.month() - 1).cast("int64"),
        earned=(rows.points > 0).ifelse(rows.points, 0),
        lapsed=lost.ifelse(-rows.points, 0),
        redeemed=((rows.points < 0) & ~lost).ifelse(-rows.points, 0),
    )
    sums = {name: rows[name].sum().cast("int64") for name in ("earned", "redeemed", "lapsed")}
    each = rows.group_by("customer_id", "month").aggregate(**sums).to_pandas()
    if each.empty:
        return Unavailable("points", "no_points")
    customers, first = pd.Index(sorted(each["customer_id"].unique())), int(each["month"].min())
    shape = month_of(as_of) - first + 1, len(customers)
    flows = {name: np.zeros(shape) for name in sums}
    at = each["month"] - first, customers.get_indexer(each["customer_id"])
    for name, flow in flows.items():
        flow[at] = each[name]
    opened, gone = _cards(read, has, customers, as_of=as_of)
    is_open = np.isnan(gone) | (gone > np.arange(first, first + shape[0])[:, None])
    return begin(customers, first, **flows, is_open=is_open, new=opened >= first, lifetime=rule.lifetime_months)


def closing(as_of: date) -> date:
    """Give the day up to which the books go: the end of the last month that is as good as over."""
    return day_of(coming_month(as_of)) - timedelta(days=1)


def _entries(read: Read, *, as_of: date) -> ibis.Table:
    rewards = read("rewards")
    return rewards.filter(rewards.customer_id.notnull(), rewards.occurred_on <= closing(as_of))


def delivered(read: Read, *, as_of: date) -> int:
    """Add up the points of the delivered rows that the books are made of: earned, less redeemed and lapsed."""
    return int(_entries(read, as_of=as_of).points.sum().execute())


def price(economics: Economics) -> float | Unavailable:
    """Give what a point costs once it is redeemed: a unit of spending earns one."""
    return economics.points_cost or Unavailable("points", "no_price")


def begin(
    customers: pd.Index, first: int, *, earned: np.ndarray, redeemed: np.ndarray, lapsed: np.ndarray,
    is_open: np.ndarray, new: np.ndarray, lifetime: int | None,
) -> Books | Unavailable:  # fmt: skip
    """Find the balance at the beginning: see `read_books`; ``new`` says who began with nothing."""
    change = np.cumsum(earned - redeemed - lapsed, axis=0)
    dates = [int(at) for at in np.flatnonzero(lapsed.sum(axis=1) > 0)]
    if not dates:
        return Unavailable("points", "no_lapse")
    life = _life(earned, change, lapsed, dates[-1], new) or lifetime
    if life is None:
        return Unavailable("points", "no_rule")
    low = np.where(new, 0, np.maximum(0, -change.min(axis=0)))
    high = np.where(new, low, np.inf)
    for date_at in dates:
        since = max(0, date_at - life + 1)
        known = date_at - since + 1
        kept = earned[since : date_at + 1].sum(axis=0)
        has_lapsed = (lapsed[date_at] > 0) & ~new
        # what a lapse leaves is whole, and nobody holds more; months before the data are taken to be like the others
        low = np.where(has_lapsed, np.maximum(low, kept - change[date_at]), low)
        high = np.where(new, high, np.minimum(high, np.maximum(kept * life / known - change[date_at], low)))
    return Books(customers, first, earned, redeemed, lapsed, is_open, low, np.maximum(high, low), life)


def _life(earned: np.ndarray, change: np.ndarray, lapsed: np.ndarray, at: int, new: np.ndarray) -> int | None:
    """Give how many months of earnings are left after a lapse, by those whose whole books are known."""
    shown = new & (lapsed[at] > 0)
    if shown.sum() < _SHOWN:
        return None
    agreed = {
        months: (earned[at + 1 - months : at + 1, shown].sum(axis=0) == change[at, shown]).mean()
        for months in range(1, at + 2)
    }
    best = max(agreed, key=lambda months: agreed[months])
    return best if agreed[best] >= _AGREED else None


def _cards(read: Read, has: Has, customers: pd.Index, *, as_of: date) -> tuple[np.ndarray, np.ndarray]:
    """Give the months in which each customer's first card was opened, and the last one closed or charged off."""
    accounts = read("accounts")
    cards = accounts.filter(accounts.credit_limit.notnull(), accounts.opened_on <= as_of)
    rows = cards.select("account_id", "customer_id", "opened_on", "closed_on").to_pandas()
    gone = pd.to_datetime(rows["closed_on"])
    if has("account_changes"):
        off = charge_offs(read("account_changes")).to_pandas().set_index("account_id")["charged_off_on"]
        gone = gone.fillna(pd.to_datetime(rows["account_id"].map(off)))
    gone = gone.where(gone <= pd.Timestamp(as_of))
    opened = pd.to_datetime(rows["opened_on"])
    rows = rows.assign(opened=opened.dt.year * 12 + opened.dt.month - 1, gone=gone.dt.year * 12 + gone.dt.month - 1)
    by = rows.groupby("customer_id").agg(opened=("opened", "min"), gone=("gone", "max"), open=("gone", "count"))
    whole = by["open"] == rows.groupby("customer_id").size()
    by = by.assign(gone=by["gone"].where(whole)).reindex(customers)
    return by["opened"].to_numpy(float), by["gone"].to_numpy(float)


@unless_unavailable
def ledger(books: Books) -> pd.DataFrame:
    """Give the points of each month: ``month, earned, redeemed, lapsed, forfeited, outstanding, low, high``.

    Outstanding is what it was the month before, and earned, less all that went; ``low`` and ``high`` bound it by
    what the balance can have been at the beginning. Forfeited are the points of cards that were closed.
    """
    balance = books.balance(books.opening)
    before = np.vstack([books.opening, balance[:-1]])
    flows = {name: getattr(books, name) for name in ("earned", "redeemed", "lapsed")}
    forfeited = before + flows["earned"] - flows["redeemed"] - flows["lapsed"] - balance
    bounds = {name: books.balance(getattr(books, name)).sum(axis=1) for name in ("low", "high")}
    sums = {name: flow.sum(axis=1) for name, flow in flows.items()}
    months = [day_of(books.first + at) for at in range(len(balance))]
    return pd.DataFrame(
        {"month": months, **sums, "forfeited": forfeited.sum(axis=1), "outstanding": balance.sum(axis=1), **bounds}
    )


@dataclass(frozen=True)
class Breakage:
    """How much of the points outstanding is redeemed in the months ahead, and how that forecast fared before.

    Attributes
    ----------
    value, low, high
        Share of those outstanding a period ago that was redeemed since: what is expected of those outstanding now.
    told, told_low, told_high
        The same of the period before: what was expected of those outstanding a period ago.
    plain
        Redeemed in the period before over earned in it.
    lapsed
        Share of those outstanding a period ago that lapsed since. What is left is still there, or went with its card.
    """

    months: int
    value: float
    low: float
    high: float
    told: float
    told_low: float
    told_high: float
    plain: float
    lapsed: float

    @property
    def held(self) -> bool:
        """Say whether what came lay within the interval that was told before."""
        return self.told_low <= self.value <= self.told_high


@unless_unavailable
def breakage(books: Books, *, seed: int) -> Breakage | Unavailable:
    """Forecast the share of the points outstanding that will be redeemed, from what became of those a period ago.

    Redemptions take the oldest points first, so of a balance is redeemed what its customer redeems, up to all of it.
    Intervals hold what balances can have been, and the luck of sampling customers; not that habits may change, which
    the forecast of a period ago is there to show.
    """
    months = min(AHEAD, len(books.earned) // 2)
    if months < _LEAST_AHEAD:
        return Unavailable("points", "few_months", {"fewest": 2 * _LEAST_AHEAD})
    now, then = len(books.earned), len(books.earned) - months
    told, came = (_redeemed(books, at, months, seed=seed) for at in (then - months, then))
    span, held = slice(then - months, then), _held(books, books.opening, then)
    used = books.redeemed[then:now].sum(axis=0)
    lapsed = np.minimum(books.lapsed[then:now].sum(axis=0), np.maximum(held - used, 0)).sum() / held.sum()
    plain = books.redeemed[span].sum() / books.earned[span].sum()
    return Breakage(months, *came, *told, float(plain), float(lapsed))


def _held(books: Books, opening: np.ndarray, at: int) -> np.ndarray:
    """Give what each customer holds before a month, counted from the first one."""
    return opening if at == 0 else books.balance(opening)[at - 1]


def _redeemed(books: Books, at: int, months: int, *, seed: int) -> tuple[float, float, float]:
    """Give the share of what was held before a month that was redeemed in the months from it on, with its interval."""
    used = books.redeemed[at : at + months].sum(axis=0)
    pairs = [(np.minimum(used, held), held) for held in (_held(books, one, at) for one in (books.low, books.high))]
    middle = _held(books, books.opening, at)
    drawn = np.array([
        [times @ some / (times @ held) for some, held in pairs]
        for times in resampled_counts(len(used), rounds=_ROUNDS, seed=seed)
    ])  # fmt: skip
    ends = [percentiles(column) for column in drawn.T]
    value = float(np.minimum(used, middle).sum() / middle.sum())
    return value, min(low for low, _ in ends), max(high for _, high in ends)
