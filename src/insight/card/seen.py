"""What a bank sees of its card accounts on a day, and which of them are 90 days past due within the months after it.

Accounts that are past due on the day are known already and left out: the question is who else will fall behind.
"""

from dataclasses import dataclass
from datetime import date

import ibis
import numpy as np
import pandas as pd

from insight.card.applications import BAD_DAYS, Has, Read
from insight.card.arrears import CHARGED_OFF, charge_offs, month_of
from insight.predict.uplift.months import day_of

HISTORY = 3  # months of statements before the first day that is looked from
_SPANS = (3, 6)  # months that are looked back
_WORDS = ("product", "channel", "occupation", "education", "customer_type")


@dataclass(frozen=True)
class Seen:
    """Accounts on a day that are not past due.

    Attributes
    ----------
    day
        The day: what happened before it is seen.
    features
        A row per account: what is seen of it.
    customers
        Whose it is.
    """

    day: date
    features: pd.DataFrame
    customers: pd.Series


def see(read: Read, has: Has, day: date) -> Seen:
    """Describe the open accounts that are not past due on a day by what happened before it."""
    bills = read("statements")
    bills = bills.filter(bills.statement_on < day)
    state = _last_statement(bills, day)
    accounts = read("accounts")
    gone = (accounts.closed_on < day).fill_null(False)
    open_ones = accounts.filter(~gone, accounts.opened_on < day, accounts.credit_limit.notnull())
    told = {
        "account_id": open_ones.account_id,
        "customer_id": open_ones.customer_id,
        "months_open": (
            (day.year - open_ones.opened_on.year()) * 12 + day.month - open_ones.opened_on.month()
        ),
    }  # fmt: skip
    told |= {"product": open_ones.product} if "product" in open_ones.columns else {}
    rows = open_ones.select(**told)
    rows = rows.inner_join(state, "account_id")
    off = _charged_off(read, has, accounts, day)
    rows = rows.anti_join(off, "account_id") if off is not None else rows
    if has("payments"):
        rows = _with(rows, _payments(read("payments"), day), "account_id")
    for more in (_asked(read, has), _people(read, has)):
        rows = rows if more is None else _with(rows, more, "customer_id")
    if has("bureau_scores"):
        rows = _with(rows, _bureau(read("bureau_scores"), day), "customer_id")
    frame = rows.to_pandas().sort_values("account_id", ignore_index=True).set_index("account_id")
    if "year" in frame:
        frame = frame.assign(age=day.year - frame["year"].astype(float)).drop(columns="year")
    customers = frame.pop("customer_id")
    words = [name for name in _WORDS if name in frame]
    features = frame.drop(columns=words).astype(float)
    return Seen(day, features.join(frame[words].astype("category")), customers)


def went_bad(read: Read, has: Has, told: "Panel", day: date, *, months: int) -> np.ndarray:
    """Say which accounts of a day come to be 90 days past due in the months ahead, or are soon after charged off."""
    until = day_of(month_of(day) + months)
    bills = read("statements")
    late = bills.filter(bills.statement_on >= day, bills.statement_on < until, bills.days_past_due >= BAD_DAYS)
    bad = set(late.select("account_id").distinct().to_pandas()["account_id"])
    if has("account_changes"):
        off = charge_offs(read("account_changes"))
        off = off.filter(off.charged_off_on >= day, off.charged_off_on < until)
        bad |= set(off.to_pandas()["account_id"])
    return told.features.index[told.on((day,))].isin(bad).astype(float)


def _with(rows: ibis.Table, more: ibis.Table, key: str) -> ibis.Table:
    return rows.left_join(more, key).drop(f"{key}_right")


def _charged_off(read: Read, has: Has, accounts: ibis.Table, day: date) -> ibis.Table | None:
    if has("account_changes"):
        off = charge_offs(read("account_changes"))
        return off.filter(off.charged_off_on < day).select("account_id")
    return accounts.filter(accounts.status == CHARGED_OFF).select("account_id")


