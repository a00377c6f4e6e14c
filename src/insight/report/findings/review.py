"""Findings of the campaign review: who was reached and responded, effects on spend, what may be concluded."""

import functools
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from insight.errors import Unavailable
from insight.intervals import LEVEL, clear_of_zero
from insight.report.charts import draw_intervals, in_percent, legend_above, name_rows, note_at
from insight.report.finding import CURRENCY, Finding, Headline, finding, is_few, reason_of
from insight.report.plot import ACCENT, CAUTION, CAUTION_INK, GREY, INK, PALE, colour_of, figure
from insight.report.tiles import PER_HUNDRED
from insight.review import pooling, reach
from insight.review.draw import KEPT, broken_draws, judge_draws
from insight.review.pooling import DOUBTFUL, CampaignResults
from insight.review.readout import ReadOut
from insight.words.context import context
from insight.words.names import delivered_name, named
from insight.words.numerals import NOTHING, Value, number
from insight.words.text import Text, listing, text, word

# --- reach and responses


def reached(judged: pd.DataFrame, found: reach.Contacted) -> Finding:
    """State how many customers were contacted, and which campaigns are seen in part."""
    partial = int(judged["verdict"].isin([reach.UNFINISHED, reach.BEFORE_DATA]).sum())
    facts: dict[str, Any] = {"campaigns": len(judged), "contacts": int(judged["contacted"].sum()), "partial": partial}
    others = "few" if is_few(found.others) else "some"
    return Finding(
        "review.reached",
        facts | {"found": found},
        variants={"says": others if found.others else "none", "caution": "partial" if partial else None},
        headlines=[Headline("campaign_reach", found.people, unit="customers")],
    )


def draw(judged: pd.DataFrame) -> Finding:
    """Say whether control groups were drawn as planned, and how many customers are on both sides."""
    broken, both, state = broken_draws(judged), judged[judged["both"] > 0], judge_draws(judged)
    kept = int(((judged["draw"] == KEPT) & (judged["held_out"] > 0)).sum())
    facts = {"campaigns": kept, "both": both["both"].sum(), "in_campaigns": len(both)}
    wrong = _drawn_wrong(broken)
    facts |= {"both_name": next(iter(campaign_names(both)), NOTHING), **_worst(broken)}
    small = is_few(broken[["contacted", "held_out"]].replace(0, np.inf).min(axis=1))
    shown = with_names(broken[~small].sort_index())
    return Finding(
        "review.draw",
        facts,
        table=None if shown.empty else shown,
        variants={
            "says": state if wrong is None else None,
            "so_what": state if len(broken) else None,
            "caution": None if both.empty else "few" if is_few(facts["both"]) else "both",
        },
        words={} if wrong is None else {"says": wrong},
        headlines=[Headline("campaign_draws_broken", len(broken), "campaigns", sentence=wrong)] if len(broken) else [],
    )


def _drawn_wrong(broken: pd.DataFrame) -> Text | None:
    """Say which campaigns were not drawn as planned, one by one or all together; nothing where all were."""
    if broken.empty:
        return None
    if not broken["together"].all():
        return text("review.draw.says.broken", **_worst(broken))
    size = broken["contacted"] + broken["held_out"]
    shares = {name: float(np.average(broken[name], weights=size)) for name in ("planned", "delivered")}
    return text("review.draw.says.together", broken=len(broken), **shares)


def _worst(broken: pd.DataFrame) -> dict[str, Any]:
    """Name the first of campaigns that were not drawn as planned; nothing where all were."""
    names = campaign_names(broken)
    return {"broken": len(broken), "worst": broken.iloc[0], "name": names[0]} if names else {}


