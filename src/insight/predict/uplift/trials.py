"""Contacts that lots decided: who was given which offer and who was held out by chance, and who responded."""

from dataclasses import dataclass
from datetime import date

import ibis
import numpy as np
import pandas as pd

from insight.errors import Unavailable, unless_unavailable
from insight.predict.uplift.months import RECENT, Months, design, month_of

#: Randomised contacts below which nothing is learnt of an offer, and responses below which nothing at all is.
LEAST_CONTACTS, LEAST_RESPONSES = 30, 20


@dataclass(frozen=True, eq=False)
class Trials:
    """Randomised contacts with what was known of their customers when they were sent.

    Attributes
    ----------
    sent
        One row per contact: ``customer_id, at`` (the customer's place in `Months.customers`), ``month``, ``offer``
        (place in ``offers``), ``channel`` (missing where it is not on record), ``treated``, ``responded``, ``planned``
        (chance of being contacted rather than held out); of a flat trial of amounts, ``amount``.
    offers
        Ids of the offers on trial, sorted.
    known
        What responses are explained by, in the rows of ``sent``; columns that never differ are left out.
    """

    sent: pd.DataFrame
    offers: tuple[str, ...]
    known: pd.DataFrame

    def take(self, rows: np.ndarray) -> "Trials":
        """Give some of the contacts."""
        return Trials(
            self.sent.loc[rows].reset_index(drop=True), self.offers, self.known.loc[rows].reset_index(drop=True)
        )

    @property
    def outcome(self) -> str:
        """Name the column of what a treatment adds to: ``amount`` where there is one, else ``responded``."""
        return "amount" if "amount" in self.sent else "responded"

    @property
    def counts(self) -> pd.DataFrame:
        """Count, by offer, the ``contacted, held_out`` and their responses: ``responded, held_responded``."""
        rows = []
        for place, offer in enumerate(self.offers):
            of = self.sent[self.sent["offer"] == place]
            sides = [(len(side), int(side["responded"].sum())) for side in (of[of["treated"]], of[~of["treated"]])]
            (contacted, responded), (held_out, held_responded) = sides
            rows.append((offer, contacted, responded, held_out, held_responded))
        return pd.DataFrame(rows, columns=["offer_id", "contacted", "responded", "held_out", "held_responded"])


@unless_unavailable
def read_trials(
    months: Months, contacts: ibis.Table, responses: ibis.Table | None, *, as_of: date
) -> Trials | Unavailable:
    """Read the randomised contacts and join what was known of each customer at the start of the month.

    Only contacts whose month is over count, as their responses may still come, and only those with some months known
    before them.

    Returns
    -------
    Trials or Unavailable
        The latter where no contact was randomised (``not_randomised``), where responses of nobody who was held out are
        on record (``held_out_unmeasured``), or where they are too few (``few_trials``).
    """
    if "is_random" not in contacts.columns or responses is None:
        return Unavailable("trials", "not_randomised" if responses is not None else "no_responses")
    drawn = contacts.filter(contacts.is_random, contacts.offer_id.notnull(), contacts.sent_on <= as_of)
    columns = ["contact_id", "customer_id", "offer_id", "channel", "sent_on", "is_holdout", "propensity"]
    sent = drawn.select([name for name in columns if name in drawn.columns]).order_by("contact_id").to_pandas()
    if sent.empty or sent["is_holdout"].nunique() < 2:
        return Unavailable("trials", "not_randomised")
    answered = responses.filter(responses.responded_on <= as_of).select("contact_id").distinct().to_pandas()
    sent["responded"] = sent["contact_id"].isin(answered["contact_id"].dropna())
    sent["channel"] = sent.get("channel", pd.Series(index=sent.index, dtype=object))
    sent["month"] = [month_of(pd.Timestamp(day).date()) for day in sent["sent_on"]]
    sent["at"] = months.customers.get_indexer(sent["customer_id"])
    sent["treated"] = ~sent["is_holdout"].astype(bool)
    share = sent.groupby("offer_id")["treated"].transform("mean")
    planned = sent["propensity"].astype(float) if "propensity" in sent else share
    sent["planned"] = planned.where(planned.between(0.01, 0.99), share)
    ready = sent["month"].between(months.first + RECENT, months.now - 1) & (sent["at"] >= 0)
    sent = sent[ready & _is_tried(sent[ready], sent.index)]
    if not sent.loc[~sent["treated"], "responded"].any() and sent["responded"].any():
        return Unavailable("trials", "held_out_unmeasured")
    if sent["responded"].sum() < LEAST_RESPONSES or sent["offer_id"].nunique() < 1:
        return Unavailable("trials", "few_trials", {"least": LEAST_CONTACTS, "responses": LEAST_RESPONSES})
    return _with_known(months, sent.sort_values(["month", "contact_id"]).reset_index(drop=True))


def _is_tried(sent: pd.DataFrame, index: pd.Index) -> pd.Series:
    """Say which contacts carry an offer with enough of them, on either side of the draw."""
    treated = sent.groupby("offer_id")["treated"].agg(["sum", "size"])
    held_out = treated["size"] - treated["sum"]
    enough = treated.index[(treated["sum"] > 0) & (held_out > 0) & (treated["size"] >= LEAST_CONTACTS)]
    return sent["offer_id"].isin(enough).reindex(index, fill_value=False)


def _with_known(months: Months, sent: pd.DataFrame) -> Trials:
    parts = [design(months.known(month)).iloc[rows["at"]] for month, rows in sent.groupby("month")]
    known = pd.concat(parts, ignore_index=True)
    known = known.loc[:, known.std() > 1e-9]
    offers = tuple(sorted(sent["offer_id"].unique()))
    columns = ["customer_id", "at", "month", "channel", "treated", "responded", "planned"]
    return Trials(sent[columns].assign(offer=pd.Index(offers).get_indexer(sent["offer_id"])), offers, known)
