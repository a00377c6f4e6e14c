"""What a table is: what one row stands for, its key, and each column's meaning, unit and sensitivity."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import ibis.expr.datatypes as dt

Type = Literal["text", "instant", "day", "money", "integer", "number", "flag"]
Sensitivity = Literal["direct identifier", "quasi-identifier", "sensitive", "plain"]

MONEY = dt.Decimal(18, 4)
#: Columns that a source adds to each row: where it stands, and why it could not be read;
#: where it has them, faults of values left out, and what an amount that cannot be read may come to.
PLACE, FAULT = ("source_file", "source_line"), "fault"
REMARKS, LIKELY_AMOUNT = "remarks", "likely_amount"
BESIDE = (*PLACE, FAULT, REMARKS, LIKELY_AMOUNT)
_ENGINE_TYPES: dict[str, dt.DataType] = {
    "text": dt.string,
    "instant": dt.Timestamp(scale=6),
    "day": dt.date,
    "money": MONEY,
    "integer": dt.int64,
    "number": dt.float64,
    "flag": dt.boolean,
}


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name
        As written in the table; carries the unit where it is not obvious.
    type
        ``text``, ``instant`` (UTC, microseconds), ``day`` (business time zone), ``money``
        (DECIMAL(18, 4)), ``integer``, ``number`` or ``flag``.
    meaning, meaning_zh
        One sentence for the data dictionary.
    unit
        E.g. ``days``; empty where there is none.
    sensitivity
        What must be guarded about it.
    required
        Whether every row must have it. Columns of the key always are.
    minimum, maximum, allowed
        Bounds, inclusive, and the values that may stand here; none when empty.
    past
        Whether it must not lie after the last day that counts.
    follows
        Whether it follows from other columns, and so tells no two rows apart.
    if_delivered
        Whether the table has it only where the source does; other columns come out empty where it does not.
    """

    name: str
    type: Type
    meaning: str
    meaning_zh: str
    unit: str = ""
    sensitivity: Sensitivity = "plain"
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()
    past: bool = False
    follows: bool = False
    if_delivered: bool = False

    @property
    def engine_type(self) -> dt.DataType:
        """The Ibis type that the engine keeps it in."""
        return _ENGINE_TYPES[self.type]


def text(name: str, meaning: str, meaning_zh: str, **more: Any) -> Column:
    """Describe a column of text; ``more`` as for `Column`."""
    return Column(name, "text", meaning, meaning_zh, **more)


def more(name: str, type: Type, meaning: str, meaning_zh: str, **rest: Any) -> Column:
    """Describe a column that a table has only if it is delivered; ``rest`` as for `Column`."""
    return Column(name, type, meaning, meaning_zh, if_delivered=True, **rest)


#: The person that a row belongs to.
CUSTOMER = Column("customer_id", "text", "Issued id of the person.", "系统发放的客户编号。", required=True)


#: Whether a customer is a person, and what a firm has in the place of birth date and sex.
TYPE_OF_CUSTOMER = (
    more("customer_type", "text", "Person or firm.", "个人或企业。", allowed=("person", "firm")),
    more("founded_on", "day", "Day on which a firm was founded.", "企业成立日期。"),
    more("trade", "text", "Trade of a firm.", "企业所属行业。"),
    more("employees", "integer", "How many work for a firm.", "企业员工人数。", minimum=0),
)


@dataclass(frozen=True)
class Table:
    """The contract of one table.

    Parameters
    ----------
    name
        The file's and the table's name.
    row, row_zh
        What one row is.
    key
        Columns that together name a row.
    columns
        All of them, the key's first.
    amount
        The money column that must reconcile, where there is one.
    references
        Columns that name a row of another table: ``{column: table}``.
    delivered
        Whether a business can bring it; otherwise a notebook makes it.
    extra_columns
        Whether columns beyond these are kept, as in wide tables whose columns follow the data.
    either
        Columns of which every row must have one.
    """

    name: str
    row: str
    row_zh: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    amount: str | None = None
    references: dict[str, str] = field(default_factory=dict)
    delivered: bool = False
    extra_columns: bool = False
    either: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        missing = set(self.key) - set(self.names)
        if missing:
            raise ValueError(f"{self.name}: key columns without a definition: {sorted(missing)}")

    @property
    def names(self) -> list[str]:
        """The columns' names, in order."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column:
        """Give one column's definition."""
        return next(column for column in self.columns if column.name == name)

    def widened(self, names: Iterable[str]) -> "Table":
        """Give this contract with further columns of text, which may identify a person."""
        more = tuple(
            text(name, "As delivered.", "按来源写法。", sensitivity="direct identifier")
            for name in names
            if name not in self.names
        )
        return replace(self, columns=(*self.columns, *more)) if more else self

    def as_delivered(self, names: Iterable[str]) -> "Table":
        """Give this contract without those columns that it has only if delivered, and that are not among these."""
        there = set(names)
        kept = tuple(column for column in self.columns if not column.if_delivered or column.name in there)
        return self if len(kept) == len(self.columns) else replace(self, columns=kept)

    def decides(self, column: Column) -> bool:
        """Say whether a value that breaks a rule there sets the row aside; else the value goes and the row stays."""
        return self.is_required(column) or column.name == self.amount or column.name in self.either

    def is_required(self, column: Column) -> bool:
        """Say whether every row must have a value there."""
        return column.required or column.name in self.key
