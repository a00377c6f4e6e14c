"""Probabilities of a purchase: what is known when, who learns from whom, how rankings are measured."""

from dataclasses import replace
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest

from insight.engine import connect
from insight.predict.propensity import habits, propensity, ranking

AS_OF = date(2024, 6, 30)


def as_table(frame: pd.DataFrame) -> ibis.Table:
    con = connect()
    typed = frame.assign(occurred_on=pd.to_datetime(frame["occurred_on"]).dt.date)
    table = con.create_table("lines", typed)
    return table.mutate(amount=table.amount.cast("decimal(18, 4)"), occurred_on=table.occurred_on.cast("date"))


def lines(*rows: tuple) -> ibis.Table:
    """Purchases as (customer, category, days before the last day, amount)."""
    frame = pd.DataFrame(rows, columns=["customer_id", "category", "days_back", "amount"])
    frame["occurred_on"] = [AS_OF - timedelta(days=int(back)) for back in frame.pop("days_back")]
    return as_table(frame.assign(kind="purchase"))


def weekly(*rows: tuple) -> ibis.Table:
    return habits.weekly_purchases(lines(*rows), groups=["bread", "wine"], as_of=AS_OF)


def shop(seed: int = 0, customers: int = 120) -> ibis.Table:
    """A made-up shop in which everyone has a taste of their own for each of six groups."""
    rng = np.random.default_rng(seed)
    taste = rng.beta(0.4, 1.2, size=(customers, 6))
    bought = rng.random((26, customers, 6)) < taste
    week, who, group = np.nonzero(bought)
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{one:03d}" for one in who],
            "category": [f"g{one}" for one in group],
            "occurred_on": [AS_OF - timedelta(days=int(7 * one + 3)) for one in week],
            "amount": 2.0 + group,
            "kind": "purchase",
        }
    )
    return as_table(frame)


GROUPS = [f"g{place}" for place in range(6)]


def backtested(table: ibis.Table, *past: int) -> propensity.Backtest:
    weekly = habits.weekly_purchases(table, groups=GROUPS, as_of=AS_OF)
    windows = habits.past_windows(weekly, groups=GROUPS, weeks=4)
    return propensity.backtest(windows, cuts=propensity.Cuts(4, past or (8, 12)), seed=1)


@pytest.fixture(scope="module")
def tested() -> propensity.Backtest:
    return backtested(shop())


def test_week_zero_is_the_last_seven_days():
    found = weekly(("ada", "bread", 0, 1.0), ("ada", "bread", 6, 2.0), ("ada", "bread", 7, 4.0)).to_pandas()
    assert found.set_index("week")["amount"].astype(float).to_dict() == {0: 3.0, 1: 4.0}


def test_other_categories_and_missing_ones_are_put_together():
    found = weekly(("ada", "fish", 0, 1.0), ("ada", None, 0, 2.0)).to_pandas()
    assert found["product_group"].tolist() == [habits.REST]


def test_habits_by_hand():
    picture = habits.describe(
        weekly(("ada", "bread", 30, 2.0), ("ada", "bread", 44, 4.0), ("bob", "fish", 30, 9.0)),
        groups=["bread", "wine"],
        cut=4,
    )
    bread = {name: matrix[0, 0] for name, matrix in picture.features.items()}
    assert list(picture.customers) == ["ada", "bob"]
    assert (bread["weeks_since"], bread["weeks"], bread["spend"], bread["mean_gap_weeks"]) == (0, 2, 6.0, 2.0)
    assert np.isnan(picture.features["weeks_since"][1]).all()
    assert picture.features["customer_weeks"][1].tolist() == [1, 1]


def test_later_purchases_are_not_known_yet():
    before = [("ada", "bread", 30, 2.0), ("bob", "wine", 40, 1.0)]
    later = [("ada", "wine", 27, 5.0), ("cyd", "bread", 1, 5.0)]
    known = habits.describe(weekly(*before), groups=["bread", "wine"], cut=4)
    also = habits.describe(weekly(*before, *later), groups=["bread", "wine"], cut=4)
    assert list(known.customers) == list(also.customers)
    for name, matrix in known.features.items():
        np.testing.assert_array_equal(matrix, also.features[name])


def test_what_was_bought_after_lies_strictly_after_the_cut():
    table = weekly(("ada", "bread", 28, 1.0), ("ada", "bread", 27, 2.0), ("ada", "wine", 0, 4.0))
    picture = habits.describe(table, groups=["bread", "wine"], cut=4)
    assert habits.bought_after(table, picture, cut=4, weeks=4).tolist() == [[2.0, 4.0]]
    assert habits.bought_after(table, picture, cut=4, weeks=2).tolist() == [[2.0, 0.0]]


def test_what_is_learnt_lies_before_what_is_tested():
    cuts = propensity.plan_cuts(364, weeks=4)
    assert min(cuts.past) - cuts.test >= cuts.test
    assert cuts.known_until(AS_OF) == AS_OF - timedelta(weeks=16)


