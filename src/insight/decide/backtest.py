"""The list as it would have been written some weeks ago, compared with what was then bought."""

from datetime import date

import numpy as np
import pandas as pd

from insight.decide.allocate import best_offers, choose_contacts, rank_offers
from insight.decide.eligibility import Rules
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import compare_intervals
from insight.predict.propensity.habits import Picture
from insight.predict.propensity.propensity import (
    HABIT,
    MODEL,
    POPULAR,
    Backtest,
    own_habit,
    popularity,
    spend_per_week,
)
from insight.predict.propensity.ranking import estimate_mean


def ways_to_choose(picture: Picture, scores: np.ndarray) -> dict[str, np.ndarray]:
    """Give what each way of choosing expects of every customer and group, in sales.

    ``own_habit`` takes the share of weeks in which the customer has bought from the group instead
    of the model's probability; ``most_popular`` takes everyone's share and everyone's spend, so that
    only the group matters and not the customer.
    """
    everyone = np.broadcast_to(spend_per_week(picture).mean(axis=0), scores.shape)
    return {
        MODEL: scores * spend_per_week(picture),
        HABIT: own_habit(picture) / (picture.features["customer_tenure"] + 1) * spend_per_week(picture),
        POPULAR: popularity(picture) * everyone,
    }


@unless_unavailable
def backtest_list(
    tested: Backtest, rules: Rules, *, then: date, budget: float, contact_cost: float, seed: int
) -> pd.DataFrame | Unavailable:
    """Write the list of each way of choosing as of the test, and count what those on it then bought.

    Parameters
    ----------
    tested
        What was known then, the probabilities made from it, and what was bought in the weeks
        after, when no such list had gone out.
    rules, then
        What the list had to obey, and the day of the test.
    budget, contact_cost
        As for `insight.decide.allocate.choose_contacts`: they limit the model's list; the others are as long.
    seed
        Of the bootstrap over the customers on a list.

    Returns
    -------
    DataFrame
        One row per way of choosing: ``way, customers, expected`` (mean probability, of the model
        only), ``bought, bought_low, bought_high`` (share), ``sales, sales_low, sales_high`` (per
        customer), ``spread`` (standard deviation of sales). Unavailable where nobody is on a list.
    """
    allowed = rules.offerable(tested.then, then)
    probabilities = tested.then.spread(tested.then_scores)
    rows: list[dict] = []
    for way, gain in ways_to_choose(tested.then, tested.then_scores).items():
        costs = {"scores": probabilities, "allowed": allowed, "response_costs": rules.response_costs(tested.then)}
        offers = best_offers(tested.then.spread(gain), **costs)
        if way == MODEL:
            chosen = choose_contacts(offers, budget=budget, contact_cost=contact_cost, holdout_share=0.0, key="")
        else:
            chosen = rank_offers(offers).head(rows[0]["customers"])
        outcome = _outcome(chosen, tested, seed=seed)
        if outcome is None:
            return Unavailable("offer", "nobody_listed")
        rows.append({"way": way, **outcome})
    found = pd.DataFrame(rows)
    found.loc[found["way"] != MODEL, "expected"] = np.nan
    return found


def habit_against_model(backtested: pd.DataFrame) -> str:
    """Say whether choosing by own habit sells ``more``, ``less`` or about the ``same`` as by the model."""
    sales = backtested.set_index("way")[["sales_low", "sales_high"]]
    return compare_intervals(*sales.loc[HABIT], *sales.loc[MODEL])


def _outcome(chosen: pd.DataFrame, tested: Backtest, *, seed: int) -> dict[str, float] | None:
    rows = tested.then.customers.get_indexer(chosen["customer_id"])
    columns = pd.Index(tested.then.groups).get_indexer(chosen["product_group"])
    spent = tested.bought[rows, columns]
    share, sales = estimate_mean((spent > 0).astype(float), seed=seed), estimate_mean(spent, seed=seed)
    if share is None or sales is None:
        return None
    return {
        "customers": len(chosen),
        "expected": chosen["score"].mean(),
        **{"bought": share.value, "bought_low": share.low, "bought_high": share.high},
        **{"sales": sales.value, "sales_low": sales.low, "sales_high": sales.high, "spread": float(spent.std())},
    }
