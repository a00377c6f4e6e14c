"""Figures of notebook 20: silence, concentration, when and what customers buy, and portraits."""

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from insight.report.language import _, count, money, number, percent
from insight.report.plot import ACCENT, CAUTION, GREY, INK, PALE, figure
from insight.report.sentences import profile_names as words
from insight.report.sentences.known_names import in_words

QUIET_TEXT = "#5a6876"


@figure
def return_curve(ax, curve, *, quiet_days=None):
    """Line with a band: chance of a return by days of silence; a mark where it has halved."""
    ax.plot(curve["silence_days"], curve["chance"], color=ACCENT)
    ax.fill_between(curve["silence_days"], curve["low"], curve["high"], color=ACCENT, alpha=0.18, linewidth=0)
    if quiet_days is not None and quiet_days < len(curve):
        height = curve["chance"].iloc[quiet_days]
        half = curve["chance"].iloc[0] / 2
        ax.axhline(half, color=GREY, linestyle="--", linewidth=1.2)
        ax.plot([quiet_days], [height], "o", color=CAUTION, markersize=8, zorder=5)
        label = str(_("day {day}: half the chance", day=count(quiet_days)))
        ax.annotate(label, (quiet_days, height), xytext=(8, 10), textcoords="offset points", color="#8a4f00")
    ax.set_ylim(0, min(1, curve["high"].max() * 1.08))
    ax.set_xlim(left=0, right=max(len(curve) - 1, 1))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel(str(_("days since the last purchase")))
    ax.set_ylabel(str(_("share that comes back")))


def draw_pairs(ax, labels, first, second, *, names, colours=(GREY, ACCENT)):
    """Draw two bars per label, each with its percentage; a hidden one is left out."""
    places = np.arange(len(labels))[::-1]
    for values, shift, colour, name in zip((first, second), (0.19, -0.19), colours, names, strict=True):
        shown = np.nan_to_num(np.asarray(values, dtype=float).clip(min=0))
        ax.barh(places + shift, shown, height=0.34, color=colour, label=str(name))
        for place, value in zip(places + shift, values, strict=True):
            text = str(_fine_percent(value)) if np.isfinite(value) else str(_("not shown"))
            spot = (max(value, 0) if np.isfinite(value) else 0, place)
            ax.annotate(text, spot, xytext=(4, 0), textcoords="offset points", va="center", fontsize=9.5)
    ax.set_yticks(places, [str(label) for label in labels])
    top = np.nanmax([*np.asarray(first, dtype=float), *np.asarray(second, dtype=float), 0.01])
    ax.set_xlim(0, top * 1.15)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.grid(axis="x", visible=True)
    ax.grid(axis="y", visible=False)
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.0), ncols=2, fontsize=10)


def _fine_percent(value):
    """Write small shares with a decimal, so that those side by side can be told apart."""
    return percent(value, digits=1 if 0.001 <= value < 0.1 else None)


@figure(height=3.6)
def silence_bands(ax, bands, *, who):
    """Two bars per band of silence: share of customers and share of what they have spent."""
    labels = [words.band_name(row.from_days, row.to_days) for row in bands.itertuples()]
    names = (_("share of {who}", who=who), _("share of sales so far"))
    draw_pairs(ax, labels, bands["share"], bands["share_sales"], names=names)
    for tick, is_quiet in zip(ax.get_yticklabels(), bands["is_quiet"], strict=True):
        tick.set_color("#8a4f00" if is_quiet else INK)
    ax.set_ylabel(str(_("days since the last purchase")))


def draw_dots(ax, labels, frame, *, value, low, high, write, colours=None):
    """Draw a dot with its interval per label, the value written above."""
    places = np.arange(len(labels))[::-1]
    colours = colours or [ACCENT] * len(labels)
    for place, (middle, left, right), colour in zip(
        places, frame[[value, low, high]].itertuples(index=False), colours, strict=True
    ):
        if not np.isfinite(middle):
            continue
        ax.plot([left, right], [place, place], color=colour, linewidth=2.5, solid_capstyle="round")
        ax.plot([middle], [place], "o", color=colour, markersize=8)
        text = str(write(middle))
        ax.annotate(text, (middle, place), xytext=(0, 8), textcoords="offset points", ha="center", fontsize=9.5)
    ax.set_yticks(places, [str(label) for label in labels])
    ax.set_ylim(-0.5, len(labels) - 0.3)
    ax.grid(axis="x", visible=True)
    ax.grid(axis="y", visible=False)


