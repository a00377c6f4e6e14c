"""The course of those who fall short of money for good: what the bank still earns on them, and what it loses."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import ndtr

from insight.simulate.draws import Draws
from insight.simulate.events import books, ledger, lifecycle
from insight.simulate.events.spending import DRAWN_TO, IN_CASH

YEAR = 12
_PATHS, _VARIES = 192, 0.7  # paths a cell; spread of purchases
_LASTS, _AFTER = (6, 7), {6: 0.80, 7: 0.35}  # months until the charge-off; share of a month after its statement then
_PACES = np.array([0.08, 0.13, 0.18, 0.25, 0.35, 0.5, 0.65, 0.85])
_USED = np.linspace(0, 1, 9)
_BUYS = np.array([0.0, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0])  # a month, by the limit
_BEAR = ledger.NO_MORE_AFTER - 1  # statements after the first missed that still charge
CHARGED = ledger.MONTHLY_INTEREST + ledger.MINIMUM_SHARE * ledger.LATE_FEE_SHARE


def _paces() -> np.ndarray:
    """Give the shares of the paces at which people draw who fall short of money later."""
    edges = np.log((_PACES[1:] + _PACES[:-1]) / 2 / lifecycle.PACE) / lifecycle.PACE_SPREAD
    return np.diff(ndtr(edges), prepend=0.0, append=1.0)


@dataclass(frozen=True)
class Course:
    """What a default brings until a year's end: a row for each month left, use of the limit and purchases by the limit.

    The columns are interest, fees and the interchange of what is drawn, less points, funds and the loss, by the limit,
    and what is bought as usual, in months of it. ``own`` has the same by pace of drawing; the second axis of both is
    the months from the first payment that stays away to the charge-off, six or seven.
    """

    usual: np.ndarray
    own: np.ndarray

    def brings(
        self, left: int, lasts: np.ndarray, used: np.ndarray, buys: np.ndarray, pace: np.ndarray | None = None
    ) -> np.ndarray:
        """Give both columns for people; ``pace`` is known of those who are in default already."""
        table, first = self.usual[left], lasts - _LASTS[0]
        if pace is not None:
            table, first = self.own[left], first * len(_PACES) + np.abs(_PACES[:, None] - pace).argmin(axis=0)
        at = np.clip(used, 0, 1) * (len(_USED) - 1)
        row = np.minimum(at.astype(np.int64), len(_USED) - 2)
        column = np.searchsorted(_BUYS[1:-1], buys, side="right")
        along, across = (at - row)[..., None], np.minimum((buys - _BUYS[column]) / np.diff(_BUYS)[column], 1)[..., None]
        cell, cells = (first * len(_USED) + row) * len(_BUYS) + column, table.reshape(-1, 2)
        low = cells[cell] * (1 - across) + cells[cell + 1] * across
        high = cells[cell + len(_BUYS)] * (1 - across) + cells[cell + len(_BUYS) + 1] * across
        return low * (1 - along) + high * along


@lru_cache(maxsize=1)
def course() -> Course:
    """Play defaults at every pace, from every use of the limit."""
    own = np.stack([_played(lasts) for lasts in _LASTS], axis=1)
    return Course(np.einsum("mlpuwk,p->mluwk", own, _paces()), own)


def _played(lasts: int) -> np.ndarray:
    """Play defaults of which the charge-off comes ``lasts`` months after the first payment that stays away."""
    cells = (len(_PACES), len(_USED), len(_BUYS))
    pace = _PACES[:, None, None, None]
    owed = np.broadcast_to(_USED[None, :, None, None], (*cells, _PATHS)).copy()
    draws, shape, after = Draws((lasts,), np.arange(_PATHS)), 1 / _VARIES**2, _AFTER[lasts]
    unpaid, pays_on = owed.copy(), np.ones_like(owed)
    money, bought = np.zeros((2, YEAR + 1, *cells))
    for month in range(1, YEAR + 1):
        drawn = pace * draws.uniform(0.5, 1.5) * np.maximum(DRAWN_TO - owed, 0)
        wanted = _BUYS[:, None] * _gamma(draws, shape)
        buys = np.minimum(wanted, np.maximum(1 - owed - drawn, 0))
        interest = ledger.MONTHLY_INTEREST * unpaid
        due = owed + (1 - after) * (drawn + buys) + interest
        stops = pays_on * ledger.GIVES_UP * (due > ledger.EXHAUSTED)
        goods = (1 - IN_CASH) * drawn * (books.INTERCHANGE - books.POINT / 100)
        unpaid = due * (1 - np.where(draws.random() < ledger.SHORT[0], ledger.MINIMUM_SHARE,
                                     draws.uniform(ledger.LEAST_PART, ledger.SHORT[2])))  # fmt: skip
        money[month] += (pays_on * (interest + goods)).mean(axis=-1)
        bought[month] += (pays_on * buys).mean(axis=-1) / np.maximum(_BUYS, 1e-9)
        stays = due + after * (drawn + buys)
        stays = (stops * (stays + np.minimum(wanted, np.maximum(1 - stays, 0)))).mean(axis=-1)  # until it is blocked
        money[month + 1 : month + 1 + _BEAR] += CHARGED * stays
        money[month : month + lasts] -= books.FUNDS * stays
        if month + lasts <= YEAR:
            money[month + lasts] -= stays * (1 + CHARGED * _BEAR)
        pays_on = pays_on - stops
        owed = unpaid + after * (drawn + buys)
        money[month] -= (pays_on * books.FUNDS * owed).mean(axis=-1)
    return np.stack([money.cumsum(axis=0), bought.cumsum(axis=0)], axis=-1)


def _gamma(draws: Draws, shape: float) -> np.ndarray:
    """Draw from the gamma distribution with mean one (Wilson and Hilferty's approximation)."""
    return np.maximum(1 - 1 / (9 * shape) + draws.normal() / (3 * np.sqrt(shape)), 0) ** 3


def charged_off_after(cycle_day: np.ndarray) -> np.ndarray:
    """Give the months from the first payment that stays away to the charge-off."""
    return np.where(cycle_day + ledger.DUE_AFTER + lifecycle.CHARGE_OFF_AFTER < 7 * 30.44, 6, 7)
