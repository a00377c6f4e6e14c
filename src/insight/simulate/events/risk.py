"""Credit bureau scores, which show a hidden risk with noise, and fraud."""

import numpy as np

from insight.simulate.draws import Draws, MonthStream
from insight.simulate.engine.calendar import DAY, Month
from insight.simulate.engine.log import NO_DAY, Log
from insight.simulate.engine.state import State
from insight.simulate.events.ledger import account_of
from insight.simulate.events.merchants import ONLINE_PLACE, directory
from insight.simulate.events.spending import CLEARED, ONLINE_CHANNEL, PURCHASE, REFUND, Rows, within
from insight.simulate.population.behaviour import CATEGORY_NAMES, MEDIAN, Traits

SCORE_MEAN, SCORE_SLOPE, SCORE_NOISE = 680.0, 45.0, 25.0
FRAUD_HAZARD, DETECTED, FALSE_ALARMS = 0.0016, 0.85, 1.0
_STOLEN = np.array([CATEGORY_NAMES.index(name) for name in ("electronics", "luxury", "digital_goods", "online_retail")])


def bureau_score(noise: np.ndarray, risk: np.ndarray, missed: np.ndarray) -> np.ndarray:
    """Give the bureau's score: ``680 - 45 risk - 60 (in arrears) + 25 noise``, 350 to 950."""
    score = SCORE_MEAN - SCORE_SLOPE * risk - 60 * (missed > 0) + SCORE_NOISE * noise
    return np.clip(np.rint(score), 350, 950).astype(np.int64)


def score_holders(traits: Traits, state: State, month: Month, log: Log) -> None:
    """Score everyone who holds a card on the fifteenth of each quarter's first month."""
    if month.number % 3 != 1 or month.index < 0:
        return
    who = np.flatnonzero(state.holds)
    write_scores(month.draws(MonthStream.SCORES, who), traits, who, month.base + 14, state, log)


def write_scores(
    draws: Draws, traits: Traits, who: np.ndarray, day: np.ndarray | int, state: State, log: Log
) -> np.ndarray:
    """Draw and write bureau scores of some people on a day, and return them."""
    score = bureau_score(draws.normal(), traits.risk[who], state.missed[who])
    eager = np.exp(0.4 * traits.risk[who] - 0.3)
    log.add(
        "bureau_scores", person=traits.first + who, scored_on=day, score=score,
        inquiries_6m=draws.poisson(eager), other_cards=draws.poisson(np.array(1.5)),
    )  # fmt: skip
    return score


def _stolen_rows(victims: Draws, month: Month, who: np.ndarray) -> tuple[Rows, np.ndarray]:
    """Draw one to four fraudulent purchases at night for each victim, with the fraud case of each."""
    several = victims.integers(1, 5)
    begin = victims.integers(0, 18) * DAY + victims.integers(0, 4 * 3600)
    incident = np.repeat(np.arange(len(who)), several)
    draws = month.draws(MonthStream.THEFTS, who[incident], within(several))
    category = _STOLEN[draws.integers(0, len(_STOLEN))].astype(np.int8)
    yuan = MEDIAN[category] * 2.2 * np.exp(0.5 * draws.normal())
    rows = Rows.of(
        who[incident], category=category, cents=np.maximum(np.rint(yuan * 100), 100).astype(np.int64),
        second=month.base * DAY + begin[incident] + draws.integers(0, 5400), channel=ONLINE_CHANNEL,
        merchant=directory().choose(category, np.full(len(incident), ONLINE_PLACE), draws.random()),
    )  # fmt: skip
    return rows, incident


def _charge_back(rows: Rows, at: np.ndarray, first: int) -> Rows:
    """Make the chargebacks of fraudulent purchases, a week later."""
    return Rows.of(
        rows.who[at], category=rows.category[at], second=rows.second[at] + 7 * DAY, cents=-rows.cents[at], kind=REFUND,
        merchant=rows.merchant[at], channel=rows.channel[at], original=first + at,
    )  # fmt: skip


def steal(traits: Traits, state: State, month: Month, rows: Rows, log: Log) -> Rows:
    """Add frauds to the month's rows and write the cases; about as many cases again are false alarms."""
    draws = month.draws(MonthStream.FRAUD, np.arange(traits.size))
    exposed = (
        FRAUD_HAZARD
        * traits.bank.frauds
        * (0.6 + 0.8 * traits.digital)
        * (state.active & (state.activated < month.base))
    )
    who = np.flatnonzero(draws.chance(exposed))
    alarmed = np.flatnonzero(draws.chance(exposed * FALSE_ALARMS))
    victims = draws.take(who)
    seen = victims.chance(DETECTED)
    stolen, incident = _stolen_rows(victims, month, who)
    number = np.full(len(who), -2, np.int64)
    number[seen] = log.numbers("fraud_cases", int(seen.sum()))
    stolen.fraud = number[incident]
    stolen.disputed = seen[incident]
    amount = np.bincount(incident, stolen.cents, minlength=len(who)).astype(np.int64)
    opened = np.full(len(who), NO_DAY, np.int64)
    np.maximum.at(opened, incident, stolen.second // DAY)
    opened += victims.integers(0, 4)
    _write_cases(victims.take(seen), traits, who[seen], number[seen], opened[seen], amount[seen], 0, log)
    _false_alarms(draws.take(alarmed), traits, alarmed, rows, log)
    back = _charge_back(stolen, np.flatnonzero(stolen.disputed), rows.size)
    return rows.join(stolen, back)


def _false_alarms(draws: Draws, traits: Traits, who: np.ndarray, rows: Rows, log: Log) -> None:
    """Write a case of one of their larger purchases for each of ``who`` that has any."""
    usual = np.flatnonzero((rows.kind == PURCHASE) & (rows.status == CLEARED) & (rows.cents > 20_000))
    usual = usual[np.argsort(rows.who[usual], kind="stable")]
    begin, end = (np.searchsorted(rows.who[usual], who, side=side) for side in ("left", "right"))
    chosen = draws.integers(begin, end)
    some = end > begin
    at = usual[chosen[some]]
    number = log.numbers("fraud_cases", len(at))
    _write_cases(draws.take(some), traits, rows.who[at], number, rows.second[at] // DAY, rows.cents[at], 1, log)


def _write_cases(
    draws: Draws, traits: Traits, who: np.ndarray, number: np.ndarray, opened: np.ndarray,
    amount: np.ndarray, outcome: int, log: Log,
) -> None:  # fmt: skip
    person = traits.first + who
    log.add(
        "fraud_cases", fraud_case=number, account=account_of(person), person=person, opened_on=opened,
        closed_on=opened + draws.integers(2, 21), amount=amount, kind=draws.integers(0, 3),
        outcome=outcome,
    )  # fmt: skip
