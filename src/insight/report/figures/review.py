"""Figures of notebook 60: answers, who is comparable, spending around campaigns, effects."""

import pandas as pd
from matplotlib.ticker import MaxNLocator, PercentFormatter

from insight.report.language import _, count, money, number, percent
from insight.report.plot import ACCENT, CAUTION, CAUTION_INK, GREY, PALE, colour_of, figure
from insight.report.sentences import review as words
from insight.report.sentences.known_names import in_words
from insight.report.tables import Col


@figure(height=4.4)
def answers(ax, reach):
    """Dot with interval per campaign in the order of time: share that answered, coloured by kind."""
    shown = reach.iloc[::-1].reset_index(drop=True)
    labels = [
        str(words.campaign_name(row.campaign_id, row.name))
        for row in shown[["campaign_id", "name"]].itertuples(index=False)
    ]
    kinds = sorted(shown["kind"].fillna("").unique())
    colours = {kind: colour_of(kind) for kind in kinds}
    if len(set(colours.values())) < len(kinds) <= 3:  # a few of one colour could not be told apart
        colours = dict(zip(kinds, (GREY, ACCENT, CAUTION), strict=False))
    for kind in kinds:
        rows = shown[shown["kind"].fillna("") == kind]
        low, high = rows["response_rate"] - rows["response_low"], rows["response_high"] - rows["response_rate"]
        style = {"fmt": "o", "color": colours[kind], "capsize": 0, "label": str(in_words(kind)) or None}
        ax.errorbar(rows["response_rate"], rows.index, xerr=[low, high], **style)
    ax.set_yticks(shown.index, labels)
    ax.set_xlim(0, None)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel(str(_("share of the contacted that answered")))
    ax.grid(axis="x", visible=True)
    ax.grid(axis="y", visible=False)
    if shown["kind"].notna().any():
        kinds = int(shown["kind"].nunique())
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=min(kinds, 4))


@figure(height=3.2)
def balance(ax, frame):
    """Two dots per trait: how different the two sides are before and after weighting."""
    shown = frame.iloc[::-1].reset_index(drop=True)
    ax.hlines(shown.index, shown["after"], shown["before"], color=PALE, linewidth=2)
    ax.plot(shown["before"], shown.index, "o", color=GREY, label=str(_("as they are")))
    ax.plot(shown["after"], shown.index, "o", color=ACCENT, label=str(_("weighted")))
    ax.set_yticks(shown.index, [str(words.trait_name(trait)) for trait in shown["trait"]])
    ax.set_xlim(-0.05, None)
    ax.set_xlabel(str(_("difference, standard deviations")))
    ax.grid(axis="x", visible=True)
    ax.grid(axis="y", visible=False)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.16), ncols=2)


@figure(height=3.0)
def path(ax, frame):
    """Two lines around the start of campaigns: contacted customers and comparable ones."""
    ax.axvspan(-0.5, frame.index.max() + 0.5, color="#eef4f4", zorder=0)
    ax.plot(frame.index, frame["comparable"], color=GREY, label=str(_("comparable")))
    ax.plot(frame.index, frame["contacted"], color=ACCENT, label=str(_("contacted")))
    top = float(frame[["contacted", "comparable"]].to_numpy().max())
    ax.set_ylim(0, top * 1.25)
    ax.annotate(str(_("campaigns run")), (-0.35, top * 1.14), color=CAUTION_INK)
    ax.set_xlabel(str(_("weeks from the start of the campaign")))
    ax.set_ylabel(str(_("spend per customer and week")))
    ax.legend(loc="lower left", ncols=2)


@figure(height=5.4)
def effects(ax, frame):
    """Dot with interval per campaign: the effect, and in grey what the method finds before it began."""
    shown = frame.iloc[::-1].reset_index(drop=True)
    labels = [
        str(words.campaign_name(row.campaign_id, row.name))
        for row in shown[["campaign_id", "name"]].itertuples(index=False)
    ]
    _intervals(ax, shown, "placebo", shift=-0.18, color=GREY, label=str(_("before it began")))
    _intervals(ax, shown, "effect", shift=0.18, color=ACCENT, label=str(_("during the campaign")))
    ax.axvline(0, color="#3d4a57", linewidth=1)
    ax.set_yticks(shown.index, labels)
    ax.set_xlabel(str(_("difference to comparable customers, per customer and week")))
    ax.grid(axis="x", visible=True)
    ax.grid(axis="y", visible=False)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.11), ncols=2)


@figure(height=2.3)
def verdict(ax, frame):
    """Three dots with intervals: the effect, the placebo, what is left."""
    shown = frame.iloc[::-1].reset_index(drop=True)
    for place, row in shown.iterrows():
        colour = {"effect": ACCENT, "placebo": GREY}.get(row["part"], CAUTION)
        ax.errorbar(
            row["value"], place, xerr=[[row["value"] - row["low"]], [row["high"] - row["value"]]], fmt="o", color=colour
        )
        ax.annotate(
            str(number(row["value"], digits=2)),
            (row["value"], place),
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
        )
    ax.axvline(0, color="#3d4a57", linewidth=1)
    ax.set_yticks(shown.index, [str(_part_name(part)) for part in shown["part"]])
    ax.set_ylim(-0.6, len(shown) - 0.35)
    ax.set_xlabel(str(_("difference to comparable customers, per customer and week")))
    ax.grid(axis="x", visible=True)
    ax.grid(axis="y", visible=False)


