"""Everyone scored as of the last day that counts, and gathered by how much is at risk."""

from collections.abc import Collection
from dataclasses import dataclass, field

import ibis
import numpy as np
import pandas as pd

from insight.errors import Unavailable, unless_unavailable
from insight.intervals import forecast_interval
from insight.predict.churn.backtest import FEWEST_CUSTOMERS, probabilities
from insight.predict.churn.design import ALIVE, LABEL, Cuts, describe_customers, learnable
from insight.predict.churn.leaks import usable_features
from insight.predict.churn.models import MODELS
from insight.predict.churn.window import Window
from insight.predict.histories import WEEK, summarise_histories
from insight.predict.reasons import MOST, Reasons, drivers, find_reasons
from insight.predict.value.purchases import chance_alive, chance_silent, count_patterns, fit_purchasing
from insight.predict.value.value import ValueModel

RISK_BANDS = ("highest tenth", "next two tenths", "other active", "churned")


@dataclass(frozen=True)
class Scored:
    """The customers active today, scored.

    Parameters
    ----------
    probability
        Of no purchase within the next window, by ``customer_id``.
    reasons, drivers
        Why, of each and of all, see `insight.predict.reasons`; not for the purchase model, which knows days alone.
    features
        What was known of each.
    """

    probability: pd.Series
    reasons: Reasons | Unavailable
    drivers: pd.DataFrame | Unavailable
    features: pd.DataFrame = field(default_factory=pd.DataFrame)


@unless_unavailable
def score_today(
    transactions: ibis.Table,
    daily: ibis.Table,
    examples: pd.DataFrame,
    *,
    cuts: Cuts,
    model: str,
    trend_days: int,
    refused: Collection[str] = (),
    seed: int,
) -> Scored:
    """Score the customers active today, with reasons, by a model trained on every cut whose window has passed.

    Parameters
    ----------
    transactions, daily, trend_days
        As :func:`insight.predict.churn.design.describe_customers` takes them.
    examples
        As :func:`insight.predict.churn.design.collect_examples` makes them.
    model
        ``boosting``, ``logistic`` or ``chance_silent``, the purchase model.
    refused
        Features that it is not given.

    Returns
    -------
    Scored
        Reasons are `Unavailable` (``no_features``) where the purchase model scores or nobody is active.
    """
    today = describe_customers(transactions, daily, cut=cuts.today, cuts=cuts, trend_days=trend_days)
    features, _ = usable_features(learnable(examples, refused=refused))
    if model not in MODELS or today.empty:
        found = probabilities(model, examples, today, features=features, seed=seed) if len(today) else np.empty(0)
        none = Unavailable("churn", "no_features")
        return Scored(_probability(found, today), none, none, today)
    fitted = MODELS[model](examples, features, seed=seed)
    parts = fitted.contributions(today)[features]
    reasons = find_reasons(parts, today[features], examples[features])
    return Scored(_probability(fitted(today), today), reasons, drivers(parts, today[features], reasons), today)


def _probability(found: np.ndarray, today: pd.DataFrame) -> pd.Series:
    return pd.Series(found, index=today.index, name="churn_probability", dtype=float)


