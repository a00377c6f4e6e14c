"""Rows that meet rows: other files looked up, tables found inside others, since when a customer is known."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import ibis
from ibis.expr.types import DateValue, Table, Value

from insight.config.source import ColumnRule, ValueFormat
from insight.config.source import Lookup as JoinRule
from insight.contracts import BESIDE, CONTRACTS
from insight.errors import SourceError
from insight.sources.mapping.column_reader import clean_or_missing, form_of
from insight.sources.mapping.date_orders import forms_by_file, read_by_file
from insight.sources.mapping.typing_rules import moment, moment_by, narrow
from insight.sources.reading.raw import Lookup, Raw

_ORDER = ["source_file", "source_line"]


@dataclass(frozen=True)
class Days:
    """How days are looked up.

    Attributes
    ----------
    at_most
        So many days before one the last that is there counts.
    rules
        What canonical columns are made from; they may say how a day of ours is written.
    zone
        The business time zone.
    """

    at_most: int
    rules: Mapping[str, ColumnRule]
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


def join_raw(
    raw: Raw, other: Raw, join: JoinRule, *, name: str, form: ValueFormat, theirs: ValueFormat, days: Days | None
) -> Raw:
    """Add another file's columns, as ``name.column``, to each row; no row is lost or doubled.

    Of several rows of the other file with the same key the first counts. With ``days`` a day without a row takes the
    last one before, and a row of theirs that holds nothing beside its keys is none.

    Parameters
    ----------
    raw, other
        The rows, and those that are looked up.
    join
        By which columns rows meet, where empty values meet nothing; and for whose rows what is looked up is 1.
    name
        What the columns are called by.
    form, theirs
        How ours, and the other file, are written.
    days
        How days are looked up; none where texts meet as they are.
    """
    by = join.by
    day = _day_in(other, name, by, theirs) if days else None
    exact = [column for column in by if column != day]
    fields = {column: f"j_{name}_{engine}" for column, engine in other.names.items()}
    keys = {f"k_{name}_{at}": clean_or_missing(other, by[column], theirs) for at, column in enumerate(exact)}
    mine = {f"o_{name}_{at}": clean_or_missing(raw, column, form) for at, column in enumerate(exact)}
    told = [clean_or_missing(other, column, theirs) for column in other.names if days and column not in by.values()]
    if days and day:
        keys[f"k_{name}"] = days.read(other, by[day], theirs)
        mine[f"o_{name}"] = days.read(raw, day, days.of_ours(day, form))
    keyed = other.table.mutate(is_one=ibis.or_(*[text.notnull() for text in told]) if told else True, **keys)
    keyed = keyed.filter(keyed.is_one & keyed.fault.isnull() & ibis.and_(*[keyed[key].notnull() for key in keys]))
    keyed = keyed.select(*_ORDER, *keys, **{one: keyed[other.names[column]] for column, one in fields.items()})
    alike = ibis.window(group_by=list(keys))
    values = [keyed[one] for column, one in fields.items() if column not in by.values()]
    differ = [one.min().over(alike) != one.max().over(alike) for one in values] if days else []
    is_first = ibis.row_number().over(ibis.window(group_by=list(keys), order_by=_ORDER)) == 0
    unique = keyed.mutate(is_first=is_first, **{f"s_{name}": ibis.or_(*differ) if differ else False})
    unique = unique.filter(unique.is_first).drop("is_first", *_ORDER)
    rows = raw.table.mutate(**mine)
    same = [rows[f"o{key[1:]}"] == unique[key] for key in keys if key != f"k_{name}"]
    if days:
        joined = rows.asof_join(unique, on=rows[f"o_{name}"] >= unique[f"k_{name}"], predicates=same)
        age = joined[f"o_{name}"].delta(joined[f"k_{name}"], unit="day")
        met = (age <= days.at_most).fill_null(False)
        near = {one: met.ifelse(joined[one], ibis.null("string")) for one in fields.values()}
        joined = joined.mutate(
            met=met, **near, **{f"a_{name}": met & (age > 0), f"s_{name}": met & joined[f"s_{name}"]}
        )
    else:
        joined = rows.left_join(unique, same)
        joined = joined.mutate(met=joined[f"k_{name}_0"].notnull()).drop(f"s_{name}")
    if join.one_for:
        joined = _with_ones(joined, [key for key in mine if key != f"o_{name}"], join.one_for, fields.values(), name)
    return replace(
        raw,
        table=joined.drop("met", *keys, *mine),
        names=raw.names | {f"{name}.{column}": one for column, one in fields.items()},
        looked_up=raw.looked_up | {name: {"last_before": f"a_{name}", "of_several": f"s_{name}"} if days else {}},
        lookups=(*raw.lookups, _lookup(name, by, joined, keyed, keys)),
    )


def _with_ones(joined: Table, codes: Sequence[str], own: str, fields: Iterable[str], name: str) -> Table:
    """Look up 1 for each row of the business's own currency, whatever stands in the other file."""
    is_own = ibis.or_(*[joined[code] == own for code in codes]).fill_null(False)
    flags = {flag: joined[flag] & ~is_own for flag in (f"a_{name}", f"s_{name}") if flag in joined.columns}
    ones = {field: is_own.ifelse("1", joined[field]) for field in fields}
    return joined.mutate(met=joined.met | is_own, **flags, **ones)


def _lookup(name: str, by: Mapping[str, str], joined: Table, keyed: Table, keys: Iterable[str]) -> Lookup:
    """Keep what was looked up: by key how many rows name it and how many of them met, and the keys that are there."""
    texts = [key for key in keys if key != f"k_{name}"] or [f"k_{name}"]
    named = joined.filter(joined.fault.isnull(), *[joined[f"o{key[1:]}"].notnull() for key in keys])
    return Lookup(
        name=name,
        columns=tuple(by),
        rows=named.group_by(**{key: named[f"o{key[1:]}"].cast("string") for key in texts}).aggregate(
            rows=named.count(), met=named.met.sum(), file=named.source_file.min()
        ),
        known=keyed.group_by(**{key: keyed[key].cast("string") for key in texts}).aggregate(
            file=keyed.source_file.min()
        ),
    )


def _day_in(other: Raw, name: str, by: dict[str, str], form: ValueFormat) -> str:
    """Name the one column of ours under ``by`` that holds days."""
    texts = {ours: clean_or_missing(other, theirs, form) for ours, theirs in by.items()}
    read = {ours: moment_by(narrow(text), [*form.dates, "iso"]).count() for ours, text in texts.items()}
    counts = {f"r{at}": read[ours] for at, ours in enumerate(by)} | {
        f"t{at}": texts[ours].count() for at, ours in enumerate(by)
    }
    (counted,) = other.table.aggregate(**counts).to_pyarrow().to_pylist()
    found = [ours for at, ours in enumerate(by) if 2 * counted[f"r{at}"] > counted[f"t{at}"]]
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
