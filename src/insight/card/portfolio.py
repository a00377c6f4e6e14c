"""Figures of a card portfolio that are looked at every month: each beside the month before and a year before.

What stands at a month's end (accounts, what is owed) is of that day; what is spent and charged is of the month; what is
rare (closures, charge-offs, fraud) is of the twelve months up to it, so that one case does not make a change.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from insight.card.arrears import CHARGED_OFF, PAST_DUE, YEAR, Arrears, charge_offs, follow_accounts, month_of
from insight.errors import Unavailable
from insight.predict.uplift.months import day_of

#: Figures in the order in which they are read: the unit of each.
FIGURES = {
    "accounts": "accounts",
    "activated": "share",
    "spend": "currency",
    "receivables": "currency",
    "revolving": "share",
    "interest": "currency",
    "fees": "currency",
    "past_30": "share",
    "past_90": "share",
    "charged_off": "share",
    "closed": "share",
    "fraud": "points",
    "satisfaction": "score",
}
#: Months back of each column.
_BESIDE = {"value": 0, "before": 1, "year": YEAR}
_BASIS_POINTS, _HALF = 10_000, 0.5


@dataclass(frozen=True)
class Amount:
    """A figure of a month, and how many accounts, lines or cases it rests on."""

    value: float
    rests_on: float


Monthly = Mapping[str, Amount]


def portfolio(
    read: Callable[[str], ibis.Table], has: Callable[[str], bool], *, as_of: date, min_cell: int
) -> pd.DataFrame | Unavailable:
    """Give each figure of the last whole month, of the month before, and of the same month a year before.

    Parameters
    ----------
    read
        Gives a table by its name.
    has
        Says whether the business has a table with anything in it.
    as_of
        Last day that counts.
    min_cell
        A figure that rests on fewer is left out.

    Returns
    -------
    DataFrame
        A row per figure that can be had: ``figure, unit, value, before, year``, and ``differs`` (whether the value
        differs from that of a year before by more than chance). Unavailable without card accounts.
    """
    if not has("accounts"):
        return Unavailable("card", "no_accounts")
    no_arrears = Unavailable("card", "no_accounts")
    month, followed = _last_whole(as_of), follow_accounts(read, has, as_of=as_of) if has("statements") else no_arrears
    at = {name: _monthly(read, has, followed, month - back) for name, back in _BESIDE.items()}
    rows = [
        {
            "figure": name,
            "unit": unit,
            **{when: _told(found.get(name), min_cell) for when, found in at.items()},
            "differs": _differs(at["value"].get(name), at["year"].get(name), is_share=unit == "share"),
        }
        for name, unit in FIGURES.items()
    ]
    found = pd.DataFrame(rows)
    found = found[found["value"].notna()].reset_index(drop=True)
    return Unavailable("card", "no_accounts") if found.empty else found


def last_month(as_of: date) -> date:
    """Give the first day of the last month that is over."""
    return day_of(_last_whole(as_of))


def _last_whole(as_of: date) -> int:
    """Give the number of the last month that is over on a day."""
    return month_of(as_of + timedelta(days=1)) - 1


def _told(found: Amount | None, min_cell: int) -> float:
    return np.nan if found is None or found.rests_on < min_cell or not np.isfinite(found.value) else found.value


def _differs(one: Amount | None, other: Amount | None, *, is_share: bool) -> bool:
    """Say whether two amounts differ by more than two standard errors of their ratio, each a count of what it rests on.

    Of a share above a half it is the rest that is counted.
    """
    if one is None or other is None or min(one.rests_on, other.rests_on) <= 0:
        return False
    is_rest = is_share and other.value > _HALF
    values = [1 - amount.value if is_rest else amount.value for amount in (one, other)]
    if min(values) <= 0:
        return False
    return abs(np.log(values[0] / values[1])) > 2 * np.sqrt(1 / one.rests_on + 1 / other.rests_on)


def _monthly(
    read: Callable[[str], ibis.Table], has: Callable[[str], bool], followed: Arrears | Unavailable, month: int
) -> Monthly:
    found = dict(_accounts(_ended(read, has), month))
    if has("statements"):
        found |= _statements(read("statements"), month)
    if has("transactions"):
        found |= _spend(read("transactions"), month)
    if isinstance(followed, Arrears):
        found |= _arrears(followed, month)
    if has("fraud_cases") and has("transactions"):
        found |= _fraud(read("fraud_cases"), read("transactions"), month)
    if has("service_tickets"):
        found |= _satisfaction(read("service_tickets"), month)
    return found


def _ended(read: Callable[[str], ibis.Table], has: Callable[[str], bool]) -> ibis.Table:
    """Give accounts with the day they were charged off; without dated changes, those not charged off by now."""
    accounts = read("accounts")
    if not has("account_changes"):
        return accounts.filter((accounts.status != CHARGED_OFF).fill_null(True)).mutate(
            charged_off_on=ibis.null("date")
        )
    return accounts.left_join(charge_offs(read("account_changes")), "account_id").drop("account_id_right")


def _row(table: ibis.Table, **sums: ibis.Value) -> dict[str, float]:
    row = table.aggregate(**{name: value.cast("float64") for name, value in sums.items()}).to_pandas().iloc[0]
    return {name: float(row[name]) if pd.notna(row[name]) else 0.0 for name in sums}


def _accounts(accounts: ibis.Table, month: int) -> Monthly:
    """Count the card accounts open at the end of a month, and which of those of a year before were closed since."""
    ends, began = day_of(month + 1), day_of(month + 1 - YEAR)
    cards = accounts.filter(accounts.credit_limit.notnull(), accounts.opened_on < ends)
    gone_on = ibis.coalesce(cards.charged_off_on, cards.closed_on)
    is_open, was_open = ((cards.opened_on < day) & (gone_on.isnull() | (gone_on >= day)) for day in (ends, began))
    used, closed = (cards.activated_on < ends).fill_null(False), (cards.closed_on < ends).fill_null(False)
    row = _row(
        cards,
        accounts=is_open.sum(),
        activated=(is_open & used).sum(),
        before=was_open.sum(),
        closed=(was_open & closed & cards.charged_off_on.isnull()).sum(),
    )
    return {
        "accounts": Amount(row["accounts"], row["accounts"]),
        "activated": _share(row["activated"], row["accounts"]),
        "closed": _share(row["closed"], row["before"]),
    }


def _share(some: float, of: float) -> Amount:
    """Give a share that rests on the fewer of those who are counted and those who are not."""
    return Amount(some / of if of else np.nan, min(some, of - some))


def _within(day: ibis.Value, month: int, months: int = 1) -> ibis.Value:
    return (day >= day_of(month + 1 - months)) & (day < day_of(month + 1))


def _statements(statements: ibis.Table, month: int) -> Monthly:
    bills = statements.filter(_within(statements.statement_on, month))
    owing = bills.balance > 0
    sums = {"owed": owing.ifelse(bills.balance, 0).sum(), "owing": owing.sum()}
    optional = {name: bills[name].sum() for name in ("interest", "fees") if name in bills.columns}
    if "interest" in bills.columns:
        sums["revolving"] = (owing & (bills.interest > 0)).fill_null(False).sum()
    row = _row(bills, **sums, **optional)
    found = {"receivables": Amount(row["owed"], row["owing"])}
    found |= {name: Amount(row[name], row["owing"]) for name in optional}
    return found | ({"revolving": _share(row["revolving"], row["owing"])} if "revolving" in row else {})


def _spend(lines: ibis.Table, month: int, months: int = 1) -> Monthly:
    bought = lines.filter(_within(lines.occurred_on, month, months), lines.kind.isin(["purchase", "refund"]))
    bought = bought.filter(bought.account_id.notnull()) if "account_id" in bought.columns else bought
    row = _row(bought, spend=bought.amount.sum(), lines=bought.count())
    return {"spend": Amount(row["spend"], row["lines"])}


def _arrears(followed: Arrears, month: int) -> Monthly:
    at = followed.standing[followed.standing["month"] == month]
    owed = at["balance"].clip(lower=0)
    found = {}
    for days, state in PAST_DUE.items():
        late = at["state"] >= state
        found[f"past_{days}"] = Amount(
            owed[late].sum() / owed.sum() if owed.sum() else np.nan, at["accounts"][late].sum()
        )
    first = int(followed.standing["month"].min())
    if month - YEAR >= first:
        lost = followed.losses[followed.losses["month"].between(month - YEAR + 1, month)]
        months = followed.standing[followed.standing["month"].between(month - YEAR + 1, month)]
        owed_on_average = months["balance"].clip(lower=0).sum() / YEAR
        found["charged_off"] = Amount(lost["balance"].sum() / owed_on_average, lost["accounts"].sum())
    return found


def _fraud(cases: ibis.Table, lines: ibis.Table, month: int) -> Monthly:
    """Give the confirmed fraud of twelve months in basis points of what was spent."""
    spend = _spend(lines, month, YEAR)["spend"].value
    early = _row(lines, n=(lines.occurred_on < day_of(month + 2 - YEAR)).sum())["n"]
    if not {"amount", "outcome"} <= set(cases.columns) or not early or spend <= 0:
        return {}
    confirmed = cases.filter(_within(cases.opened_on, month, YEAR), cases.outcome == "confirmed")
    row = _row(confirmed, amount=confirmed.amount.sum(), cases=confirmed.count())
    return {"fraud": Amount(_BASIS_POINTS * row["amount"] / spend, row["cases"])}


def _satisfaction(tickets: ibis.Table, month: int) -> Monthly:
    rated = tickets.filter(_within(tickets.opened_at.date(), month), tickets.satisfaction.notnull())
    row = _row(rated, mean=rated.satisfaction.mean(), n=rated.count())
    return {"satisfaction": Amount(row["mean"], row["n"])}
