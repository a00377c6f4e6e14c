"""What each customer is expected to gain by each offer: uplift times worth, less what contact and responses cost.

Whoever is chosen for the highest expectation is expected too much of (the winner's curse). So two halves of the trials
choose for each other: what one promises of those that it would choose is compared with what the other one says of
them, which has not chosen them.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from insight.decide.trial.rules import Open
from insight.errors import unless_unavailable
from insight.predict.uplift.model import CrossFitted, Uplift
from insight.predict.uplift.terms import Catalogue

_LEAST_RATIO = 0.1  # of a promise: below it, two halves do not agree on anything


@dataclass(frozen=True, eq=False)
class Gains:
    """Estimates for every customer (down) and offer (across).

    Attributes
    ----------
    anyway, contacted
        Chance of a response without a contact and with one.
    worth
        What an additional response brings.
    costs
        Of a contact, by offer, and of a response.
    ratio
        What is kept of a promise to those who were chosen for the highest.
    """

    anyway: pd.DataFrame
    contacted: pd.DataFrame
    worth: pd.DataFrame
    contact_cost: pd.Series
    response_cost: pd.Series
    ratio: float = 1.0

    @property
    def uplift(self) -> pd.DataFrame:
        """Give the additional responses expected of a contact."""
        return self.contacted - self.anyway

    @property
    def brought(self) -> pd.DataFrame:
        """Give what the additional responses bring, corrected."""
        return self.uplift * self.worth * self.ratio

    @property
    def costs(self) -> pd.DataFrame:
        """Give what a contact and its expected responses cost."""
        return self.contacted * self.response_cost + self.contact_cost

    @property
    def net(self) -> pd.DataFrame:
        """Give what is expected to be left of what responses bring."""
        return self.brought - self.costs


@unless_unavailable
def expected_gains(model: Uplift, known: pd.DataFrame, worth: pd.DataFrame, catalogue: Catalogue) -> Gains:
    """Join uplift and worth; ``known`` is what responses are explained by (`insight.predict.uplift.months.design`)."""
    sides = [model.chances(known, place) for place in range(len(model.offers))]
    anyway, contacted = (
        pd.DataFrame(np.column_stack([side[at] for side in sides]), index=known.index, columns=list(model.offers))
        for at in (0, 1)
    )
    costs = catalogue.offers
    return Gains(anyway, contacted, worth[list(model.offers)], costs["contact_cost"], costs["response_cost"])


@unless_unavailable
def correct_for_choice(
    gains: Gains, fitted: CrossFitted, known: pd.DataFrame, open_to: Open, *, contacts: int
) -> Gains:
    """Multiply what responses bring by what two halves of the trials say of those whom the other one would choose.

    Parameters
    ----------
    open_to
        What may be offered to whom.
    contacts
        How many customers would be chosen.
    """
    halves = []
    for model in fitted.models:
        sides = [model.chances(known, place) for place in range(len(model.offers))]
        uplift = np.column_stack([with_ - without for without, with_ in sides])
        halves.append((uplift * gains.worth.to_numpy(), uplift * gains.worth.to_numpy() - gains.costs.to_numpy()))
    may, promised, kept = open_to.allowed.to_numpy(bool), 0.0, 0.0
    for (own, net), (other, _) in (halves, halves[::-1]):
        best = np.where(may, net, -np.inf).argmax(axis=1)
        rows = np.arange(len(best))
        order = np.argsort(-np.where(may.any(axis=1), net[rows, best], -np.inf), kind="stable")[:contacts]
        order = order[np.where(may, net, 0.0).max(axis=1)[order] > 0]
        promised, kept = promised + own[order, best[order]].sum(), kept + other[order, best[order]].sum()
    return replace(gains, ratio=float(np.clip(kept / promised, _LEAST_RATIO, 1.0)) if promised > 0 else 1.0)


def drawn_brought(gains: Gains, model: Uplift, known: pd.DataFrame, chosen: pd.DataFrame) -> np.ndarray:
    """Draw what each of a list brings, from the uncertainty of the model: draws down, rows of the list across.

    Parameters
    ----------
    chosen
        ``customer_id, offer_id``.
    """
    found = np.zeros((len(model.draws), len(chosen)))
    for place, offer in enumerate(model.offers):
        rows = np.flatnonzero((chosen["offer_id"] == offer).to_numpy())
        if len(rows):
            whom = chosen["customer_id"].iloc[rows]
            worth = gains.worth.loc[whom, offer].to_numpy()
            found[:, rows] = model.drawn_uplift(known.loc[whom], place) * worth * gains.ratio
    return found
