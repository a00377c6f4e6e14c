"""What an offer really added: those contacted beside those held out by lot, by what they did afterwards.

In trials and in campaigns lots decide who of the chosen is held out, so both sides would have done the same. What was
done within the horizon counts, not what the campaign booked as a response: an offer that only brings forward what would
have come anyway adds less and less.
"""

from datetime import date

import ibis
import pandas as pd

from insight.card.applications import Has, Read
from insight.errors import Unavailable, unless_unavailable
from insight.review.rates import MIN_GROUP, by_side, can_be_read, compare_rounds

HORIZONS = (30, 90, 180)  # days after the contact
BOTH, TRIAL, CAMPAIGN = "both", "trial", "campaign"


@unless_unavailable
def by_lot(read: Read, has: Has, product: str, *, as_of: date) -> pd.DataFrame | Unavailable:
    """Give the contacts of an offer of whose customers lots held some out.

    Returns
    -------
    DataFrame
        ``contact_id, customer_id, sent_on, treated, kind`` (``trial`` or ``campaign``), ``round`` (chances of being
        contacted are the same within). Unavailable where nobody was held out by lot.
    """
    missing = Unavailable("activation", "no_lots")
    if not (has("contacts") and has("offers")):
        return missing
    contacts, offers = read("contacts"), read("offers")
    if not {"is_random", "propensity"} <= set(contacts.columns) or "product" not in offers.columns:
        return missing
    of = offers.filter(offers.product == product).select("offer_id")
    sent = contacts.filter(contacts.sent_on <= as_of, contacts.propensity.notnull()).semi_join(of, "offer_id")
    columns = ["contact_id", "customer_id", "sent_on", "is_holdout", "is_random", "propensity"]
    rows = sent.select(*columns).to_pandas().sort_values("contact_id", ignore_index=True)
    if rows.empty or rows["is_holdout"].nunique() < 2:
        return missing
    trial = rows["is_random"].fillna(False).astype(bool)
    return pd.DataFrame({
        "contact_id": rows["contact_id"], "customer_id": rows["customer_id"],
        "sent_on": pd.to_datetime(rows["sent_on"]), "treated": ~rows["is_holdout"].astype(bool),
        "kind": trial.map({True: TRIAL, False: CAMPAIGN}), "round": rows["propensity"].astype(float).round(6),
    })  # fmt: skip


@unless_unavailable
def costs(read: Read, has: Has, product: str) -> tuple[float, float] | Unavailable:
    """Give what a contact with an offer costs, and what a response does."""
    offers = read("offers") if has("offers") else None
    if offers is None or not {"product", "cost", "contact_cost"} <= set(offers.columns):
        return Unavailable("activation", "no_lots")
    row = offers.filter(offers.product == product).to_pandas().iloc[0]
    return float(row["contact_cost"]), float(row["cost"])


def first_uses(read: Read, *, as_of: date) -> pd.DataFrame | Unavailable:
    """Give the day on which each customer first used a card: ``customer_id, day``."""
    accounts = read("accounts")
    if not {"credit_limit", "activated_on"} <= set(accounts.columns):
        return Unavailable("activation", "no_cards")
    used = accounts.filter(accounts.credit_limit.notnull(), accounts.activated_on <= as_of)
    found = used.group_by("customer_id").aggregate(day=used.activated_on.min()).to_pandas()
    return found.sort_values("customer_id", ignore_index=True)


def redemptions(read: Read, has: Has, *, as_of: date) -> pd.DataFrame | Unavailable:
    """Give the days on which points were redeemed: ``customer_id, day``."""
    if not has("rewards"):
        return Unavailable("points", "no_points")
    rewards = read("rewards")
    used = rewards.filter(rewards.kind == "redeemed", rewards.occurred_on <= as_of, rewards.customer_id.notnull())
    found = used.select("customer_id", day=ibis._.occurred_on).to_pandas()
    return found.sort_values(["customer_id", "day"], ignore_index=True)


@unless_unavailable
def added(contacts: pd.DataFrame, done: pd.DataFrame, *, as_of: date, once: bool) -> pd.DataFrame | Unavailable:
    """Compare how many of the contacted and of the held out did something within so many days of the contact.

    Parameters
    ----------
    contacts
        From `by_lot`.
    done
        ``customer_id, day``: who did it, and when.
    once
        Whether it can be done once only: who had done it before the contact is left out on both sides.

    Returns
    -------
    DataFrame
        For each ``kind`` (``both``, ``trial``, ``campaign``) and horizon (``days``): ``contacted, held_out, rate,
        held_rate, added, low, high`` (95%, score interval). Contacts whose horizon is not over do not count.
        Unavailable where fewer than thirty are on a side.
    """
    days = contacts[["contact_id", "customer_id", "sent_on"]].merge(done, on="customer_id")
    gap = (pd.to_datetime(days["day"]) - days["sent_on"]).dt.days
    known = contacts[~contacts["contact_id"].isin(days.loc[gap < 0, "contact_id"])] if once else contacts
    rows = []
    for horizon in HORIZONS:
        did = set(days.loc[gap.between(0, horizon), "contact_id"])
        over = known[known["sent_on"] <= pd.Timestamp(as_of) - pd.Timedelta(days=horizon)]
        over = over.assign(did=over["contact_id"].isin(did))
        for kind in (BOTH, TRIAL, CAMPAIGN):
            part = over if kind == BOTH else over[over["kind"] == kind]
            rounds = count_sides(part)
            if part.empty or not can_be_read(rounds):
                continue
            found = compare_rounds(rounds)
            counts = rounds[["contacted", "held_out"]].sum()
            rows.append((kind, horizon, *counts, found.rate, found.held_rate, found.added, found.low, found.high))
    names = ["kind", "days", "contacted", "held_out", "rate", "held_rate", "added", "low", "high"]
    return pd.DataFrame(rows, columns=names) if rows else Unavailable("activation", "few_lots", {"fewest": MIN_GROUP})


def count_sides(contacts: pd.DataFrame) -> pd.DataFrame:
    """Count both sides of each round: ``contacted, held_out, responded, held_responded``, ``did`` being a response.

    Examples
    --------
    >>> sent = {"kind": "trial", "round": 0.5, "treated": [True, True, False], "did": [True, False, False]}
    >>> count_sides(pd.DataFrame(sent)).to_dict("records")
    [{'contacted': 2, 'held_out': 1, 'responded': 1, 'held_responded': 0}]
    """
    counted = by_side(contacts["treated"], contacts["did"])
    return contacts.assign(**counted).groupby(["kind", "round"])[list(counted)].sum().reset_index(drop=True)


@unless_unavailable
def true_addition(contacts: pd.DataFrame, true: pd.DataFrame | None) -> pd.DataFrame | None:
    """Give what the contacts of each kind truly added to the chance of a response in the month: ``kind, added``.

    Parameters
    ----------
    true
        ``contact_id, chance_without, chance_with``; None where the truth is not known.
    """
    if true is None:
        return None
    both = contacts.merge(true, on="contact_id")
    gained = both.assign(added=both["chance_with"] - both["chance_without"])[both["treated"]]
    by = gained.groupby("kind")["added"].mean()
    return pd.concat([pd.Series({BOTH: gained["added"].mean()}), by]).rename_axis("kind").rename("added").reset_index()
