"""What customers will buy and spend: the back-test of the purchase and spend models, and what is at risk."""

from dataclasses import astuple
from datetime import date

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from insight.predict.churn.scoring import SilentTest, Stake
from insight.predict.measures import Correlation, Mean
from insight.predict.value import totals
from insight.predict.value.choice import Choice
from insight.predict.value.precision import Estimate
from insight.predict.value.second import CHANNEL, FEWEST, Second
from insight.predict.value.totals import Total
from insight.predict.value.value import HoldOut, ValueModel
from insight.report.charts import draw_concentration, limit_near, name_ends, note_at
from insight.report.finding import CURRENCY, Finding, Headline, finding
from insight.report.plot import ACCENT, CAUTION, CAUTION_INK, GREY, INK, figure
from insight.words.names import known_name, named
from insight.words.numerals import estimate, three_figures
from insight.words.text import Text, text, word

TOP = 0.2


@finding(headlines={"value_mae": "", "value_spearman": ""})
def weekly(result: HoldOut, weeks: pd.DataFrame, *, cut: date, days: int) -> Finding:
    """Show repeat purchases per week beside those expected at the cut."""
    return Finding(
        figure=_draw_weekly(weeks.assign(expected=weeks["expected"].map(three_figures))),
        table=weeks[weeks["week"] >= 1],
        facts={"missed": result.missed},
        variants={"title": result.bias},
        headlines=[
            Headline("value_mae", *_with_bounds(result.missed)),
            Headline("value_spearman", *_with_bounds(result.rank)),
        ],
    )


def _with_bounds(found: Correlation | Mean) -> tuple[float, str, float, float]:
    value, low, high = found
    return value, "", low, high


@figure
def _draw_weekly(ax: Axes, weeks: pd.DataFrame) -> None:
    later = weeks[weeks["week"] >= 1]
    ax.plot(weeks["week"], weeks["actual"], color=GREY)
    ax.plot(later["week"], later["carried"], color=CAUTION, lw=1.6, ls=(0, (4, 2)))
    ax.plot(later["week"], later["expected"], color=ACCENT, lw=2.6)
    ax.axvline(0.5, color=GREY, lw=1, ls=(0, (1, 2)))
    inks = {"actual": INK, "carried": CAUTION_INK, "expected": ACCENT}
    ax.set(ylim=limit_near(weeks[list(inks)]), xlim=(weeks["week"].iloc[0], None))
    back_test = text("value.weekly.mark.back_test")
    note_at(ax, back_test, at=(0.5, ax.get_ylim()[1]), offset=(0, 2), color=INK, ha="center", va="bottom")
    ends = {text(f"value.weekly.mark.{name}"): (float(later[name].iloc[-1]), ink) for name, ink in inks.items()}
    name_ends(ax, ends, at=later["week"].iloc[-1])


@finding
def laws(choice: Choice) -> Finding:
    """Lay out how near each purchase model came on the days that chose among them; which converged is a row of it."""
    named_laws = choice.tried.rename(index=lambda name: text(f"value.law.{name}"))
    failed = int((~choice.tried["converged"]).sum())
    return Finding(
        facts={"law": word("value.law", choice.law), "chosen": choice, "failed": failed},
        table=named_laws.drop(columns="converged").reset_index(),
        variants={"note": "all" if choice.tried["converged"].all() else "some"},
    )


@finding
def models(found: dict[str, Estimate], model: ValueModel) -> Finding:
    """Lay out what the models found, as exactly as it is known."""
    rows = [
        (text(f"value.models.{name}"), *(estimate(part, each.error, share=name == "leaving") for part in astuple(each)))
        for name, each in ((name, found[name]) for name in ("rate", "leaving", "spend") if name in found)
    ]
    parameters = {name: estimate(each.value, each.error) for name, each in found.items()}
    spend = ("own" if model.spending is None else "shrunk") + ("_refunds" if model.refunds else "")
    return Finding(
        facts={
            "refunds": model.refunds,
            "law": word("value.law", model.law),
            "parameters": text(f"value.models.parameters.{model.law}", **parameters),
            "spend_parameters": "" if model.spending is None else text("value.models.parameters.spend", **parameters),
        },
        table=pd.DataFrame(rows, columns=["quantity", "value", "error"]),
        variants={"says": spend},
    )


