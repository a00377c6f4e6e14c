"""Phones, e-mails, dates, document numbers and addresses in one form each.

Every function takes one value as text and gives ``(value, remark)``: the value in its one form, or
None where there is nothing to compare, and what was wrong with it, or None.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache

import phonenumbers
from stdnum import luhn, verhoeff
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError
from stdnum.gb import nhs
from stdnum.iso7064 import mod_11_10, mod_37_36

from insight.unify.standardise.names import fold

_PLAIN_MAIL = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?: 00:00:00)?")
Cleaned = tuple[str | None, str | None]

# region, birth date, number, check character
_OF_PERSON = re.compile(r"\d{6}(1[89]|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dX]")
_NOTHING = frozenset(
    ["", "unknown", "not known", "n/a", "na", "none", "null", "nil", "nan", "test", "x", "xx", "xxx"]
) | frozenset(["-", "--", ".", "?", "不详", "未知", "无"])
_MONTHS = {
    word: number for number, word in enumerate(re.findall("...", "janfebmaraprmayjunjulaugsepoctnovdec"), start=1)
}


def says_nothing(folded: str) -> bool:
    """Whether a text stands for a missing value."""
    return folded in _NOTHING


# --- phones


@cache
def _mobile_shape(region: str) -> tuple[str, re.Pattern[str] | None]:
    """Give a region's country code and what its mobile numbers look like, from phonenumbers' own tables."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    if metadata is None or metadata.mobile is None or not metadata.mobile.national_number_pattern:
        return str(phonenumbers.country_code_for_region(region)), None
    return str(metadata.country_code), re.compile(metadata.mobile.national_number_pattern)


def clean_phone(text: str, *, region: str) -> Cleaned:
    """Give a phone as country code and number, digits alone.

    Examples
    --------
    >>> clean_phone("＋86 139-1234-5678", region="GB"), clean_phone("0086 13912345678", region="CN")
    (('8613912345678', None), ('8613912345678', None))
    >>> clean_phone("12", region="CN")
    (None, 'no_phone')
    """
    code, mobile = _mobile_shape(region)
    if mobile is not None and text.isascii() and mobile.fullmatch(text):
        return code + text, None
    folded = fold(text)
    if says_nothing(folded):
        return None, None
    digits = re.sub(r"\D", "", folded)
    bare = digits.removeprefix("00").removeprefix(code) if len(digits) > 10 else digits
    # most numbers are the region's own mobile numbers: its tables say so without the slow parser
    if mobile is not None and mobile.fullmatch(bare):
        return code + bare, None
    if len(digits) < 5 or len(set(digits)) == 1:
        return None, "no_phone"
    try:
        number = phonenumbers.parse("+" + digits[2:] if digits.startswith("00") else folded, region)
    except phonenumbers.NumberParseException:
        return digits, "invalid_phone"
    written = f"{number.country_code}{number.national_number}"
    return written, None if phonenumbers.is_possible_number(number) else "invalid_phone"


# --- e-mails


def clean_email(text: str) -> Cleaned:
    """Give an e-mail address in lower case, without display name and tag.

    Examples
    --------
    >>> clean_email("Ada <Ada.L+news@Example.COM>")
    ('ada.l@example.com', None)
    >>> clean_email("none")
    (None, None)
    """
    if _PLAIN_MAIL.fullmatch(text):
        return text.lower(), None
    folded = fold(text).replace("mailto:", "")
    if says_nothing(folded):
        return None, None
    if found := re.search(r"<([^<>]+)>", folded):
        folded = found[1]
    folded = re.sub(r"\s", "", folded)
    user, at, domain = folded.rpartition("@")
    if not at or not user or not domain:
        return folded, "no_email"
    return f"{user.split('+')[0] or user}@{domain}", None


# --- dates


