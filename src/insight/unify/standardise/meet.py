"""Columns of several systems that say the same of people, brought together whatever each system calls them.

A telephone is ``phone`` here, ``tel`` there and ``MOBILE`` elsewhere. Two columns of different systems are one where
their names say the same of a person, or where their values are the same ones more often than chance would have it.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import pandas as pd

from insight.unify.standardise.columns import Column, type_columns

#: Names that say nothing: c1, column 3, field_07, a, b2, 列4.
_BARE = re.compile(
    r"^(c|co?l|column|f|field|v|var|x|attr|unnamed|spalte|feld|列|字段)?[ _:.-]*\d*$|^[a-z]\d*$", re.IGNORECASE
)
#: Roles that a name gives to more than one property: here the values must say which.
_LOOSE = ("ignore", "text", "category", "code")
#: Roles that values alone give to one property.
_BY_FORM = ("email", "birth_date", "full_name")
#: Share of the values of two columns that must be the same: of names and places, of a few categories, and of numbers
#: that hardly anybody else has, of which so many in common are no chance.
_ALIKE, _ALIKE_FEW, _ALIKE_UNIQUE, _IN_COMMON = 0.3, 0.7, 0.02, 10
_FEW, _UNIQUE = 30, 0.5
_LAST_DIGITS = 9
_NO_DIGITS, _MARKS = re.compile(r"\D"), re.compile(r"[\W_]+")
#: Records of a system from which a column's role is told.
_LOOKED_AT = 20_000


@dataclass(frozen=True)
class Met:
    """Columns of several systems that are one from here on.

    Attributes
    ----------
    name
        What the column is called where they stand together.
    parts
        The delivered columns by source system.
    alike
        Smallest share of values in common between two of them; NaN where their names alone brought them together.
    """

    name: str
    parts: dict[str, str]
    alike: float


@dataclass
class _Part:
    """A column as one system fills it."""

    system: str
    column: Column
    values: pd.Series

    @property
    def is_bare(self) -> bool:
        """Whether its name says nothing."""
        return self.column.reason != "declared" and bool(_BARE.match(self.column.name))

    @property
    def is_told(self) -> bool:
        """Whether its name says which property of a person it is."""
        return self.column.reason in ("declared", "its name") and not self.is_bare and self.column.role not in _LOOSE

    @cached_property
    def shares(self) -> pd.Series:
        """How large a share of the values each value is, in a form that other systems' values have, too."""
        codes, found = pd.factorize(self.values)
        written = np.array([*map(_signature, found.to_numpy(dtype=object)), ""], dtype=object)
        return pd.Series(written[codes]).value_counts(normalize=True)

    @cached_property
    def is_unique(self) -> bool:
        """Whether most of its values are numbers or addresses that are met once."""
        with_digits = self.shares.index.str.contains(r"\d", regex=True).mean() if len(self.shares) else 0.0
        return len(self.shares) > _UNIQUE * len(self.values) and with_digits > _UNIQUE


def bring_together(
    records: pd.DataFrame, source: pd.Series, *, declared: Mapping[str, str] | None = None
) -> tuple[pd.DataFrame, list[Met]]:
    """Give the records with one column for what several systems say under names of their own, and which those are.

    Parameters
    ----------
    records
        The columns that describe people.
    source
        The source system of each record.
    declared
        Column to role, where that is declared.

    Examples
    --------
    >>> records = pd.DataFrame({"tel": ["7", None], "MOBILE": [None, "8"]})
    >>> together, met = bring_together(records, pd.Series(["a", "b"]))
    >>> list(together.columns), met[0].parts
    (['tel'], {'a': 'tel', 'b': 'MOBILE'})
    """
    filled = records.notna().groupby(source.to_numpy()).any()
    open_to_others = [name for name in records.columns if _BARE.match(name) or not filled[name].all()]
    if len(filled) < 2 or not open_to_others:
        return records, []
    asked = records[open_to_others]
    parts = [part for system in filled.index for part in _parts_of(asked, source, system, declared or {})]
    groups = _grouped(parts)
    if all(len({part.column.name for part in group}) == 1 for group, _alike in groups):
        return records, []
    rest = records.drop(columns=list({part.column.name for part in parts}))
    met: list[Met] = []
    columns: dict[str, pd.Series] = {}
    for group, alike in groups:
        name = _name_of(group, taken={*columns, *rest})
        columns[name] = _one_column(records, source, group)
        if len({part.column.name for part in group}) > 1:
            met.append(Met(name, {part.system: part.column.name for part in group}, alike))
    together = rest.assign(**columns)
    order = {name: place for place, name in enumerate(records.columns)}
    return together[sorted(together.columns, key=lambda name: (order.get(name, len(order)), name))], met


