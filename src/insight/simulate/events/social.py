"""Referrals between customers, and their contacts and groups on WeCom."""

import numpy as np
import pyarrow as pa

from insight.simulate.draws import ChunkStream, Draws, MonthStream
from insight.simulate.engine.calendar import Month
from insight.simulate.engine.log import NO_DAY, Log
from insight.simulate.engine.state import State
from insight.simulate.population import places
from insight.simulate.population.behaviour import Traits
from insight.simulate.schemas import TABLES

FAMILY_REFERS = 0.4
BEFRIENDS, LEAVES = 0.02, 0.012
JOINS_GROUP = 0.45
INTERESTS = ("car", "food", "travel", "parenting", "shopping")
_INTEREST_ZH = ("车友群", "美食群", "旅行群", "亲子群", "好物群")
_INTEREST_OF_GROUP = np.array([2, 0, 4, 3, 4, 2, 4, 1, 1])


def choose_referrers(draws: Draws, traits: Traits, state: State, who: np.ndarray) -> np.ndarray:
    """Choose a possible referrer for each applicant: of the family for four in ten, else any active cardholder.

    Whoever else it may be is the first of eight people drawn who uses a card, so that the others' use decides nothing.
    """
    drawn = np.stack([draws.integers(0, traits.size) for _ in range(8)], axis=1)
    uses = state.active[drawn]
    someone = np.where(uses.any(axis=1), drawn[np.arange(len(who)), uses.argmax(axis=1)], who)
    relative = _relatives(traits, state)[who]
    near = (relative >= 0) & (relative != who) & draws.chance(FAMILY_REFERS)
    chosen = np.where(near, relative, someone)
    return np.where(chosen == who, -1, traits.first + chosen)


def _relatives(traits: Traits, state: State) -> np.ndarray:
    """Give each person one of their family who uses a card, -1 where there is none."""
    families = traits.family - traits.family[0]
    users = np.flatnonzero(state.active)
    one = np.full(families[-1] + 1, -1)
    one[families[users]] = users
    return one[families]


def group_count(size: int) -> int:
    """Give how many WeCom groups a chunk has: one for every 250 people."""
    return max(1, size // 250)


def befriend(traits: Traits, state: State, month: Month, log: Log) -> None:
    """Draw the month's new WeCom contacts of staff, those who delete them, and those who join a group."""
    draws = month.draws(MonthStream.FRIENDS, np.arange(traits.size))
    u = draws.random()
    gone = state.friend & (u < LEAVES * (1 + state.fatigue))
    new = ~state.friend & state.active & (u < BEFRIENDS * traits.reach[:, 2])
    day = month.base + draws.integers(0, month.days)
    _open(draws, traits, state, np.flatnonzero(new), day, log)
    _close(traits, state, np.flatnonzero(gone), day, log)


def _open(draws: Draws, traits: Traits, state: State, who: np.ndarray, day: np.ndarray, log: Log) -> None:
    draws = draws.take(who)
    state.friend[who] = True
    person = traits.first + who
    log.add("wecom_friends", person=person, staff=traits.city[who] * 100 + draws.integers(1, 6),
            added_on=day[who], removed_on=np.full(len(who), NO_DAY))  # fmt: skip
    joins = who[draws.chance(JOINS_GROUP) & (state.chat[who] < 0) & ~traits.firm[who]]
    wanted = traits.city[joins] * len(INTERESTS) + _INTEREST_OF_GROUP[traits.group[joins]]
    state.chat[joins] = wanted % group_count(traits.size)
    log.add("wecom_members", chat=_chat(traits, state.chat[joins]), person=traits.first + joins,
            joined_on=day[joins], left_on=np.full(len(joins), NO_DAY))  # fmt: skip


def _chat(traits: Traits, place: np.ndarray) -> np.ndarray:
    return traits.first + place


def _close(traits: Traits, state: State, who: np.ndarray, day: np.ndarray, log: Log) -> None:
    state.friend[who] = False
    log.add("left_friends", person=traits.first + who, day=day[who])
    members = who[state.chat[who] >= 0]
    log.add("left_groups", person=traits.first + members, day=day[members])
    state.chat[members] = -1


def start_friends(traits: Traits, state: State, seed: int, chunk: int, first_day: int, log: Log) -> None:
    """Write the WeCom contacts and group members of before the first month."""
    draws = Draws((seed, chunk, ChunkStream.EARLIER_FRIENDS), np.arange(traits.size))
    day = first_day - draws.integers(1, 500)
    _open(draws, traits, state, np.flatnonzero(state.friend), day, log)


def end_memberships(log: Log) -> None:
    """Match each day of leaving a group to the membership that it ends."""
    for table, begin, end, left in (
        ("wecom_friends", "added_on", "removed_on", "left_friends"),
        ("wecom_members", "joined_on", "left_on", "left_groups"),
    ):
        rows, leavings = log.arrays(table), log.arrays(left)
        log.replace(left, {})
        if not rows or not leavings:
            continue
        rows = {name: values.copy() for name, values in rows.items()}
        span = 10**6
        stays = rows["person"] * span + rows[begin]
        order = np.argsort(stays, kind="stable")
        at = np.searchsorted(stays[order], leavings["person"] * span + leavings["day"], side="right") - 1
        rows[end][order[np.maximum(at, 0)]] = leavings["day"]
        log.replace(table, rows)


def groups_table(traits: Traits, first_day: int) -> pa.Table:
    """Make the ``wecom_groups`` table of a chunk."""
    place = np.arange(group_count(traits.size))
    city, interest = place // len(INTERESTS) % len(places.cities()[1]), place % len(INTERESTS)
    cities = np.array(places.cities()[1], object)[city]
    name = np.array([text.removesuffix("市") for text in cities], object) + np.array(_INTEREST_ZH, object)[interest]
    return pa.table(
        {
            "chat": _chat(traits, place),
            "name_zh": name,
            "city": pa.array(cities).dictionary_encode(),
            "interest": pa.array(np.array(INTERESTS, object)[interest]).dictionary_encode(),
            "created_on": pa.array((first_day - 520 - place * 3).astype(np.int32)).cast(pa.date32()),
        }
    ).cast(TABLES["wecom_groups"])
