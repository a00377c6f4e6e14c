"""Response rates over rounds: small ones count, unequal control groups are not mixed up, intervals hold the truth."""

import numpy as np
import pandas as pd
import pytest

from insight.intervals import difference_of_shares
from insight.review import draw, reach
from insight.review.comparison import Z, compare
from insight.review.rates import can_be_read, combine, compare_rounds


def rounds(*counts: tuple) -> pd.DataFrame:
    return pd.DataFrame(counts, columns=["contacted", "held_out", "responded", "held_responded"])


def test_rounds_count_by_the_customers_contacted():
    found = compare_rounds(rounds((300, 100, 60, 10), (100, 100, 10, 5)))
    assert found.rate == pytest.approx((60 + 10) / 400)
    assert found.held_rate == pytest.approx(0.75 * 0.1 + 0.25 * 0.05)


def test_a_round_as_often_is_as_sure_as_one_of_their_size():
    several, one = compare_rounds(rounds(*[(100, 40, 20, 4)] * 5)), compare_rounds(rounds((500, 200, 100, 20)))
    assert several == pytest.approx(one)


def test_small_rounds_count_together_and_unequal_control_groups_are_not_mixed_up():
    # nothing is added in either: whoever adds up the sides first finds ten points
    small = rounds(*[(20, 20, 2, 2)] * 10, *[(60, 15, 24, 6)] * 10)
    assert compare_rounds(small).added == pytest.approx(0.0)
    mixed = small.sum()
    assert mixed["responded"] / mixed["contacted"] - mixed["held_responded"] / mixed["held_out"] > 0.09
    assert can_be_read(small)
    assert not can_be_read(small[:1])


def test_a_round_without_a_control_group_counts_for_nothing():
    one = rounds((300, 100, 60, 10))
    assert compare_rounds(pd.concat([one, rounds((500, 0, 400, 0))])) == compare_rounds(one)
    assert not can_be_read(rounds((500, 0, 400, 0)))


def test_offers_add_up_as_their_errors_do():
    total, low, high = combine(np.array([4.0, 2.0]), np.array([1.0, -2.0]), np.array([8.0, 4.0]), np.array([0.5, 0.5]))
    assert (total, total - low, high - total) == pytest.approx((3.0, 2.5, np.hypot(2.0, 1.0)))


def test_of_a_thousand_campaigns_the_intervals_hold_the_effect_also_where_no_control_responds():
    rng = np.random.default_rng(11)
    n, m = 900, 100
    held = rng.choice([0.0, 0.01, 0.03, 0.1], 1000)
    added = rng.choice([0.01, 0.04, 0.08], 1000)
    more, anyway = rng.binomial(n, held + added), rng.binomial(m, held)
    low, high = difference_of_shares(more, n, anyway, m)
    covers, silent = (low <= added) & (added <= high), anyway == 0
    assert 0.935 <= covers.mean() <= 0.965
    assert silent.sum() > 300
    assert covers[silent].mean() >= 0.935
    rate, kept = more / n, anyway / m
    wald = Z * np.sqrt(rate * (1 - rate) / n + kept * (1 - kept) / m)
    assert (np.abs(rate - kept - added) <= wald).mean() < 0.935


def test_of_a_thousand_campaigns_without_effect_few_are_called_effective():
    rng = np.random.default_rng(12)
    held = rng.choice([0.01, 0.03, 0.1], 1000)
    low, _ = difference_of_shares(rng.binomial(900, held), 900, rng.binomial(100, held), 100)
    assert (low > 0).mean() <= 0.05


def test_a_split_two_points_off_its_plan_is_caught_in_a_large_campaign():
    rng = np.random.default_rng(13)
    off, kept = rng.binomial(20_000, 0.18, 200), rng.binomial(20_000, 0.2, 200)
    assert np.mean([draw.split_chance(20_000 - held, 20_000, planned=0.8) < 0.001 for held in off]) > 0.99
    assert np.mean([draw.split_chance(20_000 - held, 20_000, planned=0.8) < 0.001 for held in kept]) <= 0.01


@pytest.mark.parametrize("correlation", [0.4, 0.8])
def test_earlier_spend_narrows_the_interval_by_what_it_explains(correlation):
    rng, widths, covers = np.random.default_rng(14), [], []
    for _ in range(60):
        before, luck = rng.standard_normal((2, 1500))
        contacted = pd.Series(rng.random(1500) < 0.7)
        after = pd.Series(100 + 10 * (correlation * before + np.sqrt(1 - correlation**2) * luck) + contacted)
        one = compare(after, contacted, pd.DataFrame({"spend_1": 50 + 5 * before}))
        plain = np.sqrt(sum(side.var() / len(side) for side in (after[contacted], after[~contacted])))
        widths.append(one.error / plain)
        covers.append(abs(one.effect - 1.0) <= Z * one.error)
    assert np.mean(widths) == pytest.approx(np.sqrt(1 - correlation**2), rel=0.02)
    assert np.mean(covers) > 0.87


def test_an_offer_whose_rounds_are_all_small_is_compared():
    frame = rounds(*[(50, 10, 10, 1)] * 6).assign(name="tea", both=0, both_responded=0.0, draw=draw.UNPLANNED)
    found = reach.incremental_responses(frame)
    assert found["name"].isna().tolist() == [False, True]
    assert found["added"].tolist() == pytest.approx([0.1, 0.1])
