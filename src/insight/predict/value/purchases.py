"""How often customers will buy again: the MBG/NBD and BG/NBD models on counted patterns, with our own closed forms.

Time runs in weeks, as in the papers, and a customer who buys twice on one day has bought once.
What is asked of a model here is answered by each law in its own module, chosen by its type.
``lifetimes`` is used to fit and for nothing else: its conditional expectation is NaN for
customers without a repeat purchase where ``a + b < 1``.
"""

import contextlib
import io
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatch
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import betaincinv, betaln, gammaln, hyp2f1

FEWEST_REPEATERS = 20
_TOO_CLOSE = 1e-6
BOUND = 9.0  # of the logarithms; a search that ends there has found no maximum
_NOBODY = 0.001
_NEVER = 1e-12  # a smaller chance to leave is none
_NODES = 64
_DAYS = 7
_NEWTON_STEPS, _NEAR, _CONVERGED = 20, 1e-3, 1e-10
PRECISELY = {"ftol": 1e-13, "gtol": 1e-8, "maxiter": 500}


@dataclass(frozen=True)
class Law(ABC):
    """What all purchase models have: a purchase rate that is gamma-distributed over customers, who leave some day.

    Parameters
    ----------
    r, alpha
        Of the gamma distribution of the purchase rate: its mean is ``r / alpha`` a week.
    """

    r: float
    alpha: float

    @property
    def rate(self) -> float:
        """The mean number of purchases a week while customers stay."""
        return self.r / self.alpha

    @property
    @abstractmethod
    def leaving(self) -> float:
        """The mean probability to leave after a purchase, or before the next one."""

    @property
    def nobody_leaves(self) -> bool:
        """Whether the model sees practically nobody leave: fewer than one in a thousand after a purchase."""
        return self.leaving < _NOBODY


@dataclass(frozen=True)
class Purchasing(Law):
    """Parameters of a BG/NBD model, rates per week.

    Parameters
    ----------
    r, alpha
        Gamma distribution of the purchase rate over customers: its mean is ``r / alpha`` a week.
    a, b
        Beta distribution of the chance to leave after a purchase: its mean is ``a / (a + b)``.
    """

    a: float
    b: float

    #: Chances to leave that a customer without a repeat purchase has had.
    chances: ClassVar[int] = 0

    @property
    def leaving(self) -> float:
        """The mean probability to leave after a purchase."""
        return self.a / (self.a + self.b)


class Modified(Purchasing):
    """Parameters of an MBG/NBD model: BG/NBD in which customers may leave after their first purchase too.

    In BG/NBD whoever bought once has not left, however long ago that was; here their P(alive) falls with time.

    References
    ----------
    .. [1] Batislam, Denizel and Filiztekin (2007), Empirical Validation and Comparison of Models for Customer Base
       Analysis, International Journal of Research in Marketing 24(3), 201-209.
    .. [2] Wagner and Hoppe (2008), Erratum on the MBG/NBD Model, the same journal 25(3), 225-226.
    """

    chances: ClassVar[int] = 1


def count_patterns(summary: pd.DataFrame) -> pd.DataFrame:
    """Collapse customers into the patterns that the model sees, with how many customers show each.

    Parameters
    ----------
    summary
        One row per customer: ``repeats`` (purchase days after the first one), ``last_week``
        (weeks from the first to the last one) and ``weeks`` (weeks from the first one to the cut).

    Examples
    --------
    >>> count_patterns(pd.DataFrame({"repeats": [0, 0, 2], "last_week": [0, 0, 4.0], "weeks": [9, 9, 9.0]}))
       repeats  last_week  weeks  customers
    0        0        0.0    9.0          2
    1        2        4.0    9.0          1
    """
    keys = ["repeats", "last_week", "weeks"]
    return summary.groupby(keys, sort=True).size().rename("customers").reset_index()


def few_came_back(patterns: pd.DataFrame) -> bool:
    """Say whether too few customers bought again for any model to be fitted."""
    return bool(patterns.loc[patterns["repeats"] > 0, "customers"].sum() < FEWEST_REPEATERS)


