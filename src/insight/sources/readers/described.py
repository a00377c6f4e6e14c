"""Canonical tables as the parameters describe them, whatever they are read from: a folder's files, a database's tables.

Both give their rows as text with the place of each; from there on they are made in one way.
"""

import contextlib
import tempfile
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

import ibis
from ibis.expr.types import Table

from insight.config.parameters import Parameters
from insight.config.source import (
    Database,
    DatabaseJoin,
    DatabaseTable,
    Files,
    FileTable,
    Join,
    SourceTable,
)
from insight.errors import SourceError, listed
from insight.sources.mapping.canonical import Business, mapping_problems, to_canonical, used_columns
from insight.sources.mapping.lookups import Days, join_raw, one_row_per_key, with_first_days
from insight.sources.reading.parts import FileFacts
from insight.sources.reading.raw import Lookup, Raw
from insight.storage.owner_only import temporary_folder

Done = TypeVar("Done")
Described = TypeVar("Described", FileTable | Join, DatabaseTable | DatabaseJoin)


@dataclass(frozen=True)
class Part(Generic[Described]):
    """Rows that are read together: those of a table, or those that it looks up.

    Attributes
    ----------
    place
        Where in the parameters they are described.
    table
        The canonical table that they make; empty for what is looked up.
    described
        The files, or the table of the database, and their format.
    wanted
        Columns to read.
    temp
        A folder of their own, which is there and empty.
    """

    place: str
    table: str
    described: Described
    wanted: tuple[str, ...]
    temp: Path


@dataclass(frozen=True)
class Delivered:
    """One table as delivered; where its rows are its own, what was seen in its files, and the rows as text."""

    rows: Table
    files: tuple[FileFacts, ...] = ()
    raw: Raw | None = None

    @property
    def lookups(self) -> tuple[Lookup, ...]:
        """What was looked up for its rows."""
        return self.raw.lookups if self.raw else ()


def read_described(
    params: Parameters,
    source: Files | Database,
    read_part: Callable[[Part], Raw],
    *,
    con: ibis.BaseBackend,
    temp: Path,
) -> dict[str, Delivered]:
    """Read every table into ``temp`` and give it with what was seen in its parts.

    Parameters
    ----------
    params
        The business.
    source
        Its source.
    read_part
        Reads the rows of one part as text.
    con
        A local DuckDB connection.
    temp
        A folder that lives as long as the connection.

    Raises
    ------
    SourceError
        Naming every file, table, column and key that is not as described.
    """
    problems = [problem for name, table in source.tables.items() for problem in mapping_problems(name, table)]
    if problems:
        raise SourceError(f"source.tables: {len(problems)} problem(s)" + listed(problems))
    own = [name for name, table in source.tables.items() if not table.found_in]
    read = all_or_refuse(
        [partial(read_rows, source, name, read_part, zone=params.time_zone, temp=temp / name) for name in own]
    )
    raws = dict(zip(own, read, strict=True))
    business = Business(params.time_zone, params.currency)
    made = all_or_refuse(
        [
            partial(_made, source, name, raws[table.found_in or name], business, con=con, temp=temp)
            for name, table in source.tables.items()
        ],
    )
    tables = dict(zip(source.tables, made, strict=True))
    bought = source.tables.get("transactions")
    if "customers" in tables and bought and "customer_id" in bought.columns:
        known = tables["customers"]
        tables["customers"] = Delivered(
            with_first_days(known.rows, tables["transactions"].rows), known.files, known.raw
        )
    return tables


def read_rows(source: Files | Database, name: str, read_part: Callable[[Part], Raw], *, zone: str, temp: Path) -> Raw:
    """Read the rows of one table and those that it looks up."""
    table = source.tables[name]
    wanted = _wanted(source.tables, name)

    def part(key: str, described: object) -> Part:
        folder = temp / (key or "rows")
        folder.mkdir(parents=True)
        where = f".join.{key}" if key else ""
        return Part(f"source.tables.{name}{where}", "" if key else name, described, tuple(wanted[key]), folder)

    raw = read_part(part("", table))
    for key, join in table.join.items():
        form, theirs = (source.format.overridden_by(one.format) for one in (table, join))
        other = read_part(part(key, join))
        days = None if join.last_before is None else Days(join.last_before, table.columns, zone)
        raw = join_raw(raw, other, join, name=key, form=form, theirs=theirs, days=days)
    return raw


def _wanted(tables: dict[str, FileTable] | dict[str, DatabaseTable], name: str) -> dict[str, list[str]]:
    """Name the columns to read: under "" of the table itself, else of each join."""
    table = tables[name]
    found_here: list[SourceTable] = [other for other in tables.values() if other.found_in == name]
    used = [column for mapping in (table, *found_here) for column in used_columns(mapping)]
    wanted: dict[str, list[str]] = {"": [], **{key: list(join.by.values()) for key, join in table.join.items()}}
    for column in [*used, *(ours for join in table.join.values() for ours in join.by)]:
        key, _, rest = column.partition(".")
        if key in table.join and rest:
            wanted[key].append(rest)
        else:
            wanted[""].append(column)
    return {key: list(dict.fromkeys(columns)) for key, columns in wanted.items()}


def _made(
    source: Files | Database, name: str, raw: Raw, business: Business, *, con: ibis.BaseBackend, temp: Path
) -> Delivered:
    """Type the rows of a table once, on disk; whatever reads them afterwards reads the result."""
    table = source.tables[name]
    form = source.format.overridden_by((source.tables[table.found_in] if table.found_in else table).format)
    rows = to_canonical(raw, name, table, form, business)
    path = str(temp / f"{name}.parquet")
    con.to_parquet(one_row_per_key(rows, name) if table.found_in else rows, path)
    made = con.read_parquet(path)
    return Delivered(made) if table.found_in else Delivered(made, raw.files, raw)


def all_or_refuse(steps: Sequence[Callable[[], Done]]) -> list[Done]:
    """Run every step, then raise the problems of all of them as one error."""
    done: list[Done] = []
    problems: list[str] = []
    for step in steps:
        try:
            done.append(step())
        except SourceError as error:
            problems.append(str(error))
    if problems:
        raise SourceError("\n".join(dict.fromkeys(problems)))
    return done


def reading_folder(con: ibis.BaseBackend) -> Path:
    """Make a folder for what is read, which lives as long as the connection.

    It stands beside what the connection spills, which the run sweeps; else where temporary files go.
    """
    told = con.raw_sql("SELECT current_setting('temp_directory')").fetchall()[0][0]
    beside = told if told and Path(told).is_absolute() and Path(told).is_dir() else None
    with contextlib.ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(dir=beside) if beside else temporary_folder()))
        weakref.finalize(con, held.pop_all().close)
    return folder
