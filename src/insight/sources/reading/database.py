"""Tables and views of a database that Ibis can connect to, read out in batches into Parquet files.

A password stands in no file and in no message: an address names the variable of the environment that holds it.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.expr.types import Table

from insight.config.parameters import project_root
from insight.errors import SourceError, did_you_mean

_IN_FILES = ("duckdb", "sqlite")
_EXTRAS = {"postgres": "insight[postgres]"}
_ROWS = 100_000
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_SECRET = re.compile(r"pass(word|wd)?|pwd|secret|token|key", re.IGNORECASE)
#: What a driver's message speaks of, and how it is said here, without the address that stands in it.
_REFUSALS = {
    "password authentication failed": "the server refused the user or the password",
    "no password supplied": "the server asks for a password, and the address names no variable that holds it",
    "Connection refused": "nothing answers at that host and port",
    "resolve host": "there is no host of that name",
    "does not exist": "the server has no database or user of that name",
}
#: Tables and views that may be read, without a database's own; a partition's rows are those of the table that it is of.
_LISTS = {
    "postgres": """
        SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema'
          AND n.nspname NOT LIKE 'pg\\_%' AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)
          AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
        ORDER BY 1, 2""",
    "duckdb": """
        SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal AND database_name = current_database()
        UNION ALL
        SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal AND database_name = current_database()
        ORDER BY 1, 2""",
}


@dataclass(frozen=True)
class Relation:
    """A table or view, and its schema where it is not the default one."""

    name: str
    schema: str | None = None

    def __str__(self) -> str:
        """Give it as messages and tables tell it."""
        return f"{self.schema}.{self.name}" if self.schema else self.name


@dataclass(frozen=True)
class Opened:
    """A connection, and what kind of database answers."""

    con: ibis.BaseBackend
    kind: str

    def find(self, relation: Relation) -> Table:
        """Give a table or view that the database lists: DuckDB would take the name of any file for a table.

        Raises
        ------
        SourceError
            If it lists none of that name, with the nearest; or what it lists cannot be opened.
        """
        same = {relation.schema, None if relation.schema == self.con.current_database else relation.schema}
        there = [other.name for other in self.relations() if other.schema in same]
        if relation.name not in there:
            hint = did_you_mean(relation.name, there) or f". There are: {', '.join(there[:20]) or 'none'}"
            raise SourceError(f"{relation}: the database has no such table or view{hint}")
        try:
            return self.con.table(relation.name, database=relation.schema)
        except Exception as error:
            raise _unreadable(relation, error) from None

    def relations(self) -> list[Relation]:
        """List the tables and views that may be read, those of the database's own schemas left out."""
        usual = self.con.current_database
        if self.kind in _LISTS:
            found = self.con.raw_sql(_LISTS[self.kind]).fetchall()
        else:
            found = [(usual, name) for name in sorted(self.con.list_tables())]
        return [Relation(name, None if schema == usual else schema) for schema, name in found]

    def dump(self, rows: Table, target: Path, *, place: Relation, decimal: str = ".", most: int | None = None) -> None:
        """Write rows to a Parquet file in batches, in an order that does not change; with ``most``, the first ones.

        Raises
        ------
        SourceError
            If the database does not give them.
        """
        rows = rows.select(**{column: self._as_text(rows[column], decimal) for column in rows.columns})
        if most is not None:
            rows = rows.limit(most)
        elif self.kind not in _IN_FILES:
            rows = rows.order_by(rows.columns)
        try:
            _write_batches(rows.schema().to_pyarrow(), self._batches(rows), target)
        except Exception as error:  # drivers have errors of their own, and their texts hold values
            raise _unreadable(place, error) from None

    def _batches(self, rows: Table) -> Iterator[pa.RecordBatch]:
        if self.kind == "duckdb":  # which ibis 12 asks for batches by a name that is gone
            return iter(self.con.con.sql(self.con.compile(rows)).to_arrow_reader(_ROWS))
        return iter(rows.to_pyarrow_batches(chunk_size=_ROWS))

    def _as_text(self, value: ibis.Value, decimal: str) -> ibis.Value:
        """Let the database write a value as text wherever it does so exactly, and Arrow might not hold it.

        In SQLite any value may stand in any column; PostgreSQL has numbers of any length and days without end.
        """
        kind = value.type()
        if not (self.kind in ("sqlite", "postgres") or (self.kind == "duckdb" and kind.is_decimal())):
            return value
        text = value.cast("string")
        return text.replace(".", decimal) if kind.is_numeric() and decimal != "." else text


