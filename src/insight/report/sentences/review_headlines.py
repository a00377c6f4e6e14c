"""The headlines of notebook 60, and its tables with their heads."""

import pandas as pd

from insight.report.disclosure import suppress
from insight.report.language import Message, _, count, interval, money, percent
from insight.report.sentences.known_names import in_words
from insight.report.sentences.review import answer, nothing_compared, nothing_recorded, verdict_name
from insight.report.sentences.review_added import added_finding
from insight.report.tables import Col


def added(frame: pd.DataFrame) -> dict:
    """State how many answers a hundred contacts add, beside customers held out by lot."""
    row = frame.iloc[-1]
    return {
        "value": row["added"],
        "low": row["added_low"],
        "high": row["added_high"],
        "unit": "share",
        "label": _("of contacts answered who would not have otherwise"),
        "sentence": added_finding(frame),
    }


def added_rows(frame: pd.DataFrame, *, min_cell: int) -> pd.DataFrame:
    """Prepare the answers beside hold-outs for showing; offers with few answers on a side are left out."""
    few = frame[["responded", "held_responded"]].min(axis=1) < min_cell
    shown = frame[~few | frame["name"].isna()]
    names = [in_words(name) if isinstance(name, str) else _("all together") for name in shown["name"]]
    return shown.assign(offer=pd.Series(names, index=shown.index, dtype=object)).reset_index(drop=True)


def added_columns() -> dict[str, Col]:
    """Name the columns of the answers beside hold-outs."""
    return {
        "offer": Col(_("Campaign")),
        "contacted": Col(_("Contacted"), "count"),
        "rate": Col(_("Answered"), "percent", digits=1),
        "held_rate": Col(_("Of those held out"), "percent", digits=1),
        "added": Col(_("Added"), "percent", digits=1),
        "added_low": Col(_("95% interval"), "percent", digits=1, to="added_high"),
    }


def added_title() -> Message:
    """Title the answers beside hold-outs."""
    return _("What contacts add to the answers, beside customers held out by lot")


def added_note(*, min_cell: int) -> Message:
    """Say how rounds are put together, and what is left out."""
    return _(
        "Rounds of the same offer together, each weighted by the customers contacted; an offer that fewer than "
        "{min_cell} answered on either side is in the last row only.",
        min_cell=count(min_cell),
    )


def effect(pooled, *, currency: str, drawn: bool = False) -> dict:
    """State what contacted customers spent more, or why that cannot be said."""
    if pooled is None:
        return {"value": None, "unit": currency, "sentence": nothing_compared()}
    return {
        **_value(pooled.effect, currency),
        "label": _("more a week per contacted customer"),
        "note": verdict_name(pooled.verdict),
        "sentence": answer(pooled, currency=currency, drawn=drawn),
    }


def placebo(pooled, *, currency: str) -> dict:
    """State what the same method finds before the campaigns began."""
    if pooled is None:
        return {"value": None, "unit": currency, "sentence": nothing_compared()}
    return {
        **_value(pooled.placebo, currency),
        "label": _("the same before it began (should be nothing)"),
        "sentence": _(
            "Before the campaigns began, the same method finds {value} a week, {range}; it should find nothing.",
            **_words(pooled.placebo, currency),
        ),
    }


def reached(*, people: int, customers: int, who) -> dict:
    """State how many customers were contacted."""
    share = people / max(customers, 1)
    return {
        "value": people,
        "unit": "customers",
        "label": _("{who} contacted", who=who),
        "note": _("{share} of all", share=percent(share)),
        "sentence": _(
            "{people} of {customers} {who} were contacted, {share}.",
            people=count(people),
            customers=count(customers),
            who=who,
            share=percent(share),
        ),
    }


