"""Random draws that depend on nothing but their key, and the columns made from them."""

from collections.abc import Sequence
from enum import IntEnum
from itertools import count

import numpy as np
import pyarrow as pa
from scipy.special import ndtri

from insight.simulate.schemas import MONEY

NO_MONEY = np.iinfo(np.int64).min
_STEPS = 1024
_MOST = 600  # mean of a count: beyond it the chance of none is no number any more
_BITS, _GOLDEN = np.uint64(11), np.uint64(0x9E3779B97F4A7C15)
_MIXERS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


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
    APPLICANTS = 8
    MERCHANTS = 10
    FIRMS = 11


class MonthStream(IntEnum):
    """What is drawn in every month of a chunk; the number is part of its stream's key."""

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
    DECISIONS = 14
    COUNTS = 15
    DAYS = 16
    SENT = 17
    THEFTS = 18
    FRIENDS = 20
    APP_USE = 21
    PROSPECTS = 22
    TICKETS = 23
    VISITS = 24
    DRAW_DOWN = 25
    STRAIN = 26
    RECOVERIES = 27
    UNEASE = 28
    CASES = 29
    ALARMS = 30
    CARDS = 31


def generator(*key: int) -> np.random.Generator:
    """Give the random number generator of a key, such as ``(seed, chunk, ChunkStream.STATE)``.

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
    """Lay weights out over 1,024 equal steps, one row a distribution, for `Draws.from_steps`.

    Rounding keeps every share within a thousandth.
    """
    weights = np.atleast_2d(np.asarray(weights, float))
    edges = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    at = (np.arange(_STEPS) + 0.5) / _STEPS
    return np.stack([np.searchsorted(row, at, side="right") for row in edges]).astype(np.int8)


def chance(rng: np.random.Generator, probability: np.ndarray | float, size: int) -> np.ndarray:
    """Say of each of ``size`` whether what has this probability happens."""
    return rng.random(size, dtype=np.float32) < probability


class Draws:
    """Random numbers of people, or of their rows, that depend on nothing but their own key.

    Each row has a SplitMix64 sequence of its own, which begins at a hash of the stream's key and the row's
    counters (the person, and which of their rows it is); every call gives each row its sequence's next number.
    What happens to one person therefore changes the draws of no other, and whoever compares two policies
    compares the same luck.

    Parameters
    ----------
    key
        The stream, such as ``(seed, chunk, month, MonthStream.REFUNDS)``.
    counters
        Whole numbers, broadcast against each other: the result of every call has their shape.

    Examples
    --------
    >>> all_three, one = Draws((7, 1), np.arange(3)), Draws((7, 1), np.array([2]))
    >>> bool(all_three.random()[2] == one.random()[0])
    True
    """

    def __init__(self, key: Sequence[int], *counters: np.ndarray) -> None:
        self._base = np.random.SeedSequence([int(part) for part in key]).generate_state(1, np.uint64)
        for counter in counters:
            self._base = _scrambled(self._base + np.asarray(counter).astype(np.uint64) * _GOLDEN)
        self._calls = count(1)

    def take(self, rows: np.ndarray) -> "Draws":
        """Give the draws of some rows; what is called after that is new to both."""
        some = object.__new__(Draws)
        some._base, some._calls = self._base[rows], self._calls
        return some

    def random(self) -> np.ndarray:
        """Draw from 0 to 1, both excluded."""
        turn = np.array([next(self._calls)], np.uint64) * _GOLDEN
        return ((_scrambled(self._base + turn) >> _BITS).astype(float) + 0.5) * 2.0**-53

    def chance(self, probability: np.ndarray | float) -> np.ndarray:
        """Say whether what has this probability happens."""
        return self.random() < probability

    def uniform(self, low: np.ndarray | float, high: np.ndarray | float) -> np.ndarray:
        """Draw evenly between two numbers."""
        return low + self.random() * (high - low)

    def integers(self, low: np.ndarray | int, high: np.ndarray | int) -> np.ndarray:
        """Draw whole numbers from ``low`` to below ``high``."""
        return low + (self.random() * (high - low)).astype(np.int64)

    def normal(self) -> np.ndarray:
        """Draw from the standard normal distribution."""
        return ndtri(self.random())

    def exponential(self) -> np.ndarray:
        """Draw from the exponential distribution with mean one."""
        return -np.log(self.random())

    def pick(self, weights: Sequence[float] | np.ndarray) -> np.ndarray:
        """Draw positions in proportion to weights."""
        edges = np.cumsum(np.asarray(weights, float))
        return np.searchsorted(edges / edges[-1], self.random(), side="right")

    def from_steps(self, table: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Draw one position for each of ``rows`` from the distributions of `steps`."""
        return table.ravel()[rows.astype(np.int64) * _STEPS + (self.random() * _STEPS).astype(np.int64)]

    def poisson(self, mean: np.ndarray) -> np.ndarray:
        """Draw counts; more with a higher mean, of the same luck."""
        mean = np.minimum(np.broadcast_to(mean, self._base.shape), _MOST).ravel()
        term = np.exp(-mean)
        left = self.random().ravel() - term
        counts = np.zeros(len(mean), np.int64)
        at = np.flatnonzero(left > 0)
        term, left, mean = term[at], left[at], mean[at]
        for number in range(1, 2 * _MOST):
            if not len(at):
                break
            counts[at] = number
            term *= mean / number
            left -= term
            more = left > 0
            at, term, left, mean = at[more], term[more], left[more], mean[more]
        return counts.reshape(self._base.shape)


def _scrambled(numbers: np.ndarray) -> np.ndarray:
    """Mix the bits of 64-bit numbers, one to one (the finaliser of SplitMix64)."""
    for shift, factor in _MIXERS:
        numbers ^= numbers >> np.uint64(shift)
        numbers *= np.uint64(factor)
    numbers ^= numbers >> np.uint64(31)
    return numbers


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
