"""From delivered text to a canonical table: every column by its rule, every fault named, no row lost.

Used for files and databases alike: both give their rows as text with the place of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.datatypes as dt
from ibis.expr.types import BooleanValue, StringValue, Value

from insight.config.source import ColumnRule, Refunds, TableMapping, ValueFormat
from insight.contracts import BESIDE, CONTRACTS, Column, Table
from insight.contracts.rules import Rule
from insight.contracts.table import PLACE
from insight.errors import did_you_mean
from insight.sources.mapping.column_reader import ColumnReader, Typed, clean_or_missing, read_columns, settled
from insight.sources.mapping.typing_rules import Broken, plain_number
from insight.sources.reading.raw import Raw

_TEXTS = dt.Array(dt.string)


@dataclass(frozen=True)
class Business:
    """What every table of a business shares: its time zone and its currency."""

    time_zone: str
    currency: str


def mapping_problems(table: str, mapping: TableMapping) -> list[str]:
    """Say what is wrong with a mapping before any file is read: unknown names, columns that lack.

    Examples
    --------
    >>> mapping_problems("product", TableMapping(columns={"name": "Name"}))
    ['product: no table that a business brings; did you mean `products`?']
    >>> mapping_problems("products", TableMapping(columns={"nam": "Name"}))
    ['products.columns.nam: no column of products; did you mean `name`?',
     'products.columns: every row needs product_id; say which column holds it']
    """
    delivered = [name for name, contract in CONTRACTS.items() if contract.delivered]
    if table not in delivered:
        return [f"{table}: no table that a business brings{_hint(table, delivered)}"]
    names = CONTRACTS[table].names
    unknown = [
        f"{table}.columns.{name}: no column of {table}{_hint(name, names)}"
        for name in mapping.columns
        if name not in names
    ]
    lacking = [name for name in _needed(CONTRACTS[table]) if not _is_given(name, table, mapping)]
    either = CONTRACTS[table].either
    if either and not set(either) & mapping.columns.keys():
        lacking.append(f"one of {', '.join(either)}")
    return unknown + [f"{table}.columns: every row needs {name}; say which column holds it" for name in lacking]


def _needed(contract: Table) -> list[str]:
    return [column.name for column in contract.columns if contract.is_required(column)]


def _is_given(name: str, table: str, mapping: TableMapping) -> bool:
    """Whether a column is described, or can be made from those that are."""
    stem, _, end = name.rpartition("_")
    twin = f"{stem}_{'on' if end == 'at' else 'at'}" if end in ("at", "on") else name
    made = {"basket_id", "currency", "kind"} if table == "transactions" else set()
    key = CONTRACTS[table].key
    # a fingerprint names an event; a person or a product must have a name of its own
    contract = CONTRACTS[table]
    is_event = any(column.type == "instant" and contract.decides(column) for column in contract.columns)
    if is_event and len(key) == 1:
        made.add(key[0])
    return name in mapping.columns or twin in mapping.columns or name in made


def _hint(name: str, allowed: list[str]) -> str:
    return did_you_mean(name, allowed) or f". There are: {', '.join(sorted(allowed))}"


def used_columns(mapping: TableMapping) -> list[str]:
    """Name the delivered columns that a mapping reads, each once."""
    names = [name for rule in mapping.columns.values() for name in rule.sources]
    if mapping.refunds:
        names.append(mapping.refunds.column)
    return list(dict.fromkeys(names))


def customer_key(system: str, key: Value) -> StringValue:
    """Name a customer by what a source system calls them, where records of people are linked."""
    return ibis.literal(f"{system}:") + key.cast("string")


def to_canonical(
    raw: Raw,
    table: str,
    mapping: TableMapping,
    form: ValueFormat,
    business: Business,
    *,
    extra: Sequence[str] = (),
) -> ibis.Table:
    """Give a table's rows with canonical, typed columns, their place, their first fault, and remarks.

    A value that cannot be read is a fault where every row must have one; else it is left out, and a remark.

    Parameters
    ----------
    raw
        The delivered rows.
    table
        The canonical table.
    mapping, form
        What each column is made from, and how values are written.
    business
        Its time zone and currency.
    extra
        Columns of the mapping that the contract does not name, kept as text.
    """
    contract = CONTRACTS[table].widened(extra)
    readers = [
        ColumnReader.of(column, _rounded(mapping.columns[column.name], raw), form, contract, zone=business.time_zone)
        for column in contract.columns
        if column.name in mapping.columns
    ]
    typed, rows = read_columns(raw, readers, form=form, is_refund=_is_refund(raw, mapping.refunds, form))
    deciding = {name for name in typed if any(contract.decides(column) for column in _with_twin(name, contract))}
    rows = rows.select(
        "fingerprint",
        *PLACE,
        "is_refund",
        fault=ibis.coalesce(rows.fault, *_faults({name: typed[name].rules for name in typed if name in deciding})),
        remarks=_some_of(
            [
                *_faults({name: typed[name].rules for name in typed if name not in deciding}),
                *_faults({name: column.remarks for name, column in typed.items()}),
                *_faults({name: _of_lookups(mapping.columns[name], raw, rows) for name in typed}),
            ]
        ),
        likely_amount=typed[contract.amount].likely if contract.amount in typed else ibis.null(dt.float64),
        **{name: column.value for name, column in typed.items()},
        **_days_and_hours(typed, contract),
    )
    if table == "transactions":
        rows = _signed(settled(rows), mapping, business)
    rows = _with_key(rows, contract, mapping)
    if table == "transactions":
        rows = rows.mutate(basket_id=_basket(rows))
    if table == "interactions" and "planned_on" in rows.columns:
        rows = rows.mutate(**_taken_place(rows))
    if mapping.system and "customer_id" in rows.columns:
        rows = rows.mutate(customer_id=customer_key(mapping.system, rows.customer_id))
    return rows.select(*[name for name in contract.names if name in rows.columns], *BESIDE)


def _rounded(rule: ColumnRule, raw: Raw) -> ColumnRule:
    """Round money that is converted, by a rate that is looked up, to the cent."""
    is_converted = any(name.partition(".")[0] in raw.looked_up for name in (*rule.product, *rule.divided_by))
    return rule.model_copy(update={"decimals": 2}) if is_converted and rule.decimals is None else rule


def _of_lookups(rule: ColumnRule, raw: Raw, rows: ibis.Table) -> tuple[Broken, ...]:
    """Say where what is looked up is of an earlier day, or the first of several."""
    return tuple(
        (rows[column], Rule(code, (name,)))
        for name in rule.sources
        for code, column in raw.looked_up.get(name.partition(".")[0], {}).items()
    )


def _with_twin(name: str, contract: Table) -> list[Column]:
    """Give a column and, of a day or an instant, the other one that is made from it."""
    stem, _, end = name.rpartition("_")
    twin = f"{stem}_{'on' if end == 'at' else 'at'}"
    return [column for column in contract.columns if column.name in (name, twin)]


def _some_of(faults: list[StringValue]) -> Value:
    """Put the faults of a row into a list; null where it has none, as nearly every row."""
    nothing = ibis.null(_TEXTS)
    return ibis.coalesce(*faults).isnull().ifelse(nothing, ibis.array(faults)) if faults else nothing


def _faults(asked: dict[str, tuple[Broken, ...]]) -> list[StringValue]:
    return [
        broken.fill_null(False).ifelse(ibis.literal(rule.fault(name)), ibis.null("string"))
        for name, rules in asked.items()
        for broken, rule in rules
    ]


def _days_and_hours(typed: dict[str, Typed], contract: Table) -> dict[str, Value]:
    """Give each instant its day and hour, and each day its instant, where only one is described."""
    derived: dict[str, Value] = {}
    for name, column in typed.items():
        if column.moment is None or name.rsplit("_", 1)[-1] not in ("at", "on"):
            continue
        stem, end = name.rsplit("_", 1)
        twin = f"{stem}_{'on' if end == 'at' else 'at'}"
        if twin in contract.names and twin not in typed:
            derived[twin] = column.moment.day if end == "at" else column.moment.instant
        if end == "at" and stem == "occurred" and "hour" in contract.names and "hour" not in typed:
            derived["hour"] = column.moment.hour
    return derived


def _is_refund(raw: Raw, refunds: Refunds | None, form: ValueFormat) -> BooleanValue:
    if refunds is None:
        return ibis.literal(False)
    text = clean_or_missing(raw, refunds.column, form)
    if refunds.equals:
        told = text.isin(refunds.equals)
    elif refunds.starts_with:
        told = ibis.or_(*[text.startswith(start) for start in refunds.starts_with])
    else:
        told = plain_number(text, form).try_cast("float64") < 0
    return told.fill_null(False)


def _signed(rows: ibis.Table, mapping: TableMapping, business: Business) -> ibis.Table:
    """Give each transaction its kind and sign: purchases above zero, refunds below.

    What lies below zero is a refund where no rule says which rows are; where one says, such a row
    is no refund but a correction, and counts as ``other``.
    """
    below = (rows.amount < 0).fill_null(False)
    if "quantity" in rows.columns:
        below = below | (rows.quantity < 0).fill_null(False)
    if "kind" in mapping.columns:
        kind = rows.is_refund.ifelse("refund", rows.kind)
    else:
        kind = ibis.cases(
            (rows.is_refund, "refund"), (below, "other" if mapping.refunds else "refund"), else_="purchase"
        )
    made = {"kind": kind}
    for name in ("amount", "quantity"):
        if name in rows.columns:
            value = rows[name]
            made[name] = (kind == "refund").ifelse((-value.abs()).cast(value.type()), value)
    if "currency" not in rows.columns:
        made["currency"] = ibis.literal(business.currency)
    return rows.mutate(**made)


def _with_key(rows: ibis.Table, contract: Table, mapping: TableMapping) -> ibis.Table:
    """Fill the key where none is delivered: the fingerprint, so that rows alike in all share it."""
    if len(contract.key) != 1 or contract.column(contract.key[0]).type != "text":
        return rows
    key = contract.key[0]
    if key not in rows.columns:
        rows = rows.mutate(**{key: rows.fingerprint})
    if mapping.repeated_rows == "remove":
        return rows
    window = ibis.window(group_by=key, order_by=["source_file", "source_line"])
    rows = rows.mutate(occurrence=ibis.row_number().over(window))
    again = rows[key] + "-" + (rows.occurrence + 1).cast("string")
    return rows.mutate(**{key: (rows.occurrence == 0).ifelse(rows[key], again)}).drop("occurrence")


def _taken_place(rows: ibis.Table) -> dict[str, Value]:
    """Say when what was planned took place, or should have, where it is not told when it was booked."""
    took_place = rows.outcome.isin(["kept", "missed"]) if "outcome" in rows.columns else ibis.literal(False)
    made: dict[str, Value] = {}
    for end in ("at", "on"):
        planned = rows[f"planned_{end}"]
        told = [rows[f"occurred_{end}"]] if f"occurred_{end}" in rows.columns else []
        made[f"occurred_{end}"] = ibis.coalesce(*told, took_place.ifelse(planned, ibis.null(planned.type())))
    return made


def _basket(rows: ibis.Table) -> StringValue:
    """One basket per customer and day, where no order or receipt number is delivered."""
    delivered = [rows.basket_id] if "basket_id" in rows.columns else []
    if "customer_id" in rows.columns:
        delivered.append(rows.customer_id + "-" + rows.occurred_on.cast("string"))
    return ibis.coalesce(*delivered, rows.transaction_id)
