"""How well uplift is told: Qini and AUUC of each offer with intervals and a placebo, and calibration by tenths.

Everybody is ranked by the model that has not seen them. Of the first customers of that order, the additional responses
are those of the contacted less what the held-out say would have come anyway [1]_.

References
----------
.. [1] Radcliffe (2007), Using Control Groups to Target on Predicted Lift, Direct Marketing Analytics Journal, 14-21.
"""

from typing import Any

import numpy as np
import pandas as pd

from insight.errors import Unavailable, unless_unavailable
from insight.intervals import difference_of_means, percentiles, resampled_counts
from insight.predict.uplift.amounts import CrossFittedAmounts
from insight.predict.uplift.model import CrossFitted
from insight.predict.uplift.trials import Trials

ROUNDS = 200
_CUTS = 50  # points of a curve
_TENTHS = 10


@unless_unavailable
def cross_fitted_uplift(trials: Trials, fitted: CrossFitted | CrossFittedAmounts) -> np.ndarray:
    """Give each contact's uplift for the offer that it carried, by the model that has not seen its customer."""
    found = np.zeros(len(trials.sent))
    for place in range(len(trials.offers)):
        rows = (trials.sent["offer"] == place).to_numpy()
        if rows.any():
            found[rows] = fitted.uplift(trials.known[rows], trials.sent.loc[rows, "customer_id"], place)
    return found


