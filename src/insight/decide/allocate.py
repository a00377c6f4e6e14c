"""One offer per customer, and the list of contacts that a budget pays for."""

from decimal import Decimal

import numpy as np
import pandas as pd

from insight.decide.control_group import draw_control_group


def best_offers(
    sales: pd.DataFrame, *, scores: pd.DataFrame, allowed: np.ndarray, response_costs: np.ndarray | float = 0.0
) -> pd.DataFrame:
    """Find the one group per customer with the highest expected sales, less what responses to it cost.

    Parameters
    ----------
    sales
        Expected sales, customers down and groups across.
    scores
        Probability of a purchase, the same shape.
    allowed
        What may be offered, the same shape. Customers without any such group are left out.
    response_costs
        What a response costs, by group or for all; everyone who buys is taken to respond.

    Returns
    -------
    DataFrame
        ``customer_id, product_group, score, expected_sales, response_cost`` (expected); of equals the first column's.

    Examples
    --------
    >>> sales = pd.DataFrame({"bread": [2.0, 1.0], "wine": [5.0, 9.0]}, index=["ada", "bob"])
    >>> best_offers(sales, scores=sales / 10, allowed=np.array([[True, True], [True, False]]), response_costs=0.5)
      customer_id product_group  score  expected_sales  response_cost
    0         ada          wine    0.5             5.0           0.25
    1         bob         bread    0.1             1.0           0.05
    """
    costs = scores.to_numpy() * response_costs
    values = np.where(allowed, sales.to_numpy() - costs, -np.inf)
    some = allowed.any(axis=1)
    best = values.argmax(axis=1) if values.shape[1] else np.zeros(len(values), int)
    rows, places = np.flatnonzero(some), best[some]
    return pd.DataFrame(
        {
            "customer_id": sales.index.to_numpy()[rows],
            "product_group": np.asarray(sales.columns, dtype=object)[places],
            "score": scores.to_numpy()[rows, places],
            "expected_sales": sales.to_numpy()[rows, places],
            "response_cost": costs[rows, places],
        }
    )


def gains(offers: pd.DataFrame) -> pd.Series:
    """Give what each offer is expected to bring: sales less what responses cost."""
    return offers["expected_sales"] - offers["response_cost"]


def rank_offers(offers: pd.DataFrame) -> pd.DataFrame:
    """Put the offers that are expected to bring most first, equals in the order of ``customer_id``."""
    ranked = offers.assign(gain=gains(offers)).sort_values(["gain", "customer_id"], ascending=[False, True])
    return ranked.drop(columns="gain").reset_index(drop=True)


def choose_contacts(
    offers: pd.DataFrame, *, budget: float, contact_cost: float, holdout_share: float, key: str
) -> pd.DataFrame:
    """Write the list: the offers with the highest expected sales, less costs, within the budget, with a control group.

    Offers expected to bring no more sales than contact and response cost are left out. The control group, drawn at
    random, costs nothing and stands on the list where it would have been contacted, so that contacted and control
    differ by chance alone.

    Parameters
    ----------
    offers
        One row per customer, as `best_offers` gives; with a ``contact_cost`` of their own where contacts differ in it.
    budget, contact_cost
        In currency units; the sum of costs, of contacts and of expected responses, never exceeds the budget.
    holdout_share
        Probability of each customer on the list to be in the control group.
    key
        Names the draw, see `draw_control_group`.

    Returns
    -------
    DataFrame
        The ``campaign_list`` table, best first; equal expectations in the order of ``customer_id``.

    Examples
    --------
    >>> offers = pd.DataFrame({"customer_id": ["ada", "bob", "eve"], "product_group": "wine",
    ...                        "score": [0.5, 0.4, 0.1], "expected_sales": [5.0, 4.0, 1.0], "response_cost": 0.5})
    >>> chosen = choose_contacts(offers, budget=3, contact_cost=2, holdout_share=0, key="a")
    >>> chosen[["customer_id", "rank", "is_holdout", "cost"]]
      customer_id  rank  is_holdout  cost
    0         ada     1       False   2.0
    """
    offers = offers if "contact_cost" in offers else offers.assign(contact_cost=float(contact_cost))
    ranked = rank_offers(offers[gains(offers) > offers["contact_cost"]])
    controls = draw_control_group(ranked["customer_id"], share=holdout_share, key=key)
    # In Decimal, so that ten contacts at 0.1 cost 1.
    each = [
        Decimal(0) if held else Decimal(str(contact)) + Decimal(f"{response:.4f}")
        for held, contact, response in zip(controls, ranked["contact_cost"], ranked["response_cost"], strict=True)
    ]
    spent = np.cumsum(np.array(each, dtype=object))
    over = np.flatnonzero(spent > Decimal(str(budget))) if len(spent) else np.array([], dtype=int)
    if len(over):
        # The list ends with the last contact paid for; controls beyond it would not have been reached.
        paid = np.flatnonzero(~controls[: over[0]])
        end = paid[-1] + 1 if len(paid) else 0
        ranked, controls = ranked[:end], controls[:end]
    return ranked.assign(
        response_cost=np.where(controls, 0.0, ranked["response_cost"]),
        rank=np.arange(1, len(ranked) + 1),
        is_holdout=controls,
        cost=np.where(controls, 0.0, ranked["contact_cost"]),
    ).drop(columns="contact_cost")
