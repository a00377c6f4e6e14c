"""Figures that wait: drawn when shown, once per language and form, all in one look.

A figure function gets an axes and data::

    @figure(height=4.2)
    def recency(ax, frame, *, lapse_days): ...

Calling it draws nothing yet; it gives a `Figure`, which `insight.report.show` draws in each language,
with what its finding calls the axes. What it says and the source stand in the page's text, not in the picture.

A page carries two forms, for a desk and for a phone, of the same letters: its width chooses. What is written makes
itself room: `_fit` gives rows the height that their names need, and leaves out ticks that would run into each other.
"""

import functools
import hashlib
import io
import itertools
import os
import re
import unicodedata
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import font_manager, rcParams, style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.category import StrCategoryLocator
from matplotlib.figure import Figure as Canvas
from matplotlib.text import Annotation
from matplotlib.text import Text as Label
from matplotlib.ticker import FixedLocator, ScalarFormatter

from insight.errors import InsightError
from insight.words.numerals import language
from insight.words.text import Text

_FONTS = Path(__file__).parent / "fonts"
FONTS = (_FONTS / "InsightSans-Regular.ttf", _FONTS / "InsightSansSC-Regular.ttf")
STYLE = Path(__file__).parent / "insight.mplstyle"

#: Inches across of a figure on a desk and on a phone.
WIDE, NARROW = 7.6, 3.5
#: Points from line to line.
LINE = 15
_POINTS, _MARK = 72, 5.6  # to the inch; across a mark of type
_AROUND, _APART = 0.6, 4  # inches for what stands above and below rows; points between labels of ticks

ACCENT = "#0b6e75"
CAUTION = "#a35a00"
CAUTION_INK = "#8a4f00"  # for words: dark enough to read
GREY = "#8a97a3"
PALE = "#c9d2d9"
INK = "#1b2733"
PALETTE = ("#0b6e75", "#a35a00", "#5b6abf", "#a33b5e", "#4f8a3c", "#7a5c3e", "#2f8fce", "#8a97a3")
LEADS = "leads"  #: marks a line that leads to a name: where names stand differs between languages, and says nothing
_FIXED = {"prospect": 6, "acquired": 2, "experiencing": 4, "maintained": 0, "lost": 1, "won back": 3}


class GlyphError(InsightError):
    """A figure holds a character that no packaged font can draw."""


def colour_of(group: Any) -> str:
    """Give a group its colour, the same in every report: by its number, its stage, or its name.

    Examples
    --------
    >>> colour_of(1) == colour_of("1") == PALETTE[0]
    True
    >>> colour_of("DELI") == colour_of("DELI")
    True
    """
    name = str(getattr(group, "key", getattr(group, "text", group))).rpartition(".")[2].strip().lower()
    if name.isdigit():
        return PALETTE[(int(name) - 1) % len(PALETTE)]
    return PALETTE[_FIXED.get(name, zlib.crc32(name.encode()) % len(PALETTE))]


class _Thousands(ScalarFormatter):
    """Numbers along an axis as a text has them: thousands apart, no powers of ten."""

    def __init__(self) -> None:
        super().__init__(useOffset=False)
        self.set_scientific(False)

    def __call__(self, value: float, place: int | None = None) -> str:
        """Write a tick, a comma between thousands before the point."""
        whole, point, decimals = super().__call__(value, place).partition(".")
        return re.sub(r"\B(?=(\d{3})+$)", ",", whole) + point + decimals


@dataclass(frozen=True)
class Drawing:
    """A figure drawn in one language: as SVG for a desk and for a phone, with a digest of what is plotted."""

    wide: str
    narrow: str
    digest: str


