"""Records taken out of delivered files, where all else stays as it was delivered.

In text files a record's lines stay, empty: every other record keeps its line, and so the name of a record that has
none but its place. Rows of Parquet go. A workbook cannot be written without loss, so it is left to its owner.
"""

import gzip
import hashlib
import os
import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from insight.config.source import FileFormat
from insight.sources.reading.encodings import open_bytes
from insight.sources.reading.folder import BOOKS, PARQUET, kind_of
from insight.sources.reading.text_reader import TextFile, inspect_text, record_lines
from insight.storage.store import sync_file

_MARKS = {b"\xff\xfe\x00\x00": "utf-32-le", b"\x00\x00\xfe\xff": "utf-32-be"}
_MARKS |= {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"\xef\xbb\xbf": "utf-8"}
_ENDS = re.compile(r"[\r\n]+\Z")


def erase_records(path: Path, places: Collection[int], form: FileFormat, *, named: Collection[str] = ()) -> bool:
    """Take records out of a delivered file, whole or not at all.

    Parameters
    ----------
    path
        The file.
    places
        First lines of the records, or numbers of the rows, from 1.
    form
        How a text file is written.
    named
        Keys; a line that cannot be read as a record goes where one of its fields is such a key.

    Returns
    -------
    bool
        False where the file cannot be written without changing what else is in it: then it is as it was.
    """
    kind = kind_of(path)
    if kind in BOOKS:
        return False
    target = path.resolve()
    with _instead_of(target) as partial:
        if kind in PARQUET:
            _without_rows(target, partial, places)
            return True
        return _without_lines(inspect_text(target, form), partial, places, named)


@contextmanager
def _instead_of(path: Path) -> Iterator[Path]:
    """Give a file to write that takes another one's place, if it was written."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        yield partial
        if partial.exists():
            shutil.copymode(path, partial)
            sync_file(partial)
            partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _without_rows(path: Path, partial: Path, places: Collection[int]) -> None:
    with pq.ParquetFile(path) as file, pq.ParquetWriter(partial, file.schema_arrow, compression="zstd") as writer:
        first = 1
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group)
            stay = [first + number not in places for number in range(len(rows))]
            writer.write_table(rows.filter(pa.array(stay, pa.bool_())))
            first += len(rows)


def _without_lines(file: TextFile, partial: Path, places: Collection[int], named: Collection[str]) -> bool:
    """Write a text file with some records empty; refuse one that its encoding does not give back byte for byte."""
    gone = set(places)
    with cast(Any, open_bytes(file.path)) as opened:
        start = opened.read(4)
        mark = next((mark for mark in _MARKS if start.startswith(mark)), b"")
        opened.seek(0)
        as_delivered = hashlib.file_digest(opened, "sha256").digest()
    encoding, written, changed = _MARKS.get(mark, file.encoding), hashlib.sha256(), False
    with _packed_like(file.path, partial) as out:
        if mark:
            _put(out, written, mark, mark)
        for number, lines, is_faulty in record_lines(file):
            goes = number in gone or (is_faulty and not _pieces(lines, file).isdisjoint(named))
            for line in lines:
                text = line.lstrip("\ufeff") if number == 1 and mark else line
                kept = "".join(_ENDS.findall(text)) if goes else text
                _put(out, written, text.encode(encoding), kept.encode(encoding))
                changed = changed or kept != text
    came_back = written.digest() == as_delivered
    if not (changed and came_back):
        partial.unlink()
    return came_back


def _put(out: BinaryIO, written: "hashlib._Hash", as_delivered: bytes, kept: bytes) -> None:
    written.update(as_delivered)
    out.write(kept)


def _pieces(lines: list[str], file: TextFile) -> set[str]:
    return {piece.strip(" \"'\r\n") for line in lines for piece in file.cut.plainly(line)}


@contextmanager
def _packed_like(path: Path, partial: Path) -> Iterator[BinaryIO]:
    with partial.open("wb") as out:
        if path.suffix.lower() == ".gz":
            with gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0) as packed:
                yield packed  # type: ignore[misc]
        else:
            yield out
