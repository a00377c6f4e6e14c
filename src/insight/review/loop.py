"""The loop played on: what months of contacts by several policies earn in a made-up business whose truth is known.

All policies meet the same luck, so that what they earn can be told apart, in several futures. Ours and the others that
know no truth decide by what was known on the day of the list; what they sent earlier in the loop cools down.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from insight.decide.trial.policies import EVERYBODY, NOBODY, OURS, PROPENSITY, RANDOM
from insight.decide.trial.prices import allocate
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import percentiles, resampled_counts
from insight.simulate.futures import CHANNELS, Future

ORACLE = "oracle"
#: In the order of the table; `ORACLE` knows the true gains of each month.
POLICIES = (ORACLE, OURS, PROPENSITY, RANDOM, EVERYBODY, NOBODY)
MONTHS, FUTURES, ROUNDS = 6, 2, 300
_DAYS = 365.25 / 12  # in a month
Scores = tuple[np.ndarray, np.ndarray]  # of pairs, and what contacts cost; a score is not finite where nothing is sent


@dataclass(frozen=True, eq=False)
class Offered:
    """What may be offered to whom, as estimated on the day of the list; persons down and offers across.

    Attributes
    ----------
    gain
        Expected within a year, all costs deducted; not a number where the offer is not open.
    chance
        Of a response to a contact.
    cost
        Of a contact and its expected response.
    channel
        By which each person is contacted.
    cooldown
        Months by offer until it may be sent again.
    known
        Persons who are customers.
    """

    gain: np.ndarray
    chance: np.ndarray
    cost: np.ndarray
    channel: np.ndarray
    cooldown: np.ndarray
    known: np.ndarray


@dataclass(frozen=True, eq=False)
class Played:
    """What policies earned more than contacting nobody.

    Attributes
    ----------
    policies
        ``policy, contacts`` (a month), ``profit, profit_low, profit_high`` (of all months, a mean of the futures),
        ``of_oracle`` with its bounds.
    months
        ``policy, month`` (from 1), ``profit`` so far with its bounds.
    futures
        How many were played.
    """

    policies: pd.DataFrame
    months: pd.DataFrame
    futures: int


def lay_out(gains: pd.DataFrame, people: pd.DataFrame, offers: pd.DataFrame, persons: np.ndarray) -> Offered:
    """Lay out estimates by the persons of a made-up business and its numbers of offers.

    Parameters
    ----------
    gains
        The ``offer_gains`` table.
    people
        The ``true_people`` table.
    offers
        The ``offers`` table.
    persons
        Of `Future.persons`.
    """
    numbers = offers["offer_id"].astype(int)
    width = int(numbers.max()) + 1
    first = people.drop_duplicates("person").set_index("customer_id")["person"]
    rows = gains[gains["customer_id"].isin(first.index)]
    at = np.searchsorted(persons, first[rows["customer_id"]].to_numpy()), rows["offer_id"].astype(int).to_numpy()
    empty = np.full((len(persons), width), np.nan)
    laid = {name: empty.copy() for name in ("expected_gain", "chance", "cost")}
    for name, values in laid.items():
        values[at] = rows[name]
    channel = np.full(len(persons), CHANNELS[0], dtype=object)
    channel[at[0]] = rows["channel"].fillna(CHANNELS[0])
    cooldown = np.zeros(width, int)
    cooldown[numbers] = np.ceil(offers["cooldown_days"].fillna(0) / _DAYS)
    known = np.isin(persons, first)
    return Offered(laid["expected_gain"], laid["chance"], laid["cost"], channel, cooldown, known)


@unless_unavailable
def play(future: Future | None, offered: Offered, *, budget: float, seed: int) -> Played | Unavailable:
    """Play the months that follow under each policy.

    Parameters
    ----------
    future
        The business as it stands; None where it cannot be played on.
    budget
        Of each month, for contacts and expected responses; contacting everybody knows none.
    """
    if future is None:
        return Unavailable("loop", "real")
    if not np.isfinite(offered.gain).any():
        return Unavailable("loop", "nothing_open")
    margins, contacts = {}, {}
    for policy in POLICIES:
        futures = [
            _play(future, policy, offered, budget=budget, luck=luck, seed=seed) for luck in range(1, FUTURES + 1)
        ]
        margins[policy] = np.mean([margin for margin, _ in futures], axis=0)
        contacts[policy] = float(np.mean([sent for _, sent in futures]))
    return _summed(margins, contacts, seed=seed)


def _play(
    future: Future, policy: str, offered: Offered, *, budget: float, luck: int, seed: int
) -> tuple[np.ndarray, float]:
    """Give each person's margin so far at the end of each month, persons down; and the contacts of a month."""
    rng, again = np.random.default_rng([seed, luck]), np.zeros(offered.gain.shape, int)
    margins, sent, persons = [], 0, future.persons
    channel = future.best_channels if policy == ORACLE else offered.channel
    for month in range(MONTHS):
        may = (again <= month) & offered.known[:, None]
        scores, costs = future.true_gains(may) if policy == ORACLE else _scores(policy, offered, rng)
        scores = np.where(may, scores, np.nan)
        choose = _most_gain if policy in (ORACLE, OURS) else _highest
        chosen = choose(scores, costs, np.inf if policy == EVERYBODY else budget)
        rows = np.flatnonzero(chosen >= 0)
        again[rows, chosen[rows]] = month + offered.cooldown[chosen[rows]]
        listed = pd.DataFrame({"person": persons[rows], "offer": chosen[rows], "channel": channel[rows].astype(str)})
        future, margin = future.after(listed, luck=luck)
        margins.append(margin)
        sent += len(rows)
    return np.cumsum(margins, axis=0).T, sent / MONTHS


