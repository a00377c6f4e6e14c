"""The Pareto/NBD model: customers may leave at any time, not only after a purchase; on counted patterns, in weeks.

``lifetimes`` has it too, and agrees; its search takes minutes where customers bought on hundreds of days, and loses all
digits there. Here what a customer may have done after the last purchase is integrated by Gauss and Legendre's rule.
"""

from dataclasses import astuple, dataclass
from typing import Any

import autograd.numpy as anp
import numpy as np
import pandas as pd
from autograd import value_and_grad
from autograd.scipy.special import gammaln, logsumexp
from scipy.optimize import minimize

from insight.predict.value.purchases import (
    BOUND,
    Law,
    chance_alive,
    chance_silent,
    expected_purchases,
    few_came_back,
    log_likelihoods,
    seen_columns,
    to_the_maximum,
)

_DEEP = 25.0  # e-folds of the integrand: what lies below is less than a rounding error
_PLACES, _WEIGHTS = (np.asarray(each)[:, None] for each in np.polynomial.legendre.leggauss(16))
_ROUGHLY = {"ftol": 1e-10, "gtol": 1e-6, "maxiter": 200}  # Newton's steps do the rest
_START = (-0.5, 1.0, -0.5, 2.0)


@dataclass(frozen=True)
class Pareto(Law):
    """Parameters of a Pareto/NBD model, rates per week.

    Parameters
    ----------
    r, alpha
        Gamma distribution of the purchase rate over customers: its mean is ``r / alpha`` a week.
    s, beta
        Gamma distribution of the rate at which customers leave: its mean is ``s / beta`` a week.

    References
    ----------
    .. [1] Schmittlein, Morrison and Colombo (1987), Counting Your Customers: Who Are They and What Will They Do
       Next?, Management Science 33(1), 1-24.
    .. [2] Fader and Hardie (2005), A Note on Deriving the Pareto/NBD Model and Related Expressions,
       http://www.brucehardie.com/notes/009/.
    """

    s: float
    beta: float

    @property
    def leaving(self) -> float:
        """The mean probability to leave before the next purchase: where both rates are at their means."""
        return (self.s / self.beta) / (self.s / self.beta + self.rate)


def fit_pareto(patterns: pd.DataFrame) -> Pareto | None:
    """Fit Pareto/NBD by maximum likelihood, without a penalty.

    Parameters
    ----------
    patterns
        As :func:`insight.predict.value.purchases.count_patterns` makes them.

    Returns
    -------
    Pareto or None
        ``None`` where fewer than 20 customers came back, or where the search ends at its bounds: it has not converged.
    """
    if few_came_back(patterns):
        return None
    histories, customers = seen_columns(patterns), patterns["customers"].to_numpy(dtype=float)

    def loss(logs: np.ndarray) -> Any:
        return -anp.sum(customers * _log_likelihoods(anp.exp(logs), *histories)) / customers.sum()

    with np.errstate(all="ignore"):
        found = minimize(
            value_and_grad(loss), _START, jac=True, method="L-BFGS-B", bounds=[(-BOUND, BOUND)] * 4, options=_ROUGHLY
        )
    if not np.isfinite(found.fun) or (np.abs(found.x) > BOUND - 1e-6).any():
        return None
    return Pareto(*to_the_maximum(loss, [float(value) for value in np.exp(found.x)]))


def _log_likelihoods(parameters: Any, x: np.ndarray, last: np.ndarray, weeks: np.ndarray) -> Any:
    """Equation (18) of Fader and Hardie (2005): those who are still there, and those who have left by now."""
    r, alpha, s, beta = parameters
    common = gammaln(r + x) - gammaln(r) + r * anp.log(alpha) + s * anp.log(beta)
    alive = -(r + x) * anp.log(alpha + weeks) - s * anp.log(beta + weeks)
    return common + alive + anp.logaddexp(0.0, _log_odds(parameters, x, last, weeks))


def _log_odds(parameters: Any, x: np.ndarray, last: np.ndarray, weeks: np.ndarray) -> Any:
    """Log-odds of having left against still being there: the integral over the time of leaving since the last purchase.

    Time runs in logarithms of the smaller of alpha and beta on top of it, which makes the integrand smooth, and up to
    where it has vanished.
    """
    r, alpha, s, beta = parameters
    base, times = anp.minimum(alpha, beta), r + x
    vanished = (alpha + last) * anp.exp(anp.minimum(_DEEP / times, 50.0)) - alpha
    end = anp.minimum(weeks, vanished)
    half = (anp.log(base + end) - anp.log(base + last)) / 2
    at = (base + last) * anp.exp(half * (_PLACES + 1)) - base
    waited = times * (anp.log(alpha + weeks) - anp.log(alpha + at))
    stayed = s * anp.log(beta + weeks) - (s + 1) * anp.log(beta + at)
    inside = waited + stayed + anp.log(base + at) + np.log(_WEIGHTS)
    # where the last day is the last purchase nobody has had time to leave
    return anp.log(s) + logsumexp(inside, axis=0) + anp.log(anp.maximum(half, 1e-300))


@log_likelihoods.register
def _(model: Pareto, customers: pd.DataFrame) -> np.ndarray:
    return np.asarray(_log_likelihoods(astuple(model), *seen_columns(customers)))


@chance_alive.register
def _(model: Pareto, customers: pd.DataFrame) -> np.ndarray:
    odds = _log_odds(astuple(model), *seen_columns(customers))
    return np.asarray(np.exp(-np.logaddexp(0.0, odds)))


@chance_silent.register
def _(model: Pareto, customers: pd.DataFrame, *, weeks: float) -> np.ndarray:
    x, last, observed = seen_columns(customers)
    later = _log_likelihoods(astuple(model), x, last, observed + weeks)
    return np.asarray(np.exp(np.minimum(later - log_likelihoods(model, customers), 0.0)))


@expected_purchases.register
def _(model: Pareto, customers: pd.DataFrame, *, weeks: float) -> np.ndarray:
    """Equation (41) of Fader and Hardie (2005)."""
    x, _last, observed = seen_columns(customers)
    times = np.log1p(weeks / (model.beta + observed))
    slow = model.s - 1
    stays = (model.beta + observed) * (-np.expm1(-slow * times) / slow if abs(slow) > 1e-9 else times)
    return chance_alive(model, customers) * (model.r + x) / (model.alpha + observed) * stays