@finding(headlines={"value_total_error": "share", "value_total_error_carried": "share"})
def past(tests: pd.DataFrame, total: Total, *, days: int) -> Finding:
    """Lay out how far each forecast of the total was off in past periods, and which one was nearest."""
    made = list(tests[list(totals.METHODS)].dropna(axis=1, how="all"))
    errors = tests[made].div(tests["actual"], axis=0) - 1
    last, carried = totals.last_error(tests, total.method), totals.last_error(tests, totals.CARRIED)
    method = word("value.method", total.method)
    return Finding(
        facts={"method": method, "last": last, "carried": carried},
        table=errors.assign(cut=tests.index, actual=tests["actual"]),
        columns={"cut": "day", "actual": "money0", **dict.fromkeys(made, "percent1")},
        variants={"so_what": "one" if total.tests == 1 else "several"},
        headlines=[
            Headline("value_total_error", last.value, "share", last.low, last.high),
            Headline("value_total_error_carried", carried.value, "share", carried.low, carried.high),
        ],
    )


@finding(headlines={"value_expected": CURRENCY})
def expected(total: Total, *, days: int) -> Finding:
    """State the forecast total with its interval, how it was made, and on how many past periods that was tested."""
    bounds = (round(total.low), round(total.high))
    return Finding(
        facts={"method": word("value.method", total.method)},
        variants={"says": "one" if total.tests == 1 else "several", "caution": "few" if total.is_wide else None},
        headlines=[Headline("value_expected", round(total.value), CURRENCY, *bounds)],
    )


@finding
def concentration(worth: pd.DataFrame, model: ValueModel, rank: Correlation | None, *, days: int) -> Finding:
    """Show how the expected spend is spread over customers; who comes first is advised where that was tested."""
    values = worth["expected_value"]
    curve = totals.concentration(values)
    facts = {"share": float(np.interp(TOP, curve["share"], curve["held"])), "customers": len(values)}
    mark = text("value.concentration.mark", top=TOP, share=facts["share"])
    return Finding(
        facts=facts,
        figure=figure(draw_concentration)(curve.round({"held": 3}), top=TOP, mark=mark),
        main=True,
        table=curve.iloc[10::10],
        variants={
            "so_what": rank and ("ranked" if rank.ranks else "unranked"),
            "caution": "nobody_leaves" if model.purchasing.nobody_leaves else "limits",
        },
    )


@finding
def second(found: Second) -> Finding:
    """State how many first-time buyers come again, and lay that out by cohort and channel."""
    names = [_group(kind, name) for kind, name in zip(found.groups["kind"], found.groups["group"], strict=True)]
    table = found.groups.assign(group=names)
    return Finding(
        facts={"found": found, "fewest": FEWEST},
        table=table[["group", "customers", "share", "low", "high"]],
        overlapping=found.customers,
        variants={"so_what": "middle" if found.again else None},
    )


def _group(kind: str, name: str) -> Text:
    if kind == CHANNEL:
        return text("value.second.group.channel", name=known_name("applied.level.channel", name))
    year, _, quarter = name.partition(" Q")
    if quarter:
        return text("value.second.group.quarter", year=year, quarter=quarter)
    return text("value.second.group.year", year=year)


@finding
def risk(bands: pd.DataFrame, held: Stake, silent: SilentTest | None, *, days: int) -> Finding:
    """Lay out the spend at risk by probability of churn, and who comes first."""
    rounded = {name: bands[name].map(three_figures) for name in ("at_stake", "expected")}
    return Finding(
        facts={"stake": held},
        table=named(bands.assign(**rounded), band="value.band"),
        variants={
            "note": "untested" if silent is None else "tested",
            "so_what": "first" if held.at_stake > 0 else None,
        },
        headlines=[Headline("spend_at_risk", held.at_stake, CURRENCY, held.low, held.high)],
    )
