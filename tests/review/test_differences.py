"""Differences that go with an outcome, each beside the others."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from insight.review.differences import differences, lay_out


def test_of_one_factor_the_difference_is_that_of_means_with_whites_error():
    rng = np.random.default_rng(2)
    rows = pd.DataFrame({"side": ["a"] * 50 + ["b"] * 30})
    outcome = rng.normal(size=80) * np.where(rows["side"] == "b", 3, 1)
    (found,) = differences(outcome, *lay_out(rows, {}, ["side"])).itertuples()
    a, b = outcome[:50], outcome[50:]
    error = np.sqrt(80 / 78 * (a.var() / 50 + b.var() / 30))
    assert (found.level, found.than, found.rows) == ("b", "a", 30)
    assert found.effect == pytest.approx(b.mean() - a.mean())
    assert found.high - found.effect == pytest.approx(norm.ppf(0.975) * error)


def test_numbers_are_held_alike_and_levels_of_few_rows_have_no_column():
    rng = np.random.default_rng(3)
    rows = pd.DataFrame({"side": ["a"] * 300 + ["b"] * 200 + ["c"] * 2, "size": rng.normal(size=502)})
    rows["size"] += 2 * (rows["side"] == "b")
    seen, told = lay_out(rows, {"size": rows["size"]}, ["side"], fewest=10)
    found = differences((5 + 3 * rows["size"] - 1 * (rows["side"] == "b")).to_numpy(), seen, told)
    assert told[["factor", "level"]].to_numpy().tolist() == [["size", ""], ["side", "b"]]
    assert found["effect"].to_numpy() == pytest.approx([3, -1])
