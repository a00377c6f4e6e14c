"""Texts of the catalogue, rendered when shown, once per language of a report.

A text is an entry of ``words/<subject>.yaml`` with every language beneath each other; its key is the
subject and the entry's name. Places are ``{name}``, ``{name:format}`` or ``{name.part:format}``.
A name is looked up among the facts given, then in the business that is spoken of (``{who}``: its
noun for customers, ``{counter}``: the Chinese measure word of that noun, ``{currency}``, ``{min_cell}``,
``{as_of:day}``); ``{t.purchases}`` is a term of the business's vocabulary (``words/terms``), and
``{t.Purchases}`` the same with a capital letter.
"""

import os
import string
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from numbers import Number, Real
from pathlib import Path
from typing import Any

import yaml
from babel.lists import format_list

from insight.report import numerals
from insight.report.context import context
from insight.report.numerals import LOCALES, TranslationError, clean, current

LANGUAGES = tuple(LOCALES)
WORDS = Path(__file__).parent / "words"
_PARTS = string.Formatter()


@dataclass(frozen=True)
class Text:
    """An entry of the catalogue with its facts, to be rendered later, in whatever language is current then."""

    key: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Render in the current language."""
        return self.in_language(current())

    def __hash__(self) -> int:
        """Texts with the same key share a bucket; enough for dictionaries of labels."""
        return hash(self.key)

    def in_language(self, lang: str) -> str:
        """Render in one language."""
        rendered = []
        for before, place, spec, _conversion in _PARTS.parse(self.template(lang)):
            rendered.append(before)
            if place is not None:
                rendered.append(self._fill(place, spec or "", lang))
        return "".join(rendered)

    def translations(self) -> dict[str, str]:
        """Render in every language: ``{"en": …, "zh": …}``."""
        return {lang: self.in_language(lang) for lang in LANGUAGES}

    def template(self, lang: str) -> str:
        """Give the text with its places unfilled, in the plural form that the facts ask for."""
        entry = entry_of(self.key)
        if lang not in entry:
            raise TranslationError(f"words: {self.key} has no text in `{lang}`. Add it beneath the other languages.")
        said = entry[lang]
        if isinstance(said, str):
            return said
        amount = self._fact(entry.get("plural", "n"))
        form = LOCALES[lang].plural_form(amount)
        return said.get(form, said["other"])

    def _fill(self, place: str, spec: str, lang: str) -> str:
        if place.startswith("t."):
            return term(place.removeprefix("t."), lang)
        value = self._fact(place)
        if not spec:
            return render(value, lang)
        return render(formatted(value, spec, place=f"{self.key}: {{{place}:{spec}}}"), lang)

    def _fact(self, place: str) -> Any:
        name, *parts = place.split(".")
        if name in self.facts:
            value = self.facts[name]
        elif name in _OF_THE_BUSINESS:
            value = getattr(context(), _OF_THE_BUSINESS[name])
        elif name == "counter":
            value = _counter()
        else:
            raise TranslationError(f"words: {self.key} needs `{name}`, which is not among its facts.")
        for part in parts:
            value = getattr(value, part)
        return value


_OF_THE_BUSINESS = {"who": "customers", "currency": "currency", "min_cell": "min_cell", "as_of": "as_of"}


def _counter() -> Text:
    """Give the measure word of the business's noun for customers: 428 户家庭, but 34 位客户."""
    own = f"common.counter.{context().customers.in_language('zh')}"
    return Text(own if has_text(own) else "common.counter")


def text(key: str, /, *objects: Any, **facts: Any) -> Text:
    """Give a text of the catalogue with its facts.

    Parameters
    ----------
    key
        ``subject.entry``: entry ``window.argued`` of ``words/churn.yaml`` is ``churn.window.argued``.
    *objects
        Objects whose attributes are facts, too.
    **facts
        Values for the places: numbers and days as they are, other texts, or plain text.

    Raises
    ------
    TranslationError
        If the catalogue has no such entry.

    Examples
    --------
    >>> str(text("common.fewer_than", n=10))
    'fewer than 10'
    """
    entry_of(key)
    known: dict[str, Any] = {}
    for item in objects:
        known |= {name: getattr(item, name) for name in places_of(key) if hasattr(item, name)}
    return Text(key, known | facts)


def word(kind: str, code: Any) -> Text:
    """Name a code: the entry ``<kind>.<code>``.

    Examples
    --------
    >>> str(word("common.notebook", "30"))
    'Segmentation'
    """
    return text(f"{kind}.{code}")


def has_text(key: str) -> bool:
    """Say whether the catalogue has an entry."""
    subject, _, name = key.partition(".")
    return subject in subjects() and name in catalogue(subject)


def entry_of(key: str) -> dict[str, Any]:
    """Give an entry of the catalogue: its text by language."""
    subject, _, name = key.partition(".")
    try:
        return catalogue(subject)[name]
    except KeyError:
        raise TranslationError(f"words/{subject}.yaml: there is no entry `{name}`. Write it there.") from None


@cache
def catalogue(subject: str) -> dict[str, dict[str, Any]]:
    """Read the entries of one subject: ``words/<subject>.yaml``.

    Raises
    ------
    TranslationError
        If there is no such file.
    """
    return _read(WORDS / f"{subject}.yaml")


def columns_of(key: str) -> dict[str, str] | None:
    """Give the columns that the catalogue lays out for a finding, ``<finding>.columns``: name and format, in order.

    Examples
    --------
    >>> columns_of("common") is None
    True
    """
    return dict(entry_of(f"{key}.columns")) if has_text(f"{key}.columns") else None


