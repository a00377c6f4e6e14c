"""How likely each customer is to buy from each product group in the coming weeks.

There are two ways of ranking with probabilities, trees and the customer's own habit; later weeks say which is used.
Two halves of the customers, drawn by a hash, are each scored by trees that learnt from the other
half and from earlier weeks: nobody is tested on what the model has seen of them.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol

import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.isotonic import IsotonicRegression

from insight.errors import Unavailable, unless_unavailable
from insight.predict.propensity.habits import Past, Picture
from insight.predict.propensity.ranking import calibration, compare_rankings

PAST_CUTS = 3  # how many windows of the past are learnt from, at most
MIN_CUSTOMERS = 50
#: There is no model, and what rests on it cannot be had.
TOO_LITTLE = Unavailable("offer", "too_little", {"min_customers": MIN_CUSTOMERS})
#: Which groups a ranking is measured over: all, or those that the customer has not bought lately.
ALL, NOT_LATELY = "all", "not_lately"
#: Rankings by name: the model's, and the two plain ones to beat.
MODEL, HABIT, POPULAR = "model", "own_habit", "most_popular"
_TREES = 100
_LEARN_FROM = 200_000  # customers times groups times cuts, for each half: more make small trees no better
_TO_ORDER = 1e-6
_BOOSTING = {
    "objective": "binary",
    "learning_rate": 0.12,
    "num_leaves": 7,  # small trees and a penalty: chosen on an earlier window than the one reported
    "lambda_l2": 5.0,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


@dataclass(frozen=True)
class Cuts:
    """Where the past is cut: what is tested on, and what is learnt from, all earlier."""

    test: int
    past: tuple[int, ...]

    def known_until(self, as_of: date) -> date:
        """Give the last day that lies before everything that is learnt or tested."""
        return as_of - timedelta(weeks=max(self.past))


def plan_cuts(days_known: int, *, weeks: int) -> Cuts | None:
    """Cut the past into windows of ``weeks``: the last one to test on, up to three before it to learn from.

    Before the earliest cut a window must be left to describe habits from; none when the days do
    not reach.

    Examples
    --------
    >>> plan_cuts(364, weeks=4)
    Cuts(test=4, past=(8, 12, 16))
    >>> plan_cuts(90, weeks=4)
    Cuts(test=4, past=(8,))
    >>> plan_cuts(60, weeks=4) is None
    True
    """
    past = tuple(cut for cut in range(2 * weeks, (PAST_CUTS + 2) * weeks, weeks) if (cut + weeks) * 7 <= days_known)
    return Cuts(weeks, past) if past else None


class Ranking(Protocol):
    """A way of ranking product groups for each customer by probabilities, learnt from the past."""

    def probabilities(self, picture: Picture) -> np.ndarray:
        """Give the probability of a purchase, customers down and groups across."""


@dataclass(frozen=True)
class Model:
    """Two halves of the customers, each scored by trees that learnt from the other half."""

    boosters: tuple[lgb.Booster, lgb.Booster]
    features: tuple[str, ...]

    def probabilities(self, picture: Picture) -> np.ndarray:
        """Give the probability of a purchase, customers down and groups across."""
        if tuple(picture.features) != self.features:
            raise ValueError("the features are not those that the model learnt from")
        rows, half = picture.rows(), np.repeat(halves(picture.customers), len(picture.groups))
        scores = np.empty(len(rows))
        for side, booster in enumerate(self.boosters):
            scores[half == side] = booster.predict(rows[half == side]) if (half == side).any() else 0.0
        return scores.reshape(len(picture.customers), len(picture.groups))


@dataclass(frozen=True)
class Habit:
    """Customers' own habits, with the share of such habits that was followed by a purchase."""

    followed: IsotonicRegression

    def probabilities(self, picture: Picture) -> np.ndarray:
        """Give the probability of a purchase, customers down and groups across, in the order of the habit."""
        habit = own_habit(picture)
        followed = self.followed.predict(habit.ravel()).reshape(habit.shape)
        return (1 - _TO_ORDER) * followed + _TO_ORDER * habit / (1 + habit)  # habits that fare alike stay in order


def halves(customers: pd.Index) -> np.ndarray:
    """Put each customer into half 0 or 1 by a hash of the id, the same in every run and at every cut."""
    return np.array([hashlib.sha256(f"half:{one}".encode()).digest()[0] % 2 for one in customers], dtype=int)


def fit(past: Sequence[tuple[Picture, np.ndarray]], *, seed: int) -> Model:
    """Learn the probability of a purchase from cuts of the past, for each half from the other one.

    Parameters
    ----------
    past
        For each cut what was known and what was then bought (`bought_after`).
    seed
        Of LightGBM.

    Raises
    ------
    ValueError
        If a half has only purchases, or none: then there is nothing to learn.
    """
    rows = np.concatenate([picture.rows() for picture, _ in past])
    labels = np.concatenate([(bought > 0).ravel() for _, bought in past])
    half = np.concatenate([np.repeat(halves(picture.customers), len(picture.groups)) for picture, _ in past])
    first, second = (_fit_half(rows[half != side], labels[half != side], seed=seed) for side in (0, 1))
    return Model((first, second), tuple(past[0][0].features))


