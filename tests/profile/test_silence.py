from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.profile.silence import Threshold, count_silences, near, quiet_after, return_curve

from .conftest import days_of

START = date(2024, 1, 1)


def curve_of(lines, *, last, return_days=7, minimum=1) -> pd.DataFrame:
    counts = count_silences(days_of(lines), as_of=START + timedelta(days=last), return_days=return_days)
    return return_curve(counts.to_pandas(), minimum=minimum).set_index("silence_days")


def curve_by_looking(lines, *, last, return_days) -> dict[int, tuple[int, int]]:
    """Silences followed up and ended in time, per day of silence; slow and plainly right."""
    found = {}
    for silence in range(last + 1):
        reached = ended = 0
        for customer, day in lines:
            later = [other for who, other in lines if who == customer and other > day]
            if day + silence + return_days > last or any(other <= day + silence for other in later):
                continue
            reached += 1
            ended += any(other <= day + silence + return_days for other in later)
        if reached:
            found[silence] = (reached, ended)
    return found


def test_a_silence_counts_until_it_cannot_be_followed_up():
    curve = curve_of([("ada", 0), ("ada", 10), ("bob", 0)], last=20)
    assert curve.loc[0, ["silences", "returned"]].tolist() == [3, 0]
    assert curve.loc[3, ["silences", "returned"]].tolist() == [3, 1]
    assert curve.loc[10, ["silences", "returned"]].tolist() == [1, 0]
    assert curve.index.max() == 13


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_looking_at_every_silence(seed):
    rng = np.random.default_rng(seed)
    lines = sorted({(f"c{rng.integers(6)}", int(rng.integers(60))) for _ in range(40)})
    curve = curve_of(lines, last=60)
    expected = curve_by_looking(lines, last=60, return_days=7)
    assert {day: (row.silences, row.returned) for day, row in curve.iterrows()} == expected


def test_the_curve_ends_where_too_few_silences_are_left():
    curve = curve_of([("ada", 0), ("ada", 10), ("bob", 0)], last=20, minimum=2)
    assert curve["silences"].min() == 2


def test_no_purchases_give_no_curve():
    counts = pd.DataFrame({"bucket": [], "reach": [], "from_day": [], "silences": []})
    curve = return_curve(counts, minimum=1)
    assert curve == near(curve, Threshold(None)) == Unavailable("profile", "silences", {"minimum": 1})
    assert quiet_after(curve) == Threshold(None)


def test_the_interval_widens_where_customers_differ():
    same = [(f"c{n:02}", day) for n in range(60) for day in range(0, 90, 10)]
    mixed = [(f"c{n:02}", day) for n in range(60) for day in range(0, 90, 10 if n % 2 else 45)]
    width = {}
    for name, lines in (("same", same), ("mixed", mixed)):
        row = curve_of(lines, last=100, return_days=12).loc[0]
        width[name] = row["high"] - row["low"]
    assert 0 < width["same"] < 0.06  # all of them returned: Wilson's
    assert width["mixed"] > width["same"]


def test_quiet_is_where_the_chance_stays_halved():
    relative = [1.0, 0.4, 0.9, 0.6, 0.5, 0.4, 0.3]
    curve = pd.DataFrame({"relative": relative, "relative_low": relative, "relative_high": [1.0] * 7})
    assert quiet_after(curve, steady_days=3) == Threshold(4, 4, None)


def test_what_is_plotted_reaches_three_times_the_threshold():
    curve = pd.DataFrame({"relative": np.zeros(500)})
    assert len(near(curve, Threshold(56))) == 169
    assert len(near(curve, Threshold(None))) == 500


def test_groceries_households_are_quiet_after_eight_weeks(groceries):
    from insight.profile.features import summarise_baskets, summarise_days

    as_of = groceries.occurred_on.max().execute()
    as_of = pd.Timestamp(as_of).date()
    days = summarise_days(summarise_baskets(groceries, as_of=as_of))
    threshold = quiet_after(return_curve(count_silences(days, as_of=as_of, return_days=28).to_pandas(), minimum=50))
    assert 50 <= threshold.days <= 62
    assert threshold.low <= threshold.days <= threshold.high
