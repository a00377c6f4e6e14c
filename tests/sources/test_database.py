"""One shop in DuckDB, SQLite and PostgreSQL, read through the same mapping."""

import json
import sqlite3
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml

from insight.config.parameters import Parameters, load
from insight.contracts import CONTRACTS
from insight.contracts.quarantine import check
from insight.engine import connect
from insight.errors import SourceError
from insight.sources import draft
from insight.sources.readers import database
from insight.sources.reading.database import filled_address
from postgres_server import load_shop

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
        ({"table": "salse", "schema": "main"}, r"main\.salse: .* did you mean `sales`"),
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


# --- PostgreSQL


def in_postgres(server, *statements):
    with server.connect() as con:
        for statement in ("DROP SCHEMA IF EXISTS mart CASCADE", "CREATE SCHEMA mart", *statements):
            con.execute(statement)
    return server.url


def test_postgresql_gives_values_as_they_are(postgres):
    url = in_postgres(
        postgres,
        """CREATE TABLE mart.sales (id uuid, who text, sold_at timestamptz, paid numeric, n smallint, "Größe 尺寸" text,
               until date, tags text[])""",
        """INSERT INTO mart.sales VALUES
               (gen_random_uuid(), '王', '2024-02-29 23:30:00.25+08', 12.50, 1, 'L', 'infinity', '{a}'),
               (gen_random_uuid(), NULL, '2024-03-01 09:00:00+01', -123456789012.3456, NULL, NULL, NULL, NULL),
               (gen_random_uuid(), 'bob', '2024-03-01', 'NaN', 2, 'M', '2024-02-29', NULL)""",
    )
    checked, _delivered = read(url, schema="mart", columns=COLUMNS | {"category": "Größe 尺寸", "merchant": "until"})
    rows = {row["customer_id"]: row for row in checked.accepted.to_pyarrow().to_pylist()}
    assert (rows["王"]["amount"], rows[None]["amount"]) == (Decimal("12.50"), Decimal("-123456789012.3456"))
    assert (str(rows["王"]["occurred_at"]), rows["王"]["hour"]) == ("2024-02-29 15:30:00.250000", 23)
    assert (rows["王"]["category"], rows["王"]["merchant"]) == ("L", "infinity")
    (fault,) = checked.quarantined.to_pyarrow().to_pylist()  # NaN is no amount
    assert (fault["column"], fault["source_file"]) == ("amount", "mart.sales")


def test_tables_of_postgresql_are_looked_up_and_read_together(postgres):
    url = in_postgres(
        postgres,
        "CREATE TABLE mart.lines_2023 (n int, order_id int, paid numeric(9, 2))",
        "CREATE TABLE mart.lines_2024 (n int, order_no int, paid numeric(9, 2))",
        "CREATE VIEW mart.orders AS SELECT 7 AS id, 'ada' AS who, DATE '2023-05-01' AS day, 'x'::bytea AS pdf",
        "INSERT INTO mart.lines_2023 VALUES (1, 7, 1.10), (2, 7, 2.20)",
        "INSERT INTO mart.lines_2024 VALUES (3, 7, 3.30), (4, 8, 4.40)",
    )
    columns = {"transaction_id": "n", "customer_id": "orders.who", "occurred_on": "orders.day", "amount": "paid"}
    orders = {"table": "orders", "schema": "mart", "by": {"order_id": "id"}}
    checked, _delivered = read(
        url, table=["lines_2023", "lines_2024"], schema="mart", columns=columns,
        renamed={"order_no": "order_id"}, join={"orders": orders},
    )  # fmt: skip
    assert checked.accepted.amount.sum().execute() == Decimal("6.60")
    assert checked.counts.source_file.tolist() == ["mart.lines_2023", "mart.lines_2024"]
    assert checked.counts.rows_quarantined.tolist() == [0, 1]  # an order that is not there has no day


def test_bytes_are_no_value(postgres):
    url = in_postgres(postgres, "CREATE TABLE mart.sales (id int, who bytea, sold_at date, paid numeric, n int)")
    with pytest.raises(SourceError, match=r"mart\.sales: 'who' hold\(s\) lists, records or bytes"):
        read(url, schema="mart")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgres://nobody:${SHOP_PASSWORD}@127.0.0.1:{port}/postgres", "refused the user or the password"),
        ("postgres://clerk@127.0.0.1:{port}/postgres", "asks for a password"),
        ("postgresql+psycopg://clerk:${SHOP_PASSWORD}@127.0.0.1:{port}/nope", "no database or user of that name"),
        ("postgres://clerk:${SHOP_PASSWORD}@127.0.0.1:1/postgres", "nothing answers"),
    ],
)
def test_a_server_that_refuses_is_told_by_its_reason(postgres, url, words):
    with pytest.raises(SourceError, match=words) as refused:
        read(url.replace("{port}", str(postgres.port)), schema="mart")
    assert "127.0.0.1" not in str(refused.value)


