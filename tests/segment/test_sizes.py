from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from insight.contracts.tables.segment import STAGES
from insight.errors import Unavailable
from insight.segment.migration.sizes import earlier_days, forecast_sizes
from insight.segment.stages import count_prospects

DAYS = 90
#: How customers move in a quarter: of the mature a tenth lapses, of the dormant a fifth comes back.
MOVES = {"mature": {"mature": 0.9, "dormant": 0.1}, "dormant": {"dormant": 0.8, "won_back": 0.2},
         "won_back": {"mature": 1.0}, "new": {"mature": 1.0}}  # fmt: skip


def quarters(count: int, *, customers=3000, new=200, seed=1) -> list[pd.DataFrame]:
    """Stages at the end of some quarters, the last first, of customers who move by chance."""
    rng = np.random.default_rng(seed)
    stage, seen = ["mature"] * customers, []
    for _ in range(count + 4):  # the first ones settle
        seen.append(pd.DataFrame({"customer_id": [f"c{at}" for at in range(len(stage))], "stage": stage}))
        stage = [str(rng.choice(list(MOVES[was]), p=list(MOVES[was].values()))) for was in stage] + ["new"] * new
    return seen[:3:-1]


def test_sizes_are_moved_on_by_hand():
    before = pd.DataFrame({"customer_id": list("abcd"), "stage": ["mature"] * 4})
    half = before.assign(stage=["mature", "mature", "dormant", "dormant"])
    half.loc[4] = ("e", "new")
    after = half.assign(stage=["mature", "dormant", "dormant", "dormant", "mature"])
    table = forecast_sizes([after, half, before], days=DAYS).table.set_index("stage")
    # of six times mature three stayed, of two dormant both did, the new one became mature; nobody came last
    assert table.loc["mature", "ahead"] == pytest.approx(2 * 3 / 6)
    assert table.loc["dormant", "ahead"] == pytest.approx(3 + 2 * 3 / 6)
    assert table["now"].sum() == table["ahead"].sum() == 5


def test_forecasts_of_customers_who_move_by_chance_hold_as_often_as_they_say():
    inside = []
    for seed in range(12):
        *known, _ = seen = quarters(7, customers=600, new=40, seed=seed)[::-1]
        table = forecast_sizes(known[::-1], days=DAYS).table.set_index("stage")
        came = seen[-1]["stage"].value_counts()
        moving = [stage for stage in table.index if table.loc[stage, "now"] > 0]
        inside += [table.loc[s, "low"] <= came.get(s, 0) <= table.loc[s, "high"] for s in moving]
    assert np.mean(inside) >= 0.9


def test_the_forecast_says_how_its_own_past_was():
    several = [forecast_sizes(quarters(6, seed=seed), days=DAYS) for seed in range(5)]
    found = several[0]
    assert (found.tested, found.of) == (4, 4 * len(found.table))
    assert np.mean([one.within / one.of for one in several]) > 0.85
    assert list(found.table["stage"]) == [stage for stage in STAGES if stage in set(found.table["stage"])]


def test_one_past_period_gives_a_wide_interval_and_no_test_of_it():
    few, many = (forecast_sizes(quarters(count), days=DAYS) for count in (3, 6))
    assert (few.tested, few.of) == (1, 0)
    widths = [(one.table["high"] - one.table["low"]).sum() for one in (few, many)]
    assert widths[0] > 2 * widths[1]


def test_two_days_are_too_few():
    assert forecast_sizes(quarters(2), days=DAYS) == Unavailable("segment", "history")


@pytest.mark.parametrize(("history", "count"), [(0, 2), (200, 2), (360, 3), (730, 6), (3000, 6), (float("nan"), 2)])
def test_earlier_days_reach_as_far_as_history_does(history, count):
    assert len(earlier_days(date(2024, 12, 31), history, days=DAYS)) == count


def test_prospects_are_known_by_the_day_and_have_never_bought():
    days = [date(2024, 1, 1), date(2024, 1, 1), date(2025, 1, 1), None]
    people = ibis.memtable({"customer_id": ["ada", "bob", "cyn", "dan"], "first_seen_on": days})
    assert count_prospects(people, ["ada"], as_of=date(2024, 12, 31)) == 2  # bob, and dan of whom no day is known