def fit_purchasing(patterns: pd.DataFrame, *, kind: type[Purchasing] = Modified) -> Purchasing | None:
    """Fit MBG/NBD, or BG/NBD, by maximum likelihood, without a penalty.

    Parameters
    ----------
    patterns
        As :func:`count_patterns` makes them.
    kind
        `Modified` or `Purchasing`.

    Returns
    -------
    Purchasing or None
        ``None`` where fewer than 20 customers came back, or where the likelihood has no maximum that says anything:
        customers would buy on more days than a week has.

    Notes
    -----
    Where nobody seems to leave, the likelihood rises towards ``a = 0`` without end: the best
    parameters within ``exp(-9)`` to ``exp(9)`` are given then, see :attr:`Purchasing.leaving`.

    References
    ----------
    .. [1] Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way: An Alternative to the
       Pareto/NBD Model, Marketing Science 24(2), 275-284.
    """
    if few_came_back(patterns):
        return None
    found = _search_freely(patterns, kind) or _search_within_bounds(patterns, kind)
    if found is None:
        return None
    losses = _lifetimes_losses(kind)
    histories = [patterns[name].to_numpy(float) for name in ("repeats", "last_week", "weeks", "customers")]
    fitted = kind(*to_the_maximum(lambda logs: losses(logs, *histories, 0.0), found))
    return fitted if expected_purchases(fitted, patterns, weeks=1.0).max() <= _DAYS else None


def _lifetimes_losses(kind: type[Purchasing]) -> Callable[..., float]:
    from lifetimes import BetaGeoFitter, ModifiedBetaGeoFitter

    return (ModifiedBetaGeoFitter if kind.chances else BetaGeoFitter)._negative_log_likelihood


def _search_freely(patterns: pd.DataFrame, kind: type[Purchasing]) -> list[float] | None:
    from lifetimes import BetaGeoFitter, ModifiedBetaGeoFitter
    from lifetimes.utils import ConvergenceError

    # it prints its optimiser's report and silences warnings for the whole process
    with warnings.catch_warnings(), np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            fitter = (ModifiedBetaGeoFitter if kind.chances else BetaGeoFitter)(penalizer_coef=0.0)
            fitted = fitter.fit(
                patterns["repeats"], patterns["last_week"], patterns["weeks"], weights=patterns["customers"]
            )
        except (ConvergenceError, np.linalg.LinAlgError):  # lifetimes inverts the curvature where the search ended
            return None
    values = [float(fitted.params_[name]) for name in ("r", "alpha", "a", "b")]
    return values if all(np.exp(-BOUND) <= value <= np.exp(BOUND) for value in values) else None


def _search_within_bounds(patterns: pd.DataFrame, kind: type[Purchasing]) -> list[float] | None:
    """Search again where the free search ran away, as it does in a business that nobody leaves."""
    customers = patterns["customers"].sum()

    def loss(logs: np.ndarray) -> float:
        return -log_likelihood(kind(*np.exp(logs)), patterns) / customers

    start = np.array([0.0, np.log(patterns["weeks"].mean() + 1e-3) / 2, -2.0, 1.0])
    with np.errstate(all="ignore"):
        found = minimize(loss, start, method="L-BFGS-B", bounds=[(-BOUND, BOUND)] * 4, options=PRECISELY)
    return [float(value) for value in np.exp(found.x)] if np.isfinite(found.fun) else None


def to_the_maximum(loss: Callable[[np.ndarray], float], values: list[float]) -> list[float]:
    """Go on by Newton's steps from where a search stopped, so that every processor ends at the same maximum.

    A search stops where the likelihood hardly rises, which leaves the parameters to the fifth digit or so open. What
    a search left at its bounds stays there, and where no maximum is near, the search has the last word. Near it the
    curvature, which takes long, hardly changes: it is taken again only while steps are large.
    """
    from autograd import grad, hessian

    start = np.log(values)
    logs, free = start.copy(), np.abs(start) < BOUND - _TOO_CLOSE
    if not free.any():
        return values
    slope, curvature = grad(loss), hessian(loss)
    size = np.inf
    with np.errstate(all="ignore"):
        for _step in range(_NEWTON_STEPS):
            if size > _NEAR:
                curved = curvature(logs)[np.ix_(free, free)]
            try:
                step = np.linalg.solve(curved, slope(logs)[free])
            except np.linalg.LinAlgError:
                return values
            logs[free] -= step
            size = np.abs(step).max()
            if not np.abs(logs - start).max() < 1:
                return values
            if size < _CONVERGED:
                break
    return [float(value) for value in np.exp(logs)]


def log_likelihood(model: Any, patterns: pd.DataFrame) -> float:
    """Say how likely the patterns are under the model, all customers together."""
    return float((patterns["customers"] * log_likelihoods(model, patterns)).sum())


@singledispatch
def log_likelihoods(model: Any, customers: pd.DataFrame) -> np.ndarray:
    """Say how likely each history is under the model; equation (6) of Fader, Hardie and Lee (2005)."""
    x, last, weeks = seen_columns(customers)
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    common = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    alive = betaln(a, b + x + model.chances) - betaln(a, b) - (r + x) * np.log(alpha + weeks)
    return common + alive + np.log1p(_gone_odds(model, x, last, weeks))


