"""Which measure each number on a page states: marked while a text is rendered, then taken out of it again.

``catalogue/measures/<subject>.yaml`` says for each place of a text, column of a table and headline which measure of the
dictionary it states, and of what: ``spend_share.low of profile.fifth.5`` is the lower bound of the top fifth's.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from insight.words.numerals import Rounded

MEASURES = Path(__file__).parent / "catalogue" / "measures"
#: Marks of private use, which texts of data cannot hold (`numerals.clean`).
_MARKED = re.compile("\ue000(\\d+)\ue001([^\ue000-\ue002]*)\ue002")
_ENTRY = re.compile(r"(?P<measure>\w+)(?:\.(?P<bound>low|high))?(?: of (?P<scope>.+))?")
_NOTED: ContextVar[list[dict[str, Any]] | None] = ContextVar("insight_noted", default=None)


@dataclass(frozen=True)
class Stated:
    """What a number states: a measure of the dictionary, its value or a bound of it, and of what.

    Examples
    --------
    >>> Stated.read("spend_share.low of quiet")
    Stated(measure='spend_share', bound='low', scope='quiet')
    """

    measure: str
    bound: str = "value"
    scope: str = ""

    @classmethod
    def read(cls, entry: str) -> "Stated":
        """Read an entry of ``catalogue/measures``."""
        found = _ENTRY.fullmatch(entry)
        if found is None:
            raise ValueError(f"words/catalogue/measures: expected `measure of what`, found `{entry}`")
        return cls(found["measure"], found["bound"] or "value", found["scope"] or "")


def find(key: str, place: str) -> Stated | None:
    """Give what a place of an entry states: of the longest beginning of the entry that lists it, else of ``all``.

    Examples
    --------
    >>> find("profile.bands.title.quiet", "quiet.share").measure, find("profile.bands", "largest")
    ('quiet_share', None)
    """
    subject, _, name = key.partition(".")
    parts = name.split(".")
    lists = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    for entries, listed in [*((subject, name) for name in lists), (subject, "all"), ("common", "all")]:
        found = entries_of(entries).get(listed, {})
        if place in found or ("*" in found and name.endswith("columns") and place not in found):
            return Stated.read(found.get(place) or found["*"])
    return None


@cache
def entries_of(subject: str) -> dict[str, dict[str, str]]:
    """Read ``catalogue/measures/<subject>.yaml``; nothing where there is none."""
    path = MEASURES / f"{subject}.yaml"
    return (yaml.safe_load(path.read_text(encoding="utf-8")) or {}) if path.is_file() else {}


@contextmanager
def noting(noted: list[dict[str, Any]] | None) -> Iterator[None]:
    """Mark the numbers of texts rendered meanwhile, and keep here what they state; mark none with None."""
    token = _NOTED.set(noted)
    try:
        yield
    finally:
        _NOTED.reset(token)


def are_noted() -> bool:
    """Say whether numbers are being marked."""
    return _NOTED.get() is not None


def mark(shown: str, value: Any, what: Stated) -> str:
    """Mark a number as it is shown, and keep what it states: its value as rounded, and the step of the rounding."""
    noted = _NOTED.get()
    if noted is None:
        return shown
    noted.append(record(what, shown, value))
    return f"\ue000{len(noted) - 1}\ue001{shown}\ue002"


def record(what: Stated, shown: str, value: Any) -> dict[str, Any]:
    """Describe a number that is shown; ``value`` is a formatted one (`numerals.Value`)."""
    step = getattr(value, "step", None)
    rounded = None if step is None else float(f"{round(float(value.raw) / step) * step:.12g}")
    found: dict[str, Any] = {"measure": what.measure, "bound": what.bound, "scope": what.scope}
    found |= {"shown": shown, "value": rounded, "step": step}
    return found | ({"of_rounded": True} if isinstance(getattr(value, "raw", None), Rounded) else {})


@dataclass(frozen=True)
class Repeated:
    """Words that another page has said, in every language, with what their numbers state."""

    texts: dict[str, str]
    numbers: dict[str, list[dict[str, Any]]]

    @classmethod
    def of(cls, line: Any, part: str) -> "Repeated":
        """Give the sentence, label or note of a headline as it was stated."""
        return cls(line[part], line.get("states", {}).get(part, {}))

    def in_language(self, lang: str) -> str:
        """Give the words, their numbers marked again where numbers are being marked."""
        text, noted = self.texts[lang], _NOTED.get()
        if noted is None:
            return text
        for number in reversed(self.numbers.get(lang, ())):
            noted.append(number)
            start, end = number["start"], number["end"]
            text = f"{text[:start]}\ue000{len(noted) - 1}\ue001{text[start:end]}\ue002{text[end:]}"
        return text

    def translations(self) -> dict[str, str]:
        """Give the words in every language."""
        return self.texts


def taken_apart(marked: str, noted: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Take the marks out of a text: give it as it reads, and what its numbers state, each with where it stands.

    Examples
    --------
    >>> noted = []
    >>> with noting(noted):
    ...     text = "about " + mark("20%", None, Stated("quiet_share"))
    >>> plain, numbers = taken_apart(text, noted)
    >>> plain, numbers[0]["start"], numbers[0]["end"]
    ('about 20%', 6, 9)
    """
    plain, numbers, end = "", [], 0
    for found in _MARKED.finditer(marked):
        plain += marked[end : found.start()]
        numbers.append(noted[int(found[1])] | {"start": len(plain), "end": len(plain) + len(found[2])})
        plain += found[2]
        end = found.end()
    return plain + marked[end:], numbers
