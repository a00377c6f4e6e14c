"""Simulate the month after a world's last one, from its saved state and a list of contacts."""

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from insight.simulate.engine.calendar import Month
from insight.simulate.engine.log import Log
from insight.simulate.engine.state import State
from insight.simulate.marketing import campaigns
from insight.simulate.marketing.offers import CATALOGUE
from insight.simulate.month import play
from insight.simulate.population.behaviour import CHANNELS, draw_traits
from insight.simulate.population.families import draw_kin
from insight.simulate.world import World, finish

_COUNT = "count."


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
    seed, chunk, customers, months, start = (int(part) for part in state["made"])
    begin = date.fromordinal(start)
    first = np.datetime64(begin, "D")
    kin = draw_kin(seed, chunk, customers, year=begin.year)
    traits = draw_traits(seed, chunk, kin)
    now = State.restored(state)
    counts = {name.removeprefix(_COUNT): int(count) for name, count in state.items() if name.startswith(_COUNT)}
    log = Log(chunk, counts)
    log.resume(state)
    month = Month.at(seed, chunk, months, first)
    plan = None if contacts is None else _plan(contacts, traits, month)
    play(traits, now, month, log, plan)
    others = contacts is not None
    return finish(traits, now, log, kin, seed=seed, months=months + 1, start=begin, others=others)


def _plan(contacts: pa.Table, traits: Any, month: Month) -> campaigns.Contacts:
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
