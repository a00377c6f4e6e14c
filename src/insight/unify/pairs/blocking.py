"""Candidate pairs: records that share two fields, or one rare value.

Every way of making pairs is counted before one pair is made, the narrowest are taken first, and the
whole is bounded: per record, per block and altogether.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from insight.unify.pairs.comparisons import PERSONAL

# field: lengths of the prefixes that are used beside the whole value
_PREFIXES = {
    "given_name": (3,),
    "family_name": (3,),
    "birth_date": (4, 7),
    "postcode": (3,),
    "street": (5,),
    "address": (6,),
}
_ALONE = ("email", "phone", "document", "code", "birth_date")
_SAMPLE = 100_000
NAMES = "names in any order"


@dataclass(frozen=True)
class Rule:
    """One way of making pairs: records that agree on all its keys."""

    name: str
    fields: tuple[str, ...]
    keys: tuple[str, ...]
    pairs: int
    by_chance: float
    personal: bool
    cut: bool = False

    def holds(self, other: "Rule") -> bool:
        """Whether this rule makes every pair that the other makes: its keys are the other's, or beginnings of them."""
        return not self.cut and all(any(begins(key, its) for its in other.keys) for key in self.keys)

    @property
    def whole(self) -> bool:
        """Whether it takes whole values, no beginnings and no names in another order."""
        return all(" " not in key for key in self.keys)

    @property
    def whole_but_order(self) -> bool:
        """Whether it takes whole values, or both names in whichever order."""
        return all(key == NAMES or " " not in key for key in self.keys)


def begins(key: str, whole: str) -> bool:
    """Whether a key is a field's value or a beginning of another key's."""
    if key == whole or (key == NAMES and whole == key):
        return True
    field, _, length = key.rpartition(" ")
    other, _, other_length = whole.rpartition(" ")
    return bool(
        length.isdigit()
        and (field == whole or (field == other and other_length.isdigit() and int(length) <= int(other_length)))
    )


@dataclass(frozen=True)
class Keys:
    """Each record's keys as whole numbers, -1 where there is none."""

    codes: dict[str, np.ndarray]
    fields: dict[str, tuple[str, ...]]
    records: int


def make_keys(people: pd.DataFrame, fields: list[str]) -> Keys:
    """Give every value, and its beginnings, the number that pairs are made by.

    Examples
    --------
    >>> keys = make_keys(pd.DataFrame({"given_name": ["anna", "anne", None]}), ["given_name"])
    >>> {name: codes.tolist() for name, codes in keys.codes.items()}
    {'given_name': [0, 1, -1], 'given_name 3': [0, 0, -1]}
    """
    codes: dict[str, np.ndarray] = {}
    used: dict[str, tuple[str, ...]] = {}
    for name in fields:
        if people[name].notna().mean() < 0.02 or (name == "birth_year" and "birth_date" in codes):
            continue
        whole, found = pd.factorize(people[name])
        codes[name], used[name] = whole.astype(np.int64), (name,)
        for length in _PREFIXES.get(name, ()):
            # a value shorter than the prefix is as long as it is
            beginnings, _ = pd.factorize(pd.Series(found, dtype=object).str[:length])
            codes[f"{name} {length}"] = np.where(whole >= 0, np.append(beginnings, -1)[whole], -1).astype(np.int64)
            used[f"{name} {length}"] = (name,)
    if "birth_date" in codes and "birth_year" in fields:
        # the beginning of a birth date is known of those too who give the year alone
        codes["birth_date 4"] = pd.factorize(people["birth_year"])[0].astype(np.int64)
    if "name_letters" in people and {"given_name", "family_name"} <= set(codes):
        codes[NAMES] = pd.factorize(people["name_letters"])[0].astype(np.int64)
        used[NAMES] = ("given_name", "family_name")
    return Keys(codes, used, len(people))


def possible_rules(keys: Keys, *, max_block: int) -> list[Rule]:
    """Count, for every pair of keys and every rare single key, the pairs that it would make."""
    rows = np.arange(keys.records)
    share = 1.0
    if keys.records > _SAMPLE:
        # the same records whatever the order: a fixed stride through the sorted keys, mixed
        rows = np.flatnonzero((rows * 2654435761 % 2**32) < 2**32 * _SAMPLE / keys.records)
        share = len(rows) / keys.records
    sample = {name: codes[rows] for name, codes in keys.codes.items()}
    alike = {name: _chance(codes) for name, codes in sample.items()}
    found = []
    for names in _combinations(keys):
        pairs, cut = _pairs(_joined([sample[name] for name in names]), max_block=max_block * share)
        everybody = len(rows) * (len(rows) - 1) / 2
        # namesakes are strangers who meet; who shares a phone or a document does not do so by chance
        met = [alike[part] for name in names for part in (keys.fields[name] if name == NAMES else [name])]
        chance = float(np.prod(met)) * everybody if len(met) > 1 else 0.0
        fields = tuple(sorted({field for name in names for field in keys.fields[name]}))
        found.append(
            Rule(
                " + ".join(names),
                fields,
                names,
                int(pairs / share**2),
                min(1.0, chance / pairs) if pairs else 1.0,
                any(field.rstrip("_0123456789") in PERSONAL for field in fields),
                cut,
            )
        )
    return sorted(found, key=lambda rule: (rule.pairs, rule.name))


