"""Small tables for readers: units in the head, numbers to the right, everything escaped."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from babel.numbers import get_currency_symbol

from insight.report.disclosure import BASE
from insight.words import stated
from insight.words.context import context
from insight.words.numerals import LOCALES, NOTHING, Value, clean, current, decimals_for, is_missing, language, number
from insight.words.text import LANGUAGES, Text, formatted, interval, parse_format, render, text, told

if TYPE_CHECKING:
    import pandas as pd

_LONGEST_CELL = 80
_LONGEST_LINE = 48  # a longer cell is a sentence, and wraps
_SENTENCE = 20  # the narrowest line of a sentence
_FEWEST_MARKS = {False: 12, True: 8}  # a narrower column of text, or head of numbers, is a tower of words
_MARK, _COLUMN_GAP = 0.56, 1.25  # rem: a digit, the space between columns
#: The widths in rem from which on the style sheet lays a table out in columns; one that needs more is always stacked.
_FITS = {"small": 20, "medium": 38, "wide": 48, "large": 58}
_NUMERIC = {"count", "number", "percent", "hundredths", "money"}
_KIND_OF_DTYPE = {"i": "count", "u": "count", "f": "number"}


@dataclass(frozen=True)
class Col:
    """How one column is shown.

    Parameters
    ----------
    label
        The head; it names the unit.
    kind
        ``text``, ``count``, ``number``, ``percent`` (of shares 0 to 1), ``hundredths`` (their differences, in points),
        ``day``, or ``money``: the sign of the business's currency is added to the head, not to every cell.
    digits
        Decimals. By default what the column's largest value needs for three significant figures.
    to
        Name of the column with the upper bound: the cell then shows an interval.
    """

    label: Any
    kind: str = "text"
    digits: int | None = None
    to: str | None = None

    @classmethod
    def of(cls, shown: "str | Col", label: Any) -> "Col":
        """Read a column as a `Finding` gives it: ``number3 to high``.

        Examples
        --------
        >>> Col.of("percent1 to high", "Share")
        Col(label='Share', kind='percent', digits=1, to='high')
        """
        if isinstance(shown, Col):
            return shown if shown.label is not None else replace(shown, label=label)
        spec, _, to = shown.partition(" to ")
        kind, digits = parse_format(spec)
        if kind not in ("text", "day", *_NUMERIC):
            raise ValueError(f"column format {spec!r}: expected text, count, number, percent, hundredths, money or day")
        return cls(label, kind, digits, to or None)


@dataclass(frozen=True)
class Grid:
    """A table as rendered in one language: plain text in every place, as it stands in an output's metadata.

    ``measures`` are those that the columns state, empty where one states none; ``numbers`` is what each number in the
    table states (`stated.record`), ``title_numbers`` and ``note_numbers`` what those of the title and the note do,
    and ``word_numbers`` those within words, each with the ``row`` and ``column`` of its cell.
    """

    title: str
    head: list[str]
    right: list[bool]
    rows: list[list[str]]
    note: str = ""
    measures: list[str] = field(default_factory=list)
    numbers: list[dict[str, Any]] = field(default_factory=list)
    title_numbers: list[dict[str, Any]] = field(default_factory=list)
    note_numbers: list[dict[str, Any]] = field(default_factory=list)
    word_numbers: list[dict[str, Any]] = field(default_factory=list)


def grid(
    frame: "pd.DataFrame",
    *,
    title: Any,
    columns: Mapping[str, Col] | None = None,
    note: Any = "",
    key: str = "",
    rounded: str | None = None,
) -> Grid:
    """Render a frame in the current language.

    ``columns`` chooses and orders; names of index levels may be among them. Cells that are
    texts stay so, missing ones are a dash. ``key`` is that of the finding whose columns state measures;
    ``rounded`` the column of counts that small groups were suppressed by, which made the others be rounded.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"tier": ["best", "rest"], "share": [0.551, 0.449], "n": [494, None]})
    >>> shown = grid(frame, title="Sales", columns={
    ...     "tier": Col("Tier"), "n": Col("Households", "count"), "share": Col("Share of sales", "percent")})
    >>> print(to_text(shown))
    Sales
    Tier  Households  Share of sales
    best         494             55%
    rest           –             45%
    """
    flat = frame if columns is None or set(columns) <= set(frame.columns) else frame.reset_index()
    columns = columns or {
        name: Col(clean(name, longest=_LONGEST_CELL), _KIND_OF_DTYPE.get(flat[name].dtype.kind, "text"))
        for name in flat.columns
    }
    names = [_head(col) for col in columns.values()]
    # numbers of several columns are told apart by their heads as the catalogue has them, as other places call them
    head = [_capital(label, col) for label, col in zip(names, columns.values(), strict=True)]
    right = [col.kind in _NUMERIC or _all_numbers(flat[name]) for name, col in columns.items()]
    states = [
        Text(f"{key}.columns", {}).states(str(name)) if col.kind in _NUMERIC else None for name, col in columns.items()
    ]
    told_of = [what.measure for what in states if what is not None]
    cells = [_cells(flat, name, col) for name, col in columns.items()]
    of_what = _labels(flat, columns)
    coarse = {rounded: {"step": float(BASE)}}
    numbers = [
        number | {"of_rounded": True} | coarse.get(name, {}) if rounded and number["value"] is not None else number
        for (name, col), what, label in zip(columns.items(), states, names, strict=True)
        if what is not None
        for number in _numbers(flat, name, col, what, of_what, label if told_of.count(what.measure) > 1 else "")
    ]
    words, notes = told(title), told(note)
    measures = ["" if what is None else what.measure for what in states]
    rows = [list(row) for row in zip(*cells, strict=True)]
    within = [
        number | {"row": row, "column": place}
        for place, (name, col) in enumerate(columns.items())
        if col.kind == "text"
        for row, cell in enumerate(flat[name])
        for number in told(cell)[1]
    ]
    return Grid(words[0], head, right, rows, notes[0], measures, numbers, words[1], notes[1], within)


def _all_numbers(cells: "pd.Series") -> bool:
    """Say whether a column holds numbers alone, each written in its own way."""
    shown = [cell for cell in cells if not is_missing(getattr(cell, "raw", cell))]
    numbers = [isinstance(cell, Value) and isinstance(cell.raw, (Real, Decimal)) for cell in shown]
    return bool(shown) and all(numbers)


def _labels(flat: "pd.DataFrame", columns: Mapping[str, Col]) -> list[str]:
    """Name what each row is about, in the first language: by its texts before the first number, else by that number."""
    kinds = [col.kind in _NUMERIC for col in columns.values()]
    texts = kinds.index(True) if True in kinds else len(kinds)
    with language(LANGUAGES[0]):
        cells = [_cells(flat, name, col) for name, col in list(columns.items())[: max(texts, 1)]]
        return [", ".join(render(part) for part in row) for row in zip(*cells, strict=True)]


def _numbers(
    flat: "pd.DataFrame", name: str, col: Col, what: stated.Stated, of_what: list[str], label: str
) -> Iterator[dict[str, Any]]:
    """Describe what the numbers of a column state: of each row, of the column where several state the same, of what."""
    digits = _digits(flat[name], col)
    ends = {"value": name} if col.to is None else {"low": name, "high": col.to}
    for bound, column in ends.items():
        for row, value in zip(of_what, flat[column], strict=True):
            if not is_missing(value):  # a group that is hidden states its measure without a value
                number = _shown(value, col.kind, digits)
                scope = " / ".join(filter(None, (row, label, what.scope)))
                yield stated.record(replace(what, bound=bound, scope=scope), render(number), number)


def _head(col: Col) -> str:
    label = render(col.label)
    if col.kind != "money":
        return label
    symbol = get_currency_symbol(context().currency, locale=LOCALES[current()])
    return render(text("common.in_currency", label=label, symbol=symbol))


def _capital(label: str, col: Col) -> str:
    """Begin a head with a capital (E-mail); not a symbol of one letter, a name in capitals, or what was delivered."""
    is_word = label[1:].removeprefix("-")[:1].islower()
    return label[:1].upper() + label[1:] if isinstance(col.label, Text) and is_word else label


def _cells(frame: "pd.DataFrame", name: str, col: Col) -> list[str]:
    digits = _digits(frame[name], col)
    lows = [_shown(value, col.kind, digits) for value in frame[name]]
    if col.to is None:
        return [render(low) for low in lows]
    highs = [_shown(value, col.kind, digits) for value in frame[col.to]]
    return [
        render(low) if NOTHING in (render(low), render(high)) else render(interval(low, high, dash=True))
        for low, high in zip(lows, highs, strict=True)
    ]


def _shown(value: Any, kind: str, digits: int | None) -> Any:
    if hasattr(value, "in_language"):
        return value
    if is_missing(value):
        return NOTHING
    if kind in ("number", "money"):  # a sign in the head
        return number(value, digits=digits)
    if kind == "text":
        return clean(value, longest=_LONGEST_CELL)
    return formatted(value, kind if digits is None else f"{kind}{digits}")


def _digits(values: "pd.Series", col: Col) -> int | None:
    """Give one number of decimals to a whole column, so that points stand under one another."""
    if col.digits is not None or col.kind not in ("number", "money"):
        return col.digits
    known = [abs(float(value)) for value in values if not hasattr(value, "in_language") and not is_missing(value)]
    if all(value == round(value) for value in known):
        return 0
    return min(2 if col.kind == "money" else 6, decimals_for(max(known)))


def to_html(shown: Grid | Mapping[str, Any], *, glossary: str = "") -> str:
    """Write a table, also one from an output's metadata; its class says from which width on its columns fit.

    ``glossary`` is the page that heads of columns link to, where there is one.
    """
    shown = shown if isinstance(shown, Grid) else Grid(**shown)
    fit = next((name for name, most in _FITS.items() if _needed(shown) <= most), "none")
    return _template().render(grid=shown, glossary=glossary, fit=fit, look=_look)


def _look(text: str, right: bool) -> str:
    """Give the class of a text's least width: short ones are not broken, long ones are sentences."""
    width = _width(text)
    return "s" if width <= _FEWEST_MARKS[right] else "w" if width > _LONGEST_LINE and not right else ""


