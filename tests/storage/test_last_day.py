"""The last complete day: lines still to come are seen, and neither holidays nor small numbers are taken for them."""

from datetime import date

import numpy as np
import pandas as pd

from insight.storage.last_day import last_complete_day


def weekly(days: int = 180, level: int = 1000, *, sunday: float = 0.5) -> pd.Series:
    index = pd.date_range(end="2024-12-31", periods=days)
    means = np.where(index.dayofweek == 6, sunday * level, level)
    return pd.Series(np.random.default_rng(7).poisson(means), index=index)


def ending(lines: pd.Series, *last: int) -> date:
    return last_complete_day(pd.concat([lines[: -len(last)], pd.Series(last, index=lines.index[-len(last) :])]))


def test_days_of_which_lines_are_still_to_come_do_not_count():
    assert ending(weekly(), 3) == date(2024, 12, 30)
    assert ending(weekly(), 470, 3) == date(2024, 12, 29)


def test_a_quiet_weekday_is_no_incomplete_day():
    lines = weekly()
    assert last_complete_day(lines[:-2]) == date(2024, 12, 29), "a Sunday"
    assert last_complete_day(lines) == date(2024, 12, 31)


def test_a_business_that_had_holidays_may_end_on_one():
    lines = weekly()
    lines.iloc[101] = 200
    assert ending(lines, 210) == date(2024, 12, 31)


def test_few_lines_a_day_lose_no_day_by_chance():
    for seed in range(300):
        level = np.random.default_rng(seed).choice([1, 5, 20, 80])
        lines = pd.Series(
            np.random.default_rng(seed).poisson(level, 120), index=pd.date_range(end="2024-12-31", periods=120)
        )
        assert last_complete_day(lines[lines > 0]) == lines[lines > 0].index[-1].date()


def test_a_new_level_is_no_incomplete_end_and_a_short_history_tells_nothing():
    assert ending(weekly(), *[100] * 20) == date(2024, 12, 31)
    assert ending(weekly(20), 3) == date(2024, 12, 31)
