"""The list as it would have been written some weeks ago, held against what then happened."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from insight.decide.allocate import best_offers
from insight.predict.habits import Picture
from insight.predict.propensity import own_habit, popularity, spend_per_week
from insight.predict.ranking import estimate_mean

MODEL, HABIT, POPULAR = "model", "own habit", "most popular"


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


def rehearse(
    gains: Mapping[str, np.ndarray],
    picture: Picture,
    *,
    scores: np.ndarray,
    allowed: np.ndarray,
    bought: np.ndarray,
    size: int,
    seed: int,
) -> pd.DataFrame:
    """Write the list of each way of choosing as of then, and count what those on it went on to buy.

    Parameters
    ----------
    gains
        Expected sales by way of choosing (`ways_to_choose`).
    picture, scores, allowed
        What was known then, the chances made from it, and what might have been offered.
    bought
        What was then spent on the group in the weeks after, without any contact of ours.
    size
        Customers on each list.

    Returns
    -------
    DataFrame
        One row per way of choosing: ``way, customers, expected`` (mean chance, of the model only),
        ``bought, bought_low, bought_high`` (share), ``sales, sales_low, sales_high`` (per customer).
    """
    rows = []
    for way, gain in gains.items():
        frame = pd.DataFrame(gain, index=picture.customers, columns=list(picture.groups))
        chance = pd.DataFrame(scores, index=frame.index, columns=frame.columns)
        offers = best_offers(frame, scores=chance, allowed=allowed)
        chosen = offers.sort_values(["expected_sales", "customer_id"], ascending=[False, True]).head(size)
        if chosen.empty:
            continue
        places = (
            frame.index.get_indexer(chosen["customer_id"]),
            frame.columns.get_indexer(chosen["product_group"]),
        )
        spent = bought[places]
        share, sales = estimate_mean((spent > 0).astype(float), seed=seed), estimate_mean(spent, seed=seed)
        rows.append(
            {
                "way": way,
                "customers": len(chosen),
                "expected": chosen["score"].mean() if way == MODEL else np.nan,
                **{"bought": share.value, "bought_low": share.low, "bought_high": share.high},
                **{"sales": sales.value, "sales_low": sales.low, "sales_high": sales.high},
            }
        )
    return pd.DataFrame(rows)
