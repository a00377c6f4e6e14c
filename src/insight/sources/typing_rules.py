"""From text to typed values in the engine: numbers, days, instants, flags, as the format says, exactly.

Each value comes with the rules that it may break; a text that breaks one becomes empty, never a guess.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

import ibis
import ibis.expr.datatypes as dt
from ibis.expr.types import BooleanValue, DecimalValue, StringValue, TimestampValue, Value

from insight.contracts import MONEY
from insight.source_params import ValueFormat
from insight.sources.clock import local_time, utc

FACTOR = dt.Decimal(18, 6)
_TIMESTAMP = dt.Timestamp(scale=6)
# Full-width signs as Chinese keyboards write them, the typographic minus, and spaces that do not break.
_WIDE = "０１２３４５６７８９．，－＋（）／：￥％　\u2212\u2013\u00a0\u202f\u2009"
_PLAIN = "0123456789.,-+()/:¥% --   "
_INVISIBLE = "".join(
    map(
        chr,
        (
            *range(0x00, 0x09),
            *range(0x0E, 0x20),
            0x7F,
            *range(0x200B, 0x2010),
            *range(0x202A, 0x202F),
            0x2060,
            *range(0x2066, 0x206A),
            0xFEFF,
        ),
    )
)
_YES = ("true", "t", "yes", "y", "1", "ja", "j", "oui", "si", "sí", "是", "有", "真")
_NO = ("false", "f", "no", "n", "0", "nein", "non", "否", "无", "無", "假")
_ISO = r"^\d{4}-\d{1,2}-\d{1,2}([T ]([01]?\d|2[0-3]):[0-5]\d(:\d{2}([.,]\d+)?)?)?"
_OFFSET = r"\s*(Z|[+-]\d{2}:?(\d{2})?)$"
_EARLIEST_YEAR = 1900
_OPEN_END_YEAR = 9999

Rule = tuple[BooleanValue, str]


@ibis.udf.scalar.builtin(name="try_strptime")
def _try_strptime(text: str, forms: list[str]) -> _TIMESTAMP: ...


@ibis.udf.scalar.builtin(name="try_strptime")
def _try_strptime_with_offset(text: str, forms: list[str]) -> dt.Timestamp(timezone="UTC"): ...


@ibis.udf.scalar.builtin(name="timezone")
def _wall_clock(zone: str, instant: dt.Timestamp(timezone="UTC")) -> _TIMESTAMP: ...


@ibis.udf.scalar.builtin(name="make_timestamp")
def _from_microseconds(since_1970: int) -> _TIMESTAMP: ...


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
    """

    instant: TimestampValue
    day: Value
    hour: Value
    rules: tuple[Rule, ...]


def clean_text(text: StringValue) -> StringValue:
    """Take off spaces around it and signs that cannot be seen; empty becomes null."""
    return text.translate(_INVISIBLE, "").translate("\u00a0\u3000", "  ").strip().nullif("")


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
    tidy = text.translate(_WIDE, _PLAIN).strip()
    for sign in form.currency_sign:
        tidy = tidy.replace(sign.translate(str.maketrans(_WIDE, _PLAIN[: len(_WIDE)])), "").strip()
    if form.accounting_negatives:
        tidy = tidy.re_replace(r"^\((.*)\)$", r"-\1").re_replace(r"^([^-].*)-$", r"-\1")
    tidy = tidy.re_replace(r"^([+-])\s+", r"\1").strip()
    mark, group = re.escape(form.decimal), re.escape(form.thousands)
    whole = rf"(\d{{1,3}}({group}\d{{2,3}})*{group}\d{{3}}|\d+)" if form.thousands else r"\d+"
    body = rf"^[+-]?({whole}({mark}\d*)?|{mark}\d+)([eE][+-]?\d{{1,2}})?$"
    ungrouped = tidy.replace(form.thousands, "") if form.thousands else tidy
    pointed = ungrouped.replace(",", ".") if form.decimal == "," else ungrouped
    return tidy.re_search(body).ifelse(pointed, ibis.null("string"))


def number_rules(text: StringValue, plain: StringValue, value: Value) -> tuple[Rule, ...]:
    """Say what is wrong where a text gave no number."""
    return (
        (text.notnull() & plain.isnull(), "is not a number as the format says"),
        (plain.notnull() & value.isnull(), "is too large a number"),
    )


