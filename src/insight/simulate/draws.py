"""Random draws that depend on nothing but their key, and the columns made from them."""

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
import pyarrow as pa

from insight.simulate.schemas import MONEY

NO_MONEY = np.iinfo(np.int64).min
_STEPS = 1024
# Of the exponential between two powers of two: a quotient of polynomials, highest power first, and ln 2 in two parts.
_LOG2_E = np.float32(1.4426950408889634)
_MINUS_LN_2 = np.array([-6.93145752e-1, -1.42860677e-6], np.float32)
_UPPER = np.array(
    [5.08276253e-4, 6.7578970e-3, 5.1145121e-2, 2.4736154e-1, 7.2576646e-1, 9.9999999999809e-1], np.float32
)
_LOWER = np.array([2.1595094e-2, -2.7423354e-1, 1.0], np.float32)


class ChunkStream(IntEnum):
    """What is drawn once for a chunk of people; the number is part of its generator's key."""

    FAMILIES = 0
    TRAITS = 1
    PEOPLE = 2
    STATE = 3
    EARLIER_APPLICATIONS = 4
    EARLIER_FRIENDS = 5
    EARLIER_REGISTRATIONS = 6
    ACCOUNTS = 7
    EARLIER_PAYMENTS = 8
    MERCHANTS = 10


class MonthStream(IntEnum):
    """What is drawn in every month of a chunk; the number is part of its generator's key."""

    CONTACTS = 1
    RESPONSES = 2
    RESPONSE_TIMES = 3
    PURCHASES = 4
    BIG_TICKETS = 5
    DECLINES = 6
    REFUNDS = 7
    PAYMENTS = 8
    POINTS = 9
    SCORES = 10
    FRAUD = 11
    STAGES = 12
    APPLICATIONS = 13
    FRIENDS = 20
    APP_USE = 21
    PROSPECTS = 22
    TICKETS = 23


def generator(*key: int) -> np.random.Generator:
    """Give the random number generator of a key, such as ``(seed, chunk, month, MonthStream.REFUNDS)``.

    Examples
    --------
    >>> key = (7, 0, ChunkStream.STATE)
    >>> generator(*key).integers(100, size=3).tolist() == generator(*key).integers(100, size=3).tolist()
    True
    """
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([int(part) for part in key])))


def pick(rng: np.random.Generator, weights: Sequence[float] | np.ndarray, size: int) -> np.ndarray:
    """Draw positions in proportion to weights."""
    edges = np.cumsum(np.asarray(weights, float))
    return np.searchsorted(edges / edges[-1], rng.random(size), side="right").astype(np.int16)


def steps(weights: np.ndarray) -> np.ndarray:
    """Lay weights out over 1,024 equal steps, one row a distribution, for `draw_from`.

    Rounding keeps every share within a thousandth.
    """
    weights = np.atleast_2d(np.asarray(weights, float))
    edges = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    at = (np.arange(_STEPS) + 0.5) / _STEPS
    return np.stack([np.searchsorted(row, at, side="right") for row in edges]).astype(np.int8)


def draw_from(rng: np.random.Generator, table: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Draw one position for each of ``rows`` from the distributions of `steps`."""
    at = rng.integers(0, _STEPS, size=len(rows), dtype=np.uint16)
    return table.ravel()[rows.astype(np.int32) * _STEPS + at]


def chance(rng: np.random.Generator, probability: np.ndarray | float, size: int) -> np.ndarray:
    """Say of each of ``size`` whether what has this probability happens."""
    return rng.random(size, dtype=np.float32) < probability


def exponential(x: np.ndarray) -> np.ndarray:
    """Give the exponential of 32-bit numbers, the same bits on every processor.

    NumPy's own differs in the last bit between processors with and without fused instructions, and an
    amount near half a cent is then rounded the other way. Here each fused step, which rounds once, is taken
    in 64 bits, where the product of two 32-bit numbers is exact.

    Examples
    --------
    >>> exponential(np.array([0.0, 1.0], np.float32)).tolist()
    [1.0, 2.7182819843292236]
    """
    twos = np.rint(x * _LOG2_E)
    rest = _fused(twos, _MINUS_LN_2[1], _fused(twos, _MINUS_LN_2[0], x))
    return np.ldexp(_polynomial(_UPPER, rest) / _polynomial(_LOWER, rest), twos.astype(np.int32))


def _polynomial(factors: np.ndarray, x: np.ndarray) -> np.ndarray:
    value = np.full_like(x, factors[0])
    for factor in factors[1:]:
        value = _fused(value, x, factor)
    return value


def _fused(a: np.ndarray, b: np.ndarray | np.float32, c: np.ndarray | np.float32) -> np.ndarray:
    product = a.astype(np.float64)
    product *= b
    product += c
    return product.astype(np.float32)


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Turn log-odds into a probability."""
    return 1.0 / (1.0 + np.exp(-x))


def mixed(numbers: np.ndarray, digits: int, *, rounds: int = 4) -> np.ndarray:
    """Shuffle the numbers below ``10**digits`` (an even count of digits) one to one.

    A Feistel network over two halves, so neighbours get unlike numbers and none repeats.

    Examples
    --------
    >>> len(set(mixed(np.arange(10_000), 4).tolist()))
    10000
    """
    half = 10 ** (digits // 2)
    left, right = np.divmod(np.asarray(numbers, np.int64), half)
    for turn in range(1, rounds + 1):
        scrambled = (((right + rounds) * 2654435761 + turn * 40503) >> 7) % half
        left, right = right, (left + scrambled) % half
    return left * half + right


def money(cents: np.ndarray) -> pa.Array:
    """Turn whole cents into decimals with two places; `NO_MONEY` becomes null.

    Examples
    --------
    >>> money(np.array([1250, -5])).to_pylist()
    [Decimal('12.50'), Decimal('-0.05')]
    """
    cents = np.ascontiguousarray(cents, np.int64)
    missing = cents == NO_MONEY
    wide = np.empty((len(cents), 2), np.int64)
    wide[:, 0] = np.where(missing, 0, cents)
    wide[:, 1] = wide[:, 0] >> 63
    valid = None
    if missing.any():
        valid = pa.array(~missing).buffers()[1]
    return pa.Array.from_buffers(MONEY, len(cents), [valid, pa.py_buffer(wide)])


def words(codes: np.ndarray, values: tuple[str, ...] | list[str], missing: np.ndarray | None = None) -> pa.Array:
    """Turn positions in a list of words into a dictionary column; a negative position is null.

    Examples
    --------
    >>> words(np.array([1, -1, 2]), ("a", "b", "b")).to_pylist()
    ['b', None, 'b']
    """
    unique = list(dict.fromkeys(values))
    if len(unique) < len(values):
        codes = np.where(codes < 0, -1, np.array([unique.index(value) for value in values])[codes])
    nothing = codes < 0 if missing is None else missing | (codes < 0)
    index = pa.array(codes.astype(np.int16), mask=nothing if nothing.any() else None)
    return pa.DictionaryArray.from_arrays(index, pa.array(unique, pa.string()))
