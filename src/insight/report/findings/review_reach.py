"""Findings of the campaign review on reach and responses, and how campaigns are named."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from insight.report.charts import draw_intervals, in_percent, name_rows
from insight.report.context import context
from insight.report.finding import Finding, Headline, finding, is_few
from insight.report.names import delivered_name, named
from insight.report.numerals import NOTHING
from insight.report.plot import ACCENT, CAUTION, GREY, colour_of, figure
from insight.report.text import Text, text, word
from insight.review import reach
from insight.review.draw import BROKEN, UNPLANNED


def reached(judged: pd.DataFrame, *, people: int, customers: int) -> Finding:
    """State how many customers were contacted, how often, and which campaigns are seen in part."""
    campaigns, contacts = len(judged), int(judged["contacted"].sum())
    partial = int(judged["verdict"].isin([reach.UNFINISHED, reach.BEFORE_DATA]).sum())
    facts: dict[str, float] = {"campaigns": campaigns, "people": people, "customers": customers}
    facts |= {"partial": partial, "times": contacts / max(people, 1), "share": people / max(customers, 1)}
    return Finding(
        "review.reached",
        facts,
        variants={"caution": "partial" if partial else None},
        headlines=[Headline("campaign_reach", people, unit="customers")],
    )


def draw(judged: pd.DataFrame) -> Finding:
    """Say whether control groups were drawn as planned, and how many customers are on both sides."""
    held = judged[(judged["held_out"] > 0) | (judged["draw"] == BROKEN)]
    broken, planned = held[held["draw"] == BROKEN], held[held["draw"] != UNPLANNED]
    both = judged[judged["both"] > 0]
    state = "none" if held.empty else "broken" if len(broken) else "kept" if len(planned) else "no_plan"
    facts = {"campaigns": len(planned), **_worst_draw(broken)}
    if len(both):
        facts |= {"both": both["both"].sum(), "in_campaigns": len(both), "both_name": campaign_names(both)[0]}
    few = "few" if both["both"].sum() < context().min_cell else "both"
    small = broken[["contacted", "held_out"]].replace(0, context().min_cell).min(axis=1) < context().min_cell
    shown = with_names(broken[~small])
    return Finding(
        "review.draw",
        facts,
        table=None if shown.empty else shown,
        counts="contacted",
        variants={
            "says": state,
            "so_what": state if state == "broken" else None,
            "caution": few if len(both) else None,
        },
        headlines=[Headline("campaign_draws_broken", len(broken), "campaigns")] if len(broken) else [],
    )


def _worst_draw(broken: pd.DataFrame) -> dict[str, Any]:
    """Name the campaign whose delivered split is farthest from the planned one; nothing where all were kept."""
    if broken.empty:
        return {}
    worst = broken.loc[(broken["delivered"] - broken["planned"]).abs().idxmax()]
    name = _campaign_name(worst["campaign_id"], worst["name"])
    return {"broken": len(broken), "worst": worst, "name": name}


def broken_draws(judged: pd.DataFrame) -> Text | None:
    """Say which campaign was not drawn as planned, where one was not."""
    worst = _worst_draw(judged[judged["draw"] == BROKEN])
    return text("review.draw.says.broken", **worst) if worst else None


def responses(campaigns: pd.DataFrame, by_kind: pd.DataFrame) -> Finding:
    """Draw the response rate of each campaign, or of each offer where its rounds were added up."""
    total, by_offer = reach.overall_response(campaigns).iloc[0], "campaigns" in campaigns
    silent = reach.silent_campaigns(campaigns)
    facts = {"total": total, "contacts": campaigns["contacted"].sum(), "silent": len(silent)}
    if len(silent):
        facts["silent_name"] = campaign_names(silent)[0]
    caution = "silent" if len(silent) else None
    facts["campaigns"] = campaigns["campaigns"].sum() if by_offer else len(campaigns)
    shown = reach.with_enough_responses(campaigns, min_cell=context().min_cell)
    if shown.empty:
        few = text("review.unavailable.says.responses")
        words, stated = {"says": few}, [_response_rate(total)]
        return Finding("review.responses", facts, variants={"caution": caution}, headlines=stated, words=words)
    groups = named(shown.assign(kind=shown["name"]) if by_offer else by_kind, kind=_kind)
    rates, top = reach.compare_rates(groups), shown.sort_values("response_rate").iloc[-1]
    return Finding(
        "review.responses",
        facts | rates._asdict() | {"top": top, "top_name": _campaign_name(top["campaign_id"], top["name"])},
        figure=_draw_responses(shown),
        table=with_names(shown),
        counts="responded",
        variants={"title": rates.verdict, "caption": "offers" if by_offer else "campaigns", "caution": caution},
        headlines=[_response_rate(total)],
    )


def _response_rate(total: pd.Series) -> Headline:
    name, rate = "campaign_response_rate", total["response_rate"]
    if pd.isna(rate):
        return Headline(name, None, "share", sentence=text("review.unavailable.says.responses"))
    return Headline(name, rate, "share", total["response_low"], total["response_high"])


@figure(height=4.4)
def _draw_responses(ax: Axes, campaigns: pd.DataFrame) -> None:
    shown = campaigns.iloc[::-1].reset_index(drop=True)
    kinds = sorted(shown["kind"].fillna("").unique())
    colours = {kind: colour_of(kind) for kind in kinds}
    if len(set(colours.values())) < len(kinds) <= 3:  # a few of one colour could not be told apart
        colours = dict(zip(kinds, (GREY, ACCENT, CAUTION), strict=False))
    for kind in kinds:
        rows = shown[shown["kind"].fillna("") == kind]
        look = {"color": colours[kind], "label": str(_kind(kind)) or None}
        draw_intervals(ax, rows, rows.index, value="response_rate", bounds="response", write=None, **look)
    name_rows(ax, shown.index, campaign_names(shown))
    ax.set_xlim(0, None)
    in_percent(ax.xaxis, ticks=6)
    if shown["kind"].notna().any():
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=min(int(shown["kind"].nunique()), 4))


def responses_by_kind(by_kind: pd.DataFrame) -> Finding:
    """Lay out campaigns, contacts and responses by kind of campaign."""
    return Finding("review.by_kind", table=with_kinds(by_kind), counts="responded")


@finding
def incremental(added: pd.DataFrame) -> Finding:
    """Lay out the additional responses by offer; an offer with few responses on a side is in the last row only."""
    said, total = additional_responses(added), added.iloc[-1]
    few = is_few(added[["responded", "held_responded"]].min(axis=1))
    shown = added[~few | added["name"].isna()].reset_index(drop=True)
    bounds = (total["added"], "share", total["added_low"], total["added_high"])
    return Finding(
        "review.incremental",
        table=named(shown.assign(campaign=shown["name"]), campaign=_offer_name),
        counts="responded",
        headlines=[Headline("campaign_answers_added", *bounds, sentence=said)],
        words={"so_what": said},
    )


def additional_responses(added: pd.DataFrame) -> Text:
    """Say how many additional responses a hundred contacts bring, or that there are none significant."""
    found = reach.added_in_all(added)
    return text(f"review.incremental.so_what.{found.verdict}", found=found, total=added.iloc[-1])


# --- names of campaigns


def _offer_name(name: Any) -> Text | str:
    return _kind(name) if isinstance(name, str) else word("review.campaign", "all")


def _kind(name: Any) -> Text | str:
    return delivered_name(name) if isinstance(name, str) else NOTHING


def _campaign_name(campaign_id: str, name: Any) -> Text | str:
    """Name a campaign as the business does, with the month of its round, else by its id."""
    if not isinstance(name, str) or not name:
        return text("review.campaign.unnamed", id=campaign_id)
    offer = reach.name_of_round(name)
    month = name.removesuffix(offer).strip()
    return text("review.campaign.dated", month=month, offer=_kind(offer)) if month else _kind(offer)


def campaign_names(frame: pd.DataFrame) -> list[Text | str]:
    """Name each campaign, in words of the page's language."""
    return [_campaign_name(*row) for row in frame[["campaign_id", "name"]].itertuples(index=False)]


def with_names(frame: pd.DataFrame) -> pd.DataFrame:
    """Give campaigns with their names and kinds in words."""
    return with_kinds(frame).assign(campaign=campaign_names(frame))


def with_kinds(frame: pd.DataFrame) -> pd.DataFrame:
    """Give rows with their kind of campaign in words."""
    return named(frame, kind=_kind)