def _scores(policy: str, offered: Offered, rng: np.random.Generator) -> Scores:
    if policy == NOBODY:
        return np.full_like(offered.gain, np.nan), offered.cost
    if policy == PROPENSITY:
        return offered.chance, offered.cost
    if policy in (RANDOM, EVERYBODY):
        return np.where(np.isfinite(offered.gain), rng.random(offered.gain.shape), np.nan), offered.cost
    return offered.gain, offered.cost


def _most_gain(scores: np.ndarray, costs: np.ndarray, budget: float) -> np.ndarray:
    return allocate(np.where(np.isfinite(scores), scores, -np.inf), np.nan_to_num(costs, nan=1.0), budget=budget).offer


def _highest(scores: np.ndarray, costs: np.ndarray, budget: float) -> np.ndarray:
    """Give each person the offer of the highest score, the highest first, as far as the budget reaches."""
    filled = np.where(np.isfinite(scores), scores, -np.inf)
    best, rows = filled.argmax(axis=1), np.arange(len(scores))
    order = np.argsort(-filled[rows, best], kind="stable")
    order = order[np.isfinite(filled[rows, best][order])]
    order = order[np.cumsum(costs[order, best[order]]) <= budget]
    chosen = np.full(len(scores), -1)
    chosen[order] = best[order]
    return chosen


def _summed(margins: dict[str, np.ndarray], contacts: dict[str, float], *, seed: int) -> Played:
    """Compare with contacting nobody, with intervals over persons: they respond, spend and default on their own."""
    more = {policy: margin - margins[NOBODY] for policy, margin in margins.items()}
    size = len(margins[NOBODY])
    counts = np.array(list(resampled_counts(size, rounds=ROUNDS, seed=seed)))
    draws = {policy: counts @ margin for policy, margin in more.items()}
    rows, months = [], []
    for policy in POLICIES:
        profit = more[policy].sum(axis=0)
        low, high = (np.quantile(draws[policy], end, axis=0) for end in (0.025, 0.975))
        share, of = draws[policy][:, -1] / draws[ORACLE][:, -1], profit[-1] / more[ORACLE].sum(axis=0)[-1]
        bounds = percentiles(share)
        rows.append((policy, round(contacts[policy]), profit[-1], low[-1], high[-1], of, *bounds))
        months += [(policy, month, *of) for month, of in enumerate(zip(profit, low, high, strict=True), 1)]
    names = ["profit", "profit_low", "profit_high"]
    found = pd.DataFrame(rows, columns=["policy", "contacts", *names, "of_oracle", "of_oracle_low", "of_oracle_high"])
    return Played(found, pd.DataFrame(months, columns=["policy", "month", *names]), FUTURES)
