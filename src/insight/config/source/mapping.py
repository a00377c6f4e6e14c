"""Which canonical column is made from what: rules of columns, refunds, tables, joined files."""

import re
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from insight.config.source.formats import Codes, FileFormat, Strict, Text, Texts, Thousands, ValueFormat, Zone

_NUMBER = re.compile(r"\d+(\.\d+)?")
_OF_ONE_FILE = ("skip_lines", "header", "column_names", "sheet", "widths", "dates_in")


def _as_said(shared: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Leave out a delimiter where fixed widths are said instead."""
    return {key: value for key, value in shared.items() if not (key == "delimiter" and own.get("widths"))}


class ColumnRule(Strict):
    """What a canonical column is made from; ``name: Column`` is short for ``name: {column: Column}``.

    Examples
    --------
    >>> ColumnRule.model_validate("CustomerID").sources
    ['CustomerID']
    >>> ColumnRule(product=["Quantity", "UnitPrice"]).sources
    ['Quantity', 'UnitPrice']
    """

    column: Text | None = Field(default=None, description="the source column; `join.column` for a joined file's")
    columns: Texts = Field(default=[], description="several columns put together with `between`, e.g. day and time")
    between: str = Field(default=" ", description="what is put between `columns`")
    constant: Text | None = Field(default=None, description="the same value in every row")
    product: Texts = Field(default=[], description="columns multiplied exactly, e.g. quantity, unit price and rate")
    divided_by: Texts = Field(
        default=[],
        description="columns or numbers that `product` is divided by: a rate, 100 where it is cents",
    )
    decimals: int | None = Field(
        default=None, ge=0, le=4, description="of `product`; none: 2 where a factor is looked up, else 4"
    )
    plus: Texts = Field(default=[], description="columns added up, where empty counts as nothing, e.g. debit")
    minus: Texts = Field(default=[], description="columns taken off, e.g. credit")
    values: Codes = Field(default={}, description="what each written value means, e.g. {S: purchase, R: refund}")
    otherwise: Text | None = Field(default=None, description="what a value not in `values` means; none: a fault")
    bands: list[float] = Field(default=[], description="bounds that cut a number into bands, e.g. ages")
    drop_ending: Text | None = Field(default=None, description="an ending that is dropped, e.g. '.0' of ids")
    dates: Texts | None = Field(default=None, description="date formats of this column alone")
    dates_in: dict[str, Texts] | None = Field(default=None, description="date formats of this column in some files")
    time_zone: Zone | None = Field(default=None, description="time zone of this column alone")
    decimal: Literal[".", ","] | None = Field(default=None, description="decimal mark of this column alone")
    thousands: Thousands | None = Field(default=None, description="of this column alone")
    missing: Texts | None = Field(default=None, description="what stands for no value in this column alone")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: Any) -> Any:
        return {"column": given} if isinstance(given, str | int | float) else given

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [
            name
            for name, given in (
                ("column", self.column),
                ("columns", self.columns),
                ("constant", self.constant),
                ("product", self.product),
                ("plus/minus", self.plus or self.minus),
            )
            if given
        ]
        if len(ways) != 1:
            found = " and ".join(ways) or "none"
            raise ValueError(
                f"expected one of column, columns, constant, product, plus/minus; found {found}. Keep one of them"
            )
        if len(self.product) == 1 and not self.divided_by:
            raise ValueError("product needs two columns or more; of one, write `column`")
        if self.divided_by and not self.product:
            raise ValueError("divided_by is for a product, also of one column: {product: [Amount], divided_by: 100}")
        if any(_NUMBER.fullmatch(text) and float(text) == 0 for text in self.divided_by):
            raise ValueError("divided_by must not be zero")
        if self.decimals is not None and not self.product:
            raise ValueError("decimals is for a product; leave it out")
        if self.otherwise and not self.values:
            raise ValueError("otherwise is for what `values` does not name; add values, or leave it out")
        if self.bands != sorted(set(self.bands)):
            raise ValueError("bands must rise")
        return self

    @property
    def sources(self) -> list[str]:
        """The source columns that are used."""
        divisors = [name for name in self.divided_by if not _NUMBER.fullmatch(name)]
        return [self.column] if self.column else [*self.columns, *self.product, *divisors, *self.plus, *self.minus]

    @property
    def constants(self) -> list[str]:
        """The numbers, and no columns, that a product is divided by."""
        return [text for text in self.divided_by if _NUMBER.fullmatch(text)]


class Refunds(Strict):
    """Which rows are refunds: their kind becomes ``refund``, their amount and quantity negative."""

    column: Text = Field(description="the column that tells")
    starts_with: Texts = Field(default=[], description="beginnings that mean a refund, e.g. C of a cancelled invoice")
    equals: Texts = Field(default=[], description="values that mean a refund")
    below_zero: bool = Field(default=False, description="a number below zero means a refund")

    @model_validator(mode="after")
    def _one_sign(self) -> Self:
        if bool(self.starts_with) + bool(self.equals) + self.below_zero != 1:
            raise ValueError("expected one of starts_with, equals, below_zero")
        return self


class TableMapping(Strict):
    """Which canonical column is made from what."""

    columns: dict[str, ColumnRule] = Field(min_length=1, description="canonical column: source column or rule")
    refunds: Refunds | None = Field(default=None, description="which rows are refunds; none: amounts below zero")
    system: Text | None = Field(
        default=None, description="where records of people are linked: the system whose keys customer_id holds"
    )
    repeated_rows: Literal["remove", "keep"] = Field(
        default="remove", description="whether rows that are alike in every column are one event or several"
    )
    personal: Texts = Field(default=[], description="columns that identify a person: never read")


class SourceTable(TableMapping):
    """One canonical table of a source that is described: made from files or tables of its own, or found in another."""

    found_in: str | None = Field(
        default=None,
        description="instead of files or a table: the table here in whose rows its keys are found, one row per key",
    )
    renamed: Codes = Field(default={}, description="columns that some parts call otherwise: {their name: our name}")

    @model_validator(mode="before")
    @classmethod
    def _joins_take_over(cls, given: Any) -> Any:
        """Let what is looked up be written as the table is, where it does not say otherwise; layouts are its own."""
        if not isinstance(given, dict):
            return given
        form, joins = given.get("format"), given.get("join")
        if not (isinstance(form, dict) and isinstance(joins, dict)):
            return given
        shared = {key: value for key, value in form.items() if key not in _OF_ONE_FILE}
        taken = {
            name: {**join, "format": {**_as_said(shared, join.get("format") or {}), **(join.get("format") or {})}}
            if isinstance(join, dict) and isinstance(join.get("format") or {}, dict)
            else join
            for name, join in joins.items()
        }
        return {**given, "join": taken}

    def refuse_parts(self, given: bool, word: str, others: tuple[Any, ...]) -> None:
        """Stop where it has parts of its own and is found in another table too, or neither."""
        if given == bool(self.found_in):
            raise ValueError(f"expected {word}, or found_in with the name of another table; one of the two")
        if self.found_in and any([self.renamed, self.refunds, *others]):
            raise ValueError(f"with found_in only columns is said; the {word} is described at that table")


class Lookup(Strict):
    """Rows whose columns are looked up for each row, e.g. orders for their lines."""

    by: Codes = Field(min_length=1, description="our column: their column; rows meet where they are equal")
    last_before: int | None = Field(
        default=None,
        ge=0,
        le=366,
        description="days: of the column of `by` that holds days the last one at most so long before counts",
    )
    one_for: Text | None = Field(
        default=None,
        description="the own currency, which has no rows of rates: what is looked up for it is 1",
    )


class Join(Lookup):
    """Another file that is looked up."""

    files: Texts = Field(min_length=1, description="file names or patterns inside the folder")
    format: FileFormat = Field(default=FileFormat(), description="where it differs from the source's")


class FileTable(SourceTable):
    """One canonical table made from files."""

    files: Texts = Field(default=[], description="file names or patterns (*, ?) inside the folder")
    format: FileFormat = Field(default=FileFormat(), description="where it differs from the source's")
    join: dict[str, Join] = Field(default={}, description="files looked up for each row, by a name of your choice")

    @model_validator(mode="after")
    def _files_or_found(self) -> Self:
        self.refuse_parts(bool(self.files), "files", (self.format.model_fields_set, self.join))
        return self


class DatabaseJoin(Lookup):
    """Another table or view that is looked up."""

    table: Texts = Field(min_length=1, description="the table or view, or several that are alike")
    schema_name: Text | None = Field(default=None, alias="schema", description="its schema; none: the default one")
    format: ValueFormat = Field(default=ValueFormat(), description="where it differs from the source's")


class DatabaseTable(SourceTable):
    """One canonical table made from tables or views of a database."""

    table: Texts = Field(default=[], description="the table or view, or several that are alike")
    schema_name: Text | None = Field(default=None, alias="schema", description="its schema; none: the default one")
    format: ValueFormat = Field(default=ValueFormat(), description="where it differs from the source's")
    join: dict[str, DatabaseJoin] = Field(
        default={}, description="tables looked up for each row, by a name of your choice"
    )

    @model_validator(mode="after")
    def _table_or_found(self) -> Self:
        self.refuse_parts(bool(self.table), "table", (self.format.model_fields_set, self.schema_name, self.join))
        return self
