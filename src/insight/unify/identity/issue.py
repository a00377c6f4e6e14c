"""New ids from a counter, and previous ids for the clusters that keep them."""

import hashlib

import numpy as np
import pandas as pd

_HALF = 20
_MASK = np.uint64((1 << _HALF) - 1)
_ROUNDS = 6
_SYMBOLS = np.array(list("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
_LETTERS = 2 * _HALF // 5


def customer_ids(numbers: np.ndarray, *, seed: int) -> list[str]:
    """Write counted numbers as ids that do not show in which order they were issued.

    Parameters
    ----------
    numbers
        From 0 up to 2 ** 40 - 1; different numbers get different ids.
    seed
        Key of the permutation.

    Notes
    -----
    A balanced Feistel network of six rounds over 40 bits is a permutation whatever its round function is.
    It hides the order from the eye; it is no cipher, and need not be: a number says nothing of a person.

    Examples
    --------
    >>> customer_ids(np.arange(2), seed=7)
    ['CBRVBX3GR', 'C3MTGXM21']
    """
    numbers = np.asarray(numbers, dtype=np.uint64)
    left, right = numbers >> np.uint64(_HALF), numbers & _MASK
    for turn in range(_ROUNDS):
        key = hashlib.sha256(f"customer ids {seed} {turn}".encode()).digest()
        left, right = right, left ^ _mixed(right, key)
    mixed = (left << np.uint64(_HALF)) | right
    shifts = np.arange(5 * (_LETTERS - 1), -1, -5, dtype=np.uint64)
    letters = _SYMBOLS[((mixed[:, None] >> shifts) & np.uint64(31)).astype(int)]
    return ["C" + "".join(row) for row in letters]


def issue(count: int, *, seed: int, issued: int, taken: set[str]) -> list[str]:
    """Issue ``count`` ids that no customer has or had.

    Parameters
    ----------
    issued
        How many were issued before: the counter goes on from there.
    taken
        Ids in use or logged; one of them is never issued, even if the seed was changed.
    """
    chosen: list[str] = []
    while len(chosen) < count:
        missing = count - len(chosen)
        batch = customer_ids(np.arange(issued, issued + missing), seed=seed)
        chosen += [one for one in batch if one not in taken]
        issued += missing
    return chosen


def claim(ids: pd.Series, parts: np.ndarray, previous: pd.Series, *, since: pd.Series) -> None:
    """Assign each cluster without an id the previous id of most of its records, in place.

    Parameters
    ----------
    ids
        Id by cluster number; missing where there is none yet.
    parts
        Cluster number of each record, records in the order of their keys.
    previous
        Previous id of each record; missing where it has none.
    since
        Day from which each id is in use; the oldest goes first among equals.
    """
    claims = pd.DataFrame({"part": parts, "id": previous.to_numpy(), "first": np.arange(len(parts))})
    claims = claims[claims["id"].notna() & ids.isna().to_numpy()[parts]]
    claims = claims[~claims["id"].isin(set(ids.dropna()))]
    if claims.empty:
        return
    claims = claims.groupby(["part", "id"], as_index=False).agg(votes=("first", "size"), first=("first", "min"))
    alone = ~claims["part"].duplicated(keep=False) & ~claims["id"].duplicated(keep=False)
    ids.loc[claims.loc[alone, "part"]] = claims.loc[alone, "id"].to_numpy()
    disputed = claims[~alone].assign(age=lambda rows: _age(rows["id"], since))
    disputed = disputed.sort_values(["votes", "age", "first", "id"], ascending=[False, True, True, True])
    settled: set[str] = set()
    for part, customer in zip(disputed["part"], disputed["id"], strict=True):
        if ids[part] is None and customer not in settled:
            ids[part] = customer
            settled.add(customer)


def _age(ids: pd.Series, since: pd.Series) -> pd.Series:
    return pd.to_datetime(ids.map(since)).fillna(pd.Timestamp.max.floor("s"))


def _mixed(half: np.ndarray, key: bytes) -> np.ndarray:
    """Mix 20 bits with a key, keeping 20 bits (the steps of splitmix64)."""
    words = np.frombuffer(key[:16], dtype="<u8").astype(np.uint64)
    mixed = half ^ words[0]
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((mixed + words[1]) ^ (mixed >> np.uint64(31))) & _MASK
