"""The small language that tags are written in: a column, a comparison, a threshold.

Conditions are data, read from YAML and checked before anything is evaluated; they become Ibis
expressions. There is no text that is executed, so a tag library can come from anyone.

.. code-block:: yaml

    when:
      - {column: recency_days, is: over, value: 28}            # a number
      - {column: monetary, is: at least, quantile: 0.8}        # of all customers that have a value
      - {column: recency_days, is: over, times: 3, of: gap_days_mean}   # another column
      - {column: recency_days, is: over, measure: quiet_days}  # a number that the notebook found
      - {share_in: [fuel, parking], is: at least, quantile: 0.8}  # of spend, in these categories together
      - any:                       # one of these is enough; those that a business has no data for are left out
          - {column: frequency, is: equal to, value: 1}
          - {column: consent, is: equal to, flag: false}
          - {column: top_category, is: equal to, text: BEEF}
"""

import operator
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, Literal

import ibis
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from insight.contracts import CONTRACTS
from insight.errors import did_you_mean

COMPARISONS = {
    "over": operator.gt,
    "at least": operator.ge,
    "under": operator.lt,
    "at most": operator.le,
    "equal to": operator.eq,
    "other than": operator.ne,
}
#: Columns of the customers table that say what somebody is like, not who they are.
ATTRIBUTES = (
    *("birth_month", "age_band", "gender", "region", "origin", "income_band", "household_size"),
    *("consent", "customer_type", "trade", "employees"),
)
#: What a threshold of each kind is compared with.
_ALLOWED = {"text": {"text"}, "flag": {"flag"}}
_NUMERIC = {"integer", "number", "money"}


def known_columns(table: str | None = None) -> dict[str, str]:
    """Give the columns that a condition may look at, with their types: of a table, or of what notebook 20 knows."""
    if table is not None:
        return {column.name: column.type for column in CONTRACTS[table].columns if column.name != "customer_id"}
    people = CONTRACTS["customers"]
    return known_columns("profile") | {name: people.column(name).type for name in ATTRIBUTES}


class Comparison(BaseModel):
    """One column, or the share of spend in some categories, against a threshold; who has no value does not meet it."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)

    column: str | None = None
    share_in: Annotated[tuple[str, ...], Field(min_length=1, strict=False)] | None = None
    comparison: Literal["over", "at least", "under", "at most", "equal to", "other than"] = Field(alias="is")
    value: float | None = None
    text: str | None = None
    flag: bool | None = None
    quantile: float | None = Field(default=None, ge=0, le=1)
    measure: str | None = None
    times: float = 1.0
    of: str | None = None

    @model_validator(mode="after")
    def _one_threshold_of_the_right_type(self) -> "Comparison":
        kinds = ("value", "text", "flag", "quantile", "measure", "of")
        given = [name for name in kinds if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("expected one threshold: value, text, flag, quantile, measure or of")
        if (self.column is None) == (self.share_in is None):
            raise ValueError("expected one thing to compare: a column, or share_in with categories")
        if given[0] in _ALLOWED and self.comparison not in ("equal to", "other than"):
            raise ValueError(f"expected `equal to` or `other than` with a {given[0]}")
        return self

    @property
    def name(self) -> str:
        """The column that it looks at; that of a share is named by its categories."""
        return self.column or "share_in " + " + ".join(sorted(self.share_in or ()))

    @property
    def columns(self) -> set[str]:
        """The columns that it looks at."""
        return {self.name, *([self.of] if self.of else [])}

    def lacks(self, known: Collection[str]) -> set[str]:
        """Name the columns and measures without which it cannot be decided, and that are not known."""
        return (self.columns | ({self.measure} if self.measure else set())) - set(known)

    def check(self, known: Mapping[str, str]) -> None:
        """Refuse what is no column, or none that can be compared with such a threshold.

        Raises
        ------
        ValueError
            Naming the column and the nearest one.
        """
        kind = "text" if self.text is not None else "flag" if self.flag is not None else "number"
        allowed = {name for name, type in known.items() if type in _ALLOWED.get(kind, _NUMERIC)}
        for name in filter(None, (self.column, self.of)):
            if name not in allowed:
                what = f"expected a column to compare so, found `{name}`{did_you_mean(name, sorted(allowed))}"
                raise ValueError(f"{what} Columns with a {kind}: see docs/data-dictionary.md.")


class AnyOf(BaseModel):
    """Conditions of which one is enough."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    any: tuple["Condition", ...] = Field(min_length=1)

    @property
    def columns(self) -> set[str]:
        """The columns that they look at."""
        return set().union(*(one.columns for one in self.any))

    def lacks(self, known: Collection[str]) -> set[str]:
        """Name what is not known: nothing where one of them can be decided."""
        each = [one.lacks(known) for one in self.any]
        return set().union(*each) if all(each) else set()


