"""Tables of people as each source system knows them, and the truth about who is who."""

import re
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from insight.config.source.formats import Codes, FileFormat, Strict, Text, Texts
from insight.config.source.mapping import ColumnRule


class RecordTable(Strict):
    """People as one source system knows them; a file name alone is short for ``{files: [name]}``.

    Examples
    --------
    >>> RecordTable.model_validate("people.csv").files
    ['people.csv']
    """

    files: Texts = Field(min_length=1, description="file names or patterns (*, ?) inside the folder")
    key: Text | None = Field(default=None, description="the record's key there; none: its file and line")
    columns: dict[str, ColumnRule] = Field(
        default={}, description="column of customer_records: source column or rule; others are linked by as they are"
    )
    ignored: Texts = Field(default=[], description="columns that are never read")
    format: FileFormat = Field(default=FileFormat(), description="where it differs from the source's")
    renamed: Codes = Field(default={}, description="columns that some files call otherwise: {their name: our name}")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: Any) -> Any:
        return {"files": given} if isinstance(given, str | list) else given

    @model_validator(mode="after")
    def _keys_apart(self) -> Self:
        if own := sorted({"source_system", "source_record_id"} & self.columns.keys()):
            raise ValueError(f"columns: {', '.join(own)} is said by the table's name and by `key`")
        return self


class Truth(Strict):
    """Who is who, where that is known: records with the same value are of one person.

    Examples
    --------
    >>> Truth.model_validate("person").column
    'person'
    """

    column: Text = Field(description="the column, in every record table")
    pattern: str | None = Field(
        default=None, description="regular expression whose first group is the person, e.g. rec-(\\d+)"
    )

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: Any) -> Any:
        return {"column": given} if isinstance(given, str) else given

    @field_validator("pattern")
    @classmethod
    def _one_group(cls, pattern: str | None) -> str | None:
        try:
            if pattern is not None and re.compile(pattern).groups < 1:
                raise ValueError("expected a group in parentheses that holds the person")
        except re.error:
            raise ValueError("not a regular expression") from None
        return pattern


def _as_record_tables(given: Any) -> Any:
    """Let files alone stand for record tables, each called by its file's name."""
    given = [given] if isinstance(given, str) else given
    if not isinstance(given, list):
        return given
    return {re.sub(r"\W+", "_", str(name).rpartition("/")[2].partition(".")[0]).lower(): name for name in given}


SystemName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,40}$")]


RecordTables = Annotated[dict[SystemName, RecordTable], BeforeValidator(_as_record_tables)]
