"""Reach and responses by campaign and offer, incremental responses, and which campaigns can be compared."""

import re
from datetime import date, timedelta
from typing import Any, NamedTuple

import ibis
import numpy as np
import pandas as pd

from insight.config.definitions import share
from insight.errors import Unavailable
from insight.intervals import wilson
from insight.review.draw import BROKEN, check_draws
from insight.review.rates import MIN_GROUP, can_be_read, combine, compare_rounds

COMPARED = "compared"
BEFORE_DATA, UNFINISHED = "began before the data", "not finished"
SHORT_PAST, FEW_CONTACTED, FEW_OTHERS = "too little before it", "few contacted", "few to compare with"
BROKEN_DRAW = "drawn otherwise than planned"
MOST_SHOWN = 30  # campaigns beside each other in one figure


def count_reach(campaigns: ibis.Table, contacts: ibis.Table, responses: ibis.Table | None = None) -> pd.DataFrame:
    """Count the contacted, the control group and the responses of each campaign, and check its draw.

    Who was both contacted and held out was contacted, and is no part of the control group.

    Returns
    -------
    DataFrame
        One row per campaign in the order of its first day: the campaign's columns, ``contacted``,
        ``held_out``, ``responded`` (contacted customers with at least one response to it),
        ``held_responded`` (the same of those held out, where responses are measured for them), ``both_responded``
        (the same of those on both sides), ``both, planned, delivered, draw`` of `insight.review.draw.check_draws`, and
        ``response_rate`` with its Wilson interval; missing where nobody was contacted, and where responses are not
        recorded: of any campaign, or of one without any in which chance alone cannot have left all silent.
    """
    people = contacts.group_by("campaign_id", "customer_id").aggregate(
        treated=(~contacts.is_holdout).any(), both=contacts.is_holdout.any() & (~contacts.is_holdout).any()
    )
    if responses is None:
        people = people.mutate(has_responded=ibis.null("boolean"))
    else:
        known = responses.select("campaign_id", "customer_id").distinct().mutate(has_responded=True)
        people = people.left_join(known, ["campaign_id", "customer_id"]).select(
            "campaign_id", "customer_id", "treated", "both", has_responded=known.has_responded.fill_null(False)
        )
    counts = people.group_by("campaign_id").aggregate(
        contacted=people.treated.cast("int64").sum(),
        held_out=(~people.treated).cast("int64").sum(),
        responded=(people.treated & people.has_responded).cast("int64").sum(),
        held_responded=(~people.treated & people.has_responded).cast("int64").sum(),
        both_responded=(people.both & people.has_responded).cast("int64").sum(),
    )
    described = campaigns.select("campaign_id", "name", "kind", "starts_on", "ends_on")
    frame = described.left_join(counts, "campaign_id").drop("campaign_id_right").to_pandas()
    frame = frame.merge(check_draws(contacts).drop(columns="assigned"), on="campaign_id", how="left")
    sides = ["contacted", "held_out", "both"]
    frame[sides] = frame[sides].fillna(0).astype(int)
    for name in _ANSWERS:
        frame[name] = frame[name].astype(float).fillna(0.0) if responses is not None else np.nan
    frame.loc[_unrecorded(frame), _ANSWERS] = np.nan
    for day in ("starts_on", "ends_on"):
        frame[day] = pd.to_datetime(frame[day]).dt.date
    frame = frame.sort_values(["starts_on", "campaign_id"], ignore_index=True)
    return frame.join(response_rates(frame["responded"], frame["contacted"]))


_ANSWERS = ["responded", "held_responded", "both_responded"]
_BEYOND_CHANCE = 0.001


def _unrecorded(reach: pd.DataFrame) -> pd.Series:
    """Mark campaigns without any response that would have some by chance, if responded to as the others are."""
    silent = (reach["responded"] + reach["held_responded"] == 0) & (reach["contacted"] > 0)
    others = reach[~silent]
    rate = others["responded"].sum() / max(others["contacted"].sum(), 1)
    return silent & ((1 - rate) ** reach["contacted"] < _BEYOND_CHANCE)


def _recorded(reach: pd.DataFrame) -> pd.Series:
    """Give the contacted of campaigns whose responses are recorded, else missing."""
    return reach["contacted"].where(reach["responded"].notna())


def silent_campaigns(reach: pd.DataFrame) -> pd.DataFrame:
    """Keep the campaigns whose responses are not recorded, where those of others are."""
    return reach[reach["responded"].isna() & (reach["contacted"] > 0) & reach["responded"].notna().any()]


def response_rates(responded: pd.Series, contacted: pd.Series) -> pd.DataFrame:
    """Give shares with their Wilson intervals (95%); missing where nobody was contacted.

    Examples
    --------
    >>> response_rates(pd.Series([36.0]), pd.Series([361])).round(3)
       response_rate  response_low  response_high
    0            0.1         0.073          0.135
    """
    n = contacted.where(contacted > 0).astype(float)
    low, high = wilson(responded, n)
    return pd.DataFrame({"response_rate": responded / n, "response_low": low, "response_high": high})