def _needed(shown: Grid) -> float:
    """Estimate the least width of a table in rem: numbers are not broken, words are not, sentences may be."""
    columns = zip(shown.head, shown.right, *shown.rows, strict=True)
    return sum(
        _COLUMN_GAP + _MARK * max(_least(head, _FEWEST_MARKS[right]), *_cells_need(cells, right, names=place == 0), 0)
        for place, (head, right, *cells) in enumerate(columns)
    )


def _cells_need(cells: list[str], right: bool, *, names: bool) -> list[int]:
    if right:
        return [_width(cell) for cell in cells]
    few = _FEWEST_MARKS[right]
    return [_least(cell, _SENTENCE if _width(cell) > _LONGEST_LINE and not names else few) for cell in cells]


def _least(text: str, fewest: int) -> int:
    """Give the columns of type that a text needs at least: its longest word, or ``fewest`` if it has so many."""
    words = "".join(f" {mark} " if unicodedata.east_asian_width(mark) in "WF" else mark for mark in text).split()
    return max(min(_width(text), fewest), *map(_width, words), 0)


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    return jinja2.Environment(loader=loader, autoescape=True).get_template("table.html.j2")


def to_text(shown: Grid) -> str:
    """Write a table as aligned plain text; Chinese characters count as two columns."""
    lines = [shown.head, *shown.rows]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    text = ["  ".join(map(_pad, line, widths, shown.right)).rstrip() for line in lines]
    return "\n".join([shown.title, *text, *([shown.note] if shown.note else [])])


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in text)


def _pad(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space
