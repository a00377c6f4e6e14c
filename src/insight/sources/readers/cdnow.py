"""A music shop: everyone who first bought at CDNOW in the first quarter of 1997, for 18 months.

The two text files are those of the lifetime-value papers; the package ``lifetimes`` carries them.
Nothing else of that package is used here.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
from ibis.expr.types import Table

from insight.config.parameters import Parameters
from insight.config.source import Cdnow, source_as
from insight.contracts import MONEY
from insight.contracts.rules import Rule
from insight.sources.clock import utc
from insight.sources.readers.packaged import data_files

#: What is delivered: columns by table.
COLUMNS = {
    "transactions": (
        *("transaction_id", "basket_id", "customer_id", "occurred_at", "occurred_on"),
        *("amount", "currency", "kind", "quantity", "channel"),
    )
}
_FILES = {"master": "CDNOW_master.txt", "sample": "CDNOW_sample.txt"}
_HEADERS = {"master": 1, "sample": 0}
_FIELDS = {
    "master": ("customer_id", "date", "cds", "dollars"),
    "sample": ("customer_id", "id_in_sample", "date", "cds", "dollars"),
}
_SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("occurred_on", pa.date32()),
        ("occurrence", pa.int64()),
        ("quantity", pa.float64()),
        ("amount", pa.decimal128(18, 4)),
        ("source_line", pa.int64()),
        ("fault", pa.string()),
    ]
)


def inputs(params: Parameters) -> list[Path]:
    """List the file that is read."""
    return data_files(
        "lifetimes", "datasets", [_FILES[source_as(params.source, Cdnow).sample]], distribution="lifetimes"
    )


def deliver(params: Parameters, con: ibis.BaseBackend) -> dict[str, Table]:
    """Give ``transactions`` as delivered; there is no customer file.

    Parameters
    ----------
    params
        ``source.sample`` is ``master`` (23,570 customers) or ``sample``, the published tenth.
    con
        A local DuckDB connection.

    Notes
    -----
    A line is one order: a customer, a day, the number of CDs and dollars. Lines that are alike are
    orders of their own, as published, so each has a number within its customer and day. The
    sample's customers keep the number that they have in the master file.
    """
    (path,) = inputs(params)
    rows = list(_read(path, sample=source_as(params.source, Cdnow).sample))
    lines = con.create_table(ibis.util.gen_name("cdnow"), pa.Table.from_pylist(rows, schema=_SCHEMA), temp=True).mutate(
        source_file=ibis.literal(path.name)
    )
    return {"transactions": _transactions(lines, zone=params.time_zone)}


def _read(path: Path, *, sample: str) -> Iterator[dict[str, Any]]:
    """Read every physical line below the header into one row, readable or not."""
    seen: Counter[tuple] = Counter()
    with path.open(encoding="ascii", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            if number <= _HEADERS[sample]:
                continue
            row = _typed(line.split(), _FIELDS[sample])
            order = (row.get("customer_id"), row.get("occurred_on"))
            seen[order] += 1
            yield row | {"source_line": number, "occurrence": seen[order]}


def _typed(fields: list[str], names: tuple[str, ...]) -> dict[str, Any]:
    """Give one line's typed values, or its fault.

    Examples
    --------
    >>> _typed(["00001", "19970230", "1", "11.77"], _FIELDS["master"])
    {'customer_id': '00001', 'fault': 'occurred_on: not_in_calendar'}
    """
    if len(fields) != len(names):
        return {"fault": Rule("wrong_fields", (str(len(fields)), str(len(names)))).fault("line")}
    given = dict(zip(names, fields, strict=True))
    row: dict[str, Any] = {"customer_id": given["customer_id"]}
    try:
        row["occurred_on"] = date.fromisoformat(given["date"])
    except ValueError:
        return row | {"fault": Rule("not_in_calendar").fault("occurred_on")}
    try:
        row["quantity"], row["amount"] = float(int(given["cds"])), _amount(given["dollars"])
    except (ValueError, InvalidOperation):
        return row | {"fault": Rule("cds_or_dollars").fault("amount")}
    return row


def _amount(dollars: str) -> Decimal:
    amount = Decimal(dollars)
    if not amount.is_finite():
        raise ValueError("not a finite number")
    return amount.quantize(Decimal("0.0001"))


def _transactions(lines: Table, *, zone: str) -> Table:
    basket = lines.customer_id + "-" + lines.occurred_on.strftime("%Y%m%d")
    return lines.select(
        "customer_id",
        "occurred_on",
        "quantity",
        "source_file",
        "source_line",
        "fault",
        transaction_id=basket + "-" + lines.occurrence.cast("string"),
        basket_id=basket,
        occurred_at=utc(lines.occurred_on.cast("timestamp(6)"), zone=zone),
        amount=lines.amount.cast(MONEY),
        currency=ibis.literal("USD"),
        kind=ibis.literal("purchase"),
        channel=ibis.literal("online"),
    )
