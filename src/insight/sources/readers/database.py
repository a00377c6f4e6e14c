"""Tables of a database that Ibis can connect to, read into canonical tables as the parameters describe them.

A table is read out once, in batches, into a Parquet file; from there on it is treated as one.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.expr.types import Table

from insight.config.parameters import Parameters, project_root
from insight.config.source import Database, DatabaseTable, source_as
from insight.contracts import CONTRACTS
from insight.errors import SourceError, did_you_mean, listed, nearest
from insight.sources.mapping.canonical import Business, mapping_problems, to_canonical, used_columns
from insight.sources.mapping.lookups import with_first_days
from insight.sources.readers.files import reading_folder
from insight.sources.reading.parquet_reader import copy_parquet, inspect_parquet
from insight.sources.reading.parts import Plan
from insight.sources.reading.personal import looks_personal
from insight.sources.reading.raw import Raw

_IN_FILES = ("duckdb", "sqlite")
_ROWS = 100_000
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_SECRET = re.compile(r"pass(word|wd)?|pwd|secret|token|key", re.IGNORECASE)


@dataclass(frozen=True)
class Opened:
    """A connection, and how its tables are read."""

    con: ibis.BaseBackend
    kind: str

    @property
    def is_file(self) -> bool:
        """Whether the database is one file, whose rows stay in their order."""
        return self.kind in _IN_FILES


def inputs(params: Parameters) -> list[Path]:
    """List the database's file; none where it is a server's, whose state cannot be hashed.

    Raises
    ------
    SourceError
        If the address holds a password, names a variable that is not set, or a file that is not there.
    """
    url = _address(source_as(params.source, Database).url)
    return [_file_of(url)] if _kind_of(url) in _IN_FILES else []


def deliver(params: Parameters, con: ibis.BaseBackend) -> dict[str, Table]:
    """Give every table as delivered, one expression each; every record is one row.

    Parameters
    ----------
    params
        With a ``source`` of the kind ``database``.
    con
        A local DuckDB connection; what is read stays in a temporary folder as long as it lives.

    Raises
    ------
    SourceError
        Naming every table, column and key that is not as described.
    """
    source = source_as(params.source, Database)
    problems = [problem for name, table in source.tables.items() for problem in mapping_problems(name, table)]
    if problems:
        raise SourceError(f"source.tables: {len(problems)} problem(s)" + listed(problems))
    temp = reading_folder(con)
    raws = _read_all(source, con, temp)
    business = Business(params.time_zone, params.currency)
    tables = {
        name: to_canonical(raws[name], name, table, source.format_of(table), business)
        for name, table in source.tables.items()
    }
    if "customers" in tables and "customer_id" in getattr(tables.get("transactions"), "columns", ()):
        tables["customers"] = with_first_days(tables["customers"], tables["transactions"])
    return tables


def _read_all(source: Database, con: ibis.BaseBackend, temp: Path) -> dict[str, Raw]:
    opened = _open(_address(source.url))
    raws, problems = {}, []
    try:
        for name, table in source.tables.items():
            try:
                raws[name] = _read(opened, name, table, source, con=con, temp=temp)
            except SourceError as error:
                problems.append(str(error))
    finally:
        opened.con.disconnect()
    if problems:
        raise SourceError(f"source.tables: {len(problems)} problem(s)" + listed(problems))
    return raws


def _read(
    opened: Opened, name: str, mapping: DatabaseTable, source: Database, *, con: ibis.BaseBackend, temp: Path
) -> Raw:
    """Read one table out, and give its columns as text."""
    place = f"{mapping.schema_name}.{mapping.table}" if mapping.schema_name else mapping.table
    table = _find(opened, mapping, place)
    wanted = used_columns(mapping)
    _refuse_missing(wanted, table.columns, place)
    columns = _columns_to_read(name, mapping, table, wanted)
    dumped, target = temp / f"{name}.delivered.parquet", temp / f"{name}.parquet"
    _dump(opened, table.select(columns), dumped, place)
    file = inspect_parquet(dumped, decimal=source.format_of(mapping).decimal)
    facts = copy_parquet(file, Plan(tuple(columns), tuple(wanted), file=place), target, con)
    names = {column: f"f{position}" for position, column in enumerate(wanted)}
    return Raw(con.read_parquet(str(target)), names, (facts,))


def _columns_to_read(name: str, mapping: DatabaseTable, table: Table, wanted: list[str]) -> list[str]:
    """Read what is used; where rows have no key of their own also the rest, which tells them apart."""
    if set(CONTRACTS[name].key) <= set(mapping.columns):
        return wanted
    rest = [
        column
        for column, kind in table.schema().items()
        if column not in wanted
        and column not in mapping.personal
        and not looks_personal(column, of_customers=name == "customers")
        and not (kind.is_nested() or kind.is_binary())
    ]
    return wanted + rest


def _dump(opened: Opened, rows: Table, target: Path, place: str) -> None:
    """Write rows to a Parquet file in batches, in an order that does not change."""
    if opened.kind == "sqlite":  # any value may stand in any column: let SQLite write each as text
        rows = rows.select(**{column: rows[column].cast("string") for column in rows.columns})
    if not opened.is_file:
        rows = rows.order_by(rows.columns)
    try:
        if opened.kind == "duckdb":
            opened.con.to_parquet(rows, str(target))
        else:
            _write_batches(rows, target)
    except Exception as error:  # drivers have errors of their own, and their texts hold values
        raise SourceError(
            f"{place}: could not be read ({type(error).__name__}). Check the table, or deliver a view of it."
        ) from None


def _write_batches(rows: Table, target: Path) -> None:
    schema = rows.schema().to_pyarrow()
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for batch in rows.to_pyarrow_batches(chunk_size=_ROWS):
            writer.write_table(pa.Table.from_batches([batch]).cast(schema))


def _find(opened: Opened, mapping: DatabaseTable, place: str) -> Table:
    try:
        return opened.con.table(mapping.table, database=mapping.schema_name)
    except Exception:
        there = _tables_of(opened, mapping.schema_name)
    hint = did_you_mean(mapping.table, there) or f". There are: {', '.join(there[:20]) or 'none'}"
    raise SourceError(f"{place}: the database has no such table or view{hint}")


def _tables_of(opened: Opened, schema: str | None) -> list[str]:
    try:
        return sorted(opened.con.list_tables(database=schema))
    except Exception:
        return []


def _refuse_missing(wanted: list[str], there: tuple[str, ...], place: str) -> None:
    missing = [name for name in wanted if name not in there]
    if missing:
        near = {name: nearest(name, there) for name in missing}
        said = [f"{name!r}" + (f" (did you mean {near[name]!r}?)" if near[name] else "") for name in missing]
        raise SourceError(
            f"{place}: expected {len(missing)} column(s) that are not there: {', '.join(said)}. "
            f"The table has {', '.join(map(repr, there[:20]))}. Mend the name in params/"
        )


# --- the address


def _address(url: str) -> str:
    """Fill the variables of an address from the environment, after refusing secrets that stand in it."""
    if "://" not in url and not _VARIABLE.fullmatch(url):
        raise SourceError("source.url: expected an address such as sqlite:///shop.db or postgres://host/name.")
    _refuse_written_secrets(url)
    missing = [name for name in _VARIABLE.findall(url) if name not in os.environ]
    if missing:
        raise SourceError(
            f"source.url: the environment has no {', '.join(missing)}. Set it before the run; it is never written down."
        )
    if whole := _VARIABLE.fullmatch(url):
        return os.environ[whole[1]]
    return _VARIABLE.sub(lambda found: quote(os.environ[found[1]], safe=""), url)


def _refuse_written_secrets(url: str) -> None:
    plain = _VARIABLE.sub("VARIABLE", url)
    parts = urlsplit(plain)
    password = parts.netloc.rpartition("@")[0].partition(":")[2]
    written = [password] if password else []
    written += [value for name, value in parse_qsl(parts.query) if _SECRET.search(name)]
    if any(value != "VARIABLE" for value in written):
        raise SourceError(
            "source.url: holds a password or token, which must not be written into a file. "
            "Put it into the environment, and ${NAME} of that variable into the address."
        )


def _kind_of(url: str) -> str:
    return url.split("://", 1)[0].lower()


def _file_of(url: str) -> Path:
    """Find a database file: from the root of this machine, or in the project's folder."""
    written = url.split("://", 1)[1].split("?", 1)[0]
    places = [Path(written)] if Path(written).is_absolute() else []
    places.append(project_root() / written.lstrip("/"))
    for place in places:
        if place.is_file():
            return place
    raise SourceError(
        f"source.url: there is no file {written.lstrip('/')} in the project, and none of that absolute path. "
        "Mend the address; data/raw is the place for a file that was delivered."
    )


def _open(url: str) -> Opened:
    kind = _kind_of(url)
    try:
        if kind == "duckdb":
            return Opened(ibis.duckdb.connect(_file_of(url), read_only=True), kind)
        if kind == "sqlite":
            return Opened(ibis.sqlite.connect(_file_of(url)), kind)
        return Opened(ibis.connect(url), kind)
    except SourceError:
        raise
    except Exception as error:  # drivers have errors of their own, and their texts hold the address
        raise SourceError(
            f"source.url: the {kind} database could not be opened ({type(error).__name__}). Check the address, "
            "that the server answers, and that Ibis' driver for it is installed."
        ) from None
