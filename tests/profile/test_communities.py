"""Communities: who is in a group, and members beside customers who were like them."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.profile import communities, features

MARCH = 12 * 2024 + 3
DAY = date(2024, 6, 30)


def moves(*rows: tuple[str, str, str]) -> ibis.Table:
    names = ["customer_id", "occurred_on", "kind"]
    frame = pd.DataFrame(rows, columns=names)
    return ibis.memtable(frame.assign(occurred_on=pd.to_datetime(frame["occurred_on"]).dt.date))


def test_a_stay_ends_when_its_group_is_left():
    stays = communities.memberships(
        moves(
            ("a", "2024-03-05", "group joined: car"),
            ("a", "2024-05-09", "group left: car"),
            ("a", "2024-04-01", "group joined: food"),
            ("b", "2024-03-31", "friend added"),
            ("c", "2024-07-01", "group joined: car"),  # after the day
        ),
        as_of=DAY,
    ).set_index("community")
    assert stays["joined"].to_dict() == {"car": MARCH, "food": MARCH + 1}
    assert stays["left"].dropna().to_dict() == {"car": MARCH + 2}


def test_without_groups_nothing_is_said_of_them():
    for interactions in (None, moves(("b", "2024-03-31", "friend added"))):
        stays = communities.memberships(interactions, as_of=DAY)
        assert isinstance(stays, Unavailable)
        assert isinstance(communities.health(stays, pd.DataFrame()), Unavailable)


def test_health_counts_members_at_the_months_end_and_who_of_them_bought():
    spend = pd.DataFrame({MARCH: [5.0, 0.0], MARCH + 1: [0.0, 7.0], MARCH + 2: [1.0, 1.0]}, index=["a", "b"])
    stays = pd.DataFrame(
        {"customer_id": ["a", "b"], "community": "car", "joined": [MARCH, MARCH + 1], "left": [MARCH + 2, np.nan]}
    )
    fares = communities.health(stays, spend).set_index("month")
    assert fares["members"].tolist() == [1, 2, 1]
    assert fares["active"].tolist() == [1, 1, 1]
    assert (fares["joined"].tolist(), fares["left"].tolist()) == ([1, 1, 0], [0, 0, 1])


def test_only_whole_months_up_to_the_day_are_counted():
    days = ["2024-03-02", "2024-04-02", "2024-05-02", "2024-05-20"]
    lines = pd.DataFrame({"customer_id": "a", "basket_id": list("wxyz"), "occurred_on": pd.to_datetime(days).date,
                          "gross": [1.0, 2.0, 4.0, 8.0], "paid": True})  # fmt: skip
    months = communities.monthly_spend(ibis.memtable(lines), ["a", "b"], as_of=date(2024, 5, 19))
    assert months.columns.tolist() == [MARCH, MARCH + 1]
    assert months.loc["a"].tolist() == [1.0, 2.0]
    assert months.loc["b"].tolist() == [0.0, 0.0]


def population(rng: np.random.Generator, customers: int, *, effect: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give a made-up population in which those who spend more join more often, and joining adds ``effect``."""
    level = rng.lognormal(5, 0.5, customers)
    spend = level[:, None] * rng.lognormal(0, 0.2, (customers, 12))
    joins = rng.random(customers) < 0.3 * level / level.max()
    at = rng.integers(3, 9, customers)
    after = np.arange(12) > at[:, None]
    spend = np.where(joins[:, None] & after, spend * (1 + effect), spend)
    ids = [f"c{n}" for n in range(customers)]
    stays = pd.DataFrame({"customer_id": ids, "community": "car", "joined": MARCH + at, "left": np.nan})[joins]
    return stays, pd.DataFrame(spend, index=ids, columns=range(MARCH, MARCH + 12))


