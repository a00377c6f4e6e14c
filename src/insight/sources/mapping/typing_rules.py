"""From text to typed values in the engine: numbers, days, instants, flags, as the format says, exactly.

Each value comes with the rules that it may break; a text that breaks one becomes empty, never a guess.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise

import ibis
import ibis.expr.datatypes as dt
from ibis.expr.types import BooleanValue, DecimalValue, StringValue, TimestampValue, Value

from insight.config.source import ValueFormat
from insight.contracts import MONEY
from insight.contracts.rules import Rule
from insight.sources.clock import local_time, set_back, utc
from insight.sources.mapping.signs import HALVES_OF_DAY, INVISIBLE, PLAIN, WIDE

_TIMESTAMP, _INSTANT, _TEXTS = dt.Timestamp(scale=6), dt.Timestamp(timezone="UTC"), dt.Array(dt.string)
_YES = ("true", "t", "yes", "y", "1", "ja", "j", "oui", "si", "sí", "是", "有", "真")
_NO = ("false", "f", "no", "n", "0", "nein", "non", "否", "无", "無", "假")
_ISO_DAY = r"\d{4}-\d{1,2}-\d{1,2}"
_ISO_TIME = r"([01]?\d|2[0-3]):[0-5]\d(:\d{2}([.,]\d+)?)?"
_ISO_OFFSET = r"\s*(Z|[+-]\d{2}:?(\d{2})?)"
_EARLIEST_YEAR = 1900
_OPEN_END_YEAR = 9999
#: Forms of dates that are a name, not a pattern as in strftime.
SPECIAL_FORMS = frozenset({"iso", "excel", "epoch", "epoch_ms"})

Broken = tuple[BooleanValue, Rule]


@ibis.udf.scalar.builtin(name="strlen")
def _bytes(text: str) -> int: ...  # type: ignore[empty-body]


@ibis.udf.scalar.builtin(name="nfc_normalize")
def _composed(text: str) -> str: ...  # type: ignore[empty-body]


@ibis.udf.scalar.builtin(name="try_strptime", signature=((dt.string, _TEXTS), _TIMESTAMP))
def _try_strptime(text, forms): ...


@ibis.udf.scalar.builtin(name="try_strptime", signature=((dt.string, _TEXTS), _INSTANT))
def _try_strptime_with_offset(text, forms): ...


@ibis.udf.scalar.builtin(name="timezone", signature=((dt.string, _INSTANT), _TIMESTAMP))
def _wall_clock(zone, instant): ...


@ibis.udf.scalar.builtin(name="make_timestamp", signature=((dt.int64,), _TIMESTAMP))
def _from_microseconds(since_1970): ...


@dataclass(frozen=True)
class Moment:
    """When something happened.

    Attributes
    ----------
    instant
        UTC.
    day, hour
        In the business time zone; the hour is empty where only the day is known.
    rules
        What may be wrong with it.
    remarks
        What is odd about it though it counts.
    """

    instant: TimestampValue
    day: Value
    hour: Value
    rules: tuple[Broken, ...]
    remarks: tuple[Broken, ...] = ()


def clean_text(text: StringValue) -> StringValue:
    """Take off spaces around it and signs that cannot be seen, write accents in one form; empty becomes null."""
    seen = _composed(text.translate(INVISIBLE, "").translate("\u00a0\u3000", "  "))
    return _is_ascii(text).ifelse(text, seen).strip().nullif("")


def narrow(text: StringValue) -> StringValue:
    """Write digits, dashes, apostrophes and spaces of other keyboards as a computer does."""
    return _is_ascii(text).ifelse(text, text.translate(WIDE, PLAIN).strip())


def plain_number(text: StringValue, form: ValueFormat) -> StringValue:
    """Give a number as a computer writes it (``-1234.50``), or null where it is not one as ``form`` says.

    Examples
    --------
    >>> german = ValueFormat(decimal=",", thousands=".", currency_sign=["€"])
    >>> plain_number(ibis.literal("1.234,50 €"), german).execute()
    '1234.50'
    >>> bool(plain_number(ibis.literal("1,234.50"), german).isnull().execute())
    True
    """
    mark, group = re.escape(form.decimal), re.escape(form.thousands)
    whole = rf"(\d{{1,3}}({group}\d{{2,3}})*{group}\d{{3}}|\d+)" if form.thousands else r"\d+"
    body = rf"^[+-]?({whole}({mark}\d*)?|{mark}\d+)([eE][+-]?\d{{1,2}})?$"
    tidy = _without_signs(narrow(text), form)
    # most texts are numbers as they stand: only the others are tidied
    return ibis.cases((text.re_search(body), _pointed(text, form)), (tidy.re_search(body), _pointed(tidy, form)))


def likely_number(text: StringValue) -> Value:
    """Give what a text that is no number as the format says comes to with other marks, the largest of several.

    Examples
    --------
    >>> [likely_number(ibis.literal(text)).execute() for text in ("1,250,000.00", "EUR 1.250,50", "1 250", "(7,5)")]
    [1250000.0, 1250.5, 1250.0, 7.5]
    >>> bool(likely_number(ibis.literal("12.05.2023")).isnull().execute())
    True
    """
    core = narrow(text).re_extract(r"^[^\d.,]{0,9}([.,]?\d(?:[\d., ']*\d)?)[^\d]{0,9}$", 1)
    marks = [{"decimal": mark, "thousands": group} for mark in ".," for group in " ',." if mark != group]
    forms = [ValueFormat.model_validate(pair) for pair in marks]
    return ibis.greatest(*[plain_number(core, form).try_cast("float64") for form in forms])


def _without_signs(text: StringValue, form: ValueFormat) -> StringValue:
    for sign in form.currency_sign:
        text = text.replace(sign.replace("￥", "¥"), "").strip()
    text = text.re_replace(rf"(\d){re.escape(form.decimal)}-{{1,2}}$", r"\1")  # 275.- and 275,-- are whole
    if form.accounting_negatives:
        text = text.re_replace(r"^\((.*)\)$", r"-\1").re_replace(r"^([^-].*)-$", r"-\1")
    return text.re_replace(r"^([+-])\s+", r"\1").strip()


def _pointed(text: StringValue, form: ValueFormat) -> StringValue:
    text = text.replace(form.thousands, "") if form.thousands else text
    return text.replace(",", ".") if form.decimal == "," else text


def _is_ascii(text: StringValue) -> BooleanValue:
    return _bytes(text) == text.length()


def number_rules(text: StringValue, plain: StringValue, value: Value) -> tuple[Broken, ...]:
    """Say what is wrong where a text gave no number."""
    return (
        (text.notnull() & plain.isnull(), Rule("not_a_number")),
        (plain.notnull() & value.isnull(), Rule("too_large")),
    )


def money(text: StringValue, plain: StringValue) -> tuple[DecimalValue, tuple[Broken, ...]]:
    """Give an amount to four decimals, further ones rounded half up once."""
    value = plain.try_cast(MONEY)
    return value, number_rules(text, plain, value)


def total(
    texts: Sequence[StringValue], plains: Sequence[StringValue], *, added: int
) -> tuple[DecimalValue, tuple[Broken, ...]]:
    """Add the first ``added`` amounts and take off the others; empty counts as nothing, all empty gives empty."""
    rules: list[Broken] = []
    value, given = ibis.literal(0).cast(MONEY), ibis.literal(False)
    for position, (text, plain) in enumerate(zip(texts, plains, strict=True)):
        amount, broken = money(text, plain)
        rules += broken
        value = value + amount.fill_null(0) if position < added else value - amount.fill_null(0)
        given = given | text.notnull()
    unread = ibis.or_(*[holds for holds, _ in rules]).fill_null(False)
    return (given & ~unread).ifelse(value.try_cast(MONEY), ibis.null(MONEY)), tuple(rules)


def whole_number(text: StringValue, plain: StringValue) -> tuple[Value, tuple[Broken, ...]]:
    """Give an integer; 3.0 is one, 3.5 is not."""
    value = plain.try_cast(MONEY)
    whole = value.try_cast("int64")
    rules = (*number_rules(text, plain, value), (value.notnull() & (value != whole), Rule("not_whole")))
    return (value == whole).ifelse(whole, ibis.null("int64")), rules


def flag(text: StringValue) -> tuple[Value, tuple[Broken, ...]]:
    """Give yes or no, as English, German, French, Spanish or Chinese write it."""
    word = text.lower()
    value = ibis.cases((word.isin(_YES), True), (word.isin(_NO), False))
    return value, ((text.notnull() & value.isnull(), Rule("not_yes_or_no")),)


def band(
    text: StringValue, plain: StringValue, bounds: list[float], *, within: tuple[float, float] | None = None
) -> tuple[StringValue, tuple[Broken, ...]]:
    """Name the band between two bounds that a number falls into, the lower one included; none outside of ``within``.

    Examples
    --------
    >>> ages = [ibis.literal(age) for age in ("17", "18", "65")]
    >>> [band(age, age, [18, 35, 65])[0].execute() for age in ages]
    ['under 18', '18-34', '65+']
    """
    value = plain.try_cast("float64")
    names = [
        f"{low:g}-{high - 1:g}" if low == int(low) and high == int(high) else f"{low:g} to under {high:g}"
        for low, high in pairwise(bounds)
    ]
    branches = [(value < bounds[0], f"under {bounds[0]:g}")]
    branches += [(value < high, name) for high, name in zip(bounds[1:], names, strict=True)]
    branches.append((value >= bounds[-1], f"{bounds[-1]:g}+"))
    rules = number_rules(text, plain, value)
    if within is None:
        return ibis.cases(*branches), rules
    least, most = within
    beyond = ((value < least, Rule("below", (f"{least:g}",))), (value > most, Rule("above", (f"{most:g}",))))
    return value.between(least, most).ifelse(ibis.cases(*branches), ibis.null("string")), (*rules, *beyond)


@dataclass(frozen=True)
class Reading:
    """A text read as wall-clock time, as UTC instant, and as day; each null where it is not that."""

    timed: TimestampValue
    instant: TimestampValue
    day: TimestampValue


def read_moment(text: StringValue, forms: Sequence[str]) -> Reading:
    """Read a day or a time by the first of the forms that fits; ISO form is always understood."""
    # a day in ISO form means the same to everybody, except where the year is followed by the day
    has_odd_order = any(form.startswith("%Y-%d") for form in forms)
    return _read(text, forms if "iso" in forms or has_odd_order else [*forms, "iso"])


def moment_by(text: StringValue, forms: Sequence[str]) -> TimestampValue:
    """Give what the forms, and they alone, read a text as: no time zone, for comparing readings."""
    read = _read(text, forms)
    return ibis.coalesce(read.timed, read.instant, read.day)


def _read(text: StringValue, forms: Sequence[str]) -> Reading:
    written = [form for form in forms if form not in SPECIAL_FORMS]
    text = _with_plain_halves_of_day(text) if any("%p" in form for form in written) else text
    with_offset = [form for form in written if "%z" in form]
    clock = [form for form in written if form not in with_offset and re.search(r"%[HIsfT]", form)]
    day = [form for form in written if form not in with_offset and form not in clock]
    timed = _each(text, clock, _try_strptime)
    instants = [_wall_clock("UTC", read) for read in _each(text, with_offset, _try_strptime_with_offset)]
    days = _each(text, day, _try_strptime)
    for form, unit, digits in (("epoch", 1_000_000, "9,11"), ("epoch_ms", 1_000, "12,14")):
        if form in forms:
            instants.append(_from_microseconds(_held(text, rf"^\d{{{digits}}}$").try_cast("int64") * unit))
    if "excel" in forms:
        timed.append(_from_serial_day(_held(text, r"^\d{5}[.,]\d+$")))
        days.append(_from_serial_day(_held(text, r"^\d{5}$")))
    if "iso" in forms:
        timed.append(_held(text, rf"^{_ISO_DAY}[T ]{_ISO_TIME}$").replace(",", ".").try_cast(_TIMESTAMP))
        with_zone = _held(text, rf"^{_ISO_DAY}[T ]{_ISO_TIME}{_ISO_OFFSET}$")
        instants.append(_wall_clock("UTC", with_zone.try_cast(dt.Timestamp(timezone="UTC"))))
        days.append(_held(text, rf"^{_ISO_DAY}$").try_cast(_TIMESTAMP))
    return Reading(*(ibis.coalesce(*ways, ibis.null(_TIMESTAMP)) for ways in (timed, instants, days)))


def _each(text: StringValue, forms: Sequence[str], read: Callable[..., TimestampValue]) -> list[TimestampValue]:
    """Read by forms in turn; of several, one that makes 23 the year 23 gives way to one that makes it 2023."""
    if len(forms) < 2:
        return [read(text, ibis.array(list(forms)))] if forms else []
    reads = [read(text, ibis.array([form])) for form in forms]
    sane = [(moment.year() >= _EARLIEST_YEAR).ifelse(moment, ibis.null(moment.type())) for moment in reads]
    return [*sane, *reads]


def _with_plain_halves_of_day(text: StringValue) -> StringValue:
    """Write a.m. and p.m., 上午 and 下午, as AM and PM."""
    plain = reduce(lambda written, half: written.replace(*half), HALVES_OF_DAY.items(), text)
    return plain.re_replace(r"([AaPp])\.? ?([Mm])\.?", r"\1\2")


def moment(text: StringValue, read: Reading, *, source_zone: str, zone: str, optional: bool) -> Moment:
    """Place what was read in time.

    Parameters
    ----------
    text, read
        The text, and what it was read as.
    source_zone
        The time zone that times were written in; an offset written with a time counts before it.
    zone
        The business time zone; a day alone is a day there.
    optional
        Whether the year 9999 means "open end", and so no value.
    """
    timed = utc(read.timed, zone=source_zone)
    # a time that the clock skipped is not what it showed at that instant, and hour and instant have to agree
    local = ibis.coalesce(local_time(timed, zone=zone), local_time(read.instant, zone=zone))
    instant = ibis.coalesce(timed, read.instant, utc(read.day, zone=zone))
    any_read = ibis.coalesce(read.timed, read.instant, read.day)
    sound = any_read.year() >= _EARLIEST_YEAR
    if optional:
        sound = sound & (any_read.year() < _OPEN_END_YEAR)
    return Moment(
        instant=sound.ifelse(instant, ibis.null(_TIMESTAMP)),
        day=sound.ifelse(ibis.coalesce(local, read.day).date(), ibis.null("date")),
        hour=sound.ifelse(local.hour().cast("int64"), ibis.null("int64")),
        rules=(
            (text.notnull() & any_read.isnull(), Rule("not_a_date")),
            (any_read.year() < _EARLIEST_YEAR, Rule("before_year", (str(_EARLIEST_YEAR),))),
        ),
        remarks=_of_the_clock(read.timed, timed, source_zone),
    )


def _of_the_clock(written: TimestampValue, instant: TimestampValue, zone: str) -> tuple[Broken, ...]:
    """Say which times a clock in a zone never showed, and which it showed twice, where it is ever set back."""
    shifts = set_back(zone)
    if not shifts:
        return ()
    again = [local_time(instant - ibis.interval(shift), zone=zone) == written for shift in shifts]
    return (
        (local_time(instant, zone=zone) != written, Rule("skipped_by_clock")),
        (ibis.or_(*again), Rule("twice_on_clock")),
    )


def _held(text: StringValue, pattern: str) -> StringValue:
    return text.re_search(pattern).ifelse(text, ibis.null("string"))


def _from_serial_day(text: StringValue) -> TimestampValue:
    """Read Excel's count of days since 1899-12-30, to the second."""
    days = text.replace(",", ".").try_cast(dt.Decimal(18, 10))
    seconds = ((days - 25569) * 86400).round(0).try_cast("int64")
    return _from_microseconds(seconds * 1_000_000)
