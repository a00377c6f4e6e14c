"""Numbers, money and days as readers of each language write them."""

import datetime as dt
import math
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_compact_currency, get_currency_name, parse_pattern

from insight.errors import InsightError

LOCALES = {"en": Locale("en"), "zh": Locale("zh", script="Hans")}
NOTHING = "–"
_DAYS = {
    "long": {"en": "d MMMM y", "zh": "y 年 M 月 d 日"},
    "month": {"en": "MMMM y", "zh": "y 年 M 月"},
    "short": {"en": "d MMM", "zh": "M月d日"},
    "short month": {"en": "MMM y", "zh": "y年M月"},
}
#: Amounts that are no exact count of money are written in words from here on.
_IN_WORDS = 10_000
_CURRENT: ContextVar[str] = ContextVar("insight_language", default="en")
_HIDDEN = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}


class TranslationError(InsightError):
    """A language is not known, a text has no translation, or two catalogues disagree about it."""


def current() -> str:
    """Name the language that text is rendered in now."""
    return _CURRENT.get()


@contextmanager
def language(lang: str) -> Iterator[None]:
    """Render in another language for a while.

    Examples
    --------
    >>> with language("zh"):
    ...     print(count(1234567), percent(0.073), day("2018-01-01"))
    1,234,567 7% 2018 年 1 月 1 日
    """
    if lang not in LOCALES:
        raise TranslationError(f"language {lang!r} — expected one of {', '.join(LOCALES)}")
    token = _CURRENT.set(lang)
    try:
        yield
    finally:
        _CURRENT.reset(token)


#: What counts of customers are rounded to where small groups are hidden.
BASE = 5


class Rounded(float):
    """A count of customers that was rounded to fives, or a share made of one."""


@dataclass(frozen=True)
class Value:
    """A value and how to write it: rendered when shown, in the language of the moment; rounded to steps of so much.

    ``beside`` writes an amount that may be in words (8,990 万元) in the unit of another one.
    """

    raw: Any
    write: Callable[[str], str]
    step: float | None = None
    beside: Callable[[float], "Value"] | None = field(default=None, compare=False, repr=False)

    def in_language(self, lang: str) -> str:
        """Write it as readers of a language do; what is missing is a dash."""
        return NOTHING if is_missing(self.raw) else self.write(lang)

    def __str__(self) -> str:
        """Write it in the current language."""
        return self.in_language(current())


def _filled(pattern: str, value: Any, lang: str, currency: str | None = None) -> str:
    """Write a number by a pattern of Unicode's locale data, which also says whether it is a percentage or money."""
    parsed = parse_pattern(pattern)
    written = parsed.apply(value, LOCALES[lang], currency=currency, currency_digits=False)
    return _true_minus(written) if any(mark in "123456789" for mark in written) else written.replace("-", "")


def _true_minus(written: str) -> str:
    return written.replace("-", "\u2212")


def is_missing(value: Any) -> bool:
    """Say whether there is nothing to show: None, NaN, NaT, or no finite number.

    Examples
    --------
    >>> is_missing(float("inf")), is_missing(0)
    (True, False)
    """
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    try:
        return not math.isfinite(value)
    except (TypeError, ValueError):
        return False


def clean(value: Any, *, longest: int = 400) -> str:
    r"""Make text from data fit to be shown: no control or direction marks, no endless names.

    Examples
    --------
    >>> clean("bread\x00\u202e tea"), len(clean("x" * 10_000, longest=80))
    ('bread tea', 80)
    """
    spaced = "".join(" " if mark in "\t\n\r" else mark for mark in str(value))
    text = "".join(mark for mark in spaced if unicodedata.category(mark) not in _HIDDEN)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def count(value: Any) -> Value:
    """Write a count of things: no decimals, thousands apart.

    Examples
    --------
    >>> str(count(1234567)), str(count(-3)), str(count(None))
    ('1,234,567', '−3', '–')
    """
    step = None if is_missing(value) else float(BASE) if isinstance(value, Rounded) else 1.0
    return Value(value, lambda lang: _filled("#,##0", round(value), lang), step)


def number(value: Any, *, digits: int | None = None) -> Value:
    """Write a number; without ``digits`` (decimals) three significant figures, whole above 100.

    Examples
    --------
    >>> [str(number(x)) for x in (0.08347, 3.14159, 5, 4321.9)]
    ['0.0835', '3.14', '5', '4,322']
    >>> str(number(0.5, digits=2)), str(number(-0.01, digits=1))
    ('0.50', '0.0')
    """
    places = 0 if is_missing(value) else decimals_for(value) if digits is None else digits

    def write(lang: str) -> str:
        return _filled("#,##0." + ("#" if digits is None else "0") * places, value, lang)

    return _in_steps(value, write, places)


