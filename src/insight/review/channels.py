"""What becomes of contacts by the channel that carried them: where customers are lost, what comes back for its cost."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from insight.errors import Unavailable, unless_unavailable
from insight.intervals import LEVEL, difference_of_shares, wilson
from insight.review.customers.tickets import COMPLAINT
from insight.review.draw import BROKEN
from insight.review.rates import MIN_GROUP, by_side, can_be_read, combine, compare_rounds
from insight.review.readout import sides_of

#: Days within which a response is followed by a purchase, and a contact by a complaint.
AFTER = 28
#: How what comes back stands to what is spent, as far as the interval tells.
LOSES, PAYS, UNSURE = "loses", "pays", "unsure"
_YEAR = timedelta(days=365)
_COUNTS = ["contacted", "held_out", "responded", "held_responded", "bought", "complained", "held_complained"]


@dataclass(frozen=True, eq=False)
class Moved:
    """The money of a year that would bring more elsewhere: that of channels which do not surely bring back their cost.

    Attributes
    ----------
    channels, to
        Whose it is, and the channel to which it goes.
    spent
        What goes there, in currency units.
    gain, low, high
        What that brings more, with its 95% interval.
    """

    channels: tuple[str, ...]
    to: str
    spent: float
    gain: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Returns:
    """What comes back by channel for the same offers, each at its share of all contacts.

    Attributes
    ----------
    channels
        One row each, the highest return first: ``channel, contacted, held_out, added`` (of a contact) with
        ``added_low, added_high``, ``spent`` (for a contact and its responses), ``returned`` per unit spent with
        ``_low, _high`` (95% for all rows together), ``spent_year`` and ``verdict``.
    offers
        How many offers are compared: those that can be read in each channel, and whose responses have a known worth.
    moved
        None where every channel surely brings back its cost, or none surely brings more than those that do not.
    """

    channels: pd.DataFrame
    offers: int
    moved: Moved | None


@unless_unavailable
def follow(
    contacts: ibis.Table,
    responses: ibis.Table | None,
    daily: ibis.Table,
    tickets: ibis.Table | None,
    judged: pd.DataFrame,
    *,
    as_of: date,
) -> pd.DataFrame | Unavailable:
    """Count by campaign, offer and channel who responded, who bought after that, and who complained.

    Parameters
    ----------
    daily
        From `insight.review.behaviour.daily_totals`.
    tickets
        The ``service_tickets`` table.
    judged
        From `insight.review.reach.judge_campaigns`; campaigns that were not drawn as planned, whose responses are not
        recorded, or that ended less than `AFTER` days before ``as_of`` are left out.

    Returns
    -------
    DataFrame
        ``campaign_id, offer_id, channel, starts_on, contacted, held_out, responded, held_responded``, ``bought`` (of
        the contacted who responded, within `AFTER` days), ``complained, held_complained`` (within `AFTER` days of the
        contact; missing without complaints on record).
    """
    if responses is None or "channel" not in contacts.columns:
        return Unavailable("experience", "not_recorded")
    sound = (judged["draw"] != BROKEN) & judged["responded"].notna()
    over = judged[sound & (judged["ends_on"] <= as_of - timedelta(days=AFTER))]
    kept = contacts.filter(contacts.campaign_id.isin(list(over["campaign_id"])))
    people = sides_of(kept, responses)
    people = people.filter(people.channel.notnull())
    key = ["campaign_id", "customer_id"]
    buying = _within(people.filter(people.treated & people.has_responded), "responded_on", daily, "occurred_on")
    people = people.left_join(buying.mutate(bought=True), key).drop("campaign_id_right", "customer_id_right")
    if tickets is not None:
        complaints = tickets.filter(tickets.topic.endswith(COMPLAINT)).select(
            "customer_id", opened_on=tickets.opened_at.date()
        )
        angry = _within(people, "sent_on", complaints, "opened_on")
        people = people.left_join(angry.mutate(complained=True), key).drop("campaign_id_right", "customer_id_right")
    else:
        people = people.mutate(complained=ibis.null("boolean"))
    mine, other = people.treated, ~people.treated
    counted = people.group_by("campaign_id", "offer_id", "channel").aggregate(
        **{name: people.count(where=who) for name, who in by_side(mine, people.has_responded).items()},
        bought=people.count(where=mine & people.bought),
        complained=people.count(where=mine & people.complained),
        held_complained=people.count(where=other & people.complained),
    )
    cells = counted.order_by("campaign_id", "offer_id", "channel").to_pandas()
    if cells.empty:
        return Unavailable("experience", "not_recorded")
    if not cells["complained"].sum() + cells["held_complained"].sum():
        cells[["complained", "held_complained"]] = np.nan
    return cells.merge(over[["campaign_id", "starts_on"]], on="campaign_id")


def _within(people: ibis.Table, since: str, happened: ibis.Table, on: str) -> ibis.Table:
    """Keep who had something happen in the days after one of theirs: ``campaign_id, customer_id``, each once."""
    both = people.select("campaign_id", "customer_id", since).inner_join(
        happened.select("customer_id", on), "customer_id"
    )
    days = both[on].delta(both[since], unit="day")
    near = both.filter(days > 0, days <= AFTER)
    return near.group_by("campaign_id", "customer_id").aggregate(times=near.count()).drop("times")


@unless_unavailable
def funnels(cells: pd.DataFrame, *, minimum: int) -> pd.DataFrame | Unavailable:
    """Give by channel how many are left at each step, and what contacts add to complaints.

    Parameters
    ----------
    cells
        From `follow`.
    minimum
        Customers that must be on either side of each step.

    Returns
    -------
    DataFrame
        ``channel, contacted, responded, bought``, ``response`` (of the contacted) and ``purchase`` (of those who
        responded) with ``_low, _high`` (95% for all rows together), ``whole`` (of the contacted, both steps),
        ``complaints`` (added by a contact: of contacted less held out) with ``_low, _high``; most who are left first.
    """
    sums = cells.groupby("channel")[_COUNTS].sum(min_count=1)
    steps = [sums["bought"], sums["responded"] - sums["bought"], sums["contacted"] - sums["responded"]]
    sums = sums[np.logical_and.reduce([step >= minimum for step in steps])]
    if len(sums) < 2:
        return Unavailable("experience", "few", {"fewest": minimum})
    level = 1 - (1 - LEVEL) / len(sums)
    found = sums[["contacted", "responded", "bought"]].astype(int)
    for name, some, of in (("response", "responded", "contacted"), ("purchase", "bought", "responded")):
        found[name] = found[some] / found[of]
        found[f"{name}_low"], found[f"{name}_high"] = wilson(found[some], found[of], level=level)
    found["whole"] = found["bought"] / found["contacted"]
    counts = [sums[name].astype(float) for name in ("complained", "contacted", "held_complained", "held_out")]
    found["complaints"] = counts[0] / counts[1] - counts[2] / counts[3].where(counts[3] >= MIN_GROUP)
    low, high = difference_of_shares(*counts, level=level)
    found["complaints_low"], found["complaints_high"] = (pd.Series(end, index=sums.index) for end in (low, high))
    found.loc[found["complaints"].isna(), ["complaints_low", "complaints_high"]] = np.nan
    return found.sort_values("whole", ascending=False, kind="stable").reset_index()


@unless_unavailable
def returns(cells: pd.DataFrame, described: pd.DataFrame, *, as_of: date) -> Returns | Unavailable:
    """Compare what comes back by channel for what it costs, and move the money of those that surely lose.

    Parameters
    ----------
    cells
        From `follow`.
    described
        From `insight.review.readout.describe_offers`, for these offers.
    """
    known = cells[cells["offer_id"].notna() & (cells["contacted"] > 0) & (cells["held_out"] > 0)]
    worth = known["offer_id"].map(described["worth"])
    groups = {(str(one), str(by)): of for (by, one), of in known[worth.notna()].groupby(["offer_id", "channel"])}
    channels = sorted({channel for channel, _ in groups})
    offers = sorted({offer for _, offer in groups})
    offers = [offer for offer in offers if all(can_be_read(groups.get((each, offer), known[:0])) for each in channels)]
    if len(channels) < 2 or not offers:
        return Unavailable("experience", "no_offers", {"group": MIN_GROUP})
    terms = described.loc[offers]
    share = np.array([known.loc[known["offer_id"] == offer, "contacted"].sum() for offer in offers], dtype=float)
    share = share / share.sum()
    level = 1 - (1 - LEVEL) / len(channels)
    rows, single = [], {}
    for channel in channels:
        parts = [groups[channel, offer] for offer in offers]
        wide, alone = ([compare_rounds(part, level=one) for part in parts] for one in (level, LEVEL))
        rates = np.array([one.rate for one in wide])
        spent = float(share @ (terms["contact_cost"] + rates * terms["response_cost"]))
        price = share * terms["worth"].to_numpy() / spent
        single[channel] = _combined(alone, price)
        recent = cells[(cells["channel"] == channel) & (cells["starts_on"] > as_of - _YEAR)]
        rows.append(
            (channel, *(int(sum(part[side].sum() for part in parts)) for side in ("contacted", "held_out")),
             *_combined(wide, share), spent, *_combined(wide, price), spent * recent["contacted"].sum())
        )  # fmt: skip
    found = pd.DataFrame(rows, columns=_RETURNS)
    verdicts = [found["returned_high"] < 1, found["returned_low"] > 1]
    found["verdict"] = np.select(verdicts, [LOSES, PAYS], UNSURE)
    found = found.sort_values("returned", ascending=False, kind="stable", ignore_index=True)
    return Returns(found, len(offers), _moved(found, single))


_RETURNS = [
    *("channel", "contacted", "held_out", "added", "added_low", "added_high"),
    *("spent", "returned", "returned_low", "returned_high", "spent_year"),
]


def _combined(parts: list, weights: np.ndarray) -> tuple[float, float, float]:
    """Add up what offers add; a worth below zero turns an interval round."""
    values, low, high = (np.array([getattr(one, name) for one in parts]) for name in ("added", "low", "high"))
    turned = weights < 0
    return combine(values, np.where(turned, high, low), np.where(turned, low, high), weights)


def _moved(found: pd.DataFrame, single: dict[str, tuple[float, float, float]]) -> Moved | None:
    """Move the money of channels that do not surely pay to the one that brings most, where that surely brings more."""
    best = found.iloc[0]
    lost = found[(found["verdict"] != PAYS) & (found["spent_year"] > 0)]
    if lost.empty or best["channel"] in set(lost["channel"]):
        return None
    sums = lost["spent_year"].to_numpy(float)
    top, *others = (single[str(channel)] for channel in (best["channel"], *lost["channel"]))
    values, lows, highs = np.array([top, *((-value, -high, -low) for value, low, high in others)]).T
    gain, least, most = combine(values, lows, highs, np.array([sums.sum(), *sums]))
    names = tuple(str(channel) for channel in lost["channel"])
    return Moved(names, str(best["channel"]), float(sums.sum()), gain, least, most) if least > 0 else None
