from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from insight.engine import connect
from insight.profile.features import time_of_week
from insight.profile.habits import days_of_week, hours_of_week, largest_categories, peak_chance, shares_of_week


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


AS_OF = date(2024, 6, 30)  # a Sunday


def chance_of(con, days: np.ndarray, customers: np.ndarray, hours: np.ndarray | None = None) -> float:
    """Give the chance of the peak of purchases so many days back by these customers."""
    frame = pd.DataFrame(
        {"customer_id": customers.astype(str), "occurred_on": [AS_OF - timedelta(int(d)) for d in days]}
    )
    frame = frame.assign(paid=True, hour=pd.array([None] * len(frame) if hours is None else hours, dtype="Int64"))
    table = con.create_table("baskets", frame, overwrite=True)
    week = time_of_week(table).to_pandas()
    return peak_chance(table, shares_of_week(week, minimum=1), as_of=AS_OF)


def test_where_all_days_are_alike_a_peak_is_seldom_found():
    rng, con, rounds, found = np.random.default_rng(5), connect(), 60, 0
    for _ in range(rounds):
        found += chance_of(con, rng.integers(0, 26 * 7, 900), rng.integers(0, 200, 900)) < 0.05
    assert found <= 8


def test_a_day_that_customers_prefer_every_week_is_found():
    rng = np.random.default_rng(5)
    days = np.concatenate([rng.integers(0, 26 * 7, 900), 7 * rng.integers(0, 26, 250)])
    assert chance_of(connect(), days, rng.integers(0, 200, len(days))) < 0.001


@pytest.mark.parametrize("kind", ["one customer", "one week"])
def test_neither_one_customer_nor_one_week_makes_a_day(kind):
    rng = np.random.default_rng(5)
    usual, people = rng.integers(0, 26 * 7, 900), rng.integers(0, 200, 900)
    many = 7 * rng.integers(0, 26, 250) if kind == "one customer" else np.full(250, 7)
    who = np.full(250, 7) if kind == "one customer" else rng.integers(0, 200, 250)
    assert chance_of(connect(), np.concatenate([usual, many]), np.concatenate([people, who])) > 0.05


def test_hours_are_tested_as_days_are():
    rng = np.random.default_rng(5)
    days, people = rng.integers(0, 90, 900), rng.integers(0, 200, 900)
    assert chance_of(connect(), days, people, rng.integers(9, 19, 900)) > 0.05
    evening = np.where(rng.random(900) < 0.4, 17, rng.integers(9, 19, 900))
    assert chance_of(connect(), days, people, evening) < 0.001
