"""Findings of 50 offers on trial: what trials say, what a response is worth, what policies would bring, the list."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from insight.config.parameters import Parameters
from insight.decide.trial.gains import Gains
from insight.decide.trial.limits import GROUP, OFFER
from insight.decide.trial.listing import OTHERS, Listed
from insight.decide.trial.policies import NOBODY, OURS, RANDOM
from insight.decide.trial.rules import BEYOND_BUDGET, NO_CONSENT, NOT_WORTH, REFUSED, Open
from insight.decide.trial.truth import Share
from insight.errors import Unavailable
from insight.predict.uplift.terms import Catalogue
from insight.predict.uplift.trials import Trials
from insight.report.charts import draw_effects, draw_intervals, in_percent, name_rows, note_at
from insight.report.finding import CURRENCY, Finding, Headline, finding, is_few, reason_of
from insight.report.plot import ACCENT, GREY, INK, figure
from insight.words.context import context
from insight.words.names import delivered_name, named
from insight.words.numerals import Value, money_to_three_figures
from insight.words.stated import Stated
from insight.words.text import Text, text, word

_NAMED = 3  # offers that the page leads with, and limits that cost most
_SEEN = 5e-5  # share below which a gap cannot be seen in a hundredth of a per cent


def offer_names(catalogue: Catalogue) -> dict[str, Text | str]:
    """Name each offer by its id, in words of the page's language."""
    return {str(offer): delivered_name(name) for offer, name in catalogue.offers["name"].items()}


def _listed_name(name: str) -> Text | str:
    return text("trials.other_offers") if name == OTHERS else delivered_name(name)