def clean_date(text: str, *, day_first: bool) -> Cleaned:
    """Give a date as ``yyyy-mm-dd``, of any century; one that no calendar has stays as it is, with a remark.

    Examples
    --------
    >>> clean_date("1990年3月7日", day_first=False), clean_date("07/03/1790", day_first=True)
    (('1990-03-07', None), ('1790-03-07', None))
    >>> clean_date("19081328", day_first=False), clean_date("1850", day_first=False)
    (('1908-13-28', 'no_such_day'), ('1850', 'year_alone'))
    """
    iso = _ISO.fullmatch(text)
    if iso and 1 <= int(iso[2]) <= 12 and 1 <= int(iso[3]) <= _days(int(iso[1]), int(iso[2])):
        return f"{iso[1]}-{iso[2]}-{iso[3]}", None
    folded = re.sub(r"[t ]\d{1,2}:\d{2}.*$", "", fold(text)).strip()
    if says_nothing(folded):
        return None, None
    year, month, day = _date_parts(folded, day_first=day_first)
    if year is None:
        return None, "no_date"
    if month is None:
        return f"{year:04d}", "year_alone"
    if day is None:
        return f"{year:04d}-{month:02d}", "month_alone"
    if month > 12 >= day and not _compact(folded):
        month, day = day, month
    known = 1 <= month <= 12 and 1 <= day <= _days(year, month)
    return f"{year:04d}-{month:02d}-{day:02d}", None if known else "no_such_day"


def _compact(folded: str) -> bool:
    return folded.isdigit()


