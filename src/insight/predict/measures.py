"""How good a score is: ranking, calibration and lift, each with an interval from resampled customers."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import t

from insight.intervals import LEVEL, ROUNDS, Z, affordable_rounds, percentiles, resampled_counts, wilson, with_edges

TOP = 0.1


def auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Give the chance that one who churned has a higher score than one who stayed; ties count half.

    Parameters
    ----------
    labels
        1 for those who churned, 0 for those who stayed; or the true chance of each, for the AUC that is expected.
    scores
        Higher means more likely to leave.

    Examples
    --------
    >>> auc(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))
    0.75
    >>> auc(np.array([0.5, 0.5]), np.array([2, 1]))
    0.5
    """
    return rank_once(labels, scores)(np.ones(len(labels)))


def rank_once(labels: np.ndarray, scores: np.ndarray) -> Callable[[np.ndarray], float]:
    """Rank once; the AUC for any number of times that each customer counts. NaN with one class only."""
    levels, place = np.unique(scores, return_inverse=True)

    def ranked(times: np.ndarray) -> float:
        left = np.bincount(place, times * labels, minlength=len(levels))
        stayed = np.bincount(place, times * (1 - labels), minlength=len(levels))
        pairs = left.sum() * stayed.sum()
        return float((left * (stayed.cumsum() - stayed / 2)).sum() / pairs) if pairs else float("nan")

    return ranked


def compare_scores(labels: pd.Series, scores: pd.DataFrame, *, against: str, seed: int) -> pd.DataFrame:
    """Measure several scores on the same customers, and their distance from one of them.

    Parameters
    ----------
    labels
        1 for those who churned, 0 for those who stayed.
    scores
        One column per score; higher means more likely to leave.
    against
        The column that the others are measured against, on the same resampled customers.
    seed
        Start of the resampling.

    Returns
    -------
    DataFrame
        One row per score: ``auc, low, high``; ``auc_gap`` (AUC of ``against`` less this one)
        with ``auc_gap_low, auc_gap_high``; ``recall`` (share of those who churned among the tenth
        with the highest scores) and ``lift`` (that over the tenth); ``beats``, the scores whose AUC is lower by an
        interval above zero.
    """
    y = labels.to_numpy()
    rankers = [rank_once(y, scores[name].to_numpy()) for name in scores]
    measured = np.array([ranked(np.ones(len(y))) for ranked in rankers])
    drawn = np.array([[ranked(times) for ranked in rankers] for times in resampled_counts(len(y), seed=seed)])
    first, fewest = list(scores).index(against), min(y.sum(), len(y) - y.sum())
    rows = []
    for place, name in enumerate(scores):
        recall = float(np.interp(TOP, *gains(y, scores[name].to_numpy())))
        rows.append(
            {
                "score": name,
                "auc": measured[place],
                # where all are ranked right, every resample is: as many could have been wrong as there are of either
                **_named("", with_edges(measured[place], fewest, *percentiles(drawn[:, place]))),
                "auc_gap": measured[first] - measured[place],
                **_named("auc_gap_", percentiles(drawn[:, first] - drawn[:, place])),
                "recall": recall,
                "lift": recall / TOP,
                "beats": {
                    other
                    for at, other in enumerate(scores)
                    if at != place and percentiles(drawn[:, place] - drawn[:, at])[0] > 0
                },
            }
        )
    return pd.DataFrame(rows).set_index("score")


def _named(prefix: str, bounds: tuple[Any, Any]) -> dict[str, float]:
    return {f"{prefix}{end}": float(bound) for end, bound in zip(("low", "high"), bounds, strict=True)}


