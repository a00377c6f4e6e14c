"""How much likelier customers respond when contacted, for several offers at once.

One logistic regression over all randomised contacts: what explains responses, and what explains the difference that a
contact makes, each has a part that all offers share and a part of each offer's own. All are penalised, own parts more,
so an offer with few contacts borrows from the others [1]_.

References
----------
.. [1] Lo (2002), The True Lift Model, ACM SIGKDD Explorations 4(2), 78-86; Gelman and Hill (2007), Data Analysis Using
   Regression and Multilevel/Hierarchical Models, for the shrinkage of own parts.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from insight.errors import unless_unavailable
from insight.predict.propensity.propensity import halves
from insight.predict.uplift.trials import Trials

#: Scale of each offer's own slopes, where shared ones have 1 and levels 3: what is scaled down is shrunk more.
_OWN, _LEVEL = 0.4, 3.0
#: Inverse strengths of the penalty, on standardised columns, of which the one that tells unseen responses best is used.
PENALTIES = (0.1, 0.03, 0.01)
_DRAWS = 200


@dataclass(frozen=True, eq=False)
class Uplift:
    """A fitted model.

    Attributes
    ----------
    offers
        Ids, in the order of the model.
    columns
        What responses are explained by; ``mean`` and ``spread`` standardise them.
    weights
        Coefficients; ``draws`` are draws of them from the normal approximation of their posterior, or none.
    """

    offers: tuple[str, ...]
    columns: tuple[str, ...]
    mean: np.ndarray
    spread: np.ndarray
    intercept: float
    weights: np.ndarray
    draws: np.ndarray

    def chances(self, known: pd.DataFrame, offer: int) -> tuple[np.ndarray, np.ndarray]:
        """Give each customer's chance to respond to an offer without a contact and with one.

        An offer keeps nobody from what they would do: where the model says so, both are the same.
        """
        without, with_ = self.sides(known, offer)
        return without, np.maximum(with_, without)

    def sides(self, known: pd.DataFrame, offer: int) -> tuple[np.ndarray, np.ndarray]:
        """Give the same chances as fitted, also where a contact makes a response less likely."""
        without, with_ = (
            expit(self._rows(known, offer, treated=side) @ self.weights + self.intercept) for side in (0, 1)
        )
        return without, with_

    def drawn_uplift(self, known: pd.DataFrame, offer: int) -> np.ndarray:
        """Give draws of each customer's uplift, draws down and customers across."""
        sides = [expit(self._rows(known, offer, treated=side) @ self.draws.T + self.intercept) for side in (0, 1)]
        return np.maximum(sides[1] - sides[0], 0.0).T

    def parts(self, known: pd.DataFrame, offer: int) -> np.ndarray:
        """Give what each thing known adds to the log-odds that a contact adds, customers down and columns across."""
        size = len(self.columns)
        after = len(self.offers) * (size + 1) + size  # where the parts of the difference begin
        shared = self.weights[after + len(self.offers) :][:size]
        own = self.weights[after + len(self.offers) + size :].reshape(len(self.offers), size)[offer] * _OWN
        return self._standard(known) * (shared + own)

    def _rows(self, known: pd.DataFrame, offer: int, *, treated: int) -> np.ndarray:
        size = len(known)
        return spread_out(
            self._standard(known), np.full(size, offer), np.full(size, float(treated)), offers=len(self.offers)
        )

    def _standard(self, known: pd.DataFrame) -> np.ndarray:
        return standardised(known[list(self.columns)].to_numpy(float), self.mean, self.spread)


