"""Gaps and jumps within the days: what stands out is told with first day and counts, and chance or a holiday is not."""

import numpy as np
import pandas as pd
import pytest

from insight.storage.odd_days import odd_days


def busy(days: int = 360, level: float = 900, *, sunday: float = 0.4, seed: int = 3) -> pd.Series:
    index = pd.date_range("2023-01-02", periods=days)
    means = np.where(index.dayofweek == 6, sunday * level, level)
    return pd.Series(np.random.default_rng(seed).poisson(means), index=index)


def changed(lines: pd.Series, start: int, days: int, factor: float) -> list[tuple]:
    lines = lines.copy()
    lines.iloc[start : start + days] = (lines.iloc[start : start + days] * factor).astype(int)
    return [(odd.kind, (odd.first - lines.index[0].date()).days, odd.days) for odd in odd_days(lines)]


@pytest.mark.parametrize(
    ("start", "days", "factor", "kind"),
    [
        (100, 2, 0, "gap"),
        (101, 9, 0, "gap"),
        (100, 70, 0, "gap"),
        (150, 1, 0.1, "few"),
        (140, 7, 0.1, "few"),
        (151, 1, 5, "many"),
        (147, 14, 5, "many"),
    ],
)
def test_days_that_stand_out_are_told_with_their_first_day_and_number(start, days, factor, kind):
    assert changed(busy(), start, days, factor) == [(kind, start, days)]


def test_a_level_that_stays_is_told_by_its_first_week():
    assert changed(busy(), 210, 150, 0.1) == [("level", 210, 7)]
    assert changed(busy(), 0, 210, 0.2 - 0.03) == [("level", 210, 7)]


def test_a_small_business_is_told_a_week_that_stands_out_by_its_week():
    assert changed(busy(level=12, sunday=1), 140, 7, 5) == [("many", 140, 7)]


def test_closed_weekdays_and_holidays_of_one_day_are_no_gap():
    lines = busy(sunday=0)
    assert odd_days(lines) == []
    lines.iloc[[98, 116, 142, 290]] = 0  # a Monday after a closed Sunday among them
    assert odd_days(lines) == odd_days(lines[lines > 0]) == []


def test_small_numbers_never_stand_out_by_chance():
    for seed in range(200):
        rng = np.random.default_rng(seed)
        index = pd.date_range("2023-01-01", periods=int(rng.choice([60, 200, 500])))
        baskets = rng.poisson(rng.choice([0.3, 2, 5, 20]), len(index))
        lines = pd.Series([int(rng.poisson(3, n).sum()) + n for n in baskets], index=index)
        assert odd_days(lines[lines > 0]) == [], seed


def test_growth_and_a_short_history_tell_nothing():
    index = pd.date_range("2023-01-02", periods=360)
    assert odd_days(pd.Series(np.linspace(20, 900, 360).astype(int), index=index)) == []
    assert odd_days(busy(20)) == odd_days(busy(0)) == []
    assert changed(busy(25), 10, 3, 0) == []