def decimals_for(value: float) -> int:
    """Count the decimals that three significant figures take.

    Examples
    --------
    >>> decimals_for(0.0835), decimals_for(3.1), decimals_for(4321)
    (4, 2, 0)
    """
    return 0 if value == 0 else min(6, max(0, 2 - _magnitude(value)))


def _magnitude(value: Any) -> int:
    return math.floor(math.log10(abs(value)))


def _in_steps(value: Any, write: Callable[[str], str], places: int) -> Value:
    """Give a value that is rounded to so many decimals, or to tens and hundreds where they are fewer than none."""
    return Value(value, write, None if is_missing(value) else 10.0**-places)


def percent(value: Any, *, digits: int | None = None) -> Value:
    """Write a share (0 to 1) in percent; never 0% or 100% for what is not exactly that, with however few ``digits``.

    What is nearer to them than is shown is said to be below or above: 99.99% of 9,234 would name one record, and an
    interval of a difference from just below nothing would seem to begin with it.

    Examples
    --------
    >>> [str(percent(x)) for x in (0.073, 0.0004, 0.9996, 1)], str(percent(-0.073, digits=1))
    (['7%', '<0.1%', '>99.9%', '100%'], '−7.3%')
    >>> [str(percent(x, digits=0)) for x in (0.003, 0.997, 0.0, 1.0)], str(percent(0.00001, digits=2))
    (['<1%', '>99%', '0%', '100%'], '<0.01%')
    >>> str(percent(-0.0002, digits=1)), str(percent(-0.004))
    ('>−0.1%', '−0.4%')
    """
    if is_missing(value):
        return Value(value, str)
    most = 1 if digits is None else digits
    nearest = min(abs(value), 1 - value)
    if 1e-9 < nearest < 0.5 * 10.0 ** -(most + 2):
        step = 10.0 ** -(most + 2)
        edge = 1 - step if value > 0.5 else math.copysign(step, value)
        sign, pattern = "<" if 0 < value < 0.5 else ">", "#,##0." + "0" * most + "%"
        return _in_steps(value, lambda lang: sign + _filled(pattern, edge, lang), most + 2)
    told_apart = (places for places in (0, 1) if nearest <= 1e-9 or round(value * 100, places) not in (0, 100))
    places = next(told_apart, 1) if digits is None else digits
    return _in_steps(value, lambda lang: _filled("#,##0." + "0" * places + "%", value, lang), places + 2)


def out_of(value: Any, whole: int, *, digits: int = 0) -> Value:
    """Write a share, or a difference of shares, as so many of a hundred or a thousand.

    Examples
    --------
    >>> str(out_of(0.0234, 100, digits=1)), str(out_of(0.05, 1000))
    ('2.3', '50')
    """
    places = digits + round(math.log10(whole))
    return _in_steps(value, lambda lang: _filled("#,##0." + "0" * digits, value * whole, lang), places)


def money(
    value: Any, currency: str, *, digits: int | None = None, compact: bool = False, unit_of: float | None = None
) -> Value:
    """Write an amount with its currency; cents below a thousand.

    ``compact`` writes what is no exact count of money to three figures, millions in words; with ``unit_of`` another
    amount in that one's unit, as both bounds of an interval are.

    Examples
    --------
    >>> str(money(12.5, "USD")), str(money(4604321, "USD")), str(money(4604321, "USD", compact=True))
    ('$12.50', '$4,604,321', '$4.6M')
    >>> [money(89871234, currency, compact=True).in_language("zh") for currency in ("CNY", "USD")]
    ['8,990 万元', '8,990 万美元']
    >>> [money(7340, "CNY", compact=True, unit_of=11_800).in_language(lang) for lang in ("en", "zh")]
    ['CN¥7.34K', '0.734 万元']
    """
    if is_missing(value):
        return Value(value, str)
    places = (0 if abs(value) >= 1000 else 2) if digits is None else digits

    def write(lang: str) -> str:
        unit = _unit_of(value, unit_of, lang) if compact else None
        if unit is None:
            return _filled("¤#,##0." + "0" * places, value, lang, currency)
        return _in_words(float(value), currency, unit, lang)

    is_in_words = compact and value and max(abs(value), abs(unit_of or 0)) >= _IN_WORDS
    written = _in_steps(value, write, 2 - _magnitude(value) if is_in_words else places)
    alike = partial(money, value, currency, digits=digits, compact=True)
    return replace(written, beside=lambda other: alike(unit_of=other)) if compact else written