def standardised(raw: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Give columns in standard deviations from their means, four at most."""
    return np.clip((raw - mean) / spread, -4, 4)


def spread_out(x: np.ndarray, offer: np.ndarray, treated: np.ndarray, *, offers: int) -> np.ndarray:
    """Give levels and slopes, shared and by offer, of responding and of the difference that a contact makes."""
    of, treats = np.eye(offers)[offer], treated[:, None]
    own = (of[:, :, None] * x[:, None, :]).reshape(len(x), -1) * _OWN
    return np.hstack([_LEVEL * of, x, own, _LEVEL * of * treats, x * treats, own * treats])


@unless_unavailable
def fit(trials: Trials, *, penalty: float, seed: int | None = None) -> Uplift:
    """Fit the model to randomised contacts; ``penalty`` is an inverse strength, such as one of `PENALTIES`.

    Weights are drawn with a ``seed`` only: chances, for which most are fitted, do not need the curvature, which takes
    as long as all else.
    """
    columns = tuple(trials.known.columns)
    raw = trials.known.to_numpy(float)
    mean, spread = raw.mean(axis=0), np.maximum(raw.std(axis=0), 1e-9)
    x = standardised(raw, mean, spread)
    offer, treated = trials.sent["offer"].to_numpy(), trials.sent["treated"].to_numpy(float)
    rows = spread_out(x, offer, treated, offers=len(trials.offers))
    # most of what is spread out by offer is nothing: written so, a fit takes a third of the time
    model = LogisticRegression(C=penalty, max_iter=2000).fit(csr_array(rows), trials.sent["responded"])
    weights, intercept = model.coef_[0], float(model.intercept_[0])
    draws = np.empty((0, len(weights)))
    if seed is not None:
        share = expit(rows @ weights + intercept)
        curvature = (rows * (share * (1 - share))[:, None]).T @ rows + np.eye(rows.shape[1]) / penalty
        noise = np.random.default_rng(seed).standard_normal((_DRAWS, len(weights)))
        draws = weights + np.linalg.solve(np.linalg.cholesky(curvature).T, noise.T).T
    return Uplift(trials.offers, columns, mean, spread, intercept, weights, draws)


@dataclass(frozen=True, eq=False)
class CrossFitted:
    """Two models, each fitted to one half of the customers: whoever is looked at by one, the other has not seen."""

    models: tuple[Uplift, Uplift]
    penalty: float

    def uplift(self, known: pd.DataFrame, customers: pd.Series | pd.Index, offer: int) -> np.ndarray:
        """Give each customer's uplift by the model that has not seen them."""
        without, with_ = self.chances(known, customers, offer)
        return with_ - without

    def chances(
        self, known: pd.DataFrame, customers: pd.Series | pd.Index, offer: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Give each customer's chance without a contact and with one, by the model that has not seen them."""
        half, found = halves(pd.Index(customers)), np.zeros((2, len(known)))
        for side in (0, 1):
            rows = half == side
            if rows.any():
                found[:, rows] = self.models[1 - side].chances(known[rows], offer)
        return found[0], found[1]


@unless_unavailable
def cross_fit(trials: Trials) -> CrossFitted:
    """Fit a model to either half of the customers, drawn by a hash of the ids, and choose the penalty by the other."""
    half = halves(pd.Index(trials.sent["customer_id"]))
    found: list[tuple[float, CrossFitted]] = []
    for penalty in PENALTIES:
        models = [fit(trials.take(half == side), penalty=penalty) for side in (0, 1)]
        missing = [model for model in models if not model]
        if missing:
            return missing[0]
        fitted = CrossFitted((models[0], models[1]), penalty)
        found.append((_miss(trials, fitted), fitted))
    return min(found, key=lambda one: one[0])[1]


@unless_unavailable
def fit_all(trials: Trials, fitted: CrossFitted, *, seed: int) -> Uplift:
    """Fit the model to all contacts, with the penalty that two halves of them chose."""
    return fit(trials, penalty=fitted.penalty, seed=seed)


def _miss(trials: Trials, fitted: CrossFitted) -> float:
    """Give the mean log loss of responses by the model that has not seen their customers."""
    total = 0.0
    for place in range(len(trials.offers)):
        of = (trials.sent["offer"] == place).to_numpy()
        if of.any():
            sent = trials.sent[of]
            sides = fitted.chances(trials.known[of], sent["customer_id"], place)
            chance = np.clip(np.where(sent["treated"], sides[1], sides[0]), 1e-6, 1 - 1e-6)
            total -= np.log(np.where(sent["responded"], chance, 1 - chance)).sum()
    return total / len(trials.sent)
