"""Which encoding a text file is written in: as declared, checked against its bytes, never assumed.

A wrong encoding that decodes without an error (Chinese read as Latin) is the dangerous one: it is
looked for in the bytes, and refused with what the file looks like instead.
"""

import codecs
import gzip
import re
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

from insight.errors import SourceError

_CHUNK = 1 << 20
_SAMPLE = 1 << 18
_MOST_EXPANDED = 64 << 20
_MOST_RATIO = 200
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What half of running Chinese text consists of, in both scripts, and the words of tables.
_FREQUENT = set(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事"
    "成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此"
    "已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代"
    "内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安"
    "少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光"
    "这個們來為國說時會對過發後裡種經麼現當沒動還進樣開從實軍無與長機問應戰頭體見產話門東聲論義條氣題爾別變總電數報結場計"
    "客户號号姓名交易订单訂單金额額商品数量價价格日期编編类類型门店支付方式退款消费消費电话電話地址北京上海广州廣州深圳台台北灣"
)


@dataclass(frozen=True)
class TextBytes:
    """What a file's bytes say about its encoding: its mark, its zeros, and its lines beyond ASCII."""

    mark: str | None
    zeros: float
    sample: bytes


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
    mark, sample, size, zeros = None, bytearray(), 0, 0
    limit = max(_MOST_EXPANDED, _MOST_RATIO * path.stat().st_size)
    try:
        with open_bytes(path) as handle:
            while chunk := handle.read(_CHUNK):
                mark = mark if size else next((name for bom, name in _BOMS if chunk.startswith(bom)), None)
                size += len(chunk)
                zeros += chunk.count(0)
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
    return TextBytes(mark, zeros / size, bytes(sample))


def choose_encoding(found: TextBytes, declared: list[str], *, file: str) -> str:
    """Give the first declared encoding that the bytes bear out; a byte order mark decides by itself.

    Raises
    ------
    SourceError
        If none fits, with the one that the file looks like.

    Examples
    --------
    >>> choose_encoding(TextBytes(None, 0.0, "客户号,金额".encode("gb18030")), ["utf-8"], file="a.csv")
    Traceback (most recent call last):
    insight.errors.SourceError: a.csv: expected utf-8, but its bytes are not; it looks like gb18030. Write
    `encoding: gb18030` under format in params/, or deliver it in utf-8.
    """
    if found.mark:
        return found.mark
    for name in declared:
        if _fits(found, name):
            return name
    guess = guess_encoding(found)
    looks = (
        f"; it looks like {guess}. Write `encoding: {guess}` under format in params/"
        if guess
        else (". Say which `encoding` it is under format in params/")
    )
    raise SourceError(
        f"{file}: expected {' or '.join(declared)}, but its bytes are not{looks}, or deliver it in utf-8."
    )


def guess_encoding(found: TextBytes) -> str | None:
    """Say what the bytes look like: utf-8, utf-16, gb18030, big5, cp1251, cp1252, latin-1, or None.

    Examples
    --------
    >>> guess_encoding(TextBytes(None, 0.0, "Müller;Größe 3;10 €".encode("cp1252")))
    'cp1252'
    >>> guess_encoding(TextBytes(None, 0.0, "客戶號,交易日期,金額".encode("big5")))
    'big5'
    """
    if found.mark:
        return found.mark
    if found.zeros > 0.2:
        return "utf-16-le"
    sample = found.sample
    if _is_mostly_utf8(sample):
        return "utf-8"
    chinese = max(("gb18030", "big5"), key=lambda name: _chinese_share(sample, name))
    if _chinese_share(sample, chinese) > 0.6:
        return chinese
    runs = [len(run) for run in re.findall(rb"[\xc0-\xff]+", sample)]
    if runs and sum(length for length in runs if length > 2) > 0.7 * sum(runs) and _decodes(sample, "cp1251"):
        return "cp1251"
    return "cp1252" if _decodes(sample, "cp1252") else "latin-1"


