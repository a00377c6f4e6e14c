"""What had happened to customers in the month before they wrote, and what it says of why they did."""

import ibis
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from insight.card.service.lesson import Lesson
from insight.errors import unless_unavailable

_DAYS = 31
_FEWEST = 30  # tickets that something had happened before
_UNDECIDED = ("applications", "fraud_cases")  # whose kind says how they ended, later
_FOLDS = 5
_PENALTY = 5e-4
_OTHERS = 0.25  # share of wishes that come beside another, whatever has happened


@unless_unavailable
def before(lesson: Lesson, tickets: ibis.Table, events: ibis.Table) -> pd.DataFrame:
    """Say what had happened to each ticket's customer within a month before: a column per kind of event, 0 or 1."""
    asked = tickets.select("ticket_id", "customer_id", opened_on=tickets.opened_at.date())
    others = events.filter(events.stream != "service_tickets").select(
        "customer_id", "occurred_on", "stream", "kind", "amount"
    )
    met = asked.inner_join(others, "customer_id")
    met = met.filter(met.occurred_on <= met.opened_on, met.opened_on < met.occurred_on + ibis.interval(days=_DAYS))
    kind = met.stream.isin(_UNDECIDED).ifelse("", met.kind.fill_null(""))
    whole = (met.amount == met.amount.round()).fill_null(False).ifelse(":whole", "")  # fees, unlike interest, are whole
    found = met.select("ticket_id", what=met.stream + ":" + kind + whole).distinct().to_pandas()
    wide = pd.crosstab(found["ticket_id"], found["what"]).reindex(lesson.rows["ticket_id"], fill_value=0)
    kept = [name for name in sorted(wide) if _FEWEST <= wide[name].sum() <= len(wide) - _FEWEST]
    return wide[kept].reset_index(drop=True)


@unless_unavailable
def evidence(happened: pd.DataFrame | None, lesson: Lesson) -> np.ndarray | None:
    """Weigh what had happened: log of how much likelier each topic is than usual, one row a ticket.

    A ticket that is learnt from is weighed by others. What changes from month to month with the whole business says
    nothing of one ticket: each month's mean is taken off. Where nothing is known of what had happened, it is None.

    Parameters
    ----------
    happened
        As `before` gives it.
    """
    if happened is None or not happened.shape[1]:
        return None
    month, topic, learnt = lesson.rows["month"].to_numpy(), lesson.rows["topic"].to_numpy(), lesson.learnt
    topics = len(lesson.topics)
    own = happened - happened.groupby(month).transform("mean")
    seen = StandardScaler().fit_transform(own.to_numpy(float))
    usual = np.maximum(np.bincount(topic[learnt], minlength=topics) / learnt.sum(), 1e-9)
    chance = np.tile(usual, (len(seen), 1))
    fold = np.arange(len(seen)) % _FOLDS
    for one in range(_FOLDS):
        teach, told = learnt & (fold != one), fold == one
        model = LogisticRegression(C=_PENALTY, max_iter=200).fit(seen[teach], topic[teach])
        chance[np.ix_(told, model.classes_)] = model.predict_proba(seen[told])
    return np.log((1 - _OTHERS) * chance / usual + _OTHERS)
