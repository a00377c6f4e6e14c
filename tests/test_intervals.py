"""Intervals agree with statsmodels, and stay within what a share can be."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import binom
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from insight.intervals import (
    clear_of_chance,
    clear_of_zero,
    difference_of_shares,
    forecast_interval,
    mean_interval,
    percentiles,
    resample,
    resampled_counts,
    wilson,
)
from insight.predict.measures import compare_scores
from insight.predict.propensity.ranking import estimate_mean
from insight.profile.concentration import mean_by_part
from insight.profile.silence import return_curve


@pytest.mark.parametrize(("some", "everyone"), [(0, 10), (0, 20), (240, 2469), (10, 10), (20, 20)])
def test_wilson_agrees_with_statsmodels(some, everyone):
    low, high = wilson(some, everyone)
    assert (low, high) == pytest.approx(proportion_confint(some, everyone, method="wilson"))
    assert 0 <= low < high <= 1


def test_wilson_of_a_column_is_that_of_each_row_and_missing_of_nobody():
    lows, highs = wilson(pd.Series([36.0, 1.0]), pd.Series([361.0, np.nan]))
    assert (lows[0], highs[0]) == wilson(36, 361)
    assert np.isnan([lows[1], highs[1]]).all()


def test_counts_are_of_the_same_draws():
    for drawn, times in zip(resample(7, rounds=3, seed=1), resampled_counts(7, rounds=3, seed=1), strict=True):
        assert np.bincount(drawn, minlength=7).tolist() == times.tolist()


def test_what_could_not_be_computed_is_left_out():
    assert percentiles(np.array([1.0, np.nan, 3.0]), level=1.0) == (1.0, 3.0)


@pytest.mark.parametrize("periods", [1, 2, 4, 12])
def test_intervals_of_forecasts_hold_as_often_as_they_say(periods):
    rng = np.random.default_rng(5)
    errors = rng.normal(0, 0.1, (4000, periods + 1))
    held = [
        low <= np.exp(row[0]) <= high
        for row in errors
        for low, high in [forecast_interval(1.0, row[1:], noise=np.zeros(periods), periods=periods)]
    ]
    assert np.mean(held) == pytest.approx(0.95, abs=0.012)


def test_a_lucky_past_is_not_believed_to_be_below_sampling():
    low, high = forecast_interval(100.0, np.zeros(4), noise=np.full(4, 0.1), periods=4)
    assert (low, high) == pytest.approx([100 / np.exp(0.27764), 100 * np.exp(0.27764)], rel=1e-4)  # t of 4: 2.7764


@pytest.mark.parametrize("all_alike", [0.0, 1.0])
def test_no_interval_of_a_share_is_without_width_where_all_are_alike(all_alike):
    values = np.full(40, all_alike)
    estimate = estimate_mean(values, seed=1, are_shares=True)
    means = mean_by_part(pd.Series(values), pd.Series(np.ones(40)))
    bounds = [(estimate.low, estimate.high), (means["low"][0], means["high"][0])]
    for low, high in bounds:
        assert 0 <= low <= all_alike <= high <= 1
        assert 0.03 < high - low < 0.2


def test_a_perfect_ranking_of_few_is_not_sure():
    labels = pd.Series([1, 0] * 20)
    found = compare_scores(labels, pd.DataFrame({"score": labels}), against="score", seed=1).loc["score"]
    assert (found["auc"], found["high"]) == (1.0, 1.0)
    assert 0.7 < found["low"] < 0.95


@pytest.mark.parametrize("came_from", [None, 0])
def test_where_all_or_none_return_the_interval_says_how_few_were_seen(came_from):
    counts = pd.DataFrame({"bucket": [0, 1], "reach": 0, "from_day": came_from, "silences": 30})
    [point] = return_curve(counts, minimum=1).itertuples()
    assert point.chance == (0 if came_from is None else 1)
    assert 0.02 < point.high - point.low < 0.2


def likeliest_shares(difference: float, x: int, n: int, y: int, m: int) -> tuple[float, float]:
    """Search for the likeliest two shares that lie so far apart, without any formula."""

    def unlikely(second: float) -> float:
        return -(binom.logpmf(x, n, second + difference) + binom.logpmf(y, m, second))

    ends = max(0.0, -difference) + 1e-12, min(1.0, 1.0 - difference) - 1e-12
    second = float(minimize_scalar(unlikely, bounds=ends, method="bounded", options={"xatol": 1e-11}).x)
    return second + difference, second


@pytest.mark.parametrize(
    "counts", [(56, 70, 48, 80), (9, 10, 3, 10), (5, 56, 0, 29), (1, 400, 2, 37), (18, 20, 20, 20)]
)
def test_bounds_of_a_difference_are_as_far_as_chance_allows_by_the_likeliest_shares(counts):
    x, n, y, m = counts
    for bound in difference_of_shares(*counts):
        first, second = likeliest_shares(float(bound), *counts)
        variance = (first * (1 - first) / n + second * (1 - second) / m) * (n + m) / (n + m - 1)
        assert abs(x / n - y / m - bound) / np.sqrt(variance) == pytest.approx(1.96, abs=0.002)


def test_nobody_on_either_side_is_no_certainty():
    low, high = difference_of_shares(0, 10, 0, 20)
    assert (low, high) == pytest.approx((-0.1658, 0.2844), abs=1e-4)
    assert difference_of_shares(10, 10, 0, 20)[1] == pytest.approx(1.0)


def test_a_difference_of_shares_turned_round_has_its_interval_turned_round():
    some, everyone, other, others = (
        np.array([3, 0, 40]),
        np.array([10, 50, 41]),
        np.array([7, 2, 0]),
        np.array([90, 9, 8]),
    )
    low, high = difference_of_shares(some, everyone, other, others)
    back_low, back_high = difference_of_shares(other, others, some, everyone)
    np.testing.assert_allclose([low, high], [-back_high, -back_low], atol=1e-9)


def test_the_side_of_an_interval_towards_zero_says_whether_it_is_clear():
    found = pd.DataFrame({"gain": [2.0, 2.0], "gain_low": [0.5, -0.5], "gain_high": [9.0, 2.5]})
    assert [clear_of_zero(found[at : at + 1], "gain").iloc[0] for at in (0, 1)] == [1, 0]


def test_what_is_clear_of_chance_is_so_for_statsmodels():
    rng = np.random.default_rng(8)
    for p_values in ([0.04, 0.03, 0.001, 0.01], *(rng.random(size) ** 4 for size in (1, 2, 7, 60))):
        rejected = multipletests(p_values, alpha=0.05, method="holm")[0]
        assert clear_of_chance(p_values).tolist() == rejected.tolist()
    assert clear_of_chance([]).tolist() == []


def test_the_interval_of_a_skewed_mean_misses_as_often_on_either_side():
    rng, misses = np.random.default_rng(3), []
    for _ in range(2000):
        values = np.exp(rng.standard_normal(150))
        mean = values.mean()
        low, high = mean_interval(mean, (values - mean) / len(values))
        half = 1.976 * values.std(ddof=1) / np.sqrt(len(values))
        true = np.exp(0.5)
        misses.append((high < true, low > true, mean + half < true))
    below, above, plain_below = np.mean(misses, axis=0)
    assert below < plain_below - 0.015
    assert above < 0.03


def test_the_interval_of_an_even_mean_is_students():
    values = np.array([-1.0, 1.0] * 10)
    low, high = mean_interval(0.0, values / 20)
    assert (low, high) == pytest.approx((-2.093 * 20**0.5 / 20, 2.093 * 20**0.5 / 20), rel=1e-3)
    assert mean_interval(2.0, np.zeros(5)) == (2.0, 2.0)
