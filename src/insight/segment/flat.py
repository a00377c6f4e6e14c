"""Groups of the customers of one flat table, by whatever columns it has."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from insight.config.definitions import share
from insight.errors import Unavailable, unless_unavailable
from insight.segment.groups import Grouping, describe_traits, distinguish, find_groups
from insight.segment.traits import COLUMN, scale

LEAST_ROWS = 60  # below which nobody is grouped
_SKEWED = 2.0  # skewness from which an amount counts by its logarithm
_LEAST_OF_A_LEVEL = 0.05  # of the rows: rarer values of a category are no column of their own
_SAME = 0.95  # rank correlation from which two columns say the same


@dataclass(frozen=True, eq=False)
class Columns:
    """What customers are grouped by, and what else describes them.

    Attributes
    ----------
    values
        By row, in the columns' own units: numbers, and one for each frequent value of a category.
    scaled
        Those that rows are grouped by, on one scale (`insight.segment.traits.scale`), each name after ``column:``.
    follow
        ``column, of``: columns left out, as another one says the same.
    """

    values: pd.DataFrame
    scaled: pd.DataFrame
    follow: pd.DataFrame


def describe_columns(features: pd.DataFrame) -> Columns | Unavailable:
    """Put the columns of a flat table into numbers that can be compared.

    Skewed amounts count by their logarithm, a missing number as the column's median; a column that says nearly the same
    as one before it is left out, so that nothing counts twice. Two values divide rows so sharply that groups would
    follow them, whatever else there is: where there are two columns of numbers, categories make no groups.

    Parameters
    ----------
    features
        Typed, see `insight.predict.labelled.table.read_known`.

    Returns
    -------
    Columns or Unavailable
        The latter where rows are too few, or no column differs between them (``nothing_to_group_by``).
    """
    values = _in_numbers(features)
    if len(values) < LEAST_ROWS or values.shape[1] < 2:
        return Unavailable("kinds", "nothing_to_group_by", {"least": LEAST_ROWS})
    follow = _that_follow(values)
    kept = values.drop(columns=follow["column"])
    numbers = [name for name, of in kept.items() if of.nunique() > 2]
    makes = kept[numbers if len(numbers) > 1 else list(kept)]
    even = pd.DataFrame({name: np.log1p(of) if _is_skewed(of) else of for name, of in makes.items()})
    return Columns(kept, scale(even.add_prefix(COLUMN)), follow)


def _in_numbers(features: pd.DataFrame) -> pd.DataFrame:
    found: dict[str, pd.Series] = {}
    for name, values in features.items():
        if pd.api.types.is_numeric_dtype(values):
            found[str(name)] = values.fillna(values.median()).astype(float)
            continue
        texts = values.astype(object).where(values.notna(), "")
        shares = texts.value_counts(normalize=True)
        levels = sorted(level for level in shares.index[shares >= _LEAST_OF_A_LEVEL] if level)
        for level in levels[1:] if len(shares) == 2 and len(levels) == 2 else levels:  # of two values one says all
            found[f"{name}: {level}"] = (texts == level).astype(float)
    numbers = pd.DataFrame(found, index=features.index)
    return numbers.loc[:, numbers.std() > 1e-9]


def _is_skewed(values: pd.Series) -> bool:
    return bool(values.min() >= 0 and values.skew() > _SKEWED and values.nunique() > 2)


def _that_follow(values: pd.DataFrame) -> pd.DataFrame:
    together = values.corr(method="spearman").abs()
    kept: list[str] = []
    rows = []
    for name in values:
        like = together.loc[name, kept]
        if kept and like.max() >= _SAME:
            rows.append((name, str(like.idxmax())))
        else:
            kept.append(name)
    return pd.DataFrame(rows, columns=["column", "of"])


def group_rows(columns: Columns | Unavailable, **limits: int) -> Grouping | Unavailable:
    """Group the rows into as many groups as are stable, see `insight.segment.groups.find_groups`.

    A is the group whose columns are highest on average.

    Returns
    -------
    Grouping or Unavailable
        The latter where rows are too few or too alike (``alike``).
    """
    if isinstance(columns, Unavailable):
        return columns
    found = find_groups(columns.scaled, columns.scaled.mean(axis=1), **limits)
    return found.choice if isinstance(found.choice, Unavailable) else found


@unless_unavailable
def distances(columns: Columns, grouping: Grouping) -> pd.DataFrame:
    """Give how far each group's mean lies from everyone's, per column, in robust standard deviations."""
    return describe_traits(columns.scaled, grouping, categories=0)


@unless_unavailable
def summarise(columns: Columns, grouping: Grouping) -> pd.DataFrame:
    """Count the rows of each group, with the ``traits`` that set it apart.

    Returns
    -------
    DataFrame
        ``group, customers, share, traits``, and ``share_sales``, which is not known of any.
    """
    counts = grouping.group.value_counts().sort_index()
    apart = distinguish(columns.values, columns.scaled, grouping.group)
    shares = share("group_share", counts, len(grouping.group))
    return pd.DataFrame({
        "group": counts.index, "customers": counts.to_numpy(), "share": shares, "share_sales": np.nan,
        "traits": [apart[letter] for letter in counts.index],
    }).reset_index(drop=True)  # fmt: skip


@unless_unavailable
def medians(columns: Columns, grouping: Grouping) -> pd.DataFrame:
    """Give the median of each column by group, in its own unit; of categories the share that has the value.

    Returns
    -------
    DataFrame
        A row for each column, named ``column``, and a column for each group.
    """
    two = [name for name, of in columns.values.items() if set(of.unique()) == {0.0, 1.0}]
    by_group = columns.values.groupby(grouping.group)
    found = by_group.median()
    found[two] = by_group[two].mean()
    return found.T.rename_axis("column").reset_index()
