"""How values are written, told from all of them: marks of numbers, forms of dates, words for nothing.

`insight new` decides by evidence: a form counts when the values bear it out, and where two forms
fit equally well it says so instead of choosing.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from itertools import pairwise

from insight.sources.drafting.words import words
from insight.sources.mapping.signs import HALVES_OF_DAY, PLAIN, WIDE

_MOST_DISTINCT = 50_000
_ENOUGH = 0.9
_DAYS = (
    "%Y-%m-%d %Y/%m/%d %Y.%m.%d %d/%m/%Y %m/%d/%Y %d.%m.%Y %d-%m-%Y %m-%d-%Y "
    "%d/%m/%y %m/%d/%y %d.%m.%y %d-%m-%y %m-%d-%y %d-%b-%Y %d-%b-%y %Y年%m月%d日 %Y%m%d %y%m%d"
)
_WORDY_DAYS = ("%d %b %Y", "%b %d, %Y", "%b %d %Y", "%d %B %Y", "%B %d, %Y")
_TIMES = (
    "",
    " %H:%M",
    " %H:%M:%S",
    " %H:%M:%S UTC",
    " %H:%M:%S.%f",
    " %I:%M %p",
    " %I:%M:%S %p",
    " %I:%M%p",
    " %p%I:%M",
    " %p%I:%M:%S",
    "T%H:%M:%S",
    ", %H:%M",
    " %H.%M",
    " %H%M%S",
)
_SHAPES = {
    "%Y": r"(?:19|20|99)\d{2}",
    **dict.fromkeys(("%m", "%d", "%H", "%I"), r"\d{1,2}"),
    **dict.fromkeys(("%y", "%M", "%S"), r"\d{2}"),
    "%b": r"[A-Za-z]{3}",
    "%B": r"[A-Za-z]{3,9}",
    "%f": r"\d{1,6}",
    "%p": r"[AaPp][Mm]",
}
_ISO_OFFSET = r"\s*(Z|[+-]\d{2}:?(\d{2})?)"
_ISO = re.compile(
    rf"\d{{4}}-\d{{2}}-\d{{2}}(T\d{{2}}:\d{{2}}(:\d{{2}}([.,]\d+)?)?({_ISO_OFFSET})?| [\d:.]+{_ISO_OFFSET})"
)
_NAMED = {"iso": _ISO, "excel": re.compile(r"[345]\d{4}([.,]\d+)?")}
_NUMBER_MARKS = ((".", ""), (".", ","), (",", ""), (",", "."), (",", " "), (".", " "), (".", "'"), (",", "'"))
_PLAIN = str.maketrans(WIDE, PLAIN)
_SIGN = re.compile(
    r"^[-+(]?\s*([A-Za-z]{2,3}\.(?=\s)|[^\d\s.,()+'-]{1,4})\s*[-+]?\s*[\d.,]|\d\s*-?([^\d\s.,()+'-]{1,4}\.?)\s*[)-]?$"
)


@dataclass
class Column:
    """The values of one delivered column.

    Attributes
    ----------
    name
        As delivered.
    counts
        Every different text, tidy and not empty, with how often it stands there.
    rows
        How many rows the column has.
    first
        The first values in their order.
    by_file
        How its values are written as dates in each file, where it was put together from several.
    least
        Which share of its values must be numbers for it to be one of numbers.
    """

    name: str
    counts: dict[str, int]
    rows: int
    first: Sequence[str] = field(default=(), repr=False)
    by_file: "tuple[DateForm | None, ...]" = field(default=(), repr=False)
    least: float = _ENOUGH

    @cached_property
    def missing(self) -> list[str]:
        """Which of its texts stand for no value."""
        nothing = frozenset(words()["missing"])
        return sorted(text for text in self.counts if len(text) < 12 and text.lower() in nothing)

    @cached_property
    def held(self) -> dict[str, int]:
        """Its texts without those that stand for no value."""
        return {text: times for text, times in self.counts.items() if text not in self.missing}

    @cached_property
    def filled(self) -> int:
        """How many rows hold a value."""
        return sum(self.held.values())

    @cached_property
    def some(self) -> dict[str, int]:
        """As many different values as it takes to judge by."""
        return dict(list(self.held.items())[:_MOST_DISTINCT])

    @cached_property
    def numbers(self) -> "NumberForm | None":
        """How its values are written as numbers; None where they are none."""
        return number_form(self.some, least=self.least)

    @cached_property
    def dates(self) -> "DateForm | None":
        """How its values are written as dates; None where they are none."""
        return _of_files(self.by_file) or date_form(self.some, self.first)

    def with_file(self, other: "Column") -> "Column":
        """Add the values of the same column in another file."""
        counts = Counter(self.counts)
        counts.update(other.counts)
        by_file = (*(self.by_file or (self.dates,)), *(other.by_file or (other.dates,)))
        return Column(self.name, dict(counts), self.rows + other.rows, self.first, by_file)

    @property
    def is_unique(self) -> bool:
        """Whether (nearly) every filled row has a value of its own."""
        return self.filled > 0 and len(self.held) >= 0.99 * self.filled

    @property
    def is_time_of_day(self) -> bool:
        """Whether its values are times without a day."""
        return bool(self.held) and all(re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", text) for text in self.some)

    def share(self, pattern: str) -> float:
        """Give the share of different values that a pattern fits wholly."""
        return sum(bool(re.fullmatch(pattern, text)) for text in self.some) / max(1, len(self.some))


@dataclass(frozen=True)
class NumberForm:
    """How numbers are written, and what they tell."""

    decimal: str
    thousands: str
    signs: tuple[str, ...]
    accounting: bool
    share: float
    negative: float
    fractional: float


@dataclass(frozen=True)
class DateForm:
    """How dates are written.

    Attributes
    ----------
    forms
        To try in turn; of several orders of day and month, each file shows which is its own.
    share
        Of the values that are dates so.
    rival
        The other reading, where day and month may be swapped.
    has_time
        Whether there is a time of day.
    is_proven
        Whether values, and not only the order of the rows, tell day from month.
    """

    forms: tuple[str, ...]
    share: float
    rival: str = ""
    has_time: bool = False
    is_proven: bool = True


def number_form(values: dict[str, int], *, least: float = _ENOUGH) -> NumberForm | None:
    """Find the marks with which most values are numbers; None where few are.

    Examples
    --------
    >>> form = number_form({"1.234,50 €": 1, "12,00 €": 3, "-3,10 €": 1})
    >>> form.decimal, form.thousands, form.signs, form.negative
    (',', '.', ('€',), 0.2)
    >>> number_form({"85123A": 1, "71053": 1, "POST": 1}) is None
    True
    """
    total = sum(values.values())
    if not total:
        return None
    signs = _signs(values)
    bare = {text: _bare(text, signs) for text in values}
    accounting = any(re.fullmatch(r"\([\d.,' ]+\)|\d[\d.,' ]*-", text) for text in bare.values())
    bare = {text: re.sub(r"^\((.*)\)$|^(\d.*)-$", r"-\1\2", plain) for text, plain in bare.items()}
    fits = {
        marks: sum(times for text, times in values.items() if _number_shape(*marks).fullmatch(bare[text]))
        for marks in _NUMBER_MARKS
    }
    best = max(_NUMBER_MARKS, key=lambda marks: fits[marks])  # of equal ones the first: the simplest
    if best == (",", "") and fits[(".", ",")] == fits[best] and _has_only_thousands(bare.values()):
        best = (".", ",")
    if fits[best] < least * total:
        return None
    decimal = best[0]
    numbers = [text for text in values if _number_shape(*best).fullmatch(bare[text])]
    return NumberForm(
        *best,
        signs=signs,
        accounting=accounting,
        share=fits[best] / total,
        negative=sum(values[text] for text in numbers if bare[text].startswith("-")) / total,
        fractional=sum(values[text] for text in numbers if re.search(rf"{re.escape(decimal)}0*[1-9]\d*$", bare[text]))
        / total,
    )


def _has_only_thousands(texts: Iterable[str]) -> bool:
    marked = [text for text in texts if "," in text]
    return len(marked) > 2 and all(re.fullmatch(r"-?[1-9]\d{0,2}(,\d{3})+", text) for text in marked)


@cache
def _number_shape(decimal: str, thousands: str) -> re.Pattern[str]:
    mark, group = re.escape(decimal), re.escape(thousands)
    whole = rf"(\d{{1,3}}({group}\d{{2,3}})*{group}\d{{3}}|\d+)" if thousands else r"\d+"
    return re.compile(rf"[+-]?({whole}({mark}\d*)?|{mark}\d+)([eE][+-]?\d{{1,2}})?")


def _signs(values: dict[str, int]) -> tuple[str, ...]:
    found: dict[str, int] = {}
    for text, times in values.items():
        matched = _SIGN.search(text)
        for sign in filter(_is_sign, matched.groups() if matched else ()):
            found[sign] = found.get(sign, 0) + times
    total = sum(values.values())
    return tuple(sorted(sign for sign, times in found.items() if times >= 0.02 * total and len(found) <= 4))


def _is_sign(text: str | None) -> bool:
    """Whether it is a currency's sign or code, and no other letters beside a number."""
    if not text:
        return False
    known = {word for currency in words()["currencies"].values() for word in currency["signs"].split()}
    return any(unicodedata.category(sign) == "Sc" for sign in text) or text.lower().strip(".") in {*known, "kr", "fr"}


