import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from insight.predict.measures import (
    auc,
    brier,
    compare_scores,
    error_removed,
    gains,
    rank_correlation,
    rank_once,
    reliability,
)


@pytest.mark.parametrize("seed", range(5))
def test_auc_agrees_with_scikit_learn_ties_and_all(seed):
    rng = np.random.default_rng(seed)
    labels, scores = rng.integers(0, 2, 200), rng.integers(0, 12, 200)
    assert auc(labels, scores) == pytest.approx(roc_auc_score(labels, scores))


def test_the_auc_of_chances_is_the_mean_over_what_may_happen():
    chance, score = np.array([0.2, 0.5, 0.9]), np.array([1.0, 3.0, 2.0])
    pairs = [(i, j) for i in range(3) for j in range(3)]
    right = sum(chance[i] * (1 - chance[j]) * (0.5 if i == j else score[i] > score[j]) for i, j in pairs)
    every = sum(chance[i] * (1 - chance[j]) for i, j in pairs)
    assert auc(chance, score) == pytest.approx(right / every)


def test_the_auc_of_chances_is_the_mean_over_outcomes_drawn_by_them():
    rng = np.random.default_rng(7)
    chance = rng.uniform(0.05, 0.6, 400)
    scores = chance + rng.normal(0, 0.1, 400)
    drawn = [auc((rng.random(400) < chance).astype(float), scores) for _ in range(400)]
    assert auc(chance, scores) == pytest.approx(np.mean(drawn), abs=0.005)
    twice = auc(np.tile(chance, 2), np.tile(scores, 2))
    assert rank_once(chance, scores)(np.full(400, 2.0)) == pytest.approx(twice)


def test_auc_of_one_class_is_missing():
    assert np.isnan(auc(np.zeros(5), np.arange(5)))


def test_a_score_has_no_gap_to_itself():
    rng = np.random.default_rng(3)
    labels = pd.Series(rng.integers(0, 2, 300))
    scores = pd.DataFrame({"good": labels + rng.normal(0, 1, 300), "coin": rng.random(300)})
    compared = compare_scores(labels, scores, against="good", seed=1)
    assert compared.loc["good", ["auc_gap", "auc_gap_low", "auc_gap_high"]].eq(0).all()
    assert compared.loc["coin", "auc_gap_low"] > 0
    assert compared.loc["coin", "low"] < 0.5 < compared.loc["coin", "high"]


def test_the_interval_of_the_auc_is_about_as_wide_as_theory_says():
    rng = np.random.default_rng(5)
    labels = pd.Series(np.repeat([0, 1], 400))
    scores = pd.DataFrame({"score": labels + rng.normal(0, 1, 800)})
    row = compare_scores(labels, scores, against="score", seed=2).loc["score"]
    area = row["auc"]
    one, two = area / (2 - area), 2 * area**2 / (1 + area)  # Hanley and McNeil (1982)
    error = np.sqrt((area * (1 - area) + 399 * (one - area**2) + 399 * (two - area**2)) / 400**2)
    assert (row["high"] - row["low"]) / (2 * 1.96) == pytest.approx(error, rel=0.15)


def test_the_order_of_ties_does_not_matter_for_gains():
    customers, found = gains(np.array([1, 0, 0, 1]), np.array([5, 5, 5, 5]))
    assert customers.tolist() == found.tolist() == [0, 1]


def test_reliability_groups_hold_everyone_once():
    rng = np.random.default_rng(6)
    chances = pd.Series(rng.random(503))
    came = pd.Series((rng.random(503) < chances).astype(int))
    groups = reliability(came, chances)
    assert groups["customers"].sum() == 503
    assert groups["predicted"].is_monotonic_increasing
    assert ((groups["low"] <= groups["predicted"]) & (groups["predicted"] <= groups["high"])).mean() >= 0.8


def test_a_rank_correlation_has_the_interval_that_resampling_gives():
    rng = np.random.default_rng(3)
    first = pd.Series(rng.gamma(1, 10, 400))
    second = first + rng.gamma(1, 15, 400)
    found = rank_correlation(first, second)
    draws = []
    for _ in range(300):
        drawn = rng.integers(0, 400, 400)
        draws.append(first.iloc[drawn].corr(second.iloc[drawn], method="spearman"))
    assert (found.low, found.high) == pytest.approx(np.quantile(draws, [0.025, 0.975]), abs=0.03)
    assert found.ranks


@pytest.mark.filterwarnings("ignore:An input array is constant")
@pytest.mark.parametrize("second", [pd.Series([1.0] * 40), pd.Series(range(40, 0, -1)), pd.Series([1, 2] * 20)])
def test_an_order_that_is_constant_reversed_or_chance_does_not_rank(second):
    assert not rank_correlation(pd.Series(range(40)), second).ranks


def test_the_interval_of_the_error_removed_covers():
    rng = np.random.default_rng(7)

    def drawn(customers: int) -> tuple[pd.Series, pd.Series]:
        chances = rng.beta(1, 4, customers)
        given = (chances + rng.normal(0, 0.1, customers)).clip(0.01, 0.99)
        return pd.Series(rng.binomial(1, chances)), pd.Series(given)

    labels, probabilities = drawn(500_000)
    truth = 1 - brier(labels, probabilities) / brier(labels, 0.25)
    bounds = [error_removed(*drawn(150), 0.25) for _ in range(400)]
    assert 0.92 < np.mean([low <= truth <= high for low, high in bounds]) < 0.98
