from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from few_lines import day, transactions_of
from insight.profile.features import summarise_baskets, summarise_days
from insight.segment.change import Wander, learn_wander
from insight.segment.migration.moves import Migration, as_matrix, count_moves, follow_up, shares_of_rows
from insight.segment.stages import (
    Ruler,
    clear_changes,
    count_windows,
    list_closed,
    read_ruler,
    stage_customers,
    stages_as_of,
    summarise_stages,
)

WANDER = Wander(rate=0.1, known_days=10, shape=1000)
RULER = Ruler(usual_days=10, drift_times=2, lapse_times=4, quiet_days=20, wander=WANDER)


def purchase_days(lines, *, as_of) -> ibis.Table:
    return summarise_days(summarise_baskets(transactions_of(lines), as_of=day(as_of)))


def stage_of(lines, *, as_of=100, ruler=RULER, window_days=30) -> dict[str, str]:
    return staged(lines, ruler, as_of=as_of, window_days=window_days)


def staged(lines, ruler=RULER, *, as_of=100, window_days=30, **known) -> dict[str, str]:
    days, options = purchase_days(lines, as_of=as_of), {"as_of": day(as_of), "window_days": window_days}
    found = stage_customers(days, count_windows(days, **options), ruler, **options, **known)
    return found.set_index("customer_id")["stage"].to_dict()


def every(customer, gap, start=0, until=100, amount=10) -> list[tuple]:
    return [(customer, on, amount) for on in range(start, until + 1, gap)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (every("ada", 10), "mature"),
        (every("ada", 10, until=80), "mature"),
        (every("ada", 10, until=70), "drifting"),
        (every("ada", 10, until=50), "dormant"),
        (every("ada", 10, until=10), "lost"),
        ([("ada", 95, 10)], "new"),
        ([*every("ada", 10, until=20), ("ada", 95, 10)], "won_back"),
        (every("ada", 10, until=60) + every("ada", 2, start=61), "mature"),  # not in each of two windows
        (every("ada", 10, start=-60, until=40) + every("ada", 2, start=41), "growing"),
        ([*every("ada", 2, until=84), ("ada", 99, 10)], "drifting"),
    ],
)
def test_each_stage_by_hand(lines, expected):
    others = [line for n in range(30) for line in every(f"other{n}", 10, start=-60)]  # with whom nothing changes
    assert stage_of(lines + others)["ada"] == expected


def test_a_slow_customer_may_be_silent_for_longer():
    assert stage_of(every("fast", 5, until=60) + every("slow", 30, until=60)) == {"fast": "dormant", "slow": "drifting"}


def test_nobody_is_dormant_before_the_quiet_limit():
    patient = Ruler(usual_days=1, drift_times=2, lapse_times=4, quiet_days=60)
    assert stage_of(every("ada", 1, until=70), ruler=patient) == {"ada": "mature"}
    assert stage_of(every("ada", 1, until=39), ruler=patient) == {"ada": "dormant"}


@pytest.mark.parametrize(("until", "expected"), [(80, "mature"), (70, "drifting")])
def test_whoever_is_quiet_is_at_least_drifting_by_whatever_rhythm(until, expected):
    patient = Ruler(usual_days=10, drift_times=5, lapse_times=9, quiet_days=20)
    assert stage_of(every("ada", 10, until=until), ruler=patient) == {"ada": expected}


def test_whoever_has_churned_is_at_least_drifting_and_stays_dormant():
    lines = every("ada", 10) + every("bob", 10) + every("cyn", 10, until=50)
    churned = ibis.memtable(pd.DataFrame({"customer_id": ["bob", "cyn"]}))
    assert staged(lines, churned=churned) == {
        "ada": "mature",
        "bob": "drifting",
        "cyn": "dormant",
    }


def test_whoever_closed_every_account_is_lost_and_nobody_else_is_by_that():
    accounts = pd.DataFrame({"customer_id": ["ada", "ada", "bob", "bob"], "opened_on": [day(1)] * 4})
    accounts["closed_on"] = [day(50), day(90), day(50), day(120)]
    closed = list_closed(ibis.memtable(accounts), as_of=day(100))
    assert staged(every("ada", 10) + every("bob", 10), closed=closed) == {"ada": "lost", "bob": "mature"}
    assert list_closed(ibis.memtable(accounts[["customer_id"]]), as_of=day(100)) is None


def test_luck_is_neither_growth_nor_decline():
    rng = np.random.default_rng(1)
    rate = rng.gamma(2, 0.05, 3000)
    counts = pd.DataFrame({place: rng.poisson(rate * 45) for place in range(8)}).assign(tenure=400.0)
    wander = learn_wander(counts[[4, 5]].sum(axis=1), counts[[2, 3]].sum(axis=1), days=90)
    more, fewer = clear_changes(counts, wander, window_days=90)
    plain = counts[[0, 1]].sum(axis=1) > 1.25 * counts[[2, 3]].sum(axis=1)
    assert plain.mean() > 0.2  # a quarter more than in the window before, as chance alone has it
    assert more.mean() < 0.01
    assert fewer.mean() < 0.06