def _with_offers(frame: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    return frame.assign(offer=frame["offer_id"].map(offer_names(catalogue)))


# --- what the trials say


@finding
def drawn(trials: Trials, catalogue: Catalogue) -> Finding:
    """Lay out, by offer, how many lots contacted and held out, and what share responded, where that were not few."""
    counts = _with_offers(trials.counts, catalogue)
    few = {side: is_few(counts[side]) for side in ("responded", "held_responded")}
    rate = (counts["responded"] / counts["contacted"]).mask(few["responded"])
    held_rate = (counts["held_responded"] / counts["held_out"]).mask(few["held_responded"])
    table = counts.assign(rate=rate, held_rate=held_rate)
    facts = {"contacts": len(trials.sent), "held": int(counts["held_out"].sum()), "offers": len(trials.offers)}
    return Finding(
        facts=facts,
        table=table,
        overlapping=len(trials.sent),
        variants={"note": "few" if (few["responded"] | few["held_responded"]).any() else None},
    )


@finding
def uplift(measured: pd.DataFrame, catalogue: Catalogue) -> Finding:
    """Show what a contact adds to the responses to each offer, and how well those whom it persuades are told."""
    table = _with_offers(measured, catalogue).sort_values("effect", ascending=False, ignore_index=True)
    is_clear = table["effect_low"] > 0
    sound = (table["placebo_low"] <= 0) & (table["placebo_high"] >= 0)
    lines = []
    for row in table.itertuples(index=False):
        code = re.sub(r"\W+", "_", str(catalogue.offers.loc[row.offer_id, "code"])).lower()
        said = text("trials.uplift.told", name=row.offer, row=row)
        what = Stated("qini", scope=str(row.offer))
        lines.append(Headline(f"qini_{code}", row.qini, "", row.qini_low, row.qini_high, sentence=said, what=what))
    facts = {
        "top": table.iloc[0], "name": table["offer"].iloc[0],
        "last": table.iloc[-1], "last_name": table["offer"].iloc[-1],
        "clear": int(is_clear.sum()), "told": int((table["qini_low"] > 0).sum()), "sound": int(sound.sum()),
        "offers": len(table),
    }  # fmt: skip
    return Finding(
        facts=facts,
        figure=_draw_effects,
        table=table,
        overlapping=int(table["contacts"].sum()),
        variants={"title": "clear" if is_clear.any() else "none", "says": "all" if sound.all() else "some"},
        headlines=lines,
    )


@figure(height=3.2)
def _draw_effects(ax: Axes, frame: pd.DataFrame) -> None:
    draw_effects(ax, frame, names="offer")


@finding
def calibration(found: pd.DataFrame, *, source: str = "trials.source") -> Finding:
    """Show whether the additional responses that are predicted come, by tenths; ``source`` names what says of what."""
    within = (found["predicted"] >= found["observed_low"]) & (found["predicted"] <= found["observed_high"])
    return Finding(
        facts={"first": found.iloc[0], "last": found.iloc[-1], "within": int(within.sum()), "tenths": len(found)},
        figure=_draw_calibration,
        table=found,
        overlapping=int(found["contacts"].sum()),
        variants={"title": "calibrated" if within.sum() >= 0.8 * len(found) else "off"},
        words={"source": text(source)},
    )


@figure(height=3.4)
def _draw_calibration(ax: Axes, frame: pd.DataFrame) -> None:
    shown = frame.dropna(subset=["observed"])
    spread = [shown["observed"] - shown["observed_low"], shown["observed_high"] - shown["observed"]]
    top = 1.1 * max(shown["observed_high"].max(), shown["predicted"].max(), 0.01)
    ax.plot([0, top], [0, top], color=GREY, linewidth=1.2, linestyle="--")
    ax.errorbar(shown["predicted"], shown["observed"], yerr=spread, fmt="o", capsize=0, color=ACCENT)
    ax.set(xlim=(-0.04 * top, top), ylim=(min(shown["observed_low"].min(), 0) * 1.1, top))
    for axis in (ax.xaxis, ax.yaxis):
        in_percent(axis, ticks=5)
    note_at(ax, text("trials.calibration.line"), at=(top, top), offset=(0, 3), ha="right", va="bottom", color=INK)


@finding
def channels(compared: pd.DataFrame) -> Finding:
    """Lay out what a contact through each channel adds, and say which to take."""
    first, last = compared.iloc[0], compared.iloc[-1]
    return Finding(
        facts={
            "first": first,
            "last": last,
            "name": delivered_name(first["channel"]),
            "last_name": delivered_name(last["channel"]),
        },
        table=compared.assign(channel=compared["channel"].map(delivered_name)),
        variants={"so_what": "clear" if first["added_low"] > last["added_high"] else "alike"},
    )


@finding
def own_channels(own: pd.DataFrame) -> Finding:
    """Lay out who is reached better through a channel of their own than through the one that adds most."""
    surely = own[own["more_low"] > 0].sort_values("more", ascending=False)
    names = list(map(delivered_name, surely["channel"]))
    return Finding(
        facts={"names": names, "compared": len(own)},
        table=own.assign(channel=own["channel"].map(delivered_name)),
        variants={"so_what": "some" if names else "nobody"},
    )


# --- what a response is worth


@finding
def worth(each: pd.DataFrame, effects: pd.DataFrame, open_to: Open, catalogue: Catalogue) -> Finding:
    """Lay out what an additional response to each offer brings in a year, and how it does."""
    rows = []
    for offer in catalogue.offers.index:
        may = open_to.allowed[offer].to_numpy(bool)
        given = offer in catalogue.margins
        works = "margin" if given else catalogue.terms[offer].works
        effect = float(effects["effect"].get(offer, np.nan))
        value = float(each.loc[may, offer].mean()) if may.any() else np.nan
        rows.append((offer, works, effect if works in ("spending", "limit") else np.nan, int(may.sum()), value))
    table = pd.DataFrame(rows, columns=["offer_id", "works", "effect", "customers", "worth"])
    table = _with_offers(table, catalogue).sort_values("worth", ascending=False, ignore_index=True)
    return Finding(table=named(table, works="trials.works"), overlapping=len(open_to.allowed))


# --- what policies would have brought


@finding(headlines={"off_policy_value": CURRENCY, "additional_responses_against_random": ""})
def policies(found: pd.DataFrame) -> Finding:
    """Show what each policy would have brought in the trials."""
    found = _in_whole(found)
    by_name = found.set_index("policy")
    ours, random = by_name.loc[OURS], by_name.loc[RANDOM]
    others = found[~found["policy"].isin([OURS, NOBODY])]
    best = others.loc[others["value"].idxmax()]
    is_better = ours["value_low"] > max(best["value_high"], 0)
    value = Headline("off_policy_value", ours["value"], CURRENCY, ours["value_low"], ours["value_high"])
    against = Headline(
        "additional_responses_against_random", ours["against"], "", ours["against_low"], ours["against_high"]
    )
    known = random["added_low"] > 0 and np.isfinite(ours["against"])
    lines = [value, against if known else against.unless(text("trials.policies.random_adds_nothing"))]
    return Finding(
        facts={"ours": ours, "random": random, "best": best, "name": word("trials.policy", str(best["policy"]))},
        figure=_draw_policies,
        main=True,
        table=named(found, policy="trials.policy"),
        variants={"title": "better" if is_better else "not_better", "says": "ratio" if known else "none"},
        headlines=lines,
    )


def _in_currency(value: float) -> Value:
    return money_to_three_figures(value, context().currency)


def _in_whole(found: pd.DataFrame) -> pd.DataFrame:
    """Round amounts to whole units of the currency, as every place of the page tells them."""
    amounts = [f"{name}{end}" for name in ("value", "weighted") for end in ("", "_low", "_high")]
    return found.assign(**{name: found[name].round() for name in amounts})


@figure(height=2.8)
def _draw_policies(ax: Axes, frame: pd.DataFrame) -> None:
    shown = frame.iloc[::-1].reset_index(drop=True)
    ax.axvline(0, color=GREY, linewidth=1)
    draw_intervals(ax, shown, shown.index, value="value", write=_in_currency, color=ACCENT)
    name_rows(ax, shown.index, shown["policy"])
    ax.set_ylim(-0.6, len(shown) - 0.4)


# --- the list


@finding(headlines={"list_contacts": "customers", "list_gain": CURRENCY})
def offer_list(
    listed: Listed, summary: pd.DataFrame, reasons: pd.DataFrame, params: Parameters, gains: Gains
) -> Finding:
    """Show the list by offer, what it costs and is expected to leave, and what one more unit of the budget brings."""
    sent = listed.contacted
    if sent.empty:
        found = set(reasons["reason"])
        why = "no_consent" if found <= {REFUSED, NO_CONSENT} else "rules"
        why = "not_worth" if found & {NOT_WORTH, BEYOND_BUDGET} else why
        empty = Headline("list_contacts", 0, "customers", sentence=text("trials.empty_list.sentence"))
        return Finding("trials.empty_list", headlines=[empty], variants={"so_what": why})
    net, low, high = listed.net
    costs = float((sent["cost"] + sent["response_cost"]).sum())
    facts = {
        "customers": len(listed.rows), "contacted": len(sent), "controls": len(listed.rows) - len(sent), "costs": costs,
        "net": net, "net_low": low, "net_high": high,
        "each": net / costs, "each_low": low / costs, "each_high": high / costs,
        "price": listed.allocation.budget_price, "kept": gains.ratio,
    }  # fmt: skip
    lines = [Headline("list_contacts", len(sent), "customers"), Headline("list_gain", net, CURRENCY, low, high)]
    return Finding(
        facts=facts,
        table=named(summary, offer=_listed_name),
        variants={"so_what": _budget_is(listed)},
        headlines=lines,
    )


def _budget_is(listed: Listed) -> str:
    if listed.allocation.budget_price > 0:
        return "scarce"
    return "held" if any(price > 0 for price in listed.allocation.limit_prices.values()) else "enough"


@finding(headlines={"allocation_gap": "share"})
def limits(listed: Listed, catalogue: Catalogue) -> Finding:
    """Lay out what the list uses of each limit, what one more place brings, and how near it is to the best list."""
    found = listed.allocation
    near = "near" if found.gap >= _SEEN else "exact"
    gap = Headline("allocation_gap", found.gap, "share", variant=near)
    facts = {"gap": found.gap, "bound": found.bound}
    raises = any(catalogue.terms[offer].works == "limit" for offer in listed.contacted["offer_id"].unique())
    variants = {"says": near, "caution": "raises" if raises else None}
    if listed.limits.empty:
        return Finding(facts=facts, variants=variants, headlines=[gap])
    offers = offer_names(catalogue)
    kinds = listed.limits["kind"].tolist()
    names = [
        offers[name] if kind == OFFER else delivered_name(name)
        for kind, name in zip(kinds, listed.limits["name"], strict=True)
    ]
    table = listed.limits.assign(
        named=names,
        limit_name=[text(f"trials.limits.kind.{kind}", name=name) for kind, name in zip(kinds, names, strict=True)],
        bound=[word("trials.limits.bound", "least" if kind == GROUP else "most") for kind in kinds],
    )
    dear = table[table["price"] > 0].sort_values("price", ascending=False, kind="stable").head(_NAMED)
    most = [text(f"trials.limits.more.{row.kind}", name=row.named, row=row) for row in dear.itertuples(index=False)]
    variants["so_what"] = "held" if most else "free"
    return Finding(facts={**facts, "most": most}, table=table, variants=variants, headlines=[gap])


@finding
def left_out(reasons: pd.DataFrame) -> Finding:
    """Lay out how many customers are on the list, and of all others the first reason why they are not."""
    facts = {"n": int(reasons["customers"].sum())}
    return Finding(facts=facts, table=named(reasons, reason="trials.reason"))


@finding(headlines={"policy_share_of_oracle": "share"})
def oracle(found: Share) -> Finding:
    """Say what the contacts truly gain, as a share of the truth's own choice."""
    return _share("policy_share_of_oracle", found)


@finding(headlines={"policy_share_of_ceiling": "share"})
def ceiling(found: Share) -> Finding:
    """Say what the contacts truly gain, as a share of what trees gain that are taught the truth."""
    return _share("policy_share_of_ceiling", found)


def _share(headline: str, found: Share) -> Finding:
    return Finding(headlines=[Headline(headline, found.value, "share", found.low, found.high)])


def answer(
    listed: Listed | Unavailable, summary: pd.DataFrame | Unavailable, found: pd.DataFrame | Unavailable
) -> Finding:
    """Answer the page's question: whom to offer what, and what that is expected to leave."""
    missing = next((one for one in (listed, summary, found) if isinstance(one, Unavailable)), None)
    if missing is not None or isinstance(listed, Unavailable) or isinstance(summary, Unavailable):
        return Finding("trials.answer", words={"lead": reason_of(missing)} if missing is not None else {})
    if listed.contacted.empty or isinstance(found, Unavailable):
        return Finding("trials.answer", variants={"lead": "empty"})
    net, low, high = listed.net
    rows = summary[~is_few(summary["customers"])].head(_NAMED).itertuples()
    most = [text("trials.answer.offer", name=_listed_name(row.offer), row=row) for row in rows]
    ours = _in_whole(found).set_index("policy").loc[OURS]
    facts: Mapping[str, Any] = {
        "contacted": len(listed.contacted), "most": most, "net": net, "net_low": low, "net_high": high, "ours": ours,
    }  # fmt: skip
    lead = "few" if not most else "whole" if len(most) == len(summary) else "known"
    return Finding("trials.answer", facts, variants={"lead": lead})
