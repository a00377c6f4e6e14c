"""Contacted against comparable customers: known effects, known nothing, balance, intervals."""

import numpy as np
import pandas as pd
import pytest

from insight.intervals import drawn_anew
from insight.review.comparison import (
    balance,
    compare,
    design_matrix,
    effective_number,
    propensity_scores,
)


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


def skewed(seed: int, *, n: int = 600) -> tuple[pd.Series, pd.Series, pd.DataFrame]:
    """Four in five spend nothing beside what they spent before, a few of the others very much; contacts do nothing."""
    rng = np.random.default_rng(seed)
    before, more = rng.normal(100, 30, n), (rng.random(n) < 0.2) * np.exp(rng.normal(3.0, 1.0, n))
    return pd.Series(0.6 * before + more), pd.Series(rng.random(n) < 0.8), pd.DataFrame({"spend": before})


def test_skewed_money_is_seldom_said_to_be_added_where_lots_drew_the_sides():
    found = [compare(*skewed(seed), by_lot=True) for seed in range(400)]
    said = np.mean([one.interval[0] > 0 for one in found])
    by_normal = np.mean([one.effect - 1.96 * one.error > 0 for one in found])
    assert said <= 0.04
    assert by_normal > 0.045
    assert 0.93 <= np.mean([one.interval[0] <= 0 <= one.interval[1] for one in found]) <= 0.97


def test_the_interval_of_many_is_nearly_normal():
    one = compare(*campaign(3, n=20_000), by_lot=True)
    assert (one.below, one.above) == pytest.approx((1.96, 1.96), abs=0.25)


def test_few_have_a_wider_interval_than_many_where_they_were_chosen():
    few, many = (compare(*campaign(3, n=n)) for n in (80, 8000))
    assert few.below == few.above > many.below > 1.9599


def test_lots_drawn_anew_give_the_same_interval_for_the_same_customers():
    one, again = (compare(*campaign(4), by_lot=True) for _ in range(2))
    assert one.interval == again.interval


def test_residuals_drawn_anew_are_as_far_apart_as_a_plain_loop_finds():
    rng = np.random.default_rng(5)
    residuals, held, plain = rng.exponential(size=60) - 1, 20, []
    for _ in range(4000):
        mixed = rng.permutation(residuals)
        sides = mixed[:held], mixed[held:]
        plain.append((sides[1].mean() - sides[0].mean()) / np.sqrt(sum(side.var(ddof=1) / len(side) for side in sides)))
    drawn = drawn_anew(residuals, held)
    assert np.quantile(drawn, [0.1, 0.5, 0.9]) == pytest.approx(np.quantile(plain, [0.1, 0.5, 0.9]), abs=0.2)
