"""Sentences of notebook 60 on what contacts add to the answers, beside customers held out by lot."""

import pandas as pd

from insight.report.language import Message, _, interval, number, percent


def added_finding(added: pd.DataFrame) -> Message:
    """Say how many more of the contacted answered than of those held out by lot.

    Examples
    --------
    >>> added = pd.DataFrame({"name": [None], "rate": [0.13], "held_rate": [0.08], "added": [0.05],
    ...                       "added_low": [0.04], "added_high": [0.06]})
    >>> print(added_finding(added))
    Of those contacted 13.0% answered, of those held out by lot 8.0% did the same: contacts add 5.0 answers for
    every hundred, 4.0 to 6.0 (95% interval).
    """
    row = added.iloc[-1]
    values = {
        "rate": percent(row["rate"], digits=1),
        "held": percent(row["held_rate"], digits=1),
        "points": number(100 * row["added"], digits=1),
        "range": _per_hundred(row),
    }
    if row["added_low"] <= 0 <= row["added_high"]:
        return _(
            "Of those contacted {rate} answered, of those held out by lot {held} did the same: that contacts add "
            "answers is not shown ({points} for every hundred, {range}).",
            **values,
        )
    return _(
        "Of those contacted {rate} answered, of those held out by lot {held} did the same: contacts add {points} "
        "answers for every hundred, {range}.",
        **values,
    )


def _per_hundred(row) -> Message:
    low, high = (number(100 * row[name], digits=1) for name in ("added_low", "added_high"))
    return interval(low, high, level=0.95)
