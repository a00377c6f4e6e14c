"""Text files: physical lines to records to Parquet, so that every line can be accounted for.

Each record that the file holds becomes one row, also when it cannot be read: then it carries a
fault instead of fields. Blank lines are not records. Line numbers are those of a text editor.
"""

import csv
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import TextIOWrapper
from itertools import accumulate, pairwise
from pathlib import Path

from insight.config.source import BLANKS, FileFormat
from insight.contracts.rules import Rule
from insight.errors import SourceError
from insight.sources.reading.encodings import (
    choose_encoding,
    examine,
    few_are_damaged,
    listed_or,
    looks_otherwise,
    open_bytes,
    undecodable,
    was_garbled_before,
)
from insight.sources.reading.parts import FileFacts, PartWriter, Plan

_LONGEST_FIELD = 1 << 20
_LONGEST_LINE = 1 << 22
_MOST_LINES_IN_QUOTES = 200
_TOTALS = re.compile(
    r"\W*((grand|sub|overall)[ -]?)?"
    r"(totals?|sum|summe|gesamt(summe|betrag)?|insgesamt|somme|合计|合計|总计|總計|小计|小計|总额)[\W\d]*",
    re.IGNORECASE,
)
_NUMBER_LIKE = re.compile(r"[\W\d]+")
csv.field_size_limit(_LONGEST_LINE + _LONGEST_FIELD)


@dataclass(frozen=True)
class Cut:
    """How lines are cut into fields: at a mark, at runs of blanks, or at fixed places.

    Examples
    --------
    >>> Cut(BLANKS).plainly("00001 19970101   1"), Cut(widths=(5, 9)).plainly("ab   19970101 1")
    (['00001', '19970101', '1'], ['ab', '19970101', '1'])
    """

    delimiter: str = ","
    quote: str = ""
    widths: tuple[int, ...] = ()

    @classmethod
    def of(cls, form: FileFormat, path: Path) -> "Cut":
        """Give the way that a format says, else that of the file's ending."""
        delimiter = form.delimiter or usual_delimiter(path)
        is_long = len(delimiter) > 1 and delimiter != BLANKS  # no program quotes fields between such marks
        return cls(delimiter, "" if form.widths or is_long else form.quote, tuple(form.widths))

    @property
    def blanks(self) -> str:
        """What a line without a record consists of."""
        return " \t\r\n\ufeff" + ("" if self.delimiter == BLANKS or self.widths else self.delimiter)

    def plainly(self, line: str) -> list[str]:
        """Cut a line that has no quotation marks."""
        if self.widths:
            ends = [*accumulate(self.widths), None]
            return [line[first:last].strip() for first, last in pairwise([0, *ends])]
        return line.split() if self.delimiter == BLANKS else line.rstrip("\r\n").split(self.delimiter)

    def quoted(self, lines: list[str]) -> list[str]:
        """Cut a record in which a mark may stand around fields.

        Raises
        ------
        csv.Error
            If the mark is not closed, or text follows where it closes.
        """
        if self.delimiter == BLANKS:
            tidy = [line.replace("\t", " ").strip(" ") for line in lines]
            return next(csv.reader(tidy, delimiter=" ", quotechar=self.quote, strict=True, skipinitialspace=True), [])
        return next(csv.reader(lines, delimiter=self.delimiter, quotechar=self.quote, strict=True), [])


@dataclass(frozen=True)
class TextFile:
    """A text file whose encoding and header are known.

    Attributes
    ----------
    path, encoding
        Which file, in which encoding.
    cut
        How its lines are cut into fields.
    header
        Its columns; empty names at the end are dropped.
    first_line
        The first line after the header.
    notes
        What is odd about its characters.
    """

    path: Path
    encoding: str
    cut: "Cut"
    header: tuple[str, ...]
    first_line: int
    notes: tuple[str, ...] = ()


def inspect_text(path: Path, form: FileFormat) -> TextFile:
    """Find out how a text file is to be read, without reading its records.

    Raises
    ------
    SourceError
        If it is empty, has no header, or its encoding is not as declared.
    """
    found = examine(path)
    try:
        encoding = choose_encoding(found, form.encoding, file=path.name)
    except SourceError as error:
        raise few_are_damaged(path, form.encoding, found) or error from None
    notes = []
    if not encoding.startswith("utf-16") and (before := was_garbled_before(found, encoding)):
        raise SourceError(
            f"{path.name}: its text is garbled: it was {before} and was saved as something else. "
            f"Deliver the original {before} file."
        )
    if not encoding.startswith(("utf-16", "utf-32")) and "\ufffd" in found.sample.decode(encoding, "replace"):
        notes.append("holds the sign for an unreadable character (U+FFFD), so text was lost before delivery")
    if others := looks_otherwise(found, encoding):
        notes.append(
            f"its letters make better words in {listed_or(others)} than in {encoding}: look at the names in it"
        )
    if not found.is_ended:
        notes.append("its last line has no line end: see that the file was not cut off within it")
    cut = Cut.of(form, path)
    if not form.header:
        return TextFile(path, encoding, cut, tuple(form.column_names), 1 + form.skip_lines, tuple(notes))
    with _decoding(path, encoding), _open_text(path, encoding) as handle:
        lines = _Lines(handle, path.name)
        for _ in range(form.skip_lines):
            lines.next()
        header, cut = _read_header(lines, cut, form)
        if not any(header):
            raise SourceError(
                f"{path.name}: no header in line {lines.number}. Deliver a file whose columns have names."
            )
        return TextFile(path, encoding, cut, header, lines.number + 1, tuple(notes))