def was_garbled_before(found: TextBytes, encoding: str) -> str | None:
    """Say which encoding a file was misread from before it was saved as it is, if it was.

    Examples
    --------
    >>> garbled = "交易日期,客户号,金额".encode("gb18030").decode("latin-1").encode("utf-8")
    >>> was_garbled_before(TextBytes(None, 0.0, garbled), "utf-8")
    'gb18030'
    """
    for through in ("latin-1", "cp1252"):
        try:
            once = found.sample.decode(encoding).encode(through)
        except UnicodeError:
            continue
        guess = guess_encoding(TextBytes(None, 0.0, once))
        if not once.isascii() and guess in ("utf-8", "gb18030", "big5"):
            return guess
    return None


def _fits(found: TextBytes, name: str) -> bool:
    """Whether the bytes decode, and do not look like another encoding that would have failed."""
    plain = codecs.lookup(name).name
    if plain in ("utf-16", "utf-32"):
        return False  # without a byte order mark its two orders cannot be told apart: say utf-16-le or -be
    if plain.startswith(("utf-16", "utf-32")):
        return found.zeros > 0.05
    if found.zeros > 0.2 or not _decodes(found.sample, name):
        return False
    if plain.startswith("utf-8") or found.sample.isascii():
        return True
    guess = guess_encoding(found)
    family = {"gb2312": "gb18030", "gbk": "gb18030", "cp950": "big5", "big5hkscs": "big5"}
    return guess not in ("utf-8", "gb18030", "big5") or family.get(plain, plain) == guess


def _lines_beyond_ascii(chunk: bytes, *, first: bool, most: int) -> bytes:
    # the last line of a chunk may be cut inside a character, and the first of the next one is its rest
    lines = re.split(rb"(?<=[\r\n])", chunk)
    whole = lines[:-1] if len(chunk) == _CHUNK and len(lines) > 1 else lines
    kept = bytearray()
    for line in whole if first else whole[1:]:
        if not line.isascii() and len(kept) + len(line) <= most:
            kept += line
    return bytes(kept)


def _decodes(sample: bytes, name: str) -> bool:
    try:
        sample.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _is_mostly_utf8(sample: bytes) -> bool:
    """Whether it is UTF-8, be it with a few damaged bytes: no other encoding looks so by chance."""
    beyond = [sign for sign in sample.decode("utf-8", "replace") if ord(sign) > 127]
    return beyond.count("\ufffd") <= 0.1 * len(beyond)


def _chinese_share(sample: bytes, name: str) -> float:
    """Share of the characters beyond ASCII that Chinese text commonly holds; 0 where it cannot be read so."""
    try:
        beyond = [sign for sign in sample.decode(name) if ord(sign) > 127]
    except UnicodeDecodeError:
        return 0.0
    is_frequent = sum(sign in _FREQUENT for sign in beyond) >= 0.05 * len(beyond)
    # names hold rarer characters: then the bytes come in pairs, while letters with accents stand among others
    pairs = re.findall(rb"(?<![A-Za-z\x80-\xff])(?:[\x80-\xff]{2})+(?![A-Za-z\x80-\xff])", sample)
    in_pairs = name == "gb18030" and len(b"".join(pairs)) >= 0.9 * len(re.sub(rb"[\x00-\x7f]", b"", sample))
    if not beyond or not (is_frequent or in_pairs):
        return 0.0
    return sum(sign in _common(name) for sign in beyond) / len(beyond)


@cache
def _common(name: str) -> frozenset[str]:
    """Give an encoding's block of common characters, and its punctuation."""
    rows = [*range(0xA1, 0xA4), *(range(0xB0, 0xD8) if name == "gb18030" else range(0xA4, 0xC7))]
    low = range(0xA1, 0xFF) if name == "gb18030" else [*range(0x40, 0x7F), *range(0xA1, 0xFF)]
    signs = (bytes((high, second)).decode(name, "ignore") for high in rows for second in low)
    return frozenset(sign for sign in signs if sign)
