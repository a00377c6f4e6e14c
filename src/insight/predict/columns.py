"""Columns as a model learnt them: scoring refuses a table whose columns are missing, of another kind, or out of order.

A model reads columns, whatever stands in them. Given others, it would score all the same, and nobody would see it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from insight.errors import InsightError, did_you_mean, listed

_SHOWN = 20  # problems, at most


class ColumnsError(InsightError):
    """A table to be scored has other columns than those that the model learnt from."""


def kind_of(values: pd.Series) -> str:
    """Name what a column holds: ``numbers``, ``days``, ``flags`` or ``categories``.

    Examples
    --------
    >>> kind_of(pd.Series([1, 2])), kind_of(pd.Series([0.5, None])), kind_of(pd.Series(["a", None]))
    ('numbers', 'numbers', 'categories')
    """
    if pd.api.types.is_bool_dtype(values):
        return "flags"
    if pd.api.types.is_numeric_dtype(values):
        return "numbers"
    return "days" if pd.api.types.is_datetime64_any_dtype(values) else "categories"


@dataclass(frozen=True)
class Learnt:
    """The columns that a model learnt from, in their order, with what each holds."""

    kinds: dict[str, str]

    @classmethod
    def of(cls, table: pd.DataFrame, columns: Iterable[str]) -> "Learnt":
        """Note the columns of a table that a model learns from."""
        return cls({name: kind_of(table[name]) for name in columns})

    def check(self, table: pd.DataFrame) -> None:
        """Refuse a table that lacks a column, has it twice, holds something else in it, or has another order.

        Columns that the model does not know play no part.

        Raises
        ------
        ColumnsError
            With every such column, by name.

        Examples
        --------
        >>> Learnt({"visits": "numbers"}).check(pd.DataFrame({"visit": [1]}))  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        insight.predict.columns.ColumnsError: scoring: 1 of 1 columns is not as learnt...
          - `visits` is missing; did you mean `visit`?
        """
        others = [str(name) for name in table if name not in self.kinds]
        counted = table.columns.value_counts()
        problems = [problem for name in self.kinds if (problem := self._problem(table, name, counted, others))]
        if not problems:
            given = [name for name in table if name in self.kinds]
            problems = [
                f"`{name}` stands where `{learnt}` was learnt"
                for name, learnt in zip(given, self.kinds, strict=True)
                if name != learnt
            ]
        if problems:
            raise ColumnsError(
                f"scoring: {len(problems)} of {len(self.kinds)} columns {'is' if len(problems) == 1 else 'are'} not as "
                "learnt. Give the columns that the model learnt from, in their order, or train it anew"
                + listed(problems[:_SHOWN])
            )

    def _problem(self, table: pd.DataFrame, name: str, counted: pd.Series, others: list[str]) -> str:
        times = int(counted.get(name, 0))
        if times == 0:
            return f"`{name}` is missing" + (did_you_mean(name, others) or "")
        if times > 1:
            return f"`{name}` is there {times} times"
        kind = kind_of(table[name])
        return "" if kind == self.kinds[name] else f"`{name}` holds {kind}, learnt as {self.kinds[name]}"
