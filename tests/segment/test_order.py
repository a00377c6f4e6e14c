"""Whether stages predicted who would buy: a direction is tested, and many pairs are no better than one."""

import numpy as np
import pandas as pd
import pytest

from insight.segment.migration.moves import follow_up
from insight.segment.migration.order import judge_order

STAGES = ("new", "growing", "mature", "won_back", "drifting", "dormant", "lost")


def seen(customers: int, **shares: float) -> pd.DataFrame:
    bought = [round(part * customers) for part in shares.values()]
    return pd.DataFrame({"stage": list(shares), "customers": customers, "bought": bought})


def test_those_who_should_buy_more_often_did():
    order = judge_order(seen(200, mature=0.8, drifting=0.5, dormant=0.1))
    assert (order.verdict, order.more, order.less) == ("held", "mature", "dormant")
    assert order.is_late
    assert not judge_order(seen(200, mature=0.8, drifting=0.12, dormant=0.1)).is_late  # drifting is as late as dormant


def test_a_significant_difference_in_the_wrong_direction_outweighs_those_in_the_right_one():
    order = judge_order(seen(200, mature=0.8, drifting=0.2, dormant=0.5))
    assert (order.verdict, order.more, order.less) == ("reversed", "dormant", "drifting")
    assert judge_order(seen(300, growing=0.3, dormant=0.6)).verdict == "reversed"


def test_a_small_sample_decides_nothing():
    assert judge_order(seen(12, mature=0.6, dormant=0.4)).verdict == "unclear"


@pytest.mark.parametrize("names", [("mature",), ("mature", "growing"), ()])
def test_stages_without_an_order_between_them_decide_nothing(names):
    assert judge_order(seen(500, **dict.fromkeys(names, 0.5))).verdict == "unclear"


def test_where_stages_mean_nothing_few_draws_find_something():
    rng, rounds, found = np.random.default_rng(7), 400, 0
    for _ in range(rounds):
        earlier = pd.DataFrame({"customer_id": range(600), "stage": rng.choice(STAGES, 600)})
        since = set(np.flatnonzero(rng.random(600) < 0.5))
        found += judge_order(follow_up(earlier, since, minimum=10)).verdict != "unclear"
    assert found / rounds <= 0.07