@cache
def subjects() -> list[str]:
    """List the subjects that the catalogue speaks of."""
    return sorted(path.stem for path in WORDS.glob("*.yaml"))


@cache
def terms(vocabulary: str) -> dict[str, dict[str, str]]:
    """Read what a kind of business calls its things, such as a purchase or a refund."""
    return _read(WORDS / "terms" / f"{vocabulary}.yaml")


def term(name: str, lang: str | None = None) -> str:
    """Name a thing as the business that is spoken of does; with a capital letter where ``name`` has one.

    Examples
    --------
    >>> term("purchases", "en"), term("Purchases", "en")
    ('purchases', 'Purchases')
    """
    lang, vocabulary = lang or current(), context().vocabulary
    known = terms(vocabulary)
    small = name[:1].lower() + name[1:]
    if small not in known:
        raise TranslationError(f"words/terms/{vocabulary}.yaml: there is no term `{small}`. Write it there.")
    said = known[small][lang]
    return said if small == name else said[:1].upper() + said[1:]


def _read(path: Path) -> dict[str, Any]:
    try:
        given = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise TranslationError(f"words/{path.name}: there is no such subject.") from None
    return yaml.load(given, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}


@cache
def places_of(key: str) -> frozenset[str]:
    """Name what an entry takes from its facts, its business's terms left out.

    Examples
    --------
    >>> sorted(places_of("common.interval_with_level"))
    ['interval', 'level']
    """
    said = [part for lang in LANGUAGES for part in _forms(entry_of(key).get(lang, ""))]
    return frozenset(name for one in said for name in _names(one) if name != "t")


def _forms(said: str | Mapping[str, str]) -> Iterable[str]:
    return [said] if isinstance(said, str) else said.values()


def _names(template: str) -> Iterable[str]:
    return (place.split(".")[0] for _text, place, _spec, _conversion in _PARTS.parse(template) if place)


# --- formats


def formatted(value: Any, spec: str, *, place: str = "") -> Any:
    """Format a value by the name of a format, with the number of decimals behind it where it takes one.

    Parameters
    ----------
    value
        A number, a share (0 to 1) or a day; several for ``list``. A text or a formatted value stays as it is.
    spec
        ``count``, ``number``, ``percent``, ``money``, ``compact`` (money in words), ``rounded`` (money to
        three figures), ``day``, ``month``, ``list``; ``percent1`` has one decimal.
    place
        Where the format stands, for the error.

    Examples
    --------
    >>> str(formatted(0.0731, "percent1")), str(formatted(1200, "count")), str(formatted(["tea", "milk"], "list"))
    ('7.3%', '1,200', 'tea and milk')
    """
    if hasattr(value, "in_language"):
        return value
    name = spec.rstrip("0123456789")
    if name not in FORMATS:
        raise TranslationError(f"words: {place or spec} has an unknown format. Known: {', '.join(FORMATS)}.")
    digits = spec[len(name) :]
    return FORMATS[name](value, **({"digits": int(digits)} if digits else {}))


def _money(value: Any, **how: Any) -> Any:
    return numerals.money(value, context().currency, **how)


#: Formats by name: what a place in a text, or a column of a table, may be written as.
FORMATS: dict[str, Callable[..., Any]] = {
    "count": numerals.count,
    "number": numerals.number,
    "percent": numerals.percent,
    "money": _money,
    "compact": lambda value: _money(value, compact=True),
    "rounded": lambda value: numerals.money_to_three_figures(value, context().currency),
    "day": numerals.day,
    "month": lambda value: numerals.day(value, style="month"),
    "list": lambda value: listing(value),
}


# --- things in a row, intervals, anything


@dataclass(frozen=True)
class _Listing:
    items: tuple[Any, ...]

    def __str__(self) -> str:
        return self.in_language(current())

    def in_language(self, lang: str) -> str:
        return format_list([render(item, lang) for item in self.items], locale=LOCALES[lang])


def listing(items: Iterable[Any]) -> _Listing:
    """Put things in a row as each language does.

    Examples
    --------
    >>> str(listing(["milk", "bread", "tea"]))
    'milk, bread, and tea'
    """
    return _Listing(tuple(items))


def interval(low: Any, high: Any, *, level: float | None = None, dash: bool = False) -> Text:
    """Write an interval in words, or with a dash for tables; ``level`` says how sure.

    Bounds are formatted values (``percent(0.2)``) or plain numbers.

    Examples
    --------
    >>> str(interval(numerals.percent(0.2), numerals.percent(0.31), level=0.95))
    '20% to 31% (95% interval)'
    >>> str(interval(3.24, 3.61, dash=True)), str(interval(-1, 2, dash=True))
    ('3.24–3.61', '−1 to 2')
    """
    raw = getattr(low, "raw", low)
    negative = isinstance(raw, Real) and raw < 0
    bounds = text("common.interval_dash" if dash and not negative else "common.interval", low=low, high=high)
    return bounds if level is None else text("common.interval_with_level", interval=bounds, level=level)


def render(value: Any, lang: str | None = None) -> str:
    """Render anything that a text may hold: a text, a formatted value, a number, or plain text."""
    lang = lang or current()
    if hasattr(value, "in_language"):
        return value.in_language(lang)
    if isinstance(value, Number) and not isinstance(value, bool):
        return numerals.number(value).in_language(lang)
    return clean(value)


def strict() -> bool:
    """Say whether a missing glyph stops the work (tests) or is shown as such (runs)."""
    return os.environ.get("INSIGHT_STRICT") == "1"
