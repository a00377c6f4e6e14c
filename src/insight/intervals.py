"""Intervals of estimates: Wilson's for shares, and the bootstrap over customers for everything else."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from scipy.stats import norm, t

LEVEL = 0.95
Z = norm.ppf(0.5 + LEVEL / 2)  # standard errors that an interval reaches to either side
ROUNDS = 500
#: Times that residuals are drawn to the sides anew, so that the 2.5% beyond an end are a whole number of them; and
#: customers beyond which nothing is left of the skewness of a mean.
DRAWS, MANY = 599, 40_000
Number = TypeVar("Number", float, pd.Series)


def wilson(some: Number, everyone: Number, *, level: float = LEVEL) -> tuple[Number, Number]:
    """Give the Wilson score interval of a share, or of each share of a column.

    Statsmodels' function differs from this one in the last digit of a float, which published figures keep.

    References
    ----------
    Wilson (1927), Probable Inference, the Law of Succession, and Statistical Inference, Journal of
    the American Statistical Association 22(158), 209-212.

    Examples
    --------
    >>> low, high = wilson(240, 2469)
    >>> round(float(low), 3), round(float(high), 3)
    (0.086, 0.11)
    """
    z = norm.ppf(0.5 + level / 2)
    share = some / everyone
    middle = (share + z**2 / (2 * everyone)) / (1 + z**2 / everyone)
    half = z / (1 + z**2 / everyone) * np.sqrt(share * (1 - share) / everyone + z**2 / (4 * everyone**2))
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def difference_of_shares(
    some: Any, everyone: Any, other: Any, others: Any, *, level: float = LEVEL
) -> tuple[np.ndarray, np.ndarray]:
    """Give the score interval of the first share less the second one, or of each such difference.

    Unlike Wald's, it has a width where nobody on a side responded, and covers there. Counts need not be whole.

    References
    ----------
    Miettinen and Nurminen (1985), Comparative Analysis of Two Rates, Statistics in Medicine 4(2), 213-226.

    Examples
    --------
    Nobody of 29 responded without a contact, which is no certainty:

    >>> low, high = difference_of_shares(5, 56, 0, 29)
    >>> round(float(low), 4), round(float(high), 4)
    (-0.0326, 0.1933)
    """
    x, n, y, m = (np.atleast_1d(np.asarray(value, dtype=float)) for value in (some, everyone, other, others))
    z, found = norm.ppf(0.5 + level / 2), x / n - y / m
    bounds = []
    for end in (-1.0, 1.0):
        inside, outside = found.copy(), np.full_like(found, end)
        for _ in range(_HALVINGS):
            middle = (inside + outside) / 2
            first, second = _nearest_shares(middle, x, n, y, m)
            spread = (first * (1 - first) / n + second * (1 - second) / m) * (n + m) / np.maximum(n + m - 1, 1)
            holds = np.square(found - middle) <= z**2 * spread
            inside, outside = np.where(holds, middle, inside), np.where(holds, outside, middle)
        bounds.append(inside)
    return (bounds[0], bounds[1]) if np.ndim(some) else (bounds[0][0], bounds[1][0])


_HALVINGS = 40


def _nearest_shares(
    difference: np.ndarray, x: np.ndarray, n: np.ndarray, y: np.ndarray, m: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give the two likeliest shares that lie so far apart: the root of a cubic (appendix of the paper)."""
    size = n + m
    second = (n + 2 * m) * difference - size - (x + y)
    first = (m * difference - size - 2 * y) * difference + x + y
    last = y * difference * (1 - difference)
    turn = second**3 / (3 * size) ** 3 - first * second / (6 * size**2) + last / (2 * size)
    reach = np.sqrt(np.maximum(second**2 / (3 * size) ** 2 - first / (3 * size), 0))
    reach = np.where(reach == 0, np.finfo(float).tiny, np.where(turn < 0, -reach, reach))
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        angle = (np.pi + np.arccos(np.clip(np.nan_to_num(turn / reach**3), -1, 1))) / 3
    share = 2 * reach * np.cos(angle) - second / (3 * size)
    share = np.clip(share, np.maximum(0, -difference), np.minimum(1, 1 - difference))
    return share + difference, share