@dataclass(frozen=True)
class Figure:
    """A drawing to be made: what draws it on axes, and how high it is at least (inches)."""

    paint: Callable[[Any], Any]
    height: float

    def draw(self, lang: str = "en", *, x: Text | None = None, y: Text | None = None) -> Drawing:
        """Draw it in one language, with labels for the axes across and upwards."""
        wide, digest = self._drawn("svg", WIDE, lang, x, y)
        return Drawing(wide.decode(), self._drawn("svg", NARROW, lang, x, y)[0].decode(), digest)

    def picture(self, lang: str = "en", *, x: Text | None = None, y: Text | None = None) -> bytes:
        """Draw it as PNG, for where the fonts of the pages are not at hand."""
        return self._drawn("png", WIDE, lang, x, y)[0]

    def _drawn(self, form: str, width: float, lang: str, x: Text | None, y: Text | None) -> tuple[bytes, str]:
        _know_fonts()
        with style.context(["default", STYLE]), _glyphs_matter(), language(lang):
            canvas = Canvas(figsize=(width, self.height))
            drawn_by = FigureCanvasSVG(canvas) if form == "svg" else FigureCanvasAgg(canvas)
            axes = canvas.subplots()
            self.paint(axes)
            for axis in (axes.xaxis, axes.yaxis):
                if type(axis.get_major_formatter()) is ScalarFormatter:
                    axis.set_major_formatter(_Thousands())
            if x is not None:
                axes.set_xlabel(wrapped(str(x), 0.75 * width * _POINTS))
            if y is not None:
                axes.set_ylabel(wrapped(str(y), 0.75 * self.height * _POINTS))
            digest, out = digest_of(canvas), io.BytesIO()
            if isinstance(drawn_by, FigureCanvasSVG):
                _fit(canvas, axes)
                canvas.set_layout_engine("none")  # it is laid out: to save it would do that again, and draw it twice
                drawn_by.print_svg(out, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
            else:  # a browser finds fonts for the others itself
                _find_fonts(canvas)
                _fit(canvas, axes)
                canvas.savefig(out, format=form, metadata={"Software": None})
            return out.getvalue(), digest


def figure(paint: Callable[..., Any] | None = None, *, height: float = 3.3) -> Callable[..., Any]:
    """Make a function that draws on axes into one that gives a `Figure`.

    Parameters
    ----------
    paint
        Called with an axes, then its own arguments.
    height
        Inches; more where the names of its rows need more.
    """
    if paint is None:
        return functools.partial(figure, height=height)

    @functools.wraps(paint)
    def wait(*args: Any, **options: Any) -> Figure:
        return Figure(lambda axes: paint(axes, *args, **options), height)

    return wait


def size_of(axes: Any) -> tuple[float, float]:
    """Give a figure's width and height in points, the unit of type."""
    return tuple(_POINTS * axes.figure.get_size_inches())


def give_height(axes: Any, points: float) -> float:
    """Make axes at least so many points high, and the figure with them; give how high they are then."""
    canvas = axes.get_figure(root=True)
    canvas.draw_without_rendering()
    height = _POINTS * axes.get_window_extent().height / canvas.dpi - 2 * LINE  # what the axis is called comes yet
    missing = max(0.0, points - height)
    canvas.set_figheight(canvas.get_figheight() + missing / _POINTS)
    return height + missing


def is_narrow(axes: Any) -> bool:
    """Say whether a figure is drawn for a phone."""
    return size_of(axes)[0] < _POINTS * (WIDE + NARROW) / 2


def wrapped(words: str, points: float) -> str:
    r"""Break words into lines of so many points at most; Chinese between any two characters.

    Examples
    --------
    >>> wrapped("share of customers who return", 80)
    'share of\ncustomers who\nreturn'
    >>> wrapped("PURCHASES_PER_MONTH", 80)
    'PURCHASES_PER_\nMONTH'
    """
    lines, most = [""], points / _MARK
    for part in _parts(words):
        if lines[-1] and _marks(lines[-1] + part.rstrip()) > most:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.strip() for line in lines)


def _parts(words: str) -> Iterator[str]:
    """Cut words where a line may end: after a space or an underscore, and after a Chinese sign before a letter."""
    part = ""
    for mark, following in zip(words, [*words[1:], ""], strict=True):
        part += mark
        is_cut = unicodedata.east_asian_width(mark) in "WF" and unicodedata.category(following or "a").startswith("L")
        if mark in " _" or is_cut or not following:
            yield part
            part = ""


def _marks(words: str) -> float:
    return sum(1.9 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in words)


def _fit(canvas: Canvas, axes: Any) -> None:
    """Give rows the height that their names need, and leave out ticks that run into others; all is laid out then."""
    if rows := _names(axes.yaxis):
        legends = sum(legend.get_window_extent().height / canvas.dpi for legend in canvas.legends)
        needed = 1.1 * LINE * max(name.count("\n") + 1 for name in rows) * len(rows) / _POINTS
        canvas.set_figheight(max(canvas.get_figheight(), legends + needed + _AROUND))
    canvas.draw_without_rendering()
    if _run_together(axes.xaxis) and (names := _names(axes.xaxis)):
        across = 0.9 * axes.bbox.width / canvas.dpi * _POINTS / len(names)
        axes.set_xticks(axes.get_xticks(), [wrapped(name, across) for name in names])
        canvas.draw_without_rendering()
        if _run_together(axes.xaxis):
            axes.set_xticks(axes.get_xticks(), names, rotation=90)
            canvas.draw_without_rendering()
    while _run_together(axes.xaxis) and len(axes.get_xticks()) > 2 and not axes.get_xticklabels()[0].get_rotation():
        low, high = axes.get_xlim()
        axes.set_xticks([tick for tick in axes.get_xticks() if low <= tick <= high][::2])
        canvas.draw_without_rendering()
    _keep_off_ticks(axes)


