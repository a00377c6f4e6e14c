"""Which purchases are a thief's: learnt from those disputed in earlier months, tested on the last ones.

In two steps, as cards are many and thieves few. A regression weighs what a purchase alone says; whatever is suspicious
by that, or follows suspicious ones within a day, is screened out of all purchases and scored by boosted trees, which
also see how these weights add up over the account's last hours.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import lightgbm
import numpy as np
import pandas as pd
from ibis.expr.types import Table
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from insight.card.applications import Has, Read
from insight.card.purchases import DAY, asked, before, describe, lately
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import percentiles, resampled_counts

FEWEST = 60  # purchases disputed, of which as many at least as stand for half are learnt from
SETTLE = 1  # months until what was disputed is known
_ROUNDS = 300
_HASH, _LESSON = 97, 3  # of so many purchases that nobody disputed so many are learnt from
_SCREENED = 0.9  # share of purchases whose weight counts for nothing
_KINDS = 60  # of category and channel, the most frequent ones
_TREES: dict[str, Any] = {
    "objective": "cross_entropy", "learning_rate": 0.03, "num_leaves": 12, "feature_fraction": 0.25,
    "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 2.0, "min_data_in_leaf": 20,
    "min_sum_hessian_in_leaf": 1e-3, "verbosity": -1, "deterministic": True, "force_row_wise": True, "num_threads": 1,
}  # fmt: skip
_TURNS = 300
_WORDS = ("category", "channel")
_NO_SIGN = (
    "purchase_id", "customer_id", "account_id", "second", "occurred_on", "month", "posted", "declined", "disputed",
    "lesson",
)  # fmt: skip
MODELS = ("boosting", "forest", "rule")


@dataclass(frozen=True)
class Lesson:
    """The purchases, the months to learn from, and those to test on.

    Attributes
    ----------
    rows
        Every purchase, as :func:`insight.card.purchases.describe` gives it.
    months
        A row per month: ``month, purchases, disputed``.
    learn, test
        First and last month of each.
    """

    rows: Table
    months: pd.DataFrame
    learn: tuple[int, int]
    test: tuple[int, int]


@unless_unavailable
def look(read: Read, has: Has, *, as_of: date) -> Lesson | Unavailable:
    """Describe all purchases up to a day and choose the months."""
    if "disputed" not in read("transactions").columns:
        return Unavailable("fraud", "no_disputes")
    lines = asked(read, has).filter(ibis._.occurred_on <= as_of)
    by = lines.filter(lines.posted).mutate(
        month=lambda t: (t.occurred_on.year() * 12 + t.occurred_on.month() - 1).cast("int64")
    )
    months = by.group_by("month").aggregate(purchases=by.count(), disputed=by.disputed.sum()).to_pandas()
    months = months.sort_values("month", ignore_index=True)
    if months["disputed"].sum() < FEWEST or len(months) < 6:
        return Unavailable("fraud", "few_disputes", {"fewest": FEWEST})
    first, last = int(months["month"].min()), int(months["month"].max())
    test = last - len(months) // 3 + 1
    learn = first + 1, test - 1 - SETTLE
    learnt = months.loc[months["month"].between(*learn), "disputed"].sum()
    if min(learnt, months.loc[months["month"] >= test, "disputed"].sum()) < FEWEST // 3:
        return Unavailable("fraud", "few_disputes", {"fewest": FEWEST})
    rows = describe(lines)
    rows = rows.mutate(lesson=((rows.second + rows["size"]) % _HASH).cast("int32")).cache()
    return Lesson(rows, months, learn, (test, last))


def _signs(rows: Any, log: Callable[[Any], Any]) -> dict[str, Any]:
    """Give what one purchase alone says, of a frame or of a table of the engine."""
    odd, rare, place = rows["odd"] / 1000, rows["rare"] / 1000, rows["place"] / 1000
    new = rows["new"]
    return {
        "odd": odd, "much": odd.clip(lower=0), "odd_square": odd * odd, "own_odd": rows["own_odd"] / 1000, "rare": rare,
        "place": place, "new": new, "known": log(rows["at_merchant"] + 1), "small": rows["small"],
        "before": log(rows["before"] + 1), "just_bound": rows["just_bound"], "new_rare": new * rare,
        "new_place": new * place,
    }  # fmt: skip


def _kind(rows: pd.DataFrame) -> pd.Series:
    return rows["category"].fillna("").astype(str) + "|" + rows["channel"].fillna("").astype(str)


def weigh(lesson: Lesson) -> Table:
    """Weigh what each purchase says alone: thousandths of log-odds above those of nine in ten others."""
    rows = lesson.rows
    learnt = rows.filter(rows.month.between(*lesson.learn), ~rows.declined)
    few = learnt.filter(learnt.disputed | (learnt.lesson < _LESSON)).order_by("second", "purchase_id").to_pandas()
    signs = pd.DataFrame(_signs(few, np.log)).astype(float)
    kinds, parts = _kind(few), few["hour"] // 3
    levels = list(kinds.value_counts().index[:_KINDS])
    coded = np.hstack([signs.to_numpy(), _dummies(kinds, levels), _dummies(parts, list(range(8)))])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.02, solver="newton-cholesky", max_iter=100))
    model.fit(coded, few["disputed"].astype(int))
    weights = model[1].coef_[0] / model[0].scale_
    told = coded @ weights
    base = float(np.quantile(told[~few["disputed"].to_numpy()], _SCREENED))
    n = signs.shape[1]
    value: Any = ibis.literal(-base)
    for weight, sign in zip(weights, _signs(rows, lambda number: number.cast("float64").ln()).values(), strict=False):
        value = value + float(weight) * sign
    kind = rows.category.fill_null("") + "|" + rows.channel.fill_null("")
    value = value + _looked_up(kind, dict(zip(levels, weights[n : n + len(levels)], strict=True)))
    value = value + _looked_up((rows.hour / 3).floor().cast("int64"), dict(enumerate(weights[n + len(levels) :])))
    return rows.mutate(weight=(value * 1000).round().cast("int32"))


def _dummies(values: pd.Series, levels: list) -> np.ndarray:
    return np.column_stack([(values == level).to_numpy(float) for level in levels])


def _looked_up(value: Any, weights: dict[Any, float]) -> Any:
    return value.cases(*((key, float(weight)) for key, weight in weights.items()), else_=0.0)


@dataclass(frozen=True)
class Screened:
    """Purchases that are suspicious, or follow suspicious ones, and all that were disputed.

    Attributes
    ----------
    rows
        A row each, in order of time; ``passed`` says whether the screen alone finds it.
    columns
        What models see.
    screened
        Share of all purchases that the screen finds.
    """

    rows: pd.DataFrame
    columns: list[str]
    screened: float


@unless_unavailable
def screen(lesson: Lesson) -> Screened:
    """Find the purchases that models look at."""
    every = weigh(lesson).cache()
    of_day = every.weight.clip(lower=0).sum().over(before(DAY)).fill_null(0)
    rows = every.mutate(passed=(every.weight.clip(lower=-1000) + of_day) > 0)
    rows = rows.filter(rows.month >= lesson.learn[0], ~rows.declined)
    found = lately(rows.filter(rows.passed | rows.disputed).cache(), every)
    found = found.order_by("second", "purchase_id").to_pandas()
    total = lesson.months.loc[lesson.months["month"] >= lesson.learn[0], "purchases"].sum()
    found[list(_WORDS)] = found[list(_WORDS)].astype("category")
    columns = [name for name in found if name not in (*_NO_SIGN, "passed")]
    return Screened(found, columns, float(found["passed"].sum() / total))


def coded(rows: pd.DataFrame, columns: list[str]) -> np.ndarray:
    """Give what models see as numbers, words by their place in the alphabet."""
    return np.column_stack(
        [rows[name].cat.codes if name in _WORDS else rows[name].to_numpy(np.float32) for name in columns]
    ).astype(np.float32)


def boost(seen: np.ndarray, target: np.ndarray, weight: np.ndarray, *, seed: int) -> lightgbm.Booster:
    """Fit boosted trees to labels, or to chances."""
    data = lightgbm.Dataset(seen, target, weight=weight)
    return lightgbm.train({**_TREES, "seed": seed}, data, num_boost_round=_TURNS)


def average_precision(labels: np.ndarray, scores: np.ndarray, times: np.ndarray | None = None) -> float:
    """Give the mean precision at each label, from the highest score down; what scores minus infinity is not found.

    Examples
    --------
    >>> average_precision(np.array([1, 0, 1, 0]), np.array([0.9, 0.8, 0.7, 0.1]))
    0.8333333333333333
    """
    order = np.argsort(-scores, kind="stable")
    weight = np.ones(len(labels)) if times is None else times
    return _average(labels[order], np.isfinite(scores[order]), weight[order])


def _average(labels: np.ndarray, there: np.ndarray, weight: np.ndarray) -> float:
    """Give the average precision of labels in order of their scores."""
    found, counts = weight * labels, weight.cumsum()
    precise = np.divide(found.cumsum(), counts, out=np.zeros(len(found)), where=counts > 0)
    return float((precise * found)[there].sum() / max(found.sum(), 1e-12))


@dataclass(frozen=True)
class Ranked:
    """The test months' purchases with scores, the highest first where suspicious.

    Attributes
    ----------
    rows
        ``purchase_id, account_id, second, occurred_on, month, amount, posted, disputed``, and each of `MODELS`.
    compared
        A row for each: ``model, precision, low, high`` (average precision, 95% from resampled accounts).
    model
        The boosted trees.
    """

    rows: pd.DataFrame
    compared: pd.DataFrame
    model: lightgbm.Booster


@unless_unavailable
def backtest(found: Screened, lesson: Lesson, *, seed: int) -> Ranked:
    """Learn from the earlier months and score the last ones, beside a forest that knows no labels and a plain rule."""
    rows = found.rows
    learn = (
        rows["month"].between(*lesson.learn).to_numpy()
        & (rows["disputed"] | (rows["lesson"] < 10 * _LESSON)).to_numpy()
    )
    labels = rows["disputed"].to_numpy(float)
    seen = coded(rows, found.columns)
    weight = np.where(labels > 0, 1.0, _HASH / (10 * _LESSON))
    model = boost(seen[learn], labels[learn], weight[learn], seed=seed)
    test = rows["month"].ge(lesson.test[0]).to_numpy()
    late = rows.loc[
        test, ["purchase_id", "account_id", "second", "occurred_on", "month", "amount", "posted", "disputed"]
    ]
    late = late.assign(passed=rows.loc[test, "passed"]).reset_index(drop=True)
    forest = IsolationForest(
        n_estimators=200, max_samples=min(4096, int(learn.sum())), random_state=seed, n_jobs=1
    ).fit(_filled(seen[learn]))
    scores = {
        "boosting": np.asarray(model.predict(seen[test], num_threads=1)),
        "forest": -forest.score_samples(_filled(seen[test])),
        "rule": (rows["excess"] + rows["excess_24h"])[test].to_numpy(float),
    }
    for name, score in scores.items():
        late[name] = np.where(late["passed"], score, -np.inf)
    posted = late["posted"].to_numpy()
    drawn = resampled(late[posted], {name: late.loc[posted, name].to_numpy() for name in MODELS}, seed=seed)
    compared = [
        (name, average_precision(late.loc[posted, "disputed"].to_numpy(float), late.loc[posted, name].to_numpy()),
         *percentiles(drawn[name])) for name in MODELS
    ]  # fmt: skip
    return Ranked(late, pd.DataFrame(compared, columns=["model", "precision", "low", "high"]), model)


def _filled(seen: np.ndarray) -> np.ndarray:
    return np.nan_to_num(seen, nan=-1.0)


def resampled(rows: pd.DataFrame, scores: dict[str, np.ndarray], *, seed: int) -> dict[str, np.ndarray]:
    """Give the average precision of each score on resampled accounts, the same ones for all."""
    labels = rows["disputed"].to_numpy(float)
    _, place = np.unique(rows["account_id"].to_numpy().astype(str), return_inverse=True)
    orders = {name: np.argsort(-score, kind="stable") for name, score in scores.items()}
    sorted_ = {name: (labels[at], np.isfinite(scores[name][at]), place[at]) for name, at in orders.items()}
    drawn: dict[str, list[float]] = {name: [] for name in scores}
    for counts in resampled_counts(int(place.max()) + 1, rounds=_ROUNDS, seed=seed):
        for name, (told, there, whose) in sorted_.items():
            drawn[name].append(_average(told, there, counts[whose].astype(float)))
    return {name: np.array(values) for name, values in drawn.items()}


@dataclass(frozen=True)
class Ceiling:
    """Average precision of the model, and of one that is taught the truth of other accounts, with their gap."""

    value: float
    own_low: float
    own_high: float
    ceiling: float
    low: float
    high: float
    gap: float
    gap_low: float
    gap_high: float
    oracle: float


@unless_unavailable
def near_truth(
    found: Screened, tested: Ranked, lesson: Lesson, true: pd.DataFrame | Unavailable, *, seed: int
) -> Ceiling:
    """Measure the model beside what can be known: the same trees, taught the true chances of other accounts.

    Parameters
    ----------
    true
        ``purchase_id, chance``; those not named have next to none.
    """
    assert isinstance(true, pd.DataFrame)
    rows = found.rows
    chance = rows["purchase_id"].map(true.set_index("purchase_id")["chance"]).fillna(0.0).to_numpy()
    seen, half = coded(rows, found.columns), pd.factorize(rows["account_id"])[0] % 2 == 0
    told = (chance > 0) | (rows["lesson"] < 10 * _LESSON).to_numpy()
    weight = np.where(chance > 0, 1.0, _HASH / (10 * _LESSON))
    test = rows["month"].ge(lesson.test[0]).to_numpy()
    best = np.zeros(len(rows))
    for own in (half, ~half):
        model = boost(seen[told & own], chance[told & own], weight[told & own], seed=seed)
        best[test & ~own] = np.asarray(model.predict(seen[test & ~own], num_threads=1))
    late = tested.rows
    posted = late["posted"].to_numpy()
    scores = {
        "own": late.loc[posted, "boosting"].to_numpy(),
        "best": np.where(late["passed"], best[test], -np.inf)[posted],
    }
    labels = late.loc[posted, "disputed"].to_numpy(float)
    drawn = resampled(late[posted], scores, seed=seed)
    value, ceiling = (average_precision(labels, score) for score in scores.values())
    gaps = percentiles(drawn["best"] - drawn["own"])
    oracle = average_precision(labels, chance[test][posted])
    return Ceiling(
        value, *percentiles(drawn["own"]), ceiling, *percentiles(drawn["best"]), ceiling - value, *gaps, oracle
    )
