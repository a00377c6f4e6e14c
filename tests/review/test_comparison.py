"""Contacted against comparable customers: known effects, known nothing, balance, intervals."""

import numpy as np
import pandas as pd
import pytest

from insight.review.comparison import balance, compare, design_matrix, effective_number, propensity_scores


def campaign(seed: int, *, effect: float = 0.0, n: int = 800) -> tuple[pd.Series, pd.Series, pd.DataFrame]:
    """Big spenders are contacted more often, and spend more later with or without a contact."""
    rng = np.random.default_rng(seed)
    spend = rng.gamma(2.0, 20.0, n)
    visits = rng.poisson(1 + spend / 20).astype(float)
    contacted = pd.Series(rng.random(n) < 1 / (1 + np.exp(2 - spend / 25)))
    outcome = pd.Series(0.8 * spend + 2 * visits + rng.normal(0, 12, n)) + effect * contacted
    return outcome, contacted, pd.DataFrame({"spend": spend, "visits": visits})


def test_a_plain_comparison_would_find_an_effect_where_there_is_none():
    outcome, contacted, traits = campaign(1)
    plain = outcome[contacted].mean() - outcome[~contacted].mean()
    found = compare(outcome, contacted, traits)
    assert plain > 15
    assert abs(found.effect) < 2.5 * found.error


@pytest.mark.parametrize("effect", [-5.0, 0.0, 5.0])
def test_a_planted_effect_is_found(effect):
    errors = [compare(*campaign(seed, effect=effect)).effect - effect for seed in range(30)]
    assert np.mean(errors) == pytest.approx(0.0, abs=0.6)


def test_the_interval_covers_as_often_as_it_says():
    found = [compare(*campaign(seed, effect=3.0, n=400)) for seed in range(200)]
    covered = np.mean([abs(one.effect - 3.0) <= 1.96 * one.error for one in found])
    assert 0.91 <= covered <= 0.98


def test_the_error_agrees_with_resampled_customers():
    outcome, contacted, traits = campaign(7, n=500)
    rng = np.random.default_rng(0)
    draws = []
    for _ in range(200):
        some = rng.integers(len(outcome), size=len(outcome))
        parts = (part.iloc[some].reset_index(drop=True) for part in (outcome, contacted, traits))
        draws.append(compare(*parts).effect)
    assert compare(outcome, contacted, traits).error == pytest.approx(np.std(draws), rel=0.15)


def test_weighting_makes_the_means_equal():
    outcome, contacted, traits = campaign(2)
    found = balance(traits, contacted, compare(outcome, contacted, traits).weights)
    assert found["before"].max() > 0.5
    assert found["after"].abs().max() < 0.001


def test_the_order_of_customers_does_not_matter():
    outcome, contacted, traits = campaign(3)
    mixed = np.random.default_rng(0).permutation(len(outcome))
    again = compare(outcome.iloc[mixed], contacted.iloc[mixed], traits.iloc[mixed])
    assert again.effect == pytest.approx(compare(outcome, contacted, traits).effect)


def test_a_constant_trait_is_dropped():
    outcome, contacted, traits = campaign(4)
    same = compare(outcome, contacted, traits.assign(discount=0.0))
    assert same.effect == pytest.approx(compare(outcome, contacted, traits).effect)


def test_where_the_two_sides_do_not_overlap_hardly_anybody_counts():
    spend = pd.Series(np.linspace(0, 100, 200))
    contacted = spend > 50
    found = compare(spend, contacted, pd.DataFrame({"spend": spend}))
    assert np.isfinite(found.effect)
    assert effective_number(found.weights[contacted]) < 15


def test_the_chance_is_the_share_where_nothing_is_known():
    treated = np.array([1.0, 0, 0, 0])
    chance = propensity_scores(treated, design_matrix(pd.DataFrame({"spend": [1.0, 1, 1, 1]})))
    assert chance.tolist() == pytest.approx([0.25] * 4)


def test_what_was_given_is_left_as_it_was():
    outcome, contacted, traits = campaign(5)
    before = traits.copy()
    compare(outcome, contacted, traits)
    pd.testing.assert_frame_equal(traits, before)
