"""Look for canaries in files: as written, in other encodings, packed, in Parquet, and without what separates digits."""

import base64
import gzip
import hashlib
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

_SEPARATORS = b" \t-._/+()\xa0"
_PICTURES = {".png", ".woff2"}


class Scanner:
    """Knows the canaries in every form; remembers content that it has seen and found clean.

    Parameters
    ----------
    canaries
        Names, numbers, addresses. Of a Latin name the family name alone counts too.
    """

    def __init__(self, canaries: Iterable[str]) -> None:
        self._as_written: dict[bytes, str] = {}
        self._folded: dict[bytes, str] = {}
        self._digits: dict[bytes, str] = {}
        self._clean: set[bytes] = set()
        for canary in canaries:
            family = canary.split()[-1] if re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+", canary) else canary
            for form in {canary, family}:
                self._learn(form, canary)

    def _learn(self, form: str, canary: str) -> None:
        lower = form.lower()
        for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be"):
            self._folded[lower.encode(encoding).lower()] = canary
        for plain in {form.encode(), lower.encode()}:
            self._folded[plain.hex().encode()] = canary
            self._as_written |= dict.fromkeys(_in_base64(plain), canary)
        escaped = form.encode("unicode_escape").lower()
        self._folded[escaped] = canary
        self._folded["".join(f"&#{ord(sign)};" for sign in lower).encode()] = canary
        self._folded["".join(f"%{byte:02x}" for byte in lower.encode()).encode()] = canary
        if re.fullmatch(r"\d{11,}", form):
            self._digits[form.encode()] = canary

    def find(self, content: bytes) -> set[str]:
        """Name the canaries in some bytes."""
        digest = hashlib.sha256(content).digest()
        if digest in self._clean:
            return set()
        folded = content.lower()
        found = {canary for form, canary in self._as_written.items() if form in content}
        found |= {canary for form, canary in self._folded.items() if form in folded}
        joined = content.translate(None, _SEPARATORS)
        found |= {canary for form, canary in self._digits.items() if form in joined}
        if not found:
            self._clean.add(digest)
        return found

    def scan(self, folder: Path, *, without: Iterable[Path] = ()) -> dict[str, set[str]]:
        """Name the canaries in every file below a folder, in its name and in what is packed in it."""
        found: dict[str, set[str]] = {}
        skipped = [path.resolve() for path in without]
        for path in _files(folder, skipped):
            hit = self.find(str(path.relative_to(folder)).encode("utf-8", "surrogateescape"))
            for content in _contents(path):
                hit |= self.find(content)
            if hit:
                found[str(path.relative_to(folder))] = hit
        return found


def _in_base64(plain: bytes) -> Iterator[bytes]:
    """Give what stands in base64 wherever the text begins: the first and last signs depend on the neighbours."""
    for before in range(3):
        packed = base64.b64encode(b"\0" * before + plain)
        yield packed[-(-before * 8 // 6) : (before + len(plain)) * 8 // 6]


def _files(folder: Path, skipped: list[Path]) -> Iterator[Path]:
    try:
        entries = sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    for path in entries:
        if path.is_symlink() or path.resolve() in skipped:
            continue
        if path.is_dir():
            yield from _files(path, skipped)
        elif path.is_file() and path.suffix not in _PICTURES:
            yield path


def _contents(path: Path) -> Iterator[bytes]:
    try:
        content = path.read_bytes()
    except (FileNotFoundError, PermissionError):
        return
    yield content
    if content[:2] == b"\x1f\x8b":
        yield gzip.decompress(content)
    elif content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(path) as packed:
            yield from (packed.read(name) for name in packed.namelist())
    elif content[:4] == b"PAR1" and content[-4:] == b"PAR1":
        yield from _columns(pq.read_table(path))


def _columns(table: pa.Table) -> Iterator[bytes]:
    for name in table.column_names:
        values = (str(value) for value in table[name].to_pylist() if value is not None)
        yield "\n".join([name, *values]).encode("utf-8", "surrogatepass")
