"""What leaving may mean where customers hold accounts: closing the last one, or buying nothing for months.

At the start of a month a customer is at risk of either, and within so many months of it either happens or not. What is
known at the start of a month comes from the months before it (`insight.predict.uplift.months`).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis
import numpy as np
import pandas as pd

from insight.predict.uplift.months import RECENT, TABLES, Months, Reads, design, read_months

CLOSES, SILENT = "closes", "falls_silent"
LABELS = (CLOSES, SILENT)
_TOPICS = 12  # of tickets, the most frequent, that are counted each
_UNHAPPY = 2  # satisfaction, of five
_WHO = ("months_since_birth",)  # describes who someone is, not what they do
HALF = 6  # months that are known of every month that is learnt from
_YEARLY, _HALVES = "_year", "_half"  # ends of names of means
#: Beside the tables of `insight.predict.uplift.months`.
MORE = ("service_tickets", "authorisations")
READ = (*TABLES, *MORE)


def read_panel(tables: Mapping[str, ibis.Table], *, as_of: date) -> Months:
    """Sum the tables by customer and month, complaints and declined purchases among them where they are delivered.

    Parameters
    ----------
    tables
        By name: ``customers``, ``accounts`` and ``transactions``, and of `READ` those that the business has.
    as_of
        Last day that counts, inclusive.
    """
    more: list[Reads] = []
    if "service_tickets" in tables:
        more.append(("service_tickets", "opened_at", _tickets(tables["service_tickets"])))
    if "authorisations" in tables:
        more.append(("authorisations", "occurred_on", lambda rows: {"declined": rows.count()}))
    return read_months(tables, as_of=as_of, more=more)


def _tickets(tickets: ibis.Table) -> Any:
    """Count tickets, those with bad marks, and each of the frequent topics."""
    topics: list[str] = []
    if "topic" in tickets.columns:
        counted = tickets.filter(tickets.topic.notnull()).group_by("topic").aggregate(rows=lambda t: t.count())
        topics = counted.order_by(ibis.desc("rows"), "topic").limit(_TOPICS).to_pandas()["topic"].tolist()

    def summed(rows: ibis.Table) -> dict[str, ibis.Value]:
        sums = {"tickets": rows.count()} | {f"about_{topic}": rows.count(where=rows.topic == topic) for topic in topics}
        if "satisfaction" in rows.columns:
            sums["unhappy"] = rows.count(where=rows.satisfaction <= _UNHAPPY)
        return sums

    return summed


def known_at(panel: Months, month: int) -> pd.DataFrame:
    """Describe every customer at the start of a month, as models see them.

    Returns
    -------
    DataFrame
        What `insight.predict.uplift.months.design` gives, with means of half a year (``<name>_half``) in place of a
        year's; purchases of the last month and of the three before the last three; months since the last purchase; how
        far the last three months lie from the three before, as logarithms; and the month of the year.

    Notes
    -----
    A year is not known of the first months that are learnt from. Means over whatever is known look unlike themselves
    as the data gets longer, and trees take that for a change of the customers.
    """
    known = panel.known(month)
    bought = panel.sums["purchases"][: max(month - panel.first, 0)]
    last = known["purchases"].to_numpy()
    before = panel.mean("purchases", month - RECENT, months=RECENT)
    spent_before = panel.mean("spend", month - RECENT, months=RECENT)
    silent = np.argmax(bought[::-1] > 0, axis=0) if len(bought) else np.zeros(len(panel.customers))
    found = design(known).assign(
        purchases_last=panel.mean("purchases", month, months=1),
        purchases_before=before,
        months_silent=np.where((bought > 0).any(axis=0), silent, len(bought)),
        purchases_trend=np.log1p(last) - np.log1p(before),
        spend_trend=np.log1p(known["spend"].clip(lower=0)) - np.log1p(np.clip(spent_before, 0, None)),
        month_of_year=float(month % 12),
    )
    yearly = [name for name in panel.sums if f"{name}{_YEARLY}" in found]
    halves = {f"{name}{_HALVES}": panel.mean(name, month, months=HALF) for name in yearly}
    found = found.join(design(pd.DataFrame(halves, index=found.index)))
    return found.drop(columns=[*_WHO, *(f"{name}{_YEARLY}" for name in yearly)], errors="ignore").astype(float)


def holders(panel: Months, month: int) -> np.ndarray:
    """Say who holds an account that lends when a month starts."""
    began = panel.began
    opened = began["opening"] < month if "opening" in began else np.ones(len(panel.customers), dtype=bool)
    return opened & ~(began["closing"] < month) if "closing" in began else opened


def at_risk(panel: Months, label: str, month: int) -> np.ndarray:
    """Say whom a label is about at the start of a month: holders, and of silence those who bought in the last three."""
    held = holders(panel, month)
    if label == CLOSES:
        return held
    at = month - panel.first
    return np.asarray(held & (panel.sums["purchases"][max(at - RECENT, 0) : at] > 0).any(axis=0))


def happens(panel: Months, label: str, month: int, *, months: int) -> np.ndarray:
    """Say to whom it happens in the months from one on; meaningless where these are not over."""
    if label == CLOSES:
        closing = panel.began["closing"]
        return np.asarray((closing >= month) & (closing < month + months))
    at = month - panel.first
    return np.asarray(~(panel.sums["purchases"][at : at + months] > 0).any(axis=0))