def test_those_who_spend_more_anyway_are_no_effect():
    rng = np.random.default_rng(5)
    covered = naive = 0
    for _ in range(60):
        stays, spend = population(rng, 1500, effect=0.0)
        row = communities.joiners_beside_others(stays, spend, seed=1).set_index("outcome").loc["spend"]
        covered += row["low"] <= 0 <= row["high"]
        naive += spend.loc[stays["customer_id"]].to_numpy().mean() > 1.1 * spend.to_numpy().mean()
    assert naive > 55  # members spend more
    assert covered >= 52  # beside those who were like them they do not


def test_what_joining_adds_is_found():
    stays, spend = population(np.random.default_rng(6), 4000, effect=0.25)
    row = communities.joiners_beside_others(stays, spend, seed=1).set_index("outcome").loc["spend"]
    assert row["low"] > 0
    assert row["difference"] / row["expected"] == pytest.approx(0.25, abs=0.06)


def test_the_referred_are_compared_within_quarter_and_occupation():
    applications = pd.DataFrame(
        {
            "application_id": list("abcdefgh"), "customer_id": list("ABCDEFGH"), "applied_on": date(2024, 3, 9),
            "decision": ["approved", "approved", "approved", "declined", *["declined"] * 3, "approved"],
            "occupation": ["clerk"] * 4 + ["other"] * 4,
        }
    )  # fmt: skip
    spend = pd.DataFrame(0.0, index=list("ABCDEFGH"), columns=range(MARCH, MARCH + 8))
    referrals = pd.DataFrame({"application_id": ["a", "b"], "customer_id": "E", "referred_on": date(2024, 3, 1)})
    rows = communities.referred_beside_others(applications, referrals, spend, as_of=date(2024, 12, 31))
    approved = rows.set_index("outcome").loc["approved"]
    assert approved["theirs"] == 1
    assert approved["expected"] == 0.5  # of the clerks
    assert approved["customers"] == 2


def test_key_members_are_ranked_by_whom_they_brought():
    referrals = pd.DataFrame(
        {"application_id": list("abcd"), "customer_id": ["x", "y", "y", "z"],
         "referred_on": [*[date(2024, 3, 1)] * 3, date(2024, 7, 1)]}
    )  # fmt: skip
    stays = pd.DataFrame({"customer_id": ["x"], "community": "car", "joined": [MARCH], "left": [np.nan]})
    ranked = communities.key_members(referrals, stays, as_of=DAY)
    assert ranked["customer_id"].tolist() == ["y", "x"]
    assert ranked["community"].fillna("").tolist() == ["", "car"]


def test_spend_of_baskets_is_that_of_the_transactions():
    lines = pd.DataFrame({"customer_id": ["a", "a", "b"], "basket_id": list("wxy"), "kind": "purchase",
                          "occurred_on": pd.to_datetime(["2024-03-02", "2024-03-04", "2024-04-30"]).date, "hour": 9,
                          "amount": [1.0, 2.5, 4.0], "discount": 0.0, "promoted": False})  # fmt: skip
    baskets = features.summarise_baskets(ibis.memtable(lines), as_of=DAY)
    months = communities.monthly_spend(baskets, ["a", "b"], as_of=DAY)
    assert months[MARCH].tolist() == [3.5, 0.0]
    assert months[MARCH + 1].tolist() == [0.0, 4.0]


def test_without_purchases_nothing_is_compared():
    lines = pd.DataFrame({"customer_id": ["a"], "basket_id": ["w"], "occurred_on": [date(2024, 3, 2)],
                          "gross": [0.0], "paid": [False]})  # fmt: skip
    months = communities.monthly_spend(ibis.memtable(lines), [], as_of=DAY)
    assert isinstance(months, Unavailable)
    stays = communities.memberships(moves(("a", "2024-03-05", "group joined: car")), as_of=DAY)
    assert isinstance(communities.health(stays, months), Unavailable)
    assert isinstance(communities.joiners_beside_others(stays, months, seed=1), Unavailable)
