"""Texts of the catalogue, rendered when shown, once per language of a report.

A text is an entry of ``catalogue/<subject>.yaml`` with every language beneath each other; its key is the
subject and the entry's name. Places are ``{name}``, ``{name:format}`` or ``{name.part:format}``.
A name is looked up among the facts given, then in the business that is spoken of (``{who}``: its
noun for customers, ``{counter}``: the Chinese measure word of that noun, ``{currency}``, ``{min_cell}``,
``{as_of:day}``); ``{t.purchases}`` is a term of the business's vocabulary (``catalogue/terms``),
``{t.Purchases}`` the same with a capital letter, and ``{o.happened}`` what is foretold of its customers
(``catalogue/outcomes``): that they left, or responded.
"""

import re
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial, reduce
from numbers import Number, Real
from pathlib import Path
from typing import Any

import yaml
from babel.lists import format_list

from insight.config.definitions import definitions
from insight.words import numerals, stated
from insight.words.context import context
from insight.words.numerals import LOCALES, TranslationError, Value, clean, current

LANGUAGES = tuple(LOCALES)
WORDS = Path(__file__).parent / "catalogue"
#: Beside the marks of numbers (`stated.mark`), where a piece ends and begins.
_ENDS_IN_CHINESE = re.compile("[\u2e80-\u9fff\uff00-\uffef]\ue002? *$")
_BEGINS_IN_CHINESE = re.compile(" *(\ue000\\d+\ue001)?[\u2e80-\u9fff\uff00-\uffef]")
_ENDS_IN_IDEOGRAPH = re.compile("[\u4e00-\u9fff]\ue002?$")
_BEGINS_IN_IDEOGRAPH = re.compile("(\ue000\\d+\ue001)?[\u4e00-\u9fff]")
_ENDS_IN_LATIN = re.compile("[0-9A-Za-z%]\ue002?$")
_BEGINS_IN_LATIN = re.compile("(\ue000\\d+\ue001)?[0-9A-Za-z¥$€£<>−+]")
_BETWEEN_BOUNDS = {"to", "至", "–"}
#: Where the words stand that a place of this kind takes: ``{t.purchases}``, ``{o.happened}``.
_SLOTS: dict[str, Callable[[], str]] = {
    "t": lambda: f"terms/{context().vocabulary}",
    "o": lambda: f"outcomes/{context().outcome}",
}
_OF_THE_BUSINESS = {"who": "customers", "currency": "currency", "min_cell": "min_cell", "as_of": "as_of"}


@dataclass(frozen=True)
class Text:
    """An entry of the catalogue with its facts, to be rendered later, in whatever language is current then."""

    key: str
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        """Render in the current language."""
        return self.in_language(current())

    def in_language(self, lang: str) -> str:
        """Render in one language."""
        rendered, parts = "", list(string.Formatter().parse(self._template(lang)))
        for at, (before, place, spec, _conversion) in enumerate(parts):
            rendered = _joined(rendered, before)
            if place is not None:
                rendered = _joined(rendered, self._fill(place, spec or "", lang, bound=_other_bound(parts, at)))
        return rendered

    def translations(self) -> dict[str, str]:
        """Render in every language: ``{"en": …, "zh": …}``."""
        return {lang: self.in_language(lang) for lang in LANGUAGES}

    def _template(self, lang: str) -> str:
        """Give the text with its places unfilled, in the plural form that the facts ask for."""
        entry = entry_of(self.key)
        if lang not in entry:
            raise TranslationError(f"words: {self.key} has no text in `{lang}`. Add it beneath the other languages.")
        said = entry[lang]
        if isinstance(said, str):
            return said
        form = LOCALES[lang].plural_form(self._fact(entry.get("plural", "n")))
        return said.get(form, said["other"])

    def _fill(self, place: str, spec: str, lang: str, *, bound: str | None = None) -> str:
        kind, _dot, name = place.partition(".")
        if kind in _SLOTS and name:
            return term(name, lang, of=_SLOTS[kind]())
        value = self._formatted(place, spec)
        if bound is not None:
            value, _other = numerals.in_one_unit(value, self._formatted(bound, spec))
        what = self.states(place) if stated.are_noted() and not isinstance(value, Text) else None
        return render(value, lang) if what is None else stated.mark(render(value, lang), _as_number(value), what)

    def _formatted(self, place: str, spec: str) -> Any:
        value = self._fact(place)
        return formatted(value, spec, place=f"{self.key}: {{{place}:{spec}}}") if spec else value

    def states(self, place: str) -> stated.Stated | None:
        """Say which measure a place states, and of what, in the words of the first language."""
        found = stated.find(self.key, place)
        if found is None or not found.scope:
            return found
        with stated.noting(None):
            if has_text(found.scope):
                return replace(found, scope=Text(found.scope, self.facts).in_language(LANGUAGES[0]))
            parts = list(string.Formatter().parse(found.scope))
            if any(name and name.partition(".")[0] not in self.facts for _, name, _, _ in parts):
                return replace(found, scope=self.key)  # nothing that could be taken for the same elsewhere
            told = (
                before + (self._fill(name, spec or "", LANGUAGES[0]) if name else "") for before, name, spec, _ in parts
            )
            return replace(found, scope="".join(told))

    def _fact(self, place: str) -> Any:
        name, *parts = place.split(".")
        if name in self.facts:
            value = self.facts[name]
        elif name in _OF_THE_BUSINESS:
            value = getattr(context(), _OF_THE_BUSINESS[name])
        elif name == "counter":  # of the business's noun for customers: 428 户家庭, but 34 位客户
            own = f"common.counter.{context().customers.in_language('zh')}"
            value = Text(own if has_text(own) else "common.counter")
        else:
            raise TranslationError(f"words: {self.key} needs `{name}`, which is not among its facts.")
        for part in parts:
            value = getattr(value, part)
        return value


