"""Service tickets: who contacts the bank about what, the text, and how the case ends."""

from functools import cache

import numpy as np

from insight.simulate.draws import Draws, MonthStream
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
NOT_SATISFIED, GRIEVANCE = 2, 1.0
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
    weights[:, INTENTS.index("fee_complaint")] += 2.0 * state.unease
    weights[state.autopay, INTENTS.index("autopay")] = 0.2
    weights[~state.registered, INTENTS.index("app_login")] = 0.1
    return weights


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
    liked = np.clip(np.rint(_SATISFIED[resolution] + 0.8 * draws.normal()), 1, 5).astype(np.int64)
    told = draws.chance(0.6)
    state.unease[who] += GRIEVANCE * (liked <= NOT_SATISFIED)
    if not log.wants("tickets"):
        return np.bincount(who, minlength=traits.size)
    opened = (month.base + draws.integers(0, month.days)) * DAY + draws.integers(8 * 3600, 22 * 3600)
    english = draws.chance(ENGLISH)
    other = draws.integers(0, len(INTENTS))
    number = log.numbers("tickets", len(who))
    person = traits.first + who
    log.add(
        "tickets", ticket=number, person=person, account=account_of(person), opened_at=opened,
        closed_at=opened + 600 + (_DAYS[resolution] * draws.exponential() * DAY).astype(np.int64),
        channel=draws.pick((0.5, 0.3, 0.1, 0.1)), topic=np.where(draws.chance(MISLABELLED), other, intent),
        language=english.astype(int), text=_texts(draws, intent, english), resolution=resolution,
        satisfaction=np.where(told, liked, -1),
    )  # fmt: skip
    log.add("truth.tickets", ticket=number, intent=intent)
    return np.bincount(who, minlength=traits.size)


@cache
def _sentences() -> tuple[np.ndarray, np.ndarray]:
    """Give all sentences as one array, with the first place and number of each (intent, language)."""
    lists = [SENTENCES[intent][language] for intent in INTENTS for language in ("zh", "en")]
    return np.array([text for part in lists for text in part], object), np.array([len(part) for part in lists])


def _texts(draws: Draws, intent: np.ndarray, english: np.ndarray) -> np.ndarray:
    """Write a text for each: an opening, a sentence of the intent, and for a third of them another one."""
    sentences, counts = _sentences()
    begin = np.concatenate([[0], np.cumsum(counts)[:-1]])
    place = intent * 2 + english
    first = begin[place] + draws.integers(0, counts[place])
    second = begin[place] + draws.integers(0, counts[place])
    more = draws.chance(0.35) & (first != second)
    begins = draws.integers(0, 5)
    opening = np.where(english, openings("en")[begins], openings("zh")[begins])
    amount = draws.integers(20, 5000).astype(str).astype(object)
    text = (
        opening
        + sentences[first]
        + np.where(more, np.where(english, " ", ""), "")
        + np.where(more, sentences[second], "")
    )
    return np.array([words.replace("#", number) for words, number in zip(text, amount, strict=True)], object)
