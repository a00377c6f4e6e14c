"""Forecasts of the total: made again on past days, the nearest one chosen, its past errors in the interval."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from few_lines import day, transactions_of
from insight.errors import Unavailable
from insight.predict.histories import daily_spend, summarise_histories
from insight.predict.value import totals
from insight.predict.value.value import fit_value, predict_value


def past(errors: dict[str, list[float]], *, step: int = 45, noise: float = 0.0) -> pd.DataFrame:
    """Past forecasts of 100 that were off by these logarithms, the latest first."""
    made = {name: 100 / np.exp(errors.get(name, [np.nan])) for name in totals.METHODS}
    rows = max(len(each) for each in made.values())
    frame = pd.DataFrame({name: np.resize(each, rows) for name, each in made.items()})
    frame.index = [day(1000 - step * row) for row in range(rows)]
    return frame.assign(actual=100.0, **{f"{name}_noise": noise for name in totals.METHODS})


def today(**each: float) -> pd.DataFrame:
    return pd.DataFrame({name: [each.get(name, np.nan)] for name in totals.METHODS})


@pytest.fixture(scope="module")
def daily(regulars):
    return daily_spend(regulars, as_of=day(299)).cache()


@pytest.fixture(scope="module")
def tests(daily):
    return totals.past_forecasts(daily, first_on=day(0), today=day(299), days=60)


def test_forecasts_are_made_again_half_a_period_apart_where_as_much_is_known_as_is_forecast(tests):
    assert list(tests.index) == [day(239 - 30 * number) for number in range(7)]
    assert tests.index[-1] == day(59)  # 60 days known


def test_what_came_is_what_those_known_at_the_cut_spent_after_it(regulars, tests):
    lines = regulars.to_pandas()
    spent = lines.assign(amount=lines["amount"].astype(float))
    for cut, row in tests.iterrows():
        known = spent.loc[spent["occurred_on"] <= pd.Timestamp(cut), "customer_id"].unique()
        theirs = spent[spent["customer_id"].isin(known)]
        on = pd.to_datetime(theirs["occurred_on"])
        last = pd.Timestamp(cut) + pd.Timedelta(days=60)
        after, before = (on > pd.Timestamp(cut)) & (on <= last), (on > pd.Timestamp(cut) - pd.Timedelta(days=60))
        assert row["actual"] == pytest.approx(theirs.loc[after, "amount"].sum())
        assert row["carried"] == pytest.approx(theirs.loc[before & (on <= pd.Timestamp(cut)), "amount"].sum())


def test_a_forecast_made_again_knows_nothing_of_later_days(regulars, tests):
    cut = tests.index[3]
    blind = daily_spend(regulars, as_of=cut).cache()
    histories = summarise_histories(blind, cut=cut, ahead_days=60)
    worth = predict_value(fit_value(histories), histories, days=60)
    made = totals.forecast(blind, histories, worth, first_on=day(0), cut=cut, days=60)[["model", "carried"]].sum()
    assert made.to_dict() == pytest.approx(tests.loc[cut, ["model", "carried"]].to_dict())


def test_a_season_repeats_the_change_of_a_year_earlier():
    spends = [
        (0, 10.0),
        (60, 40.0),
        (364, 20.0),
    ]  # four times as much after day 30; then 20 in the 30 days up to day 394
    lines = [("ada", number + 1, spend) for number, spend in spends]
    daily = daily_spend(transactions_of(lines), as_of=day(394))
    histories = summarise_histories(daily, cut=day(394), ahead_days=30).assign(spend_before=20.0)
    worth = pd.DataFrame({"expected_value": 5.0}, index=histories.index)
    made = totals.forecast(daily, histories, worth, first_on=day(0), cut=day(394), days=30).iloc[0]
    assert (made["model"], made["carried"], made["seasonal"]) == (5.0, 20.0, 0.0)  # nothing from day 31 to 60
    later = totals.forecast(daily, histories, worth, first_on=day(0), cut=day(394 + 1), days=31).iloc[0]
    assert later["seasonal"] == pytest.approx(20.0 * 40.0 / 10.0)


def test_a_business_younger_than_a_year_has_no_seasonal_forecast(tests):
    assert tests["seasonal"].isna().all()


def test_the_forecast_that_was_nearest_is_used():
    now = today(model=200.0, carried=300.0)
    model = totals.forecast_total(now, past({"model": [0.1, -0.1, 0.1], "carried": [0.2, 0.2, 0.2]}), days=90)
    carried = totals.forecast_total(now, past({"model": [0.1, -0.1, 0.1], "carried": [0.0, 0.1, 0.0]}), days=90)
    assert (model.method, model.value, carried.method, carried.value) == ("model", 200.0, "carried", 300.0)
    assert model.error == pytest.approx(0.1)
    assert (model.tests, model.periods) == (3, 2.0)  # the three overlap


def test_a_forecast_that_is_always_too_low_by_a_quarter_has_an_interval_that_reaches_so_far():
    total = totals.forecast_total(today(model=100.0), past({"model": [0.22] * 7}), days=90)
    assert total.low < 100 < 100 * np.exp(0.22) < total.high


def test_a_shop_that_slows_down_is_forecast_by_what_the_models_were_off_a_period_earlier(tests):
    for at, cut in enumerate(tests.index):
        passed = tests[tests.index <= cut - timedelta(days=60)]
        factor = passed["actual"].iloc[0] / passed["model"].iloc[0] if len(passed) else np.nan
        assert tests["corrected"].iloc[at] == pytest.approx(tests["model"].iloc[at] * factor, nan_ok=True)
    slowing = past({"model": [-0.2] * 5, "corrected": [0.01] * 5})
    total = totals.forecast_total(today(model=1000.0), slowing, days=90)
    assert total.method == "corrected"
    assert total.value == pytest.approx(1000 * np.exp(-0.2))


def test_one_lucky_seasonal_forecast_does_not_win():
    tests = past({"model": [0.1] * 5, "carried": [0.2] * 5, "seasonal": [0.0] + [np.nan] * 4})
    assert totals.forecast_total(today(model=1.0, carried=1.0, seasonal=1.0), tests, days=90).method == "model"
    tests = past({"model": [0.1] * 5, "carried": [0.2] * 5, "seasonal": [0.0, 0.0, 0.01, np.nan, np.nan]})
    assert totals.forecast_total(today(model=1.0, carried=1.0, seasonal=1.0), tests, days=90).method == "seasonal"


def test_few_past_periods_make_it_wide_and_it_says_so():
    few, many = (totals.forecast_total(today(model=1.0), past({"model": [0.1] * n}), days=90) for n in (3, 9))
    assert (few.is_wide, many.is_wide) == (True, False)
    assert few.high / few.low > many.high / many.low


def test_an_interval_that_would_say_nothing_is_refused():
    missed = totals.forecast_total(today(model=1.0), past({"model": [0.3]}), days=90)
    assert (missed.reason, missed.facts["tests"]) == ("wide", 1)
    assert totals.forecast_total(today(model=1.0), past({"model": [0.03]}), days=90).is_wide
    assert totals.forecast_total(today(model=1.0), past({"model": [0.3] * 9}), days=90).periods == 5.0


def test_without_a_model_the_plain_forecast_stands():
    total = totals.forecast_total(today(carried=50.0), past({"carried": [0.05]}), days=90)
    assert (total.method, total.value) == ("carried", 50.0)


@pytest.mark.parametrize("spent", [0.0, -5.0])
def test_where_more_came_back_than_was_spent_there_is_no_total(spent):
    assert totals.forecast_total(today(carried=spent), past({"carried": [0.1]}), days=90).reason == "unsure"


def test_data_shorter_than_two_periods_cannot_check_a_forecast(daily):
    short = totals.past_forecasts(daily, first_on=day(0), today=day(299), days=151)
    assert (short.reason, short.facts) == ("past", {"days": 151, "known": 300})
    assert totals.forecast_total(today(model=1.0), short, days=151) is short
    assert totals.past_forecasts(daily, first_on=None, today=day(299), days=30).reason == "past"


def test_customers_add_up_to_the_total_that_is_printed():
    worth = pd.DataFrame({"p_alive": [1.0, 0.5], "expected_value": [30.0, 10.0]})
    total = totals.forecast_total(today(carried=80.0), past({"carried": [0.05]}), days=90)
    assert totals.spread(worth, total)["expected_value"].tolist() == [60.0, 20.0]
    assert totals.spread(worth, Unavailable("value", "past")) is worth
    assert worth["expected_value"].sum() == 40.0


def test_the_last_error_is_the_latest_ones():
    tests = past({"model": [-0.1, 0.5]}, noise=0.01)
    off = totals.last_error(tests, "model")
    assert off.value == pytest.approx(np.exp(0.1) - 1)
    assert (off.low, off.high) == pytest.approx([np.exp(0.1 - 0.0196) - 1, np.exp(0.1 + 0.0196) - 1], abs=1e-6)


def test_intervals_hold_in_shops_that_drift():
    """Spend wanders by a tenth from month to month; three months are forecast by the three before, every 45 days."""
    rng, held, wide = np.random.default_rng(7), [], []
    for _ in range(500):
        months = np.exp(np.cumsum(rng.normal(0, 0.1, 34)) / 2).repeat(2)[:60]  # half months
        sums = pd.Series(months).rolling(6).sum()
        errors = np.log(sums.shift(-6) / sums)[5:48][::-3]
        total = totals.forecast_total(today(carried=100.0), past({"carried": errors[2:].tolist()}), days=90)
        held.append(total.low <= 100 * np.exp(errors.iloc[0]) <= total.high)
        wide.append(total.high / total.low)
    assert 0.92 <= np.mean(held) <= 0.98
    assert np.median(wide) < 2


def test_no_day_of_the_future_is_a_cut(tests):
    assert max(tests.index) + timedelta(days=60) <= day(299)


def test_a_narrow_interval_is_not_called_wide_for_want_of_periods():
    narrow = totals.forecast_total(today(model=1.0), past({"model": [0.005] * 4}), days=90)
    assert narrow.periods < totals.FEW
    assert (narrow.high - narrow.low) / narrow.value < totals.WIDE
    assert not narrow.is_wide