def test_the_ruler_by_hand():
    lines = every("ada", 10) + every("bob", 20)
    ruler = read_ruler(purchase_days(lines, as_of=100), quiet_days=30, window_days=30)
    assert ruler.usual_days == 15
    assert (ruler.quiet_days, ruler.has_returns) == (30, True)
    # rhythms are (10 * 10 + 3 * 15) / 13 and (5 * 20 + 3 * 15) / 8; all gaps of one customer are alike
    assert ruler.lapse_times == pytest.approx(20 / (145 / 8), rel=0.01)


def test_where_nobody_came_back_the_window_is_the_rhythm():
    ruler = read_ruler(purchase_days([("ada", 0, 5)], as_of=100), quiet_days=None, window_days=30)
    assert (ruler.usual_days, ruler.has_returns, ruler.quiet_days) == (30, False, 0)


def test_nothing_later_is_known():
    lines = [*every("ada", 10, until=60), ("bob", 95, 5)]
    options = {"as_of": day(60), "return_days": 7, "window_days": 30, "minimum": 5}
    then, ruler = stages_as_of(transactions_of(lines), **options)
    before, same = stages_as_of(transactions_of([one for one in lines if one[1] <= 60]), **options)
    pd.testing.assert_frame_equal(then, before)
    assert ruler == same
    assert then["customer_id"].tolist() == ["ada"]


def test_no_customers_have_no_stages():
    none, ruler = stages_as_of(transactions_of([]), as_of=day(9), return_days=7, window_days=30, minimum=5)
    assert none.empty
    assert not ruler.has_returns


def moves() -> pd.DataFrame:
    then = pd.DataFrame({"customer_id": list("abc"), "stage": ["mature", "mature", "dormant"]})
    now = pd.DataFrame({"customer_id": list("abcd"), "stage": ["mature", "dormant", "dormant", "new"]})
    return count_moves(Migration(then, now, date(2024, 1, 1), date(2024, 4, 1)))


def test_every_customer_moves_once():
    assert moves()["customers"].sum() == 4


def test_the_matrix_leaves_out_who_was_no_customer_yet():
    assert as_matrix(moves()).to_dict("index") == {
        "mature": {"mature": 1, "dormant": 1},
        "dormant": {"mature": 0, "dormant": 1},
    }


def test_shares_are_of_the_whole_row_and_small_rows_stay_empty():
    counts = pd.DataFrame({"mature": [80, 3], "dormant": [20, 1]}, index=["mature", "new"])
    shown = pd.DataFrame({"mature": [80.0, None], "dormant": [None, None]}, index=["mature", "new"])
    shares = shares_of_rows(shown, counts, minimum=10)
    assert shares.loc["mature", "mature"] == 0.8
    assert shares.loc["new"].isna().all()


def test_who_stayed():
    then = pd.DataFrame({"customer_id": list("ab"), "stage": ["mature", "dormant"]})
    assert Migration(then, then.assign(stage="mature"), date(2024, 1, 1), date(2024, 4, 1)).stayed == 1


def test_stages_of_nobody_are_left_out():
    summary = summarise_stages(pd.Series(["mature", "dormant"]), pd.Series([3, 1]))
    assert summary["stage"].tolist() == ["mature", "dormant"]
    assert summary["share_sales"].tolist() == [0.75, 0.25]


def test_a_follow_up_shows_no_small_group():
    earlier = pd.DataFrame({"customer_id": [f"c{n}" for n in range(60)], "stage": ["mature"] * 30 + ["dormant"] * 30})
    followed = follow_up(earlier, {f"c{n}" for n in range(15)} | {"c30"}, minimum=10)
    assert followed["stage"].tolist() == ["mature"]
    assert followed["share"].tolist() == [0.5]


@pytest.mark.parametrize("as_of", [300, 360])
def test_silent_customers_come_back_least(as_of):
    lines = [one for n in range(40) for one in every(f"f{n}", 7 + n % 5, until=400)]
    lines += [one for n in range(40) for one in every(f"g{n}", 9 + n % 4, until=as_of - 60 - n)]
    found, _ruler = stages_as_of(transactions_of(lines), as_of=day(as_of), return_days=28, window_days=90, minimum=20)
    since = {customer for customer, on, _amount in lines if on > as_of}
    share = found.assign(back=found["customer_id"].isin(since)).groupby("stage")["back"].mean()
    assert share.reindex(["dormant", "lost"]).max() == 0 < share["mature"] == 1
