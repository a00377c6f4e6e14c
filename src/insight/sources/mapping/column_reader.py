"""One canonical column from delivered text, in three steps that the engine takes one after another.

Text as the rule says, then its parts (a plain number, a time), then value and faults. The steps are
kept apart in the engine: written as one expression, each part would be worked out many times.
"""

import functools
import operator
from collections.abc import Sequence
from dataclasses import dataclass, replace

import ibis
import ibis.expr.datatypes as dt
from ibis.expr.types import BooleanValue, StringValue, Table, Value

from insight.config.source import ColumnRule, ValueFormat
from insight.contracts import Column
from insight.contracts import Table as Contract
from insight.contracts.rules import Rule
from insight.sources.mapping import typing_rules as typing
from insight.sources.mapping.date_orders import forms_by_file, read_by_file
from insight.sources.mapping.products import product
from insight.sources.mapping.typing_rules import Broken, Moment, Reading
from insight.sources.reading.parts import BETWEEN, plainer, tokens
from insight.sources.reading.raw import Raw


@ibis.udf.scalar.builtin(name="md5")
def _md5(text: str) -> str: ...  # type: ignore[empty-body]


_NUMERIC = ("money", "integer", "number")
_MOMENTS = ("instant", "day")
_PLACE = ("source_file", "source_line", "fault", "fingerprint")
_POSSIBLE = {"age_band": (0, 120)}  # years that somebody who lives can have
_COMPARED = dt.Decimal(38, 10)


@dataclass(frozen=True)
class Typed:
    """A canonical column's value, the rules that it may break, and when it was, if it is a time.

    ``likely`` is what an amount comes to with other marks, where it cannot be read with those that are described;
    ``compared`` is what was delivered, written so that it is the same text in every file that says the same.
    """

    value: Value
    rules: tuple[Broken, ...] = ()
    moment: Moment | None = None
    likely: Value | None = None
    remarks: tuple[Broken, ...] = ()
    compared: tuple[StringValue, ...] = ()


