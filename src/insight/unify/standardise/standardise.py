"""Standardised records: one form for every value, and counts of what was changed.

A value that hundreds of strangers share (a till's phone, 1900-01-01) says nothing about who somebody
is. Such values are found from the data, counted and taken out before anything is compared.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from insight.unify.standardise import names, values
from insight.unify.standardise.columns import Column

ONCE = ("sex", "age", "middle_name", "birth_date", "house_number", "unit", "street", "locality", "region", "postcode")
MANY = ("phone", "email", "document", "code", "text", "category")
#: What tells people apart and is not compared by likeness.
MARKS = ("generation", "organisation")
HUB_PEOPLE = 10
_NAMES_OF_A_DEFAULT = 5
_YEARS_ALONE = 0.01


@dataclass(frozen=True)
class Field:
    """A comparable column: its role, the delivered columns it comes from, how full it is."""

    name: str
    role: str
    columns: tuple[str, ...]
    filled: float


@dataclass(frozen=True)
class Standardised:
    """Comparable records, one row per record in the order of their keys, and what was done to them."""

    people: pd.DataFrame
    fields: tuple[Field, ...]
    counts: pd.DataFrame
    checks: dict[str, str]


class _Tally:
    """Counts what happened to how many values."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, int]] = []

    def add(self, column: str, what: str, rows: int) -> None:
        if rows:
            self.rows.append((column, what, int(rows)))

    def frame(self) -> pd.DataFrame:
        frame = pd.DataFrame(self.rows, columns=["column", "what", "values"])
        return frame.groupby(["column", "what"], sort=True, as_index=False)["values"].sum()


def standardise(records: pd.DataFrame, columns: list[Column], *, source: pd.Series, region: str) -> Standardised:
    """Give the records in comparable form, with counts of what was changed.

    Parameters
    ----------
    records
        The columns that describe people; sorted by key, so that the row order says nothing.
    columns
        What each of them is (``type_columns``).
    source
        The source system of each record: date order is found per source.
    region
        ISO country whose phones are written without a country code, e.g. CN.

    Examples
    --------
    >>> records = pd.DataFrame({"name": ["張偉", "ZHANG, WEI"], "mobile": ["139-1234-5678", "+8613912345678"]})
    >>> typed = [Column("name", "full_name", 1, 2, ""), Column("mobile", "phone", 1, 2, "")]
    >>> done = standardise(records, typed, source=pd.Series(["a", "b"]), region="CN")
    >>> done.people[["given_name", "family_name", "given_han", "phone"]].values.tolist()
    [['wei', 'zhang', '伟', '8613912345678'], ['wei', 'zhang', None, '8613912345678']]
    """
    tally = _Tally()
    by_role = _by_role(columns)
    people: dict[str, pd.Series] = {}
    origin: dict[str, tuple[str, ...]] = {}
    _add_names(people, origin, records, by_role, tally)
    _add_birth(people, origin, records, by_role, source, tally)
    for role, cleaner in _cleaners(region).items():
        for position, column in enumerate(by_role.get(role, []), start=1):
            name = role if position == 1 else f"{role}_{position}"
            if role in MANY or position == 1:
                people[name] = _clean(records[column], cleaner, tally, column)
                origin[name] = (column,)
    frame = pd.DataFrame(people, index=records.index).astype(object)
    checks = _check_documents(frame, tally)
    frame = frame.assign(**_marks(records, by_role, born=frame.get("birth_year", frame.get("age"))))
    frame = _without_hubs(frame, tally)
    fields = tuple(
        Field(name, name.rstrip("_0123456789"), origin[name], float(frame[name].notna().mean()))
        for name in frame.columns
        if name in origin and frame[name].notna().any()
    )
    return Standardised(frame, fields, tally.frame(), checks)


