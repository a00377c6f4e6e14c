"""What linkage errors cost downstream: how counts, loyalty, value and reach move with the threshold.

Too low a threshold makes one customer of several people, too high a threshold several customers of
one person. Later notebooks inherit either without seeing it, so it is looked at here.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from ibis.expr.types import Table

from insight.unify.link import KEYS

THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def per_record(records: pd.DataFrame, delivered: Mapping[str, Table]) -> pd.DataFrame:
    """Add up what each record bought, and whether it was contacted, before anybody is joined with anybody.

    Parameters
    ----------
    records
        Keys of the records, in order.
    delivered
        Tables as delivered: ``customer_id`` is still ``<system>:<key>``.

    Returns
    -------
    DataFrame
        ``purchases, amount, contacts``, one row per record in the same order.
    """
    called = records[KEYS[0]] + ":" + records[KEYS[1]]
    out = pd.DataFrame(index=pd.Index(called, name="called"))
    if "transactions" in delivered:
        lines = delivered["transactions"].filter(lambda t: t.customer_id.notnull())
        bought = lines.group_by("customer_id").aggregate(
            purchases=lines.basket_id.nunique(where=lines.kind == "purchase"), amount=lines.amount.sum()
        )
        out = out.join(bought.to_pandas().set_index("customer_id"))
    if "contacts" in delivered:
        sent = delivered["contacts"]
        out = out.join(
            sent.group_by("customer_id").aggregate(contacts=sent.count()).to_pandas().set_index("customer_id")
        )
    return out.reindex(columns=["purchases", "amount", "contacts"]).astype(float).fillna(0.0).reset_index(drop=True)


def over_thresholds(
    labels: Mapping[float, np.ndarray], totals: pd.DataFrame, *, truth: np.ndarray | None = None
) -> pd.DataFrame:
    """Follow what later notebooks would see over the threshold; with the truth, also what they should see.

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
        ``threshold`` (missing in the row of the truth), ``customers``, ``buyers``, ``repeat_rate`` (share of
        buyers with two purchases or more), ``value`` (net amount per buyer), ``contacted_buyers`` (share of
        contacted customers of whom a purchase is known).
    """
    rows = [{"threshold": at, **_seen(clusters, totals)} for at, clusters in labels.items()]
    if truth is not None:
        codes = pd.factorize(pd.Series(truth))[0].astype(np.int64)
        nobody = codes < 0
        codes[nobody] = codes.max(initial=-1) + 1 + np.arange(nobody.sum())
        rows.append({"threshold": np.nan, **_seen(codes, totals)})
    return pd.DataFrame(rows)


def _seen(labels: np.ndarray, totals: pd.DataFrame) -> dict[str, float]:
    customers = totals.groupby(labels).sum()
    buyers, reached = customers["purchases"] > 0, customers["contacts"] > 0

    def share(part: pd.Series, whole: pd.Series) -> float:
        return float((part & whole).sum() / whole.sum()) if whole.any() else np.nan

    return {
        "customers": len(customers),
        "buyers": int(buyers.sum()),
        "repeat_rate": share(customers["purchases"] >= 2, buyers),
        "value": float(customers.loc[buyers, "amount"].mean()) if buyers.any() else np.nan,
        "contacted_buyers": share(buyers, reached),
    }
