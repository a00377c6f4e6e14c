"""What lies in a folder: each file's layout and the values of its columns, for a first description.

Columns whose names look personal are not read, here as anywhere.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from insight.config.source import BLANKS, FileFormat
from insight.engine import connect
from insight.errors import SourceError
from insight.sources.drafting.values import Column, date_form
from insight.sources.drafting.words import score, words
from insight.sources.reading.book_reader import first_rows, sheet_names
from insight.sources.reading.database import Relation
from insight.sources.reading.encodings import doubt_about, examine, likely_encodings, open_bytes
from insight.sources.reading.folder import BOOKS, PARQUET, delivered_files, kind_of
from insight.sources.reading.parts import FileFacts, Plan
from insight.sources.reading.personal import looks_personal
from insight.sources.reading.raw import copy_file, inspect_file
from insight.sources.reading.text_reader import Cut
from insight.storage.owner_only import temporary_folder

#: Rows of a file or table that are looked at.
MOST_ROWS = 1_000_000
_MOST_ROWS_OF_A_BOOK = 100_000  # a workbook takes a hundred times longer to read
_HEAD_LINES = 200
_MARKS = (*",;\t|^~¦", "\x01", "\x1f")
_ALIKE = 0.1  # shares of lines that differ by less are alike
_EVEN = 1.2  # the first line and seven tenths of the others have the usual number of fields
_TITLE_LINES = 5
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
    with temporary_folder() as temp:
        con = connect(spill=temp, sealed=True)
        for number, path in enumerate(delivered_files(folder)):
            name = path.relative_to(folder).as_posix()
            try:
                forms = guess_forms(path)
            except SourceError as error:
                unread.append(str(error))
                continue
            for part, form in enumerate(forms):
                try:
                    one = survey_file(path, name, form, con=con, target=temp / f"{number}-{part}.parquet")
                except SourceError as error:
                    unread.append(str(error))
                    continue
                likeness = (frozenset(one.header), *form.sheet, form.delimiter, form.skip_lines)
                found[likeness] = together(found[likeness], one) if likeness in found else one
        con.disconnect()
    return _with_parquet_together(_with_sheets_together(found.values())), unread


def _with_parquet_together(surveys: Sequence[Survey]) -> list[Survey]:
    """Add Parquet files to text files with the same columns: they need no format, and take that of the text."""
    made = [one for one in surveys if kind_of(Path(one.files[0])) not in PARQUET]
    for other in (one for one in surveys if kind_of(Path(one.files[0])) in PARQUET):
        alike = (at for at, one in enumerate(made) if {*one.header} == {*other.header} and one.form.header)
        at = next((at for at in alike if not made[at].form.sheet and not made[at].form.skip_lines), None)
        if at is None:
            made.append(other)
        else:
            made[at] = replace(together(made[at], other), form=made[at].form)
    return made


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
    with open_bytes(path) as handle:
        start = handle.read(1 << 18)
    encoding = _best_known(start, likely_encodings(examine(path)))
    head = start.decode(encoding, errors="ignore")
    lines = head.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")[:_HEAD_LINES]
    cut = guess_cut(lines)
    form = FileFormat(
        encoding=[encoding.removesuffix("-sig")], delimiter=None if cut.widths else cut.delimiter, widths=[*cut.widths]
    )
    return [_guess_layout(_rows(lines, cut), form)]


def _best_known(start: bytes, likely: Sequence[str]) -> str:
    """Choose the encoding in which most names of the first lines are known; of equal ones the likeliest."""
    if likely[:1] and likely[0].startswith("utf"):
        return likely[0]
    first = b"\n".join(start.split(b"\n")[:_TITLE_LINES])

    def known(encoding: str) -> int:
        names = re.split(r"[,;|\t\r\n]", first.decode(encoding, errors="ignore"))
        return sum(any(score(name, role) == 100 for role in words()["roles"]) for name in names if not name.isascii())

    # a few signs such as Nº and N° make no words by which letters are told
    return max([*likely, "cp1252"] if first.isascii() is False else [*likely, "utf-8"], key=known)


def guess_cut(lines: list[str]) -> Cut:
    """Find the mark that cuts most lines, and the first one too, into the same number of fields; else blanks.

    Examples
    --------
    >>> guess_cut(["Datum;Betrag", "01.02.2024;12,50", "03.02.2024;7,00"]).delimiter
    ';'
    >>> guess_cut(["id    name       paid", "1     Ada King    12.50", "12    Bo           3.00"]).widths
    (6, 11)
    """
    lines = [line for line in lines if line.strip()]
    for mark in ("::", "||"):
        is_alone = all(mark[0] not in line.replace(mark, "") for line in lines)
        if is_alone and _evenness(_rows(lines, Cut(mark)))[0] > _EVEN:
            return Cut(mark)
    best, (even, _) = _most_even_mark(lines)
    if even > _EVEN:
        return Cut(best, '"')
    blanks = Cut(BLANKS)
    even_blanks, words = _evenness(_rows(lines, blanks))
    beneath, (even, fields) = _most_even_mark(_without_titles(lines))
    if even > _EVEN and fields > words:
        return Cut(beneath, '"')
    if even_blanks > _EVEN:
        return blanks
    if widths := _guess_widths(lines):
        return Cut(widths=widths)
    return Cut(best, '"')


def _most_even_mark(lines: list[str]) -> tuple[str, tuple[float, int]]:
    """Find the mark that cuts most evenly, with its `_evenness`.

    Of marks that do so alike it is the one that cuts more: a decimal comma stands in every line too.
    """
    marks = {mark: _evenness([*csv.reader(lines, delimiter=mark)]) for mark in _MARKS}
    evenest = max(even for even, _ in marks.values())
    best = max(marks, key=lambda mark: (marks[mark][0] > evenest - _ALIKE, marks[mark][1], marks[mark][0]))
    return best, marks[best]


def _without_titles(lines: list[str]) -> list[str]:
    """Leave out the lines above the first that some mark cuts."""
    first = next((number for number, line in enumerate(lines) if any(mark in line for mark in _MARKS)), 0)
    return lines[first:]


def _rows(lines: list[str], cut: Cut) -> list[list[str]]:
    return [*csv.reader(lines, delimiter=cut.delimiter)] if cut.quote else [cut.plainly(line) for line in lines]


def _evenness(rows: list[list[str]]) -> tuple[float, int]:
    """Say how many lines, and the first one, have the usual number of fields, and what that number is."""
    widths = [len(fields) for fields in rows]
    width, times = Counter(widths).most_common(1)[0] if widths else (1, 0)
    return (0.0 if width < 2 else times / len(widths) + 0.5 * (widths[0] == width), width)


def _guess_widths(lines: list[str]) -> tuple[int, ...]:
    """Find the places at which a blank stands in every line before something begins; empty where there are few."""
    length = max(map(len, lines), default=0)
    padded = [line.rstrip().ljust(length) for line in lines]
    is_blank = [all(line[at] == " " for line in padded) for at in range(length)]
    begins = [at for at in range(1, length) if is_blank[at - 1] and not is_blank[at]]
    return tuple(end - first for first, end in pairwise([0, *begins])) if len(begins) > 1 and len(lines) > 2 else ()


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
    plan = Plan(header, wanted, frozenset(personal), name, most=most)
    facts = copy_file(file, plan, target, con)
    if facts.whole_unquoted and (unquoted := _without_quotes(path, form, plan, facts, con, target)):
        form, facts = unquoted
    part = pq.read_table(target)
    part = part.filter(pc.is_null(part["fault"]))
    columns = tuple(_column(column, part[f"f{position}"]) for position, column in enumerate(wanted))
    read = [f"f{position}" for position in range(len(wanted))]
    repeated = part.num_rows - part.group_by([*read, "fingerprint"]).aggregate([]).num_rows
    texts = part.select(read).rename_columns(list(wanted))
    is_cut = facts.rows >= most
    is_text = kind_of(path) not in (*BOOKS, *PARQUET)
    doubt = doubt_about(examine(path)) if is_text and form.encoding != ["utf-8"] else ""
    return Survey((name,), form, header, columns, personal, part.num_rows, is_cut, repeated, texts, doubt)


def _without_quotes(
    path: Path, form: FileFormat, plan: Plan, facts: FileFacts, con: ibis.BaseBackend, target: Path
) -> tuple[FileFormat, FileFacts] | None:
    """Read a file again as one in which inch marks are no quotes; nothing where marks do stand around fields."""
    plain = form.model_copy(update={"quote": ""})
    again = target.with_suffix(".unquoted.parquet")
    found = copy_file(inspect_file(path, plain), plan, again, con)
    part = pq.read_table(again, columns=[f"f{position}" for position in range(len(plan.wanted))])
    around = sum(pc.sum(pc.match_substring_regex(column, r'^".+"$')).as_py() or 0 for column in part.columns)
    if found.faults >= facts.faults or around > facts.whole_unquoted:
        return None
    again.replace(target)
    return plain, found


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
