from datetime import date

import duckdb
import ibis
import numpy as np
import pandas as pd
import pytest

from insight.segment.tiers import (
    grid,
    score,
    score_customers,
    share_bringing_half,
    summarise_tiers,
    top_tier_lasts,
    value_tiers,
)


@pytest.mark.parametrize("seed", range(10))
def test_equal_values_always_score_the_same(seed):
    values = pd.Series(np.random.default_rng(seed).integers(0, 6, 50))
    assert score(values, tiers=5).groupby(values).nunique().max() == 1


def test_without_ties_tiers_are_of_equal_size():
    assert score(pd.Series(range(100)), tiers=5).value_counts().tolist() == [20] * 5


def test_a_score_says_how_many_are_strictly_worse():
    values = pd.Series([1] * 60 + [2] * 30 + [3] * 10)
    assert score(values, tiers=5).groupby(values).first().to_dict() == {1: 1, 2: 4, 3: 5}


def test_scores_do_not_depend_on_the_order_of_customers():
    values = pd.Series([3, 1, 2, 2, 9], index=list("abcde"))
    assert score(values, tiers=5).sort_index().equals(score(values[::-1], tiers=5).sort_index())


def test_customers_all_alike_share_one_score():
    assert score(pd.Series([7, 7, 7]), tiers=5).tolist() == [1, 1, 1]


def test_a_missing_value_is_refused():
    with pytest.raises(ValueError, match="spend: 1 missing"):
        score(pd.Series([1.0, None], name="spend"), tiers=5)


def test_a_recent_purchase_scores_high():
    profile = pd.DataFrame({"recency_days": [0, 90], "frequency": [1, 9], "monetary": [5, 1]}, index=["ada", "bob"])
    assert score_customers(profile, tiers=2).loc["ada"].tolist() == [2, 1, 2]


def test_the_grid_has_every_score():
    counts = grid(pd.DataFrame({"r": [1, 3], "f": [1, 3], "m": [1, 1]}), tiers=3)
    assert counts.index.tolist() == [3, 2, 1]
    assert counts.sum(axis=None) == 2


def test_value_tiers_by_hand():
    spend = pd.Series([40.0, 20.0, 20.0, 10.0, 5.0, 5.0, -3.0])
    assert value_tiers(spend).tolist() == ["top", "top", "top", "base", "base", "base", "base"]


def test_nobody_paying_is_all_base():
    assert value_tiers(pd.Series([0.0, -1.0])).tolist() == ["base", "base"]


def test_tiers_of_all_sales_add_to_one():
    spend = pd.Series(np.random.default_rng(1).gamma(0.5, 10, 500))
    summary = summarise_tiers(value_tiers(spend), spend)
    assert summary[["share_customers", "share_sales"]].sum().tolist() == pytest.approx([1, 1])
    assert summary.loc[0, "share_sales"] == pytest.approx(0.5, abs=0.05)


def test_half_of_the_sales_by_hand():
    share, low, high = share_bringing_half(pd.Series([5.0, 3.0, 1.0, 1.0]), seed=1)
    assert share == 0.25
    assert low <= share <= high


def test_no_sales_have_no_half():
    assert np.isnan(share_bringing_half(pd.Series([0.0]), seed=1)).all()


@pytest.mark.parametrize(("loyal", "lasts"), [(True, True), (False, False)])
def test_a_top_tier_lasts_where_it_spends_more_afterwards_too(loyal, lasts):
    rng = np.random.default_rng(3)
    before = rng.gamma(0.5, 200.0, 400) + 1
    since = before * rng.uniform(0.8, 1.2, 400) if loyal else rng.permutation(before)
    halves = [
        pd.DataFrame({"customer_id": [f"C{n}" for n in range(400)], "amount": spent, "occurred_on": day})
        for spent, day in ((before, date(2024, 1, 5)), (since, date(2024, 3, 5)))
    ]
    after = pd.DataFrame({"customer_id": ["C0"], "amount": 1e9, "occurred_on": date(2024, 5, 1)})
    lines = ibis.memtable(pd.concat([*halves, after]).assign(kind="purchase"))
    assert top_tier_lasts(lines, earlier=date(2024, 2, 1), as_of=date(2024, 4, 1)) == lasts


def test_tiers_are_those_of_plain_sql_also_where_customers_are_level_at_an_edge():
    rng = np.random.default_rng(3)
    spend = pd.Series(rng.integers(-2, 12, 400) * 12.5, index=[f"c{number}" for number in range(400)])
    customers = spend.rename("spend").rename_axis("id").reset_index()
    told = duckdb.sql(
        """
        with paid as (select id, greatest(spend, 0) as paid from customers),
        ranked as (
            select *, sum(paid) over () as total,
                sum(paid) over (order by paid desc range unbounded preceding)
                    - sum(paid) over (partition by paid) as above
            from paid
        )
        select id, case when paid = 0 then 'base' when above < total * 0.5 then 'top'
            when above < total * 0.8 then 'middle' else 'base' end as tier
        from ranked
        """,
    ).df()
    assert len(customers) == len(told)
    assert value_tiers(spend).to_dict() == told.set_index("id")["tier"].to_dict()
