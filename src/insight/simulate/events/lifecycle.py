"""The lifecycle of customers: applications, credit decisions, and the change of stage at a month's end."""

import numpy as np

from insight.simulate.draws import NO_MONEY, ChunkStream, Draws, MonthStream, sigmoid
from insight.simulate.engine.calendar import DAY, Month
from insight.simulate.engine.log import NO_DAY, Log
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
from insight.simulate.events.ledger import account_of
from insight.simulate.events.risk import write_scores
from insight.simulate.events.social import choose_referrers
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
REFERRED = 0.18
CLOSES = 0.2  # of those lost
CHARGE_OFF_AFTER = 180  # days past due
RIVAL, RIVALS_OFFER = 0.025, 1.6  # chance a month that another bank makes an offer, and the unease that it brings
FEE, UNEASE_STAYS, RIPENS = 1.2, 0.9, 0.4
STRAINED, STRAIN_ENDS = (
    1.5,
    0.15,
)  # life events that end well, for one that does not; the chance of their end in a month
PACE, PACE_SPREAD = 0.25, 0.5  # median share of the free credit drawn in a month, and its log spread
RECOVERS = 0.06  # a month, of those charged off
ARRIVES, MOVES_AWAY = 0.02, 0.0012  # a month
IN_TROUBLE = -2.75  # log-odds that an applicant of middling risk is already short of money
SHORT_OF_MONEY, RECOVERED, DEFAULT, IN_TROUBLE_WHEN_BOOKED, CHARGE_OFF = range(len(CREDIT_EVENTS))
_CHECKS = ("document_check", "face_check", "voice_check")
CHECK_FAILS = 0.03


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
    never = (before == APPROVED) & (state.months_in_stage > 8)
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


def fade(traits: Traits, state: State, month: Month) -> None:
    """End the effects of earlier offers, let fatigue and unease decay, and let rivals and fees unsettle people."""
    state.lifts[:, :-1] = state.lifts[:, 1:]
    state.lifts[:, -1] = 0
    state.fatigue *= 0.6
    draws = month.draws(MonthStream.UNEASE, np.arange(traits.size))
    courted = draws.chance(RIVAL * (0.4 + 1.2 * traits.price))
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
    decide(month.draws(MonthStream.DECISIONS, who), traits, state, who, decided[who], log)


def decide(draws: Draws, traits: Traits, state: State, who: np.ndarray, day: np.ndarray, log: Log) -> None:
    """Verify, score and decide applications; the approved get an account the same day."""
    failed = draws.chance(CHECK_FAILS)
    score = write_scores(draws, traits, who, state.applied[who], state, log)
    withdrawn = draws.chance(0.03)
    good = draws.chance(sigmoid((score - 660) / 18 + 0.4 * np.log(traits.income[who] / 120e3)))
    approved = good & ~failed & ~withdrawn
    trouble = approved & draws.chance(sigmoid(IN_TROUBLE + 0.9 * traits.risk[who]))
    state.defaulted[who[trouble]] = True
    state.pace[who[trouble]] = draws.uniform(0.4, 0.9)[trouble]
    at_booking = np.isin(np.arange(traits.size), who[trouble])
    decided = np.zeros(traits.size, np.int64)
    decided[who] = day
    _write_credit(traits, decided, IN_TROUBLE_WHEN_BOOKED, at_booking, np.zeros(traits.size, np.int64), log)
    state.enter(APPROVED, who[approved])
    state.opened[who[approved]] = day[approved]
    state.enter(DECLINED, who[~approved])
    reason = np.select([approved | withdrawn, failed, score < 675], [-1, 2, 0], 1)
    decision = np.select([approved, withdrawn], [0, 2], 1)
    write_applications(draws, traits, state, who, day, decision, reason, log)
    _write_checks(draws, traits, state, who, failed, log)


def write_applications(
    draws: Draws, traits: Traits, state: State, who: np.ndarray, day: np.ndarray,
    decision: np.ndarray, reason: np.ndarray, log: Log,
) -> None:  # fmt: skip
    """Write applications with what the applicant says, and the referral of about one in six."""
    person = traits.first + who
    referrer = choose_referrers(draws, traits, state, who)
    referrer = np.where(draws.chance(REFERRED), referrer, -1)
    referred = referrer >= 0
    approved = decision == 0
    job = np.select([traits.age[who] > 60, traits.age[who] < 22], [5, 4], draws.integers(0, 4))
    said = np.rint(traits.income[who] * np.exp(0.12 * draws.normal()) / 1000).astype(np.int64) * 100_000
    channel = np.where(referred, 2, np.array([0, 1, 3, 4])[draws.integers(0, 4)])
    log.add(
        "applications", application=log.numbers("applications", len(who)), person=person,
        applied_at=state.applied[who] * DAY + draws.integers(9 * 3600, 21 * 3600), channel=channel,
        product=state.product[who], occupation=job, education=draws.pick((0.2, 0.3, 0.4, 0.1)),
        stated_income=said, decision=decision, decline_reason=reason, decided_on=day,
        approved_limit=np.where(approved, state.limit[who], NO_MONEY),
        account=np.where(approved, account_of(person), -1), referrer=referrer,
    )  # fmt: skip
    log.add(
        "referrals", referrer=referrer[referred], referred=person[referred],
        referred_on=state.applied[who[referred]] - 1, approved=approved[referred],
    )  # fmt: skip


def _write_checks(draws: Draws, traits: Traits, state: State, who: np.ndarray, failed: np.ndarray, log: Log) -> None:
    """Write document, face and voice checks, an hour after the application; a failed one ends them."""
    breaks = np.where(failed, draws.integers(0, 3), 3)
    for at in range(len(_CHECKS)):
        checked = breaks >= at
        person, moment = traits.first + who[checked], draws.take(checked)
        log.add(
            "crm_events", event=log.numbers("crm_events", len(person)), person=person,
            occurred_at=state.applied[who[checked]] * DAY + 21 * 3600 + at * 600 + moment.integers(0, 600),
            kind=2 + at, channel=3, subject=state.product[who[checked]],
            outcome=np.where(breaks[checked] == at, 3, 2), staff=moment.integers(1, 200),
        )  # fmt: skip


def history(traits: Traits, state: State, seed: int, chunk: int, log: Log) -> None:
    """Write the applications of those who held a card before the first month."""
    who = np.flatnonzero(state.opened != NO_DAY)
    draws = Draws((seed, chunk, ChunkStream.EARLIER_APPLICATIONS), who)
    nothing = np.full(len(who), -1)
    write_applications(draws, traits, state, who, state.opened[who], np.zeros(len(who), np.int64), nothing, log)
