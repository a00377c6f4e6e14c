"""Who may be contacted, and about what; and of everyone else, what stands against it."""

from dataclasses import dataclass, field
from datetime import date

import ibis
import numpy as np
import pandas as pd

from insight.decide.cooldown import Offers
from insight.predict.propensity.habits import Picture

#: Why a customer is not on the list; of several reasons the first one counts; and who is on it.
REFUSED, NO_CONSENT, CONTACTED_LATELY = "refused", "no_consent", "contacted_lately"
NO_HISTORY, COOLING, BOUGHT_LATELY = "no_history", "offer_cooling", "bought_lately"
NOT_PREDICTED = "not_predicted"
TOO_LITTLE_SALES, BEYOND_BUDGET = "too_little_sales", "beyond_budget"
ON_THE_LIST = "on_the_list"
REASONS = (
    *(REFUSED, NO_CONSENT, CONTACTED_LATELY, NO_HISTORY, COOLING, BOUGHT_LATELY),
    *(NOT_PREDICTED, TOO_LITTLE_SALES, BEYOND_BUDGET, ON_THE_LIST),
)


def contactable(customers: ibis.Table, *, assumed: bool = False) -> pd.DataFrame:
    """Say for each customer whether they may be contacted: who has agreed to it.

    Parameters
    ----------
    customers
        The ``customers`` table.
    assumed
        Whether those of whom no answer is on record may be contacted all the same; never those who refused.

    Returns
    -------
    DataFrame
        Indexed by ``customer_id``: ``allowed``, ``asked`` (whether an answer is on record).
    """
    known = customers.select("customer_id", "consent").order_by("customer_id").to_pandas()
    consent = known["consent"].astype("boolean")
    return pd.DataFrame(
        {"allowed": consent.fillna(assumed).to_numpy(bool), "asked": consent.notna().to_numpy()},
        index=pd.Index(known["customer_id"], name="customer_id"),
    )


@dataclass(frozen=True)
class Rules:
    """What a list has to obey.

    Attributes
    ----------
    consent
        From `contactable`.
    offers
        What was offered to whom, and at which terms.
    rest_weeks
        Weeks without a purchase before a group is offered to a customer.
    rest_days
        Days after any contact before a customer is contacted again.
    response_cost
        What a response costs, whatever is offered; None: as the offers cost.
    """

    consent: pd.DataFrame
    offers: Offers = field(default_factory=Offers)
    rest_weeks: int = 0
    rest_days: int = 0
    response_cost: float | None = None

    def response_costs(self, picture: Picture) -> np.ndarray:
        """Give what a response costs, by product group."""
        if self.response_cost is not None:
            return np.full(len(picture.groups), float(self.response_cost))
        return self.offers.response_costs(picture.groups)

    def offerable(self, picture: Picture, as_of: date) -> np.ndarray:
        """Mark which groups may be offered to which customer on a day, customers down and groups across.

        Only to those who may be contacted and were not contacted lately; nothing of whose offers one reached the
        customer within its own cooldown, and nothing that the customer bought in the last ``rest_weeks``: they are
        buying it anyway. Customers without a record have given no consent.
        """
        may = self.consent["allowed"].reindex(picture.customers, fill_value=False).to_numpy(bool)
        may = may & ~picture.customers.isin(self.offers.contacted_lately(as_of, days=self.rest_days))
        return self._free(picture, as_of) & may[:, None]

    def _free(self, picture: Picture, as_of: date) -> np.ndarray:
        cooling = self.offers.cooling(as_of, groups=picture.groups)
        free = picture.rested(self.rest_weeks)
        rows = picture.customers.get_indexer(cooling["customer_id"])
        columns = pd.Index(picture.groups).get_indexer(cooling["product_group"])
        free[rows[rows >= 0], columns[rows >= 0]] = False
        return free

    def obstacles(self, picture: Picture | None, as_of: date) -> pd.Series:
        """Say of every customer what stands against an offer on a day, the first of `REASONS`; empty for nothing.

        Parameters
        ----------
        picture
            What is known of those who have bought; None where that is too little for any offer.
        """
        bought = pd.Index([]) if picture is None else picture.customers
        customers = self.consent.index.union(bought)
        consent = self.consent.reindex(customers, fill_value=False)
        found = [
            ~consent["allowed"] & consent["asked"],
            ~consent["allowed"],
            customers.isin(self.offers.contacted_lately(as_of, days=self.rest_days)),
        ]
        if picture is not None:
            rested, free = (
                customers.isin(picture.customers[some.any(axis=1)])
                for some in (picture.rested(self.rest_weeks), self._free(picture, as_of))
            )
            found += [~customers.isin(picture.customers), ~free & rested, ~free]
        return pd.Series(
            np.select(found, REASONS[: len(found)], NOT_PREDICTED if picture is None else ""), index=customers
        )