def _other_bound(parts: list[tuple[str, str | None, str | None, str | None]], at: int) -> str | None:
    """Name the place of the other bound of an interval: ``{low:compact} to {high:compact}``.

    Examples
    --------
    >>> parts = list(string.Formatter().parse("{mean:compact} ({low:compact} to {high:compact})"))
    >>> [_other_bound(parts, at) for at in range(3)]
    [None, 'high', 'low']
    """
    spec = parts[at][2]
    after, ahead = at + 1 < len(parts) and parts[at + 1], at > 0 and parts[at - 1]
    if after and after[1] and after[0].strip() in _BETWEEN_BOUNDS and after[2] == spec:
        return after[1]
    return ahead[1] if ahead and parts[at][0].strip() in _BETWEEN_BOUNDS and ahead[2] == spec else None


def _joined(left: str, right: str) -> str:
    """Join two pieces of a sentence, spaced as Chinese is set, whatever stood there before.

    Between two Chinese characters there is no space, between one and a number or a Latin word there is one.

    Examples
    --------
    >>> _joined("21 万元", " 至"), _joined("21%", " 至"), _joined("自 ", "今年")
    ('21 万元至', '21% 至', '自今年')
    >>> _joined("自", "2024 年"), _joined("2024", "年"), _joined("（", "2024 年"), _joined("in", "2024")
    ('自 2024 年', '2024 年', '（2024 年', 'in2024')
    """
    if _ENDS_IN_CHINESE.search(left) and _BEGINS_IN_CHINESE.match(right):
        return left.rstrip(" ") + right.lstrip(" ")
    meets = (_ENDS_IN_IDEOGRAPH.search(left) and _BEGINS_IN_LATIN.match(right)) or (
        _ENDS_IN_LATIN.search(left) and _BEGINS_IN_IDEOGRAPH.match(right)
    )
    return f"{left} {right}" if meets else left + right