@singledispatch
def chance_alive(model: Any, customers: pd.DataFrame) -> np.ndarray:
    """Give each customer's chance of not having left yet, P(alive).

    In BG/NBD a customer without a repeat purchase cannot have left, so theirs is 1; in MBG/NBD they can.

    Examples
    --------
    >>> published = Purchasing(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> customers = pd.DataFrame({"repeats": [0, 2], "last_week": [0.0, 30.43], "weeks": [38.86, 38.86]})
    >>> chance_alive(published, customers).round(3).tolist()
    [1.0, 0.727]
    >>> chance_alive(Modified(r=0.525, alpha=6.183, a=0.891, b=1.614), customers).round(3).tolist()
    [0.39, 0.706]
    """
    return 1 / (1 + _gone_odds(model, *seen_columns(customers)))


@singledispatch
def chance_silent(model: Any, customers: pd.DataFrame, *, weeks: float) -> np.ndarray:
    """Give each customer's chance of not buying within the next ``weeks``, whether they have left or not.

    The likelihood of the same history with ``weeks`` more of silence, over the likelihood of the history.
    """
    x, last, observed = seen_columns(customers)
    gone = _gone_odds(model, x, last, observed)
    waits = ((model.alpha + observed) / (model.alpha + observed + weeks)) ** (model.r + x)
    return (waits + gone) / (1 + gone)


@singledispatch
def expected_purchases(model: Any, customers: pd.DataFrame, *, weeks: float) -> np.ndarray:
    """Give each customer's expected number of purchase days within the next ``weeks``.

    Equation (10) of Fader, Hardie and Lee (2005), after Euler's transformation of the
    hypergeometric function: the same value, and finite for heavy buyers as for customers
    without a repeat purchase, also where ``a + b < 1``.

    Examples
    --------
    >>> published = Purchasing(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> customer = pd.DataFrame({"repeats": [2], "last_week": [30.43], "weeks": [38.86]})
    >>> expected_purchases(published, customer, weeks=39).round(3).tolist()
    [1.226]
    """
    x, last, observed = seen_columns(customers)
    rate, a, b = model.r, _away_from(model.a, 1.0), model.b + model.chances
    third = model.a + b + x - 1
    third = np.where(np.abs(third) < _TOO_CLOSE, _TOO_CLOSE, third)
    share = weeks / (model.alpha + observed + weeks)
    with np.errstate(all="ignore"):
        series = hyp2f1(model.a + b - 1 - rate, a - 1, third, share)
        if_alive = third / (a - 1) * (1 - (1 - share) ** (a - 1) * series)
    # who surely leaves after the next purchase buys once at most; who never leaves buys on at their rate
    times, ahead = rate + x, weeks / (model.alpha + observed)
    fewest, most = -np.expm1(-times * np.log1p(ahead)), times * ahead
    lost = ~((if_alive >= fewest * (1 - _TOO_CLOSE)) & (if_alive <= most * (1 + _TOO_CLOSE)))
    if_alive[lost] = _by_quadrature(model, x[lost], times[lost], ahead[lost])
    return if_alive / (1 + _gone_odds(model, x, last, observed))


def _by_quadrature(model: Purchasing, x: np.ndarray, times: np.ndarray, ahead: np.ndarray) -> np.ndarray:
    """Average over the chance to leave where the closed form loses all digits, as with ``a + b`` of thousands.

    Who leaves with chance p after each purchase makes (1 - (1 + p ahead) ** -times) / p of them.
    """
    places, weights = np.polynomial.legendre.leggauss(_NODES)
    levels, row = np.unique(x, return_inverse=True)
    leaving = betaincinv(model.a, model.b + model.chances + levels[:, None], (places + 1) / 2).clip(_NEVER)
    found = np.zeros(len(x))
    for place, weight in enumerate(weights / 2):
        chance = leaving[row, place]
        found += weight * -np.expm1(-times * np.log1p(chance * ahead)) / chance
    return found


def _gone_odds(model: Purchasing, x: np.ndarray, last: np.ndarray, weeks: np.ndarray) -> np.ndarray:
    """Odds of having left against still being there; 0 for those who have had no chance to."""
    exponent = (model.r + x) * np.log((model.alpha + weeks) / (model.alpha + last))
    had = x + model.chances
    odds = model.a / (model.b + np.maximum(had, 1) - 1) * np.exp(np.minimum(exponent, 600.0))
    return np.where(had > 0, odds, 0.0)


def seen_columns(customers: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give repeat purchases, weeks from the first to the last one, and weeks observed."""
    return tuple(customers[name].to_numpy(dtype=float) for name in ("repeats", "last_week", "weeks"))


def _away_from(value: float, pole: float) -> float:
    # both sides of the formula vanish there; a step of a millionth moves the result by about as much
    return pole + _TOO_CLOSE if abs(value - pole) < _TOO_CLOSE else value
