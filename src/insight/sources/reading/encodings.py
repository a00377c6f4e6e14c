"""Which encoding a text file is written in: as declared, checked against its bytes, never assumed.

A wrong encoding that decodes without an error (Chinese read as Latin) is the dangerous one: it is
looked for in the bytes, and refused with what the file looks like instead.
"""

import codecs
import gzip
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from insight.errors import SourceError
from insight.sources.reading.letters import likelihood

_FEW_OF = 20  # lines, of which one is damaged rather than written otherwise
_CHUNK = 1 << 20
_SAMPLE = 1 << 18
_LOOKED_AT = 1 << 16
_MANY_ZEROS = 0.2
_MOST_EXPANDED = 64 << 20
_MOST_RATIO = 200
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# From the usual to the rare: of encodings that read a file alike the first is named.
_CANDIDATES = (
    "cp1252",
    "gb18030",
    "cp1251",
    "cp932",
    "big5",
    "cp1250",
    "cp949",
    "euc-jp",
    "cp1254",
    "cp1253",
    "cp1257",
    "cp874",
    "cp1255",
    "cp1256",
    "koi8-r",
    "mac-roman",
    "cp850",
    "cp852",
    "cp866",
    "cp437",
    "iso8859-2",
    "iso8859-5",
    "iso8859-15",
)
_OF_SEVERAL_BYTES = ("gb18030", "big5", "cp932", "euc-jp", "cp949")
_PLAUSIBLE, _CLEARLY, _SOMEWHAT = 0.25, 0.4, 0.25


@dataclass(frozen=True)
class TextBytes:
    """What a file's bytes say about its encoding: its mark, its zeros and where, its lines beyond ASCII, its end."""

    mark: str | None
    zeros: float
    sample: bytes
    zeros_first: bool = False
    is_ended: bool = True


def open_bytes(path: Path) -> BinaryIO | gzip.GzipFile:
    """Open a file, unpacked where it is a ``.gz``."""
    return gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")


def examine(path: Path) -> TextBytes:
    """Read a file once and keep what tells its encoding.

    Raises
    ------
    SourceError
        If it is empty, cannot be unpacked, or unpacks to more than a file of its size may.
    """
    mark, sample, size, zeros, first, last = None, bytearray(), 0, 0, 0, b""
    limit = max(_MOST_EXPANDED, _MOST_RATIO * path.stat().st_size)
    try:
        with open_bytes(path) as handle:
            while chunk := handle.read(_CHUNK):
                mark = mark if size else next((name for bom, name in _BOMS if chunk.startswith(bom)), None)
                size, last = size + len(chunk), chunk[-4:]
                zeros += chunk.count(0)
                first += chunk[::2].count(0) if zeros else 0
                if len(sample) < _SAMPLE and not chunk.isascii():
                    sample += _lines_beyond_ascii(chunk, first=size == len(chunk), most=_SAMPLE - len(sample))
                if size > limit:
                    raise SourceError(
                        f"{path.name}: unpacks to over {_MOST_RATIO} times its size. Deliver it unpacked."
                    )
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise SourceError(f"{path.name}: the gzip file is damaged or cut off. Deliver it again.") from None
    if not size:
        raise SourceError(f"{path.name}: no header, the file is empty (0 bytes). Deliver it again.")
    is_ended = not last.strip(b"\0")[-1:].strip()  # a sign of several bytes has zeros before or after its own
    return TextBytes(mark, zeros / size, bytes(sample), zeros_first=2 * first > zeros, is_ended=is_ended)


