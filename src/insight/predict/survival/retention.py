"""Retention of cohorts in closed form: the shifted beta-geometric law, forecast for months that were held back.

Each customer leaves with a chance of their own each period, the same in every period; over customers these chances
have a beta distribution. So those likely to leave go first, and a cohort's retention rises with its age.

References
----------
Fader and Hardie (2007), How to Project Customer Retention, Journal of Interactive Marketing 21(1), 76-90.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import betaln

from insight.errors import Unavailable, unless_unavailable
from insight.intervals import percentiles
from insight.predict.survival.curves import over
from insight.predict.uplift.months import Months

HELD = 6  # months held back at the end
FEWEST, FEWEST_LEFT = 100, 30  # customers of the cohorts, and those of them who left before
ROUNDS = 500  # laws drawn for an interval
_MOST = 1e5


@dataclass(frozen=True)
class Law:
    """The shifted beta-geometric law: ``alpha`` and ``beta`` of the chances to leave in a period."""

    alpha: float
    beta: float

    def staying(self, periods: np.ndarray) -> np.ndarray:
        """Give the share that is still there after so many periods.

        Examples
        --------
        >>> Law(1.0, 1.0).staying(np.array([0, 1, 2])).round(3).tolist()
        [1.0, 0.5, 0.333]
        """
        return np.exp(betaln(self.alpha, self.beta + periods) - betaln(self.alpha, self.beta))

    def retention(self, periods: np.ndarray) -> np.ndarray:
        """Give the share of those there after one period less that stays on: 1 for the first period."""
        return (self.beta + periods - 1) / (self.alpha + self.beta + periods - 1)


def counts_of(ages: np.ndarray, left: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count by age in periods those who left in it, and those who were still there when last seen at it."""
    most = int(ages.max()) + 1
    whole = ages.astype(int)
    return np.bincount(whole[left], minlength=most), np.bincount(whole[~left], minlength=most)


def _loss(logs: np.ndarray, lost: np.ndarray, seen: np.ndarray) -> float:
    law, ages = Law(*np.exp(logs)), np.arange(len(lost))
    stays = np.maximum(law.staying(ages), 1e-300)
    chance = np.maximum(stays[:-1] - stays[1:], 1e-300)
    return -float((lost[1:] * np.log(chance)).sum() + (seen * np.log(stays)).sum())


def fit(lost: np.ndarray, seen: np.ndarray) -> Law | Unavailable:
    """Fit the law by maximum likelihood.

    Parameters
    ----------
    lost
        By age in periods, from 0 (nobody): customers who left in the period.
    seen
        By age: customers still there when that age was the last one seen.

    Returns
    -------
    Law or Unavailable
        ``law`` where the likelihood has no maximum: all are alike, so that chances do not differ.
    """
    periods = (lost + seen) @ np.arange(len(lost))
    starts = [np.log([1.0, max(periods / max(lost.sum(), 1), 1e-3)]), np.zeros(2)]
    how = {"xatol": 1e-7, "fatol": 1e-9, "maxiter": 4_000}
    tried = [minimize(_loss, start, args=(lost, seen), method="Nelder-Mead", options=how) for start in starts]
    law = Law(*map(float, np.exp(min(tried, key=lambda found: found.fun).x)))
    return law if max(law.alpha, law.beta) < _MOST else Unavailable("survival", "law")


def _uncertain(law: Law, lost: np.ndarray, seen: np.ndarray, rng: np.random.Generator) -> list[Law]:
    """Draw laws that the data do not rule out: normal in the logarithms, by the curvature of the likelihood."""
    at, step = np.log([law.alpha, law.beta]), 1e-3
    moved = np.array([[step, 0], [0, step]])
    bent = np.array(
        [
            [
                sum(
                    first * second * _loss(at + first * one + second * other, lost, seen)
                    for first in (1, -1)
                    for second in (1, -1)
                )
                for other in moved
            ]
            for one in moved
        ]
    )
    spread = np.linalg.pinv(bent / (4 * step**2), hermitian=True)
    return [Law(*np.exp(drawn)) for drawn in rng.multivariate_normal(at, spread, size=ROUNDS, check_valid="ignore")]


@dataclass(frozen=True)
class Retained:
    """A forecast of how many leave in the months held back, and what came.

    Attributes
    ----------
    law
        Fitted before these months.
    months
        A row per month held back: ``month`` (1 is the first), ``came``, ``expected``, ``constant``, and the 95%
        interval of what was to come: ``low, high``.
    customers, left
        Of the cohorts that began within the data, and those of them who had left before.
    """

    law: Law
    months: pd.DataFrame
    customers: int
    left: int

    @property
    def error(self) -> float:
        """Give how far the forecast of all months held back was off, as a share of what came."""
        return float(self.months["expected"].sum() / self.months["came"].sum() - 1)

    @property
    def constant_error(self) -> float:
        """Give the same of one rate of leaving for all ages."""
        return float(self.months["constant"].sum() / self.months["came"].sum() - 1)

    @property
    def total(self) -> pd.Series:
        """Add the months up: ``came, expected, constant``."""
        return self.months[["came", "expected", "constant"]].sum()


@unless_unavailable
def forecast(panel: Months, *, as_of: date, held: int = HELD, seed: int) -> Retained | Unavailable:
    """Forecast who closes in the last months from the cohorts that began within the data, known up to these months.

    Returns
    -------
    Retained or Unavailable
        ``short`` with fewer than 100 such customers, or 30 of them who closed before; ``law``, see `fit`.

    Notes
    -----
    Cohorts that began before the data do not count: of these, only who stayed is known. The interval draws
    laws that the data do not rule out, and who leaves by them.
    """
    if not {"opening", "closing"} <= set(panel.began):
        return Unavailable("survival", "short")
    opening, closing, cut = panel.began["opening"], panel.began["closing"], over(panel, as_of) - held
    began = (opening >= panel.first) & (opening < cut)
    opened, closed = opening[began], closing[began]
    before = closed < cut
    if len(opened) < FEWEST or before.sum() < FEWEST_LEFT:
        return Unavailable("survival", "short")
    ages = np.where(before, closed - opened + 1, cut - opened)
    rng = np.random.default_rng(seed)
    lost, seen = counts_of(ages, before)
    law = fit(lost, seen)
    if isinstance(law, Unavailable):
        return law
    there, rate = ages[~before], before.sum() / ages.sum()
    steps = np.arange(1, held + 1)
    came = np.array([((closed == cut + step - 1) & ~before).sum() for step in steps])
    expected = _leaving(law, there, held)
    constant = len(there) * ((1 - rate) ** (steps - 1) - (1 - rate) ** steps)
    drawn = [rng.poisson(_leaving(one, there, held)) for one in _uncertain(law, lost, seen, rng)]
    bounds = np.array([percentiles(month) for month in np.array(drawn, dtype=float).T])
    months = pd.DataFrame(
        {
            "month": steps,
            "came": came,
            "expected": expected,
            "constant": constant,
            "low": bounds[:, 0],
            "high": bounds[:, 1],
        }
    )
    return Retained(law, months, len(opened), int(before.sum()))


def _leaving(law: Law, there: np.ndarray, held: int) -> np.ndarray:
    """Give how many are expected to leave in each of the coming periods, of those who are there at their ages."""
    ages, customers = np.unique(there, return_counts=True)
    stays = law.staying(ages[:, None] + np.arange(held + 1)) / law.staying(ages)[:, None]
    return (customers[:, None] * -np.diff(stays, axis=1)).sum(axis=0)
