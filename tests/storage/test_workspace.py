import json
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest

from insight.config.parameters import Bilingual
from insight.errors import ContractError, MissingTableError, ParameterError
from insight.storage.workspace import Workspace, opened

WORDS = Bilingual(en="One.", zh="一。")


def products(**columns) -> pd.DataFrame:
    frame = {
        "product_id": ["b", "a"],
        "name": ["Tea", "Cake"],
        "category": ["x", None],
        "department": None,
        "brand": None,
    }
    return pd.DataFrame(frame | columns)


def sales(*days: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "transaction_id": [f"t{n}" for n in range(len(days))],
            "basket_id": "b",
            "occurred_at": pd.to_datetime(list(days)),
            "occurred_on": pd.to_datetime(list(days)),
            "amount": [Decimal("0.10")] * len(days),
            "currency": "USD",
            "kind": "purchase",
            **dict.fromkeys(
                [
                    "customer_id",
                    "account_id",
                    "hour",
                    "quantity",
                    "discount",
                    "promoted",
                    "product_id",
                    "category",
                    "merchant",
                    "channel",
                ]
            ),
        }
    )


def make(table: str, data) -> None:
    ws = Workspace("shop", "10_first")
    ws.write(table, data)
    ws.publish()


def test_the_workspace_opened_last_is_the_one_in_use(home):
    Workspace("shop", "10_first")
    ws = Workspace("shop", "20_second")
    assert opened() is ws
    del ws
    assert opened() is None


def test_a_table_comes_back_sorted_by_its_key(home):
    make("products", products())
    assert Workspace("shop", "20").read("products").to_pandas()["product_id"].tolist() == ["a", "b"]


def test_nothing_is_there_before_publishing(home):
    ws = Workspace("shop", "10_first")
    ws.write("products", products())
    assert not Workspace("shop", "20").has("products")


def test_the_order_of_the_rows_does_not_change_the_bytes(home):
    path = home / "data/processed/shop/products.parquet"
    make("products", products())
    before = path.read_bytes()
    make("products", products().iloc[::-1])
    assert path.read_bytes() == before


def test_money_is_summed_exactly(home):
    make("transactions", sales(*["2024-01-01"] * 1000))
    assert Workspace("shop", "20").read("transactions").amount.sum().execute() == Decimal("100.0000")


def test_a_column_without_values_is_not_there_for_who_asks(home):
    make("products", products())
    ws = Workspace("shop", "20")
    assert ws.has("products", "category")
    assert not ws.has("products", "brand")
    assert not ws.has("contacts")


def test_what_was_read_is_in_the_manifest(home):
    make("products", products())
    ws = Workspace("shop", "20", tiers=4)
    ws.read("products")
    ws.has("contacts")
    assert ws.params.tiers == 4
    ws.publish()
    entry = json.loads((home / "data/processed/shop/manifest.json").read_text())["steps"]["20"]
    assert entry["parameters"] == {"engine": "duckdb", "tiers": 4}
    assert entry["inputs"]["contacts.parquet"] is None
    assert len(entry["inputs"]["products.parquet"]) == 64


def test_all_faults_of_a_table_are_said_at_once_and_no_value(home):
    ws = Workspace("shop", "10_first")
    with pytest.raises(ContractError, match=r"2 problem") as caught:
        ws.write("products", products(product_id=[None, None]))
    assert "product_id is missing in 2 row(s)" in str(caught.value)
    assert "product_id repeats in 1 row(s)" in str(caught.value)
    assert "Tea" not in str(caught.value)


def test_columns_that_the_contract_does_not_know_are_refused(home):
    with pytest.raises(ContractError, match=r"(?s)missing: brand.*not described: phone"):
        Workspace("shop", "10_first").write("products", products().drop(columns="brand").assign(phone="1"))


def test_a_table_without_contract_is_refused(home):
    with pytest.raises(ContractError, match="secrets: has no contract"):
        Workspace("shop", "10_first").write("secrets", products())


def test_a_missing_table_says_which_command_makes_it(home):
    with pytest.raises(MissingTableError, match="`insight run shop` makes"):
        Workspace("shop", "20").read("profile")


def test_the_last_day_comes_from_the_data(home):
    make("transactions", sales("2024-02-28", "2024-02-29"))
    assert Workspace("shop", "20").as_of == date(2024, 2, 29)


def test_a_day_outside_the_data_names_the_days_that_would_work(home):
    make("transactions", sales("2024-02-28", "2024-02-29"))
    with pytest.raises(ParameterError, match="expected a day from 2024-02-28 to 2024-02-29"):
        _ = Workspace("shop", "20", as_of=date(2024, 3, 1)).as_of


def test_headlines_come_back_from_those_before(home):
    ws = Workspace("shop", "10_first")
    ws.headline("products", 2, unit="rows", sentence=WORDS, label=WORDS)
    ws.headline("share", None, sentence=WORDS)
    ws.publish()
    read = Workspace("shop", "80").headlines()["10_first"]
    assert read[0]["sentence"] == {"en": "One.", "zh": "一。"}
    assert [(h["name"], h["value"], h["low"]) for h in read] == [("products", 2, None), ("share", None, None)]
    assert Workspace("shop", "00").headlines() == {}


def test_a_headline_that_is_not_a_number_is_refused(home):
    with pytest.raises(ContractError, match="expected a finite number"):
        Workspace("shop", "10_first").headline("auc", float("nan"), sentence=WORDS)


def test_the_workspace_opened_last_is_known_while_it_is_in_use(home):
    ws = Workspace("shop", "20_profile")
    assert opened() is ws
    del ws
    assert opened() is None
