"""Tiers by recency, frequency and money, and by what share of the sales customers bring."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
from scipy.stats import ttest_ind

from insight.config.definitions import share, shares_of_sum
from insight.contracts.tables.segment import VALUE_TIERS
from insight.intervals import affordable_rounds, percentiles, resampled_counts

FIRST_HALF, FIRST_FOUR_FIFTHS = 0.5, 0.8


def score(values: pd.Series, *, tiers: int, lower_is_better: bool = False) -> pd.Series:
    """Score customers from 1 to ``tiers``; equal values always get the same score.

    A customer scores ``s`` when at least ``(s - 1) / tiers`` of all customers are strictly worse.
    So a score can stay empty where many customers are equal: nobody is told apart by chance.

    Parameters
    ----------
    values
        One number per customer, none missing.
    tiers
        The highest score.
    lower_is_better
        As for days since the last purchase.

    Examples
    --------
    >>> score(pd.Series([1, 1, 1, 2, 9]), tiers=5).tolist()
    [1, 1, 1, 4, 5]
    >>> score(pd.Series([0, 30, 360]), tiers=3, lower_is_better=True).tolist()
    [3, 2, 1]
    """
    if values.isna().any():
        raise ValueError(f"{values.name or 'values'}: {values.isna().sum()} missing; every customer needs one")
    worse = values.rank(method="min", ascending=not lower_is_better).astype("int64") - 1
    return 1 + worse * tiers // max(len(values), 1)


def score_customers(profile: pd.DataFrame, *, tiers: int) -> pd.DataFrame:
    """Score recency, frequency and money of every customer: ``r``, ``f``, ``m``, highest is best."""
    return pd.DataFrame(
        {
            "r": score(profile["recency_days"], tiers=tiers, lower_is_better=True),
            "f": score(profile["frequency"], tiers=tiers),
            "m": score(profile["monetary"].astype(float), tiers=tiers),
        }
    )


def grid(scores: pd.DataFrame, *, tiers: int) -> pd.DataFrame:
    """Count customers by recency score (rows, best first) and frequency score (columns)."""
    counts = pd.crosstab(scores["r"], scores["f"])
    return counts.reindex(index=range(tiers, 0, -1), columns=range(1, tiers + 1), fill_value=0)


def value_tiers(spend: pd.Series) -> pd.Series:
    """Name the value tier of each customer: who brings the first half of sales, who the next, who the rest.

    Customers are ranked by what they spent; ``top`` are those who together reach the first half of
    all sales, ``middle`` those who reach 80%, ``base`` all others. Equal spending gives the same
    tier: customers level with the one who crosses a line are above it too. Spending of zero or
    less counts as none and is always ``base``.

    Examples
    --------
    >>> value_tiers(pd.Series([50.0, 20.0, 10.0, 10.0, 10.0, 0.0])).tolist()
    ['top', 'middle', 'middle', 'middle', 'middle', 'base']
    """
    paid = spend.clip(lower=0)
    by_amount = paid.groupby(paid).sum().sort_index(ascending=False)
    before = (by_amount.cumsum() - by_amount) / (by_amount.sum() or 1)
    reached = paid.map(before)
    names = np.select([reached < FIRST_HALF, reached < FIRST_FOUR_FIFTHS], VALUE_TIERS[:2], VALUE_TIERS[2])
    return pd.Series(np.where(paid > 0, names, VALUE_TIERS[2]), index=spend.index, name="tier")


def summarise_tiers(tier: pd.Series, spend: pd.Series) -> pd.DataFrame:
    """Count customers and sales per value tier, ``top`` first; shares of all customers and all sales."""
    found = spend.groupby(tier).agg(["size", "sum"]).reindex(VALUE_TIERS, fill_value=0)
    found.columns = ["customers", "monetary"]
    found["share_customers"] = share("group_share", found["customers"], found["customers"].sum())
    found["share_sales"] = shares_of_sum("spend_share", found["monetary"])
    return found.rename_axis("tier").reset_index()


def top_tier_lasts(transactions: ibis.Table, *, earlier: date, as_of: date, level: float = 0.05) -> bool:
    """Say whether the top tier of an earlier day has spent significantly more since than the others (Welch's test).

    Parameters
    ----------
    transactions
        Canonical transactions.
    earlier, as_of
        The tiers are those of ``earlier``; spend counts after it, up to ``as_of``.
    level
        A difference is significant below this probability, one-sided.
    """
    counted = transactions.kind.isin(["purchase", "refund"]) & (transactions.occurred_on <= as_of)
    lines = transactions.filter(counted, transactions.customer_id.notnull())
    was = lines.occurred_on <= earlier
    net = lines.group_by("customer_id").aggregate(
        before=lines.amount.sum(where=was).cast("float64"), since=lines.amount.sum(where=~was).cast("float64")
    )
    spent = net.order_by("customer_id").to_pandas().dropna(subset="before").fillna({"since": 0.0})
    in_top = value_tiers(spent["before"]) == VALUE_TIERS[0]
    top, others = spent.loc[in_top, "since"], spent.loc[~in_top, "since"]
    return bool(ttest_ind(top, others, equal_var=False, alternative="greater").pvalue < level)


def share_bringing_half(spend: pd.Series, *, seed: int, level: float = 0.95, rounds: int = 400) -> tuple[float, ...]:
    """Give the smallest share of customers who together bring half of the sales, with its interval.

    Notes
    -----
    Percentile bootstrap over customers.

    Examples
    --------
    >>> share_bringing_half(pd.Series([50.0, 30.0, 10.0, 10.0]), seed=1, level=0.0)[0]
    0.25
    """
    ordered = np.sort(spend.clip(lower=0).to_numpy(dtype=float))[::-1]
    n = len(ordered)
    if n == 0 or ordered[0] <= 0:
        return (np.nan, np.nan, np.nan)
    counts = resampled_counts(n, rounds=affordable_rounds(n, rounds), seed=seed)
    shares = np.array([_share_to_half(np.repeat(ordered, times)) for times in counts])
    return _share_to_half(ordered), *percentiles(shares, level=level)


def _share_to_half(ordered: np.ndarray) -> float:
    reached = ordered.cumsum()
    return float((np.searchsorted(reached, FIRST_HALF * reached[-1]) + 1) / len(ordered))


def is_varied(counts: pd.DataFrame) -> bool:
    """Say whether the customers of a `grid` differ in both of its scores.

    Examples
    --------
    >>> is_varied(pd.DataFrame([[1, 0], [0, 1]])), is_varied(pd.DataFrame([[1, 1], [0, 0]]))
    (True, False)
    """
    return bool((counts.sum(axis=1) > 0).sum() > 1 and (counts.sum() > 0).sum() > 1)
