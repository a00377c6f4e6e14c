"""Findings of 55 triggers: which apply, what falls due and may go out, whom it meets, and the list of the next day."""

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from insight.config.triggers import Triggers
from insight.decide.triggers.play import ANY, CAMPAIGN, OUTCOMES, STOPPED, YEAR, Played
from insight.decide.triggers.rules import APPLIES, LACKS
from insight.errors import Unavailable
from insight.report.charts import in_percent, legend_above, name_rows
from insight.report.disclosure import suppress
from insight.report.finding import Finding, Headline, finding, is_few
from insight.report.plot import ACCENT, GREY, figure
from insight.words.context import context
from insight.words.names import missing_name
from insight.words.text import LANGUAGES, Text, render, text

_PEAK = 3  # times the mean, from which on a day stands out
_LONGEST = 3 * YEAR  # days of a test, beyond which nobody waits for it
_FULL = 0.9  # share from which on nearly everybody reaches a goal


def name_of(trigger: str) -> Text:
    """Name a trigger in words; all together where there is none."""
    return text(f"triggers.name.{trigger}") if trigger else text("triggers.all")


def rule_of(trigger: str, rules: Triggers) -> Text:
    """Say when a trigger is due, with the days that the parameters give."""
    rule, variant = getattr(rules, trigger), ""
    if trigger == "complaint_closed":
        variant = ".plain" if rule.satisfaction is None else ".rated"
    if trigger == "points_lapse":
        variant = ".unknown" if rule.lifetime_months is None else ".known"
    return text(f"triggers.rule.{trigger}{variant}", rule=rule)


@finding
def rules(judged: pd.DataFrame, given: Triggers) -> Finding:
    """Lay out the triggers in their order, when each is due, and which do not apply here, and why."""
    some, everything = int((judged["state"] == APPLIES).sum()), len(judged)
    table = pd.DataFrame(
        {
            "trigger": [name_of(name) for name in judged["trigger"]],
            "rule": [rule_of(name, given) for name in judged["trigger"]],
            "state": [_state(row.state, row.lacks) for row in judged.itertuples()],
        }
    )
    return Finding(
        facts={"some": some, "all": everything},
        table=table,
        variants={"title": "all" if some == everything else "some" if some else "none"},
    )


def _state(state: str, lacks: str) -> Text:
    facts = {"what": missing_name(lacks)} if state == LACKS else {}
    return text(f"triggers.state.{state}", **facts)


@finding(headlines={"trigger_messages_a_day": "", "trigger_held_back": "share"})
def volumes(counted: pd.DataFrame, played: Played) -> Finding:
    """Lay out how many messages fall due a day by trigger, and how many must not go out."""
    total, own = counted.iloc[-1], counted[counted["trigger"] != ""]
    held_back = float(total["held_back"])
    times, sends = total["busiest"] / total["a_day"], total["sent_a_day"] > 0
    peak = own.loc[own["busiest"].idxmax()]
    facts = {"total": total, "held_back": held_back, "times": times, "peak": name_of(peak["trigger"])}
    outstanding = times >= _PEAK and peak["busiest"] > total["busiest"] / 2
    shown = "consent" if not sends else None if is_few(total["busiest"]) else "peak" if outstanding else "even"
    return Finding(
        facts=facts,
        table=_without_few(counted).assign(name=[name_of(name) for name in counted["trigger"]]),
        overlapping=played.customers,
        variants={
            "title": "some" if sends else "none",
            "lead": "some" if sends else "none",
            "so_what": shown,
            "caution": "assumed" if played.consent_assumed else None,
        },
        headlines=[
            Headline("trigger_messages_a_day", float(total["sent_a_day"])),
            Headline("trigger_held_back", held_back, "share"),
        ],
    )


def _without_few(counted: pd.DataFrame) -> pd.DataFrame:
    """Leave out the shares of a trigger one of which is made of few messages: each could be told from the others."""
    counts = counted[list(OUTCOMES)].mul(counted["due"], axis=0).round()
    few = ((counts > 0) & is_few(counts)).any(axis=1)
    parts = [*STOPPED, "held_back", "sent_a_day"]
    busiest = counted["busiest"].mask(is_few(counted["busiest"]))
    return counted.assign(busiest=busiest, **{name: counted[name].mask(few) for name in parts})


@finding
def stopped(counted: pd.DataFrame, played: Played) -> Finding:
    """Lay out what stands against the messages of each trigger."""
    total = counted.iloc[-1]
    most = total[list(STOPPED)].astype(float).idxmax() if total["held_back"] > 0 else "nothing"
    table = _without_few(counted).assign(name=[name_of(name) for name in counted["trigger"]])
    table = table[(table["due"] > 0) & table[list(STOPPED)].notna().all(axis=1)]
    return Finding(
        facts={"total": total},
        table=table,
        overlapping=played.customers,
        variants={"title": most},
    )


