"""Records of made-up people, as many as wanted, with a known truth: what the linkage benchmark is timed on."""

import numpy as np
import pandas as pd

_STARTS = [
    "b",
    "c",
    "d",
    "f",
    "g",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "t",
    "v",
    "w",
    "z",
    "br",
    "ch",
    "cl",
    "dr",
    "fr",
    "gr",
    "kr",
    "pl",
    "sh",
    "st",
    "th",
    "tr",
]
_VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "ie", "ou"]
_ENDS = ["n", "r", "s", "l", "t", "m", "ck", "nd", "rt", "ng", ""]


def _names(rng: np.random.Generator, count: int, syllables: int) -> np.ndarray:
    parts = [rng.choice(kind, count) for _ in range(syllables) for kind in (_STARTS, _VOWELS)] + [
        rng.choice(_ENDS, count)
    ]
    names = parts[0].astype(object)
    for part in parts[1:]:
        names = names + part.astype(object)
    return np.unique(names)


def _drawn(rng: np.random.Generator, names: np.ndarray, people: int) -> np.ndarray:
    """Draw names as unequally as real ones are borne."""
    weight = 1 / (np.arange(len(names)) + 10)
    return rng.permutation(names)[rng.choice(len(names), people, p=weight / weight.sum())]


def _mistyped(rng: np.random.Generator, values: np.ndarray, share: float) -> np.ndarray:
    values = values.copy()
    for row in np.flatnonzero(rng.random(len(values)) < share):
        text = values[row]
        if text and len(text) > 2:
            place = int(rng.integers(0, len(text) - 1))
            kind = int(rng.integers(0, 3))
            swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
            values[row] = (swapped, text[:place] + text[place + 1 :], text[:place] + "e" + text[place + 1 :])[kind]
    return values


def make_records(records: int, *, seed: int = 1) -> pd.DataFrame:
    """Make records of people in three sources, some delivered again with errors.

    Returns
    -------
    DataFrame
        ``source_system``, ``source_record_id``, names, birth date, phone, e-mail, postcode, city, and ``truth``.
    """
    rng = np.random.default_rng(seed)
    people = max(records * 2 // 5, 1)
    given = _drawn(rng, _names(rng, 4_000, 2), people)
    family = _drawn(rng, _names(rng, 40_000, 3), people)
    born = (np.datetime64("1935-01-01") + rng.integers(0, 26_000, people)).astype(str).astype(object)
    phone = np.char.add("139", rng.integers(10_000_000, 99_999_999, people).astype(str)).astype(object)
    email = given + "." + family + rng.integers(1, 99, people).astype(str).astype(object) + "@example.com"
    place = rng.integers(0, 3_000, people)
    truth = np.concatenate([np.arange(people), rng.integers(0, people, records - people)])[rng.permutation(records)]
    frame = pd.DataFrame(
        {
            "source_system": rng.choice(["core", "card", "app"], records),
            "source_record_id": np.arange(records).astype(str),
            "first_name": _mistyped(rng, given[truth], 0.08),
            "last_name": _mistyped(rng, family[truth], 0.08),
            "birth_date": _mistyped(rng, born[truth], 0.03),
            "phone": _mistyped(rng, phone[truth], 0.03),
            "email": _mistyped(rng, email[truth], 0.05),
            "postcode": (place[truth] + 10_000).astype(str),
            "city": np.char.add("city ", (place[truth] % 200).astype(str)),
            "truth": truth,
        }
    )
    for column, missing in {"first_name": 0.02, "birth_date": 0.1, "phone": 0.3, "email": 0.4, "postcode": 0.2}.items():
        frame.loc[rng.random(records) < missing, column] = None
    return frame