def forecast_interval(
    value: float, errors: np.ndarray, *, noise: np.ndarray, periods: float, level: float = LEVEL
) -> tuple[float, float]:
    """Give the interval of a forecast from how far the same forecast was off in the past.

    Parameters
    ----------
    value
        What is forecast, above 0.
    errors
        Of past forecasts: the logarithm of what came over what was forecast. A bias is not taken out: it widens the
        interval, as it may go on or not.
    noise
        Their standard errors from sampling, which a lucky past is not believed to be below.
    periods
        How many of the past periods fit beside each other. Periods that overlap err alike, so they make the mean of
        squares steadier, but do not count as more.

    Notes
    -----
    Student's t with as many degrees of freedom as periods: one period gives 12.7 times its error, four 2.8 times.

    Examples
    --------
    >>> low, high = forecast_interval(100.0, np.array([0.1, -0.1, 0.1, -0.1]), noise=np.zeros(4), periods=4)
    >>> round(low), round(high)
    (76, 132)
    """
    off = np.sqrt(max(np.mean(np.square(errors)), np.mean(np.square(noise))))
    factor = np.exp(t.ppf(0.5 + level / 2, periods) * off)
    return float(value / factor), float(value * factor)


def mean_interval(value: float, influence: np.ndarray, *, level: float = LEVEL) -> tuple[float, float]:
    """Give the interval of a mean, or ratio, from what each customer contributes to its error, skewed as that is.

    Student's t, moved by the third moment of the contributions: an amount that a few customers decide has its interval
    further above the estimate than below.

    References
    ----------
    Hall (1992), On the Removal of Skewness by Transformation, Journal of the Royal Statistical Society B 54(1),
    221-228; Zhou and Dinh (2005), Nonparametric Confidence Intervals for the One- and Two-Sample Problems,
    Biostatistics 6(2), 187-200.

    Examples
    --------
    >>> low, high = mean_interval(1.0, np.array([-1.0, -1.0, -1.0, 3.0] * 25) / 100)
    >>> round(low, 2), round(high, 2)
    (0.68, 1.38)
    """
    error = float(np.sqrt(np.square(influence).sum()))
    if not error > 0:
        return value, value
    skew = float((influence**3).sum()) / error**3
    reach = float(t.ppf(0.5 + level / 2, max(len(influence) - 1, 1)))
    if abs(skew) < 1e-6:
        return value - reach * error, value + reach * error
    below, above = (3 / skew * (np.cbrt(1 + skew * (end - skew / 6)) - 1) for end in (reach, -reach))
    return float(value - below * error), float(value - above * error)


def difference_of_means(
    values: np.ndarray, treated: np.ndarray, weight: np.ndarray | None = None
) -> tuple[float, float, float]:
    """Give the mean of those whom lots treated less that of the others, with a 95% interval that knows skewness.

    Examples
    --------
    >>> values, treated = np.array([0.0, 0, 0, 40, 0, 0, 10, 0] * 50), np.arange(400) % 2 == 1
    >>> [round(end, 1) for end in difference_of_means(values, treated)]
    [7.5, 5.0, 10.0]
    """
    weight = np.ones(len(values)) if weight is None else weight
    means = [float(np.average(values[side], weights=weight[side])) for side in (treated, ~treated)]
    residuals = values - np.where(treated, *means)
    shares = [np.square(weight[side] * residuals[side]).sum() / weight[side].sum() ** 2 for side in (treated, ~treated)]
    few = [len(values[side]) / max(len(values[side]) - 1, 1) for side in (treated, ~treated)]
    error = float(np.sqrt(np.dot(shares, few)))
    below, above = reach_of_difference(residuals, treated, by_lot=True)
    found = means[0] - means[1]
    return found, found - below * error, found + above * error


