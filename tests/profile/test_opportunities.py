"""Product opportunities: on a made-up town of which it is known who prefers what."""

from datetime import date
from decimal import Decimal

import ibis
import numpy as np
import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.profile.opportunities import count_by_window, families, find_opportunities

LAST = date(2024, 6, 30)
CATEGORIES = ["fuel", "parking", "tea", "ink", "coal", "bread"]


def town(seed: int, *, drivers: int, lasts: bool = True) -> pd.DataFrame:
    """2,000 customers; drivers buy fuel and parking five times as often, and in the later window only if it lasts."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(2000):
        usual = np.array([4, 3, 8, 6, 5, 9], dtype=float)
        prefers = usual * np.where(np.isin(CATEGORIES, ["fuel", "parking"]), 5.0 if number < drivers else 1.0, 1.0)
        counts = rng.poisson(prefers), rng.poisson(prefers if lasts else usual)
        rows += [(f"c{number}", *row) for row in zip(CATEGORIES, *counts, counts[1] * 10.0, strict=True)]
    return pd.DataFrame(rows, columns=["customer_id", "category", "before", "after", "spent"])


def test_the_group_that_prefers_a_family_is_found_and_its_categories_together():
    found = find_opportunities(town(1, drivers=300), min_cell=10)
    assert found.loc[0, "categories"] == ["fuel", "parking"]
    assert 100 <= found.loc[0, "customers"] <= 310
    assert found.loc[0, "tgi"] > 150
    assert found.loc[0, "extra_low"] > 1000


@pytest.mark.parametrize("seed", range(5))
def test_a_preference_that_was_luck_is_no_opportunity(seed):
    assert isinstance(find_opportunities(town(seed, drivers=0), min_cell=10), Unavailable)


def test_a_preference_that_does_not_last_is_no_opportunity():
    found = find_opportunities(town(1, drivers=300, lasts=False), min_cell=10)
    assert isinstance(found, Unavailable)


def test_additional_purchases_are_those_beyond_the_share_of_all():
    counts = town(1, drivers=300)
    found = find_opportunities(counts, min_cell=10).iloc[0]
    later = counts.pivot_table("after", "customer_id", "category", aggfunc="sum")
    before = counts.pivot_table("before", "customer_id", "category", aggfunc="sum")
    usual = later[["fuel", "parking"]].to_numpy().sum() / later.to_numpy().sum()
    expected = 0.0
    for customer in before.index:
        inside, whole = before.loc[customer, ["fuel", "parking"]].sum(), before.loc[customer].sum()
        share, z = inside / whole, 1.959964
        low = (share + z**2 / 2 / whole - z * np.sqrt(share * (1 - share) / whole + z**2 / 4 / whole**2)) / (
            1 + z**2 / whole
        )
        if low > 1.5 * before[["fuel", "parking"]].to_numpy().sum() / before.to_numpy().sum():
            expected += later.loc[customer, ["fuel", "parking"]].sum() - usual * later.loc[customer].sum()
    assert found["extra"] == pytest.approx(expected)
    assert found["extra_low"] < found["extra"] < found["extra_high"]


def test_categories_that_nobody_prefers_together_stay_alone():
    counts = town(1, drivers=0).pivot_table("before", "customer_id", "category", aggfunc="sum")
    assert families(counts) == [[name] for name in sorted(CATEGORIES)]


def test_too_few_customers_are_not_looked_at():
    assert isinstance(find_opportunities(town(1, drivers=300).head(60), min_cell=10), Unavailable)


def test_each_window_counts_its_days_and_a_basket_once():
    rows = [
        ("b1", "2024-06-30", "tea", "purchase", 5),
        ("b1", "2024-06-30", "tea", "purchase", 2),
        ("b2", "2024-06-01", "tea", "purchase", 1),
        ("b3", "2024-05-31", "tea", "purchase", 8),
        ("b4", "2024-05-01", "tea", "purchase", 9),
        ("b5", "2024-06-30", "tea", "refund", -5),
        ("b6", "2024-07-01", "tea", "purchase", 9),
    ]
    lines = pd.DataFrame(rows, columns=["basket_id", "occurred_on", "category", "kind", "amount"])
    lines["occurred_on"] = [date.fromisoformat(day) for day in lines["occurred_on"]]
    lines["amount"] = [Decimal(value) for value in lines["amount"]]
    found = count_by_window(ibis.memtable(lines.assign(customer_id="ada")), as_of=LAST, days=30)
    assert found.values.tolist() == [["ada", "tea", 1, 2, 8.0]]
