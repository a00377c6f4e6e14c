"""Tables of a database, read into canonical tables as the parameters describe them.

Each is read out once, into a Parquet file; from there on it is treated as one.
"""

from functools import partial
from pathlib import Path

import ibis
from ibis.expr.types import Table

from insight.config.parameters import Parameters
from insight.config.source import Database, DatabaseJoin, DatabaseTable, source_as
from insight.contracts import CONTRACTS
from insight.errors import SourceError, nearest
from insight.sources.readers.described import Delivered, Part, read_described, reading_folder
from insight.sources.reading.database import Opened, Relation, database_file, filled_address, is_file, opened
from insight.sources.reading.parquet_reader import copy_parquet, inspect_parquet
from insight.sources.reading.parts import FileFacts, Plan
from insight.sources.reading.personal import looks_personal
from insight.sources.reading.raw import Raw


def inputs(params: Parameters) -> list[Path]:
    """List the database's file; none where it is a server's, whose state cannot be hashed.

    Raises
    ------
    SourceError
        If the address holds a password, names a variable that is not set, or a file that is not there.
    """
    url = filled_address(source_as(params.source, Database).url)
    return [database_file(url)] if is_file(url) else []


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
    return {name: table.rows for name, table in read_tables(params, con, temp=reading_folder(con)).items()}


def read_tables(params: Parameters, con: ibis.BaseBackend, *, temp: Path) -> dict[str, Delivered]:
    """Read every table into ``temp`` and give it with what was seen in it."""
    source = source_as(params.source, Database)
    with opened(source.url) as database:
        return read_described(params, source, partial(_read_part, source, database, con=con), con=con, temp=temp)


def _read_part(
    source: Database, database: Opened, part: Part[DatabaseTable | DatabaseJoin], *, con: ibis.BaseBackend
) -> Raw:
    """Read tables that are alike out, and give their columns as text."""
    facts = [
        _read_relation(source, database, part, Relation(name, part.described.schema_name), number, con=con)
        for number, name in enumerate(part.described.table)
    ]
    names = {column: f"f{position}" for position, column in enumerate(part.wanted)}
    parts = [str(part.temp / f"{number}.parquet") for number in range(len(facts))]
    return Raw(con.read_parquet(parts), names, tuple(facts))


def _read_relation(
    source: Database,
    database: Opened,
    part: Part[DatabaseTable | DatabaseJoin],
    relation: Relation,
    number: int,
    *,
    con: ibis.BaseBackend,
) -> FileFacts:
    table = database.find(relation)
    if isinstance(part.described, DatabaseTable):
        ours = part.described.renamed
        table = table.rename({ours[name]: name for name in table.columns if name in ours})
    _refuse_missing(part.wanted, table, relation)
    rest = _telling_apart(part.table, part.described, table) if isinstance(part.described, DatabaseTable) else []
    columns = [*part.wanted, *(name for name in rest if name not in part.wanted)]
    decimal = source.format.overridden_by(part.described.format).decimal
    dumped = part.temp / f"{number}.dumped"
    database.dump(table.select(columns), dumped, place=relation, decimal=decimal)
    plan = Plan(tuple(columns), part.wanted, file=str(relation))
    facts = copy_parquet(inspect_parquet(dumped, decimal=decimal), plan, part.temp / f"{number}.parquet", con)
    dumped.unlink()
    facts.encoding = database.kind
    facts.unused = tuple(name for name in table.columns if name not in part.wanted and not looks_personal(name))
    return facts


def _telling_apart(name: str, described: DatabaseTable, table: Table) -> list[str]:
    """Name the columns that tell rows apart, where these have no key of their own."""
    if set(CONTRACTS[name].key) <= set(described.columns):
        return []
    return [
        column
        for column, kind in table.schema().items()
        if column not in described.personal
        and not looks_personal(column, of_customers=name == "customers")
        and not (kind.is_nested() or kind.is_binary())
    ]


def _refuse_missing(wanted: tuple[str, ...], table: Table, place: Relation) -> None:
    there = table.columns
    missing = [name for name in wanted if name not in there]
    if missing:
        near = {name: nearest(name, there) for name in missing}
        said = [f"{name!r}" + (f" (did you mean {near[name]!r}?)" if near[name] else "") for name in missing]
        raise SourceError(
            f"{place}: expected {len(missing)} column(s) that are not there: {', '.join(said)}. "
            f"The table has {', '.join(map(repr, there[:20]))}. Mend the name in params/"
        )
    kinds = table.schema()
    if odd := [name for name in wanted if kinds[name].is_nested() or kinds[name].is_binary()]:
        raise SourceError(
            f"{place}: {', '.join(map(repr, odd))} hold(s) lists, records or bytes; expected one value per row. "
            "Deliver a view that has them flat, or leave the column(s) out in params/."
        )
