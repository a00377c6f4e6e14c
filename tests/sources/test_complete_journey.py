"""Complete Journey against a plain pandas reading of the same files."""

from decimal import Decimal
from pathlib import Path

import ibis
import pandas as pd
import pytest

from insight.config.parameters import load
from insight.contracts import CONTRACTS
from insight.contracts.quarantine import check
from insight.engine import connect
from insight.sources import registry
from insight.sources.readers import complete_journey

PROJECT = Path(__file__).resolve().parents[2]
PLACE = {"source_file", "source_line", "fault"}


@pytest.fixture(scope="module")
def params():
    return load("complete_journey", root=PROJECT)


@pytest.fixture(scope="module")
def checked(params):
    delivered = registry.deliver(params, connect())
    return {name: check(table, CONTRACTS[name]) for name, table in delivered.items()}


@pytest.fixture(scope="module")
def files(params):
    return {path.stem: pd.read_parquet(path) for path in registry.inputs(params)}


@pytest.fixture(scope="module")
def tiny():
    small = {"source": "{kind: complete_journey, households: 200}"}
    return registry.deliver(load("complete_journey", small, root=PROJECT), connect())


def one(table, **measures):
    return table.aggregate(**measures).to_pyarrow().to_pylist()[0]


def in_cents(dollars):
    return (dollars * 100).round().astype("int64")


def test_every_line_arrives_and_the_total_agrees_to_the_cent(checked, files):
    lines = checked["transactions"].accepted
    found = one(lines, rows=lines.count(), households=lines.customer_id.nunique(), total=lines.amount.sum())
    cents = int(in_cents(files["transactions"].sales_value).sum())
    assert found == {"rows": 1_469_307, "households": 2_469, "total": Decimal(cents) / 100}
    assert found["total"] == Decimal("4596039.58")


def test_no_row_of_any_table_is_set_aside(checked):
    assert {name: one_table.counts.rows_quarantined.sum() for name, one_table in checked.items()} == dict.fromkeys(
        checked, 0
    )


def test_every_record_of_a_file_is_delivered_once(checked, files):
    sizes = {
        "transactions": len(files["transactions"]),
        "customers": len(files["demographics"]),
        "products": len(files["products"]),
        "campaigns": len(files["campaign_descriptions"]),
        "offer_products": len(files["coupons"]),
        "contacts": len(files["campaigns"]),
        "responses": len(files["coupon_redemptions"]),
    }
    assert {name: checked[name].counts.rows_delivered.sum() for name in sizes} == sizes


def test_days_and_hours_are_those_of_new_york(checked, files):
    lines = checked["transactions"].accepted
    by_hour = lines.group_by("occurred_on", "hour").aggregate(n=lines.count()).to_pandas()
    utc = files["transactions"].transaction_timestamp.dt.tz_localize("UTC")
    local = utc.dt.tz_convert("America/New_York")
    plain = local.groupby([local.dt.date, local.dt.hour]).size()
    assert by_hour.set_index(["occurred_on", "hour"]).n.sort_index().tolist() == plain.sort_index().tolist()
    assert (str(local.dt.date.min()), str(local.dt.date.max())) == ("2017-01-01", "2017-12-31")


def test_the_discount_adds_up_three_reductions(checked, files):
    lines = checked["transactions"].accepted
    names = ["retail_disc", "coupon_disc", "coupon_match_disc"]
    cents = sum(in_cents(files["transactions"][name]) for name in names)
    found = one(lines, discount=lines.discount.sum(), promoted=lines.promoted.cast("int64").sum())
    assert found == {"discount": Decimal(int(cents.sum())) / 100, "promoted": int((cents > 0).sum())}


def test_801_households_have_demographics(checked):
    customers = checked["customers"].accepted
    assert one(customers, all=customers.count(), age=customers.age_band.count()) == {"all": 801, "age": 801}


def test_an_offer_is_a_campaigns_coupons_for_one_category(checked, files):
    coupons = files["coupons"].merge(files["products"], on="product_id", how="left")
    offers = coupons[["campaign_id", "product_category"]].drop_duplicates()
    covered = coupons[["campaign_id", "product_category", "product_id"]].drop_duplicates()
    assert checked["offers"].accepted.count().execute() == len(offers)
    assert checked["offer_products"].accepted.count().execute() == len(covered)


def test_every_redemption_answers_a_contact_of_that_household(checked):
    responses, contacts = checked["responses"].accepted, checked["contacts"].accepted
    answered = responses.inner_join(contacts, "contact_id")
    same_customer = answered.customer_id == answered.customer_id_right
    same = same_customer & (answered.campaign_id == answered.campaign_id_right)
    assert one(answered, n=answered.count(), same=same.cast("int64").sum()) == {"n": 2_102, "same": 2_102}


def test_a_redemption_without_a_contact_is_kept(params):
    con = connect()
    raw = {
        "coupon_redemptions": pd.DataFrame({"household_id": [1, 2], "coupon_upc": [7, 7], "campaign_id": [3, 3]}),
        "campaigns": pd.DataFrame({"campaign_id": [3], "household_id": [1]}),
    }
    raw["coupon_redemptions"]["redemption_date"] = pd.Timestamp("2017-03-04")
    place = {name: ibis.null("string") for name in PLACE}
    made = {name: con.create_table(name, frame).mutate(**place) for name, frame in raw.items()}
    responses = complete_journey._responses(made, zone=params.time_zone).order_by("customer_id")
    assert responses.contact_id.to_pyarrow().to_pylist() == ["3-1", None]


def test_what_is_said_of_the_columns_is_what_is_delivered(tiny, params):
    delivered = {name: frozenset(table.columns) - PLACE for name, table in tiny.items()}
    assert delivered == registry.described(params)


def test_the_small_sample_is_always_the_same_two_hundred(tiny):
    ids = tiny["transactions"].select("customer_id").distinct().to_pandas().customer_id
    assert len(ids) == 200
    assert sorted(ids, key=int)[:5] == ["27", "59", "60", "63", "119"]


def test_the_small_sample_belongs_together(tiny):
    bought, contacted = tiny["transactions"], tiny["contacts"]
    assert contacted.count().execute() > 100
    assert contacted.anti_join(bought, "customer_id").count().execute() == 0
    assert tiny["customers"].anti_join(bought, "customer_id").count().execute() == 0
