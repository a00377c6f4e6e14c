from datetime import date

import pytest

from few_lines import day, transactions_of
from insight.config.parameters import load
from insight.engine import connect
from insight.predict.histories import count_customers, daily_spend, first_day, summarise_histories, weekly_repeats
from insight.predict.value.purchases import Purchasing, count_patterns, fit_purchasing
from insight.sources import registry


@pytest.fixture
def daily():
    """Ada buys on days 0 (twice), 14 and 30, returning a little on day 20; Bob returns all on the day itself."""
    lines = [("ada", 0, 10.0), ("ada", 0, 5.0), ("ada", 14, 20.0), ("ada", 20, -4.0, "refund"), ("ada", 30, 25.0)]
    lines += [
        ("bob", 3, 8.0),
        ("bob", 3, -8.0, "refund"),
        (None, 5, 99.0),
        ("cat", 7, 30.0),
        ("cat", 9, 40.0, "payment"),
    ]
    return daily_spend(transactions_of(lines), as_of=day(60))


def test_two_orders_on_one_day_are_one_purchase(daily):
    assert summarise_histories(daily, cut=day(28))["purchases"].to_dict() == {"ada": 2, "cat": 1}


def test_an_order_returned_on_the_same_day_is_none(daily):
    assert "bob" not in summarise_histories(daily, cut=day(60)).index
    assert count_customers(daily) == 2


def test_weeks_are_counted_as_the_papers_do(daily):
    ada = summarise_histories(daily, cut=day(28)).loc["ada"]
    assert (ada["repeats"], ada["last_week"], ada["weeks"]) == (1, 2.0, 4.0)
    assert (ada["silent_days"], ada["mean_spend"], ada["refunds"]) == (14, 17.5, 4.0)


def test_what_follows_the_cut_is_kept_apart(daily):
    ada = summarise_histories(daily, cut=day(15), ahead_days=15).loc["ada"]
    assert (ada["purchases"], ada["purchases_later"]) == (2, 1)
    assert (ada["spend_before"], ada["spend_later"]) == (20.0, 21.0)


def test_later_lines_change_nothing_before_the_cut(daily):
    early = daily.filter(daily.occurred_on <= day(15))
    known = ["purchases", "repeats", "last_week", "weeks", "silent_days", "mean_spend", "refunds"]
    assert summarise_histories(daily, cut=day(15))[known].equals(summarise_histories(early, cut=day(15))[known])


def test_the_first_purchase_is_no_repeat(daily):
    repeats = weekly_repeats(daily, cut=day(14))
    assert repeats.to_dict() == {0: 1, 3: 1}


def test_a_shop_without_purchases_has_no_first_day():
    assert first_day(daily_spend(transactions_of([("ada", 0, -5.0, "refund")]), as_of=day(9))) is None


def test_things_taken_for_nothing_are_a_purchase_only_when_asked_for():
    lines = [("ada", 0, 0.0), ("ada", 7, 5.0), ("bob", 3, 8.0), ("bob", 3, -8.0, "refund")]
    plain, free = (daily_spend(transactions_of(lines), as_of=day(60), count_free=wanted) for wanted in (False, True))
    assert summarise_histories(plain, cut=day(28))["purchases"].to_dict() == {"ada": 1}
    assert summarise_histories(free, cut=day(28))["purchases"].to_dict() == {"ada": 2}


def test_the_published_parameters_come_out_of_the_delivered_sample():
    params = load("cdnow", {"source": "{kind: cdnow, sample: sample}"})
    delivered = registry.deliver(params, connect())["transactions"]
    cut = date(1997, 9, 30)
    daily = daily_spend(delivered, as_of=cut, count_free=params.free_purchases)
    found = fit_purchasing(count_patterns(summarise_histories(daily, cut=cut)), kind=Purchasing)
    assert [round(value, 3) for value in (found.r, found.alpha, found.a, found.b)] == [0.243, 4.414, 0.793, 2.426]
