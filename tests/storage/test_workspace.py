import json
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest

from insight.config.parameters import Bilingual
from insight.contracts import CONTRACTS
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
    with pytest.raises(MissingTableError, match=r"`insight run shop` makes what comes before .* stays missing\.$"):
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


def test_a_language_that_there_is_not_is_refused_where_it_stands(home):
    for lang in ("de", 3, None):
        with pytest.raises(
            ParameterError, match=r"^the parameters cell of notebooks/10_first.ipynb: `lang`: .* en or zh"
        ):
            Workspace("shop", "10_first", lang=lang)


def test_a_knob_is_refused_in_the_cell_of_its_notebook(home):
    with pytest.raises(ParameterError, match=r"^the parameters cell of notebooks/10_first.ipynb: .*\s.*`tiers`"):
        Workspace("shop", "10_first", tiers="5")


def test_what_is_there_is_listed_with_who_made_it(home):
    ws = Workspace("shop", "20_second")
    assert ws.tables().empty
    make("products", products())
    listed = ws.tables()
    assert listed.loc["products"].to_dict() == {
        "rows": 2,
        "columns": 5,
        "made_by": "10_first",
        "one_row_is": CONTRACTS["products"].row,
    }
    assert "20_second: 1 tables, 2 rows" in repr(ws)


@pytest.mark.parametrize(("lang", "attribute"), [("en", "meaning"), ("zh", "meaning_zh")])
def test_the_data_dictionary_is_at_hand_in_the_language_of_the_notebook(home, lang, attribute):
    make("products", products())
    described = Workspace("shop", "20_second", lang=lang).describe("products")
    contract = CONTRACTS["products"]
    assert described["meaning"].to_dict() == {column.name: getattr(column, attribute) for column in contract.columns}
    assert described["filled"].to_dict() == {"product_id": 1, "name": 1, "category": 0.5, "department": 0, "brand": 0}


def test_a_table_that_is_not_made_yet_has_a_dictionary_too(home):
    described = Workspace("shop", "20_second").describe("profile")
    assert list(described.index) == CONTRACTS["profile"].names
    assert described["filled"].isna().all()


def test_a_misspelt_table_names_the_nearest(home):
    with pytest.raises(MissingTableError, match="did you mean `products`"):
        Workspace("shop", "20_second").describe("product")


def test_to_look_around_is_not_to_read(home):
    make("products", products())
    ws = Workspace("shop", "20_second")
    repr(ws), ws.tables(), ws.describe("products"), dir(ws), dir(ws.params)
    ws.publish()
    entry = json.loads((home / "data/processed/shop/manifest.json").read_text())["steps"]["20_second"]
    assert (entry["inputs"], entry["parameters"]) == ({}, {})
    assert not {"_con", "_local", "_as_of"} & vars(ws).keys()  # nothing was opened or calculated
    assert {"tiers", "currency"} <= set(dir(ws.params))


def test_amounts_arrive_in_pandas_as_numbers_and_leave_as_the_same_bytes(home):
    amounts = ["0.10", "0.20", "123456789012.3456", "-99999999999.9999"]
    data = sales(*["2024-01-01"] * 4).assign(amount=[Decimal(amount) for amount in amounts])
    make("transactions", data)
    kept = home / "data/processed/shop/transactions.parquet"
    before = kept.read_bytes()
    ws = Workspace("shop", "10_first")
    frame = ws.frame("transactions")
    assert frame["amount"].dtype == "float64"
    assert frame["amount"].describe()["max"] == 123456789012.3456
    summed = ws.frame(ws.read("transactions").aggregate(amount=lambda t: t.amount.sum()))
    assert summed["amount"].tolist() == [float(sum(map(Decimal, amounts)))]  # summed in the engine, exactly
    ws.write("transactions", frame)
    ws.publish()
    assert kept.read_bytes() == before
