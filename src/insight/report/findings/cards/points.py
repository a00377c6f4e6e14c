"""Findings of 73 activation and use: the books of points, what will be redeemed, who redeems, and for what."""

from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, num2date

from insight.card.use.points import Books, Breakage
from insight.card.use.redeeming import OWN, POPULAR, Staying
from insight.errors import Unavailable
from insight.intervals import clear_of_zero
from insight.report.charts import draw_dots, in_percent, legend_above
from insight.report.finding import CURRENCY, Finding, Headline, finding, is_few
from insight.report.plot import ACCENT, CAUTION, GREY, PALETTE, figure
from insight.words.names import named
from insight.words.numerals import day, percent, three_figures
from insight.words.text import text, word

_TOO_FEW = Unavailable("common", "too_few")
_SHOWN, _MILLIONS = 13, 1e-6  # months that are laid out; points in a figure


@finding(headlines={"points_liability": CURRENCY})
def ledger(months: pd.DataFrame, books: Books, price: float) -> Finding | Unavailable:
    """Show the points outstanding, what came and went, and state what they cost once redeemed."""
    if is_few(len(books.customers)):
        return _TOO_FEW
    last, year = months.iloc[-1], months.tail(_SHOWN - 1)
    bounds = [three_figures(last[name] * price) for name in ("outstanding", "low", "high")]
    flows = year[["earned", "redeemed", "lapsed", "forfeited"]].sum() * _MILLIONS
    left = last["outstanding"] * _MILLIONS
    facts = {"flows": flows, "left": left, "opening": left - flows["earned"] + flows.drop("earned").sum()}
    facts |= {"liability": bounds[0], "low": bounds[1], "high": bounds[2], "months": len(year), "price": price}
    facts["life"] = books.life
    thousands = months.columns.drop("month")
    return Finding(
        facts=facts,
        figure=_draw_ledger(months),
        table=months.tail(_SHOWN).assign(
            month=[day(month, style="month") for month in months["month"].tail(_SHOWN)],
            **{name: (months[name] / 1000).round() for name in thousands},
        ),
        headlines=[Headline("points_liability", bounds[0], CURRENCY)],
    )


@figure(height=3.6)
def _draw_ledger(ax: Axes, months: pd.DataFrame) -> None:
    days = pd.to_datetime(months["month"])
    ax.fill_between(days, months["low"] * _MILLIONS, months["high"] * _MILLIONS, color=ACCENT, alpha=0.2, lw=0)
    ax.plot(days, months["outstanding"] * _MILLIONS, color=ACCENT, lw=2.4, label=str(text("points.outstanding")))
    for name, colour in (("earned", PALETTE[2]), ("redeemed", CAUTION)):
        ax.plot(days, months[name] * _MILLIONS, color=colour, lw=1.4, label=str(word("points.flow", name)))
    ax.set_ylim(0, 1.1 * float(months["high"].max()) * _MILLIONS)
    ax.xaxis.set_major_locator(AutoDateLocator(minticks=3, maxticks=6))
    ax.xaxis.set_major_formatter(lambda value, _place: str(day(num2date(value), style="short month")))
    legend_above(ax)


@finding
def breakage(found: Breakage, months: pd.DataFrame, price: float) -> Finding:
    """Say how much of the points outstanding will be redeemed, and how the same forecast fared before."""
    rows = [
        ("told", found.told, found.told_low, found.told_high),
        ("came", found.value, None, None),
        ("plain", found.plain, None, None),
        ("now", found.value, found.low, found.high),
    ]
    table = pd.DataFrame(rows, columns=["what", "share", "low", "high"]).astype({"low": float, "high": float})
    cost = float(months.iloc[-1]["outstanding"]) * price * found.value
    return Finding(
        facts={"cost": cost, "rest": 1 - found.value},
        table=named(table, what="points.forecast"),
        variants={"so_what": "held" if found.held else "missed"},
    )


@finding
def staying(found: Staying) -> Finding | Unavailable:
    """Say whether those who redeem stay longer than comparable others, which proves nothing."""
    if is_few(found.redeemed) or is_few(found.customers - found.redeemed):
        return _TOO_FEW
    table = pd.DataFrame({
        "who": ["redeemed", "others"], "customers": [found.redeemed, found.customers - found.redeemed],
        "stayed": [found.stayed, found.others], "low": [found.stayed_low, None], "high": [found.stayed_high, None],
    }).astype({"low": float, "high": float})  # fmt: skip
    frame = pd.DataFrame({"effect": [found.effect], "effect_low": [found.low], "effect_high": [found.high]})
    side = {1: "more", -1: "less", 0: "same"}[int(clear_of_zero(frame, "effect").iloc[0])]
    return Finding(table=named(table, who="points.who"), variants={"title": side, "so_what": side})


@finding
def items(measured: pd.DataFrame) -> Finding | Unavailable:
    """Say how often a ranking names what a customer redeems for next, beside chance."""
    by = measured.set_index("ranking")
    if is_few(by.loc[OWN, "customers"]):
        return _TOO_FEW
    best = measured.loc[measured["hits"].idxmax()]
    facts: dict[str, Any] = {"best": best, "name": text(f"points.ranking.{best['ranking']}")}
    facts |= {"popular": by.loc[POPULAR], "own": by.loc[OWN], "chance": float(measured["chance"].iloc[0])}
    above = bool((measured["hits_low"] > measured["chance"]).any())
    return Finding(
        facts=facts,
        figure=_draw_items(measured),
        table=named(measured, ranking="points.ranking"),
        variants={"title": "above" if above else "chance", "so_what": "above" if above else "chance"},
    )


@figure(height=2.6)
def _draw_items(ax: Axes, measured: pd.DataFrame) -> None:
    names = [text(f"points.ranking.{name}") for name in measured["ranking"]]
    write = partial(percent, digits=1)
    draw_dots(ax, names, measured, value="hits", low="hits_low", high="hits_high", write=write)
    in_percent(ax.xaxis, ticks=6)
    ax.axvline(float(measured["chance"].iloc[0]), color=GREY, linewidth=1)
