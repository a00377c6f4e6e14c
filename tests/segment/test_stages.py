from datetime import date

import ibis
import pandas as pd
import pytest

from few_lines import day, transactions_of
from insight.profile.features import summarise_baskets, summarise_days
from insight.segment.stages import (
    Migration,
    Ruler,
    as_matrix,
    count_moves,
    follow_up,
    read_ruler,
    shares_of_rows,
    stage_customers,
    stages_as_of,
    summarise_stages,
)

RULER = Ruler(usual_days=10, drift_times=2, lapse_times=4, quiet_days=20)


def purchase_days(lines, *, as_of) -> ibis.Table:
    return summarise_days(summarise_baskets(transactions_of(lines), as_of=day(as_of)))


def stage_of(lines, *, as_of=100, ruler=RULER, window_days=30) -> dict[str, str]:
    days = purchase_days(lines, as_of=as_of)
    staged = stage_customers(days, ruler, as_of=day(as_of), window_days=window_days)
    return staged.to_pandas().set_index("customer_id")["stage"].to_dict()


def every(customer, gap, start=0, until=100, amount=10) -> list[tuple]:
    return [(customer, on, amount) for on in range(start, until + 1, gap)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (every("ada", 10), "steady"),
        (every("ada", 10, until=80), "steady"),
        (every("ada", 10, until=70), "drifting"),
        (every("ada", 10, until=50), "lapsed"),
        ([("ada", 95, 10)], "new"),
        ([*every("ada", 10, until=20), ("ada", 95, 10)], "won_back"),
        (every("ada", 10, until=60) + every("ada", 10, start=70, amount=20), "growing"),
    ],
)
def test_each_stage_by_hand(lines, expected):
    assert stage_of(lines) == {"ada": expected}


def test_a_slow_customer_may_be_silent_for_longer():
    assert stage_of(every("fast", 5, until=60) + every("slow", 30, until=60)) == {"fast": "lapsed", "slow": "drifting"}


def test_nobody_is_lapsed_before_the_quiet_limit():
    patient = Ruler(usual_days=1, drift_times=2, lapse_times=4, quiet_days=60)
    assert stage_of(every("ada", 1, until=70), ruler=patient) == {"ada": "steady"}
    assert stage_of(every("ada", 1, until=39), ruler=patient) == {"ada": "lapsed"}


@pytest.mark.parametrize(("until", "expected"), [(80, "steady"), (70, "drifting")])
def test_whoever_is_quiet_is_at_least_drifting_by_whatever_rhythm(until, expected):
    patient = Ruler(usual_days=10, drift_times=5, lapse_times=9, quiet_days=20)
    assert stage_of(every("ada", 10, until=until), ruler=patient) == {"ada": expected}


def test_whoever_has_churned_is_at_least_drifting_and_stays_lapsed():
    lines = every("ada", 10) + every("bob", 10) + every("cyn", 10, until=50)
    churned = ibis.memtable(pd.DataFrame({"customer_id": ["bob", "cyn"]}))
    known = {"as_of": day(100), "window_days": 30, "churned": churned}
    staged = stage_customers(purchase_days(lines, as_of=100), RULER, **known).to_pandas()
    assert dict(zip(staged["customer_id"], staged["stage"], strict=True)) == {
        "ada": "steady",
        "bob": "drifting",
        "cyn": "lapsed",
    }


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
    then = pd.DataFrame({"customer_id": list("abc"), "stage": ["steady", "steady", "lapsed"]})
    now = pd.DataFrame({"customer_id": list("abcd"), "stage": ["steady", "lapsed", "lapsed", "new"]})
    return count_moves(Migration(then, now, date(2024, 1, 1), date(2024, 4, 1)))


def test_every_customer_moves_once():
    assert moves()["customers"].sum() == 4


def test_the_matrix_leaves_out_who_was_no_customer_yet():
    assert as_matrix(moves()).to_dict("index") == {
        "steady": {"steady": 1, "lapsed": 1},
        "lapsed": {"steady": 0, "lapsed": 1},
    }


def test_shares_are_of_the_whole_row_and_small_rows_stay_empty():
    counts = pd.DataFrame({"steady": [80, 3], "lapsed": [20, 1]}, index=["steady", "new"])
    shown = pd.DataFrame({"steady": [80.0, None], "lapsed": [None, None]}, index=["steady", "new"])
    shares = shares_of_rows(shown, counts, minimum=10)
    assert shares.loc["steady", "steady"] == 0.8
    assert shares.loc["new"].isna().all()


def test_who_stayed():
    then = pd.DataFrame({"customer_id": list("ab"), "stage": ["steady", "lapsed"]})
    assert Migration(then, then.assign(stage="steady"), date(2024, 1, 1), date(2024, 4, 1)).stayed == 1


def test_stages_of_nobody_are_left_out():
    summary = summarise_stages(pd.Series(["steady", "lapsed"]), pd.Series([3, 1]))
    assert summary["stage"].tolist() == ["steady", "lapsed"]
    assert summary["share_sales"].tolist() == [0.75, 0.25]


def test_a_follow_up_shows_no_small_group():
    earlier = pd.DataFrame({"customer_id": [f"c{n}" for n in range(60)], "stage": ["steady"] * 30 + ["lapsed"] * 30})
    followed = follow_up(earlier, {f"c{n}" for n in range(15)} | {"c30"}, minimum=10)
    assert followed["stage"].tolist() == ["steady"]
    assert followed["share"].tolist() == [0.5]


@pytest.mark.parametrize("as_of", [300, 360])
def test_lapsed_customers_come_back_least(as_of):
    lines = [one for n in range(40) for one in every(f"f{n}", 7 + n % 5, until=400)]
    lines += [one for n in range(40) for one in every(f"g{n}", 9 + n % 4, until=as_of - 60 - n)]
    staged, _ruler = stages_as_of(transactions_of(lines), as_of=day(as_of), return_days=28, window_days=90, minimum=20)
    since = {customer for customer, on, _amount in lines if on > as_of}
    share = staged.assign(back=staged["customer_id"].isin(since)).groupby("stage")["back"].mean()
    assert share["lapsed"] == 0 < share["steady"] == 1
