"""Rows that meet rows: other files looked up, tables found inside others, customers seen in transactions."""

import ibis
from ibis.expr.types import Table

from insight.contracts import CONTRACTS
from insight.source_params import ValueFormat
from insight.sources.column_reader import clean_or_missing
from insight.sources.mapping import PLACE
from insight.sources.raw import Raw

_ORDER = ["source_file", "source_line"]


def join_raw(raw: Raw, other: Raw, *, name: str, on: dict[str, str], form: ValueFormat) -> Raw:
    """Add another file's columns, as ``name.column``, to each row; no row is lost or doubled.

    Of several rows of the other file with the same key the first counts.

    Parameters
    ----------
    raw, other
        The rows, and those that are looked up.
    name
        What the columns are called by.
    on
        ``{our column: their column}``; empty values meet nothing.
    form
        How missing values are written.
    """
    theirs = {f"k_{name}_{at}": clean_or_missing(other, column, form) for at, column in enumerate(on.values())}
    fields = {column: f"j_{name}_{engine}" for column, engine in other.names.items()}
    keyed = other.table.filter(other.table.fault.isnull()).select(
        *_ORDER, **theirs, **{mine: other.table[other.names[column]] for column, mine in fields.items()}
    )
    first = ibis.row_number().over(ibis.window(group_by=list(theirs), order_by=_ORDER)) == 0
    unique = keyed.mutate(is_first=first).filter(lambda rows: rows.is_first).drop("is_first", *_ORDER)
    ours = raw.table.mutate(**{f"o_{name}_{at}": clean_or_missing(raw, column, form) for at, column in enumerate(on)})
    pairs = [ours[f"o_{name}_{at}"] == unique[f"k_{name}_{at}"] for at in range(len(on))]
    joined = ours.left_join(unique, pairs).drop(*theirs, *[f"o_{name}_{at}" for at in range(len(on))])
    names = raw.names | {f"{name}.{column}": mine for column, mine in fields.items()}
    return Raw(joined, names, raw.files)


def one_row_per_key(rows: Table, table: str) -> Table:
    """Give a table that was found inside another one's rows: one row per key.

    Where a key has several values in a column, the most frequent one counts, and of equally
    frequent ones the first in the alphabet. The place is that of the key's first row.
    """
    key = CONTRACTS[table].key[0]
    # a value that cannot be read is one value less; a line that cannot be read is set aside in its own table
    readable = rows.filter((rows.fault.isnull() | ~rows.fault.startswith("line: ")) & rows[key].notnull())
    first = ibis.struct({name: readable[name] for name in _ORDER}).min()
    found = readable.group_by(key).aggregate(place=first)
    for column in [name for name in rows.columns if name not in (key, *PLACE)]:
        found = found.left_join(_most_frequent(readable, key, column), key).drop(f"{key}_right")
    return found.mutate(**{name: found.place[name] for name in _ORDER}, fault=ibis.null("string")).drop("place")


def _most_frequent(rows: Table, key: str, column: str) -> Table:
    filled = rows.filter(rows[column].notnull())
    counted = filled.group_by(key, column).aggregate(times=filled.count())
    best = ibis.row_number().over(ibis.window(group_by=key, order_by=[ibis.desc("times"), column])) == 0
    return counted.mutate(best=best).filter(lambda found: found.best).select(key, column)


def with_seen_customers(customers: Table | None, transactions: Table) -> Table:
    """Give every customer: those of the customer file, and those who only appear in transactions.

    ``first_seen_on`` is the first day with a transaction where the file does not say it.
    """
    sound = transactions.filter(transactions.fault.isnull() & transactions.customer_id.notnull())
    seen = sound.group_by("customer_id").aggregate(
        first_seen_on=sound.occurred_on.min(),
        place=ibis.struct({name: sound[name] for name in _ORDER}).min(),
    )
    derived = seen.mutate(**{name: seen.place[name] for name in _ORDER}, fault=ibis.null("string")).drop("place")
    if customers is None:
        return derived
    if "first_seen_on" not in customers.columns:
        days = seen.select("customer_id", "first_seen_on")
        customers = customers.left_join(days, "customer_id").drop("customer_id_right")
    others = derived.anti_join(customers.filter(customers.customer_id.notnull()), "customer_id")
    schema = customers.schema()
    added = others.select(
        **{name: others[name] if name in others.columns else ibis.null(kind) for name, kind in schema.items()}
    )
    return customers.union(added)
