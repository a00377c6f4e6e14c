"""The delivered rows of one table, as text: read from its files, checked to be of one form."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import ibis
from ibis.expr.types import StringValue, Table

from insight.config.source import FileFormat
from insight.errors import SourceError, listed, nearest
from insight.sources.reading.book_reader import BookFile, copy_book, inspect_book
from insight.sources.reading.folder import BOOKS, PARQUET, kind_of
from insight.sources.reading.parquet_reader import ParquetFile, copy_parquet, inspect_parquet
from insight.sources.reading.parts import FileFacts, Plan, tokens
from insight.sources.reading.personal import looks_personal
from insight.sources.reading.text_reader import TextFile, copy_text, inspect_text
from insight.storage.store import state_of

_VALUE = re.compile(r"@|\d([ -]?\d){5}")
AnyFile = TextFile | BookFile | ParquetFile


@dataclass(frozen=True)
class Lookup:
    """Rows that were looked up for others, and how many met.

    Attributes
    ----------
    name, columns
        What it is called by, and the delivered columns that name a row of it.
    rows
        Key columns (without the day, where an earlier one may count), how many ``rows`` name them, how many
        of these ``met``, in which ``file`` first.
    known
        The keys that are there, with their first ``file``.
    """

    name: str
    columns: tuple[str, ...]
    rows: Table
    known: Table


@dataclass(frozen=True)
class Raw:
    """Delivered rows: every field as text, with ``source_file, source_line, fault, fingerprint``.

    Attributes
    ----------
    table
        The rows; delivered columns have names of our own, so that no delivered name reaches the engine.
    names
        Delivered column to column of ``table``.
    files
        What was seen in each file.
    looked_up
        Name of a lookup: rules to be remarked, such as an older value, and the column of ``table`` that
        says in which rows; none where days are not looked up.
    lookups
        What was looked up, in order.
    """

    table: Table
    names: dict[str, str]
    files: tuple[FileFacts, ...] = ()
    looked_up: dict[str, dict[str, str]] = field(default_factory=dict)
    lookups: tuple[Lookup, ...] = ()

    def text(self, name: str) -> StringValue:
        """Give a delivered column."""
        return self.table[self.names[name]]

    def on(self, table: Table) -> "Raw":
        """Give the same columns of a table that was made from this one."""
        return replace(self, table=table)


@dataclass(frozen=True)
class Request:
    """What is to be read from the files of one table.

    Attributes
    ----------
    place
        Where in the parameters they are described; for messages.
    folder, paths
        The files, and the folder that their names are told from.
    form
        How they are written.
    wanted
        Columns to read.
    personal
        Columns that are known to identify a person.
    renamed
        ``{their name: our name}``.
    of_customers
        Whether each row is a customer.
    of_people
        Whether people are among what the business delivers: then a number in a header is taken for a record's.
    described
        Columns of ``wanted`` that the parameters name; all where none is said.
    """

    place: str
    folder: Path
    paths: list[Path]
    form: FileFormat
    wanted: tuple[str, ...]
    personal: frozenset[str] = frozenset()
    renamed: dict[str, str] = field(default_factory=dict)
    of_customers: bool = False
    of_people: bool = False
    described: frozenset[str] = frozenset()


def read_raw(request: Request, *, con: ibis.BaseBackend, temp: Path) -> Raw:
    """Read the files of one table into Parquet files of text, and give them as one table.

    Parameters
    ----------
    request
        What to read.
    con
        A local DuckDB connection.
    temp
        An empty folder for what is read; the table reads from it.

    Raises
    ------
    SourceError
        With every problem of every file: unreadable, columns missing or named twice, columns that
        look personal and were not declared so.
    """
    facts = []
    for number, (path, name, file, header) in enumerate(_inspect_all(request)):
        plan = Plan(header, request.wanted, request.personal, name, None, request.form.decimal, tokens(request.form))
        facts.append(_copy_unchanged(path, file, plan, temp / f"{number:05d}.parquet", con))
        facts[-1].notes += _alike_but_for_case(header)
        facts[-1].unused = tuple(
            name for name in header if name and name not in request.wanted and name not in request.personal
        )
    parts = con.read_parquet([str(temp / f"{number:05d}.parquet") for number in range(len(facts))])
    return Raw(parts, {name: f"f{position}" for position, name in enumerate(request.wanted)}, tuple(facts))


def inspect_file(path: Path, form: FileFormat) -> AnyFile:
    """Find out how a file is to be read, and its columns."""
    with path.open("rb"):  # a file that may not be read is not called damaged
        pass
    kind = kind_of(path)
    if kind in PARQUET:
        return inspect_parquet(path, decimal=form.decimal)
    return inspect_book(path, form) if kind in BOOKS else inspect_text(path, form)


def copy_file(file: AnyFile, plan: Plan, target: Path, con: ibis.BaseBackend) -> FileFacts:
    """Write a file's rows as text to ``target`` and say what was seen."""
    if isinstance(file, ParquetFile):
        return copy_parquet(file, plan, target, con)
    return copy_book(file, plan, target) if isinstance(file, BookFile) else copy_text(file, plan, target)


def _inspect_all(request: Request) -> list[tuple[Path, str, AnyFile, tuple[str, ...]]]:
    """Look at every file, and every sheet of a workbook, before one is read; name all that is wrong."""
    done, problems = [], []
    for path in request.paths:
        name = path.relative_to(request.folder).as_posix()
        several = len(request.form.sheet) > 1 and kind_of(path) in BOOKS
        for sheet in request.form.sheet if several else [None]:
            form = request.form.model_copy(update={"sheet": [sheet]}) if sheet else request.form
            try:
                done.append((path, f"{name} ({sheet})" if sheet else name, *_inspect(path, form, request)))
            except SourceError as error:
                problems.append(str(error))
    if problems:
        raise SourceError(f"{request.place}: {len(problems)} problem(s)" + listed(problems))
    return done