def choose_encoding(found: TextBytes, declared: list[str], *, file: str) -> str:
    """Give the declared encoding that the bytes bear out best; a byte order mark decides by itself.

    Raises
    ------
    SourceError
        If none fits, with those that the file looks like.

    Examples
    --------
    >>> choose_encoding(TextBytes(None, 0.0, "客户号,金额".encode("gb18030")), ["utf-8"], file="a.csv")
    Traceback (most recent call last):
    insight.errors.SourceError: a.csv: expected utf-8, but its bytes are not; it looks like gb18030. Write
    `encoding: gb18030` under format in params/ if the names in it read well then, or deliver it in utf-8.
    """
    if found.mark:
        return found.mark
    fitting = [name for name in declared if _fits(found, name)]
    if fitting:  # of several the likeliest, and of those that read it alike the first
        return max(fitting, key=lambda name: 2.0 if is_proven(found) else _likelihood_in(found, name))
    likely = likely_encodings(found)
    if len(likely) == 1 and likely[0] in declared:
        return likely[0]  # but for a few damaged bytes, which whoever reads it names by their lines
    mend = (
        f"; it looks like {likely[0]}. Write `encoding: {likely[0]}` under format in params/ if the names in it "
        "read well then"
        if len(likely) == 1
        else f"; they do not tell whether it is {listed_or(likely)}. Write under format in params/ the `encoding` by "
        "which the names in it read well"
        if likely
        else ". Ask who delivered it which `encoding` it is, and write it under format in params/"
    )
    raise SourceError(f"{file}: expected {' or '.join(declared)}, but its bytes are not{mend}, or deliver it in utf-8.")


def few_are_damaged(path: Path, declared: list[str], found: TextBytes) -> SourceError | None:
    """Name the lines of other bytes where the others are as declared; None where it is the file that is otherwise."""
    for encoding in declared:
        if encoding.startswith(("utf-16", "utf-32")) or found.zeros:
            continue  # lines end in more than one byte
        bad, first, lines = _other_bytes(path, encoding)
        if 0 < bad * _FEW_OF <= lines:
            likely = likely_encodings(found)
            else_ = f". If they read well in {listed_or(likely)}, say so by `encoding` under format" if likely else ""
            return SourceError(
                f"{path.name}: expected {encoding}; {bad:,} line(s) hold other bytes, first line {first:,}. All others "
                f"are: mend or delete these lines, or deliver the file anew{else_}."
            )
    return None


def _other_bytes(path: Path, encoding: str) -> tuple[int, int, int]:
    """Count the lines that cannot be decoded; give the first, and the number of all."""
    bad = first = number = 0
    with open_bytes(path) as handle:
        for number, raw in enumerate(handle, start=1):
            try:
                raw.decode(encoding)
            except UnicodeDecodeError:
                bad, first = bad + 1, first or number
    return bad, first, number


def undecodable(path: Path, encoding: str) -> SourceError:
    """Name the lines that cannot be decoded, and say how to mend a file in which they are few, or many."""
    bad, first, number = _other_bytes(path, encoding)
    mend = (
        "All others are: mend or delete these lines, or deliver the file anew."
        if bad * _FEW_OF <= number
        else "Say the right `encoding` under format in params/, or deliver it in utf-8."
    )
    return SourceError(
        f"{path.name}: expected {encoding}; {bad:,} line(s) hold other bytes, first line {first:,}. {mend}"
    )


def listed_or(names: Sequence[str]) -> str:
    """Write names as a choice.

    Examples
    --------
    >>> listed_or(["cp1250", "cp1252", "cp1254"])
    'cp1250, cp1252 or cp1254'
    """
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def is_proven(found: TextBytes) -> bool:
    """Say whether the bytes prove their encoding: by a mark, as valid UTF-8, or as there is nothing beyond ASCII."""
    return bool(found.mark) or (found.zeros <= _MANY_ZEROS and _decoded(found.sample, "utf-8") is not None)


def likely_encodings(found: TextBytes) -> tuple[str, ...]:
    """Name the encodings that the bytes may be in, the likeliest first; of those that read them alike only one.

    Examples
    --------
    >>> likely_encodings(TextBytes(None, 0.0, "Müller;Größe 3;10 €".encode("cp1252")))
    ('cp1252',)
    >>> likely_encodings(TextBytes(None, 0.0, "客戶號,交易日期,金額".encode("big5")))
    ('big5',)
    """
    if found.mark:
        return (found.mark,)
    if found.zeros > _MANY_ZEROS:
        return ("utf-16-be" if found.zeros_first else "utf-16-le",)
    if is_proven(found) or _is_mostly_utf8(found.sample):
        return ("utf-8",)
    likely: dict[str, tuple[float, str]] = {}
    for name in _CANDIDATES:
        text = _decoded(found.sample, name)
        if text is not None and (weight := likelihood(text[:_LOOKED_AT], name)) > _PLAUSIBLE:
            likely.setdefault(text, (weight, name))
    ranked = sorted(likely.values(), key=lambda one: -one[0])
    return tuple(name for weight, name in ranked if weight > ranked[0][0] - _SOMEWHAT)[:4]


