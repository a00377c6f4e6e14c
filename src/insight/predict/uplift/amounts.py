"""How much more customers spend when treated: whether they spend at all, and how much those do who spend, joined.

Of many zeros whether there is an amount holds what can be learnt, and a model of the amounts themselves follows the few
large ones. So the chance of one is told by the model of responses, and the amount of those who have one by a ridge
regression on the same columns [1]_, each with a part that all treatments share and one of each treatment's own. Both
are shrunk, so what they say of everybody is held to what the trial says: the models tell who differs from the mean. A
treatment may take from amounts, unlike from responses.

References
----------
.. [1] Duan, Manning, Morris and Newhouse (1983), A Comparison of Alternative Models for the Demand for Medical Care,
   Journal of Business & Economic Statistics 1(2), 115-126 (the two-part model).
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge

from insight.errors import unless_unavailable
from insight.predict.propensity.propensity import halves
from insight.predict.uplift.model import CrossFitted, cross_fit, spread_out, standardised
from insight.predict.uplift.trials import LEAST_RESPONSES, Trials

#: Penalties on standardised columns, of which the one that tells unseen amounts best is used; the last leaves the mean.
PENALTIES = (100.0, 1_000.0, 10_000.0, 1_000_000.0)


@dataclass(frozen=True, eq=False)
class Spent:
    """What those spend who spend anything, by a ridge regression; never beyond what was seen."""

    offers: int
    columns: tuple[str, ...]
    mean: np.ndarray
    spread: np.ndarray
    ridge: Ridge
    least: float
    most: float

    def amounts(self, known: pd.DataFrame, offer: np.ndarray, treated: np.ndarray) -> np.ndarray:
        """Give the amount of each customer if they spend."""
        x = standardised(known[list(self.columns)].to_numpy(float), self.mean, self.spread)
        told = self.ridge.predict(spread_out(x, offer, treated, offers=self.offers))
        return np.clip(told, self.least, self.most)


@dataclass(frozen=True, eq=False)
class CrossFittedAmounts:
    """Two models of amounts, each fitted to one half of the customers, and with them two of whether there is one.

    Attributes
    ----------
    responses
        None where everybody has an amount.
    spent
        By the half that taught them.
    shift
        By treatment, what is missing from the models' mean uplift to that of the trial.
    """

    responses: CrossFitted | None
    spent: tuple[Spent, Spent]
    shift: np.ndarray

    def uplift(self, known: pd.DataFrame, customers: pd.Series | pd.Index, offer: int) -> np.ndarray:
        """Give what a treatment adds to each customer's amount, by the models that have not seen them."""
        half, found = halves(pd.Index(customers)), np.zeros(len(known))
        for side in (0, 1):
            rows = half == side
            if rows.any():
                found[rows] = self._added(known[rows], offer, 1 - side)
        return found + self.shift[offer]

    def _added(self, known: pd.DataFrame, offer: int, taught: int) -> np.ndarray:
        of = np.full(len(known), offer)
        without, with_ = (self.spent[taught].amounts(known, of, np.full(len(known), side)) for side in (0.0, 1.0))
        if self.responses is None:
            return with_ - without
        chances = self.responses.models[taught].sides(known, offer)
        return chances[1] * with_ - chances[0] * without


@unless_unavailable
def cross_fit_amounts(trials: Trials) -> CrossFittedAmounts:
    """Fit the models to either half of the customers, with the penalties that tell the other half's amounts best."""
    responses, counted = None, trials.sent["responded"].to_numpy(bool)
    if (~counted).sum() >= LEAST_RESPONSES:
        responses = cross_fit(trials)
        if not responses:
            return responses
    else:
        counted = np.ones(len(counted), dtype=bool)  # too few have none to learn who
    spending = trials.take(counted)
    half = halves(pd.Index(spending.sent["customer_id"]))
    found = []
    for penalty in PENALTIES:
        first, second = (_fit(spending.take(half == side), penalty) for side in (0, 1))
        spent = first, second
        found.append((_miss(spending, spent, half), spent))
    fitted = CrossFittedAmounts(responses, min(found, key=lambda one: one[0])[1], np.zeros(len(trials.offers)))
    return replace(fitted, shift=np.array([_shift(trials, fitted, place) for place in range(len(trials.offers))]))


def _shift(trials: Trials, fitted: CrossFittedAmounts, place: int) -> float:
    of = (trials.sent["offer"] == place).to_numpy()
    sent = trials.sent[of]
    means = sent.groupby("treated")["amount"].mean()
    return float(means[True] - means[False] - fitted.uplift(trials.known[of], sent["customer_id"], place).mean())


def _fit(spending: Trials, penalty: float) -> Spent:
    raw, amount = spending.known.to_numpy(float), spending.sent["amount"].to_numpy(float)
    mean, spread = raw.mean(axis=0), np.maximum(raw.std(axis=0), 1e-9)
    offer, treated = spending.sent["offer"].to_numpy(), spending.sent["treated"].to_numpy(float)
    rows = spread_out(standardised(raw, mean, spread), offer, treated, offers=len(spending.offers))
    return Spent(
        len(spending.offers), tuple(spending.known.columns), mean, spread, Ridge(alpha=penalty).fit(rows, amount),
        float(amount.min()), float(amount.max()),
    )  # fmt: skip


def _miss(spending: Trials, spent: tuple[Spent, Spent], half: np.ndarray) -> float:
    """Give the sum of squared errors of the amounts by the model that has not seen their customers."""
    total = 0.0
    for side in (0, 1):
        rows = spending.take(half == side)
        offer, treated = rows.sent["offer"].to_numpy(), rows.sent["treated"].to_numpy(float)
        told = spent[1 - side].amounts(rows.known, offer, treated)
        total += float(np.square(rows.sent["amount"].to_numpy(float) - told).sum())
    return total
