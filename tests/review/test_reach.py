"""What contacts add beside customers held out at random, and rounds of the same offer."""

import ibis
import numpy as np
import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.review import reach
from insight.review.reach import incremental_responses, name_of_round, repeats, rounds


def campaigns(*rows: tuple) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["name", "contacted", "held_out", "responded", "held_responded"])
    known = {"campaign_id": frame.index.astype(str), "kind": "targeted", "starts_on": pd.Timestamp("2024-01-01")}
    return frame.assign(**known, both=0, both_responded=0.0, draw="no plan")


def test_the_date_of_a_round_is_not_part_of_the_offer():
    assert name_of_round("2024-03 Spend and get") == "Spend and get"
    assert name_of_round("2024-03-01 Tea") == "Tea"
    assert name_of_round("7-Up") == "7-Up"
    assert name_of_round(None) is None


def test_rounds_of_an_offer_add_up():
    found = rounds(campaigns(("2024-01 tea", 100, 0, 10.0, 0.0), ("2024-02 tea", 300, 0, 90.0, 0.0)))
    assert found[["name", "campaigns", "contacted", "responded", "response_rate"]].values.tolist() == [
        ["tea", 2, 400, 100.0, 0.25]
    ]


def test_few_campaigns_are_shown_one_by_one():
    assert not repeats(campaigns(*[("2024-01 tea", 100, 0, 10.0, 0.0)] * 30))
    assert repeats(campaigns(*[("2024-01 tea", 100, 0, 10.0, 0.0)] * 31))


def test_an_offer_that_is_answered_anyway_adds_nothing():
    found = incremental_responses(campaigns(("tea", 400, 100, 80.0, 20.0))).iloc[-1]
    assert found["added"] == pytest.approx(0.0)
    assert found["added_low"] < 0 < found["added_high"]


def test_offers_held_out_in_other_shares_are_not_mixed_up():
    # each adds nothing; thrown together, the one held out more often would seem to
    found = incremental_responses(campaigns(("tea", 900, 100, 450.0, 50.0), ("rye", 100, 900, 10.0, 90.0)))
    assert found["added"].abs().max() == pytest.approx(0.0)


def test_the_interval_covers_as_often_as_it_says():
    rng, hits = np.random.default_rng(3), 0
    for _ in range(300):
        tea = ("tea", 400, 100, float(rng.binomial(400, 0.2)), float(rng.binomial(100, 0.1)))
        rye = ("rye", 200, 200, float(rng.binomial(200, 0.5)), float(rng.binomial(200, 0.4)))
        found = incremental_responses(campaigns(tea, rye)).iloc[-1]
        hits += found["added_low"] <= 0.1 <= found["added_high"]
    assert 0.91 <= hits / 300 <= 0.98


@pytest.mark.parametrize(
    "row", [("tea", 400, 0, 80.0, 0.0), ("tea", 400, 100, 80.0, 0.0), ("tea", 400, 100, np.nan, np.nan)]
)
def test_without_answers_of_those_held_out_nothing_is_said(row):
    assert incremental_responses(campaigns(row)) == Unavailable("review", "no_control_group", {"group": 30})


@pytest.mark.parametrize(
    ("rates", "verdict"),
    [
        ([0.5], "single"),
        ([0.5, 0.2, None], "highest"),
        ([0.5, 0.45, 0.2], "highest_and_lowest"),
        ([0.25, 0.22, 0.2], "alike"),
    ],
)
def test_rates_lie_apart_where_their_intervals_do(rates, verdict):
    groups = pd.DataFrame({"response_rate": pd.Series(rates, dtype=float)})
    groups = groups.assign(response_low=groups["response_rate"] - 0.1, response_high=groups["response_rate"] + 0.1)
    assert reach.compare_rates(groups).verdict == verdict


@pytest.mark.parametrize(("low", "verdict"), [(0.01, "significant"), (0.0, "not_significant")])
def test_what_all_contacts_add_is_said_per_hundred(low, verdict):
    found = reach.added_in_all(pd.DataFrame({"added": [0.5, 0.05], "added_low": [0.4, low], "added_high": [0.6, 0.1]}))
    assert (found.added, found.high, found.verdict) == (0.05, 0.1, verdict)


def test_who_was_contacted_and_never_bought_is_counted_apart():
    buyers = ibis.memtable(pd.DataFrame({"customer_id": ["ada", "bob", "cyn"]}))
    sent = [("ada", False), ("ada", False), ("bob", True), ("dan", False), ("eve", True), ("cyn", False)]
    contacts = ibis.memtable(pd.DataFrame(sent, columns=["customer_id", "is_holdout"]))
    found = reach.count_contacted(contacts, buyers)
    assert (found.customers, found.people, found.others) == (3, 2, 1)
    assert found.share == 2 / 3