def _inspect(path: Path, form: FileFormat, request: Request) -> tuple[AnyFile, tuple[str, ...]]:
    file = inspect_file(path, form)
    header = tuple(
        request.renamed[name] if name in request.renamed and request.renamed[name] not in file.header else name
        for name in file.header
    )
    header = _as_described(header, [*request.wanted, *request.personal])
    named = [name for name in request.wanted if name in (request.described or request.wanted)]
    uncut = _uncut(request.wanted, header)
    is_named = isinstance(file, ParquetFile) or bool(uncut)
    if not is_named and (said := _no_header(named, header, of_people=request.of_people)):
        raise SourceError(f"{path.relative_to(request.folder)}: {said}")
    problems = [
        *_doubled(header),
        *(uncut or _missing(request.wanted, header)),
        *_undeclared_personal(header, request),
    ]
    if problems:
        raise SourceError(f"{path.relative_to(request.folder)}: " + "; ".join(problems))
    return file, header


def _as_described(header: tuple[str, ...], described: Iterable[str]) -> tuple[str, ...]:
    """Spell columns as the description does where only the form of their accents differs."""
    spelled = {unicodedata.normalize("NFC", name): name for name in described}
    return tuple(spelled.get(unicodedata.normalize("NFC", name), name) for name in header)


def _no_header(wanted: list[str], header: tuple[str, ...], *, of_people: bool) -> str:
    """Say that the first line is no header, or may be none, without a word of it; empty where it is one.

    Examples
    --------
    >>> _no_header(["name", "phone"], ("name", "telephone"), of_people=True)
    ''
    >>> print(_no_header(["name", "phone"], ("Ada", "13912345678"), of_people=True)[:74])
    its first line holds a number or an e-mail address and looks like a record
    """
    mend = "Deliver it with the columns' names, or say `header: false` and `column_names` under format in params/"
    if of_people and any(_VALUE.search(name) for name in header):
        return f"its first line holds a number or an e-mail address and looks like a record. {mend}"
    spelt = {name.lower() for name in header}
    if wanted and not any(name.lower() in spelt for name in wanted):
        named = ", ".join(map(repr, wanted))
        return (
            f"expected the columns {named}; none of its {len(header)} column(s) is called so, and its first line looks "
            f"like data. {mend}"
        )
    return ""


def _doubled(header: Iterable[str]) -> list[str]:
    names = [name for name in header if name]
    twice = sorted({name for name in names if names.count(name) > 1})
    return (
        [f"the column(s) {', '.join(map(repr, twice))} stand there more than once. Give each its own name"]
        if twice
        else []
    )


def _alike_but_for_case(header: Iterable[str]) -> list[str]:
    """Point out columns whose names differ in nothing but capital letters: who described one may mean the other.

    Examples
    --------
    >>> _alike_but_for_case(["id", "amt", "AMT"])[0][:60]
    "the columns 'amt', 'AMT' differ in nothing but capital lette"
    """
    alike: dict[str, list[str]] = {}
    for name in header:
        alike.setdefault(name.casefold(), []).append(name)
    return [
        f"the columns {', '.join(map(repr, names))} differ in nothing but capital letters; each is read by its exact "
        "name: see in params/ that the right one is named"
        for names in alike.values()
        if len(names) > 1 and names[0]
    ]


def _uncut(wanted: Sequence[str], header: tuple[str, ...]) -> list[str]:
    """Say that the header was not cut where it should be: the delimiter is wrong, and not the columns."""
    if len(header) != 1 or len(wanted) < 2:
        return []
    cut = {mark: [part.strip(" \"'") for part in header[0].split(mark)] for mark in ",;\t|"}
    mark, found = max(cut.items(), key=lambda pair: len(set(pair[1]) & set(wanted)))
    if not set(found) & set(wanted):
        return []
    name = "tab" if mark == "\t" else f'"{mark}"'
    return [f"its columns are not cut apart: say `delimiter: {name}` where its format stands in params/"]


def _missing(wanted: Iterable[str], header: tuple[str, ...]) -> list[str]:
    missing = [name for name in wanted if name not in header]
    said = []
    for name in missing:
        near = nearest(name.lower(), [given.lower() for given in header])
        spelt = next((given for given in header if given.lower() == near), None)
        said.append(f"{name!r}" + (f" (did you mean {spelt!r}?)" if spelt else ""))
    if not missing:
        return []
    there = ", ".join(map(repr, header[:20])) + (" …" if len(header) > 20 else "")
    return [
        f"expected {len(missing)} column(s) that are not there: {', '.join(said)}. The file has {there}. "
        "Mend the name in params/, or say under `renamed` how this file calls it"
    ]


def _undeclared_personal(header: Iterable[str], request: Request) -> list[str]:
    unused = [name for name in header if name and name not in request.wanted and name not in request.personal]
    found = [name for name in unused if looks_personal(name, of_customers=request.of_customers)]
    if not found:
        return []
    return [
        f"{', '.join(map(repr, found))} look(s) personal and nothing uses it. "
        f"Name it under `personal` at {request.place} in params/ to leave it unread"
    ]


def _copy_unchanged(path: Path, file: AnyFile, plan: Plan, target: Path, con: ibis.BaseBackend) -> FileFacts:
    before = state_of(path)
    facts = copy_file(file, plan, target, con)
    if state_of(path) != before:
        raise SourceError(f"{path.name}: changed while it was read. Start again when its delivery is complete.")
    return facts