def currencies_of(signs: Iterable[str]) -> list[str]:
    """Name the currencies that signs stand for; signs of several countries, as ¥, for none.

    Examples
    --------
    >>> currencies_of(["€", "EUR", "¥"]), currencies_of(["£", "€"])
    (['EUR'], ['EUR', 'GBP'])
    """
    plain = {sign.lower().strip(".") for sign in signs}
    return sorted(code for code, said in words()["currencies"].items() if plain & {*said["signs"].split()})


def _bare(text: str, signs: tuple[str, ...]) -> str:
    text = text.translate(_PLAIN)
    for sign in signs:
        text = text.replace(sign.translate(_PLAIN), "")
    text = re.sub(r"(\d)[.,]-{1,2}$", r"\1", text.strip())  # 275.- and 275,-- are whole
    return re.sub(r"^([+-])\s+", r"\1", text.strip())


def date_form(values: dict[str, int], first: Sequence[str] = ()) -> DateForm | None:
    """Find the forms that the values are dates in; None where few are.

    Whether day or month comes first is decided by values above 12; where there is none, by which
    reading keeps the file's rows in order; where that does not tell either, ``rival`` names the
    reading that is as good.

    Examples
    --------
    >>> date_form({"13/02/2011 8:05": 1, "01/02/2011 9:00": 5}).forms
    ('%d/%m/%Y %H:%M',)
    >>> date_form({"01/02/2011": 1, "03/04/2011": 1}).rival
    '%m/%d/%Y'
    """
    total = sum(values.values())
    first = [_plain_date(text) for text in first]
    chosen: list[str] = []
    left, rival, order, is_proven = _plain_dates(values), "", "", True
    while left and sum(left.values()) > 0.005 * total and len(chosen) < 3:
        with_serials = bool(chosen) and sum(left.values()) < 0.7 * total
        fits = {form: _fitting(left, form) for form in _candidates(left, with_serials=with_serials)}
        counts = {form: sum(left[text] for text in texts) for form, texts in fits.items()}
        counts = {form: count for form, count in counts.items() if not order or _order(form) in ("", order)}
        if not counts or max(counts.values()) < max(1, 0.005 * total):
            break
        best = max(counts, key=lambda form: counts[form])
        twin = _twin(best)
        if not chosen and counts.get(twin, 0) == counts[best]:
            best, rival = _by_sequence(best, twin, first)
            is_proven = False
        order = order or _order(best)
        chosen.append(best)
        left = {text: times for text, times in left.items() if text not in fits[best]}
    share = 1 - sum(left.values()) / max(1, total)
    if not chosen or share < _ENOUGH:
        return None
    has_time = any("%H" in form or "%I" in form or form == "iso" for form in chosen)
    return DateForm(tuple(chosen), share, rival, has_time, is_proven)


