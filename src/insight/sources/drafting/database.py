"""What a database holds: its tables and views with the values of their columns, for a first description.

Columns whose names look personal are not read, here as anywhere.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import ibis

from insight.config.source import FileFormat
from insight.engine import connect
from insight.errors import SourceError
from insight.sources.drafting.survey import MOST_ROWS, Survey, survey_file, together
from insight.sources.reading.database import Opened, Relation, opened
from insight.sources.reading.personal import looks_personal
from insight.storage.owner_only import temporary_folder


def survey_database(url: str) -> tuple[list[Survey], list[str]]:
    """Look at every table and view that may be read; tables that differ in numbers alone make one survey.

    Returns
    -------
    tuple
        The surveys, and what could not be read, in words.

    Raises
    ------
    SourceError
        If the address holds a password, or the database does not answer.
    """
    surveys: list[Survey] = []
    unread = []
    with temporary_folder() as temp, opened(url) as database:
        con = connect(spill=temp, sealed=True)
        for number, relation in enumerate(database.relations()):
            try:
                one = _survey(database, relation, temp / f"{number}.parquet", con)
            except SourceError as error:
                unread.append(str(error))
                continue
            if one.rows:
                surveys.append(one)
        con.disconnect()
    return _years_together(surveys), unread


def _survey(database: Opened, relation: Relation, path: Path, con: ibis.BaseBackend) -> Survey:
    table = database.find(relation)
    personal = tuple(column for column in table.columns if looks_personal(column))
    readable = [
        column
        for column, kind in table.schema().items()
        if column not in personal and not (kind.is_nested() or kind.is_binary())
    ]
    if not readable:
        raise SourceError(f"{relation}: no column that could be read without a person's name or number.")
    database.dump(table.select(readable), path, place=relation, most=MOST_ROWS)
    one = survey_file(path, str(relation), FileFormat(), con=con, target=path.with_suffix(".texts"))
    path.unlink()
    return replace(one, header=tuple(table.columns), personal=personal, relations=(relation,))


def _years_together(surveys: Iterable[Survey]) -> list[Survey]:
    """Make one survey of tables such as ``sales_2023`` and ``sales_2024``; a view of both is another one."""
    found: dict[tuple, Survey] = {}
    for one in surveys:
        (relation,) = one.relations
        likeness = (relation.schema, re.sub(r"\d+", "#", relation.name), frozenset(one.header))
        if likeness in found:
            both = together(found[likeness], one)
            found[likeness] = replace(both, relations=(*found[likeness].relations, relation))
        else:
            found[likeness] = one
    return list(found.values())