def _write_batches(schema: pa.Schema, batches: Iterator[pa.RecordBatch], target: Path) -> None:
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_table(pa.Table.from_batches([batch]).cast(schema))


def _unreadable(place: Relation, error: Exception) -> SourceError:
    """Say that rows cannot be had; a view of a delivered file that reaches out of it is one reason."""
    kind = type(error).__name__
    why = "it reads something outside of the database" if kind == "PermissionException" else kind
    return SourceError(f"{place}: could not be read ({why}). Check it, or deliver a table with its rows.")


@contextmanager
def opened(url: str) -> Iterator[Opened]:
    """Open a database to read from it as it stands at one moment.

    Parameters
    ----------
    url
        As the parameters have it; variables are filled from the environment.

    Raises
    ------
    SourceError
        If the address holds a password, or nothing answers; never with what stands in the address.
    """
    url = filled_address(url)
    kind = _kind_of(url)
    try:
        con = _connect(url, kind)
    except SourceError:
        raise
    except ImportError:
        raise SourceError(
            f"source.url: the driver for {kind} is not installed. "
            f"Install it: pip install '{_EXTRAS.get(kind, f'ibis-framework[{kind}]')}'."
        ) from None
    except Exception as error:  # drivers have errors of their own, and their texts hold the address
        why = next((said for told, said in _REFUSALS.items() if told in str(error)), type(error).__name__)
        raise SourceError(
            f"source.url: the {kind} database could not be opened ({why}). "
            "Check the address, and that the server answers."
        ) from None
    try:
        if kind == "postgres":
            with con.con.transaction():
                yield Opened(con, kind)
        else:
            yield Opened(con, kind)
    finally:
        con.disconnect()


def _connect(url: str, kind: str) -> ibis.BaseBackend:
    if kind == "duckdb":
        return _shut_in(ibis.duckdb.connect(database_file(url), read_only=True))
    if kind == "sqlite":
        con = ibis.sqlite.connect(database_file(url))
        for setting in ("trusted_schema = OFF", "query_only = ON"):
            con.raw_sql(f"PRAGMA {setting}").close()
        return con
    if kind != "postgres":
        return ibis.connect(url)
    import psycopg

    con = ibis.connect(re.sub(r"^[^:]*", "postgres", url, count=1))
    con.raw_sql("SET DateStyle = ISO").close()
    con.con.read_only, con.con.isolation_level = True, psycopg.IsolationLevel.REPEATABLE_READ
    return con


def _shut_in(con: ibis.BaseBackend) -> ibis.BaseBackend:
    """Let what was delivered reach nothing but itself: a view in it may call functions that read files and networks."""
    for setting in (
        "TimeZone = 'UTC'",
        "python_enable_replacements = false",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        con.raw_sql(f"SET {setting}")
    return con


def address_of(path: Path, root: Path) -> str | None:
    """Give the address of a file below the project that is a database, by how it begins; None of any other file."""
    with path.open("rb") as file:
        head = file.read(16)
    kind = "sqlite" if head.startswith(b"SQLite format 3\0") else "duckdb" if head[8:12] == b"DUCK" else None
    return f"{kind}:///{path.relative_to(root).as_posix()}" if kind else None


def filled_address(url: str) -> str:
    """Fill the variables of an address from the environment, after refusing secrets that stand in it.

    Raises
    ------
    SourceError
        If it is no address, holds a password or token, or names a variable that is not set.
    """
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
            "Put it into the environment, and ${NAME} of that variable into the address; "
            "on the command line in single quotes, so that the shell leaves it."
        )


def is_file(url: str) -> bool:
    """Whether a filled address is that of a database in one file."""
    return _kind_of(url) in _IN_FILES


def _kind_of(url: str) -> str:
    kind = url.split("://", 1)[0].lower().partition("+")[0]
    return "postgres" if kind == "postgresql" else kind


def database_file(url: str) -> Path:
    """Find a database file: from the root of this machine, or in the project's folder.

    Raises
    ------
    SourceError
        If it is in neither.
    """
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
