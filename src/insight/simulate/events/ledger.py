"""The ledger of the cards: posting, statements, payments, points; every cent accounted for."""

import numpy as np

from insight.simulate.draws import MonthStream
from insight.simulate.engine.calendar import DAY, Month
from insight.simulate.engine.log import NO_DAY, Log
from insight.simulate.engine.state import BILLS, FLOWS, State
from insight.simulate.engine.vocabulary import ANNUAL_FEES, code
from insight.simulate.events.spending import BANK, DECLINED, FEE, INTEREST, Rows
from insight.simulate.marketing.campaigns import Outcome
from insight.simulate.marketing.offers import POINTS, fee_is_due
from insight.simulate.population.behaviour import MCC, Traits

MONTHLY_INTEREST = 0.015  # of what was not paid: 0.05% a day
LATE_FEE_SHARE, LATE_FEE_LEAST = 0.05, 1_000
MINIMUM_SHARE, MINIMUM_LEAST = 0.10, 5_000
DUE_AFTER = 20  # days
SUSPICIOUS = 0.001  # probability of fraud from which on it is written down
MOVES_BALANCE = 0.04  # to another bank, for each unit of unease, at each statement
NO_MORE_AFTER = 4  # statements missed: neither interest nor fees are charged any more
_FLOW_OF_KIND = np.array([0, 4, 1, 2, 3])  # purchase, refund, cash advance, fee, interest
_FEES = {name: code("card_transactions.category", name) for name in ("late_fee", "annual_fee", "interest")}
AUTOPAY, FULL, PARTIAL, MINIMUM = range(4)
EXHAUSTED = 0.85  # of the limit: what is due, when whoever will default may pay no more
GIVES_UP, MISSES_WHEN_SHORT = 0.5, 0.22
CURES = np.array([0.78, 0.6, 0.5, 0.45, 0.4, 0.35])  # chance to pay after so many missed statements
# of those who pay, with little money, revolving, or neither: who pays the minimum, that or a part; the largest part
HABITS = SHORT, REVOLVING, STRAIGHT = (0.85, 1.0, 0.4), (0.8, 0.97, 0.4), (0.02, 0.07, 0.9)
LEAST_PART = 0.1
OWNERS_PURCHASES = 0.4


def post(traits: Traits, state: State, month: Month, rows: Rows, log: Log) -> np.ndarray:
    """Write the rows in order of time; give each its number and carry its flow to a statement.

    Flows posted by the statement day go on this month's statement (first half of the result),
    later ones on the next (second half).
    """
    order = np.argsort(rows.second, kind="stable")
    number = np.empty(rows.size, np.int64)
    number[order] = log.numbers("card_transactions", rows.size)
    posted = rows.posted
    original = np.where(rows.original >= 0, number[rows.original], -1)
    mcc = np.append(MCC, [0] * 4)[rows.category]
    columns = {
        "transaction": number,
        "account": account_of(traits.first + rows.who),
        "person": traits.first + rows.who,
        "occurred_at": rows.second,
        "posted_on": posted.astype(np.int32),
        "amount": rows.cents,
        "kind": rows.kind.astype(np.int8),
        "status": rows.status.astype(np.int8),
        "decline_reason": rows.reason.astype(np.int8),
        "mcc": np.where(mcc == 0, -1, mcc).astype(np.int16),
        "category": rows.category.astype(np.int8),
        "merchant": rows.merchant.astype(np.int32),
        "channel": rows.channel.astype(np.int8),
        "instalment_months": rows.instalments.astype(np.int8),
        "disputed": rows.disputed.astype(bool),
        "original": original,
        "card": _cards(traits, month, rows).astype(np.int8),
    }
    log.add("card_transactions", **{name: values[order] for name, values in columns.items()})
    fraud, suspect = np.flatnonzero(rows.pattern >= 0), np.flatnonzero(rows.suspicion >= SUSPICIOUS)
    log.add(
        "truth.fraud",
        transaction=number[fraud],
        fraud_case=np.maximum(rows.fraud[fraud], -1),
        pattern=rows.pattern[fraud],
    )
    log.add("truth.fraud_probability", transaction=number[suspect], probability=rows.suspicion[suspect])
    flows = _flows(traits, month, rows, posted)
    _schedule(traits, state, month, rows, posted)
    return flows


