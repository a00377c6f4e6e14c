"""Who may be contacted, and about what."""

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from insight.predict.propensity.habits import Picture


def contactable(customers: ibis.Table) -> pd.DataFrame:
    """Say for each customer whether they may be contacted.

    Returns
    -------
    DataFrame
        Indexed by ``customer_id``: ``allowed`` (never for who refused), ``asked`` (whether the
        business knows at all).
    """
    known = customers.select("customer_id", "consent").order_by("customer_id").to_pandas()
    consent = known["consent"].astype("boolean")
    return pd.DataFrame(
        {"allowed": consent.fillna(True).to_numpy(bool), "asked": consent.notna().to_numpy()},
        index=pd.Index(known["customer_id"], name="customer_id"),
    )


@dataclass(frozen=True)
class ConsentTotals:
    """How many customers have refused contact, and of how many it is not known."""

    refused: int
    unasked: int
    customers: int

    @property
    def known(self) -> str:
        """Say of whom consent is known: of all (``known``), of some (``partly``), of nobody (``unknown``)."""
        if self.unasked == self.customers:
            return "unknown"
        return "partly" if self.unasked else "known"


def total_consent(consent: pd.DataFrame) -> ConsentTotals:
    """Count refusals and gaps in what `contactable` says."""
    return ConsentTotals(int((~consent["allowed"]).sum()), int((~consent["asked"]).sum()), len(consent))


def offerable(picture: Picture, consent: pd.DataFrame, *, rest_weeks: int) -> np.ndarray:
    """Mark which groups may be offered to which customer, customers down and groups across.

    Not to those who refused contact, nor to those of whom the business has no record, and nothing
    that the customer bought in the last ``rest_weeks``: they are buying it anyway.
    """
    allowed = consent["allowed"].reindex(picture.customers, fill_value=False).to_numpy(bool)
    return picture.rested(rest_weeks) & allowed[:, None]
