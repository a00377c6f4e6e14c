"""Findings of the ledger: what was promised of contacts, beside what control groups measured."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from insight.report.charts import in_percent, legend_above
from insight.report.finding import CURRENCY, Finding, Headline, finding
from insight.report.plot import ACCENT, GREY, figure
from insight.report.tiles import PER_HUNDRED
from insight.review.ledger import KEPT, Ledger
from insight.words.names import delivered_name, named
from insight.words.numerals import day
from insight.words.text import listing, word


@finding(headlines={"promise_measured": PER_HUNDRED})
def months(found: Ledger) -> Finding:
    """Show month by month what was promised of a contact and what was measured."""
    return _promised(found, found.months, "promise_measured", PER_HUNDRED, drawn=_draw_months)


@finding(headlines={"promise_money_measured": CURRENCY})
def money(found: Ledger) -> Finding:
    """Show month by month what a contact was promised to leave after its costs, and what responses left."""
    return _promised(found, found.months, "promise_money_measured", CURRENCY, drawn=_draw_money, says=_slope(found))


@finding(headlines={"promise_money_true": CURRENCY})
def truth(found: Ledger) -> Finding:
    """Show by tenth of the promise what the list in hand promises of a contact, and what it truly leaves."""
    return _promised(found, found.tenths, "promise_money_true", CURRENCY)


def _promised(
    found: Ledger, table: pd.DataFrame, headline: str, unit: str, *, drawn: Any = None, says: str | None = None
) -> Finding:
    """Lay rows of promises out, and state what was measured of all contacts."""
    total = found.total
    facts: dict[str, Any] = {"total": total, "within": int((table["verdict"] == KEPT).sum()), "order": found.order}
    return Finding(
        facts=facts | {"months": len(found.months), "tenths": len(found.tenths)},
        figure=drawn,
        table=named(table, verdict="ledger.verdict"),
        overlapping=int(table["contacts"].sum()),
        variants={"title": "kept" if total["verdict"] == KEPT else "off", "so_what": total["verdict"]}
        | ({"says": says} if says else {}),
        headlines=[Headline(headline, total["measured"], unit, total["measured_low"], total["measured_high"])],
    )


def _slope(found: Ledger) -> str:
    """Say whether what was measured rises with the promise."""
    return "rises" if found.order["low"] > 0 else "falls" if found.order["high"] < 0 else "unsure"


@figure(height=3.2)
def _draw_months(ax: Axes, frame: pd.DataFrame) -> None:
    _draw_promises(ax, frame)
    in_percent(ax.yaxis, ticks=5)


def _draw_promises(ax: Axes, frame: pd.DataFrame) -> None:
    places = np.arange(len(frame))
    spread = [frame["measured"] - frame["measured_low"], frame["measured_high"] - frame["measured"]]
    ax.axhline(0, color="#3d4a57", linewidth=1)
    ax.plot(
        places,
        frame["promised"],
        "--",
        color=GREY,
        marker="s",
        markersize=4,
        label=str(word("ledger.legend", "promised")),
    )
    label = str(word("ledger.legend", "measured"))
    ax.errorbar(places, frame["measured"], yerr=spread, fmt="o", capsize=0, color=ACCENT, label=label)
    ax.set_xticks(places, [str(day(month, style="short month")) for month in frame["month"]])
    legend_above(ax)


_draw_money = figure(_draw_promises, height=3.2)


@finding
def offers(found: Ledger, names: Mapping[str, str]) -> Finding:
    """Lay out by offer what was promised of a contact and what was measured; ``names`` by the offers' ids."""
    table = found.offers.assign(offer=[delivered_name(names.get(each, each)) for each in found.offers["offer_id"]])
    off = table.loc[table["verdict"] != KEPT, "offer"]
    return Finding(
        facts={"off": listing(off)} if len(off) else {},
        table=named(table, verdict="ledger.verdict"),
        overlapping=int(table["contacts"].sum()),
        variants={"title": "some" if len(off) else "none"},
    )


@finding
def tenths(found: Ledger) -> Finding:
    """Lay out by tenth of the promise what was promised of a contact and what was measured."""
    return Finding(
        table=named(found.tenths, verdict="ledger.verdict"),
        overlapping=int(found.tenths["contacts"].sum()),
        facts={"order": found.order},
        variants={"note": _slope(found)},
    )
