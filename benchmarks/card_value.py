"""How near the margin expected of card customers comes to the truth, and whether its intervals hold what comes.

python benchmarks/card_value.py [--customers 20000] [--futures 6] [--seeds 7 8 9]

Forecasts are the product's own (`insight.card.worth`). By 24 months of data the twelve after them are held against the
true expected margin: rank correlation, beside that of models which were taught the true ranks of other customers on the
product's own features, and on all that ``observables`` sees; and the total. By 18 months of data the twelve that came
are known, too: mean absolute error, total, and how many intervals held what came. ``expected`` is the mean of what may
come, ``likely`` the middle of it, ``before`` the margin of the twelve months before.
"""

import logging
from dataclasses import asdict
from pathlib import Path

import ibis
import lightgbm
import numpy as np
import pandas as pd
import yaml
from by_seed import by_seed, write
from canonical_bank import canonical, last_day
from observables import MONTHS, Bank

from insight.card.worth import backtest, baseline, books, truth
from insight.config.offers import Economics
from insight.predict.churn.backtest import fold_of
from insight.predict.histories import daily_spend
from insight.predict.leaving.truth import TREES
from insight.predict.uplift.months import YEAR
from insight.simulate.futures import Future

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "card_value.json"
LAST, PAST = 24, 18  # months of data
WAYS = ("expected", "likely", "before")


def measure(seed: int, customers: int, futures: int) -> dict[str, float]:
    """Make a bank, foretell its margin by 18 and by 24 months, and hold it against what came and what is true."""
    said = yaml.safe_load((HERE.parent / "params" / "cardbank.yaml").read_text(encoding="utf-8"))
    economics = Economics(**said["economics"])
    bank = Bank.make(seed, customers)
    tables, how = canonical(bank.world), {"discount_year": economics.discount_year, "seed": seed}

    def read(months: int) -> books.Books:
        return books.read_books(tables, economics, as_of=last_day(bank.world, months))

    every = read(MONTHS)
    booked = bank.by_month(bank.truth["books"], "month", "margin").sum()
    # the bank books recoveries, which it does not deliver
    found = {"books_error": float(every.sum(books.PARTS, every.months.first, MONTHS).sum() / booked - 1)}
    past = read(PAST)
    bought = daily_spend(tables["transactions"], as_of=last_day(bank.world, PAST))
    found |= _true(bank, read(LAST), how) | _came(past, every, how, bought)
    found |= {"total_luck": _luck(bank, every, futures)}
    return {name: round(value, 4) for name, value in found.items()}


def _true(bank: Bank, known: books.Books, how: dict[str, float]) -> dict[str, float]:
    past = backtest.past(known, **how)
    now = backtest.today(known, past, **how)
    names = now.expected.parts.index
    at = known.months.customers.get_indexer(names)
    true = bank.true_by_month("ahead", "margin")[at, LAST]
    there = np.isfinite(true)
    held = pd.DataFrame({"customer_id": names, "seen_on": pd.Timestamp(bank.world.start) + pd.DateOffset(months=LAST)})
    judged = truth.judge(known, held.assign(expected_margin=true)[there], **how)
    taught = pd.DataFrame(bank.panel.at(LAST)[at[there]])
    all_seen = truth.ceiling(taught, true[there], fold_of(names[there]) % 2)
    best = max(judged.ceiling, all_seen)
    found = {f"spearman_{name}": judged.way(name).rank for name in WAYS}
    found |= {"ceiling_own_features": judged.ceiling, "ceiling_all_observables": all_seen}
    found |= {f"{name}_of_ceiling": judged.way(name).rank / best for name in WAYS}
    total = float(true[there].sum())
    found |= {"total_hidden": _hidden(taught.to_numpy(), true[there], fold_of(names[there]) % 2)}
    found |= {"total_error": judged.way("expected").total, "total_error_before": judged.way("before").total}
    return found | {"true_total_within": float(now.total.low <= total <= now.total.high)}


def _hidden(seen: np.ndarray, true: np.ndarray, part: np.ndarray) -> float:
    """Give the standard error of the total that is left to trees which are taught the true margin of the other half."""
    left = true.copy()
    for own in (0, 1):
        model = lightgbm.LGBMRegressor(**TREES).fit(seen[part != own], true[part != own])
        left[part == own] -= model.predict(seen[part == own])
    return float(np.sqrt(len(left)) * left.std() / true.sum())


def _luck(bank: Bank, every: books.Books, futures: int) -> float:
    """Give how far the margin of twelve months varies between futures of the same state, as a share of it."""
    held, nobody = every.holders(every.months.now), pd.DataFrame({"person": [0], "offer": [0], "channel": ["sms"]})[:0]
    totals = []
    for luck in range(1, futures + 1):
        state, total = Future((bank.world.state,)), 0.0
        for _ in range(YEAR):
            state, margin = state.after(nobody, luck=luck)
            total += margin[held].sum()
        totals.append(total)
    return float(np.std(totals, ddof=1) / np.mean(totals))


def _came(known: books.Books, every: books.Books, how: dict[str, float], bought: ibis.Table) -> dict[str, float]:
    past = backtest.past(known, **how)
    now = backtest.today(known, past, **how)
    at = known.months.customers.get_indexer(now.expected.parts.index)
    left = pd.DataFrame({"before": known.margin(known.months.now - YEAR, YEAR)[at]}, index=now.expected.parts.index)
    shop = baseline.by_purchases(known, bought, [backtest.Origin(now.expected, left)])
    came = pd.Series(every.margin(known.months.now, YEAR)[at], index=now.expected.parts.index)
    held = came.between(now.bounds["low"], now.bounds["high"])
    before = left["before"]
    ways = {"expected": now.expected.margin, "likely": now.expected.likely, "before": before}
    ways |= {"purchases": shop}
    found = {f"spearman_came_{name}": truth.rank(value, came) for name, value in ways.items()}
    found |= {"total_error_came_purchases": float(shop.sum() / came.sum() - 1)}
    found |= {f"mae_{name}": float((value - came).abs().mean()) for name, value in ways.items()}
    found |= {"total_error_came": float(now.total.value / came.sum() - 1), "interval_coverage": float(held.mean())}
    found |= {"interval_coverage_page": asdict(backtest.coverage(past))["value"]}
    width = (now.total.high - now.total.low) / 2 / now.total.value
    return found | {"came_within": float(now.total.low <= came.sum() <= now.total.high), "total_half_width": width}


def main() -> None:
    """Measure and write."""
    given, seeds = by_seed(measure, __doc__, customers=20_000, futures=6)
    names = next(iter(seeds.values()))
    mean = {name: round(float(np.mean([one[name] for one in seeds.values()])), 4) for name in names}
    logging.getLogger(__name__).warning("mean %s", mean)
    write(given | {"months": MONTHS, "mean": mean, "seeds": seeds}, RESULTS)


if __name__ == "__main__":
    main()
