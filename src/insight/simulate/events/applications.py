"""Applications for a card: what applicants say, the checks of who they are, the decision."""

from dataclasses import dataclass

import numpy as np

from insight.simulate.draws import NO_MONEY, ChunkStream, Draws, sigmoid
from insight.simulate.engine.calendar import DAY
from insight.simulate.engine.log import NO_DAY, Log
from insight.simulate.engine.state import State
from insight.simulate.engine.vocabulary import APPROVED, DECLINED, code
from insight.simulate.events.app import platform_of
from insight.simulate.events.ledger import account_of
from insight.simulate.events.risk import write_scores
from insight.simulate.events.social import choose_referrers
from insight.simulate.population.behaviour import Traits

REFERRED, WITHDRAWN = 0.18, 0.03
IN_TROUBLE = -3.0  # log-odds that an applicant of middling risk is already short of money
BOOKED_PACE = (0.4, 0.9)  # share of the free credit that they draw in a month
# what adds to these log-odds: channel and occupation, as in `vocabulary`
TROUBLE_BY_CHANNEL = np.array([0.0, -0.5, -0.6, 0.4, 0.8])
TROUBLE_BY_OCCUPATION = np.array([0.0, -0.4, 0.7, -0.7, 0.5, -0.2])
# what the bank's people add to the log-odds of approval: by channel and by occupation, as in `vocabulary`
BY_CHANNEL = np.array([0.0, 0.3, 0.5, -0.3, -0.6])
BY_OCCUPATION = np.array([0.0, 0.4, -0.5, 0.6, -0.6, 0.0])
# shares of documents, and chances that the document check fails; that the face check fails, by device; the voice check
DOCUMENTS, DOCUMENT_FAILS = (0.88, 0.05, 0.04, 0.03), np.array([0.006, 0.03, 0.05, 0.08])
FACE_FAILS, VOICE_FAILS = np.array([0.014, 0.006, 0.011, 0.045, 0.003]), 0.006
MINUTES, SLOWER = np.array([3.0, 1.0, 4.0]), np.array([1.0, 1.0, 1.0, 1.3, 1.6])  # medians by check; by device
_APP, _BRANCH, _REFERRAL, _WEB, _OUTLET = range(5)
_WEB_CAMERA, _TERMINAL = 3, 4
_CHECKS = 3
_NONE = -1


@dataclass(frozen=True)
class Applicants:
    """What is told of applicants, a row each; the codes are those of `vocabulary`."""

    who: np.ndarray
    applied_at: np.ndarray
    referrer: np.ndarray
    channel: np.ndarray
    occupation: np.ndarray
    education: np.ndarray
    income: np.ndarray
    document: np.ndarray
    device: np.ndarray


def _applicants(person: Draws, draws: Draws, traits: Traits, state: State, who: np.ndarray) -> Applicants:
    """Draw what applicants say: ``person`` is the luck that stays theirs, ``draws`` that of this application."""
    income, age = traits.income[who], traits.age[who]
    rank = person.random()
    manages = np.minimum(0.08 * income / 120e3, 0.5)
    works = np.select([rank < manages, rank < manages + 0.2, rank < manages + 0.35], [1, 2, 3], 0)
    learned = person.normal() + 0.5 * np.log(income / 120e3)
    referrer = np.where(draws.chance(REFERRED), choose_referrers(draws, traits, state, who), _NONE)
    channel = np.array([_APP, _BRANCH, _WEB, _OUTLET])[draws.integers(0, 4)]
    channel = np.where(referrer >= 0, _REFERRAL, channel)
    phone = platform_of(traits.person[who])
    at_bank = np.isin(channel, (_BRANCH, _OUTLET))
    return Applicants(
        who=who,
        applied_at=state.applied[who] * DAY + draws.integers(9 * 3600, 21 * 3600),
        referrer=referrer,
        channel=channel,
        occupation=np.select([traits.firm[who], age > 60, age < 22], [_NONE, 5, 4], works),
        education=np.where(traits.firm[who], _NONE, np.digitize(learned, [-0.8, 0.0, 1.3])),
        income=np.rint(income * np.exp(0.12 * draws.normal()) / 1000).astype(np.int64) * 100_000,
        document=person.pick(DOCUMENTS),
        device=np.select([at_bank, channel == _WEB], [_TERMINAL, _WEB_CAMERA], phone),
    )


