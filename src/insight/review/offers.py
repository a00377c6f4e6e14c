"""What each offer of a campaign brought in additional responses, and what it costs: the ``offer_results`` table."""

from datetime import date, timedelta

import ibis
import pandas as pd

from insight.errors import unless_unavailable
from insight.review.reach import name_of_round

_YEAR = timedelta(days=365)


@unless_unavailable
def offer_results(
    added: pd.DataFrame,
    reach: pd.DataFrame,
    contacts: ibis.Table,
    *,
    offers: ibis.Table | None,
    last: date,
    contact_cost: float,
) -> pd.DataFrame:
    """Put the additional responses of each offer beside its contacts of a year and what it costs.

    Parameters
    ----------
    added
        From `insight.review.reach.incremental_responses`.
    reach
        From `insight.review.reach.count_reach`.
    contacts, offers
        The tables of these names; without offers, and for contacts that name none, a response costs nothing known.
    last
        Last day with data.
    contact_cost
        Of one contact, in currency units.

    Returns
    -------
    DataFrame
        One row per offer of ``added``: its columns, ``contacts_year`` (of campaigns begun in the year up to ``last``),
        ``contact_cost``, and ``response_cost`` and ``margin`` of a response: means over the contacts.
    """
    sent = contacts.filter(~contacts.is_holdout)
    terms = ["response_cost", "margin"]
    if offers is None:
        each = sent.select("campaign_id", response_cost=ibis.null("float64"), margin=ibis.null("float64"))
    else:
        costs = offers.select(
            "offer_id", response_cost=offers["cost"].cast("float64"), margin=offers.margin.cast("float64")
        )
        each = sent.left_join(costs, "offer_id").select("campaign_id", *terms)
    # one value each per offer, so that no float is summed in the engine
    counted = each.group_by("campaign_id", *terms).aggregate(contacts=each.count()).order_by("campaign_id", *terms)
    found = counted.to_pandas().merge(reach[["campaign_id", "name"]], on="campaign_id")
    found["name"] = found["name"].map(name_of_round)
    mean = {term: _mean(found, term) for term in terms}
    recent = reach[reach["starts_on"] > last - _YEAR]
    yearly = recent.groupby(recent["name"].map(name_of_round))["contacted"].sum()
    named = added[added["name"].notna()].reset_index(drop=True)
    columns = {term: named["name"].map(values) for term, values in mean.items()}
    return named.assign(
        contacts_year=named["name"].map(yearly).fillna(0).astype(int), contact_cost=contact_cost, **columns
    )


def _mean(found: pd.DataFrame, term: str) -> pd.Series:
    """Average a term over contacts by the name of the offer; missing where a contact has none."""
    whole = found.assign(total=found[term].astype(float) * found["contacts"]).groupby("name")
    known = whole[term].apply(lambda values: values.notna().all())
    return (whole["total"].sum() / whole["contacts"].sum()).where(known)
