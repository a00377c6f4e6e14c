"""From prices to a choice within the limits: move those who lose least, spend what is left, solve the rest exactly.

At the right prices most customers are sure of their option; whether a few others get theirs decides whether limits
hold. Whoever would lose more than all that can still be gained keeps the option that prices gave (reduced-cost
fixing); the others are left to an exact solver, HiGHS, as far as they are few.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, vstack

from insight.decide.trial.constrained import Problem

_UNSURE, _PART, _MORE = 10_000, 50, 4  # customers that are moved at first, and how many times as many where too few
_OF_EACH = 1000  # who use a limit that is not held
_PASSES, _MOVES = 6, 20_000
_OPTIONS, _NODES = 2000, 200  # options and branches that the exact solver is given at most
_CLOSE = 1e-9
_ENOUGH = 1e-4  # of the bound: nearer than this is near enough


@dataclass(frozen=True, eq=False)
class _Moves:
    """Other options of some customers, whoever loses least at the prices first."""

    rows: np.ndarray
    options: np.ndarray
    losses: np.ndarray

    def first(self, worth: np.ndarray, count: int = _MOVES) -> "_Moves":
        order = np.argsort(worth, kind="stable")[:count]
        return _Moves(self.rows[order], self.options[order], self.losses[order])


def repair(problem: Problem, prices: np.ndarray, bound: float) -> np.ndarray:
    """Give a choice within the limits that gains nearly as much as the bound.

    Of many customers only those are moved who are least sure of their option, unless limits cannot be held so.
    """
    chosen = problem.choose(prices)
    unsure = _by_margin(problem, prices)
    many = _UNSURE + len(unsure) // _PART
    while many < len(unsure):
        rows = _core(problem, chosen, unsure, many)
        found = chosen.copy()
        found[rows] = -1
        part = problem.of(rows, problem.used(found))
        within = _keep_within(part, chosen[rows], prices)
        if (_over(part, part.used(within)) <= 0).all():
            found[rows] = _filled(part, within, prices, bound - problem.gained(found))
            return found
        many *= _MORE
    return _filled(problem, _keep_within(problem, chosen, prices), prices, bound)


def _core(problem: Problem, chosen: np.ndarray, unsure: np.ndarray, many: int) -> np.ndarray:
    """Give the customers to move: the least sure, and the least sure of those who use what too many use."""
    each = problem.use_of(unsure, chosen[unsure])
    over = np.flatnonzero(_over(problem, each.sum(axis=1)) > 0)
    return np.unique(np.concatenate([unsure[:many], *(unsure[each[limit] > 0][:_OF_EACH] for limit in over)]))


def _by_margin(problem: Problem, prices: np.ndarray) -> np.ndarray:
    """Give the customers in the order of how much their second best option leaves less at the prices."""
    margins = np.empty(len(problem.gain))
    for rows in problem.parts():
        two = np.partition(-_with_none(problem.left(rows, prices)), 1, axis=1)[:, :2]
        margins[rows] = np.where(np.isfinite(two[:, 1]), two[:, 1] - two[:, 0], np.inf)
    return np.argsort(margins, kind="stable")


def _filled(problem: Problem, chosen: np.ndarray, prices: np.ndarray, bound: float) -> np.ndarray:
    """Spend what is left of the limits, and solve exactly where that does not come near enough to the bound."""
    found = _use_the_rest(problem, chosen, prices)
    if bound - problem.gained(found) <= _ENOUGH * abs(bound):
        return found
    return _solve_the_rest(problem, found, prices, bound)


def _over(problem: Problem, used: np.ndarray) -> np.ndarray:
    return used - problem.most - _CLOSE * np.maximum(np.abs(problem.most), 1.0)


def _keep_within(problem: Problem, chosen: np.ndarray, prices: np.ndarray) -> np.ndarray:
    """Move customers until every limit holds: to what loses least, then to nothing; as a last resort nobody is left."""
    chosen, used = chosen.copy(), problem.used(chosen)
    scale = np.maximum(np.abs(problem.most), 1.0)
    stuck, only_out = np.zeros(len(scale), bool), False
    for _ in range(4 * len(scale)):
        over = _over(problem, used)
        if (over <= 0).all():
            return chosen
        if not ((over > 0) & ~stuck).any():
            if only_out:
                break
            stuck[:], only_out = False, True
        worst = int(np.argmax(np.where((over > 0) & ~stuck, over / scale, -np.inf)))
        before, used = used, _make(problem, chosen, used, _away_from(problem, chosen, prices, worst, only_out), worst)
        if (used != before).any():  # which may have made room for moves that broke another limit
            stuck[:] = False
        stuck[worst] = _over(problem, used)[worst] > 0
    return np.full(len(chosen), -1)


def _away_from(problem: Problem, chosen: np.ndarray, prices: np.ndarray, limit: int, only_out: bool) -> _Moves:
    """Find, for each customer, the option that uses less of a limit and loses least for what it saves."""
    found = []
    for part in problem.parts():
        rows = np.arange(part.start, part.stop)
        left, at = _with_none(problem.left(part, prices)), chosen[part]
        here = np.arange(len(rows))
        own = left[here, at][:, None]
        if only_out:
            left[:, :-1] = -np.inf
        uses = _uses(problem, rows, limit)
        saved = uses[here, at][:, None] - uses
        loss = own - left
        worth = np.where((saved > _CLOSE) & np.isfinite(left), loss / np.maximum(saved, _CLOSE), np.inf)
        best = worth.argmin(axis=1)
        some = np.isfinite(worth[here, best])
        best = best[some]
        found.append((rows[some], best, worth[here[some], best]))
    rows, options, worth = (np.concatenate(each) for each in zip(*found, strict=True))
    options = np.where(options == problem.gain.shape[1], -1, options)
    return _Moves(rows, options, worth).first(worth, len(worth))


def _uses(problem: Problem, rows: np.ndarray, limit: int) -> np.ndarray:
    """Give what every option, and last none, of customers uses of one limit."""
    if limit == 0:
        return _with_none(problem.costs[rows].astype(float))
    one = problem.limits[limit - 1]
    each = np.broadcast_to(one.options, (len(rows), len(one.options)))
    return _with_none(each if one.customers is None else each + one.customers[rows][:, None])


def _with_none(each: np.ndarray) -> np.ndarray:
    return np.column_stack([each, np.zeros(len(each), each.dtype)])


def _make(problem: Problem, chosen: np.ndarray, used: np.ndarray, moves: _Moves, worst: int) -> np.ndarray:
    """Make moves, in order, that break no other limit, until one limit holds; ``chosen`` is changed."""
    more = problem.use_of(moves.rows, moves.options) - problem.use_of(moves.rows, chosen[moves.rows])
    held = np.maximum(_over(problem, used), 0.0)
    for at in range(len(moves.rows)):
        over = _over(problem, used)
        if over[worst] <= 0:
            break
        after = np.maximum(over + more[:, at], 0.0)
        if (np.delete(after - held, worst) <= _CLOSE).all():
            chosen[moves.rows[at]], used = moves.options[at], used + more[:, at]
    return used


def _use_the_rest(problem: Problem, chosen: np.ndarray, prices: np.ndarray) -> np.ndarray:
    """Make the moves that gain and break no limit, those first that lose least at the prices."""
    chosen, used = chosen.copy(), problem.used(chosen)
    for _ in range(_PASSES):
        moves = _better(problem, chosen, prices)
        more = problem.use_of(moves.rows, moves.options) - problem.use_of(moves.rows, chosen[moves.rows])
        moved: set[int] = set()
        for at, row in enumerate(moves.rows):
            if row not in moved and (_over(problem, used + more[:, at]) <= 0).all():
                chosen[row], used = moves.options[at], used + more[:, at]
                moved.add(row)
        if not moved:
            break
    return chosen


def _better(problem: Problem, chosen: np.ndarray, prices: np.ndarray) -> _Moves:
    """Find the options that gain more than those that were chosen and would fit by themselves."""
    spare = -_over(problem, problem.used(chosen))
    found = []
    for part in problem.parts():
        rows, at = np.arange(part.start, part.stop), chosen[part]
        gain = _with_none(problem.gain[part])
        here = np.arange(len(rows))
        loss = _losses(problem, part, prices, at)
        fits = gain > gain[here, at][:, None] + _CLOSE
        for limit, room in enumerate(spare):
            uses = _uses(problem, rows, limit)
            fits &= uses - uses[here, at][:, None] <= room
        some, options = np.nonzero(fits)
        found.append((rows[some], options, loss[some, options]))
    rows, options, losses = (np.concatenate(each) for each in zip(*found, strict=True))
    return _Moves(rows, np.where(options == problem.gain.shape[1], -1, options), losses).first(losses)


def _losses(problem: Problem, rows: slice | np.ndarray, prices: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Give what every option, and last none, leaves less at the prices than the chosen one."""
    left = _with_none(problem.left(rows, prices))
    return left[np.arange(len(left)), at][:, None] - left


