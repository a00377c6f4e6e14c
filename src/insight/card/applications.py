"""Applications for a card as a scorecard sees them: what was known on the day, and who failed in the first year.

An application counts from the first declined one on: earlier ones are there only because their accounts are still
known, and whoever had failed until then is not. Of an account it is known whether it was 90 days past due within a
year of its opening once that year is over; one that was charged off had been so ninety days before at the latest.
Firms are left out: who lends to them looks at other things.
"""

from collections.abc import Callable
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from insight.card.arrears import CHARGED_OFF, charge_offs
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import wilson
from insight.predict.care.groups import Compared, compare_groups, people_of
from insight.predict.churn.backtest import FEWEST_OF_A_CLASS
from insight.predict.labelled.backtest import Choice, Test
from insight.predict.labelled.models import Decided
from insight.predict.labelled.table import Flat
from insight.predict.reasons import Explained, explain
from insight.predict.scorecard.points import Scorecard

YEAR_DAYS, BAD_DAYS = 365, 90
Read = Callable[[str], ibis.Table]
Has = Callable[[str], bool]
_WORDS = ("channel", "product", "occupation", "education")
_RATING = "score"
_NUMBERS = (_RATING, "inquiries_6m", "other_cards", "stated_income", "age")


def through_the_door(read: Read, *, as_of: date) -> ibis.Table:
    """Give the applications since the first declined one, whatever became of them."""
    asked = read("applications")
    asked = asked.filter(asked.applied_on <= as_of)
    first = asked.aggregate(day=asked.applied_on.min(where=asked.decision == "declined")).to_pandas()["day"].iloc[0]
    return asked if pd.isna(first) else asked.filter(asked.applied_on >= pd.Timestamp(first).date())


@unless_unavailable
def by_channel(read: Read, *, as_of: date) -> pd.DataFrame:
    """Count the decided applications by channel, and how many were approved.

    Returns
    -------
    DataFrame
        ``channel, applications, approved, share, low, high`` (95%, Wilson), the largest channel first.
    """
    asked = through_the_door(read, as_of=as_of)
    decided = asked.filter(asked.decision.isin(["approved", "declined"]))
    counted = decided.group_by("channel").aggregate(
        applications=decided.count(), approved=(decided.decision == "approved").sum()
    )
    found = counted.to_pandas().sort_values(["applications", "channel"], ascending=[False, True], ignore_index=True)
    low, high = wilson(found["approved"], found["applications"])
    return found.assign(share=found["approved"] / found["applications"], low=low, high=high)


@unless_unavailable
def cases(read: Read, has: Has, *, as_of: date) -> Flat | Unavailable:
    """Give applications, with what was known of each on its day and, where known, whether the account went bad.

    Parameters
    ----------
    read, has
        Give a table by its name; say whether the business has one with anything in it.
    as_of
        Last day that counts.

    Returns
    -------
    Flat
        A row per application, in the order of their days. Unavailable with too few of either outcome.
    """
    rows = _known_on_the_day(through_the_door(read, as_of=as_of), read, has).to_pandas()
    rows = rows[rows["customer_type"] != "firm"] if "customer_type" in rows else rows
    rows = rows.merge(outcomes(read, has, as_of=as_of), on="account_id", how="left")
    rows = rows.sort_values(["applied_on", "application_id"], ignore_index=True).set_index("application_id")
    labels = rows["bad"].where(rows["decision"] == "approved").astype(float)
    if min(labels.sum(), (1 - labels).sum()) < FEWEST_OF_A_CLASS:
        return Unavailable("scorecard", "few_cases", {"fewest": FEWEST_OF_A_CLASS})
    applied = pd.to_datetime(rows["applied_on"])
    numbers = {name: rows[name].astype(float) for name in _NUMBERS if name in rows}
    words = {name: rows[name].astype("category") for name in _WORDS if name in rows}
    features = pd.DataFrame(numbers | words, index=rows.index)
    varied = [name for name in features if len(features[name].unique()) > 1]
    return Flat(
        features=features[varied],
        days=pd.DataFrame(index=rows.index),
        labels=labels,
        groups=pd.factorize(rows["customer_id"])[0].astype(np.int64),
        observed=(applied - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1),
        observed_days=True,
        leaves="default",
        is_named=True,
        aside={name: "same" for name in features if name not in varied},
    )


@unless_unavailable
def declined(flat: Flat, read: Read) -> np.ndarray:
    """Say which cases were declined."""
    asked = read("applications")
    names = asked.filter(asked.decision == "declined").select("application_id").to_pandas()["application_id"]
    return np.asarray(flat.labels.index.isin(names))


@unless_unavailable
def decided(flat: Flat, read: Read) -> Decided | None:
    """Give the cases that were approved or declined; None with too few of either."""
    asked = read("applications").select("application_id", "decision").to_pandas()
    how = asked.set_index("application_id")["decision"].reindex(flat.labels.index)
    among, refused = how.isin(["approved", "declined"]).to_numpy(), (how == "declined").to_numpy()
    if flat.observed is None or min(refused.sum(), (among & ~refused).sum()) < FEWEST_OF_A_CLASS:
        return None
    return Decided(flat.features[among], refused[among].astype(float), flat.observed[among], _RATING)


