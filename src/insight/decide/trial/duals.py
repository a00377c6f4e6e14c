"""Prices of limits: those at which the bound on what can be gained is lowest, by cutting planes in a moving box.

Each look at some prices says what every block of customers chooses, gains and uses: a plane below the block's part of
the bound. The lowest point of all planes within a box around the best prices so far is looked at next [1]_. It begins
with a few of the customers, whose prices are nearly those of all, and ends with all of them.

References
----------
.. [1] Marsten, Hogan and Blankenship (1975), The Boxstep Method for Large-Scale Optimization, Operations Research
   23(3), 389-405.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog

from insight.decide.trial.constrained import Problem

_FEW, _TIMES = 4000, 8  # customers to begin with, and how many times as many come next
_BLOCKS, _ROUNDS = 16, 150
_CLOSE = {False: 1e-4, True: 2e-5}  # of the bound: how much lower it might be, before all customers are looked at
_WIDER, _FAR_WIDER, _NARROWER = 2.0, 8.0, 0.6


@dataclass
class _Planes:
    """What has been seen: what each block gained and used at each of the prices that were looked at."""

    gains: list[np.ndarray] = field(default_factory=list)
    uses: list[np.ndarray] = field(default_factory=list)

    def lowest(self, most: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, float]:
        """Give the prices within a box at which the planes are lowest, and how low they are."""
        blocks = len(self.gains[0])
        rows = np.hstack([-np.vstack(self.uses), -np.tile(np.eye(blocks), (len(self.gains), 1))])
        bounds = [*zip(low, high, strict=True), *[(0, None)] * blocks]
        found = linprog(np.r_[most, np.ones(blocks)], A_ub=rows, b_ub=-np.concatenate(self.gains), bounds=bounds)
        return (found.x[: len(most)], float(found.fun)) if found.success else (low, -np.inf)


def find_prices(problem: Problem) -> tuple[np.ndarray, float]:
    """Give the prices of the limits, the budget first, and the bound that they prove."""
    scale = _typical_prices(problem)
    prices, width = np.zeros_like(scale), 1.0
    steps = [1]
    while len(problem.gain) > _FEW * _TIMES * steps[0]:
        steps.insert(0, steps[0] * _TIMES)
    bound = np.inf
    for step in steps:
        prices, bound = _descend(problem.every(step), prices, width * scale, close=_CLOSE[step == 1])
        width = 0.02
    return prices, bound


def _typical_prices(problem: Problem) -> np.ndarray:
    """Give for each limit what is gained for each unit that is used of it, where nothing is limited."""
    sample = problem.every(max(len(problem.gain) // _FEW, 1))
    chosen = sample.choose(np.zeros(len(problem.most)))
    many = max(int((chosen >= 0).sum()), 1)
    gained = max(sample.gained(chosen), 1e-9)
    return np.r_[gained / max(sample.used(chosen)[0], 1e-9), np.full(len(problem.limits), gained / many)]


def _descend(problem: Problem, centre: np.ndarray, width: np.ndarray, *, close: float) -> tuple[np.ndarray, float]:
    """Lower the bound from some prices on."""
    most, planes = problem.most, _Planes()
    starts = np.unique(np.linspace(0, len(problem.gain), _BLOCKS + 1).astype(int)[:-1])
    bound = _look(problem, centre, planes, starts)
    width, small = width.copy(), 1e-12 * width
    for _ in range(_ROUNDS):
        low, high = np.maximum(centre - width, 0.0), centre + width
        trial, lowest = planes.lowest(most, low, high)
        at_edge = ((high - trial) < small) | (((trial - low) < small) & (low > 0))
        if bound - lowest <= close * max(abs(bound), 1e-12):
            if not at_edge.any():
                break
            width = width * _FAR_WIDER
            continue
        found = _look(problem, trial, planes, starts)
        if bound - found >= 0.1 * (bound - lowest):
            width = np.where(at_edge, width * _WIDER, width)
        elif found > bound:
            width = width * _NARROWER
        if found < bound:
            centre, bound = trial, found
    return centre, bound


def _look(problem: Problem, prices: np.ndarray, planes: _Planes, starts: np.ndarray) -> float:
    gain, use = problem.sums(problem.choose(prices), starts)
    planes.gains.append(gain)
    planes.uses.append(use)
    return float(gain.sum() + prices @ (problem.most - use.sum(axis=0)))