def _by_role(columns: list[Column]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for column in columns:
        if column.role != "ignore":
            found.setdefault(column.role, []).append(column.name)
    return found


def _cleaners(region: str) -> dict[str, Callable[[str], values.Cleaned]]:
    text = dict.fromkeys(("locality", "region", "text", "category"), values.clean_text)
    address = dict.fromkeys(("street", "address"), values.clean_address)
    code = dict.fromkeys(("postcode", "code", "house_number", "unit"), values.clean_code)
    return {
        "sex": values.clean_sex,
        "middle_name": lambda value: (names.name_part(value)[0], None),
        "phone": partial(values.clean_phone, region=region),
        "email": values.clean_email,
        "document": values.clean_document,
        **text,
        **address,
        **code,
    }


def _distinct(column: pd.Series) -> tuple[np.ndarray, list[str]]:
    codes, found = pd.factorize(column)
    return codes, [str(value) for value in found.to_numpy(dtype=object)]


def _spread(codes: np.ndarray, found: list[str | None], index: pd.Index) -> pd.Series:
    """Give each row the value of its code; code -1 is missing."""
    lookup = np.array([*found, None], dtype=object)
    return pd.Series(lookup[codes], index=index, dtype=object)


def _clean(
    column: pd.Series,
    cleaner: Callable[[str], values.Cleaned],
    tally: _Tally,
    name: str,
    *,
    rows: np.ndarray | None = None,
) -> pd.Series:
    part = column if rows is None else column[rows]
    codes, found = _distinct(part)
    cleaned = [cleaner(value) for value in found]
    counts = np.bincount(codes[codes >= 0], minlength=len(found))
    _count_changes(tally, name, found, cleaned, counts)
    return _spread(codes, [value for value, _ in cleaned], part.index)


def _count_changes(
    tally: _Tally, name: str, found: list[str], cleaned: list[values.Cleaned], counts: np.ndarray
) -> None:
    for what in sorted({remark for _, remark in cleaned if remark}):
        tally.add(name, what, sum(counts[i] for i, (_, remark) in enumerate(cleaned) if remark == what))
    rewritten = [i for i, (value, _) in enumerate(cleaned) if value is not None and value != found[i]]
    tally.add(name, "rewritten", counts[rewritten].sum())
    emptied = [i for i, (value, remark) in enumerate(cleaned) if value is None and not remark and found[i].strip()]
    tally.add(name, "meaningless", counts[emptied].sum())


# --- names


def _add_names(
    people: dict[str, pd.Series],
    origin: dict[str, tuple[str, ...]],
    records: pd.DataFrame,
    by_role: dict[str, list[str]],
    tally: _Tally,
) -> None:
    for part in ("given", "family"):
        for column in by_role.get(f"{part}_name", [])[:1]:
            latin, han = _names_of(records[column], tally)
            people[f"{part}_name"], people[f"{part}_han"] = latin, han
            origin[f"{part}_name"] = (column,)
    for column in by_role.get("full_name", []):
        codes, found = _distinct(records[column])
        split = [names.split_name(value) for value in found]
        whole = pd.Series(codes >= 0, index=records.index)
        # a name in one piece is for records without their name in parts
        if "family_name" in people or "given_name" in people:
            has_parts = pd.Series(False, index=records.index)
            for part in ("given_name", "family_name"):
                if part in people:
                    has_parts |= people[part].notna()
            whole &= ~has_parts
        tally.add(column, "split_name", whole.sum())
        for position, name in enumerate(("given_name", "family_name", "given_han", "family_han")):
            pieces = _spread(codes, [parts[position] for parts in split], records.index).where(whole)
            people[name] = people[name].combine_first(pieces) if name in people else pieces
            if not name.endswith("_han"):
                origin[name] = (*origin.get(name, ()), column)


def _marks(records: pd.DataFrame, by_role: dict[str, list[str]], *, born: pd.Series | None) -> dict[str, np.ndarray]:
    """Tell firms, which are not born, from people, and the generations of people of one name, by their names."""
    generation = np.full(len(records), None, object)
    firm, named = np.zeros(len(records), bool), np.zeros(len(records), bool)
    for column in (name for role in ("given_name", "family_name", "full_name") for name in by_role.get(role, [])):
        codes, found = _distinct(records[column])
        told = np.array([*map(names.generation, found), None], dtype=object)[codes]
        generation = np.where(pd.isna(generation), told, generation)
        firm |= np.array([*map(names.is_organisation, found), False])[codes]
        named |= codes >= 0
    if born is not None:
        firm &= born.isna().to_numpy()
    # who gives no name may be either
    told_apart = np.where(named, np.where(firm, "1", "0"), np.array(None, object))
    return {"generation": generation, "organisation": told_apart}


def _names_of(column: pd.Series, tally: _Tally) -> tuple[pd.Series, pd.Series]:
    codes, found = _distinct(column)
    parts = [names.name_part(value) for value in found]
    counts = np.bincount(codes[codes >= 0], minlength=len(found))
    name = str(column.name)
    tally.add(name, "pinyin", sum(counts[i] for i, (_, han) in enumerate(parts) if han))
    _count_changes(tally, name, found, [(han or latin, None) for latin, han in parts], counts)
    latin = _spread(codes, [latin for latin, _ in parts], column.index)
    return latin, _spread(codes, [han for _, han in parts], column.index)


# --- birth dates


def _add_birth(
    people: dict[str, pd.Series],
    origin: dict[str, tuple[str, ...]],
    records: pd.DataFrame,
    by_role: dict[str, list[str]],
    source: pd.Series,
    tally: _Tally,
) -> None:
    parts = [by_role.get(role, [None])[0] for role in ("birth_year", "birth_month", "birth_day")]
    if by_role.get("birth_date"):
        column = by_role["birth_date"][0]
        birth = pd.Series(None, index=records.index, dtype=object)
        for _, rows in source.groupby(source, sort=True).groups.items():
            delivered = records.loc[rows, column]
            first = values.is_day_first(delivered.dropna().astype(str).unique())
            birth.loc[rows] = _clean(delivered, partial(values.clean_date, day_first=first), tally, column)
        origin["birth_date"] = (column,)
    elif len(given := [part for part in parts if part]) == len(parts):
        padded = [records[part].astype(str).str.extract(r"^(\d+)")[0] for part in given]
        # without its month or day a date is still a year
        month = padded[0] + "-" + padded[1].str.zfill(2)
        joined = (month + "-" + padded[2].str.zfill(2)).fillna(month).fillna(padded[0])
        birth = _clean(joined, partial(values.clean_date, day_first=False), tally, "+".join(given))
        origin["birth_date"] = tuple(given)
    elif parts[0]:
        people["birth_year"] = _clean(records[parts[0]], values.clean_number, tally, parts[0])
        origin["birth_year"] = (parts[0],)
        return
    else:
        for column in by_role.get("age", [])[:1]:
            people["age"] = _clean(records[column], values.clean_number, tally, column)
            origin["age"] = (column,)
        return
    people["birth_date"] = birth.where(birth.str.len() == 10)
    people["birth_year"] = birth.str[:4]
    # the year is a field of its own where many have no day
    if (birth.notna() & people["birth_date"].isna()).mean() >= _YEARS_ALONE:
        origin["birth_year"] = origin["birth_date"]


# --- check digits, defaults and shared values


def _check_documents(frame: pd.DataFrame, tally: _Tally) -> dict[str, str]:
    """Find each document column's check digit and mark the numbers that obey it."""
    found = {}
    for name in [name for name in frame.columns if name.startswith("document")]:
        present = frame[name].dropna().unique()
        order = np.argsort(pd.util.hash_array(present.astype(object)), kind="stable")[:500]
        check = values.find_check(list(present[order]))
        if check is None:
            continue
        found[name] = check
        codes, numbers = _distinct(frame[name])
        holds = np.array([*map(values.CHECKS[check], numbers), False])
        frame[f"{name}_holds"] = np.where(codes >= 0, np.where(holds[codes], "1", "0"), np.array(None, object))
        tally.add(name, "check_digit", ((codes >= 0) & ~holds[codes]).sum())
    return found


def _without_hubs(frame: pd.DataFrame, tally: _Tally) -> pd.DataFrame:
    """Remove values that more people share than one household could."""
    person = rough_person(frame)
    result = frame.copy()
    for name in frame.columns:
        role = name.rstrip("_0123456789")
        if role in ("phone", "email", "document"):
            hubs = _shared_by_strangers(frame[name], person)
        elif name == "birth_date":
            hubs = _of_strangers(frame, frame[name], _default_dates(frame[name]))
        else:
            continue
        rows = frame[name].isin(hubs)
        tally.add(name, "default_date" if name == "birth_date" else "shared", rows.sum())
        result.loc[rows, name] = None
        if name == "birth_date":
            result.loc[rows, "birth_year"] = None
        if f"{name}_holds" in frame:
            result.loc[rows, f"{name}_holds"] = None
    return result


def rough_person(frame: pd.DataFrame) -> pd.Series:
    """Give initials and the year of birth, which spelling mistakes seldom change; None where one is missing.

    Examples
    --------
    >>> people = pd.DataFrame({"given_name": ["wei", "zhang"], "family_name": ["zhang", "wei"]})
    >>> rough_person(people.assign(birth_year="1990")).tolist()
    ['w|z|1990', 'w|z|1990']
    """
    found = {
        name: frame[name].str[:length]
        for name, length in (("given_name", 1), ("family_name", 1), ("birth_year", 4))
        if name in frame and frame[name].notna().any()
    }
    if {"given_name", "family_name"} <= set(found):
        given, family = found["given_name"], found["family_name"]
        turned = given.fillna("") > family.fillna("")
        found |= {"given_name": given.mask(turned, family), "family_name": family.mask(turned, given)}
    parts = list(found.values())
    whole = parts[0] if parts else pd.Series(None, index=frame.index, dtype=object)
    for part in parts[1:]:
        whole = whole + "|" + part
    return whole


def _shared_by_strangers(column: pd.Series, person: pd.Series) -> pd.Index:
    counts = column.value_counts()
    often = counts.index[counts > HUB_PEOPLE]
    chosen = column.isin(often)
    people = person[chosen].groupby(column[chosen]).nunique()
    return people.index[people > HUB_PEOPLE]


def _of_strangers(frame: pd.DataFrame, column: pd.Series, dates: pd.Index) -> pd.Index:
    """Keep the days that people of many names give: one person's many records are no default."""
    names = [name for name in ("given_name", "family_name") if name in frame]
    if not names or not len(dates):
        return dates
    chosen = column.isin(dates)
    initials = frame.loc[chosen, names].apply(lambda part: part.str[:1].fillna("?")).agg("".join, axis=1)
    people = initials.groupby(column[chosen]).nunique()
    return people.index[people >= _NAMES_OF_A_DEFAULT]


def _default_dates(column: pd.Series) -> pd.Index:
    """Find days that far more people give than their neighbours: filled in, not born on.

    A day counts as a default where it is over twenty times as frequent as the mean day of the ten
    years around it, and also five times as frequent as the same day of other years: where only years
    are known, 1 January of every year is frequent, and still says the year.
    """
    counts = column.value_counts()
    if not len(counts):
        return counts.index
    year = counts.index.str[:4].astype(int)
    per_year = pd.Series(counts.to_numpy()).groupby(year).sum()
    around = per_year.reindex(range(year.min() - 5, year.max() + 6), fill_value=0)
    usual = around.rolling(11, center=True, min_periods=1).sum()
    own = counts.to_numpy()
    expected = (usual.reindex(year).to_numpy() - own) / (11 * 365)
    day = pd.Series(own).groupby(counts.index.str[5:].to_numpy())
    # several systems may each have a default of this day
    same_day = np.where(day.transform("size") > 2, day.transform("median"), day.transform("sum") - own)
    odd = (own >= 10) & (own > 20 * np.maximum(expected, 0.5)) & (own > 5 * same_day)
    return counts.index[odd]