def test_nobody_is_scored_by_what_the_model_learnt_of_them():
    table = habits.weekly_purchases(shop(), groups=GROUPS, as_of=AS_OF)
    picture = habits.describe(table, groups=GROUPS, cut=8)
    bought = habits.bought_after(table, picture, cut=8, weeks=4)
    half = propensity.halves(picture.customers)
    spoilt = np.where((half == 0)[:, None], 1.0 - (bought > 0), bought)
    mine = propensity.fit([(picture, bought)], seed=1).probabilities(picture)
    other = propensity.fit([(picture, spoilt)], seed=1).probabilities(picture)
    np.testing.assert_array_equal(mine[half == 0], other[half == 0])
    assert not np.array_equal(mine[half == 1], other[half == 1])


def test_the_model_beats_popularity_where_tastes_differ(tested):
    quality = propensity.measure(tested, k=2, seed=1, rest_weeks=4).set_index(["scope", "ranking"])
    assert quality.loc[("all", "most_popular"), "lead_low"] > 0


def test_probabilities_are_calibrated(tested):
    assert ((tested.now_scores > 0) & (tested.now_scores < 1)).all()
    gap = ranking.calibration(tested.then_scores, tested.bought > 0, least=50).eval("expected - observed").abs()
    assert gap.mean() < 0.12


def test_own_habit_is_calibrated_and_keeps_its_order(tested):
    by_habit = tested.by("own_habit")
    assert ((by_habit.now_scores > 0) & (by_habit.now_scores < 1)).all()
    gap = ranking.calibration(by_habit.then_scores, tested.bought > 0, least=50).eval("expected - observed").abs()
    assert gap.mean() < 0.12
    habit = propensity.own_habit(tested.then)
    np.testing.assert_array_equal(ranking.rank_groups(by_habit.then_scores), ranking.rank_groups(habit))


def test_the_habit_learns_how_often_habits_were_followed():
    table = habits.weekly_purchases(shop(), groups=GROUPS, as_of=AS_OF)
    picture = habits.describe(table, groups=GROUPS, cut=8)
    bought = habits.bought_after(table, picture, cut=8, weeks=4)
    learnt = propensity.learn([(picture, bought)], way="own_habit", seed=1).probabilities(picture)
    assert learnt.mean() == pytest.approx((bought > 0).mean(), abs=1e-3)
    never = propensity.learn([(picture, 0 * bought)], way="own_habit", seed=1).probabilities(picture)
    assert never.max() < 1e-5


def test_the_order_of_the_lines_does_not_matter(tested):
    table = shop()
    mixed = as_table(table.to_pandas().sample(frac=1, random_state=3))
    np.testing.assert_array_equal(backtested(mixed).now_scores, tested.now_scores)


@pytest.mark.parametrize("customers", [1, 20])
def test_with_few_customers_there_is_too_little(customers):
    assert backtested(shop(customers=customers), 8) is propensity.TOO_LITTLE


def test_without_a_backtest_nothing_is_measured():
    missing = propensity.TOO_LITTLE
    assert propensity.measure(missing, k=5, seed=1, rest_weeks=4) is missing
    assert propensity.calibrate(missing) is missing


def test_a_test_window_without_purchases_is_not_measured(tested):
    nothing = replace(tested, bought=np.zeros_like(tested.bought))
    assert propensity.measure(nothing, k=5, seed=1, rest_weeks=4).reason == "no_purchases"


def test_a_customer_who_never_bought_is_expected_to_spend_what_others_do():
    picture = habits.describe(
        weekly(("ada", "bread", 30, 4.0), ("bob", "wine", 30, 2.0)), groups=["bread", "wine"], cut=0
    )
    assert propensity.spend_per_week(picture).tolist() == [[4.0, 2.0], [4.0, 2.0]]


def slow_average_precision(scores, bought, k):
    order = sorted(range(len(scores)), key=lambda place: (-scores[place], place))[:k]
    hits, total = 0, 0.0
    for position, place in enumerate(order, start=1):
        if bought[place]:
            hits += 1
            total += hits / position
    return total / min(k, sum(bought)) if any(bought) else float("nan")


@pytest.mark.parametrize("k", [1, 3, 9])
def test_average_precision_agrees_with_a_slow_version(k):
    rng = np.random.default_rng(k)
    scores, bought = rng.integers(0, 4, (60, 6)).astype(float), rng.random((60, 6)) < 0.3
    slow = [slow_average_precision(*pair, k) for pair in zip(scores.tolist(), bought.tolist(), strict=True)]
    np.testing.assert_allclose(ranking.average_precision(scores, bought, k=k), slow)


def test_what_must_not_be_ranked_counts_neither_way():
    scores, bought = np.array([[9.0, 2.0, 1.0]]), np.array([[True, True, False]])
    masked = np.where([[False, True, True]], scores, -np.inf)
    assert ranking.average_precision(masked, bought, k=2).tolist() == [1.0]


def test_a_constant_lead_has_no_width():
    found = ranking.estimate_mean(np.full(50, 0.25), seed=1)
    assert (found.low, found.high) == (0.25, 0.25)


def test_an_interval_narrows_with_more_customers():
    values = np.random.default_rng(0).random(4000)
    few, many = (ranking.estimate_mean(values[:n], seed=1) for n in (100, 4000))
    assert many.high - many.low < (few.high - few.low) / 4
