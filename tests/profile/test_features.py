import shutil
from datetime import date
from decimal import Decimal

import ibis
import pandas as pd
import pytest

from insight.engine import connect
from insight.profile.features import (
    account_for,
    category_shares,
    category_totals,
    summarise_baskets,
    summarise_customers,
    time_of_week,
)

from .conftest import as_table, line

AS_OF = date(2024, 3, 10)


def profile_of(lines, *, as_of=AS_OF, trend_days=30) -> pd.DataFrame:
    found = summarise_customers(as_table(lines), as_of=as_of, trend_days=trend_days)
    return found.order_by("customer_id").to_pyarrow().to_pandas().set_index("customer_id")


def test_ada_by_hand(shop):
    ada = profile_of(shop).loc["ada"]
    assert (ada["recency_days"], ada["tenure_days"], ada["frequency"], ada["purchase_days"]) == (2, 64, 4, 3)
    assert (ada["gross"], ada["refunds"], ada["monetary"]) == (Decimal("80"), Decimal("5.05"), Decimal("74.95"))
    assert (ada["gap_days_mean"], ada["gap_days_median"], ada["basket_mean"]) == (31.0, 31.0, 20.0)
    assert ada["discount_share"] == pytest.approx(11 / 91)
    assert ada["promoted_share"] == pytest.approx(50.10 / 80)
    assert (ada["weekend_share"], ada["morning_share"], ada["evening_share"]) == (0.5, 0.25, 0.5)
    assert (ada["categories"], ada["top_category"]) == (2, "cake")


def test_trend_compares_two_neighbouring_windows(shop):
    ada = profile_of(shop, trend_days=32).loc["ada"]
    assert (ada["spend_recent"], ada["spend_before"]) == (Decimal("40"), Decimal("20"))
    assert ada["trend"] == pytest.approx(20 / 60)


def test_trend_takes_a_tenure_of_two_windows(shop):
    assert pd.isna(profile_of(shop, trend_days=33).loc["ada", "trend"])


def test_one_purchase_has_no_gap(shop):
    bob = profile_of(shop).loc["bob"]
    assert pd.isna(bob["gap_days_mean"])
    assert pd.isna(bob["gap_days_median"])
    assert bob["recency_days"] == 0


def test_what_cost_nothing_is_no_purchase(shop):
    assert profile_of(shop).index.tolist() == ["ada", "bob"]


def test_later_lines_are_not_known_yet(shop):
    then = profile_of(shop, as_of=date(2024, 1, 8))
    earlier = [one for one in shop if one["occurred_on"] <= date(2024, 1, 8)]
    pd.testing.assert_frame_equal(then, profile_of(earlier, as_of=date(2024, 1, 8)))
    assert then.loc["ada", "refunds"] == 0


def test_order_of_lines_does_not_matter(shop):
    pd.testing.assert_frame_equal(profile_of(shop), profile_of(shop[::-1]))


def test_lines_that_are_baskets_of_their_own_are_counted_as_if_put_together(shop):
    alone = [{**one, "basket_id": f"t{number}"} for number, one in enumerate(shop)]
    together = [{**one, "basket_id": f"basket {number}"} for number, one in enumerate(shop)]
    pd.testing.assert_frame_equal(profile_of(alone), profile_of(together))


def test_nobody_bought_gives_no_rows():
    assert profile_of([line("ada", "a1", "2024-01-01", "-3", kind="refund")]).empty


def test_payments_and_fees_are_no_purchases(shop):
    more = [
        *shop,
        line("bob", "b2", "2024-03-10", "500", kind="payment"),
        line("bob", "b3", "2024-03-10", 9, kind="fee"),
    ]
    pd.testing.assert_frame_equal(profile_of(more), profile_of(shop))


def test_top_category_ties_go_by_name():
    lines = [line("ada", "a1", "2024-01-01", 5, category="tea"), line("ada", "a1", "2024-01-01", 5, category="bread")]
    assert profile_of(lines).loc["ada", "top_category"] == "bread"


