"""The twelve months ahead of every customer in expectation: stages as shares, money as means."""

from dataclasses import dataclass, fields, replace

import numpy as np
from scipy.special import ndtr

from insight.simulate.draws import sigmoid
from insight.simulate.engine.calendar import Month
from insight.simulate.engine.log import NO_DAY
from insight.simulate.engine.state import BLOCKED_AFTER, HORIZON, LIFTS, State
from insight.simulate.engine.vocabulary import ANNUAL_FEES, APPROVED, DRIFTING, GROWING, LOST, MATURE, WON_BACK
from insight.simulate.events import books, ledger, lifecycle, service
from insight.simulate.fraud.cases import expected_loss, exposed
from insight.simulate.marketing import offers
from insight.simulate.outlook.money import YEAR, Money, mature_spending
from insight.simulate.population.behaviour import Traits

_COOLING = 8  # months of drifting that are told apart
_GRIEVED, _FINDS_HELP = 0.12, 1.4  # tickets that end badly; tickets by the share of those to whom nothing happened
_JUMPS, _WEIGHTS = np.polynomial.laguerre.laggauss(4)
VARIES = 0.1  # spread of what is due by the limit, around its mean
_NEVER_CURED = float(np.prod(1 - ledger.CURES))
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

    @classmethod
    def of(cls, state: State) -> "Start":
        """Give the start that a state says, nobody contacted and all still able to respond."""
        size = len(state.stage)
        lifts, open_ = state.lifts.copy(), np.full(size, -1.0)
        return cls(state.stage, state.months_in_stage, lifts, state.limit / 100, state.autopay, open_, np.ones(size))


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
    brings = courts * lifecycle.RIVALS_OFFER + service.TICKETS * _FINDS_HELP * _GRIEVED * service.GRIEVANCE
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


def _arrears(state: State) -> tuple[np.ndarray, np.ndarray]:
    """Give, by month, the share whose card pays, and the share of those behind who are charged off without default."""
    behind = np.minimum(state.missed, len(ledger.CURES))
    late, clear = ((behind > 0) & ~state.gave_up).astype(float), np.ones((YEAR, len(behind)))
    chain = np.zeros((YEAR, len(behind)))
    for at in range(YEAR):
        count = behind + at
        clear[at] = 1 - late * (count >= BLOCKED_AFTER)
        late = late * (1 - ledger.CURES[np.clip(count - 1, 0, len(ledger.CURES) - 1)])
        ends = count + 1 >= _UNPAID
        chain[at], late = late * ends, late * ~ends
    return clear, chain


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

    def moves(self, at: int) -> np.ndarray:
        """Give the chance that a revolver moves the balance to another bank."""
        unease = np.maximum(offers.USUAL_UNEASE - self.calm[at] / offers.FADES, 0)
        return ledger.moving(unease)


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

    def end(self, hazard: np.ndarray, moves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """End a month; give who decides to leave and who closes the account."""
        leaves = [hazard * part for part in (self.using, self.started, self.back)]
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


@dataclass
class _Trouble:
    """Shares of each person: in default and still paying, no longer paying, and whose account is charged off when."""

    draws: np.ndarray
    stopped: np.ndarray
    ends: np.ndarray
    lasts: np.ndarray
    defaulted: np.ndarray

    @classmethod
    def of(cls, traits: Traits, state: State) -> "_Trouble":
        """Begin with those whom a state has in default."""
        lasts = np.where(traits.cycle_day + ledger.DUE_AFTER + lifecycle.CHARGE_OFF_AFTER < 7 * 30.44, 6, 7)
        gave_up = state.gave_up & ~state.charged_off
        ends = np.zeros((YEAR + _UNPAID, traits.size))
        ends[np.clip(lasts - state.missed, 0, YEAR)[gave_up], np.flatnonzero(gave_up)] = 1
        begun = (state.defaulted & ~state.gave_up).astype(float)
        return cls(begun, gave_up.astype(float), ends, lasts, np.zeros(traits.size))

    def end(self, fails: np.ndarray, due: np.ndarray, at: int) -> None:
        """End a month: new ones fall short of money, and some of whoever has drawn nearly everything pays no more."""
        self.draws, self.defaulted = self.draws + fails, self.defaulted + fails
        out = self.draws * ledger.GIVES_UP * ndtr((due - ledger.EXHAUSTED) / VARIES)
        self.draws, self.stopped = self.draws - out, np.clip(self.stopped - self.ends[at], 0, 1) + out
        self.ends[at + self.lasts, np.arange(len(out))] += out


def year_ahead(traits: Traits, state: State, ahead: Ahead, start: Start) -> Year:
    """Follow everyone for twelve months in which nobody is contacted again."""
    now, trouble = Stages.of(state, start), _Trouble.of(traits, state)
    money = Money.of(traits, state, start.limit, start.autopay)
    odds = ahead.odds + offers.leaving_odds(traits, 0.0, start.autopay, False) - offers.leaving_odds(
        traits, 0.0, state.autopay, False)  # fmt: skip
    current, moves_away = state.missed == 0, lifecycle.MOVES_AWAY * (state.missed == 0)
    found = {field.name: np.zeros((YEAR, traits.size)) for field in fields(Year)}
    decided, closed = np.zeros(traits.size), np.zeros(traits.size)
    for at, month in enumerate(ahead.months):
        begins = sigmoid(offers.starts_alone(traits, start.months_in_stage + at))
        now.respond(begins, start.waits if at == 0 else 1.0)
        in_use, clear = now.in_use, ahead.clear[at]
        lifts = start.lifts[:, at] if at < HORIZON else np.zeros((traits.size, len(LIFTS)))
        plan = sigmoid(offers.plans_alone(traits)) * in_use * clear * current
        plan = np.where((start.instalment >= 0) & (at == 0), start.instalment, plan)
        factor = now.spend(start, at) * np.exp(ahead.calm[at]) * clear * (1 - trouble.stopped)
        draws = trouble.draws * (now.waiting < 0.5)
        margin = money.month(traits, ahead.mature[at], factor, lifts, plan, draws, ahead.moves(at), trouble.stopped)
        margin += ANNUAL_FEES[state.product] / 100 * ahead.fee_due[at] * in_use * clear
        margin -= expected_loss(month) * exposed(traits, state, month) * in_use
        margin -= books.OPEN_CARD / 100 * np.clip(now.waiting + in_use + now.lost, 0, 1)
        margin -= books.STATEMENT / 100 * np.maximum(in_use, money.owing)
        margin -= books.TICKET / 100 * service.TICKETS * _FINDS_HELP * in_use
        gone = np.clip(ahead.chain[at] + (at >= trouble.lasts) * money.forgets * _NEVER_CURED, 0, 1)
        found["margin"][at] = margin - money.charge_off(gone, trouble.ends[at])
        default = offers.shifted(sigmoid(offers.default_odds(traits, money.utilisation, ~current)), lifts[:, 4])
        sane = np.clip(1 - trouble.draws - trouble.defaulted, 0, 1)
        trouble.end(default * in_use * sane * clear * (money.balance > 1), money.due / np.maximum(money.limit, 1), at)
        paying = np.clip(1 - trouble.draws / np.maximum(in_use, 1e-9), 0, 1)
        leaving = np.clip(offers.shifted(sigmoid(odds[at]), lifts[:, 3]) * ahead.surprise[at], 0, 1)
        decide, closes = now.end(leaving * clear * paying, moves_away)
        decided, closed = decided + decide, closed + closes
        found["leaving"][at], found["closing"][at], found["default"][at] = decided, closed, trouble.defaulted
    return Year(**{name: values.T for name, values in found.items()})
