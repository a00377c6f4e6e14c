"""Parquet files into canonical tables: typed as they are delivered, so a column is a cast and nothing is guessed."""

from collections.abc import Collection, Sequence
from pathlib import Path

import ibis
from ibis.expr.types import Table, Value

from insight.config.source import ColumnRule, FileTable, Join
from insight.contracts import CONTRACTS, Column
from insight.contracts.table import FAULT, LIKELY_AMOUNT, PLACE, REMARKS
from insight.sources.clock import local_time, utc
from insight.sources.mapping.canonical import Business, customer_key
from insight.sources.reading.folder import find_files

_CLOCK = "timestamp(6)"


def read_typed(name: str, part: FileTable, business: Business, *, folder: Path, con: ibis.BaseBackend) -> Table:
    """Give a canonical table's rows from Parquet files, each with its place, as one expression.

    Parameters
    ----------
    name, part
        The canonical table, and which column stands where. Instants are what a clock in the business's time zone
        shows, or milliseconds of UTC where ``dates`` say so.
    business
        Its time zone and currency.
    folder, con
        The files' folder, and a local DuckDB connection.
    """
    rows = _rows(con, folder, find_files(folder, part.files, place=name))
    for key, join in part.join.items():
        rows = _joined(rows, join, key, part.columns.values(), folder=folder, con=con)
    contract = CONTRACTS[name]
    made = {
        column: value
        for column, rule in part.columns.items()
        for column, value in _values(rows, rule, contract.column(column), contract.names, business).items()
    }
    if part.system and "customer_id" in made:
        made["customer_id"] = customer_key(part.system, made["customer_id"])
    if "currency" in contract.names:
        made.setdefault("currency", ibis.literal(business.currency))
    nothing = {REMARKS: ibis.null("array<string>"), LIKELY_AMOUNT: ibis.null("float64")}
    return rows.select(
        **{column: made[column] for column in contract.names if column in made},
        **{place: rows[place] for place in (*PLACE, FAULT)},
        **nothing,
    )


def _rows(con: ibis.BaseBackend, folder: Path, paths: Sequence[Path]) -> Table:
    """Read a file's parts with where each row stands; Parquet has no header, so its first row is line 1."""
    table = con.read_parquet([str(path) for path in paths], file_row_number=True, filename=True)
    return table.mutate(
        source_file=table.filename.substr(len(str(folder)) + 1),
        source_line=(table.file_row_number + 1).cast("int64"),
        fault=ibis.null("string"),
    ).drop("file_row_number", "filename")


def _joined(
    rows: Table, join: Join, key: str, rules: Collection[ColumnRule], *, folder: Path, con: ibis.BaseBackend
) -> Table:
    """Look up the columns that rules name, ``key.column``, for each row."""
    paths = [str(path) for path in find_files(folder, join.files, place=key)]
    is_text = paths[0].endswith(".csv")
    other = con.read_csv(paths, all_varchar=True) if is_text else con.read_parquet(paths)
    used = {name for rule in rules for name in rule.sources if name.startswith(f"{key}.")}
    theirs = other.select(
        **{f"{key} by {ours}": other[column].cast(rows[ours].type()) for ours, column in join.by.items()},
        **{name: other[name.removeprefix(f"{key}.")] for name in sorted(used)},
    )
    met = [rows[ours] == theirs[f"{key} by {ours}"] for ours in join.by]
    return rows.left_join(theirs, met)


def _values(
    rows: Table, rule: ColumnRule, column: Column, names: Sequence[str], business: Business
) -> dict[str, Value]:
    """Give a column in its type; an instant with its day and hour, where the table has them."""
    zone, stem = business.time_zone, column.name.removesuffix("_at")
    if column.type != "instant":
        return {column.name: _told(rows, rule).cast(column.engine_type)}
    value = rows[rule.column]
    is_utc = rule.dates == ["epoch_ms"]
    instant = value.as_timestamp("ms").cast(_CLOCK) if is_utc else utc(value.cast(_CLOCK), zone=zone)
    clock = local_time(instant, zone=zone) if is_utc else value.cast(_CLOCK)
    follows = {f"{stem}_on": clock.date(), "hour": clock.hour().cast("int64")}
    return {column.name: instant} | {name: made for name, made in follows.items() if name in names}


def _told(rows: Table, rule: ColumnRule) -> Value:
    if rule.constant is not None:
        return ibis.literal(rule.constant)
    if rule.columns:
        first, *others = (rows[name].cast("string") for name in rule.columns)
        for other in others:
            first = first + (ibis.literal(rule.between) + other).fill_null("")
        return first
    value = rows[rule.column]
    if not rule.values:
        return value
    text = value.cast("string")
    return ibis.cases(*[(text == written, word) for written, word in rule.values.items()], else_=rule.otherwise)