def guess_encoding(found: TextBytes) -> str | None:
    """Name the encoding that the bytes look like most; None where they look like none."""
    return next(iter(likely_encodings(found)), None)


def doubt_about(found: TextBytes) -> str:
    """Say what is to be checked about the encoding that the bytes look like most; empty where they prove it."""
    if is_proven(found):
        return ""
    others = likely_encodings(found)[1:]
    beside = f"; {listed_or(others)} would do as well" if others else ""
    return f"the bytes do not prove it{beside}: do the names in it read well?"


def looks_otherwise(found: TextBytes, encoding: str) -> tuple[str, ...]:
    """Name the encodings in which a file's letters make better words than in the declared one; empty where none does.

    Examples
    --------
    >>> looks_otherwise(TextBytes(None, 0.0, "Łódź, Gdańsk".encode("cp1250")), "cp1252")
    ('cp1250',)
    """
    if is_proven(found) or (text := _decoded(found.sample, encoding)) is None:
        return ()
    own = likelihood(text[:_LOOKED_AT])
    return tuple(name for name in likely_encodings(found) if _likelihood_in(found, name) > own + _SOMEWHAT)


def was_garbled_before(found: TextBytes, encoding: str) -> str | None:
    """Say which encoding a file was misread from before it was saved as it is, if it was.

    Examples
    --------
    >>> garbled = "交易日期,客户号,金额".encode("gb18030").decode("latin-1").encode("utf-8")
    >>> was_garbled_before(TextBytes(None, 0.0, garbled), "utf-8")
    'gb18030'
    """
    text = _decoded(found.sample, encoding)
    for through in ("latin-1", "cp1252"):
        try:
            once = TextBytes(None, 0.0, (text or "").encode(through))
        except UnicodeError:
            continue
        guess = None if once.sample.isascii() else guess_encoding(once)
        if guess == "utf-8" or (guess in _OF_SEVERAL_BYTES and _is_clearly(once, guess, than=text or "")):
            return guess
    return None


def _fits(found: TextBytes, name: str) -> bool:
    """Whether the bytes decode, and do not look like another encoding that would have failed."""
    plain = codecs.lookup(name).name
    if plain in ("utf-16", "utf-32"):
        return False  # without a byte order mark its two orders cannot be told apart: say utf-16-le or -be
    if plain.startswith(("utf-16", "utf-32")):
        return found.zeros > 0.05
    text = None if found.zeros > _MANY_ZEROS else _decoded(found.sample, name)
    if text is None or plain.startswith("utf-8") or found.sample.isascii():
        return text is not None
    if re.search("[\x80-\x9f]", text):
        return False  # control characters, which latin-1 and its like have where others have letters
    guess = guess_encoding(found)
    return guess != "utf-8" and not (guess in _OF_SEVERAL_BYTES and _is_clearly(found, guess, than=text))


def _is_clearly(found: TextBytes, name: str, *, than: str) -> bool:
    return _likelihood_in(found, name) > likelihood(than[:_LOOKED_AT]) + _CLEARLY


def _likelihood_in(found: TextBytes, name: str) -> float:
    return likelihood((_decoded(found.sample, name) or "")[:_LOOKED_AT], name)


def _lines_beyond_ascii(chunk: bytes, *, first: bool, most: int) -> bytes:
    # the last line of a chunk may be cut inside a character, and the first of the next one is its rest
    lines = re.split(rb"(?<=[\r\n])", chunk)
    whole = lines[:-1] if len(chunk) == _CHUNK and len(lines) > 1 else lines
    kept = bytearray()
    for line in whole if first else whole[1:]:
        if not line.isascii() and len(kept) + len(line) <= most:
            kept += line
    return bytes(kept)


def _decoded(sample: bytes, name: str) -> str | None:
    try:
        return sample.decode(name)
    except UnicodeDecodeError:
        return None


def _is_mostly_utf8(sample: bytes) -> bool:
    """Whether it is UTF-8, be it with a few damaged bytes: no other encoding looks so by chance."""
    beyond = [sign for sign in sample.decode("utf-8", "replace") if ord(sign) > 127]
    return beyond.count("\ufffd") <= 0.1 * len(beyond)