def _plain_dates(values: dict[str, int]) -> dict[str, int]:
    plain: Counter[str] = Counter()
    for text, times in values.items():
        plain[_plain_date(text)] += times
    return dict(plain)


def _plain_date(text: str) -> str:
    """Write digits, spaces and the halves of a day as strptime knows them."""
    text = text.translate(_PLAIN)
    for written, half in HALVES_OF_DAY.items():
        text = text.replace(written, half)
    return re.sub(r"([AaPp])\.? ?([Mm])\.?", r"\1\2", text) if ":" in text else text


def _of_files(found: Sequence[DateForm | None]) -> DateForm | None:
    """Put the forms of several files together where they are in different orders; None where they are not."""
    told = [form for form in found if form]
    proven = {order for form in told if form.is_proven and (order := _order(form.forms[0]))}
    if len(proven) < 2:
        return None
    forms = tuple(dict.fromkeys(name for form in told for name in form.forms))
    rival = next((_twin(form.forms[0]) for form in told if not form.is_proven), "")
    return DateForm(forms, min(form.share for form in told), rival, any(form.has_time for form in told))


def _candidates(values: dict[str, int], *, with_serials: bool) -> list[str]:
    """Name the forms whose outline at least one of the first values has; serial days only among others."""
    some = list(values)[:200]
    forms = (*_forms(), "excel") if with_serials else _forms()
    return [form for form in forms if any(_shape(form).fullmatch(text) for text in some)]


