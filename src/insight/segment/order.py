"""Whether stages predicted who would buy, in the right direction: tested pair by pair."""

from dataclasses import dataclass
from itertools import product

import pandas as pd
from scipy.stats import fisher_exact
from statsmodels.stats.multitest import multipletests

#: Of each pair, customers of the first stage should buy more often since.
_PAIRS = (*product(("new", "growing", "steady", "won_back"), ("drifting", "lapsed")), ("drifting", "lapsed"))


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
    more_share, less_share
        Shares of them that bought since.
    """

    verdict: str
    more: str = ""
    less: str = ""
    more_share: float = float("nan")
    less_share: float = float("nan")


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
    >>> seen = pd.DataFrame({"stage": ["steady", "lapsed"], "customers": [100, 100], "share": [0.4, 0.7]})
    >>> order = judge_order(seen)
    >>> order.verdict, order.more, order.less
    ('reversed', 'lapsed', 'steady')
    """
    shares, customers = (dict(zip(seen["stage"], seen[name], strict=True)) for name in ("share", "customers"))
    pairs = [pair for pair in _PAIRS if set(pair) <= set(shares)]
    if not pairs:
        return StageOrder("unclear")

    def counts(stage: str) -> list[int]:
        bought = round(shares[stage] * customers[stage])
        return [bought, int(customers[stage]) - bought]

    p_values = [fisher_exact([counts(first), counts(second)]).pvalue for first, second in pairs]
    gaps = {
        pair: shares[pair[0]] - shares[pair[1]]
        for pair, is_clear in zip(pairs, multipletests(p_values, alpha=level, method="holm")[0], strict=True)
        if is_clear
    }
    if not gaps:
        return StageOrder("unclear")
    worst, best = min(gaps, key=lambda pair: gaps[pair]), max(gaps, key=lambda pair: gaps[pair])
    if gaps[worst] < 0:
        return StageOrder("reversed", worst[1], worst[0], shares[worst[1]], shares[worst[0]])
    return StageOrder("held", *best, shares[best[0]], shares[best[1]])