def money(text: StringValue, form: ValueFormat) -> tuple[DecimalValue, tuple[Rule, ...]]:
    """Give an amount to four decimals, further ones rounded half up once."""
    plain = plain_number(text, form)
    value = plain.try_cast(MONEY)
    return value, number_rules(text, plain, value)


def product(texts: list[StringValue], form: ValueFormat) -> tuple[DecimalValue, tuple[Rule, ...]]:
    """Multiply numbers of up to six decimals exactly; the result is rounded half up once."""
    value, rules = None, []
    for text in texts:
        plain = plain_number(text, form)
        factor = plain.try_cast(FACTOR)
        rules += number_rules(text, plain, factor)
        value = factor if value is None else (value * factor)
    given = texts[0].notnull()
    for text in texts[1:]:
        given = given & text.notnull()
    sound = ~rules[0][0]
    for broken, _ in rules[1:]:
        sound = sound & ~broken
    amount = value.try_cast(MONEY)
    return amount, (*rules, (given & sound & amount.isnull(), "is too large a number"))


def total(
    plus: list[StringValue], minus: list[StringValue], form: ValueFormat
) -> tuple[DecimalValue, tuple[Rule, ...]]:
    """Add and take off amounts, where empty counts as nothing; all empty gives empty."""
    rules: list[Rule] = []
    value, given = ibis.literal(0).cast(MONEY), ibis.literal(False)
    for sign, texts in ((1, plus), (-1, minus)):
        for text in texts:
            amount, broken = money(text, form)
            rules += broken
            value = value + sign * amount.fill_null(0)
            given = given | text.notnull()
    return given.ifelse(value.try_cast(MONEY), ibis.null(MONEY)), tuple(rules)


def whole_number(text: StringValue, form: ValueFormat) -> tuple[Value, tuple[Rule, ...]]:
    """Give an integer; 3.0 is one, 3.5 is not."""
    plain = plain_number(text, form)
    value = plain.try_cast(MONEY)
    whole = value.try_cast("int64")
    rules = (*number_rules(text, plain, value), (value.notnull() & (value != whole), "is not a whole number"))
    return (value == whole).ifelse(whole, ibis.null("int64")), rules


def flag(text: StringValue) -> tuple[Value, tuple[Rule, ...]]:
    """Give yes or no, as English, German, French, Spanish or Chinese write it."""
    word = text.lower()
    value = ibis.cases((word.isin(_YES), True), (word.isin(_NO), False))
    return value, ((text.notnull() & value.isnull(), "is neither yes nor no"),)


def band(text: StringValue, bounds: list[float], form: ValueFormat) -> tuple[StringValue, tuple[Rule, ...]]:
    """Name the band between two bounds that a number falls into, the lower one included.

    Examples
    --------
    >>> [band(ibis.literal(age), [18, 35, 65], ValueFormat())[0].execute() for age in ("17", "18", "65")]
    ['under 18', '18-34', '65+']
    """
    plain = plain_number(text, form)
    value = plain.try_cast("float64")
    names = [
        f"{low:g}-{high - 1:g}" if low == int(low) and high == int(high) else f"{low:g} to under {high:g}"
        for low, high in pairwise(bounds)
    ]
    branches = [(value < bounds[0], f"under {bounds[0]:g}")]
    branches += [(value < high, name) for high, name in zip(bounds[1:], names, strict=True)]
    branches.append((value >= bounds[-1], f"{bounds[-1]:g}+"))
    return ibis.cases(*branches), number_rules(text, plain, value)