def _days(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def _date_parts(folded: str, *, day_first: bool) -> tuple[int | None, int | None, int | None]:
    digits = re.sub(r"[-/. ]", "", folded)
    # a separator that got lost leaves the figures of the date
    if digits.isdigit() and len(digits) == 8 and len(re.findall(r"\d+", folded)) < 3:
        folded = digits
        if 1000 <= int(folded[:4]) <= 2199 or not 1000 <= int(folded[4:]) <= 2199:
            return int(folded[:4]), int(folded[4:6]), int(folded[6:])
        first, second = int(folded[:2]), int(folded[2:4])
        return (int(folded[4:]), second, first) if day_first else (int(folded[4:]), first, second)
    numbers = [int(number) for number in re.findall(r"\d+", folded)]
    month = next((_MONTHS[word[:3]] for word in re.findall(r"[a-z]+", folded) if word[:3] in _MONTHS), None)
    if month is not None and len(numbers) == 2:
        day, year = sorted(numbers)
        return _whole_year(year), month, day
    if len(numbers) == 1:
        return (numbers[0], None, None) if 1000 <= numbers[0] <= 2199 else (None, None, None)
    if len(numbers) == 2 and numbers[0] >= 1000:
        return numbers[0], numbers[1], None
    if len(numbers) != 3:
        return None, None, None
    first, second, third = numbers
    if len(re.findall(r"\d+", folded)[0]) == 4:
        return first, second, third
    return (_whole_year(third), second, first) if day_first else (_whole_year(third), first, second)


def _whole_year(year: int) -> int:
    return year if year > 99 else year + (2000 if year <= 25 else 1900)


def is_day_first(texts: Iterable[str]) -> bool:
    """Say whether dates like 03/07/1990 put the day first, from those that leave no doubt.

    Examples
    --------
    >>> is_day_first(["03/07/1990", "25/12/1971"]), is_day_first(["03-07-1990", "12-25-1971"])
    (True, False)
    """
    votes = 0
    for text in texts:
        if (found := re.match(r"\s*(\d{1,2})[-/. ](\d{1,2})[-/. ]\d{2,4}\s*$", text)) or (
            found := re.match(r"\s*(\d{2})(\d{2})(1[0-9]|20)\d{2}\s*$", text)
        ):
            votes += (int(found[1]) > 12) - (int(found[2]) > 12)
    return votes > 0


# --- document numbers


def _of_china(number: str) -> bool:
    """Whether a number is that of a person's or of a firm's document."""
    if len(number) != 18 or not number.isascii():
        return False
    # a firm's number has its own check character, which one in thirty mistyped numbers of people obey
    if _OF_PERSON.fullmatch(number):
        return bool(number[-1] == ric.calc_check_digit(number))
    return _checked(uscc.validate)(number)


def _checked(check: Callable[[str], str]) -> Callable[[str], bool]:
    def holds(number: str) -> bool:
        try:
            return bool(check(number))
        except (ValidationError, ValueError):
            return False

    return holds


CHECKS: dict[str, Callable[[str], bool]] = {
    "cn": _of_china,
    "gb.nhs": _checked(nhs.validate),
    "luhn": _checked(luhn.validate),
    "verhoeff": _checked(verhoeff.validate),
    "mod_11_10": _checked(mod_11_10.validate),
    "mod_37_36": _checked(mod_37_36.validate),
}


def clean_document(text: str) -> Cleaned:
    """Give a document number in capitals, without blanks and dashes; one digit repeated is no number.

    Examples
    --------
    >>> clean_document("11010519491231002x"), clean_document("000-00-0000")
    (('11010519491231002X', None), (None, 'one_digit'))
    """
    folded = fold(text)
    if says_nothing(folded):
        return None, None
    number = re.sub(r"[\W_]", "", folded).upper()
    if len(number) < 3:
        return None, "too_short"
    return (None, "one_digit") if len(set(number)) == 1 else (number, None)


def find_check(numbers: list[str]) -> str | None:
    """Find the check digit that nine in ten numbers obey, or None where there is none.

    Examples
    --------
    >>> find_check(["11010519491231002X"] * 20 + ["110105194912310020"])
    'cn'
    >>> find_check(["6988048", "7364009", "2635962", "7535316"] * 5) is None
    True
    """
    if len(numbers) < 20:
        return None
    for name, holds in CHECKS.items():
        if sum(map(holds, numbers)) >= 0.8 * len(numbers):
            return name
    return None


# --- addresses and other text

_SHORT = {
    "st": "street", "str": "street", "rd": "road", "ave": "avenue", "av": "avenue", "ln": "lane", "dr": "drive",
    "blvd": "boulevard", "ct": "court", "crt": "court", "cres": "crescent", "cr": "crescent", "pl": "place",
    "sq": "square", "tce": "terrace", "ter": "terrace", "hwy": "highway", "pkwy": "parkway", "cl": "close",
    "apt": "", "flat": "", "unit": "", "no": "", "suite": "", "ste": "",
}  # fmt: skip


def clean_text(text: str) -> Cleaned:
    """Give any other text folded, without punctuation.

    Examples
    --------
    >>> clean_text("St. Kilda,  VIC")
    ('st kilda vic', None)
    """
    folded = fold(text)
    if says_nothing(folded):
        return None, None
    return " ".join(re.sub(r"[^\w\s]", " ", folded).split()) or None, None


def clean_address(text: str) -> Cleaned:
    """Give an address folded, its usual short forms written out.

    Examples
    --------
    >>> clean_address("Apt 4, 12 High St.")
    ('4 12 high street', None)
    """
    cleaned, remark = clean_text(text)
    if cleaned is None:
        return None, remark
    words = cleaned.split()
    # "st kilda" is a saint, "kilda st" a street: only what follows another word is a short form
    spelled = [
        _SHORT.get(word, word) if position or not _SHORT.get(word) else word for position, word in enumerate(words)
    ]
    return " ".join(word for word in spelled if word) or None, remark


def clean_number(text: str) -> Cleaned:
    """Give a whole number such as an age or a year; what holds other characters is none.

    Examples
    --------
    >>> clean_number("42.0"), clean_number("s7")
    (('42', None), (None, 'no_number'))
    """
    folded = fold(text)
    if says_nothing(folded):
        return None, None
    found = re.fullmatch(r"(\d{1,4})(\.0+)?", folded)
    return (str(int(found[1])), None) if found else (None, "no_number")


_SEXES = {
    word: sex
    for sex, words in {"m": "m male man boy 男 男性 先生 h", "f": "f female woman girl 女 女性 w 女士"}.items()
    for word in words.split()
}  # fmt: skip


def clean_sex(text: str) -> Cleaned:
    """Give a sex as one letter; what is neither word stays as it is.

    Examples
    --------
    >>> clean_sex("Female"), clean_sex("男")
    (('f', None), ('m', None))
    """
    folded, remark = clean_text(text)
    return (_SEXES.get(folded, folded), remark) if folded else (None, remark)


def clean_code(text: str) -> Cleaned:
    """Give a postcode or another code in lower case, letters and digits alone.

    Examples
    --------
    >>> clean_code("SW1A 1AA"), clean_code("2602.0")
    (('sw1a1aa', None), ('2602', None))
    """
    folded = fold(text)
    if says_nothing(folded):
        return None, None
    folded = re.sub(r"^(\d+)\.0$", r"\1", folded)
    return re.sub(r"[\W_]", "", folded) or None, None
