"""One offer per customer within a budget, by its price.

At the right price of the budget, what is left of each customer's best gain is the best that all of them can have
together; the price says what one more unit of the budget brings. Other limits: `insight.decide.trial.limits`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

_HALVINGS = 40
_CLOSE = 1e-9


@dataclass(frozen=True, eq=False)
class Allocation:
    """What each customer gets.

    Attributes
    ----------
    offer
        The offer's column, by customer; -1 for none.
    budget_price
        What one more unit of the budget brings.
    gained
        What all gain together.
    bound
        No allocation within the limits gains more. Of few customers it may lie above what can be had, as nobody can
        be given half an offer.
    limit_prices
        What one more place within each other limit brings, by its kind and name.
    """

    offer: np.ndarray
    budget_price: float
    gained: float
    bound: float
    limit_prices: Mapping[tuple[str, str], float] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """Give the share of the bound that is not gained, at most what another allocation could gain more."""
        return max(1 - self.gained / self.bound, 0.0) if self.bound > 0 else 0.0


def allocate(gain: np.ndarray, costs: np.ndarray, *, budget: float) -> Allocation:
    """Give each customer at most one offer, so that all gain most within the budget.

    Parameters
    ----------
    gain
        Customers down, offers across; what may not be offered is not finite. Costs are deducted already.
    costs
        Of each, the same shape, above 0.
    budget
        For all costs.

    Examples
    --------
    Two units pay for two of three customers.

    >>> found = allocate(np.array([[5.0, 4.0], [5.0, 6.0], [1.0, 0.5]]), np.ones((3, 2)), budget=2)
    >>> found.offer.tolist(), found.gained, round(found.bound, 6)
    ([0, 1, -1], 11.0, 11.0)
    """
    low, high = 0.0, 0.0
    offer = _best(gain)
    if _spent(offer, costs) > budget + _CLOSE:
        worth = np.where(np.isfinite(gain), gain / costs, 0.0)
        high = max(float(worth.max(initial=0.0)), 0.0) + _CLOSE
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if _spent(_best(gain - middle * costs), costs) > budget else (low, middle)
        offer = _with_the_rest(gain, costs, _best(gain - high * costs), budget=budget)
    best = np.maximum(np.max(gain - high * costs, axis=1, initial=-np.inf), 0.0).sum()
    rows = np.flatnonzero(offer >= 0)
    return Allocation(offer, high, float(gain[rows, offer[rows]].sum()), float(best + high * budget))


def _best(left: np.ndarray) -> np.ndarray:
    """Give everybody the offer that leaves most; -1 where none leaves anything."""
    if not left.shape[1]:
        return np.full(len(left), -1)
    best = left.argmax(axis=1)
    return np.where(left[np.arange(len(left)), best] > 0, best, -1)


def _with_the_rest(gain: np.ndarray, costs: np.ndarray, offer: np.ndarray, *, budget: float) -> np.ndarray:
    """Spend what the price leaves of the budget on those who gain most for their costs."""
    offer, left = offer.copy(), budget - _spent(offer, costs)
    without = np.flatnonzero(offer < 0)
    worth = np.where(gain[without] > 0, gain[without] / costs[without], -np.inf)
    best = worth.argmax(axis=1) if len(without) else np.zeros(0, int)
    for place in np.argsort(-worth[np.arange(len(without)), best], kind="stable"):
        row, at = without[place], int(best[place])
        if not worth[place, at] > 0:
            break
        if costs[row, at] <= left + _CLOSE:
            offer[row], left = at, left - costs[row, at]
    return offer


def _spent(offer: np.ndarray, costs: np.ndarray) -> float:
    rows = np.flatnonzero(offer >= 0)
    return float(costs[rows, offer[rows]].sum())
