"""Who redeems points and whether they stay, and what they redeem them for next."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from insight.card.applications import Has, Read
from insight.card.use.points import Books
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import wilson
from insight.predict.propensity.ranking import compare_rankings
from insight.review.comparison import compare

MONTHS = 6  # looked back for redemptions, and ahead for closings
FEWEST = 50  # who redeemed, and who did not; redemptions that are told
OWN, LAST, POPULAR = "own", "last", "popular"
_PRIOR, _TESTED = 3.0, 90  # redemptions that the usual mix counts as beside the own ones; days kept back


@dataclass(frozen=True)
class Staying:
    """How many of those who redeemed, and of the others, still held a card some months later.

    ``effect, low, high``: the difference from comparable others, who held as many points and as long a time, earned as
    much and had the card as long; ``gap`` is that from all others. Nobody drew lots: it describes, and proves nothing.
    """

    months: int
    customers: int
    redeemed: int
    stayed: float
    stayed_low: float
    stayed_high: float
    others: float
    gap: float
    effect: float
    low: float
    high: float


@unless_unavailable
def staying(books: Books, opened: pd.Series) -> Staying | Unavailable:
    """Say whether those who redeemed in some months hold a card as long again, beside comparable others.

    Parameters
    ----------
    opened
        By customer, the number of the month in which the first card was opened.
    """
    months = min(MONTHS, len(books.earned) // 3)
    now = len(books.earned)
    then, before = now - months, max(now - 2 * months, 1)
    held = books.balance(books.opening)
    here = books.is_open[then - 1] & (books.earned[:then].sum(axis=0) > 0)
    did = books.redeemed[before:then].sum(axis=0) > 0
    traits = pd.DataFrame({
        "held": held[before - 1], "earned_before": books.earned[:before].sum(axis=0) / before,
        "earned": books.earned[before:then].sum(axis=0) / max(then - before, 1),
        "age": (books.first + then - opened.reindex(books.customers).fillna(books.first)).clip(lower=0).to_numpy(),
    }, index=books.customers)[here]  # fmt: skip
    redeemed = pd.Series(did, index=books.customers)[here]
    stayed = pd.Series(books.is_open[-1].astype(float), index=books.customers)[here]
    if min(redeemed.sum(), (~redeemed).sum()) < FEWEST or stayed.nunique() < 2:
        return Unavailable("points", "few_redeem", {"fewest": FEWEST})
    found, share = compare(stayed, redeemed, traits), stayed[redeemed].mean()
    low, high = wilson(stayed[redeemed].sum(), redeemed.sum())
    others = stayed[~redeemed].mean()
    return Staying(
        months, len(stayed), int(redeemed.sum()), float(share), float(low), float(high), float(others),
        float(share - others), found.effect, *found.interval,
    )  # fmt: skip


def opened_in(read: Read, *, as_of: date) -> pd.Series:
    """Give, by customer, the number of the month in which the first card was opened."""
    accounts = read("accounts")
    cards = accounts.filter(accounts.credit_limit.notnull(), accounts.opened_on <= as_of)
    month = (cards.opened_on.year() * 12 + cards.opened_on.month() - 1).cast("int64")
    return cards.group_by("customer_id").aggregate(month=month.min()).to_pandas().set_index("customer_id")["month"]


@unless_unavailable
def next_item(read: Read, has: Has, *, as_of: date, seed: int) -> pd.DataFrame | Unavailable:
    """Say how often the first item of a ranking is what a customer redeems for next, on months kept back.

    Three rankings: the own redemptions so far beside the usual mix, the last one, and what is most popular.

    Returns
    -------
    DataFrame
        A row per ranking: ``ranking, customers, hits, hits_low, hits_high, lead, lead_low, lead_high`` (95%, resampled
        customers; lead: how much higher the first ranking's mean reciprocal place is), and ``chance``, one of so many
        items. Of each customer the first redemption of the last 90 days counts, where there was one before.
    """
    if not has("rewards"):
        return Unavailable("points", "no_points")
    rewards = read("rewards")
    if "item" not in rewards.columns:
        return Unavailable("points", "no_items")
    used = rewards.filter(rewards.kind == "redeemed", rewards.item.notnull(), rewards.occurred_on <= as_of)
    rows = used.select("reward_id", "customer_id", "occurred_on", "item").to_pandas()
    rows = rows.assign(day=pd.to_datetime(rows["occurred_on"])).sort_values(["day", "reward_id"], ignore_index=True)
    later = rows["day"] > pd.Timestamp(as_of - timedelta(days=_TESTED))
    known = rows[~later]
    came = rows[later & rows["customer_id"].isin(known["customer_id"])].drop_duplicates("customer_id")
    items = pd.Index(sorted(known["item"].unique()))
    came = came[came["item"].isin(items)]
    if len(came) < FEWEST or len(items) < 2:
        return Unavailable("points", "few_redeem", {"fewest": FEWEST})
    usual = known["item"].value_counts(normalize=True).reindex(items).to_numpy()
    own = pd.crosstab(known["customer_id"], known["item"]).reindex(index=came["customer_id"], columns=items)
    last = (
        known.drop_duplicates("customer_id", keep="last").set_index("customer_id")["item"].reindex(came["customer_id"])
    )
    popular = np.tile(usual, (len(came), 1))
    rankings = {
        OWN: own.to_numpy(float) + _PRIOR * usual,
        LAST: (last.to_numpy()[:, None] == items.to_numpy()) + 0.5 * popular,
        POPULAR: popular,
    }
    bought = came["item"].to_numpy()[:, None] == items.to_numpy()
    found = compare_rankings(rankings, bought, k=1, seed=seed)
    return found.assign(chance=1 / len(items))
