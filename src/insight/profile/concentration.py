"""How much of the sales rests on how few customers, and how much on those who have gone quiet."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm, ttest_ind

from insight.config.definitions import share, shares_of_sum
from insight.errors import Unavailable
from insight.intervals import affordable_rounds, resampled_counts, wilson, with_edges
from insight.profile.planned import silent_days


def spend_by_fifth(
    spend: pd.Series, *, seed: int, minimum: int = 1, parts: int = 5, level: float = 0.95, rounds: int = 400
) -> pd.DataFrame | Unavailable:
    """Rank customers by what they spent, cut the ranking into equal parts and describe each.

    Parameters
    ----------
    spend
        Net money per customer, one value each.
    seed
        Start of the draw.
    minimum
        Customers that every part must have.
    parts
        Number of equal parts; five make fifths.
    level
        Coverage of the intervals.
    rounds
        Bootstrap samples of customers; fewer are drawn when customers are very many.

    Returns
    -------
    DataFrame
        One row per part, lowest first: ``part`` (1 to ``parts``), ``customers``, ``mean`` with
        ``low`` and ``high``, ``share`` of all spending with ``share_low`` and ``share_high``.
        `Unavailable` where the parts would be too small, or refunds leave nothing to share.

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
    if len(spend) < parts * minimum:
        return Unavailable("profile", "fifths", {"needed": parts * minimum})
    if spend.sum() <= 0:
        return Unavailable("profile", "no_spend")
    ordered = np.sort(spend.to_numpy(dtype=float))
    starts, sizes = _cuts(len(ordered), parts)
    sums = np.add.reduceat(ordered, starts)
    counts = resampled_counts(len(ordered), rounds=affordable_rounds(len(ordered), rounds), seed=seed)
    # what is repeated in its place stays in order, without sorting again
    drawn = np.array([np.add.reduceat(np.repeat(ordered, times), starts) for times in counts])
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


def part_of(spend: pd.Series, *, parts: int = 5) -> pd.Series:
    """Say in which part of the ranking each customer is, 1 the lowest; ties go by the order given.

    Examples
    --------
    >>> part_of(pd.Series([9.0, 1.0, 5.0, 5.0]), parts=2).tolist()
    [2, 1, 1, 2]
    """
    _starts, sizes = _cuts(len(spend), parts)
    order = spend.astype(float).argsort(kind="stable").to_numpy()
    part = np.empty(len(spend), dtype=int)
    part[order] = np.repeat(np.arange(1, parts + 1), sizes)
    return pd.Series(part, index=spend.index, name="part")


def mean_by_part(values: pd.Series, part: pd.Series, *, level: float = 0.95) -> pd.DataFrame:
    """Average a share of each customer over each part, with the interval of the mean; who has none is left out.

    Returns
    -------
    DataFrame
        ``part``, ``customers``, ``mean``, ``low``, ``high``.
    """
    known = values.dropna().astype(float)
    found = known.groupby(part.reindex(known.index)).agg(["size", "mean", "std"])
    mean, width = found["mean"], norm.ppf(0.5 + level / 2) * found["std"].fillna(0) / np.sqrt(found["size"])
    low, high = with_edges(mean, found["size"], (mean - width).clip(lower=0), (mean + width).clip(upper=1), level=level)
    return pd.DataFrame(
        {
            "part": found.index,
            "customers": found["size"].to_numpy(),
            "mean": mean.to_numpy(),
            "low": low,
            "high": high,
        }
    )


def times_as_much(parts: pd.DataFrame) -> float | None:
    """Give how many times the mean of the lowest part the mean of the top one is; none where that is not above zero.

    Examples
    --------
    >>> times_as_much(pd.DataFrame({"mean": [2.0, 9.0]})), times_as_much(pd.DataFrame({"mean": [-1.0, 9.0]}))
    (4.5, None)
    """
    lowest, best = float(parts["mean"].iloc[0]), float(parts["mean"].iloc[-1])
    return best / lowest if lowest > 0 else None


def promotion_by_fifth(profile: pd.DataFrame, *, minimum: int) -> pd.DataFrame | Unavailable:
    """Average the share bought on promotion over the fifths of the ranking by spend.

    Parameters
    ----------
    profile
        The ``profile`` table.
    minimum
        Customers that every fifth must have.

    Returns
    -------
    DataFrame
        See `mean_by_part`; `Unavailable` where promotions are not known, or of too few.
    """
    promoted = profile["promoted_share"]
    if promoted.isna().all():
        return Unavailable("profile", "no_promotion")
    found = mean_by_part(promoted, part_of(profile["monetary"].astype(float)))
    return found if found["customers"].min() >= minimum else Unavailable("profile", "promotion")


