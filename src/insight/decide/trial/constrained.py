"""One option per customer under limits that all share: what is chosen at given prices, what it uses, and its bound.

An option is an offer through a channel. A limit says that what all the chosen use of it is at most so much; what one
uses depends on the option, on the customer, or on both, as costs do. Prices of the limits leave each customer a choice
of their own, and what is left at any prices, with the limits at their prices, is a bound that no choice exceeds
(Lagrange duality [1]_).

References
----------
.. [1] Fisher (1981), The Lagrangian Relaxation Method for Solving Integer Programming Problems, Management Science
   27(1), 1-18.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

_AT_ONCE = 8192  # customers, so that a part of their options stays in the processor's cache


@dataclass(frozen=True, eq=False)
class Limit:
    """What all the chosen may use of something together.

    Attributes
    ----------
    most
        At most so much.
    options
        What each option uses.
    customers
        What each customer uses beside, whatever the option; None for nothing.
    """

    most: float
    options: np.ndarray
    customers: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Problem:
    """Customers down and options across, and the limits; the first one is the budget.

    Attributes
    ----------
    gain
        What may not be chosen is not finite.
    costs
        What the budget pays, the same shape.
    budget
        For all costs.
    limits
        Beside the budget.
    """

    gain: np.ndarray
    costs: np.ndarray
    budget: float
    limits: Sequence[Limit] = ()

    @cached_property
    def most(self) -> np.ndarray:
        """Give what may be used of each limit, the budget first."""
        return np.array([self.budget, *(limit.most for limit in self.limits)], dtype=float)

    def every(self, step: int) -> "Problem":
        """Give every so many-th customer, with as much less of the limits."""
        limits = [
            Limit(one.most / step, one.options, None if one.customers is None else one.customers[::step])
            for one in self.limits
        ]
        return Problem(self.gain[::step], self.costs[::step], self.budget / step, limits)

    def of(self, rows: np.ndarray, used: np.ndarray) -> "Problem":
        """Give some customers, with what others leave of the limits who use so much of them."""
        limits = [
            Limit(one.most - more, one.options, None if one.customers is None else one.customers[rows])
            for one, more in zip(self.limits, used[1:], strict=True)
        ]
        return Problem(self.gain[rows], self.costs[rows], self.budget - float(used[0]), limits)

    def parts(self) -> Iterator[slice]:
        """Give customers in parts that fit into the cache."""
        for start in range(0, len(self.gain), _AT_ONCE):
            yield slice(start, min(start + _AT_ONCE, len(self.gain)))

    def left(self, rows: slice | np.ndarray, prices: np.ndarray) -> np.ndarray:
        """Give what each option of some customers leaves at these prices."""
        left = self.costs[rows] * self.gain.dtype.type(-prices[0])
        left += self.gain[rows]
        for price, limit in zip(prices[1:], self.limits, strict=True):
            if price and limit.customers is not None:
                left -= (price * limit.customers[rows]).astype(left.dtype)[:, None]
        left -= self._by_option(prices).astype(left.dtype)
        return left

    def choose(self, prices: np.ndarray) -> np.ndarray:
        """Give everybody the option that leaves most at these prices; -1 where none leaves anything."""
        chosen = np.empty(len(self.gain), np.int64)
        for rows in self.parts():
            left = self.left(rows, prices)
            best = left.argmax(axis=1)
            chosen[rows] = np.where(left[np.arange(len(best)), best] > 0, best, -1)
        return chosen

    def use_of(self, rows: np.ndarray, options: np.ndarray) -> np.ndarray:
        """Give what options of customers use: limits down; nothing where there is no option (-1)."""
        found = np.zeros((len(self.limits) + 1, len(rows)))
        found[0] = self.costs[rows, options]
        for at, limit in enumerate(self.limits, 1):
            found[at] = limit.options[options]
            if limit.customers is not None:
                found[at] += limit.customers[rows]
        return np.where(options >= 0, found, 0.0)

    def sums(self, chosen: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give what the chosen gain, by block of customers, and what they use: blocks down and limits across."""
        rows = np.flatnonzero(chosen >= 0)
        blocks = np.searchsorted(starts, rows, side="right") - 1
        gain = np.bincount(blocks, self.gain[rows, chosen[rows]].astype(float), minlength=len(starts))
        each = self.use_of(rows, chosen[rows])
        return gain, np.column_stack([np.bincount(blocks, one, minlength=len(starts)) for one in each])

    def gained(self, chosen: np.ndarray) -> float:
        """Give what the chosen gain together."""
        rows = np.flatnonzero(chosen >= 0)
        return float(self.gain[rows, chosen[rows]].astype(float).sum())

    def used(self, chosen: np.ndarray) -> np.ndarray:
        """Give what the chosen use of each limit together."""
        rows = np.flatnonzero(chosen >= 0)
        return self.use_of(rows, chosen[rows]).sum(axis=1)

    def _by_option(self, prices: np.ndarray) -> np.ndarray:
        found = np.zeros(self.gain.shape[1])
        for price, limit in zip(prices[1:], self.limits, strict=True):
            found += price * limit.options
        return found
