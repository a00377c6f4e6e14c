"""What each offer brought against its control groups, what that cost, what came back, and what to do next."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from insight.errors import Unavailable, unless_unavailable
from insight.intervals import LEVEL, in_order
from insight.review.draw import BROKEN
from insight.review.rates import MIN_GROUP, by_side, can_be_read, combine, compare_rounds
from insight.review.reach import name_of_round

#: What to do next with an offer.
SCALE, STOP, CHANGE, AGAIN = "scale", "stop", "change", "again"
_LEAST_COST = 0.01  # of a contact: nothing is cheaper
_COUNTS = ["contacted", "held_out", "responded", "held_responded"]
_TERMS = ["contact_cost", "response_cost", "worth"]
_YEAR = timedelta(days=365)


@dataclass(frozen=True, eq=False)
class ReadOut:
    """Offers read out.

    Attributes
    ----------
    offers
        One row per offer, the highest return first: ``offer_id`` (none where small ones are read together), ``code``,
        ``name``, counts of both sides, ``rate, held_rate, added, added_low, added_high``, ``spent`` for a contact with
        its responses, ``worth`` of a response, ``price, price_low, price_high`` of an additional response,
        ``returned, returned_low, returned_high`` per unit spent, ``next`` (what to do) and ``turn``: the number at
        which that would be another (see `_next`).
    small
        Names of offers too small to be read by themselves, which are read together.
    unread
        Whether even together they are too small.
    cells
        What was counted, by offer and campaign.
    """

    offers: pd.DataFrame
    small: tuple[str, ...]
    unread: bool
    cells: pd.DataFrame

    @property
    def total(self) -> tuple[float, float, float] | None:
        """Return per unit spent on all offers whose responses have a known worth, with its 95% interval."""
        known = self.offers[self.offers["worth"].notna() & (self.offers["spent"] > 0)]
        if known.empty:
            return None
        values, one, other = (known[f"single{end}"] * known["worth"] for end in ("", "_low", "_high"))
        low, high = in_order(one, other)
        weight = (known["contacted"] / (known["contacted"] * known["spent"]).sum()).to_numpy(float)
        return combine(values.to_numpy(), low.to_numpy(), high.to_numpy(), weight)


def sides_of(contacts: ibis.Table, responses: ibis.Table) -> ibis.Table:
    """Give each customer's side of each campaign; who is on both sides of one is left out.

    Returns
    -------
    Table
        ``campaign_id, customer_id, offer_id, channel`` (missing where contacts name none), ``treated, sent_on``,
        ``has_responded`` and ``responded_on`` (first; missing where none did).
    """
    sides = contacts.group_by("campaign_id", "customer_id").aggregate(
        offer_id=_offer(contacts).max(),
        channel=contacts.channel.max() if "channel" in contacts.columns else ibis.null("string"),
        treated=(~contacts.is_holdout).any(),
        held=contacts.is_holdout.any(),
        sent_on=contacts.sent_on.min(),
    )
    sides = sides.filter(~(sides.treated & sides.held))
    known = responses.group_by("campaign_id", "customer_id").aggregate(responded_on=responses.responded_on.min())
    both = sides.left_join(known, ["campaign_id", "customer_id"])
    return both.select(
        *("campaign_id", "customer_id", "offer_id", "channel", "treated", "sent_on"),
        has_responded=known.responded_on.notnull(),
        responded_on=known.responded_on,
    )


def count_cells(contacts: ibis.Table, responses: ibis.Table | None, judged: pd.DataFrame) -> pd.DataFrame | Unavailable:
    """Count contacted, held out and responses by campaign and offer.

    Campaigns that were not drawn as planned, or whose responses are not recorded, are left out, and so is who is on
    both sides of a campaign.

    Returns
    -------
    DataFrame
        ``campaign_id, offer_id`` (missing where contacts name none), ``name`` (of the campaign's rounds), ``contacted,
        held_out, responded, held_responded``; `Unavailable` where no control group has responses on record.
    """
    nothing = Unavailable("readout", "no_control_group", {"group": MIN_GROUP})
    if responses is None:
        return nothing
    people = sides_of(contacts, responses)
    counted = people.group_by("campaign_id", "offer_id").aggregate(
        **{name: people.count(where=who) for name, who in by_side(people.treated, people.has_responded).items()}
    )
    cells = counted.order_by("campaign_id", "offer_id").to_pandas()
    sound = judged[(judged["draw"] != BROKEN) & judged["responded"].notna()]
    cells = cells.merge(sound[["campaign_id", "name"]], on="campaign_id")
    cells["name"] = cells["name"].map(name_of_round)
    cells = cells[(cells["contacted"] > 0) & (cells["held_out"] > 0)].reset_index(drop=True)
    return cells if cells["held_responded"].sum() > 0 else nothing


@unless_unavailable
def describe_offers(
    cells: pd.DataFrame,
    offers: pd.DataFrame | None,
    *,
    worth: pd.Series | None,
    contact_cost: float,
    response_cost: float | None,
) -> pd.DataFrame:
    """Give each offer's name, costs and the worth of a response, by the key of its cells.

    Parameters
    ----------
    offers
        The table of this name.
    worth
        Of a response, by offer: what another report found. A margin delivered with the offer counts before it.
    contact_cost, response_cost
        Of offers that say nothing of it; ``response_cost`` counts for all where it is given.
    """
    rows = {}
    known = {} if offers is None else offers.assign(offer_id=offers["offer_id"].astype(str)).set_index("offer_id").T
    for key, name in _keys(cells).items():
        row = known[key].to_dict() if key in known else {}
        own = {column: float(row[column]) for column in ("contact_cost", "cost", "margin") if pd.notna(row.get(column))}
        found = np.nan if worth is None else float(worth.get(key, np.nan))
        called = next((str(row[column]) for column in ("name", "product") if pd.notna(row.get(column))), name)
        rows[key] = {
            "code": str(row["product"]) if pd.notna(row.get("product")) else called,
            "name": called,
            "contact_cost": own.get("contact_cost", contact_cost),
            "response_cost": own.get("cost", 0.0) if response_cost is None else response_cost,
            "worth": own.get("margin", found),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _keys(cells: pd.DataFrame) -> dict[str, str]:
    """Give the names of campaigns by the keys of their offers."""
    return dict(zip(_key(cells), cells["name"].astype(str), strict=True))


def _key(counted: pd.DataFrame) -> pd.Series:
    """Give the key of an offer: its id, or the name of the campaign where contacts name none."""
    return counted["offer_id"].fillna(counted["name"]).astype(str)


def _offer(contacts: ibis.Table) -> ibis.Value:
    return contacts["offer_id"] if "offer_id" in contacts.columns else ibis.null("string")


@unless_unavailable
def read_out(cells: pd.DataFrame, described: pd.DataFrame, *, min_cell: int) -> ReadOut | Unavailable:
    """Read out each offer; those too small by themselves are read together.

    Intervals are widened for the number of offers (Bonferroni), so that not one in twenty is judged by chance.

    Parameters
    ----------
    cells
        From `count_cells`.
    described
        From `describe_offers`.
    min_cell
        Responses on either side below which an offer is not shown by itself.
    """
    keys = _key(cells)
    groups = {str(key): rounds for key, rounds in cells.groupby(keys, sort=True)}
    small = [key for key, rounds in groups.items() if not _can_stand(rounds, min_cell)]
    alone = {key: rounds for key, rounds in groups.items() if key not in small}
    together = cells[keys.isin(small)]
    unread = bool(small) and not _can_stand(together, min_cell)
    level = 1 - (1 - LEVEL) / max(len(alone) + (bool(small) and not unread), 1)
    rows = [_read(rounds, level) | {"offer_id": key, **described.loc[key]} for key, rounds in alone.items()]
    if small and not unread:
        count = together.groupby(keys)["contacted"].sum()
        terms = {name: float(np.average(described.loc[count.index, name], weights=count)) for name in _TERMS}
        rows.append(_read(together, level) | {"offer_id": None, "code": "others", "name": None, **terms})
    if not rows:
        return Unavailable("readout", "no_control_group", {"group": MIN_GROUP})
    found = _priced(pd.DataFrame(rows))
    found = found.sort_values(["returned", "added"], ascending=False, kind="stable", ignore_index=True)
    names = tuple(sorted(str(described.loc[key, "name"]) for key in small))
    return ReadOut(found.join(_next(found)), names, unread, cells)


def _can_stand(rounds: pd.DataFrame, min_cell: int) -> bool:
    """Say whether rounds can be read, and neither those who responded nor the others of a side are a small group."""
    counts = rounds[_COUNTS].sum()
    parts = [counts["responded"], counts["held_responded"], counts["contacted"] - counts["responded"]]
    parts.append(counts["held_out"] - counts["held_responded"])
    return can_be_read(rounds) and not any(0 < part < min_cell for part in parts)


def _read(rounds: pd.DataFrame, level: float) -> dict:
    wide, single = compare_rounds(rounds, level=level), compare_rounds(rounds)
    return {
        **{name: int(rounds[name].sum()) for name in _COUNTS},
        **{"rate": wide.rate, "held_rate": wide.held_rate},
        **{"added": wide.added, "added_low": wide.low, "added_high": wide.high},
        **{"single": single.added, "single_low": single.low, "single_high": single.high},
    }


def _priced(found: pd.DataFrame) -> pd.DataFrame:
    spent = found["contact_cost"] + found["rate"] * found["response_cost"]
    columns = {"spent": spent}
    for bound, other in (("", ""), ("_low", "_high"), ("_high", "_low")):
        added = found[f"added{other}"]
        columns[f"price{bound}"] = spent / added.where(added > 0)
        columns[f"returned{bound}"] = found[f"added{bound}"] * found["worth"] / spent.where(spent > 0)
    ends = ["returned_low", "returned_high"]
    columns |= dict(zip(ends, in_order(columns[ends[0]], columns[ends[1]]), strict=True))
    return found.assign(**columns)


@unless_unavailable
def offer_results(found: ReadOut, contacts: ibis.Table, judged: pd.DataFrame, *, last: date) -> pd.DataFrame:
    """Put the contacts of the year up to ``last`` beside what was read out of each offer.

    Contacts count whether or not their campaign can be judged.

    Returns
    -------
    DataFrame
        The ``offer_results`` table: one row per offer that is read by itself.
    """
    begun = judged.loc[judged["starts_on"] > last - _YEAR, ["campaign_id", "name"]]
    sent = contacts.filter(~contacts.is_holdout).select("campaign_id", offer_id=_offer(contacts))
    counted = sent.group_by("campaign_id", "offer_id").aggregate(contacts=sent.count())
    recent = counted.to_pandas().merge(begun, on="campaign_id")
    yearly = recent.groupby(_key(recent.assign(name=recent["name"].map(name_of_round))))["contacts"].sum()
    offers = found.offers[found.offers["offer_id"].notna()].drop(
        columns=["single", "single_low", "single_high", "turn"]
    )
    return offers.assign(contacts_year=offers["offer_id"].map(yearly).fillna(0).astype(int)).reset_index(drop=True)


def _next(found: pd.DataFrame) -> pd.DataFrame:
    """Say what to do with each offer, and at which number that would be another.

    Returns
    -------
    DataFrame
        ``next``, and ``turn``: the worth of a response below which it should not be scaled (`SCALE`), above which it
        should not be stopped (`STOP`; none where it adds nothing), the cost of a contact and its responses at which it
        would pay (`CHANGE`), or the contacts that would tell (`AGAIN`).

    Notes
    -----
    What is not worth its cost is changed where it surely adds responses that would pay for a cheaper contact, else
    stopped: where a response brings nothing, no contact is cheap enough.
    """
    even = np.where(found["worth"].notna(), found["spent"] / found["worth"].where(found["worth"] > 0), 0.0)
    even = np.where(found["worth"].le(0), np.inf, even)
    is_sure = found["added_low"] > even
    pays_not = found["added_high"] < even
    adds = found["added_low"] > 0
    brings = found["added"] * found["worth"]
    may_pay = adds & (brings >= _LEAST_COST)
    what = np.select([is_sure, pays_not & may_pay, pays_not | (found["added_high"] <= 0)], [SCALE, CHANGE, STOP], AGAIN)
    gap = np.abs(found["added"] - even)
    half = np.where(found["added"] > even, found["added"] - found["added_low"], found["added_high"] - found["added"])
    needed = found["contacted"] * np.square(half / np.maximum(gap, 1e-4))
    turns = {
        SCALE: found["spent"] / found["added_low"].where(adds),
        STOP: found["spent"] / found["added_high"].where(found["added_high"] > 0),
        CHANGE: brings,
        AGAIN: needed,
    }
    turn = np.select([what == name for name in turns], [np.asarray(value, dtype=float) for value in turns.values()])
    return pd.DataFrame({"next": what, "turn": turn}, index=found.index)
