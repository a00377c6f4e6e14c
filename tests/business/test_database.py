"""A shop in a PostgreSQL database: drafted from its tables, checked, run, and equal to plain SQL to the cent."""

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml

from postgres_server import PASSWORD, load_shop

SOLD = """
    SELECT sum(l.quantity * l.unit_price) FILTER (WHERE o.status = 'completed'),
           sum(l.quantity * l.unit_price) FILTER (WHERE o.customer_id IS NULL),
           sum(l.quantity * l.unit_price), count(*), count(DISTINCT o.customer_id)
    FROM trade.order_line l JOIN trade.orders o USING (order_id)
"""
DAYS = """
    SELECT (o.placed_at AT TIME ZONE 'Asia/Taipei')::date, sum(l.quantity * l.unit_price)
    FROM trade.order_line l JOIN trade.orders o USING (order_id) GROUP BY 1
"""


def transactions(home):
    return pq.read_table(home.processed("tea_shop") / "transactions.parquet")


@pytest.fixture(scope="module")
def tea_shop(home, postgres):
    load_shop(postgres)
    drafted = home.run("new", "tea_shop", "--database", postgres.url)
    assert drafted.returncode == 0, drafted.stderr
    return home


def test_a_shop_in_postgresql_runs_by_its_draft_and_equals_plain_sql(tea_shop, postgres):
    with postgres.connect() as con:
        completed, nobody, everything, lines, customers = con.execute(SOLD).fetchone()
        days = con.execute(DAYS).fetchall()
    checked = tea_shop.run("check", "tea_shop")
    assert checked.returncode == 0, checked.stdout
    assert f"trade.order_line: {lines:,} rows, postgres; not used: line_no" in checked.stdout
    tea_shop.report("tea_shop")
    rows = transactions(tea_shop)
    assert (rows.num_rows, pc.sum(rows["amount"]).as_py()) == (lines, everything)
    purchases = rows.filter(pc.field("kind") == "purchase")
    assert pc.sum(purchases["amount"]).as_py() == completed
    assert pc.sum(rows.filter(pc.field("customer_id").is_null())["amount"]).as_py() == nobody
    assert len(pc.unique(rows["customer_id"].drop_null())) == customers
    by_day = rows.group_by("occurred_on").aggregate([("amount", "sum")]).to_pylist()
    assert {row["occurred_on"]: row["amount_sum"] for row in by_day} == dict(days)
    assert (tea_shop.reports("tea_shop") / "index.html").is_file()


def test_what_the_server_holds_now_is_what_a_run_reads(tea_shop, postgres):
    before = transactions(tea_shop).num_rows
    with postgres.connect() as con:
        con.execute("INSERT INTO trade.order_line VALUES (1, 99, 'T001', 1, 0.01)")
    tea_shop.report("tea_shop", "--only", "10")
    assert transactions(tea_shop).num_rows == before + 1


def test_the_password_is_written_nowhere(tea_shop):
    written = (tea_shop.folder / "params" / "tea_shop.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(written)["source"]["url"].startswith("postgres://clerk:${SHOP_PASSWORD}@")
    for path in (tea_shop.folder / "data" / "processed" / "tea_shop", tea_shop.reports("tea_shop")):
        for file in path.rglob("*"):
            assert not file.is_file() or PASSWORD.encode() not in file.read_bytes()


def test_a_wrong_password_and_none_are_said_without_it(tea_shop):
    wrong = tea_shop.run("check", "tea_shop", SHOP_PASSWORD="hunter2")
    assert (wrong.returncode, "refused the user or the password" in wrong.stdout) == (2, True)
    assert "hunter2" not in wrong.stdout + wrong.stderr
    written = tea_shop.run("new", "other", "--database", "postgres://clerk:hunter2@127.0.0.1/postgres")
    assert (written.returncode, "holds a password" in written.stderr) == (2, True)
    assert "hunter2" not in written.stdout + written.stderr
    assert not (tea_shop.folder / "params" / "other.yaml").exists()
