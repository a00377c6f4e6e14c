"""What spares most of the slow text comparisons: which letters a value holds, as the bits of one number.

Two values of which many letters differ cannot be alike, whatever their order. A bag has a bit for
each of twenty kinds of letters that a value holds once, twice or three times; every insertion or
deletion changes one bit at most, so bits that differ are a lower bound of what differs [1]_.

References
----------
.. [1] Ukkonen (1992), Approximate String-Matching with q-grams and Maximal Matches,
   Theoretical Computer Science 92(1), 191-211.
"""

import re

import numpy as np
import pandas as pd

_KINDS = 20
_TIMES = 3
_SLOW = re.compile(
    r"jaro_winkler_similarity\((\w+)_l, \1_r\) >= ([\d.]+)|\b(?:damerau_)?levenshtein\((\w+)_l, \3_r\) <= (\d)"
)
# Jaro-Winkler looks at a common beginning, four letters at most, only from here on
_BOOSTED = 0.7


def char_bags(column: pd.Series) -> np.ndarray:
    """Give the bag of characters of each value as the bits of one number; 0 where it is missing.

    Examples
    --------
    >>> one, other, same = char_bags(pd.Series(["anna", "anne", "nana"]))
    >>> int(one ^ other).bit_count(), int(one ^ same)
    (2, 0)
    """
    codes, found = pd.factorize(column)
    texts = [str(text).encode() for text in found]
    sizes = np.fromiter(map(len, texts), np.int64, len(texts))
    letters = np.frombuffer(b"".join(texts), np.uint8)
    kind = np.repeat(np.arange(len(texts)) * _KINDS, sizes) + letters % _KINDS
    counts = np.bincount(kind, minlength=len(texts) * _KINDS).reshape(len(texts), _KINDS)
    held = counts[:, :, None] > np.arange(_TIMES)
    bits = held.reshape(len(texts), _KINDS * _TIMES) @ (1 << np.arange(_KINDS * _TIMES, dtype=np.int64))
    return np.append(bits, 0)[codes]


def with_char_bags(people: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Add the bag of each of these columns, as ``<name>_bag``."""
    return people.assign(**{f"{name}_bag": char_bags(people[name]) for name in names})


def spare_slow_tests(sql: str, columns: set[str], *, alone: bool = False) -> str:
    """Put a test of the bags before every slow comparison of texts; the condition stays the same.

    ``alone``: let it stand for the comparison, and the condition holds wherever it held, and elsewhere too.

    Examples
    --------
    >>> spare_slow_tests("levenshtein(phone_l, phone_r) <= 2", {"phone_bag"})
    '(bit_count(xor(phone_bag_l, phone_bag_r)) <= 4 AND levenshtein(phone_l, phone_r) <= 2)'
    """

    def guarded(found: re.Match[str]) -> str:
        name = found[1] or found[3]
        if f"{name}_bag" not in columns:
            return found[0]
        differ = f"bit_count(xor({name}_bag_l, {name}_bag_r))"
        # an edit takes one letter and gives another
        test = f"{differ} <= {2 * int(found[4])}" if found[4] else _may_be_near(name, float(found[2]), differ)
        return f"({test})" if alone else f"({test} AND {found[0]})"

    return _SLOW.sub(guarded, sql)


def _may_be_near(name: str, least: float, differ: str) -> str:
    """Bound Jaro's similarity, ``(c/a + c/b + 1) / 3`` at most for c letters in common of a and b."""
    jaro = min(least, max(_BOOSTED, (least - 0.4) / 0.6))
    one, other = f"strlen({name}_l)", f"strlen({name}_r)"
    return f"({one} + {other} - {differ}) * ({one} + {other}) >= {2 * (3 * jaro - 1) - 1e-9:.9f} * {one} * {other}"
