"""Who of the accounts that are not past due will be within twelve months: tested on earlier months, scored today."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from insight.card.applications import Has, Read
from insight.card.arrears import YEAR, Arrears, month_of
from insight.card.seen import HISTORY, Panel, panel, went_bad
from insight.card.truth import Rungs, rungs, teach
from insight.errors import Unavailable, unless_unavailable
from insight.predict.labelled.backtest import auc, scores_of
from insight.predict.labelled.models import MODELS
from insight.predict.scorecard.strength import Strength, separate
from insight.predict.uplift.months import day_of

HORIZON = YEAR  # months ahead
MOST_DAYS = 3  # that a model learns from
_STEP = 2  # months between them
FEWEST_AHEAD, FEWEST_BAD, FEWEST_TRUE = 3, 30, 200  # months, accounts, accounts
GRADES = (0.005, 0.01, 0.03, 0.1)  # probabilities at which the grades B to E begin


@dataclass(frozen=True)
class Days:
    """The days that a test, and a score of today, need.

    Attributes
    ----------
    taught
        Days of the test that models learn from, what came after them known on ``test``.
    ahead
        Months ahead that these look: twelve, fewer where the data are short.
    test
        The day of the test: twelve months before the last.
    learnt
        Days that the score of today is learnt from.
    last
        The first day after the last month that is over.
    """

    taught: tuple[date, ...]
    ahead: int
    test: date
    learnt: tuple[date, ...]
    last: date


@unless_unavailable
def days_of(followed: Arrears, *, as_of: date) -> Days | Unavailable:
    """Give the days to look from, by the months that have statements."""
    first, last = int(followed.standing["month"].min()), month_of(as_of + timedelta(days=1))
    test = last - HORIZON
    ahead = min(HORIZON, test - first - HISTORY)
    if ahead < FEWEST_AHEAD:
        return Unavailable("behaviour", "few_months", {"months": HISTORY + FEWEST_AHEAD + HORIZON})

    def back(month: int) -> tuple[date, ...]:
        months = range(month, first + HISTORY - 1, -_STEP)
        return tuple(map(day_of, list(months)[:MOST_DAYS]))

    return Days(back(test - ahead), ahead, day_of(test), back(test), day_of(last))


class Model:
    """Two models of who falls behind, whose log-odds are averaged: boosted trees, and a regression."""

    def __init__(self, rows: pd.DataFrame, labels: np.ndarray, *, seed: int) -> None:
        self.columns = [name for name in rows if rows[name].notna().any()]  # others are not known so early
        self.models = [MODELS[name](rows[self.columns], labels, seed=seed) for name in ("boosting", "logistic")]

    def log_odds(self, rows: pd.DataFrame) -> np.ndarray:
        """Give the mean log-odds."""
        return np.mean([scores_of(model, rows[self.columns]) for model in self.models], axis=0)


@dataclass(frozen=True)
class Foreseen:
    """How accounts were ranked twelve months before the last day, and what came of them.

    Attributes
    ----------
    labels
        Who was 90 days past due within twelve months.
    probability
        As it was foreseen.
    strength
        How well that ranks; ``plain`` is the AUC of what is owed of the limit.
    """

    day: date
    ahead: int
    labels: pd.Series
    probability: pd.Series
    strength: Strength
    plain: float


@unless_unavailable
def backtest(read: Read, has: Has, days: Days, *, seed: int) -> Foreseen | Unavailable:
    """Learn from earlier days what was known on the day of the test, and see what came in twelve months."""
    told = panel(read, has, (*days.taught, days.test))
    learnt, new = told.on(days.taught), told.on((days.test,))
    labels = np.concatenate([went_bad(read, has, told, day, months=days.ahead) for day in days.taught])
    came = went_bad(read, has, told, days.test, months=HORIZON)
    if min(labels.sum(), came.sum()) < FEWEST_BAD:
        return Unavailable("behaviour", "few_bad", {"fewest": FEWEST_BAD})
    odds = Model(told.features[learnt], labels, seed=seed).log_odds(told.features[new])
    chance = 1 - (1 - 1 / (1 + np.exp(-odds))) ** (HORIZON / days.ahead)
    y, index = pd.Series(came), told.features["used"][new].fillna(0).to_numpy()
    strength = separate(y, pd.Series(chance), groups=told.customers[new], seed=seed)
    return Foreseen(days.test, days.ahead, y, pd.Series(chance), strength, auc(came, index))


@dataclass(frozen=True)
class Today:
    """Accounts at the end of the last month with their probability of being 90 days past due in twelve months.

    Attributes
    ----------
    told
        What is seen of them, and of those that the model learnt from.
    days
        The days of both.
    odds
        The log-odds of the accounts of today.
    accounts
        ``probability`` and ``balance`` of each.
    """

    told: Panel
    days: Days
    odds: np.ndarray
    accounts: pd.DataFrame


@unless_unavailable
def score(read: Read, has: Has, days: Days, tested: Foreseen, *, seed: int) -> Today:
    """Score the accounts of today by all that is known; without a test there is no score."""
    told = panel(read, has, (*days.learnt, days.last))
    learnt, new = told.on(days.learnt), told.on((days.last,))
    labels = np.concatenate([went_bad(read, has, told, day, months=HORIZON) for day in days.learnt])
    odds = Model(told.features[learnt], labels, seed=seed).log_odds(told.features[new])
    chance = 1 / (1 + np.exp(-odds))
    rows = pd.DataFrame({"probability": chance, "balance": told.features["balance"][new].clip(lower=0).to_numpy()})
    return Today(told, days, odds, rows)


@unless_unavailable
def grades(today: Today) -> pd.DataFrame:
    """Divide accounts into grades by their probability.

    Returns
    -------
    DataFrame
        ``grade`` (A: the safest), ``low, high`` (of the probability), ``accounts, probability`` (mean), ``expected``
        (accounts), ``owed`` (share of what is owed).
    """
    place = np.searchsorted(GRADES, today.accounts["probability"], side="right")
    groups = today.accounts.assign(place=place).groupby("place")
    found = groups["probability"].agg(accounts="size", probability="mean", expected="sum")
    found["owed"] = groups["balance"].sum() / today.accounts["balance"].sum()
    found = found.reindex(range(len(GRADES) + 1))
    found[["accounts", "expected", "owed"]] = found[["accounts", "expected", "owed"]].fillna(0)
    bounds = {"low": [0.0, *GRADES], "high": [*GRADES, 1.0]}
    return found.reset_index(drop=True).assign(grade=list("ABCDE"), **bounds).astype({"accounts": int})


@unless_unavailable
def near_truth(today: Today, true: pd.DataFrame | Unavailable, *, seed: int) -> Rungs | Unavailable:
    """Measure today's score by the true chances, beside models that are taught those of other customers.

    Parameters
    ----------
    true
        ``customer_id, seen_on, default_12``.
    """
    assert isinstance(true, pd.DataFrame)
    keys = pd.MultiIndex.from_arrays([today.told.names, pd.to_datetime(today.told.days)])
    known = true.assign(seen_on=pd.to_datetime(true["seen_on"])).set_index(["customer_id", "seen_on"])["default_12"]
    chance = known.reindex(keys).to_numpy(float)
    there, new = ~np.isnan(chance), today.told.on((today.days.last,))
    if (there & new).sum() < FEWEST_TRUE or (there & ~new).sum() < FEWEST_TRUE:
        return Unavailable("behaviour", "no_truth")
    half = today.told.customers % 2 == 0
    taught = np.zeros((2, len(chance)))
    for own in (half, ~half):
        rows = there & ~new & own
        for at, model in enumerate(teach(today.told.features[rows], chance[rows])):
            taught[at, new & ~own] = model(today.told.features[new & ~own])
    use = there & new
    best = max(taught, key=lambda told: auc(chance[use], told[use]))
    return rungs(chance[use], today.odds[there[new]], best[use], groups=today.told.customers[use], seed=seed)
