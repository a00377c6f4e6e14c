"""Findings of 70 card lifecycle: its steps, what the records say of each, and what is missing."""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from insight.errors import Unavailable
from insight.report.finding import NO_CUSTOMERS, Finding, Headline, finding, reason_of
from insight.report.names import table_name
from insight.report.numerals import NOTHING
from insight.report.text import Text, has_text, listing, text, word


def told(moment: str, figures: Mapping[str, float]) -> Text | str:
    """Say what the records tell of a step, as far as its figures go.

    Examples
    --------
    >>> str(told("apply", {"count": 1200, "approved": 0.9})), told("apply", {})
    ('1,200 applications; 90% approved', '–')
    """
    keys = [f"card.told.{moment}.{name}" for name in figures]
    parts = [text(key, **figures) for key in keys if has_text(key)]
    if not parts:
        return NOTHING
    return functools.reduce(lambda first, second: text("card.joined", first=first, second=second), parts)


def questions(moments: pd.DataFrame) -> Finding:
    """Show the steps of a card's life and the question of each."""
    return _table("card.questions", moments, question=[word("card.question", name) for name in moments["moment"]])


@finding
def figures(moments: pd.DataFrame, found: Mapping[str, Mapping[str, float]]) -> Finding:
    """Show what the records say of each step."""
    return _table("card.figures", moments, told=[told(name, found.get(name, {})) for name in moments["moment"]])


def needs(moments: pd.DataFrame) -> Finding:
    """Show which tables each step needs and which are missing, and state how many steps can be described."""
    possible = int(moments["possible"].sum())
    missing = sorted({table for tables in moments["missing"] for table in tables})
    facts = {"all": len(moments), "possible": possible, "missing": [table_name(table) for table in missing]}
    no_records = reason_of(Unavailable("card", "no_records", {"all": len(moments)}))
    shown = _table(
        "card.needs",
        moments,
        needs=[_tables(names) for names in moments["needs"]],
        missing=[_tables(names) if names else text("card.nothing") for names in moments["missing"]],
    )
    sentence = text("card.needs.headline", **facts) if possible else no_records
    return replace(
        shown,
        facts=facts,
        variants={"so_what": "complete" if not missing else "incomplete" if possible else "no_cards"},
        headlines=[Headline("card_moments", possible, "moments", sentence=sentence)],
        words={} if possible else {"lead": no_records},
    )


def _table(key: str, moments: pd.DataFrame, **columns: Iterable[Any]) -> Finding:
    named = pd.DataFrame({"moment": [word("card.moment", code) for code in moments["moment"]], **columns}, dtype=object)
    return Finding(key, table=named, counts=NO_CUSTOMERS)


def _tables(names: Iterable[str]) -> Any:
    return listing(table_name(name) for name in names)
