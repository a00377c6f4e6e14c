"""Service tickets: who contacts the bank about what, the text, and how the case ends."""

import numpy as np

from insight.simulate.draws import MonthStream
from insight.simulate.engine.calendar import DAY, Month
from insight.simulate.engine.log import Log
from insight.simulate.engine.state import State
from insight.simulate.engine.vocabulary import DRIFTING, INTENTS
from insight.simulate.events import grammar
from insight.simulate.events.ledger import account_of
from insight.simulate.events.spending import DECLINE, DECLINED, FEE, Rows
from insight.simulate.population.behaviour import Traits

TICKETS = 0.05  # a month, for somebody to whom nothing has happened
MISLABELLED = 0.08
ENGLISH = 0.15
NOT_SATISFIED, GRIEVANCE = 2, 1.0
# weights of intents: `_BASE` of those with autopay, without the app; of declines, drifting, unease, contacts
FEW, WHEN_DECLINED, WHEN_DRIFTING, PER_UNEASE, PER_CONTACT = (0.2, 0.1), 4.0, 12.0, 2.0, 0.8
_BASE = np.array([6.0, 1, 1, 0.3, 2.5, 1.5, 1.5, 2, 0.8, 0.3, 0.3, 0.8])
# chance to be solved, explained, escalated, left unsolved, by intent; days until it is closed
_SOLVED = np.array([
    [.55, .35, .05, .05], [.30, .35, .20, .15], [.50, .30, .10, .10], [.60, .05, .30, .05], [.65, .25, .05, .05],
    [.50, .30, .10, .10], [.65, .25, .05, .05], [.75, .10, .10, .05], [.85, .05, .08, .02], [.45, .25, .20, .10],
    [.50, .20, .15, .15], [.80, .15, .03, .02],
])  # fmt: skip
SATISFIED = np.array([4.4, 3.9, 3.2, 2.3])
# what the channel (as in `vocabulary`) adds to the mark, and what each unit of ln(1 + days of waiting) takes off
BY_CHANNEL, WAITING = np.array([0.0, -0.35, 0.2, 0.4]), 0.3
CHANNELS = (0.5, 0.3, 0.1, 0.1)
_DAYS = np.array([0.1, 0.1, 3.0, 6.0])


def _weights(traits: Traits, state: State, rows: Rows) -> np.ndarray:
    """Give each person's weight of every intent: events of the month raise the questions about them."""
    size = traits.size
    weights = np.repeat(_BASE[None, :], size, axis=0)
    happened = {
        "declined_payment": (WHEN_DECLINED, rows.who[rows.status == DECLINED]),
        "fee_complaint": (7.0, rows.who[rows.kind == FEE]),
        "fraud_report": (25.0, rows.who[rows.disputed]),
    }
    for intent, (weight, who) in happened.items():
        weights[np.unique(who), INTENTS.index(intent)] += weight
    weights[state.stage == DRIFTING, INTENTS.index("cancel_card")] += WHEN_DRIFTING
    weights[:, INTENTS.index("marketing_complaint")] += PER_CONTACT * state.fatigue
    weights[:, INTENTS.index("fee_complaint")] += PER_UNEASE * state.unease
    weights[state.autopay, INTENTS.index("autopay")] = FEW[0]
    weights[~state.registered, INTENTS.index("app_login")] = FEW[1]
    return weights


def expected_tickets(
    traits: Traits, state: State, autopay: np.ndarray, in_use: np.ndarray, drifting: np.ndarray, unease: np.ndarray,
    fatigue: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Give how many tickets are expected of people of whom so many use the card and drift."""
    weight = _BASE.sum() - (_BASE[INTENTS.index("autopay")] - FEW[0]) * autopay
    weight = weight - (_BASE[INTENTS.index("app_login")] - FEW[1]) * ~state.registered
    weight = weight + PER_UNEASE * unease + PER_CONTACT * fatigue
    weight = weight + WHEN_DECLINED * -np.expm1(-DECLINE * traits.rates.sum(axis=1))
    return TICKETS * (weight * in_use + WHEN_DRIFTING * drifting) / _BASE.sum()


def serve(traits: Traits, state: State, month: Month, rows: Rows, log: Log) -> np.ndarray:
    """Write the month's tickets and say who has one; a bad end unsettles."""
    draws = month.draws(MonthStream.TICKETS, np.arange(traits.size))
    weights = _weights(traits, state, rows)
    often = TICKETS * weights.sum(axis=1) / _BASE.sum() * state.active
    who = np.flatnonzero(draws.chance(often))
    draws = draws.take(who)
    edges = np.cumsum(weights[who], axis=1)
    intent = (draws.random()[:, None] * edges[:, -1:] >= edges).sum(axis=1)
    resolution = (draws.random()[:, None] >= np.cumsum(_SOLVED, axis=1)[intent]).sum(axis=1).clip(0, 3)
    days, channel = _DAYS[resolution] * draws.exponential(), draws.pick(CHANNELS)
    mark = SATISFIED[resolution] + BY_CHANNEL[channel] - WAITING * np.log1p(days)
    liked = np.clip(np.rint(mark + 0.8 * draws.normal()), 1, 5).astype(np.int64)
    told = draws.chance(0.6)
    state.unease[who] += GRIEVANCE * (liked <= NOT_SATISFIED)
    if not log.wants("tickets"):
        return np.bincount(who, minlength=traits.size)
    opened = (month.base + draws.integers(0, month.days)) * DAY + draws.integers(8 * 3600, 22 * 3600)
    english = draws.chance(ENGLISH)
    other = draws.integers(0, len(INTENTS))
    asked = grammar.wishes(draws, intent, month.index)
    number = log.numbers("tickets", len(who))
    person = traits.first + who
    log.add(
        "tickets", ticket=number, person=person, account=account_of(person), opened_at=opened,
        closed_at=opened + 600 + (days * DAY).astype(np.int64), channel=channel,
        topic=np.where(draws.chance(MISLABELLED), other, intent),
        language=english.astype(int), text=grammar.texts(draws, asked, english), resolution=resolution,
        satisfaction=np.where(told, liked, -1),
    )  # fmt: skip
    answer, machine = grammar.answers(asked)
    for place in range(asked.intent.shape[1]):
        at = asked.intent[:, place] >= 0
        log.add(
            "truth.tickets", ticket=number[at], place=place, intent=asked.intent[at, place],
            family=asked.family[at, place], answer=answer[at, place], machine_may=machine[at, place],
        )  # fmt: skip
    return np.bincount(who, minlength=traits.size)
