"""Where tickets go by what they ask for, and how that compares with the one topic that staff recorded."""

import numpy as np
import pandas as pd

from insight.card.service.answers import Answered
from insight.card.service.intents import LIKELY, Told
from insight.card.service.lesson import Lesson
from insight.card.service.wordings import Wordings
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import wilson


@unless_unavailable
def agreement(lesson: Lesson, groupings: list[Wordings], told: Told) -> pd.DataFrame:
    """Compare what is told of the test months' tickets with the one topic that staff recorded.

    Returns
    -------
    DataFrame
        For tickets in new wording alone, in old wording alone, and all: ``wording, tickets, customers, share, low,
        high``: the share whose recorded topic is among those told, with its 95% interval.
    """
    found, late = groupings[0], ~lesson.learnt
    new = pd.Series(found.is_new[found.of["wording"]]).groupby(found.of["row"].to_numpy()).mean()
    new = new.reindex(range(len(lesson.rows))).to_numpy()
    topic = lesson.rows["topic"].to_numpy()
    agrees = told.intents[np.arange(len(topic)), np.maximum(topic, 0)] & (topic >= 0)
    rows = []
    for wording, at in (("new", late & (new == 1)), ("old", late & (new == 0)), ("all", late)):
        if n := int(at.sum()):
            some = int(agrees[at].sum())
            rows.append((wording, n, lesson.rows.loc[at, "customer_id"].nunique(), some / n, *wilson(some, n)))
    return pd.DataFrame(rows, columns=["wording", "tickets", "customers", "share", "low", "high"])


@unless_unavailable
def asked(lesson: Lesson, told: Told) -> pd.DataFrame:
    """Count what the tickets of the test months ask for: ``topic, tickets, customers, beside``.

    ``beside`` is the share of these that were recorded under another topic.
    """
    late, rows = np.flatnonzero(~lesson.learnt), []
    whose, topic = lesson.rows["customer_id"].to_numpy()[late], lesson.rows["topic"].to_numpy()[late]
    for at, name in enumerate(lesson.topics):
        asks = told.intents[late, at]
        if asks.any():
            rows.append((name, int(asks.sum()), len(set(whose[asks])), float((topic[asks] != at).mean())))
    found = pd.DataFrame(rows, columns=["topic", "tickets", "customers", "beside"])
    return found.sort_values("tickets", ascending=False, kind="stable", ignore_index=True)


def routes(lesson: Lesson, told: Told | Unavailable, answered: Answered | Unavailable) -> pd.DataFrame | Unavailable:
    """Give where the last month's tickets go, as `ticket_routes` holds it: a row for each topic of each.

    Where the bank has no answers of its own, none is offered.
    """
    if isinstance(told, Unavailable):
        return told
    late = np.flatnonzero(lesson.rows["month"] == lesson.test[1])
    row, topic = np.nonzero(told.intents[late])
    row = late[row]
    chance = told.chance[row, topic].round(6)
    found = pd.DataFrame({"ticket_id": lesson.rows["ticket_id"].to_numpy()[row], "chance": chance})
    found["topic"] = np.array(lesson.topics, dtype=object)[topic]
    found["for_a_person"] = found["chance"] <= LIKELY
    if isinstance(answered, Unavailable):
        found["answer_id"] = None
    else:
        found["answer_id"] = answered.rows["answer_id"].where(answered.rows["given"], None).to_numpy(object)[row]
    found = found.sort_values(["ticket_id", "chance", "topic"], ascending=[True, False, True], ignore_index=True)
    found["place"] = found.groupby("ticket_id").cumcount() + 1
    return found[["ticket_id", "place", "topic", "chance", "for_a_person", "answer_id"]]