@dataclass(frozen=True)
class ColumnReader:
    """How one canonical column is read.

    Attributes
    ----------
    column, rule, form
        What it is to be, what it is made from, and how its values are written.
    zone
        The business time zone.
    optional
        Whether it may be empty.
    """

    column: Column
    rule: ColumnRule
    form: ValueFormat
    zone: str
    optional: bool

    @classmethod
    def of(
        cls, column: Column, rule: ColumnRule, form: ValueFormat, contract: Contract, *, zone: str
    ) -> "ColumnReader":
        """Give the reader of a column, with the format that its rule asks for."""
        return cls(column, rule, form_of(rule, form), zone, not contract.is_required(column))

    @property
    def is_moment(self) -> bool:
        """Whether it is read as a time: days, instants, and years told by a date."""
        return self.column.type in _MOMENTS or (self.column.type == "integer" and self.rule.dates is not None)

    @property
    def is_number(self) -> bool:
        """Whether it is read as a number: also bands, which numbers are cut into."""
        return (self.column.type in _NUMERIC and not self.is_moment) or bool(self.rule.bands)

    def texts(self, raw: Raw) -> list[StringValue]:
        """Give the texts that the rule speaks of, tidy, null where they stand for no value."""
        rule = self.rule
        if rule.product or rule.plus or rule.minus:
            named = [clean_or_missing(raw, name, self.form) for name in rule.sources]
            return [*named, *(ibis.literal(number) for number in rule.constants)]
        if rule.constant is not None:
            return [ibis.literal(rule.constant)]
        text = clean_or_missing(raw, rule.sources[0], self.form)
        for name in rule.columns[1:]:
            other = clean_or_missing(raw, name, self.form)
            text = ibis.coalesce(text + rule.between + other, text, other)
        if rule.drop_ending:
            kept = text.substr(0, text.length() - len(rule.drop_ending)).nullif("")
            text = text.endswith(rule.drop_ending).ifelse(kept, text)
        return [text]

    def parts(self, texts: Sequence[StringValue], rows: Table) -> list[Value]:
        """Give what the texts of ``rows`` are read as, before anything is judged."""
        if self.rule.values:
            return [self._meant(texts[0])]
        if self.is_moment:
            text = typing.narrow(texts[0])
            settled = forms_by_file(rows, text, self.form, column=" + ".join(self.rule.sources))
            read = read_by_file(text, rows.source_file, settled)
            return [read.timed, read.instant, read.day]
        if not self.is_number:
            return []
        written = len(texts) - len(self.rule.constants)  # a constant is written as a computer does
        return [typing.plain_number(text, self.form) if at < written else text for at, text in enumerate(texts)]

    def typed(self, texts: Sequence[StringValue], parts: Sequence[Value]) -> Typed:
        """Give the value and the rules that it may break."""
        if self.rule.values:
            named = texts[0].isnull() | parts[0].notnull()
            made = self._typed(parts, self._parts_of_meaning(parts))
            rules = ((~named, Rule("not_in_values")), *made.rules)
            return replace(made, rules=rules, compared=tuple(texts))
        made = self._typed(texts, parts)
        return replace(made, compared=() if self.rule.constant is not None else self._compared(texts, parts, made))

    def _compared(self, texts: Sequence[StringValue], parts: Sequence[Value], made: Typed) -> tuple[StringValue, ...]:
        if made.moment is not None:
            return (ibis.coalesce(made.moment.instant.cast("string"), texts[0]),)
        if not self.is_number:
            return tuple(texts)
        return tuple(
            ibis.coalesce(plain.try_cast(_COMPARED).cast("string"), plain, text)
            for text, plain in zip(texts, parts, strict=True)
        )

    def _meant(self, text: StringValue) -> StringValue:
        meant = ibis.cases(*[(text == written, meaning) for written, meaning in self.rule.values.items()])
        if self.rule.otherwise is None:
            return meant
        return text.notnull().ifelse(ibis.coalesce(meant, ibis.literal(self.rule.otherwise)), ibis.null("string"))

    def _parts_of_meaning(self, meant: Sequence[StringValue]) -> list[Value]:
        if self.is_moment:
            read = typing.read_moment(meant[0], self.form.dates)
            return [read.timed, read.instant, read.day]
        return [typing.plain_number(meant[0], self.form)] if self.is_number else []

    def _typed(self, texts: Sequence[StringValue], parts: Sequence[Value]) -> Typed:
        kind, rule = self.column.type, self.rule
        if self.is_moment:
            return self._moment(texts[0], Reading(*parts))
        if rule.product:
            below = len(rule.divided_by)
            value, rules = product(texts, parts, decimals=4 if rule.decimals is None else rule.decimals, divisors=below)
            given = ibis.or_(*[text.notnull() for text in texts[: len(rule.sources)]])  # all missing: the amount is
            lacks = [
                (given & text.isnull(), Rule("lacks", (name,))) for name, text in zip(rule.sources, texts, strict=False)
            ]
            return self._calculated(texts, parts, (value, (*lacks, *rules)))
        if rule.plus or rule.minus:
            return self._calculated(texts, parts, typing.total(texts, parts, added=len(rule.plus)))
        if rule.bands:
            return Typed(*typing.band(texts[0], parts[0], rule.bands, within=_POSSIBLE.get(self.column.name)))
        if kind == "flag":
            return Typed(*typing.flag(texts[0]))
        if kind == "integer":
            return Typed(*typing.whole_number(texts[0], parts[0]))
        if kind == "money":
            return self._calculated(texts, parts, typing.money(texts[0], parts[0]))
        if kind == "number":
            value = parts[0].try_cast("float64")
            return Typed(value, typing.number_rules(texts[0], parts[0], value))
        return Typed(texts[0].upper() if self.column.name == "currency" else texts[0])

    def _moment(self, text: StringValue, read: Reading) -> Typed:
        source_zone = self.form.time_zone or self.zone
        moment = typing.moment(text, read, source_zone=source_zone, zone=self.zone, optional=self.optional)
        values = {"instant": moment.instant, "day": moment.day}
        value = values.get(self.column.type, moment.day.year().cast("int64"))
        return Typed(value, moment.rules, moment, remarks=moment.remarks)

    def _calculated(
        self, texts: Sequence[StringValue], plains: Sequence[StringValue], read: tuple[Value, tuple[Broken, ...]]
    ) -> Typed:
        value, rules = read
        return Typed(value.cast(self.column.engine_type), rules, likely=self._likely(texts, plains, value))

    def _likely(self, texts: Sequence[StringValue], plains: Sequence[StringValue], value: Value) -> Value:
        """Give the size of an amount as other marks tell it: of a sum each part, of a product each factor."""
        sizes = [
            ibis.coalesce(plain.try_cast("float64"), typing.likely_number(text)).abs()
            for text, plain in zip(texts, plains, strict=True)
        ]
        if self.rule.product:
            factors = len(self.rule.product)
            size = functools.reduce(operator.mul, [*sizes[:factors], *(1 / one.nullif(0) for one in sizes[factors:])])
        else:
            size = functools.reduce(operator.add, [one.fill_null(0) for one in sizes]).nullif(0)
        return value.isnull().ifelse(size, ibis.null("float64"))


