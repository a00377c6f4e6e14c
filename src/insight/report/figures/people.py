"""Figures about who is who: what sources know, what tells people apart, how right it is, what mistakes cost."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import FuncFormatter, MaxNLocator

from insight.report.language import _, percent
from insight.report.plot import ACCENT, CAUTION, GREY, PALE, PALETTE, Figure, figure
from insight.report.sentences import people as words
from insight.report.sentences.people_names import field_name, system_name
from insight.report.sentences.people_shown import drawn, size_name

_FILL = LinearSegmentedColormap.from_list("filled", ["#ffffff", "#9cc9cc", ACCENT])


def filled(frame: pd.DataFrame) -> Figure:
    """Draw a grid of source systems by fields: the share of records that have each.

    Parameters
    ----------
    frame
        One row per system, one column per field, and ``records``.
    """
    return figure(_draw_filled, height=1.7 + 0.36 * len(frame), colours=256)(frame.drop(columns="records"))


def _draw_filled(ax: Axes, shares: pd.DataFrame) -> None:
    values = shares.to_numpy(dtype=float)
    ax.imshow(values, cmap=_FILL, vmin=0, vmax=1, aspect="auto")
    for (row, column), share in np.ndenumerate(values):
        colour = "#ffffff" if share > 0.7 else "#3d4a57"
        text = str(round(share * 100)) if share > 0 else ""
        ax.text(column, row, text, ha="center", va="center", color=colour, fontsize=10)
    ax.set_yticks(range(len(shares)), [str(system_name(system)) for system in shares.index])
    ax.set_xticks(
        range(shares.shape[1]),
        [str(field_name(name)) for name in shares],
        rotation=40,
        ha="left",
        rotation_mode="anchor",
    )
    ax.xaxis.tick_top()
    ax.grid(visible=False)
    for side in ax.spines.values():
        side.set_visible(False)
    ax.set_xlabel(str(_("% of the system’s records with a value to compare")))


def weights(described: pd.DataFrame, ends: pd.DataFrame) -> Figure:
    """Draw a dot per degree of likeness on a scale of odds, a row per field.

    Parameters
    ----------
    described
        ``comparison, level, weight``: the model's levels.
    ends
        ``comparison``, the most telling first.
    """
    return figure(_draw_weights, height=1.3 + 0.36 * len(ends))(described, ends["comparison"].tolist()[::-1])


def _draw_weights(ax: Axes, described: pd.DataFrame, order: list[str]) -> None:
    for place, name in enumerate(order):
        levels = described[described["comparison"] == name].sort_values("level")
        ax.hlines(place, levels["weight"].min(), levels["weight"].max(), color=PALE, linewidth=2)
        ax.plot(levels["weight"].iloc[1:-1], [place] * max(len(levels) - 2, 0), "o", color=GREY, markersize=5)
        ax.plot(levels["weight"].iloc[0], place, "o", color=CAUTION)
        ax.plot(levels["weight"].iloc[-1], place, "o", color=ACCENT)
    ax.axvline(0, color="#3d4a57", linewidth=1)
    ax.set_yticks(range(len(order)), [str(field_name(name)) for name in order])
    powers = np.log2(10.0) * np.arange(-6, 13, 2)
    low, high = ax.get_xlim()
    shown = [power for power in powers if low <= power <= high]
    ax.set_xticks(shown, [str(words.likelier(power)) if power else "1" for power in shown])
    ax.set_xlabel(str(_("odds of one person against strangers")))
    ax.plot([], [], "o", color=CAUTION, label=str(_("entirely different")))
    ax.plot([], [], "o", color=GREY, markersize=5, label=str(_("in between")))
    ax.plot([], [], "o", color=ACCENT, label=str(_("the same")))
    ax.legend(loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=3)
    ax.grid(axis="x", visible=True)
    ax.grid(axis="y", visible=False)


@figure(height=3.0)
def sizes(ax: Axes, frame: pd.DataFrame) -> None:
    """Draw customers by their number of records."""
    known = pd.to_numeric(frame["customers"], errors="coerce")
    ax.bar(range(len(frame)), known.fillna(0), color=ACCENT, width=0.72)
    ax.set_xticks(range(len(frame)), [str(size_name(row)) for row in frame.itertuples()])
    ax.set_xlabel(str(_("records of the customer")))
    ax.set_ylabel(str(_("customers")))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:,.0f}"))


@figure(height=3.4)
def curve(ax: Axes, frame: pd.DataFrame, *, chosen: float) -> None:
    """Draw precision, recall and F1 over the threshold."""
    for name, label, colour in (
        ("pair_precision", _("precision"), GREY),
        ("pair_recall", _("recall"), CAUTION),
        ("pair_f1", _("F1"), ACCENT),
    ):
        ax.plot(frame["threshold"], frame[name], color=colour, label=str(label))
    ax.axvline(chosen, color="#3d4a57", linewidth=1)
    ax.set_xlabel(str(_("threshold: mean match probability between two groups")))
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)


@figure(height=3.6)
def costs(ax: Axes, frame: pd.DataFrame, *, chosen: float) -> None:
    """Draw how far counts and values move from where they stand at the chosen threshold."""
    for place, name in enumerate(drawn(frame)):
        changes = words.moved(frame, name, chosen=chosen)
        ax.plot(changes.index, changes, color=PALETTE[place], label=str(words.MEASURES[name]))
    ax.axhline(0, color="#3d4a57", linewidth=1)
    ax.axvline(chosen, color="#3d4a57", linewidth=1)
    ax.yaxis.set_major_formatter(
        FuncFormatter(lambda value, _place: str(words.signed(value)) if value else str(percent(0)))
    )
    ax.set_xlabel(str(_("threshold: mean match probability between two groups")))
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
