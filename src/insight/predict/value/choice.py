"""Which purchase model a business is predicted with: the one that was nearest on days before those kept back."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from insight.errors import Unavailable, unless_unavailable
from insight.predict.histories import WEEK, summarise_histories
from insight.predict.value.pareto import fit_pareto
from insight.predict.value.purchases import (
    Law,
    Modified,
    Purchasing,
    chance_silent,
    count_patterns,
    expected_purchases,
    fit_purchasing,
    log_likelihood,
)

LAWS = MBG, PARETO, BG = ("mbg", "pareto", "bg")
#: In BG/NBD whoever bought once is alive for certain: it is compared, and not used.
IN_USE = (MBG, PARETO)
_UNFITTED = (False, np.nan, np.nan, np.nan)  # the row of a law that does not converge


def fit_law(name: str, patterns: pd.DataFrame) -> Law | None:
    """Fit one of :data:`LAWS`; ``None`` where it does not converge."""
    if name == PARETO:
        return fit_pareto(patterns)
    return fit_purchasing(patterns, kind=Modified if name == MBG else Purchasing)


def likely_purchases(expected: np.ndarray, silent: np.ndarray) -> np.ndarray:
    """Give the number of purchases that is nearest to most like them: none, where silence is likelier than not.

    An absolute error is least at the median, and not at the mean, which a few heavy buyers pull up. Up to a half of
    silence the median is 0 exactly; where purchases are likelier, it lies near the mean.

    Examples
    --------
    >>> likely_purchases(np.array([0.4, 3.0]), np.array([0.7, 0.1])).tolist()
    [0.0, 3.0]
    """
    return np.where(silent > 0.5, 0.0, expected)


@dataclass(frozen=True)
class Choice:
    """The purchase model in use, and how each did on the days that chose it.

    Parameters
    ----------
    law
        One of :data:`IN_USE`.
    tried
        By law: ``converged``, ``likelihood`` (log, in calibration), ``total_error`` (of purchases, signed share) and
        ``missed`` (mean absolute error per customer, by the likely number); missing where it did not converge.
    cut
        Last day that they were fitted on.
    days
        Days after it on which they were compared.
    """

    law: str
    tried: pd.DataFrame
    cut: date
    days: int

    @property
    def correction(self) -> float:
        """What came over what the model in use expected: its own error, as a factor."""
        return float(1 / (1 + self.tried.loc[self.law, "total_error"]))


def law(choice: Choice | Unavailable) -> str:
    """Name the law in use; MBG/NBD where no days could choose."""
    return choice.law if choice else MBG


def inner_days(known: int, *, days: int) -> int:
    """Give the days before a cut to choose on: as many as are forecast, at most half of what is known then.

    Examples
    --------
    >>> inner_days(700, days=90), inner_days(273, days=273)
    (90, 136)
    """
    return min(days, known // 2)


@unless_unavailable
def choose_law(daily: ibis.Table, *, first_on: date | None, cut: date, days: int) -> Choice | Unavailable:
    """Choose the purchase model on days up to a cut: what comes after it plays no part.

    Parameters
    ----------
    daily
        As :func:`insight.predict.histories.daily_spend` makes it.
    first_on
        Day of the first purchase.
    cut
        Last day that may be looked at.
    days
        Days ahead that are to be predicted from there.

    Returns
    -------
    Choice or Unavailable
        ``unfitted`` where neither of the models that may be used converges on the earlier days and at the cut, or
        nothing came.
    """
    known = 0 if first_on is None else (cut - first_on).days + 1
    back = inner_days(known, days=days)
    if back < WEEK:
        return Unavailable("value", "unfitted")
    earlier = cut - timedelta(days=back)
    histories = summarise_histories(daily, cut=earlier, ahead_days=back)
    if not histories["purchases_later"].sum():
        return Unavailable("value", "unfitted")
    tried = compare_laws(histories, days=back)
    whole = count_patterns(summarise_histories(daily, cut=cut))
    for name in tried.loc[list(IN_USE), "missed"].dropna().sort_values(kind="stable").index:
        if fit_law(name, whole):
            return Choice(name, tried, earlier, back)
        tried.loc[name] = _UNFITTED
    return Unavailable("value", "unfitted")


def compare_laws(histories: pd.DataFrame, *, days: int) -> pd.DataFrame:
    """Fit every law on histories, and compare what it expects of the ``days`` after with what came, one row each."""
    patterns = count_patterns(histories)
    rows = {name: _judge(fit_law(name, patterns), patterns, histories, days) for name in LAWS}
    names = ["converged", "likelihood", "total_error", "missed"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=names).rename_axis("law")


def _judge(
    law: Law | None, patterns: pd.DataFrame, histories: pd.DataFrame, days: int
) -> tuple[bool, float, float, float]:
    if law is None:
        return _UNFITTED
    came, weeks = histories["purchases_later"].to_numpy(dtype=float), days / WEEK
    expected = expected_purchases(law, histories, weeks=weeks)
    likely = likely_purchases(expected, chance_silent(law, histories, weeks=weeks))
    off = expected.sum() / came.sum() - 1 if came.sum() else np.nan
    return True, log_likelihood(law, patterns), float(off), float(np.abs(likely - came).mean())