def judge_campaigns(reach: pd.DataFrame, *, first: date, last: date, past_days: int, customers: int) -> pd.DataFrame:
    """Judge of each campaign whether its effect can be estimated, or why not (column ``verdict``).

    Parameters
    ----------
    reach
        From `count_reach`.
    first, last
        First and last day with data.
    past_days
        Days before a campaign that the comparison and its placebo test need.
    customers
        Everyone who could have been contacted.
    """
    known_from = first + timedelta(days=past_days)
    held_out, contacted = reach["held_out"], reach["contacted"]
    others = held_out.where(held_out >= MIN_GROUP, customers - contacted)
    verdict = np.select(
        [
            reach["starts_on"] < first,
            reach["ends_on"] > last,
            reach["starts_on"] < known_from,
            contacted < MIN_GROUP,
            others < MIN_GROUP,
            reach["draw"] == BROKEN,
        ],
        [BEFORE_DATA, UNFINISHED, SHORT_PAST, FEW_CONTACTED, FEW_OTHERS, BROKEN_DRAW],
        COMPARED,
    )
    return reach.assign(verdict=verdict)


def reach_by_kind(reach: pd.DataFrame, contacts: ibis.Table, campaigns: ibis.Table) -> pd.DataFrame:
    """Add up campaigns of a kind: ``kind, campaigns, contacts, customers`` (each once), ``responded``, rates.

    A customer contacted by two campaigns is two contacts, and may respond to both.
    """
    named = contacts.filter(~contacts.is_holdout).join(campaigns.select("campaign_id", "kind"), "campaign_id")
    people = named.group_by("kind").aggregate(customers=named.customer_id.nunique()).to_pandas()
    totals = reach.assign(recorded=_recorded(reach)).groupby("kind", dropna=False)
    totals = totals.agg(
        campaigns=("campaign_id", "size"),
        contacts=("contacted", "sum"),
        recorded=("recorded", "sum"),
        responded=("responded", lambda column: column.sum(min_count=1)),
    )
    frame = totals.reset_index().merge(people, on="kind", how="left")
    rates = response_rates(frame["responded"], frame.pop("recorded"))
    return frame.join(rates).sort_values("kind", ignore_index=True)


def rounds(reach: pd.DataFrame) -> pd.DataFrame:
    """Add up campaigns that repeat the same offer month after month: one row per name without its date.

    Returns
    -------
    DataFrame
        ``campaign_id`` (of the first round), ``name, kind, starts_on`` (of the first), ``campaigns``, sums of
        ``contacted, held_out, responded, held_responded``, and rates; highest response rate first.

    Examples
    --------
    >>> name_of_round("2024-03 Spend and get"), name_of_round("Spring sale")
    ('Spend and get', 'Spring sale')
    """
    named = reach.assign(name=[name_of_round(name) for name in reach["name"]], recorded=_recorded(reach))
    totals = named.groupby("name", sort=False).agg(
        campaign_id=("campaign_id", "first"),
        kind=("kind", "first"),
        starts_on=("starts_on", "first"),
        campaigns=("campaign_id", "size"),
        recorded=("recorded", "sum"),
        **{name: (name, lambda column: column.sum(min_count=1)) for name in _COUNTS},
    )
    totals = totals.join(response_rates(totals["responded"], totals.pop("recorded")))
    return totals.sort_values("response_rate", ascending=False, kind="stable").reset_index()


_COUNTS = ("contacted", "held_out", "responded", "held_responded")
_DATE = re.compile(r"^\d{4}-\d{2}(-\d{2})?\s+")


def name_of_round(name: Any) -> Any:
    """Take the date off the name of a campaign that is repeated; what has no name stays without."""
    return _DATE.sub("", name) if isinstance(name, str) else name


def repeats(reach: pd.DataFrame) -> bool:
    """Say whether campaigns are rounds of a few offers, more than can be shown one by one."""
    return len(reach) > MOST_SHOWN and reach["name"].notna().all() and len(rounds(reach)) <= MOST_SHOWN


def incremental_responses(reach: pd.DataFrame) -> pd.DataFrame | Unavailable:
    """Give the responses that contacts add: response rates against the control groups, by offer and in all.

    Campaigns count by the customers contacted, so that an offer with many responses and a small
    control group is not compared with another one (`insight.review.rates`). Only those drawn as planned, with responses
    measured for the control groups, are compared, and offers whose rounds hold out thirty together; who is on both
    sides counts on neither.

    Returns
    -------
    DataFrame
        ``name`` (None for all), ``campaigns, contacted, held_out, rate, held_rate, added, added_low,
        added_high`` (95%); `Unavailable` where no control group has responses on record.

    Examples
    --------
    >>> one = pd.DataFrame({"name": ["tea"], "contacted": [400], "held_out": [100], "both": [0], "draw": ["no plan"],
    ...                     "responded": [80.0], "held_responded": [10.0], "both_responded": [0.0]})
    >>> incremental_responses(one)[["held_rate", "added", "added_low", "added_high"]].round(3).iloc[-1].tolist()
    [0.1, 0.1, 0.018, 0.163]
    """
    only = reach.assign(
        contacted=reach["contacted"] - reach["both"], responded=reach["responded"] - reach["both_responded"]
    )
    sound = (reach["draw"] != BROKEN) & reach["responded"].notna()
    drawn = only[sound & (only["held_out"] > 0) & (only["contacted"] > 0)]
    offers = drawn.groupby(drawn["name"].map(name_of_round), sort=True)
    rows = [_added(rounds, name) for name, rounds in offers if can_be_read(rounds)]
    if not sum(row[_ADDED.index("held_responded")] for row in rows):
        return Unavailable("review", "no_control_group", {"group": MIN_GROUP})
    return pd.DataFrame([*rows, _added_in_all(rows)], columns=_ADDED)


