"""What a list is expected to bring, corrected by what earlier lists brought, with an interval.

Whoever stands on a list was chosen for a high expectation, and what is chosen for being high is too high on average
(the winner's curse), whether or not the probabilities of all are calibrated. So lists are written as of several earlier
days, each by a model that had seen nothing later, and what they brought is compared with what was expected of them.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from scipy.stats import t

from insight.decide.allocate import best_offers, choose_contacts
from insight.decide.eligibility import Rules
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import Z
from insight.predict.propensity.habits import Past
from insight.predict.propensity.propensity import Backtest, Cuts, learn, plan_cuts, spend_per_week

MOST = 6  # earlier lists
#: What is taken for the spread of log ratios between lists before any is seen, and for how many lists that counts.
_PRIOR_SPREAD, _PRIOR_LISTS = 0.15, 3


@unless_unavailable
def earlier_lists(
    tested: Backtest,
    past: Past,
    rules: Rules,
    *,
    days_known: int,
    as_of: date,
    budget: float,
    contact_cost: float,
    seed: int,
) -> pd.DataFrame | Unavailable:
    """Write the list as of several earlier days, and count what those on it were expected to buy, and bought.

    Parameters
    ----------
    tested
        The latest of them is written by what this has learnt; the others in the same way, from what lies before them.
    past
        What was known and bought when; the lists are its weeks apart.
    rules
        What a list has to obey; contacts after its day are not known to it.
    days_known
        As for `insight.predict.propensity.propensity.plan_cuts`.
    as_of
        The last day.
    budget, contact_cost
        As for `insight.decide.allocate.choose_contacts`.
    seed
        Of the models.

    Returns
    -------
    DataFrame
        One row per list, latest first: ``as_of, customers, expected, bought`` (customers), ``expected_sales, sales``,
        and ``spread``, the standard deviation of a customer's sales. Unavailable where nobody is on any of them.
    """
    weeks = past.weeks
    plans = [plan_cuts(days_known - 7 * weeks * back, weeks=weeks) for back in range(MOST)]
    cuts = [
        Cuts(plan.test + weeks * back, tuple(cut + weeks * back for cut in plan.past))
        for back, plan in enumerate(plans)
        if plan and plans[0] and len(plan.past) == len(plans[0].past)  # learnt from as much as today's model
    ]
    rows = []
    for one in cuts:
        (then, bought), day = past.at(one.test), as_of - timedelta(weeks=one.test)
        try:
            scores = tested.then_scores if one is cuts[0] else _scores(past, one, way=tested.way, seed=seed)
        except ValueError:  # too little to learn from, so early
            continue
        offers = best_offers(
            then.spread(scores * spend_per_week(then)),
            scores=then.spread(scores),
            allowed=rules.offerable(then, day),
            response_costs=rules.response_costs(then),
        )
        chosen = choose_contacts(offers, budget=budget, contact_cost=contact_cost, holdout_share=0.0, key="")
        at = (
            then.customers.get_indexer(chosen["customer_id"]),
            pd.Index(past.groups).get_indexer(chosen["product_group"]),
        )
        spent = bought[at]
        if len(chosen):
            totals = chosen["score"].sum(), (spent > 0).sum(), chosen["expected_sales"].sum(), spent.sum(), spent.std()
            rows.append((day, len(chosen), *totals))
    columns = ["as_of", "customers", "expected", "bought", "expected_sales", "sales", "spread"]
    found = pd.DataFrame(rows, columns=columns)
    return found if len(found) else Unavailable("offer", "nobody_listed")


def _scores(past: Past, cuts: Cuts, *, way: str, seed: int) -> np.ndarray:
    return learn([past.at(cut) for cut in cuts.past], way=way, seed=seed).probabilities(past.at(cuts.test)[0])


@dataclass(frozen=True)
class Total:
    """A total that is expected, with the interval that it will lie in with 95% confidence; none where nobody knows."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def precision(self) -> str:
        """Say whether there is an ``interval``, or the ``plain`` value alone."""
        return "plain" if self.low is None else "interval"

    def in_whole(self) -> "Total":
        """Count in whole customers, the interval rounded outwards."""
        if self.low is None or self.high is None:
            return Total(round(self.value))
        return Total(round(self.value), int(np.floor(self.low)), int(np.ceil(self.high)))


