"""Forms that figures of several subjects are drawn in: pairs of bars, dots with intervals, grids of shares."""

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator, PercentFormatter
from matplotlib.transforms import offset_copy
from scipy.optimize import isotonic_regression

from insight.report.plot import (
    ACCENT,
    CAUTION,
    CAUTION_INK,
    GREY,
    INK,
    LEADS,
    LINE,
    give_height,
    is_narrow,
    size_of,
    wrapped,
)
from insight.words.numerals import percent
from insight.words.text import render, text

_ACROSS = 17  # points across the mark of a group, where columns are wide enough
_LEADER = 9  # points of a line from the end of what is drawn to its name
_BETWEEN = 0.35  # of a line between names: which lines are one name can then be seen
_BETWEEN_ROWS = 0.8  # of a line between the longest names of rows
_BESIDE_VALUES = 0.16  # of what is drawn, on either side of it on a phone: half of a value above its dot
#: A value above its dot, on white: no line of the axes goes through its figures.
_ABOVE_DOT: dict[str, Any] = {
    "ha": "center", "va": "baseline", "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 0.6},
}  # fmt: skip
_OVER_VALUES = 4  # the white behind a value hides lines of the axes, no dot and no interval
_ABOVE: dict[str, Any] = {"loc": "outside upper left", "columnspacing": 1.4, "borderaxespad": 0}

#: From pale to dark, for grids.
RAMP = LinearSegmentedColormap.from_list("insight", ["#f4f7f9", "#7fb3b7", ACCENT, "#053d41"])

#: From far below through nothing to far above, for grids of distances.
APART = LinearSegmentedColormap.from_list("apart", ["#a35a00", "#e3b98a", "#f7f9fa", "#7fb3b7", ACCENT])

#: Twelve marks for groups, a colour with a shape each. Any two differ in colour, and two of one shape do so for who
#: sees no red or no green, too (a test); a letter within says which is which.
MARKS = (
    *(("#0b6e75", "o"), ("#a33b5e", "s"), ("#a35a00", "o"), ("#2f8fce", "s"), ("#7b2d8b", "o"), ("#4f8a3c", "s")),
    *(("#c9509a", "o"), ("#8a7d14", "s"), ("#5b6abf", "o"), ("#5f3a22", "s"), ("#12233f", "o"), ("#6f7b87", "s")),
)


