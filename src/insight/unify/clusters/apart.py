"""Pairs that are of two people whatever else agrees: other documents, generations, people of one home, firms."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from insight.unify.clusters.cluster import components
from insight.unify.model.model import Model
from insight.unify.pairs import blocking

CONNECTED = 0.3
_LARGEST = 60
_MOST = 4_000_000
_EXACT = 0.9999
# dates of people of one name who differ by more are of two generations, where it is no slip of the pen
_YEARS, _FIGURES = 10, 2
_NAMES = {"given_name", "family_name", "middle_name", "sex"}
# what one person alone has
_OWN = ("email", "document", "code")


def within(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give all pairs inside groups, but for very large ones."""
    keys = blocking.Keys({"group": labels.astype(np.int64)}, {"group": ("group",)}, len(labels))
    rule = blocking.Rule("group", ("group",), ("group",), 0, 0.0, True)
    return blocking.pairs_of(keys, rule, max_block=_LARGEST, most=_MOST)


def connected(pairs: pd.DataFrame, records: int) -> np.ndarray:
    """Give the group of each record that likely pairs connect."""
    near = pairs[pairs["probability"] >= CONNECTED]
    return components(records, near["left"].to_numpy(), near["right"].to_numpy())


def names_alone(pairs: pd.DataFrame, people: pd.DataFrame, model: Model, *, keep_from: float) -> pd.DataFrame:
    """Let a record of nothing but a name say no more than that a pair is possible.

    Where all records are of nothing but names, as in some registers, they are weighed as they are.
    """
    others = sorted({field for each in model.comparisons for field in each.fields} - _NAMES)
    if not others:
        return pairs
    bare = people[others].isna().all(axis=1).to_numpy()
    alone = bare[pairs["left"].to_numpy()] | bare[pairs["right"].to_numpy()]
    return pairs.assign(probability=pairs["probability"].mask(alone, keep_from))


