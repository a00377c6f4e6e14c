"""The mobile app and the time before a card: registrations, logins, pages, questions, leads."""

import numpy as np

from insight.simulate.draws import Draws, MonthStream, steps
from insight.simulate.engine.calendar import DAY, Month
from insight.simulate.engine.log import NO_DAY, Log
from insight.simulate.engine.state import State
from insight.simulate.engine.vocabulary import APPROVED, DRIFTING, PROSPECT
from insight.simulate.events.spending import within
from insight.simulate.marketing.offers import stage_factor
from insight.simulate.population.behaviour import Traits

REGISTERS, BINDS = 0.12, 0.15  # a month
VISITS = 4.5  # a month, for digital habits of 1
_LOOKS_AROUND = 1.5  # unease
ASKS = 0.03  # a month, for a prospect
_HOURS = steps(np.array([[2, 1, 0.5, 0.5, 0.5, 1, 2, 4, 5, 5, 5, 5, 7, 6, 5, 5, 5, 5, 6, 7, 9, 10, 8, 5]]))[0]
# pages, from home to card (see `vocabulary`), and what those see who are about to leave
_PAGES = steps(np.array([[30, 22, 10, 5, 4, 12, 4, 13], [18, 20, 14, 3, 2, 4, 22, 17]]))


def platform_of(person: np.ndarray) -> np.ndarray:
    """Give the system of a person's phone: android, ios or harmony."""
    return ((person * 7919) % 10 // 4).clip(0, 2).astype(np.int8)


def _moments(draws: Draws, month: Month) -> np.ndarray:
    day = draws.integers(0, month.days)
    hour = _HOURS[draws.integers(0, len(_HOURS))].astype(np.int64)
    return (month.base + day) * DAY + hour * 3600 + draws.integers(0, 3600)


def use_app(traits: Traits, state: State, month: Month, log: Log) -> None:
    """Register, bind the card to a payment app once, log in and look at pages.

    Visits fall with spending, so silence in the app comes before the last purchase.
    """
    draws = month.draws(MonthStream.APP_USE, np.arange(traits.size))
    knows = state.active | (state.stage == APPROVED)
    new = ~state.registered & knows & draws.chance(REGISTERS * (0.3 + 1.2 * traits.digital))
    state.registered |= new
    binds = state.registered & state.active & ~state.bound & draws.chance(BINDS)
    state.bound |= binds
    often = VISITS * traits.digital * np.maximum(stage_factor(state), 0.08) * state.registered * state.holds
    often *= np.where(state.stage == DRIFTING, 0.7, np.exp(-0.3 * state.unease))
    times = np.stack([new, binds, draws.poisson(often)], axis=1)  # registers, binds, looks
    who = np.repeat(np.arange(traits.size), times.sum(axis=1))
    does = np.repeat(np.tile(np.arange(3), traits.size), times.ravel())
    draws = month.draws(MonthStream.VISITS, who, does, within(times.ravel()))
    kind = np.select([does == 0, does == 1], [0, 3], np.where(draws.chance(0.45), 1, 2))
    page = draws.from_steps(_PAGES, (state.stage == DRIFTING)[who] | (state.unease[who] > _LOOKS_AROUND))
    log.add(
        "app_events", event=log.numbers("app_events", len(who)), person=traits.first + who,
        occurred_at=_moments(draws, month), kind=kind.astype(np.int8),
        page=np.where(kind == 2, page, -1).astype(np.int8), platform=platform_of(traits.person[who]),
    )  # fmt: skip


def register_holders(traits: Traits, state: State, rng: np.random.Generator, first_day: int, log: Log) -> None:
    """Write the registrations of before ``first_day``."""
    who = np.flatnonzero(state.registered & (state.opened != NO_DAY))
    size = len(who)
    day = np.minimum(state.opened[who] + rng.integers(0, 30, size), first_day - 1)
    log.add(
        "app_events", event=log.numbers("app_events", size), person=traits.first + who,
        occurred_at=day * DAY + rng.integers(28_800, 79_200, size),
        kind=np.zeros(size, np.int8), page=np.full(size, -1, np.int8), platform=platform_of(traits.person[who]),
    )  # fmt: skip


def ask_before(traits: Traits, state: State, month: Month, log: Log) -> None:
    """Write the questions of prospects about cards, and the leads that two thirds of the interested become."""
    draws = month.draws(MonthStream.PROSPECTS, np.arange(traits.size))
    who = np.flatnonzero((state.stage == PROSPECT) & state.arrived & draws.chance(ASKS))
    draws = draws.take(who)
    interested = draws.chance(0.65)
    moment = _moments(draws, month)
    _write(draws, traits, state, who, moment, 0, np.where(interested, 0, 1), log)
    lead = interested & draws.chance(2 / 3)
    _write(draws.take(lead), traits, state, who[lead], moment[lead] + 1800, 1, np.zeros(int(lead.sum()), np.int64), log)


def _write(
    draws: Draws, traits: Traits, state: State, who: np.ndarray, moment: np.ndarray, kind: int,
    outcome: np.ndarray, log: Log,
) -> None:  # fmt: skip
    log.add(
        "crm_events", event=log.numbers("crm_events", len(who)), person=traits.first + who, occurred_at=moment,
        kind=np.full(len(who), kind), channel=draws.integers(0, 5), subject=state.product[who],
        outcome=outcome, staff=draws.integers(1, 200),
    )  # fmt: skip