@unless_unavailable
def explain_declined(flat: Flat, card: Scorecard, turned_down: np.ndarray) -> Explained | Unavailable:
    """Give for each declined application the at most four columns that the scorecard holds against it most."""
    if not card.weights or not turned_down.any():
        return Unavailable("applied", "no_reasons")
    used, rows = list(card.weights), flat.features[turned_down]
    return explain(card.contributions(rows)[used], rows[used], flat.features.loc[flat.known, used])


@unless_unavailable
def compare_applicants(read: Read, has: Has, test: Test, choice: Choice, *, seed: int) -> Compared | Unavailable:
    """Compare the cases of a test by the applicants' age, gender and region: see `compare_groups`."""
    people = people_of(read("customers")) if has("customers") else Unavailable("care", "people")
    if isinstance(people, Unavailable):
        return people
    asked = read("applications").select("application_id", "customer_id").to_pandas()
    who = asked.set_index("application_id")["customer_id"].reindex(test.labels.index)
    groups = people.reindex(who).set_axis(test.labels.index)
    return compare_groups(test.labels, test.probabilities[choice.best], groups, seed=seed)


def outcomes(read: Read, has: Has, *, as_of: date) -> pd.DataFrame:
    """Say of accounts whose first year is over, and was followed, whether they were 90 days past due in it.

    Returns
    -------
    DataFrame
        ``account_id, bad`` (1 or 0).
    """
    accounts, bills = read("accounts"), read("statements")
    bills = bills.filter(bills.statement_on <= as_of)
    late = bills.filter(bills.days_past_due >= BAD_DAYS)
    late = late.group_by("account_id").aggregate(late_on=late.statement_on.min())
    if has("account_changes"):
        changes = read("account_changes")
        off = charge_offs(changes.filter(changes.changed_on <= as_of))
    else:  # undated: on the last statement
        ended = accounts.filter(accounts.status == CHARGED_OFF).select("account_id")
        off = bills.semi_join(ended, "account_id").group_by("account_id").aggregate(
            charged_off_on=bills.statement_on.max()
        )  # fmt: skip
    since = accounts.select("account_id", "opened_on")
    found = since.left_join(late, "account_id").drop("account_id_right").left_join(off, "account_id")
    rows = found.select("account_id", "opened_on", "late_on", "charged_off_on").to_pandas()
    opened, late_on, off_on = (pd.to_datetime(rows[name]) for name in ("opened_on", "late_on", "charged_off_on"))
    bad_on = pd.concat([late_on, off_on - pd.Timedelta(days=BAD_DAYS)], axis=1).min(axis=1)
    first = bills.aggregate(day=bills.statement_on.min()).to_pandas()["day"].iloc[0]
    over = opened <= pd.Timestamp(as_of - timedelta(days=YEAR_DAYS))
    followed = over if has("account_changes") else over & (opened >= pd.Timestamp(first))
    bad = bad_on <= opened + pd.Timedelta(days=YEAR_DAYS)
    return pd.DataFrame({"account_id": rows["account_id"], "bad": bad.astype(float)})[followed]


def _known_on_the_day(asked: ibis.Table, read: Read, has: Has) -> ibis.Table:
    """Join what was known of each application on its day."""
    columns = ["application_id", "customer_id", "account_id", "applied_on", "decision"]
    told = asked.select(
        *columns, *(name for name in ("channel", "product", "occupation", "education") if name in asked.columns),
        **({"stated_income": asked.stated_income.cast("float64")} if "stated_income" in asked.columns else {}),
    )  # fmt: skip
    if has("customers"):
        people = read("customers")
        kind = {"customer_type": people.customer_type} if "customer_type" in people.columns else {}
        people = people.select("customer_id", year=people.birth_year.cast("float64"), **kind)
        told = told.left_join(people, "customer_id").drop("customer_id_right")
        told = told.mutate(age=told.applied_on.year() - told.year).drop("year")
    if has("bureau_scores"):
        told = _with(told, _last_scores(told, read("bureau_scores")))
    return told


def _with(told: ibis.Table, more: ibis.Table) -> ibis.Table:
    return told.left_join(more, "application_id").drop("application_id_right")


def _last_scores(told: ibis.Table, scores: ibis.Table) -> ibis.Table:
    """Give each application the bureau's last word up to its day."""
    said = [name for name in ("score", "inquiries_6m", "other_cards") if name in scores.columns]
    both = told.select("application_id", "customer_id", "applied_on").inner_join(
        scores.select("customer_id", "scored_on", *said), "customer_id"
    )
    before = both.filter(both.scored_on <= both.applied_on)
    return before.group_by("application_id").aggregate(
        **{name: before[name].cast("float64").argmax(before.scored_on) for name in said}
    )
