"""The files of a business in ``data/raw``: found by name or pattern, and never outside that folder."""

import unicodedata
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from insight.config.source import Files
from insight.errors import SourceError, listed, printable

BOOKS = (".xlsx", ".xlsm")
PARQUET = (".parquet", ".pq")
TEXTS = (".csv", ".tsv", ".txt", ".tab", ".psv", ".dat", ".asc", ".prn", ".ssv", ".data")
_OLD_BOOK = bytes.fromhex("d0cf11e0")
_NOT_READ = {
    ".xls": "Save it as .xlsx, or as CSV in UTF-8.",
    ".zip": "Unpack it.",
    ".json": "Deliver it as CSV, Parquet or Excel.",
    ".pdf": "Deliver it as CSV, Parquet or Excel.",
}


def raw_folder(source: Files, dataset: str, root: Path) -> Path:
    """Give the folder that holds a business's files.

    Raises
    ------
    SourceError
        If there is none, or it leads out of ``data/raw``.
    """
    base = (root / "data" / "raw").resolve()
    named = source.folder or dataset
    folder = base / named
    if not folder.resolve().is_relative_to(base):
        raise SourceError(
            f"source.folder: {named} leads out of data/raw. Put the files (not links to them) into data/raw/{dataset}/."
        )
    if not folder.is_dir():
        raise SourceError(f"source: there is no folder data/raw/{named}. Make it and put the delivered files there.")
    return folder


def find_files(folder: Path, patterns: list[str], *, place: str) -> list[Path]:
    """Give the files that patterns name, each once, in the order of their names.

    Raises
    ------
    SourceError
        If a pattern finds nothing, or a file that it finds lies outside the folder or is of a kind
        that cannot be read.
    """
    found: set[Path] = set()
    problems = []
    for pattern in patterns:
        if PurePosixPath(pattern).is_absolute() or ".." in PurePosixPath(pattern).parts or "\\" in pattern:
            problems.append(f"{pattern}: expected a name inside the folder, without .. or a leading /")
            continue
        matches = _matches(folder, pattern)
        if not matches:
            problems.append(f"{pattern}: no such file{_present(folder)}")
        found.update(matches)
    for path in sorted(found):
        name = path.relative_to(folder)
        if not path.name.isprintable():
            problems.append(f"{printable(str(name))}: its name holds signs that are not shown. Rename it.")
        if not path.resolve().is_relative_to(folder.resolve()):
            problems.append(f"{name}: is a link that leads out of the folder. Put the file itself there.")
        if (advice := _NOT_READ.get(path.suffix.lower())) and not _is_text_called_book(path):
            problems.append(f"{name}: {path.suffix} files cannot be read. {advice}")
    if problems:
        raise SourceError(f"{place}.files: {len(problems)} problem(s)" + listed(problems))
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def delivered_files(folder: Path) -> list[Path]:
    """Give every file in the folder that could be data: no hidden ones, no notes, no lock files of Office."""
    known = (*BOOKS, *PARQUET, *TEXTS)
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not any(part.startswith((".", "~$", "__")) for part in path.relative_to(folder).parts)
        and kind_of(path) in known
        and not (path.suffix.lower() == ".txt" and path.stem.lower() in ("readme", "license", "licence"))
    ]


def kind_of(path: Path) -> str:
    """Give the ending that says what a file is, beneath ``.gz``.

    Examples
    --------
    >>> kind_of(Path("sales.2024.CSV.gz"))
    '.csv'
    """
    name = path.name.lower().removesuffix(".gz")
    return PurePosixPath(name).suffix


def _is_text_called_book(path: Path) -> bool:
    """Whether it is text that a program called .xls, so that Excel opens it."""
    if path.suffix.lower() != ".xls" or not path.is_file():
        return False
    with path.open("rb") as handle:
        begin = handle.read(64).lstrip()
    return bool(begin) and not begin.startswith((_OLD_BOOK, b"PK", b"<"))


def _matches(folder: Path, pattern: str) -> list[Path]:
    exact = folder / pattern
    if exact.is_file():  # also names that hold *, ? or [
        return [exact]
    there = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith((".", "~$"))]
    names = {path: _composed(path.relative_to(folder).as_posix()) for path in there}
    same = [path for path in there if names[path] == _composed(pattern)]
    return same or [path for path in there if fnmatch(names[path], _composed(pattern))]


def _composed(name: str) -> str:
    """Write letters with accents as one character, as most systems do; a Mac names files with two."""
    return unicodedata.normalize("NFC", name)


def _present(folder: Path) -> str:
    names = [path.relative_to(folder).as_posix() for path in delivered_files(folder)]
    if not names:
        return f". The folder {folder.name} holds no data files: put them there"
    shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    return f". There are: {shown}. Mend the name"