@finding
def collisions(matrix: pd.DataFrame, counted: pd.DataFrame, played: Played) -> Finding | Unavailable:
    """Lay out with which other trigger each collides most, and how often it stands behind a campaign."""
    due = counted.set_index("trigger")["due"].reindex(matrix.index)
    shares = matrix.mask(is_few(matrix.mul(due, axis=0).round()) & (matrix > 0))
    others = shares[list(played.order)]
    rows = []
    for name in matrix.index[~is_few(due)]:
        most = others.loc[name].max()
        other = others.loc[name].idxmax() if most > 0 else None
        row: dict[str, Any] = {"trigger": name, "name": name_of(name), "beside": shares.loc[name, ANY]}
        row |= {"other_name": name_of(other) if other else "–", "share": most if other else np.nan}
        rows.append(row | {"campaign": shares.loc[name, CAMPAIGN]})
    table = pd.DataFrame(rows, columns=["trigger", "name", "beside", "other_name", "share", "campaign"])
    if not (table["beside"] > 0).any():
        return Unavailable("common", "too_few")
    top = table.loc[table["beside"].idxmax()]
    return Finding(facts={"top": top, "name": top["name"]}, table=table)


@finding
def met(found: pd.DataFrame, played: Played, given: Triggers, holdout: float) -> Finding | Unavailable:
    """Show who reaches each goal with nothing sent, beside comparable customers, and what a test would need."""
    shown = found[~is_few(found["customers"])].reset_index(drop=True)
    if shown.empty:
        return Unavailable("common", "too_few")
    names = [name_of(name) for name in shown["trigger"]]
    goals = [
        text("triggers.met.goal", goal=text(f"triggers.goal.{row.goal}"), within=row.within, name=name_of(row.trigger))
        for row in shown.itertuples()
    ]
    long = (shown["test_days"] > _LONGEST) | (shown["needed"] > played.customers)
    table = shown.assign(name=names, goal_name=goals, test_days=shown["test_days"].mask(long))
    table["test"] = [_test(row, is_long=is_long) for (_, row), is_long in zip(table.iterrows(), long, strict=True)]
    facts: dict[str, Any] = {"shown": len(table), "rise": given.rise}
    testable, title = table.dropna(subset=["test_days"]), "none"
    if len(testable):
        best = testable.loc[testable["test_days"].idxmin()]
        facts |= {"best": best, "name": best["name"]}
        title = "soonest" if best["test_days"] <= YEAR else "long"
    facts["full"] = list(table.loc[table["share"] >= _FULL, "name"])
    facts["behind"] = list(table.loc[table["ahead"] < 0, "name"])
    said = "behind" if facts["behind"] else "full" if facts["full"] else "plain"
    return Finding(
        facts=facts,
        figure=_draw_met(table),
        table=table,
        overlapping=played.customers,
        variants={"title": title, "so_what": said},
        main=True,
    )


def _test(row: pd.Series, *, is_long: bool) -> Text:
    """Say what a test takes, or why there can be none."""
    said = "long" if is_long else "full" if pd.isna(row["test_days"]) else "takes"
    return text(f"triggers.met.test.{said}", row=row, name=row["name"])


@figure(height=4.2)
def _draw_met(ax: Axes, table: pd.DataFrame) -> None:
    places = np.arange(len(table))[::-1]
    sides = (("", "own", ACCENT, 0.14), ("other_", "others", GREY, -0.14))
    for prefix, mark, colour, shift in sides:
        value, low, high = (table[f"{prefix}{end}"].astype(float) for end in ("share", "low", "high"))
        bounds = [(value - low).clip(lower=0), (high - value).clip(lower=0)]
        label = render(text(f"triggers.met.mark.{mark}"))
        ax.errorbar(value, places + shift, xerr=bounds, fmt="o", color=colour, capsize=0, label=label)
    name_rows(ax, places, list(table["name"]))
    ax.set(xlim=(0, 1), ylim=(-0.6, len(table) - 0.4))
    in_percent(ax.xaxis, ticks=6)
    legend_above(ax)


@finding
def today(listed: pd.DataFrame, played: Played, holdout: float) -> Finding:
    """Say how many stand on the list of the next day, by trigger."""
    facts = {"day": played.last + timedelta(days=1), "listed": len(listed)}
    if is_few(len(listed)):
        said = "few" if len(listed) else "none"
        return Finding(facts=facts, variants={"says": said, "title": None, "note": None})
    counts = listed["trigger"].value_counts().reindex(list(played.order), fill_value=0)
    table = pd.DataFrame({"name": [name_of(name) for name in counts.index], "customers": counts.to_numpy()})
    shown = pd.to_numeric(suppress(table, "customers", context().min_cell)["customers"], errors="coerce")
    if not (shown > 0).any():  # a table of what is hidden says nothing
        return Finding(facts=facts, variants={"says": "small", "title": None, "note": None})
    return Finding(facts=facts, table=table, variants={"says": None})


def with_reasons(listed: pd.DataFrame, given: Triggers) -> pd.DataFrame:
    """Give the ``trigger_list`` table: each row with its reason in both languages."""
    columns = {"en": "reason", "zh": "reason_zh"}
    reasons = {name: rule_of(name, given) for name in listed["trigger"].unique()}
    said = {columns[lang]: {name: reason.in_language(lang) for name, reason in reasons.items()} for lang in LANGUAGES}
    told = listed.assign(**{column: listed["trigger"].map(words).astype(object) for column, words in said.items()})
    return told[["customer_id", "trigger", "due_on", "reason", "reason_zh", "is_holdout"]]
