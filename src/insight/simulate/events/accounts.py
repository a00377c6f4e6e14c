"""Accounts: as they stand at the end, and what changes for them on which day; the truth about people."""

import numpy as np
import pyarrow as pa

from insight.simulate.draws import NO_MONEY, money, words
from insight.simulate.engine.calendar import Month
from insight.simulate.engine.log import NO_DAY, Log
from insight.simulate.engine.state import State
from insight.simulate.engine.vocabulary import PRODUCTS, WORDS, code
from insight.simulate.events.ledger import DUE_AFTER, account_of
from insight.simulate.events.spending import within
from insight.simulate.marketing.campaigns import Outcome
from insight.simulate.population.behaviour import CHANNELS, Traits
from insight.simulate.population.places import cities
from insight.simulate.schemas import TABLES, TRUTH

SAVINGS = 0.6  # share of people with a savings account
LIFTED_AFTER = 8  # days after the due day, by which every late payment has come
_OPEN, _CLOSED, _CHARGED_OFF, _NO, _YES = (
    code("account_changes.new_value", word) for word in ("open", "closed", "charged_off", "no", "yes")
)
_NONE = -1


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
        "stage": words(state.true_stage, WORDS["truth.people.stage"]),
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


def cards_table(traits: Traits, state: State) -> pa.Table:
    """Make the cards that lie on the card accounts: one of a person, several of a firm, issued when it is opened."""
    who = np.flatnonzero(state.opened != NO_DAY)
    several = traits.cards[who].astype(np.int64)
    number = within(several)
    who = np.repeat(who, several)
    holder = np.where(number > 0, 2, traits.firm[who])
    schema = TABLES["cards"]
    columns = {
        "account": account_of(traits.first + who), "person": traits.first + who, "card": number + 1,
        "holder": words(holder, ("holder", "owner", "employee")),
        "issued_on": _day(state.opened[who], np.zeros(len(who), bool)),
    }  # fmt: skip
    return pa.table([columns[name] for name in schema.names], names=schema.names).cast(schema)


def standing(state: State) -> list[np.ndarray]:
    """Give what holds for every account: status, whether blocked, autopay; codes as in `vocabulary`."""
    status = np.select(
        [state.charged_off, state.closed != NO_DAY, state.opened != NO_DAY], [_CHARGED_OFF, _CLOSED, _OPEN], _NONE
    )
    return [status, np.where(state.blocked, _YES, _NO), np.where(state.autopay, _YES, _NO)]


def write_changes(
    traits: Traits, state: State, before: list[np.ndarray], month: Month, outcome: Outcome, log: Log
) -> None:
    """Write what has changed since ``before``, the accounts' `standing` at the month's start.

    Autopay changes on the day of the response, the status when the account is closed or charged off. A card is
    blocked on the due day of the second statement that nobody pays; the block is lifted `LIFTED_AFTER` days after the
    due day of the one that is paid.
    """
    due = month.base + traits.cycle_day - 1 + DUE_AFTER
    last = month.base + month.days - 1
    days = [
        np.where(state.closed != NO_DAY, state.closed, last),
        np.where(state.blocked, due, due + LIFTED_AFTER),
        month.base + outcome.day,
    ]
    for what, (old, new, day) in enumerate(zip(before, standing(state), days, strict=True)):
        who = np.flatnonzero((old != new) & (before[0] != _NONE))
        log.add(
            "account_changes", account=account_of(traits.first + who), person=traits.first + who,
            changed_on=day[who], what=what, old_value=old[who], new_value=new[who],
        )  # fmt: skip
