"""Findings of 70 card lifecycle: its steps, what the records say of each, and what is missing."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from insight.errors import Unavailable
from insight.report.finding import Finding, Headline, finding, reason_of
from insight.words.names import named, table_name
from insight.words.numerals import NOTHING
from insight.words.text import Text, chain, has_text, listing, text

#: The steps whose figures the page leads with.
_LEADING = ("use", "pay", "keep")


def told(moment: str, figures: Mapping[str, float]) -> Text | str:
    """Say what the records tell of a step, as far as its figures go."""
    keys = [f"card.told.{moment}.{name}" for name in figures]
    return chain("card.joined", [text(key, **figures) for key in keys if has_text(key)] or [NOTHING])


def questions(moments: pd.DataFrame) -> Finding:
    """Show the steps of a card's life and the question of each."""
    return _table("card.questions", moments.assign(question=moments["moment"]), question="card.question")


@finding
def figures(moments: pd.DataFrame, found: Mapping[str, Mapping[str, float]]) -> Finding:
    """Show what the records say of each step, and lead with the steps of every day."""
    shown = _table(
        "card.figures", moments.assign(told=moments["moment"]), told=lambda name: told(name, found.get(name, {}))
    )
    first = [said for name in _LEADING if (said := told(name, found.get(name, {}))) != NOTHING]
    return replace(
        shown, words={"lead": text("card.figures.says_first", told=chain("card.joined", first))} if first else {}
    )


def needs(moments: pd.DataFrame) -> Finding:
    """Show which tables each step needs and which are missing, and state how many steps can be described."""
    possible, missing = int(moments["possible"].sum()), sorted(set().union(*moments["missing"]))
    facts = {"all": len(moments), "possible": possible, "missing": [table_name(table) for table in missing]}
    no_records = reason_of(Unavailable("card", "no_records", {"all": len(moments)}))
    sentence = text("card.needs.headline", **facts) if possible else no_records
    return replace(
        _table("card.needs", moments, needs=_tables, missing=lambda names: _tables(names) or text("card.nothing")),
        facts=facts,
        variants={"so_what": "complete" if not missing else "incomplete" if possible else "no_cards"},
        headlines=[Headline("card_moments", possible, "moments", sentence=sentence)],
        words={} if possible else {"lead": no_records, "says": None},
    )


def _table(key: str, moments: pd.DataFrame, **names: Any) -> Finding:
    return Finding(key, table=named(moments, moment="card.moment", **names))


def _tables(names: Iterable[str]) -> Any:
    return listing(map(table_name, names)) if names else None