def _keep_off_ticks(axes: Any) -> None:
    """Move notes that lie over the labels of the axis upwards to the right of these."""
    low, high = sorted(axes.get_ylim())
    labels = zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
    ticks = [label.get_window_extent() for tick, label in labels if label.get_text() and low <= tick <= high]
    to_points = _POINTS / axes.get_figure(root=True).dpi
    for note in (one for one in axes.texts if isinstance(one, Annotation) and one.anncoords == "offset points"):
        box = note.get_window_extent()
        if under := [tick.x1 - box.x0 for tick in ticks if box.overlaps(tick)]:
            note.xyann = (note.xyann[0] + max(under) * to_points + _APART, note.xyann[1])


def _names(axis: Any) -> list[str]:
    """Give the labels of an axis whose places have names, not values."""
    labels = [label.get_text() for label in axis.get_ticklabels()]
    is_named = isinstance(axis.get_major_locator(), FixedLocator | StrCategoryLocator)
    return labels if is_named and any(mark.isalpha() for label in labels for mark in label) else []


def _run_together(axis: Any) -> bool:
    """Say whether labels of an axis overlap their neighbours, or nearly."""
    (low, high), labels = sorted(axis.get_view_interval()), zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
    boxes = [label.get_window_extent() for place, label in labels if label.get_text() and low <= place <= high]
    spans = sorted((box.x0, box.x1) for box in boxes)
    return any(second[0] - first[1] < _APART for first, second in itertools.pairwise(spans))


def digest_of(canvas: Canvas) -> str:
    """Fingerprint the plotted data, to six significant digits; texts and colours do not count."""
    told = hashlib.sha256()
    for axes in canvas.axes:
        for values in _plotted(axes):
            numbers: np.ndarray = np.ma.filled(np.ma.asarray(values, dtype=float), np.nan).ravel()
            told.update(" ".join(f"{number + 0.0:.6g}" for number in numbers).encode() + b"\n")
    return told.hexdigest()[:12]


def _plotted(axes: Any) -> Iterable[Any]:
    for line in axes.lines:
        if line.get_gid() == LEADS:
            continue
        yield np.asarray(line.get_xydata(), dtype=float)
    for patch in axes.patches:
        yield patch.get_path().vertices
        yield patch.get_patch_transform().get_matrix()
    for collection in axes.collections:
        yield collection.get_offsets()
        for path in collection.get_paths():
            yield path.vertices
        if collection.get_array() is not None:
            yield collection.get_array()
    for image in axes.images:
        yield image.get_array()


@functools.cache
def _know_fonts() -> None:
    for path in FONTS:
        font_manager.fontManager.addfont(path)


def _find_fonts(canvas: Canvas) -> None:
    """Let fonts of this machine draw what no packaged one has: names from the data may be of any script."""
    packaged = [font_manager.get_font(path) for path in FONTS]
    for label in canvas.findobj(Label):
        others = [mark for mark in label.get_text() if not any(font.get_char_index(ord(mark)) for font in packaged)]
        if found := [name for mark in dict.fromkeys(others) if mark.isprintable() and (name := _font_with(mark))]:
            label.set_fontfamily([*rcParams["font.family"], *found])


@functools.cache
def _font_with(mark: str) -> str | None:
    """Name a font of this machine that has a character, an upright one where there is."""
    known = [font for font in font_manager.fontManager.ttflist if "Last Resort" not in font.name]  # which has boxes
    upright = sorted(known, key=lambda font: (font.style != "normal", font.weight != 400, font.name))
    return next((font.name for font in upright if font_manager.get_font(font.fname).get_char_index(ord(mark))), None)


@contextmanager
def _glyphs_matter() -> Iterator[None]:
    """Stop at a character that no packaged font has, in tests; in a run a name from the data gets a box."""
    with warnings.catch_warnings():
        is_strict = os.environ.get("INSIGHT_STRICT") == "1"
        warnings.filterwarnings("error" if is_strict else "ignore", message="Glyph .* missing")
        try:
            yield
        except UserWarning as missing:
            raise GlyphError(f"figure — {missing}") from None
