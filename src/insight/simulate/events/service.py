"""Service tickets: who contacts the bank about what, the text, and how the case ends."""

from functools import cache

import numpy as np

from insight.simulate.draws import MonthStream, chance
from insight.simulate.engine.calendar import DAY, Month
from insight.simulate.engine.log import Log
from insight.simulate.engine.state import State
from insight.simulate.engine.vocabulary import DRIFTING, INTENTS
from insight.simulate.events.ledger import account_of
from insight.simulate.events.spending import DECLINED, FEE, Rows
from insight.simulate.events.ticket_texts import SENTENCES, openings
from insight.simulate.population.behaviour import Traits

TICKETS = 0.05  # a month, for somebody to whom nothing has happened
MISLABELLED = 0.08
ENGLISH = 0.15
NOT_SATISFIED = 2
_BASE = np.array([6.0, 1, 1, 0.3, 2.5, 1.5, 1.5, 2, 0.8, 0.3, 0.3, 0.8])
# chance to be solved, explained, escalated, left unsolved, by intent; days until it is closed
_SOLVED = np.array([
    [.55, .35, .05, .05], [.30, .35, .20, .15], [.50, .30, .10, .10], [.60, .05, .30, .05], [.65, .25, .05, .05],
    [.50, .30, .10, .10], [.65, .25, .05, .05], [.75, .10, .10, .05], [.85, .05, .08, .02], [.45, .25, .20, .10],
    [.50, .20, .15, .15], [.80, .15, .03, .02],
])  # fmt: skip
_SATISFIED = np.array([4.3, 3.8, 2.8, 1.8])
_DAYS = np.array([0.1, 0.1, 3.0, 6.0])


def _weights(traits: Traits, state: State, rows: Rows) -> np.ndarray:
    """Give each person's weight of every intent: events of the month raise the questions about them."""
    size = traits.size
    weights = np.repeat(_BASE[None, :], size, axis=0)
    happened = {
        "declined_payment": (4.0, rows.who[rows.status == DECLINED]),
        "fee_complaint": (7.0, rows.who[rows.kind == FEE]),
        "fraud_report": (25.0, rows.who[rows.disputed]),
    }
    for intent, (weight, who) in happened.items():
        weights[np.unique(who), INTENTS.index(intent)] += weight
    weights[state.stage == DRIFTING, INTENTS.index("cancel_card")] += 12
    weights[:, INTENTS.index("marketing_complaint")] += 0.8 * state.fatigue
    weights[state.autopay, INTENTS.index("autopay")] = 0.2
    weights[~state.registered, INTENTS.index("app_login")] = 0.1
    return weights


def serve(traits: Traits, state: State, month: Month, rows: Rows, log: Log) -> None:
    """Write the month's tickets; a bad end leaves a grievance that raises the hazard of leaving."""
    rng = month.stream(MonthStream.TICKETS)
    weights = _weights(traits, state, rows)
    often = TICKETS * weights.sum(axis=1) / _BASE.sum() * state.active
    who = np.flatnonzero(chance(rng, often, traits.size))
    size = len(who)
    edges = np.cumsum(weights[who], axis=1)
    intent = (rng.random(size)[:, None] * edges[:, -1:] >= edges).sum(axis=1)
    resolution = (rng.random(size)[:, None] >= np.cumsum(_SOLVED, axis=1)[intent]).sum(axis=1).clip(0, 3)
    liked = np.clip(np.rint(_SATISFIED[resolution] + 0.8 * rng.standard_normal(size)), 1, 5).astype(np.int64)
    told = chance(rng, 0.6, size)
    state.grievance[who] += liked <= NOT_SATISFIED
    opened = (month.base + rng.integers(0, month.days, size)) * DAY + rng.integers(8 * 3600, 22 * 3600, size)
    english = chance(rng, ENGLISH, size)
    other = rng.integers(0, len(INTENTS), size)
    number = log.numbers("tickets", size)
    person = traits.first + who
    log.add(
        "tickets", ticket=number, person=person, account=account_of(person), opened_at=opened,
        closed_at=opened + 600 + (_DAYS[resolution] * rng.exponential(1, size) * DAY).astype(np.int64),
        channel=rng.choice(4, size, p=(0.5, 0.3, 0.1, 0.1)),
        topic=np.where(chance(rng, MISLABELLED, size), other, intent),
        language=english.astype(int), text=_texts(rng, intent, english), resolution=resolution,
        satisfaction=np.where(told, liked, -1),
    )  # fmt: skip
    log.add("truth.tickets", ticket=number, intent=intent)


@cache
def _sentences() -> tuple[np.ndarray, np.ndarray]:
    """Give all sentences as one array, with the first place and number of each (intent, language)."""
    lists = [SENTENCES[intent][language] for intent in INTENTS for language in ("zh", "en")]
    return np.array([text for part in lists for text in part], object), np.array([len(part) for part in lists])


def _texts(rng: np.random.Generator, intent: np.ndarray, english: np.ndarray) -> np.ndarray:
    """Write a text for each: an opening, a sentence of the intent, and for a third of them another one."""
    sentences, counts = _sentences()
    begin = np.concatenate([[0], np.cumsum(counts)[:-1]])
    place = intent * 2 + english
    first = begin[place] + rng.integers(0, 10_000, len(intent)) % counts[place]
    second = begin[place] + rng.integers(0, 10_000, len(intent)) % counts[place]
    more = chance(rng, 0.35, len(intent)) & (first != second)
    opening = np.where(
        english, openings("en")[rng.integers(0, 5, len(intent))], openings("zh")[rng.integers(0, 5, len(intent))]
    )
    amount = rng.integers(20, 5000, len(intent)).astype(str).astype(object)
    text = (
        opening
        + sentences[first]
        + np.where(more, np.where(english, " ", ""), "")
        + np.where(more, sentences[second], "")
    )
    return np.array([words.replace("#", number) for words, number in zip(text, amount, strict=True)], object)
