"""The tables made from the final state rather than from events: accounts, and the truth about people."""

import numpy as np
import pyarrow as pa

from insight.simulate.draws import NO_MONEY, money, words
from insight.simulate.engine.log import NO_DAY
from insight.simulate.engine.state import State
from insight.simulate.engine.vocabulary import PRODUCTS, WORDS
from insight.simulate.events.ledger import account_of
from insight.simulate.population.behaviour import CHANNELS, Traits
from insight.simulate.population.places import cities
from insight.simulate.schemas import TABLES, TRUTH

SAVINGS = 0.6  # share of people with a savings account


def _day(values: np.ndarray, missing: np.ndarray) -> pa.Array:
    return pa.array(values.astype(np.int32), mask=missing).cast(pa.date32())


def latent_table(traits: Traits, state: State) -> pa.Table:
    """Make the truth about people: group, sensitivities, risk, habits, stage at the end."""
    schema = TRUTH["people"]
    reach = {f"reach_{name}": traits.reach[:, at] for at, name in enumerate(CHANNELS)}
    columns = {
        "person": traits.person, "group": words(traits.group, WORDS["truth.people.group"]), "income": traits.income,
        "price_sensitivity": traits.price, "reward_sensitivity": traits.reward, "risk": traits.risk,
        "digital": traits.digital, "diligence": traits.diligence, **reach,
        "best_channel": words(traits.reach.argmax(axis=1), CHANNELS),
        "stage": words(state.stage, WORDS["truth.people.stage"]),
    }  # fmt: skip
    return pa.table([columns[name] for name in schema.names], names=schema.names).cast(schema)


def accounts_table(traits: Traits, state: State, rng: np.random.Generator, first_day: int) -> pa.Table:
    """Make the accounts: cards, and the savings accounts that six in ten hold."""
    card = np.flatnonzero(state.opened != NO_DAY)
    saves = np.flatnonzero(rng.random(traits.size) < SAVINGS)
    opened = first_day - (rng.exponential(5, traits.size).clip(0.1, 25) * 365).astype(int)
    who = np.concatenate([card, saves])
    kind = np.repeat([0, 1], [len(card), len(saves)])
    is_card = kind == 0
    status = np.select([~is_card, state.charged_off[who], state.closed[who] != NO_DAY], [0, 2, 1], 0)
    schema = TABLES["accounts"]
    columns = {
        "account": account_of(traits.first + who) + kind,
        "person": traits.first + who,
        "kind": words(kind, ("credit_card", "savings")),
        "product": words(np.where(is_card, state.product[who], len(PRODUCTS)), (*PRODUCTS, "current_account")),
        "opened_on": _day(np.where(is_card, state.opened[who], opened[who]), np.zeros(len(who), bool)),
        "activated_on": _day(state.activated[who], ~is_card | (state.activated[who] == NO_DAY)),
        "closed_on": _day(state.closed[who], ~is_card | (state.closed[who] == NO_DAY)),
        "status": words(status, ("open", "closed", "charged_off")),
        "credit_limit": money(np.where(is_card, state.limit[who], NO_MONEY)),
        "cycle_day": pa.array(traits.cycle_day[who].astype(np.int16), mask=~is_card),
        "autopay": pa.array(state.autopay[who], mask=~is_card),
        "branch": words(traits.city[who], [name.removesuffix("市") + "分行" for name in cities()[1]]),
    }
    return pa.table([columns[name] for name in schema.names], names=schema.names).cast(schema)