def _intervals(ax, shown, name, *, shift, color, label):
    low, high = shown[name] - shown[f"{name}_low"], shown[f"{name}_high"] - shown[name]
    ax.errorbar(
        shown[name], shown.index + shift, xerr=[low, high], fmt="o", color=color, markersize=4, capsize=0, label=label
    )


def _part_name(part):
    return {
        "effect": _("during the campaigns"),
        "placebo": _("before they began"),
        "net": _("left when deducted"),
    }[part]


def about_answers(reach) -> dict:
    """Describe the dots in words and numbers; rounds of the same offer are one dot."""
    best = reach.sort_values("response_rate").iloc[-1]
    by_time = _("Share of contacted customers who answered, by campaign in the order of time, with 95% intervals")
    together = _("Share of contacted customers who answered, all rounds of an offer together, with 95% intervals")
    return {
        "what": together if "campaigns" in reach else by_time,
        "alt": _(
            "Dots per campaign, the highest at {share} for {name}.",
            share=percent(best["response_rate"]),
            name=words.campaign_name(best["campaign_id"], best["name"]),
        ),
        "numbers": _named(reach),
        "columns": {
            "campaign": Col(_("Campaign")),
            "kind": Col(_("Kind of campaign")),
            "starts_on": Col(_("First day"), "day"),
            "contacted": Col(_("Contacted"), "count"),
            "response_rate": Col(_("Answered"), "percent"),
            "response_low": Col(_("95% interval"), "percent", to="response_high"),
        },
    }


def about_balance(frame) -> dict:
    """Describe the dots in words and numbers."""
    return {
        "what": _("Difference between contacted and others before the campaign, mean over campaigns"),
        "alt": _(
            "Grey dots up to {n} standard deviations apart; the weighted ones stand near zero.",
            n=number(frame["before"].max(), digits=1),
        ),
        "numbers": frame.assign(trait=frame["trait"].map(words.trait_name)),
        "columns": {
            "trait": Col(_("What is compared")),
            "before": Col(_("As they are"), "number", digits=2),
            "after": Col(_("Weighted"), "number", digits=2),
        },
    }


def about_path(frame, *, currency: str) -> dict:
    """Describe the lines in words and numbers."""
    return {
        "what": _("Mean spend per customer and week around the start of a campaign, mean over campaigns"),
        "alt": _(
            "Two lines, contacted and comparable; in the first campaign week at {contacted} and {comparable}.",
            contacted=money(frame.loc[0, "contacted"], currency),
            comparable=money(frame.loc[0, "comparable"], currency),
        ),
        "numbers": frame.reset_index(),
        "columns": {
            "week": Col(_("Week"), "number", digits=0),
            "contacted": Col(_("Contacted"), "money", digits=2, currency=currency),
            "comparable": Col(_("Comparable"), "money", digits=2, currency=currency),
        },
    }


def about_effects(frame, *, currency: str) -> dict:
    """Describe the dots in words and numbers."""
    clear = int(((frame["effect_low"] > 0) | (frame["effect_high"] < 0)).sum())
    return {
        "what": _("Spend per customer and week, contacted less comparable, with 95% intervals"),
        "alt": _(
            "Two dots per campaign, during and before it; {n} of {all} intervals during a campaign exclude zero.",
            n=count(clear),
            all=count(len(frame)),
        ),
        "numbers": _named(frame),
        "columns": {
            "campaign": Col(_("Campaign")),
            "kind": Col(_("Kind of campaign")),
            "contacted": Col(_("Contacted"), "count"),
            "effect": Col(_("Effect per week"), "money", digits=2, currency=currency),
            "effect_low": Col(_("95% interval"), "money", digits=2, to="effect_high"),
            "placebo": Col(_("Before it began"), "money", digits=2, currency=currency),
            "placebo_low": Col(_("95% interval"), "money", digits=2, to="placebo_high"),
        },
    }


def about_verdict(pooled, *, currency: str) -> dict:
    """Describe the three dots in words and numbers."""
    frame = parts(pooled)
    return {
        "what": _("Spend per customer and week, contacted less comparable, all campaigns, with 95% intervals"),
        "alt": _(
            "Three dots: {effect} during the campaigns, {placebo} before they began, {net} left.",
            effect=money(pooled.effect.value, currency),
            placebo=money(pooled.placebo.value, currency),
            net=money(pooled.net.value, currency),
        ),
        "numbers": frame.assign(part=frame["part"].map(_part_name)),
        "columns": {
            "part": Col(_("When")),
            "value": Col(_("Difference per week"), "money", digits=2, currency=currency),
            "low": Col(_("95% interval"), "money", digits=2, to="high"),
        },
    }


def parts(pooled) -> pd.DataFrame:
    """Put the effect, the placebo and what is left under one another."""
    rows = [(name, getattr(pooled, name)) for name in ("effect", "placebo", "net")]
    return pd.DataFrame([{"part": name, "value": one.value, "low": one.low, "high": one.high} for name, one in rows])


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    names = [
        words.campaign_name(row.campaign_id, row.name) for row in frame[["campaign_id", "name"]].itertuples(index=False)
    ]
    kinds = [in_words(kind) if isinstance(kind, str) else kind for kind in frame["kind"]]
    named = pd.DataFrame({"campaign": names, "kind": kinds}, index=frame.index, dtype=object)
    return frame.assign(campaign=named["campaign"], kind=named["kind"])
