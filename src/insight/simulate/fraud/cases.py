"""Frauds of a month: whose card is misused how, what is noticed and given back, and the alarms that were false."""

import numpy as np

from insight.simulate.draws import Draws, MonthStream
from insight.simulate.engine.calendar import DAY, HOUR_STEPS, Month
from insight.simulate.engine.log import NO_DAY, Log
from insight.simulate.engine.state import State
from insight.simulate.engine.vocabulary import code
from insight.simulate.events.ledger import account_of
from insight.simulate.events.merchants import ONLINE_PLACE, directory, places_of
from insight.simulate.events.spending import (
    CLEARED,
    DECLINE,
    ONLINE_CHANNEL,
    POS,
    PURCHASE,
    REFUND,
    STOPPED,
    Rows,
    amounts,
    bought_by,
    within,
)
from insight.simulate.fraud.patterns import (
    ANY_HOUR,
    AWAY,
    NAMES,
    ONLINE,
    OWN,
    OWN_HOURS,
    PATTERNS,
    SLOT,
    SLOTS_A_DAY,
    TEST_TIMES,
    TESTED,
    shares,
    wanted,
)
from insight.simulate.population.behaviour import CASH, CATEGORY_NAMES, MEAN_AMOUNT, MEDIAN, Traits

HAZARD = 0.0007
ALARM, MOST_ALARMS = 0.00016, 0.05
HOUR = 3600
SHOP = CATEGORY_NAMES.index("groceries")
_BINDS = code("app_events.kind", "bind_payment")
_RECORDED = np.array([code("fraud_cases.kind", pattern.recorded) for pattern in PATTERNS])
_NOTICED = np.array([pattern.noticed for pattern in PATTERNS])


def exposed(traits: Traits, state: State, month: Month) -> np.ndarray:
    """Give each person's chance that a thief gets at their card this month."""
    return hazard(traits) * (state.active & (state.activated < month.base))


def hazard(traits: Traits) -> np.ndarray:
    """Give each person's chance that a thief gets at their card in a month of use."""
    return HAZARD * traits.bank.frauds * (0.6 + 0.8 * traits.digital)


def expected_loss(month: Month) -> float:
    """Give what a fraud costs the bank on average, in yuan; that of imitations is one of middling holders."""
    loss = 0.0
    for number, (pattern, share) in enumerate(zip(PATTERNS, shares(month), strict=True)):
        each = wanted(number, month) @ MEAN_AMOUNT if pattern.wants else MEAN_AMOUNT.mean() / 2
        loss += share * pattern.noticed * (1 - STOPPED - DECLINE) * pattern.rows * each * pattern.times
    return loss


def steal(traits: Traits, state: State, month: Month, expected: np.ndarray) -> Rows:
    """Draw the purchases of thieves; ``expected`` are the holders' own by category, which some of them imitate."""
    draws = month.draws(MonthStream.FRAUD, np.arange(traits.size))
    who = np.flatnonzero(draws.chance(exposed(traits, state, month)))
    victims = draws.take(who)
    pattern, begins = victims.pick(shares(month)), victims.random()
    parts = [Rows.of(np.zeros(0, np.int64), category=np.zeros(0, np.int8), second=0, cents=0)]
    for number in range(len(PATTERNS)):
        at = pattern == number
        if at.any():
            parts.append(_purchases(victims.take(at), traits, month, number, who[at], begins[at], expected))
    return parts[0].join(*parts[1:])


def _purchases(
    victims: Draws, traits: Traits, month: Month, number: int, who: np.ndarray, begins: np.ndarray, expected: np.ndarray
) -> Rows:
    """Draw the purchases of the cases of one pattern: tests first, then what the card is wanted for."""
    pattern = PATTERNS[number]
    slot = (begins * pattern.begins(month)).astype(np.int64)
    tests = victims.poisson(np.full(len(who), pattern.tests))
    several = tests + victims.poisson(np.full(len(who), pattern.rows))
    case, turn = np.repeat(np.arange(len(who)), several), within(several)
    is_test, who, slot = turn < tests[case], who[case], slot[case]
    draws = month.draws(MonthStream.THEFTS, who, turn)
    weights = np.broadcast_to(wanted(number, month), (len(who), len(MEDIAN)))
    if pattern.place == OWN:
        weights = np.where(np.arange(len(MEDIAN)) == CASH, 0, expected[who])
    edges = np.cumsum(weights, axis=1)
    category = (draws.random()[:, None] * edges[:, -1:] >= edges).sum(axis=1).clip(0, len(MEDIAN) - 1)
    category = np.where(is_test, TESTED, category).astype(np.int8)
    own = bought_by(draws, traits, who, category)
    apart = np.select([pattern.place == ONLINE, pattern.place == AWAY], [ONLINE_PLACE, draws.integers(0, ONLINE_PLACE)],
                      traits.city[who])  # fmt: skip
    another = directory().choose(category, apart, np.square(draws.random()))
    imitates = pattern.place == OWN
    online = own.online if imitates else np.full(len(who), pattern.place == ONLINE)
    times = np.where(is_test, TEST_TIMES, pattern.times) * (traits.ticket[who] if imitates else 1.0)
    return Rows.of(
        who, category=category, second=_moments(draws, traits, month, number, who, category, slot, is_test),
        cents=amounts(draws, category, times, ~online), lag=draws.integers(1, 3), pattern=number,
        channel=own.channel if imitates else np.where(online, ONLINE_CHANNEL, POS),
        merchant=own.merchant if imitates else another,
    )  # fmt: skip


