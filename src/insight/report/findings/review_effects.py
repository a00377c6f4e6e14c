"""Findings of the campaign review on spend: who is comparable, effects, the placebo test, what may be concluded."""

import functools
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from insight.errors import Unavailable
from insight.report.charts import draw_intervals, name_rows
from insight.report.finding import CURRENCY, NO_CUSTOMERS, Finding, Headline, finding, reason_of
from insight.report.findings.review_reach import (
    additional_responses,
    broken_draws,
    campaign_names,
    with_kinds,
    with_names,
)
from insight.report.names import named
from insight.report.numerals import number
from insight.report.plot import ACCENT, CAUTION, CAUTION_INK, GREY, PALE, figure
from insight.report.text import Text, text, word
from insight.review import pooling
from insight.review.pooling import CampaignResults

# --- who is comparable


def comparability(judged: pd.DataFrame) -> Finding:
    """Count campaigns by whether they can be compared, or why not."""
    found = judged.groupby("verdict").agg(campaigns=("campaign_id", "size"), contacts=("contacted", "sum"))
    found = found.sort_values("campaigns", ascending=False, kind="stable").reset_index()
    return Finding("review.comparability", table=named(found, verdict="review.verdict"), counts="contacts")


@finding
def balance(results: CampaignResults) -> Finding:
    """Draw how different contacted customers and others were, before and after weighting."""
    found, control = pooling.mean_balance(results), results.comparison
    return Finding(
        "review.balance",
        {**_scope(results), "spend": pooling.spend_before(results), "furthest": found["before"].max()},
        figure=_draw_balance(found),
        table=named(found, trait=_trait),
        counts=NO_CUSTOMERS,
        variants={"title": pooling.judge_balance(found), "so_what": control, "caution": control},
    )


@figure(height=3.2)
def _draw_balance(ax: Axes, frame: pd.DataFrame) -> None:
    shown = frame.iloc[::-1].reset_index(drop=True)
    ax.hlines(shown.index, shown["after"], shown["before"], color=PALE, linewidth=2)
    ax.plot(shown["before"], shown.index, "o", color=GREY, label=str(text("review.legend.unweighted")))
    ax.plot(shown["after"], shown.index, "o", color=ACCENT, label=str(text("review.legend.weighted")))
    name_rows(ax, shown.index, map(_trait, shown["trait"]))
    ax.set_xlim(-0.05, None)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.16), ncols=2)


# --- effects on spend


@finding
def path(results: CampaignResults) -> Finding:
    """Draw the weekly spend of contacted and comparable customers around the start of campaigns."""
    weeks = pooling.common_weeks(results)
    gap = pooling.gap_around_start(weeks)
    return Finding(
        "review.path",
        {**_scope(results), "gap": gap, "start": weeks.loc[0]},
        figure=_draw_path(weeks),
        table=weeks.reset_index(),
        counts=NO_CUSTOMERS,
        variants={"title": "more" if gap.during >= 0 else "less"},
    )


@figure(height=3.0)
def _draw_path(ax: Axes, frame: pd.DataFrame) -> None:
    ax.axvspan(-0.5, frame.index.max() + 0.5, color="#eef4f4", zorder=0)
    ax.plot(frame.index, frame["comparable"], color=GREY, label=str(text("review.legend.comparable")))
    ax.plot(frame.index, frame["contacted"], color=ACCENT, label=str(text("review.legend.contacted")))
    top = float(frame[["contacted", "comparable"]].to_numpy().max())
    ax.set_ylim(0, top * 1.25)
    ax.annotate(str(text("review.legend.running")), (-0.35, top * 1.14), color=CAUTION_INK)
    ax.legend(loc="lower left", ncols=2)


@finding(headlines={"campaign_effect": CURRENCY})
def effects(results: CampaignResults, *, by_offer: bool = False) -> Finding:
    """Draw the effect of each campaign, or offer, beside its placebo, and state the pooled effect."""
    pooled, found = results.pooled(), results.by_round() if by_offer else results.effects
    bounds = (pooled.effect.value, CURRENCY, pooled.effect.low, pooled.effect.high)
    said: dict[str, Any] = {"note": word("review.verdict", pooled.verdict), "sentence": _answer(results)}
    return Finding(
        "review.effects",
        {**_scope(results), "clear": pooling.count_clear(found), "all": len(found)},
        figure=_draw_effects,
        table=with_names(found),
        counts="contacted",
        variants={"title": {1: "more", 0: "neither", -1: "less"}[pooled.effect.sign]},
        headlines=[Headline("campaign_effect", *bounds, **said)],
    )