def score_everyone(
    histories: pd.DataFrame,
    *,
    window: Window | Unavailable,
    value_model: ValueModel | Unavailable,
    active: Scored | Unavailable,
    model: str | Unavailable,
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
        Days of silence that count as churn.
    value_model
        Whose purchase model is asked.
    active
        From :func:`score_today`.
    model
        Name of the churn model.

    Returns
    -------
    DataFrame
        As ``contracts/predict.py`` describes it.
    """
    rows = histories[["silent_days"]].copy()
    rows["status"] = np.where(rows["silent_days"] < window.days, "active", "churned") if window else "unknown"
    rows["churn_probability"], rows["scored_by"] = np.nan, "nothing"
    if window and value_model:
        rows["churn_probability"] = chance_silent(value_model.purchasing, histories, weeks=window.days / WEEK)
        rows["scored_by"] = "purchase model"
    codes = pd.DataFrame({f"reason_{at + 1}": None for at in range(MOST)}, index=rows.index, dtype=object)
    if not isinstance(active, Unavailable):
        known = rows.index.intersection(active.probability.index)
        rows.loc[known, "churn_probability"] = active.probability[known]
        rows.loc[known, "scored_by"] = model if model in MODELS else "purchase model"
        if active.reasons:
            codes = active.reasons.codes().reindex(rows.index)
    rows[ALIVE] = chance_alive(value_model.purchasing, histories) if value_model else np.nan
    order = ["status", "silent_days", "churn_probability", ALIVE, "scored_by"]
    return rows[order].join(codes).reset_index()


def tabulate_risk(scores: pd.DataFrame, value: pd.DataFrame, spent: pd.Series) -> pd.DataFrame:
    """Gather customers by how likely they are to leave, and say what they spend.

    Parameters
    ----------
    scores
        The ``churn_scores`` table.
    value
        With ``expected_value``, by ``customer_id``.
    spent
        Net spend of the days before, as many as value looks ahead, by ``customer_id``.

    Returns
    -------
    DataFrame
        One row per band of :data:`RISK_BANDS`: ``customers, probability`` (mean), and in total
        ``spent``, ``at_stake`` (each one's probability times what they spent) and ``expected``. Who got back
        more than they paid has spent nothing. Ties in the probability go by ``customer_id``.
    """
    ordered = scores.sort_values(["churn_probability", "customer_id"], ascending=[False, True])
    is_active = (ordered["status"] == "active").to_numpy()
    tenth = (np.cumsum(is_active) - 1) * 10 // max(int(is_active.sum()), 1)
    band = np.where(~is_active, 3, np.where(tenth < 1, 0, np.where(tenth < 3, 1, 2)))
    ids = ordered["customer_id"]
    frame = pd.DataFrame(
        {
            "band": pd.Categorical.from_codes(band, RISK_BANDS),
            "probability": ordered["churn_probability"].to_numpy(),
            "spent": spent.reindex(ids).clip(lower=0).to_numpy(),
            "expected": value["expected_value"].reindex(ids).to_numpy(),
        }
    )
    frame["at_stake"] = frame["probability"] * frame["spent"]
    grouped = frame.groupby("band", observed=False)
    counted = pd.DataFrame({"customers": grouped.size(), "probability": grouped["probability"].mean()})
    totals = grouped[["spent", "at_stake", "expected"]].sum(min_count=1)
    return counted.join(totals).reset_index().astype({"band": str})


@unless_unavailable
def past_stakes(
    daily: ibis.Table,
    examples: pd.DataFrame,
    *,
    cuts: Cuts,
    model: str,
    days: int,
    refused: Collection[str] = (),
    seed: int,
) -> pd.DataFrame:
    """Compare what was at stake at past cuts with what those spent who then churned.

    Parameters
    ----------
    examples
        As :func:`insight.predict.churn.design.collect_examples` makes them.
    model
        As for :func:`score_today`; trained on the cuts before each one, as today's is.
    refused
        As for :func:`score_today`.
    days
        Days up to a cut whose spend may be lost.

    Returns
    -------
    DataFrame
        By ``cut``, from the second on: ``expected, lost``, and ``noise`` (standard error of their ratio from sampling).
    """
    features, _ = usable_features(learnable(examples, refused=refused))
    at = examples.index.get_level_values("cut")
    rows = {}
    for cut in cuts.labelled[1:]:
        known, then = examples[at < cut], examples[at == cut].droplevel("cut")
        if known[LABEL].nunique() < 2:
            continue
        spent = summarise_histories(daily, cut=cut, ahead_days=days)["spend_before"].reindex(then.index).clip(lower=0)
        expected = probabilities(model, known, then, features=features, seed=seed) * spent
        lost = then[LABEL] * spent
        noise = np.sqrt(((lost / lost.sum() - expected / expected.sum()) ** 2).sum())
        rows[cut] = {"expected": expected.sum(), "lost": lost.sum(), "noise": noise}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["expected", "lost", "noise"]).rename_axis("cut")


@dataclass(frozen=True)
class Stake:
    """What active customers ``spent``, what of it is ``at_stake``, and the parts of the ``first`` and next bands.

    ``low`` and ``high`` bound what is at stake, 95%, by how far it was off on so many ``tests`` in the past.
    """

    spent: float
    at_stake: float
    low: float
    high: float
    tests: int
    first: float
    second: float


@unless_unavailable
def stake(bands: pd.DataFrame, past: pd.DataFrame) -> Stake | Unavailable:
    """Add up the spend at stake of the active customers of `tabulate_risk`, no more than they spent.

    Returns
    -------
    Stake or Unavailable
        ``stake`` where nothing was at stake, or lost, at any past cut: there is no interval then.

    Examples
    --------
    >>> bands = {"band": RISK_BANDS, "spent": [90.0, 60.0, 50.0, 7.0], "at_stake": [30.0, 15.0, 5.0, 7.0]}
    >>> past = pd.DataFrame({"expected": [50.0, 40.0], "lost": [55.0, 36.0], "noise": 0.05})
    >>> found = stake(pd.DataFrame(bands), past)
    >>> found.spent, found.at_stake, round(found.low), round(found.high), found.tests, found.first
    (200.0, 50.0, 32, 77, 2, 0.6)
    """
    tested = past[(past["expected"] > 0) & (past["lost"] > 0)]
    if tested.empty:
        return Unavailable("value", "stake")
    active = bands[bands["band"] != RISK_BANDS[-1]]
    spent, at_stake = float(active["spent"].sum()), float(active["at_stake"].sum())
    errors = np.log(tested["lost"] / tested["expected"]).to_numpy()
    low, high = forecast_interval(at_stake, errors, noise=tested["noise"].to_numpy(), periods=len(tested))
    first, second = (float(active["at_stake"].iloc[place] / max(at_stake, 0.01)) for place in (0, 1))
    return Stake(spent, at_stake, low, min(high, spent), len(tested), first, second)


@dataclass(frozen=True)
class SilentTest:
    """How the purchase model fared on those silent for longer than a window at the test cut."""

    customers: int
    predicted: float
    observed: float


@unless_unavailable
def judge_silent(daily: ibis.Table, *, cuts: Cuts) -> SilentTest | None:
    """Compare the probability to stay away with who did, for customers that no churn model speaks of.

    Returns
    -------
    SilentTest or None
        ``None`` with fewer than 50 such customers, or without a purchase model.
    """
    histories = summarise_histories(daily, cut=cuts.test, ahead_days=cuts.window)
    model = fit_purchasing(count_patterns(histories))
    silent = histories[histories["silent_days"] >= cuts.window]
    if model is None or len(silent) < FEWEST_CUSTOMERS:
        return None
    probabilities = chance_silent(model, silent, weeks=cuts.window / WEEK)
    return SilentTest(len(silent), float(probabilities.mean()), float((silent["purchases_later"] == 0).mean()))
