"""Tables of people as each source system knows them, read as delivered: known columns typed, all others kept as text.

A person is never lost over a value: what cannot be read as its column asks is left out, and counted.
Only a record whose line or key cannot be read is quarantined.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import ibis
from ibis.expr.types import StringValue, Table

from insight.config.parameters import Parameters, project_root
from insight.config.source import ColumnRule, FileFormat, Files, RecordTable, TableMapping, Truth, source_as
from insight.contracts import BESIDE, CONTRACTS, RECORD_KEY
from insight.errors import SourceError
from insight.sources.mapping.canonical import Business, to_canonical
from insight.sources.mapping.column_reader import clean_or_missing
from insight.sources.reading.folder import find_files, raw_folder
from insight.sources.reading.raw import Raw, Request, inspect_file, read_raw

#: The table whose rows are people: it goes into the vault, never into the workspace.
PEOPLE = "customer_records"
_TYPES = {column.name: column.type for column in CONTRACTS[PEOPLE].columns}


def column_name(delivered: str) -> str:
    """Write a delivered column's name as a column of ours.

    Examples
    --------
    >>> column_name("First Name"), column_name("dateOfBirth"), column_name("姓名")
    ('first_name', 'date_of_birth', '姓名')
    """
    spelled = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", delivered.strip())
    return re.sub(r"\W+", "_", spelled).strip("_").lower() or "column"


def record_files(params: Parameters) -> dict[str, list[Path]]:
    """Find the files of people, by source system."""
    source = source_as(params.source, Files)
    folder = raw_folder(source, params.dataset, project_root())
    return {
        system: find_files(folder, part.files, place=f"source.records.{system}")
        for system, part in source.records.items()
    }


def read_records(params: Parameters, con: ibis.BaseBackend, *, temp: Path) -> Table:
    """Give every record of every system: canonical columns, then those that are linked by as they are.

    Raises
    ------
    SourceError
        Naming the files and columns that are not as described.
    """
    read = [one.rows(Business(params.time_zone, params.currency), con, temp) for one in _systems(params)]
    names = list(dict.fromkeys(name for rows in read for name in rows.columns if name not in BESIDE))
    return _together([_widened(rows, names) for rows in read])


def read_truth(params: Parameters, con: ibis.BaseBackend, *, temp: Path) -> Table | None:
    """Give each record's true person, where a column tells: ``source_system, source_record_id, person``."""
    if source_as(params.source, Files).truth is None:
        return None
    return _together([one.truth(con, temp) for one in _systems(params)])


def _together(tables: list[Table]) -> Table:
    return ibis.union(*tables) if len(tables) > 1 else tables[0]


def _systems(params: Parameters) -> list["_System"]:
    source = source_as(params.source, Files)
    folder = raw_folder(source, params.dataset, project_root())
    files = record_files(params)
    return [_System(name, part, source, folder, tuple(files[name])) for name, part in source.records.items()]


@dataclass(frozen=True)
class _System:
    """The people of one source system, before they are read."""

    name: str
    part: RecordTable
    source: Files
    folder: Path
    paths: tuple[Path, ...]

    @property
    def form(self) -> FileFormat:
        return self.source.format.overridden_by(self.part.format)

    @property
    def header(self) -> tuple[str, ...]:
        """The columns of the first file; the others must have them too."""
        found = inspect_file(self.paths[0], self.form).header
        return tuple(self.part.renamed.get(name, name) for name in found if name)

    @property
    def described(self) -> list[str]:
        """Delivered columns that the description names, or that say nothing of the person."""
        used = [name for rule in self.part.columns.values() for name in rule.sources]
        told = [self.source.truth.column] if self.source.truth else []
        return [*used, *told, *self.part.ignored, *([self.part.key] if self.part.key else [])]

    def rows(self, business: Business, con: ibis.BaseBackend, temp: Path) -> Table:
        """Read the people."""
        header = self.header
        rules = _rules_of_the_rest([name for name in header if name not in self.described], taken=self.part.columns)
        key = {"source_record_id": ColumnRule(column=self.part.key)} if self.part.key else {}
        if not (rules or self.part.columns):
            raise SourceError(f"source.records.{self.name}: no column is left to link by. Deliver more than the key.")
        mapping = TableMapping(columns={**key, **self.part.columns, **rules})
        used = [name for rule in mapping.columns.values() for name in rule.sources]
        raw = self._read(tuple(dict.fromkeys(used)), header, con, temp / f"records-{self.name}")
        rows = to_canonical(raw, PEOPLE, mapping, self.form, business, extra=list(rules))
        if not key:
            rows = rows.mutate(source_record_id=_place(rows))
        return rows.mutate(source_system=ibis.literal(self.name))

    @property
    def told(self) -> Truth:
        """The column that tells who is who; asked for only where there is one."""
        if self.source.truth is None:
            raise SourceError("source.truth: expected the column that tells who is who.")
        return self.source.truth

    def truth(self, con: ibis.BaseBackend, temp: Path) -> Table:
        """Read who is who."""
        told = self.told
        wanted = tuple(dict.fromkeys([*([self.part.key] if self.part.key else []), told.column]))
        raw = self._read(wanted, self.header, con, temp / f"truth-{self.name}")
        person = clean_or_missing(raw, told.column, self.form)
        if told.pattern:
            person = person.re_extract(told.pattern, 1).nullif("")
        key = clean_or_missing(raw, self.part.key, self.form) if self.part.key else _place(raw.table)
        rows = raw.table.select(source_system=ibis.literal(self.name), source_record_id=key, person=person)
        return rows.filter(rows.source_record_id.notnull())

    def _read(self, wanted: tuple[str, ...], header: tuple[str, ...], con: ibis.BaseBackend, temp: Path) -> Raw:
        temp.mkdir(parents=True)
        request = Request(
            place=f"source.records.{self.name}",
            folder=self.folder,
            paths=list(self.paths),
            form=self.form,
            wanted=wanted,
            personal=frozenset(name for name in header if name not in wanted),
            renamed=self.part.renamed,
            of_people=True,
            described=frozenset(self.described),
        )
        return read_raw(request, con=con, temp=temp)


def _rules_of_the_rest(delivered: list[str], *, taken: dict[str, ColumnRule]) -> dict[str, ColumnRule]:
    """Give each column that the description does not name a column of its own, as text."""
    rules: dict[str, ColumnRule] = {}
    for name in delivered:
        ours = column_name(name)
        if ours in RECORD_KEY or _TYPES.get(ours, "text") != "text":
            ours = f"{ours}_as_delivered"
        while ours in rules or ours in taken:
            ours += "_more"
        rules[ours] = ColumnRule(column=name)
    return rules


def _place(rows: Table) -> StringValue:
    return rows.source_file + ":" + rows.source_line.cast("string")


def _widened(rows: Table, names: list[str]) -> Table:
    contract = CONTRACTS[PEOPLE].widened(names)
    held = {
        name: rows[name] if name in rows.columns else ibis.null(contract.column(name).engine_type) for name in names
    }
    return rows.select(**held, **{place: rows[place] for place in BESIDE})
