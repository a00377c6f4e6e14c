"""A made-up shop with two offers on trial, whose effects are known: for tests of uplift and of decisions by it."""

from datetime import date
from decimal import Decimal

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa

CUSTOMERS, MONTHS, FIRST = 700, 12, 2023 * 12  # of months: January 2023
LAST_DAY = date(2023, 12, 31)
#: Response without a contact, and what a contact adds: `gift` persuades those who spend much, `letter` nobody.
ANYWAY, GIFT = 0.1, 0.4


def spends_much(customer: int) -> bool:
    return customer % 2 == 0


def made(*, seed: int = 3, customers: int = CUSTOMERS, holdout: float = 0.4) -> dict[str, ibis.Table]:
    """The tables of the shop, in an engine of their own."""
    rng = np.random.default_rng(seed)
    ids = [f"c{number:04}" for number in range(customers)]
    lines, contacts, responses = [], [], []
    for month in range(MONTHS):
        for number, name in enumerate(ids):
            amount = (400 if spends_much(number) else 40) * float(rng.uniform(0.8, 1.2))
            lines.append((name, _day(month, 20), Decimal(f"{amount:.2f}"), "purchase", "tea"))
        for number in rng.permutation(customers)[: customers // 3] if month >= 3 else []:
            offer, held = ("gift", "letter")[int(rng.integers(2))], bool(rng.random() < holdout)
            contact = f"t{len(contacts):05}"
            contacts.append((contact, ids[number], "trial", offer, _day(month, 2), held, 1 - holdout, True))
            added = GIFT if offer == "gift" and spends_much(number) and not held else 0.0
            if rng.random() < ANYWAY + added:
                responses.append((contact, ids[number], _day(month, 10)))
    columns = ["contact_id", "customer_id", "campaign_id", "offer_id", "sent_on", "is_holdout", "propensity"]
    offers = [("gift", "gift", 2.0, 30.0, 1.0, 0), ("letter", "letter", 0.0, 30.0, 1.0, 45)]
    con, consent = ibis.duckdb.connect(), [number % 10 != 1 for number in range(customers)]
    people = pd.DataFrame({"customer_id": ids, "consent": consent})
    return {
        "customers": con.create_table("customers", people),
        "transactions": con.create_table("transactions", _lines(lines)),
        "contacts": con.create_table("contacts", pd.DataFrame(contacts, columns=[*columns, "is_random"])),
        "responses": con.create_table(
            "responses", pd.DataFrame(responses, columns=["contact_id", "customer_id", "responded_on"])
        ),
        "offers": con.create_table(
            "offers",
            pd.DataFrame(offers, columns=["offer_id", "product", "cost", "margin", "contact_cost", "cooldown_days"]),
        ),
    }


def _lines(lines: list[tuple]) -> pa.Table:
    kinds = [pa.string(), pa.date32(), pa.decimal128(18, 4), pa.string(), pa.string()]
    names = ["customer_id", "occurred_on", "amount", "kind", "category"]
    columns = [pa.array(column, kind) for column, kind in zip(zip(*lines, strict=True), kinds, strict=True)]
    return pa.table(dict(zip(names, columns, strict=True)))


def _day(month: int, day: int) -> date:
    return date(2023, month + 1, day)
