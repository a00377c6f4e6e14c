"""How keyboards and programs of many countries write digits, marks and spaces, and what a computer writes for them."""

_NUMERALS = (*(chr(0xFF10 + digit) for digit in range(10)), *"٠١٢٣٤٥٦٧٨٩", *"۰۱۲۳۴۵۶۷۸۹", *"०१२३४५६७८९")
_SPACES = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_DASHES, _APOSTROPHES = "\u2212\u2010\u2011\u2012\u2013\u2014－", "\u2019\u2018\u02bc\u00b4`\u2032＇"
_OTHERS = {
    "．": ".",
    "，": ",",
    "＋": "+",
    "（": "(",
    "）": ")",
    "／": "/",
    "：": ":",
    "￥": "¥",
    "％": "%",
    "٫": ".",
    "٬": ",",
}
#: Sign by sign: full-width and other digits, dashes, apostrophes, spaces that do not break, and what they stand for.
WIDE = "".join((*_NUMERALS, *_SPACES, *_DASHES, *_APOSTROPHES, *_OTHERS))
PLAIN = "".join(("0123456789" * 4, " " * len(_SPACES), "-" * len(_DASHES), "'" * len(_APOSTROPHES), *_OTHERS.values()))
#: The two halves of a day, as Chinese programs write them.
HALVES_OF_DAY = {"上午": "AM", "下午": "PM"}
_SPANS = (
    (0x01, 0x09),
    (0x0E, 0x20),
    (0x7F, 0xA0),
    (0x200B, 0x2010),
    (0x202A, 0x202F),
    (0x2060, 0x206A),
    (0xFEFF, 0xFF00),
)
#: Signs that cannot be seen.
INVISIBLE = "".join(chr(code) for first, last in _SPANS for code in range(first, last))