@figure(height=5.4)
def _draw_effects(ax: Axes, frame: pd.DataFrame) -> None:
    shown = frame.iloc[::-1].reset_index(drop=True)
    for part, shift, colour in (("placebo", -0.18, GREY), ("effect", 0.18, ACCENT)):
        label = str(word("review.legend", part))
        draw_intervals(ax, shown, shown.index + shift, value=part, color=colour, markersize=4, label=label)
    ax.axvline(0, color="#3d4a57", linewidth=1)
    name_rows(ax, shown.index, campaign_names(shown))
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.11), ncols=2)


@finding
def effects_by_kind(results: CampaignResults) -> Finding:
    """Lay out the pooled effect and placebo of each kind of campaign, and what the effect amounts to."""
    found = results.by_kind()
    table = None if found.empty else with_kinds(found)
    return Finding("review.effects_by_kind", {"pooled": results.pooled()}, table=table, counts="contacts")


# --- the placebo test, and what may be concluded


@finding(headlines={"campaign_effect_placebo": CURRENCY})
def placebo(results: CampaignResults) -> Finding:
    """Draw effect, placebo and their difference, and say what may be concluded from them."""
    pooled = results.pooled()
    parts, bounds = pooled.as_table(), (pooled.placebo.low, pooled.placebo.high)
    return Finding(
        "review.placebo",
        _scope(results),
        figure=_draw_parts(parts),
        table=named(parts, part="review.part"),
        counts=NO_CUSTOMERS,
        variants={
            "title": "clear" if pooled.placebo.sign else "none",
            "so_what": results.conclusion,
            "caution": results.comparison,
        },
        headlines=[Headline("campaign_effect_placebo", pooled.placebo.value, CURRENCY, *bounds)],
    )


@figure(height=2.3)
def _draw_parts(ax: Axes, frame: pd.DataFrame) -> None:
    shown = frame.iloc[::-1].reset_index(drop=True)
    colours = shown["part"].map({"effect": ACCENT, "placebo": GREY}).fillna(CAUTION)
    for place, colour in colours.items():
        one, write = shown.loc[[place]], functools.partial(number, digits=2)
        draw_intervals(ax, one, one.index, value="value", write=write, color=colour)
    ax.axvline(0, color="#3d4a57", linewidth=1)
    name_rows(ax, shown.index, named(shown, part="review.part")["part"])
    ax.set_ylim(-0.6, len(shown) - 0.35)


@finding
def detectable(results: CampaignResults) -> Finding:
    """Lay out the smallest effect that a control group would detect, by its share."""
    found = pooling.detectable_effects(results)
    return Finding(
        "review.detectable",
        {"few": found.iloc[0], "many": found.iloc[-1]},
        table=found,
        counts=NO_CUSTOMERS,
        variants={"so_what": results.comparison},
    )


def summary(
    judged: pd.DataFrame, added: pd.DataFrame | Unavailable, results: CampaignResults | Unavailable, *, people: int
) -> Finding:
    """Answer the page's question: how many were reached, what that added to responses, and to spend.

    A draw that was not as planned is said before any effect.
    """
    answer = reason_of(results) if isinstance(results, Unavailable) else _answer(results)
    responses = None if isinstance(added, Unavailable) else additional_responses(added)
    for before in filter(None, (responses, broken_draws(judged))):
        answer = text("review.two_sentences", first=before, second=answer)
    return Finding("review.summary", {"campaigns": len(judged), "people": people, "second": answer})


# --- words and marks that several findings share


def _answer(results: CampaignResults) -> Text:
    """Say what the campaigns brought in spend, no surer than the interval and the placebo test allow."""
    pooled, concluded = results.pooled(), results.conclusion
    difference = text(f"review.difference.{'more' if pooled.effect.sign > 0 else 'less'}", pooled=pooled)
    return text(f"review.answer.{concluded}", pooled=pooled, difference=difference)


def _scope(results: CampaignResults) -> dict[str, Any]:
    return {"results": results, "pooled": results.pooled()}


def _trait(trait: str) -> Text:
    """Name what customers are compared by: a block of earlier weeks by its number."""
    number_of_block = trait.removeprefix("spend_")
    if number_of_block.isdigit() and number_of_block != "1":
        return text("review.trait.earlier", n=int(number_of_block))
    return word("review.trait", trait)
