"""What a list is expected to bring: corrected by what earlier lists brought, with an interval that holds."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from insight.decide import eligibility, expected
from insight.engine import connect
from insight.errors import Unavailable
from insight.predict.propensity import propensity
from insight.predict.propensity.habits import past_windows, weekly_purchases

AS_OF = date(2024, 6, 30)


def lists(*bought: float, expected_each: float = 100.0, customers: int = 200, sales: float = 10.0) -> pd.DataFrame:
    frame = pd.DataFrame({"bought": bought, "expected": expected_each, "customers": customers})
    return frame.assign(sales=frame["bought"] * sales, expected_sales=expected_each * sales, spread=sales)


def test_what_earlier_lists_brought_corrects_what_is_expected():
    buyers = expected.correct_buyers(lists(80, 84, 82))
    assert buyers.ratio == pytest.approx(0.82)
    offers = pd.DataFrame({"score": [0.5, 0.9], "expected_sales": [10.0, 20.0], "response_cost": [1.0, 2.0]})
    corrected = expected.correct(offers, buyers, expected.correct_sales(lists(50, 50, 50)))
    assert corrected["score"].tolist() == pytest.approx([0.41, 0.738])
    assert corrected["response_cost"].tolist() == pytest.approx([0.82, 1.64])
    assert corrected["expected_sales"].tolist() == pytest.approx([5.0, 10.0])


def test_without_earlier_lists_nothing_is_corrected_and_nothing_is_sure():
    missing = Unavailable("offer", "nobody_listed")
    offers = pd.DataFrame({"score": [0.5], "expected_sales": [10.0], "response_cost": [1.0]})
    assert expected.correct(offers, expected.correct_buyers(missing), missing) is offers
    assert expected.around(missing, 7.0, customers=9).precision == "plain"


def test_a_probability_stays_one_at_most():
    offers = pd.DataFrame({"score": [0.9], "expected_sales": [10.0], "response_cost": [1.0]})
    more = expected.correct_buyers(lists(150, 150))
    assert expected.correct(offers, more, expected.correct_sales(lists(150, 150)))["score"].tolist() == [1.0]


def width(found: expected.Correction) -> float:
    total = expected.around(found, 100.0, customers=200)
    return np.log(total.high / total.low)


def test_lists_that_differ_more_or_are_fewer_are_less_sure():
    alike, apart = expected.correct_buyers(lists(80, 80, 80, 80)), expected.correct_buyers(lists(40, 120, 50, 110))
    assert width(apart) > width(alike)
    assert width(expected.correct_buyers(lists(80))) > width(alike)


def test_a_list_that_brought_nothing_leaves_an_expectation_above_nothing():
    found = expected.around(expected.correct_buyers(lists(0, expected_each=7.0, customers=50)), 1.0, customers=50)
    assert 0 < found.low < found.value < found.high


@pytest.mark.parametrize(("share", "spread"), [(0.05, 0.0), (0.3, 0.2), (0.6, 0.1)])
def test_the_interval_holds_what_a_later_list_brings(share, spread):
    rng, inside, rounds, customers = np.random.default_rng(3), 0, 300, 150
    ratio = 0.8
    for _ in range(rounds):
        chances = np.clip(share * ratio * np.exp(rng.normal(0, spread, 7)), 0, 1)
        came = rng.binomial(customers, chances)
        found = expected.correct_buyers(lists(*came[:6], expected_each=share * customers, customers=customers))
        total = expected.around(found, share * customers * found.ratio, customers=customers).in_whole()
        inside += total.low <= came[6] <= total.high
    assert inside / rounds >= 0.92


def test_lists_of_earlier_days_know_nothing_later():
    rng, con = np.random.default_rng(1), connect()
    people, groups = [f"c{n:03d}" for n in range(120)], ["tea", "bread"]
    rows = [
        (one, group, AS_OF - timedelta(days=int(day)), 10.0)
        for one in people
        for group in groups
        for day in rng.choice(250, rng.integers(1, 9), replace=False)
    ]
    frame = pd.DataFrame(rows, columns=["customer_id", "category", "occurred_on", "amount"]).assign(kind="purchase")
    consent = pd.DataFrame({"allowed": True, "asked": True}, index=pd.Index(people, name="customer_id"))

    def earlier(frame: pd.DataFrame) -> pd.DataFrame:
        table = con.create_table("lines", frame, overwrite=True)
        table = table.mutate(amount=table.amount.cast("decimal(18, 4)"), occurred_on=table.occurred_on.cast("date"))
        weekly = weekly_purchases(table, groups=groups, as_of=AS_OF)
        past = past_windows(weekly, groups=groups, weeks=4)
        tested = propensity.backtest(past, cuts=propensity.plan_cuts(250, weeks=4), seed=1)
        given = {"days_known": 250, "as_of": AS_OF, "budget": 40.0, "contact_cost": 1.0, "seed": 1}
        return expected.earlier_lists(tested, past, eligibility.Rules(consent), **given)

    found = earlier(frame)
    assert found["as_of"].tolist()[:2] == [AS_OF - timedelta(weeks=4), AS_OF - timedelta(weeks=8)]
    assert len(found) >= 4
    assert found["customers"].le(40).all()
    assert found["bought"].le(found["customers"]).all()
    # ten times as much after the day of the third list changes nothing of the lists before it
    late = frame["occurred_on"] > AS_OF - timedelta(weeks=8)
    changed = earlier(frame.assign(amount=frame["amount"].where(~late, 100.0)))
    pd.testing.assert_frame_equal(found[2:], changed[2:])
    assert not found["sales"].head(2).equals(changed["sales"].head(2))
