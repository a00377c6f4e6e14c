"""Sentences of notebook 70: what a card's life takes to be told, and what this business has of it."""

import pandas as pd

from insight.report.language import Message, _, count, listing
from insight.report.sentences.data_names import TABLES
from insight.report.tables import Col

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


def rows(moments: pd.DataFrame) -> pd.DataFrame:
    """Put the moments into words: name, question, and the tables needed and missing."""
    return pd.DataFrame(
        {
            "moment": [_MOMENTS[name][0] for name in moments["moment"]],
            "question": [_MOMENTS[name][1] for name in moments["moment"]],
            "needs": [_tables(names) for names in moments["needs"]],
            "missing": [_tables(names) if names else _("nothing") for names in moments["missing"]],
        }
    )


def questions() -> dict[str, Col]:
    """Name the columns of the moments and their questions."""
    return {"moment": Col(_("Moment")), "question": Col(_("Question"))}


def needs() -> dict[str, Col]:
    """Name the columns of what each moment needs."""
    return {"moment": Col(_("Moment")), "needs": Col(_("Needs")), "missing": Col(_("Missing here"))}


def questions_title() -> Message:
    """Title the table of questions."""
    return _("Nine moments of a card’s life")


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
        "The tables for {n} of the {all} moments are there; this report does not read them yet.",
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
