import numpy as np
import pandas as pd
import pytest

from few_lines import day
from insight.errors import Unavailable
from insight.predict.histories import daily_spend, summarise_histories, weekly_repeats
from insight.predict.value.purchases import Purchasing
from insight.predict.value.totals import concentration
from insight.predict.value.value import (
    Spending,
    ValueModel,
    expected_spend,
    fit_spending,
    fit_value,
    holdout_days,
    judge_value,
    predict_value,
    refund_share,
    spend_log_likelihoods,
    track_weeks,
)


@pytest.fixture(scope="module")
def histories(regulars):
    return summarise_histories(daily_spend(regulars, as_of=day(299)), cut=day(239), ahead_days=60)


@pytest.fixture(scope="module")
def model(histories):
    return fit_value(histories)


def test_the_published_spend_parameters_come_out(cdnow):
    # Fader and Hardie (2013), the 946 customers of the CDNOW sample with a repeat purchase
    repeaters = cdnow[cdnow["repeat_spend"] > 0]
    spent = pd.DataFrame({"purchases": repeaters["repeats"], "mean_spend": repeaters["repeat_spend"]})
    found = fit_spending(spent)
    assert len(spent) == 946
    assert [round(value, 2) for value in (found.p, found.q, found.gamma)] == [6.25, 3.74, 15.44]


def test_the_likelihood_is_the_one_that_was_maximised(cdnow):
    spent = cdnow[cdnow["repeat_spend"] > 0].rename(columns={"repeats": "purchases", "repeat_spend": "mean_spend"})
    found = fit_spending(spent)
    best = spend_log_likelihoods(found, spent).sum()
    for name in ("p", "q", "gamma"):
        for factor in (0.9, 1.1):
            other = Spending(**{**vars(found), name: getattr(found, name) * factor})
            assert spend_log_likelihoods(other, spent).sum() < best


def test_spend_lies_between_ones_own_mean_and_everyones():
    spending = Spending(p=6.25, q=3.74, gamma=15.44)
    buyers = pd.DataFrame({"purchases": [1, 10, 1000], "mean_spend": 100.0})
    expected = expected_spend(spending, buyers)
    assert spending.mean < expected[0] < expected[1] < expected[2] < 100


def test_the_currency_does_not_matter(histories):
    in_yen = histories.assign(mean_spend=histories["mean_spend"] * 150)
    assert fit_spending(in_yen).mean == pytest.approx(150 * fit_spending(histories).mean, rel=1e-3)


def test_a_search_that_gives_up_at_the_maximum_is_made_again(cdnow, monkeypatch):
    spent = cdnow[cdnow["repeat_spend"] > 0].rename(columns={"repeats": "purchases", "repeat_spend": "mean_spend"})
    monkeypatch.setattr("insight.predict.value.value._search_freely", lambda histories: None)
    found = fit_spending(spent)
    assert (found.p, found.q, found.gamma) == pytest.approx((6.25, 3.74, 15.44), rel=0.01)


def test_without_a_spend_model_everyone_keeps_their_own_mean():
    assert expected_spend(None, pd.DataFrame({"purchases": [1], "mean_spend": [7.0]})).tolist() == [7.0]


def test_what_comes_back_is_taken_off():
    buyers = pd.DataFrame({"purchases": [2, 1], "mean_spend": [10.0, 20.0], "refunds": [4.0, 0.0]})
    assert refund_share(buyers) == 0.1


def test_the_days_kept_back_were_not_used(histories, model):
    blind = histories.assign(purchases_later=0, spend_later=0.0, spend_before=0.0)
    assert fit_value(blind) == model
    assert predict_value(model, blind, days=60).equals(predict_value(model, histories, days=60))


def test_a_steady_shop_is_predicted_well(histories, model):
    worth = predict_value(model, histories, days=60)
    result = judge_value(histories, model, days=60)
    assert worth["expected_value"].sum() == pytest.approx(histories["spend_later"].sum(), rel=0.15)
    assert result.purchases_off < 0.15
    assert result.rank.low > 0.3


def test_expected_weeks_add_up_to_the_whole(regulars, histories, model):
    repeats = weekly_repeats(daily_spend(regulars, as_of=day(299)), cut=day(239))
    weeks = track_weeks(repeats, model, histories, days=60)
    later = weeks[weeks["week"] >= 1]
    assert len(later) == 8
    assert later["expected"].sum() == pytest.approx(
        predict_value(model, histories, days=56)["expected_purchases"].sum()
    )
    assert weeks.loc[weeks["week"] < 1, "expected"].isna().all()


def test_too_few_customers_are_not_predicted(histories):
    few = histories.head(49)
    missing = fit_value(few)
    assert missing.reason == "customers"
    assert predict_value(missing, few, days=60).isna().all().all()
    assert judge_value(few, missing, days=60) is missing


def test_a_test_without_purchases_says_so(histories, model):
    assert judge_value(histories.assign(spend_later=0.0), model, days=60).reason == "hold_out"


def test_nothing_is_predicted_where_refunds_took_back_all_that_was_paid(histories):
    paid = histories["purchases"] * histories["mean_spend"]
    assert fit_value(histories.assign(refunds=0.9 * paid)).refunds == pytest.approx(0.9)
    assert fit_value(histories.assign(refunds=2 * paid)) == Unavailable("value", "refunds")


def test_value_is_never_negative_or_infinite():
    model = ValueModel(Purchasing(0.3, 2.0, 0.2, 0.3), Spending(6.25, 3.74, 15.44), refunds=1.0)
    buyers = pd.DataFrame({"purchases": [1, 300], "repeats": [0, 299], "last_week": [0.0, 50.0], "weeks": 52.0})
    found = predict_value(model, buyers.assign(mean_spend=[0.01, 1e6]), days=365)
    assert np.isfinite(found.to_numpy()).all()
    assert (found >= 0).all().all()


@pytest.mark.parametrize(("days", "given", "kept"), [(365, None, 90), (60, None, 20), (10, None, 0), (365, 120, 120)])
def test_a_third_is_kept_back_at_most_unless_told(days, given, kept):
    assert holdout_days(day(0), day(days - 1), horizon=90, given=given) == kept


def test_the_best_fifth_of_equals_hold_a_fifth():
    assert concentration(pd.Series([1.0] * 10)).loc[20, "held"] == pytest.approx(0.2)