class AddedResponses(NamedTuple):
    """Responses that a contact adds, with the 95% interval."""

    added: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """Say whether the interval excludes nothing: ``significant`` or ``not_significant``."""
        return "not_significant" if self.low <= 0 <= self.high else "significant"


def added_in_all(added: pd.DataFrame) -> AddedResponses:
    """Give what all offers of `incremental_responses` together add."""
    return AddedResponses(*added.iloc[-1][["added", "added_low", "added_high"]])


class Rates(NamedTuple):
    """The response rates of groups that tell how far they lie apart."""

    best: pd.Series
    second: pd.Series
    last: pd.Series

    @property
    def verdict(self) -> str:
        """Say how clearly they lie apart: ``highest``, ``highest_and_lowest``, ``alike``, or ``single`` where alone."""
        if self.best is self.last:
            return "single"
        if self.best["response_low"] > self.second["response_high"]:
            return "highest"
        return "highest_and_lowest" if self.best["response_low"] > self.last["response_high"] else "alike"


def compare_rates(groups: pd.DataFrame) -> Rates:
    """Rank groups by their response rate: the highest, the next one and the lowest.

    Examples
    --------
    >>> groups = {"response_rate": [0.1, 0.3], "response_low": [0.05, 0.2], "response_high": [0.15, 0.4]}
    >>> compare_rates(pd.DataFrame(groups)).verdict, compare_rates(pd.DataFrame(groups)[:1]).verdict
    ('highest', 'single')
    """
    known = groups[groups["response_rate"].notna()]
    rows = [row for _, row in known.sort_values("response_rate", ascending=False).iterrows()]
    return Rates(rows[0], rows[min(1, len(rows) - 1)], rows[-1])


_ADDED = [
    *("name", "campaigns", "contacted", "held_out", "responded", "held_responded"),
    *("rate", "held_rate", "added", "added_low", "added_high"),
]


def _added(reach: pd.DataFrame, name: str) -> tuple:
    found = compare_rounds(reach)
    counts = (int(reach[column].sum()) for column in _COUNTS)
    return name, len(reach), *counts, *found[:5]


def _added_in_all(rows: list[tuple]) -> tuple:
    """Add up the rows of offers, each by the customers contacted."""
    each = pd.DataFrame(rows, columns=_ADDED)
    weight = (each["contacted"] / each["contacted"].sum()).to_numpy(float)
    values, low, high = (each[f"added{end}"].to_numpy() for end in ("", "_low", "_high"))
    rates = (float(each[side].to_numpy() @ weight) for side in ("rate", "held_rate"))
    counts = (int(each[column].sum()) for column in ("campaigns", *_COUNTS))
    return None, *counts, *rates, *combine(values, low, high, weight)


def overall_response(reach: pd.DataFrame) -> pd.DataFrame:
    """Give the response rate over all campaigns with responses on record: ``contacts, responded`` and the rates."""
    contacts, responded = _recorded(reach).sum(), reach["responded"].sum(min_count=1)
    total = pd.DataFrame({"contacts": [contacts], "responded": [responded]})
    return total.join(response_rates(total["responded"], total["contacts"]))


class Contacted(NamedTuple):
    """How many customers with a purchase there are, how many of them were contacted, and who else was.

    Attributes
    ----------
    customers
        Customers with a purchase.
    people
        Of these, the contacted.
    others
        Contacted who never bought: they are no part of the customers with a purchase, nor of a share of them.
    """

    customers: int
    people: int
    others: int

    @property
    def share(self) -> float:
        """Give the contacted as a share of the customers with a purchase."""
        return float(share("campaign_reach", self.people, self.customers))


def count_contacted(contacts: ibis.Table, buyers: ibis.Table) -> Contacted:
    """Count the customers contacted by any campaign, those with a purchase apart from those without.

    ``buyers`` has the ``customer_id`` of each customer with a purchase, once.
    """
    reached = contacts.filter(~contacts.is_holdout).select("customer_id").distinct()
    among = reached.semi_join(buyers, "customer_id").count().execute()
    return Contacted(int(buyers.count().execute()), int(among), int(reached.count().execute() - among))


def with_enough_responses(reach: pd.DataFrame, *, min_cell: int) -> pd.DataFrame:
    """Keep the campaigns whose response rate may be shown: enough who responded, and enough who did not."""
    rest = reach["contacted"] - reach["responded"]
    return reach[(reach["responded"] >= min_cell) & (rest >= min_cell)].reset_index(drop=True)