def in_one_unit(low: Any, high: Any) -> tuple[Any, Any]:
    """Give the bounds of an interval in the unit of the larger, where they are amounts that may be in words.

    Examples
    --------
    >>> low, high = (money(value, "CNY", compact=True) for value in (7340, 11_800))
    >>> [one.in_language("zh") for one in (low, high)], [one.in_language("zh") for one in in_one_unit(low, high)]
    (['¥7,340', '1.18 万元'], ['0.734 万元', '1.18 万元'])
    """
    if any(getattr(one, "beside", None) is None or is_missing(one.raw) for one in (low, high)):
        return low, high
    is_in_words = max(abs(low.raw), abs(high.raw)) >= _IN_WORDS
    return (low.beside(high.raw), high.beside(low.raw)) if is_in_words else (low, high)


def _unit_of(value: float, other: float | None, lang: str) -> float | None:
    """Give the unit of an amount in words, or that of the other one beside it; none for what is not in words.

    What is less than a hundredth of the other's unit keeps its own: 0.0007 of a million tells nobody anything.
    """
    units = {"en": (1e12, 1e9, 1e6, 1e3), "zh": (1e8, 1e4)}[lang]
    own, shared = (
        next((unit for unit in units if abs(float(f"{one or 0:.3g}")) >= max(unit, _IN_WORDS)), 0.0)
        for one in (value, other)
    )
    unit = own if 0 < abs(value) < shared / 100 else max(own, shared)
    return unit or None


def _in_words(value: float, currency: str, unit: float, lang: str) -> str:
    """Write an amount to three figures in a unit: $4.6M, 460 万美元."""
    shown = float(f"{value:.3g}") / unit
    if lang == "zh":
        name = "元" if currency == "CNY" else get_currency_name(currency, locale=LOCALES[lang])
        return f"{number(shown).in_language(lang)} {'亿' if unit >= 1e8 else '万'}{name}"
    one = format_compact_currency(unit, currency, locale=LOCALES[lang], fraction_digits=0)  # $1M
    return ("\u2212" if shown < 0 else "") + one.replace("1", number(abs(shown)).in_language(lang), 1)


def money_to_three_figures(value: float, currency: str) -> Value:
    """Write an amount to three significant figures, as an estimate deserves.

    Examples
    --------
    >>> str(money_to_three_figures(89_871_234, "USD")), str(money_to_three_figures(12.345, "USD"))
    ('$89.9M', '$12.3')
    """
    digits = 0 if is_missing(value) else min(2, decimals_for(value))
    written = money(float(f"{value:.3g}"), currency, digits=digits, compact=True)
    return written if is_missing(value) or value == 0 else replace(written, step=10.0 ** (_magnitude(value) - 2))


def three_figures(value: float) -> float:
    """Round an estimate to three significant figures: no reader, and no comparison of runs, needs more.

    Examples
    --------
    >>> three_figures(123456.0), three_figures(0.0)
    (123000.0, 0.0)
    """
    return value if not value or not math.isfinite(value) else round(value, 2 - math.floor(math.log10(abs(value))))


def day(value: Any, *, style: str = "long") -> Value:
    """Write a day; ``style`` is ``long`` or ``month``, or ``short`` or ``short month`` beneath an axis.

    Examples
    --------
    >>> str(day("2018-01-01")), day("2018-01-01").in_language("zh"), str(day("2018-01-01", style="month"))
    ('1 January 2018', '2018 年 1 月 1 日', 'January 2018')
    """
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value)
    elif hasattr(value, "astype"):  # numpy's instants
        value = value.astype("datetime64[D]").astype(object)
    return Value(value, lambda lang: format_date(value, format=_DAYS[style][lang], locale=LOCALES[lang]))


def estimate(value: float, error: float, *, share: bool = False) -> Value:
    """Write an estimate with the digits that its standard error carries: down to the error's second figure.

    Examples
    --------
    >>> [str(estimate(13.447, error)) for error in (11.7, 0.31, float("inf"))], str(estimate(1_225_809, 61_000))
    (['13', '13.45', '–'], '1,226,000')
    >>> str(estimate(0.0053452, 0.0021, share=True))
    '0.53%'
    """
    if not (math.isfinite(error) and error > 0):
        return Value(None, str)
    known = 1 - math.floor(math.log10(100 * error if share else error))
    if share:
        return percent(round(value, known + 2), digits=max(0, known))
    written = number(round(value, known), digits=max(0, known))
    return Value(written.raw, written.write, 10.0**-known)
