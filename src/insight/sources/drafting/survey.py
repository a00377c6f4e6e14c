"""What lies in a folder: each file's layout and the values of its columns, for a first description.

Columns whose names look personal are not read, here as anywhere.
"""

import csv
import re
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from insight.config.source import FileFormat
from insight.errors import SourceError
from insight.sources.drafting.values import Column, date_form
from insight.sources.reading.book_reader import first_rows, sheet_names
from insight.sources.reading.database import Relation
from insight.sources.reading.encodings import doubt_about, examine, guess_encoding, open_bytes
from insight.sources.reading.folder import BOOKS, PARQUET, delivered_files, kind_of
from insight.sources.reading.parts import Plan
from insight.sources.reading.personal import looks_personal
from insight.sources.reading.raw import copy_file, inspect_file

#: Rows of a file or table that are looked at.
MOST_ROWS = 1_000_000
_MOST_ROWS_OF_A_BOOK = 100_000  # a workbook takes a hundred times longer to read
_HEAD_LINES = 200
_ORDERED = 20_000


@dataclass(frozen=True)
class Survey:
    """Files of one form: the same columns, written alike.

    Attributes
    ----------
    files
        Their names inside the folder.
    form
        How they are laid out.
    header
        Their columns.
    columns
        The values of those that were read.
    personal
        Columns that look personal, unread.
    rows
        How many rows were looked at.
    is_cut
        Whether there are more.
    repeated
        How many rows are alike in every column to one before.
    texts
        The rows of the first file, by the delivered names.
    doubt
        What is to be checked about the encoding; empty where the bytes prove it.
    relations
        What they are in a database, where they are no files.
    """

    files: tuple[str, ...]
    form: FileFormat
    header: tuple[str, ...]
    columns: tuple[Column, ...]
    personal: tuple[str, ...]
    rows: int
    is_cut: bool
    repeated: int
    texts: pa.Table
    doubt: str = ""
    relations: tuple[Relation, ...] = ()


def survey_folder(folder: Path) -> tuple[list[Survey], list[str]]:
    """Look at every data file of a folder; files, and sheets of a book, with the same columns make one survey.

    Returns
    -------
    tuple
        The surveys, and what could not be read, in words.
    """
    found: dict[tuple, Survey] = {}
    unread = []
    con = ibis.duckdb.connect()
    with tempfile.TemporaryDirectory(prefix="insight-look-") as temp:
        for number, path in enumerate(delivered_files(folder)):
            name = path.relative_to(folder).as_posix()
            try:
                forms = guess_forms(path)
            except SourceError as error:
                unread.append(str(error))
                continue
            for part, form in enumerate(forms):
                try:
                    one = survey_file(path, name, form, con=con, target=Path(temp) / f"{number}-{part}.parquet")
                except SourceError as error:
                    unread.append(str(error))
                    continue
                likeness = (frozenset(one.header), *form.sheet, form.delimiter, form.skip_lines)
                found[likeness] = together(found[likeness], one) if likeness in found else one
    con.disconnect()
    return _with_sheets_together(found.values()), unread


def _with_sheets_together(surveys: Iterable[Survey]) -> list[Survey]:
    """Make one survey of the sheets of a book that have the same columns."""
    found: dict[tuple, Survey] = {}
    for one in surveys:
        likeness = (frozenset(one.header), one.files, one.form.skip_lines, bool(one.form.sheet))
        if likeness in found and one.form.sheet:
            both = together(found[likeness], one)
            form = both.form.model_copy(update={"sheet": [*found[likeness].form.sheet, *one.form.sheet]})
            found[likeness] = replace(both, files=one.files, form=form)
        else:
            found[(*likeness, one.form.delimiter) if likeness in found else likeness] = one
    return list(found.values())


def guess_forms(path: Path) -> list[FileFormat]:
    """Guess how a file is laid out; a workbook has one layout per sheet that can be seen."""
    if kind_of(path) in PARQUET:
        return [FileFormat()]
    if kind_of(path) in BOOKS:
        sheets, hidden = sheet_names(path)
        forms = [_guess_layout(first_rows(path, sheet, most=_HEAD_LINES), FileFormat()) for sheet in sheets]
        if len(sheets) == 1 and not hidden:
            return forms
        return [form.model_copy(update={"sheet": [sheet]}) for form, sheet in zip(forms, sheets, strict=True)]
    encoding = guess_encoding(examine(path)) or "utf-8"
    with open_bytes(path) as handle:
        head = handle.read(1 << 18).decode(encoding, errors="ignore")
    lines = head.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")[:_HEAD_LINES]
    delimiter = guess_delimiter(lines)
    form = FileFormat(encoding=[encoding.removesuffix("-sig")], delimiter=delimiter)
    return [_guess_layout(list(csv.reader(lines, delimiter=delimiter)), form)]


