"""Who is contacted in a month, with what: targeted campaigns, a randomised trial, and hold-outs."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from insight.simulate.draws import MonthStream
from insight.simulate.engine.calendar import DAY, Month
from insight.simulate.engine.log import Log
from insight.simulate.engine.state import State
from insight.simulate.engine.vocabulary import DRIFTING, LOST
from insight.simulate.marketing.offers import CATALOGUE, NOTHING, PERSUADED, RETENTION, Baseline, Effects, expect
from insight.simulate.population.behaviour import CHANNELS, Traits
from insight.simulate.schemas import TABLES

TARGETED, OTHERS = 3, 9
TARGETED_HOLDOUT, TRIAL_HOLDOUT = 0.15, 0.30
TRIAL_SHARE = 0.06
# share of the eligible that a targeted campaign chooses, about, by offer
_SHARE = np.array([0, 0.5, 0.15, 0.12, 0.12, 0.12, 0.2, 0.2, 0.1, 0.1])


def planned(index: int) -> list[tuple[int, int]]:
    """Give a month's targeted campaigns as offer and channel; every offer comes every third month.

    Examples
    --------
    >>> planned(0)
    [(1, 0), (2, 1), (3, 2)]
    """
    last = len(CATALOGUE) - 1
    return [((index * TARGETED + j) % last + 1, (index + j) % len(CHANNELS)) for j in range(TARGETED)]


@dataclass(frozen=True)
class Contacts:
    """The month's contacts, a row each; ``who`` is a position in the chunk.

    ``chosen`` is the chance of having been chosen for that campaign and offer, ``propensity`` that of whoever is
    chosen to be contacted rather than held out.
    """

    who: np.ndarray
    offer: np.ndarray
    channel: np.ndarray
    campaign: np.ndarray
    is_holdout: np.ndarray
    is_random: np.ndarray
    chosen: np.ndarray
    propensity: np.ndarray
    sent: np.ndarray


def _wanted(baseline: Baseline, state: State, effects: Effects, offer: int) -> np.ndarray:
    """Give the probability that a targeted campaign chooses each person: higher for those who spend more.

    Retention goes for those who drift or are lost.
    """
    appeal = np.clip(0.4 + 0.6 * np.log1p(baseline.mature_yuan / 2500), 0.2, 1.8)
    if offer == RETENTION:
        appeal = np.where(np.isin(state.stage, (DRIFTING, LOST)), 4.0, 0.5)
    return _SHARE[offer] * appeal * effects.eligible[:, offer]


def choose(traits: Traits, state: State, baseline: Baseline, effects: Effects, month: Month) -> Contacts:
    """Choose the month's contacts: at most one a person, none without consent, with known propensities."""
    draws = month.draws(MonthStream.CONTACTS, np.arange(traits.size))
    plan = planned(month.index)
    others = effects.eligible[:, NOTHING + 1 :]
    trial = TRIAL_SHARE * traits.bank.trials * others.any(axis=1)
    wanted = [traits.bank.campaigns * _wanted(baseline, state, effects, offer) for offer, _ in plan]
    chances = np.stack([*wanted, trial], axis=1)
    chances *= (traits.consent / np.maximum(chances.sum(axis=1) / 0.9, 1.0))[:, None]
    edges = np.cumsum(chances, axis=1)
    which = (draws.random()[:, None] >= edges).sum(axis=1)
    who = np.flatnonzero(which <= TARGETED)
    which, draws = which[who], draws.take(who)
    is_trial = which == TARGETED
    ranks = np.stack([draws.random() for _ in range(others.shape[1])], axis=1) * others[who]
    offers, channels = (np.array([row[at] for row in plan] + [0]) for at in (0, 1))
    weight = np.where(is_trial, others[who].sum(axis=1), 1)
    holdout = np.where(is_trial, TRIAL_HOLDOUT, TARGETED_HOLDOUT)
    return Contacts(
        who=who,
        offer=np.where(is_trial, ranks.argmax(axis=1) + 1, offers[which]),
        channel=np.where(is_trial, draws.integers(0, len(CHANNELS)), channels[which]),
        campaign=month.index * 10 + which + 1,
        is_holdout=draws.chance(holdout),
        is_random=is_trial,
        chosen=chances[who, which] / weight,
        propensity=1 - holdout,
        sent=_sent(month, who),
    )


def _sent(month: Month, who: np.ndarray) -> np.ndarray:
    """Draw when contacts are sent: the first three days of the month, in office hours."""
    draws = month.draws(MonthStream.SENT, who)
    return (month.base + draws.integers(0, 3)) * DAY + draws.integers(10 * 3600, 18 * 3600)


def given(
    traits: Traits, month: Month, *, person: np.ndarray, offer: np.ndarray, channel: np.ndarray,
    is_holdout: np.ndarray, campaign: np.ndarray | int | None = None, propensity: np.ndarray | float = 1.0,
) -> Contacts:  # fmt: skip
    """Make contacts of a list that was decided elsewhere; ``channel`` are positions in `CHANNELS`."""
    size, who = len(person), np.asarray(person, np.int64) - traits.first
    return Contacts(
        who=who,
        offer=np.asarray(offer, np.int64),
        channel=np.asarray(channel, np.int64),
        campaign=np.broadcast_to(month.index * 10 + OTHERS if campaign is None else campaign, (size,)),
        is_holdout=np.asarray(is_holdout, bool),
        is_random=np.zeros(size, bool),
        chosen=np.ones(size),
        propensity=np.broadcast_to(propensity, (size,)),
        sent=_sent(month, who),
    )


