"""Who was contacted, who responded, and which campaigns can be compared at all."""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from insight.review.comparison import Z

COMPARED = "compared"
BEFORE_DATA, UNFINISHED = "began before the data", "not finished"
SHORT_PAST, FEW_CONTACTED, FEW_OTHERS = "too little before it", "few contacted", "few to compare with"
#: Fewer contacted, or fewer to compare with, and the adjustment has more to estimate than it has data for.
MIN_GROUP = 30


def count_reach(campaigns: ibis.Table, contacts: ibis.Table, responses: ibis.Table | None = None) -> pd.DataFrame:
    """Count for each campaign who was contacted, held out, and responded.

    Returns
    -------
    DataFrame
        One row per campaign in the order of its first day: the campaign's columns, ``contacted``,
        ``held_out``, ``responded`` (contacted customers with at least one response to it), and
        ``response_rate`` with its Wilson interval; missing where nobody was contacted, or where
        the business records no responses.
    """
    told = contacts.group_by("campaign_id", "customer_id").aggregate(treated=(~contacts.is_holdout).any())
    if responses is None:
        told = told.mutate(answered=ibis.null("boolean"))
    else:
        said = responses.select("campaign_id", "customer_id").distinct().mutate(answered=True)
        told = told.left_join(said, ["campaign_id", "customer_id"]).select(
            "campaign_id", "customer_id", "treated", answered=said.answered.fill_null(False)
        )
    counts = told.group_by("campaign_id").aggregate(
        contacted=told.treated.cast("int64").sum(),
        held_out=(~told.treated).cast("int64").sum(),
        responded=(told.treated & told.answered).cast("int64").sum(),
    )
    described = campaigns.select("campaign_id", "name", "kind", "starts_on", "ends_on")
    frame = described.left_join(counts, "campaign_id").drop("campaign_id_right").to_pandas()
    frame[["contacted", "held_out"]] = frame[["contacted", "held_out"]].fillna(0).astype(int)
    frame["responded"] = frame["responded"].astype(float).fillna(0.0) if responses is not None else np.nan
    for day in ("starts_on", "ends_on"):
        frame[day] = pd.to_datetime(frame[day]).dt.date
    frame = frame.sort_values(["starts_on", "campaign_id"], ignore_index=True)
    return frame.join(response_rates(frame["responded"], frame["contacted"]))


def response_rates(responded: pd.Series, contacted: pd.Series) -> pd.DataFrame:
    """Give shares with their Wilson intervals (95%); missing where nobody was contacted.

    Examples
    --------
    >>> response_rates(pd.Series([36.0]), pd.Series([361])).round(3)
       response_rate  response_low  response_high
    0            0.1         0.073          0.135

    References
    ----------
    Wilson (1927), Probable Inference, the Law of Succession, and Statistical Inference, Journal of
    the American Statistical Association 22(158), 209-212.
    """
    n = contacted.where(contacted > 0).astype(float)
    share = responded / n
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return pd.DataFrame(
        {
            "response_rate": share,
            "response_low": (middle - half).clip(lower=0),
            "response_high": (middle + half).clip(upper=1),
        }
    )


def judge_campaigns(reach: pd.DataFrame, *, first: date, last: date, past_days: int, customers: int) -> pd.DataFrame:
    """Say of each campaign whether its effect can be estimated, or why not (column ``verdict``).

    Parameters
    ----------
    reach
        From `count_reach`.
    first, last
        First and last day with data.
    past_days
        Days before a campaign that the comparison and its test on the past need.
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
        ],
        [BEFORE_DATA, UNFINISHED, SHORT_PAST, FEW_CONTACTED, FEW_OTHERS],
        COMPARED,
    )
    return reach.assign(verdict=verdict)


def reach_by_kind(reach: pd.DataFrame, contacts: ibis.Table, campaigns: ibis.Table) -> pd.DataFrame:
    """Add up campaigns of a kind: ``kind, campaigns, contacts, customers`` (each once), ``responded``, rates.

    A customer contacted by two campaigns is two contacts, and may respond to both.
    """
    named = contacts.filter(~contacts.is_holdout).join(campaigns.select("campaign_id", "kind"), "campaign_id")
    people = named.group_by("kind").aggregate(customers=named.customer_id.nunique()).to_pandas()
    totals = reach.groupby("kind", dropna=False).agg(
        campaigns=("campaign_id", "size"),
        contacts=("contacted", "sum"),
        responded=("responded", lambda column: column.sum(min_count=1)),
    )
    frame = totals.reset_index().merge(people, on="kind", how="left")
    return frame.join(response_rates(frame["responded"], frame["contacts"])).sort_values("kind", ignore_index=True)


def overall(reach: pd.DataFrame) -> pd.DataFrame:
    """Add all campaigns up into one row: ``contacts, responded`` and the rates."""
    total = pd.DataFrame({"contacts": [reach["contacted"].sum()], "responded": [reach["responded"].sum(min_count=1)]})
    return total.join(response_rates(total["responded"], total["contacts"]))


def count_people(contacts: ibis.Table) -> int:
    """Count the customers whom any campaign contacted."""
    return int(contacts.filter(~contacts.is_holdout).customer_id.nunique().execute())


def large_enough(reach: pd.DataFrame, *, min_cell: int) -> pd.DataFrame:
    """Keep the campaigns whose share of answers may be shown: enough who answered, and enough who did not."""
    quiet = reach["contacted"] - reach["responded"]
    return reach[(reach["responded"] >= min_cell) & (quiet >= min_cell)].reset_index(drop=True)
