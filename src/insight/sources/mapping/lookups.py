"""Rows that meet rows: other files looked up, tables found inside others, since when a customer is known."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import ibis
from ibis.expr.types import DateValue, Table, Value

from insight.config.source import ColumnRule, ValueFormat
from insight.contracts import BESIDE, CONTRACTS
from insight.errors import SourceError
from insight.sources.mapping.column_reader import clean_or_missing, form_of
from insight.sources.mapping.date_orders import forms_by_file, read_by_file
from insight.sources.mapping.typing_rules import moment, moment_by, narrow
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
    return replace(raw, table=joined, names=names, looked_up=raw.looked_up | {name: {}})


@dataclass(frozen=True)
class Days:
    """How days are looked up.

    Attributes
    ----------
    at_most
        So many days before one the last that is there counts.
    rules
        What canonical columns are made from; they may say how a day of ours is written.
    theirs
        How the other file is written.
    zone
        The business time zone.
    """

    at_most: int
    rules: Mapping[str, ColumnRule]
    theirs: ValueFormat
    zone: str

    def read(self, raw: Raw, column: str, form: ValueFormat) -> DateValue:
        """Give a delivered column's days, null where it holds none."""
        text = narrow(clean_or_missing(raw, column, form))
        forms = forms_by_file(raw.table, text, form, column=column)
        read = read_by_file(text, raw.table.source_file, forms)
        return moment(text, read, source_zone=form.time_zone or self.zone, zone=self.zone, optional=True).day

    def of_ours(self, column: str, form: ValueFormat) -> ValueFormat:
        """Give the format of a column of ours, which may be the day alone of a rule that puts day and time together."""
        for rule in self.rules.values():
            if column in rule.sources and rule.dates:
                form = form_of(rule, form)
        return form.model_copy(
            update={
                "dates": _and_days(form.dates),
                "dates_in": {file: _and_days(forms) for file, forms in form.dates_in.items()},
            }
        )


def _and_days(forms: Sequence[str]) -> list[str]:
    """Add what the forms of times say of the day.

    Examples
    --------
    >>> _and_days(["%d.%m.%Y %H:%M", "iso"])
    ['%d.%m.%Y %H:%M', 'iso', '%d.%m.%Y']
    """
    days = [re.split(r"\W*T?%[HIT]", form)[0] for form in forms]
    return list(dict.fromkeys([*forms, *filter(None, days)]))


def join_last_before(raw: Raw, other: Raw, *, name: str, by: dict[str, str], form: ValueFormat, days: Days) -> Raw:
    """Add another file's columns as `join_raw` does, where a day without a row takes the last one before.

    A row of theirs that holds nothing beside its keys is none; of several of one day the first counts.
    """
    ours, theirs = _days_in(other, name, by, days)
    fields = {column: f"j_{name}_{engine}" for column, engine in other.names.items()}
    told = [clean_or_missing(other, column, days.theirs) for column in other.names if column not in by.values()]
    keys = {f"k_{name}_{at}": clean_or_missing(other, by[column], days.theirs) for at, column in enumerate(by)}
    keys |= {f"k_{name}": days.read(other, theirs, days.theirs)}
    keys = {key: value for key, value in keys.items() if key != f"k_{name}_{list(by).index(ours)}"}
    keyed = other.table.mutate(has_values=ibis.or_(*[text.notnull() for text in told]), **keys).filter(
        lambda rows: rows.fault.isnull() & rows.has_values & rows[f"k_{name}"].notnull()
    )
    keyed = keyed.select(*_ORDER, *keys, **{mine: keyed[other.names[column]] for column, mine in fields.items()})
    alike = ibis.window(group_by=list(keys))
    values = [keyed[mine] for column, mine in fields.items() if column not in by.values()]
    unique = keyed.mutate(
        is_first=ibis.row_number().over(ibis.window(group_by=list(keys), order_by=_ORDER)) == 0,
        **{f"s_{name}": ibis.or_(*[one.min().over(alike) != one.max().over(alike) for one in values])},
    )
    unique = unique.filter(lambda rows: rows.is_first).drop("is_first", *_ORDER)
    mine = {f"o_{name}_{at}": clean_or_missing(raw, column, form) for at, column in enumerate(by)}
    mine |= {f"o_{name}": days.read(raw, ours, days.of_ours(ours, form))}
    rows = raw.table.mutate(**mine)
    same = [rows[f"o{key[1:]}"] == unique[key] for key in keys if key != f"k_{name}"]
    joined = rows.asof_join(unique, on=rows[f"o_{name}"] >= unique[f"k_{name}"], predicates=same)
    age = joined[f"o_{name}"].delta(joined[f"k_{name}"], unit="day")
    near = (age <= days.at_most).fill_null(False)
    joined = joined.mutate(
        **{one: near.ifelse(joined[one], ibis.null("string")) for one in fields.values()},
        **{f"a_{name}": near & (age > 0), f"s_{name}": near & joined[f"s_{name}"].fill_null(False)},
    ).drop(*keys, *mine)
    names = raw.names | {f"{name}.{column}": one for column, one in fields.items()}
    went = {"last_before": f"a_{name}", "of_several": f"s_{name}"}
    return replace(raw, table=joined, names=names, looked_up=raw.looked_up | {name: went})


def _days_in(other: Raw, name: str, by: dict[str, str], days: Days) -> tuple[str, str]:
    """Name the one pair of columns of ``by`` that holds days."""
    texts = {ours: clean_or_missing(other, theirs, days.theirs) for ours, theirs in by.items()}
    read = {ours: moment_by(narrow(text), [*days.theirs.dates, "iso"]).count() for ours, text in texts.items()}
    counts = {f"r{at}": read[ours] for at, ours in enumerate(by)} | {
        f"t{at}": texts[ours].count() for at, ours in enumerate(by)
    }
    (counted,) = other.table.aggregate(**counts).to_pyarrow().to_pylist()
    found = [pair for at, pair in enumerate(by.items()) if 2 * counted[f"r{at}"] > counted[f"t{at}"]]
    if len(found) != 1:
        raise SourceError(
            f"join.{name}: last_before needs one column of days under `by`; {len(found)} of "
            f"{', '.join(by.values())} hold(s) days as the format says. "
            "Say under its format in `dates` how they are written"
        )
    return found[0]


def one_row_per_key(rows: Table, table: str) -> Table:
    """Give a table that was found inside another one's rows: one row per key.

    Where a key has several values in a column, the most frequent one counts, and of equally
    frequent ones the first in the alphabet. What was done to values is told of all of the key's rows; the
    place is that of the first row of which something is told, else of its first.
    """
    key = CONTRACTS[table].key[0]
    columns = [name for name in rows.columns if name not in (key, *BESIDE)]
    # a value that cannot be read is one value less; a line that cannot be read is quarantined in its own table
    readable = rows.filter((rows.fault.isnull() | ~rows.fault.startswith("line: ")) & rows[key].notnull())
    kinds = _kept(readable.group_by(key, *columns).aggregate(times=readable.count(), place=_first_place(readable)))
    found = kinds.group_by(key).aggregate(place=kinds.place.min())
    for column in columns:
        found = found.left_join(_most_frequent(kinds, key, column), key).drop(f"{key}_right")
    told = readable.filter(readable.remarks.notnull())
    told = told.group_by(key).aggregate(remarks=told.remarks.collect().flatten(), told_at=_first_place(told))
    found = found.left_join(told, key).drop(f"{key}_right")
    place = ibis.coalesce(found.told_at, found.place)
    return found.mutate(**{name: place[name] for name in _ORDER}, fault=ibis.null("string")).drop("place", "told_at")


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