def reach_of_difference(residuals: np.ndarray, treated: np.ndarray, *, by_lot: bool) -> tuple[float, float]:
    """Give how many standard errors the interval of a difference of means reaches below it, and above.

    Parameters
    ----------
    residuals, treated
        What is left of each customer's outcome, and on which side they are.
    by_lot
        Whether lots decided that: the residuals are then drawn to the sides anew; else Student's t (Welch).
    """
    n, m = int(treated.sum()), int((~treated).sum())
    if min(n, m) < 2:
        return Z, Z
    shares = [np.var(residuals[side], ddof=1) / size for side, size in ((treated, n), (~treated, m))]
    if not by_lot or len(residuals) > MANY or min(shares) <= 0:
        spread = shares[0] ** 2 / (n - 1) + shares[1] ** 2 / (m - 1)
        freedom = sum(shares) ** 2 / spread if spread > 0 else np.inf
        return (float(t.ppf(0.5 + LEVEL / 2, freedom)),) * 2
    drawn = np.sort(drawn_anew(residuals, m))
    at = round((DRAWS + 1) * (0.5 - LEVEL / 2))
    # as far as chance throws a difference upwards, the effect may lie below it
    return float(drawn[-at]), float(-drawn[at - 1])


def drawn_anew(residuals: np.ndarray, held: int) -> np.ndarray:
    """Draw so many to the control group anew, time after time: the difference of the means over its standard error.

    That knows the skewness of money, and holds in groups of any size where a treatment does nothing [1]_ [2]_.

    References
    ----------
    .. [1] Chung and Romano (2013), Exact and Asymptotically Robust Permutation Tests, Annals of Statistics 41(2),
       484-507.
    .. [2] ter Braak (1992), Permutation Versus Bootstrap Significance Tests in Multiple Regression and ANOVA, in
       Bootstrapping and Related Techniques, Springer, 79-85: residuals of the whole model are drawn.

    Examples
    --------
    >>> drawn = drawn_anew(np.array([0.0] * 50 + [1.0] * 50), 30)
    >>> len(drawn), bool(abs(np.median(drawn)) < 0.3)
    (599, True)
    """
    rng, size = np.random.default_rng(len(residuals)), len(residuals)
    sums, squares = [], []
    for _ in range(DRAWS):
        taken = residuals[rng.choice(size, held, replace=False, shuffle=False)]
        sums.append(taken.sum())
        squares.append(np.square(taken).sum())
    kept, of_kept, rest = np.array(sums), np.array(squares), size - held
    others, of_others = residuals.sum() - kept, np.square(residuals).sum() - of_kept
    noise = (of_others - others**2 / rest) / (rest - 1) / rest + (of_kept - kept**2 / held) / (held - 1) / held
    return (others / rest - kept / held) / np.sqrt(np.maximum(noise, np.finfo(float).tiny))


def percentiles(draws: np.ndarray, *, level: float = LEVEL) -> tuple[float, float]:
    """Give the percentile interval of resampled values; those that could not be computed are left out."""
    low, high = np.nanquantile(draws, [0.5 - level / 2, 0.5 + level / 2])
    return float(low), float(high)


def with_edges(share: Any, customers: Any, low: Any, high: Any, *, level: float = LEVEL) -> tuple[Any, Any]:
    """Give the interval of a share, or of a mean of values from 0 to 1: Wilson's where all of them are 0, or all 1.

    There, every resample is the same, and an interval of it has no width; but other customers may differ.

    Examples
    --------
    >>> low, high = with_edges(np.array([0.5, 1.0]), 20, np.array([0.3, 1.0]), np.array([0.7, 1.0]))
    >>> low.round(2).tolist(), high.tolist()
    ([0.3, 0.84], [0.7, 1.0])
    """
    is_edge = (np.asarray(share) == 0) | (np.asarray(share) == 1)
    lowest, highest = wilson(share * customers, customers, level=level)
    return np.where(is_edge, lowest, low), np.where(is_edge, highest, high)


