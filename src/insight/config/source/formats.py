"""How values and files are written: numbers, days, missing values, encodings, layouts."""

import codecs
import unicodedata
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from insight.config.strict import Strict


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) or value is None else [value]


def _as_text(value: Any) -> Any:
    """Let YAML's numbers be text, with accents in one form; refuse its yes/no, which hides what was written."""
    if isinstance(value, bool):
        raise ValueError("YAML reads this as true or false: put it in quotes")
    value = str(value) if isinstance(value, int | float) else value
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def _as_texts(value: Any) -> Any:
    value = _as_list(value)
    return [_as_text(item) for item in value] if value is not None else None


def _as_mark(value: Any) -> Any:
    """Let the ways to write an apostrophe or a space between thousands be one mark, also where several are listed."""
    given = value if isinstance(value, list) else [value]
    marks = {
        "'" if mark in _APOSTROPHES else " " if isinstance(mark, str) and mark and not mark.strip() else mark
        for mark in given
    }
    if len(marks) > 1:
        raise ValueError("expected one mark between thousands; a list may only hold ways to write the same one")
    return next(iter(marks), "")


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


#: The delimiter of files in which runs of blanks stand between fields.
BLANKS = "blanks"
_APOSTROPHES = ("'", "\u2019", "\u2018", "\u02bc", "\u00b4", "`", "\u2032", "\uff07")
Thousands = Annotated[Literal["", ",", ".", " ", "'"], BeforeValidator(_as_mark)]
Text = Annotated[str, BeforeValidator(_as_text), Field(min_length=1)]
Texts = Annotated[list[str], BeforeValidator(_as_texts)]
Zone = Annotated[str, AfterValidator(_known_zone)]
Codes = Annotated[dict[str, str], BeforeValidator(_as_coded)]


class ValueFormat(Strict):
    """How numbers, days and missing values are written; a table or a column may override it."""

    decimal: Literal[".", ","] = Field(default=".", description="decimal mark")
    thousands: Thousands = Field(
        default="", description="mark between thousands, ' and space however they are written; empty: none"
    )
    currency_sign: Texts = Field(default=[], description="signs that may stand beside an amount, e.g. £, EUR, 元")
    accounting_negatives: bool = Field(default=False, description="whether (100) and 100- are negative amounts")
    dates: Texts = Field(
        default=["%Y-%m-%d %H:%M:%S", "%Y-%m-%d"],
        description="formats, tried in turn: as in strftime, or iso, excel (serial days), epoch, epoch_ms",
    )
    dates_in: dict[str, Texts] = Field(
        default={}, description="forms of some files alone, where `dates` could be read in two ways: {pattern: forms}"
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
        description="e.g. utf-8, gb18030, big5, cp932, cp1252; of several, the one that fits each file best",
    )
    delimiter: str | None = Field(
        default=None,
        description="what stands between fields, or `blanks` for runs of them; none: a comma in .csv, else a tab",
    )
    widths: list[Annotated[int, Field(ge=1)]] = Field(
        default=[], description="instead of a delimiter: how many characters each field but the last has"
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
    def _a_mark(cls, mark: str | None) -> str | None:
        mark = {"tab": "\t", "\\t": "\t"}.get(mark or "", mark)
        if mark not in (None, BLANKS) and (not 1 <= len(mark) <= 3 or set(mark) & set("\r\n\"'")):
            raise ValueError("expected a mark of one to three characters, e.g. ',' ';' '::' or tab; or blanks")
        return mark

    def refuse_contradictions(self) -> None:
        """Stop at settings that cannot hold together."""
        super().refuse_contradictions()
        if self.widths and self.delimiter:
            raise ValueError("format: a file has a delimiter or widths; say one of them")
        if self.header and self.column_names:
            raise ValueError("format: column_names is for files without a header; say `header: false` too")
        if not self.header and not self.column_names:
            raise ValueError("format: without a header, column_names must name the columns in their order")
