"""The lifecycle of customers: who applies, what befalls them, and the change of stage at a month's end."""

import numpy as np

from insight.simulate.draws import MonthStream
from insight.simulate.engine.calendar import Month
from insight.simulate.engine.log import Log
from insight.simulate.engine.state import State
from insight.simulate.engine.vocabulary import (
    APPLICANT,
    APPROVED,
    CREDIT_EVENTS,
    DECLINED,
    DRIFTING,
    GROWING,
    LOST,
    MATURE,
    PROSPECT,
    WON_BACK,
)
from insight.simulate.events import applications
from insight.simulate.events.ledger import account_of
from insight.simulate.events.spending import activation_days
from insight.simulate.marketing.campaigns import Outcome
from insight.simulate.marketing.offers import (
    AUTOPAY,
    LIMIT,
    LOSS_WHEN_DRIFTING,
    RETENTION,
    Baseline,
    fee_is_due,
    owed,
    shifted,
)
from insight.simulate.population.behaviour import Traits

APPLYING = 0.05  # a month, for a prospect of middling digital habits
CLOSES, NEVER_USED = 0.2, 8  # of those lost; months after which a card closes that is not used
CHARGE_OFF_AFTER = 180  # days past due
RIVAL, RIVALS_OFFER = 0.025, 1.6  # chance a month that another bank makes an offer, and the unease that it brings
FEE, UNEASE_STAYS, RIPENS, FATIGUE_STAYS = 1.2, 0.9, 0.4, 0.6
# life events that end well, for one that does not; the chance of their end in a month
STRAINED, STRAIN_ENDS = 1.5, 0.15
PACE, PACE_SPREAD = 0.25, 0.5  # median share of the free credit drawn in a month, and its log spread
RECOVERS = 0.06  # a month, of those charged off
ARRIVES, MOVES_AWAY = 0.02, 0.0012  # a month
SHORT_OF_MONEY, RECOVERED, DEFAULT, IN_TROUBLE_WHEN_BOOKED, CHARGE_OFF = range(len(CREDIT_EVENTS))


def accept(traits: Traits, state: State, month: Month, outcome: Outcome, log: Log) -> None:
    """Apply the responses that change a person's stage or account at the start of the month."""
    started = activation_days(state, outcome, month)
    state.enter(GROWING, started)
    state.autopay |= outcome.responds[:, AUTOPAY]
    stays = outcome.responds[:, RETENTION]
    state.enter(WON_BACK, np.flatnonzero(stays & (state.stage == LOST)))
    state.enter(MATURE, np.flatnonzero(stays & (state.stage == DRIFTING)))
    who = np.flatnonzero(outcome.responds[:, LIMIT])
    raised = np.rint(state.limit[who] * 1.25 / 100_000).astype(np.int64) * 100_000
    raised = np.maximum(raised, state.limit[who] + 100_000)
    person = traits.first + who
    log.add(
        "limit_changes", account=account_of(person), person=person, changed_on=month.base + outcome.day[who],
        old_limit=state.limit[who], new_limit=raised, reason=0,
    )  # fmt: skip
    state.limit[who] = raised


def move(traits: Traits, state: State, baseline: Baseline, month: Month, log: Log, *, lifted: np.ndarray) -> np.ndarray:
    """Draw everyone's stage for the next month, and give the cents that each one's charge-off loses.

    ``baseline`` has the hazards of the month's start, ``lifted`` what this month's offers added to
    the lifts (columns: `state.LIFTS`).
    """
    draws = month.draws(MonthStream.STAGES, np.arange(traits.size))
    before = state.stage.copy()
    leaving, default = shifted(baseline.leaving, lifted[:, 3]), shifted(baseline.default, lifted[:, 4])
    _strain(traits, state, default, month, log)
    u = draws.random(), draws.random(), draws.random()
    state.months_in_stage += 1
    fails = u[0] < default
    state.defaulted |= fails
    state.strained &= ~fails
    _write_credit(traits, month.base, DEFAULT, fails, owed(state), log)
    lost = (before == DRIFTING) & ~state.defaulted & (u[1] < LOSS_WHEN_DRIFTING)
    never = (before == APPROVED) & (state.months_in_stage > NEVER_USED)
    state.enter(LOST, lost | never)
    drifts = np.isin(before, (GROWING, MATURE, WON_BACK)) & ~state.defaulted & (u[1] < leaving)
    state.enter(DRIFTING, drifts)
    settled = np.isin(before, (GROWING, WON_BACK)) & (state.months_in_stage >= 6) & ~drifts
    state.enter(MATURE, settled)
    overdue = np.where(state.missed > 0, month.base + month.days - state.missed_since, 0)
    charged = (overdue >= CHARGE_OFF_AFTER) & state.holds
    state.charged_off |= charged
    state.written_off = np.where(charged, np.maximum(owed(state), 0), state.written_off)
    state.enter(LOST, charged)
    away = state.arrived & ~state.defaulted & (state.missed == 0) & (u[0] > 1 - MOVES_AWAY)
    state.arrived &= ~away
    away &= state.holds
    state.enter(LOST, away)
    closes = (lost & (u[2] < CLOSES)) | never | away
    state.closed[closes] = month.base + month.days - 1
    _apply(traits, state, month, before, log)
    _write_credit(traits, month.base, CHARGE_OFF, charged, owed(state), log)
    return np.where(charged, owed(state), 0) - _recover(state, charged, month)


