"""Sentences in the languages of a report: written once in English, rendered in each.

``_("{share} of {customers} bought", share=percent(0.82), customers="households")`` is a `Message`:
nothing is rendered until it is shown, once per language. Translations are the ``.po`` files under
``locale/zh/``, one per subject, read as they are.
"""

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

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
from insight.report.text import interval, listing, render, strict

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