@figure(height=3.0)
def fifths(ax, parts, *, currency):
    """Dot with interval per fifth of customers: what a customer of it has spent on average."""
    labels = [words.part_name(part) for part in parts["part"]]
    colours = [ACCENT if part == parts["part"].max() else GREY for part in parts["part"]]

    def write(value):
        return money(value, currency, digits=0 if parts["mean"].max() >= 100 else None)

    draw_dots(ax, labels, parts, value="mean", low="low", high="high", write=write, colours=colours)
    ax.set_xlim(left=min(-0.03 * parts["high"].max(), parts["low"].min() * 1.05))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: str(money(value, currency, digits=0))))
    ax.set_xlabel(str(_("mean sales per customer so far")))


@figure(height=3.2, colours=256)
def time_of_week(ax, shares):
    """Heat map of weekday by hour: share of baskets."""
    shown = np.ma.masked_invalid(shares.to_numpy(dtype=float))
    ax.imshow(shown, aspect="auto", cmap=_ramp(), vmin=0, interpolation="nearest")
    ax.set_yticks(range(len(shares)), [str(words.weekday(day)) for day in shares.index])
    hours = [place for place, hour in enumerate(shares.columns) if hour % 3 == 0]
    ax.set_xticks(hours, [f"{int(shares.columns[place])}:00" for place in hours])
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.set_xlabel(str(_("hour of the day; the darker, the more purchases")))
    row, column = np.unravel_index(np.argmax(shown.filled(-1)), shown.shape)
    ax.annotate(
        str(percent(shown[row, column], digits=1)), (column, row), color="white", ha="center", va="center", fontsize=8
    )


def _ramp():
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("insight", ["#f4f7f9", "#7fb3b7", ACCENT, "#053d41"])


@figure(height=2.8)
def weekdays(ax, shares):
    """Bar per weekday: share of baskets."""
    top = shares.max()
    ax.bar(range(len(shares)), shares, color=[ACCENT if value == top else GREY for value in shares], width=0.62)
    for place, value in enumerate(shares):
        ax.annotate(str(percent(value)), (place, value), xytext=(0, 3), textcoords="offset points", ha="center")
    ax.set_xticks(range(len(shares)), [str(words.weekday(day)) for day in shares.index])
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_ylim(0, top * 1.15)
    ax.set_ylabel(str(_("share of purchases")))


@figure(height=4.2)
def categories(ax, totals, *, who):
    """Two bars per category: share of sales, and share of customers who have bought it."""
    names = (_("share of {who} who have bought it", who=who), _("share of sales"))
    labels = totals["category"].map(in_words)
    draw_pairs(ax, labels, totals["reach"], totals["share"], names=names, colours=(PALE, ACCENT))


@figure(height=3.0)
def promotion(ax, parts, *, who):
    """Dot with interval per fifth: share of purchases bought on promotion."""
    labels = [words.part_name(part) for part in parts["part"]]
    draw_dots(ax, labels, parts, value="mean", low="low", high="high", write=percent)
    spread = max(parts["high"].max() - parts["low"].min(), 0.02)
    ax.set_xlim(max(0, parts["low"].min() - spread), min(1, parts["high"].max() + spread))
    ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel(str(_("share of purchases bought on promotion, mean of {who}", who=who)))


@figure(height=5.0)
def portrait(ax, compared):
    """Dot with interval per trait: index against everyone, 100 the same share; grey where 100 is inside."""
    labels = [words.trait_name(row.trait, row.level) for row in compared.itertuples()]
    told = (compared["low"] > 100) | (compared["high"] < 100)
    colours = [
        GREY if not one else ACCENT if tgi > 100 else CAUTION for one, tgi in zip(told, compared["tgi"], strict=True)
    ]
    ax.axvline(100, color=INK, linewidth=1)
    draw_dots(ax, labels, compared, value="tgi", low="low", high="high", write=_whole, colours=colours)
    ax.set_xlim(0, max(200, compared["high"].max() * 1.05))
    ax.set_xlabel(str(_("index; 100 = the same share as among everyone")))


def _whole(value):
    return number(value, digits=0)
