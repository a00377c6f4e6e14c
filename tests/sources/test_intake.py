"""What arrives is accounted for: every row, every cent, every customer."""

from decimal import Decimal

import ibis
import pandas as pd
import pytest

from insight.config.parameters import day_of
from insight.errors import ContractError
from insight.sources import intake, inventory
from insight.storage.workspace import Workspace

YAML = """
title: {{en: Shop, zh: 店}}
currency: EUR
time_zone: Europe/Berlin
quarantine_rows_share: {limit}
quarantine_amount_share: {limit}
source:
  kind: files
  tables:
    transactions:
      files: sales.csv
      columns: {{transaction_id: id, customer_id: who, occurred_on: day, amount: paid, product_id: item}}
    customers: {{files: people.csv, columns: {{customer_id: who, age_band: age}}}}
    products: {{files: items.csv, columns: {{product_id: item, name: called}}}}
"""
SALES = """id,who,day,paid,item,money
1,ada,2024-01-01,10.00,tea,EUR
2,ada,2024-01-01,-2.50,tea,EUR
3,bob,2024-01-04,0.00,tea,EUR
4,,2024-01-05,4.00,jam,EUR
4,,2024-01-05,4.00,jam,EUR
5,cem,2024-01-05,lots,tea,EUR
6,cem,2999-01-01,1.00,tea,EUR
"""


def make_shop(folder, *, limit=1):
    """Ada is in the customer file and buys; Bob only buys; Cem's lines cannot be used; Eva never buys."""
    raw = folder / "data" / "raw" / "shop"
    for made in (raw, folder / "params", folder / "notebooks"):
        made.mkdir(parents=True, exist_ok=True)
    (folder / "params" / "shop.yaml").write_text(YAML.format(limit=limit), encoding="utf-8")
    (raw / "sales.csv").write_text(SALES)
    (raw / "people.csv").write_text("who,age\nada,30-39\neva,\n")
    (raw / "items.csv").write_text("item,called\ntea,Tea\n")


@pytest.fixture
def shop(tmp_path, monkeypatch):
    make_shop(tmp_path)
    monkeypatch.setenv("INSIGHT_HOME", str(tmp_path))
    return lambda: Workspace("shop", "10_data_intake")


@pytest.fixture(scope="module")
def arrival(tmp_path_factory):
    """The shop, taken in once for the tests that only look."""
    folder = tmp_path_factory.mktemp("project")
    make_shop(folder)
    with pytest.MonkeyPatch.context() as surroundings:
        surroundings.setenv("INSIGHT_HOME", str(folder))
        yield intake.take_in(Workspace("shop", "10_data_intake"))


def test_every_row_and_cent_has_gone_somewhere(arrival):
    totals = inventory.totals(arrival)
    rows = [totals[f"rows_{fate}"] for fate in ("delivered", "accepted", "quarantined", "duplicate")]
    amounts = [totals[f"amount_{fate}"] for fate in ("delivered", "accepted", "quarantined", "duplicate")]
    assert rows == [7, 4, 2, 1]
    assert amounts == [Decimal("16.5"), Decimal("11.5"), Decimal("1"), Decimal("4")]


def test_rules_that_were_broken_are_told_with_their_first_place(arrival):
    told = arrival.broken[["table_name", "column", "rows", "first_file", "first_line"]].to_numpy().tolist()
    assert told == [["transactions", "amount", 1, "sales.csv", 7], ["transactions", "occurred_on", 1, "sales.csv", 8]]


def test_everyone_with_an_accepted_line_is_a_customer(arrival):
    customers = arrival.tables["customers"].order_by("customer_id").to_pandas()
    assert customers.customer_id.tolist() == ["ada", "bob", "eva"]
    assert customers.first_seen_on.astype(str).tolist()[:2] == ["2024-01-01", "2024-01-04"]
    assert inventory.customers(arrival) == inventory.Customers(buyers=2, described=1, records=2, has_file=True)


def test_lines_without_a_customer_are_kept_and_told(arrival):
    found = inventory.unassigned(arrival)
    assert found == {"rows": 1, "amount": 4, "rows_all": 4, "amount_all": Decimal("11.5")}


def test_days_without_lines_are_days_too(arrival):
    days = inventory.per_day(arrival)
    assert days.lines.tolist() == [2, 0, 0, 1, 1]
    assert days.amount.tolist() == [Decimal("7.5"), 0, 0, 0, 4]


@pytest.mark.parametrize(
    ("lines", "gaps", "verdict"),
    [
        ([], "none", "none"),
        ([3], "none", "few"),
        ([1] * 14, "none", "complete"),
        ([1, 0, *[1] * 13], "one", "complete"),
        ([1, 0, 1, 0, *[1] * 11], "apart", "complete"),
        ([1, 0, 0, 0, *[1] * 11], "some", "complete"),
        ([1, 0, 0, 0, 0, *[1] * 10, 0], "some", "gap"),
    ],
)
def test_days_are_judged_by_their_longest_gap(lines, gaps, verdict):
    days = pd.DataFrame({"day": pd.date_range("2024-01-01", periods=len(lines)), "lines": pd.Series(lines, dtype=int)})
    covered = inventory.coverage(days)
    assert (covered.gaps, covered.verdict, covered.empty) == (gaps, verdict, lines.count(0))


