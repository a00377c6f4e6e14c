"""A PostgreSQL server of our own, started in a temporary folder by a user who is not root, and a small shop in it."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

PASSWORD = "s/e@cret 密"
_SHOP = """
CREATE SCHEMA trade;
CREATE TYPE trade.state AS ENUM ('completed', 'cancelled');
CREATE TABLE trade.customer (
    customer_id bigint PRIMARY KEY, full_name text, email text, city text, birth_date date, marketing_consent boolean,
    registered_at timestamptz NOT NULL, settings jsonb DEFAULT '{}', tags text[]);
CREATE TABLE trade.product (sku text PRIMARY KEY, product_name text NOT NULL, category text, weight real);
CREATE TABLE trade.orders (
    order_id bigint, customer_id bigint, placed_at timestamptz NOT NULL, status trade.state NOT NULL, channel text
) PARTITION BY RANGE (placed_at);
CREATE TABLE trade.orders_2023 PARTITION OF trade.orders FOR VALUES FROM (MINVALUE) TO ('2024-01-01');
CREATE TABLE trade.orders_2024 PARTITION OF trade.orders FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);
CREATE TABLE trade.order_line (
    order_id bigint NOT NULL, line_no integer NOT NULL, sku text, quantity integer NOT NULL,
    unit_price numeric(14, 4) NOT NULL, PRIMARY KEY (order_id, line_no));
CREATE VIEW trade.big_order AS SELECT * FROM trade.orders WHERE order_id % 10 = 0;
CREATE TABLE trade.import_log (run_id integer, noted_at timestamptz);
"""


@dataclass(frozen=True)
class Server:
    """A server that listens on this machine alone, for one user with a password."""

    binaries: Path
    folder: Path
    port: int

    @property
    def url(self) -> str:
        """The address as the parameters have it: the password is in the environment."""
        return f"postgres://clerk:${{SHOP_PASSWORD}}@127.0.0.1:{self.port}/postgres"

    def connect(self):
        import psycopg

        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="clerk", password=PASSWORD, dbname="postgres", autocommit=True
        )


def running_server() -> Iterator[Server]:
    """Start a server, and stop it in the end; skip where there is none to start."""
    pytest.importorskip("psycopg", reason="no driver for PostgreSQL: pip install 'insight[postgres]'")
    places = [path for path in sorted(Path("/usr/lib/postgresql").glob("*/bin")) if (path / "initdb").exists()]
    if not places:
        pytest.skip("no PostgreSQL server to start: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="insight-postgres-"))
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    if os.getuid() == 0:  # the server refuses to run as root
        for path in (folder, folder / "password"):
            shutil.chown(path, "postgres", "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = Server(places[-1], folder, free.getsockname()[1])
    data = folder / "data"
    options = f"-F -c listen_addresses=127.0.0.1 -c port={server.port} -c unix_socket_directories={folder}"
    try:
        _call(server, "initdb", "-D", data, "-U", "clerk", "--pwfile", folder / "password", "-A", "scram-sha-256",
              "-E", "UTF8", "--no-locale", "--no-sync")  # fmt: skip
        _call(server, "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
        yield server
    finally:
        _call(server, "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _call(server: Server, program: str, *arguments: object) -> None:
    owner = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    command = [str(server.binaries / program), *map(str, arguments)]
    subprocess.run(command, check=True, cwd=server.folder, stdout=subprocess.DEVNULL, timeout=60, **owner)


def load_shop(server: Server, *, customers: int = 400, orders: int = 3_000) -> None:
    """Load two years of a tea shop: orders and their lines in two tables, of which some have no customer."""
    rng = np.random.default_rng(8)
    cities = ["台北", "新竹", "O'Hara", None]
    people = [
        (number, f"王{number}", f"w{number}@example.org", cities[number % 4], f"{1950 + number % 50}-02-28",
         [True, False, None][number % 3], "2022-12-01 08:00:00+08")
        for number in range(1, customers + 1)
    ]  # fmt: skip
    products = [(f"T{number:03d}", f"乌龙茶 {number} 号", ["茶叶", "茶具"][number % 2], 0.1) for number in range(40)]
    minutes = np.sort(rng.integers(0, 730 * 24 * 60, orders))
    loyal = rng.zipf(1.6, orders * 3)
    buyers = loyal[loyal <= customers][:orders]
    sold, lines = [], []
    for order, (minute, buyer) in enumerate(zip(minutes, buyers, strict=False), start=1):
        moment = np.datetime64("2023-01-01T00:00") + np.timedelta64(int(minute), "m")
        state = "cancelled" if rng.random() < 0.05 else "completed"
        who = None if rng.random() < 0.02 else int(buyer)
        sold.append((order, who, f"{moment}:00+08", state, ["web", "store"][order % 2]))
        for line in range(1, int(rng.integers(2, 5))):
            price = f"{int(rng.integers(10_000, 9_999_999)) / 10_000:.4f}"
            lines.append((order, line, f"T{int(rng.integers(0, 40)):03d}", int(rng.integers(1, 6)), price))
    with server.connect() as con, con.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS trade CASCADE")
        cursor.execute(_SHOP)
        columns = "customer_id, full_name, email, city, birth_date, marketing_consent, registered_at"
        for table, rows in (
            (f"trade.customer ({columns})", people),
            ("trade.product", products),
            ("trade.orders", sold),
            ("trade.order_line", lines),
        ):
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
