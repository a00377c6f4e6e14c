"""Whom to keep: what contacting so many would have brought, what the list rests on, and who has gone quiet."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from insight.decide.keep import GAIN, PROBABILITY, REACH, SPEND, YEAR, Assumed, Quiet, Tested
from insight.errors import Unavailable
from insight.predict.churn.design import Cuts
from insight.predict.churn.window import Window
from insight.report.charts import name_ends, note_at
from insight.report.finding import Finding, finding, is_few
from insight.report.plot import ACCENT, CAUTION, CAUTION_INK, GREY, INK, figure
from insight.words.context import context
from insight.words.names import named
from insight.words.text import text

#: Times the contacts that are expected to pay, of which the profit is laid out.
_SHOWN = (0.5, 1, 2, REACH)


@finding
def curve(tested: Tested, cuts: Cuts, assumed: Assumed) -> Finding:
    """Show what contacting so many would have brought on later days, by the expected gain and by plainer orders."""
    few = bool(is_few(tested.contacts))
    own = tested.curve[tested.curve["order"] == GAIN]
    wanted = np.unique(np.clip([round(by * tested.contacts) for by in _SHOWN], 0, tested.customers))
    places = [int((own["contacts"] - want).abs().to_numpy().argmin()) for want in [*wanted, tested.customers]]
    wide = pd.DataFrame(
        {name: part.set_index("contacts")["profit"] for name, part in tested.curve.groupby("order")}
    ).reset_index()
    bounds = own.set_index("contacts")[["low", "high"]].reset_index()
    table = wide.merge(bounds, on="contacts").iloc[sorted(set(places))]
    table = table[table["contacts"] >= context().min_cell]
    pays = "pays" if tested.low > 0 else "loses" if tested.high < 0 else "unsure"
    return Finding(
        facts={"money": _money(assumed)},
        figure=None if few else _draw_curve(tested),
        table=None if few else table,
        overlapping=tested.customers,
        variants={
            "title": "few" if few else pays,
            "says": "few" if few else None,
            "caution": None if few else "assumed",
            "so_what": None if few else "leads" if tested.lead_low > 0 else "alike",
        },
    )


def _money(assumed: Assumed) -> object:
    known = "account" if assumed.by_account else "margin" if assumed.is_margin else "spend"
    return text(f"keep.money.{known}", assumed=assumed)


@figure(height=3.8)
def _draw_curve(ax: Axes, tested: Tested) -> None:
    shown = tested.curve[tested.curve["contacts"] <= REACH * tested.contacts]
    by_order = {name: shown[shown["order"] == name] for name in (PROBABILITY, SPEND, GAIN)}
    own = by_order[GAIN]
    ax.axhline(0, color=GREY, lw=0.8)
    ax.fill_between(own["contacts"], own["low"], own["high"], color=ACCENT, alpha=0.2, lw=0)
    colours = {GAIN: ACCENT, SPEND: INK, PROBABILITY: GREY}
    for name, part in by_order.items():
        ax.plot(part["contacts"], part["profit"], color=colours[name], lw=2.4 if name == GAIN else 1.8)
    low, high = shown[["profit", "low"]].min().min(), own["high"].max()
    ax.set(ylim=(low - 0.05 * (high - low), high + 0.1 * (high - low)), xlim=(0, own["contacts"].max()))
    ends = {
        text(f"keep.order.{name}"): (part["profit"].iloc[-1], ACCENT if name == GAIN else INK)
        for name, part in by_order.items()
    }
    name_ends(ax, ends, at=own["contacts"].max())
    ax.axvline(tested.contacts, color=CAUTION, lw=1.2)
    at = (tested.contacts, ax.get_ylim()[1])
    mark = text("keep.curve.mark.depth", contacts=tested.contacts)
    note_at(ax, mark, at=at, offset=(0, 2), color=CAUTION_INK, ha="center", va="bottom")


@finding
def listed(ranked: pd.DataFrame, assumed: Assumed, window: Window) -> Finding | Unavailable:
    """Say how many are worth a contact today and what that is expected to bring, and how many may not be contacted."""
    chosen, worth = ranked[ranked["is_listed"]], ranked[ranked["gain"] > 0]
    if not (ranked["is_open"] & (ranked["gain"] > 0)).any():
        return Unavailable("keep", "nobody")
    if is_few(len(chosen)):
        return Unavailable("keep", "few_today", {"closed": len(worth) > len(chosen)})
    closed = len(worth) - len(chosen)
    facts = {
        "contacts": len(chosen),
        "gain": float(chosen["gain"].sum()),
        "closed": closed,
        "acted": float(chosen["act_on"].notna().mean()),
        "money": _money(assumed),
    }
    return Finding(facts=facts, variants={"so_what": None if is_few(closed) else "closed"})


@finding
def sensitivity(changes: pd.DataFrame, ranked: pd.DataFrame, assumed: Assumed) -> Finding | Unavailable:
    """Lay out how far the list changes with its assumptions, and where it is chosen in a plainer way."""
    by_name = changes.set_index("change")
    if is_few(by_name.loc["as assumed", "contacts"]):
        return Unavailable("keep", "few_today")
    table = named(changes.assign(change=changes["change"].str.replace(" ", "_")), change="keep.change")
    halved = by_name.loc["effect x0.5"]
    return Finding(
        facts={"halved": halved, "money": _money(assumed)}, table=table, overlapping=int(ranked["is_open"].sum())
    )


@finding
def quiet(quiet: Quiet, window: Window) -> Finding | Unavailable:
    """Name the best fifth who have gone quiet, with their money."""
    some = len(quiet.customers)
    if is_few(some):
        return Unavailable("keep", "nobody_quiet", {"fifth": quiet.fifth})
    facts = {"n": some, "spend": quiet.spend, "share": quiet.spend / quiet.fifth_spend, "year": YEAR}
    return Finding(facts=facts)