def test_category_shares_of_a_customer_add_to_one(shop):
    shares = category_shares(as_table(shop), as_of=AS_OF).to_pandas()
    assert shares.groupby("customer_id")["share"].sum().round(12).tolist() == [1.0, 1.0]
    missing = shares.set_index(["customer_id", "category"]).loc[("ada", "missing")]
    assert (missing["amount"], missing["share"]) == (Decimal("20"), 0.25)


def test_categories_are_totalled_largest_first(shop):
    totals = category_totals(category_shares(as_table(shop), as_of=AS_OF)).to_pandas()
    assert totals["category"].tolist() == ["cake", "tea", "missing"]
    assert totals["customers"].tolist() == [1, 2, 1]


def test_every_amount_is_accounted_for(shop):
    table = as_table(shop)
    account = account_for(table, summarise_baskets(table, as_of=AS_OF), as_of=AS_OF).set_index("who")
    assert account["sales"].sum() == sum(one["amount"] for one in shop)
    assert account.loc["others", ["customers", "lines"]].tolist() == [1, 1]
    assert account.loc["unassigned", "purchases"] == 99
    assert account.loc["buyers", "refunds"] == Decimal("-5.05")


def test_baskets_are_counted_by_weekday_and_hour(shop):
    week = time_of_week(summarise_baskets(as_table(shop), as_of=AS_OF)).to_pandas()
    saturday = week[week["weekday"] == 5].set_index("hour")["baskets"]
    assert saturday.to_dict() == {9: 1, 18: 1}


def test_groceries_agree_with_plain_pandas_to_the_cent(groceries):
    lines = groceries.select("customer_id", "basket_id", "occurred_on", "amount").to_pyarrow().to_pandas()
    as_of = lines["occurred_on"].max()
    found = summarise_customers(groceries, as_of=as_of).order_by("customer_id").to_pyarrow().to_pandas()
    found = found.set_index("customer_id")
    lines["cents"] = (lines["amount"].astype(float) * 100).round().astype("int64")
    baskets = lines.groupby(["customer_id", "basket_id"]).agg({"cents": "sum", "occurred_on": "min"}).reset_index()
    paid = baskets[baskets["cents"] > 0].assign(occurred_on=lambda rows: pd.to_datetime(rows["occurred_on"]))
    by_customer = paid.groupby("customer_id")
    assert (found["monetary"] * 100).astype("int64").equals(lines.groupby("customer_id")["cents"].sum())
    assert found["frequency"].equals(by_customer.size().rename("frequency"))
    recency = (pd.Timestamp(as_of) - by_customer["occurred_on"].max()).dt.days
    assert found["recency_days"].equals(recency.rename("recency_days"))
    assert found["purchase_days"].equals(by_customer["occurred_on"].nunique().rename("purchase_days"))
    days = paid[["customer_id", "occurred_on"]].drop_duplicates().sort_values(["customer_id", "occurred_on"])
    gaps = days.groupby("customer_id")["occurred_on"].diff().dt.days.groupby(days["customer_id"])
    pd.testing.assert_series_equal(found["gap_days_median"], gaps.median(), check_names=False)
    pd.testing.assert_series_equal(found["gap_days_mean"], gaps.mean(), check_names=False)


@pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java")
def test_spark_counts_the_same(shop, tmp_path):
    pytest.importorskip("pyspark", reason="the extra spark is not installed")
    more = [
        {**one, "customer_id": f"{one['customer_id']}{copy}", "basket_id": f"{one['basket_id']}{copy}"}
        for one in shop
        if one["customer_id"]
        for copy in range(5)
    ]
    as_table([*shop, *more]).to_parquet(tmp_path / "lines.parquet")
    counted = []
    for engine in ("duckdb", "spark"):
        table = connect(engine, spill=tmp_path).read_parquet(str(tmp_path / "lines.parquet"))
        made: ibis.Table = summarise_customers(table, as_of=AS_OF, trend_days=30)
        counted.append(made.order_by("customer_id").to_pyarrow().to_pandas())
    pd.testing.assert_frame_equal(*counted, check_exact=True)
