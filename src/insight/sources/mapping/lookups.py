"""Rows that meet rows: other files looked up, tables found inside others, since when a customer is known."""

import ibis
from ibis.expr.types import Table, Value

from insight.config.source import ValueFormat
from insight.contracts import BESIDE, CONTRACTS
from insight.sources.mapping.column_reader import clean_or_missing
from insight.sources.reading.raw import Raw

_ORDER = ["source_file", "source_line"]


def join_raw(raw: Raw, other: Raw, *, name: str, by: dict[str, str], form: ValueFormat) -> Raw:
    """Add another file's columns, as ``name.column``, to each row; no row is lost or doubled.

    Of several rows of the other file with the same key the first counts.

    Parameters
    ----------
    raw, other
        The rows, and those that are looked up.
    name
        What the columns are called by.
    by
        ``{our column: their column}``; empty values meet nothing.
    form
        How missing values are written.
    """
    theirs = {f"k_{name}_{at}": clean_or_missing(other, column, form) for at, column in enumerate(by.values())}
    fields = {column: f"j_{name}_{engine}" for column, engine in other.names.items()}
    keyed = other.table.filter(other.table.fault.isnull()).select(
        *_ORDER, **theirs, **{mine: other.table[other.names[column]] for column, mine in fields.items()}
    )
    first = ibis.row_number().over(ibis.window(group_by=list(theirs), order_by=_ORDER)) == 0
    unique = keyed.mutate(is_first=first).filter(lambda rows: rows.is_first).drop("is_first", *_ORDER)
    ours = raw.table.mutate(**{f"o_{name}_{at}": clean_or_missing(raw, column, form) for at, column in enumerate(by)})
    pairs = [ours[f"o_{name}_{at}"] == unique[f"k_{name}_{at}"] for at in range(len(by))]
    joined = ours.left_join(unique, pairs).drop(*theirs, *[f"o_{name}_{at}" for at in range(len(by))])
    names = raw.names | {f"{name}.{column}": mine for column, mine in fields.items()}
    return Raw(joined, names, raw.files)


def one_row_per_key(rows: Table, table: str) -> Table:
    """Give a table that was found inside another one's rows: one row per key.

    Where a key has several values in a column, the most frequent one counts, and of equally
    frequent ones the first in the alphabet. The place is that of the key's first row.
    """
    key = CONTRACTS[table].key[0]
    columns = [name for name in rows.columns if name not in (key, *BESIDE)]
    # a value that cannot be read is one value less; a line that cannot be read is quarantined in its own table
    readable = rows.filter((rows.fault.isnull() | ~rows.fault.startswith("line: ")) & rows[key].notnull())
    kinds = _kept(readable.group_by(key, *columns).aggregate(times=readable.count(), place=_first_place(readable)))
    found = kinds.group_by(key).aggregate(place=kinds.place.min())
    for column in columns:
        found = found.left_join(_most_frequent(kinds, key, column), key).drop(f"{key}_right")
    return found.mutate(**{name: found.place[name] for name in _ORDER}, fault=ibis.null("string")).drop("place")


def _most_frequent(kinds: Table, key: str, column: str) -> Table:
    filled = kinds.filter(kinds[column].notnull())
    counted = filled.group_by(key, column).aggregate(times=filled.times.sum())
    best = ibis.row_number().over(ibis.window(group_by=key, order_by=[ibis.desc("times"), column])) == 0
    return counted.mutate(best=best).filter(lambda values: values.best).select(key, column)


def _first_place(rows: Table) -> Value:
    return ibis.struct({name: rows[name] for name in _ORDER}).min()


def _kept(rows: Table) -> Table:
    return rows.get_backend().create_table(ibis.util.gen_name("found"), rows, temp=True)


def with_first_days(customers: Table, transactions: Table) -> Table:
    """Say since when each customer is known, by their first transaction, where their file does not."""
    if "first_seen_on" in customers.columns:
        return customers
    sound = transactions.filter(transactions.fault.isnull())
    days = sound.group_by("customer_id").aggregate(first_seen_on=sound.occurred_on.min())
    return customers.left_join(days, "customer_id").drop("customer_id_right")
