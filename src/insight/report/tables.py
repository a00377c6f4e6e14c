"""Small tables for readers: units in the head, numbers to the right, everything escaped."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any

from insight.report.context import context
from insight.report.numerals import (
    NOTHING,
    clean,
    count,
    currency_symbol,
    current,
    day,
    decimals_for,
    is_missing,
    number,
    percent,
)
from insight.report.text import interval, render, text

if TYPE_CHECKING:
    import pandas as pd

_LONGEST_CELL = 80
_LONGEST_LINE = 48  # a longer cell is a sentence, and wraps
_FORMATS = {"count": count, "number": number, "percent": percent}
_NUMERIC = {"count", "number", "percent", "money"}


@dataclass(frozen=True)
class Col:
    """How one column is shown.

    Parameters
    ----------
    label
        The head, a `Message`; it names the unit.
    kind
        ``text``, ``count``, ``number``, ``percent`` (of shares 0 to 1), ``money`` or ``day``.
    digits
        Decimals. By default what the column's largest value needs for three significant figures.
    currency
        ISO code; its sign is added to the head, not to every cell.
    to
        Name of the column with the upper bound: the cell then shows an interval.
    """

    label: Any
    kind: str = "text"
    digits: int | None = None
    currency: str | None = None
    to: str | None = None

    @classmethod
    def of(cls, shown: "str | Col", label: Any) -> "Col":
        """Read a column as a `Finding` gives it: ``number3 to high``; money is in the currency of the business.

        Examples
        --------
        >>> Col.of("percent1 to high", "Share")
        Col(label='Share', kind='percent', digits=1, currency=None, to='high')
        """
        if isinstance(shown, Col):
            return shown if shown.label is not None else replace(shown, label=label)
        spec, _, to = shown.partition(" to ")
        kind = spec.rstrip("0123456789")
        if kind not in ("text", "day", *_NUMERIC):
            raise ValueError(f"column format {spec!r}: expected text, count, number, percent, money or day")
        digits = int(spec[len(kind) :]) if spec != kind else None
        return cls(label, kind, digits, context().currency if kind == "money" else None, to or None)


@dataclass(frozen=True)
class Grid:
    """A table as rendered in one language: plain text in every place."""

    title: str
    head: tuple[str, ...]
    right: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def as_data(self) -> dict[str, Any]:
        """Describe it as JSON, for an output's metadata."""
        return {
            "title": self.title,
            "head": list(self.head),
            "right": list(self.right),
            "rows": [list(row) for row in self.rows],
            "note": self.note,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Grid":
        """Read back what `as_data` described."""
        rows = tuple(tuple(str(cell) for cell in row) for row in data["rows"])
        return cls(str(data["title"]), tuple(data["head"]), tuple(data["right"]), rows, str(data.get("note", "")))


def grid(frame: "pd.DataFrame", *, title: Any, columns: Mapping[str, Col] | None = None, note: Any = "") -> Grid:
    """Render a frame in the current language.

    ``columns`` chooses and orders; names of index levels may be among them. Cells that are
    messages stay text, missing ones are a dash.

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
    columns = columns or {name: _column(name, flat[name]) for name in flat.columns}
    cells = [_cells(flat, name, col) for name, col in columns.items()]
    head = tuple(_head(col) for col in columns.values())
    right = tuple(col.kind in _NUMERIC for col in columns.values())
    return Grid(render(title), head, right, tuple(zip(*cells, strict=True)), render(note))


def _column(name: Any, values: "pd.Series") -> Col:
    return Col(
        clean(name, longest=_LONGEST_CELL), {"i": "count", "u": "count", "f": "number"}.get(values.dtype.kind, "text")
    )


def _head(col: Col) -> str:
    label = render(col.label)
    if not col.currency:
        return label
    return render(text("common.in_currency", label=label, symbol=currency_symbol(col.currency, current())))


def _cells(frame: "pd.DataFrame", name: str, col: Col) -> list[str]:
    digits = _digits(frame[name], col)
    lows = [_shown(value, col, digits) for value in frame[name]]
    if col.to is None:
        return [render(low) for low in lows]
    highs = [_shown(value, col, digits) for value in frame[col.to]]
    return [
        render(low) if NOTHING in (render(low), render(high)) else render(interval(low, high, dash=True))
        for low, high in zip(lows, highs, strict=True)
    ]


def _shown(value: Any, col: Col, digits: int | None) -> Any:
    if hasattr(value, "in_language"):
        return value
    if is_missing(value):
        return NOTHING
    if col.kind == "day":
        return day(value)
    if col.kind in ("number", "money"):
        return number(value, digits=digits)
    if col.kind == "percent":
        return percent(value, digits=digits)
    return _FORMATS[col.kind](value) if col.kind in _FORMATS else clean(value, longest=_LONGEST_CELL)


def _digits(values: "pd.Series", col: Col) -> int | None:
    """Give one number of decimals to a whole column, so that points stand under one another."""
    if col.digits is not None or col.kind not in ("number", "money"):
        return col.digits
    known = [abs(float(value)) for value in values if not hasattr(value, "in_language") and not is_missing(value)]
    largest = max(known, default=0)
    if all(value == round(value) for value in known):
        return 0
    return min(2, decimals_for(largest)) if col.kind == "money" else decimals_for(largest)


def to_html(shown: Grid) -> str:
    """Write a table that can be scrolled by keyboard and read aloud: caption, scopes, own region."""
    classes = ['<th scope="col" class="r">' if right else '<th scope="col">' for right in shown.right]
    head = "".join(f"{tag}{escape(label)}</th>" for tag, label in zip(classes, shown.head, strict=True))
    body = "".join(_row(row, shown.right) for row in shown.rows)
    note = f'<p class="src">{escape(shown.note)}</p>' if shown.note else ""
    title = escape(shown.title)
    region = f'<div class="scroll" role="region" aria-label="{title}" tabindex="0">'
    return (
        f"{region}<table><caption>{title}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{note}"
    )


def _row(row: tuple[str, ...], right: tuple[bool, ...]) -> str:
    cells = [_cell(cell, is_right) for cell, is_right in zip(row[1:], right[1:], strict=True)]
    first = '<th scope="row" class="r">' if right[0] else '<th scope="row">'
    return f"<tr>{first}{escape(row[0])}</th>{''.join(cells)}</tr>"


def _cell(cell: str, is_right: bool) -> str:
    """Write a cell; a sentence breaks into lines, where words and numbers stay on one."""
    kind = ' class="r"' if is_right else ' class="w"' if _width(cell) > _LONGEST_LINE else ""
    return f"<td{kind}>{escape(cell)}</td>"


def to_text(shown: Grid) -> str:
    """Write a table as aligned plain text; Chinese characters count as two columns."""
    lines = [shown.head, *shown.rows]
    widths = [max(_width(line[place]) for line in lines) for place in range(len(shown.head))]
    text = ["  ".join(map(_pad, line, widths, shown.right)).rstrip() for line in lines]
    return "\n".join([shown.title, *text, *([shown.note] if shown.note else [])])


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in text)


def _pad(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space
