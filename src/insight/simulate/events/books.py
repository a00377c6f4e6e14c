"""The bank's own account of money: what each customer brings and costs in a month, to the cent."""

import numpy as np

from insight.simulate.engine.calendar import Month
from insight.simulate.engine.log import Log
from insight.simulate.engine.state import State
from insight.simulate.events.spending import DECLINED, FEE, INTEREST, PURCHASE, REFUND, Rows
from insight.simulate.marketing.campaigns import Contacts, Outcome
from insight.simulate.marketing.offers import CATALOGUE, owed
from insight.simulate.population.behaviour import CATEGORY_NAMES, Traits

#: What the shop's bank pays for a purchase, as a share of it: the usual, and where it differs.
INTERCHANGE = 0.0055
INTERCHANGE_OF = {
    **dict.fromkeys(("groceries", "fuel", "transport"), 0.0035),
    **dict.fromkeys(("education", "health", "utilities"), 0.0015),
    **dict.fromkeys(("air_travel", "hotel", "luxury", "suppliers", "office"), 0.0080),
}
POINT = 0.15  # cents that a point earned will cost
FUNDS = 0.0020  # of what is owed, a month: what the bank pays for the money it lends
OPEN_CARD, STATEMENT, TICKET = 60, 40, 900  # cents: keeping an open card for a month, a statement, a ticket
PARTS = ("interchange", "interest", "fees", "points", "funds", "servicing", "contacts", "fraud", "credit")
RATES = np.array([0.0 if name == "cash" else INTERCHANGE_OF.get(name, INTERCHANGE) for name in CATEGORY_NAMES])
_BANK_ROWS = 4  # categories of the bank's own rows follow those of purchases


def book(
    traits: Traits, state: State, month: Month, rows: Rows, *, earned: np.ndarray, contacts: Contacts, outcome: Outcome,
    tickets: np.ndarray, statements: np.ndarray, lost: np.ndarray, log: Log,
) -> None:  # fmt: skip
    """Book the month: income is positive, cost and loss negative, and the margin is their sum.

    Parameters
    ----------
    earned
        Points earned with this month's statement, by person.
    tickets, statements
        How many there were, by person.
    lost
        Cents charged off at the month's end, by person.
    """
    cleared = rows.status != DECLINED
    sold = cleared & np.isin(rows.kind, (PURCHASE, REFUND))
    rate = np.append(RATES, np.zeros(_BANK_ROWS))[rows.category]
    stolen = (rows.kind == REFUND) & (rows.original >= 0) & rows.disputed[np.maximum(rows.original, 0)]
    at, treated = contacts.who, ~contacts.is_holdout
    cost = np.array([row[3:5] for row in CATALOGUE])[contacts.offer] * 100
    cost = treated * (cost[:, 0] + cost[:, 1] * outcome.responds[at, contacts.offer])
    parts = np.stack(
        [
            _sum(traits, rows.who[sold], rows.cents[sold] * rate[sold]),
            _sum(traits, rows.who, rows.cents * (cleared & (rows.kind == INTEREST))),
            _sum(traits, rows.who, rows.cents * (cleared & (rows.kind == FEE))),
            -POINT * earned,
            -FUNDS * np.maximum(owed(state), 0) * ~state.charged_off,
            -1.0 * (OPEN_CARD * state.holds + STATEMENT * statements + TICKET * tickets),
            -_sum(traits, at, cost),
            _sum(traits, rows.who[stolen], rows.cents[stolen]),
            -1.0 * lost,
        ],
        axis=1,
    )
    cents = np.rint(parts).astype(np.int64)
    who = np.flatnonzero(cents.any(axis=1))
    log.add(
        "truth.books", person=traits.first + who, month=month.base, **dict(zip(PARTS, cents[who].T, strict=True)),
        margin=cents[who].sum(axis=1),
    )  # fmt: skip


def _sum(traits: Traits, who: np.ndarray, amounts: np.ndarray) -> np.ndarray:
    return np.bincount(who, amounts, minlength=traits.size)
