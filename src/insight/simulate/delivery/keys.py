"""Names that source systems give: unique over all chunks, in no order that tells who it is."""

import numpy as np

from insight.simulate.delivery.letters import join

_PRIMES = {7: 6_180_341, 8: 61_803_399, 9: 618_033_989, 10: 6_180_339_887, 12: 618_033_988_751}


def scrambled(numbers: np.ndarray, *, digits: int, prefix: str = "") -> np.ndarray:
    """Give each number a key of this many digits; different numbers have different keys.

    Parameters
    ----------
    numbers
        From 0 to below ``10 ** digits``.

    Notes
    -----
    ``number * m + m // 3`` modulo ``10 ** digits``, with m prime to it, is one-to-one; m is
    about 0.618 of the range, so that neighbours lie far apart. Split in two factors, since the
    product does not fit into 64 bits.

    Examples
    --------
    >>> scrambled(np.array([0, 1, 2]), digits=8, prefix="C").tolist()
    ['C20601133', 'C82404532', 'C44207931']
    """
    size, factor = 10**digits, _PRIMES[digits]
    high, low = np.divmod(numbers.astype(np.int64), 1_000_000)
    moved = (low * (factor % size) if digits <= 9 else _product(low, factor, size)) % size
    moved = (moved + _product(high, factor * 1_000_000 % size, size) + factor // 3) % size
    return join(np.full(len(numbers), prefix, dtype=f"U{max(len(prefix), 1)}"), _padded(moved, digits))


def _product(small: np.ndarray, factor: int, size: int) -> np.ndarray:
    """Multiply numbers below a million by a factor of up to 12 digits, modulo ``size``."""
    upper, lower = divmod(factor, 1_000_000)
    return (small * upper % size * 1_000_000 % size + small * lower) % size


def _padded(numbers: np.ndarray, digits: int) -> np.ndarray:
    """Write numbers with leading zeros, by their digits."""
    powers = 10 ** np.arange(digits - 1, -1, -1, dtype=np.int64)
    codes = (numbers[:, None] // powers % 10 + ord("0")).astype(np.uint32)
    return np.ascontiguousarray(codes).view(f"U{digits}").reshape(len(numbers))
