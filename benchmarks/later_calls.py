"""Who takes a term deposit by telephone: taught by earlier calls, judged on later ones.

python benchmarks/later_calls.py BANK_ADDITIONAL.zip [--seeds 7 8 9]

Bank Marketing (Moro, Cortez and Rita 2014: AUC .80 with a rolling window of calls; UCI), in the order of the calls and
without ``duration``, which is known only after a call. The product's own table, leak check, models and test on the last
quarter of the rows, in which four times as many say yes as before. Results: ``benchmarks/results/later_calls.json``.
"""

import argparse
import json
import zipfile
from pathlib import Path

import pandas as pd

from insight.predict.labelled import backtest
from insight.predict.labelled.table import read_flat

RESULTS = Path(__file__).parent / "results" / "later_calls.json"
FILE, LABEL, AFTERWARDS = "bank-additional/bank-additional-full.csv", "y", ["duration"]
MEASURES = ("auc", "lift", "precision", "brier", "calibration")


def read(path: Path) -> pd.DataFrame:
    """Read the calls as the product's table of flat data, the place in the file as their time."""
    with zipfile.ZipFile(path).open(FILE) as lines:
        calls = pd.read_csv(lines, sep=";", dtype=str)
    known = [json.dumps(row) for row in calls.drop(columns=[LABEL, *AFTERWARDS]).to_dict("records")]
    order = [f"{at:06d}" for at in range(len(calls))]
    names = [f"r{at}" for at in range(len(calls))]
    return pd.DataFrame({"label": calls[LABEL].to_numpy(), "known": known, "observed": order}, index=names)


def measure(rows: pd.DataFrame, seed: int) -> dict[str, object]:
    """Test the three models on the later calls."""
    flat = read_flat(rows, leaves="yes")
    leaks = backtest.leaks(flat, label_name=LABEL, trusted=(), seed=seed)
    test = backtest.backtest(flat, leaks, seed=seed)
    compared = backtest.compare(test, seed=seed)
    return {
        "leaks": leaks["column"].tolist(),
        "learnt": test.learnt,
        "tested": test.customers,
        "said_yes": test.left,
        "models": {
            str(name): {one: [round(float(row[f"{one}{end}"]), 4) for end in ("", "_low", "_high")] for one in MEASURES}
            for name, row in compared.iterrows()
        },
    }


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("calls", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9])
    given = parser.parse_args()
    rows = read(given.calls)
    found = {str(seed): measure(rows, seed) for seed in given.seeds}
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
