"""Parquet files: their columns as text, row by row, so that they meet the same rules as other files."""

import functools
import operator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import ibis
import ibis.expr.datatypes as dt
import pyarrow as pa
import pyarrow.parquet as pq

from insight.errors import SourceError
from insight.sources.reading.parts import BETWEEN, WITHIN, FileFacts, Plan, plainer

_ROW = "file_row_number"
_CLOCK = dt.Timestamp(scale=6)
_ISO = "%Y-%m-%d %H:%M:%S.%f"


@ibis.udf.scalar.builtin(name="md5")
def _md5(text: str) -> str: ...  # type: ignore[empty-body]


@ibis.udf.scalar.builtin(name="strftime", signature=((_CLOCK, dt.string), dt.string))
def _strftime(instant, form): ...


@ibis.udf.scalar.builtin(name="timezone", signature=((dt.string, dt.Timestamp(timezone="UTC", scale=6)), _CLOCK))
def _wall_clock(zone, instant): ...


@dataclass(frozen=True)
class ParquetFile:
    """A Parquet file whose columns are known; ``flat`` are those that hold one value per row."""

    path: Path
    decimal: str
    header: tuple[str, ...]
    flat: frozenset[str]


def inspect_parquet(path: Path, *, decimal: str) -> ParquetFile:
    """Read a file's columns, and prove that it is whole.

    Raises
    ------
    SourceError
        If it is empty, cut off, or not Parquet.
    """
    try:
        with pq.ParquetFile(path) as opened:
            schema = opened.schema_arrow
    except (pa.ArrowException, OSError, ValueError):
        raise _damaged(path) from None
    if _ROW in schema.names:
        raise SourceError(f"{path.name}: the column name {_ROW} is reserved. Rename the column.")
    odd = (pa.types.is_nested, pa.types.is_binary, pa.types.is_large_binary)
    flat = frozenset(field.name for field in schema if not any(is_odd(field.type) for is_odd in odd))
    return ParquetFile(path, decimal, tuple(schema.names), flat)


def copy_parquet(file: ParquetFile, plan: Plan, target: Path, con: ibis.BaseBackend) -> FileFacts:
    """Write a file's rows as text to ``target`` and say what was seen."""
    nested = [file.header[position] for position in plan.positions if file.header[position] not in file.flat]
    if nested:
        raise SourceError(
            f"{file.path.name}: {', '.join(nested)} hold(s) lists, records or bytes; expected one value per row. "
            "Deliver them flat, or leave the column(s) out in params/."
        )
    # under a name of our own: DuckDB would take * ? [ in a delivered name for a pattern
    link = target.with_suffix(".delivered")
    link.symlink_to(file.path.resolve())
    try:
        con.to_parquet(_part(con.read_parquet(str(link), file_row_number=True), file, plan), str(target))
    except duckdb.Error:
        raise _damaged(file.path) from None
    finally:
        link.unlink()
    rows = pq.read_metadata(target).num_rows
    return FileFacts(plan.file, rows=rows, encoding="Parquet", columns=file.header)


def _part(rows: ibis.Table, file: ParquetFile, plan: Plan) -> ibis.Table:
    rows = rows.limit(plan.most) if plan.most else rows
    texts = {
        name: _as_text(rows[rows.columns[position]], file.decimal)
        for position, name in enumerate(plan.header)
        if file.header[position] in file.flat
    }
    hashed = [plan.header[position] for position in plan.hashed]
    told = [_told(name, texts[name], plan) for name in hashed if name in texts]
    return rows.select(
        **{f"f{position}": texts[name] for position, name in enumerate(plan.wanted)},
        source_file=ibis.literal(plan.file),
        fault=ibis.null("string"),
        fingerprint=_md5(functools.reduce(operator.add, told, ibis.literal(""))),
        source_line=rows[_ROW].cast("int64") + 1,
    )


def _told(name: str, text: ibis.Value, plan: Plan) -> ibis.Value:
    """Give what a column adds to each row's fingerprint, as `parts` makes it of text files."""
    text = text.strip()
    for pattern, plain in plainer(plan.decimal):
        text = text.re_replace(pattern, plain)
    text = text.isin(["", *plan.missing]).ifelse(ibis.null("string"), text)
    return (ibis.literal(f"{name}{WITHIN}") + text + BETWEEN).fill_null("")


def _damaged(path: Path) -> SourceError:
    return SourceError(f"{path.name}: not a whole Parquet file (empty, cut off or damaged). Deliver it again.")


def _as_text(value: ibis.Value, decimal: str) -> ibis.Value:
    kind = value.type()
    if kind.is_string():
        return value
    if kind.is_timestamp():
        return _instant_as_text(value)
    if kind.is_floating():
        is_whole = (value == value.floor()) & (value.abs() < 1e15)
        text = is_whole.ifelse(value.try_cast("int64").cast("string"), value.cast("string"))
        return value.isnan().ifelse(ibis.null("string"), text.replace(".", decimal))
    if kind.is_decimal():
        return value.cast("string").replace(".", decimal)
    return value.cast("string")


def _instant_as_text(value: ibis.Value) -> ibis.Value:
    if value.type().timezone is None:
        return _without_zero_fraction(_strftime(value.cast(dt.Timestamp(scale=6)), _ISO))
    utc = _wall_clock("UTC", value.cast(dt.Timestamp(timezone="UTC", scale=6)))
    return _without_zero_fraction(_strftime(utc, _ISO)) + "Z"


def _without_zero_fraction(text: ibis.Value) -> ibis.Value:
    return text.endswith(".000000").ifelse(text.substr(0, 19), text)
