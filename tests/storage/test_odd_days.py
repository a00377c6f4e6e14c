"""Gaps and jumps within the days: what stands out is told with first day and counts, and chance or a holiday is not."""

import numpy as np
import pandas as pd
import pytest

from insight.storage.odd_days import odd_days


def busy(days: int = 360, level: float = 900, *, sunday: float = 0.4, seed: int = 3) -> pd.Series:
    index = pd.date_range("2023-01-02", periods=days)
    means = np.where(index.day_of_week == 6, sunday * level, level)
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


def factors(days: pd.DatetimeIndex) -> dict[str, np.ndarray]:
    """Give what seasons and rhythms make of the usual number of lines, by kind of business."""
    of_year, weekday, late = days.day_of_year.to_numpy(), days.day_of_week.to_numpy(), days.day.to_numpy()
    month, new_year = days.month.to_numpy(), np.isin(days.strftime("%Y%m%d"), NEW_YEAR_BY_THE_MOON)
    return {
        "gifts": np.exp(1.6 * np.exp(-(((of_year - 350) / 20.0) ** 2))),
        "ice cream": 0.03 + np.clip(np.cos((of_year - 200) / 365 * 2 * np.pi), 0, 1) ** 1.5,
        "skis": np.where((of_year < 100) | (of_year > 345), 1, 0.04),
        "market": np.array([0.3, 0.5, 0.6, 0.8, 1.5, 2.5, 0])[weekday],
        "at the end of the month": np.where(late >= 27, 5.0, 1),
        "pay day": np.where(late == 1, 10.0, 1),
        "one Friday a year": np.where((month == 11) & (weekday == 4) & (late > 22) & (late < 30), 8.0, 1),
        "a week by the moon": np.where(new_year, 0, 1.0),
        "summer": np.where(month == 8, 0.1, 1),
        "growth": np.exp(np.arange(len(days)) / len(days) * 3),
    }


NEW_YEAR_BY_THE_MOON = [
    f"{day:%Y%m%d}" for first in ("2022-01-31", "2023-01-21", "2024-02-10") for day in pd.date_range(first, periods=7)
]


@pytest.mark.parametrize("kind", factors(pd.date_range("2022-01-03", periods=1)))
def test_seasons_and_rhythms_tell_nothing_and_hide_no_loss(kind):
    days = pd.date_range("2022-01-03", periods=800)
    by_day = np.random.default_rng(5).gamma(15, 1 / 15, len(days))  # days differ by a quarter by themselves
    lines = pd.Series(np.random.default_rng(4).poisson(900 * factors(days)[kind] * by_day), index=days)
    assert odd_days(lines) == []
    at = 455 if kind == "skis" else 575  # in its season
    lines.iloc[at : at + 4] = 0
    assert [(odd.kind, odd.first, odd.days) for odd in odd_days(lines)] == [("gap", days[at].date(), 4)]


def test_a_level_is_told_where_it_comes_at_once_and_the_year_before_had_none():
    gradual = np.interp(np.arange(360), [0, 150, 230, 360], [900, 900, 90, 90])
    assert odd_days(pd.Series(gradual.astype(int), index=pd.date_range("2023-01-02", periods=360))) == []
    in_one_year = pd.Series(np.where(np.arange(760) < 580, 900, 90), index=pd.date_range("2022-01-03", periods=760))
    assert [(odd.kind, odd.lines, odd.usual) for odd in odd_days(in_one_year)] == [("level", 630, 6300)]


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
