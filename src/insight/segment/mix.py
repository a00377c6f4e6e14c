"""What customers buy, and how they pay for it: counted in the engine, for the groups."""

from datetime import date

import ibis
import pandas as pd

from insight.engine import to_frame
from insight.profile.features import MISSING


def count_categories(transactions: ibis.Table, *, as_of: date, most: int = 30) -> pd.DataFrame:
    """Count each customer's purchases in the categories that most customers buy.

    Parameters
    ----------
    transactions
        The ``transactions`` table.
    as_of
        Last day that counts, inclusive.
    most
        Categories at most.

    Returns
    -------
    DataFrame
        One row per customer who has bought in a known category, one column per category; no columns where
        there are none, or only one.
    """
    lines = transactions.filter(
        (transactions.kind == "purchase") & (transactions.amount > 0) & (transactions.occurred_on <= as_of),
        transactions.customer_id.notnull() & transactions.category.notnull() & (transactions.category != MISSING),
    )
    found = lines.group_by("customer_id", "category").aggregate(purchases=lines.count())
    totals = found.group_by("category").aggregate(customers=found.count())
    kept = totals.order_by(totals.customers.desc(), totals.category).limit(most).category.to_pyarrow().to_pylist()
    if len(kept) < 2:
        return pd.DataFrame()
    found = found.filter(found.category.isin(kept)).order_by("customer_id", "category")
    wide = to_frame(found).pivot_table(index="customer_id", columns="category", values="purchases", aggfunc="sum")
    return wide.fillna(0).astype(float)


def count_credit(transactions: ibis.Table, *, as_of: date) -> pd.DataFrame:
    """Count each customer's lines of ``fees`` (interest among them) and purchases in ``instalments``."""
    lines = transactions.filter(transactions.customer_id.notnull(), transactions.occurred_on <= as_of)
    counted = {"fees": lines.count(where=lines.kind == "fee")}
    if "instalment_months" in lines.columns:
        counted["instalments"] = lines.count(where=(lines.instalment_months > 0).fill_null(False))
    found = lines.group_by("customer_id").aggregate(**counted)
    return to_frame(found.order_by("customer_id")).set_index("customer_id")