def _cards(traits: Traits, month: Month, rows: Rows) -> np.ndarray:
    """Draw which of an account's cards paid: that of the firm's owner for 40%, else any; a thief has one of them.

    Whatever is given back goes to the card that paid, and what the bank books to none.
    """
    cards = np.where(np.isin(rows.kind, (FEE, INTEREST)), -1, 1)
    at = np.flatnonzero((traits.cards[rows.who] > 1) & (cards > 0) & (rows.original < 0))
    draws = rows.draws(month, MonthStream.CARDS, at)
    stolen = rows.pattern[at] >= 0
    share = np.where(stolen, month.draws(MonthStream.CARDS, rows.who[at]).random(), draws.random())
    others = (share - OWNERS_PURCHASES) / (1 - OWNERS_PURCHASES) * traits.cards[rows.who[at]]
    cards[at] = np.where(share < OWNERS_PURCHASES, 1, 1 + others.astype(np.int64))
    given_back = np.flatnonzero(rows.original >= 0)
    cards[given_back] = cards[rows.original[given_back]]
    return cards


def account_of(person: np.ndarray) -> np.ndarray:
    """Give the number of a person's card account; their savings account has the next one."""
    return person * 10 + 1


def _on_next(traits: Traits, month: Month, rows: Rows, posted: np.ndarray) -> np.ndarray:
    return posted >= month.base + traits.cycle_day[rows.who]


def _flows(traits: Traits, month: Month, rows: Rows, posted: np.ndarray) -> np.ndarray:
    """Sum posted cents by half, person and flow: shape (2, people, flows)."""
    booked = rows.status != DECLINED
    cell = (_on_next(traits, month, rows, posted) * traits.size + rows.who) * len(FLOWS) + _FLOW_OF_KIND[rows.kind]
    cents = np.bincount(cell[booked], np.abs(rows.cents[booked]), minlength=2 * traits.size * len(FLOWS))
    return np.rint(cents).astype(np.int64).reshape(2, traits.size, len(FLOWS))


def _schedule(traits: Traits, state: State, month: Month, rows: Rows, posted: np.ndarray) -> None:
    """Move the instalment plan one statement on and put new instalments after it."""
    at = np.flatnonzero(rows.instalments > 0)
    late = _on_next(traits, month, rows, posted)[at].astype(np.int64)
    state.bills[:, :-1] = state.bills[:, 1:]
    state.bills[:, -1] = 0
    parts = rows.instalments[at].astype(np.int64)
    share = rows.cents[at] // parts
    place = np.arange(BILLS)
    begins = place >= late[:, None]
    runs = begins & (place < (late + parts)[:, None])
    bills = runs * share[:, None]
    bills[np.arange(len(at)), late + parts - 1] += rows.cents[at] - share * parts
    np.add.at(state.bills, rows.who[at], bills)
    state.later_bills[:] = 0
    np.add.at(state.later_bills, rows.who[at], rows.cents[at] * late)


def fees(traits: Traits, state: State, month: Month) -> Rows:
    """Charge interest on what was not paid, late fees and annual fees, on the statement day."""
    day = month.base + traits.cycle_day - 1
    open_ = (state.activated != NO_DAY) & (state.activated < month.base) & ~state.charged_off
    open_ &= state.missed < NO_MORE_AFTER
    unpaid = np.maximum(state.statement_due - state.paid, 0)
    interest = np.rint(unpaid * MONTHLY_INTEREST).astype(np.int64) * open_
    late = np.maximum(np.rint(unpaid * MINIMUM_SHARE * LATE_FEE_SHARE).astype(np.int64), LATE_FEE_LEAST)
    late = np.where((state.missed > 0) & open_ & (unpaid > 0), late, 0)
    annual = np.where(fee_is_due(state, month) & open_, ANNUAL_FEES[state.product], 0)
    parts = []
    for name, cents in (("interest", interest), ("late_fee", late), ("annual_fee", annual)):
        who = np.flatnonzero(cents > 0)
        parts.append(
            Rows.of(
                who,
                category=np.full(len(who), _FEES[name], np.int8),
                second=day[who] * DAY + 1800,
                cents=cents[who],
                kind=INTEREST if name == "interest" else FEE,
                lag=0,
                channel=BANK,
            )
        )
    return parts[0].join(*parts[1:])


