"""The account of money of a card business by customer and month, from what is delivered and the economics it states.

Income is positive, cost and loss negative; the margin is the sum of the parts, as in a bank's own books.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from insight.card.arrears import charge_offs
from insight.config.offers import Economics
from insight.predict.leaving.labels import holders
from insight.predict.uplift.months import TABLES, Months, Reads, month_of, read_months, summed_money
from insight.predict.uplift.worth import INTERCHANGE

#: The parts of the account, income first.
PARTS = ("interchange", "interest", "fees", "points", "funds", "servicing", "fraud", "contacts", "credit")
INCOME, COSTS = PARTS[:3], PARTS[3:-1]
#: Beside the tables of `insight.predict.uplift.months`.
MORE = ("offers", "account_changes", "fraud_cases", "bureau_scores", "service_tickets", "authorisations")
READ = (*TABLES, *MORE)
CONFIRMED = "confirmed"
_UNHAPPY = 2  # satisfaction, of five
_SOLD = "sold_at_"
_MONTH = 365.25 / 12  # days


@dataclass(frozen=True, eq=False)
class Books:
    """The account of money.

    Attributes
    ----------
    months
        What is known of each customer by month, the amounts that the account is made of among it.
    parts
        By name of `PARTS`: months down, customers across.
    charged_off
        The number of the month in which each customer's account was charged off; missing where it was not.
    """

    months: Months
    parts: dict[str, np.ndarray]
    charged_off: np.ndarray

    @property
    def span(self) -> int:
        """Give how many months there are."""
        return self.months.now - self.months.first

    def sum(self, names: Sequence[str], month: int, months: int) -> np.ndarray:
        """Sum parts over so many months from one on, by customer."""
        at = max(month - self.months.first, 0)
        until = month + months - self.months.first
        return np.asarray(sum(self.parts[name][at:until].sum(axis=0) for name in names))

    def margin(self, month: int, months: int) -> np.ndarray:
        """Give the margin of so many months from one on before contacts, by customer."""
        return self.sum([name for name in PARTS if name != "contacts"], month, months)

    def brought(self, until: date, *, days: int) -> pd.Series:
        """Give each customer's margin of the months that are over on a day, as many as so many days are."""
        month, months = month_of(until + timedelta(days=1)), max(round(days / _MONTH), 1)
        return pd.Series(self.margin(month - months, months), index=self.months.customers)

    def holders(self, month: int) -> np.ndarray:
        """Say who holds a card that is not charged off when a month starts."""
        return holders(self.months, month) & ~(self.charged_off < month)


def read_books(tables: Mapping[str, ibis.Table], economics: Economics, *, as_of: date) -> Books:
    """Read the account of money.

    Parameters
    ----------
    tables
        By name: ``customers``, ``accounts``, ``transactions`` and ``statements``, and of `READ` those that there are.
    economics
        What money brings and costs as far as no table shows it.
    as_of
        Last day that counts, inclusive.
    """
    usual = INTERCHANGE if economics.spend_margin is None else economics.spend_margin
    by_rate: dict[float, list[str]] = defaultdict(list)
    for category, rate in sorted(economics.interchange.items()):
        by_rate[rate].append(category)
    made, more = dict(tables), _more(tables, list(by_rate.values()))
    off = charge_offs(tables["account_changes"]) if "account_changes" in tables else None
    if "offers" in tables and "contacts" in tables:
        made |= _contact_costs(tables)
        more += [(name, "on", _costs(name)) for name in ("contact_costs", "response_costs") if name in made]
    if off is not None and "payments" in tables:
        paid = tables["payments"].inner_join(off, "account_id")
        made["recoveries"] = paid.filter(paid.paid_on > paid.charged_off_on)
        more.append(("recoveries", "paid_on", lambda rows: {"recovered": summed_money(rows.amount)}))
    months = read_months(made, as_of=as_of, more=more)
    charged = _months_of(off, tables["accounts"], months, as_of)
    return Books(months, _parts(months, charged, economics, usual, list(by_rate)), charged)


