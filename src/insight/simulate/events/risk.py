"""Credit bureau scores, which show a hidden risk with noise, and fraud."""

import numpy as np

from insight.simulate.draws import MonthStream, chance
from insight.simulate.engine.calendar import DAY, Month
from insight.simulate.engine.log import NO_DAY, Log
from insight.simulate.engine.state import State
from insight.simulate.events.ledger import account_of
from insight.simulate.events.merchants import ONLINE_PLACE, directory
from insight.simulate.events.spending import CLEARED, ONLINE_CHANNEL, PURCHASE, REFUND, Rows
from insight.simulate.population.behaviour import CATEGORY_NAMES, MEDIAN, Traits

SCORE_MEAN, SCORE_SLOPE, SCORE_NOISE = 680.0, 45.0, 25.0
FRAUD_HAZARD, DETECTED, FALSE_ALARMS = 0.0016, 0.85, 1.0
_STOLEN = np.array([CATEGORY_NAMES.index(name) for name in ("electronics", "luxury", "digital_goods", "online_retail")])


def bureau_score(rng: np.random.Generator, risk: np.ndarray, missed: np.ndarray) -> np.ndarray:
    """Give the bureau's score: ``680 - 45 risk - 60 (in arrears) + N(0, 25)``, 350 to 950."""
    noise = SCORE_NOISE * rng.standard_normal(len(risk))
    return np.clip(np.rint(SCORE_MEAN - SCORE_SLOPE * risk - 60 * (missed > 0) + noise), 350, 950).astype(np.int64)


def score_holders(traits: Traits, state: State, month: Month, log: Log) -> None:
    """Score everyone who holds a card on the fifteenth of each quarter's first month."""
    if month.number % 3 != 1:
        return
    write_scores(month.stream(MonthStream.SCORES), traits, np.flatnonzero(state.holds), month.base + 14, state, log)


def write_scores(
    rng: np.random.Generator, traits: Traits, who: np.ndarray, day: np.ndarray | int, state: State, log: Log
) -> np.ndarray:
    """Draw and write bureau scores of some people on a day, and return them."""
    score = bureau_score(rng, traits.risk[who], state.missed[who])
    eager = np.exp(0.4 * traits.risk[who] - 0.3)
    log.add(
        "bureau_scores", person=traits.first + who, scored_on=day, score=score,
        inquiries_6m=rng.poisson(eager), other_cards=rng.poisson(1.5, len(who)),
    )  # fmt: skip
    return score


def _stolen_rows(rng: np.random.Generator, traits: Traits, month: Month, who: np.ndarray) -> tuple[Rows, np.ndarray]:
    """Draw one to four fraudulent purchases at night for each victim, with the fraud case of each."""
    several = rng.integers(1, 5, len(who))
    incident = np.repeat(np.arange(len(who)), several)
    size = len(incident)
    category = _STOLEN[rng.integers(0, len(_STOLEN), size)].astype(np.int8)
    yuan = MEDIAN[category] * 2.2 * np.exp(0.5 * rng.standard_normal(size))
    begin = rng.integers(0, 18, len(who)) * DAY + rng.integers(0, 4 * 3600, len(who))
    rows = Rows.of(
        who[incident], category=category, cents=np.maximum(np.rint(yuan * 100), 100).astype(np.int64),
        second=month.base * DAY + begin[incident] + rng.integers(0, 5400, size), channel=ONLINE_CHANNEL,
        merchant=directory().choose(category, np.full(size, ONLINE_PLACE), rng.random(size)),
    )  # fmt: skip
    return rows, incident


def _charge_back(rows: Rows, at: np.ndarray, first: int) -> Rows:
    """Make the chargebacks of fraudulent purchases, a week later."""
    return Rows.of(
        rows.who[at], category=rows.category[at], second=rows.second[at] + 7 * DAY, cents=-rows.cents[at], kind=REFUND,
        merchant=rows.merchant[at], channel=rows.channel[at], original=first + at,
    )  # fmt: skip


def steal(traits: Traits, state: State, month: Month, rows: Rows, log: Log) -> Rows:
    """Add frauds to the month's rows and write the cases; as many cases again are false alarms."""
    rng = month.stream(MonthStream.FRAUD)
    exposed = FRAUD_HAZARD * (0.6 + 0.8 * traits.digital) * (state.active & (state.activated < month.base))
    who = np.flatnonzero(chance(rng, exposed, traits.size))
    seen = chance(rng, DETECTED, len(who))
    stolen, incident = _stolen_rows(rng, traits, month, who)
    number = np.full(len(who), -2, np.int64)
    number[seen] = log.numbers("fraud_cases", int(seen.sum()))
    stolen.fraud = number[incident]
    stolen.disputed = seen[incident]
    amount = np.bincount(incident, stolen.cents, minlength=len(who)).astype(np.int64)
    opened = np.full(len(who), NO_DAY, np.int64)
    np.maximum.at(opened, incident, stolen.second // DAY)
    opened += rng.integers(0, 4, len(who))
    _write_cases(rng, traits, who[seen], number[seen], opened[seen], amount[seen], 0, log)
    _false_alarms(rng, traits, rows, int(len(who) * FALSE_ALARMS), log)
    back = _charge_back(stolen, np.flatnonzero(stolen.disputed), rows.size)
    return rows.join(stolen, back)


def _false_alarms(rng: np.random.Generator, traits: Traits, rows: Rows, count: int, log: Log) -> None:
    usual = np.flatnonzero((rows.kind == PURCHASE) & (rows.status == CLEARED) & (rows.cents > 20_000))
    if not count or not len(usual):
        return
    at = usual[rng.integers(0, len(usual), count)]
    number = log.numbers("fraud_cases", count)
    _write_cases(rng, traits, rows.who[at], number, rows.second[at] // DAY, rows.cents[at], 1, log)


def _write_cases(
    rng: np.random.Generator, traits: Traits, who: np.ndarray, number: np.ndarray, opened: np.ndarray,
    amount: np.ndarray, outcome: int, log: Log,
) -> None:  # fmt: skip
    person = traits.first + who
    log.add(
        "fraud_cases", fraud_case=number, account=account_of(person), person=person, opened_on=opened,
        closed_on=opened + rng.integers(2, 21, len(who)), amount=amount, kind=rng.integers(0, 3, len(who)),
        outcome=outcome,
    )  # fmt: skip
