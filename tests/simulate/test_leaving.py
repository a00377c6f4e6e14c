"""Leaving announces itself: what makes people think of it shows for months before they decide."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from simulate.made import MONTHS, frame

IN_USE = ("growing", "mature", "won_back")


def by_month(name, day, *, condition=None):
    """Rows of a table counted by person (rows) and month (columns)."""
    rows = frame(name) if condition is None else frame(name).query(condition)
    month = pd.to_datetime(rows[day]).dt.to_period("M").astype("int64") - pd.Period("2024-01").ordinal
    counts = np.zeros((frame("people").shape[0], MONTHS))
    inside = month.between(0, MONTHS - 1)
    np.add.at(counts, (rows["person"][inside].to_numpy(), month[inside].to_numpy()), 1)
    return counts


@pytest.fixture(scope="module")
def stages():
    rows = frame("truth.stages")
    return {
        name: rows.pivot_table(index="person", columns="month", values=name, aggfunc="first", observed=True).to_numpy()
        for name in ("stage", "leaving_hazard")
    }


@pytest.fixture(scope="module")
def decisions(stages):
    """Who begins to drift in which month, of those seen for seven months before."""
    drifts = stages["stage"] == "drifting"
    begins = drifts[:, 1:] & ~drifts[:, :-1]
    return [(person, month + 1) for person, month in np.argwhere(begins) if month + 1 >= 7]


def before(counts, decisions, months):
    return np.mean([counts[person, at - months] for person, at in decisions])


def test_purchases_and_visits_fall_in_the_months_before_the_decision(decisions):
    bought = by_month("card_transactions", "occurred_at", condition="kind == 'purchase'")
    looked = by_month("app_events", "occurred_at")
    assert len(decisions) > 300
    for counts in (bought, looked):
        early, late = (np.mean([before(counts, decisions, at) for at in span]) for span in ((5, 6, 7), (1, 2)))
        assert late < 0.92 * early
        assert late > 0.6 * early


def test_complaints_about_fees_come_before_it(decisions):
    complained = by_month("tickets", "opened_at", condition="topic == 'fee_complaint'")
    leaving = np.mean([before(complained, decisions, at) for at in (1, 2, 3)])
    assert leaving > 1.5 * complained.mean()


def test_the_hazard_orders_those_who_decide_within_three_months(stages):
    drifts, hazard = stages["stage"] == "drifting", stages["leaving_hazard"].astype(float)
    decided, expected = [], []
    for month in range(MONTHS - 3):
        uses = np.isin(stages["stage"][:, month], IN_USE) & (hazard[:, month] > 0)
        soon = (drifts[:, month + 1 : month + 4] & ~drifts[:, month : month + 3]).any(axis=1)
        decided.append(soon[uses])
        expected.append(hazard[uses, month])
    assert roc_auc_score(np.concatenate(decided), np.concatenate(expected)) == pytest.approx(0.8, abs=0.04)


def test_default_and_closing_are_stages_of_their_own():
    told = frame("truth.stages").sort_values("month").groupby("person").last()
    start = told["month"].max()
    accounts = frame("accounts").query("kind == 'credit_card'").set_index("person")
    closed = accounts.index[(accounts["status"] == "closed") & (accounts["closed_on"] < start)]
    credit = frame("truth.credit").query("event in ['default', 'in_trouble_when_booked', 'charge_off']")
    default = set(credit.loc[credit["day"] < start, "person"])
    assert set(told.index[told["stage"] == "default"]) == default
    assert set(told.index[told["stage"] == "closed"]) == set(closed) - default
