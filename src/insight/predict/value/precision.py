"""How precisely the purchase and spend models are known: standard errors from the curvature of the likelihood."""

from collections.abc import Callable
from dataclasses import asdict, astuple, dataclass

import numpy as np
import pandas as pd

from insight.errors import unless_unavailable
from insight.predict.value.pareto import Pareto
from insight.predict.value.purchases import Law, Modified, Purchasing, log_likelihoods
from insight.predict.value.value import Spending, ValueModel, spend_log_likelihoods

_STEP = 1e-3
_LIKELIHOODS: dict[type, Callable[..., np.ndarray]] = {
    Purchasing: log_likelihoods,
    Modified: log_likelihoods,
    Pareto: log_likelihoods,
    Spending: spend_log_likelihoods,
}


@dataclass(frozen=True)
class Estimate:
    """An estimate with its standard error; infinite where the likelihood is flat."""

    value: float
    error: float


@unless_unavailable
def estimates(model: ValueModel, histories: pd.DataFrame) -> dict[str, Estimate]:
    """Estimate the parameters of both models and what they mean, each with its standard error.

    Parameters
    ----------
    model
        Fitted on ``histories``.
    histories
        As :func:`insight.predict.histories.summarise_histories` makes them.

    Returns
    -------
    dict
        ``r, alpha, a, b`` (Pareto/NBD: ``r, alpha, s, beta``), ``rate`` (mean purchases a week) and ``leaving`` (mean
        probability to leave before the next purchase); with a spend model also ``p, q, gamma`` and ``spend`` (mean per
        purchase).
    """
    found = _with_errors(model.purchasing, histories, lambda part: {"rate": part.rate, "leaving": part.leaving})
    if model.spending is not None:
        found |= _with_errors(model.spending, histories, lambda part: {"spend": part.mean})
    return found


@unless_unavailable
def as_table(found: dict[str, Estimate]) -> pd.DataFrame:
    """Lay estimates out with their standard errors, one row each, both to three significant figures."""
    rows = [(name, float(f"{each.value:.3g}"), float(f"{each.error:.3g}")) for name, each in found.items()]
    return pd.DataFrame(rows, columns=["quantity", "value", "error"])


def _with_errors(
    part: Law | Spending, histories: pd.DataFrame, meaning: Callable[..., dict[str, float]]
) -> dict[str, Estimate]:
    def quantities(logs: np.ndarray) -> np.ndarray:
        changed = type(part)(*np.exp(logs))
        return np.array([*asdict(changed).values(), *meaning(changed).values()])

    slopes = slopes_of(quantities, np.log(astuple(part)))
    names, values = [*asdict(part), *meaning(part)], [*astuple(part), *meaning(part).values()]
    try:
        spread = np.einsum("in,ij,jn->n", slopes, np.linalg.inv(information(part, histories)), slopes)
    except np.linalg.LinAlgError:
        spread = np.full(len(names), np.nan)
    errors = np.where(spread > 0, np.sqrt(np.abs(spread)), np.inf)
    return {name: Estimate(value, float(error)) for name, value, error in zip(names, values, errors, strict=True)}


def information(part: Law | Spending, histories: pd.DataFrame) -> np.ndarray:
    """Give the observed information about the logarithms of a model's parameters: minus the curvature."""
    curvature = slopes_of(lambda at: scores(part, at, histories).sum(axis=1), np.log(astuple(part)))
    return -(curvature + curvature.T) / 2


def scores(part: Law | Spending, logs: np.ndarray, histories: pd.DataFrame) -> np.ndarray:
    """Give the slopes of each customer's log likelihood in the logarithms of the parameters, one row a parameter."""
    return slopes_of(lambda at: _LIKELIHOODS[type(part)](type(part)(*np.exp(at)), histories), logs)


def slopes_of(function: Callable[[np.ndarray], np.ndarray | float], at: np.ndarray) -> np.ndarray:
    """Differentiate by central differences; one row per parameter."""
    steps = _STEP * np.eye(len(at))
    return np.array([(function(at + step) - function(at - step)) / (2 * _STEP) for step in steps])