@cache
def _forms() -> tuple[str, ...]:
    compact = ("%Y%m%d%H%M%S", "%Y年%m月%d日%H时%M分%S秒", "%Y年%m月%d日 %H时%M分")
    days = (*_DAYS.split(), *_WORDY_DAYS)
    return (*(day + time for day in days for time in _TIMES), *compact, "iso")


@cache
def _shape(form: str) -> re.Pattern[str]:
    if form in _NAMED:
        return _NAMED[form]
    pattern = re.sub(r"%[A-Za-z]", lambda part: _SHAPES[part[0]], re.sub(r"([.])", r"\\\1", form))
    if (
        "%Y%m%d" in form or "%y%m%d" in form or "%H%M%S" in form
    ):  # without marks between them the parts have two digits each
        pattern = pattern.replace(r"\d{1,2}", r"\d{2}")
    return re.compile(pattern)


def _fitting(values: dict[str, int], form: str) -> set[str]:
    shape = _shape(form)
    return {text for text in values if shape.fullmatch(text) and (form in _NAMED or _parse(text, form) is not None)}


def _parse(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)
    except ValueError:
        return None


def _order(form: str) -> str:
    """Say whether a form has the day or the month first, where they could be swapped."""
    found = re.match(r"%([dm])([/.-])%([dm])", form)
    return found[1] if found else ""


def _twin(form: str) -> str:
    swapped = {"%d": "%m", "%m": "%d"}
    return re.sub(r"%[dm]", lambda part: swapped[part[0]], form) if _order(form) else ""


def _by_sequence(form: str, twin: str, first: Sequence[str]) -> tuple[str, str]:
    """Choose the reading that keeps the rows in order, if it does so clearly better."""
    back = {}
    for reading in (form, twin):
        moments = [moment for text in first if (moment := _parse(text, reading))]
        back[reading] = sum(later < earlier for earlier, later in pairwise(moments))
    steps = max(1, len(first) - 1)
    best, other = sorted((form, twin), key=lambda reading: back[reading])
    if back[best] <= 0.02 * steps and back[other] >= back[best] + max(3, 0.01 * steps):
        return best, ""
    return form, twin