def marks_of(names: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Give each group a mark by what it is called: a group keeps it in another run, whatever its letter is there.

    Groups are in order of their letters; one whose mark is taken gets the next that is free.

    Examples
    --------
    >>> marks_of({"A": "tea", "B": "cake"})["B"] == marks_of({"A": "cake", "B": "tea"})["A"]
    True
    >>> len(set(marks_of({letter: "alike" for letter in "ABCDEFGHIJKL"}).values()))
    12
    """
    marks: dict[str, tuple[str, str]] = {}
    taken: set[int] = set()
    for letter, name in names.items():
        place = zlib.crc32(name.encode()) % len(MARKS)
        while place in taken and len(taken) < len(MARKS):
            place = (place + 1) % len(MARKS)
        taken.add(place)
        marks[letter] = MARKS[place]
    return marks


def mark_columns(ax: Axes, marks: Mapping[str, tuple[str, str]], *, width: float) -> None:
    """Put the mark of each group above its column, with its letter, all of one size; ``width`` is theirs in points."""
    size = min(_ACROSS, 0.9 * width / len(marks))
    above = offset_copy(ax.get_xaxis_transform(), ax.get_figure(root=True), y=0.5 * _ACROSS + 3, units="points")
    look: dict[str, Any] = {"ha": "center", "va": "center_baseline", "color": "white", "fontsize": 0.6 * size}
    for place, (letter, (colour, shape)) in enumerate(marks.items()):
        across = size if shape == "o" else 0.9 * size  # a square of as many points looks larger
        ax.plot([place], [1], shape, color=colour, markersize=across, transform=above, clip_on=False)
        ax.annotate(letter, (place, 1), xycoords=above, annotation_clip=False, **look)


def draw_pairs(
    ax: Axes,
    labels: Sequence[Any],
    first: Sequence[float] | pd.Series,
    second: Sequence[float] | pd.Series,
    *,
    names: tuple[Any, Any],
    colours: tuple[str, str] = (GREY, ACCENT),
) -> None:
    """Draw two bars per label, each with its percentage; a hidden one is left out."""
    places = np.arange(len(labels))[::-1]
    give_height(ax, 2 * LINE * len(labels))  # a line for each percentage
    every = np.concatenate([np.asarray(values, dtype=float) for values in (first, second)])
    # as many decimals everywhere, and enough that small shares side by side can be told apart
    fine = 1 if ((every >= 0.001) & (every < 0.1)).any() else None
    for values, shift, colour, name in zip((first, second), (0.19, -0.19), colours, names, strict=True):
        values = np.asarray(values, dtype=float)
        lengths = np.nan_to_num(values.clip(min=0))
        ax.barh(places + shift, lengths, height=0.34, color=colour, label=render(name))
        for place, value, length in zip(places + shift, values, lengths, strict=True):
            told = percent(value, digits=fine) if np.isfinite(value) else text("common.not_shown")
            note_at(ax, told, at=(length, place), offset=(4, 0), fontsize=10)
    name_rows(ax, places, labels)
    top = np.nanmax([*np.asarray(first, dtype=float), *np.asarray(second, dtype=float), 0.01])
    ax.set_xlim(0, top * (1.35 if is_narrow(ax) else 1.15))
    end = min(ax.get_xlim()[1], max(top, 1))  # the room beyond is for words: no share is above all
    ax.set_xticks([tick for tick in ax.get_xticks() if tick <= end])
    in_percent(ax.xaxis)
    legend_above(ax)


def draw_dots(
    ax: Axes,
    labels: Sequence[Any],
    frame: pd.DataFrame,
    *,
    value: str,
    low: str = "low",
    high: str = "high",
    write: Callable[[float], Any] = percent,
    colours: Sequence[str] | None = None,
    limits: tuple[float, float] | None = None,
) -> None:
    """Draw a dot with its interval per label, the value written above, on an axis between ``limits``."""
    places = np.arange(len(labels))[::-1]
    rows = frame[[value, low, high]].itertuples(index=False)
    for place, (middle, left, right), colour in zip(places, rows, colours or [ACCENT] * len(labels), strict=True):
        if not np.isfinite(middle):
            continue
        ax.plot([left, right], [place, place], color=colour, linewidth=2.5, solid_capstyle="round", zorder=_OVER_VALUES)
        ax.plot([middle], [place], "o", color=colour, markersize=8, zorder=_OVER_VALUES)
        note_at(ax, write(middle), at=(middle, place), offset=(0, 8), fontsize=10, **_ABOVE_DOT)
    name_rows(ax, places, labels)
    ax.set_ylim(-0.5, len(labels) - 0.3)
    ax.set_xlim(limits)
    if write is percent:
        in_percent(ax.xaxis, ticks=6)


def draw_intervals(
    ax: Axes,
    frame: pd.DataFrame,
    places: Sequence[float] | pd.Index,
    *,
    value: str,
    bounds: str | None = None,
    write: Callable[[float], Any] | None = None,
    **look: Any,
) -> None:
    """Draw a row of a frame as a dot with its interval in each place; ``write`` says the value above it."""
    low, high = (frame[f"{bounds or value}_{end}"] for end in ("low", "high"))
    spread = [frame[value] - low, high - frame[value]]
    ax.errorbar(frame[value], places, xerr=spread, fmt="o", capsize=0, zorder=_OVER_VALUES, **look)
    if write is None:
        return
    if is_narrow(ax):
        ax.margins(x=_BESIDE_VALUES)
    for middle, place in zip(frame[value], places, strict=True):
        note_at(ax, write(middle), at=(middle, place), offset=(0, 8), **_ABOVE_DOT)


def draw_effects(ax: Axes, frame: pd.DataFrame, *, names: str, write: Callable[[float], Any] | None = None) -> None:
    """Draw the ``effect`` of each row that has one with its interval, beside nothing; ``names`` names rows.

    It is a share unless ``write`` says how it is written.
    """
    shown = frame.dropna(subset=["effect"]).iloc[::-1].reset_index(drop=True)
    give_height(ax, 2.4 * LINE * max(len(shown), 2))
    ax.axvline(0, color=GREY, linewidth=1)
    draw_intervals(ax, shown, shown.index, value="effect", write=write or partial(percent, digits=1), color=ACCENT)
    name_rows(ax, shown.index, shown[names])
    ax.set_ylim(-0.6, len(shown) - 0.4)
    if write is None:
        in_percent(ax.xaxis, ticks=6)


def draw_drivers(ax: Axes, frame: pd.DataFrame, *, shares: bool) -> None:
    """Draw differences beside nothing, the first above: ``what, effect, low, high``; those of ``shares`` in points."""
    rows = frame.iloc[::-1].reset_index(drop=True).rename(columns={"low": "effect_low", "high": "effect_high"})
    ax.axvline(0, color=GREY, linewidth=1)
    draw_intervals(ax, rows, rows.index, value="effect", color=ACCENT)
    name_rows(ax, rows.index, list(rows["what"]))
    ax.set_ylim(-0.6, len(rows) - 0.4)
    if shares:
        in_percent(ax.xaxis, ticks=6, sign="")


def draw_grid(
    ax: Axes,
    shares: pd.DataFrame,
    *,
    rows: Sequence[Any],
    columns: Sequence[Any],
    write: Callable[[float], Any] = percent,
    cmap: LinearSegmentedColormap = RAMP,
    top: float | None = None,
    dark: float = 0.45,
) -> None:
    """Draw shares as a grid with the percentages written in, in white from ``dark`` on; what is hidden stays white."""
    shown = np.ma.masked_invalid(shares.to_numpy(dtype=float))
    top = max(shown.max() if shown.count() else 1, 1e-9) if top is None else top
    ax.imshow(shown, aspect="auto", cmap=cmap, vmin=0, vmax=top, interpolation="none")
    for (row, column), value in np.ndenumerate(shown.filled(np.nan)):
        if np.isfinite(value) and value > 0:
            colour = "white" if value > dark * top else INK
            ax.annotate(str(write(value)), (column, row), ha="center", va="center", color=colour, fontsize=10)
    ax.set_yticks(range(len(rows)), [render(label) for label in rows])
    ax.set_xticks(range(len(columns)), [render(label) for label in columns])
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)


def draw_concentration(ax: Axes, curve: pd.DataFrame, *, top: float, mark: Any) -> None:
    """Draw what is ``held`` by each ``share`` of customers, with a mark at the ``top`` of them.

    Beside it stands the diagonal, on which all hold the same; where some hold less than nothing, the whole.
    """
    at, is_above = float(np.interp(top, curve["share"], curve["held"])), curve["held"].max() > 1
    ax.plot(100 * curve["share"], 100 * curve["held"], color=ACCENT)
    ax.plot([0, 100], [100, 100] if is_above else [0, 100], color=GREY, ls=(0, (1, 2)), lw=1.2)
    ax.plot([100 * top], [100 * at], "o", color=CAUTION, ms=7)
    blank = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    note_at(ax, mark, at=(100 * top, 100 * at), offset=(10, -4), color=CAUTION_INK, va="top", bbox=blank)
    ax.set(xlim=(0, 100), ylim=(0, None if is_above else 102))


def note_at(
    ax: Axes, words: Any, *, at: tuple[float, float], offset: tuple[float, float] = (6, 0), **look: Any
) -> None:
    """Write beside a point, some points of type away from it, also where that lies outside the axes."""
    look = {"va": "center", "annotation_clip": False, **look}
    words = str(words) if "\n" in str(words) else wrapped(str(words), 0.45 * size_of(ax)[0])
    ax.annotate(words, xy=at, xytext=offset, textcoords="offset points", **look)


def spread_apart(
    heights: Mapping[Any, float], *, room: Mapping[Any, float], within: tuple[float, float]
) -> dict[Any, float]:
    """Move labels up and down between two bounds, as little as needed, until no two of them overlap.

    Parameters
    ----------
    heights
        Where the middle of each label is to be.
    room
        How high each label is.
    within
        Bounds of all labels.

    Examples
    --------
    >>> lines = {"model": 8.0, "rule": 8.0, "random": 2.0}
    >>> spread_apart({"model": 50.0, "rule": 52.0, "random": 10.0}, room=lines, within=(0.0, 64.0))
    {'random': 10.0, 'model': 47.0, 'rule': 55.0}
    >>> spread_apart({"model": 50.0, "rule": 52.0}, room=lines, within=(0.0, 56.0))
    {'model': 44.0, 'rule': 52.0}
    """
    names = sorted(heights, key=lambda name: heights[name])
    own = np.array([room[name] for name in names])
    steps = np.append(0.0, np.cumsum((own[1:] + own[:-1]) / 2))  # less these, labels must rise: an isotonic regression
    moved = isotonic_regression(np.array([heights[name] for name in names]) - steps).x
    lowest, highest = within[0] + own[0] / 2, within[1] - own[-1] / 2 - steps[-1]
    return dict(zip(names, (moved.clip(lowest, max(lowest, highest)) + steps).tolist(), strict=True))


def name_rows(ax: Axes, places: Sequence[float] | pd.Index | np.ndarray, labels: Iterable[Any]) -> None:
    """Name the rows of a chart that lies on its side, and help the eye along its values: vertical lines alone."""
    most = 92 if is_narrow(ax) else 190
    names = [wrapped(render(label), most) for label in labels]
    lines = [name.count("\n") + 1 for name in names]
    if max(lines, default=1) > 1:  # as far apart as the two longest names that follow each other need
        most_of_two = max((sum(two) / 2 for two in pairwise(lines)), default=lines[0])
        give_height(ax, (most_of_two + _BETWEEN_ROWS) * LINE * len(names))
    ax.set_yticks(places, names)
    ax.grid(axis="x", visible=True)
    ax.grid(axis="y", visible=False)


def legend_above(ax: Axes) -> None:
    """Put the legend above the axes, in as many columns as the figure is wide enough for."""
    handles, labels = ax.get_legend_handles_labels()
    labels = [wrapped(label, 0.8 * size_of(ax)[0]) for label in labels]
    for columns in range(len(labels), 0, -1):
        legend = ax.figure.legend(handles, labels, ncols=columns, **_ABOVE)
        if legend.get_window_extent().width <= 0.97 * ax.figure.bbox.width or columns == 1:
            break
        legend.remove()


def name_ends(ax: Axes, ends: Mapping[Any, tuple[float, str]], *, at: float) -> None:
    """Name lines where they end, each at its height in its colour, right of the axes and apart from one another.

    A name that had to move is led to its line. The limits of the axis upwards must be set.
    """
    width, _height = size_of(ax)
    names = {name: wrapped(render(name), (0.3 if is_narrow(ax) else 0.26) * width) for name in ends}
    ax.set_xlim(right=at)
    points = {name: (words.count("\n") + 1 + _BETWEEN) * LINE for name, words in names.items()}
    (bottom, top), height = ax.get_ylim(), give_height(ax, sum(points.values()))
    room = {name: (top - bottom) * each / height for name, each in points.items()}
    heights = {name: ends[name][0] for name in ends}
    for name, middle in spread_apart(heights, room=room, within=(bottom, top)).items():
        note_at(ax, names[name], at=(at, middle), offset=(_LEADER + 3, 0), color=ends[name][1])
        led = [1, 1 + _LEADER / (0.7 * width)], [ends[name][0], middle]
        ax.plot(*led, transform=ax.get_yaxis_transform(), clip_on=False, lw=1, color=ends[name][1], gid=LEADS)


def limit_near(*values: Any) -> tuple[float, float]:
    """Give limits of an axis: from nothing, or near the values where all of them lie far from it.

    Examples
    --------
    >>> limit_near([700, 720]), limit_near([10, 100])
    ((690.0, 730.0), (0.0, 112.5))
    """
    known = np.concatenate([np.asarray(each, dtype=float).ravel() for each in values])
    low, high = float(np.nanmin(known)), float(np.nanmax(known))
    if low > 0.5 * high:
        return low - 0.5 * (high - low), high + 0.5 * (high - low)
    return min(0.0, 1.125 * low), 1.125 * high


def spread_low(set_scale: Callable[..., Any], values: pd.Series) -> None:
    """Scale an axis by roots where most of the values lie in its lowest tenth; small ones can then be told apart."""
    if values.median() < 0.1 * values.max():
        set_scale("function", functions=(lambda value: np.sqrt(np.maximum(value, 0)), np.square))


class _Percents(PercentFormatter):
    """Percents with no more decimals than the ticks have: a tick at 2.5% is not written as 2%."""

    def format_ticks(self, values: list[float]) -> list[str]:
        """Write all ticks of an axis with as many decimals as the finest needs."""
        percents = 100 * np.asarray(values)
        fits = (digits for digits in range(3) if np.allclose(percents, percents.round(digits), atol=1e-6))
        self.decimals = next(fits, 3)
        return super().format_ticks(values)


def in_percent(axis: Axis, *, ticks: int | None = None, sign: str = "%") -> None:
    """Write the values of an axis in percents, at most so many of them; without a ``sign`` they are points."""
    axis.set_major_formatter(_Percents(1, decimals=0, symbol=sign))
    if ticks is not None:
        axis.set_major_locator(MaxNLocator(nbins=ticks, steps=[1, 2, 5, 10]))
