"""One offer per customer, and the list of contacts that a budget pays for."""

from decimal import Decimal

import numpy as np
import pandas as pd

from insight.decide.control_group import draw_control_group


def best_offers(gain: pd.DataFrame, *, scores: pd.DataFrame, allowed: np.ndarray) -> pd.DataFrame:
    """Find the one group per customer with the highest expected sales.

    Parameters
    ----------
    gain
        Expected sales, customers down and groups across.
    scores
        Probability of a purchase, the same shape.
    allowed
        What may be offered, the same shape. Customers without any such group are left out.

    Returns
    -------
    DataFrame
        ``customer_id, product_group, score, expected_sales``; of equal gains the first column's.

    Examples
    --------
    >>> gain = pd.DataFrame({"bread": [2.0, 1.0], "wine": [5.0, 9.0]}, index=["ada", "bob"])
    >>> best_offers(gain, scores=gain / 10, allowed=np.array([[True, True], [True, False]]))
      customer_id product_group  score  expected_sales
    0         ada          wine    0.5             5.0
    1         bob         bread    0.1             1.0
    """
    values = np.where(allowed, gain.to_numpy(), -np.inf)
    some = allowed.any(axis=1)
    best = values.argmax(axis=1) if values.shape[1] else np.zeros(len(values), int)
    rows, places = np.flatnonzero(some), best[some]
    return pd.DataFrame(
        {
            "customer_id": gain.index.to_numpy()[rows],
            "product_group": np.asarray(gain.columns, dtype=object)[places],
            "score": scores.to_numpy()[rows, places],
            "expected_sales": values[rows, places],
        }
    )


def affordable_contacts(budget: float, contact_cost: float) -> int:
    """Count the contacts that a budget pays for, without a rounding error.

    Examples
    --------
    >>> affordable_contacts(0.3, 0.1), affordable_contacts(5, 1.5)
    (3, 3)
    """
    return int(Decimal(str(budget)) // Decimal(str(contact_cost)))


def choose_contacts(
    offers: pd.DataFrame, *, budget: float, contact_cost: float, holdout_share: float, key: str
) -> pd.DataFrame:
    """Write the list: the offers with the highest expected sales within the budget, with a random control group.

    Offers expected to bring no more sales than the contact costs are left out. The control group
    costs nothing and stands on the list where it would have been contacted, so that contacted
    and control differ by chance alone.

    Parameters
    ----------
    offers
        One row per customer, as `best_offers` gives.
    budget, contact_cost
        In currency units; the sum of costs never exceeds the budget.
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
    ...                        "score": [0.5, 0.4, 0.1], "expected_sales": [5.0, 4.0, 1.0]})
    >>> choose_contacts(offers, budget=3, contact_cost=2, holdout_share=0, key="a").drop(columns="score")
      customer_id product_group  expected_sales  rank  is_holdout  cost
    0         ada          wine             5.0     1       False   2.0
    """
    worth = offers[offers["expected_sales"] > contact_cost]
    ranked = worth.sort_values(["expected_sales", "customer_id"], ascending=[False, True], ignore_index=True)
    controls = draw_control_group(ranked["customer_id"], share=holdout_share, key=key)
    paid, limit = np.cumsum(~controls), affordable_contacts(budget, contact_cost)
    if limit < (paid[-1] if len(paid) else 0):
        # The list ends with the last contact paid for; controls beyond it would not have been reached.
        end = np.searchsorted(paid, limit) + 1 if limit else 0
        ranked, controls = ranked[:end], controls[:end]
    return ranked.assign(
        rank=np.arange(1, len(ranked) + 1), is_holdout=controls, cost=np.where(controls, 0.0, float(contact_cost))
    )
