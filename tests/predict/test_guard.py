"""A feature that knows who left stops the back-test; the measures of a sound one have intervals that hold them."""

import numpy as np
import pandas as pd
import pytest

from few_lines import day
from insight.errors import Unavailable
from insight.predict.churn import guard
from insight.predict.churn.backtest import backtest, compare
from insight.predict.churn.design import ALIVE, LABEL, SILENT, Cuts

CUTS = Cuts(window=28, history=90, training=(day(100), day(128)), test=day(156), today=day(184))


@pytest.fixture(scope="module")
def examples() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    parts = {}
    for cut in CUTS.labelled:
        recency = rng.gamma(2, 8, 700)
        label = (rng.random(700) < 1 / (1 + np.exp(2 - recency / 10))).astype(float)
        names = pd.Index([f"c{at:03}" for at in range(700)], name="customer_id")
        frame = {LABEL: label, "recency_days": recency, "visits": rng.poisson(5, 700) * 1.0, SILENT: 0.4, ALIVE: 0.5}
        parts[cut] = pd.DataFrame(frame, index=names)
    return pd.concat(parts, names=["cut"])


def test_an_honest_back_test_goes_on(examples):
    test = backtest(examples, CUTS, seed=3)
    found = guard.leaks(test)
    assert found.empty
    assert guard.without_leaks(test, found) is test


def test_a_feature_that_knows_who_left_stops_it(examples):
    told = examples.assign(told=examples[LABEL] * 3 + np.random.default_rng(1).normal(0, 0.3, len(examples)))
    test = backtest(told, CUTS, seed=3)
    found = guard.leaks(test)
    assert found["column"].tolist() == ["told"]
    stopped = guard.without_leaks(test, found)
    assert isinstance(stopped, Unavailable)
    assert isinstance(compare(stopped, seed=3), Unavailable)


def test_measures_lie_within_their_intervals(examples):
    test = backtest(examples, CUTS, seed=3)
    row = guard.measure(test, "logistic", seed=3)
    for what in ("auc", "precision", "lift", "brier", "calibration"):
        assert row[f"{what}_low"] <= row[what] <= row[f"{what}_high"], what
    assert row["auc"] == pytest.approx(compare(test, seed=3).loc["logistic", "auc"])
    assert row["calibration"] < 0.06