def test_a_driver_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    for name in [name for name in sys.modules if name.startswith("ibis.backends.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(SourceError, match=r"pip install 'insight\[postgres\]'"):
        read("postgres://clerk@127.0.0.1/postgres")
    with pytest.raises(SourceError, match=r"pip install 'ibis-framework\[mysql\]'"):
        read("mysql://clerk@127.0.0.1/shop")


# --- drafted


def test_a_database_is_drafted_whatever_it_is(shop, sqlite_shop, duckdb_shop):
    for url in (sqlite_shop, duckdb_shop):
        source = yaml.safe_load(draft.draft("shop", shop.root, url=url))["source"]
        assert (source["kind"], source["url"]) == ("database", url)
        table = source["tables"]["transactions"]
        assert (table["table"], table["columns"]["amount"], table["personal"]) == ("sales", "paid", ["email"])


def test_partitions_views_and_empty_tables_double_nothing(shop, postgres):
    load_shop(postgres, customers=60, orders=400)
    tables = yaml.safe_load(draft.draft("shop", shop.root, url=postgres.url))["source"]["tables"]
    bought = tables["transactions"]
    assert (bought["table"], bought["schema"], bought["join"]["orders"]["table"]) == ("order_line", "trade", "orders")
    assert tables["customers"]["personal"] == ["full_name", "email"]


def test_tables_of_single_years_are_one(shop, duckdb_shop):
    more = "id + 10 * y AS id, who, sold_at + to_years(y::int) AS sold_at, paid, n, email"
    years = [f"CREATE TABLE sales_{2024 + y} AS SELECT {more} FROM (SELECT *, {y} AS y FROM sales)" for y in range(3)]
    change(duckdb_shop, *years, "DROP TABLE sales", "CREATE VIEW all_sales AS FROM sales_2024")
    tables = yaml.safe_load(draft.draft("shop", shop.root, url=duckdb_shop))["source"]["tables"]
    assert tables["transactions"]["table"] == ["sales_2024", "sales_2025", "sales_2026"]


def test_a_database_that_lies_among_the_files_says_how_it_is_drafted(shop, sqlite_shop, duckdb_shop):
    for url in (sqlite_shop, duckdb_shop):
        path = Path(url.split("://")[1])
        path.rename(shop.folder / "delivered.db")
        kind = url.split("://")[0]
        address = f"{kind}:///data/raw/shop/delivered.db"
        with pytest.raises(SourceError, match=f"insight new shop --database {address}"):
            draft.draft("shop", shop.root)
        assert f"url: {json.dumps(address)}" in draft.draft("shop", shop.root, url=address)


def test_orders_are_dated_by_when_they_were_made(shop, tmp_path):
    path = tmp_path / "web.sqlite"
    with sqlite3.connect(path) as web:
        web.executescript("""
            CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, created_at TEXT, country TEXT);
            CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER, created_at TEXT, status TEXT);
            CREATE TABLE order_items (
                id INTEGER PRIMARY KEY, order_id INTEGER, sku TEXT, quantity INTEGER, unit_price REAL);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 80)
            INSERT INTO users SELECT i, i || '@x.org', '2020-01-05 08:00:00', iif(i % 2, 'DE', 'AT') FROM n;
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
            INSERT INTO orders SELECT i, 1 + i * i % 80, datetime('2023-01-01', i || ' hours'), 'paid' FROM n;
            INSERT INTO order_items SELECT 2 * id + k, id, 'T' || (id % 9), 1 + id % 3, 1.25 * (1 + id % 7)
            FROM orders, (SELECT 0 AS k UNION SELECT 1);
        """)
        expected = web.execute("SELECT sum(quantity * unit_price) FROM order_items").fetchone()[0]
    (shop.root / "params" / "web.yaml").write_text(draft.draft("web", shop.root, url=f"sqlite://{path}"), "utf-8")
    rows = database.deliver(load("web", root=shop.root), shop.con)["transactions"]
    accepted = check(rows, CONTRACTS["transactions"]).accepted
    assert accepted.amount.sum().execute() == Decimal(str(expected))
    assert str(accepted.occurred_on.min().execute())[:10] == "2023-01-01"
    assert accepted.customer_id.nunique().execute() <= 80


def test_a_database_without_tables_says_so(shop, tmp_path):
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    with pytest.raises(SourceError, match="database: no table or view with rows"):
        draft.draft("shop", shop.root, url=f"duckdb://{tmp_path}/empty.duckdb")


@BOTH
def test_a_day_without_a_rate_takes_the_last_one_before(kind, request):
    url = request.getfixturevalue(kind)
    change(
        url,
        "CREATE TABLE rates (day DATE, rate DECIMAL(12, 8))",
        "INSERT INTO rates VALUES ('2024-02-28', 0.12345678), ('2024-03-02', 0.5)",
    )
    join = {"fx": {"table": "rates", "by": {"sold_at": "day"}, "last_before": 1}}
    checked, _delivered = read(url, columns=COLUMNS | {"amount": {"product": ["paid", "fx.rate"]}}, join=join)
    # half past eleven at night of 29 February has the rate of the day before; 1 March lies two days after it
    assert [row["amount"] for row in checked.accepted.to_pyarrow().to_pylist()] == [Decimal("1.54")]
    assert checked.remarks[["code", "rows"]].to_numpy().tolist() == [["last_before", 1]]
    assert checked.broken[["code", "rows"]].to_numpy().tolist() == [["lacks", 2]]