def read_columns(
    raw: Raw, readers: Sequence[ColumnReader], *, form: ValueFormat, is_refund: BooleanValue
) -> tuple[dict[str, Typed], Table]:
    """Take the steps for all columns of a table at once.

    Returns
    -------
    tuple
        The typed columns by name, and the table that they are columns of: with the rows' place,
        fingerprint, ``is_refund`` and how lookups went; columns of ``raw`` that no reader reads are in
        the fingerprint too.
    """
    read = {name for reader in readers for name in reader.rule.sources}
    others = {
        f"o{at}": _plainly(clean_or_missing(raw, name, form), form)
        for at, name in enumerate(name for name in raw.names if name not in read)
    }
    texts = {f"t{at}_{part}": text for at, reader in enumerate(readers) for part, text in enumerate(reader.texts(raw))}
    went = [name for columns in raw.looked_up.values() for name in columns.values()]
    rows = settled(raw.table.select(*_PLACE, *went, is_refund=is_refund, **texts, **others))
    parts = {
        f"p{at}_{part}": value
        for at, reader in enumerate(readers)
        for part, value in enumerate(reader.parts(_named(rows, f"t{at}_"), rows))
    }
    rows = settled(rows.mutate(**parts)) if parts else rows
    typed = {
        reader.column.name: reader.typed(_named(rows, f"t{at}_"), _named(rows, f"p{at}_"))
        for at, reader in enumerate(readers)
    }
    compared = [*(text for column in typed.values() for text in column.compared), *_named(rows, "o")]
    return typed, rows.mutate(fingerprint=_fingerprint(rows.fingerprint, compared))


def _plainly(text: StringValue, form: ValueFormat) -> StringValue:
    for pattern, plain in plainer(form.decimal):
        text = text.re_replace(pattern, plain)
    return text


def _fingerprint(unread: StringValue, compared: Sequence[StringValue]) -> StringValue:
    """Name a row by all that it says: what nothing reads, and what is read, by what it means."""
    parts = [unread, *(text.fill_null("") for text in compared)]
    return _md5(functools.reduce(lambda whole, part: whole + BETWEEN + part, parts))


def form_of(rule: ColumnRule, form: ValueFormat) -> ValueFormat:
    """Give the format of a column: what its rule says of it, else ``form``."""
    own = {name: value for name in ValueFormat.model_fields if (value := getattr(rule, name, None)) is not None}
    return form.model_copy(update=own)


def settled(rows: Table) -> Table:
    """Close a step: what follows refers to its columns instead of working them out again."""
    return rows.get_backend().create_view(ibis.util.gen_name("step"), rows)


def clean_or_missing(raw: Raw, name: str, form: ValueFormat) -> StringValue:
    """Give a delivered column's tidy text, null where it stands for no value."""
    text = typing.clean_text(raw.text(name))
    missing = tokens(form)
    return text.isin(missing).ifelse(ibis.null("string"), text) if missing else text


def _named(rows: Table, prefix: str) -> list[Value]:
    return [rows[name] for name in rows.columns if name.startswith(prefix)]
