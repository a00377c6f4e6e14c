"""What if-then rules look at: the traits of the groups in their own units, as SQL can count them too.

Groups are mixes of categories, and the borders between mixes are slanted: no share of one category says on which side a
customer is. So rules also look at categories together: their share of all purchases, and the share of some of them
among purchases of these or of others (suppliers and office rather than children and education).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from insight.segment.traits import CATEGORY, PURCHASES_MIXED, SETTLING_DAYS

PURCHASES, TELLING, TOGETHER = 3.0, 0.4, 6  # mixed into a comparison; log-ratio of a telling category; such at most
_DECIMALS = 4  # of the average customer's purchases
#: Columns of the profile that a trait is, and those that are counted by the year.
_OF_PROFILE = {"basket": "basket_mean", "range": "categories"}
_YEARLY = ("fees", "instalments")
_MONTH, _YEAR = 30.0, 365.0


@dataclass(frozen=True)
class Column:
    """One thing that rules look at.

    Attributes
    ----------
    trait
        As `insight.segment.traits` calls it; ``share`` of all purchases, or ``rather`` of those in some than others.
    some, others
        Categories of a share, the most telling first; ``others`` where it is of the purchases in both.
    mixed
        Purchases of the average customer in ``some``, and in all that are counted, that every customer's are mixed
        with; the value of whoever has none, of a share that the profile has.
    """

    trait: str
    some: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    mixed: tuple[float, ...] = ()

    @property
    def name(self) -> str:
        """Name it as SQL does."""
        rather = f" rather than {', '.join(self.others)}" if self.others else ""
        return f"share of {', '.join(self.some)}{rather}" if self.some else self.trait

    @property
    def is_share(self) -> bool:
        """Say whether it is a share, of 0 to 1."""
        return bool(self.some) or self.trait.endswith("_share")

    def values(self, profile: pd.DataFrame, counts: pd.DataFrame, credit: pd.DataFrame) -> pd.Series:
        """Count it for every customer; `as_sql` does the same operations in the same order."""
        if self.some:
            bought = counts[list(self.some)].sum(axis=1)
            among = counts[list(self.some + self.others)].sum(axis=1) if self.others else counts.sum(axis=1)
            return (bought + self.mixed[0]) / (among + self.mixed[1])
        tenure = profile["tenure_days"].astype(float)
        if self.trait == "often":
            return _MONTH * profile["purchase_days"] / (tenure + SETTLING_DAYS)
        if self.trait in _YEARLY:
            return _YEAR * credit[self.trait] / (tenure + SETTLING_DAYS)
        found = profile[_OF_PROFILE.get(self.trait, self.trait)].astype(float)
        return found.fillna(self.mixed[0]) if self.mixed else found

    def as_sql(self, count: Callable[[tuple[str, ...]], str]) -> str:
        """Write it over the columns of ``profile`` and what ``count`` calls the purchases in categories."""
        if self.some:
            among = self.some + self.others if self.others else ()
            return f"({count(self.some)} + {double(self.mixed[0])}) / ({count(among)} + {double(self.mixed[1])})"
        if self.trait == "often":
            return f"{double(_MONTH)} * purchase_days / (tenure_days + {SETTLING_DAYS})"
        if self.trait in _YEARLY:
            return f"{double(_YEAR)} * {self.trait} / (tenure_days + {SETTLING_DAYS})"
        found = f"CAST({_OF_PROFILE.get(self.trait, self.trait)} AS DOUBLE PRECISION)"
        return f"COALESCE({found}, {double(self.mixed[0])})" if self.mixed else found


def double(value: float) -> str:
    """Write a number so that SQL reads a float, not a decimal: a division is then the same as here.

    Examples
    --------
    >>> double(0.25)
    '0.25e0'
    """
    return f"{value!r}e0"


def choose_columns(
    scaled: pd.DataFrame, profile: pd.DataFrame, counts: pd.DataFrame, group: pd.Series
) -> tuple[Column, ...]:
    """Choose what rules may look at: every trait of the groups, and categories that tell one group from another.

    Parameters
    ----------
    scaled
        From `insight.segment.traits.scale`: the traits that the groups were made of.
    profile, counts
        Of the same customers; see `insight.segment.traits.describe_behaviour`.
    group
        Group of each customer, of those that rules are learned of.
    """
    traits = [name for name in scaled if not str(name).startswith(CATEGORY)]
    found = [_of_trait(name, profile) for name in traits]
    if counts.shape[1]:
        found += list(_of_categories(counts, group))
    return tuple(dict.fromkeys(found))


def _of_trait(trait: str, profile: pd.DataFrame) -> Column:
    name = f"{trait}_share"
    if name not in profile:
        return Column(trait)
    typical = profile[name].astype(float).median()
    return Column(name, mixed=(round(float(typical), _DECIMALS),) if typical == typical else (0.0,))


def _of_categories(counts: pd.DataFrame, group: pd.Series) -> Iterator[Column]:
    everyone = counts.sum() / counts.to_numpy().sum()
    bought = counts.reindex(group.index).groupby(group).sum() + 50 * everyone  # so that no share is nothing
    shares = bought.div(bought.sum(axis=1), axis=0)
    for name in counts:
        yield _share((name,), everyone)
    for letter in shares.index:
        own = _tell_apart(shares.loc[letter], everyone)
        yield from (_share(own[:size], everyone) for size in range(2, len(own) + 1))
    for one, other in combinations(shares.index, 2):
        some, others = _tell_apart(shares.loc[one], shares.loc[other]), _tell_apart(shares.loc[other], shares.loc[one])
        if some and others:
            of_both = everyone[[*some]].sum() / everyone[[*some, *others]].sum()
            mixed = (round(float(PURCHASES * of_both), _DECIMALS), PURCHASES)
            yield Column("rather", some, others, mixed)


def _share(some: tuple[str, ...], everyone: pd.Series) -> Column:
    mixed = (round(float(PURCHASES_MIXED * everyone[[*some]].sum()), _DECIMALS), float(PURCHASES_MIXED))
    return Column("share", some, (), mixed)


def _tell_apart(one: pd.Series, other: pd.Series) -> tuple[Any, ...]:
    """Name the categories that one group buys clearly more of than another, the most telling first."""
    ratio = np.log(one / other)
    weight = ((one - other) * ratio)[ratio > TELLING].sort_values(ascending=False, kind="stable")
    return tuple(weight.index[:TOGETHER])


def look(
    columns: tuple[Column, ...], profile: pd.DataFrame, counts: pd.DataFrame, credit: pd.DataFrame
) -> Mapping[Column, np.ndarray]:
    """Count columns for every customer of a profile."""
    known = [part.reindex(profile.index).fillna(0.0) for part in (counts, credit)]
    return {column: column.values(profile, *known).to_numpy(dtype=float) for column in columns}