def gains(labels: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the share of those who churned that is found in so great a share of customers, highest scores first.

    Customers with the same score lie on one straight line, so their order plays no part.

    Examples
    --------
    >>> customers, found = gains(np.array([1, 0, 1, 0]), np.array([0.9, 0.2, 0.9, 0.2]))
    >>> customers.tolist(), found.tolist()
    ([0.0, 0.5, 1.0], [0.0, 1.0, 1.0])
    """
    _, place = np.unique(-scores, return_inverse=True)
    customers = np.bincount(place).cumsum() / len(labels)
    found = np.bincount(place, labels).cumsum() / labels.sum()
    return np.append(0.0, customers), np.append(0.0, found)


def reliability(labels: pd.Series, probabilities: pd.Series, *, groups: int = 10) -> pd.DataFrame:
    """Compare what was predicted with what came, in equally large groups of rising prediction.

    Returns
    -------
    DataFrame
        ``customers, predicted`` (mean), ``observed`` (share that left), ``low, high`` (95%, Wilson).

    Examples
    --------
    >>> came = pd.Series([0, 0, 1, 1])
    >>> reliability(came, pd.Series([0.1, 0.3, 0.6, 0.8]), groups=2)[["predicted", "observed"]]
       predicted  observed
    0        0.2       0.0
    1        0.7       1.0
    """
    order = np.argsort(probabilities.to_numpy(), kind="stable")
    rows = []
    for part in np.array_split(order, min(groups, len(order))):
        left, customers = int(labels.iloc[part].sum()), len(part)
        predicted = float(probabilities.iloc[part].mean())
        rows.append((customers, predicted, left / customers, *wilson(left, customers)))
    return pd.DataFrame(rows, columns=["customers", "predicted", "observed", "low", "high"])


def bias_of(labels: pd.Series, probabilities: pd.Series) -> str:
    """Say whether probabilities are too ``high`` or ``low`` on average, beyond the share's interval, or ``calibrated``.

    Examples
    --------
    >>> bias_of(pd.Series([0, 0, 0, 1] * 25), pd.Series([0.6] * 100))
    'high'
    """
    low, high = wilson(int(labels.sum()), len(labels))
    mean = float(probabilities.mean())
    return "high" if mean > high else "low" if mean < low else "calibrated"


def brier(labels: pd.Series, probabilities: pd.Series | float) -> float:
    """Give the mean squared distance of a probability from what came; lower is better.

    Examples
    --------
    >>> round(brier(pd.Series([0, 1]), pd.Series([0.2, 0.6])), 3)
    0.1
    """
    return float(((labels - probabilities) ** 2).mean())


def error_removed(labels: pd.Series, probabilities: pd.Series, constant: float) -> tuple[float, float]:
    """Give the 95% interval of the share of the Brier score of one ``constant`` probability that others remove.

    Notes
    -----
    A ratio of means over customers: its error is that of the customers' shares of it (delta method).

    Examples
    --------
    >>> came = pd.Series([0, 0, 0, 1] * 50)
    >>> low, high = error_removed(came, came * 0.5 + 0.2, 0.25)
    >>> low < 1 - brier(came, came * 0.5 + 0.2) / brier(came, 0.25) < high
    True
    """
    squares, without = (labels - probabilities) ** 2, (labels - constant) ** 2
    ratio, customers = squares.mean() / without.mean(), len(labels)
    error = float((squares - ratio * without).std(ddof=1) / without.mean() / np.sqrt(customers))
    half = float(t.ppf(0.5 + LEVEL / 2, customers - 1)) * error
    return 1 - float(ratio) - half, 1 - float(ratio) + half


class Mean(NamedTuple):
    """A mean over customers with its 95% interval."""

    value: float
    low: float
    high: float


def mean_with_bounds(values: pd.Series) -> Mean:
    """Give the mean over customers, and the 95% interval of it.

    Examples
    --------
    >>> mean, low, high = mean_with_bounds(pd.Series([1.0, 2.0, 3.0]))
    >>> mean, round(low, 2), round(high, 2)
    (2.0, -0.48, 4.48)
    """
    mean, half = float(values.mean()), float(values.sem() * t.ppf(0.5 + LEVEL / 2, max(len(values) - 1, 1)))
    return Mean(mean, mean - half, mean + half)


class Correlation(NamedTuple):
    """A correlation with its 95% interval."""

    value: float
    low: float
    high: float

    @property
    def ranks(self) -> bool:
        """Whether it orders better than chance, in the right direction."""
        return self.low > 0


def rank_correlation(predicted: pd.Series, actual: pd.Series) -> Correlation:
    """Give Spearman's rank correlation with its 95% interval; NaN where one of both is the same for everyone.

    Notes
    -----
    Fisher's transformation with the standard error of Fieller, Hartley and Pearson (1957), Tests for Rank Correlation
    Coefficients I, Biometrika 44.

    Examples
    --------
    >>> falling = rank_correlation(pd.Series(range(50)), pd.Series(range(50, 0, -1)) % 40)
    >>> falling.value < 0, falling.ranks
    (True, False)
    """
    value = float(predicted.corr(actual, method="spearman"))
    half = Z * np.sqrt(1.06 / max(len(actual) - 3, 1))
    middle = np.arctanh(np.clip(value, -1 + 1e-12, 1 - 1e-12))
    return Correlation(value, float(np.tanh(middle - half)), float(np.tanh(middle + half)))


def measure_scores(labels: pd.Series, probabilities: pd.DataFrame, *, groups: np.ndarray, seed: int) -> pd.DataFrame:
    """Measure probabilities on the same customers, each with its 95% interval from resampled groups of rows.

    Parameters
    ----------
    labels
        1 for those who left, 0 for those who stayed.
    probabilities
        One column per model.
    groups
        Rows of one group are drawn together.
    seed
        Start of the resampling.

    Returns
    -------
    DataFrame
        One row per model: ``auc``, ``precision`` (average precision), ``lift`` (of the tenth with the highest
        probability), ``brier``, ``calibration`` (mean distance of predicted from observed share over tenths), each with
        ``_low`` and ``_high``.
    """
    y, (_, place) = labels.to_numpy(dtype=float), np.unique(groups, return_inverse=True)
    measures = {name: _measurer(y, probabilities[name].to_numpy(dtype=float)) for name in probabilities}
    rounds = affordable_rounds(len(y) * 4, ROUNDS)
    counts = [times[place].astype(float) for times in resampled_counts(int(place.max()) + 1, rounds=rounds, seed=seed)]
    rows = {}
    for name, measure in measures.items():
        whole, drawn = measure(np.ones(len(y))), np.array([measure(times) for times in counts])
        # by chance alone each tenth is off, and in resamples by twice as much: that much is taken out
        drawn[:, -1] = np.maximum(drawn[:, -1] - np.nanmean(drawn[:, -1]) + whole[-1], 0)
        bounds = [percentiles(drawn[:, at]) for at in range(drawn.shape[1])]
        rows[name] = {
            f"{what}{end}": value
            for what, value, bound in zip(MEASURED, whole, bounds, strict=True)
            for end, value in (("", value), ("_low", bound[0]), ("_high", bound[1]))
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("score")


MEASURED = ("auc", "precision", "lift", "brier", "calibration")


def _measurer(y: np.ndarray, probability: np.ndarray) -> Callable[[np.ndarray], tuple[float, ...]]:
    """Sort once; the measures for any number of times that each row counts."""
    ranked, order = rank_once(y, probability), np.argsort(-probability, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(probability[order]) != 0, True))
    tenths = 10 - np.searchsorted(np.quantile(probability, np.arange(1, 10) / 10), probability, side="right")

    def measured(times: np.ndarray) -> tuple[float, ...]:
        weight, left = times[order], (times * y)[order]
        seen, found = weight.cumsum()[ends], left.cumsum()[ends]
        whole, rate = found[-1], found[-1] / seen[-1]
        precision = (
            float((np.diff(found, prepend=0) * found / np.maximum(seen, 1e-9)).sum() / whole) if whole else np.nan
        )
        lift = float(np.interp(TOP * seen[-1], np.append(0, seen), np.append(0, found)) / (TOP * seen[-1]) / rate)
        off = np.bincount(tenths, times * (y - probability), minlength=11)
        error = float((times * (y - probability) ** 2).sum() / seen[-1])
        return ranked(times), precision, lift if whole else np.nan, error, float(np.abs(off).sum() / seen[-1])

    return measured
