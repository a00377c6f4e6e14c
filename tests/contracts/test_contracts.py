"""What a contract says of a table, what its rules ask of a value, and how both are told."""

from datetime import date

import ibis
import pandas as pd
import pytest

from insight.contracts import CONTRACTS, contract_of
from insight.contracts.dictionary import as_markdown, features_as_markdown
from insight.contracts.rules import ENGLISH, Rule, broken_rules, lacks_all
from insight.contracts.table import MONEY, Column, Table, more, text
from insight.contracts.tables.features import Feature

ID = text("id", "Its number.", "编号。")
NAME = text("name", "What it is called.", "名称。", sensitivity="direct identifier")
PRICE = Column("price", "money", "What it costs.", "价格。", unit="currency", required=True, minimum=0)
KIND = more("kind", "text", "Of which kind.", "种类。", allowed=("tea", "cake"))
GOODS = Table("goods", "one thing", "一件商品", ("id",), (ID, NAME, PRICE, KIND), amount="price")


# --- the contract


def test_a_key_without_a_definition_is_refused():
    with pytest.raises(ValueError, match=r"^goods: key columns without a definition: \['number'\]$"):
        Table("goods", "one", "一", ("id", "number"), (ID,))


def test_columns_are_found_by_name_in_their_order():
    assert GOODS.names == ["id", "name", "price", "kind"]
    assert GOODS.column("price") is PRICE


def test_each_type_has_its_own_in_the_engine():
    kinds = {"text": "string", "integer": "int64", "number": "float64", "flag": "boolean", "day": "date"}
    found = {kind: Column("x", kind, "", "").engine_type for kind in kinds}
    assert {kind: str(one).lower() for kind, one in found.items()} == kinds
    assert Column("x", "money", "", "").engine_type == MONEY
    assert str(Column("x", "instant", "", "").engine_type) == "timestamp(6)"


def test_further_columns_are_text_that_may_identify_somebody():
    wide = GOODS.widened(["name", "colour"])
    assert wide.names == [*GOODS.names, "colour"]
    added = wide.column("colour")
    assert (added.type, added.sensitivity, added.meaning, added.meaning_zh, added.required) == (
        "text",
        "direct identifier",
        "As delivered.",
        "按来源写法。",
        False,
    )
    assert GOODS.widened(["id", "name"]) is GOODS


def test_what_is_not_delivered_is_no_column_where_the_contract_says_so():
    assert GOODS.as_delivered(["id", "price"]).names == ["id", "name", "price"]
    assert GOODS.as_delivered(["kind"]) is GOODS


def test_a_value_decides_about_its_row_where_the_row_needs_it():
    assert [GOODS.is_required(GOODS.column(name)) for name in GOODS.names] == [True, False, True, False]
    either = Table("t", "r", "行", ("id",), (ID, NAME, KIND), amount=None, either=("name",))
    assert [either.decides(each) for each in either.columns] == [True, True, False]
    assert [GOODS.decides(each) for each in GOODS.columns] == [True, False, True, False]
    free = Table("t", "r", "行", ("id",), (ID, Column("paid", "money", "", "")), amount="paid")
    assert free.decides(free.column("paid"))


def test_the_contract_of_a_delivery_has_the_columns_that_are_there():
    found = contract_of("customer_records", ["full_name", "shoe_size", "source_file", "source_line", "fault"])
    assert "shoe_size" in found.names
    assert not {"source_file", "source_line", "fault"} & set(found.names)
    assert "colour" not in contract_of("products", ["product_id", "colour"]).names
    assert contract_of("transactions", []).names == CONTRACTS["transactions"].as_delivered([]).names


def test_every_table_is_found_by_its_own_name_once():
    assert all(name == contract.name for name, contract in CONTRACTS.items())


# --- rules


@pytest.mark.parametrize("code", ENGLISH)
def test_a_rule_goes_through_the_engine_and_comes_back(code):
    rule = Rule(code, ("3", "8"))
    assert Rule.decoded(rule.encoded) == rule
    assert Rule.decoded(Rule(code).encoded) == Rule(code)
    assert rule.fault("price") == f"price: {code}\t3\t8"
    said = rule.in_english
    assert "{" not in said
    assert ("3" in said) == ("{0}" in ENGLISH[code] or "{all}" in ENGLISH[code])


def test_allowed_values_are_all_named():
    assert Rule("not_allowed", ("tea", "cake")).in_english == "is not one of tea, cake"


def broken(column: Column, values: list, *, of: str = "string", latest: date | None = None) -> dict[str, list]:
    """Name each rule of a column by its code, with the places of the values that break it."""
    contract = Table("t", "r", "行", ("key",), (text("key", "", ""), column))
    rows = ibis.memtable(
        pd.DataFrame({"place": range(len(values)), "value": pd.Series(values, dtype=object)}),
        schema={"place": "int64", "value": of},
    )
    found = {}
    for rule, breaks in broken_rules(rows.value, column, contract, latest=latest):
        told = rows.select("place", breaks=breaks.fill_null(False)).order_by("place").to_pandas()
        found[(rule.code, *rule.bounds)] = told.place[told.breaks].tolist()
    return found


def test_a_value_that_every_row_needs_is_missing_where_there_is_none():
    assert broken(text("a", "", "", required=True), ["x", None]) == {("missing",): [1]}
    assert broken(text("key", "", ""), ["x", None]) == {("missing",): [1]}
    assert broken(text("a", "", ""), ["x", None]) == {}


