from datetime import date, timedelta
from decimal import Decimal

import ibis
import pandas as pd
import pyarrow as pa
import pytest

SCHEMA = pa.schema(
    {
        "transaction_id": pa.string(),
        "customer_id": pa.string(),
        "basket_id": pa.string(),
        "occurred_on": pa.date32(),
        "hour": pa.int64(),
        "amount": pa.decimal128(18, 4),
        "kind": pa.string(),
        "discount": pa.decimal128(18, 4),
        "promoted": pa.bool_(),
        "category": pa.string(),
    }
)


def line(customer, basket, on, amount, **more) -> dict:
    """One line; ``on`` is a day in ISO form."""
    known = {"kind": "purchase", "customer_id": customer, "basket_id": basket, "occurred_on": date.fromisoformat(on)}
    return {**known, "amount": Decimal(str(amount)), **more}


def as_table(lines: list[dict]) -> ibis.Table:
    numbered = [{"transaction_id": f"t{number}", **one} for number, one in enumerate(lines)]
    return ibis.memtable(pa.Table.from_pylist(numbered, schema=SCHEMA))


@pytest.fixture
def shop() -> list[dict]:
    """Ada buys on three days and takes something back, Bob once, Zoë only for nothing; one line is nobody's."""
    return [
        line("ada", "a1", "2024-01-06", "10.10", hour=9, category="tea", promoted=True, discount=Decimal("1.00")),
        line("ada", "a1", "2024-01-06", "5.05", hour=9, category="cake", promoted=False, discount=Decimal("0")),
        line("ada", "a2", "2024-01-06", "4.85", hour=18, category="tea", promoted=False, discount=Decimal("0")),
        line("ada", "a3", "2024-01-08", "20", hour=12, category=None, promoted=False, discount=Decimal("0")),
        line("ada", "a4", "2024-02-29", "-5.05", hour=12, category="cake", kind="refund"),
        line("ada", "a5", "2024-03-08", "40", hour=20, category="cake", promoted=True, discount=Decimal("10")),
        line("bob", "b1", "2024-03-10", "7", hour=7, category="tea", promoted=False, discount=Decimal("0")),
        line("zoë", "z1", "2024-01-01", "0", hour=7, category="tea", promoted=False, discount=Decimal("3")),
        line(None, "n1", "2024-01-02", "99", hour=7, category="tea", promoted=False, discount=Decimal("0")),
    ]


@pytest.fixture(scope="session")
def groceries() -> ibis.Table:
    """Complete Journey's lines as the canonical table has them."""
    source = pytest.importorskip("insight.sources.readers.complete_journey")
    from insight.config.parameters import load
    from insight.engine import connect

    con = connect()
    return con.create_table("lines", source.deliver(load("complete_journey"), con)["transactions"], temp=True)


def days_of(lines: list[tuple[str, int]]) -> ibis.Table:
    """Purchase days of (customer, day number), as `summarise_days` gives them."""
    rows = pd.DataFrame(lines, columns=["customer_id", "day"]).sort_values(["customer_id", "day"])
    rows["occurred_on"] = [date(2024, 1, 1) + timedelta(days=int(day)) for day in rows["day"]]
    rows["gap_days"] = rows.groupby("customer_id")["day"].diff().astype("Int64")
    return ibis.memtable(rows[["customer_id", "occurred_on", "gap_days"]])
