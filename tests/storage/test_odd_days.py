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


# --- at the bounds


def even(usual: int, days: int = 120, **stretches: list[int]) -> list[tuple]:
    """Give what is odd where each day has as many lines, but for stretches named by their first day (``at60``)."""
    lines = pd.Series(usual, index=pd.date_range("2023-01-02", periods=days))
    for name, counts in stretches.items():
        first = int(name.removeprefix("at"))
        lines.iloc[first : first + len(counts)] = counts
    return [(odd.kind, (odd.first - lines.index[0].date()).days, odd.days, odd.lines) for odd in odd_days(lines)]


def test_a_gap_is_one_where_fifty_lines_are_missing():
    assert even(10, at60=[0] * 5) == [("gap", 60, 5, 0)]
    assert even(10, at60=[0] * 4) == []
    assert even(25, at60=[0] * 2) == [("gap", 60, 2, 0)]
    assert even(24, at60=[0] * 2) == []


def test_two_days_are_a_gap_where_48_others_have_lines_and_three_where_28_have():
    assert even(100, 50, at30=[0] * 2) == [("gap", 30, 2, 0)]
    assert even(100, 49, at30=[0] * 2) == []
    assert even(100, 31, at20=[0] * 3) == [("gap", 20, 3, 0)]
    assert even(100, 30, at20=[0] * 3) == []


def test_a_week_without_a_line_does_not_make_two_such_days_usual_and_six_days_do():
    assert even(100, 200, at60=[0] * 7, at120=[0] * 2) == [("gap", 60, 7, 0), ("gap", 120, 2, 0)]
    assert even(100, 200, at60=[0] * 6, at120=[0] * 2) == [("gap", 60, 6, 0)]


def test_a_gap_came_a_year_before_where_one_half_as_long_did():
    assert even(900, 800, at35=[0] * 2, at400=[0] * 4) == []
    assert even(900, 800, at35=[0] * 2, at400=[0] * 5) == [("gap", 400, 5, 0)]
    assert even(900, 800, at35=[0] * 4, at430=[0] * 4) == []
    assert even(900, 800, at35=[0] * 4, at431=[0] * 4) == [("gap", 35, 4, 0), ("gap", 431, 4, 0)]


def test_a_weekday_with_lines_on_half_of_its_days_is_no_open_one():
    days = pd.date_range("2023-01-02", periods=140)
    lines = pd.Series(np.where((days.day_of_week == 5) & (np.arange(140) // 7 % 2 == 0), 0, 100), index=days)
    assert odd_days(lines) == []
    lines.iloc[60:63] = 0  # Friday to Sunday, of which the Saturday had none anyway
    assert [(odd.kind, odd.first, odd.days, odd.usual) for odd in odd_days(lines)] == [("gap", days[60].date(), 3, 200)]
    assert (days[60].day_name(), lines.iloc[5], lines.iloc[12]) == ("Friday", 0, 100)


def test_fewer_lines_than_fifty_tell_nothing_of_a_day():
    assert even(50, at60=[1]) == [("few", 60, 1, 1)]
    assert even(50, at60=[201]) == [("many", 60, 1, 201)]
    assert even(49, at60=[1]) == even(49, at60=[250]) == []


def test_a_day_stands_out_by_more_than_chance_moves_it():
    assert even(100, at60=[15]) == [("few", 60, 1, 15)]
    assert even(100, at60=[16]) == []  # roots of 16 and 100 differ by 6
    assert even(1000, at60=[199]) == [("few", 60, 1, 199)]
    assert even(1000, at60=[200]) == even(1000, at60=[4000]) == []
    assert even(1000, at60=[4001]) == [("many", 60, 1, 4001)]


def test_a_stretch_goes_on_while_days_have_less_than_half_or_more_than_twice_the_usual():
    assert even(1000, at60=[10, 10, 500]) == [("few", 60, 2, 20)]
    assert even(1000, at60=[10, 10, 499]) == [("few", 60, 3, 519)]
    assert even(1000, at60=[9000, 9000, 2000]) == [("many", 60, 2, 18000)]
    assert even(1000, at60=[9000, 9000, 2001]) == [("many", 60, 3, 20001)]


def test_what_comes_four_times_for_a_week_at_most_is_a_rhythm():
    for count in (100, 5000):
        weeks = {f"at{at}": [count] * 7 for at in (60, 110, 160)}
        assert len(even(1000, 300, **weeks)) == 3
        assert even(1000, 300, **weeks, at215=[count] * 7) == []
        assert even(1000, 300, **weeks, at215=[count] * 8)[-1][1:3] == (215, 8)


def test_few_or_many_came_a_year_before_where_it_was_half_as_marked():
    assert even(1000, 800, at35=[200], at400=[100]) == [("few", 400, 1, 100)]
    assert even(1000, 800, at35=[199], at400=[100]) == []
    assert even(1000, 800, at35=[5000], at400=[9000]) == [("many", 400, 1, 9000)]
    assert even(1000, 800, at35=[5001], at400=[9000]) == []


def test_a_level_is_one_of_fifty_lines_a_week_before_or_after():
    def weekly(before: list[int], after: list[int]) -> list[tuple]:
        index = pd.date_range("2023-01-02", periods=280)
        lines = pd.Series(before * 20 + after * 20, index=index)
        return [(odd.kind, (odd.first - index[0].date()).days, odd.lines, odd.usual) for odd in odd_days(lines)]

    few, fifty, fewer = [1, 0, 1, 1, 1, 0, 1], [7, 7, 7, 7, 7, 7, 8], [7, 7, 7, 7, 7, 7, 7]
    assert weekly(fifty, few) == [("level", 140, 5, 50)]
    assert weekly(few, fifty) == [("level", 140, 50, 5)]
    assert weekly(fewer, few) == weekly(few, fewer) == []
    one = [1, 0, 0, 0, 0, 0, 0]
    assert weekly(one, fifty) == [("level", 140, 50, 1)]


def test_a_stretch_comes_at_once_where_it_stands_out_from_the_week_before_and_the_week_after():
    alone = [("many", 60, 1, 9000)]
    assert even(1000, at53=[1500] * 7, at60=[9000]) == even(1000, at60=[9000] + [1500] * 7) == alone
    assert even(1000, at53=[1800] * 7, at60=[9000]) == even(1000, at60=[9000] + [1800] * 7) == []
    assert even(1000, at57=[1900] * 3, at60=[9000]) == even(1000, at60=[9000] + [1900] * 3) == alone
    assert even(1000, at56=[1900] * 4, at60=[9000]) == even(1000, at60=[9000] + [1900] * 4) == []
    assert even(1000, at52=[1900] * 4, at60=[9000]) == even(1000, at60=[9000], at65=[1900] * 4) == alone
