"""The state of each person that changes from month to month, and its start."""

from dataclasses import dataclass, fields

import numpy as np

from insight.simulate.draws import ChunkStream, chance, generator, pick
from insight.simulate.engine.log import NO_DAY
from insight.simulate.engine.vocabulary import APPROVED, CLOSED, DEFAULTED, DRIFTING, GROWING, LOST, MATURE, PROSPECT
from insight.simulate.population.behaviour import MEAN_AMOUNT, Traits

HORIZON = 3  # months that an offer's effect lasts, the month of contact included
LIFTS = ("spend", "dining", "car", "leaving", "default")
BILLS = 25
FLOWS = ("purchases", "cash_advances", "fees", "interest", "refunds")
_HOLDERS = 0.68
_ARRIVED = 0.3  # of the others: those in the market when the burn-in begins
BLOCKED_AFTER = 2  # statements missed: the card no longer pays
# how card holders stand at the start, and the months that they have stood so at most
_OPENING = {APPROVED: 0.05, GROWING: 0.10, MATURE: 0.72, DRIFTING: 0.04, LOST: 0.09}


@dataclass
class State:
    """One array a field, one element (or row) a person.

    Days are days since 1970 (`NO_DAY`: never), money is whole cents. ``carried`` are flows posted
    since the last statement (columns: `FLOWS`), ``paid`` what was paid on it, ``bills`` instalments
    to be billed with the coming statements, ``later_bills``
    the part of them posted after this month's statement, ``lifts`` the effects of offers in the coming `HORIZON`
    months (columns: `LIFTS`; relative, log-hazards for the last two). ``arrived`` are those who live in the market,
    ``strained`` those whom a life event has put short of money and who come out of it, ``defaulted`` those who do not,
    ``gave_up`` those of them who pay no more, ``pace`` the share of their free credit that both draw in a month,
    ``written_off`` what a charge-off lost and nobody has paid back since, ``unease`` what makes them use the card
    less, ``resolve`` what of it has ripened into thoughts of leaving.
    """

    arrived: np.ndarray
    stage: np.ndarray
    months_in_stage: np.ndarray
    applied: np.ndarray
    opened: np.ndarray
    activated: np.ndarray
    closed: np.ndarray
    product: np.ndarray
    limit: np.ndarray
    autopay: np.ndarray
    registered: np.ndarray
    bound: np.ndarray
    strained: np.ndarray
    defaulted: np.ndarray
    gave_up: np.ndarray
    pace: np.ndarray
    written_off: np.ndarray
    charged_off: np.ndarray
    missed: np.ndarray
    missed_since: np.ndarray
    balance: np.ndarray
    statement_due: np.ndarray
    paid: np.ndarray
    carried: np.ndarray
    bills: np.ndarray
    later_bills: np.ndarray
    points: np.ndarray
    old_points: np.ndarray
    fatigue: np.ndarray
    unease: np.ndarray
    resolve: np.ndarray
    friend: np.ndarray
    chat: np.ndarray
    lifts: np.ndarray

    def saved(self) -> dict[str, np.ndarray]:
        """Give the arrays by name, fit for ``numpy.savez``."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def restored(cls, arrays: dict[str, np.ndarray]) -> "State":
        """Rebuild a state from the arrays of `saved`, which are copied."""
        return cls(**{field.name: np.array(arrays[field.name]) for field in fields(cls)})

    @property
    def holds(self) -> np.ndarray:
        """Whether a card account is open."""
        return (self.opened != NO_DAY) & (self.closed == NO_DAY) & ~self.charged_off

    @property
    def blocked(self) -> np.ndarray:
        """Whether the card no longer pays, since two statements were not paid."""
        return self.missed >= BLOCKED_AFTER

    @property
    def active(self) -> np.ndarray:
        """Whether the card is in use: growing, mature, drifting or won back, and not blocked."""
        return (self.stage >= GROWING) & (self.stage != LOST) & ~self.blocked

    @property
    def true_stage(self) -> np.ndarray:
        """Stage as the truth tells it, where closing and default are stages of their own."""
        ended = [self.defaulted | self.charged_off, self.closed != NO_DAY]
        return np.select(ended, [DEFAULTED, CLOSED], self.stage).astype(np.int8)

    def enter(self, stage: int, who: np.ndarray) -> None:
        """Set the stage of some people."""
        self.stage[who] = stage
        self.months_in_stage[who] = 0


def credit_limit(income: np.ndarray, risk: np.ndarray) -> np.ndarray:
    """Give the limit in cents: income / 7.75, less with risk, 8,000 to 300,000 yuan in thousands."""
    yuan = np.clip(income / 7.75 * np.exp(-0.25 * risk), 8_000, 300_000)
    return (np.rint(yuan / 1000) * 100_000).astype(np.int64)


def choose_product(rng: np.random.Generator, traits: Traits) -> np.ndarray:
    """Choose a card: by group for firms and half of the people, by income for the rest (see `vocabulary.PRODUCTS`)."""
    by_group = np.array([5, 3, 4, 1, 0, 2, 0, 0, 1, 6])[traits.group]
    by_income = np.digitize(traits.income, [120e3, 350e3])
    chosen = np.where(chance(rng, 0.5, traits.size), by_group, by_income)
    return np.where(traits.firm, by_group, chosen).astype(np.int8)


def start_state(seed: int, chunk: int, traits: Traits, *, first_day: int) -> State:
    """Draw everyone's state before the first month."""
    rng = generator(seed, chunk, ChunkStream.STATE)
    size = traits.size
    holder = chance(rng, _HOLDERS, size)
    stage = np.array(list(_OPENING), np.int8)[pick(rng, list(_OPENING.values()), size)]
    stage = np.where(holder, stage, PROSPECT).astype(np.int8)
    longest = np.select([stage == APPROVED, stage == GROWING, stage == DRIFTING], [2, 6, 2], 24)
    since = (rng.random(size) * longest).astype(np.int16)
    age_days = np.minimum(400 + rng.exponential(1000, size), 3600)
    age_days = np.select([stage == APPROVED, stage == GROWING], [20.0 + 30 * since, 60.0 + 30 * since], age_days)
    opened = np.where(holder, first_day - age_days.astype(np.int64), NO_DAY)
    used = holder & (stage != APPROVED)
    revolves = traits.revolves & used & (stage != LOST)
    month_cents = (traits.rates @ MEAN_AMOUNT) * traits.ticket * 100
    limit = credit_limit(traits.income, traits.risk)
    owed = np.where(revolves, 0.7 * limit, 0.6 * month_cents) * rng.random(size)
    balance = np.where(used & (stage != LOST), np.minimum(owed, 0.9 * limit), 0).astype(np.int64)
    registered = holder & chance(rng, traits.digital, size)
    zeros = np.zeros(size, np.int64)
    false = np.zeros(size, bool)
    never = np.full(size, NO_DAY, np.int64)
    return State(
        arrived=holder | chance(rng, _ARRIVED, size),
        stage=stage,
        months_in_stage=since,
        applied=np.where(holder, opened - rng.integers(2, 12, size), NO_DAY),
        opened=opened,
        activated=np.where(used, opened + rng.integers(3, 50, size), NO_DAY),
        closed=never.copy(),
        product=choose_product(rng, traits),
        limit=limit,
        autopay=used & chance(rng, 0.2 + 0.4 * traits.diligence, size),
        registered=registered,
        bound=registered & chance(rng, 0.5, size),
        strained=false.copy(),
        defaulted=false.copy(),
        gave_up=false.copy(),
        pace=np.zeros(size),
        written_off=zeros.copy(),
        charged_off=false.copy(),
        missed=np.zeros(size, np.int16),
        missed_since=never.copy(),
        balance=balance,
        statement_due=zeros.copy(),
        paid=np.where(revolves, balance // 8, balance),
        carried=np.zeros((size, len(FLOWS)), np.int64),
        bills=np.zeros((size, BILLS), np.int64),
        later_bills=zeros.copy(),
        points=(balance // 100) * 3,
        old_points=(balance // 100) * 4,
        fatigue=np.zeros(size),
        unease=np.zeros(size),
        resolve=np.zeros(size),
        friend=holder & chance(rng, 0.25 * traits.reach[:, 2], size),
        chat=np.full(size, -1, np.int64),
        lifts=np.zeros((size, HORIZON, len(LIFTS))),
    )
