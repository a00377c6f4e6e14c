"""Tickets that are closed: what marks and later complaints go with."""

from collections.abc import Sequence
from datetime import date

import ibis
import numpy as np
import pandas as pd

from insight.errors import Unavailable, unless_unavailable
from insight.review.differences import differences, lay_out

BACK = 30  # days after a ticket is closed within which what its customer writes is laid to it
FEWEST = 100  # tickets with a mark
COMPLAINT = "complaint"  # what topics of complaints end with
MARK, COMPLAINED = "satisfaction", "complained"


@unless_unavailable
def closed(tickets: ibis.Table | None, *, as_of: date) -> pd.DataFrame | Unavailable:
    """Give the tickets of the table ``service_tickets`` that were closed by a day.

    Returns
    -------
    DataFrame
        ``ticket_id, customer_id, opened_at, closed_at, topic, channel, language, resolution`` (None where there is no
        such column), ``satisfaction, days``.
    """
    if tickets is None:
        return Unavailable("service", "few_closed", {"fewest": FEWEST})
    rows = tickets.filter(tickets.closed_at.notnull(), tickets.closed_at.date() <= as_of)
    words = ["channel", "language", "resolution"]
    columns = ["ticket_id", "customer_id", "opened_at", "closed_at", "topic", "satisfaction"]
    columns += [name for name in words if name in tickets.columns]
    frame = rows.select(*columns).order_by("opened_at", "ticket_id").to_pandas()
    if len(frame) < FEWEST:
        return Unavailable("service", "few_closed", {"fewest": FEWEST})
    frame = frame.assign(**{name: None for name in words if name not in frame})
    days = (pd.to_datetime(frame["closed_at"]) - pd.to_datetime(frame["opened_at"])).dt.total_seconds() / 86_400
    return frame.assign(days=days, satisfaction=frame["satisfaction"].astype(float))


def known_after(rows: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Keep the tickets closed so long before a day that what followed is known."""
    last = pd.Timestamp(as_of) - pd.Timedelta(days=BACK)
    return rows[pd.to_datetime(rows["closed_at"]).dt.tz_localize(None) <= last]


def followed(rows: pd.DataFrame, later: pd.DataFrame, *, by: Sequence[str]) -> pd.Series:
    """Say of each ticket whether one of ``later``, alike in ``by``, was opened within `BACK` days of its closing."""
    pairs = rows[["ticket_id", "closed_at", *by]].merge(later[["opened_at", *by]], on=list(by))
    gap = pd.to_datetime(pairs["opened_at"]) - pd.to_datetime(pairs["closed_at"])
    near = pairs.loc[(gap > pd.Timedelta(0)) & (gap <= pd.Timedelta(days=BACK)), "ticket_id"]
    return rows["ticket_id"].isin(near)


@unless_unavailable
def complained(rows: pd.DataFrame, *, as_of: date) -> pd.DataFrame | Unavailable:
    """Say of each ticket known well enough whether its customer complained within `BACK` days of the closing.

    Returns
    -------
    DataFrame
        ``rows`` with ``complained``: 0 or 1.
    """
    complaints = rows[rows["topic"].astype("string").str.endswith(COMPLAINT).fillna(False).astype(bool)]
    if complaints.empty:
        return Unavailable("experience", "no_complaints")
    known = known_after(rows, as_of=as_of)
    return known.assign(complained=followed(known, complaints, by=["customer_id"]).astype(float))


@unless_unavailable
def drivers(rows: pd.DataFrame, *, of: str = MARK) -> pd.DataFrame | Unavailable:
    """Say what marks, or complaints, go with: each difference beside the others, by least squares with robust errors.

    Parameters
    ----------
    of
        `MARK`, or `COMPLAINED` where ``rows`` have it.

    Returns
    -------
    DataFrame
        ``factor, level, than`` (the most frequent one), ``effect, low, high`` (95%), ``tickets``. Waiting is that of a
        day beside none, the weight of log2(1 + days). Topic and language are held alike as well.
    """
    rated = rows[rows[of].notna()]
    if len(rated) < FEWEST:
        return Unavailable("service", "few_marks", {"fewest": FEWEST})
    waiting = {"waiting": np.log2(1 + rated["days"])}
    seen, told = lay_out(rated, waiting, ["resolution", "channel", "language", "topic"])
    return differences(rated[of].to_numpy(), seen, told.rename(columns={"rows": "tickets"}))