def guess_delimiter(lines: list[str]) -> str:
    """Give the mark that cuts most lines, and the first one too, into the same number of fields.

    Examples
    --------
    >>> guess_delimiter(["Datum;Betrag", "01.02.2024;12,50", "03.02.2024;7,00"])
    ';'
    """
    ranks = {}
    for mark in (",", ";", "\t", "|"):
        widths = [len(fields) for fields in csv.reader([line for line in lines if line.strip()], delimiter=mark)]
        width, times = Counter(widths).most_common(1)[0] if widths else (1, 0)
        ranks[mark] = (0.0 if width < 2 else times / len(widths) + 0.5 * (widths[0] == width), width)
    return max(ranks, key=lambda mark: ranks[mark])


def _guess_layout(rows: list[list[str]], form: FileFormat) -> FileFormat:
    """Find the header: the first row as wide as the others, whose fields are names and not values."""
    widths = Counter(_width(row) for row in rows if _width(row) > 1)
    if not widths:
        return form
    usual = max(widths, key=lambda width: (widths[width], width))
    at = next(number for number, row in enumerate(rows) if _width(row) >= 0.8 * usual)
    names = [name.strip() for name in rows[at] if name.strip()]
    if any(re.fullmatch(r"[-+(]?\W?\d[\d.,' ]*[)%-]?", name) or date_form({name: 1}) for name in names):
        columns = [f"column_{position + 1}" for position in range(usual)]
        return form.model_copy(update={"header": False, "column_names": columns, "skip_lines": at})
    return form.model_copy(update={"skip_lines": at}) if at else form


def _width(row: list[str]) -> int:
    filled = [position for position, text in enumerate(row) if text.strip()]
    return filled[-1] + 1 if len(filled) > 1 else len(filled)


def survey_file(path: Path, name: str, form: FileFormat, *, con: ibis.BaseBackend, target: Path) -> Survey:
    """Read one file, or one sheet of a book, and give the values of its columns."""
    file = inspect_file(path, form)
    header = tuple(file.header)
    personal = tuple(column for column in header if looks_personal(column))
    wanted = tuple(dict.fromkeys(column for column in header if column and column not in personal))
    most = _MOST_ROWS_OF_A_BOOK if kind_of(path) in BOOKS else MOST_ROWS
    facts = copy_file(file, Plan(header, wanted, frozenset(personal), name, most=most), target, con)
    part = pq.read_table(target)
    part = part.filter(pc.is_null(part["fault"]))
    columns = tuple(_column(column, part[f"f{position}"]) for position, column in enumerate(wanted))
    repeated = part.num_rows - pc.count_distinct(part["fingerprint"]).as_py()
    texts = part.select([f"f{position}" for position in range(len(wanted))]).rename_columns(list(wanted))
    is_cut = facts.rows >= most
    is_text = kind_of(path) not in (*BOOKS, *PARQUET)
    doubt = doubt_about(examine(path)) if is_text and form.encoding != ["utf-8"] else ""
    return Survey((name,), form, header, columns, personal, part.num_rows, is_cut, repeated, texts, doubt)


def _column(name: str, texts: pa.ChunkedArray) -> Column:
    tidy = pc.utf8_trim_whitespace(texts)
    counts = {
        pair["values"].as_py(): pair["counts"].as_py()
        for pair in pc.value_counts(tidy.combine_chunks())
        if pair["values"].is_valid and pair["values"].as_py()
    }
    first = tuple(text for text in tidy.slice(0, _ORDERED).to_pylist() if text)
    return Column(name, counts, len(texts), first)


def together(one: Survey, other: Survey) -> Survey:
    """Give one survey of two: add the files of another survey with the same columns."""
    theirs = {column.name: column for column in other.columns}
    columns = [column.with_file(theirs[column.name]) for column in one.columns]
    encodings = sorted({*one.form.encoding, *other.form.encoding}, key=lambda name: (name != "utf-8", name))
    return replace(
        one,
        files=(*one.files, *other.files),
        form=one.form.model_copy(update={"encoding": encodings}),
        columns=tuple(columns),
        rows=one.rows + other.rows,
        is_cut=one.is_cut or other.is_cut,
        repeated=one.repeated + other.repeated,
        doubt=one.doubt or other.doubt,
    )
