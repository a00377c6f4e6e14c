"""Excel workbooks: a sheet's cells as text, by the row numbers that Excel shows.

What a reader of the sheet would take for data and a program cannot (hidden sheets, merged headers)
is refused; formulas count with the value that Excel last saved.
"""

import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from insight.config.source import FileFormat
from insight.contracts.rules import Rule
from insight.errors import SourceError
from insight.sources.reading.parts import FileFacts, PartWriter, Plan
from insight.sources.reading.text_reader import alike, is_totals_line, notes_of, too_long

_MOST_UNPACKED = 64 << 20
_MOST_RATIO = 200
_MERGED = re.compile(rb'<mergeCell ref="[A-Z]+(\d+):[A-Z]+(\d+)"')


@dataclass(frozen=True)
class BookFile:
    """A sheet whose header is known.

    Attributes
    ----------
    path, sheet, decimal
        Where it is, and the decimal mark that its numbers are written with as text.
    header
        Its columns; empty names at the end are dropped.
    first_line
        The first row after the header.
    notes
        What is odd about the sheet.
    """

    path: Path
    sheet: str
    decimal: str
    header: tuple[str, ...]
    first_line: int
    notes: tuple[str, ...] = ()


def inspect_book(path: Path, form: FileFormat) -> BookFile:
    """Find the (first) sheet that is named, or the only one, and its header.

    Raises
    ------
    SourceError
        If the book is damaged, it is not clear which sheet is meant, or the header is merged or missing.
    """
    _refuse_damaged(path)
    book = _open(path)
    try:
        sheet = _choose_sheet(book, next(iter(form.sheet), None), file=path.name)
        xml = book[sheet]._worksheet_path
        header: Sequence[str | None] = form.column_names
        if form.header:
            header = next(_texts(book[sheet], form.skip_lines + 1, form.decimal), (0, ()))[1]
    finally:
        book.close()
    names = [(name or "").strip() for name in header]
    while names and not names[-1]:
        names.pop()
    if not any(names):
        raise SourceError(
            f"{path.name}, sheet {sheet!r}: no header in row {form.skip_lines + 1}. "
            "Say `skip_lines` under format in params/, or name the columns in the sheet."
        )
    merged, has_formulas = _scan_xml(path, xml)
    first = form.skip_lines + 1 + form.header
    if any(top < first <= bottom + 1 or top <= form.skip_lines + 1 <= bottom for top, bottom in merged if form.header):
        raise SourceError(
            f"{path.name}, sheet {sheet!r}: the header has merged cells. Unmerge them: one name per column."
        )
    notes = ("holds formulas: the values that were last saved are read",) if has_formulas else ()
    return BookFile(path, sheet, form.decimal, tuple(names), first, notes)


def copy_book(file: BookFile, plan: Plan, target: Path) -> FileFacts:
    """Write a sheet's rows to ``target`` and say what was seen."""
    facts = FileFacts(plan.file, encoding="Excel", columns=file.header, notes=list(file.notes))
    width, seen = len(file.header), Counter[str]()
    header = alike(file.header)
    book = _open(file.path)
    try:
        with PartWriter(target, plan) as out:
            for number, fields in _texts(book[file.sheet], file.first_line, file.decimal):
                if out.is_full:
                    break
                if not any(fields):
                    seen["blank"] += 1
                elif any(fields[width:]):
                    out.add_fault(number, Rule("wrong_fields", (str(len(fields)), str(width))))
                elif alike([text or "" for text in fields[:width]]) == header:
                    out.add_fault(number, Rule("header_again"))
                    seen["header"] += 1
                elif is_totals_line([text or "" for text in fields]):
                    out.add_fault(number, Rule("totals_line"))
                else:
                    if max(len(text or "") for text in fields) > 1 << 20:
                        raise too_long(file.path.name, number)
                    out.add(number, (*fields[:width], *(None,) * (width - len(fields))))
    finally:
        book.close()
    facts.rows, facts.faults = out.rows, out.faults
    facts.notes += notes_of(seen)
    return facts


