"""A table that was made gets the types of its contract, or is refused with every rule that it breaks."""

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from insight.contracts.table import Column, Table, text
from insight.errors import ContractError, MissingTableError
from insight.storage.checked import as_described, count_values, refuse_broken, without_null_types
from insight.storage.overview import describe_table, list_tables
from insight.storage.store import as_json, sha256_of, state_of, write_whole

GOODS = Table(
    "goods",
    "one thing",
    "一件",
    ("shop", "id"),
    (
        text("shop", "Where.", "门店。"),
        text("id", "Its number.", "编号。"),
        Column("weight", "number", "", "", minimum=0, maximum=9),
        Column("price", "money", "", ""),
    ),
)


def made(**columns: list) -> ibis.Table:
    whole = {"shop": ["s"] * 2, "id": ["1", "2"], "weight": [1.0, 2.0], "price": [1, 2]} | columns
    return ibis.memtable(pd.DataFrame(whole))


def test_columns_get_their_types_and_their_order():
    table = as_described(made().select("price", "weight", "id", "shop"), GOODS)
    assert table.columns == ("shop", "id", "weight", "price")
    assert [table[each.name].type() for each in GOODS.columns] == [each.engine_type for each in GOODS.columns]
    read = as_described(made(weight=[float("nan"), 2.0]), GOODS).order_by("id").to_pandas()
    assert read["weight"].isna().tolist() == [True, False]


def test_what_is_not_a_number_is_missing_and_counts_as_such():
    weights = pa.array([float("nan"), None, 2.0], from_pandas=False)
    table = pa.table({"shop": ["s"] * 3, "id": ["1", "2", "3"], "weight": weights, "price": [1, 2, 3]})
    weight = as_described(ibis.memtable(table), GOODS).weight
    assert (weight.isnull().sum().execute(), weight.mean().execute()) == (2, 2.0)


def test_other_columns_than_the_contracts_are_all_named():
    with pytest.raises(ContractError) as caught:
        as_described(made(colour=["a", "b"]).drop("price"), GOODS)
    assert str(caught.value).splitlines() == [
        *("goods: the columns are not the contract's", "  - missing: price", "  - not described: colour"),
    ]
    wide = Table("goods", "one", "一", GOODS.key, GOODS.columns, extra_columns=True)
    assert as_described(made(colour=["a", "b"]), wide).columns[-1] == "colour"
    with pytest.raises(ContractError, match="missing: price"):
        as_described(made().drop("price"), wide)


def test_a_sound_table_is_not_refused():
    refuse_broken(as_described(made(), GOODS), GOODS)
    refuse_broken(as_described(made(weight=[None, 9.0], price=[None, 1]), GOODS), GOODS)


def test_every_broken_rule_is_said_with_its_number_of_rows():
    rows = {"shop": ["s"] * 4, "id": ["1", "1", "1", None], "weight": [-1.0, 10.0, 11.0, 1.0], "price": [1] * 4}
    with pytest.raises(ContractError) as caught:
        refuse_broken(as_described(made(**rows), GOODS), GOODS)
    assert str(caught.value).splitlines() == [
        "goods: 4 problem(s) in what was made",
        "  - id is missing in 1 row(s)",
        "  - weight is below 0 in 1 row(s)",
        "  - weight is above 9 in 2 row(s)",
        "  - shop, id repeats in 2 row(s)",
    ]


def test_what_holds_nothing_gets_a_type_and_the_rest_stays():
    table = without_null_types(pa.table({"a": pa.nulls(2), "b": pa.array([1, None]), "c": ["x", "y"]}))
    assert table.schema.types == [pa.string(), pa.int64(), pa.string()]
    assert table.to_pydict() == {"a": [None, None], "b": [1, None], "c": ["x", "y"]}


def test_rows_and_values_are_counted_over_all_groups_of_rows(tmp_path):
    table = pa.table({"a": [1, None, 3, 4, None], "b": pa.array([None] * 5, pa.string())})
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=2)
    assert count_values(tmp_path / "t.parquet") == (5, {"a": 3, "b": 0})


