import pandas as pd
import pytest

from few_lines import day, transactions_of
from insight.predict.churn.silence import choose_window, count_silences, return_curve
from insight.predict.histories import daily_spend


def curve_of(returning: list[float], sooner: list[float]) -> pd.DataFrame:
    days = [7 * (number + 1) for number in range(len(returning))]
    return pd.DataFrame({"silent_days": days, "returning": returning, "sooner": sooner})


def test_a_silence_runs_from_one_purchase_day_to_the_next():
    daily = daily_spend(transactions_of([("ada", 0, 1.0), ("ada", 5, 1.0), ("bob", 2, 1.0)]), as_of=day(10))
    counted = count_silences(daily, as_of=day(10)).astype("Int64")
    found = set(counted.fillna(-1).itertuples(index=False, name=None))
    assert found == {(5, 10, 1), (-1, 5, 1), (-1, 8, 1)}


def test_only_silences_that_could_be_watched_count():
    silences = pd.DataFrame({"silent_days": [None, None], "watched_days": [20, 100], "silences": [400, 60]})
    ended = pd.DataFrame({"silent_days": [3], "watched_days": [100], "silences": [40]})
    curve = return_curve(pd.concat([silences, ended]), return_days=28, longest=7, customers=99)
    assert curve.loc[0, "silences"] == 100
    assert curve.loc[0, "returning"] == pytest.approx(0.4)


def test_nothing_is_shown_of_fewer_than_ten_customers():
    silences = pd.DataFrame({"silent_days": [3], "watched_days": [100], "silences": [400]})
    assert return_curve(silences, return_days=28, longest=7, customers=9).empty


def test_the_window_is_the_first_week_that_meets_both_conditions():
    curve = curve_of([0.8, 0.49, 0.4, 0.3], [0.7, 0.75, 0.81, 0.9])
    assert choose_window(curve, longest=28).days == 21
    assert choose_window(curve, longest=28).ground == "argued"


def test_data_too_short_gives_the_longest_window_and_says_so():
    found = choose_window(curve_of([0.9, 0.8], [0.9, 0.95]), longest=14)
    assert (found.days, found.ground, found.returning) == (14, "limited", 0.8)


def test_a_given_window_is_taken_as_it_is():
    assert choose_window(curve_of([0.9], [0.9]), longest=7, given=45).ground == "given"


def test_without_silences_there_is_no_window():
    assert choose_window(curve_of([], []), longest=91).reason == "window"


def test_the_curve_agrees_with_a_slow_count(regulars):
    today = day(299)
    daily = daily_spend(regulars, as_of=today)
    curve = return_curve(count_silences(daily, as_of=today), return_days=14, longest=30, customers=300)
    bought = daily.filter(daily.is_purchase).select("customer_id", "occurred_on").to_pandas()
    bought["occurred_on"] = pd.to_datetime(bought["occurred_on"])
    back = reached = 0
    for _, days in bought.sort_values("occurred_on").groupby("customer_id")["occurred_on"]:
        for start, following in zip(days, [*days[1:], None], strict=True):
            silent = (following - start).days if following is not None else 10**6
            if silent > 10 and (pd.Timestamp(today) - start).days >= 24:
                reached, back = reached + 1, back + (silent <= 24)
    assert curve.loc[10, "silences"] == reached
    assert curve.loc[10, "returning"] == pytest.approx(back / reached)
