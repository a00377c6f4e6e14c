"""Findings of 76 service: what tickets ask for, how near the truth that is told, answers, waiting, marks, returns."""

from functools import partial

import pandas as pd

from insight.card.service import care
from insight.card.service.answers import Answered
from insight.card.service.intents import Told
from insight.card.service.lesson import Lesson
from insight.card.service.near_truth import Precise
from insight.card.service.wordings import Wordings
from insight.errors import Unavailable
from insight.intervals import clear_of_zero, compare_intervals
from insight.predict.uplift.months import day_of
from insight.report.charts import draw_drivers
from insight.report.finding import Finding, Headline, finding, is_few
from insight.report.plot import figure
from insight.words.names import known_name, named
from insight.words.text import Text, text

_TOO_FEW = Unavailable("common", "too_few")
_MOST_GAPS = 8
#: Name a topic, channel, language or ending; one that the catalogue does not have as it was delivered.
code_name = partial(known_name, "service.name")
_draw_drivers = figure(draw_drivers, height=3.4)
DRAWN = ("waiting", "resolution", "channel", "language")


@finding
def asked(table: pd.DataFrame, lesson: Lesson, told: Told) -> Finding | Unavailable:
    """Say what tickets of the last months ask for, and what their one recorded topic does not say."""
    late = ~lesson.learnt
    several = told.intents[late].sum(axis=1) > 1
    customers = lesson.rows.loc[late, "customer_id"].nunique()
    if is_few(customers) or is_few(lesson.rows.loc[late, "customer_id"][several].nunique()):
        return _TOO_FEW
    first = table.iloc[0]
    facts = {"tickets": int(late.sum()), "several": float(several.mean()), "since": day_of(lesson.test[0])}
    facts |= {"first": code_name(first["topic"]), "share": first["tickets"] / facts["tickets"]}
    return Finding(facts=facts, table=named(table, topic=code_name), overlapping=customers)


@finding
def agreement(table: pd.DataFrame, groupings: list[Wordings]) -> Finding | Unavailable:
    """Compare what is told with the recorded topics, for wording as before and for new wording."""
    by = table.set_index("wording")
    if is_few(by["customers"].min()):
        return _TOO_FEW
    found = groupings[0]
    facts = {"every": by.loc["all"], "groups": int(found.group.max()) + 1 - found.old}
    has_both = {"new", "old"} <= set(by.index)
    if has_both:
        facts |= {"new": by.loc["new"], "old": by.loc["old"]}
    return Finding(facts=facts, variants={"says": "both" if has_both else "old"})


@finding(headlines={"ticket_macro_f1": ""})
def near_truth(scored: pd.DataFrame) -> Finding | Unavailable:
    """State how well wishes in wording that was never seen are told, beside a plain model and what could be known."""
    at = scored.set_index(["wording", "model"])
    if ("new", "told") not in at.index or ("old", "told") not in at.index:
        return Unavailable("service", "no_new_wording")
    new = {model: at.loc["new", model] for model in ("told", "plain", "taught", "named")}
    ends = {model: (row["low"], row["high"]) for model, row in new.items()}
    better = compare_intervals(*ends["told"], *ends["plain"])
    helps = compare_intervals(*ends["taught"], *ends["told"]) == "more"
    facts = {**new, "old": at.loc["old", "told"], "tickets": int(new["told"]["tickets"])}
    return Finding(
        facts=facts,
        table=named(scored, wording="service.wording", model="service.model"),
        variants={"title": "better" if better == "more" else "alike", "so_what": "both" if helps else "named"},
        headlines=[Headline("ticket_macro_f1", new["told"]["f1"], low=new["told"]["low"], high=new["told"]["high"])],
    )


@finding
def answered(found: Answered, lesson: Lesson) -> Finding | Unavailable:
    """Say to how many tickets of the last months a machine gives an answer."""
    late = ~lesson.learnt
    given = found.rows["given"].to_numpy() & late
    if is_few(lesson.rows.loc[given, "customer_id"].nunique()):
        return _TOO_FEW
    facts = {"given": int(given.sum()), "tickets": int(late.sum()), "share": given.sum() / late.sum()}
    facts |= {"different": found.rows.loc[given, "answer_id"].nunique()}
    return Finding(facts=facts)


@finding(headlines={"faq_precision": "share", "faq_coverage": "share"})
def precision(found: Precise) -> Finding:
    """State how many of the answers are right, and to how many tickets one is given."""
    return Finding(
        facts={"alone": found.alone / found.given},
        variants={"caution": _caution(found)},
        headlines=[
            Headline("faq_precision", found.precision, "share", found.low, found.high),
            Headline("faq_coverage", found.coverage, "share"),
        ],
    )


