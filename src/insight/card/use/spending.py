"""What cards are used for: categories, ways to pay, instalments, and how much of the limits is used."""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from insight.card.applications import Has, Read
from insight.contracts.table import MONEY
from insight.errors import Unavailable, unless_unavailable

YEAR_DAYS, LATELY = 365, 31
#: Upper ends of the bands of what is owed of the limit.
BANDS = (0.0, 0.1, 0.3, 0.6, 0.9, np.inf)
INSTALMENTS = "instalments"


def window(read: Read, *, as_of: date) -> int:
    """Give how many days are compared with as many before: a year, or half of what is known."""
    first = pd.Timestamp(read("transactions").occurred_on.min().execute()).date()
    return min(YEAR_DAYS, ((as_of - first).days + 1) // 2)


def _purchases(read: Read, *, as_of: date, days: int) -> ibis.Table:
    lines = read("transactions")
    lines = lines.filter(
        lines.kind == "purchase", lines.customer_id.notnull(), lines.occurred_on <= as_of,
        lines.occurred_on > as_of - timedelta(days=2 * days),
    )  # fmt: skip
    lines = lines.filter(lines.account_id.notnull()) if "account_id" in lines.columns else lines
    return lines.mutate(later=lines.occurred_on > as_of - timedelta(days=days))


def _summed(lines: ibis.Table, name: str) -> pd.DataFrame:
    """Sum the later and the earlier window by a column: ``name, purchases, spend, spend_before, customers``."""
    lines = lines.filter(lines[name].notnull())
    found = (
        lines.group_by(name)
        .aggregate(
            purchases=lines.count(where=lines.later),
            purchases_before=lines.count(where=~lines.later),
            spend=lines.amount.sum(where=lines.later).coalesce(0).cast(MONEY).cast("float64"),
            spend_before=lines.amount.sum(where=~lines.later).coalesce(0).cast(MONEY).cast("float64"),
            customers=lines.customer_id.nunique(where=lines.later),
        )
        .to_pandas()
    )
    return found.sort_values(["spend", name], ascending=[False, True], ignore_index=True)


@unless_unavailable
def categories(read: Read, *, as_of: date) -> pd.DataFrame | Unavailable:
    """Give what was spent by category, in a year and in the one before.

    Returns
    -------
    DataFrame
        ``category, purchases, purchases_before, spend, spend_before, customers, share, change`` (of the spend), the
        largest first.
    """
    lines = _purchases(read, as_of=as_of, days=window(read, as_of=as_of))
    found = _summed(lines, "category") if "category" in lines.columns else pd.DataFrame()
    if found.empty or not found["spend"].sum() > 0:
        return Unavailable("usage", "no_categories")
    before = found["spend_before"].where(found["spend_before"] > 0)
    return found.assign(share=found["spend"] / found["spend"].sum(), change=found["spend"] / before - 1)


@unless_unavailable
def ways(read: Read, *, as_of: date) -> pd.DataFrame | Unavailable:
    """Give the share of purchases and of spend by way to pay, and on instalments, beside the year before.

    Returns
    -------
    DataFrame
        ``way`` (channels, the largest first; then ``instalments``, which are among them), ``customers, purchases,
        share, share_before`` (of the spend).
    """
    lines = _purchases(read, as_of=as_of, days=window(read, as_of=as_of))
    if "channel" not in lines.columns:
        return Unavailable("usage", "no_ways")
    found = _summed(lines, "channel").rename(columns={"channel": "way"})
    of, before = found["spend"].sum(), found["spend_before"].sum()
    if "instalment_months" in lines.columns:
        parts = _summed(lines.filter(lines.instalment_months > 0).mutate(way=ibis.literal(INSTALMENTS)), "way")
        found = pd.concat([found, parts], ignore_index=True)
    shares = {"share": found["spend"] / of, "share_before": found["spend_before"] / before if before else np.nan}
    return found.assign(**shares)[["way", "customers", "purchases", "share", "share_before"]]


def bound(read: Read, has: Has, *, as_of: date) -> int | None:
    """Count the customers who have bound a card to a payment app; None where that is not on record."""
    if not has("interactions"):
        return None
    rows = read("interactions")
    tied = rows.filter(rows.kind == "bind_payment", rows.occurred_on <= as_of)
    many = tied.customer_id.nunique().execute()
    return int(many) or None


@unless_unavailable
def utilisation(read: Read, has: Has, *, as_of: date) -> pd.DataFrame | Unavailable:
    """Give how much of the limits is owed, by band, on each account's last statement of the last month.

    Returns
    -------
    DataFrame
        ``band`` (its upper end: nothing owed, up to 10, 30, 60, 90%, and more), ``customers, accounts, share`` (of
        accounts), ``owed`` (share of all that is owed), ``interest`` (share of the accounts that bear interest).
    """
    missing = Unavailable("usage", "no_statements")
    bills = read("statements") if has("statements") else None
    if bills is None or not {"balance", "credit_limit"} <= set(bills.columns):
        return missing
    bills = bills.filter(bills.statement_on <= as_of, bills.statement_on > as_of - timedelta(days=LATELY))
    accounts = read("accounts").select("account_id", "customer_id")
    names = [name for name in ("account_id", "statement_on", "balance", "credit_limit", "interest") if name in bills]
    rows = bills.select(*names).inner_join(accounts, "account_id").to_pandas()
    rows = rows.sort_values(["account_id", "statement_on"]).drop_duplicates("account_id", keep="last")
    numbers = {name: rows[name].astype(float) if name in rows else np.nan for name in names[2:]}
    rows = rows.assign(**numbers)
    rows = rows[rows["credit_limit"] > 0]
    if rows.empty:
        return missing
    owed = rows["balance"].clip(lower=0)
    used = owed / rows["credit_limit"]
    rows = rows.assign(owed=owed, bears=rows["interest"] > 0 if "interest" in rows else np.nan)
    by = rows.groupby(np.searchsorted(BANDS, used)).agg(
        customers=("customer_id", "nunique"), accounts=("account_id", "size"), owed=("owed", "sum"),
        interest=("bears", "mean"),
    )  # fmt: skip
    by = by.reindex(range(len(BANDS))).fillna({"customers": 0, "accounts": 0, "owed": 0.0})
    counts = by[["customers", "accounts"]].astype(int)
    share, of = counts["accounts"] / counts["accounts"].sum(), by["owed"] / max(owed.sum(), 1e-9)
    return by.assign(band=BANDS, **counts, share=share, owed=of)[
        ["band", "customers", "accounts", "share", "owed", "interest"]
    ].reset_index(drop=True)
