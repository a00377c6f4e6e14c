"""Arrears of card accounts by month: where accounts stand, how they roll from month to month, and vintages.

An account is followed from the month in which it was opened, or the first one of the statements, until the month after
it was closed or charged off. In a month without a statement nothing is owed. What comes out are counts and sums by
state: small tables, however many accounts there are.
"""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import ibis
import numpy as np
import pandas as pd

from insight.errors import Unavailable, unless_unavailable
from insight.intervals import wilson

#: States of an account, by number: paid up; 1 to 29 days past due, and so on by 30 days; 150 or more; the two ends.
STATES = ("current", "past_1", "past_30", "past_60", "past_90", "past_120", "past_150", "charged_off", "closed")
WORST, OFF, CLOSED = 6, 7, 8
BUCKET_DAYS = 30
CHARGED_OFF = "charged_off"
#: Days past due that portfolios are watched by, and the first state in which they are reached.
PAST_DUE = {30: 2, 90: 4}
_FEWEST_MONTHS = 3
YEAR = 12  # months
_VINTAGE_MONTHS = 6


@dataclass(frozen=True)
class Arrears:
    """Accounts by month and state; months are numbered ``12 * year + month - 1``, states as in `STATES`.

    Attributes
    ----------
    standing
        A row per month and state that accounts are in at its end: ``month, state, accounts, balance``, ``limits`` and
        ``squares`` (sums of their credit limits, and of these squared).
    rolls
        A row per month, state, and state in the month after: ``month, state, after, accounts, limits, squares``.
    losses
        A row per month of charge-off and month of opening: ``month, opened, accounts, balance`` (what was owed on the
        last statement), ``squares`` (sum of the squared balances), ``limits``, ``limit_squares``.
    firsts
        A row per month of opening and months on book in which 30, and 90, days past due were first reached (missing:
        not yet), of accounts that are followed from their opening on: ``opened, past_30, past_90, accounts``.
    """

    standing: pd.DataFrame
    rolls: pd.DataFrame
    losses: pd.DataFrame
    firsts: pd.DataFrame

    @property
    def last(self) -> int:
        """The last month."""
        return int(self.standing["month"].max())


@unless_unavailable
def follow(
    accounts: ibis.Table, statements: ibis.Table, changes: ibis.Table | None = None, *, as_of: date
) -> Arrears | Unavailable:
    """Count accounts by month and state, and from each state to that of the month after.

    Parameters
    ----------
    accounts
        Accounts with ``account_id, opened_on, closed_on, status, credit_limit``.
    statements
        One row per account and statement: ``account_id, statement_on, days_past_due, balance, credit_limit``.
    changes
        Dated changes of accounts (``account_id, changed_on, what, new_value``): when an account was charged off.
        Without them an account whose status says so is taken to be charged off in the month of its last statement.
    as_of
        Last day that counts. Its month is left out where statements of it are still to come.

    Returns
    -------
    Arrears
        Unavailable with fewer than three months of statements.
    """
    bills = statements.filter(statements.statement_on <= as_of, statements.days_past_due.notnull())
    first, last = _months(bills, as_of)
    if last - first + 1 < _FEWEST_MONTHS:
        return Unavailable("risk", "few_months", {"months": _FEWEST_MONTHS})
    bills = _by_month(bills).filter(lambda t: t.month <= last)
    lives = _lives(accounts, bills, changes, first, as_of)
    months = _each_month(lives, bills, last).cache()  # counted four times
    try:
        return Arrears(*(_as_frame(count(months)) for count in (_standing, _rolls, _losses, _firsts)))
    finally:
        months.release()


def follow_accounts(
    read: Callable[[str], ibis.Table], has: Callable[[str], bool], *, as_of: date
) -> Arrears | Unavailable:
    """Follow the accounts of a business, by its dated changes where it has any.

    Parameters
    ----------
    read
        Gives a table by its name.
    has
        Says whether the business has a table with anything in it.
    as_of
        Last day that counts.
    """
    changes = read("account_changes") if has("account_changes") else None
    return follow(read("accounts"), read("statements"), changes, as_of=as_of)


def charge_offs(changes: ibis.Table) -> ibis.Table:
    """Give the day on which accounts were charged off: ``account_id, charged_off_on``."""
    dated = changes.filter(changes.what == "status", changes.new_value == CHARGED_OFF)
    return dated.group_by("account_id").aggregate(charged_off_on=dated.changed_on.min())


def _number(day: ibis.Value) -> ibis.Value:
    """Give in the engine what `month_of` gives."""
    return (day.year() * YEAR + day.month() - 1).cast("int64")


