"""Sentences of notebook 70: what a card's life takes to be told, and what this business has of it."""

from collections.abc import Mapping

import pandas as pd

from insight.report.language import Message, _, count, listing, money, number, percent
from insight.report.sentences.data_names import TABLES
from insight.report.tables import Col

_FIGURES = {
    "count": lambda value, currency: count(int(value)),
    "approved": lambda value, currency: percent(value),
    "low": lambda value, currency: number(value, digits=0),
    "middle": lambda value, currency: number(value, digits=0),
    "limit": lambda value, currency: money(value, currency, digits=0),
    "used": lambda value, currency: percent(value),
    "late": lambda value, currency: percent(value, digits=1),
    "redeemed": lambda value, currency: percent(value),
    "expired": lambda value, currency: percent(value),
    "hours": lambda value, currency: number(value, digits=1),
    "poor": lambda value, currency: percent(value),
    "false": lambda value, currency: percent(value),
    "closed": lambda value, currency: percent(value, digits=1),
}
#: Of each moment what can be said, and the figure that it takes.
_TOLD = {
    "apply": (("count", _("{count} applications")), ("approved", _("{approved} approved"))),
    "assess": (("middle", _("latest score in the middle {middle}")), ("low", _("one in ten at {low} or less"))),
    "limit": (
        ("limit", _("limit in the middle {limit}")),
        ("used", _("{used} of all limits owed on the last statement")),
    ),
    "use": (("count", _("{count} open cards")), ("used", _("{used} used within the last 90 days"))),
    "pay": (("count", _("{count} statements with a balance in 90 days")), ("late", _("{late} in arrears"))),
    "redeem": (
        ("redeemed", _("of the points earned, {redeemed} redeemed")),
        ("expired", _("{expired} left to expire")),
    ),
    "serve": (
        ("count", _("{count} requests")),
        ("hours", _("half of them closed within {hours} hours")),
        ("poor", _("{poor} of the marks are 1 or 2")),
    ),
    "protect": (("count", _("{count} cases")), ("false", _("{false} of those decided were false alarms"))),
    "keep": (("count", _("{count} cards open a year ago")), ("closed", _("{closed} of them closed since"))),
}
_MOMENTS = {
    "apply": (_("apply"), _("Who asks for a card, and how do they get through?")),
    "assess": (_("be assessed"), _("Whom do we accept, and how do they turn out?")),
    "limit": (_("get a limit"), _("Is the limit right for what they earn and spend?")),
    "use": (_("use"), _("Who uses the card, for what, and who never starts?")),
    "pay": (_("pay"), _("Who pays in full, who revolves, who falls behind?")),
    "redeem": (_("redeem"), _("Are points earned, redeemed, or left to expire?")),
    "serve": (_("be served"), _("What do they ask for, and how long does it take?")),
    "protect": (_("be protected"), _("What is stopped, and who is stopped by mistake?")),
    "keep": (_("stay or leave"), _("Who is about to leave, and who is worth keeping?")),
}


def told(moment: str, figures: Mapping[str, float], *, currency: str) -> Message:
    """Say what the records tell of a moment, as far as its figures go.

    Examples
    --------
    >>> str(told("apply", {"count": 1200, "approved": 0.9}, currency="CNY"))
    '1,200 applications; 90% approved'
    >>> str(told("apply", {}, currency="CNY"))
    '–'
    """
    values = {name: _FIGURES[name](value, currency) for name, value in figures.items() if name in _FIGURES}
    parts = [text for needed, text in _TOLD[moment] if needed in values]
    if not parts:
        return _("–")
    said = [Message(one.text, values) for one in parts]
    return said[0] if len(said) == 1 else _("{first}; {second}", first=said[0], second=_joined(said[1:]))


def _joined(said: list[Message]) -> Message:
    return said[0] if len(said) == 1 else _("{first}; {second}", first=said[0], second=_joined(said[1:]))


def rows(moments: pd.DataFrame, found: Mapping[str, Mapping[str, float]] | None = None, *, currency: str = "USD"):
    """Put the moments into words: name, question, what the records tell, and the tables needed and missing."""
    found = found or {}
    return pd.DataFrame(
        {
            "told": [told(name, found.get(name, {}), currency=currency) for name in moments["moment"]],
            "moment": [_MOMENTS[name][0] for name in moments["moment"]],
            "question": [_MOMENTS[name][1] for name in moments["moment"]],
            "needs": [_tables(names) for names in moments["needs"]],
            "missing": [_tables(names) if names else _("nothing") for names in moments["missing"]],
        }
    )


def questions() -> dict[str, Col]:
    """Name the columns of the moments and their questions."""
    return {"moment": Col(_("Moment")), "question": Col(_("Question"))}


def tells() -> dict[str, Col]:
    """Name the columns of what the records say of each moment."""
    return {"moment": Col(_("Moment")), "told": Col(_("What the records say"))}


def needs() -> dict[str, Col]:
    """Name the columns of what each moment needs."""
    return {"moment": Col(_("Moment")), "needs": Col(_("Needs")), "missing": Col(_("Missing here"))}


def questions_title() -> Message:
    """Title the table of questions."""
    return _("Nine moments of a card’s life")


def tells_title() -> Message:
    """Title the table of what the records say."""
    return _("What the records say of each moment")


def needs_title() -> Message:
    """Title the table of what is needed."""
    return _("What each moment needs, and what is missing here")


def so_what_moments() -> Message:
    """Say what the moments are for."""
    return _(
        "Each moment belongs to somebody: acquisition, risk, service, marketing. What is measured at one is decided "
        "at another, so they are read together."
    )


def answer(moments: pd.DataFrame) -> Message:
    """Say whether the business has what a card's life takes.

    Examples
    --------
    >>> moments = pd.DataFrame({"possible": [False, False], "missing": [("rewards",), ("payments", "rewards")]})
    >>> str(answer(moments))
    'This business keeps no credit-card records: none of the 2 moments can be told.'
    """
    possible, all_of_them = int(moments["possible"].sum()), len(moments)
    if possible == 0:
        return _(
            "This business keeps no credit-card records: none of the {all} moments can be told.", all=count(all_of_them)
        )
    return _(
        "The records of {n} of the {all} moments are there; the table says in a figure or two what they tell.",
        n=count(possible),
        all=count(all_of_them),
    )


def so_what(moments: pd.DataFrame) -> Message:
    """Say what to do about what is missing.

    Examples
    --------
    >>> str(so_what(pd.DataFrame({"possible": [True], "missing": [()]})))
    'Nothing is missing.'
    """
    missing = sorted({table for tables in moments["missing"] for table in tables})
    if not missing:
        return _("Nothing is missing.")
    return _(
        "A shop without cards need do nothing; its customers’ own life is told by the reports on customers and "
        "segments. A card business delivers {tables}, and the moments can be told.",
        tables=_tables(missing),
    )


def headline(moments: pd.DataFrame) -> dict:
    """State how many moments can be told."""
    return {"value": int(moments["possible"].sum()), "unit": "moments", "sentence": answer(moments)}


def _tables(names) -> object:
    return listing([TABLES[name] for name in names])