def copy_text(file: TextFile, plan: Plan, target: Path) -> FileFacts:
    """Write a text file's records to ``target`` and say what was seen.

    Raises
    ------
    SourceError
        If a character cannot be decoded, or a field is longer than 1 MiB.
    """
    facts = FileFacts(plan.file, encoding=file.encoding, columns=file.header, notes=list(file.notes))
    with _decoding(file.path, file.encoding), _open_text(file.path, file.encoding) as handle:
        lines = _Lines(handle, file.path.name)
        with PartWriter(target, plan) as out:
            for _ in range(file.first_line - 1):
                lines.next()
            seen = _copy_records(lines, file, out)
    facts.rows, facts.faults = out.rows, out.faults
    facts.notes += notes_of(seen)
    facts.whole_unquoted = seen["unquoted"]
    return facts


def record_lines(file: TextFile) -> Iterator[tuple[int, list[str], bool]]:
    """Give every record's first line and all of its lines, and whether it cannot be read; header and blanks too."""
    with _decoding(file.path, file.encoding), _open_text(file.path, file.encoding) as handle:
        lines = _Kept(handle, file.path.name)
        while line := lines.next():
            number, fault = lines.number, None
            if number >= file.first_line:
                fields, fault = _split(line, lines, file.cut, expected=len(file.header))
                fault = fault or _fit(fields, len(file.header))[1] if len(fields) != len(file.header) else fault
            yield number, lines.kept, fault is not None
            lines.kept = []


def notes_of(seen: Mapping[str, int]) -> list[str]:
    """Say what was odd among the lines of a file, and how often."""
    return [said.format(seen[what]) for what, said in _SEEN.items() if seen[what]]


class _Lines:
    """The physical lines of a file, one at a time, which can be given back."""

    def __init__(self, handle: TextIOWrapper, name: str) -> None:
        self._read: Callable[[int], str] = handle.readline
        self._returned: deque[str] = deque()
        self._name = name
        self.number = 0

    def next(self) -> str:
        """Give the next line with its end; empty after the last."""
        line = self._returned.popleft() if self._returned else self._read(_LONGEST_LINE)
        if line:
            self.number += 1
            if len(line) >= _LONGEST_LINE:
                raise too_long(self._name, self.number)
        return line

    def give_back(self, lines: list[str]) -> None:
        """Take lines back, to be given again."""
        self._returned.extendleft(reversed(lines))
        self.number -= len(lines)


class _Kept(_Lines):
    """Lines of which those that were given and not taken back are kept."""

    def __init__(self, handle: TextIOWrapper, name: str) -> None:
        super().__init__(handle, name)
        self.kept: list[str] = []

    def next(self) -> str:
        line = super().next()
        self.kept += [line] if line else []
        return line

    def give_back(self, lines: list[str]) -> None:
        super().give_back(lines)
        del self.kept[len(self.kept) - len(lines) :]


def too_long(name: str, line: int) -> SourceError:
    """Say that a field is beyond what a field of a table can be."""
    return SourceError(
        f"{name}: a field in line {line:,} is longer than 1 MiB; expected short values. "
        "Look for a quotation mark that is not closed, or deliver the file without that column."
    )


def _open_text(path: Path, encoding: str) -> TextIOWrapper:
    # newline="" recognises \n, \r\n and \r alike and leaves those inside quotes as they are
    return TextIOWrapper(open_bytes(path), encoding=encoding, errors="strict", newline="")


def usual_delimiter(path: Path) -> str:
    """Give the delimiter of a file by its ending: a comma in .csv, else a tab."""
    return "," if path.name.lower().removesuffix(".gz").endswith(".csv") else "\t"


def _read_header(lines: _Lines, cut: Cut, form: FileFormat) -> tuple[tuple[str, ...], Cut]:
    line = lines.next()
    if said := re.fullmatch(r"sep=(.)\s*", line):  # Excel's own hint
        line, cut = lines.next(), replace(cut, delimiter=form.delimiter or said[1])
    fields, fault = _split(line, lines, cut, expected=None)
    fields = cut.plainly(line) if fault else fields  # the wrong delimiter, which whoever looks for columns will say
    names = [name.strip().strip("\ufeff").strip() for name in fields]
    while names and not names[-1]:
        names.pop()
    return tuple(names), cut


