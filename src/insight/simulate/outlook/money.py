"""What is owed to the bank in the year ahead, and what it earns on it, as means (`ledger` and `books` say how)."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from insight.simulate.engine.calendar import Month
from insight.simulate.engine.state import State
from insight.simulate.events import books, ledger, lifecycle
from insight.simulate.events.spending import DECLINE, DRAWN_TO, IN_CASH, MONTHLY_FEE, PLAN_SHARES, PLANS, REFUNDED
from insight.simulate.marketing import offers
from insight.simulate.population.behaviour import CAR, CASH, DINING, MEAN_AMOUNT, Traits

YEAR = 12
_BILLED = ((np.arange(YEAR)[:, None] < PLANS) / PLANS) @ np.array(PLAN_SHARES)  # of an instalment plan, by month
_PLAN_FEE = MONTHLY_FEE * float(PLANS @ np.array(PLAN_SHARES))
_IN_GOODS = 1 - IN_CASH


@lru_cache(maxsize=YEAR)  # seen from the next month, all of these months but one come again
def mature_spending(traits: Traits, month: Month) -> np.ndarray:
    """Give what everyone would spend in a month if mature: columns for all, dining and car, three times, and cash.

    First what is wanted, then less refunds, then the interchange that it brings.
    """
    base = month.seasonal() * MEAN_AMOUNT * (1 - DECLINE)
    parts = np.zeros((len(base), 3))
    parts[:, 0], parts[DINING, 1], parts[CAR, 2] = 1, 1, 1
    wanted = base[:, None] * parts
    kept = wanted * (1 - REFUNDED)[:, None]
    cash = (base * (np.arange(len(base)) == CASH))[:, None]
    weights = np.concatenate([wanted, kept, kept * books.RATES[:, None], cash], axis=1)
    return (traits.rates @ weights) * traits.ticket[:, None]


@dataclass
class Money:
    """What is owed, and what of it the bank earns, as means."""

    balance: np.ndarray
    unpaid: np.ndarray
    limit: np.ndarray
    pays: np.ndarray
    forgets: np.ndarray
    revolves: np.ndarray
    short: np.ndarray
    pace: np.ndarray
    after: np.ndarray
    owing: np.ndarray
    billed: np.ndarray
    planned: np.ndarray
    due: np.ndarray

    @classmethod
    def of(cls, traits: Traits, state: State, limit: np.ndarray, autopay: np.ndarray) -> "Money":
        """Begin with what is owed now, and everyone's habits of paying (`ledger`)."""
        forgets = ledger.forgetting(autopay, traits.diligence)
        cures = ledger.CURES[np.minimum(np.maximum(state.missed, 1), len(ledger.CURES)) - 1]
        paid = np.where(traits.revolves, ledger.share_paid(ledger.REVOLVING), ledger.share_paid(ledger.STRAIGHT))
        pays = paid * (1 - forgets)
        pays = np.where(state.missed > 0, pays * cures, pays)
        unpaid = np.maximum(state.statement_due - state.paid, 0) / 100
        owed = np.maximum(offers.owed(state), 0) / 100
        bills = state.bills.sum(axis=1) / 100
        return cls(
            balance=np.maximum(owed - bills, 0), unpaid=unpaid, limit=limit, pays=pays, forgets=forgets,
            revolves=traits.revolves, short=state.strained.astype(float),
            pace=np.where(state.pace > 0, state.pace, lifecycle.PACE),
            after=1 - traits.cycle_day / 30, owing=(owed > 1) * 1.0,
            billed=state.bills / 100, planned=bills, due=unpaid,
        )  # fmt: skip

    @property
    def utilisation(self) -> np.ndarray:
        """What is owed of the limit."""
        return np.clip((self.balance + self.planned) / np.maximum(self.limit, 1), 0, 1)

    def charge_off(self, share: np.ndarray, stopped: np.ndarray) -> np.ndarray:
        """Give what charge-offs lose, of everybody and of those who stopped to pay, and take it from what is owed."""
        owed = self.balance + self.planned
        lost = share * owed + stopped * np.maximum(owed, ledger.EXHAUSTED * self.limit * (stopped < 1))
        left = 1 - np.clip(lost / np.maximum(owed, 1e-9), 0, 1)
        self.balance, self.unpaid, self.planned = self.balance * left, self.unpaid * left, self.planned * left
        self.billed = self.billed * left[:, None]
        return np.minimum(lost, owed)

    def month(
        self, traits: Traits, mature: np.ndarray, factor: np.ndarray, lifts: np.ndarray, plan: np.ndarray,
        trouble: np.ndarray, moves: np.ndarray, stopped: np.ndarray,
    ) -> np.ndarray:  # fmt: skip
        """Play a month in expectation; give its margin in yuan, annual fees, service and losses aside."""
        shares = np.stack([factor * (1 + lifts[:, 0]), factor * lifts[:, 1], factor * lifts[:, 2]], axis=1)
        wanted, net, interchange = np.einsum("pk,pmk->mp", shares, mature[:, :9].reshape(-1, 3, 3))
        room = np.maximum(self.limit - self.balance - self.planned, 0)
        fits = np.minimum(1, room / np.maximum(wanted, 1e-9))
        bought, interchange, cash = net * fits, interchange * fits, shares[:, 0] * mature[:, 9] * fits
        short = np.clip(self.short + trouble, 0, 1)
        draws = short * self.pace * np.maximum(DRAWN_TO * self.limit - self.balance, 0)
        interchange = interchange + _IN_GOODS * draws * books.INTERCHANGE
        each = offers.INSTALMENT_YUAN * traits.ticket * plan
        interchange = interchange + each * books.INTERCHANGE
        fee = each * _PLAN_FEE
        future = np.zeros_like(self.billed)
        future[:, :YEAR] = each[:, None] * _BILLED
        self.billed = self.billed + future
        due_part = self.billed[:, 0]
        self.billed = np.concatenate([self.billed[:, 1:], np.zeros((traits.size, 1))], axis=1)
        self.planned = self.billed.sum(axis=1)
        interest = ledger.MONTHLY_INTEREST * self.unpaid
        late = np.maximum(self.forgets * 10, 0) * (self.unpaid > 1) * np.where(self.revolves, 1, 0.5)
        spent = bought + draws + fee
        due = self.balance + (1 - self.after) * spent + interest + due_part + late
        moves = np.where(self.revolves, moves, 0)
        pays = np.where(short > 0.5, ledger.share_paid(ledger.SHORT), self.pays)
        pays = (pays + (1 - pays) * moves) * (1 - stopped)
        self.due, self.unpaid = due, due * (1 - pays)
        self.balance = self.unpaid + self.after * spent
        self.owing = np.clip(self.balance / 50, 0, 1)
        self.short = self.short * (1 - lifecycle.STRAIN_ENDS)
        points = books.POINT * (bought - cash + _IN_GOODS * draws + each) / 100
        funds = books.FUNDS * (self.balance + self.planned)
        return interchange + interest + late + fee - points - funds
