"""What is known of each customer at the start of a month: sums by customer and month over the tables that there are.

Each table is read once, and summed in the engine; whatever a business does not deliver says nothing. At the start of a
month only the months before it are looked at, so nothing later is known.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from insight.contracts.table import MONEY

RECENT, YEAR = 3, 12  # months
#: Days at the end of a month without which it counts as over all the same.
_SOON = 7
#: What is owed, allowed and overdue stands on a month's last statements, and is not averaged.
_LEVELS = ("balance", "credit_limit", "days_past_due")
#: Amounts; everything else is a count or a share.
_AMOUNTS = ("spend", "balance", "credit_limit", "points", "interest")

Sums = dict[str, ibis.Value]
#: A table, the day that dates a row, and what is summed.
Reads = tuple[str, str, Callable[[ibis.Table], Sums]]


def month_of(day: date) -> int:
    """Give the number of a day's month, one more each month.

    Examples
    --------
    >>> month_of(date(2024, 1, 31)) - month_of(date(2023, 12, 1))
    1
    """
    return day.year * 12 + day.month - 1


def day_of(month: int) -> date:
    """Give the first day of a numbered month.

    Examples
    --------
    >>> day_of(12 * 2024 + 10)
    datetime.date(2024, 11, 1)
    """
    return date(month // YEAR, month % YEAR + 1, 1)


def coming_month(as_of: date) -> int:
    """Give the number of the month that a list is for: after a last day, or its own where more of it is to come.

    Examples
    --------
    >>> coming_month(date(2024, 6, 29)) == month_of(date(2024, 7, 1)), coming_month(date(2024, 6, 10)) == 2024 * 12 + 5
    (True, True)
    """
    return month_of(as_of + timedelta(days=_SOON))


@dataclass(frozen=True, eq=False)
class Months:
    """Sums by month and customer.

    Attributes
    ----------
    customers
        Ids, sorted.
    first, now
        The number of the first month, and of the one that is to come: nothing of it is known yet.
    sums
        By name: months down (from ``first`` to before ``now``), customers across.
    began
        By name: the number of the month in which something began, by customer; missing where it did not.
    """

    customers: pd.Index
    first: int
    now: int
    sums: dict[str, np.ndarray]
    began: dict[str, np.ndarray]

    def has(self, *names: str) -> bool:
        """Say whether the business delivers what these sums are made of."""
        return all(name in self.sums for name in names)

    def mean(self, name: str, month: int, *, months: int) -> np.ndarray:
        """Average a sum over the months before a month, those that are known."""
        before = self.sums[name][max(month - months - self.first, 0) : max(month - self.first, 0)]
        return before.mean(axis=0) if len(before) else np.zeros(len(self.customers))

    def until(self, month: int) -> "Months":
        """Give the sums that were known at the start of a month."""
        return replace(self, now=month, sums={name: of[: month - self.first] for name, of in self.sums.items()})

    def known(self, month: int) -> pd.DataFrame:
        """Describe every customer at the start of a month by the months before it.

        Returns
        -------
        DataFrame
            A row per customer, in the order of ``customers``: means of the last three months, ``<name>_year`` of the
            last twelve, ``spend_last`` of the last one, levels of the last one, and months since something began.
        """
        found: dict[str, np.ndarray] = {}
        for name in self.sums:
            if name in _LEVELS:
                found[name] = self.mean(name, month, months=1)
            elif name == "points":
                found[name] = self.sums[name][: max(month - self.first, 0)].sum(axis=0)
            else:
                found[name] = self.mean(name, month, months=RECENT)
                found[f"{name}_year"] = self.mean(name, month, months=YEAR)
        found["spend_last"] = self.mean("spend", month, months=1)
        if self.has("credit_limit"):
            limit = found["credit_limit"]
            found["utilisation"] = np.clip(found["balance"] / np.maximum(limit, 1), 0, 1.2) * (limit > 0)
        for name, since in self.began.items():
            found[f"months_since_{name}"] = np.where(since < month, month - since, -1.0)
        return pd.DataFrame(found, index=self.customers)


def design(known: pd.DataFrame) -> pd.DataFrame:
    """Give what responses are explained by: logarithms of amounts, and everything else as it is."""
    amounts = [name for name in known if str(name).startswith(_AMOUNTS)]
    return known.assign(**{name: np.log1p(known[name].clip(lower=0)) for name in amounts})


def read_months(
    tables: Mapping[str, ibis.Table],
    *,
    as_of: date,
    categories: Mapping[str, Collection[str]] | None = None,
    more: Sequence[Reads] = (),
) -> Months:
    """Sum the tables of a business by customer and month, up to a day.

    Parameters
    ----------
    tables
        By name: ``customers`` and ``transactions``, and of the others those that the business has.
    as_of
        Last day that counts, inclusive.
    categories
        Names of sums of spending in some categories, each ``spend_<name>``.
    more
        What else is summed, of tables that there are.
    """
    customers = pd.Index(sorted(tables["customers"].select("customer_id").to_pandas()["customer_id"]))
    first_on = tables["transactions"].occurred_on.min().execute()
    first, now = month_of(pd.Timestamp(first_on).date()), coming_month(as_of)
    sums: dict[str, np.ndarray] = {}
    for name, day, summed in (*_READ, *more):
        if name in tables:
            rows = _of_customers(tables, name)
            if day in rows.columns:
                sums |= _by_month(rows.filter(rows[day] <= as_of), day, summed, customers=customers, span=(first, now))
    lines = tables["transactions"]
    for name, some in (categories or {}).items():
        of = lines.filter(lines.occurred_on <= as_of, lines.category.isin(list(some)))
        spent = _by_month(of, "occurred_on", _spend, customers=customers, span=(first, now))
        sums[f"spend_{name}"] = spent["spend"]
    return Months(customers, first, now, sums, _began(tables, customers, as_of))


def _of_customers(tables: Mapping[str, ibis.Table], name: str) -> ibis.Table:
    """Give a table with the customer of each row, found by its account where it names no customer."""
    rows = tables[name]
    if "customer_id" in rows.columns or "accounts" not in tables:
        return rows
    return rows.inner_join(tables["accounts"].select("account_id", "customer_id"), "account_id")


def _by_month(
    rows: ibis.Table, day: str, summed: Callable[[ibis.Table], Sums], *, customers: pd.Index, span: tuple[int, int]
) -> dict[str, np.ndarray]:
    first, now = span
    month = rows[day].year() * 12 + rows[day].month() - 1
    rows = rows.filter(rows.customer_id.notnull(), month >= first, month < now).mutate(month=month.cast("int64"))
    if not (sums := summed(rows)):
        return {}
    found = rows.group_by("customer_id", "month").aggregate(**sums).to_pandas()
    at = customers.get_indexer(found["customer_id"])
    found, at = found[at >= 0], at[at >= 0]
    matrices = {}
    for name in found.columns.drop(["customer_id", "month"]):
        matrices[name] = np.zeros((now - first, len(customers)))
        matrices[name][found["month"] - first, at] = found[name].astype(float).fillna(0.0)
    return matrices


def _began(tables: Mapping[str, ibis.Table], customers: pd.Index, as_of: date) -> dict[str, np.ndarray]:
    """Give the months in which customers opened the first account that lends, used it, closed the last, were born."""
    found = {}
    if "accounts" in tables:
        held = tables["accounts"]
        lends = held.credit_limit.notnull() if "credit_limit" in held.columns else ibis.literal(True)
        for name, day in (("opening", "opened_on"), ("first_use", "activated_on")):
            if day in held.columns:
                of = held.filter(lends, held[day] <= as_of)
                month = (of[day].year() * 12 + of[day].month() - 1).cast("int64")
                first = of.group_by("customer_id").aggregate(month=month.min()).to_pandas()
                found[name] = first.set_index("customer_id")["month"].reindex(customers).to_numpy(float)
        if "closed_on" in held.columns:
            closed = (held.closed_on <= as_of).fill_null(False)
            month = (held.closed_on.year() * 12 + held.closed_on.month() - 1).cast("int64")
            last = held.filter(lends).mutate(closed=closed, month=month).group_by("customer_id")
            over = last.aggregate(month=ibis._.month.max(), open=(~ibis._.closed).any())
            over = over.filter(~over.open).to_pandas().set_index("customer_id")["month"]
            found["closing"] = over.reindex(customers).to_numpy(float)
    people = tables["customers"]
    if "birth_year" in people.columns:
        years = people.select("customer_id", "birth_year").to_pandas().set_index("customer_id")["birth_year"]
        years = years.reindex(customers).astype(float)
        found["birth"] = (years.fillna(years.median()) * 12).to_numpy()
    return found


def summed_money(amount: ibis.Value, where: ibis.Value | None = None) -> ibis.Value:
    """Sum amounts, of some rows: exact until it is a number of floating point."""
    return amount.sum(where=where).cast(MONEY).cast("float64")


def _spend(lines: ibis.Table) -> Sums:
    return {"spend": summed_money(lines.amount, lines.kind.isin(["purchase", "refund"]))}


def _transactions(lines: ibis.Table) -> Sums:
    sums = _spend(lines) | {"purchases": lines.count(where=lines.kind == "purchase")}
    if "instalment_months" in lines.columns:
        sums["instalments"] = lines.count(where=lines.instalment_months > 0)
    return sums


def _statements(bills: ibis.Table) -> Sums:
    amounts = {name: summed_money(bills[name]) for name in ("balance", "credit_limit") if name in bills.columns}
    if "days_past_due" in bills.columns:
        amounts["days_past_due"] = bills.days_past_due.max()
    if "interest" in bills.columns:
        amounts |= {
            "interest": summed_money(bills.interest),
            "bears_interest": (bills.interest > 0).any().cast("int64"),
        }
    return amounts


def _payments(paid: ibis.Table) -> Sums:
    kinds = ("minimum", "autopay") if "kind" in paid.columns else ()
    return {f"paid_{kind}": paid.count(where=paid.kind == kind) for kind in kinds}


def _rewards(entries: ibis.Table) -> Sums:
    return {"points": entries.points.sum(), "redemptions": entries.count(where=entries.kind == "redeemed")}


#: By table: the day that dates a row, and what is summed.
_READ: tuple[Reads, ...] = (
    ("transactions", "occurred_on", _transactions),
    ("statements", "statement_on", _statements),
    ("payments", "paid_on", _payments),
    ("rewards", "occurred_on", _rewards),
    ("interactions", "occurred_on", lambda rows: {"visits": rows.count()}),
    ("contacts", "sent_on", lambda rows: {"contacts": rows.count(where=~rows.is_holdout)}),
    ("responses", "responded_on", lambda rows: {"responses": rows.count()}),
)
#: The tables that are looked at, where a business has them.
TABLES = ("customers", "accounts", *(name for name, _, _ in _READ))