def _moments(
    draws: Draws, traits: Traits, month: Month, number: int, who: np.ndarray, category: np.ndarray, slot: np.ndarray,
    is_test: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Draw when: at any hour of the case's slots, or at the hours of shops or of the holder in its 24 hours."""
    pattern = PATTERNS[number]
    first = HOUR * SLOT if pattern.tests else 0
    length = pattern.slots * SLOT * HOUR
    share, hour = draws.random(), draws.from_steps(HOUR_STEPS, np.full(len(who), SHOP))
    if pattern.hours == OWN_HOURS:
        hour = (draws.from_steps(HOUR_STEPS, category) + traits.hour_shift[who].astype(np.int64)) % 24
    if pattern.hours == ANY_HOUR:
        into = np.where(is_test, share * SLOT * HOUR, first + share * (length - first)).astype(np.int64)
        return month.base * DAY + slot * SLOT * HOUR + into
    day = slot // SLOTS_A_DAY + (hour < slot % SLOTS_A_DAY * SLOT)
    return (month.base + day) * DAY + hour.astype(np.int64) * HOUR + (share * HOUR).astype(np.int64)


def notice(traits: Traits, month: Month, rows: Rows, log: Log) -> Rows:
    """Write the cases of the frauds that are noticed and of false alarms, and give the stolen money back."""
    stolen = np.flatnonzero(rows.pattern >= 0)
    posted = stolen[rows.status[stolen] == CLEARED]
    victim, case = np.unique(rows.who[posted], return_inverse=True)
    kind = np.zeros(len(victim), np.int64)
    kind[case] = rows.pattern[posted]
    draws = month.draws(MonthStream.CASES, victim)
    seen = draws.chance(_NOTICED[kind])
    number = np.full(len(victim), -2, np.int64)
    number[seen] = log.numbers("fraud_cases", int(seen.sum()))
    rows.fraud = np.where(rows.pattern >= 0, -2, rows.fraud)
    rows.fraud[posted] = number[case]
    rows.disputed = rows.disputed | (rows.fraud >= 0)
    amount = np.bincount(case, rows.cents[posted], minlength=len(victim)).astype(np.int64)
    opened = np.full(len(victim), NO_DAY, np.int64)
    np.maximum.at(opened, case, rows.second[posted] // DAY)
    opened += draws.integers(0, 4)
    _write_cases(draws.take(seen), traits, victim[seen], number[seen], opened[seen], amount[seen], 0,
                 _RECORDED[kind[seen]], log)  # fmt: skip
    _false_alarms(traits, month, rows, log)
    _bind(traits, month, rows, stolen, log)
    at = posted[seen[case]]
    last = (month.base + month.days - 1) * DAY
    given_back = np.maximum(np.minimum(rows.second[at] + 7 * DAY, last), rows.second[at] + DAY)
    return rows.join(
        Rows.of(rows.who[at], category=rows.category[at], second=given_back, cents=-rows.cents[at],
                kind=REFUND, merchant=rows.merchant[at], channel=rows.channel[at], original=at)
    )  # fmt: skip


def _false_alarms(traits: Traits, month: Month, rows: Rows, log: Log) -> None:
    """Write a case of each purchase that the bank's rule takes for fraud: at most one a person."""
    at = np.flatnonzero((rows.kind == PURCHASE) & (rows.status == CLEARED) & (rows.pattern < 0))
    usual = MEDIAN[rows.category[at]] * traits.ticket[rows.who[at]] * 100
    odd = 2.0 * (rows.channel[at] == ONLINE_CHANNEL) + 1.5 * (rows.second[at] % DAY < SLOT * HOUR)
    place = places_of(rows.merchant[at])
    odd = odd + 2.0 * ((place != ONLINE_PLACE) & (place != traits.city[rows.who[at]]))
    often = np.minimum(ALARM * traits.bank.frauds * rows.cents[at] / usual * np.exp(0.5 * odd), MOST_ALARMS)
    at = at[rows.draws(month, MonthStream.ALARMS, at).chance(often)]
    at = at[np.unique(rows.who[at], return_index=True)[1]]
    draws = rows.draws(month, MonthStream.CASES, at)
    number = log.numbers("fraud_cases", len(at))
    opened = rows.second[at] // DAY
    kind = draws.integers(0, int(_RECORDED.max()) + 1)
    _write_cases(draws, traits, rows.who[at], number, opened, rows.cents[at], 1, kind, log)


def _bind(traits: Traits, month: Month, rows: Rows, stolen: np.ndarray, log: Log) -> None:
    """Write how a thief who takes an account over binds the card to a telephone of his, up to an hour before."""
    taken = stolen[rows.pattern[stolen] == NAMES.index("takeover")]
    victim, case = np.unique(rows.who[taken], return_inverse=True)
    first = np.full(len(victim), np.iinfo(np.int64).max)
    np.minimum.at(first, case, rows.second[taken])
    draws = month.draws(MonthStream.CASES, victim, np.ones(len(victim), np.int64))
    log.add(
        "app_events", event=log.numbers("app_events", len(victim)), person=traits.first + victim,
        occurred_at=first - draws.integers(60, HOUR), kind=np.full(len(victim), _BINDS, np.int8),
        page=np.full(len(victim), -1, np.int8), platform=draws.integers(0, 3).astype(np.int8),
    )  # fmt: skip


def _write_cases(
    draws: Draws, traits: Traits, who: np.ndarray, number: np.ndarray, opened: np.ndarray,
    amount: np.ndarray, outcome: int, kind: np.ndarray, log: Log,
) -> None:  # fmt: skip
    person = traits.first + who
    log.add(
        "fraud_cases", fraud_case=number, account=account_of(person), person=person, opened_on=opened,
        closed_on=opened + draws.integers(2, 21), amount=amount, kind=kind, outcome=outcome,
    )  # fmt: skip