def answered(total: pd.DataFrame) -> dict:
    """State the share of contacts that were answered, over all campaigns."""
    row = total.iloc[0]
    if pd.isna(row["response_rate"]):
        return {"value": None, "unit": "share", "sentence": nothing_recorded()}
    return {
        "value": row["response_rate"],
        "low": row["response_low"],
        "high": row["response_high"],
        "unit": "share",
        "label": _("of contacts answered"),
        "sentence": _(
            "{share} of contacts were answered, {range}.",
            share=percent(row["response_rate"], digits=1),
            range=interval(percent(row["response_low"], digits=1), percent(row["response_high"], digits=1), level=0.95),
        ),
    }


def kinds_table(kinds: pd.DataFrame, *, min_cell: int) -> pd.DataFrame:
    """Prepare the kinds of campaigns for showing, those with few answers suppressed."""
    named = kinds.assign(kind=kinds["kind"].fillna("–").map(in_words))
    if named["responded"].isna().all():
        return named
    return suppress(named.astype({"responded": "int64"}), "responded", min_cell)


def kinds_columns() -> dict[str, Col]:
    """Name the columns of the kinds of campaigns."""
    return {
        "kind": Col(_("Kind of campaign")),
        "campaigns": Col(_("Campaigns"), "count"),
        "contacts": Col(_("Contacts"), "count"),
        "responded": Col(_("Answered"), "count"),
        "response_rate": Col(_("Share"), "percent", digits=1),
        "response_low": Col(_("95% interval"), "percent", digits=1, to="response_high"),
    }


def kinds_title() -> Message:
    """Title the table of kinds."""
    return _("Answers by kind of campaign")


def verdicts_table(judged: pd.DataFrame) -> pd.DataFrame:
    """Count campaigns by whether they could be compared, or why not."""
    found = judged.groupby("verdict").agg(campaigns=("campaign_id", "size"), contacts=("contacted", "sum"))
    found = found.sort_values("campaigns", ascending=False, kind="stable").reset_index()
    return found.assign(verdict=found["verdict"].map(verdict_name))


def verdicts_columns() -> dict[str, Col]:
    """Name the columns of `verdicts_table`."""
    return {
        "verdict": Col(_("Verdict")),
        "campaigns": Col(_("Campaigns"), "count"),
        "contacts": Col(_("Contacts"), "count"),
    }


def verdicts_title() -> Message:
    """Title the table of verdicts."""
    return _("Which campaigns can be compared")


def effects_rows(by_kind: pd.DataFrame) -> pd.DataFrame:
    """Put the kinds into words."""
    return by_kind.assign(kind=by_kind["kind"].map(in_words))


def effects_columns(currency: str) -> dict[str, Col]:
    """Name the columns of the effects by kind."""
    return {
        "kind": Col(_("Kind of campaign")),
        "contacts": Col(_("Contacts"), "count"),
        "effect": Col(_("Effect per week"), "money", digits=2, currency=currency),
        "effect_low": Col(_("95% interval"), "money", digits=2, to="effect_high"),
        "placebo": Col(_("Before it began"), "money", digits=2, currency=currency),
        "placebo_low": Col(_("95% interval"), "money", digits=2, to="placebo_high"),
    }


def effects_title() -> Message:
    """Title the effects by kind."""
    return _("Effect by kind of campaign")


def detect_columns(currency: str) -> dict[str, Col]:
    """Name the columns of what a hold-out would show."""
    return {
        "share": Col(_("Held out"), "percent"),
        "contacted": Col(_("Contacted"), "count"),
        "held_out": Col(_("Not contacted"), "count"),
        "smallest": Col(_("Smallest effect shown per week"), "money", currency=currency),
        "relative": Col(_("Share of spend"), "percent"),
    }


def detect_title() -> Message:
    """Title the table of what a hold-out would show."""
    return _("What a hold-out would show, in a campaign as large as the largest")


def detect_note() -> Message:
    """Explain the table of what a hold-out would show."""
    return _("Shown 8 times in 10 at 95% confidence, with the same adjustment for what was bought before.")


def _value(one, currency: str) -> dict:
    return {"value": one.value, "low": one.low, "high": one.high, "unit": currency}


def _words(one, currency: str) -> dict:
    bounds = interval(money(one.low, currency), money(one.high, currency), level=0.95)
    return {"value": money(one.value, currency), "range": bounds}