def _solve_the_rest(problem: Problem, chosen: np.ndarray, prices: np.ndarray, bound: float) -> np.ndarray:
    """Solve exactly for the customers who may do better by another option, as far as they are few."""
    within = bound - problem.gained(chosen)
    rows, options, losses = _contenders(problem, prices, chosen, within)
    losses_of = np.sort(losses, kind="stable")
    reach = losses_of[min(_OPTIONS, len(losses_of)) - 1] if len(losses_of) else 0.0
    some = np.isin(rows, rows[losses <= reach][:_OPTIONS]) & (losses <= reach)
    rows, options = rows[some], options[some]
    # what was chosen stays among the options
    own = np.unique(rows)
    own = own[chosen[own] >= 0]
    pairs = np.unique(np.column_stack([np.r_[rows, own], np.r_[options, chosen[own]]]), axis=0)
    if not len(pairs):
        return chosen
    found = _solved(problem, chosen, pairs[:, 0], pairs[:, 1], enough=_ENOUGH * abs(bound))
    better = problem.gained(found) > problem.gained(chosen) and (_over(problem, problem.used(found)) <= 0).all()
    return found if better else chosen


def _contenders(
    problem: Problem, prices: np.ndarray, chosen: np.ndarray, within: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the options that leave hardly less than the best one, of customers who have several or chose another one."""
    found = []
    for part in problem.parts():
        left = _with_none(problem.left(part, prices))
        loss = left.max(axis=1)[:, None] - left
        close = loss <= within
        several = (close.sum(axis=1) > 1) | (loss[np.arange(len(loss)), chosen[part]] > within)
        some, options = np.nonzero(close[:, :-1] & several[:, None] & np.isfinite(left[:, :-1]))
        found.append((some + part.start, options, loss[some, options]))
    rows, options, losses = (np.concatenate(each) for each in zip(*found, strict=True))
    return rows, options, losses


def _solved(
    problem: Problem, chosen: np.ndarray, rows: np.ndarray, options: np.ndarray, *, enough: float
) -> np.ndarray:
    """Give the exact best choice among some options of some customers, all others as they are."""
    whom, place = np.unique(rows, return_inverse=True)
    fixed = chosen.copy()
    fixed[whom] = -1
    size = len(rows)
    once = coo_array((np.ones(size), (place, np.arange(size))), shape=(len(whom), size))
    most = np.r_[np.ones(len(whom)), problem.most - problem.used(fixed)]
    limits = LinearConstraint(vstack([once, csr_array(problem.use_of(rows, options))]), -np.inf, most)
    gain = problem.gain[rows, options].astype(float)
    asked = {"node_limit": _NODES, "mip_rel_gap": enough / max(gain.sum(), enough)}
    found = milp(-gain, constraints=limits, integrality=np.ones(size), bounds=Bounds(0, 1), options=asked)
    if found.x is None:
        return chosen
    taken = found.x > 0.5
    fixed[rows[taken]] = options[taken]
    return fixed
