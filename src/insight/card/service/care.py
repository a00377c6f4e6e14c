"""How tickets end: how long they wait, how many marks are poor, and whether customers come back."""

from datetime import date

import pandas as pd

from insight.errors import Unavailable, unless_unavailable
from insight.intervals import wilson
from insight.review.customers.tickets import FEWEST, followed, known_after

POOR = 2


@unless_unavailable
def by_topic(rows: pd.DataFrame) -> pd.DataFrame:
    """Give each topic's tickets: ``topic, tickets, customers, days`` (median), ``long, poor``.

    Nine in ten take less than ``long`` days; ``poor`` is the share of marks of 1 or 2.
    """
    rows = rows.assign(poor=(rows["satisfaction"] <= POOR).where(rows["satisfaction"].notna()).astype(float))
    by = rows.groupby("topic").agg(
        tickets=("ticket_id", "size"), customers=("customer_id", "nunique"), days=("days", "median"),
        long=("days", lambda days: days.quantile(0.9)), poor=("poor", "mean"),
    )  # fmt: skip
    return by.sort_values("tickets", ascending=False, kind="stable").reset_index()


@unless_unavailable
def come_back(rows: pd.DataFrame, *, as_of: date) -> pd.DataFrame | Unavailable:
    """Say how often a customer writes again about the same topic within thirty days of the closing, by its ending.

    Returns
    -------
    DataFrame
        ``resolution, tickets, customers, back, share, low, high``. Tickets closed less than thirty days before the
        last day are left out.
    """
    known = known_after(rows, as_of=as_of)
    if known["resolution"].isna().all() or len(known) < FEWEST:
        return Unavailable("service", "no_endings")
    known = known.assign(back=followed(known, rows, by=["customer_id", "topic"]))
    by = known.groupby("resolution").agg(
        tickets=("ticket_id", "size"), customers=("customer_id", "nunique"), back=("back", "sum")
    )
    by = by.sort_values("tickets", ascending=False, kind="stable").reset_index()
    low, high = wilson(by["back"], by["tickets"])
    return by.assign(share=by["back"] / by["tickets"], low=low, high=high)
