"""Tickets that are closed: what marks and later complaints go with."""

from collections.abc import Sequence
from datetime import date

import ibis
import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.regression.linear_model import OLS

from insight.errors import Unavailable, unless_unavailable
from insight.intervals import LEVEL

BACK = 30  # days after a ticket is closed within which what its customer writes is laid to it
FEWEST = 100  # tickets with a mark
COMPLAINT = "complaint"  # what topics of complaints end with
MARK, COMPLAINED = "satisfaction", "complained"
_Z = norm.ppf(0.5 + LEVEL / 2)


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
        day beside none, ln 2 times the weight of ln(1 + days). Topic and language are held alike as well.

    Notes
    -----
    Standard errors are HC1 (White, 1980), which do not ask for errors of one size.
    """
    rated = rows[rows[of].notna()]
    if len(rated) < FEWEST:
        return Unavailable("service", "few_marks", {"fewest": FEWEST})
    columns, told = [np.ones(len(rated)), np.log1p(rated["days"].to_numpy())], [("waiting", "", "", len(rated))]
    for factor in ("resolution", "channel", "language", "topic"):
        levels = rated[factor].value_counts()
        for level, tickets in levels.iloc[1:].items():
            columns.append((rated[factor] == level).to_numpy(float))
            told.append((factor, level, levels.index[0], int(tickets)))
    weights, errors = least_squares(np.column_stack(columns), rated[of].to_numpy())
    found = pd.DataFrame(told, columns=["factor", "level", "than", "tickets"])
    scale = np.where(found["factor"] == "waiting", np.log(2), 1.0)
    found["effect"], error = weights[1:] * scale, errors[1:] * scale
    return found.assign(low=found["effect"] - _Z * error, high=found["effect"] + _Z * error)


def least_squares(seen: np.ndarray, marks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give least squares' weights with their robust standard errors.

    Examples
    --------
    >>> weights, errors = least_squares(np.array([[1, 0], [1, 0], [1, 1], [1, 1]]), np.array([3.0, 5.0, 1.0, 3.0]))
    >>> weights.round(6).tolist(), errors.round(6).tolist()
    ([4.0, -2.0], [1.0, 1.414214])
    """
    fitted = OLS(marks, seen).fit(cov_type="HC1")
    return fitted.params, fitted.bse
