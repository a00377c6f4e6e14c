"""Contacted customers against comparable ones: weights by overlap, adjustment, interval, balance.

Everyone is weighted by how likely they were to be on the other side (overlap weights [1]_): a
contacted customer by the probability of not being contacted, another by that of being contacted.
Both sides then agree exactly in the mean of everything that the probability was estimated from, and
nobody without a counterpart counts. A regression on the same variables adjusts for what is left.

Money is skewed: a few customers spend most, and a small control group holds few of them. Where its mean is low its
spread is, too, so that normal intervals say too often that contacts add something. Where lots decided who was
contacted, the interval therefore asks how far the difference, over its own error, comes to lie off when the residuals
are drawn to the sides anew (`insight.intervals.drawn_anew`).

References
----------
.. [1] Li, Morgan and Zaslavsky (2018), Balancing Covariates via Propensity Score Weighting, Journal
   of the American Statistical Association 113(521), 390-400.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from insight.intervals import reach_of_difference

Z = 1.959963984540054  # normal quantile of 97.5%
_RIDGE = 1e-6  # keeps the coefficients finite where the data separate the two sides
_STEPS = 50


@dataclass(frozen=True)
class Comparison:
    """Difference between contacted and comparable customers, with its error.

    Parameters
    ----------
    effect
        Difference of the adjusted means.
    influence
        What each customer contributes to the error of ``effect``; the standard error is the root
        of the sum of their squares.
    weights
        Overlap weights.
    residual_sd
        Spread of the outcome that is left after the adjustment.
    below, above
        How many standard errors the 95% interval reaches below the effect, and above it.
    """

    effect: float
    influence: pd.Series
    weights: pd.Series
    residual_sd: float
    below: float = Z
    above: float = Z

    @property
    def error(self) -> float:
        """Standard error of the effect."""
        return float(np.sqrt((self.influence**2).sum()))

    @property
    def interval(self) -> tuple[float, float]:
        """Give the 95% interval of the effect."""
        return self.effect - self.below * self.error, self.effect + self.above * self.error


def compare(outcome: pd.Series, contacted: pd.Series, traits: pd.DataFrame, *, by_lot: bool = False) -> Comparison:
    """Estimate the difference in outcome between contacted and comparable customers.

    Parameters
    ----------
    outcome, contacted, traits
        One row per customer: what happened, whether they were contacted, what was known before.
    by_lot
        Whether lots decided who was contacted and who held out.

    Examples
    --------
    Everyone spends what they spent before, the contacted 2 more:

    >>> before = pd.DataFrame({"spend": [1.0, 2, 3, 4, 5, 6]})
    >>> contacted = pd.Series([False, True, False, True, False, True])
    >>> round(compare(before["spend"] + 2 * contacted, contacted, before).effect, 6)
    2.0
    """
    treated = contacted.to_numpy(float)
    design = design_matrix(traits)
    propensity = propensity_scores(treated, design)
    weights = np.where(treated == 1, 1 - propensity, propensity)
    columns = np.column_stack([treated, design])
    inverse = np.linalg.pinv((columns * weights[:, None]).T @ columns)
    values = outcome.to_numpy(float)
    coefficients = inverse @ ((columns * weights[:, None]).T @ values)
    residuals = values - columns @ coefficients
    leverage = weights * np.einsum("ij,jk,ik->i", columns, inverse, columns, optimize=True)
    # Divided by what a customer's own row does to the fit (HC3), so that small campaigns do not look surer.
    influence = ((weights * residuals / (1 - np.minimum(leverage, 0.99)))[:, None] * columns) @ inverse[:, 0]
    below, above = reach_of_difference(residuals, treated == 1, by_lot=by_lot)
    return Comparison(
        effect=float(coefficients[0]),
        influence=pd.Series(influence, index=outcome.index),
        weights=pd.Series(weights, index=outcome.index),
        residual_sd=float(np.sqrt(np.average(residuals**2, weights=weights))),
        below=below,
        above=above,
    )


def design_matrix(traits: pd.DataFrame) -> np.ndarray:
    """Put an intercept before each trait and its square root, all standardised; constant ones are dropped.

    The root keeps a few very large customers from deciding who is comparable.
    """
    roots = np.sqrt(traits.clip(lower=0)).add_suffix("_root")
    wide = pd.concat([traits, roots], axis=1)
    spread = wide.std(ddof=0)
    varying = wide.loc[:, spread > 1e-9]
    scaled = (varying - varying.mean()) / spread[spread > 1e-9]
    return np.column_stack([np.ones(len(wide)), scaled.to_numpy(float)])


def propensity_scores(treated: np.ndarray, design: np.ndarray) -> np.ndarray:
    """Estimate each customer's probability of being contacted by logistic regression (Newton's method)."""
    penalty = _RIDGE * len(treated) * np.diag([0.0] + [1.0] * (design.shape[1] - 1))
    beta = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        propensity = _logistic(design @ beta)
        curvature = (design * (propensity * (1 - propensity))[:, None]).T @ design + penalty
        step = np.linalg.pinv(curvature) @ (design.T @ (treated - propensity) - penalty @ beta)
        beta = beta + step
        if np.abs(step).max() < 1e-8:
            break
    return _logistic(design @ beta)


def _logistic(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(values, -30, 30)))


def balance(traits: pd.DataFrame, contacted: pd.Series, weights: pd.Series) -> pd.DataFrame:
    """Compare the two sides before and after weighting.

    Returns
    -------
    DataFrame
        Indexed by trait: mean of the ``contacted``, of all ``others``, of the ``comparable``
        (weighted) and of the contacted who count (``contacted_weighted``); standardised
        differences ``before`` and ``after``, in standard deviations of the contacted and others.
    """
    mine, other = traits[contacted], traits[~contacted]
    spread = np.sqrt((mine.var() + other.var()) / 2).replace(0, np.nan)
    weighted = [traits[side].mul(weights[side], axis=0).sum() / weights[side].sum() for side in (contacted, ~contacted)]
    return pd.DataFrame(
        {
            "contacted": mine.mean(),
            "others": other.mean(),
            "contacted_weighted": weighted[0],
            "comparable": weighted[1],
            "before": ((mine.mean() - other.mean()) / spread).fillna(0.0),
            "after": ((weighted[0] - weighted[1]) / spread).fillna(0.0),
        }
    )


def effective_number(weights: pd.Series) -> float:
    """Give the effective sample size of weights (Kish).

    Examples
    --------
    >>> effective_number(pd.Series([1.0, 1.0, 0.0]))
    2.0
    """
    total = float((weights**2).sum())
    return float(weights.sum()) ** 2 / total if total else 0.0
