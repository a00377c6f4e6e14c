"""A handful of lines as a transactions table, for tests of what is counted from them."""

from datetime import date, timedelta
from decimal import Decimal

import ibis
import pyarrow as pa

FIRST = date(2024, 1, 1)
_SCHEMA = pa.schema(
    {
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


def transactions_of(lines: list[tuple]) -> ibis.Table:
    """Lines of (customer, day number, amount, and perhaps a kind); day 0 is 1 January 2024."""
    rows = [
        {
            "customer_id": customer,
            "basket_id": f"b{number}",
            "occurred_on": day(on),
            "amount": Decimal(str(amount)),
            "kind": kind[0] if kind else "purchase",
        }
        for number, (customer, on, amount, *kind) in enumerate(lines)
    ]
    return ibis.memtable(pa.Table.from_pylist(rows, schema=_SCHEMA))


def day(number: int) -> date:
    return FIRST + timedelta(days=int(number))