def resample(customers: int, *, rounds: int = ROUNDS, seed: int) -> Iterator[np.ndarray]:
    """Draw as many customers with replacement, round by round: the positions of those drawn.

    Examples
    --------
    >>> [len(drawn) for drawn in resample(5, rounds=3, seed=1)]
    [5, 5, 5]
    """
    rng = np.random.default_rng(seed)
    for _ in range(rounds):
        yield rng.integers(customers, size=customers)


def resampled_counts(customers: int, *, rounds: int = ROUNDS, seed: int) -> Iterator[np.ndarray]:
    """Draw as `resample` does: how often each customer is drawn.

    Examples
    --------
    >>> [int(times.sum()) for times in resampled_counts(5, rounds=3, seed=1)]
    [5, 5, 5]
    """
    for drawn in resample(customers, rounds=rounds, seed=seed):
        yield np.bincount(drawn, minlength=customers)


def affordable_rounds(customers: int, rounds: int) -> int:
    """Give the rounds that are drawn of so many customers: fewer than asked where they are very many."""
    return min(rounds, max(50, 40_000_000 // customers))


def in_order(first: pd.Series, second: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Give the lower and the higher of two bounds: more responses that cost more than they bring lose more.

    Examples
    --------
    >>> low, high = in_order(pd.Series([1.0, -1.0]), pd.Series([2.0, -2.0]))
    >>> low.tolist(), high.tolist()
    ([1.0, -2.0], [2.0, -1.0])
    """
    return first.where(~(first > second), second), second.where(~(first > second), first)


def compare_intervals(low: float, high: float, other_low: float, other_high: float) -> str:
    """Say whether an estimate is ``more`` or ``less`` than another, or the ``same`` where their intervals overlap.

    Examples
    --------
    >>> compare_intervals(2, 3, 0, 1), compare_intervals(0, 1, 2, 3), compare_intervals(0, 2, 1, 3)
    ('more', 'less', 'same')
    """
    if low > other_high:
        return "more"
    return "less" if high < other_low else "same"


def clear_of_zero(estimates: pd.DataFrame, name: str, *, level: float = LEVEL) -> pd.Series:
    """Say which of several estimates differ from zero: 1 above, -1 below, 0 neither (Holm).

    Parameters
    ----------
    estimates
        One row per estimate, with ``<name>``, and ``<name>_low, <name>_high`` of its interval: the side towards zero
        counts.
    name
        What is estimated.
    level
        Of the intervals, and of all the answers together.

    Examples
    --------
    >>> found = pd.DataFrame({"gain": [3.0, 2.1, -9.0], "gain_low": [1.0, 0.1, -11.0], "gain_high": [5.0, 4.1, -7.0]})
    >>> clear_of_zero(found, "gain").tolist(), clear_of_zero(found[1:2], "gain").tolist()
    ([1, 1, -1], [1])
    """
    value, low, high = (estimates[f"{name}{end}"] for end in ("", "_low", "_high"))
    error = (value - low).where(value > 0, high - value) / norm.ppf(0.5 + level / 2)
    known = estimates[name].notna() & (error > 0)
    sides = pd.Series(0, index=estimates.index)
    if known.any():
        chances = 2 * norm.sf((estimates[name] / error)[known].abs())
        sides[known] = np.sign(estimates[name][known]).astype(int) * clear_of_chance(chances, level=level)
    return sides


def clear_of_chance(p_values: Sequence[float] | np.ndarray, *, level: float = LEVEL) -> np.ndarray:
    """Say which of several tests reject, at a level of all of them together (Holm 1979).

    That of statsmodels collects the garbage of the whole process at every call, which takes longer than many a finding.

    Examples
    --------
    >>> clear_of_chance([0.04, 0.001, 0.03, 0.01]).tolist()
    [False, True, False, True]
    """
    order = np.argsort(p_values)
    is_small = np.asarray(p_values, dtype=float)[order] <= (1 - level) / np.arange(len(order), 0, -1)
    found = np.zeros(len(order), dtype=bool)
    found[order] = np.logical_and.accumulate(is_small)
    return found
