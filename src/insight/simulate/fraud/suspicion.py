"""The probability of fraud of every purchase, for somebody who knows all but the secret: who is stolen from, and when.

Purchases of the holder and of a thief are two Poisson processes over the same marks. Given a case of pattern p that
begins in slot t, a purchase x is the thief's with r / (1 + r), where r is the ratio of both densities at x; and the
case itself has the weight ``hazard * share(p) / slots * exp(-purchases of it) * product of (1 + r)`` against the
weight ``1 - hazard`` of none.
"""

import numpy as np

from insight.simulate.engine.calendar import DAY, HOUR_STEPS, Month
from insight.simulate.engine.state import State
from insight.simulate.events.merchants import ONLINE_PLACE, number_of, places_of
from insight.simulate.events.spending import (
    LOYAL,
    ONLINE_CHANNEL,
    POS,
    PURCHASE,
    Rows,
    favourite_of,
    online_share,
    phone_share,
    travel_share,
)
from insight.simulate.fraud.cases import HOUR, SHOP, exposed
from insight.simulate.fraud.patterns import (
    ANY_HOUR,
    AWAY,
    ONLINE,
    OWN,
    PATTERNS,
    SLOT,
    TEST_TIMES,
    TESTED,
    shares,
    wanted,
)
from insight.simulate.population.behaviour import CASH, MEDIAN, SPREAD, Traits

_TELLS = 20.0  # density ratio, below which a purchase alone makes nobody suspicious


def _hours() -> np.ndarray:
    """Give the share of each hour of the day by habit (-1, 0, 1) and category."""
    shifted = (HOUR_STEPS[None].astype(int) + np.arange(-1, 2)[:, None, None]) % 24
    return np.stack([(shifted == hour).mean(axis=2) for hour in range(24)], axis=2)


_HOURS = _hours()


def probabilities(traits: Traits, state: State, month: Month, rows: Rows, expected: np.ndarray) -> np.ndarray:
    """Give the probability of each row; the bank's own rows and what cannot be a thief's have none."""
    at = np.flatnonzero((rows.kind == PURCHASE) & (rows.instalments == 0) & ~rows.drawn & (rows.category != CASH))
    ratios = _ratios(traits, month, rows, at, expected)
    telling = np.zeros(traits.size, bool)
    for ratio in ratios[:-1]:
        telling[rows.who[at[(ratio > _TELLS).any(axis=0)]]] = True
    keep = telling[rows.who[at]]
    at, ratios = at[keep], [ratio[:, keep] for ratio in ratios]
    people, person = np.unique(rows.who[at], return_inverse=True)
    slot = (rows.second[at] - month.base * DAY) // (SLOT * HOUR)
    hazard = exposed(traits, state, month)[people]
    weight, total = [], 1 - hazard
    for pattern, share, ratio in zip(PATTERNS, shares(month), ratios, strict=True):
        begins = pattern.begins(month)
        log_odds = np.zeros(len(people) * begins)
        told = np.log1p(ratio)
        for offset in range(pattern.slots):
            inside = np.flatnonzero((slot >= offset) & (slot - offset < begins))
            place = person[inside] * begins + slot[inside] - offset
            log_odds += np.bincount(place, told[int(offset > 0)][inside], minlength=len(log_odds))
        prior = hazard * share / begins * np.exp(-pattern.rows - pattern.tests)
        weight.append(prior[:, None] * np.exp(log_odds.reshape(len(people), begins)))
        total = total + weight[-1].sum(axis=1)
    found = np.zeros(len(at))
    for pattern, ratio, odds in zip(PATTERNS, ratios, weight, strict=True):
        theirs = ratio / (1 + ratio)
        for offset in range(pattern.slots):
            inside = np.flatnonzero((slot >= offset) & (slot - offset < pattern.begins(month)))
            found[inside] += odds[person[inside], slot[inside] - offset] * theirs[int(offset > 0)][inside]
    result = np.zeros(rows.size)
    result[at] = found / total[person]
    return result


def _ratios(traits: Traits, month: Month, rows: Rows, at: np.ndarray, expected: np.ndarray) -> list[np.ndarray]:
    """Give each pattern's density at the purchases by the holder's, in the case's first slot and in the later ones."""
    who, category, channel = rows.who[at], rows.category[at].astype(np.int64), rows.channel[at]
    day, hour = np.divmod((rows.second[at] - month.base * DAY) // HOUR, 24)
    steps = month.day_steps()
    days = np.stack([(steps == number).mean(axis=1) for number in range(month.days)], axis=1)
    inside = (day >= 0) & (day < month.days)
    day = np.clip(day, 0, month.days - 1)
    own_hour = _HOURS[traits.hour_shift[who].astype(np.int64) + 1, category, hour]
    count = np.maximum(expected[who, category], 1e-9)
    moment = count * days[category + len(MEDIAN) * traits.firm[who], day] * own_hour
    online = channel == ONLINE_CHANNEL
    share, phone, travels = (f(traits, who, category) for f in (online_share, phone_share, travel_share))
    way = np.where(online, share, (1 - share) * np.where(channel == POS, 1 - phone, phone))
    place, home = places_of(rows.merchant[at]), traits.city[who]
    number, several = number_of(rows.merchant[at], category, place)
    any_one = np.sqrt((number + 1) / several) - np.sqrt(number / several)
    usual = LOYAL * (rows.merchant[at] == favourite_of(traits, who, category, place)) + (1 - LOYAL) * any_one
    far = np.where(online, 0.0, travels / ONLINE_PLACE * any_one)
    where = np.where(online | (place == home), np.where(online, 1.0, 1 - travels) * usual, 0.0) + far
    amount = np.log(rows.cents[at] / 100 / MEDIAN[category])
    z = (amount - np.log(traits.ticket[who])) / SPREAD[category]
    result = []
    for pattern_number, pattern in enumerate(PATTERNS):
        wants = wanted(pattern_number, month)[category]
        if pattern.place == OWN:
            total = np.maximum(expected.sum(axis=1) - expected[:, CASH], 1e-9)
            there = count / total[who] * way * where
        else:
            spot = {ONLINE: online, AWAY: channel == POS}.get(pattern.place, (channel == POS) & (place == home))
            there = wants * spot * any_one / (ONLINE_PLACE if pattern.place == AWAY else 1)
        shop = _HOURS[1, SHOP, hour]
        lasts = (pattern.slots - bool(pattern.tests)) * SLOT
        when = 1 / lasts if pattern.hours == ANY_HOUR else own_hour if pattern.place == OWN else shop
        scale = pattern.times * (traits.ticket[who] if pattern.place == OWN else 1.0)
        level = np.exp((z**2 - ((amount - np.log(scale)) / SPREAD[category]) ** 2) / 2)
        later = pattern.rows * there * when * level / np.maximum(moment * way * where, 1e-300)
        first = later
        if pattern.tests:
            level = np.exp((z**2 - ((amount - np.log(TEST_TIMES)) / SPREAD[category]) ** 2) / 2)
            first = pattern.tests * (category == TESTED) * online * any_one / SLOT * level
            first = first / np.maximum(moment * way * where, 1e-300)
        result.append(np.stack([first, later]) * inside)
    return result
