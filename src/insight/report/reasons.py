"""Reasons of scores in words of every language."""

import numpy as np
import pandas as pd

from insight.errors import Unavailable
from insight.predict.reasons import MOST, Reason, Reasons
from insight.words.text import LANGUAGES, Text, has_text, text


def reason_in_words(reason: Reason, kind: str) -> Text:
    """Say a reason: in words of its own beneath ``kind`` where the catalogue has them, else by name and standing.

    Examples
    --------
    >>> str(reason_in_words(Reason("Contract", "level", "monthly"), "labelled.reason"))
    'Contract: monthly'
    """
    own = f"{kind}.{reason.feature}.{reason.standing}"
    if has_text(own):
        return text(own)
    subject = kind.partition(".")[0]
    named, levelled = f"{subject}.feature.{reason.feature}", f"{subject}.level.{reason.feature}.{reason.level}"
    feature = text(named) if has_text(named) else reason.feature
    level = text(levelled) if has_text(levelled) else reason.level
    return text(f"common.reason.{reason.standing}", feature=feature, level=level)


def with_reasons(scores: pd.DataFrame, found: Reasons | Unavailable, kind: str) -> pd.DataFrame:
    """Add the reasons in words to a table of scores; columns without a value where there are none.

    Parameters
    ----------
    scores
        With ``customer_id``.
    found
        Of its customers, or of some of them.
    kind
        Where the catalogue has words for them.
    """
    if isinstance(found, Unavailable):
        nothing = pd.Series(None, index=scores.index, dtype=object)
        return scores.assign(**{f"reasons_{lang}": nothing for lang in LANGUAGES})
    return scores.join(reasons_in_words(found, kind), on="customer_id")


def reasons_in_words(found: Reasons, kind: str) -> pd.DataFrame:
    """Give the columns ``reasons_en`` and ``reasons_zh`` of a table of scores; missing where nothing raises a score."""
    words = [reason_in_words(reason, kind) for reason in found.reasons]
    columns = {}
    for lang in LANGUAGES:
        said = [each.in_language(lang) for each in words]
        joined, *others = (found.column(at, said) for at in range(MOST))
        for other in others:
            more = np.array([one is not None for one in other], dtype=bool)
            joined[more] = joined[more] + text("common.reason.apart").in_language(lang) + other[more]
        columns[f"reasons_{lang}"] = joined
    return pd.DataFrame(columns, index=found.index)