def moment(text: StringValue, form: ValueFormat, *, zone: str, optional: bool) -> Moment:
    """Read a day or a time, by the first of the format's forms that fits.

    A time is one of ``form.time_zone`` (or of the offset written with it); a day alone is a day of
    the business time zone ``zone``. The year 9999 means "open end" where the value is ``optional``.
    """
    tidy = text.translate(_WIDE, _PLAIN).strip()
    timed, instants, days = _read_by_forms(tidy, form.dates)
    source_zone = form.time_zone or zone
    local = timed if source_zone == zone else local_time(utc(timed, zone=source_zone), zone=zone)
    local = ibis.coalesce(local, local_time(instants, zone=zone)) if instants is not None else local
    instant = utc(timed, zone=source_zone)
    instant = ibis.coalesce(instant, instants) if instants is not None else instant
    read = ibis.coalesce(timed, instants, days) if instants is not None else ibis.coalesce(timed, days)
    sound = read.notnull() & (read.year() >= _EARLIEST_YEAR)
    if optional:
        sound = sound & (read.year() < _OPEN_END_YEAR)
    rules = (
        (text.notnull() & read.isnull(), "is not a date as the format says"),
        (read.year() < _EARLIEST_YEAR, f"lies before {_EARLIEST_YEAR}"),
    )
    return Moment(
        instant=sound.ifelse(ibis.coalesce(instant, utc(days, zone=zone)), ibis.null(_TIMESTAMP)),
        day=sound.ifelse(ibis.coalesce(local, days).date(), ibis.null("date")),
        hour=sound.ifelse(local.hour().cast("int64"), ibis.null("int64")),
        rules=rules,
    )


def _read_by_forms(text: StringValue, forms: list[str]) -> tuple[TimestampValue, TimestampValue | None, TimestampValue]:
    """Read as wall-clock times, as instants in UTC, and as days; each null where it is not that."""
    # a day in ISO form means the same to everybody, except where the year is followed by the day
    has_odd_order = any(form.startswith("%Y-%d") for form in forms)
    forms = [*forms] if "iso" in forms or has_odd_order else [*forms, "iso"]
    special = {"iso", "excel", "epoch", "epoch_ms"}
    written = [form for form in forms if form not in special]
    with_offset = [form for form in written if "%z" in form]
    clock = [form for form in written if form not in with_offset and re.search(r"%[HIsfT]", form)]
    day = [form for form in written if form not in with_offset and form not in clock]
    nothing = ibis.null(_TIMESTAMP)
    timed = [_try_strptime(text, clock)] if clock else []
    instants = [_wall_clock("UTC", _try_strptime_with_offset(text, with_offset))] if with_offset else []
    days = [_try_strptime(text, day)] if day else []
    for form, seconds in (("epoch", 1_000_000), ("epoch_ms", 1_000)):
        if form in forms:
            instants.append(_from_microseconds(_whole(text, r"^\d{9,14}$") * seconds))
    if "excel" in forms:
        timed.append(_from_serial_day(text, fraction=True))
        days.append(_from_serial_day(text, fraction=False))
    if "iso" in forms:
        timed.append(_iso(text, r"[T ].*").try_cast(_TIMESTAMP))
        instants.append(_wall_clock("UTC", _iso_with_offset(text)))
        days.append(text.re_search(r"^\d{4}-\d{1,2}-\d{1,2}$").ifelse(text, ibis.null("string")).try_cast(_TIMESTAMP))
    return (
        ibis.coalesce(*timed) if timed else nothing,
        ibis.coalesce(*instants) if instants else None,
        ibis.coalesce(*days) if days else nothing,
    )


def _iso(text: StringValue, time: str) -> StringValue:
    is_timed = text.re_search(_ISO + "$") & text.re_search(time)
    return is_timed.ifelse(text.replace(",", "."), ibis.null("string"))


def _iso_with_offset(text: StringValue) -> Value:
    held = text.re_search(_ISO.removesuffix("?") + _OFFSET).ifelse(text, ibis.null("string"))
    return held.try_cast(dt.Timestamp(timezone="UTC"))


def _whole(text: StringValue, pattern: str) -> Value:
    return text.re_search(pattern).ifelse(text, ibis.null("string")).try_cast("int64")


def _from_serial_day(text: StringValue, *, fraction: bool) -> TimestampValue:
    """Read Excel's count of days since 1899-12-30, to the second."""
    pattern = r"^\d{5}[.,]\d+$" if fraction else r"^\d{5}([.,]0*)?$"
    held = text.re_search(pattern).ifelse(text.replace(",", "."), ibis.null("string"))
    seconds = ((held.try_cast(dt.Decimal(18, 10)) - 25569) * 86400).round(0).try_cast("int64")
    return _from_microseconds(seconds * 1_000_000)
