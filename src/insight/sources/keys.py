"""Keys that meet, or do not: rows that name what no other table holds, and baskets that stand in several files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from ibis.expr.types import StringValue, Table

from insight.config.definitions import share
from insight.contracts import CONTRACTS
from insight.sources.reading.raw import Lookup

#: Share of the rows that name a key without meeting one from which nothing fits together.
_NOTHING_MEETS = 0.995
#: Share of the unmet rows that another way of writing must bring together to be worth saying.
_WORTH_SAYING = 0.5
_WAYS: dict[str, Callable[[StringValue], StringValue]] = {
    "zeros": lambda key: key.re_replace("^0+([0-9A-Za-z])", r"\1"),
    "ending": lambda key: key.re_replace("[.]0+$", ""),
    "case": lambda key: key.upper(),
    "signs": lambda key: key.upper().re_replace(r"[^\pL\pN]", ""),
}
#: What a way of writing leaves out, for messages.
WITHOUT = {
    "zeros": "without leading zeros",
    "ending": "without the ending .0",
    "case": "without capitals",
    "signs": "without blanks, signs and capitals",
}
_COLUMNS = ["table_name", "column", "file", "points_to", "other_file", "named", "rows", "share", "way", "would_meet"]
#: Share of the rows that name what is looked up without meeting it from which next to nothing meets.
_NEXT_TO_NOTHING = 0.95


def links(tables: Mapping[str, Table]) -> pd.DataFrame:
    """Count rows that name something which no row of the table they point to is about.

    Parameters
    ----------
    tables
        Accepted rows with ``source_file``, by canonical name.

    Returns
    -------
    DataFrame
        ``table_name, column, file`` (the first), ``points_to, other_file, named`` (rows that name a key), ``rows``
        (of them, those that meet none), ``share``; ``way`` (of `WITHOUT`; empty where none) in which most of them would
        meet after all, and how many ``would_meet``; ``loud`` where nothing fits together, or would but for the way it
        is written. Only links that are broken somewhere.
    """
    found = [
        _link(name, column, target, tables)
        for name, table in tables.items()
        for column, target in CONTRACTS[name].references.items()
        if target in tables and column in table.columns
    ]
    frame = pd.DataFrame([link for link in found if link is not None], columns=_COLUMNS)
    return frame.assign(loud=(frame.share >= _NOTHING_MEETS) | (frame.way != ""))


def _link(name: str, column: str, target: str, tables: Mapping[str, Table]) -> tuple | None:
    rows, others = tables[name], tables[target]
    keys = rows.filter(rows[column].notnull()).group_by(key=rows[column]).aggregate(rows=lambda t: t.count())
    known = others.select(key=others[CONTRACTS[target].key[0]]).distinct()
    lost = keys.anti_join(known, "key").cache()
    count = int(lost.rows.sum().execute() or 0)
    if not count:
        return None
    named = int(keys.rows.sum().execute())
    way, would_meet = _way_to_meet(lost, known, at_least=count * _WORTH_SAYING)
    files = [table.source_file.min().execute() or "" for table in (rows, others)]
    return name, column, files[0], target, files[1], named, count, count / named, way, would_meet


def lookups(tables: Mapping[str, Sequence[Lookup]]) -> pd.DataFrame:
    """Count the rows that looked something up and met nothing, as `links` does; those of which all met as well.

    Parameters
    ----------
    tables
        What was looked up for the rows of each table, by canonical name.
    """
    found = [_looked_up(name, lookup) for name, several in tables.items() for lookup in several]
    frame = pd.DataFrame(found, columns=_COLUMNS)
    return frame.assign(loud=(frame.share >= _NEXT_TO_NOTHING) | (frame.way != ""))


def _looked_up(name: str, lookup: Lookup) -> tuple:
    rows, known = lookup.rows.cache(), lookup.known.cache()
    counted = rows.aggregate(named=rows.rows.sum(), met=rows.met.sum(), file=rows.file.min())
    (told,) = counted.mutate(other_file=known.file.min().as_scalar()).to_pyarrow().to_pylist()
    named = int(told["named"] or 0)
    count = named - int(told["met"] or 0)
    keys = [column for column in known.columns if column != "file"]
    lost = rows.mutate(rows=rows.rows - rows.met).filter(lambda t: t.rows > 0).anti_join(known, keys)
    way, would_meet = _way_to_meet(lost, known.select(keys), at_least=count * _WORTH_SAYING) if count else ("", 0)
    column, files = ", ".join(lookup.columns), (told["file"] or "", told["other_file"] or "")
    unmet = share("unmet_share", count, max(named, 1))
    return name, column, files[0], lookup.name, files[1], named, count, unmet, way, would_meet


def _way_to_meet(lost: Table, known: Table, *, at_least: float) -> tuple[str, int]:
    """Find the way of writing that brings most of the lost keys together with known ones, if it does for enough."""
    best = ("", 0)
    for way, written in _WAYS.items():
        ours, theirs = (table.mutate(**{key: written(table[key]) for key in known.columns}) for table in (lost, known))
        meets = int(ours.semi_join(theirs, known.columns).rows.sum().execute() or 0)
        best = (way, meets) if meets >= at_least and meets > best[1] else best
    return best


@dataclass(frozen=True)
class Spread:
    """Baskets that stand in more than one file: how many of ``all``, with how many ``rows``, in which two first."""

    baskets: int = 0
    all: int = 0
    rows: int = 0
    first_file: str = ""
    second_file: str = ""


def baskets_in_several_files(transactions: Table) -> Spread:
    """Count the baskets whose accepted rows stand in more than one file: delivered again, or running on.

    Parameters
    ----------
    transactions
        Accepted rows with ``source_file``, whose ``basket_id`` was delivered.
    """
    baskets = transactions.group_by("basket_id").aggregate(
        files=transactions.source_file.nunique(),
        rows=transactions.count(),
        first_file=transactions.source_file.min(),
        second_file=transactions.source_file.max(),
    )
    several = baskets.filter(baskets.files > 1).order_by("first_file", "second_file").to_pandas()
    if several.empty:
        return Spread()
    first = several.iloc[0]
    everything = int(baskets.count().execute())
    return Spread(len(several), everything, int(several.rows.sum()), first.first_file, first.second_file)
