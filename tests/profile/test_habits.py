import pandas as pd
import pytest

from insight.profile.habits import days_of_week, hours_of_week, largest_categories, shares_of_week


def test_hours_with_few_customers_stay_empty():
    week = pd.DataFrame({"weekday": [0, 0], "hour": [9, 11], "baskets": [4, 12], "customers": [4, 12]})
    shares = hours_of_week(week, minimum=10)
    assert shares.columns.tolist() == [9, 10, 11]
    assert shares.loc[0].isna().tolist() == [True, True, False]


def test_days_alone_have_no_hours():
    week = pd.DataFrame({"weekday": [0, 1], "hour": [None, None], "baskets": [4, 12], "customers": [40, 120]})
    assert hours_of_week(week, minimum=10).empty
    assert days_of_week(week, minimum=10).tolist() == [0.25, 0.75]
    assert shares_of_week(week, minimum=10).tolist() == [0.25, 0.75]


def test_one_weekday_is_no_week():
    week = pd.DataFrame({"weekday": [0], "hour": [None], "baskets": [400], "customers": [40]})
    assert days_of_week(week, minimum=10).empty
    assert shares_of_week(week, minimum=10).reason == "week"


@pytest.mark.parametrize(("category", "reason"), [("missing", "no_categories"), ("tea", "categories")])
def test_categories_that_are_not_delivered_or_of_too_few(category, reason):
    totals = pd.DataFrame({"category": [category], "amount": [5.0], "customers": [3]})
    assert largest_categories(totals, customers=50, minimum=10).reason == reason


def test_categories_of_few_customers_and_of_none_are_not_named():
    totals = pd.DataFrame(
        {"category": ["tea", "missing", "cake"], "amount": [50.0, 30.0, 20.0], "customers": [40, 40, 3]}
    )
    shown = largest_categories(totals, customers=50, minimum=10)
    assert shown.to_dict("records") == [{"category": "tea", "share": 0.5, "reach": 0.8}]
