import numpy as np
import pandas as pd
import pytest

from few_lines import day, transactions_of
from insight.predict.churn import window
from insight.predict.churn.window import choose_window, count_returns, window_curve
from insight.predict.histories import daily_spend


def curve_of(returning: list[float], sooner: list[float]) -> pd.DataFrame:
    days = [7 * (number + 1) for number in range(len(returning))]
    return pd.DataFrame({"silent_days": days, "returning": returning, "sooner": sooner, "low": 0.0, "high": 1.0})


def test_returns_are_counted_among_silences_that_could_be_followed_long_enough():
    lines = [("ada", 0, 1.0), ("ada", 5, 1.0), ("ada", 18, 1.0), ("bob", 2, 1.0), ("bob", 7, 1.0)]
    daily = daily_spend(transactions_of(lines), as_of=day(20))
    assert count_returns(daily, as_of=day(20), within=14).to_dict() == {5: 2, 13: 1}
    assert count_returns(daily, as_of=day(20), within=17).to_dict() == {5: 2}


def test_nothing_is_shown_of_fewer_customers_than_may_be(regulars):
    daily = daily_spend(regulars, as_of=day(299))
    assert window_curve(daily, as_of=day(299), return_days=14, longest=30, min_cell=301).empty


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
    daily = daily_spend(transactions_of([("ada", 0, 1.0)]), as_of=day(99))
    curve = window_curve(daily, as_of=day(99), return_days=14, longest=21, min_cell=1)
    assert choose_window(curve, longest=91).reason == "window"


def test_too_few_silences_give_no_window():
    daily = daily_spend(transactions_of([("ada", 0, 1.0), ("ada", 5, 1.0)]), as_of=day(99))
    curve = window_curve(daily, as_of=day(99), return_days=14, longest=21, min_cell=1)
    assert choose_window(curve, longest=21).reason == "window"


def test_the_curve_agrees_with_a_slow_count(regulars):
    today = day(299)
    daily = daily_spend(regulars, as_of=today)
    curve = window_curve(daily, as_of=today, return_days=14, longest=30)
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


def test_who_has_churned_is_counted_as_the_churn_page_counts():
    lines = [(name, on, 10.0) for name, last in (("ada", 100), ("bob", 80), ("cyn", 79)) for on in range(last, -1, -5)]
    given = {"return_days": 7, "min_cell": 1, "given": 21}
    later = [("cyn", 104, 10.0)]  # nobody knows it yet
    churned = window.list_churned(daily_spend(transactions_of(lines + later), as_of=day(110)), as_of=day(100), **given)
    assert churned.to_pandas()["customer_id"].tolist() == ["cyn"]
    few = daily_spend(transactions_of(lines[:3]), as_of=day(100))
    assert window.list_churned(few, as_of=day(100), **given | {"given": None}) is None


def by_own_rhythm(customers: int, seed: int) -> list[tuple[str, int, float]]:
    """Customers of very different rhythms, so that the silences of one resemble each other."""
    rng = np.random.default_rng(seed)
    usual = rng.choice([4.0, 9.0, 40.0], customers)
    waits = 1 + rng.geometric(1 / usual[:, None], (customers, 40)).cumsum(axis=1)
    return [(f"c{who}", int(on), 1.0) for who, days in enumerate(waits) for on in {0, *days[days < 120]}]


def returning_after(lines: list[tuple[str, int, float]]) -> tuple[float, float, float]:
    daily = daily_spend(transactions_of(lines), as_of=day(119))
    curve = window_curve(daily, as_of=day(119), return_days=14, longest=14)
    return tuple(curve.set_index("silent_days").loc[7, ["returning", "low", "high"]])


def test_the_interval_of_returns_covers_though_silences_of_one_customer_are_alike():
    truth, *_ = returning_after(by_own_rhythm(4000, seed=0))
    found = [returning_after(by_own_rhythm(100, seed=seed)) for seed in range(1, 31)]
    assert sum(low <= truth <= high for _, low, high in found) >= 26
