"""A chunk of the made-up bank's world: people, what they do, and the truth behind it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from insight.config.source import Rates
from insight.simulate.draws import ChunkStream, generator, sigmoid
from insight.simulate.engine.calendar import Month
from insight.simulate.engine.log import Log
from insight.simulate.engine.state import State, start_state
from insight.simulate.events import app, applications, grammar, merchants, social
from insight.simulate.events.accounts import accounts_table, cards_table, latent_table
from insight.simulate.marketing import campaigns, offers
from insight.simulate.month import play
from insight.simulate.outlook import booking, gains
from insight.simulate.population.behaviour import Traits, draw_traits
from insight.simulate.population.families import CHUNK, Kin, draw_kin
from insight.simulate.population.people import make_people
from insight.simulate.schemas import TABLES, TRUTH

START, AS_USUAL = date(2024, 1, 1), Rates()
BURN_IN = 24  # months played before the first one that is delivered
#: What is known of them: what has no beginning without it.
_BEFORE = frozenset(
    (
        *("applications", "application_checks", "referrals", "crm_events", "bureau_scores", "limit_changes"),
        *("account_changes", "payments"),
        *("wecom_friends", "wecom_members", "left_friends", "left_groups", "truth.credit"),
    )
)


@dataclass(frozen=True)
class World:
    """One chunk of customers over the simulated months.

    Parameters
    ----------
    tables
        By name, with the columns of `schemas.TABLES`. Those of `schemas.ONCE` are the same in
        every chunk.
    truth
        By name, with the columns of `schemas.TRUTH`.
    state
        Arrays that `next_month` goes on from: ``{name: numpy array}``, fit for ``numpy.savez``.
    """

    seed: int
    chunk: int
    customers: int
    months: int
    start: date
    tables: dict[str, pa.Table]
    truth: dict[str, pa.Table]
    state: dict[str, Any]


def chunk_sizes(customers: int, *, size: int = CHUNK) -> list[int]:
    """Split customers into chunks; person numbers of chunk k begin at ``k * CHUNK``.

    Examples
    --------
    >>> chunk_sizes(50_000)
    [20000, 20000, 10000]
    """
    whole, rest = divmod(customers, size)
    return [size] * whole + ([rest] if rest else [])


def make_world(
    seed: int, chunk: int, customers: int, months: int, start: date = START, rates: Rates = AS_USUAL
) -> World:
    """Simulate one chunk; depends on nothing but its arguments.

    More months only add rows: what happened in the first ones stays what it was.
    """
    first = np.datetime64(start, "D")
    first_day = int(first.astype(int))
    kin = draw_kin(seed, chunk, customers, year=start.year, firms=rates.firms)
    traits = draw_traits(seed, chunk, kin, rates)
    begin = Month.at(seed, chunk, -BURN_IN, first).base
    state = start_state(seed, chunk, traits, first_day=begin)
    log = Log(chunk, only=_BEFORE)
    applications.history(traits, state, seed, chunk, log)
    social.start_friends(traits, state, seed, chunk, begin, log)
    for index in range(-BURN_IN, 0):
        play(traits, state, Month.at(seed, chunk, index, first), log)
    log.keep_from("payments", "paid_at", first_day * 86_400)
    log.only = frozenset()
    app.register_holders(traits, state, generator(seed, chunk, ChunkStream.EARLIER_REGISTRATIONS), first_day, log)
    for index in range(months):
        play(traits, state, Month.at(seed, chunk, index, first), log)
    return finish(traits, state, log, kin, seed=seed, months=months, start=start)


def finish(
    traits: Traits, state: State, log: Log, kin: Kin, *, seed: int, months: int, start: date, others: bool = False
) -> World:
    """Make tables of all that happened by the end of the last month; ``others``: somebody else planned it."""
    chunk, first = log.chunk, np.datetime64(start, "D")
    following = Month.at(seed, chunk, months, first)
    social.end_memberships(log)
    pending = log.cut_off(following.base)
    write_prospects(traits, log, since=Month.at(seed, chunk, -BURN_IN, first).base)
    tables = {
        "people": make_people(seed, chunk, kin, start=first).set_column(
            TABLES["people"].get_field_index("consent"), "consent", pa.array(traits.consent)
        ),
        "accounts": accounts_table(traits, state, generator(seed, chunk, ChunkStream.ACCOUNTS), int(first.astype(int))),
        "cards": cards_table(traits, state),
        "merchants": merchants.make_merchants(seed),
        "campaigns": campaigns.campaign_table(months, first, others=others),
        "offers": offers.catalogue_table(),
        "faq": grammar.faq_table(first),
        "wecom_groups": social.groups_table(traits, int(first.astype(int))),
    }
    tables |= {name: log.table(name) for name in TABLES if name not in tables}
    truth = {name: log.table(f"truth.{name}") for name in TRUTH if name not in ("people", "firms", "effects")}
    truth |= {"people": latent_table(traits, state), "effects": effects_table(traits, state, following)}
    firms = kin.firms
    truth["firms"] = pa.table(
        [traits.first + firms.at, traits.first + firms.owner, firms.cards.astype(np.int16)], TRUTH["firms"].names
    ).cast(TRUTH["firms"])
    counts = {f"count.{name}": np.array(count) for name, count in log.counts.items()}
    made = {"made": np.array([seed, chunk, traits.size, months, start.toordinal()])}
    made["rates"] = saved_rates(traits.bank)
    saved = made | state.saved() | counts | pending
    return World(
        seed, chunk, traits.size, months, start,
        {name: tables[name] for name in TABLES}, {name: truth[name] for name in TRUTH}, saved,
    )  # fmt: skip


def write_prospects(traits: Traits, log: Log, *, since: int) -> None:
    """Write what would become of the applications decided from a day on, had they been approved."""
    rows = log.arrays("applications")
    if not rows:
        return
    at = np.flatnonzero(rows["decided_on"] >= since)
    who, decided = rows["person"][at] - traits.first, rows["decided_on"][at]
    odds = applications.trouble_odds(traits, who, rows["channel"][at], rows["occupation"][at])
    log.add(
        "truth.applications", application=rows["application"][at],
        pd_12=booking.going_bad(traits, who, sigmoid(odds)), activates_30=booking.first_use(traits, who, decided),
    )  # fmt: skip


def saved_rates(rates: Rates) -> np.ndarray:
    """Give the bank's rates as an array, in the order of their declaration."""
    return np.array(list(rates.model_dump().values()))


def effects_table(traits: Traits, state: State, month: Month) -> pa.Table:
    """Make the truth of what each offer would do to everyone in a month, sent by their best channel."""
    baseline = offers.baseline_of(traits, state, month)
    effects = offers.response_probabilities(traits, state, baseline)
    count = len(offers.CATALOGUE)
    who, offer = np.repeat(np.arange(traits.size), count), np.tile(np.arange(count), traits.size)
    p1 = effects.with_[who, offer]
    expected = offers.expect(traits, state, baseline, effects, who=who, offer=offer, with_=p1)
    cost = offers.cost(offer, p1)
    gain = gains.net_gains(traits, state, month, effects)[who, offer]
    may = effects.eligible[who, offer]
    columns = {
        "person": traits.first + who, "offer": offer, "eligible": may, "response_without": effects.without[who, offer],
        "response_with": p1, **vars(expected), "cost": np.where(may, cost, 0.0), "net_gain": gain,
    }  # fmt: skip
    schema = TRUTH["effects"]
    return pa.table([pa.array(columns[name]) for name in schema.names], names=schema.names).cast(schema)