def _months(bills: ibis.Table, as_of: date) -> tuple[int, int]:
    """Give the first and the last month of which all statements are there."""
    number, day = _number(bills.statement_on), bills.statement_on.day()
    found = bills.aggregate(first=number.min(), last=number.max(), latest=day.max()).to_pandas().iloc[0]
    if found.isna().any():
        return 0, -1
    first, last, latest = (int(each) for each in found)
    has_more = last == month_of(as_of) and as_of.day < min(latest, monthrange(as_of.year, as_of.month)[1])
    return first, last - has_more


def _by_month(bills: ibis.Table) -> ibis.Table:
    """Give one statement an account and month, the last one, with its state."""
    days = bills.days_past_due
    bucket = ((days + BUCKET_DAYS) / BUCKET_DAYS).floor().cast("int64")
    rows = bills.select(
        "account_id",
        day=bills.statement_on,
        month=_number(bills.statement_on),
        state=ibis.cases((days <= 0, 0), (bucket > WORST, WORST), else_=bucket),
        balance=bills.balance.cast("float64"),
        credit_limit=bills.credit_limit.cast("float64"),
    )
    latest = {name: rows[name].argmax(rows.day) for name in ("state", "balance", "credit_limit")}
    return rows.group_by("account_id", "month").aggregate(**latest)


def _lives(accounts: ibis.Table, bills: ibis.Table, changes: ibis.Table | None, first: int, as_of: date) -> ibis.Table:
    """Give the months that each account with a statement begins and ends in, and how it ends."""
    seen = bills.group_by("account_id").aggregate(seen_first=bills.month.min(), seen_last=bills.month.max())
    lives = seen.join(accounts, "account_id")
    off = (lives.status == CHARGED_OFF).ifelse(lives.seen_last, ibis.null("int64"))
    if changes is not None:
        lives = lives.left_join(charge_offs(changes.filter(changes.changed_on <= as_of)), "account_id")
        off = _number(lives.charged_off_on)
    closed = (lives.closed_on <= as_of).ifelse(_number(lives.closed_on), ibis.null("int64"))
    opened = _number(lives.opened_on)
    return lives.select(
        "account_id",
        opened=opened,
        begins=ibis.greatest(ibis.coalesce(opened, lives.seen_first), first),
        ends=ibis.coalesce(off, closed),
        end=ibis.cases((off.notnull(), OFF), (closed.notnull(), CLOSED)),
        credit_limit=lives.credit_limit.cast("float64"),
    )


def _each_month(lives: ibis.Table, bills: ibis.Table, last: int) -> ibis.Table:
    """Give a row for each account and month up to the one after its end: its state, and that of the month after."""
    until = ibis.least(ibis.coalesce(lives.ends + 1, last), last)
    months = lives.mutate(month=ibis.range(lives.begins, until + 1).unnest().cast("int64"))
    months = months.left_join(bills, ["account_id", "month"])
    over = months.ends.notnull() & (months.month > months.ends)
    months = months.select(
        "account_id", "opened", "month",
        state=over.ifelse(months.end, months.state.fill_null(0)).cast("int64"),
        balance=over.ifelse(0.0, months.balance.fill_null(0.0)),
        credit_limit=ibis.coalesce(months.credit_limit_right, months.credit_limit, 0.0),
    )  # fmt: skip
    by_account = ibis.window(group_by="account_id", order_by="month")
    return months.mutate(
        after=months.state.lead().over(by_account), owed_before=months.balance.lag().over(by_account).fill_null(0.0)
    )


def _standing(months: ibis.Table) -> ibis.Table:
    at = months.filter(months.state < OFF)
    return at.group_by("month", "state").aggregate(
        accounts=at.count(),
        balance=at.balance.sum(),
        limits=at.credit_limit.sum(),
        squares=(at.credit_limit * at.credit_limit).sum(),
    )


def _rolls(months: ibis.Table) -> ibis.Table:
    moved = months.filter(months.state < OFF, months.after.notnull())
    return moved.group_by("month", "state", "after").aggregate(
        accounts=moved.count(),
        limits=moved.credit_limit.sum(),
        squares=(moved.credit_limit * moved.credit_limit).sum(),
    )


def _losses(months: ibis.Table) -> ibis.Table:
    off = months.filter(months.state == OFF)
    return off.group_by("month", "opened").aggregate(
        accounts=off.count(),
        balance=off.owed_before.sum(),
        squares=(off.owed_before * off.owed_before).sum(),
        limits=off.credit_limit.sum(),
        limit_squares=(off.credit_limit * off.credit_limit).sum(),
    )


