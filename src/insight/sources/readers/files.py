"""A folder of delivered files, read into canonical tables as the parameters describe them."""

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path

import ibis
from ibis.expr.types import Table

from insight.config.parameters import Parameters, project_root
from insight.config.source import FileFormat, Files, FileTable, Join, RecordTable, source_as
from insight.sources import labelled
from insight.sources.mapping.canonical import customer_key
from insight.sources.readers.described import Delivered, Part, all_or_refuse, read_described, reading_folder
from insight.sources.reading.erase import erase_records
from insight.sources.reading.folder import BOOKS, PARQUET, find_files, kind_of, raw_folder
from insight.sources.reading.raw import Raw, Request, read_raw
from insight.sources.records import read_records, read_truth, record_files

_OF_CUSTOMERS = ("customers", "customer_records")


def inputs(params: Parameters) -> list[Path]:
    """List the files that are read, in order.

    Raises
    ------
    SourceError
        If one that is named is not there.
    """
    source = source_as(params.source, Files)
    if labelled.flat_table(source):
        return labelled.label_files(params)
    folder = raw_folder(source, params.dataset, project_root())
    people = record_files(params) if source.records else {}
    patterns = [
        (f"source.tables.{name}{where}", part.files)
        for name, table in source.tables.items()
        for where, part in _parts(table)
        if part.files
    ]
    found = all_or_refuse([partial(find_files, folder, names, place=place) for place, names in patterns])
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
    if flat := labelled.flat_table(source):
        rows, raw = labelled.read_labelled(params, con, temp=temp)
        return {flat: Delivered(rows, raw.files, raw)}
    folder = raw_folder(source, params.dataset, project_root())
    tables = read_described(params, source, partial(_read_part, source, folder, con=con), con=con, temp=temp)
    if source.records:
        tables["customer_records"] = Delivered(read_records(params, con, temp=temp))
    return tables


def naming_customers(params: Parameters, con: ibis.BaseBackend, *, temp: Path) -> list[Table]:
    """Give the rows of joined files that name a customer: ``customer_id, source_file, source_line``.

    Such as orders, in which the lines of transactions look up who bought.
    """
    source = source_as(params.source, Files)
    folder = raw_folder(source, params.dataset, project_root())
    found = []
    for name, table in source.tables.items():
        rule = table.columns.get("customer_id")
        for key, join in table.join.items():
            column = _names_customer(rule.column if rule else None, key, join)
            if column is None:
                continue
            place = temp / f"{name}-{key}"
            place.mkdir(parents=True)
            raw = _read_part(
                source, folder, Part(f"source.tables.{name}.join.{key}", "", join, (column,), place), con=con
            )
            who = raw.text(column).strip()
            who = customer_key(table.system, who) if table.system else who
            found.append(raw.table.select(customer_id=who, source_file="source_file", source_line="source_line"))
    return found


def _names_customer(column: str | None, key: str, join: Join) -> str | None:
    """Give the column of a joined file that names the customer of a row; None where it has none."""
    if column is None:
        return None
    return column.removeprefix(f"{key}.") if column.startswith(f"{key}.") else join.by.get(column)


def erase(params: Parameters, places: Mapping[str, Collection[int]], *, named: Collection[str]) -> dict[str, int]:
    """Take records out of the delivered files.

    Parameters
    ----------
    params
        The business.
    places
        By file, as ``source_file`` calls it: the first lines of records.
    named
        Keys by which a line that cannot be read as a record is found.

    Returns
    -------
    dict
        By file, how many records are still there: of a workbook, or of a file whose rows have no key but their place.
    """
    source = source_as(params.source, Files)
    folder = raw_folder(source, params.dataset, project_root())
    forms = _forms(source, folder)
    keyless = {path for name, paths in record_files(params).items() for path in paths if not source.records[name].key}
    left = {}
    for path, form in forms.items():
        name = path.relative_to(folder).as_posix()
        wanted = {
            line for said, lines in places.items() if said.split(" (")[0] == name or said == name for line in lines
        }
        moves_others = path in keyless and kind_of(path) in PARQUET
        is_text = kind_of(path) not in (*PARQUET, *BOOKS)
        if not wanted and not is_text:
            continue
        if (wanted and moves_others) or not erase_records(path, wanted, form, named=named):
            left[name] = len(wanted)
    return {name: rows for name, rows in left.items() if rows}


def _forms(source: Files, folder: Path) -> dict[Path, FileFormat]:
    """Give every file that is read, with how it is written."""
    parts: list[tuple[str, FileTable | Join | RecordTable]] = [
        (f"source.tables.{name}{where}", part)
        for name, table in source.tables.items()
        for where, part in _parts(table)
        if part.files
    ]
    parts += [(f"source.records.{name}", part) for name, part in source.records.items()]
    return {
        path: source.format.overridden_by(part.format)
        for place, part in parts
        for path in find_files(folder, part.files, place=place)
    }


def _read_part(source: Files, folder: Path, part: Part[FileTable | Join], *, con: ibis.BaseBackend) -> Raw:
    personal = {name for table in source.tables.values() for name in table.personal}
    request = Request(
        place=part.place,
        folder=folder,
        paths=find_files(folder, part.described.files, place=part.place),
        form=source.format.overridden_by(part.described.format),
        wanted=part.wanted,
        personal=frozenset(personal),
        renamed=part.described.renamed if isinstance(part.described, FileTable) else {},
        of_customers=part.table in _OF_CUSTOMERS,
        of_people=bool(source.records),
    )
    return read_raw(request, con=con, temp=part.temp)
