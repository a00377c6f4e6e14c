"""Findings of 73 activation and use: what cards are used for, how they pay, and which category comes next."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from insight.card.use.spending import INSTALMENTS
from insight.card.use.upcoming import HABIT, MODEL, PLACES, POPULAR, Purchases
from insight.errors import Unavailable
from insight.intervals import compare_intervals
from insight.report.charts import draw_dots, draw_pairs
from insight.report.finding import Finding, finding, is_few
from insight.report.plot import figure
from insight.words.names import delivered_name, known_name, named
from insight.words.numerals import number
from insight.words.text import Text, text

_TOO_FEW = Unavailable("common", "too_few")
_MOST = 10  # categories that are drawn, or laid out as proposals


@finding
def categories(found: pd.DataFrame, *, days: int, customers: int) -> Finding | Unavailable:
    """Show where the money of cards goes, and how that differs from as many days before."""
    shown = found[~is_few(found["customers"])].reset_index(drop=True)
    if len(shown) < 2:
        return _TOO_FEW
    drawn = shown.head(_MOST)
    grown = shown[shown["change"].notna()]
    rises, falls = grown.loc[grown["change"].idxmax()], grown.loc[grown["change"].idxmin()]
    facts: dict[str, Any] = {"first": shown.iloc[0], "second": shown.iloc[1], "rises": rises, "falls": falls}
    whole, before = found["spend"].sum(), found["spend_before"].sum()
    facts |= {"spend": whole, "change": whole / before - 1 if before else float("nan")}
    moved = "grown" if falls["change"] >= 0 else "apart" if rises["change"] > 0 else "fallen"
    facts |= {f"{name}_name": delivered_name(facts[name]["category"]) for name in ("first", "second", "rises", "falls")}
    return Finding(
        facts=facts,
        figure=_draw_categories(drawn, whole, before),
        table=named(found, category=delivered_name),
        overlapping=customers,
        variants={"so_what": moved},
    )


@figure(height=4.2)
def _draw_categories(ax: Axes, drawn: pd.DataFrame, whole: float, before: float) -> None:
    names = [delivered_name(code) for code in drawn["category"]]
    shares = [drawn["spend_before"] / before if before else drawn["spend_before"], drawn["spend"] / whole]
    draw_pairs(ax, names, *shares, names=(text("usage.before"), text("usage.now")))


@finding
def ways(found: pd.DataFrame, *, tied: int | None, customers: int) -> Finding | Unavailable:
    """Lay out the ways to pay, and how much is bought on instalments."""
    channels = found[found["way"] != INSTALMENTS]
    if is_few(channels.iloc[0]["customers"]):
        return _TOO_FEW
    parts = found[found["way"] == INSTALMENTS]
    facts: dict[str, Any] = {"first": channels.iloc[0], "first_name": way_name(channels.iloc[0]["way"]), "tied": tied}
    has_parts = len(parts) and not is_few(parts.iloc[0]["customers"])
    facts |= {"parts": parts.iloc[0]} if has_parts else {}
    return Finding(
        facts=facts,
        table=named(found, way=way_name),
        overlapping=customers,
        variants={"title": "parts" if has_parts else "plain", "says": "tied" if tied and not is_few(tied) else None},
    )


def way_name(code: str) -> Text | str:
    """Name a way to pay, as delivered where the catalogue has no name for it."""
    return known_name("usage.way", code)


@finding
def utilisation(found: pd.DataFrame) -> Finding | Unavailable:
    """Show how accounts, and what is owed, are spread over the use of limits."""
    high = found[found["band"] > 0.6]
    if is_few(high["customers"].sum()):
        return _TOO_FEW
    facts = {"accounts": int(found["accounts"].sum()), "share": high["share"].sum(), "owed": high["owed"].sum()}
    names = [text(f"usage.band.{at}") for at in range(len(found))]
    return Finding(
        facts=facts,
        figure=_draw_bands,
        table=found.assign(band=names),
    )


@figure(height=3.4)
def _draw_bands(ax: Axes, shown: pd.DataFrame) -> None:
    names = (text("usage.of_accounts"), text("usage.of_owed"))
    draw_pairs(ax, list(shown["band"]), shown["share"], shown["owed"], names=names)


@finding
def following(measured: pd.DataFrame, bought: Purchases) -> Finding | Unavailable:
    """Show how well each ranking tells which category a customer takes up in the month kept back."""
    by = measured.set_index("ranking")
    if is_few(by.loc[MODEL, "customers"]):
        return _TOO_FEW
    model, habit, popular = (by.loc[name] for name in (MODEL, HABIT, POPULAR))
    against = compare_intervals(habit["lead_low"], habit["lead_high"], 0, 0)
    return Finding(
        facts={"model": model, "habit": habit, "popular": popular, "places": PLACES, "month": bought.tested},
        figure=_draw_rankings(measured),
        table=named(measured, ranking="usage.ranking"),
        variants={"title": "better" if model["gain_low"] > 0 else "alike", "so_what": against},
    )


@figure(height=2.6)
def _draw_rankings(ax: Axes, measured: pd.DataFrame) -> None:
    names = [text(f"usage.ranking.{name}") for name in measured["ranking"]]
    draw_dots(
        ax, names, measured, value="map", low="map_low", high="map_high", write=lambda value: number(value, digits=3)
    )


@finding
def proposed(found: pd.DataFrame) -> Finding | Unavailable:
    """Lay out to how many customers each category is proposed first for the month to come."""
    told = found[~is_few(found["customers"])]
    if told.empty:
        return _TOO_FEW
    first = told.iloc[0]
    facts = {"first": first, "name": delivered_name(first["category"]), "customers": int(found["customers"].sum())}
    return Finding(
        facts=facts, table=named(found.head(_MOST), category=delivered_name), overlapping=facts["customers"] + 1
    )
