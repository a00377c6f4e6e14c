"""What the pages of a business state, as plain data, and the glossary of the measures that they state."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from insight.config.definitions import definitions
from insight.pages.content import Content
from insight.report.tiles import Tile
from insight.words.numerals import language
from insight.words.text import render, text, word

NAME = "glossary"


def statements(page: str, content: Content, tiles: Sequence[Tile]) -> list[dict[str, Any]]:
    """List every number that a page states: where it stands, its measure and scope, and its value as rounded.

    Returns
    -------
    list of dict
        ``page``, ``finding``, ``part`` (``tile``, ``lead``, ``title``, ``cell``, …), ``measure``, ``bound``
        (``value``, or ``low`` and ``high`` of an interval), ``scope`` (what it is of, empty for the business),
        ``unit``, ``shown``, ``value`` as shown, ``step`` of the rounding, and ``of_rounded`` where it was computed of
        counts that were rounded to fives.
    """
    blocks = [*content.lead, *content.cards, *(block for section in content.sections for block in section.blocks)]
    found = [("tile", "tile", number) for tile in tiles for number in tile.numbers]
    found += [
        (block.about.get("key", ""), block.role or "says" if part == "text" else part, number)
        for block in blocks
        for part, number in block.numbers
    ]
    measures, where = definitions().measures, ("start", "end", "row", "column")
    return [
        {"page": page, "finding": finding, "part": part, "unit": measures[number["measure"]].unit}
        | {name: value for name, value in number.items() if name not in where}
        for finding, part, number in found
    ]


def entries(stated: Iterable[Mapping[str, Any]], *, lang: str) -> list[dict[str, Any]]:
    """Lay out the measures that pages state, in the order of the dictionary, with the pages that each stands on."""
    pages: dict[str, dict[str, None]] = {}
    for each in stated:
        pages.setdefault(each["measure"], {})[each["page"]] = None
    with language(lang):
        return [_entry(name, list(pages[name])) for name in definitions().measures if name in pages]


def _entry(name: str, pages: list[str]) -> dict[str, Any]:
    measure = definitions().measures[name]
    others = {part: getattr(measure, part) for part in ("numerator", "denominator", "within")}
    return {
        "id": name,
        "name": name_of(name),
        "definition": render(text(f"definitions.{name}.definition")),
        "others": {part: (other, name_of(other)) for part, other in others.items() if other},
        "unit": render(word("common.unit", measure.unit)),
        "source": measure.source,
        "owner": render(word("definitions.owner", measure.owner)),
        "pages": pages,
    }


def name_of(measure: str) -> str:
    """Name a measure in the current language."""
    return render(text(f"definitions.{measure}.name"))
