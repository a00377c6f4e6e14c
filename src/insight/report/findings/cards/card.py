"""Findings of 70 card lifecycle: its steps, what the records say of each, and what is missing."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd

from insight.errors import Unavailable
from insight.report.finding import CURRENCY, Finding, Headline, finding, reason_of
from insight.report.tiles import difference, finely_in_unit
from insight.words.context import context
from insight.words.names import named, table_name
from insight.words.numerals import NOTHING, number
from insight.words.text import Text, chain, has_text, listing, text

#: The steps whose figures the page leads with.
_LEADING = ("use", "pay", "keep")
#: The figure of each step that stands for it in the picture of the whole life.
_KEY = {
    **{"apply": "approved", "decide": "used", "activate": "activated", "use": "used", "pay": "late"},
    **{"redeem": "redeemed", "serve": "poor", "protect": "false", "keep": "closed"},
}
#: Figures of the portfolio of which more is better (1) or worse (-1); of the others it depends.
_BETTER = {
    **dict.fromkeys(("accounts", "activated", "spend", "satisfaction"), 1),
    **dict.fromkeys(("past_30", "past_90", "charged_off", "closed", "fraud"), -1),
}
#: Figures whose money stands in the account of money, where a year before may be known that is not known here.
_IN_ACCOUNT = ("charged_off", "fraud")


def told(moment: str, figures: Mapping[str, float]) -> Text | str:
    """Say what the records tell of a step, as far as its figures go."""
    keys = [f"card.told.{moment}.{name}" for name in figures]
    return chain("card.joined", [text(key, **figures) for key in keys if has_text(key)] or [NOTHING])


def questions(moments: pd.DataFrame) -> Finding:
    """Show the steps of a card's life and the question of each."""
    return _table("card.questions", moments.assign(question=moments["moment"]), question="card.question")


@finding
def portfolio(found: pd.DataFrame, *, month: date) -> Finding:
    """Lay out the figures of the portfolio beside those of the month and of the year before, and state the largest."""
    rows = []
    for row in found.itertuples():
        unit = context().currency if row.unit == CURRENCY else row.unit
        shown = [None if pd.isna(value) else _in_unit(value, unit) for value in (row.value, row.before, row.year)]
        changes = [None if pd.isna(other) else difference(row.value, other, unit) for other in (row.before, row.year)]
        name = text(f"card.portfolio.{row.figure}")
        rows.append((name, shown[0], shown[1], changes[0], shown[2], changes[1]))
    values, sure = found.set_index("figure")["value"], found[found["differs"]].set_index("figure")
    apart = sure["value"] - sure["year"]
    worse = [text(f"card.portfolio.{name}") for name, way in _BETTER.items() if apart.get(name, 0.0) * way < 0]
    facts = {name: values[name] for name in ("accounts", "receivables") if name in values}
    unjudged = found.loc[found["figure"].isin(_BETTER) & found["year"].isna(), "figure"]
    short = [text(f"card.portfolio.{name}") for name in unjudged]
    caution = "losses" if unjudged.isin(_IN_ACCOUNT).any() else "short" if short else None
    stated = {"accounts": ("card_accounts", ""), "receivables": ("receivables", CURRENCY)}
    return Finding(
        facts=facts | {"worse": worse, "short": short},
        table=pd.DataFrame(rows, columns=["figure", "value", "before", "on_before", "year", "on_year"]),
        variants={"so_what": "worse" if worse else "none", "caution": caution},
        headlines=[Headline(name, round(values[of]), unit) for of, (name, unit) in stated.items() if of in values],
    )


def _in_unit(value: float, unit: str) -> Any:
    digits = {"score": 2, "points": 2}.get(unit)
    return finely_in_unit(value, unit) if digits is None else number(value, digits=digits)


@finding
def figures(moments: pd.DataFrame, found: Mapping[str, Mapping[str, float]]) -> Finding:
    """Show what the records say of each step, lead with the steps of every day, and state the figure of each."""
    key = {moment: found[moment][name] for moment, name in _KEY.items() if name in found.get(moment, {})}
    shown = _table(
        "card.figures", moments.assign(told=moments["moment"]), told=lambda name: told(name, found.get(name, {}))
    )
    first = [said for name in _LEADING if (said := told(name, found.get(name, {}))) != NOTHING]
    return replace(
        shown,
        facts=key,
        headlines=[Headline(f"card_{moment}", value, "share") for moment, value in key.items()],
        words={"lead": text("card.figures.says_first", told=chain("card.joined", first))} if first else {},
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
