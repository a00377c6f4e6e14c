"""The list as it would have been written some weeks ago, compared with what was then bought."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from insight.decide.allocate import best_offers, choose_contacts, rank_offers
from insight.decide.eligibility import Rules
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import compare_intervals, wilson
from insight.predict.propensity.propensity import HABIT, MODEL, POPULAR, Backtest, popularity, spend_per_week
from insight.predict.propensity.ranking import estimate_mean


def ways_to_choose(tested: Backtest) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Give each way's probabilities of the test, and the sales that it expects of every customer and group.

    ``most_popular`` takes everyone's share and everyone's spend, so that only the group matters and not the customer.
    """
    spend = spend_per_week(tested.then)
    ways = {way: (scores, scores * spend) for way, scores in tested.then_by.items()}
    return {**ways, POPULAR: (popular := popularity(tested.then), popular * spend.mean(axis=0))}


@unless_unavailable
def backtest_list(
    tested: Backtest, rules: Rules, *, then: date, budget: float, contact_cost: float, seed: int
) -> pd.DataFrame | Unavailable:
    """Write the list of each way of choosing as of the test, and count what those on it then bought.

    Parameters
    ----------
    tested
        What was known then, the probabilities made from it, and what was bought in the weeks
        after, when no such list had gone out.
    rules, then
        What the list had to obey, and the day of the test.
    budget, contact_cost
        As for `insight.decide.allocate.choose_contacts`: they limit the model's list; the others are as long.
    seed
        Of the bootstrap over the customers on a list.

    Returns
    -------
    DataFrame
        One row per way of choosing: ``way, customers, expected`` (mean probability, none of ``most_popular``),
        ``bought, bought_low, bought_high`` (share), ``sales, sales_low, sales_high`` (per
        customer), ``spread`` (standard deviation of sales), and ``lead, lead_low, lead_high``: how much more
        the model's list sold per customer, paired by customer. Unavailable where nobody is on a list.
    """
    allowed = rules.offerable(tested.then, then)
    costs = {"allowed": allowed, "response_costs": rules.response_costs(tested.then)}
    rows: list[dict] = []
    sold: list[pd.Series] = []
    for way, (scores, expected) in ways_to_choose(tested).items():
        offers = best_offers(tested.then.spread(expected), scores=tested.then.spread(scores), **costs)
        if way == MODEL:
            chosen = choose_contacts(offers, budget=budget, contact_cost=contact_cost, holdout_share=0.0, key="")
        else:
            chosen = rank_offers(offers).head(rows[0]["customers"])
        sold.append(_sold(chosen, tested))
        outcome = _outcome(chosen, sold[-1].to_numpy(), seed=seed)
        if outcome is None:
            return Unavailable("offer", "nobody_listed")
        rows.append({"way": way, **outcome, **_lead(sold[0], sold[-1], seed=seed)})
    found = pd.DataFrame(rows)
    found.loc[found["way"] == POPULAR, "expected"] = np.nan
    return found


@dataclass(frozen=True)
class Choice:
    """The way of ranking in use, and why: it ``sells`` more, it ``ranks`` better, or neither is shown (``alike``)."""

    way: str
    why: str


def choose_way(measured: pd.DataFrame | Unavailable, backtested: pd.DataFrame | Unavailable) -> Choice:
    """Choose between the model and own habit by paired tests on later weeks: by what a list sold, else by its MAP.

    Where no test tells them apart, the model is used.

    Parameters
    ----------
    measured
        From `insight.predict.propensity.propensity.measure`.
    backtested
        From `backtest_list`.

    Examples
    --------
    >>> ranks = pd.DataFrame({"scope": "all", "ranking": ["own_habit"], "lead_low": [-0.2], "lead_high": [-0.1]})
    >>> sells = pd.DataFrame({"way": ["own_habit"], "lead_low": [-1.0], "lead_high": [1.0]})
    >>> choose_way(ranks, sells)
    Choice(way='own_habit', why='ranks')
    >>> choose_way(ranks, sells.assign(lead_low=0.5))
    Choice(way='model', why='sells')
    """
    tests = {"sells": (backtested, "way"), "ranks": (measured, "ranking")}
    for why, (found, name) in tests.items():
        if isinstance(found, Unavailable):
            continue
        habit = found[found[name] == HABIT].iloc[0]  # of rankings the first scope: all groups
        verdict = compare_intervals(habit["lead_low"], habit["lead_high"], 0, 0)
        if verdict != "same":
            return Choice(MODEL if verdict == "more" else HABIT, why)
    return Choice(MODEL, "alike")


@unless_unavailable
def use(tested: Backtest, choice: Choice) -> Backtest:
    """Put the chosen way of ranking in use."""
    return tested.by(choice.way)


def _sold(chosen: pd.DataFrame, tested: Backtest) -> pd.Series:
    """Give what each customer on a list then bought from the group on it."""
    rows = tested.then.customers.get_indexer(chosen["customer_id"])
    columns = pd.Index(tested.then.groups).get_indexer(chosen["product_group"])
    return pd.Series(tested.bought[rows, columns], index=chosen["customer_id"].to_numpy())


def _lead(first: pd.Series, other: pd.Series, *, seed: int) -> dict[str, float]:
    """Give how much more a list sold per customer on it than another, paired by customer: who is on one counts."""
    gap = first.sub(other, fill_value=0.0)
    found, scale = estimate_mean(gap.to_numpy(dtype=float), seed=seed), len(gap) / max(len(first), 1)
    ends = {"lead": "value", "lead_low": "low", "lead_high": "high"}
    return {name: float("nan") if found is None else getattr(found, end) * scale for name, end in ends.items()}


def _outcome(chosen: pd.DataFrame, spent: np.ndarray, *, seed: int) -> dict[str, float] | None:
    sales = estimate_mean(spent, seed=seed)
    if sales is None:
        return None
    bought = np.count_nonzero(spent > 0)
    low, high = wilson(bought, len(spent))  # of none bought, resampling would make a sure 0
    return {
        "customers": len(chosen),
        "expected": chosen["score"].mean(),
        **{"bought": bought / len(spent), "bought_low": float(low), "bought_high": float(high)},
        **{"sales": sales.value, "sales_low": sales.low, "sales_high": sales.high, "spread": float(spent.std())},
    }
