"""What is owed to the bank in the year ahead, and what it earns on it, as means (`ledger` and `books` say how)."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import ndtr

from insight.simulate.engine.calendar import Month
from insight.simulate.engine.state import State
from insight.simulate.events import books, ledger, lifecycle
from insight.simulate.events.spending import (
    DECLINE,
    DRAWN_TO,
    IN_CASH,
    MONTHLY_FEE,
    OVER_DECLINED,
    PLAN_SHARES,
    PLANS,
    REFUNDED,
)
from insight.simulate.marketing import offers
from insight.simulate.outlook.course import YEAR, charged_off_after, course
from insight.simulate.population.behaviour import CAR, CASH, DINING, MEAN_AMOUNT, MEDIAN, SPREAD, Traits

#: How people stand: they paid the minimum or nothing last, a part, everything at least once since the year began; they
#: are short of money for a while; they no longer use the card.
LEAST, PART, CLEAR, SHORT, IDLE = range(5)
_BUYING = 4  # those before it
_BILLED = (np.arange(YEAR)[:, None] < PLANS) / PLANS @ np.array(PLAN_SHARES)  # of an instalment plan, by month
_PLAN_FEE = MONTHLY_FEE * float(PLANS @ np.array(PLAN_SHARES))
_IN_GOODS = 1 - IN_CASH
_MEAN_PACE = lifecycle.PACE * float(np.exp(lifecycle.PACE_SPREAD**2 / 2))
_UNTIL_PAID = float(np.cumprod(np.append(1, 1 - ledger.CURES[: ledger.NO_MORE_AFTER - 2])).sum())  # months of late fees
_NEVER_CURED = float(np.prod(1 - ledger.CURES))
_MONTH, _POSTED = 30.4, 1.5  # days
_TIMES, _FEW = (0.5 - 12**-0.5, 0.5 + 12**-0.5), 0.002


@lru_cache(maxsize=YEAR)  # seen from the next month, all of these months but one come again
def mature_spending(traits: Traits, month: Month) -> np.ndarray:
    """Give what everyone would spend in a month if mature: columns for all, dining and car, three times, and cash.

    First what is wanted, then less refunds, then the interchange that it brings. The last two columns have the mean
    and the variance of the purchase that a yuan spent belongs to.
    """
    base = month.seasonal() * MEAN_AMOUNT * (1 - DECLINE)
    parts = np.zeros((len(base), 3))
    parts[:, 0], parts[DINING, 1], parts[CAR, 2] = 1, 1, 1
    wanted = base[:, None] * parts
    kept = wanted * (1 - REFUNDED)[:, None]
    cash = (base * (np.arange(len(base)) == CASH))[:, None]
    size = MEDIAN * np.exp(1.5 * SPREAD**2)  # of the purchase that a yuan spent in a category belongs to
    sizes = base[:, None] * np.stack([size, size**2 * np.exp(SPREAD**2)], axis=1)
    found = traits.rates @ np.concatenate([wanted, kept, kept * books.RATES[:, None], cash, sizes], axis=1)
    found[:, 10:] /= np.maximum(found[:, :1], 1e-9)
    found[:, 11] -= found[:, 10] ** 2
    return found * traits.ticket[:, None] ** np.array([1] * 11 + [2])


def fitting(
    wanted: np.ndarray, size: np.ndarray, variance: np.ndarray, room: np.ndarray, share: np.ndarray
) -> np.ndarray:
    """Give the share of what people want to buy that fits into the credit that is left.

    A purchase is declined if it and those before it in the month are more than that. Of a yuan spent at the time t of
    the month that is the chance that a compound Poisson sum until t and the purchase which it belongs to are less
    (taken as lognormal); two times stand for all. Where there is hardly a ``share`` of people, all fits.
    """
    fits = np.ones_like(room)
    at = np.nonzero((room < 4 * (wanted + size)) & (share > _FEW))
    wanted, size, variance = (np.broadcast_to(each, room.shape)[at] for each in (wanted, size, variance))
    room = np.log(np.maximum(room[at], 1.0))
    chance = np.zeros_like(room)
    for time in _TIMES:
        mean = np.maximum(wanted * time + size, 1e-9)
        spread = np.log1p((wanted * time * size + variance) / mean**2)
        chance += ndtr((room - np.log(mean) + spread / 2) / np.sqrt(np.maximum(spread, 1e-9))) / len(_TIMES)
    fits[at] = 1 - OVER_DECLINED * (1 - chance)
    return fits


@dataclass
class Money:
    """What is owed, and what of it the bank earns: a row for each way to stand, shares of people and sums of theirs.

    ``unpaid`` was due and is not paid, ``carried`` is on no statement yet, ``planned`` are instalments not yet billed
    (``billed``: by month). ``wanted`` is what those who use the card would buy, ``brings`` what a yuan of it brings.
    """

    share: np.ndarray
    unpaid: np.ndarray
    carried: np.ndarray
    limit: np.ndarray
    pays: np.ndarray
    revolves: np.ndarray
    forgets: np.ndarray
    pace: np.ndarray
    after: np.ndarray
    billed: np.ndarray
    planned: np.ndarray
    late: np.ndarray
    lasts: np.ndarray
    wanted: np.ndarray
    brings: np.ndarray

    @classmethod
    def of(
        cls, traits: Traits, state: State, limit: np.ndarray, autopay: np.ndarray, using: np.ndarray, late: np.ndarray
    ) -> "Money":
        """Begin with what is owed now, and everyone's habits of paying; ``late`` has those in arrears by month."""
        forgets = ledger.forgetting(autopay, traits.diligence)
        behind = np.clip(state.missed + np.arange(YEAR)[:, None], 1, len(ledger.CURES)) - 1
        pays = late * ledger.CURES[behind] + (1 - late) * (1 - forgets)
        share = np.zeros((5, traits.size))
        in_books = state.holds & ~state.defaulted
        stands = np.select([~using, state.strained], [IDLE, SHORT], LEAST)
        share[stands, np.arange(traits.size)] = in_books
        unpaid = np.maximum(state.statement_due - state.paid, 0) / 100
        bills = state.bills / 100
        carried = np.maximum(offers.owed(state) / 100 - bills.sum(axis=1) - unpaid, 0)
        pace = np.where(state.strained & (state.pace > 0), state.pace, _MEAN_PACE)
        nothing = np.zeros(traits.size)
        fined = np.maximum(ledger.LATE_FEE_SHARE * ledger.MINIMUM_SHARE * unpaid, ledger.LATE_FEE_LEAST / 100)
        fined = fined * ((state.missed > 0) & (state.missed < ledger.NO_MORE_AFTER) & (unpaid > 0) & in_books)
        return cls(
            share=share, unpaid=share * unpaid, carried=share * carried, limit=np.maximum(limit, 1), pays=pays,
            revolves=traits.revolves, forgets=forgets, pace=pace,
            after=np.clip(1 - (traits.cycle_day - _POSTED) / _MONTH, 0, 1),
            billed=(bills[:, :YEAR] * in_books[:, None]).T, planned=bills.sum(axis=1) * in_books, late=fined,
            lasts=charged_off_after(traits.cycle_day), wanted=nothing, brings=nothing,
        )  # fmt: skip

    @property
    def owed(self) -> np.ndarray:
        """What is owed, instalments not yet billed aside, a row for each way to stand."""
        return self.unpaid + self.carried

    @property
    def owing(self) -> np.ndarray:
        """Share of those who owe something."""
        return (self.share * np.clip(self.owed / np.maximum(self.share, 1e-9) / 50, 0, 1)).sum(axis=0)

    @property
    def room(self) -> np.ndarray:
        """Credit that is left to those who use the card, a row for each way to stand."""
        each = np.maximum(self.share[:_BUYING], 1e-9)
        return np.maximum(self.limit - self.planned - self.owed[:_BUYING] / each, 0)

    def takes(self, amount: float) -> np.ndarray:
        """Give the share of people, of those who use the card, times what of an amount fits into their credit."""
        return (self.share[:_BUYING] * np.minimum(self.room / amount, 1)).sum(axis=0)

    def _move(self, source: int | slice, target: int | None, part: np.ndarray) -> None:
        """Move a part of those who stand one way to another, or out of the account."""
        for sums in (self.share, self.unpaid, self.carried):
            gone = sums[source] * part
            sums[source] -= gone
            if target is not None:
                sums[target] += gone if gone.ndim == 1 else gone.sum(axis=0)

    def use(self, in_use: np.ndarray) -> None:
        """Let so many use the card as the stages say."""
        now = self.share[:_BUYING].sum(axis=0)
        self._move(slice(0, _BUYING), IDLE, np.clip(1 - in_use / np.maximum(now, 1e-9), 0, 1))
        comes = np.maximum(in_use - now, 0) / np.maximum(self.share[IDLE], 1e-9)
        self._move(IDLE, LEAST, np.clip(comes, 0, 1))

    def month(
        self, traits: Traits, at: int, mature: np.ndarray, factor: np.ndarray, lifts: np.ndarray, plan: np.ndarray,
        moves: np.ndarray,
    ) -> np.ndarray:  # fmt: skip
        """Play a month in expectation; give what it brings in yuan, annual fees, service and losses aside.

        ``factor`` is the share of mature spending of those who use the card.
        """
        shares = np.stack([factor * (1 + lifts[:, 0]), factor * lifts[:, 1], factor * lifts[:, 2]], axis=1)
        self.wanted, net, interchange = np.einsum("pk,pmk->mp", shares, mature[:, :9].reshape(-1, 3, 3))
        buying, room = self.share[:_BUYING], self.room
        self.brings = (interchange - books.POINT / 100 * net) / np.maximum(self.wanted, 1e-9)
        draws = self.pace * np.maximum(room[SHORT] - (1 - DRAWN_TO) * self.limit, 0)
        room[SHORT] -= draws / 2
        fits = buying * fitting(self.wanted, mature[:, 10], mature[:, 11], room, buying)
        bought, share = fits * net, fits.sum(axis=0)
        drawn = draws * self.share[SHORT]
        plans = offers.INSTALMENT_YUAN * traits.ticket * plan
        spent = np.zeros_like(self.share)
        spent[:_BUYING] = bought + plans * _PLAN_FEE * buying
        spent[SHORT] += drawn
        self.billed[at:] += _BILLED[: YEAR - at, None] * (plans * (1 - self.after))
        self.billed[at + 1 :] += _BILLED[: YEAR - at - 1, None] * (plans * self.after)
        self.planned = self.planned + plans - self.billed[at]
        interest, late = ledger.MONTHLY_INTEREST * self.unpaid, self.late
        self._pay(spent, interest + self.billed[at] * self.share, moves, self.pays[at])
        brought = interchange * share + (_IN_GOODS * drawn + plans) * books.INTERCHANGE
        cash = shares[:, 0] * mature[:, 9] * share
        points = books.POINT * (bought.sum(axis=0) - cash + _IN_GOODS * drawn + plans) / 100
        funds = books.FUNDS * (self.owed.sum(axis=0) + self.planned)
        return np.stack([brought, interest.sum(axis=0), late + plans * _PLAN_FEE, -points, -funds])

    def _pay(self, spent: np.ndarray, charged: np.ndarray, moves: np.ndarray, pays: np.ndarray) -> None:
        """Issue statements, and let people pay as they are used to."""
        due = self.owed + (1 - self.after) * spent + charged
        carried = self.after * spent
        rarely, seldom, most = (np.where(self.revolves, *each)
                                for each in zip(ledger.REVOLVING, ledger.STRAIGHT, strict=True))  # fmt: skip
        moves = np.where(self.revolves, moves, 0)
        part = (ledger.LEAST_PART + most) / 2
        least, some = pays * rarely * (1 - moves), pays * (seldom - rarely) * (1 - moves)
        clears = np.maximum(pays - least - some, 0)
        before, sums, later = (each[LEAST] + each[PART] for each in (self.share, due, carried))
        few = np.clip(ledger.MINIMUM_LEAST / 100 * before / np.maximum(sums, 1e-9), ledger.MINIMUM_SHARE, 1)
        short = np.minimum(pays, 1 - ledger.MISSES_WHEN_SHORT)
        usual = clears + some * part + least * ledger.MINIMUM_SHARE
        missed = np.stack([1 - pays] * 3 + [1 - short, 1 - pays]) * (due > self.share)
        fines = np.maximum(due * ledger.LATE_FEE_SHARE * ledger.MINIMUM_SHARE, self.share * ledger.LATE_FEE_LEAST / 100)
        self.late = (missed * fines).sum(axis=0) * np.where(pays < 1 - self.forgets - 1e-9, 1, _UNTIL_PAID)
        self.unpaid = np.stack(
            [
                sums * (1 - pays + least * (1 - few)),
                sums * some * (1 - part),
                due[CLEAR] * (1 - usual),
                due[SHORT] * (1 - short * ledger.share_paid(ledger.SHORT)),
                due[IDLE] * (1 - usual),
            ]
        )
        stay = 1 - pays + least
        idle = self.share[IDLE], carried[IDLE]
        self.share = np.stack(
            [before * stay, before * some, self.share[CLEAR] + before * clears, self.share[SHORT], idle[0]]
        )
        self.carried = np.stack([later * stay, later * some, carried[CLEAR] + later * clears, carried[SHORT], idle[1]])

    def charge_off(self, at: int, chain: np.ndarray) -> np.ndarray:
        """Give what is lost on those who forget one payment after another, ``chain`` being in arrears from the start.

        It is taken from the account.
        """
        long_enough = (at >= self.lasts) * _NEVER_CURED
        usual = np.minimum(long_enough * self.forgets + chain, 1)
        short = np.minimum(long_enough * np.maximum(self.forgets, ledger.MISSES_WHEN_SHORT) + chain, 1)
        share = np.stack([usual, usual, usual, short, usual])
        lost = share * (self.owed + self.planned * self.share)
        self.unpaid, self.carried = self.unpaid * (1 - share), self.carried * (1 - share)
        self.share = self.share * (1 - share)
        return lost.sum(axis=0)

    def fall_short(self, hazard: np.ndarray, left: int) -> tuple[np.ndarray, np.ndarray]:
        """Let people fall short of money, for good or for a while; ``hazard`` is that of those who owe nothing.

        Gives the share of those who default, and what they bring in the months that are ``left`` of the year.
        """
        buying = np.maximum(self.share[:_BUYING], 1e-9)
        owed = self.owed[:_BUYING]
        used = owed / buying / self.limit
        fails = np.minimum(hazard * np.exp(np.clip(used + self.planned / self.limit, 0, 1)), 1) * (owed > buying)
        default = fails * self.share[:_BUYING]
        gone = default.sum(axis=0)
        worth = gone * self.course_of(left, (default * used).sum(axis=0) / np.maximum(gone, 1e-12))
        for stands in range(_BUYING):
            self._move(stands, None, fails[stands])
        self._move(SHORT, LEAST, np.full(len(self.limit), lifecycle.STRAIN_ENDS))
        for stands in (LEAST, PART, CLEAR):
            self._move(stands, SHORT, np.minimum(lifecycle.STRAINED * fails[stands], 1))
        return gone, worth

    def course_of(self, left: int, used: np.ndarray, pace: np.ndarray | None = None) -> np.ndarray:
        """Give what those bring until the year's end who are in default from now on (`course`)."""
        found = course().brings(left, self.lasts, used, self.wanted / self.limit, pace)
        return found[..., 0] * self.limit + found[..., 1] * (self.wanted * self.brings)