def sheet_names(path: Path) -> tuple[list[str], list[str]]:
    """Name the sheets that can be seen, and those that are hidden, in their order."""
    _refuse_damaged(path)
    book = _open(path)
    try:
        return _sheets(book)
    finally:
        book.close()


def _sheets(book: openpyxl.Workbook) -> tuple[list[str], list[str]]:
    visible = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    return visible, [sheet.title for sheet in book.worksheets if sheet.title not in visible]


def first_rows(path: Path, sheet: str, *, most: int) -> list[list[str]]:
    """Give the first rows of a sheet as text."""
    book = _open(path)
    try:
        return [[text or "" for text in fields] for _, fields in islice(_texts(book[sheet], 1, "."), most)]
    finally:
        book.close()


def _open(path: Path) -> openpyxl.Workbook:
    try:
        return openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, KeyError, ValueError, ParseError, zipfile.BadZipFile, OSError):
        raise _damaged(path) from None


def _damaged(path: Path) -> SourceError:
    return SourceError(f"{path.name}: not a readable Excel workbook. Save it again as .xlsx, or as CSV in UTF-8.")


def _refuse_damaged(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
    except (zipfile.BadZipFile, OSError):
        raise _damaged(path) from None
    if unpacked > max(_MOST_UNPACKED, _MOST_RATIO * path.stat().st_size):
        raise SourceError(f"{path.name}: unpacks to over {_MOST_RATIO} times its size. Deliver it as CSV.")


def _choose_sheet(book: openpyxl.Workbook, wanted: str | None, *, file: str) -> str:
    visible, hidden = _sheets(book)
    names = ", ".join(repr(name) for name in visible)
    if wanted in visible:
        return str(wanted)
    if wanted in hidden:
        raise SourceError(f"{file}: the sheet {wanted!r} is hidden. Unhide it, or choose one of {names}.")
    if wanted is not None:
        raise SourceError(f"{file}: there is no sheet {wanted!r}. Its sheets: {names}.")
    if len(visible) != 1 or hidden:
        beside = f" and {len(hidden)} hidden" if hidden else ""
        raise SourceError(
            f"{file}: {len(visible)} sheets ({names}){beside}; expected one, or `sheet: NAME` under format in params/."
        )
    return visible[0]


def _scan_xml(path: Path, xml: str) -> tuple[list[tuple[int, int]], bool]:
    """Find merged cells (first and last row) and formulas, which openpyxl's fast mode does not tell."""
    merged, has_formulas, tail = [], False, b""
    with zipfile.ZipFile(path) as packed, packed.open(xml.lstrip("/")) as handle:
        while chunk := handle.read(1 << 20):
            text = tail + chunk
            merged += [(int(top), int(bottom)) for top, bottom in _MERGED.findall(text)]
            has_formulas = has_formulas or b"<f>" in text or b"<f " in text
            cut = text.rfind(b"<")
            tail = text[cut:] if cut >= 0 else b""
    return merged, has_formulas


def _texts(sheet: Any, first: int, decimal: str) -> Iterator[tuple[int, Sequence[str | None]]]:
    sheet.reset_dimensions()  # some writers note too small a range
    try:
        for number, cells in enumerate(sheet.iter_rows(min_row=first, values_only=True), start=first):
            yield number, [_cell_text(value, decimal) for value in cells]
    except (ParseError, KeyError, ValueError, zipfile.BadZipFile, EOFError):
        raise SourceError(f"sheet {sheet.title!r}: damaged. Save the book again.") from None


def _cell_text(value: Any, decimal: str) -> str | None:
    """Write a cell as a text file would hold it; days and times in ISO form.

    Examples
    --------
    >>> _cell_text(17850.0, "."), _cell_text(2.5, ","), _cell_text(datetime(2011, 12, 1, 8, 26), ".")
    ('17850', '2,5', '2011-12-01 08:26:00')
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value).replace(".", decimal)
    if isinstance(value, datetime):
        # Excel keeps instants as fractions of a day: whole seconds are what was meant
        return (value + timedelta(microseconds=500_000)).replace(microsecond=0).isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)