def by_silence(profile: pd.DataFrame, *, quiet_days: int) -> pd.DataFrame:
    """Count customers and what they have spent by how long they have been silent, in bands that double.

    Parameters
    ----------
    profile
        The ``profile`` table. Whoever has something planned ahead is not silent.
    quiet_days
        The silence that counts as quiet; it is the edge of a band.

    Returns
    -------
    DataFrame
        Shortest first: ``from_days``, ``to_days`` (inclusive; missing in the last), ``customers``,
        ``share`` of all, ``monetary``, ``share_sales``, ``is_quiet``.

    Examples
    --------
    >>> seen = pd.DataFrame({"recency_days": [0, 7, 8, 90], "monetary": [5.0, 5.0, 5.0, 5.0]})
    >>> by_silence(seen, quiet_days=28)[["from_days", "to_days", "customers", "is_quiet"]]
       from_days  to_days  customers  is_quiet
    0          0      7.0          2     False
    1          8     14.0          1     False
    2         15     28.0          0     False
    3         29     56.0          0      True
    4         57      NaN          1      True
    """
    edges = sorted({round(quiet_days * times) for times in (1 / 4, 1 / 2, 1, 2)} - {0, 1, 2, 3} | {quiet_days})
    band = pd.cut(silent_days(profile), [-1, *edges, np.inf], labels=False)
    spent = profile["monetary"].astype(float)
    found = spent.groupby(band).agg(["size", "sum"]).reindex(range(len(edges) + 1), fill_value=0)
    return pd.DataFrame(
        {
            "from_days": [0, *(edge + 1 for edge in edges)],
            "to_days": [*map(float, edges), np.nan],
            "customers": found["size"].to_numpy(),
            "share": share("group_share", found["size"].to_numpy(), len(profile)),
            "monetary": found["sum"].to_numpy(),
            "share_sales": shares_of_sum("spend_share", found["sum"].to_numpy()),
            "is_quiet": [False, *(edge >= quiet_days for edge in edges)],
        }
    )


@dataclass(frozen=True)
class Quiet:
    """Customers silent for longer than a limit: how many of how many, and what they have brought.

    Attributes
    ----------
    days
        The limit: those silent for longer are quiet.
    customers, active
        Those who are quiet, and those who are not.
    share, low, high
        Share of all customers, with its 95% interval.
    share_sales
        Share of all that was spent so far.
    """

    days: int
    customers: int
    active: int
    share: float
    low: float
    high: float
    share_sales: float

    @property
    def weight(self) -> str | None:
        """Say whether they brought ``less`` or ``more`` than their share of customers; none with sales below 0."""
        if not 0 <= self.share_sales <= 1:
            return None
        return "less" if self.share_sales < self.share else "more"


def count_quiet(bands: pd.DataFrame, *, quiet_days: int) -> Quiet | Unavailable:
    """Add up the bands of silence beyond the limit.

    Parameters
    ----------
    bands
        From `by_silence`.
    quiet_days
        The limit that they were made with.

    Examples
    --------
    >>> seen = pd.DataFrame({"recency_days": [0, 7, 8, 90], "monetary": [5.0, 5.0, 5.0, 45.0]})
    >>> quiet = count_quiet(by_silence(seen, quiet_days=28), quiet_days=28)
    >>> quiet.customers, quiet.active, quiet.share_sales
    (1, 3, 0.75)
    """
    everyone, beyond = int(bands["customers"].sum()), bands[bands["is_quiet"]]
    some = int(beyond["customers"].sum())
    if not everyone:
        return Unavailable("common", "nothing_to_count")
    return Quiet(
        quiet_days,
        some,
        everyone - some,
        float(share("quiet_share", some, everyone)),
        *wilson(some, everyone),
        float(beyond["share_sales"].sum(skipna=False)),
    )


def quiet_differ(profile: pd.DataFrame, *, quiet_days: int, level: float = 0.05) -> bool:
    """Say whether quiet customers have spent significantly more or less each than the others (Welch's test)."""
    is_quiet, spent = silent_days(profile) > quiet_days, profile["monetary"].astype(float)
    return bool(ttest_ind(spent[is_quiet], spent[~is_quiet], equal_var=False).pvalue < level)


def _cuts(customers: int, parts: int) -> tuple[np.ndarray, np.ndarray]:
    """Cut a ranking where its quantiles lie, so that a tag that asks for a quantile finds the same customers."""
    edges = np.ceil(np.linspace(0, max(customers - 1, 0), parts + 1) - 1e-9).astype(int)
    edges[-1] = customers
    return edges[:-1], np.diff(edges)


def _shares(sums: np.ndarray) -> np.ndarray:
    whole = sums.sum(axis=-1, keepdims=True)
    return np.divide(sums, whole, out=np.full(sums.shape, np.nan), where=whole > 0)
