"""Findings of 45 card value: the account of money, the margin to expect, its test, and who brings it."""

from typing import Any

import numpy as np
import pandas as pd

from insight.card.worth.backtest import Coverage, Origin, Score, Today
from insight.card.worth.groups import KINDS, TOP, Concentration
from insight.card.worth.model import FEWEST_LOST
from insight.card.worth.truth import Judged
from insight.errors import Unavailable
from insight.report.charts import draw_concentration
from insight.report.finding import CURRENCY, NO_CUSTOMERS, Finding, Headline, finding, is_few
from insight.report.plot import figure
from insight.words.names import named
from insight.words.numerals import three_figures
from insight.words.text import Text, has_text, text, word

EXPECTED, LIKELY, BEFORE = "expected", "likely", "before"
_TOO_FEW = Unavailable("common", "too_few")
_AS_GOOD = 0.01  # a part that became worse by less of itself is as good as before


@finding(headlines={"margin_of_revenue": "share"})
def account(parts: pd.DataFrame) -> Finding:
    """Lay out the account of money of the last twelve months: what was earned, what it cost, what is left."""
    at = parts.set_index("part")
    revenue, margin, lost = (at.loc[name] for name in ("revenue", "margin", "credit"))
    earns = revenue["amount"] > 0
    facts = {"revenue": float(revenue["amount"]), "margin": float(margin["amount"])}
    facts |= {"share": float(margin["of_revenue"]), "lost": float(-lost["of_revenue"])}
    has_before = at["before"].notna().all()
    worse = _worse(at.drop(["revenue", "margin"])) if has_before else []
    return Finding(
        facts=facts | {"margin_before": float(margin["before"]), "worse": worse},
        table=named(parts.drop(columns=[] if at["before"].notna().any() else "before"), part="margin.part"),
        columns={"part": "text", "amount": "money0", "of_revenue": "percent1"}
        | ({"before": "money0"} if at["before"].notna().any() else {}),
        variants={
            "title": "earns" if earns else "none",
            "so_what": ("worse" if worse else "better") if has_before else None,
        },
        headlines=[Headline("margin_of_revenue", facts["share"] if earns else None, "share")],
    )


def _worse(parts: pd.DataFrame) -> list[Text]:
    """Name the parts that brought less or cost more than in the months before, the largest change in proportion first.

    What had been nothing before has changed beyond all proportion.
    """
    grown = (parts["before"] - parts["amount"]) / parts["before"].abs().where(parts["before"] != 0, 1e-9)
    grown = grown[grown > _AS_GOOD].sort_values(ascending=False, kind="stable")
    rows = [(word("margin.part", name), parts.loc[name]) for name in grown.index]
    return [text("margin.account.item", part=name, amount=row["amount"], before=row["before"]) for name, row in rows]


@finding
def kinds(found: pd.DataFrame) -> Finding:
    """Set a revolver, a transactor and a defaulter side by side: the middle one of each number."""
    at = found.set_index("kind")
    told = all(not is_few(at.loc[kind, "customers"]) for kind in KINDS)
    facts: dict[str, Any] = {str(kind): at.loc[kind] for kind in KINDS}
    shown = found.assign(**{name: found[name].astype(float) for name in found.columns.drop(["kind", "customers"])})
    return Finding(
        facts=facts,
        table=named(shown, kind="margin.kind"),
        overlapping=int(found["customers"].sum()) + 1,
        variants={"so_what": "apart" if told else None},
    )


@finding(headlines={"value_mae": CURRENCY, "value_spearman": "", "value_total_error": "share"})
def tested(scores: list[Score], origins: list[Origin]) -> Finding:
    """Lay out how near the forecasts of a past day came, beside the simplest ones."""
    rows = [
        {
            "way": word("margin.way", one.name),
            "rank": one.rank.value,
            "rank_low": one.rank.low,
            "rank_high": one.rank.high,
            "missed": one.missed.value,
            "total": one.total,
        }
        for one in scores
    ]
    by_name = {one.name: one for one in scores}
    likely, expected, before = (by_name[name] for name in (LIKELY, EXPECTED, BEFORE))
    last, little = origins[0].expected, "little" if np.isnan(expected.total) else None
    return Finding(
        facts={
            "likely": likely,
            "expected": expected,
            "before": before,
            "months": last.months,
            "customers": len(last.parts),
        },
        table=pd.DataFrame(rows),
        variants={"so_what": "better" if likely.rank.low > before.rank.high else "alike"},
        headlines=[
            Headline("value_spearman", likely.rank.value, "", likely.rank.low, likely.rank.high),
            Headline("value_mae", likely.missed.value, CURRENCY, likely.missed.low, likely.missed.high),
            Headline("value_total_error", expected.total, "share").unless(little),
        ],
    )