def responses(campaigns: pd.DataFrame, by_kind: pd.DataFrame) -> Finding:
    """Draw the response rate of each campaign, or of each offer where its rounds were added up."""
    total, by_offer = reach.overall_response(campaigns).iloc[0], "campaigns" in campaigns
    silent = campaign_names(reach.silent_campaigns(campaigns))
    caution, none = "silent" if silent else None, text("review.unavailable.says.responses")
    facts = {"total": total, "contacts": campaigns["contacted"].sum(), "silent": len(silent)}
    facts |= {"silent_name": silent[0] if silent else NOTHING}
    facts["campaigns"] = campaigns["campaigns"].sum() if by_offer else len(campaigns)
    rate, bounds = total["response_rate"], {"low": total["response_low"], "high": total["response_high"]}
    said: dict[str, Any] = {"value": None, "sentence": none} if pd.isna(rate) else {"value": rate, **bounds}
    stated = [Headline("campaign_response_rate", unit="share", **said)]
    item = Finding("review.responses", facts, variants={"caution": caution}, headlines=stated)
    shown = reach.with_enough_responses(campaigns, min_cell=context().min_cell)
    if shown.empty:
        return item.unless(none)
    groups = named(shown.assign(kind=shown["name"]) if by_offer else by_kind, kind=delivered_name)
    rates, top = reach.compare_rates(groups), shown.sort_values("response_rate").iloc[-1]
    return replace(
        item,
        facts=facts | rates._asdict() | {"top": top, "top_name": _campaign_name(top)},
        figure=_draw_responses(shown),
        table=with_names(shown),
        variants={"title": rates.verdict, "caption": "offers" if by_offer else "campaigns", "caution": caution},
    )


@figure(height=4.4)
def _draw_responses(ax: Axes, campaigns: pd.DataFrame) -> None:
    shown = campaigns.iloc[::-1].reset_index(drop=True)
    kinds = sorted(shown["kind"].fillna("").unique())
    colours = {kind: colour_of(kind) for kind in kinds}
    if len(set(colours.values())) < len(kinds) <= 3:  # a few of one colour could not be told apart
        colours = dict(zip(kinds, (GREY, ACCENT, CAUTION), strict=False))
    for kind in kinds:
        rows = shown[shown["kind"].fillna("") == kind]
        look: dict[str, Any] = {"color": colours[kind], "label": str(delivered_name(kind)) or None}
        draw_intervals(ax, rows, rows.index, value="response_rate", bounds="response", **look)
    name_rows(ax, shown.index, campaign_names(shown))
    ax.set_xlim(0, None)
    in_percent(ax.xaxis, ticks=6)
    if shown["kind"].notna().any():
        legend_above(ax)


def responses_by_kind(by_kind: pd.DataFrame) -> Finding:
    """Lay out campaigns, contacts and responses by kind of campaign."""
    return Finding("review.by_kind", table=named(by_kind, kind=delivered_name))


@finding
def incremental(added: pd.DataFrame) -> Finding:
    """Lay out the additional responses by offer; of one with few responses on a side, the difference alone is said."""
    said, total, offers = additional_responses(added), added.iloc[-1], added[added["name"].notna()]
    few = is_few(offers[["responded", "held_responded"]].min(axis=1))
    shown = added.drop(offers.index[few]).reset_index(drop=True)
    bounds = (total["added"], PER_HUNDRED, total["added_low"], total["added_high"])
    side = clear_of_zero(offers, "added")
    named_offers = {"adding": _listed(offers[side > 0]), "others": _listed(offers[side <= 0])}
    facts = {name: listed for name, listed in named_offers.items() if listed} | {"all": len(offers)}
    if few.any():
        each = [
            text("review.incremental.few", offer=delivered_name(row["name"]), row=row)
            for _, row in offers[few].iterrows()
        ]
        facts["few"] = listing(each)
    return Finding(
        facts=facts,
        table=shown.assign(campaign=[*map(delivered_name, shown["name"][:-1]), word("review.campaign", "all")]),
        variants={
            "so_what": ("some" if (side <= 0).any() else "every") if (side > 0).any() else "none",
            "caution": "few" if few.any() else None,
        },
        headlines=[Headline("campaign_answers_added", *bounds, sentence=said)],
        words={"says": said},
    )


def _listed(offers: pd.DataFrame) -> Value | None:
    """Name offers one after the other."""
    return listing(map(delivered_name, offers["name"])) if len(offers) else None


def additional_responses(added: pd.DataFrame) -> Text:
    """Say how many additional responses a hundred contacts bring, or that there are none significant."""
    found = reach.added_in_all(added)
    return text(f"review.incremental.says.{found.verdict}", found=found, total=added.iloc[-1])


# --- who is comparable


def comparability(judged: pd.DataFrame) -> Finding:
    """Count campaigns by whether they can be compared, or why not."""
    found = judged.groupby("verdict").agg(campaigns=("campaign_id", "size"), contacts=("contacted", "sum"))
    found = found.sort_values("campaigns", ascending=False, kind="stable").reset_index()
    return Finding("review.comparability", table=named(found, verdict="review.verdict"))