def text(key: str, /, **facts: Any) -> Text:
    """Give a text of the catalogue with its facts: numbers and days as they are, other texts, or plain text.

    Entry ``window.argued`` of ``catalogue/churn.yaml`` is ``churn.window.argued``.

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
    return Text(key, facts)


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
    if name not in catalogue(subject):
        raise TranslationError(f"words/catalogue/{subject}.yaml: there is no entry `{name}`. Write it there.")
    return catalogue(subject)[name]


@cache
def catalogue(subject: str) -> dict[str, dict[str, Any]]:
    """Read the entries of one subject, ``catalogue/<subject>.yaml``.

    The terms of a kind of business are ``terms/bank``, the words for what is foretold ``outcomes/response``.
    Those of ``definitions`` are the names and definitions of the dictionary's measures, and its owners.
    """
    if subject == "definitions":
        entries = {f"owner.{name}": owner for name, owner in definitions().owners.items()}
        for name, measure in definitions().measures.items():
            entries |= {f"{name}.name": measure.name, f"{name}.definition": measure.definition}
        return {name: words.model_dump() for name, words in entries.items()}
    try:
        given = (WORDS / f"{subject}.yaml").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise TranslationError(f"words/catalogue/{subject}.yaml: there is no such subject.") from None
    return yaml.load(given, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}


@cache
def subjects() -> list[str]:
    """List the subjects that the catalogue speaks of."""
    return sorted(path.stem for path in WORDS.glob("*.yaml"))


def term(name: str, lang: str | None = None, *, of: str = "") -> str:
    """Name a thing as the business that is spoken of does; with a capital letter where ``name`` has one.

    ``of`` is the part of the catalogue that names it; the terms of the business's vocabulary without it.

    Examples
    --------
    >>> term("purchases", "en"), term("Purchases", "en")
    ('purchases', 'Purchases')
    """
    small = name[:1].lower() + name[1:]
    said = Text(f"{of or _SLOTS['t']()}.{small}").in_language(lang or current())
    return said if small == name else said[:1].upper() + said[1:]


# --- formats


def formatted(value: Any, spec: str, *, place: str = "") -> Any:
    """Format a value by the name of a format, with the number of decimals behind it where it takes one.

    Parameters
    ----------
    value
        A number, a share (0 to 1) or a day; several for ``list``. A text or a formatted value stays as it is.
    spec
        ``count``, ``number``, ``percent``, ``hundredths`` and ``thousandths`` (a share as so many of a hundred),
        ``money``, ``compact`` (money in words), ``rounded`` (money to three figures), ``day``, ``month``, ``list``;
        ``percent1`` has one decimal.
    place
        Where the format stands, for the error.

    Examples
    --------
    >>> str(formatted(0.0731, "percent1")), str(formatted(1200, "count")), str(formatted(["tea", "milk"], "list"))
    ('7.3%', '1,200', 'tea and milk')
    """
    if hasattr(value, "in_language"):
        return value
    name, digits = parse_format(spec)
    if name not in FORMATS:
        raise TranslationError(f"words: {place or spec} has an unknown format. Known: {', '.join(FORMATS)}.")
    return FORMATS[name](value, **({} if digits is None else {"digits": digits}))


def parse_format(spec: str) -> tuple[str, int | None]:
    """Take a format apart into its name and its number of decimals.

    Examples
    --------
    >>> parse_format("percent1"), parse_format("day")
    (('percent', 1), ('day', None))
    """
    name = spec.rstrip("0123456789")
    return name, int(spec[len(name) :]) if spec != name else None


def _money(value: Any, **how: Any) -> Value:
    return numerals.money(value, context().currency, **how)


def listing(items: Iterable[Any]) -> Value:
    """Put things in a row as each language does.

    Examples
    --------
    >>> str(listing(["milk", "bread", "tea"])), listing(["茶", "milk"]).in_language("zh")
    ('milk, bread, and tea', '茶和 milk')
    """
    kept = tuple(items)
    return Value(kept, lambda lang: _in_row([render(item, lang) for item in kept], lang))


def _in_row(items: Sequence[str], lang: str) -> str:
    between = string.Formatter().parse(format_list(["{}"] * len(items), locale=LOCALES[lang]))
    pieces = (piece for (before, *_), item in zip(between, items, strict=True) for piece in (before, item))
    return reduce(_joined, pieces, "")


def chain(key: str, parts: Iterable[Any]) -> Any:
    """Join texts one after the other by an entry with places for the ``{first}`` and the ``{second}`` of two.

    Examples
    --------
    >>> str(chain("card.joined", ["one", "two", "three"]))
    'one; two; three'
    """
    return reduce(lambda first, second: text(key, first=first, second=second), parts)


#: Formats by name: what a place in a text, or a column of a table, may be written as.
FORMATS: dict[str, Callable[..., Any]] = {
    "count": numerals.count,
    "number": numerals.number,
    "percent": numerals.percent,
    "hundredths": partial(numerals.out_of, whole=100),
    "thousandths": partial(numerals.out_of, whole=1000),
    "money": _money,
    "compact": lambda value: _money(value, compact=True),
    "rounded": lambda value: numerals.money_to_three_figures(value, context().currency),
    "day": numerals.day,
    "month": lambda value: numerals.day(value, style="month"),
    "list": listing,
}


def interval(low: Any, high: Any, *, level: float | None = None, dash: bool = False) -> Text:
    """Write an interval in words, or with a dash for tables; ``level`` says how sure.

    Bounds are formatted values (``percent(0.2)``) or plain numbers.

    Examples
    --------
    >>> str(interval(numerals.percent(0.2), numerals.percent(0.31), level=0.95))
    '20% to 31% (95% interval)'
    >>> str(interval(3.24, 3.61, dash=True)), str(interval(-1, 2, dash=True))
    ('3.24–3.61', '−1 to 2')
    >>> str(interval(numerals.percent(0.99), numerals.percent(0.9999), dash=True))  # a dash would make an arrow
    '99% to >99.9%'
    """
    raw = getattr(low, "raw", low)
    unclear = (isinstance(raw, Real) and raw < 0) or {"<", ">"} & set(f"{render(low)}{render(high)}")
    bounds = text("common.interval_dash" if dash and not unclear else "common.interval", low=low, high=high)
    return bounds if level is None else text("common.interval_with_level", interval=bounds, level=level)


def told(words: Any) -> tuple[str, list[dict[str, Any]]]:
    """Render words in the current language, and say what the numbers in them state (`stated.record`)."""
    noted: list[dict[str, Any]] = []
    with stated.noting(noted):
        return stated.taken_apart(render(words), noted)


def _as_number(value: Any) -> Any:
    return numerals.number(value) if isinstance(value, Number) and not isinstance(value, bool) else value


def render(value: Any, lang: str | None = None) -> str:
    """Render anything that a text may hold: a text, a formatted value, a number, or plain text."""
    value = _as_number(value)
    return value.in_language(lang or current()) if hasattr(value, "in_language") else clean(value)
