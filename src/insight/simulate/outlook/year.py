"""The twelve months ahead of every customer in expectation: stages as shares, money as means."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from insight.simulate.draws import sigmoid
from insight.simulate.engine.calendar import Month
from insight.simulate.engine.log import NO_DAY
from insight.simulate.engine.state import BLOCKED_AFTER, HORIZON, LIFTS, State
from insight.simulate.engine.vocabulary import ANNUAL_FEES, APPROVED, DRIFTING, GROWING, LOST, MATURE, WON_BACK
from insight.simulate.events import books, ledger, lifecycle, service
from insight.simulate.fraud import cases
from insight.simulate.fraud.cases import expected_loss
from insight.simulate.marketing import offers
from insight.simulate.outlook.course import CHARGED
from insight.simulate.outlook.money import YEAR, Money, mature_spending
from insight.simulate.population.behaviour import Traits

_COOLING = 8  # months of drifting that are told apart
_GRIEVED = 0.12  # tickets that end badly
_JUMPS, _WEIGHTS = np.polynomial.laguerre.laggauss(4)
_UNPAID = 7  # statements, from the first missed to the charge-off


@dataclass(frozen=True)
class Start:
    """How the year begins: what a state says, or what an offer would make of it, a value a person."""

    stage: np.ndarray
    months_in_stage: np.ndarray
    lifts: np.ndarray
    limit: np.ndarray
    autopay: np.ndarray
    instalment: np.ndarray
    waits: np.ndarray
    fatigue: np.ndarray

    @classmethod
    def of(cls, state: State) -> "Start":
        """Give the start that a state says, nobody contacted and all still able to respond."""
        size = len(state.stage)
        lifts, open_ = state.lifts.copy(), np.full(size, -1.0)
        return cls(
            state.stage, state.months_in_stage, lifts, state.limit / 100, state.autopay, open_, np.ones(size),
            state.fatigue,
        )  # fmt: skip


@dataclass(frozen=True)
class Year:
    """Expectations by person (rows) and month: the bank's margin in yuan, and chances of what happens by then."""

    margin: np.ndarray
    leaving: np.ndarray
    closing: np.ndarray
    default: np.ndarray


