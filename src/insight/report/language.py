"""Sentences in the languages of a report: written once in English, rendered in each.

``_("{share} of {customers} bought", share=percent(0.82), customers="households")`` is a `Message`:
nothing is rendered until it is shown, once per language. Translations are the ``.po`` files under
``locale/zh/``, one per subject, read as they are.
"""

import os
import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from numbers import Number
from pathlib import Path
from typing import Any

from babel.lists import format_list
from babel.messages.pofile import read_po

from insight.report.numerals import (
    LOCALES,
    TranslationError,
    Value,
    clean,
    count,
    current,
    day,
    language,
    money,
    number,
    percent,
)

__all__ = [
    "LANGUAGES", "Message", "TranslationError", "Value", "_", "_n", "catalogue", "clean", "count", "current",
    "day", "interval", "language", "listing", "money", "number", "percent", "placeholders", "render",
    "strict",
]  # fmt: skip

LANGUAGES = tuple(LOCALES)
_PLACE = re.compile(r"\{\w+\}")
_LOCALE_FOLDER = Path(__file__).parent / "locale"


@dataclass(frozen=True)
class Message:
    """A text to be rendered later, in whatever language is current then.

    Two messages are the same when their text and their values are. Values may be messages,
    formatted values, anything with ``in_language(lang)``, or plain text.
    """

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    plural: str | None = None
    n: int | None = None

    def __str__(self) -> str:
        """Render in the current language."""
        return self.in_language(current())

    def __hash__(self) -> int:
        """Messages with the same English text share a bucket; enough for dictionaries of labels."""
        return hash((self.text, self.plural))

    def in_language(self, lang: str) -> str:
        """Render in one language."""
        values = {name: render(value, lang) for name, value in self.values.items()}
        return self._template(lang).format(**values)

    def translations(self) -> dict[str, str]:
        """Render in every language: ``{"en": …, "zh": …}``."""
        return {lang: self.in_language(lang) for lang in LANGUAGES}

    def _template(self, lang: str) -> str:
        english = self.text if self.plural is None or self.n == 1 else self.plural
        if lang == "en":
            return english
        found = catalogue(lang).get(self.text)
        if found:
            return found
        if not any(mark.isalpha() for mark in _PLACE.sub("", english)):
            return english  # "{low}–{high}" is the same in every language
        if strict():
            raise TranslationError(
                f"locale/{lang} — no translation of {self.text!r}; add it to the .po file of its subject"
            )
        return f"[{english}]"


def _(text: str, /, **values: Any) -> Message:
    """Make a message; ``{name}`` places stand for the values.

    Examples
    --------
    >>> str(_("{share} of {who}", share=percent(0.25), who="households"))
    '25% of households'
    """
    return Message(text, values)


def _n(one: str, many: str, n: int, /, **values: Any) -> Message:
    """Make a message that depends on a number; ``{n}`` is that number, formatted.

    Examples
    --------
    >>> print(_n("{n} row", "{n} rows", 1), "and", _n("{n} row", "{n} rows", 1200))
    1 row and 1,200 rows
    """
    return Message(one, {"n": count(n), **values}, plural=many, n=int(n))


@dataclass(frozen=True)
class _Listing:
    items: tuple[Any, ...]

    def __str__(self) -> str:
        return self.in_language(current())

    def in_language(self, lang: str) -> str:
        return format_list([render(item, lang) for item in self.items], locale=LOCALES[lang])


def interval(low: Any, high: Any, *, level: float | None = None, dash: bool = False) -> Any:
    """Write an interval in words, or with a dash for tables; ``level`` says how sure.

    Bounds are formatted values (``percent(0.2)``) or plain numbers.

    Examples
    --------
    >>> str(interval(percent(0.2), percent(0.31), level=0.95))
    '20% to 31% (95% interval)'
    >>> str(interval(3.24, 3.61, dash=True)), str(interval(-1, 2, dash=True))
    ('3.24–3.61', '−1 to 2')
    """
    raw = getattr(low, "raw", low)
    negative = isinstance(raw, Number) and raw < 0
    bounds = {"low": low, "high": high}
    text = Message("{low}–{high}", bounds) if dash and not negative else _("{low} to {high}", **bounds)
    return text if level is None else _("{interval} ({level} interval)", interval=text, level=percent(level))


def listing(items: Iterable[Any]) -> _Listing:
    """Put things in a row as each language does.

    Examples
    --------
    >>> str(listing(["milk", "bread", "tea"]))
    'milk, bread, and tea'
    """
    return _Listing(tuple(items))


def render(value: Any, lang: str | None = None) -> str:
    """Render anything a message may hold: a message, a formatted value, or text."""
    lang = lang or current()
    if hasattr(value, "in_language"):
        return value.in_language(lang)
    if isinstance(value, Number) and not isinstance(value, bool):
        return number(value).in_language(lang)
    return clean(value)


def strict() -> bool:
    """Say whether a missing translation or glyph stops the work (tests) or is shown as such (runs)."""
    return os.environ.get("INSIGHT_STRICT") == "1"


@cache
def catalogue(lang: str) -> dict[str, str]:
    """Read every catalogue of a language: English text to translation.

    Raises
    ------
    TranslationError
        When two files translate the same text differently.
    """
    merged: dict[str, str] = {}
    for path in sorted((_LOCALE_FOLDER / lang).glob("*.po")):
        with path.open("rb") as file:
            entries = read_po(file, locale=str(LOCALES[lang]))
        for entry in entries:
            text = entry.id[0] if isinstance(entry.id, tuple) else entry.id
            translated = entry.string[0] if isinstance(entry.string, tuple) else entry.string
            if not text or not translated or entry.fuzzy:
                continue
            if merged.setdefault(text, translated) != translated:
                raise TranslationError(f"locale/{lang}/{path.name} — {text!r} is translated otherwise elsewhere")
    return merged


def placeholders(text: str) -> set[str]:
    """Name the places of a text that values go into.

    Examples
    --------
    >>> sorted(placeholders("{low} to {high}"))
    ['high', 'low']
    """
    return {name for _text, name, _spec, _kind in string.Formatter().parse(text) if name}
