"""The tickets that have a text, with the topics that staff recorded: to learn from, and to test on."""

from dataclasses import dataclass
from datetime import date

import ibis
import numpy as np
import pandas as pd

from insight.card.applications import Has, Read
from insight.errors import Unavailable, unless_unavailable

FEWEST = 500  # tickets with a topic to learn from
_TESTED, _FEWEST_MONTHS = 4, 8  # a quarter of the months, of so many at least


@dataclass(frozen=True)
class Lesson:
    """Tickets in the order of time, the topics that they have, and which are learnt from.

    Attributes
    ----------
    rows
        ``ticket_id, customer_id, opened_on, month, topic`` (a number; -1: none), ``text, language``.
    topics
        Names of the topics, in the order of their numbers.
    learnt
        Which tickets are learnt from; the others are those of the last months.
    test
        First and last month of these.
    """

    rows: pd.DataFrame
    topics: list[str]
    learnt: np.ndarray
    test: tuple[int, int]


@unless_unavailable
def look(read: Read, has: Has, *, as_of: date) -> Lesson | Unavailable:
    """Read the tickets up to a day and choose the months to be tested on."""
    tickets = read("service_tickets")
    rows = tickets.filter(tickets.opened_at.date() <= as_of, tickets.text.notnull(), tickets.topic.notnull())
    language = rows.language.fill_null("") if "language" in rows.columns else ibis.literal("")
    rows = rows.select("ticket_id", "customer_id", "opened_at", "topic", "text", language=language)
    rows = rows.order_by("opened_at", "ticket_id")
    frame = rows.to_pandas()
    if not len(frame):
        return Unavailable("service", "no_texts")
    opened = pd.to_datetime(frame["opened_at"]).dt.tz_localize(None)
    frame = frame.assign(opened_on=opened.dt.normalize(), month=opened.dt.year * 12 + opened.dt.month - 1)
    first, last = int(frame["month"].min()), int(frame["month"].max())
    if last - first + 1 < _FEWEST_MONTHS:
        return Unavailable("service", "few_months", {"fewest": _FEWEST_MONTHS})
    since = last - (last - first + 1) // _TESTED + 1
    learnt = frame["month"].lt(since).to_numpy()
    topics = sorted(frame.loc[learnt, "topic"].unique())
    if learnt.sum() < FEWEST or (~learnt).sum() < FEWEST // 5 or len(topics) < 2:
        return Unavailable("service", "few_tickets", {"fewest": FEWEST})
    number = frame["topic"].map({name: at for at, name in enumerate(topics)}).fillna(-1).astype(int)
    return Lesson(frame.drop(columns="opened_at").assign(topic=number), topics, learnt, (since, last))