def _parts_of(records: pd.DataFrame, source: pd.Series, system: str, declared: Mapping[str, str]) -> Iterator[_Part]:
    own = records[(source == system).to_numpy()]
    own = own.loc[:, own.notna().any()]
    looked_at = own.iloc[:: max(1, len(own) // _LOOKED_AT)]
    for column in type_columns(looked_at, declared={name: role for name, role in declared.items() if name in own}):
        yield _Part(system, column, own[column.name].dropna().astype(str))


def _signature(value: str) -> str:
    digits = _NO_DIGITS.sub("", value)
    if len(digits) == 8 and re.fullmatch(r"[\d\s./年月日-]+([T ].*)?", value.strip()):
        numbers = re.findall(r"\d+", value)
        if len(numbers) == 1:
            whole = numbers[0]
            year_first = whole[:2] in ("19", "20")
            numbers = [whole[:4], whole[4:6], whole[6:]] if year_first else [whole[4:], whole[2:4], whole[:2]]
        return " ".join(sorted(str(int(number)) for number in numbers))
    if len(digits) > _LAST_DIGITS and len(digits) >= 0.6 * len(value):
        return digits[-_LAST_DIGITS:]
    plain = value.lower() if value.isascii() else unicodedata.normalize("NFKD", value).casefold()
    return _MARKS.sub("", plain)


def _grouped(parts: list[_Part]) -> list[tuple[list[_Part], float]]:
    """Join columns of different systems, the surest first, so that no system has two in a group."""
    group_of = list(range(len(parts)))
    members = {place: [place] for place in group_of}
    alike: dict[int, float] = dict.fromkeys(group_of, np.nan)
    pairs = []
    for one, other in combinations(range(len(parts)), 2):
        if parts[one].system != parts[other].system:
            sure, share = _sureness(parts[one], parts[other])
            if sure > 0:
                pairs.append((-sure, one, other, share))
    for _sure, one, other, share in sorted(pairs):
        left, right = group_of[one], group_of[other]
        systems = [parts[place].system for place in (*members[left], *members[right])]
        if left == right or len(systems) > len(set(systems)):
            continue
        members[left] += members.pop(right)
        alike[left] = min((known for known in (alike[left], alike[right], share) if pd.notna(known)), default=np.nan)
        for place in members[left]:
            group_of[place] = left
    return [([parts[place] for place in sorted(found)], alike[name]) for name, found in members.items()]


def _in_common(one: _Part, other: _Part) -> float:
    """Give the share of values that two columns have in common, weighed by how often each has them (0 to 1)."""
    both = one.shares.index.intersection(other.shares.index)
    return float(np.minimum(one.shares[both], other.shares[both]).sum())


def _sureness(one: _Part, other: _Part) -> tuple[float, float]:
    """Say how sure it is that two columns are one, nothing where they are not, and what share they have in common.

    One name is surest (3), then two names that say the same (1 to 2), then values (up to 1).
    """
    if one.column.name == other.column.name and not one.is_bare:
        return 3.0, np.nan
    if any((part.column.role, part.column.reason) == ("ignore", "its name") for part in (one, other)):
        return 0.0, np.nan
    is_one_role = one.column.role == other.column.role
    if one.is_told and other.is_told:
        share = _in_common(one, other) if is_one_role else 0.0
        return (1.0 + share if is_one_role else 0.0), share
    share = _in_common(one, other)
    if is_one_role and one.column.role in _BY_FORM:
        return 1e-3 + share, share
    if one.is_unique and other.is_unique:
        in_common = share * min(len(one.values), len(other.values))
        return (share if share >= _ALIKE_UNIQUE and in_common >= _IN_COMMON else 0.0), share
    needed = _ALIKE_FEW if min(len(one.shares), len(other.shares)) < _FEW else _ALIKE
    return (share if share >= needed and one.is_unique == other.is_unique else 0.0), share


def _name_of(group: list[_Part], *, taken: Collection[str]) -> str:
    """Call a column by a name that says what it is, where a system has one; by none that is in use already."""
    spoken = [part.column for part in group if part.column.reason in ("declared", "its name") and not part.is_bare]
    names = [column.name for column in (*spoken, *(part.column for part in group))]
    free = (name for name in (*names, *(f"{names[0]}_{number}" for number in range(2, 100))) if name not in taken)
    return next(free)


def _one_column(records: pd.DataFrame, source: pd.Series, group: list[_Part]) -> pd.Series:
    column = pd.Series(None, index=records.index, dtype=object)
    for part in group:
        of_system = (source == part.system).to_numpy()
        column[of_system] = records.loc[of_system, part.column.name]
    return column