def test_bounds_are_inclusive_and_named():
    bounded = Column("a", "integer", "", "", minimum=0, maximum=10)
    assert broken(bounded, [-1, 0, 10, 11, None], of="int64") == {("below", "0"): [0], ("above", "10"): [3]}
    assert broken(Column("a", "number", "", "", minimum=0.5), [0.4, 0.5], of="float64") == {
        ("infinite",): [],
        ("below", "0.5"): [0],
    }


def test_a_number_without_end_is_no_number():
    assert broken(Column("a", "number", "", ""), [1.0, float("inf"), -float("inf")], of="float64") == {
        ("infinite",): [1, 2]
    }


def test_what_is_allowed_is_allowed():
    assert broken(KIND, ["tea", "cake", "jam", None]) == {("not_allowed", "tea", "cake"): [2]}


def test_a_day_and_a_year_may_not_lie_ahead():
    latest, day = date(2024, 2, 29), Column("a", "day", "", "", past=True)
    days = [date(2024, 2, 29), date(2024, 3, 1), None]
    assert broken(day, days, of="date", latest=latest) == {("after_last_day",): [1]}
    assert broken(day, days, of="date") == {}
    assert broken(Column("a", "day", "", ""), days, of="date", latest=latest) == {}
    year = Column("a", "integer", "", "", past=True)
    assert broken(year, [2024, 2025, 1900], of="int64", latest=latest) == {("after_last_day",): [1]}
    moment = Column("a", "instant", "", "", past=True)
    assert broken(moment, [None], of="timestamp", latest=latest) == {}


def test_a_row_lacks_what_it_must_have_one_of():
    either = Table("t", "r", "行", ("id",), (ID, NAME, KIND), either=("name", "kind"))
    frame = pd.DataFrame({"id": ["1", "2", "3"], "name": ["a", None, None], "kind": [None, "tea", None]})
    rows = ibis.memtable(frame.astype("string"))
    column, rule, lacking = lacks_all(rows, either)
    assert (column, rule) == ("name", Rule("missing"))
    assert rows.select("id", lacking=lacking).order_by("id").to_pandas().lacking.tolist() == [False, False, True]
    column, _, lacking = lacks_all(rows.drop("name"), either)
    assert column == "kind"
    assert rows.drop("name").select("id", x=lacking).order_by("id").to_pandas().x.tolist() == [True, False, True]
    assert lacks_all(rows.drop("name", "kind"), either) is None
    assert lacks_all(rows, GOODS) is None


# --- the dictionary


def test_the_dictionary_tells_tables_that_are_brought_from_those_that_are_made():
    brought = Table("b", "one thing", "一件", ("id",), (ID, PRICE), delivered=True)
    other = Table("a", "another", "另一件", ("id", "price"), (ID, PRICE), delivered=True)
    told = as_markdown([brought, GOODS, other])
    assert told == (
        "# Data dictionary\n\n"
        "Written from the contracts in `src/insight/contracts` by `insight dictionary`; do not edit.\n\n"
        "## Tables that a business brings\n\n"
        "### `a`\n\nOne row is another (另一件). Key: `id`, `price`.\n\n"
        "| column | type | unit | required | sensitivity | meaning | 含义 |\n|---|---|---|---|---|---|---|\n"
        "| `id` | text |  | yes | plain | Its number. | 编号。 |\n"
        "| `price` | money | currency | yes | plain | What it costs. | 价格。 |\n\n"
        "### `b`\n\nOne row is one thing (一件). Key: `id`.\n\n"
        "| column | type | unit | required | sensitivity | meaning | 含义 |\n|---|---|---|---|---|---|---|\n"
        "| `id` | text |  | yes | plain | Its number. | 编号。 |\n"
        "| `price` | money | currency | yes | plain | What it costs. | 价格。 |\n\n"
        "## Tables that the notebooks make\n\n"
        "### `goods`\n\nOne row is one thing (一件商品). Key: `id`.\n\n"
        "| column | type | unit | required | sensitivity | meaning | 含义 |\n|---|---|---|---|---|---|---|\n"
        "| `id` | text |  | yes | plain | Its number. | 编号。 |\n"
        "| `name` | text |  |  | direct identifier | What it is called. | 名称。 |\n"
        "| `price` | money | currency | yes | plain | What it costs. | 价格。 |\n"
        "| `kind` | text |  |  | plain | Of which kind. | 种类。 |\n"
    )


def test_features_are_told_by_family():
    def feature(name: str, family: str, **more) -> Feature:
        return Feature(name, "integer", f"{name}.", f"{name}。", family=family, view="v", sources=("a", "b"), **more)

    told = features_as_markdown(
        iter([feature("one", "visits", unit="days", window=30), feature("two", "money"), feature("three", "visits")])
    )
    head = "| feature | type | unit | window, days | tables | meaning | 含义 |\n|---|---|---|---|---|---|---|\n"
    assert told == (
        "# Features\n\n"
        "Written from `src/insight/contracts/tables/features.yaml` by `insight dictionary`; do not edit. "
        "Each describes a customer as of a day, and no row of a later day counts.\n\n"
        f"## visits\n\n{head}"
        "| `one` | integer | days | 30 | a, b | one. | one。 |\n"
        "| `three` | integer |  |  | a, b | three. | three。 |\n\n"
        f"## money\n\n{head}"
        "| `two` | integer |  |  | a, b | two. | two。 |\n"
    )
