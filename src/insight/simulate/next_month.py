"""Simulate the month after a world's last one, from its saved state and a list of contacts."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from insight.config.source import Rates
from insight.simulate.engine.calendar import Month
from insight.simulate.engine.log import Log
from insight.simulate.engine.state import State
from insight.simulate.marketing import campaigns
from insight.simulate.marketing.offers import CATALOGUE
from insight.simulate.month import play
from insight.simulate.population.behaviour import CHANNELS, Traits, draw_traits
from insight.simulate.population.families import Kin, draw_kin
from insight.simulate.world import World, finish

_COUNT = "count."
_BOOKS = "truth.books"


def next_month(state: dict[str, Any], contacts: pa.Table | None = None) -> World:
    """Play the month that follows a world's last one.

    Parameters
    ----------
    state
        `World.state`, also of what this function gave; left as it was.
    contacts
        Who is contacted: ``person``, ``offer`` (number or code), ``channel`` (a word of `CHANNELS`),
        ``is_holdout``; people of other chunks are passed over. Without it the bank follows its own
        plan, and what happens is what `make_world` with one more month says.

    Returns
    -------
    World
        Event tables have the month's rows, and once more those of earlier months that changed:
        transactions now posted, tickets and cases now closed, and every stay in WeCom that was open.
        The others stand as at the month's end.
    """
    if len(state["made"]) > _FULL:
        raise ValueError("state: expected that of a world with its files; found that of a light month, which has none")
    seed, chunk, _, months, start = (int(part) for part in state["made"])
    begin = date.fromordinal(start)
    kin, traits = people_of(state)
    now = State.restored(state)
    counts = {name.removeprefix(_COUNT): int(count) for name, count in state.items() if name.startswith(_COUNT)}
    log = Log(chunk, counts)
    log.resume(state)
    _play(traits, now, state, log, contacts)
    others = contacts is not None
    return finish(traits, now, log, kin, seed=seed, months=months + 1, start=begin, others=others)


@dataclass(frozen=True)
class LightMonth:
    """What a month brings, without the events that it consists of.

    Attributes
    ----------
    books
        The bank's account of money by person, with the columns of ``schemas.TRUTH["books"]``.
    state
        Arrays that `light_month` goes on from.
    """

    books: pa.Table
    state: dict[str, Any]


def light_month(state: dict[str, Any], contacts: pa.Table | None = None, *, luck: int = 0) -> LightMonth:
    """Play the month that follows, for its account of money alone: the same luck, no texts and no files.

    Takes what `next_month` takes, or the state of another light month, and books the same to the cent. With another
    ``luck`` it is the same month of another future.
    """
    seed, chunk, customers, months, start = (int(part) for part in state["made"][:_FULL])
    _, traits = people_of(state)
    now = State.restored(state)
    log = Log(chunk, only=frozenset({_BOOKS}))
    _play(traits, now, state, log, contacts, luck=luck)
    made = np.array([seed, chunk, customers, months + 1, start, 1])
    return LightMonth(log.table(_BOOKS), {"made": made, "rates": state["rates"]} | now.saved())


def people_of(state: dict[str, Any]) -> tuple[Kin, Traits]:
    """Give the people of a saved state: their families, and what they are like."""
    seed, chunk, customers, _, start = (int(part) for part in state["made"][:_FULL])
    return _people(seed, chunk, customers, date.fromordinal(start).year, tuple(state["rates"]))


_FULL = 5  # parts of ``made``; a sixth says that the events are missing


@lru_cache(maxsize=4)
def _people(seed: int, chunk: int, customers: int, year: int, rates: tuple[float, ...]) -> tuple[Kin, Traits]:
    bank = Rates(**dict(zip(Rates.model_fields, rates, strict=True)))
    kin = draw_kin(seed, chunk, customers, year=year, firms=bank.firms)
    return kin, draw_traits(seed, chunk, kin, bank)


def _play(
    traits: Traits, now: State, state: dict[str, Any], log: Log, contacts: pa.Table | None, *, luck: int = 0
) -> None:
    seed, chunk, _, months, start = (int(part) for part in state["made"][:_FULL])
    month = Month.at(seed, chunk, months, np.datetime64(date.fromordinal(start), "D"), luck)
    play(traits, now, month, log, None if contacts is None else _plan(contacts, traits, month))


def _plan(contacts: pa.Table, traits: Traits, month: Month) -> campaigns.Contacts:
    """Give the contacts of a list that are of this chunk's people."""
    rows = contacts.to_pandas() if isinstance(contacts, pa.Table) else contacts
    rows = rows[rows["person"].between(traits.first, traits.first + traits.size - 1)]
    codes = {row[0]: number for number, row in enumerate(CATALOGUE)}
    return campaigns.given(
        traits,
        month,
        person=rows["person"].to_numpy(np.int64),
        offer=np.array([codes.get(offer, offer) for offer in rows["offer"]], np.int64),
        channel=np.array([CHANNELS.index(channel) for channel in rows["channel"]], np.int64),
        is_holdout=rows["is_holdout"].to_numpy(bool),
    )
