"""Findings of what customers experience: where channels lose them, what comes back by channel, what costs marks."""

from typing import Any

import pandas as pd

from insight.errors import Unavailable
from insight.intervals import clear_of_zero
from insight.report.finding import CURRENCY, Finding, Headline, finding, is_few
from insight.report.findings.cards.service import DRAWN, named_driver
from insight.review.channels import AFTER, LOSES, Returns
from insight.review.customers.tickets import BACK
from insight.words.names import delivered_name, named
from insight.words.text import listing


@finding
def funnels(found: pd.DataFrame) -> Finding:
    """Lay out by channel how many are left at each step, and what contacts add to complaints."""
    table = found.assign(channel=found["channel"].map(delivered_name))
    facts: dict[str, Any] = {"days": AFTER}
    apart = {}
    for step, best, worst in (("response", "first", "last"), ("purchase", "most", "least")):
        order = table.sort_values(step, ascending=False, kind="stable")
        facts |= {best: order.iloc[0], worst: order.iloc[-1]}
        facts |= {f"{best}_name": facts[best]["channel"], f"{worst}_name": facts[worst]["channel"]}
        apart[step] = facts[best][f"{step}_low"] > facts[worst][f"{step}_high"]
    told = table[table["complaints_low"] > 0]
    if len(told):
        facts["angry"] = listing(told["channel"])
    known = found["complaints"].notna().any()
    return Finding(
        facts=facts,
        table=table,
        overlapping=int(found["contacted"].sum()),
        variants={
            "title": "apart" if apart["response"] else "alike",
            "says": "apart" if apart["purchase"] else "alike",
            "caution": "more" if len(told) else "none" if known else None,
        },
    )


@finding(headlines={"channel_money_moved": CURRENCY})
def returns(found: Returns) -> Finding:
    """Lay out what comes back by channel for what it costs, and where the money would bring more."""
    table = found.channels.assign(channel=found.channels["channel"].map(delivered_name))
    first, last, moved = table.iloc[0], table.iloc[-1], found.moved
    facts: dict[str, Any] = {"best": first, "worst": last, "first_name": first["channel"], "last_name": last["channel"]}
    facts["offers"] = found.offers
    headline = Headline("channel_money_moved", None, variant="none")
    if moved is not None:
        facts |= {"moved": moved, "of": listing(delivered_name(name) for name in moved.channels)}
        facts["to"] = delivered_name(moved.to)
        headline = Headline("channel_money_moved", moved.gain, CURRENCY, moved.low, moved.high, variant="moved")
    return Finding(
        facts=facts,
        table=named(table, verdict="experience.verdict"),
        overlapping=int(table["contacted"].sum()),
        variants={
            "title": "loses" if (table["verdict"] == LOSES).any() else "none",
            "so_what": "moved" if moved is not None else "none",
        },
        headlines=[headline],
    )


@finding
def drivers(marks: pd.DataFrame, complaints: pd.DataFrame, rows: pd.DataFrame) -> Finding | Unavailable:
    """Lay out what marks and later complaints go with, each beside the others; ``rows`` are the closed tickets."""
    keys = ["factor", "level", "than"]
    both = marks.merge(complaints[[*keys, "effect", "low", "high"]], on=keys, how="left", suffixes=("", "_complaint"))
    both = both[both["factor"].isin(DRAWN) & ~is_few(both["tickets"])].reset_index(drop=True)
    if both.empty:
        return Unavailable("service", "few_closed", {"fewest": len(rows)})
    table = both.assign(what=[named_driver(row) for row in both.itertuples()])
    names = {"effect_complaint": "more", "low_complaint": "more_low", "high_complaint": "more_high"}
    table = table.rename(columns=names)
    clear = table[clear_of_zero(table, "more") > 0]
    worst = table.loc[table["effect"].idxmin()]
    facts: dict[str, Any] = {"days": BACK, "worst": worst, "what": worst["what"], "tickets": len(rows)}
    if len(clear):
        facts["angry"] = listing(clear["what"])
    return Finding(
        facts=facts, table=table, variants={"title": "clear" if worst["high"] < 0 else "none",
                                            "so_what": "some" if len(clear) else "none"},
    )  # fmt: skip