def issue_statements(
    traits: Traits, state: State, month: Month, flows: np.ndarray, log: Log
) -> tuple[np.ndarray, np.ndarray]:
    """Issue the month's statements and draw what is paid on them before the next.

    Returns
    -------
    tuple
        Who has a statement, and the points that each earns with it.
    """
    size = traits.size
    on = state.carried + flows[0]
    owed = on[:, :-1].sum(axis=1) - on[:, -1]
    balance = state.balance - state.paid + owed
    not_due = state.bills.sum(axis=1) - state.later_bills
    due = balance - not_due
    minimum = np.minimum(np.maximum(np.rint(due * MINIMUM_SHARE).astype(np.int64), MINIMUM_LEAST), due)
    minimum = np.where(due > 0, minimum, 0)
    day = month.base + traits.cycle_day - 1
    lives = (state.activated != NO_DAY) & ~state.charged_off
    shown = lives & ((balance != 0) | on.any(axis=1) | (state.paid != 0) | (state.balance != 0))
    who = np.flatnonzero(shown)
    person = traits.first + who
    overdue = np.where(state.missed > 0, day - state.missed_since, 0)
    log.add(
        "statements",
        account=account_of(person),
        person=person,
        statement_on=day[who],
        due_on=day[who] + DUE_AFTER,
        previous_balance=state.balance[who],
        purchases=on[who, 0],
        cash_advances=on[who, 1],
        fees=on[who, 2],
        interest=on[who, 3],
        refunds=on[who, 4],
        payments=state.paid[who],
        balance=balance[who],
        instalment_balance=not_due[who],
        minimum_due=minimum[who],
        credit_limit=state.limit[who],
        days_past_due=overdue[who],
    )
    earned = np.where(shown, np.maximum(on[:, 0] - on[:, 4], 0) // 100, 0)
    state.points += earned
    gets = np.flatnonzero(earned)
    _write_points(traits, gets, day[gets], 0, earned[gets], log)
    state.balance = np.where(lives, balance, state.balance)
    state.carried = np.where(lives[:, None], flows[1], state.carried)
    state.statement_due = np.where(shown, due, 0)
    state.paid = np.zeros(size, np.int64)
    _pay(traits, state, month, np.flatnonzero(shown & (due > 0)), due, minimum, day, log)
    return shown, earned


def forgetting(autopay: np.ndarray, diligence: np.ndarray) -> np.ndarray:
    """Give the chance that a statement is not paid by those who are in no arrears."""
    return np.where(autopay, 0.004, 0.012 + 0.10 * (1 - diligence) ** 2)


def moving(unease: np.ndarray) -> np.ndarray:
    """Give the chance that a revolver moves the balance to another bank."""
    return np.minimum(MOVES_BALANCE * unease, 0.5)


def share_paid(habit: tuple[float, float, float]) -> float:
    """Give the share of what is due that is paid on average."""
    least, some, most = habit
    return least * MINIMUM_SHARE + (some - least) * (LEAST_PART + most) / 2 + (1 - some)


def _pay(
    traits: Traits,
    state: State,
    month: Month,
    who: np.ndarray,
    due: np.ndarray,
    minimum: np.ndarray,
    day: np.ndarray,
    log: Log,
) -> None:
    """Draw who pays, how much and when; who misses the minimum payment is in arrears from the due day."""
    draws = month.draws(MonthStream.PAYMENTS, who)
    careless = 1 - traits.diligence[who]
    auto, revolves, missed = state.autopay[who], traits.revolves[who], state.missed[who]
    short = state.strained[who] | state.defaulted[who]
    out = state.defaulted[who] & (due[who] > EXHAUSTED * state.limit[who]) & draws.chance(GIVES_UP)
    state.gave_up[who[out]] = True
    bucket = np.minimum(missed, len(CURES)) - 1
    forgets = np.where(missed > 0, 1 - CURES[bucket], forgetting(auto, traits.diligence[who]))
    forgets = np.where(state.strained[who], np.maximum(forgets, MISSES_WHEN_SHORT), forgets)
    forgets = np.where(state.gave_up[who], 1.0, forgets)
    pays = ~draws.chance(forgets)
    habit = draws.random()
    rarely, seldom, most = (np.select([short, revolves], [poor, turns], usual)
                            for poor, turns, usual in zip(*HABITS, strict=True))  # fmt: skip
    moves = revolves & ~short & draws.chance(moving(state.unease[who]))
    least, part = (habit < rarely) & ~moves, (habit >= rarely) & (habit < seldom) & ~moves
    some = np.maximum(np.rint(due[who] * draws.uniform(LEAST_PART, most)).astype(np.int64), minimum[who])
    amount = np.select([least, part], [minimum[who], some], due[who])
    amount = np.minimum(np.maximum(amount, minimum[who] * (missed + 1)), due[who])  # what is past due comes with it
    kind = np.select([auto, least, part], [AUTOPAY, MINIMUM, PARTIAL], FULL)
    late = ~auto & draws.chance(0.03 + 0.12 * careless)
    before = np.minimum(6 * draws.exponential(), DUE_AFTER - 2).astype(np.int64)
    lag = np.select([auto, late], [0, draws.integers(1, 8)], -before)
    paid_on = day[who] + DUE_AFTER + lag
    channel = np.where(auto, 0, 1 + draws.pick((0.7, 0.25, 0.05)))
    at = np.flatnonzero(pays)
    person = traits.first + who[at]
    log.add(
        "payments",
        payment=log.numbers("payments", len(at)),
        account=account_of(person),
        person=person,
        paid_at=paid_on[at] * DAY + draws.take(at).integers(7 * 3600, 23 * 3600),
        amount=amount[at],
        kind=kind[at],
        channel=channel[at],
        late_days=np.maximum(lag[at], 0),
    )
    state.paid[who[at]] = amount[at]
    missing = who[~pays]
    state.missed_since[missing] = np.where(
        state.missed[missing] == 0, day[missing] + DUE_AFTER, state.missed_since[missing]
    )
    state.missed[missing] += 1
    state.missed[who[at]] = 0


def _write_points(
    traits: Traits,
    who: np.ndarray,
    day: np.ndarray,
    kind: int,
    points: np.ndarray,
    log: Log,
    item: np.ndarray | int = -1,
) -> None:
    person = traits.first + who
    log.add(
        "rewards",
        reward=log.numbers("rewards", len(who)),
        account=account_of(person),
        person=person,
        occurred_on=day,
        kind=kind,
        points=points,
        item=item,
    )


def use_points(traits: Traits, state: State, month: Month, outcome: Outcome, log: Log) -> None:
    """Redeem for those who respond, oldest points first; on 31 December last year's points expire."""
    who = np.flatnonzero(outcome.responds[:, POINTS])
    draws = month.draws(MonthStream.POINTS, who)
    held = state.points[who] + state.old_points[who]
    used = np.maximum((held * draws.uniform(0.3, 0.95)).astype(np.int64) // 100 * 100, 100)
    old = np.minimum(used, state.old_points[who])
    state.old_points[who] -= old
    state.points[who] -= used - old
    _write_points(traits, who, month.base + outcome.day[who], 1, -used, log, draws.integers(0, 6))
    if month.number == 12:
        gone = np.flatnonzero((state.old_points > 0) & state.holds)
        _write_points(traits, gone, np.full(len(gone), month.base + month.days - 1), 2, -state.old_points[gone], log)
        state.old_points = state.points.copy()
        state.points = np.zeros(traits.size, np.int64)