@dataclass(frozen=True)
class Outcome:
    """Who responds to what this month (a row a person, a column an offer), and the contacts' truth."""

    responds: np.ndarray
    day: np.ndarray
    contact_without: np.ndarray
    contact_with: np.ndarray
    probability_with: np.ndarray


def play(traits: Traits, state: State, effects: Effects, contacts: Contacts, month: Month) -> Outcome:
    """Draw responses, and apply the offers' effects to those who respond because of the contact."""
    everyone = np.arange(traits.size)
    draws = month.draws(MonthStream.RESPONSES, everyone[:, None], np.arange(len(CATALOGUE))).random()
    day = month.draws(MonthStream.DAYS, everyone).integers(3, 26)
    who, offer = contacts.who, contacts.offer
    p0 = effects.without[who, offer]
    p1 = p0 + (effects.with_[who, offer] - p0) * traits.reach[who, contacts.channel]
    y0, y1 = draws[who, offer] < p0, draws[who, offer] < p1
    treated = ~contacts.is_holdout
    responds = draws < effects.without
    responds[who, offer] = np.where(treated, y1, y0)
    persuaded = treated & y1 & ~y0
    np.add.at(state.lifts, who[persuaded], PERSUADED[offer[persuaded]][:, None, :])
    annoyed = np.zeros((len(who), 1, state.lifts.shape[2]))
    annoyed[:, 0, 3] = effects.irritation[who, offer] * treated
    np.add.at(state.lifts, who, annoyed)
    np.add.at(state.fatigue, who[treated], 1.0)
    return Outcome(responds, day, y0, y1, p1)


def record(
    traits: Traits, state: State, baseline: Baseline, effects: Effects, contacts: Contacts, outcome: Outcome,
    month: Month, log: Log,
) -> None:  # fmt: skip
    """Write contacts, the responses measured for all of them, and their truth."""
    number = log.numbers("contacts", len(contacts.who))
    person = traits.first + contacts.who
    log.add(
        "contacts", contact=number, person=person, campaign=contacts.campaign, offer=contacts.offer,
        channel=contacts.channel, sent_at=contacts.sent, is_holdout=contacts.is_holdout,
        is_random=contacts.is_random, propensity=contacts.propensity,
    )  # fmt: skip
    expected = expect(
        traits, state, baseline, effects, who=contacts.who, offer=contacts.offer, with_=outcome.probability_with
    )
    log.add(
        "truth.contacts", contact=number, chosen=contacts.chosen, responds_without=outcome.contact_without,
        responds_with=outcome.contact_with, response_with=outcome.probability_with,
        response_without=effects.without[contacts.who, contacts.offer], **vars(expected),
    )  # fmt: skip
    answered = np.where(contacts.is_holdout, outcome.contact_without, outcome.contact_with)
    at = np.flatnonzero(answered)
    second = month.draws(MonthStream.RESPONSE_TIMES, contacts.who[at]).integers(8 * 3600, 22 * 3600)
    moment = (month.base + outcome.day[contacts.who[at]]) * DAY + second
    cost = np.array([row[4] for row in CATALOGUE])[contacts.offer[at]] * 100
    log.add(
        "responses", response=log.numbers("responses", len(at)), contact=number[at], person=person[at],
        campaign=contacts.campaign[at], offer=contacts.offer[at], responded_at=moment,
        kind=contacts.offer[at], value=np.where(contacts.is_holdout[at], 0, cost),
    )  # fmt: skip


def campaign_table(months: int, start: np.datetime64, *, others: bool = False) -> pa.Table:
    """Make the ``campaigns`` table of the bank's own plan; ``others``: the last month was planned by somebody else."""
    rows: list[tuple[Any, ...]] = []
    for index in range(months):
        month = Month.at(0, 0, index, start)
        span = month.first.item(), (month.first + np.timedelta64(month.days - 1, "D")).item()
        label, number = str(month.first)[:7], index * 10
        if others and index == months - 1:
            rows.append((number + OTHERS, f"{label} Plan", f"{label} 计划", "planned", None, None, *span, None))
            break
        for at, (offer, channel) in enumerate(planned(index), 1):
            _, english, chinese, *_ = CATALOGUE[offer]
            names = f"{label} {english}", f"{label} {chinese}"
            rows.append((number + at, *names, "targeted", offer, CHANNELS[channel], *span, TARGETED_HOLDOUT))
        names = f"{label} Trial of all offers", f"{label} 随机试验"
        rows.append((number + TARGETED + 1, *names, "randomised", None, None, *span, TRIAL_HOLDOUT))
    schema = TABLES["campaigns"]
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], _plain(schema)).cast(
        schema
    )


def _plain(schema: pa.Schema) -> pa.Schema:
    """Give a schema with plain text in the place of dictionaries."""
    return pa.schema(
        [(field.name, pa.string() if pa.types.is_dictionary(field.type) else field.type) for field in schema]
    )
