"""Bookings and appointments ahead: whoever has one is not silent, however long ago the last purchase was."""

from datetime import date

import ibis
import pandas as pd

#: The column of the profile, where a business delivers planned days.
NEXT = "next_planned_on"


def next_planned(interactions: ibis.Table, *, as_of: date, last_day: date) -> ibis.Table:
    """Give the next planned day of every customer who has one ahead: ``customer_id, next_planned_on``.

    Parameters
    ----------
    interactions
        The ``interactions`` table, with planned days.
    as_of
        The day that is looked from.
    last_day
        The data's last day, on which all that is delivered is known. On an earlier day only what
        had been booked by then is; what has been cancelled since, on a day that nobody tells, is left out.
    """
    booked_on = ibis.coalesce(interactions.occurred_on, ibis.literal(last_day))
    ahead = interactions.filter(interactions.planned_on > as_of, booked_on <= as_of)
    if "outcome" in ahead.columns:
        ahead = ahead.filter((ahead.outcome != "cancelled").fill_null(True))
    return ahead.group_by("customer_id").aggregate(ahead.planned_on.min().name(NEXT))


def silent_days(profile: pd.DataFrame) -> pd.Series:
    """Give the days of silence of each customer: since the last purchase, and none where something is planned ahead.

    Examples
    --------
    >>> silent_days(pd.DataFrame({"recency_days": [90, 90], "next_planned_on": [None, date(2024, 7, 1)]})).tolist()
    [90, 0]
    """
    days = profile["recency_days"]
    return days.where(profile[NEXT].isna(), 0) if NEXT in profile else days


def judged_by_silence(profile: ibis.Table) -> ibis.Table:
    """Give the profile with no days of silence where something is planned ahead, so that no tag judges by them."""
    if NEXT not in profile.columns:
        return profile
    return profile.mutate(recency_days=profile[NEXT].isnull().ifelse(profile.recency_days, ibis.null("int64")))