def _write_credit(
    traits: Traits, day: np.ndarray | int, event: int, happens: np.ndarray, cents: np.ndarray, log: Log
) -> None:
    who = np.flatnonzero(happens)
    log.add(
        "truth.credit", person=traits.first + who, day=np.broadcast_to(day, happens.shape)[who],
        event=np.full(len(who), event), owed=np.maximum(cents[who], 0),
    )  # fmt: skip


def _strain(traits: Traits, state: State, default: np.ndarray, month: Month, log: Log) -> None:
    """Put people short of money, those who will come out of it and those who will not, and let the former come out."""
    draws = month.draws(MonthStream.STRAIN, np.arange(len(default)))
    over = state.strained & draws.chance(STRAIN_ENDS)
    begins = ~state.strained & ~state.defaulted & draws.chance(np.minimum(STRAINED * default, 1.0))
    state.strained = (state.strained & ~over) | begins
    pace = np.exp(np.log(PACE) + PACE_SPREAD * draws.normal())
    _write_credit(traits, month.base, SHORT_OF_MONEY, begins, owed(state), log)
    _write_credit(traits, month.base, RECOVERED, over, owed(state), log)
    state.pace = np.where(begins | (state.pace == 0), np.clip(pace, 0.05, 0.9), state.pace)


def _recover(state: State, charged: np.ndarray, month: Month) -> np.ndarray:
    """Draw what is paid on what was written off earlier, in cents."""
    draws = month.draws(MonthStream.RECOVERIES, np.arange(len(charged)))
    pays = draws.chance(RECOVERS) & (state.written_off > 0) & ~charged
    paid = np.where(pays, (state.written_off * draws.uniform(0.02, 0.15)).astype(np.int64), 0)
    state.written_off -= paid
    return paid


def courting(traits: Traits) -> np.ndarray:
    """Give the chance that another bank makes an offer in a month."""
    return RIVAL * (0.4 + 1.2 * traits.price)


def fade(traits: Traits, state: State, month: Month) -> None:
    """End the effects of earlier offers, let fatigue and unease decay, and let rivals and fees unsettle people."""
    state.lifts[:, :-1] = state.lifts[:, 1:]
    state.lifts[:, -1] = 0
    state.fatigue *= FATIGUE_STAYS
    draws = month.draws(MonthStream.UNEASE, np.arange(traits.size))
    courted = draws.chance(courting(traits))
    offered = RIVALS_OFFER * draws.exponential()
    state.resolve += RIPENS * (state.unease - state.resolve)
    state.unease = UNEASE_STAYS * state.unease + courted * offered + FEE * traits.price * fee_is_due(state, month)
    gone = np.isin(state.stage, (PROSPECT, APPLICANT, DECLINED, LOST))
    state.unease[gone], state.resolve[gone] = 0, 0


def _apply(traits: Traits, state: State, month: Month, before: np.ndarray, log: Log) -> None:
    """Draw prospects' applications; those of the first twenty days are decided at once, the others next month."""
    draws = month.draws(MonthStream.APPLICATIONS, np.arange(traits.size))
    waiting = before == APPLICANT
    again = (before == DECLINED) & (state.months_in_stage > 9)
    state.enter(PROSPECT, again)
    hazard = APPLYING * (0.6 + 0.7 * traits.digital) * np.exp(0.25 * traits.risk) * state.arrived
    state.arrived |= draws.chance(ARRIVES)
    new = (before == PROSPECT) & draws.chance(hazard)
    day = draws.integers(0, 28)
    state.applied[new] = month.base + day[new]
    state.enter(APPLICANT, new)
    decided = month.base + np.where(waiting, draws.integers(0, 9), day + draws.integers(0, 8))
    who = np.flatnonzero(waiting | (new & (day < 20)))
    person = applications.applicants_luck(month.seed, month.chunk, who)
    draws = month.draws(MonthStream.DECISIONS, who)
    trouble = np.zeros(traits.size, bool)
    trouble[who] = applications.decide(person, draws, traits, state, who, decided[who], log)
    _write_credit(traits, decided, IN_TROUBLE_WHEN_BOOKED, trouble, np.zeros(traits.size, np.int64), log)
