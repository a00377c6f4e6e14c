"""What all customers together are expected to spend, how sure that is, and on whom it rests."""

from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from insight.errors import Unavailable, unless_unavailable
from insight.predict.value.precision import information, scores, slopes_of
from insight.predict.value.purchases import Purchasing
from insight.predict.value.value import Spending, ValueModel, predict_value

_NEGLIGIBLE = 1e-6


@dataclass(frozen=True)
class Total:
    """The expected net spend of all customers, with its 95% interval."""

    value: float
    low: float
    high: float


@unless_unavailable
def expected_total(model: ValueModel, histories: pd.DataFrame, *, days: int) -> Total | Unavailable:
    """Add up what customers are expected to spend over the next ``days``.

    Parameters
    ----------
    model
        Fitted on ``histories``.
    histories
        As :func:`insight.predict.histories.summarise_histories` makes them.

    Returns
    -------
    Total or Unavailable
        ``unsure`` where the parameters are so loosely known that there is no interval.

    Notes
    -----
    The interval says how much the total depends on which customers were seen: what resampling
    them and fitting both models anew each time would give, in one step (the infinitesimal
    jackknife [1]_). That the future differs from the past it does not say; the days kept back do.

    References
    ----------
    .. [1] Efron (1982), The Jackknife, the Bootstrap and Other Resampling Plans, chapter 6.
    """

    def values(changed: ValueModel) -> np.ndarray:
        return predict_value(changed, histories, days=days)["expected_value"].to_numpy()

    each = values(model)
    influence = each.copy()
    for part in (model.purchasing, model.spending):
        if part is not None:
            influence += _through_parameters(part, model, histories, lambda changed: values(changed).sum())
    total = float(each.sum())
    half = 1.96 * float(np.sqrt(len(each)) * influence.std())
    if not np.isfinite([total, half]).all():
        return Unavailable("value", "unsure")
    return Total(total, max(0.0, total - half), total + half)


def _through_parameters(
    part: Purchasing | Spending,
    model: ValueModel,
    histories: pd.DataFrame,
    total: Callable[[ValueModel], float],
) -> np.ndarray:
    """Say how far each customer moves the total by moving the parameters of one of the two models."""
    name = "purchasing" if isinstance(part, Purchasing) else "spending"

    def moved(logs: np.ndarray) -> float:
        changed: dict[str, Any] = {name: type(part)(*np.exp(logs))}
        return total(replace(model, **changed))

    logs = np.log(astuple(part))
    # directions along which the likelihood is flat move nothing: they are left out of the inverse
    inverse = np.linalg.pinv(information(part, histories), rcond=_NEGLIGIBLE, hermitian=True)
    return (slopes_of(moved, logs) @ inverse) @ scores(part, logs, histories)


def concentration(values: pd.Series) -> pd.DataFrame:
    """Give the part of the whole that is ``held`` by each ``share`` of customers, the most valuable first.

    Examples
    --------
    >>> curve = concentration(pd.Series([80.0, 5.0, 5.0, 5.0, 5.0]))
    >>> curve.loc[[20, 60], "held"].round(3).tolist()
    [0.8, 0.9]
    """
    held = np.append(0.0, values.sort_values(ascending=False).cumsum() / values.sum())
    shares = np.linspace(0, 1, 101)
    return pd.DataFrame({"share": shares, "held": np.interp(shares, np.linspace(0, 1, len(held)), held)})


def share_of_top(values: pd.Series, *, top: float = 0.2) -> float:
    """Give the share of the whole that the most valuable customers hold.

    Examples
    --------
    >>> share_of_top(pd.Series([80.0, 5.0, 5.0, 5.0, 5.0]))
    0.8
    """
    best = max(1, round(top * len(values)))
    return float(values.nlargest(best).sum() / values.sum())