def _unease(traits: Traits, state: State, fee_months: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give expected unease and what of it has ripened by month, and how often rivals court."""
    courts = lifecycle.courting(traits)
    brings = courts * lifecycle.RIVALS_OFFER + service.TICKETS * _GRIEVED * service.GRIEVANCE
    unease, resolve = np.empty((YEAR, traits.size)), np.empty((YEAR, traits.size))
    unease[0], resolve[0] = state.unease, state.resolve
    for at in range(1, YEAR):
        resolve[at] = resolve[at - 1] + lifecycle.RIPENS * (unease[at - 1] - resolve[at - 1])
        fee = lifecycle.FEE * traits.price * fee_months[at - 1]
        unease[at] = lifecycle.UNEASE_STAYS * unease[at - 1] + brings + fee
    return unease, resolve, courts


def _ripening() -> np.ndarray:
    """Give the thoughts of leaving that one unit of unease has become after 0, 1, 2 ... months."""
    unease, resolve, path = 1.0, 0.0, [0.0]
    for _ in range(YEAR):
        resolve += lifecycle.RIPENS * (unease - resolve)
        unease *= lifecycle.UNEASE_STAYS
        path.append(resolve)
    return np.array(path)


def _surprised(odds: np.ndarray, courts: np.ndarray) -> np.ndarray:
    """Give how many times as high the hazard of leaving is, since rivals may court in the months before."""
    ripened = _ripening()
    times = np.ones_like(odds)
    for at in range(1, YEAR):
        plain = np.maximum(sigmoid(odds[at]), 1e-9)
        for age in range(1, at + 1):
            step = 1.3 * lifecycle.RIVALS_OFFER * ripened[age]
            raised = sum(w * sigmoid(odds[at] - courts * step + step * jump)
                         for w, jump in zip(_WEIGHTS, _JUMPS, strict=True))  # fmt: skip
            still = sigmoid(odds[at] - courts * step)
            times[at] *= (still + courts * (raised - still)) / plain
    return times


def _arrears(state: State) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give, by month, whose card pays, who is charged off without default, and who is behind, as shares."""
    behind = np.minimum(state.missed, len(ledger.CURES))
    late, clear = ((behind > 0) & ~state.gave_up).astype(float), np.ones((YEAR, len(behind)))
    chain, lates = np.zeros((2, YEAR, len(behind)))
    for at in range(YEAR):
        count, lates[at] = behind + at, late
        clear[at] = 1 - late * (count >= BLOCKED_AFTER)
        late = late * (1 - ledger.CURES[np.clip(count - 1, 0, len(ledger.CURES) - 1)])
        ends = count + 1 >= _UNPAID
        chain[at], late = late * ends, late * ~ends
    return clear, chain, lates


@dataclass(frozen=True)
class Ahead:
    """What of the year ahead is the same whatever the bank offers."""

    months: list[Month]
    mature: list[np.ndarray]
    fee_due: np.ndarray
    calm: np.ndarray
    odds: np.ndarray
    surprise: np.ndarray
    clear: np.ndarray
    chain: np.ndarray
    late: np.ndarray

    @classmethod
    def of(cls, traits: Traits, state: State, month: Month) -> "Ahead":
        """Look from the start of a month."""
        begin = month.first.astype("datetime64[M]")
        months = [
            replace(month, index=month.index + at, first=(begin + at).astype("datetime64[D]")) for at in range(YEAR)
        ]
        pays_fee = (ANNUAL_FEES[state.product] > 0) & (state.opened != NO_DAY)
        fee_due = np.stack([((each.base - state.opened) // 30 % YEAR == 0) & pays_fee for each in months])
        unease, resolve, courts = _unease(traits, state, fee_due)
        odds = offers.leaving_odds(traits, resolve, state.autopay, state.friend)
        calm = offers.FADES * (offers.USUAL_UNEASE - (unease + resolve) / 2)
        mature = [mature_spending(traits, each) for each in months]
        return cls(months, mature, fee_due, calm, odds, _surprised(odds, courts), *_arrears(state))

    def unease(self, at: int) -> np.ndarray:
        """Give the unease expected in a month, ripe or not."""
        return np.maximum(offers.USUAL_UNEASE - self.calm[at] / offers.FADES, 0)

    def take(self, rows: np.ndarray) -> "Ahead":
        """Give some people's."""
        some: dict[str, Any] = {"mature": [each[rows] for each in self.mature]}
        some |= {name: values[:, rows] for name, values in vars(self).items() if isinstance(values, np.ndarray)}
        return replace(self, **some)


@dataclass
class Stages:
    """Shares of each person: not yet in use, in use, started or back for months, drifting for months, lost."""

    waiting: np.ndarray
    using: np.ndarray
    started: np.ndarray
    drifting: np.ndarray
    lost: np.ndarray
    back: np.ndarray

    @classmethod
    def of(cls, state: State, start: Start) -> "Stages":
        """Begin with the stages of a start."""
        size, alive = len(start.stage), state.holds & ~state.gave_up
        waiting, using, drifts, lost = (
            np.isin(start.stage, stages).astype(float) * alive
            for stages in ((APPROVED,), (GROWING, MATURE, WON_BACK), (DRIFTING,), (LOST,))
        )
        drifting = np.zeros((_COOLING, size))
        drifting[np.minimum(start.months_in_stage, _COOLING - 1), np.arange(size)] = drifts
        return cls(waiting, using, np.zeros((6, size)), drifting, lost, np.zeros((6, size)))

    @property
    def in_use(self) -> np.ndarray:
        """Share whose card is in use."""
        return self.using + self.started.sum(axis=0) + self.drifting.sum(axis=0) + self.back.sum(axis=0)

    def respond(self, begins: np.ndarray, can: np.ndarray | float) -> None:
        """Let those begin, stay and come back who do so without an offer."""
        begins = begins * can * self.waiting
        returns = sigmoid(np.array(offers.STAYS_ALONE)) * can * self.drifting
        comes = sigmoid(np.array(offers.RETURNS_ALONE)) * can * self.lost
        self.waiting, self.drifting, self.lost = self.waiting - begins, self.drifting - returns, self.lost - comes
        self.using = self.using + returns.sum(axis=0)
        self.started[0] += begins
        self.back[0] += comes

    def paces(self, start: Start, at: int) -> tuple[np.ndarray, ...]:
        """Give the share of mature spending, unease aside, by part: in use, started, drifting, back."""
        since = start.months_in_stage + at
        ramp = np.where(start.stage == GROWING, offers.RAMP[np.minimum(since, 5)], 1.0)
        ramp = np.where(since >= 6, 1.0, np.where(start.stage == WON_BACK, offers.BACK, ramp))
        cooling = offers.COOLS ** (np.arange(_COOLING) + 1)
        return ramp, offers.RAMP[:, None], cooling[:, None], np.array(offers.BACK)

    def spend(self, start: Start, at: int) -> np.ndarray:
        """Give the share of mature spending that is expected, unease aside (`offers.stage_factor`)."""
        ramp, starts, cools, back = self.paces(start, at)
        using, back = self.using * ramp, back * self.back.sum(axis=0)
        return using + (starts * self.started).sum(axis=0) + (cools * self.drifting).sum(axis=0) + back

    def scale(self, left: np.ndarray) -> None:
        """Leave so much of those whose card is in use."""
        for name in ("using", "started", "drifting", "back"):
            setattr(self, name, getattr(self, name) * left)

    def end(self, hazard: np.ndarray, moves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """End a month; give who decides to leave and who closes the account."""
        leaves = [hazard * part for part in (self.using, self.started, self.back)]
        for fresh in leaves[1:]:
            fresh[0] = 0  # not in the month in which they begin
        decide = leaves[0] + leaves[1].sum(axis=0) + leaves[2].sum(axis=0)
        loses = self.drifting * offers.LOSS_WHEN_DRIFTING
        closes = loses.sum(axis=0) * lifecycle.CLOSES + moves * (self.in_use + self.waiting + self.lost)
        stay, grown, settled = self.drifting - loses, self.started - leaves[1], self.back - leaves[2]
        nobody = np.zeros((1, len(self.using)))
        self.lost = self.lost + loses.sum(axis=0) * (1 - lifecycle.CLOSES)
        self.using = self.using - leaves[0] + grown[-1] + settled[-1]
        self.drifting = np.concatenate([decide[None], stay[:-2], stay[-2:].sum(axis=0)[None]])
        self.started, self.back = np.concatenate([nobody, grown[:-1]]), np.concatenate([nobody, settled[:-1]])
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) * (1 - moves))
        return decide, closes


def year_ahead(traits: Traits, state: State, ahead: Ahead, start: Start) -> Year:
    """Follow everyone for twelve months in which nobody is contacted again."""
    now = Stages.of(state, start)
    now.scale(1.0 - state.defaulted)  # what these bring is known (`course`)
    money = Money.of(traits, state, start.limit, start.autopay, now.in_use > 0, ahead.late)
    odds = ahead.odds + offers.leaving_odds(traits, 0.0, start.autopay, False) - offers.leaving_odds(
        traits, 0.0, state.autopay, False)  # fmt: skip
    current, moves_away = state.missed == 0, lifecycle.MOVES_AWAY * ((state.missed == 0) & ~state.defaulted)
    cooled = np.where(start.stage == DRIFTING, offers.COOLS ** (start.months_in_stage + 2.0), 1.0)
    used_card = state.active & (state.stage != DRIFTING)
    doomed, thieves = state.defaulted & (start.stage == APPROVED), cases.hazard(traits)
    found = {field.name: np.zeros((YEAR, traits.size)) for field in fields(Year)}
    decided, closed, defaulted = np.zeros((3, traits.size))
    for at, month in enumerate(ahead.months):
        begins = sigmoid(offers.starts_alone(traits, start.months_in_stage + at))
        waiting = now.waiting
        now.respond(begins, start.waits if at == 0 else 1.0)
        doom = (waiting - now.waiting) * doomed
        now.started[0] *= ~doomed
        in_use, clear = now.in_use, ahead.clear[at]
        money.use(in_use)
        lifts = start.lifts[:, at] if at < HORIZON else np.zeros((traits.size, len(LIFTS)))
        plan = sigmoid(offers.plans_alone(traits)) * in_use * clear * current
        plan = np.where((start.instalment >= 0) & (at == 0), start.instalment * (in_use > 0), plan)
        factor = np.where(in_use > 0, now.spend(start, at) / np.maximum(in_use, 1e-9), cooled)
        factor = factor * np.exp(ahead.calm[at]) * clear
        parts = money.month(traits, at, ahead.mature[at], factor, lifts, plan, ledger.moving(ahead.unease(at)))
        margin = parts.sum(axis=0) + ANNUAL_FEES[state.product] / 100 * ahead.fee_due[at] * in_use * clear
        loss = expected_loss(month)
        margin -= thieves * money.takes(loss) * loss
        margin -= books.OPEN_CARD / 100 * np.clip(now.waiting + in_use + now.lost, 0, 1)
        margin -= books.STATEMENT / 100 * np.maximum(in_use, money.owing)
        fatigue = start.fatigue * lifecycle.FATIGUE_STAYS**at
        drifts = now.drifting.sum(axis=0)
        margin -= books.TICKET / 100 * service.expected_tickets(
            traits, state, start.autopay, in_use, drifts, ahead.unease(at), fatigue)  # fmt: skip
        margin -= money.charge_off(at, ahead.chain[at])
        if at == 0:
            margin += _in_default(state, money, start)
        if doomed.any():
            margin += doom * money.course_of(YEAR - at, np.zeros(traits.size), state.pace)
        default = np.exp(offers.default_odds(traits, np.zeros(traits.size), ~current) + lifts[:, 4]) * clear
        default = default * used_card if at == 0 else default
        fails, brings = money.fall_short(default, YEAR - 1 - at)
        now.scale(np.clip(1 - fails / np.maximum(in_use, 1e-9), 0, 1))
        found["margin"][at] = margin + brings
        leaving = np.clip(offers.shifted(sigmoid(odds[at]), lifts[:, 3]) * ahead.surprise[at], 0, 1)
        leaving = leaving * used_card if at == 0 else leaving
        decide, closes = now.end(leaving * clear, moves_away)
        unused = now.waiting * (start.months_in_stage + at >= lifecycle.NEVER_USED)
        now.waiting = now.waiting - unused
        decided, closed, defaulted = decided + decide, closed + closes + unused, defaulted + fails
        found["leaving"][at], found["closing"][at], found["default"][at] = decided, closed, defaulted
    return Year(**{name: values.T for name, values in found.items()})


def _in_default(state: State, money: Money, start: Start) -> np.ndarray:
    """Give what those bring in the year who are in default when it begins."""
    owed = np.maximum(offers.owed(state), 0) / 100
    due = np.maximum(offers.owed(state) - state.bills.sum(axis=1), 0) / 100
    paying = state.defaulted & ~state.gave_up & state.holds & (start.stage >= GROWING) & (start.stage != LOST)
    brings = paying * money.course_of(YEAR, due / money.limit, np.maximum(state.pace, 0.05))
    gone = np.flatnonzero(state.gave_up & state.holds)
    ends = np.clip(money.lasts[gone] - state.missed[gone], 0, YEAR)
    bears = np.clip(ledger.NO_MORE_AFTER - state.missed[gone], 0, ends)
    brings[gone] = owed[gone] * (bears * CHARGED - books.FUNDS * ends - (ends < YEAR) * (1 + bears * CHARGED))
    return brings


def taken(whole: Traits | State | Start, rows: np.ndarray) -> Any:
    """Give some people's traits, state or start."""
    some = {name: values[rows] for name, values in vars(whole).items() if isinstance(values, np.ndarray)}
    return replace(whole, **some)