def _combinations(keys: Keys) -> Iterator[tuple[str, ...]]:
    names = list(keys.codes)
    for name in names:
        if (keys.fields[name][0].rstrip("_0123456789") in _ALONE and name in keys.fields[name]) or name == NAMES:
            yield (name,)
    for one, other in combinations(names, 2):
        if not set(keys.fields[one]) & set(keys.fields[other]):
            yield one, other


def _joined(codes: list[np.ndarray]) -> np.ndarray:
    joined = codes[0].copy()
    for more in codes[1:]:
        joined = np.where((joined < 0) | (more < 0), -1, joined * (int(more.max(initial=0)) + 1) + more)
    return joined


def _chance(codes: np.ndarray) -> float:
    """Give the probability that two random records agree."""
    present = codes[codes >= 0]
    if not len(codes):
        return 0.0
    return float(((np.bincount(present) / len(codes)) ** 2).sum()) if len(present) else 0.0


def _sizes(joined: np.ndarray) -> np.ndarray:
    present = np.sort(joined[joined >= 0])
    if not len(present):
        return present
    edges = np.flatnonzero(np.diff(present)) + 1
    return np.diff(np.concatenate([[0], edges, [len(present)]]))


def _pairs(joined: np.ndarray, *, max_block: float) -> tuple[int, bool]:
    sizes = _sizes(joined)
    kept = sizes[sizes <= max(max_block, 2)]
    return int((kept * (kept - 1) // 2).sum()), len(kept) < len(sizes)


def pairs_of(keys: Keys, rule: Rule, *, max_block: int, most: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Make one rule's pairs, the lower record first.

    Parameters
    ----------
    most
        At most so many pairs: whole blocks are left out, the same ones whatever the order of the records.

    Examples
    --------
    >>> keys = make_keys(pd.DataFrame({"email": ["a@b", "c@d", "a@b", "a@b"]}), ["email"])
    >>> left, right = pairs_of(keys, Rule("email", ("email",), ("email",), 3, 0, True), max_block=10)
    >>> list(zip(left.tolist(), right.tolist()))
    [(0, 2), (0, 3), (2, 3)]
    """
    joined = _joined([keys.codes[name] for name in rule.keys])
    rows = np.flatnonzero(joined >= 0)
    rows = rows[np.argsort(joined[rows], kind="stable")]
    sizes = _sizes(joined)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]) if len(sizes) else sizes
    kept = (sizes > 1) & (sizes <= max_block)
    starts, sizes = starts[kept], sizes[kept]
    if most is not None and (sizes * (sizes - 1) // 2).sum() > most:
        order = np.argsort(rows[starts] * 2654435761 % 2**32, kind="stable")
        within = np.cumsum((sizes * (sizes - 1) // 2)[order]) <= most
        starts, sizes = starts[order[within]], sizes[order[within]]
    left, right = [], []
    for size in np.unique(sizes):
        first = starts[sizes == size]
        one, other = np.triu_indices(int(size), k=1)
        left.append(rows[(first[:, None] + one).ravel()])
        right.append(rows[(first[:, None] + other).ravel()])
    if not left:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    one, other = np.concatenate(left), np.concatenate(right)
    return np.minimum(one, other), np.maximum(one, other)


def candidate_pairs(keys: Keys, rules: list[Rule], *, max_block: int) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Make the pairs of all rules, each once, and count what every rule brought."""
    made = []
    for rule in rules:
        left, right = pairs_of(keys, rule, max_block=max_block)
        made.append(left * keys.records + right)
    codes = np.concatenate([*made, np.empty(0, np.int64)])
    order = np.argsort(codes, kind="stable")
    first = np.ones(len(codes), bool)
    first[1:] = codes[order[1:]] != codes[order[:-1]]
    seen = codes[order[first]]
    number = np.repeat(np.arange(len(rules)), [len(each) for each in made])[order[first]]
    fresh = np.bincount(number, minlength=len(rules))
    counted = pd.DataFrame(
        {
            "rule": [rule.name for rule in rules],
            "pairs_estimated": [rule.pairs for rule in rules],
            "pairs": [len(each) for each in made],
            "pairs_new": fresh,
        }
    )
    return seen // max(keys.records, 1), seen % max(keys.records, 1), counted


def each_once(codes: np.ndarray) -> np.ndarray:
    """Give the different whole numbers in order; sorting is many times faster here than numpy's hashing."""
    ordered = np.sort(codes)
    first = np.ones(len(ordered), bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


def are_among(codes: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    """Say of each whole number whether it is among others that are in order."""
    if not len(ordered):
        return np.zeros(len(codes), bool)
    place = np.minimum(np.searchsorted(ordered, codes), len(ordered) - 1)
    return ordered[place] == codes
