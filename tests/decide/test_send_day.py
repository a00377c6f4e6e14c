"""Days to write: each customer's own weekday where habits tell it, and how well it held in later weeks."""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest

from insight.decide import send_day
from insight.errors import Unavailable

LAST = date(2024, 6, 30)


def shop(habits: dict[str, list[float]], *, each: int = 60, seed: int = 1) -> ibis.Table:
    """Lines of customers who buy on weekdays with given chances, up to the last day."""
    rng, rows = np.random.default_rng(seed), []
    for name, chances in habits.items():
        weeks = rng.integers(0, 52, each)
        days = rng.choice(7, each, p=np.array(chances) / sum(chances))
        rows += [(name, LAST - timedelta(days=int(7 * week + 6 - day))) for week, day in zip(weeks, days, strict=True)]
    return ibis.memtable(pd.DataFrame(rows, columns=["customer_id", "occurred_on"]).assign(kind="purchase"))


@pytest.fixture(scope="module")
def apart() -> send_day.SendDays:
    """Half of the customers buy on Tuesdays mostly, the others on Saturdays."""
    tuesday, saturday = [1, 14, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 16, 1]
    habits = {f"c{number:03}": (tuesday, saturday)[number % 2] for number in range(200)}
    return send_day.choose_days(shop(habits), pd.Index([*habits, "new"]), as_of=LAST)


def test_each_is_written_to_on_their_own_weekday_of_the_coming_week(apart):
    days = apart.days
    assert all(LAST < day <= LAST + timedelta(days=7) for day in days)
    assert (days.iloc[:-1:2].map(date.weekday) == 1).mean() > 0.97
    assert (days.iloc[1::2].map(date.weekday) == 5).mean() > 0.97


def test_a_customer_without_habits_has_those_of_everybody(apart):
    assert apart.days["new"].weekday() == 5


def test_later_weeks_say_how_much_better_own_days_are(apart):
    assert apart.of_own > 0.6
    assert apart.of_common < 0.45
    assert apart.more_low < apart.of_own - apart.of_common < apart.more_high
    assert apart.more_low > 0.15


def test_customers_who_are_alike_get_the_same_day():
    habits = {f"c{number:03}": [1, 1, 1, 1, 2, 1, 1] for number in range(150)}
    found = send_day.choose_days(shop(habits, each=8), pd.Index(habits), as_of=LAST)
    assert found.days.map(date.weekday).value_counts(normalize=True)[4] > 0.9
    assert found.more_low <= 0 <= found.more_high


def test_where_nobody_bought_no_day_is_chosen_and_the_list_says_so():
    found = send_day.choose_days(shop({"a": [1] * 7}, each=5), pd.Index(["a"]), as_of=LAST)
    assert found == Unavailable("send_day", "few_days", {"least": 100})
    assert send_day.with_days(pd.DataFrame({"customer_id": ["a"]}), found)["send_on"].tolist() == [None]