@finding
def balance(results: CampaignResults) -> Finding:
    """Draw how different contacted customers and others were, before and after weighting."""
    found, control = pooling.mean_balance(results), results.comparison
    return Finding(
        facts={"pooled": results.pooled(), "spend": pooling.spend_before(results), "furthest": found["before"].max()},
        figure=_draw_balance(found),
        table=named(found, trait=_trait),
        variants={"title": pooling.judge_balance(found), "says": control, "caution": control},
    )


@figure(height=3.2)
def _draw_balance(ax: Axes, frame: pd.DataFrame) -> None:
    shown = frame.iloc[::-1].reset_index(drop=True)
    ax.hlines(shown.index, shown["after"], shown["before"], color=PALE, linewidth=2)
    ax.plot(shown["before"], shown.index, "o", color=GREY, label=str(text("review.legend.unweighted")))
    ax.plot(shown["after"], shown.index, "o", color=ACCENT, label=str(text("review.legend.weighted")))
    name_rows(ax, shown.index, map(_trait, shown["trait"]))
    ax.set_xlim(-0.05, None)
    legend_above(ax)


# --- effects on spend


@finding
def path(results: CampaignResults) -> Finding:
    """Draw the weekly spend of contacted and comparable customers around the start of campaigns."""
    weeks = pooling.common_weeks(results)
    gap = pooling.gap_around_start(weeks)
    return Finding(
        facts={"pooled": results.pooled(), "gap": gap, "start": weeks.loc[0]},
        figure=_draw_path(weeks),
        table=weeks.reset_index(),
        variants={"title": "more" if gap.during >= 0 else "less"},
    )


@figure(height=3.0)
def _draw_path(ax: Axes, frame: pd.DataFrame) -> None:
    ax.axvspan(-0.5, frame.index.max() + 0.5, color="#eef4f4", zorder=0)
    ax.axhline(0, color=INK, linewidth=1)
    ax.plot(frame.index, frame["contacted"] - frame["comparable"], "o-", color=ACCENT, markersize=4)
    ax.set_xlim(frame.index.min() - 0.5, frame.index.max() + 0.5)
    start = (-0.5, ax.get_ylim()[1])
    note_at(ax, text("review.legend.running"), at=start, offset=(4, 2), color=CAUTION_INK, va="bottom")


@finding(headlines={"campaign_effect": CURRENCY})
def effects(results: CampaignResults, *, by_offer: bool = False) -> Finding:
    """Draw the effect of each campaign, or offer, beside its placebo, and state the pooled effect."""
    pooled, found = results.pooled(), results.by_round() if by_offer else results.effects
    bounds = (pooled.effect.value, CURRENCY, pooled.effect.low, pooled.effect.high)
    said: dict[str, Any] = {"note": word("review.verdict", pooled.verdict), "sentence": _answer(results)}
    alarms = found[(found["placebo_low"] > 0) | (found["placebo_high"] < 0)]
    facts = {"pooled": pooled, "clear": pooling.count_clear(found), "all": len(found), "alarms": len(alarms)}
    if len(alarms):
        facts["names"] = listing(campaign_names(alarms))
    beyond = "beyond_chance" if clear_of_zero(found, "placebo").any() else "by_chance"
    says, clear = pooling.clear_among(found)
    if says is not None:
        facts |= {"clear_names": listing(campaign_names(clear)), "compared": len(found)}
    return Finding(
        facts=facts | {"by_chance": len(found) * (1 - LEVEL)},
        figure=_draw_effects,
        table=with_names(found),
        variants={
            "title": {1: "more", 0: "neither", -1: "less"}[pooled.effect.sign],
            "says": says,
            "caution": beyond if len(alarms) else None,
        },
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
    legend_above(ax)


@finding
def effects_by_kind(results: CampaignResults) -> Finding:
    """Lay out the pooled effect and placebo of each kind of campaign, and what the effect amounts to."""
    found = results.by_kind()
    table = None if found.empty else named(found, kind=delivered_name)
    return Finding(facts={"pooled": results.pooled()}, table=table)


# --- the placebo test, and what may be concluded


@finding(headlines={"campaign_effect_placebo": CURRENCY})
def placebo(results: CampaignResults) -> Finding:
    """Draw effect, placebo and their difference, and say what may be concluded from them."""
    pooled = results.pooled()
    parts, bounds = pooled.as_table(), (pooled.placebo.low, pooled.placebo.high)
    return Finding(
        facts={"pooled": pooled},
        figure=_draw_parts(parts),
        main=True,
        table=named(parts, part="review.part"),
        variants={
            "title": "clear" if pooled.placebo.sign else "none",
            "so_what": _advised(results),
            "caution": results.comparison,
        },
        headlines=[Headline("campaign_effect_placebo", pooled.placebo.value, CURRENCY, *bounds)],
    )


def _advised(results: CampaignResults) -> str:
    """Say what to do: with control groups by the side that the effect is on, unless the placebo casts doubt on them."""
    if results.conclusion != "control":
        return results.conclusion
    pooled = results.pooled()
    if pooled.verdict == DOUBTFUL:
        return "control_doubtful"
    return "control_gain" if pooled.effect.sign > 0 else "control_loss"


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
        facts={"few": found.iloc[0], "many": found.iloc[-1]}, table=found, variants={"so_what": results.comparison}
    )


