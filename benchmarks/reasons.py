"""How long a million customers take to be scored with reasons, and how much memory.

python benchmarks/reasons.py [--customers 1000000]

The features are drawn alike those of notebook 40: as many, some missing. Both trained models are fitted on 120,000 rows
and score everybody: probability, what each feature adds, at most four reasons as codes, and these in words of both
languages. Counting the features from lines is measured by ``benchmarks/features.py``. On one core; the processor's time
counts, which other work on the machine disturbs less than the clock.
"""

import argparse
import json
import logging
import resource
import time
from pathlib import Path

import numpy as np
import pandas as pd

from insight.config.parameters import Bilingual
from insight.predict.churn.design import COUNTED, LABEL, SILENT
from insight.predict.churn.models import MODELS, score_of
from insight.predict.reasons import drivers, find_reasons
from insight.report.reasons import reasons_in_words
from insight.words.context import Context, using

RESULTS = Path(__file__).parent / "results" / "reasons.json"
FEATURES = [*COUNTED, "silence_in_gaps", SILENT]
LEARNT = 120_000
_MISSING = 0.05


def draw(customers: int, *, seed: int) -> pd.DataFrame:
    """Draw features of customers, skewed as counts and amounts are."""
    rng = np.random.default_rng(seed)
    values = rng.gamma(1.5, 20.0, (customers, len(FEATURES)))
    values[rng.random(values.shape) < _MISSING] = np.nan
    return pd.DataFrame(values, columns=FEATURES, index=pd.RangeIndex(customers, name="customer_id"))


def measure(name: str, customers: int) -> dict[str, float]:
    """Score everybody by a model, and say how long each step took."""
    learnt = draw(LEARNT, seed=1)
    odds = (learnt["recency_days"].fillna(30) - learnt["frequency"].fillna(30)) / 30 - 2
    chance = np.random.default_rng(2).random(LEARNT)
    examples = learnt.assign(**{LABEL: (chance < 1 / (1 + np.exp(-odds))).astype(float)})
    fitted = MODELS[name](examples, FEATURES, seed=1)
    today = draw(customers, seed=3)
    marks = [_now()]
    probability = fitted(today)
    marks.append(_now())
    parts = fitted.contributions(today)
    reasons = find_reasons(parts[FEATURES], today, learnt)
    drivers(parts[FEATURES], today, reasons)
    codes = reasons.codes()
    marks.append(_now())
    with using(Context(Bilingual(en="customers", zh="客户"), currency="CNY")):
        told = reasons_in_words(reasons, "churn.reason")
    marks.append(_now())
    steps = np.diff(marks, axis=0).round(1)
    found = {
        f"{step}_processor_s": float(took[0]) for step, took in zip(("score", "reasons", "words"), steps, strict=True)
    }
    return found | {
        "all_processor_s": round(float(steps[:, 0].sum()), 1),
        "all_clock_s": round(float(steps[:, 1].sum()), 1),
        "largest_gap_between_score_and_sum": float(np.abs(score_of(parts) - probability).max()),
        "with_a_reason": round(float(codes["reason_1"].notna().mean()), 3),
        "different_sentences": int(told["reasons_en"].nunique()),
    }


def _now() -> tuple[float, float]:
    return time.process_time(), time.perf_counter()


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    given = parser.parse_args()
    found: dict = {"customers": given.customers, "features": len(FEATURES)}
    for name in MODELS:
        found[name] = measure(name, given.customers)
        logging.getLogger(__name__).warning("%s: %s", name, found[name])
    found["memory_gb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
