"""The rules that a value or a row may break, as codes; what they ask of a value is written here alone.

`quarantine` asks them of delivered rows, the workspace of what a notebook made. Reports say a code in
the reader's language; messages, and the files of what was quarantined, say it in English.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import ibis
from ibis.expr.types import BooleanValue, Value
from ibis.expr.types import Table as Rows

from insight.contracts.table import Column, Table

#: Every code, in English; ``{0}`` is the first bound, ``{all}`` all of them.
ENGLISH = {
    "missing": "is missing",
    "lacks": "finds no {0} to calculate it from",
    "by_zero": "would be divided by zero",
    "last_before": "takes the last {0} before its day, which has none",
    "of_several": "takes the first {0} of several that its day has",
    "infinite": "is infinite",
    "not_allowed": "is not one of {all}",
    "below": "is below {0}",
    "above": "is above {0}",
    "after_last_day": "lies after the last day that counts",
    "repeated_key": "repeats with other content",
    "not_a_number": "is not a number as the format says",
    "too_large": "is too large a number",
    "not_whole": "is not a whole number",
    "not_yes_or_no": "is neither yes nor no",
    "not_a_date": "is not a date as the format says",
    "not_in_calendar": "is not a day of the calendar",
    "before_year": "lies before {0}",
    "skipped_by_clock": "is a time that clocks skipped when they were set forward; the time after it counts",
    "twice_on_clock": "is a time that clocks showed twice when they were set back; the second one counts",
    "not_in_values": "is a value that `values` does not name",
    "wrong_fields": "{0} fields where {1} are expected",
    "header_again": "the header again",
    "totals_line": "a line of totals",
    "open_quote": 'a quotation mark that is not closed (is it an inch mark? then say `quote: ""` under format)',
    "text_after_quote": 'text after a closing quotation mark (is it no quote? then say `quote: ""` under format)',
    "nul_byte": "a NUL byte",
    "cds_or_dollars": "the CDs or the dollars are not a number",
}
_BETWEEN = "\t"


@dataclass(frozen=True)
class Rule:
    """A rule of a contract or of a file's format.

    Attributes
    ----------
    code
        One of `ENGLISH`.
    bounds
        What it compares with: a bound, the values that are allowed, fields found and expected.

    Examples
    --------
    >>> Rule("below", ("0",)).in_english, Rule("not_allowed", ("purchase", "refund")).in_english
    ('is below 0', 'is not one of purchase, refund')
    """

    code: str
    bounds: tuple[str, ...] = ()

    @classmethod
    def decoded(cls, text: str) -> "Rule":
        """Read a rule as it went through the engine.

        Examples
        --------
        >>> Rule.decoded(Rule("wrong_fields", ("2", "3")).encoded)
        Rule(code='wrong_fields', bounds=('2', '3'))
        """
        code, *bounds = text.split(_BETWEEN)
        return cls(code, tuple(bounds))

    @property
    def encoded(self) -> str:
        """The rule as one text, as it goes through the engine."""
        return _BETWEEN.join((self.code, *self.bounds))

    @property
    def in_english(self) -> str:
        """The rule in words, for messages and for the files of what was quarantined."""
        return ENGLISH[self.code].format(*self.bounds, all=", ".join(self.bounds))

    def fault(self, column: str) -> str:
        """Give the ``fault`` of a row whose column breaks the rule: ``column: rule``."""
        return f"{column}: {self.encoded}"


def lacks_all(rows: Rows, contract: Table) -> tuple[str, Rule, BooleanValue] | None:
    """Say which rows have none of the columns of which each must have one; None where the contract asks for none."""
    there = [name for name in contract.either if name in rows.columns]
    if not there:
        return None
    return there[0], Rule("missing"), ibis.and_(*[rows[name].isnull() for name in there])


def broken_rules(
    value: Value, column: Column, contract: Table, *, latest: date | None = None
) -> Iterator[tuple[Rule, BooleanValue]]:
    """Yield every rule of a column, and where the value breaks it.

    Parameters
    ----------
    value
        The column's values.
    latest
        Last day that a column marked ``past`` may hold; without it that rule is not asked.
    """
    if contract.is_required(column):
        yield Rule("missing"), value.isnull()
    if value.type().is_floating():
        yield Rule("infinite"), value.isinf()
    if column.allowed:
        yield Rule("not_allowed", column.allowed), value.notin(column.allowed)
    if column.minimum is not None:
        yield Rule("below", (f"{column.minimum:g}",)), value < column.minimum
    if column.maximum is not None:
        yield Rule("above", (f"{column.maximum:g}",)), value > column.maximum
    if column.past and latest is not None and column.type in ("day", "integer"):  # a whole number is a year
        yield Rule("after_last_day"), value > ibis.literal(latest if column.type == "day" else latest.year)