@dataclass(frozen=True)
class Correction:
    """How totals of earlier lists compare with what was expected of them.

    Attributes
    ----------
    ratio
        All that earlier lists brought, over all that was expected of them.
    spread
        Standard deviation of the log of a list's own ratio, beyond what chance among its customers makes.
    customer_spread
        Standard deviation over mean of what one customer brings.
    lists, customers
        How many lists there were, and customers on them.
    """

    ratio: float
    spread: float
    customer_spread: float
    lists: int
    customers: int


def around(correction: Correction | Unavailable, value: float, *, customers: int) -> Total:
    """Give a corrected total of so many customers with its interval; without one where there is no correction.

    The interval holds three errors: of the ratio, of chance among the customers of a list, and of lists that come
    out high or low as a whole, with Student's t as that is known from a few lists alone.
    """
    if isinstance(correction, Unavailable):
        return Total(value)
    chance = Z * correction.customer_spread * np.sqrt(1 / max(customers, 1) + 1 / correction.customers)
    between = t.ppf(0.975, correction.lists - 1 + _PRIOR_LISTS) * correction.spread * np.sqrt(1 + 1 / correction.lists)
    width = np.hypot(chance, between)
    return Total(value, float(value * np.exp(-width)), float(value * np.exp(width)))


@unless_unavailable
def correct_buyers(lists: pd.DataFrame) -> Correction:
    """Compare how many of earlier lists bought with how many were expected to."""
    share = max(lists["bought"].sum(), 0.5) / lists["customers"].sum()
    return _compare(lists["bought"], lists["expected"], lists["customers"], np.sqrt((1 - share) / share))


@unless_unavailable
def correct_sales(lists: pd.DataFrame) -> Correction:
    """Compare what customers on earlier lists spent with what they were expected to."""
    customers = lists["customers"]
    each = np.sqrt((customers * lists["spread"] ** 2).sum() / customers.sum())
    mean = lists["sales"].sum() / customers.sum()
    return _compare(lists["sales"], lists["expected_sales"], customers, each / mean if mean > 0 else 1.0)


def _compare(came: pd.Series, expected: pd.Series, customers: pd.Series, customer_spread: float) -> Correction:
    half = (
        0.5 * expected.sum() / customers.sum()
    )  # of what a customer is expected to bring: no list brings nothing for sure
    ratio = max(came.sum(), half) / expected.sum()
    chance, lists = customer_spread**2 / customers, len(came)
    off = np.log((came + half) / (ratio * expected + half)) ** 2
    seen = max(0.0, float(off.sum() / (lists - 1) - chance.mean())) if lists > 1 else 0.0
    between = (_PRIOR_LISTS * _PRIOR_SPREAD**2 + (lists - 1) * seen) / (_PRIOR_LISTS + lists - 1)
    return Correction(float(ratio), float(np.sqrt(between)), float(customer_spread), lists, int(customers.sum()))


def correct(offers: pd.DataFrame, buyers: Correction | Unavailable, sales: Correction | Unavailable) -> pd.DataFrame:
    """Multiply probabilities, expected sales and response costs by the ratios of earlier lists; none, and they stay."""
    if isinstance(buyers, Unavailable) or isinstance(sales, Unavailable):
        return offers
    return offers.assign(
        score=(offers["score"] * buyers.ratio).clip(upper=1.0),
        response_cost=offers["response_cost"] * buyers.ratio,
        expected_sales=offers["expected_sales"] * sales.ratio,
    )