@finding(headlines={"value_interval_coverage": "share"})
def coverage(found: Coverage, origins: list[Origin]) -> Finding:
    """State how many of the intervals of a past day held what came."""
    return Finding(
        facts={"months": origins[0].expected.months},
        headlines=[Headline("value_interval_coverage", found.value, "share", found.low, found.high)],
    )


@finding(headlines={"margin_expected": CURRENCY})
def expected(now: Today) -> Finding:
    """State the margin of the year ahead with its interval, and lay out what makes it up."""
    parts = now.expected.parts.sum()
    rows = [(name, float(amount)) for name, amount in parts.items()] + [("margin", now.total.value)]
    table = pd.DataFrame(rows, columns=["part", "amount"]).assign(amount=lambda each: each["amount"].map(three_figures))
    bounds = (three_figures(now.total.low), three_figures(now.total.high))
    return Finding(
        facts={"total": now.total, "customers": len(now.expected.parts), "fewest": FEWEST_LOST},
        table=named(table, part="margin.part"),
        variants={"caution": "few" if now.expected.lost < FEWEST_LOST else "losses"},
        headlines=[Headline("margin_expected", three_figures(now.total.value), CURRENCY, *bounds)],
    )


@finding(headlines={"margin_top_share": "share"})
def concentration(found: Concentration, now: Today) -> Finding | Unavailable:
    """Show how the expected margin is spread over customers, and how many are expected to cost money."""
    if now.total.value <= 0:
        return Unavailable("margin", "no_margin")
    customers = len(now.expected.parts)
    costing = round(found.costing * customers)
    mark = text("margin.concentration.mark", top=TOP, share=found.top)
    return Finding(
        facts={"customers": customers, "top": TOP, "found": found},
        figure=figure(draw_concentration)(found.curve.round({"held": 3}), top=TOP, mark=mark),
        main=True,
        table=found.curve.iloc[10::10],
        counts=NO_CUSTOMERS,
        variants={"so_what": None if is_few(costing) or is_few(customers - costing) else "costing"},
        headlines=[Headline("margin_top_share", found.top, "share")],
    )


@finding
def by_channel(found: pd.DataFrame) -> Finding:
    """Lay out what is expected of customers by the channel through which they came."""
    return Finding(table=_of_groups(found.sort_values("margin", ascending=False), name=_as_it_is))


@finding
def by_cohort(found: pd.DataFrame) -> Finding:
    """Lay out what is expected of customers by the year in which they opened their account."""
    table = _of_groups(found, name=lambda year: str(int(year)))
    shown = table.assign(year=found["group"])[~is_few(found["customers"])].sort_values("year")
    facts: dict[str, Any] = {}
    if len(shown) > 1 and shown["year"].iloc[-1] - shown["year"].iloc[-2] == 1:
        latest, before = shown.iloc[-1], shown.iloc[-2]
        facts = {"year": latest["group"], "latest": latest, "before": before, "lost": -latest["losses"]}
    lowest = bool(facts) and shown["margin"].idxmin() == shown.index[-1]
    return Finding(
        facts=facts,
        table=table,
        variants={"so_what": ("lowest" if lowest else "beside") if facts else None},
    )


def _as_it_is(name: Any) -> Any:
    return word("applied.level.channel", name) if has_text(f"applied.level.channel.{name}") else name


def _of_groups(found: pd.DataFrame, *, name: Any) -> pd.DataFrame:
    rounded = {each: found[each].map(three_figures) for each in ("margin", "income", "losses")}
    return found.assign(group=[name(each) for each in found["group"]], **rounded)


@finding(headlines={"value_spearman_ceiling": ""})
def truth(found: Judged) -> Finding:
    """Lay out how near each way to foretell comes to the truth; the ceiling is a headline."""
    rows = [(word("margin.way", one.name), one.rank, one.low, one.high, one.total) for one in found.ways]
    likely = found.way(LIKELY)
    return Finding(
        facts={"likely": likely, "expected": found.way(EXPECTED), "reached": likely.rank / found.ceiling},
        table=pd.DataFrame(rows, columns=["way", "rank", "rank_low", "rank_high", "total"]),
        variants={"says": "little" if np.isnan(found.way(EXPECTED).total) else "total"},
        headlines=[Headline("value_spearman_ceiling", found.ceiling)],
    )
