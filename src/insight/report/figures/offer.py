"""Figures of notebook 50: what can be offered, how well it is ranked, and the list."""

import pandas as pd
from matplotlib.ticker import MaxNLocator, PercentFormatter

from insight.report.language import _, count, number, percent
from insight.report.plot import ACCENT, CAUTION, CAUTION_INK, GREY, figure
from insight.report.sentences import offer as words
from insight.report.sentences.known_names import in_words
from insight.report.tables import Col


@figure(height=3.9)
def groups(ax, frame):
    """Bar per product group: share of customers who bought from it."""
    shown = frame.iloc[::-1]
    ax.barh([str(in_words(name)) for name in shown["product_group"]], shown["share"], color=ACCENT, height=0.62)
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
                str(number(value, digits=2)), (value, place), xytext=(0, 6), textcoords="offset points", ha="center"
            )
    ax.set_yticks(range(len(names)), [str(words.ranking_name(name)) for name in reversed(names)])
    ax.set_ylim(-0.5, len(names) - 0.4)
    ax.set_xlim(0, 1)
    ax.set_xlabel(str(_("mean average precision; 1 is a perfect ranking")))
    ax.grid(axis="x", visible=True)
    ax.grid(axis="y", visible=False)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.17), ncols=2)


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
            label,
            (share, place),
            xytext=(0, -18),
            textcoords="offset points",
            ha="center",
            color=CAUTION_INK,
            fontsize=9,
        )
    ax.set_yticks(shown.index, [str(words.ranking_name(way)) for way in shown["way"]])
    ax.set_ylim(-0.6, len(shown) - 0.5)
    ax.set_xlim(0, min(1, shown["bought_high"].max() * 1.25 + 0.05))
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel(str(_("share of the list that bought from its group")))
    ax.grid(axis="x", visible=True)
    ax.grid(axis="y", visible=False)


def about_groups(frame) -> dict:
    """Describe the bars in words and numbers."""
    return {
        "what": _("Share of customers who have bought from the group, most widely bought first"),
        "alt": _(
            "Bars from {high} for {first} down to {low} for {last}.",
            high=percent(frame["share"].iloc[0]),
            first=in_words(frame["product_group"].iloc[0]),
            low=percent(frame["share"].iloc[-1]),
            last=in_words(frame["product_group"].iloc[-1]),
        ),
        "numbers": frame.assign(product_group=frame["product_group"].map(in_words)),
        "columns": {
            "product_group": Col(_("Product group")),
            "customers": Col(_("Customers"), "count"),
            "share": Col(_("Share of customers"), "percent"),
        },
    }


def about_rankings(everything, rested, *, k: int) -> dict:
    """Describe the dots in words and numbers."""
    both = pd.concat([everything.assign(scope=_("all groups")), rested.assign(scope=_("not bought lately"))])
    return {
        "what": _("MAP@{k} on the last weeks, which no ranking had seen, with 95% intervals", k=count(k)),
        "alt": _(
            "Dots per ranking; over all groups the model is at {model} and popularity at {popular}.",
            model=number(everything["map"].iloc[0], digits=2),
            popular=number(everything["map"].iloc[-1], digits=2),
        ),
        "numbers": both.assign(ranking=both["ranking"].map(words.ranking_name)),
        "columns": {
            "scope": Col(_("Groups")),
            "ranking": Col(_("Ranking")),
            "customers": Col(_("Customers"), "count"),
            "map": Col(_("MAP@{k}", k=count(k)), "number", digits=3),
            "map_low": Col(_("95% interval"), "number", digits=3, to="map_high"),
            "hits": Col(_("At least one of {k} right", k=count(k)), "percent"),
        },
    }


def about_chances(frame) -> dict:
    """Describe the dots in words and numbers."""
    return {
        "what": _("Chance said before, and share that bought in the weeks after, by tenths of the chance"),
        "alt": _(
            "Dots along the diagonal, from {low} said and {low_seen} seen to {high} said and {high_seen} seen.",
            low=percent(frame["said"].iloc[0]),
            low_seen=percent(frame["seen"].iloc[0]),
            high=percent(frame["said"].iloc[-1]),
            high_seen=percent(frame["seen"].iloc[-1]),
        ),
        "numbers": frame,
        "columns": {
            "said": Col(_("Chance said"), "percent", digits=1),
            "seen": Col(_("Share that bought"), "percent", digits=1),
            "pairs": Col(_("Customers times groups"), "count"),
        },
    }


def about_rehearsal(frame, *, weeks: int, currency: str) -> dict:
    """Describe the dots in words and numbers."""
    return {
        "what": _(
            "Share of the list that bought from its group within {weeks} weeks, by way of choosing, with 95% intervals",
            weeks=count(weeks),
        ),
        "alt": _(
            "Dots per way of choosing: the model’s list at {model}, what is most popular at {popular}.",
            model=percent(frame["bought"].iloc[0]),
            popular=percent(frame["bought"].iloc[-1]),
        ),
        "numbers": frame.assign(way=frame["way"].map(words.ranking_name)),
        "columns": {
            "way": Col(_("Chosen by")),
            "customers": Col(_("Customers"), "count"),
            "expected": Col(_("Said"), "percent"),
            "bought": Col(_("Bought"), "percent"),
            "bought_low": Col(_("95% interval"), "percent", to="bought_high"),
            "sales": Col(_("Sales per customer"), "money", currency=currency),
            "sales_low": Col(_("95% interval"), "money", to="sales_high"),
        },
    }
