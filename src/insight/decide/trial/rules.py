"""Who may be offered what: consent, rest after a contact, exclusions, conditions, cooldown, what was never tried."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import ibis
import numpy as np
import pandas as pd

from insight.decide.cooldown import Offers
from insight.errors import ParameterError, did_you_mean, unless_unavailable
from insight.predict.uplift.terms import Catalogue, read_conditions
from insight.profile.tagging.conditions import ATTRIBUTES, COMPARISONS, Comparison

#: Why a customer is on no list, in the order in which reasons count; and who is on it.
REFUSED, NO_CONSENT, CONTACTED_LATELY = "refused", "no_consent", "contacted_lately"
EXCLUDED, NOT_OPEN, UNTRIED, COOLING = "excluded", "not_open", "untried", "offer_cooling"
NOT_WORTH, BEYOND_BUDGET, ON_THE_LIST = "not_worth", "beyond_budget", "on_the_list"
REASONS = (
    *(REFUSED, NO_CONSENT, CONTACTED_LATELY, EXCLUDED, NOT_OPEN, UNTRIED, COOLING),
    *(NOT_WORTH, BEYOND_BUDGET, ON_THE_LIST),
)


@dataclass(frozen=True, eq=False)
class Open:
    """What may be offered to whom.

    Attributes
    ----------
    allowed
        Customers down and offers across.
    obstacle
        By customer the first of `REASONS` that leaves no offer; empty where one is left.
    """

    allowed: pd.DataFrame
    obstacle: pd.Series

    def allows(self, rows: pd.DataFrame) -> np.ndarray:
        """Mark the rows of a list whose offer is open to their customer."""
        at = self.allowed.index.get_indexer(rows["customer_id"]), self.allowed.columns.get_indexer(rows["offer_id"])
        return self.allowed.to_numpy()[at]


def meets(known: pd.DataFrame, conditions: Sequence[Comparison], *, place: str) -> np.ndarray:
    """Mark who meets all of some conditions; who has no value does not.

    Raises
    ------
    ParameterError
        Where a condition names a column that is not known here.
    """
    found = np.ones(len(known), bool)
    for one in conditions:
        if one.column not in known:
            near = did_you_mean(str(one.column), [str(name) for name in known])
            raise ParameterError(f"{place}: `{one.column}` is not known of customers here{near}")
        column = known[one.column]
        threshold = next(value for value in (one.value, one.text, one.flag) if value is not None)
        holds = COMPARISONS[one.comparison](column, threshold)
        found &= (holds & column.notna()).to_numpy(bool)
    return found


def with_attributes(known: pd.DataFrame, customers: ibis.Table) -> pd.DataFrame:
    """Add what customers are like to what is known of them."""
    some = [name for name in ATTRIBUTES if name in customers.columns and name != "consent"]
    people = customers.select("customer_id", *some).to_pandas().set_index("customer_id")
    return known.join(people.astype(object).where(people.notna(), None))


@unless_unavailable
def open_offers(
    known: pd.DataFrame,
    catalogue: Catalogue,
    *,
    tried: np.ndarray,
    consent: pd.DataFrame,
    contacts: Offers,
    exclusions: Sequence[Mapping],
    as_of: date,
    rest_days: int,
) -> Open:
    """Say which offers are open to which customers.

    Parameters
    ----------
    known
        What is known of customers, and what they are like, for conditions to look at.
    tried
        From `insight.predict.uplift.overlap.Overlap.is_tried`.
    consent
        From `insight.decide.eligibility.contactable`.
    contacts
        Whom earlier contacts reached.
    exclusions
        Conditions of the parameter ``offer_exclusions``: who meets one gets nothing.
    rest_days
        Days after any contact before a customer is contacted again.
    """
    people, names = known.index, list(catalogue.offers.index)
    agreed = consent.reindex(people, fill_value=False)
    out = np.zeros(len(known), bool)
    for one in read_conditions(tuple(dict(one) for one in exclusions), place="offer_exclusions"):
        out |= meets(known, [one], place="offer_exclusions")
    may = [
        meets(known, read_conditions(term.when, place=offer), place=f"offer_terms: offer {offer}") & (not term.stopped)
        for offer, term in catalogue.terms.items()
    ]
    open_to = np.column_stack(may) if may else np.zeros((len(known), 0), bool)
    cool = ~_cooling(contacts, catalogue, people, as_of)
    allowed = agreed["allowed"].to_numpy(bool)
    lately = people.isin(contacts.contacted_lately(as_of, days=rest_days))
    left_out = [
        ~allowed & agreed["asked"].to_numpy(bool), ~allowed, lately, out, ~open_to.any(axis=1),
        ~(open_to & tried).any(axis=1), ~(open_to & tried & cool).any(axis=1),
    ]  # fmt: skip
    obstacle = pd.Series(np.select(left_out, REASONS[: len(left_out)], ""), index=people)
    each = open_to & tried & cool & (obstacle == "").to_numpy()[:, None]
    return Open(pd.DataFrame(each, index=people, columns=names), obstacle)


def _cooling(contacts: Offers, catalogue: Catalogue, people: pd.Index, as_of: date) -> np.ndarray:
    """Mark the offers that a customer was sent within their own cooldown."""
    found = np.zeros((len(people), len(catalogue.offers)), bool)
    sent = contacts.sent_within(as_of, days=catalogue.offers["cooldown_days"])
    rows, columns = people.get_indexer(sent["customer_id"]), catalogue.offers.index.get_indexer(sent["offer_id"])
    known = (rows >= 0) & (columns >= 0)
    found[rows[known], columns[known]] = True
    return found