def _firsts(months: ibis.Table) -> ibis.Table:
    """Count accounts by month of opening and the months on book in which they were first 30 and 90 days past due."""
    age = months.month - months.opened
    bad = {f"past_{days}": (months.state >= state) & (months.state <= OFF) for days, state in PAST_DUE.items()}
    first = months.group_by("account_id", "opened").aggregate(
        begun=months.month.min(), **{name: age.min(where=is_bad) for name, is_bad in bad.items()}
    )
    whole = first.filter(first.begun == first.opened)
    return whole.group_by("opened", "past_30", "past_90").aggregate(accounts=whole.count())


def _as_frame(counted: ibis.Table) -> pd.DataFrame:
    frame = counted.to_pandas()
    keys = [name for name in ("month", "opened", "state", "after", "past_30", "past_90") if name in frame]
    return frame.sort_values(keys, ignore_index=True)


def month_of(day: date) -> int:
    """Give the number of a day's month; one more is the month after.

    Examples
    --------
    >>> month_of(date(2024, 11, 30)) == 12 * 2024 + 10
    True
    """
    return day.year * YEAR + day.month - 1


@unless_unavailable
def standing(arrears: Arrears, *, before: int = YEAR) -> pd.DataFrame:
    """Give how many accounts stand in each state in the last month and what they owe, beside some months before.

    Returns
    -------
    DataFrame
        A row per state before the two ends: ``state`` (its name), ``accounts, balance``, ``owed`` (share of what is
        owed) and ``owed_before`` (missing where there was no statement then).
    """
    at, then = (
        arrears.standing[arrears.standing["month"] == month].set_index("state").reindex(range(OFF), fill_value=0)
        for month in (arrears.last, arrears.last - before)
    )
    owed = at["balance"].clip(lower=0), then["balance"].clip(lower=0)
    return pd.DataFrame(
        {
            "state": STATES[:OFF],
            "accounts": at["accounts"].to_numpy(),
            "balance": at["balance"].to_numpy(),
            "owed": (owed[0] / owed[0].sum()).to_numpy() if owed[0].sum() else np.nan,
            "owed_before": (owed[1] / owed[1].sum()).to_numpy() if owed[1].sum() else np.nan,
        }
    )


@unless_unavailable
def count_rolls(arrears: Arrears, *, months: int = YEAR) -> pd.DataFrame:
    """Count where accounts past due stand a month later, over the last months.

    Returns
    -------
    DataFrame
        A row per state past due (its name) with account-months ``cured`` (paid up, or closed), ``better`` (past due
        less long), ``same`` and ``worse`` (past due longer, or charged off).
    """
    recent = arrears.rolls[arrears.rolls["month"] >= arrears.last - months]
    counts = recent.pivot_table(index="state", columns="after", values="accounts", aggfunc="sum", fill_value=0)
    counts = counts.reindex(index=range(1, OFF), columns=range(len(STATES)), fill_value=0).to_numpy()
    rows = {
        STATES[state]: {
            "cured": moved[0] + moved[CLOSED],
            "better": moved[1:state].sum(),
            "same": moved[state],
            "worse": moved[state + 1 : OFF + 1].sum(),
        }
        for state, moved in enumerate(counts, start=1)
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("state")


@unless_unavailable
def vintages(arrears: Arrears, *, days: int = 30) -> pd.DataFrame:
    """Give the share of the accounts opened in each half-year that have ever been so many days past due, by age.

    Returns
    -------
    DataFrame
        A row per half-year of opening and month on book that all its accounts have reached: ``vintage`` (its first
        month), ``age``, ``accounts``, ``bad`` (accounts), ``share, low, high`` (95%, Wilson).
    """
    firsts = arrears.firsts.dropna(subset=["opened"])
    firsts = firsts.assign(vintage=(firsts["opened"] // _VINTAGE_MONTHS * _VINTAGE_MONTHS).astype(int))
    rows = []
    for vintage, part in firsts.groupby("vintage"):
        accounts, oldest = part["accounts"].sum(), arrears.last - int(part["opened"].max())
        ages = range(oldest + 1)
        bad = [part.loc[part[f"past_{days}"] <= age, "accounts"].sum() for age in ages]
        rows.append(pd.DataFrame({"vintage": vintage, "age": ages, "accounts": accounts, "bad": bad}))
    if not rows:
        return pd.DataFrame(columns=["vintage", "age", "accounts", "bad", "share", "low", "high"])
    found = pd.concat(rows, ignore_index=True)
    low, high = wilson(found["bad"], found["accounts"])
    return found.assign(share=found["bad"] / found["accounts"], low=low, high=high)
