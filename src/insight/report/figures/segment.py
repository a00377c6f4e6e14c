"""Figures of notebook 30: tiers, groups and whether they hold, stages and moves."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import PercentFormatter

from insight.report.figures.profile import draw_dots, draw_pairs
from insight.report.language import _, number, percent
from insight.report.plot import ACCENT, CAUTION, GREY, INK, PALETTE, figure
from insight.report.sentences import segment_names as words
from insight.segment.groups import HOLDS

_RAMP = LinearSegmentedColormap.from_list("insight", ["#f4f7f9", "#7fb3b7", ACCENT, "#053d41"])


def colour_of_group(letter: str) -> str:
    """Give a group its colour by its letter."""
    return PALETTE[(ord(letter[0]) - ord("A")) % len(PALETTE)]


@figure(height=2.6)
def tiers(ax, frame, *, who):
    """Two bars per value tier: share of customers and share of sales."""
    labels = [words.tier_name(tier) for tier in frame["tier"]]
    names = (_("share of {who}", who=who), _("share of sales so far"))
    draw_pairs(ax, labels, frame["share_customers"], frame["share_sales"], names=names)


@figure(height=3.8, colours=256)
def grid(ax, shares, *, tiers):
    """Heat map of recency score by frequency score: share of customers."""
    _heat(ax, shares)
    ax.set_yticks(range(len(shares)), [str(words.score_name(score, tiers)) for score in shares.index])
    ax.set_xticks(range(shares.shape[1]), [str(words.score_name(score, tiers)) for score in shares.columns])
    ax.set_ylabel(str(_("recency score")))
    ax.set_xlabel(str(_("frequency score")))


def _heat(ax, shares):
    """Draw shares as a grid with the percentages written in; what is hidden stays white."""
    shown = np.ma.masked_invalid(shares.to_numpy(dtype=float))
    top = max(shown.max() if shown.count() else 1, 1e-9)
    ax.imshow(shown, aspect="auto", cmap=_RAMP, vmin=0, vmax=top, interpolation="nearest")
    for (row, column), value in np.ndenumerate(shown.filled(np.nan)):
        if np.isfinite(value) and value > 0:
            colour = "white" if value > 0.45 * top else INK
            ax.annotate(str(percent(value)), (column, row), ha="center", va="center", color=colour, fontsize=9.5)
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)


@figure(height=3.2)
def choice(ax, tried):
    """Dot with interval per number of groups: agreement over resamples; silhouette as rings."""
    ax.axhline(HOLDS, color=GREY, linestyle="--", linewidth=1.2)
    for row in tried.itertuples():
        colour = ACCENT if row.chosen else GREY
        ax.plot([row.groups, row.groups], [row.low, row.high], color=colour, linewidth=2.5, solid_capstyle="round")
        ax.plot([row.groups], [row.agreement], "o", color=colour, markersize=9)
        label = str(number(row.agreement, digits=2))
        ax.annotate(label, (row.groups, row.agreement), xytext=(9, -4), textcoords="offset points", fontsize=9.5)
    ax.plot(tried["groups"], tried["silhouette"], "o", color=CAUTION, markerfacecolor="none", markersize=7)
    ax.annotate(
        str(_("holds")),
        (tried["groups"].max() + 0.58, HOLDS),
        xytext=(0, 4),
        textcoords="offset points",
        ha="right",
        color="#5a6876",
        fontsize=9.5,
    )
    last = tried.iloc[-1]
    ax.annotate(
        str(_("silhouette")),
        (last["groups"], last["silhouette"]),
        xytext=(0, 9),
        textcoords="offset points",
        ha="center",
        color="#8a4f00",
        fontsize=9.5,
    )
    ax.set_xlim(tried["groups"].min() - 0.5, tried["groups"].max() + 0.6)
    ax.set_ylim(min(0, tried["silhouette"].min(), tried["low"].min()) - 0.02, 1.04)
    ax.set_xticks(tried["groups"])
    ax.set_xlabel(str(_("number of groups")))
    ax.set_ylabel(str(_("agreement (1 = the same groups)")))


@figure(height=6.4)
def traits(ax, middles):
    """Dot with a letter per group and trait: how far the group lies from the average customer."""
    places = np.arange(middles.shape[1])[::-1]
    ax.axvline(0, color=INK, linewidth=1)
    beside = np.linspace(0.24, -0.24, len(middles)) if len(middles) > 1 else [0.0]
    for shift, (letter, row) in zip(beside, middles.iterrows(), strict=True):
        ax.plot(row, places + shift, "o", color=colour_of_group(letter), markersize=11)
        for place, value in zip(places + shift, row, strict=True):
            ax.annotate(letter, (value, place), ha="center", va="center_baseline", color="white", fontsize=8)
    for place in places[:-1]:
        ax.axhline(place - 0.5, color="#e3e8ec", linewidth=0.8)
    ax.set_yticks(places, [str(words.trait_axis(trait)) for trait in middles.columns])
    width = max(1.0, np.abs(middles.to_numpy()).max() * 1.12)
    ax.set_xlim(-width, width)
    ax.set_ylim(-0.7, middles.shape[1] - 0.3)
    ax.set_xlabel(str(_("from the average customer, in robust standard deviations")))
    ax.grid(axis="x", visible=True)
    ax.grid(axis="y", visible=False)


@figure(height=3.9)
def stages(ax, frame, *, who):
    """Two bars per stage: share of customers and share of sales."""
    labels = [words.stage_name(stage) for stage in frame["stage"]]
    names = (_("share of {who}", who=who), _("share of sales so far"))
    draw_pairs(ax, labels, frame["share"], frame["share_sales"], names=names)


@figure(height=4.0, colours=256)
def moves(ax, shares):
    """Heat map of earlier stage by later stage: where the customers of each row went."""
    _heat(ax, shares)
    ax.set_yticks(range(len(shares)), [str(words.stage_name(stage)) for stage in shares.index])
    ax.set_xticks(range(shares.shape[1]), [str(words.stage_name(stage)) for stage in shares.columns])
    ax.set_ylabel(str(_("stage before")))
    ax.set_xlabel(str(_("stage now")))


@figure(height=3.0)
def followed(ax, frame):
    """Dot with interval per earlier stage: share that bought in the days that followed."""
    labels = [words.stage_name(stage) for stage in frame["stage"]]
    draw_dots(ax, labels, frame, value="share", low="low", high="high", write=percent)
    ax.set_xlim(0, 1.03)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel(str(_("share that bought since")))
