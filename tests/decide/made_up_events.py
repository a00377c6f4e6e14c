"""Small tables of what customers did, by hand or at random, in the form that triggers read."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import ibis
import numpy as np
import pyarrow as pa

from insight.config.triggers import Triggers
from insight.decide.triggers.records import Records

FIRST = date(2024, 1, 1)
SCHEMAS = {
    "transactions": {
        "transaction_id": "string", "basket_id": "string", "customer_id": "string", "occurred_on": "date",
        "hour": "int64", "amount": "decimal(18, 4)", "discount": "decimal(18, 4)", "promoted": "boolean",
        "kind": "string", "product_id": "string",
    },
    "customers": {
        "customer_id": "string", "birth_month": "int64", "first_seen_on": "date", "consent": "boolean",
    },
    "accounts": {"account_id": "string", "customer_id": "string", "opened_on": "date", "closed_on": "date"},
    "statements": {"account_id": "string", "statement_on": "date", "days_past_due": "int64"},
    "rewards": {"customer_id": "string", "occurred_on": "date", "kind": "string", "points": "int64"},
    "service_tickets": {
        "customer_id": "string", "closed_at": "timestamp(6)", "topic": "string", "satisfaction": "float64",
    },
    "interactions": {"customer_id": "string", "occurred_on": "date", "kind": "string"},
    "applications": {"customer_id": "string", "applied_on": "date"},
    "products": {"product_id": "string", "category": "string"},
    "consents": {"customer_id": "string", "given_on": "date", "granted": "boolean"},
    "contacts": {"customer_id": "string", "sent_on": "date", "is_holdout": "boolean"},
}  # fmt: skip
Rows = Sequence[tuple]


def day(number: int) -> date:
    """Give a day by its number; the first of January 2024 is 1."""
    return FIRST + timedelta(days=number - 1)


def purchases(rows: Rows) -> list[tuple]:
    """Give purchase lines of ``customer, day, product``, the last if there is one."""
    return [
        (f"t{place}", f"t{place}", who, day(on), None, 5, None, None, "purchase", *(product or [None]))
        for place, (who, on, *product) in enumerate(rows)
    ]


def records(
    tables: Mapping[str, Rows], *, as_of: int, rules: Triggers | None = None, zone: str = "Asia/Shanghai"
) -> Records:
    """Give the records of some tables; what is known by a day is for the rules to find."""
    made = {name: ibis.memtable(_table(rows, ibis.schema(SCHEMAS[name]).to_pyarrow())) for name, rows in tables.items()}

    def has(table: str, column: str | None = None) -> bool:
        rows = tables.get(table, ())
        place = None if column is None else list(SCHEMAS[table]).index(column)
        return bool(rows) if place is None else any(row[place] is not None for row in rows)

    return Records(made.__getitem__, has, day(as_of), zone, rules or Triggers())


def _table(rows: Rows, schema: pa.Schema) -> pa.Table:
    columns = [pa.array([row[at] for row in rows], kind) for at, kind in enumerate(schema.types)]
    return pa.Table.from_arrays(columns, schema=schema)


def random_tables(seed: int, *, days: int = 120, customers: int = 25) -> dict[str, list[tuple]]:
    """Give tables in which everything happens at random, so that every trigger is set off."""
    rng = np.random.default_rng(seed)
    people = [f"c{number:02d}" for number in range(customers)]

    def draw(count: int, *more) -> list[tuple]:
        return [
            (people[rng.integers(customers)], day(int(rng.integers(1, days + 1))), *(make() for make in more))
            for _ in range(count)
        ]

    opened = {who: int(rng.integers(-200, days)) for who in people}
    begins = {who: opened[who] + int(rng.integers(0, 40)) for who in people}
    lines = [(who, on) for who in people for on in range(1, days + 1) if rng.random() < 0.25 and on >= begins[who]]
    kinds = ("earned", "earned", "redeemed", "expired")
    rewards = [(*row, kind, int(rng.integers(1, 90)) * (1 if kind == "earned" else -1))
               for row in draw(300) for kind in [kinds[rng.integers(4)]]]  # fmt: skip
    bills = {
        (who, day(on)): int(rng.random() < 0.2) * 9 for who in people for on in range(5, days, 30) if on >= opened[who]
    }
    return {
        "transactions": purchases(lines),
        "customers": [(who, int(rng.integers(1, 13)), day(opened[who]), bool(rng.random() < 0.7)) for who in people],
        "accounts": [
            (who, who, day(opened[who]), day(opened[who] + 150) if rng.random() < 0.3 else None) for who in people
        ],
        "statements": [(who, on, late) for (who, on), late in bills.items()],
        "rewards": rewards,
        "service_tickets": [
            (who, datetime(on.year, on.month, on.day, 20), topic, float(rng.integers(1, 6)))
            for who, on, topic in draw(60, lambda: ("fee_complaint", "limit")[rng.integers(2)])
        ],
        "interactions": draw(60, lambda: ("lead: gold", "login")[rng.integers(2)]),
        "applications": draw(10),
        "consents": list({row[:2]: row for row in draw(60, lambda: bool(rng.random() < 0.7))}.values()),
        "contacts": draw(60, lambda: bool(rng.random() < 0.2)),
    }


#: Where the day of a row stands, by table.
DAY_OF = {
    "transactions": 3,
    "statements": 1,
    "rewards": 1,
    "service_tickets": 1,
    "interactions": 1,
    "applications": 1,
    "consents": 1,
    "contacts": 1,
}


def until(tables: Mapping[str, Rows], last: int) -> dict[str, list[tuple]]:
    """Take away all rows after a day, and what they say of accounts."""
    end = day(last)

    def on(value) -> date:
        return value.date() + timedelta(days=1) if isinstance(value, datetime) else value

    kept = {name: [row for row in rows if name not in DAY_OF or on(row[DAY_OF[name]]) <= end]
            for name, rows in tables.items()}  # fmt: skip
    kept["accounts"] = [
        (name, who, opened, closed if closed is not None and closed <= end else None)
        for name, who, opened, closed in tables["accounts"]
        if opened <= end
    ]
    kept["customers"] = [row for row in tables["customers"] if row[2] <= end]
    return kept