def test_the_shares_of_a_delivery_rest_on_lines_that_are_not_repeated():
    counted = {"rows_delivered": 5, "rows_accepted": 2, "rows_duplicate": 1}
    assert inventory.accepted_share(counted) == 0.5
    assert inventory.accepted_share(dict.fromkeys(counted, 0)) is None


def test_the_largest_change_of_weeks_comes_first_whether_up_or_down():
    weeks = pd.DataFrame({"week": range(4), "lines": [10, 12, 3, 4], "change": [None, 0.2, -0.75, 1 / 3]})
    assert inventory.largest_changes(weeks)["week"].tolist() == [2, 3, 1]


def test_net_is_what_was_bought_less_what_came_back_whatever_kinds_there_are():
    kinds = pd.DataFrame({"kind": ["purchase", "refund", "fee"], "amount": [Decimal(0), Decimal(-5), Decimal(2)]})
    found = inventory.net(kinds)
    assert (found.gross, found.back, found.rest, found.net, found.share) == (0, 5, 2, -5, None)
    assert inventory.net(kinds[1:]) is None


def test_kinds_keep_their_sign(arrival):
    kinds = inventory.kinds(arrival)
    assert kinds.kind.tolist() == ["purchase", "refund"]
    assert kinds[["lines", "zero", "customers"]].to_numpy().tolist() == [[3, 1, 2], [1, 0, 1]]
    assert kinds.amount.tolist() == [Decimal(14), Decimal("-2.5")]


def test_filled_columns_and_names_that_lead_nowhere_are_counted(arrival):
    filled = inventory.filled(arrival.tables).set_index(["table_name", "column"]).filled
    assert filled["transactions", "customer_id"] == 3
    assert filled["customers", "age_band"] == 1
    links = inventory.broken_links(arrival)
    assert links[["table_name", "points_to", "rows", "share"]].to_numpy().tolist() == [
        ["transactions", "products", 1, 0.25]
    ]


def test_tables_are_listed_with_their_files(arrival):
    listed = inventory.by_table(arrival)
    assert listed[["table_name", "files", "rows_delivered"]].to_numpy().tolist() == [
        ["transactions", 1, 7],
        ["customers", 1, 2],
        ["products", 1, 1],
    ]


def test_what_was_taken_in_can_be_read_again(shop):
    ws = shop()
    intake.write(intake.take_in(ws), ws)
    ws.publish()
    assert ws.read("transactions").count().execute() == 4
    delivery = ws.read("delivery").to_pandas()
    assert delivery.rows_delivered.sum() == 10
    quarantined = pd.read_parquet(ws._store.path_of("quarantine/transactions.parquet"))
    assert quarantined.columns.tolist() == ["source_file", "source_line", "column", "rule"]


def test_too_many_broken_rows_stop_the_run_and_name_the_rule(shop, tmp_path):
    make_shop(tmp_path, limit=0.01)
    with pytest.raises(ContractError, match=r"2 of 7 rows.*\n.*amount: is not a number.*in sales.csv, line 7"):
        intake.take_in(shop())


def test_amounts_in_another_currency_are_never_added_up(shop):
    ws = shop()
    tables = intake.take_in(ws).tables
    tables["transactions"] = tables["transactions"].mutate(currency=ibis.literal("USD"))
    with pytest.raises(ContractError, match=r"expected every amount in EUR, and 4 row\(s\) are in USD"):
        intake._refuse_other_currencies(tables, ws)


def test_a_delivery_without_a_single_purchase_is_refused(shop, tmp_path):
    path = tmp_path / "data" / "raw" / "shop" / "sales.csv"
    path.write_text(path.read_text().splitlines()[0] + "\n")
    with pytest.raises(ContractError, match="transactions: what was delivered has a header and no row"):
        intake.take_in(shop())


def test_tables_without_rows_beside_purchases_are_no_error(shop, tmp_path):
    for name in ("people.csv", "items.csv"):
        path = tmp_path / "data" / "raw" / "shop" / name
        path.write_text(path.read_text().splitlines()[0] + "\n")
    arrival = intake.take_in(shop())
    assert sorted(inventory.by_table(arrival).rows_delivered.tolist())[:2] == [0, 0]
    assert inventory.totals(arrival)["rows_delivered"] > 0


def test_rows_after_today_are_the_concern_of_tomorrow(shop):
    ws = shop()  # a line lies in 2999
    on = day_of(ws.params.time_zone)
    intake.take_in(ws)
    assert ws._parameters_read["today"] in (str(on), str(day_of(ws.params.time_zone)))  # midnight may pass between


def test_without_rows_after_today_the_day_does_not_matter(shop, tmp_path):
    sales = tmp_path / "data" / "raw" / "shop" / "sales.csv"
    sales.write_text(SALES.replace("2999", "2024"))
    ws = shop()
    intake.take_in(ws)
    assert ws._parameters_read["today"] is None


def test_the_day_that_is_said_is_today(shop, monkeypatch):
    monkeypatch.setenv("INSIGHT_OVERRIDES", '{"today": "2024-01-04"}')
    ws = shop()
    arrival = intake.take_in(ws)
    late = arrival.broken[arrival.broken.code == "after_last_day"]
    assert int(late["rows"].sum()) > 1
    assert ws._parameters_read["today"] == "2024-01-04"
