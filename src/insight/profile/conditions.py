"""The small language that tags are written in: a column, a comparison, a threshold.

Conditions are data, read from YAML and checked before anything is evaluated; they become Ibis
expressions. There is no text that is executed, so a tag library can come from anyone.

.. code-block:: yaml

    when:
      - {column: recency_days, is: over, value: 28}            # a number
      - {column: monetary, is: at least, quantile: 0.8}        # of all customers that have a value
      - {column: recency_days, is: over, times: 3, of: gap_days_mean}   # another column
      - {column: recency_days, is: over, measure: quiet_days}  # a number that the notebook found
      - any:                                                   # one of these is enough
          - {column: frequency, is: equal to, value: 1}
          - {column: top_category, is: equal to, text: BEEF}
"""

import operator
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import ibis
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from insight.contracts.tables.profile import PROFILE

_COMPARISONS = {
    "over": operator.gt,
    "at least": operator.ge,
    "under": operator.lt,
    "at most": operator.le,
    "equal to": operator.eq,
    "other than": operator.ne,
}
_NUMERIC = {column.name for column in PROFILE.columns if column.type in ("integer", "number", "money")}
_TEXT = {column.name for column in PROFILE.columns if column.type == "text"} - {"customer_id"}


class Comparison(BaseModel):
    """One column against one threshold; a customer without a value does not meet it."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)

    column: str
    comparison: Literal["over", "at least", "under", "at most", "equal to", "other than"] = Field(alias="is")
    value: float | None = None
    text: str | None = None
    quantile: float | None = Field(default=None, ge=0, le=1)
    measure: str | None = None
    times: float = 1.0
    of: str | None = None

    @model_validator(mode="after")
    def _one_threshold_of_the_right_type(self) -> "Comparison":
        kinds = ("value", "text", "quantile", "measure", "of")
        given = [name for name in kinds if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("expected one threshold: value, text, quantile, measure or of")
        allowed = _TEXT if self.text is not None else _NUMERIC
        for name in [self.column, *([self.of] if self.of else [])]:
            if name not in allowed:
                raise ValueError(f"expected a column to compare so, one of {', '.join(sorted(allowed))}")
        if self.text is not None and self.comparison not in ("equal to", "other than"):
            raise ValueError("expected `equal to` or `other than` with a text")
        return self

    @property
    def columns(self) -> set[str]:
        """The columns that it looks at."""
        return {self.column, *([self.of] if self.of else [])}


class AnyOf(BaseModel):
    """Conditions of which one is enough."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    any: tuple["Condition", ...] = Field(min_length=1)

    @property
    def columns(self) -> set[str]:
        """The columns that they look at."""
        return set().union(*(one.columns for one in self.any))


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
    return {(one.column, one.quantile) for one in comparisons(conditions) if one.quantile is not None}


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
        return None if any(part is None for part in parts) else ibis.or_(*parts)
    threshold = _threshold(profile, condition, quantiles, measures)
    if threshold is None:
        return None
    column = profile[condition.column]
    left = column if condition.text is not None else column.cast("float64")
    return _COMPARISONS[condition.comparison](left, threshold).fill_null(False)


def _threshold(profile: ibis.Table, condition: Comparison, quantiles: Mapping, measures: Mapping) -> Any:
    if condition.text is not None:
        return condition.text
    if condition.of is not None:
        return profile[condition.of].cast("float64") * condition.times
    if condition.quantile is not None:
        known = quantiles[condition.column, condition.quantile]
    else:
        known = condition.value if condition.value is not None else measures.get(condition.measure)
    return None if known is None else known * condition.times
