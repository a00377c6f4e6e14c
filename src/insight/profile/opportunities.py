"""Product opportunities: groups of customers who buy far more than others in a family of categories, and go on to.

Who belongs to a group is decided on one window; how much more they buy is counted in the next one, which did not choose
them. So what was luck in the first is gone in the second.
"""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from insight.contracts.table import MONEY
from insight.errors import Unavailable
from insight.intervals import Z, clear_of_zero, wilson

#: Categories belong together where shares of purchases in them, and all others of the family, are so correlated.
TOGETHER = 0.2
#: A member's share of purchases in a family is surely above so many times that of all.
LIFT = 1.5
#: Fewest purchases in the first window by which somebody can be judged.
FEWEST = 5
_MOST = 60  # categories that are looked at: those with most purchases


def count_by_window(transactions: ibis.Table, *, as_of: date, days: int) -> pd.DataFrame:
    """Count each customer's purchases by category, in two neighbouring windows up to a day.

    Returns
    -------
    DataFrame
        ``customer_id, category``, ``before`` and ``after`` (purchases; those of one basket in a category are one),
        ``spent`` (in the later window).
    """
    lines = transactions.filter(
        transactions.kind == "purchase",
        transactions.customer_id.notnull(),
        transactions.category.notnull(),
        transactions.occurred_on <= as_of,
        transactions.occurred_on > as_of - timedelta(days=2 * days),
    )
    is_later = lines.occurred_on > as_of - timedelta(days=days)
    lines = lines.mutate(later=is_later)
    baskets = lines.group_by("customer_id", "category", "basket_id", "later").aggregate(amount=lines.amount.sum())
    found = baskets.group_by("customer_id", "category").aggregate(
        before=baskets.count(where=~baskets.later),
        after=baskets.count(where=baskets.later),
        spent=baskets.amount.sum(where=baskets.later).coalesce(0).cast(MONEY),
    )
    found = found.order_by("customer_id", "category").to_pandas()
    return found.assign(spent=found["spent"].astype(float))


def families(before: pd.DataFrame) -> list[list[str]]:
    """Put categories together that the same customers prefer: one list each, a category alone where none is like it.

    Shares are compared by their roots (Hellinger), so that no large one decides; every two of a family are correlated
    by `TOGETHER` at least (complete linkage).

    Parameters
    ----------
    before
        Purchases by customer (rows) and category (columns).
    """
    roots = np.sqrt(before.div(before.sum(axis=1), axis=0))
    roots = roots.loc[:, roots.std() > 0]
    if roots.shape[1] < 2:
        return [[name] for name in roots]
    apart = 1 - roots.corr().to_numpy()
    np.fill_diagonal(apart, 0)
    label = fcluster(linkage(squareform(apart, checks=False), "complete"), 1 - TOGETHER, "distance")
    return [list(roots.columns[label == one]) for one in dict.fromkeys(label)]


def find_opportunities(counts: pd.DataFrame, *, min_cell: int) -> pd.DataFrame | Unavailable:
    """Rank families of categories by how many purchases more their groups make than others would.

    Parameters
    ----------
    counts
        From `count_by_window`.
    min_cell
        Fewest customers of a group, and of those outside it, and of those who stay in it and who do not.

    Returns
    -------
    DataFrame
        One row for each group that is clear, though so many are looked at (Holm): ``categories`` (a list),
        ``customers``; of the later window ``tgi`` (100 times the group's share of purchases in the family over that of
        all), ``extra`` with its interval (purchases in it beyond what the share of all would give), ``spent``;
        ``kept`` with its interval: the share of members who would be chosen by the later window again.
    """
    largest = counts.groupby("category")["before"].sum().nlargest(_MOST).index.sort_values()
    known = counts[counts["category"].isin(largest)]
    before, after, spent = (
        known.pivot_table(name, "customer_id", "category", aggfunc="sum", fill_value=0.0)
        for name in ("before", "after", "spent")
    )
    judged = before.sum(axis=1) >= FEWEST
    if judged.sum() < 2 * min_cell:
        return Unavailable("profile", "opportunities")
    before, after, spent = before[judged], after[judged], spent[judged]
    rows = [_group(before, after, spent, family) for family in families(before)]
    found = pd.DataFrame(rows)
    enough = found["customers"].between(min_cell, len(before) - min_cell)
    found = found[enough & (clear_of_zero(found, "extra") > 0)]
    if found.empty:
        return Unavailable("profile", "no_opportunities")
    return found.sort_values("extra", ascending=False, kind="stable", ignore_index=True)


def _group(before: pd.DataFrame, after: pd.DataFrame, spent: pd.DataFrame, family: list[str]) -> dict:
    """Describe the group of one family."""
    member = members(before, family)
    stays = members(after, family) & member
    whole, inside, paid = after.sum(axis=1), after[family].sum(axis=1), spent[family].sum(axis=1)
    usual = inside.sum() / max(whole.sum(), 1)
    beyond = (inside - usual * whole)[member]
    extra, reach = beyond.sum(), Z * beyond.std(ddof=1) * np.sqrt(max(len(beyond), 1))
    low, high = wilson(stays.sum(), max(member.sum(), 1))
    return {
        "categories": family,
        "customers": int(member.sum()),
        "tgi": 100 * (inside[member].sum() / max(whole[member].sum(), 1)) / usual if usual else np.nan,
        **{"extra": extra, "extra_low": extra - reach, "extra_high": extra + reach},
        "spent": paid[member].sum(),
        **{"kept": stays.sum() / max(member.sum(), 1), "kept_low": float(low), "kept_high": float(high)},
    }


def members(purchases: pd.DataFrame, family: list[str]) -> pd.Series:
    """Say whose share of purchases in a family is surely `LIFT` times that of all, by the lower end of its interval."""
    inside, whole = purchases[family].sum(axis=1), purchases.sum(axis=1)
    low, _ = wilson(inside, whole.clip(lower=1))
    return (whole >= FEWEST) & (low > LIFT * inside.sum() / max(whole.sum(), 1))