def _which(given: Any) -> str:
    is_any = isinstance(given, AnyOf) or (isinstance(given, dict) and "any" in given)
    return "any" if is_any else "comparison"


Condition = Annotated[Annotated[Comparison, Tag("comparison")] | Annotated[AnyOf, Tag("any")], Discriminator(_which)]
AnyOf.model_rebuild()


def comparisons(conditions: tuple[Condition, ...]) -> Iterator[Comparison]:
    """Walk through every comparison, those inside `any` too."""
    for condition in conditions:
        yield from comparisons(condition.any) if isinstance(condition, AnyOf) else (condition,)


def quantiles_asked(conditions: tuple[Condition, ...]) -> set[tuple[str, float]]:
    """Name the quantiles that have to be known first, as (column, quantile).

    Examples
    --------
    >>> quantiles_asked((Comparison.model_validate({"column": "monetary", "is": "over", "quantile": 0.8}),))
    {('monetary', 0.8)}
    """
    return {(one.name, one.quantile) for one in comparisons(conditions) if one.quantile is not None}


def holds(
    profile: ibis.Table,
    conditions: tuple[Condition, ...],
    *,
    quantiles: Mapping[tuple[str, float], float | None],
    measures: Mapping[str, float | None],
) -> ibis.Column | None:
    """Turn conditions into one expression that is true where all of them hold.

    Parameters
    ----------
    profile
        The ``profile`` table.
    conditions
        All must hold.
    quantiles
        Values of `quantiles_asked`.
    measures
        Numbers that conditions may name, e.g. ``quiet_days``.

    Returns
    -------
    Column or None
        None where a threshold is not known, so that nothing can be said.
    """
    parts = [_expression(profile, one, quantiles, measures) for one in conditions]
    return None if any(part is None for part in parts) else ibis.and_(*parts)


def _expression(profile: ibis.Table, condition: Any, quantiles: Mapping, measures: Mapping) -> ibis.Column | None:
    if isinstance(condition, AnyOf):
        parts = [_expression(profile, one, quantiles, measures) for one in condition.any]
        decided = [part for part in parts if part is not None]
        return ibis.or_(*decided) if decided else None
    if not condition.columns <= set(profile.columns):
        return None
    threshold = _threshold(profile, condition, quantiles, measures)
    if threshold is None:
        return None
    column = profile[condition.name]
    left = column.cast("float64") if column.type().is_numeric() else column
    return COMPARISONS[condition.comparison](left, threshold).fill_null(False)


def _threshold(profile: ibis.Table, condition: Comparison, quantiles: Mapping, measures: Mapping) -> Any:
    for exact in (condition.text, condition.flag):
        if exact is not None:
            return exact
    if condition.of is not None:
        return profile[condition.of].cast("float64") * condition.times
    if condition.quantile is not None:
        known = quantiles[condition.name, condition.quantile]
    else:
        known = condition.value if condition.value is not None else measures.get(condition.measure)
    return None if known is None else known * condition.times
