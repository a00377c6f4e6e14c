"""Figures that wait: drawn when shown, once per language, all in one look.

A figure function gets an axes and data::

    @figure(height=4.2)
    def recency(ax, frame, *, lapse_days): ...

Calling it draws nothing yet; it gives a `Figure`, which `insight.report.show` draws in each language,
with what its finding calls the axes. What it says and the source stand in the page's text, not in the picture.
"""

import functools
import hashlib
import io
import os
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import font_manager, style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from PIL import Image

from insight.errors import InsightError
from insight.report.numerals import language
from insight.report.text import Text

_FONTS = Path(__file__).parent / "fonts"
FONTS = (_FONTS / "InsightSans-Regular.ttf", _FONTS / "InsightSansSC-Regular.ttf")
STYLE = Path(__file__).parent / "insight.mplstyle"

ACCENT = "#0b6e75"
CAUTION = "#d17a00"
CAUTION_INK = "#8a4f00"  # for words: dark enough to read
GREY = "#8a97a3"
PALE = "#c9d2d9"
INK = "#1b2733"
PALETTE = ("#0b6e75", "#d17a00", "#5b6abf", "#a33b5e", "#4f8a3c", "#7a5c3e", "#2f8fce", "#8a97a3")
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


@dataclass(frozen=True)
class Drawing:
    """A figure drawn in one language: PNG bytes, size in pixels, digest of what is plotted."""

    png: bytes
    width: int
    height: int
    digest: str


@dataclass(frozen=True)
class Figure:
    """A drawing to be made: what draws it on axes, how large (inches), on how many axes, colours kept."""

    paint: Callable[[Any], Any]
    width: float
    height: float
    layout: tuple[int, int]
    colours: int

    def draw(self, lang: str = "en", *, x: Text | None = None, y: Text | None = None) -> Drawing:
        """Draw it in one language, with labels for the axes across and upwards."""
        _know_fonts()
        with style.context(["default", STYLE]), _glyphs_matter(), language(lang):
            canvas = Canvas(figsize=(self.width, self.height))
            FigureCanvasAgg(canvas)
            axes = canvas.subplots(*self.layout)
            self.paint(axes)
            if x is not None:
                axes.set_xlabel(str(x))
            if y is not None:
                axes.set_ylabel(str(y))
            digest = digest_of(canvas)
            return Drawing(*_png(canvas, colours=self.colours), digest)


def figure(
    paint: Callable[..., Any] | None = None,
    *,
    width: float = 6.4,
    height: float = 3.3,
    layout: tuple[int, int] = (1, 1),
    colours: int = 128,
) -> Callable[..., Any]:
    """Make a function that draws on axes into one that gives a `Figure`.

    Parameters
    ----------
    paint
        Called with an axes (an array of axes where ``layout`` asks for several), then its own arguments.
    width, height
        Inches.
    layout
        Rows and columns of axes.
    colours
        Colours kept in the PNG; 256 for heat maps.
    """
    if paint is None:
        return functools.partial(figure, width=width, height=height, layout=layout, colours=colours)

    @functools.wraps(paint)
    def wait(*args: Any, **options: Any) -> Figure:
        return Figure(lambda axes: paint(axes, *args, **options), width, height, layout, colours)

    return wait


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


def _png(canvas: Canvas, *, colours: int) -> tuple[bytes, int, int]:
    raw = io.BytesIO()
    canvas.savefig(raw, format="png", metadata={"Software": None})
    picture = Image.open(raw).convert("RGB")
    small = picture.quantize(colors=colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    out = io.BytesIO()
    small.save(out, format="PNG", optimize=True)
    return out.getvalue(), *picture.size


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
