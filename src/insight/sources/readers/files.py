"""A folder of delivered files, read into canonical tables as the parameters describe them."""

import shutil
import tempfile
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import ibis
from ibis.expr.types import Table

from insight.config.parameters import Parameters, project_root
from insight.config.source import Files, FileTable, Join, source_as
from insight.errors import SourceError, listed
from insight.sources.mapping.canonical import Business, mapping_problems, to_canonical, used_columns
from insight.sources.mapping.lookups import join_raw, one_row_per_key, with_first_days
from insight.sources.reading.folder import find_files, raw_folder
from insight.sources.reading.parts import FileFacts
from insight.sources.reading.raw import Raw, Request, read_raw
from insight.sources.records import read_records, read_truth, record_files

Done = TypeVar("Done")
_OF_CUSTOMERS = ("customers", "customer_records")


@dataclass(frozen=True)
class Delivered:
    """One table as delivered, and what was seen in its files."""

    rows: Table
    files: tuple[FileFacts, ...] = ()


def inputs(params: Parameters) -> list[Path]:
    """List the files that are read, in order.

    Raises
    ------
    SourceError
        If one that is named is not there.
    """
    source = source_as(params.source, Files)
    folder = raw_folder(source, params.dataset, project_root())
    people = _all_or_refuse(params.dataset, [partial(record_files, params)])[0] if source.records else {}
    patterns = [
        (f"source.tables.{name}{where}", part.files)
        for name, table in source.tables.items()
        for where, part in _parts(table)
        if part.files
    ]
    found = _all_or_refuse(
        params.dataset,
        [partial(find_files, folder, names, place=place) for place, names in patterns],
    )
    return sorted({path for paths in [*found, *people.values()] for path in paths})


def _parts(table: FileTable) -> list[tuple[str, FileTable | Join]]:
    """Give a table and what is joined to it, each with where it stands beneath the table."""
    return [("", table), *((f".join.{key}", join) for key, join in table.join.items())]


def deliver(params: Parameters, con: ibis.BaseBackend) -> dict[str, Table]:
    """Give every table as delivered, one expression each; every record is one row.

    Parameters
    ----------
    params
        With a ``source`` of the kind ``files``.
    con
        A local DuckDB connection; what is read stays in a temporary folder as long as it lives.

    Raises
    ------
    SourceError
        Naming every file, column and key that is not as described.
    """
    temp = reading_folder(con)
    return {name: table.rows for name, table in read_tables(params, con, temp=temp).items()}


def truth(params: Parameters, con: ibis.BaseBackend) -> Table | None:
    """Give each record's true person, where a column tells; for scoring only."""
    return read_truth(params, con, temp=reading_folder(con)) if source_as(params.source, Files).records else None


def read_tables(params: Parameters, con: ibis.BaseBackend, *, temp: Path) -> dict[str, Delivered]:
    """Read every table into ``temp`` and give it with what was seen in its files."""
    source = source_as(params.source, Files)
    folder = raw_folder(source, params.dataset, project_root())
    problems = [problem for name, table in source.tables.items() for problem in mapping_problems(name, table)]
    if problems:
        raise SourceError(f"source.tables: {len(problems)} problem(s)" + listed(problems))
    own = {name: table for name, table in source.tables.items() if not table.found_in}
    raws = dict(
        zip(
            own,
            _all_or_refuse(
                params.dataset,
                [partial(_read, source, name, folder=folder, con=con, temp=temp / name) for name in own],
            ),
            strict=True,
        )
    )
    business = Business(params.time_zone, params.currency)
    made = _all_or_refuse(
        params.dataset,
        [
            partial(_made, source, name, raws[table.found_in or name], business, con=con, temp=temp)
            for name, table in source.tables.items()
        ],
    )
    tables = dict(zip(source.tables, made, strict=True))
    if source.records:
        tables["customer_records"] = Delivered(read_records(params, con, temp=temp))
    bought = source.tables.get("transactions")
    if "customers" in tables and bought and "customer_id" in bought.columns:
        known = tables["customers"]
        tables["customers"] = Delivered(with_first_days(known.rows, tables["transactions"].rows), known.files)
    return tables


def _read(source: Files, name: str, *, folder: Path, con: ibis.BaseBackend, temp: Path) -> Raw:
    """Read the files of one table and those that it looks up."""
    table = source.tables[name]
    wanted = _wanted(source, name)
    raw = _read_part(
        source,
        table,
        f"source.tables.{name}",
        wanted[""],
        folder=folder,
        con=con,
        temp=temp / "rows",
        of_customers=name in _OF_CUSTOMERS,
    )
    for key, join in table.join.items():
        other = _read_part(
            source, join, f"source.tables.{name}.join.{key}", wanted[key], folder=folder, con=con, temp=temp / key
        )
        raw = join_raw(raw, other, name=key, by=join.by, form=source.format_of(table))
    return raw


def _read_part(
    source: Files,
    part: FileTable | Join,
    place: str,
    wanted: list[str],
    *,
    folder: Path,
    con: ibis.BaseBackend,
    temp: Path,
    of_customers: bool = False,
) -> Raw:
    temp.mkdir(parents=True)
    personal = {name for table in source.tables.values() for name in table.personal}
    request = Request(
        place=place,
        folder=folder,
        paths=find_files(folder, part.files, place=place),
        form=source.format_of(part),
        wanted=tuple(wanted),
        personal=frozenset(personal),
        renamed=part.renamed if isinstance(part, FileTable) else {},
        of_customers=of_customers,
        of_people=bool(source.records),
    )
    return read_raw(request, con=con, temp=temp)


def _wanted(source: Files, name: str) -> dict[str, list[str]]:
    """Name the columns to read: under "" of the table's own files, else of each join's."""
    table = source.tables[name]
    found_here = [other for other in source.tables.values() if other.found_in == name]
    used = [column for mapping in (table, *found_here) for column in used_columns(mapping)]
    wanted: dict[str, list[str]] = {"": [], **{key: list(join.by.values()) for key, join in table.join.items()}}
    for column in [*used, *(ours for join in table.join.values() for ours in join.by)]:
        key, _, rest = column.partition(".")
        if key in table.join and rest:
            wanted[key].append(rest)
        else:
            wanted[""].append(column)
    return {key: list(dict.fromkeys(columns)) for key, columns in wanted.items()}


def _made(source: Files, name: str, raw: Raw, business: Business, *, con: ibis.BaseBackend, temp: Path) -> Delivered:
    """Type the rows of a table once, on disk; whatever reads them afterwards reads the result."""
    table = source.tables[name]
    form = source.format_of(source.tables[table.found_in] if table.found_in else table)
    rows = to_canonical(raw, name, table, form, business)
    path = str(temp / f"{name}.parquet")
    con.to_parquet(one_row_per_key(rows, name) if table.found_in else rows, path)
    return Delivered(con.read_parquet(path), raw.files)


def _all_or_refuse(dataset: str, steps: list[Callable[[], Done]]) -> list[Done]:
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
    folder = Path(tempfile.mkdtemp(prefix="insight-read-", dir=beside))
    weakref.finalize(con, shutil.rmtree, folder, ignore_errors=True)
    return folder
