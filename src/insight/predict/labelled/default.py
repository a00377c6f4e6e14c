"""Who pays back, by a flat table: the scorecard of all cases, how well it separated unseen ones, and where to cut."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from insight.errors import Unavailable, unless_unavailable
from insight.predict.labelled.backtest import LATER, Choice, Test
from insight.predict.labelled.models import MODELS, Decided, Fit, fit_led, fit_scorecard
from insight.predict.labelled.table import Flat
from insight.predict.scorecard.bands import Monotone
from insight.predict.scorecard.points import Scorecard, fit_card
from insight.predict.scorecard.strength import CutOff, Strength, cut, separate, shift

CARD, PLAIN, LED = "scorecard", "logistic", "led"
ENOUGH = 200  # defaults, from which on the best of several models is known


def models(monotone: Mapping[str, Monotone], decided: Decided | Unavailable | None = None) -> dict[str, Fit]:
    """Give what fits each model: the scorecard with the columns whose bands must go one way, one led by decisions."""
    every: dict[str, Fit] = {**MODELS, CARD: partial(fit_scorecard, monotone=monotone)}
    return every | {LED: partial(fit_led, decided=decided)} if isinstance(decided, Decided) else every


@unless_unavailable
def choose(compared: pd.DataFrame, test: Test, best: Choice) -> Choice:
    """Give the model to use: the best one, or with few defaults a regression where it is not clearly worse.

    That is the one led by decisions where there are any, else the logistic regression.

    Notes
    -----
    Which of several models ranks best on few events is mostly chance, and trees need far more of them than a
    regression: van der Ploeg, Austin and Steyerberg (2014), Modern modelling techniques are data hungry, BMC Medical
    Research Methodology 14.
    """
    few = min(test.left, test.customers - test.left) < ENOUGH
    plain = LED if LED in compared.index else PLAIN
    within = compared.loc[plain, "auc"] >= compared.loc[best.best, "auc_low"]
    return replace(best, best=plain) if few and within else best


@unless_unavailable
def scorecard(flat: Flat, test: Test, *, monotone: Mapping[str, Monotone]) -> Scorecard:
    """Fit the scorecard on every case whose outcome is known; without a test there is none."""
    return fit_card(flat.features[flat.known], flat.labels[flat.known].to_numpy(float), monotone=monotone)


@unless_unavailable
def strength(test: Test, *, seed: int) -> Strength:
    """Measure how well the scorecard separates cases that it had not seen."""
    return separate(test.labels, test.probabilities[CARD], groups=test.groups, seed=seed)


@unless_unavailable
def cut_off(test: Test, choice: Choice, *, cost: float, seed: int) -> CutOff | Unavailable:
    """Find where to cut by profit, by the probabilities that the best model gave cases that it had not seen."""
    return cut(test.labels, test.probabilities[choice.best], cost=cost, groups=test.groups, seed=seed)


@unless_unavailable
def stability(flat: Flat, card: Scorecard) -> pd.DataFrame | Unavailable:
    """Compare the points of the last quarter of all cases, with or without outcome, with those of the cases before.

    Returns
    -------
    DataFrame or Unavailable
        As `insight.predict.scorecard.strength.shift`; ``no_time`` where cases have none.
    """
    if flat.observed is None or not card.weights:
        return Unavailable(CARD, "no_column" if flat.observed is not None else "no_time")
    time, points = flat.observed.to_numpy(float), card.points(flat.features)
    later = time > np.nanquantile(time, 1 - LATER)
    return shift(points[~later], points[later]) if later.any() else Unavailable(CARD, "no_time")
