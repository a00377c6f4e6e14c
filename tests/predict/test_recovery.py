"""Parameters that customers were made with come out, and intervals hold them; the benchmark does it at length."""

import json

import numpy as np
from purchase_models import LEVEL, NAMES, RESULTS, TRUE, recover


def test_parameters_that_customers_were_made_with_come_out():
    found = recover(TRUE, simulations=3, customers=4000, seed=3)
    off = found[list(NAMES)].mean() / [getattr(TRUE, name) for name in NAMES] - 1
    assert off.abs().max() < 0.25  # three standard errors of a mean of three
    assert found[[f"{name}_held" for name in NAMES]].to_numpy().mean() > 0.5


def test_the_benchmark_found_parameters_within_a_twentieth_and_intervals_that_cover():
    found = json.loads(RESULTS.read_text(encoding="utf-8"))["recovery"]
    assert found["converged"] == found["simulations"] == 100
    assert max(abs(off) for off in found["mean_off"].values()) < 0.05
    assert found["level"] == LEVEL
    assert all(0.85 <= share <= 0.95 for share in found["covered"].values())


def test_a_million_takes_less_than_a_minute():
    many = json.loads(RESULTS.read_text(encoding="utf-8"))["many"]
    assert many["customers"] == 1_000_000
    assert many["seconds"] < 60
    assert many["low"] < many["total"] < many["high"]
    assert np.isfinite(many["lifetimes_seconds"])
