"""From delivered text to a canonical table: every column by its rule, every fault named, no row lost.

Used for files and databases alike: both give their rows as text with the place of each.
"""

import difflib
from collections.abc import Callable
from dataclasses import dataclass

import ibis
from ibis.expr.types import BooleanValue, StringValue, Value

from insight.contracts import CONTRACTS, Column, Table
from insight.errors import SourceError, listed
from insight.source_params import ColumnRule, Refunds, TableMapping, ValueFormat
from insight.sources import typing_rules as typing
from insight.sources.raw import Raw
from insight.sources.typing_rules import Moment, Rule

PLACE = ("source_file", "source_line", "fault")


@dataclass(frozen=True)
class Business:
    """What every table of a business shares: its time zone and its currency."""

    time_zone: str
    currency: str


@dataclass(frozen=True)
class Typed:
    """A canonical column's value and the rules that it may break."""

    value: Value
    rules: tuple[Rule, ...] = ()
    moment: Moment | None = None


def mapping_problems(table: str, mapping: TableMapping) -> list[str]:
    """Say what is wrong with a mapping before any file is read: unknown names, columns that lack.

    Examples
    --------
    >>> mapping_problems("product", TableMapping(columns={"name": "Name"}))
    ['product: no table that a business brings; did you mean products?']
    >>> mapping_problems("products", TableMapping(columns={"nam": "Name"}))
    ['products.columns.nam: no column of products; did you mean name?',
     'products.columns: every row needs product_id; say which column holds it']
    """
    delivered = [name for name, contract in CONTRACTS.items() if contract.delivered]
    if table not in delivered:
        return [f"{table}: no table that a business brings{_nearest(table, delivered)}"]
    names = CONTRACTS[table].names
    unknown = [
        f"{table}.columns.{name}: no column of {table}{_nearest(name, names)}"
        for name in mapping.columns
        if name not in names
    ]
    lacking = [name for name in _needed(CONTRACTS[table]) if not _is_given(name, table, mapping)]
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
    is_event = any(column.type == "instant" and column.required for column in CONTRACTS[table].columns)
    if is_event and len(key) == 1:
        made.add(key[0])
    return name in mapping.columns or twin in mapping.columns or name in made


