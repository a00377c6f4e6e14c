"""A handful of lines as a transactions table, for tests of what is counted from them."""

from datetime import date, timedelta

import ibis
import pandas as pd

FIRST = date(2024, 1, 1)
_SCHEMA = {
    "customer_id": "string",
    "basket_id": "string",
    "occurred_on": "date",
    "hour": "int64",
    "amount": "decimal(18, 4)",
    "kind": "string",
    "discount": "decimal(18, 4)",
    "promoted": "boolean",
    "category": "string",
}


def transactions_of(lines: list[tuple]) -> ibis.Table:
    """Lines of (customer, day number, amount, and perhaps a kind) as a transactions table; day 0 is 1 January 2024."""
    rows = []
    for number, (customer, day, amount, *kind) in enumerate(lines):
        rows.append(
            {
                "customer_id": customer,
                "basket_id": f"b{number}",
                "occurred_on": FIRST + timedelta(days=int(day)),
                "hour": None,
                "amount": amount,
                "kind": kind[0] if kind else "purchase",
                "discount": None,
                "promoted": None,
                "category": None,
            }
        )
    return ibis.memtable(pd.DataFrame(rows, columns=list(_SCHEMA)), schema=_SCHEMA)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)
