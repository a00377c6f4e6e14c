"""How complete the source records are, and the expected accuracy of linking without labels."""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from insight.unify.link import Linked

_MOST_FIELDS = 12
_TOGETHER_FROM = 12
_ENOUGH = 0.5  # a field counts as filled where at least so many of a system's records have it


def filled_by_source(linked: Linked) -> pd.DataFrame:
    """Give the share of records that can be compared, by source system and field.

    Returns
    -------
    DataFrame
        Indexed by ``source_system`` (most records first), one column per field (fullest first), and
        ``records``. What stands for nothing, defaults and values of strangers do not count as filled.
    """
    people, source = linked.standardised.people, linked.records["source_system"].to_numpy()
    names = [each.name for each in sorted(linked.standardised.fields, key=lambda each: (-each.filled, each.name))]
    shares = people[names[:_MOST_FIELDS]].notna().groupby(source).mean()
    counted = pd.Series(source).value_counts()
    order = sorted(counted.index, key=lambda system: (-counted[system], system))
    return shares.loc[order].assign(records=counted.loc[order].astype(int)).rename_axis("source_system")


def overall_filled(shares: pd.DataFrame) -> pd.Series:
    """Give the share of all records that can be compared by each field, the fullest first.

    Parameters
    ----------
    shares
        What `filled_by_source` gives.
    """
    fields = shares.drop(columns="records")
    overall = fields.mul(shares["records"], axis=0).sum() / max(shares["records"].sum(), 1)
    return overall.sort_values(ascending=False, kind="stable")


class Common(NamedTuple):
    """Two systems, and how many ``fields`` most records of both have."""

    fields: int
    one: str
    other: str


def least_in_common(shares: pd.DataFrame) -> Common | None:
    """Find the two systems with the fewest fields in common; none where there is but one system.

    Parameters
    ----------
    shares
        What `filled_by_source` gives.

    Examples
    --------
    >>> shares = {"phone": [0.9, 0.8, 0.1], "email": [0.6, 0.7, 0.9], "records": 9}
    >>> least_in_common(pd.DataFrame(shares, index=["app", "crm", "web"]))
    Common(fields=1, one='app', other='web')
    """
    has = shares.drop(columns="records") >= _ENOUGH
    pairs = itertools.combinations(has.index, 2)
    shared = (Common(int((has.loc[one] & has.loc[other]).sum()), one, other) for one, other in pairs)
    return min(shared, key=lambda pair: pair.fields, default=None)


def sizes_of_customers(customer_id: np.ndarray) -> pd.DataFrame:
    """Count customers by number of records, large numbers in one group.

    Examples
    --------
    >>> sizes_of_customers(np.array(["a", "a", "b"])).to_dict("list")
    {'records': [1, 2], 'customers': [1, 1], 'is_more': [False, False]}
    """
    sizes = pd.Series(customer_id).value_counts()
    counted = sizes.clip(upper=_TOGETHER_FROM).value_counts().sort_index()
    is_more = (counted.index == _TOGETHER_FROM) & bool((sizes > _TOGETHER_FROM).any())
    # as objects: they name the group, and stay when its number of customers may not be shown
    named = {"records": counted.index.astype(int).astype(object), "is_more": pd.Series(is_more, dtype=object)}
    return pd.DataFrame({"records": named["records"], "customers": counted.to_numpy(), "is_more": named["is_more"]})


def expected_quality(pairs: pd.DataFrame, labels: np.ndarray) -> dict[str, float]:
    """Give the expected precision and recall of pairs, from match probabilities alone.

    Returns
    -------
    dict
        ``precision``: mean probability of the pairs inside clusters, one that was never weighed counting
        as no match. ``recall``: which share of all probability lies inside. Missing where there is none.

    Examples
    --------
    >>> pairs = pd.DataFrame({"left": [0, 1], "right": [1, 2], "probability": [0.9, 0.1]})
    >>> expected_quality(pairs, np.array([0, 0, 2]))
    {'precision': 0.9, 'recall': 0.9}
    """
    sizes = np.unique(labels, return_counts=True)[1]
    joined = float((sizes * (sizes - 1) // 2).sum())
    inside = labels[pairs["left"]] == labels[pairs["right"]]
    found, everything = float(pairs.loc[inside, "probability"].sum()), float(pairs["probability"].sum())
    return {
        "precision": round(found / joined, 9) if joined else np.nan,
        "recall": round(found / everything, 9) if everything else np.nan,
    }


def labels_over(linked: Linked, thresholds: Sequence[float]) -> dict[float, np.ndarray]:
    """Cluster the same pairs at each threshold."""
    forest = linked.forest(lowest=min(thresholds), highest=max(thresholds))
    return {threshold: forest.at(threshold) for threshold in thresholds}


def strongest_and_weakest(described: pd.DataFrame) -> pd.DataFrame:
    """Give for each field what agreement and disagreement are worth, the most telling field first.

    Returns
    -------
    DataFrame
        ``comparison, agree, differ``: weights of the highest and of the lowest level, doublings of the odds.
    """
    ends = described.groupby("comparison", sort=False)["weight"].agg(agree="max", differ="min").reset_index()
    return ends.sort_values(["agree", "comparison"], ascending=[False, True], ignore_index=True)