def _nearest(name: str, allowed: list[str]) -> str:
    near = difflib.get_close_matches(name, allowed, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else f". There are: {', '.join(sorted(allowed))}"


def used_columns(mapping: TableMapping) -> list[str]:
    """Name the delivered columns that a mapping reads, each once."""
    names = [name for rule in mapping.columns.values() for name in rule.sources]
    if mapping.refunds:
        names.append(mapping.refunds.column)
    return list(dict.fromkeys(names))


def to_canonical(raw: Raw, table: str, mapping: TableMapping, form: ValueFormat, business: Business) -> ibis.Table:
    """Give a table's rows with canonical, typed columns, their place, and their first fault.

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

    Raises
    ------
    SourceError
        If amounts are in several currencies, or in another than the business's.
    """
    contract = CONTRACTS[table]
    typed = {
        column.name: _typed(raw, column, mapping.columns[column.name], contract, form, business)
        for column in contract.columns
        if column.name in mapping.columns
    }
    rows = raw.table.select(
        "fingerprint",
        *PLACE[:2],
        fault=ibis.coalesce(raw.table.fault, *_faults(typed)),
        is_refund=_is_refund(raw, mapping.refunds, form),
        **{name: column.value for name, column in typed.items()},
        **_days_and_hours(typed, contract),
    )
    if table == "transactions":
        rows = _signed(rows, mapping, business)
    rows = _with_key(rows, contract, mapping)
    if table == "transactions":
        rows = rows.mutate(basket_id=_basket(rows))
    if "currency" in mapping.columns:
        _refuse_currencies(rows, table, business.currency)
    return rows.select(*[name for name in contract.names if name in rows.columns], *PLACE)


def given_text(raw: Raw, rule: ColumnRule, form: ValueFormat) -> tuple[StringValue, tuple[Rule, ...]]:
    """Give the text that a column's rule speaks of, tidy, null where it stands for no value."""
    if rule.constant is not None:
        return ibis.literal(rule.constant), ()
    text = clean_or_missing(raw, rule.sources[0], form)
    for name in rule.columns[1:]:
        other = clean_or_missing(raw, name, form)
        text = ibis.coalesce(text + rule.between + other, text, other)
    if rule.drop_ending:
        ends = text.endswith(rule.drop_ending)
        text = ends.ifelse(text.substr(0, text.length() - len(rule.drop_ending)), text).nullif("")
    if not rule.values:
        return text, ()
    meant = ibis.cases(*[(text == written, meaning) for written, meaning in rule.values.items()])
    if rule.otherwise is not None:
        return text.notnull().ifelse(ibis.coalesce(meant, ibis.literal(rule.otherwise)), ibis.null("string")), ()
    return meant, ((text.notnull() & meant.isnull(), "is a value that `values` does not name"),)


def clean_or_missing(raw: Raw, name: str, form: ValueFormat) -> StringValue:
    """Give a delivered column's tidy text, null where it stands for no value."""
    text = typing.clean_text(raw.text(name))
    missing = [token.strip() for token in form.missing if token.strip()]
    return text.isin(missing).ifelse(ibis.null("string"), text) if missing else text


def _typed(raw: Raw, column: Column, rule: ColumnRule, contract: Table, form: ValueFormat, business: Business) -> Typed:
    own = {name: value for name in ValueFormat.model_fields if (value := getattr(rule, name, None)) is not None}
    form = form.model_copy(update=own)
    if rule.product or rule.plus or rule.minus:
        return _computed(raw, column, rule, form)
    text, rules = given_text(raw, rule, form)
    optional = not contract.is_required(column)
    made = _READERS[column.type](text, rule, form, business.time_zone, optional)
    value = made.value.upper() if column.name == "currency" else made.value
    return Typed(value, (*rules, *made.rules), made.moment)


def _computed(raw: Raw, column: Column, rule: ColumnRule, form: ValueFormat) -> Typed:
    def texts(names: list[str]) -> list[StringValue]:
        return [clean_or_missing(raw, name, form) for name in names]

    if rule.product:
        value, rules = typing.product(texts(rule.product), form)
    else:
        value, rules = typing.total(texts(rule.plus), texts(rule.minus), form)
    return Typed(value.cast(column.engine_type), rules)


def _read_text(text: StringValue, rule: ColumnRule, form: ValueFormat, zone: str, optional: bool) -> Typed:
    return Typed(*typing.band(text, rule.bands, form)) if rule.bands else Typed(text)


def _read_moment(text: StringValue, rule: ColumnRule, form: ValueFormat, zone: str, optional: bool) -> Typed:
    moment = typing.moment(text, form, zone=zone, optional=optional)
    return Typed(moment.instant, moment.rules, moment)


def _read_day(text: StringValue, rule: ColumnRule, form: ValueFormat, zone: str, optional: bool) -> Typed:
    moment = typing.moment(text, form, zone=zone, optional=optional)
    return Typed(moment.day, moment.rules, moment)


def _read_integer(text: StringValue, rule: ColumnRule, form: ValueFormat, zone: str, optional: bool) -> Typed:
    if rule.dates is None:
        return Typed(*typing.whole_number(text, form))
    moment = typing.moment(text, form, zone=zone, optional=True)  # the year of a date, e.g. of birth
    return Typed(moment.day.year().cast("int64"), moment.rules)


def _read_number(text: StringValue, rule: ColumnRule, form: ValueFormat, zone: str, optional: bool) -> Typed:
    plain = typing.plain_number(text, form)
    value = plain.try_cast("float64")
    return Typed(value, typing.number_rules(text, plain, value))


_READERS: dict[str, Callable[[StringValue, ColumnRule, ValueFormat, str, bool], Typed]] = {
    "text": _read_text,
    "instant": _read_moment,
    "day": _read_day,
    "integer": _read_integer,
    "number": _read_number,
    "money": lambda text, rule, form, zone, optional: Typed(*typing.money(text, form)),
    "flag": lambda text, rule, form, zone, optional: Typed(*typing.flag(text)),
}


def _faults(typed: dict[str, Typed]) -> list[StringValue]:
    return [
        broken.fill_null(False).ifelse(ibis.literal(f"{name}: {words}"), ibis.null("string"))
        for name, column in typed.items()
        for broken, words in column.rules
    ]


def _days_and_hours(typed: dict[str, Typed], contract: Table) -> dict[str, Value]:
    """Give each instant its day and each day its instant, and the hour, where only one is described."""
    derived: dict[str, Value] = {}
    for name, column in typed.items():
        if column.moment is None or name.rsplit("_", 1)[-1] not in ("at", "on"):
            continue
        stem, end = name.rsplit("_", 1)
        twin = f"{stem}_{'on' if end == 'at' else 'at'}"
        if twin in contract.names and twin not in typed:
            derived[twin] = column.moment.day if end == "at" else column.moment.instant
        if stem == "occurred" and "hour" in contract.names and "hour" not in typed:
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
        told = typing.plain_number(text, form).try_cast("float64") < 0
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
    occurrence = ibis.row_number().over(window)
    again = rows[key] + "-" + (occurrence + 1).cast("string")
    return rows.mutate(**{key: (occurrence == 0).ifelse(rows[key], again)})


def _basket(rows: ibis.Table) -> StringValue:
    """One basket per customer and day, where no order or receipt number is delivered."""
    delivered = [rows.basket_id] if "basket_id" in rows.columns else []
    if "customer_id" in rows.columns:
        delivered.append(rows.customer_id + "-" + rows.occurred_on.cast("string"))
    return ibis.coalesce(*delivered, rows.transaction_id)


def _refuse_currencies(rows: ibis.Table, table: str, currency: str) -> None:
    seen = rows.filter(rows.fault.isnull() & rows.currency.notnull() & (rows.currency != currency))
    others = sorted(seen.select("currency").distinct().to_pyarrow()["currency"].to_pylist())
    if others:
        codes = [code for code in others if len(code) <= 4]
        raise SourceError(
            f"{table}: amounts in other currencies than {currency}: expected one currency"
            + listed(
                [
                    f"found {', '.join(codes) or 'other codes'} in {seen.count().execute():,} row(s)",
                    f"write what stands for {currency} as `currency: {{column: …, values: {{…: {currency}}}}}`; "
                    "for real other currencies join a file of rates (docs/your-own-data.md), or deliver them apart",
                ]
            )
        )
