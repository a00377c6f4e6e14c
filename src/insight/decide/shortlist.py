"""What each customer could be offered now, and the list by product group as a report may show it."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from insight.contracts.tables.decide import PROPENSITY
from insight.decide.allocate import best_offers, gains
from insight.decide.eligibility import BEYOND_BUDGET, ON_THE_LIST, REASONS, TOO_LITTLE_SALES, Rules
from insight.decide.expected import Correction, Total, around
from insight.errors import Unavailable
from insight.predict.propensity.propensity import Backtest, spend_per_week

OTHER_GROUPS = "other_groups"
_SHOWN = 8
_NUMBERS = ("score", "expected_sales", "response_cost")


def offers_for(tested: Backtest | Unavailable, rules: Rules, *, as_of: date) -> pd.DataFrame:
    """Find the best offer for each customer who may get one now (`best_offers`); nobody without a backtest."""
    if isinstance(tested, Unavailable):
        ids = {name: pd.Series(dtype="object") for name in ("customer_id", "product_group")}
        return pd.DataFrame(ids | {name: pd.Series(dtype="float64") for name in _NUMBERS})
    sales = tested.now.spread(tested.now_scores * spend_per_week(tested.now))
    return best_offers(
        sales,
        scores=tested.now.spread(tested.now_scores),
        allowed=rules.offerable(tested.now, as_of),
        response_costs=rules.response_costs(tested.now),
    )


def likeliest(tested: Backtest | Unavailable, rules: Rules, *, as_of: date, k: int) -> pd.DataFrame:
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
            "is_offerable": rules.offerable(picture, as_of)[rows, columns],
        }
    )


def count_reasons(
    tested: Backtest | Unavailable,
    rules: Rules,
    offers: pd.DataFrame,
    chosen: pd.DataFrame,
    *,
    as_of: date,
    contact_cost: float,
) -> pd.DataFrame:
    """Count all customers by whether they are on the list, or the first reason why not.

    Parameters
    ----------
    tested, rules, as_of
        As for `offers_for`.
    offers, chosen
        From `offers_for`, and the list made of them.
    contact_cost
        In currency units.

    Returns
    -------
    DataFrame
        ``reason, customers``, in the order of `REASONS`, those of nobody left out; their sum is all customers.
    """
    reason = rules.obstacles(None if isinstance(tested, Unavailable) else tested.now, as_of)
    worth = offers.loc[gains(offers) > contact_cost, "customer_id"]
    reason = reason.mask((reason == "") & ~reason.index.isin(worth), TOO_LITTLE_SALES)
    reason = reason.mask(reason.index.isin(chosen["customer_id"]), ON_THE_LIST).replace("", BEYOND_BUDGET)
    counts = reason.value_counts().reindex(REASONS).dropna().astype(int)
    return counts.rename_axis("reason").rename("customers").reset_index()


@dataclass(frozen=True)
class ListTotals:
    """The sums of a list.

    Attributes
    ----------
    customers, contacted, controls
        Customers on the list, those to be contacted, and the control group.
    cost, response_cost
        Of all contacts, and of the responses expected, in currency units.
    buyers, sales
        Expected of the contacted, with intervals: how many buy from their group, and for how much.
    mean_sales
        Expected sales per customer on the list.
    """

    customers: int
    contacted: int
    controls: int
    cost: float
    response_cost: float
    buyers: Total
    sales: Total
    mean_sales: float

    @property
    def costs(self) -> float:
        """Give what contacts and expected responses cost together."""
        return self.cost + self.response_cost


def total_list(chosen: pd.DataFrame, buyers: Correction | Unavailable, sales: Correction | Unavailable) -> ListTotals:
    """Sum a list up, as `insight.decide.allocate.choose_contacts` gives it; intervals by what earlier lists brought."""
    contacted = chosen[~chosen["is_holdout"]]
    expected = {
        name: around(found, float(contacted[column].sum()), customers=len(contacted))
        for name, column, found in (("buyers", "score", buyers), ("sales", "expected_sales", sales))
    }
    return ListTotals(
        customers=len(chosen),
        contacted=len(contacted),
        controls=len(chosen) - len(contacted),
        cost=float(chosen["cost"].sum()),
        response_cost=float(chosen["response_cost"].sum()),
        mean_sales=float(chosen["expected_sales"].mean()),
        **expected,
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