def _caution(found: Precise) -> str | None:
    """Warn of new wording where it gets no answer, or a wrong one."""
    if not found.new_given:
        return "none"
    return "new" if found.new_right < found.new_given else None


@finding
def gaps(table: pd.DataFrame, lesson: Lesson) -> Finding | Unavailable:
    """Show the largest groups of questions that get no answer: what to write one for."""
    shown = table.head(_MOST_GAPS).reset_index(drop=True)
    if not len(shown):
        return Unavailable("service", "no_gaps")
    late = ~lesson.learnt
    facts = {"groups": len(table), "first": shown.iloc[0], "topic": code_name(shown.iloc[0]["topic"])}
    shown = shown.assign(wording=["new" if new else "old" for new in shown["is_new"]])
    return Finding(
        facts=facts,
        table=named(shown, topic=code_name, wording="service.wording"),
        overlapping=lesson.rows.loc[late, "customer_id"].nunique(),
        variants={"title": "few" if is_few(shown.iloc[0]["customers"]) else "most"},
    )


@finding
def waiting(table: pd.DataFrame, rows: pd.DataFrame) -> Finding | Unavailable:
    """Show how long tickets of each topic wait, and how many marks are poor."""
    customers = rows["customer_id"].nunique()
    if is_few(customers):
        return _TOO_FEW
    marks = rows["satisfaction"].dropna()
    facts = {"hours": rows["days"].median() * 24, "tickets": len(rows), "long": rows["days"].quantile(0.9)}
    facts |= {"marks": len(marks), "poor": float((marks <= care.POOR).mean())}
    table = table.assign(hours=table["days"] * 24)
    return Finding(facts=facts, table=named(table, topic=code_name), overlapping=customers)


@finding
def drivers(found: pd.DataFrame, rows: pd.DataFrame) -> Finding | Unavailable:
    """Show what goes with higher and lower marks, each beside the others."""
    shown = found[found["factor"].isin(DRAWN)].reset_index(drop=True)
    shown = shown[~is_few(shown["tickets"])].reset_index(drop=True)
    wait = found[found["factor"] == "waiting"].iloc[0]
    topics = found[found["factor"] == "topic"]
    clear = int(
        clear_of_zero(topics.rename(columns={"low": "effect_low", "high": "effect_high"}), "effect").ne(0).sum()
    )
    worst = shown.loc[shown["effect"].idxmin()]
    table = shown.assign(what=[named_driver(row) for row in shown.itertuples()])
    facts = {"wait": wait, "worst": worst, "what": named_driver(worst), "topics": len(topics), "clear": clear}
    facts |= {"marks": int(rows["satisfaction"].notna().sum()), "mean": rows["satisfaction"].mean()}
    return Finding(
        facts=facts, figure=_draw_drivers(table, shares=False), table=table, main=True,
        variants={"so_what": "some" if clear else "none"},
    )  # fmt: skip


def named_driver(row: pd.Series) -> Text:
    """Name what marks go with: ``factor, level, than``."""
    names = {"level": code_name(row.level), "than": code_name(row.than)}
    return text(f"service.driver.{row.factor}", **(names if row.factor != "waiting" else {}))


@finding
def back(table: pd.DataFrame) -> Finding | Unavailable:
    """Show how often customers write again about the same, by how their ticket ended."""
    told = table[~is_few(table["customers"])].reset_index(drop=True)
    if len(told) < 2:
        return _TOO_FEW
    most, least = told.loc[told["share"].idxmax()], told.loc[told["share"].idxmin()]
    differs = compare_intervals(most["low"], most["high"], least["low"], least["high"]) == "more"
    facts = {"most": most, "least": least}
    facts |= {"worst": code_name(most["resolution"]), "best": code_name(least["resolution"])}
    return Finding(
        facts=facts, table=named(table, resolution=code_name), overlapping=int(table["customers"].sum()) + 1,
        variants={"title": "differs" if differs else "alike"},
    )  # fmt: skip


@finding
def routed(table: pd.DataFrame) -> Finding | Unavailable:
    """Say where the last month's tickets go."""
    tickets = table.drop_duplicates("ticket_id")
    facts = {"tickets": len(tickets), "rows": len(table), "person": int(tickets["for_a_person"].sum())}
    facts |= {"given": int(tickets["answer_id"].notna().sum())}
    return Finding(facts=facts)
