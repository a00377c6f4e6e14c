"""The last complete day: lines still to come are seen, and neither holidays nor small numbers are taken for them."""

from datetime import date
from math import isnan, nan
from statistics import median, variance

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


def plainly(lines: pd.Series) -> date:
    """Give the last complete day as a slow version finds it, day by day in lists."""
    every = pd.date_range(lines.index[0], lines.index[-1])
    counts = [int(lines.get(day, 0)) for day in every]
    ratios, is_far = [], []
    for at, count in enumerate(counts):
        past = [counts[at - 7 * week] for week in range(1, 9) if at - 7 * week >= 0]
        usual = median(past) if len(past) >= 4 else 0
        ratios.append(count / usual if usual else nan)
        is_far.append(bool(usual) and usual - count > 4 * max(usual, variance(past)) ** 0.5)
    least = min([0.7, *(ratio for ratio in ratios[:-8] if not isnan(ratio))])
    short = 0
    while short < len(counts) and ratios[-1 - short] < least and is_far[-1 - short]:
        short += 1
    return every[-1 - (short if short <= 7 else 0)].date()


def test_the_last_complete_day_is_what_a_slow_version_finds():
    dropped = set()
    for seed in range(400):
        rng = np.random.default_rng(seed)
        level = rng.choice([1, 2, 10, 60, 100, 1000, 10000])
        index = pd.date_range(end="2024-12-31", periods=int(rng.choice([9, 29, 36, 37, 64, 65, 100])))
        means = np.full(len(index), float(level))
        means[index.dayofweek == 6] *= rng.choice([1, 0.5, 0.001])
        means *= rng.choice([1, 1, 0.3, 3], len(index), p=[0.5, 0.4, 0.05, 0.05]) if rng.random() < 0.3 else 1
        for _ in range(rng.integers(3)):
            means[-int(rng.choice([8, 9, 10, 16, 30])) :][:1] *= rng.choice([0, 0.1, 0.5, 0.6])
        tail = int(rng.choice([0, 1, 2, 6, 7, 8]))
        means[len(means) - tail :] *= rng.choice([0, 0.05, 0.5, 0.6, 0.69, 0.7])
        lines = pd.Series(rng.poisson(means) if rng.random() < 0.4 else means.round().astype(int), index=index)
        assert last_complete_day(lines) == plainly(lines), seed
        dropped.add((index[-1].date() - plainly(lines)).days)
    assert dropped == {0, 1, 2, 6, 7}


def test_days_just_at_the_bounds_are_complete():
    for usual, last in ((10000, 7000), (100, 60)):  # the share that is enough; four standard deviations below
        assert ending(pd.Series(usual, index=weekly().index), last) == date(2024, 12, 31)
        assert ending(pd.Series(usual, index=weekly().index), last - 1) == date(2024, 12, 30)


def test_more_than_a_week_of_few_lines_is_a_change_of_the_business():
    even = pd.Series(1000, index=weekly().index)
    assert ending(even, *[50] * 7) == date(2024, 12, 24)
    assert ending(even, 650, *[50] * 7) == date(2024, 12, 31)
