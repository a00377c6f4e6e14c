"""One shop in DuckDB and in SQLite, read through the same mapping."""

import sqlite3
from decimal import Decimal

import duckdb
import pytest

from insight.config.parameters import Parameters
from insight.contracts import CONTRACTS
from insight.contracts.quarantine import check
from insight.engine import connect
from insight.errors import SourceError
from insight.sources.readers import database
from insight.sources.reading.database import filled_address

SALES = [
    (1, "ada", "2024-02-29 23:30:00", "12.50", 1, "ada@example.org"),
    (2, "bob", "2024-03-01 09:00:00", "-3.10", 1, "bob@example.org"),
    (3, None, "2024-03-01 10:15:00", "0.10", 2, None),
]
COLUMNS = {
    "transaction_id": "id",
    "customer_id": "who",
    "occurred_at": "sold_at",
    "amount": "paid",
    "quantity": "n",
}
WITHOUT_KEY = {name: column for name, column in COLUMNS.items() if name != "transaction_id"}
BOTH = pytest.mark.parametrize("kind", ["sqlite_shop", "duckdb_shop"])


@pytest.fixture
def sqlite_shop(tmp_path):
    path = tmp_path / "shop.db"
    shop = sqlite3.connect(path)
    shop.execute("CREATE TABLE sales (id INTEGER, who TEXT, sold_at TEXT, paid NUMERIC, n INTEGER, email TEXT)")
    shop.executemany("INSERT INTO sales VALUES (?, ?, ?, ?, ?, ?)", SALES)
    shop.commit()
    shop.close()
    return f"sqlite://{path}"


@pytest.fixture
def duckdb_shop(tmp_path):
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as shop:
        shop.execute(
            "CREATE TABLE sales (id BIGINT, who TEXT, sold_at TIMESTAMP, paid DECIMAL(9, 2), n INTEGER, email TEXT)"
        )
        shop.executemany("INSERT INTO sales VALUES (?, ?, ?, ?, ?, ?)", SALES)
    return f"duckdb://{path}"


def change(url, *statements):
    shop = (sqlite3 if url.startswith("sqlite") else duckdb).connect(url.split("://")[1])
    for statement in statements:
        shop.execute(statement)
    shop.commit()
    shop.close()


def params(url, *, columns=COLUMNS, table="sales", **more):
    mapping = {"table": table, "columns": columns, **more}
    return Parameters.model_validate(
        {
            "dataset": "shop",
            "title": {"en": "Shop", "zh": "店"},
            "currency": "EUR",
            "time_zone": "Asia/Shanghai",
            "source": {"kind": "database", "url": url, "tables": {"transactions": mapping}},
        }
    )


def read(url, **options):
    delivered = database.deliver(params(url, **options), connect())
    return check(delivered["transactions"], CONTRACTS["transactions"]), delivered


@BOTH
def test_a_table_is_read_with_its_types(kind, request):
    checked, _delivered = read(request.getfixturevalue(kind))
    rows = checked.accepted.order_by("transaction_id").to_pyarrow().to_pylist()
    assert [row["amount"] for row in rows] == [Decimal("12.50"), Decimal("-3.10"), Decimal("0.10")]
    assert [row["kind"] for row in rows] == ["purchase", "refund", "purchase"]
    assert [row["customer_id"] for row in rows] == ["ada", "bob", None]
    assert str(rows[0]["occurred_at"]) == "2024-02-29 15:30:00"
    assert (str(rows[0]["occurred_on"]), rows[0]["hour"]) == ("2024-02-29", 23)
    assert checked.counts.source_file.tolist() == ["sales"]


def test_both_databases_give_the_same_rows(sqlite_shop, duckdb_shop):
    lite, duck = (read(url)[0].accepted.order_by("transaction_id") for url in (sqlite_shop, duckdb_shop))
    assert lite.to_pyarrow().to_pylist() == duck.to_pyarrow().to_pylist()


def test_sqlite_may_hold_text_where_numbers_are_declared(sqlite_shop):
    change(sqlite_shop, "INSERT INTO sales VALUES (4, 'bob', '2024-03-02 10:00:00', 'unknown', 1, '')")
    checked, _delivered = read(sqlite_shop)
    (fault,) = checked.quarantined.to_pyarrow().to_pylist()
    assert (fault["source_line"], fault["column"]) == (4, "amount")
    assert checked.counts.rows_accepted.tolist() == [3]


@BOTH
def test_rows_without_a_key_that_repeat_are_counted_once(kind, request):
    url = request.getfixturevalue(kind)
    change(url, "INSERT INTO sales SELECT * FROM sales WHERE id = 1")
    checked, _delivered = read(url, columns=WITHOUT_KEY)
    assert checked.counts[["rows_delivered", "rows_accepted", "rows_duplicate"]].to_numpy().tolist() == [[4, 3, 1]]


def test_columns_that_are_not_used_tell_rows_without_a_key_apart(duckdb_shop):
    change(duckdb_shop, "INSERT INTO sales SELECT id + 9, who, sold_at, paid, n, email FROM sales WHERE id = 1")
    checked, _delivered = read(duckdb_shop, columns=WITHOUT_KEY)
    assert checked.counts.rows_accepted.tolist() == [4]


def test_a_view_in_a_schema_is_a_table_too(duckdb_shop):
    change(duckdb_shop, "CREATE SCHEMA mart", "CREATE VIEW mart.paid AS SELECT * FROM main.sales WHERE paid > 0")
    checked, _delivered = read(duckdb_shop, table="paid", schema="mart")
    assert checked.counts[["source_file", "rows_accepted"]].to_numpy().tolist() == [["mart.paid", 2]]


def test_the_file_of_the_database_is_what_freshness_looks_at(sqlite_shop):
    (path,) = database.inputs(params(sqlite_shop))
    assert path.name == "shop.db"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"table": "salse"}, "no such table or view; did you mean `sales`"),
        ({"columns": COLUMNS | {"amount": "payed"}}, r"'payed' \(did you mean 'paid'\?\)"),
        ({"columns": {"transaction_id": "id", "amount": "paid"}}, "every row needs occurred_at"),
    ],
)
def test_a_wrong_description_says_what_is_there(sqlite_shop, wrong, words):
    with pytest.raises(SourceError, match=words):
        read(sqlite_shop, **wrong)


@pytest.mark.parametrize(
    "url",
    [
        "postgres://me:hunter2@host/shop",
        "postgres://me@host/shop?password=hunter2",
        "duckdb://shop.duckdb?motherduck_token=hunter2",
    ],
)
def test_a_password_in_the_address_is_refused_and_not_repeated(url):
    with pytest.raises(SourceError, match="holds a password or token") as refused:
        database.inputs(params(url))
    assert "hunter2" not in str(refused.value)


def test_a_password_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("SHOP_PASSWORD", "s/e@cret")
    url = "postgres://me:${SHOP_PASSWORD}@host/shop"
    assert filled_address(url) == "postgres://me:s%2Fe%40cret@host/shop"
    monkeypatch.delenv("SHOP_PASSWORD")
    with pytest.raises(SourceError, match="the environment has no SHOP_PASSWORD"):
        database.inputs(params(url))


def test_a_database_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(SourceError, match="there is no file"):
        database.inputs(params(f"sqlite://{tmp_path}/nope.db"))
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_is_refused_without_its_content(tmp_path):
    (tmp_path / "shop.db").write_bytes(b"SQLite format 3\x00 Ada Lovelace")
    with pytest.raises(SourceError) as refused:
        read(f"sqlite://{tmp_path}/shop.db")
    assert "Ada" not in str(refused.value)
