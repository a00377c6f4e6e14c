"""How much of the sales rests on how few customers."""

import numpy as np
import pandas as pd


def spend_by_fifth(
    spend: pd.Series, *, parts: int = 5, level: float = 0.95, rounds: int = 400, seed: int
) -> pd.DataFrame:
    """Rank customers by what they spent, cut the ranking into equal parts and describe each.

    Parameters
    ----------
    spend
        Net money per customer, one value each; at least ``parts`` of them.
    parts
        Number of equal parts; five make fifths.
    level
        Coverage of the intervals.
    rounds
        Bootstrap samples of customers; fewer are drawn when customers are very many.
    seed
        Start of the draw.

    Returns
    -------
    DataFrame
        One row per part, lowest first: ``part`` (1 to ``parts``), ``customers``, ``mean`` with
        ``low`` and ``high``, ``share`` of all spending with ``share_low`` and ``share_high``.

    Notes
    -----
    The intervals resample customers and rank anew each time (percentile bootstrap), so they hold
    the uncertainty of where the cuts fall.

    Examples
    --------
    >>> spent = pd.Series([1.0, 1.0, 2.0, 6.0, 10.0])
    >>> spend_by_fifth(spent, seed=1)[["part", "customers", "mean", "share"]].tail(2)
       part  customers  mean  share
    3     4          1   6.0    0.3
    4     5          1  10.0    0.5
    """
    ordered = np.sort(spend.to_numpy(dtype=float))
    starts, sizes = _cuts(len(ordered), parts)
    sums = np.add.reduceat(ordered, starts)
    rng = np.random.default_rng(seed)
    rounds = min(rounds, max(50, 40_000_000 // len(ordered)))
    drawn = np.array([np.add.reduceat(_resample(ordered, rng), starts) for _ in range(rounds)])
    edges = [50 - 50 * level, 50 + 50 * level]
    low, high = np.percentile(drawn / sizes, edges, axis=0)
    share_low, share_high = np.percentile(_shares(drawn), edges, axis=0)
    return pd.DataFrame(
        {
            "part": np.arange(1, parts + 1),
            "customers": sizes,
            "mean": sums / sizes,
            "low": low,
            "high": high,
            "share": _shares(sums),
            "share_low": share_low,
            "share_high": share_high,
        }
    )


def _cuts(customers: int, parts: int) -> tuple[np.ndarray, np.ndarray]:
    edges = np.round(np.linspace(0, customers, parts + 1)).astype(int)
    return edges[:-1], np.diff(edges)


def _resample(ordered: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw with replacement and keep the order, without sorting again."""
    times = np.bincount(rng.integers(len(ordered), size=len(ordered)), minlength=len(ordered))
    return np.repeat(ordered, times)


def _shares(sums: np.ndarray) -> np.ndarray:
    whole = sums.sum(axis=-1, keepdims=True)
    return np.divide(sums, whole, out=np.full(sums.shape, np.nan), where=whole > 0)