def summary(
    judged: pd.DataFrame,
    added: pd.DataFrame | Unavailable,
    read: ReadOut | Unavailable,
    results: CampaignResults | Unavailable,
    *,
    people: int,
) -> Finding:
    """Answer the page's question: what was added to responses, by which offer most and cheapest, and to spend.

    A draw that was not as planned is said before any effect.
    """
    broken = broken_draws(judged)
    told = [reason_of(results) if isinstance(results, Unavailable) else _answer(results)]
    told += [] if isinstance(read, Unavailable) else _best_offers(read)
    told += [] if isinstance(added, Unavailable) else [additional_responses(added)]
    told += [wrong] if (wrong := _drawn_wrong(broken)) else []
    answer = functools.reduce(lambda second, first: text("review.two_sentences", first=first, second=second), told)
    return Finding("review.summary", {"campaigns": len(judged), "people": people, "second": answer})


def _best_offers(read: ReadOut) -> list[Text]:
    """Name the offer that surely adds most responses and the one that adds them surely cheapest.

    Chosen by the bound that is sure, not by the estimate: the highest of several estimates is high by luck, too.
    """
    offers = read.offers[read.offers["offer_id"].notna()]
    proven = offers[offers["added_low"] > 0]
    if proven.empty:
        return []
    most, cheap = proven.loc[proven["added_low"].idxmax()], proven.loc[proven["price_high"].idxmin()]
    responses = {name: most[name] for name in ("added", "added_low", "added_high")}
    names = {"most": delivered_name(most["name"]), "name": delivered_name(cheap["name"])}
    is_one = most["offer_id"] == cheap["offer_id"]
    return [text(f"review.best.{'one' if is_one else 'two'}", **names, **responses, cheap=cheap)]


# --- words and marks that several findings share


def _answer(results: CampaignResults) -> Text:
    """Say what the campaigns brought in spend, no surer than the interval and the placebo test allow."""
    pooled, concluded = results.pooled(), results.conclusion
    difference = text(f"review.difference.{'more' if pooled.effect.sign > 0 else 'less'}", pooled=pooled)
    return text(f"review.answer.{concluded}", pooled=pooled, difference=difference)


def _trait(trait: str) -> Text:
    """Name what customers are compared by: a block of earlier weeks by its number."""
    number_of_block = trait.removeprefix("spend_")
    if number_of_block.isdigit() and number_of_block != "1":
        return text("review.trait.earlier", n=int(number_of_block))
    return word("review.trait", trait)


def _campaign_name(campaign: pd.Series) -> Text | str:
    """Name a campaign as the business does, with the month of its round, else by its id."""
    name = campaign["name"]
    if not isinstance(name, str) or not name:
        return text("review.campaign.unnamed", id=campaign["campaign_id"])
    offer = reach.name_of_round(name)
    month, offer_name = name.removesuffix(offer).strip(), delivered_name(offer)
    return text("review.campaign.dated", month=month, offer=offer_name) if month else offer_name


def campaign_names(frame: pd.DataFrame) -> list[Text | str]:
    """Name each campaign, in words of the page's language."""
    return [_campaign_name(campaign) for _, campaign in frame.iterrows()]


def with_names(frame: pd.DataFrame) -> pd.DataFrame:
    """Give campaigns with their names and kinds in words."""
    return named(frame, kind=delivered_name).assign(campaign=campaign_names(frame))
