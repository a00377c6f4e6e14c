"""What each customer could be offered now, and the list by product group as a report may show it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from insight.contracts.tables.decide import PROPENSITY
from insight.decide.allocate import best_offers
from insight.decide.eligibility import offerable
from insight.errors import Unavailable
from insight.predict.propensity.propensity import Backtest, spend_per_week

OTHER_GROUPS = "other_groups"
_SHOWN = 8
_OFFER = {"customer_id": "object", "product_group": "object", "score": "float64", "expected_sales": "float64"}


def offers_for(tested: Backtest | Unavailable, consent: pd.DataFrame, *, rest_weeks: int) -> pd.DataFrame:
    """Find the best offer for each customer who may get one now (`best_offers`); nobody without a backtest."""
    if isinstance(tested, Unavailable):
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _OFFER.items()})
    gain = tested.now.spread(tested.now_scores * spend_per_week(tested.now))
    allowed = offerable(tested.now, consent, rest_weeks=rest_weeks)
    return best_offers(gain, scores=tested.now.spread(tested.now_scores), allowed=allowed)


def likeliest(tested: Backtest | Unavailable, consent: pd.DataFrame, *, rest_weeks: int, k: int) -> pd.DataFrame:
    """List the ``k`` groups that each customer is most likely to buy from: the ``propensity`` table.

    Whatever may be offered or not: ``is_offerable`` says. Ties keep the order of the groups.
    """
    if isinstance(tested, Unavailable):
        return pd.DataFrame({column.name: pd.Series(dtype="object") for column in PROPENSITY.columns})
    picture, scores = tested.now, tested.now_scores
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    rows, columns = np.repeat(np.arange(len(order)), order.shape[1]), order.ravel()
    return pd.DataFrame(
        {
            "customer_id": picture.customers.to_numpy()[rows],
            "product_group": np.asarray(picture.groups, dtype=object)[columns],
            "score": scores[rows, columns],
            "rank": np.tile(np.arange(1, order.shape[1] + 1), len(order)),
            "weeks_since": pd.array(picture.features["weeks_since"][rows, columns]).astype("Int64"),
            "expected_sales": (scores * spend_per_week(picture))[rows, columns],
            "is_offerable": offerable(picture, consent, rest_weeks=rest_weeks)[rows, columns],
        }
    )


@dataclass(frozen=True)
class ListTotals:
    """The sums of a list.

    Attributes
    ----------
    customers, contacted, controls
        Customers on the list, those to be contacted, and the control group.
    cost
        Of all contacts, in currency units.
    buyers, sales
        Expected of the contacted: how many buy from their group, and for how much.
    mean_sales
        Expected sales per customer on the list.
    """

    customers: int
    contacted: int
    controls: int
    cost: float
    buyers: float
    sales: float
    mean_sales: float


def total_list(chosen: pd.DataFrame) -> ListTotals:
    """Sum a list up, as `insight.decide.allocate.choose_contacts` gives it."""
    contacted = chosen[~chosen["is_holdout"]]
    return ListTotals(
        customers=len(chosen),
        contacted=len(contacted),
        controls=len(chosen) - len(contacted),
        cost=float(chosen["cost"].sum()),
        buyers=float(contacted["score"].sum()),
        sales=float(contacted["expected_sales"].sum()),
        mean_sales=float(chosen["expected_sales"].mean()),
    )


def summarise_list(chosen: pd.DataFrame, *, min_cell: int) -> pd.DataFrame:
    """Add the list up by product group; groups with too few customers are put together.

    Returns
    -------
    DataFrame
        ``product_group, customers, controls, score`` (mean), ``expected_sales`` (mean per
        customer), most customers first, ``other_groups`` last.
    """
    counts = chosen["product_group"].value_counts()
    counts = counts.sort_index().sort_values(ascending=False, kind="stable")
    shown = list(counts[counts >= min_cell].index[:_SHOWN])
    while shown and 0 < len(chosen) - counts[shown].sum() < min_cell:
        shown.pop()
    named = chosen.assign(
        product_group=chosen["product_group"].where(chosen["product_group"].isin(shown), OTHER_GROUPS)
    )
    summary = named.groupby("product_group").agg(
        customers=("customer_id", "size"),
        controls=("is_holdout", "sum"),
        score=("score", "mean"),
        expected_sales=("expected_sales", "mean"),
    )
    order = [*shown, *([OTHER_GROUPS] if OTHER_GROUPS in summary.index else [])]
    return summary.loc[order].reset_index()
