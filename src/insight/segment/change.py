"""Clear changes of how often a customer buys: more, or fewer, purchases than chance leaves room for.

Whoever bought much in one window buys less in the next, and the other way round, without any change: counts regress to
the mean. So a customer's rate is shrunk towards everyone's (empirical Bayes), and what is expected of a window is a
distribution, as wide as the business's own customers went apart between two earlier windows (negative binomial, [1]_).

References
----------
.. [1] Robbins (1977), Prediction and Estimation for the Compound Poisson Distribution, PNAS 74(7), 2670-2671.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.stats import nbinom

CHANCE = 0.05  # of a customer who has not changed, to be called changed by one window
_FEWEST = 30  # customers from whom is learned how far two windows lie apart
_WIDEST, _NARROWEST = 0.1, 1e4  # shape of the negative binomial: how far customers' rates change by themselves


@dataclass(frozen=True)
class Wander:
    """How customers' rates change by themselves from one time to another.

    Attributes
    ----------
    rate
        Purchases a day of the average customer.
    known_days
        Days of the average customer that every customer's rate is mixed with.
    season
        Purchases a day now over those before, of all customers together.
    shape
        Of the gamma distribution of a customer's rate around what is expected: the lower, the wider.
    """

    rate: float
    known_days: float
    season: float = 1.0
    shape: float = 10.0

    def expected(self, bought: np.ndarray, days: np.ndarray, *, ahead: float) -> np.ndarray:
        """Give the purchases expected in so many days ahead of those who bought so often in so many days."""
        shrunk = (bought + self.rate * self.known_days) / (days + self.known_days)
        return np.maximum(shrunk * ahead * self.season, 1e-6)

    def chance_of_fewer(self, seen: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """Give the chance of so few purchases, or fewer."""
        return nbinom.cdf(seen, self.shape, self.shape / (self.shape + expected))

    def chance_of_more(self, seen: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """Give the chance of so many purchases, or more."""
        return nbinom.sf(seen - 1, self.shape, self.shape / (self.shape + expected))


def learn_wander(before: pd.Series, after: pd.Series, *, days: int) -> Wander | None:
    """Learn from two neighbouring windows of the same customers, neither of which is judged.

    Parameters
    ----------
    before, after
        Purchases of customers who were there for both windows, and bought in or after the second: whoever left
        does not say how far those go apart who stay.
    days
        Length of each window.

    Returns
    -------
    Wander
        None where fewer than thirty such customers bought at all.
    """
    if len(before) < _FEWEST or before.sum() < _FEWEST or after.sum() == 0:
        return None
    seen, then = before.to_numpy(dtype=float), after.to_numpy(dtype=float)
    rate, spread = seen.mean() / days, max(seen.var() - seen.mean(), 1e-9)
    # of a gamma with this mean and variance: b/(days + b) is the weight of everyone's mean (Robbins)
    known_days = min(days * seen.mean() / spread, 10.0 * days)
    found = Wander(rate, known_days, season=then.sum() / seen.sum())
    expected = found.expected(seen, np.full(len(seen), float(days)), ahead=days)

    def unlikely(log_shape: float) -> float:
        shape = np.exp(log_shape)
        return -nbinom.logpmf(then, shape, shape / (shape + expected)).sum()

    best = minimize_scalar(unlikely, bounds=(np.log(_WIDEST), np.log(_NARROWEST)), method="bounded")
    return Wander(rate, known_days, found.season, float(np.exp(best.x)))