def _copy_records(lines: _Lines, file: TextFile, out: PartWriter) -> Counter[str]:
    """Write every record; count what is odd, and the blank lines, which are no records."""
    cut, quote, blanks = file.cut, file.cut.quote, file.cut.blanks
    width, header, seen = len(file.header), alike(file.header), Counter[str]()
    while not out.is_full and (line := lines.next()):
        number = lines.number
        if "\x00" in line:
            out.add_fault(number, Rule("nul_byte"))
            continue
        if not line.strip(blanks):
            seen["blank"] += 1
            continue
        if quote and quote in line:
            fields, fault = _split(line, lines, cut, expected=width)
            seen["unquoted"] += fault in (_OPEN, _TEXT_AFTER) and len(_fit(cut.plainly(line), width)[0]) == width
        else:
            fields, fault = cut.plainly(line), None
        if fault is None and len(fields) != width:
            fields, fault = _fit(fields, width)
        if len(fields) == width and fields[0].strip("\ufeff ").casefold() == header[0] and alike(fields) == header:
            fault = Rule("header_again")
            seen["header"] += 1
        if fault is None and "" in fields and is_totals_line(fields):
            fault = Rule("totals_line")
        is_long = len(line) > _LONGEST_FIELD or lines.number > number
        if fault is None and is_long and max(map(len, fields)) > _LONGEST_FIELD:
            raise too_long(file.path.name, number)
        if fault is None:
            out.add(number, fields)
        else:
            out.add_fault(number, fault)
    return seen


def alike(names: Sequence[str]) -> list[str]:
    """Write the names of a header so that one which stands there again is found, be its case or blanks other."""
    return [name.strip("\ufeff ").casefold() for name in names]


def _fit(fields: list[str], width: int) -> tuple[list[str], Rule | None]:
    if len(fields) > width and not any(fields[width:]):  # delimiters at the end, beyond the header's
        return fields[:width], None
    return fields, Rule("wrong_fields", (str(len(fields)), str(width)))


def is_totals_line(fields: list[str]) -> bool:
    """Whether a record is a sum of the others: named so, and holding numbers beside empty fields.

    Examples
    --------
    >>> is_totals_line(["Total", "", "", "1234.50"]), is_totals_line(["17850", "", "3", "2.55"])
    (True, False)
    """
    filled = [text for text in fields if text and not text.isspace()]
    named = [text for text in filled if _TOTALS.fullmatch(text)]
    return len(named) == 1 and all(text is named[0] or _NUMBER_LIKE.fullmatch(text) for text in filled)


def _split(line: str, lines: _Lines, cut: Cut, *, expected: int | None) -> tuple[list[str], Rule | None]:
    """Give the fields of the record that begins with ``line``, or the reason why it cannot be read.

    A quoted field may run over lines. A quotation mark that nobody closes would swallow what
    follows: then only the line that opens it is at fault and the next ones are read again.
    """
    if not cut.quote:
        return cut.plainly(line), None
    fields, fault = _parse([line], cut)
    if fault != _OPEN:
        return fields, fault
    taken = [line]
    while fault == _OPEN and len(taken) < _MOST_LINES_IN_QUOTES and (following := lines.next()):
        taken.append(following)
        if cut.quote in following:
            fields, fault = _parse(taken, cut)
    if fault is None and expected not in (None, len(fields)):
        alone, alone_fault = _parse(taken[1:2], cut)
        fault = _OPEN if alone_fault is None and len(alone) == expected else None
    if fault is not None:
        lines.give_back(taken[1:])
        return [], _OPEN
    return fields, None


_OPEN, _TEXT_AFTER = Rule("open_quote"), Rule("text_after_quote")
_SEEN = {
    "blank": "{:,} blank line(s) skipped",
    "header": "{:,} line(s) repeat the header: were several files put one after another?",
    "unquoted": "{:,} unreadable line(s) have all their fields where quotation marks are part of the text (inches, "
    'nicknames): say `quote: ""` under format in params/',
}


def _parse(taken: list[str], cut: Cut) -> tuple[list[str], Rule | None]:
    try:
        return cut.quoted(taken), None
    except csv.Error as error:
        return [], _OPEN if "unexpected end" in str(error) else _TEXT_AFTER


@contextmanager
def _decoding(path: Path, encoding: str) -> Iterator[None]:
    """Name the lines where bytes cannot be decoded."""
    try:
        yield
    except UnicodeDecodeError:
        raise undecodable(path, encoding) from None
