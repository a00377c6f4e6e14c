"""Whether stages predicted who would buy, in the right direction: tested pair by pair."""

from dataclasses import dataclass
from itertools import product

import pandas as pd
from scipy.stats import fisher_exact

from insight.config.definitions import share
from insight.intervals import clear_of_chance

#: Of each pair, customers of the first stage should buy more often since.
_PAIRS = (
    *product(("new", "growing", "mature", "won_back"), ("drifting", "dormant", "lost")),
    *product(("drifting",), ("dormant", "lost")),
)


@dataclass(frozen=True)
class StageOrder:
    """What the tests of all pairs of stages say together.

    Attributes
    ----------
    verdict
        ``held`` where some pair differs significantly and none in the wrong direction, ``reversed`` where one does,
        else ``unclear``.
    more, less
        The stages that lie furthest apart of those that decide; none where it is unclear.
    is_late
        Whether those who were drifting bought significantly more often than those who were dormant already.
    """

    verdict: str
    more: str = ""
    less: str = ""
    is_late: bool = False


def judge_order(seen: pd.DataFrame, *, level: float = 0.05) -> StageOrder:
    """Judge whether customers of the stages that should buy more often did.

    Parameters
    ----------
    seen
        From `insight.segment.stages.follow_up`.
    level
        Probability of any false finding among all pairs (Holm's correction of Fisher's exact tests).

    Examples
    --------
    >>> seen = pd.DataFrame({"stage": ["mature", "dormant"], "customers": [100, 100], "bought": [40, 70]})
    >>> order = judge_order(seen)
    >>> order.verdict, order.more, order.less
    ('reversed', 'dormant', 'mature')
    """
    bought = seen.set_index("stage")["bought"]
    others = seen.set_index("stage")["customers"] - bought
    shares = pd.Series(share("bought_since", bought, bought + others), bought.index)
    pairs = [pair for pair in _PAIRS if set(pair) <= set(bought.index)]
    if not pairs:
        return StageOrder("unclear")
    p_values = [fisher_exact([[bought[stage], others[stage]] for stage in pair]).pvalue for pair in pairs]
    gaps = {
        pair: shares[pair[0]] - shares[pair[1]]
        for pair, is_clear in zip(pairs, clear_of_chance(p_values, level=1 - level), strict=True)
        if is_clear
    }
    if not gaps:
        return StageOrder("unclear")
    worst, best = min(gaps, key=lambda pair: gaps[pair]), max(gaps, key=lambda pair: gaps[pair])
    if gaps[worst] < 0:
        return StageOrder("reversed", worst[1], worst[0])
    return StageOrder("held", *best, is_late=gaps.get(("drifting", "dormant"), 0) > 0)