def _fit_half(rows: np.ndarray, labels: np.ndarray, *, seed: int) -> lgb.Booster:
    if labels.all() or not labels.any():
        raise ValueError("one half of the customers has only one outcome: nothing to learn")
    if (rows == rows[:1]).all():
        raise ValueError("one half of the customers is all alike: nothing to learn from")
    if len(rows) > _LEARN_FROM:
        some = np.sort(np.random.default_rng(seed).choice(len(rows), _LEARN_FROM, replace=False))
        rows, labels = rows[some], labels[some]
    # With few rows, fewer trees: probabilities then stay near the mean instead of following noise.
    trees, leaf = min(_TREES, max(50, len(labels) // 20)), min(100, max(20, len(labels) // 10))
    return lgb.train({**_BOOSTING, "seed": seed, "min_data_in_leaf": leaf}, lgb.Dataset(rows, labels), trees)


def fit_habit(past: Sequence[tuple[Picture, np.ndarray]]) -> Habit:
    """Learn from cuts of the past how often a habit was followed by a purchase (isotonic regression)."""
    habits = np.concatenate([own_habit(picture).ravel() for picture, _ in past])
    came = np.concatenate([(bought > 0).ravel() for _, bought in past])
    return Habit(IsotonicRegression(out_of_bounds="clip").fit(habits, came))


def learn(past: Sequence[tuple[Picture, np.ndarray]], *, way: str, seed: int) -> Ranking:
    """Learn one way of ranking, `MODEL` or `HABIT`, from cuts of the past, as `fit` takes them."""
    return fit(past, seed=seed) if way == MODEL else fit_habit(past)


@dataclass(frozen=True)
class Backtest:
    """The ways of ranking tested on the last window, with their probabilities for the next one.

    Attributes
    ----------
    then, bought, now
        What was known before the last window, what was bought in it, and what is known now.
    then_by, now_by
        Probabilities made from what was known then, and from what is known now, by way of ranking.
    way
        The way in use.
    """

    then: Picture
    bought: np.ndarray
    now: Picture
    then_by: Mapping[str, np.ndarray]
    now_by: Mapping[str, np.ndarray]
    way: str = MODEL

    @property
    def then_scores(self) -> np.ndarray:
        """Give the probabilities made for the last window by the way in use."""
        return self.then_by[self.way]

    @property
    def now_scores(self) -> np.ndarray:
        """Give the probabilities made for the next window by the way in use."""
        return self.now_by[self.way]

    def by(self, way: str) -> "Backtest":
        """Give the same with another way of ranking in use."""
        return replace(self, way=way)

    def rankings(self) -> dict[str, np.ndarray]:
        """Give the rankings of the test by name: those with probabilities, and popularity, to be beaten."""
        return {**self.then_by, POPULAR: popularity(self.then)}


@unless_unavailable
def backtest(past: Past, *, cuts: Cuts | None, seed: int) -> Backtest | Unavailable:
    """Learn from the past cuts, score the test cut and today.

    Returns
    -------
    Backtest or Unavailable
        `TOO_LITTLE` to learn from: no past cut, a single group, fewer than 50 customers, or one
        outcome only.
    """
    if cuts is None or len(past.groups) < 2 or len(past.at(cuts.past[-1])[0].customers) < MIN_CUSTOMERS:
        return TOO_LITTLE
    try:
        learnt = {way: learn([past.at(cut) for cut in cuts.past], way=way, seed=seed) for way in (MODEL, HABIT)}
    except ValueError:
        return TOO_LITTLE
    (then, bought), (now, _nothing_yet) = past.at(cuts.test), past.at(0)
    then_by, now_by = (
        {way: ranking.probabilities(picture) for way, ranking in learnt.items()} for picture in (then, now)
    )
    return Backtest(then, bought, now, then_by, now_by)


@unless_unavailable
def measure(tested: Backtest, *, k: int, seed: int, rest_weeks: int) -> pd.DataFrame | Unavailable:
    """Measure the rankings on the test window.

    Parameters
    ----------
    tested
        From `backtest`.
    k, seed
        As for `insight.predict.propensity.ranking.compare_rankings`.
    rest_weeks
        Groups that a customer has bought in this many weeks before are not ranked in the second part.

    Returns
    -------
    DataFrame
        As `compare_rankings` gives it, with ``scope``: first `ALL` groups, then those `NOT_LATELY`
        bought. Unavailable where nobody bought from any group in the test window.
    """
    scopes = {ALL: tested.then.rested(0), NOT_LATELY: tested.then.rested(rest_weeks)}
    measured = {
        scope: compare_rankings(tested.rankings(), tested.bought > 0, k=k, seed=seed, allowed=allowed)
        for scope, allowed in scopes.items()
    }
    if measured[ALL].empty:
        return Unavailable("offer", "no_purchases")
    return pd.concat([found.assign(scope=scope) for scope, found in measured.items() if len(found)], ignore_index=True)


@unless_unavailable
def calibrate(tested: Backtest) -> pd.DataFrame | Unavailable:
    """Compare expected with observed shares of purchases in the test window (`calibration`)."""
    found = calibration(tested.then_scores, tested.bought > 0)
    return found if len(found) else TOO_LITTLE


def popularity(picture: Picture) -> np.ndarray:
    """Score groups by the share of customers who bought lately: the same for everyone, the baseline to beat."""
    return picture.features["popularity_recent"] + 1e-6 * picture.features["popularity_season"]


def own_habit(picture: Picture) -> np.ndarray:
    """Score groups by the share of weeks in which the customer bought from them, ties by popularity: a plain rule."""
    return (picture.features["weeks"] + popularity(picture)) / (picture.features["customer_tenure"] + 1)


def spend_per_week(picture: Picture) -> np.ndarray:
    """Expect what a week brings in which the customer buys from the group.

    The customer's own mean, drawn towards everyone's mean with the weight of one week, so that a
    customer who never bought from the group is expected to spend what others do.
    """
    weeks, spend = picture.features["weeks"], picture.features["spend"]
    everyone = spend.sum(axis=0) / np.maximum(weeks.sum(axis=0), 1.0)
    return (spend + everyone) / (weeks + 1.0)