# --- what there is


def test_tables_are_listed_by_name_with_who_made_them():
    about = {"rows": 3, "schema": {"product_id": "text", "name": "text"}}
    steps = {
        "20": {"outputs": {"profile.parquet": about | {"rows": 7}}},
        "10": {"outputs": {"products.parquet": about, "quarantine/products.parquet": about, "notes.json": {}}},
    }
    listed = list_tables(steps, lang="en")
    assert listed.index.tolist() == ["products", "profile"]
    assert listed[["rows", "columns", "made_by"]].to_numpy().tolist() == [[3, 2, "10"], [7, 2, "20"]]
    assert listed.loc["products", "one_row_is"] != list_tables(steps, lang="zh").loc["products", "one_row_is"]
    empty = list_tables({}, lang="en")
    assert (len(empty), empty.index.name, empty.columns.tolist()) == (
        *(0, "table", ["rows", "columns", "made_by", "one_row_is"]),
    )


def test_a_table_is_described_by_its_contract_with_how_full_it_is():
    about = {"rows": 4, "schema": ["product_id", "name"], "filled": {"product_id": 4, "name": 1}}
    told = describe_table("products", {"products.parquet": about}, lang="en")
    assert told.index.name == "column"
    assert told.loc[["product_id", "name", "brand"], "filled"].tolist() == [1.0, 0.25, 0.0]
    assert told.columns.tolist() == ["type", "unit", "filled", "meaning"]
    chinese = describe_table("products", {"products.parquet": about}, lang="zh")
    assert (told["meaning"] != chinese["meaning"]).all()
    not_yet = describe_table("products", {}, lang="en")
    assert not_yet["filled"].isna().all()
    nobody = describe_table("products", {"products.parquet": {"rows": 0, "schema": [], "filled": {}}}, lang="en")
    assert nobody["filled"].isna().all()


def test_of_what_is_delivered_alone_there_is_a_column_where_it_was():
    delivered = [each.name for each in more_of("transactions")]
    about = {"rows": 1, "schema": [delivered[0]], "filled": {}}
    told = describe_table("transactions", {"transactions.parquet": about}, lang="en")
    assert delivered[0] in told.index
    assert delivered[1] not in told.index
    assert delivered[1] in describe_table("transactions", {}, lang="en").index


def test_columns_that_nobody_described_are_in_the_dictionary_of_what_was_delivered():
    about = {"rows": 2, "schema": ["customer_id", "loyalty"], "filled": {"loyalty": 1}}
    told = describe_table("contacts", {"contacts.parquet": about}, lang="en")
    assert told.loc["loyalty", ["type", "filled"]].tolist() == ["text", 0.5]
    assert "loyalty" not in describe_table("contacts", {}, lang="en").index


def more_of(name: str) -> list[Column]:
    from insight.contracts import CONTRACTS

    return [each for each in CONTRACTS[name].columns if each.if_delivered]


def test_a_table_that_nobody_knows_names_the_nearest():
    with pytest.raises(MissingTableError, match=r"^prodcts: there is no such table.*`products`.*`ws\.tables\(\)`"):
        describe_table("prodcts", {}, lang="en")


# --- files


def test_a_file_is_written_whole_into_a_folder_that_is_not_there(tmp_path):
    path = tmp_path / "a" / "b" / "x.json"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert [each.name for each in path.parent.iterdir()] == ["x.json"]
    assert sha256_of(path) == "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3"


def test_json_is_the_same_bytes_whatever_the_order():
    assert as_json({"b": "客", "a": [1]}) == '{\n "a": [\n  1\n ],\n "b": "客"\n}\n'.encode()
    assert as_json({"a": [1], "b": "客"}) == as_json({"b": "客", "a": [1]})


def test_what_the_system_says_of_a_file_changes_with_it(tmp_path):
    path = tmp_path / "x"
    path.write_text("a")
    before = state_of(path)
    assert state_of(path) == before
    path.write_text("ab")
    assert state_of(path) != before
