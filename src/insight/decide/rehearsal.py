"""The list as it would have been written some weeks ago, held against what then happened."""

import numpy as np
import pandas as pd

from insight.decide.allocate import best_offers
from insight.decide.eligibility import offerable
from insight.predict.propensity.habits import Picture
from insight.predict.propensity.propensity import HABIT, MODEL, POPULAR, Trial, own_habit, popularity, spend_per_week
from insight.predict.propensity.ranking import estimate_mean


def ways_to_choose(picture: Picture, scores: np.ndarray) -> dict[str, np.ndarray]:
    """Give what each way of choosing expects of every customer and group, in sales.

    ``own habit`` takes the share of weeks in which the customer has bought from the group instead
    of the model's chance; ``most popular`` takes everyone's share and everyone's spend, so that
    only the group matters and not the customer.
    """
    everyone = np.broadcast_to(spend_per_week(picture).mean(axis=0), scores.shape)
    return {
        MODEL: scores * spend_per_week(picture),
        HABIT: own_habit(picture) / (picture.features["customer_tenure"] + 1) * spend_per_week(picture),
        POPULAR: popularity(picture) * everyone,
    }


def rehearse(trial: Trial | None, consent: pd.DataFrame, *, rest_weeks: int, size: int, seed: int) -> pd.DataFrame:
    """Write the list of each way of choosing as of the test, and count what those on it went on to buy.

    Parameters
    ----------
    trial
        What was known then, the chances made from it, and what was bought in the weeks after,
        without any contact of ours; none gives an empty frame.
    consent, rest_weeks
        As for `insight.decide.eligibility.offerable`.
    size
        Customers on each list.
    seed
        Of the bootstrap over the customers on a list.

    Returns
    -------
    DataFrame
        One row per way of choosing: ``way, customers, expected`` (mean chance, of the model only),
        ``bought, bought_low, bought_high`` (share), ``sales, sales_low, sales_high`` (per customer),
        ``spread`` (standard deviation of sales).
    """
    if trial is None:
        return pd.DataFrame(columns=_COLUMNS)
    allowed = offerable(trial.then, consent, rest_weeks=rest_weeks)
    chances = trial.then.spread(trial.then_scores)
    rows = []
    for way, gain in ways_to_choose(trial.then, trial.then_scores).items():
        offers = best_offers(trial.then.spread(gain), scores=chances, allowed=allowed)
        chosen = offers.sort_values(["expected_sales", "customer_id"], ascending=[False, True]).head(size)
        if len(chosen):
            rows.append({"way": way, **_outcome(chosen, trial, seed=seed)})
    found = pd.DataFrame(rows, columns=_COLUMNS)
    found.loc[found["way"] != MODEL, "expected"] = np.nan
    return found


_COLUMNS = [
    *(
        "way",
        "customers",
        "expected",
        "bought",
        "bought_low",
        "bought_high",
        "sales",
        "sales_low",
        "sales_high",
        "spread",
    )
]


def _outcome(chosen: pd.DataFrame, trial: Trial, *, seed: int) -> dict[str, float]:
    rows = trial.then.customers.get_indexer(chosen["customer_id"])
    columns = pd.Index(trial.then.groups).get_indexer(chosen["product_group"])
    spent = trial.bought[rows, columns]
    share, sales = estimate_mean((spent > 0).astype(float), seed=seed), estimate_mean(spent, seed=seed)
    return {
        "customers": len(chosen),
        "expected": chosen["score"].mean(),
        **{"bought": share.value, "bought_low": share.low, "bought_high": share.high},
        **{"sales": sales.value, "sales_low": sales.low, "sales_high": sales.high, "spread": float(spent.std())},
    }
