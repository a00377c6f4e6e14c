"""Who on a list is not contacted, so that the effect of contacting the others can be measured."""

import hashlib
from collections.abc import Iterable

import numpy as np

_RANGE = 2**64


def draw_holdout(customers: Iterable[str], *, share: float, key: str) -> np.ndarray:
    """Draw each customer with the same chance, from a hash of the id under the list's key.

    The draw depends on nothing but the key and the id: not on the order, the budget, or who else
    is on the list; another key is another draw.

    Examples
    --------
    >>> draw_holdout(["ada", "bob", "eve"], share=0.5, key="2024-01").tolist()
    [False, True, False]
    >>> draw_holdout(["ada", "bob"], share=0.0, key="2024-01").any()
    np.False_
    """
    return np.array([_fraction(f"{key}|{customer}") < share for customer in customers], dtype=bool)


def _fraction(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / _RANGE
