"""One offer per customer within a budget and the capacities of offers, by prices.

An offer that more customers would take than it can serve gets a price, and so does the budget: at the right prices,
what is left of each customer's best gain is the best that all of them can have together [1]_. The price of the budget
says what one more unit of it brings.

References
----------
.. [1] Demange, Gale and Sotomayor (1986), Multi-Item Auctions, Journal of Political Economy 94(4), 863-872.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

_ROUNDS, _HALVINGS = 200, 40
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
    offer_prices
        What one more place of an offer brings, by column.
    bound
        No allocation within the limits gains more. Of few customers it may lie above what can be had, as nobody can
        be given half an offer.
    """

    offer: np.ndarray
    budget_price: float
    offer_prices: np.ndarray
    bound: float


def allocate(
    gain: np.ndarray, costs: np.ndarray, *, budget: float, capacities: Mapping[int, int] | None = None
) -> Allocation:
    """Give each customer at most one offer, so that all gain most within the budget and the capacities.

    Parameters
    ----------
    gain
        Customers down, offers across; what may not be offered is not finite. Costs are deducted already.
    costs
        Of each, the same shape, above 0.
    budget
        For all costs.
    capacities
        By column, how many customers may get it; others are not limited.

    Examples
    --------
    Both want the first offer, of which there is one; who would lose more gets it.

    >>> found = allocate(np.array([[5.0, 4.0], [5.0, 1.0]]), np.ones((2, 2)), budget=2, capacities={0: 1})
    >>> found.offer.tolist(), found.offer_prices.tolist(), found.bound
    ([1, 0], [1.0, 0.0], 9.0)
    """
    limits = dict(capacities or {})
    low, high = 0.0, 0.0
    prices = _priced(gain, limits)
    offer = _fill(gain, prices, limits)
    if _spent(offer, costs) > budget + _CLOSE:
        worth = np.where(np.isfinite(gain), gain / costs, 0.0)
        high = max(float(worth.max(initial=0.0)), 0.0) + _CLOSE
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            charged = gain - middle * costs
            prices = _priced(charged, limits)
            low, high = (middle, high) if _spent(_fill(charged, prices, limits), costs) > budget else (low, middle)
        charged = gain - high * costs
        prices = _priced(charged, limits)
        offer = _with_the_rest(gain, costs, _fill(charged, prices, limits), limits, budget=budget)
    best = np.maximum(np.max(gain - high * costs - prices, axis=1, initial=-np.inf), 0.0).sum()
    bound = float(best + high * budget + sum(prices[at] * limit for at, limit in limits.items()))
    return Allocation(offer, high, prices, bound)


def _priced(gain: np.ndarray, limits: Mapping[int, int]) -> np.ndarray:
    """Raise prices until no offer is wanted by more than it can serve."""
    prices = np.zeros(gain.shape[1])
    for _ in range(_ROUNDS):
        before = prices.copy()
        for at, limit in limits.items():
            rest = np.delete(gain - prices, at, axis=1)
            other = np.maximum(rest.max(axis=1, initial=0.0), 0.0)
            wanted = np.sort(gain[:, at] - other)[::-1]
            prices[at] = max(float(wanted[limit]), 0.0) if limit < len(wanted) and np.isfinite(wanted[limit]) else 0.0
        if np.abs(prices - before).max(initial=0.0) < _CLOSE:
            break
    return prices


def _fill(gain: np.ndarray, prices: np.ndarray, limits: Mapping[int, int]) -> np.ndarray:
    """Give everybody the offer that leaves most at these prices; of those who are equal, no more than can be served."""
    left = gain - prices
    best = left.argmax(axis=1) if left.shape[1] else np.zeros(len(left), int)
    most = left[np.arange(len(left)), best] if left.shape[1] else np.full(len(left), -np.inf)
    offer = np.where(most > 0, best, -1)
    for at, limit in limits.items():
        takes = np.flatnonzero(offer == at)
        spare = np.sort(np.where(np.isfinite(left[takes]), left[takes], -np.inf), axis=1)[:, ::-1]
        second = np.maximum(spare[:, 1] if spare.shape[1] > 1 else 0.0, 0.0)
        keep = np.argsort(-(spare[:, 0] - second), kind="stable")[:limit]
        offer[np.delete(takes, keep)] = -1
    return _served(gain, offer, limits)


def _served(gain: np.ndarray, offer: np.ndarray, limits: Mapping[int, int]) -> np.ndarray:
    """Give those who were left without an offer the best one that has a place: what prices leave equal."""
    offer = offer.copy()
    used = np.bincount(offer[offer >= 0], minlength=gain.shape[1])
    places = np.array([limits.get(at, len(gain)) for at in range(gain.shape[1])], dtype=int)
    without = np.flatnonzero(offer < 0)
    hopeful = without[np.where(np.isfinite(gain[without]), gain[without], -np.inf).max(axis=1, initial=-np.inf) > 0]
    for row in hopeful[np.argsort(-gain[hopeful].max(axis=1, initial=-np.inf), kind="stable")]:
        open_to = np.where(used < places, gain[row], -np.inf)
        if (at := int(open_to.argmax())) >= 0 and open_to[at] > 0:
            offer[row], used[at] = at, used[at] + 1
    return offer


def _with_the_rest(
    gain: np.ndarray, costs: np.ndarray, offer: np.ndarray, limits: Mapping[int, int], *, budget: float
) -> np.ndarray:
    """Spend what prices leave of the budget on those who gain most for their costs."""
    offer, left = offer.copy(), budget - _spent(offer, costs)
    places = {at: limit - int((offer == at).sum()) for at, limit in limits.items()}
    without = np.flatnonzero(offer < 0)
    worth = np.where(gain[without] > 0, gain[without] / costs[without], -np.inf)
    best = worth.argmax(axis=1) if len(without) else np.zeros(0, int)
    for place in np.argsort(-worth[np.arange(len(without)), best], kind="stable"):
        row, at = without[place], int(best[place])
        if not worth[place, at] > 0:
            break
        if costs[row, at] <= left + _CLOSE and places.get(at, 1) > 0:
            offer[row], left = at, left - costs[row, at]
            places[at] = places.get(at, 1) - (at in places)
    return offer


def _spent(offer: np.ndarray, costs: np.ndarray) -> float:
    rows = np.flatnonzero(offer >= 0)
    return float(costs[rows, offer[rows]].sum())
