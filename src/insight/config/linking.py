"""The ``linking:`` section of ``params/<dataset>.yaml``: how records of people become customers.

Every default works undeclared: columns are typed by their names and values, and the model learns
without labels.
"""

from typing import Annotated, Literal

from pydantic import Field

from insight.config.strict import Strict
from insight.errors import ParameterError, listed

#: What a column of a record can be.
ROLES = (
    "given_name",
    "middle_name",
    "family_name",
    "full_name",
    "sex",
    "birth_date",
    "birth_year",
    "birth_month",
    "birth_day",
    "age",
    "email",
    "phone",
    "document",
    "code",
    "postcode",
    "house_number",
    "unit",
    "street",
    "locality",
    "region",
    "address",
    "text",
    "category",
    "ignore",
)
Role = Literal[ROLES]  # type: ignore[valid-type]
Rule = Literal["newest", "most trusted", "most complete"]
Share = Annotated[float, Field(ge=0, le=1)]


class Survivor(Strict):
    """How the value of a field is chosen, or of fields that only make sense together."""

    fields: tuple[str, ...] = Field(description="columns whose values are taken from one record", min_length=1)
    by: tuple[Rule, ...] = Field(description="rules in order; each settles the ties of the one before", min_length=1)
    trust: tuple[str, ...] | None = Field(None, description="systems for these fields, the most trusted first")


class Survivorship(Strict):
    """The rules of all fields; what no rule names is chosen by ``default``."""

    trust: tuple[str, ...] = Field((), description="source systems, the most trusted first; others come after")
    default: tuple[Rule, ...] = Field(("most trusted", "newest", "most complete"), min_length=1)
    survivors: tuple[Survivor, ...] = Field(
        (
            Survivor(fields=("full_name", "family_name", "given_name"), by=("most trusted", "most complete", "newest")),
            Survivor(fields=("document_type", "document_number"), by=("most trusted", "most complete", "newest")),
            Survivor(fields=("address", "city", "postcode"), by=("newest", "most complete", "most trusted")),
            Survivor(fields=("phone",), by=("newest", "most trusted")),
            Survivor(fields=("email",), by=("newest", "most trusted")),
            Survivor(fields=("consent",), by=("newest", "most trusted")),
        ),
        description="fields whose rules differ from the default",
    )
    newest: tuple[str, ...] = Field(
        ("updated_at", "first_seen_on"), description="columns that say how new a record is; the first one filled counts"
    )


class Linking(Strict):
    """What a run may say about linking."""

    columns: dict[str, Role] = Field(
        default={}, description="what a column is, where its name and values mislead: {column: role}"
    )
    region: str | None = Field(
        default=None,
        pattern=r"^[A-Z]{2}$",
        description="country whose phones are written without a country code; none: the time zone's",
    )
    threshold: float = Field(
        default=0.4, gt=0, lt=1, description="mean match probability between two groups from which they are one person"
    )
    review: tuple[Share, Share] = Field(
        default=(0.2, 0.8), description="pairs between these probabilities go to the review queue"
    )
    pairs_per_record: float = Field(default=80.0, gt=0, le=1e6, description="candidate pairs at most, per record")
    pairs_per_rule: float = Field(default=15.0, gt=0, le=1e6, description="the same, per way of making pairs")
    max_pairs: int = Field(default=8_000_000, ge=1, le=10**10, description="candidate pairs at most, altogether")
    max_block: int = Field(default=100, ge=2, le=10**6, description="a value that more records share makes no pairs")
    keep_from: float = Field(default=0.05, ge=0.001, le=0.5, description="match probability from which pairs are kept")
    golden: Survivorship = Field(default=Survivorship(), description="which record's value a customer gets")


def unknown_columns(declared: dict[str, str], columns: list[str]) -> None:
    """Refuse roles of columns that are not there.

    Raises
    ------
    ParameterError
        Naming each of them.
    """
    problems = [f"{name}: no such column" for name in declared if name not in columns]
    problems += [f"{name}: there is no role of this name" for name, role in declared.items() if role not in ROLES]
    if problems:
        raise ParameterError(
            "linking.columns: what is declared does not fit" + listed(problems) + f"\nRoles: {', '.join(ROLES)}."
        )