def _more(tables: Mapping[str, ibis.Table], groups: list[list[str]]) -> list[Reads]:
    """List what is summed beside what `insight.predict.uplift.months` sums."""

    def sold(lines: ibis.Table) -> dict[str, ibis.Value]:
        traded = lines.kind.isin(["purchase", "refund"])
        return {f"{_SOLD}{at}": summed_money(lines.amount, traded & lines.category.isin(some))
                for at, some in enumerate(groups)}  # fmt: skip

    def billed(bills: ibis.Table) -> dict[str, ibis.Value]:
        said = ("fees", "cash_advances", "instalment_balance", "previous_balance", "payments")
        found = {f"billed_{name}": summed_money(bills[name]) for name in said if name in bills.columns}
        return found | {"statements": bills.count()}

    def asked(rows: ibis.Table) -> dict[str, ibis.Value]:
        marks = {"unhappy": rows.count(where=rows.satisfaction <= _UNHAPPY)} if "satisfaction" in rows.columns else {}
        return {"tickets": rows.count(), **marks}

    def scored(rows: ibis.Table) -> dict[str, ibis.Value]:
        said = [name for name in ("score", "inquiries_6m") if name in rows.columns]
        return {name: rows[name].cast("float64").max() for name in said}

    def stolen(rows: ibis.Table) -> dict[str, ibis.Value]:
        return {"fraud": summed_money(rows.amount, rows.outcome == CONFIRMED)}

    every: dict[str, Reads] = {
        "transactions": ("transactions", "occurred_on", sold), "statements": ("statements", "statement_on", billed),
        "service_tickets": ("service_tickets", "opened_at", asked),
        "authorisations": ("authorisations", "occurred_on", lambda rows: {"declined": rows.count()}),
        "bureau_scores": ("bureau_scores", "scored_on", scored), "fraud_cases": ("fraud_cases", "opened_on", stolen),
    }  # fmt: skip
    needed = {"fraud_cases": {"amount", "outcome"}, "transactions": {"category"}}
    return [reads for name, reads in every.items()
            if name in tables and needed.get(name, set()) <= set(tables[name].columns)]  # fmt: skip


def _contact_costs(tables: Mapping[str, ibis.Table]) -> dict[str, ibis.Table]:
    """Give what contacts cost, and responses of those who were not held out, with customer and day."""
    offers, contacts = tables["offers"], tables["contacts"]
    sent = contacts.filter(~contacts.is_holdout)
    found = {}
    if "contact_cost" in offers.columns:
        each = sent.inner_join(offers.select("offer_id", cost="contact_cost"), "offer_id")
        found["contact_costs"] = each.select("customer_id", "cost", on=each.sent_on)
    if "responses" in tables and "cost" in offers.columns:
        priced = sent.inner_join(offers.select("offer_id", "cost"), "offer_id").select("contact_id", "cost")
        each = tables["responses"].inner_join(priced, "contact_id")
        found["response_costs"] = each.select("customer_id", "cost", on=each.responded_on)
    return found


def _costs(name: str) -> Callable[[ibis.Table], dict[str, ibis.Value]]:
    return lambda rows: {name: summed_money(rows.cost)}


def _months_of(off: ibis.Table | None, accounts: ibis.Table, months: Months, as_of: date) -> np.ndarray:
    found = np.full(len(months.customers), np.nan)
    if off is None:
        return found
    rows = off.filter(off.charged_off_on <= as_of).inner_join(
        accounts.select("account_id", "customer_id"), "account_id"
    )
    first = rows.group_by("customer_id").aggregate(day=rows.charged_off_on.min()).to_pandas()
    at = months.customers.get_indexer(first["customer_id"])
    found[at[at >= 0]] = [month_of(pd.Timestamp(day).date()) for day in first["day"][at >= 0]]
    return found


def _parts(
    months: Months, charged_off: np.ndarray, economics: Economics, usual: float, rates: list[float]
) -> dict[str, np.ndarray]:
    sums, numbers = months.sums, np.arange(months.first, months.now)[:, None]
    nothing = np.zeros_like(sums["spend"])

    def of(name: str) -> np.ndarray:
        return sums.get(name, nothing)

    special = [of(f"{_SOLD}{at}") for at in range(len(rates))]
    rest = sums["spend"] - sum(special, nothing)
    sold = usual * rest + sum((rate * part for rate, part in zip(rates, special, strict=True)), nothing)
    # what was owed before a payment, and after it
    before = of("billed_previous_balance") if months.has("billed_previous_balance") else of("balance")
    owed = (before - of("billed_payments") / 2) * ~(numbers > charged_off)
    opened, closed = months.began.get("opening", charged_off), months.began.get("closing", charged_off)
    is_open = (numbers >= opened) & ~(numbers > closed) & ~(numbers > charged_off)
    kept = economics.account_month * is_open + economics.statement_costs * of("statements")
    lost = np.where(of("balance") > 0, of("balance"), np.vstack([nothing[:1], of("balance")[:-1]]))
    found = {
        "interchange": sold,
        "interest": of("interest"),
        "fees": of("billed_fees"),
        "points": -economics.points_cost * sums["spend"],
        "funds": -economics.funds_year / 12 * owed,
        "servicing": -(kept + economics.ticket_costs * of("tickets")),
        "fraud": -of("fraud"),
        "contacts": -(of("contact_costs") + of("response_costs")),
        "credit": of("recovered") - lost * (numbers == charged_off),
    }
    return {name: found[name] for name in PARTS}