def with_documents(pairs: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Set probabilities by document numbers with a valid check digit: 1 where they agree, 0 where they differ."""
    pairs = pairs.assign(exact_key=False)
    # the name of a firm in another script is another name altogether
    firm = people["organisation"].eq("1").to_numpy() if "organisation" in people else np.zeros(len(people), bool)
    for name in [name.removesuffix("_holds") for name in people.columns if name.endswith("_holds")]:
        number = _numbered(people[name].where(people[f"{name}_holds"] == "1"))
        known = number >= 0
        left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
        same = known[left] & (number[left] == number[right])
        # a mistyped number that still obeys the check digit is rare, but a name then tells
        told = (pairs[[part for part in ("given_name", "birth_date") if part in pairs]] > 0).any(axis=1).to_numpy()
        same &= told | (firm[left] & firm[right])
        pairs["exact_key"] |= same
        pairs["contradicts"] &= ~same
        pairs.loc[same, "probability"] = np.maximum(pairs.loc[same, "probability"], _EXACT)

        def differ(one: np.ndarray, other: np.ndarray, number=number, known=known) -> np.ndarray:
            return known[one] & known[other] & (number[one] != number[other])

        pairs = _parted(pairs, differ, records=len(people))
    return pairs


@dataclass(frozen=True)
class Signs:
    """What tells records of two people apart, by record; numbered values, -1 where there is none.

    Attributes
    ----------
    system, marks, own, homes
        The source system; generation and organisation; what one person alone has; what the people of a home share.
    born
        Birth dates as rows of figures.
    given, usual, known
        Given names, which of them many have, and which are no slip of the pen; None where systems are not compared.
    """

    system: np.ndarray
    marks: list[np.ndarray]
    own: list[np.ndarray]
    homes: list[np.ndarray]
    born: np.ndarray | None
    given: np.ndarray | None
    usual: np.ndarray
    known: np.ndarray


def read_signs(people: pd.DataFrame, source: pd.Series) -> Signs:
    """Read off the records what tells people apart.

    Parameters
    ----------
    source
        The source system of each record. Where there is one alone its doubles are what is looked for, and names
        that one person goes by are among them.
    """
    system, homes = pd.factorize(source)[0], _homes(people)
    several = system.max(initial=0) > 0 and "given_usual" in people
    usual = people["given_usual"].eq("1").to_numpy(bool) if several else np.zeros(len(people), bool)
    return Signs(
        system=system,
        marks=[_numbered(people[name]) for name in ("generation", "organisation") if name in people],
        own=[_numbered(people[name]) for name in people if _role(name) in _OWN],
        homes=homes,
        born=_figures(people["birth_date"]) if "birth_date" in people else None,
        given=people["given_name"].to_numpy(dtype=object) if several else None,
        usual=usual,
        known=_known_elsewhere(people, homes, system) | _in_own_email(people) if several else usual,
    )


def with_people_told_apart(pairs: pd.DataFrame, signs: Signs) -> pd.DataFrame:
    """Set to 0 what is of two people: other generations of one name, a firm and a person, people of one home.

    Who shares a home but was born over ten years earlier is a parent or a child. And where one system has
    two given names in a home, which many have or another system knows too, these are two people, be they
    born on one day. Two records that agree in what one person alone has, such as an e-mail address, are
    let be: then the date or the name is wrong.
    """
    records = len(signs.system)
    near = [name for name in pairs if _role(name) in _OWN and not name.startswith("email")]
    codes = pairs["left"].to_numpy() * records + pairs["right"].to_numpy()
    alike = codes[(pairs[near].fillna(-1) > 0).any(axis=1)]
    unlike = codes[pairs["given_name"].eq(0)] if "given_name" in pairs else codes[:0]

    def differ(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        apart = np.zeros(len(one), bool)
        for mark in signs.marks:
            apart |= (mark[one] >= 0) & (mark[other] >= 0) & (mark[one] != mark[other])
        two = births_apart(signs.born[one], signs.born[other]) if signs.born is not None else apart & False
        if signs.given is not None:
            named = signs.usual[one] & signs.usual[other] & np.isin(one * records + other, unlike)
            named |= signs.known[one] & signs.known[other]
            named &= signs.system[one] == signs.system[other]
            given = zip(signs.given[one[named]], signs.given[other[named]], strict=True)
            named[named] = [_differ(*both) for both in given]
            two |= named
        two[two] = _any_same(signs.homes, one[two], other[two]) & ~_any_same(signs.own, one[two], other[two])
        two[two] = ~np.isin(one[two] * records + other[two], alike)
        return apart | two

    parted = _parted(pairs, differ, records=records)
    fresh = parted["contradicts"].to_numpy(copy=True)
    fresh[fresh] = differ(parted["left"].to_numpy()[fresh], parted["right"].to_numpy()[fresh])
    return parted.assign(probability=parted["probability"].mask(fresh, 0.0))


def _numbered(values: pd.Series) -> np.ndarray:
    """Give values as numbers, which are compared sooner; -1 where there is none."""
    return pd.factorize(values)[0].astype(np.int64)


def _differ(one: str, other: str) -> bool:
    """Whether two given names have no word in common."""
    return not set(one.split()) & set(other.split())


def _role(name: str) -> str:
    return name.rstrip("_0123456789")


def _homes(people: pd.DataFrame) -> list[np.ndarray]:
    """Give, as numbers, what the people of one home share: telephones, and the whole address down to its number."""
    homes = [people[name] for name in people if _role(name) == "phone"]
    for name in ("street", "address"):
        if name in people:
            more = [people[part].fillna("") for part in ("house_number", "unit", "postcode") if part in people]
            homes.append(people[name].str.cat(more, sep="|") if more else people[name])
    return [_numbered(home) for home in homes]


def _known_elsewhere(people: pd.DataFrame, homes: list[np.ndarray], system: np.ndarray) -> np.ndarray:
    """Mark the given names that two systems spell alike for somebody of this home or birth date: no slip of the pen."""
    found = np.zeros(len(people), bool)
    born = [_numbered(people["birth_date"])] if "birth_date" in people else []
    given = _numbered(people["given_name"])
    for codes in [*homes, *born]:
        rows = np.flatnonzero((given >= 0) & (codes >= 0))
        both = pd.Series(system[rows]).groupby(given[rows] * (codes.max(initial=0) + 1) + codes[rows])
        found[rows] |= (both.transform("min") < both.transform("max")).to_numpy(bool)
    return found


def _in_own_email(people: pd.DataFrame) -> np.ndarray:
    """Mark the given names that begin the record's own e-mail address too, as "jan" does "jan.ulme3": no slip."""
    found = np.zeros(len(people), bool)
    for name in [name for name in people if _role(name) == "email"]:
        word = people[name].str.extract(r"^([a-z]+)", expand=False)
        found |= word.eq(people["given_name"]).to_numpy(bool, na_value=False)
    return found


def _any_same(columns: list[np.ndarray], one: np.ndarray, other: np.ndarray) -> np.ndarray:
    same = np.zeros(len(one), bool)
    for value in columns:
        same |= (value[one] >= 0) & (value[one] == value[other])
    return same


def _parted(
    pairs: pd.DataFrame, differ: Callable[[np.ndarray, np.ndarray], np.ndarray], *, records: int
) -> pd.DataFrame:
    """Mark the pairs that contradict among records that likely pairs connect, those too that nothing made."""
    one, other = within(connected(pairs, records))
    apart = differ(one, other)
    parted = pd.DataFrame({"left": one[apart], "right": other[apart], "parted": True})
    pairs = pairs.merge(parted, on=["left", "right"], how="outer", sort=True)
    contradicts = pairs["contradicts"].fillna(False).astype(bool) | pairs.pop("parted").notna()
    exact = pairs["exact_key"].fillna(False).astype(bool)
    return pairs.assign(exact_key=exact, contradicts=contradicts, probability=pairs["probability"].fillna(0.0))


def _figures(dates: pd.Series) -> np.ndarray:
    """Give the figures of dates like 1955-06-24 as rows of numbers; 0 where there is none.

    1 January is what forms are filled with where the day, or the date, is not known: it counts as none.
    """
    full = (dates.str.len() == len("1955-06-24")) & ~dates.str.endswith("-01-01", na=True)
    texts = dates.where(full, "").to_numpy(dtype="S10")
    return texts.view(np.uint8).reshape(len(texts), -1)


def births_apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Say which birth dates are more than ten years apart, and no slip: another day, over two figures differ.

    Examples
    --------
    >>> dates = _figures(pd.Series(["1955-06-24", "1986-01-14", "1985-06-24", "1958-06-21"]))
    >>> births_apart(dates[[0, 0, 0]], dates[[1, 2, 3]]).tolist()
    [True, False, False]
    """
    known = (one[:, 0] > 0) & (other[:, 0] > 0)
    years = [part[:, :4].astype(int) @ np.array([1000, 100, 10, 1]) for part in (one, other)]
    days = (one[:, 5:] != other[:, 5:]).any(axis=1)
    return known & days & (np.abs(years[0] - years[1]) > _YEARS) & ((one != other).sum(axis=1) > _FIGURES)
