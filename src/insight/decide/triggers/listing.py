"""The list of the next day: whom which trigger reaches, and who of them is held out."""

from collections.abc import Sequence

import pandas as pd

from insight.decide.triggers.play import HELD_OUT, SENT, Limits, play

_COLUMNS = ["customer_id", "trigger", "due_on", "is_holdout"]


def next_day(events: pd.DataFrame, order: Sequence[str], limits: Limits) -> pd.DataFrame:
    """List whom triggers reach on the next day: ``customer_id, trigger, due_on, is_holdout``, one message for each.

    Triggers of days before were never sent unless they stand among the contacts, so these alone give rest.

    Parameters
    ----------
    events
        From `insight.decide.triggers.play.may_contact`, of that day alone.
    order
        Triggers, those first that come first.
    """
    chosen = play(events, order, limits)
    chosen = chosen[chosen["outcome"].isin([SENT, HELD_OUT])]
    listed = chosen.assign(
        due_on=chosen["due_on"].dt.date,
        is_holdout=(chosen["outcome"] == HELD_OUT).to_numpy(bool),
    )
    return listed[_COLUMNS].reset_index(drop=True)
