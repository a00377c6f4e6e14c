"""What linkage errors cost downstream: customers, repeat rate and value as functions of the threshold.

Too low a threshold makes one customer of several people, too high a threshold several customers of
one person. Later notebooks inherit either without seeing it, so it is looked at here.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from ibis.expr.types import Table

from insight.contracts import RECORD_KEY
from insight.errors import Unavailable

# what a customer does, or is met by, without buying
_TOUCHES = ("interactions", "service_tickets", "contacts")
MEASURES = ("customers", "repeat_rate", "value", "met_buyers")
THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def per_record(records: pd.DataFrame, delivered: Mapping[str, Table]) -> pd.DataFrame:
    """Add up what each record bought, and how often its system met it, before anybody is joined with anybody.

    Parameters
    ----------
    records
        Keys of the records, in order.
    delivered
        Tables as delivered: ``customer_id`` is still ``<system>:<key>``.

    Returns
    -------
    DataFrame
        ``purchases, amount, touches``, one row per record in the same order.
    """
    called = pd.Index(records[RECORD_KEY[0]] + ":" + records[RECORD_KEY[1]], name="called")
    counted = {"purchases": 0.0, "amount": 0.0, "touches": 0.0}
    if "transactions" in delivered:
        lines = delivered["transactions"].filter(lambda t: t.customer_id.notnull())
        bought = lines.group_by("customer_id").aggregate(
            purchases=lines.basket_id.nunique(where=lines.kind == "purchase"), amount=lines.amount.sum()
        )
        bought = bought.to_pandas().set_index("customer_id").reindex(called).astype(float).fillna(0.0)
        counted |= {"purchases": bought["purchases"].to_numpy(), "amount": bought["amount"].to_numpy()}
    for name in _TOUCHES:
        if name in delivered:
            met = delivered[name].group_by("customer_id").aggregate(lambda touch: touch.count().name("touches"))
            found = met.to_pandas().set_index("customer_id")["touches"].reindex(called).fillna(0.0)
            counted["touches"] = counted["touches"] + found.to_numpy(dtype=float)
    return pd.DataFrame(counted, index=range(len(records)), dtype=float)


def over_thresholds(
    labels: Mapping[float, np.ndarray], totals: pd.DataFrame, *, truth: np.ndarray | Unavailable | None = None
) -> pd.DataFrame:
    """Give what later notebooks would see at each threshold; with the truth, also what they should see.

    Parameters
    ----------
    labels
        Each record's cluster by threshold.
    totals
        What `per_record` gives.
    truth
        Who is behind each record; where nobody is named, the record is somebody of their own.

    Returns
    -------
    DataFrame
        ``threshold`` (missing in the row of the truth), ``customers``, ``repeat_rate`` (share of customers
        with two purchases or more), ``value`` (net amount per customer), ``met_buyers`` (share of customers
        whom some system met of whom a purchase is known).

    Examples
    --------
    >>> totals = pd.DataFrame({"purchases": [1, 1, 0], "amount": [10, 20, 0], "touches": [0, 0, 1]})
    >>> labels = {0.2: np.array([0, 0, 0]), 0.8: np.array([0, 1, 2])}
    >>> over_thresholds(labels, totals).values.tolist()
    [[0.2, 1.0, 1.0, 30.0, 1.0], [0.8, 3.0, 0.0, 10.0, 0.0]]
    """
    rows = [{"threshold": at, **_seen(clusters, totals)} for at, clusters in labels.items()]
    if isinstance(truth, np.ndarray):
        codes = pd.factorize(pd.Series(truth))[0].astype(np.int64)
        nobody = codes < 0
        codes[nobody] = codes.max(initial=-1) + 1 + np.arange(nobody.sum())
        rows.append({"threshold": np.nan, **_seen(codes, totals)})
    return pd.DataFrame(rows)


def change_from(tried: pd.DataFrame, measure: str, *, chosen: float) -> pd.Series:
    """Give how far a measure is from where it stands at the chosen threshold, as a share of it, by threshold."""
    known = tried[tried["threshold"].notna()].set_index("threshold")[measure]
    base = known.iloc[np.abs(known.index - chosen).argmin()]
    return known / base - 1 if base else known * np.nan


def customers_at(tried: pd.DataFrame, chosen: float | None) -> int | None:
    """Give the customers that were counted nearest to a threshold, or in truth (``None``), where that is known.

    Examples
    --------
    >>> tried = pd.DataFrame({"threshold": [0.2, 0.4, np.nan], "customers": [95, 100, 98]})
    >>> customers_at(tried, 0.35), customers_at(tried, None), customers_at(tried[:2], None)
    (100, 98, None)
    """
    if chosen is not None:
        return int(tried.loc[(tried["threshold"] - chosen).abs().idxmin(), "customers"])
    true = tried.loc[tried["threshold"].isna(), "customers"]
    return int(true.iloc[0]) if len(true) else None


def drawn_measures(tried: pd.DataFrame) -> list[str]:
    """Name the measures that there is something to draw of."""
    known = tried[tried["threshold"].notna()]
    return [name for name in MEASURES if known[name].notna().all() and (known[name] != 0).all()]


def _seen(labels: np.ndarray, totals: pd.DataFrame) -> dict[str, float]:
    customers = totals.groupby(labels).sum()
    met = customers["touches"] > 0
    return {
        "customers": len(customers),
        "repeat_rate": float((customers["purchases"] >= 2).mean()),
        "value": float(customers["amount"].mean()),
        "met_buyers": float((customers.loc[met, "purchases"] > 0).mean()) if met.any() else np.nan,
    }
