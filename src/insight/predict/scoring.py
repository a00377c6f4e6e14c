"""Everyone scored as of the last day that counts, and gathered by how much is at risk."""

import numpy as np
import pandas as pd

from insight.predict.churn import MODELS
from insight.predict.design import ALIVE, LABEL
from insight.predict.histories import WEEK
from insight.predict.leaks import usable_features
from insight.predict.purchases import Purchasing, chance_alive, chance_silent

RISK_BANDS = ("highest tenth", "next two tenths", "other active", "silent")


def score_active(examples: pd.DataFrame, today: pd.DataFrame, *, model: str, seed: int) -> pd.Series:
    """Score the active customers by a model trained on every cut whose window has passed.

    Parameters
    ----------
    examples
        As :func:`insight.predict.design.collect_examples` makes them.
    today
        The active customers as of the last day, described likewise.
    model
        ``boosting`` or ``logistic``.

    Returns
    -------
    Series
        Chance of no purchase within the next window, by ``customer_id``.
    """
    features, _ = usable_features(examples.drop(columns=[LABEL, ALIVE]))
    score = MODELS[model](examples, features, seed=seed)
    chances = score(today) if len(today) else np.empty(0)
    return pd.Series(chances, index=today.index, name="churn_probability", dtype=float)


def score_everyone(
    histories: pd.DataFrame,
    *,
    window: int | None,
    purchasing: Purchasing | None,
    active: pd.Series | None = None,
    model: str | None = None,
) -> pd.DataFrame:
    """Put the scores of active and of silent customers together: the ``churn_scores`` table.

    A churn model is trained on customers who were active at a cut and says nothing of those who
    have been silent for longer than the window; for them the purchase model speaks, and for
    everyone where there is no churn model.

    Parameters
    ----------
    histories
        As of the last day that counts, see :func:`insight.predict.histories.summarise_histories`.
    window
        Days of silence that count as churn, if known.
    purchasing
        A BG/NBD model, if it could be fitted.
    active
        From :func:`score_active`, if there is a model.
    model
        Its name.

    Returns
    -------
    DataFrame
        As ``contracts/predict.py`` describes it.
    """
    rows = histories[["silent_days"]].copy()
    if window is None:
        rows["status"] = "unknown"
    else:
        rows["status"] = np.where(rows["silent_days"] < window, "active", "silent")
    has_purchasing = purchasing is not None and window is not None
    rows["churn_probability"] = chance_silent(purchasing, histories, weeks=window / WEEK) if has_purchasing else np.nan
    rows["scored_by"] = "purchase model" if has_purchasing else "nothing"
    if active is not None:
        known = rows.index.intersection(active.index)
        rows.loc[known, "churn_probability"] = active[known]
        rows.loc[known, "scored_by"] = model
    rows[ALIVE] = chance_alive(purchasing, histories) if purchasing is not None else np.nan
    order = ["status", "silent_days", "churn_probability", ALIVE, "scored_by"]
    return rows[order].reset_index()


def tabulate_risk(scores: pd.DataFrame, value: pd.DataFrame, spent: pd.Series) -> pd.DataFrame:
    """Gather customers by how likely they are to leave, and say what they spend.

    Parameters
    ----------
    scores
        The ``churn_scores`` table.
    value
        The ``value`` table.
    spent
        Net spend of the days before, as many as value looks ahead, by ``customer_id``.

    Returns
    -------
    DataFrame
        One row per band of :data:`RISK_BANDS`: ``customers, leaving`` (mean chance), ``spent``,
        ``expected`` (both in total). Ties in the chance go by ``customer_id``.
    """
    frame = scores.merge(value[["customer_id", "expected_value"]], on="customer_id")
    frame["spent"] = spent.reindex(frame["customer_id"]).to_numpy()
    ordered = frame.sort_values(["churn_probability", "customer_id"], ascending=[False, True])
    is_active = (ordered["status"] == "active").to_numpy()
    place = np.cumsum(is_active) - 1
    tenth = place * 10 // max(int(is_active.sum()), 1)
    number = np.where(~is_active, 3, np.where(tenth < 1, 0, np.where(tenth < 3, 1, 2)))
    grouped = ordered.groupby(number)
    table = pd.DataFrame(
        {
            "customers": grouped.size(),
            "leaving": grouped["churn_probability"].mean(),
            "spent": grouped["spent"].sum(),
            "expected": grouped["expected_value"].sum(min_count=1),
        }
    ).reindex(range(len(RISK_BANDS)))
    table["customers"] = table["customers"].fillna(0).astype(int)
    table.insert(0, "band", RISK_BANDS)
    return table