def decide(
    person: Draws, draws: Draws, traits: Traits, state: State, who: np.ndarray, day: np.ndarray, log: Log
) -> np.ndarray:
    """Verify, score and decide applications; the approved get an account the same day. Say who is already in trouble.

    Parameters
    ----------
    person, draws
        The luck that stays a person's, and that of this application.
    who, day
        Positions in the chunk, and the day of each decision.
    """
    told = _applicants(person, draws, traits, state, who)
    fails = np.stack([DOCUMENT_FAILS[told.document], FACE_FAILS[told.device], np.full(len(who), VOICE_FAILS)], axis=1)
    broken = np.stack([draws.chance(fails[:, at]) for at in range(_CHECKS)], axis=1)
    failed, breaks = broken.any(axis=1), broken.argmax(axis=1)
    score = write_scores(draws, traits, who, state.applied[who], state, log)
    withdrawn = draws.chance(WITHDRAWN)
    odds = (score - 660) / 18 + 0.4 * np.log(traits.income[who] / 120e3)
    good = draws.chance(sigmoid(odds + BY_CHANNEL[told.channel] + _added(BY_OCCUPATION, told.occupation)))
    approved = good & ~failed & ~withdrawn
    trouble = approved & draws.chance(sigmoid(trouble_odds(traits, who, told.channel, told.occupation)))
    state.defaulted[who[trouble]] = True
    state.pace[who[trouble]] = draws.uniform(*BOOKED_PACE)[trouble]
    state.enter(APPROVED, who[approved])
    state.opened[who[approved]] = day[approved]
    state.enter(DECLINED, who[~approved])
    reason = np.select([approved | withdrawn, failed, score < 675], [_NONE, 2, 0], 1)
    number = _write(told, traits, state, day, np.select([approved, withdrawn], [0, 2], 1), reason, log)
    _write_checks(draws, told, traits, number, np.where(failed, breaks, _CHECKS), log)
    return trouble


def _added(by_occupation: np.ndarray, occupation: np.ndarray) -> np.ndarray:
    """Give what occupations add to log-odds: nothing where there is none, as for firms."""
    return np.append(by_occupation, 0.0)[occupation]


def trouble_odds(traits: Traits, who: np.ndarray, channel: np.ndarray, occupation: np.ndarray) -> np.ndarray:
    """Give the log-odds of being short of money for good already when a card is booked."""
    return IN_TROUBLE + 0.9 * traits.risk[who] + TROUBLE_BY_CHANNEL[channel] + _added(TROUBLE_BY_OCCUPATION, occupation)


def _write(
    told: Applicants, traits: Traits, state: State, day: np.ndarray, decision: np.ndarray, reason: np.ndarray, log: Log
) -> np.ndarray:
    """Write applications and referrals, and give the applications' numbers."""
    person = traits.first + told.who
    approved, referred = decision == 0, told.referrer >= 0
    number = log.numbers("applications", len(told.who))
    log.add(
        "applications", application=number, person=person, applied_at=told.applied_at, channel=told.channel,
        product=state.product[told.who], occupation=told.occupation, education=told.education,
        stated_income=told.income, decision=decision, decline_reason=reason, decided_on=day,
        approved_limit=np.where(approved, state.limit[told.who], NO_MONEY),
        account=np.where(approved, account_of(person), -1), referrer=told.referrer,
    )  # fmt: skip
    log.add(
        "referrals", application=number[referred], referrer=told.referrer[referred], referred=person[referred],
        referred_on=state.applied[told.who[referred]] - 1, approved=approved[referred],
    )  # fmt: skip
    return number


def _write_checks(
    draws: Draws, told: Applicants, traits: Traits, number: np.ndarray, breaks: np.ndarray, log: Log
) -> None:
    """Write document, face and voice checks, one after another from ten minutes on; a failed one ends them."""
    begin = told.applied_at + 600
    for at in range(_CHECKS):
        minutes = np.round(np.maximum(MINUTES[at] * SLOWER[told.device] * np.exp(0.5 * draws.normal()), 0.2), 1)
        staff, done = draws.integers(1, 200), breaks >= at
        log.add(
            "application_checks", check=log.numbers("application_checks", int(done.sum())), application=number[done],
            person=traits.first + told.who[done], checked_at=begin[done], kind=at, document=told.document[done],
            device=told.device[done], outcome=(breaks[done] == at).astype(int), minutes=minutes[done],
            staff=staff[done],
        )  # fmt: skip
        begin = begin + (60 * minutes).astype(np.int64) + 60


def history(traits: Traits, state: State, seed: int, chunk: int, log: Log) -> None:
    """Write the applications of those who held a card before the first month."""
    who = np.flatnonzero(state.opened != NO_DAY)
    draws = Draws((seed, chunk, ChunkStream.EARLIER_APPLICATIONS), who)
    told = _applicants(applicants_luck(seed, chunk, who), draws, traits, state, who)
    nothing = np.full(len(who), _NONE)
    approved = np.full(len(who), code("applications.decision", "approved"))
    _write(told, traits, state, state.opened[who], approved, nothing, log)


def applicants_luck(seed: int, chunk: int, who: np.ndarray) -> Draws:
    """Give the draws of what stays a person's whenever they apply: occupation, education, document."""
    return Draws((seed, chunk, ChunkStream.APPLICANTS), who)