def _last_statement(bills: ibis.Table, day: date) -> ibis.Table:
    """Give accounts whose last statement is not past due: what it says, and sums and extremes of the months before."""
    limit = bills.credit_limit.cast("float64").nullif(0)
    rows = bills.mutate(used=bills.balance.cast("float64") / limit)
    found = {
        "last": rows.days_past_due.argmax(rows.statement_on),
        "credit_limit": rows.credit_limit.cast("float64").argmax(rows.statement_on),
        "balance": rows.balance.cast("float64").argmax(rows.statement_on),
        "used": rows.used.argmax(rows.statement_on),
        "statements": rows.count(),
        "late_ever": (rows.days_past_due > 0).sum(),
        "past_due_most": rows.days_past_due.max(),
    }
    sums = [
        *("purchases", "cash_advances", "fees", "interest", "refunds", "payments", "minimum_due", "instalment_balance"),
    ]
    for months in _SPANS:
        recent = rows.statement_on >= day_of(month_of(day) - months)
        found |= {
            f"used_mean_{months}": rows.used.mean(where=recent),
            f"used_most_{months}": rows.used.max(where=recent),
            f"late_{months}": (rows.days_past_due > 0).sum(where=recent),
        }
        for name in sums:
            if name in rows.columns:
                found[f"{name}_{months}"] = rows[name].cast("float64").sum(where=recent)
    old = rows.statement_on < day_of(month_of(day) - HISTORY)
    found["used_before"] = rows.used.mean(where=old)
    told = rows.group_by("account_id").aggregate(**found)
    return told.filter(told["last"] <= 0).drop("last")


def _payments(payments: ibis.Table, day: date) -> ibis.Table:
    paid = payments.filter(payments.paid_on < day)
    found: dict[str, ibis.Value] = {}
    for months in _SPANS:
        recent = paid.paid_on >= day_of(month_of(day) - months)
        found[f"paid_times_{months}"] = paid.count(where=recent)
        if "kind" in paid.columns:
            found[f"paid_least_{months}"] = paid.count(where=recent & (paid.kind == "minimum"))
        if "late_days" in paid.columns:
            found[f"paid_late_{months}"] = paid.count(where=recent & (paid.late_days > 0))
    return paid.group_by("account_id").aggregate(**found)


def _bureau(scores: ibis.Table, day: date) -> ibis.Table:
    before = scores.filter(scores.scored_on < day)
    said = [name for name in ("score", "inquiries_6m", "other_cards") if name in scores.columns]
    found = {name: before[name].cast("float64").argmax(before.scored_on) for name in said}
    found["score_mean"] = before.score.mean()
    if "inquiries_6m" in said:
        found["inquiries_most"] = before.inquiries_6m.cast("float64").max()
    return before.group_by("customer_id").aggregate(**found)


def _asked(read: Read, has: Has) -> ibis.Table | None:
    if not has("applications"):
        return None
    asked = read("applications")
    asked = asked.filter(asked.decision == "approved")
    told = {name: asked[name].argmax(asked.applied_on) for name in ("channel", "occupation", "education")
            if name in asked.columns}  # fmt: skip
    if "stated_income" in asked.columns:
        told["stated_income"] = asked.stated_income.cast("float64").argmax(asked.applied_on)
    return asked.group_by("customer_id").aggregate(**told) if told else None


def _people(read: Read, has: Has) -> ibis.Table | None:
    if not has("customers"):
        return None
    people = read("customers")
    kind = {"customer_type": people.customer_type} if "customer_type" in people.columns else {}
    return people.select("customer_id", year=people.birth_year.cast("float64"), **kind)


@dataclass(frozen=True)
class Panel:
    """Accounts on several days, under one another.

    Attributes
    ----------
    features
        A row per account and day; levels of categories are those of all days.
    days
        The day of each row.
    customers
        Whose account it is, as a number.
    names
        The same, by issued id.
    """

    features: pd.DataFrame
    days: np.ndarray
    customers: np.ndarray
    names: np.ndarray

    def on(self, days: tuple[date, ...]) -> np.ndarray:
        """Say which rows are of these days."""
        return np.isin(self.days, np.array(days, dtype=object))


def panel(read: Read, has: Has, days: tuple[date, ...]) -> Panel:
    """Describe accounts on several days."""
    seen = [see(read, has, day) for day in days]
    words = [name for name in _WORDS if name in seen[0].features]
    rows = pd.concat([one.features.astype(dict.fromkeys(words, object)) for one in seen])
    varied = [name for name in rows if len(rows[name].unique()) > 1]
    rows = rows[varied].astype({name: "category" for name in words if name in varied})
    names = np.concatenate([one.customers.to_numpy(object) for one in seen])
    when = np.repeat(np.array(days, dtype=object), [len(one.features) for one in seen])
    return Panel(rows, when, pd.factorize(names)[0].astype(np.int64), names)
