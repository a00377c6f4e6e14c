"""Features that are spread otherwise today than when the model learnt, beyond what chance does at these sizes."""

import numpy as np
import pandas as pd
from scipy.stats import chi2

from insight.errors import Unavailable, unless_unavailable
from insight.intervals import LEVEL
from insight.predict.churn.backtest import Backtest
from insight.predict.churn.design import Cuts
from insight.predict.churn.scoring import Scored
from insight.predict.scorecard.strength import SHIFTED, WATCHED

BINS = 10
FEWEST = 50  # customers on each side
_HALF = 0.5  # in place of nobody in a bin, whose logarithm there is not


def stability(before: pd.Series, now: pd.Series) -> tuple[float, int]:
    """Give the population stability index of a feature, and how many bins it is made of.

    Parameters
    ----------
    before
        Values that the model learnt from: their tenths are the bins; those missing are one more.
    now
        Values of today.

    Examples
    --------
    >>> index, bins = stability(pd.Series(range(100)), pd.Series(range(50, 150)))
    >>> round(index, 2), bins
    (2.28, 10)
    """
    known = before.dropna().to_numpy(float)
    edges = np.unique(np.quantile(known, np.arange(1, BINS) / BINS)) if len(known) else np.empty(0)
    edges = edges[edges > known.min()] if len(known) else edges
    counts = np.array([_counted(values.to_numpy(float), edges) for values in (before, now)])
    counts = counts[:, counts.sum(axis=0) > 0]
    shares = (counts + _HALF) / (counts + _HALF).sum(axis=1, keepdims=True)
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum()), counts.shape[1]


def _counted(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    place = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="right"))
    return np.bincount(place, minlength=len(edges) + 2).astype(float)


def limit_of(bins: int, before: int, now: int, *, chance: float) -> float:
    """Give the index that so many bins reach with this chance where nothing has changed.

    Notes
    -----
    Without a change the index is distributed as chi-square with a degree of freedom less than bins, times the sum of
    the inverse sizes (Yurdakul and Naranjo 2020, Statistical properties of the population stability index, Journal of
    Risk Model Validation 14(4), 89-100).

    Examples
    --------
    >>> round(limit_of(10, 200, 200, chance=0.05), 2), round(limit_of(10, 20_000, 20_000, chance=0.05), 4)
    (0.17, 0.0017)
    """
    return float(chi2.ppf(1 - chance, bins - 1)) * (1 / before + 1 / now) if bins > 1 else 0.0


@unless_unavailable
def since_test(examples: pd.DataFrame, active: Scored, cuts: Cuts, test: Backtest) -> pd.DataFrame | Unavailable:
    """Compare features of those active today with those of the last test: the latest day that the model learnt from."""
    return find_drift(examples.xs(cuts.test, level="cut")[test.features], active.features[test.features])


@unless_unavailable
def find_drift(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame | Unavailable:
    """Compare how each feature is spread with how it was when the model learnt.

    Parameters
    ----------
    before
        Features of customers that the model learnt from, of one day.
    now
        The same of those who are to be scored.

    Returns
    -------
    DataFrame or Unavailable
        ``feature, psi, limit, before, now`` (medians), ``verdict``, largest index first. The limit is what chance alone
        exceeds in any of the features in 5% of cases. ``chance``: not beyond it; ``slight``: beyond it, yet below 0.1;
        ``watched``: below 0.25; ``shifted``: from there on (a rule of thumb). ``few`` with fewer than 50 customers.

    Notes
    -----
    Customers who are on both sides err alike, so chance exceeds the limit less often than stated.
    """
    if min(len(before), len(now)) < FEWEST:
        return Unavailable("care", "few", {"n": FEWEST})
    rows = []
    for name in before:
        index, bins = stability(before[name], now[name])
        limit = limit_of(bins, len(before), len(now), chance=(1 - LEVEL) / len(before.columns))
        size = "shifted" if index >= SHIFTED else "watched" if index >= WATCHED else "slight"
        verdict = size if bins > 1 and index > limit else "chance"
        rows.append((name, index, limit, before[name].median(), now[name].median(), verdict))
    table = pd.DataFrame(rows, columns=["feature", "psi", "limit", "before", "now", "verdict"])
    return table.sort_values(["psi", "feature"], ascending=[False, True], ignore_index=True)
