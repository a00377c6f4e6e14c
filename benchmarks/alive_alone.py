"""How much better notebook 40 ranks who leaves a shop than P(alive) alone does, on real purchases.

``insight run complete_journey --only 10``, the same for ``online_retail``, then ``python benchmarks/alive_alone.py``.
Scores are the product's own: learned at earlier cuts from four fifths of the customers, judged at the last cut on the
others. P(alive) is that of the purchase model (MBG/NBD) fitted to what was known at the cut. The gap is paired: both
rank the same customers, resampled together.
"""

import argparse
import json
import logging
from pathlib import Path

from insight.predict import histories
from insight.predict.churn import backtest, design, guard, window
from insight.predict.churn.design import ALIVE
from insight.predict.measures import compare_scores
from insight.storage.workspace import Workspace

RESULTS = Path(__file__).parent / "results" / "alive_alone.json"
SHOPS = ("complete_journey", "online_retail")


def compare(shop: str) -> dict[str, object]:
    """Judge the model in use and P(alive) on the customers of the last cut."""
    ws = Workspace(shop, "40_churn_and_value")
    params, today = ws.params, ws.as_of
    transactions = ws.read("transactions")
    daily = histories.daily_spend(transactions, as_of=today, count_free=params.free_purchases).cache()
    first_day = histories.first_day(daily)
    longest = window.longest_window(first_day, today)
    curve = window.window_curve(
        daily, as_of=today, longest=longest, return_days=params.churn_return_days, min_cell=params.min_cell
    )
    silent = window.choose_window(curve, longest=longest, given=params.churn_window)
    cuts = design.choose_cuts(first_day, today, window=silent, history=params.churn_history_days)
    examples = design.collect_examples(transactions, daily, cuts=cuts, trend_days=params.trend_days)
    test = backtest.backtest(examples, cuts, refused=params.refused_features, seed=params.seed)
    test = guard.without_leaks(test, guard.leaks(test))
    chosen = backtest.choose_model(backtest.compare(test, seed=params.seed))
    against = compare_scores(test.labels, backtest.as_risk(test), against=chosen, seed=params.seed)
    alive = against.loc[ALIVE]
    return {
        "customers": test.customers,
        "churned": test.churned,
        "model": chosen,
        "auc": _three(against.loc[chosen, ["auc", "low", "high"]]),
        "p_alive": _three(alive[["auc", "low", "high"]]),
        "better_by": _three(alive[["auc_gap", "auc_gap_low", "auc_gap_high"]]),
    }


def _three(values) -> list[float]:
    return [round(float(value), 4) for value in values]


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=SHOPS, default=list(SHOPS))
    found = {shop: compare(shop) for shop in parser.parse_args().only}
    logging.getLogger(__name__).warning("%s", found)
    RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
