"""Figures of notebook 50: what can be offered, how well it is ranked, and the list."""

from matplotlib.ticker import PercentFormatter

from insight.report.language import _, percent
from insight.report.plot import ACCENT, CAUTION, GREY, figure
from insight.report.sentences import offer as words


@figure(height=3.9)
def groups(ax, frame):
    """Bar per product group: share of customers who bought from it."""
    shown = frame.iloc[::-1]
    ax.barh(shown["product_group"], shown["share"], color=ACCENT, height=0.62)
    for place, share in enumerate(shown["share"]):
        ax.annotate(str(percent(share)), (share, place), xytext=(4, 0), textcoords="offset points", va="center")
    ax.set_xlim(0, max(shown["share"].max() * 1.12, 0.01))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel(str(_("share of customers who have bought from it")))
    ax.grid(axis="y", visible=False)


@figure(height=2.9)
def rankings(ax, everything, rested):
    """Dot with interval per ranking: everything in one colour, what was not bought lately in another."""
    names = list(everything["ranking"])
    for frame, colour, shift, label in (
        (everything, ACCENT, 0.13, _("all groups")),
        (rested, GREY, -0.13, _("only groups not bought lately")),
    ):
        places = [len(names) - 1 - names.index(name) + shift for name in frame["ranking"]]
        low, high = frame["map"] - frame["map_low"], frame["map_high"] - frame["map"]
        ax.errorbar(frame["map"], places, xerr=[low, high], fmt="o", color=colour, capsize=0, label=str(label))
        for value, place in zip(frame["map"], places, strict=True):
            ax.annotate(
                f"{value:.2f}", (value, place), xytext=(0, 6), textcoords="offset points", ha="center", fontsize=9
            )
    ax.set_yticks(range(len(names)), [str(words.ranking_name(name)) for name in reversed(names)])
    ax.set_ylim(-0.5, len(names) - 0.4)
    ax.set_xlim(0, 1)
    ax.set_xlabel(str(_("mean average precision; 1 is a perfect ranking")))
    ax.grid(axis="x", visible=True)
    ax.grid(axis="y", visible=False)
    ax.legend(loc="lower right", fontsize=9)


@figure(height=3.4)
def chances(ax, frame):
    """Dots of what was bought over what was said; the line is where they agree."""
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=1.2, linestyle="--")
    ax.plot(frame["said"], frame["seen"], "o", color=ACCENT)
    ax.annotate(str(_("as said")), (0.6, 0.6), xytext=(6, -14), textcoords="offset points", color="#5a6876")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.set_xlabel(str(_("chance that the model said")))
    ax.set_ylabel(str(_("share that bought")))


@figure(height=2.6)
def rehearsal(ax, frame):
    """Dot with interval per way of choosing: share of the list that bought; a ring is what was expected."""
    shown = frame.iloc[::-1].reset_index(drop=True)
    low, high = shown["bought"] - shown["bought_low"], shown["bought_high"] - shown["bought"]
    ax.errorbar(shown["bought"], shown.index, xerr=[low, high], fmt="o", color=ACCENT, capsize=0)
    for place, share in enumerate(shown["bought"]):
        ax.annotate(str(percent(share)), (share, place), xytext=(0, 7), textcoords="offset points", ha="center")
    said = shown[shown["expected"].notna()]
    ax.plot(said["expected"], said.index, "o", markerfacecolor="none", markeredgecolor=CAUTION, markersize=10)
    for place, share in zip(said.index, said["expected"], strict=True):
        label = str(_("said: {share}", share=percent(share)))
        ax.annotate(
            label, (share, place), xytext=(0, -18), textcoords="offset points", ha="center", color="#8a4f00", fontsize=9
        )
    ax.set_yticks(shown.index, [str(words.ranking_name(way)) for way in shown["way"]])
    ax.set_ylim(-0.6, len(shown) - 0.5)
    ax.set_xlim(0, min(1, shown["bought_high"].max() * 1.25 + 0.05))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel(str(_("share of the list that bought from its group")))
    ax.grid(axis="x", visible=True)
    ax.grid(axis="y", visible=False)
