"""What is offered at which terms, and who was contacted too recently to be contacted again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import ibis
import numpy as np
import pandas as pd

from insight.decide.catalogue import name_categories

_TERMS, _COVERS = ["offer_id", "cost", "sent"], ["offer_id", "product_group"]


@dataclass(frozen=True)
class Offers:
    """The offers of a business, and the contacts that carried them.

    Attributes
    ----------
    terms
        One row per offer: ``offer_id, cost`` (of a response), ``sent`` (contacts that carried it).
    covers
        ``offer_id, product_group``, a row for each category that an offer names; None where no offer names one that
        anybody buys, as with a gift or a rate: each of them may then go with any group.
    contacts
        ``customer_id, sent_on, offer_id, cooldown_days``: who was contacted, with the terms of what it carried (missing
        where that is not known); None where the business has no contacts.
    """

    terms: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=_TERMS))
    covers: pd.DataFrame | None = None
    contacts: ibis.Table | None = None

    def with_groups(self, offers: pd.DataFrame, groups: Sequence[str]) -> pd.DataFrame:
        """Give each row of some offers once for every one of the groups that its offer covers."""
        if self.covers is None:
            return offers.merge(pd.DataFrame({"product_group": list(groups)}), how="cross")
        return offers.merge(self.covers[self.covers["product_group"].isin(list(groups))], on="offer_id")

    def response_costs(self, groups: Sequence[str]) -> np.ndarray:
        """Give what a response costs by product group: the mean over the offers that cover it; zero where not known.

        Each offer counts as often as it was sent, all alike where none was. A group that no offer covers costs what
        offers cost on average.
        """
        known = self.terms.dropna(subset=["cost"])
        known = known.assign(cost=known["cost"].astype(float), sent=known["sent"] if known["sent"].sum() > 0 else 1.0)
        if known.empty:
            return np.zeros(len(groups))
        each = self.with_groups(known.assign(spent=known["cost"] * known["sent"]), groups)
        sums = each.groupby("product_group")[["spent", "sent"]].sum()
        means = (sums["spent"] / sums["sent"].where(sums["sent"] > 0)).reindex(list(groups))
        return means.fillna(np.average(known["cost"], weights=known["sent"])).to_numpy()

    def contacted_lately(self, as_of: date, *, days: int) -> pd.Index:
        """List who was contacted, by whatever, in the last ``days`` up to a day."""
        if self.contacts is None:
            return pd.Index([], dtype=object)
        back = ibis.literal(as_of).delta(self.contacts.sent_on, unit="day")
        found = self.contacts.filter(back >= 0, back < days).select("customer_id").distinct()
        return pd.Index(found.order_by("customer_id").to_pandas()["customer_id"])

    def sent_within(self, as_of: date, *, days: pd.Series) -> pd.DataFrame:
        """List who was sent which offer within its own days up to a day: ``customer_id, offer_id``.

        Parameters
        ----------
        days
            By ``offer_id``; an offer that is not among them does not count.
        """
        if self.contacts is None:
            return pd.DataFrame(columns=["customer_id", "offer_id"])
        back = ibis.literal(as_of).delta(self.contacts.sent_on, unit="day").cast("int64")
        recent = self.contacts.filter(
            back >= 0, back < int(days.max() if len(days) else 0), self.contacts.offer_id.notnull()
        )
        last = recent.mutate(back=back).group_by("customer_id", "offer_id").aggregate(back=ibis._.back.min())
        found = last.order_by("customer_id", "offer_id").to_pandas()
        return found.loc[found["back"] < found["offer_id"].map(days), ["customer_id", "offer_id"]]

    def cooling(self, as_of: date, *, groups: Sequence[str]) -> pd.DataFrame:
        """List of whom which groups may not be offered yet, as an offer's own cooldown has not passed on a day.

        An offer with a cooldown of 60 days may be sent again 60 days after it was sent.

        Returns
        -------
        DataFrame
            ``customer_id, product_group``.
        """
        if self.contacts is None:
            return pd.DataFrame(columns=["customer_id", "product_group"])
        back = ibis.literal(as_of).delta(self.contacts.sent_on, unit="day")
        found = self.contacts.filter(back >= 0, back < self.contacts.cooldown_days).select("customer_id", "offer_id")
        pairs = found.distinct().order_by("customer_id", "offer_id").to_pandas()
        if self.covers is None:
            pairs = pairs[["customer_id"]].drop_duplicates()
        return self.with_groups(pairs, groups)[["customer_id", "product_group"]].drop_duplicates()


def read_offers(
    contacts: ibis.Table | None,
    *,
    covered: Sequence[str] | None,
    offers: ibis.Table | None = None,
    offer_products: ibis.Table | None = None,
    products: ibis.Table | None = None,
) -> Offers:
    """Read the offers with what they cover, and which of them each contact carried.

    Parameters
    ----------
    contacts
        The ``contacts`` table, if there is one. Who was held out was not contacted. A contact that names no offer
        carried those of its campaign.
    covered
        From `insight.decide.catalogue.covered_categories`.
    offers, offer_products, products
        The tables of these names, where there are any.
    """
    sent = None
    if contacts is not None:
        sent = contacts.filter(~contacts.is_holdout).select("customer_id", "offer_id", "campaign_id", "sent_on")
    if offers is None:
        unknown = {"offer_id": ibis.null("string"), "cooldown_days": ibis.null("int64")}
        return Offers(contacts=None if sent is None else sent.select("customer_id", "sent_on", **unknown))
    terms = offers.select("offer_id", "cost").order_by("offer_id").to_pandas()
    carried = None if sent is None else _carried(sent, offers)
    counts: dict = {}
    if carried is not None:
        named = carried.filter(carried.offer_id.notnull())
        found = named.group_by("offer_id").aggregate(sent=named.count()).order_by("offer_id").to_pandas()
        counts = dict(found.itertuples(index=False, name=None))
    covers = None if covered is None else name_categories(offers, offer_products, products).distinct().to_pandas()
    return Offers(terms.assign(sent=terms["offer_id"].map(counts).fillna(0.0)), covers, carried)


def _carried(sent: ibis.Table, offers: ibis.Table) -> ibis.Table:
    """Give each contact with the terms of the offers that it carried: the one it names, else those of its campaign."""
    columns = ["customer_id", "sent_on", "offer_id", "cooldown_days"]
    by_name = sent.filter(sent.offer_id.notnull()).left_join(offers.select("offer_id", "cooldown_days"), "offer_id")
    of_campaign = offers.filter(offers.campaign_id.notnull()).select("offer_id", "campaign_id", "cooldown_days")
    by_campaign = sent.filter(sent.offer_id.isnull()).drop("offer_id").left_join(of_campaign, "campaign_id")
    return by_name.select(columns).union(by_campaign.select(columns))
