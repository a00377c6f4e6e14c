"""Who on a list is not contacted, so that the effect of contacting the others can be measured."""

import hashlib
from collections.abc import Iterable

import numpy as np

_RANGE = 2**64
_CONFIDENCE, _POWER = 1.959963984540054, 0.8416212335729143  # normal quantiles of 97.5% and 80%


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


def smallest_detectable(spread: float, *, contacted: float, held_out: float) -> float:
    """Give the smallest effect per customer that a hold-out would show 8 times in 10, at 95% confidence.

    Parameters
    ----------
    spread
        Standard deviation of what customers spend; the effect is in the same unit.
    contacted, held_out
        Customers on either side; without one of them nothing can be shown (``inf``).

    Examples
    --------
    >>> round(smallest_detectable(50.0, contacted=900, held_out=100), 1)
    14.8
    """
    if min(contacted, held_out) <= 0:
        return float("inf")
    return (_CONFIDENCE + _POWER) * spread * float(np.sqrt(1 / contacted + 1 / held_out))
