"""What the list's contacts truly gain, where that is known: beside the truth's own choice, and trees taught by it."""

from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd

from insight.decide.trial.listing import Listed
from insight.decide.trial.rules import Open
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import percentiles, resampled_counts
from insight.predict.propensity.propensity import halves
from insight.predict.uplift.terms import Catalogue

ROUNDS = 300
_LEAST = 60  # customers of an offer whom trees can be taught
_TREES: dict[str, Any] = {
    "n_estimators": 150, "num_leaves": 15, "learning_rate": 0.06, "min_child_samples": 20, "verbose": -1, "n_jobs": 1,
    "deterministic": True, "force_row_wise": True, "random_state": 0,
}  # fmt: skip


@dataclass(frozen=True)
class Share:
    """What the list's contacts gain, over what the same number of others gain, with a 95% interval.

    Attributes
    ----------
    gained, best
        Both gains, in currency units.
    """

    value: float
    low: float
    high: float
    gained: float
    best: float


@unless_unavailable
def lay_out(truth: pd.DataFrame, open_to: Open) -> pd.DataFrame:
    """Lay out true gains, customers down and offers across: missing where an offer is truly not open to a customer."""
    wide = truth.assign(offer_id=truth["offer_id"].astype(str)).pivot_table(
        index="customer_id", columns="offer_id", values="net_gain"
    )
    return wide.reindex(index=open_to.allowed.index, columns=open_to.allowed.columns)


def may_be_contacted(gains: pd.DataFrame, open_to: Open) -> pd.DataFrame:
    """Keep the gains of who may be contacted at all: the truth obeys consent, rest and exclusions, too."""
    barred = open_to.obstacle.isin(("refused", "no_consent", "contacted_lately", "excluded"))
    return gains.mask(np.broadcast_to(barred.to_numpy()[:, None], gains.shape))


@unless_unavailable
def share_of_oracle(
    listed: Listed, gains: pd.DataFrame, open_to: Open, catalogue: Catalogue, *, seed: int
) -> Share | Unavailable:
    """Compare the contacts with as many of the truth's own choice: each customer's best offer, the highest first.

    An offer that is truly not open to a customer costs its contact, and brings nothing.
    """
    best = may_be_contacted(gains, open_to)
    return _compared(_gained(listed, gains, catalogue), _top(best, best, listed), seed=seed)


@unless_unavailable
def share_of_ceiling(
    listed: Listed, gains: pd.DataFrame, open_to: Open, catalogue: Catalogue, known: pd.DataFrame, *, seed: int
) -> Share | Unavailable:
    """Compare the contacts with as many chosen by trees that are taught the true gains of the other half of customers.

    That is about as well as anybody could choose by what is known.

    Parameters
    ----------
    known
        What is known of customers.
    """
    may = may_be_contacted(gains, open_to)
    taught = pd.DataFrame(np.nan, index=gains.index, columns=gains.columns)
    half = halves(gains.index)
    for offer in gains:
        has = may[offer].notna().to_numpy()
        if min((has & (half == side)).sum() for side in (0, 1)) < _LEAST:
            continue
        for side in (0, 1):
            fit, use = has & (half != side), has & (half == side)
            model = lgb.LGBMRegressor(**_TREES).fit(known[fit].to_numpy(float), may.loc[fit, offer])
            taught.loc[use, offer] = model.predict(known[use].to_numpy(float))
    if taught.isna().all(axis=None):
        return Unavailable("trials", "few_known", {"least": _LEAST})
    return _compared(_gained(listed, gains, catalogue), _top(taught, may, listed), seed=seed)


def _gained(listed: Listed, gains: pd.DataFrame, catalogue: Catalogue) -> pd.Series:
    sent, costs = listed.contacted, catalogue.offers["contact_cost"]
    rows, columns = gains.index.get_indexer(sent["customer_id"]), gains.columns.get_indexer(sent["offer_id"])
    found = gains.to_numpy()[rows, columns]
    return pd.Series(np.where(np.isnan(found), -costs[sent["offer_id"]].to_numpy(), found), index=sent["customer_id"])


def _top(promised: pd.DataFrame, gains: pd.DataFrame, listed: Listed) -> pd.Series:
    """Give the true gains of the customers for whom most is promised, as many as the list contacts."""
    values = np.where(promised.notna(), promised, -np.inf)
    best = values.argmax(axis=1)
    rows = np.arange(len(values))
    most = values[rows, best]
    first = np.argsort(-most, kind="stable")[: len(listed.contacted)]
    first = first[most[first] > 0]
    return pd.Series(gains.to_numpy()[first, best[first]], index=gains.index[first])


def _compared(ours: pd.Series, others: pd.Series, *, seed: int) -> Share | Unavailable:
    both = pd.concat([ours, others], axis=1, keys=["ours", "others"]).fillna(0.0).to_numpy()
    if not both[:, 1].sum() > 0:
        return Unavailable("trials", "nothing_to_gain")
    totals = np.array([times @ both for times in resampled_counts(len(both), rounds=ROUNDS, seed=seed)])
    low, high = percentiles(totals[:, 0] / totals[:, 1])
    gained, best = both.sum(axis=0)
    return Share(float(gained / best), low, high, float(gained), float(best))
