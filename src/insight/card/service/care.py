"""How tickets end: how long they wait, what marks they get and for what, and whether customers come back."""

from datetime import date

import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.regression.linear_model import OLS

from insight.card.applications import Read
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import LEVEL, wilson

BACK = 30  # days within which a customer who writes again about the same comes back
FEWEST = 100  # tickets with a mark
POOR = 2
_Z = norm.ppf(0.5 + LEVEL / 2)


@unless_unavailable
def closed(read: Read, *, as_of: date) -> pd.DataFrame | Unavailable:
    """Give the tickets that were closed by a day.

    Returns
    -------
    DataFrame
        ``ticket_id, customer_id, opened_at, closed_at, topic, channel, language, resolution`` (None where there is no
        such column), ``satisfaction, days``.
    """
    tickets = read("service_tickets")
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
def drivers(rows: pd.DataFrame) -> pd.DataFrame | Unavailable:
    """Say what marks go with: each difference beside the others, by least squares with robust errors.

    Returns
    -------
    DataFrame
        ``factor, level, than`` (the most frequent one), ``effect, low, high`` (95%), ``tickets``. Waiting is that of a
        day beside none, ln 2 times the weight of ln(1 + days). Topic and language are held alike as well.

    Notes
    -----
    Standard errors are HC1 (White, 1980), which do not ask for errors of one size.
    """
    rated = rows[rows["satisfaction"].notna()]
    if len(rated) < FEWEST:
        return Unavailable("service", "few_marks", {"fewest": FEWEST})
    columns, told = [np.ones(len(rated)), np.log1p(rated["days"].to_numpy())], [("waiting", "", "", len(rated))]
    for factor in ("resolution", "channel", "language", "topic"):
        levels = rated[factor].value_counts()
        for level, tickets in levels.iloc[1:].items():
            columns.append((rated[factor] == level).to_numpy(float))
            told.append((factor, level, levels.index[0], int(tickets)))
    weights, errors = least_squares(np.column_stack(columns), rated["satisfaction"].to_numpy())
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


@unless_unavailable
def come_back(rows: pd.DataFrame, *, as_of: date) -> pd.DataFrame | Unavailable:
    """Say how often a customer writes again about the same topic within thirty days of the closing, by its ending.

    Returns
    -------
    DataFrame
        ``resolution, tickets, customers, back, share, low, high``. Tickets closed less than thirty days before the
        last day are left out.
    """
    known = rows[
        pd.to_datetime(rows["closed_at"]).dt.tz_localize(None) <= pd.Timestamp(as_of) - pd.Timedelta(days=BACK)
    ]
    if known["resolution"].isna().all() or len(known) < FEWEST:
        return Unavailable("service", "no_endings")
    pairs = known[["ticket_id", "customer_id", "topic", "closed_at"]].merge(
        rows[["customer_id", "topic", "opened_at"]], on=["customer_id", "topic"]
    )
    gap = pd.to_datetime(pairs["opened_at"]) - pd.to_datetime(pairs["closed_at"])
    again = pairs.loc[(gap > pd.Timedelta(0)) & (gap <= pd.Timedelta(days=BACK)), "ticket_id"]
    known = known.assign(back=known["ticket_id"].isin(again))
    by = known.groupby("resolution").agg(
        tickets=("ticket_id", "size"), customers=("customer_id", "nunique"), back=("back", "sum")
    )
    by = by.sort_values("tickets", ascending=False, kind="stable").reset_index()
    bounds = [wilson(int(back), int(tickets)) for back, tickets in zip(by["back"], by["tickets"], strict=True)]
    low, high = zip(*bounds, strict=True)
    return by.assign(share=by["back"] / by["tickets"], low=low, high=high)