def uplift_curve(treated: np.ndarray, responded: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Give the additional responses among the first shares of an order, for each customer contacted in all.

    Parameters
    ----------
    treated, responded, weight
        In the order to judge; a weight counts a customer so many times.

    Returns
    -------
    ndarray
        At fifty even shares of the customers, the last of which is all.

    Examples
    --------
    Ten customers on either side; the first half responds where contacted, the second does not.

    >>> treated, first = np.tile([1, 0], 10), np.arange(20) < 10
    >>> uplift_curve(treated, treated * first, np.ones(20))[[24, 49]].round(2)
    array([0.5, 0.5])
    """
    n_treated, n_held = np.cumsum(weight * treated), np.cumsum(weight * (1 - treated))
    more, anyway = np.cumsum(weight * treated * responded), np.cumsum(weight * (1 - treated) * responded)
    added = more - np.divide(anyway * n_treated, n_held, out=np.zeros(len(anyway)), where=n_held > 0)
    size = np.cumsum(weight)
    at = np.minimum(np.searchsorted(size, np.linspace(0, size[-1], _CUTS + 1)[1:]), len(size) - 1)
    return added[at] / max(n_treated[-1], 1)


def area(curve: np.ndarray) -> tuple[float, float]:
    """Give the area under an uplift curve (AUUC), and between it and the line of a random order (Qini).

    Examples
    --------
    >>> area(np.array([0.5, 0.5]))
    (0.375, 0.125)
    """
    under = float((curve.sum() - curve[-1] / 2) / len(curve))
    return under, under - float(curve[-1]) / 2


@unless_unavailable
def measure(trials: Trials, uplift: np.ndarray, *, seed: int) -> pd.DataFrame:
    """Measure the order of each offer's customers by uplift.

    Returns
    -------
    DataFrame
        One row per offer: ``offer_id, contacts, effect`` (of contacting everybody, with ``_low, _high``),
        ``predicted`` (mean uplift), ``auuc, qini`` with ``_low, _high`` (bootstrap over customers),
        and ``placebo, placebo_low, placebo_high``: the Qini where lots say again who was contacted, which is to be 0.
        Of amounts, ``effect`` has an interval that knows how skewed they are, ``added`` is what the contacted
        brought more in all, the placebo is the mean of many such draws and between what they lie, and ``told`` says
        whether the order is better than a random one and than the placebo.
    """
    rng, rows = np.random.default_rng(seed), []
    for place, offer in enumerate(trials.offers):
        of = (trials.sent["offer"] == place).to_numpy()
        sent, found = trials.sent[of], uplift[of]
        order = np.argsort(-found, kind="stable")
        treated, followed = sent["treated"].to_numpy(int)[order], sent[trials.outcome].to_numpy(float)[order]
        customers = pd.factorize(sent["customer_id"])[0][order]
        row: dict[str, Any] = {"offer_id": offer, "contacts": len(sent), "predicted": float(found.mean())}
        row |= _named("", _areas(treated, followed, customers, seed=seed))
        if trials.outcome == "amount":
            row |= _in_amounts(treated == 1, followed) | _placebos(treated, followed, rng)
            rows.append(row | {"told": row["qini_low"] > 0 and row["qini"] > row["placebo_high"]})
        else:
            rows.append(row | _named("placebo", _areas(rng.permutation(treated), followed, customers, seed=seed)))
    return pd.DataFrame(rows)


def _in_amounts(treated: np.ndarray, amount: np.ndarray) -> dict[str, float]:
    """Give what is added of amounts, each and in all."""
    each = dict(zip(("", "_low", "_high"), difference_of_means(amount, treated), strict=True))
    found = {f"effect{end}": value for end, value in each.items()}
    return found | {f"added{end}": value * int(treated.sum()) for end, value in each.items()}


def _placebos(treated: np.ndarray, amount: np.ndarray, rng: np.random.Generator) -> dict[str, float]:
    """Give the Qini where lots say again and again who was treated: its mean, and between what it lies 95 of 100 times.

    Of few large amounts the bootstrap of one such draw says too narrowly where others lie.
    """
    ones = np.ones(len(treated))
    draws = np.array([area(uplift_curve(rng.permutation(treated), amount, ones))[1] for _ in range(ROUNDS)])
    low, high = percentiles(draws)
    return {"placebo": float(draws.mean()), "placebo_low": low, "placebo_high": high}


def _areas(treated: np.ndarray, followed: np.ndarray, customers: np.ndarray, *, seed: int) -> dict[str, np.ndarray]:
    """Give effect, AUUC and Qini: first as they are, then resampled by customer."""
    ones = [np.ones(len(treated))]
    times = (counts[customers] for counts in resampled_counts(customers.max() + 1, rounds=ROUNDS, seed=seed))
    curves = [uplift_curve(treated, followed, weight) for weight in (*ones, *times)]
    found = np.array([(curve[-1], *area(curve)) for curve in curves])
    return dict(zip(("effect", "auuc", "qini"), found.T, strict=True))


def _named(side: str, found: dict[str, np.ndarray]) -> dict[str, float]:
    kept = {"placebo": found["qini"]} if side else found
    named: dict[str, float] = {}
    for name, draws in kept.items():
        low, high = percentiles(draws[1:])
        named |= {name: float(draws[0]), f"{name}_low": low, f"{name}_high": high}
    return named


@unless_unavailable
def calibrate(trials: Trials, uplift: np.ndarray) -> pd.DataFrame | Unavailable:
    """Compare predicted with observed uplift by tenths of the predicted one, over all offers.

    Returns
    -------
    DataFrame
        ``tenth`` (1: least), ``contacts``, ``predicted``, ``observed, observed_low, observed_high``.
    """
    sent = trials.sent
    if len(sent) < 20 * _TENTHS:
        return Unavailable("trials", "few_to_calibrate", {"least": 20 * _TENTHS})
    place = np.argsort(np.argsort(uplift, kind="stable"), kind="stable") * _TENTHS // len(uplift)
    treated, planned = sent["treated"].to_numpy(bool), sent["planned"].to_numpy(float)
    weight = np.where(treated, 1 / planned, 1 / (1 - planned))
    rows = []
    for tenth in range(_TENTHS):
        at = np.flatnonzero(place == tenth)
        if min(treated[at].sum(), (~treated[at]).sum()) < 2:
            continue
        seen = _observed(sent[trials.outcome].to_numpy(float)[at], treated[at], weight[at], trials.outcome)
        rows.append((tenth + 1, len(at), float(uplift[at].mean()), *seen))
    columns = ["tenth", "contacts", "predicted", "observed", "observed_low", "observed_high"]
    return pd.DataFrame(rows, columns=columns)


def _observed(
    followed: np.ndarray, treated: np.ndarray, weight: np.ndarray, outcome: str
) -> tuple[float, float, float]:
    """Give what was added in a tenth, with its 95% interval."""
    if outcome == "amount":
        return difference_of_means(followed, treated, weight)
    sides = treated, ~treated
    means = [np.average(followed[side], weights=weight[side]) for side in sides]
    # smoothed by one response and one without, so that a side on which nobody responded is not taken to be sure
    smooth = [(mean * side.sum() + 1) / (side.sum() + 2) for mean, side in zip(means, sides, strict=True)]
    error = np.sqrt(sum(p * (1 - p) / side.sum() for p, side in zip(smooth, sides, strict=True)))
    found = means[0] - means[1]
    return found, found - 1.96 * error, found + 1.96 * error
