"""Purchase models on made-up customers: recovery of parameters, coverage of intervals, and the time of a million.

``python benchmarks/purchase_models.py`` writes ``benchmarks/results/purchase_models.json``. Customers buy and leave as
MBG/NBD says. Each simulation fits its 4,000 customers and asks whether the 90% intervals of ``r, alpha, a, b`` hold
what they were made with; recovery is that of the mean over simulations. The million is fitted on counted patterns and
its total forecast, with the interval that the parameters' errors and chance give; ``lifetimes`` fits it plainly.
"""

import argparse
import json
import logging
import time
from pathlib import Path

import lifetimes
import numpy as np
import pandas as pd
from scipy.stats import norm

from insight.intervals import wilson
from insight.predict.value.precision import information, scores, slopes_of
from insight.predict.value.purchases import Modified, count_patterns, expected_purchases, fit_purchasing

RESULTS = Path(__file__).parent / "results" / "purchase_models.json"
TRUE = Modified(r=0.6, alpha=5.0, a=0.8, b=2.0)
NAMES = ("r", "alpha", "a", "b")
LEVEL = 0.90


def simulate(model: Modified, customers: int, rng: np.random.Generator, *, weeks: float = 78.0) -> pd.DataFrame:
    """Let customers buy and leave until a day; first purchases are spread over a quarter, times are whole days."""
    rate, leaves = rng.gamma(model.r, 1 / model.alpha, customers), rng.beta(model.a, model.b, customers)
    observed = weeks - rng.integers(0, 91, customers) / 7
    stays = rng.random(customers) >= leaves
    repeats, last, now = np.zeros(customers, int), np.zeros(customers), np.zeros(customers)
    who = np.flatnonzero(stays)
    while len(who):
        now[who] += rng.exponential(1 / rate[who])
        who = who[now[who] <= observed[who]]
        repeats[who] += 1
        last[who] = now[who]
        who = who[rng.random(len(who)) >= leaves[who]]
    return pd.DataFrame({"repeats": repeats, "last_week": last, "weeks": observed})


def recover(model: Modified, *, simulations: int, customers: int, seed: int) -> pd.DataFrame:
    """Fit each simulation: one row each, ``<name>`` and whether its interval holds the true one, ``<name>_held``."""
    rng, z, rows = np.random.default_rng(seed), norm.ppf(0.5 + LEVEL / 2), []
    for _ in range(simulations):
        histories = simulate(model, customers, rng)
        fitted = fit_purchasing(count_patterns(histories))
        if fitted is None:
            continue
        patterns = histories.assign(customers=1)
        errors = np.sqrt(np.diag(np.linalg.inv(information(fitted, patterns))))
        row = {}
        for name, error in zip(NAMES, errors, strict=True):
            found, true = getattr(fitted, name), getattr(model, name)
            row |= {name: found, f"{name}_held": abs(np.log(found / true)) <= z * error}
        rows.append(row)
    return pd.DataFrame(rows)


def summary(found: pd.DataFrame, model: Modified, simulations: int) -> dict[str, object]:
    """Say how far the mean estimate is off, and how many intervals hold the true parameter."""
    held = found[[f"{name}_held" for name in NAMES]].to_numpy()
    return {
        "simulations": simulations,
        "converged": len(found),
        "mean_off": {name: round(float(found[name].mean() / getattr(model, name) - 1), 4) for name in NAMES},
        "level": LEVEL,
        "covered": {name: round(float(found[f"{name}_held"].mean()), 3) for name in NAMES},
        "covered_all": round(float(held.mean()), 3),
        "wilson": [round(float(bound), 3) for bound in wilson(int(held.sum()), held.size)],
    }


def time_a_million(customers: int, *, seed: int, weeks: float = 13.0, plainly: bool = True) -> dict[str, object]:
    """Fit and forecast so many customers, with the total's interval; then fit them as ``lifetimes`` does by itself."""
    histories = simulate(TRUE, customers, np.random.default_rng(seed)).round({"last_week": 1, "weeks": 1})
    begin = time.perf_counter()
    patterns = count_patterns(histories)
    fitted = fit_purchasing(patterns)
    if fitted is None:
        return {"customers": customers, "converged": False}
    expected = expected_purchases(fitted, patterns, weeks=weeks)
    total = float((patterns["customers"] * expected).sum())
    low, high = total_interval(fitted, patterns, total, weeks=weeks)
    found = {"customers": customers, "patterns": len(patterns), "seconds": round(time.perf_counter() - begin, 1)}
    found |= {"total": round(total), "low": round(low), "high": round(high)}
    if plainly:
        begin = time.perf_counter()
        fitter = lifetimes.BetaGeoFitter()
        fitter.fit(histories["repeats"], histories["last_week"], histories["weeks"])
        found["lifetimes_seconds"] = round(time.perf_counter() - begin, 1)
    return found


def total_interval(fitted: Modified, patterns: pd.DataFrame, total: float, *, weeks: float) -> tuple[float, float]:
    """Give the 95% interval of a total from the parameters' errors (delta method) and from chance (Poisson)."""

    def log_total(logs: np.ndarray) -> float:
        changed = type(fitted)(*np.exp(logs))
        return float(np.log((patterns["customers"] * expected_purchases(changed, patterns, weeks=weeks)).sum()))

    logs = np.log([fitted.r, fitted.alpha, fitted.a, fitted.b])
    # each pattern stands for its customers: a sample of them says the same of the curvature, times their share
    share = min(1.0, 50_000 / len(patterns))
    some = patterns.sample(frac=share, random_state=0) if share < 1 else patterns
    curved = weighted_information(fitted, some) / share
    slopes = slopes_of(log_total, logs)
    spread = slopes @ np.linalg.inv(curved) @ slopes + 1 / total
    half = norm.ppf(0.975) * np.sqrt(float(spread))
    return total * np.exp(-half), total * np.exp(half)


def weighted_information(fitted: Modified, patterns: pd.DataFrame) -> np.ndarray:
    """Give the observed information of patterns, each as often as it has customers."""
    customers = patterns["customers"].to_numpy(dtype=float)
    logs = np.log([fitted.r, fitted.alpha, fitted.a, fitted.b])
    curvature = slopes_of(lambda at: scores(fitted, at, patterns) @ customers, logs)
    return -(curvature + curvature.T) / 2


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=100)
    parser.add_argument("--customers", type=int, default=4000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    found = recover(TRUE, simulations=given.simulations, customers=given.customers, seed=given.seed)
    results = {"recovery": summary(found, TRUE, given.simulations)}
    logging.getLogger(__name__).warning("%s", results)
    results["many"] = time_a_million(given.many, seed=given.seed)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
