"""Whom to keep: room to act, the profit curve by hand, the list under other assumptions, the best fifth gone quiet."""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from insight.config.offers import Economics
from insight.decide import keep
from insight.errors import Unavailable
from insight.predict.churn.scoring import Scored
from insight.predict.churn.window import Window
from insight.predict.reasons import Reason, Reasons

ASSUMED = keep.Assumed(effect=0.2, cost=1.0, margin=0.1, days=90)


def test_a_contact_lowers_the_odds_by_its_effect():
    p = np.array([0.01, 0.3, 0.7, 0.99])
    after = expit(logit(p) + np.log(1 - 0.2))
    assert keep.room(p, 0.2) == pytest.approx(1 - after / p)
    assert keep.gains(p, np.full(4, 100.0), ASSUMED) == pytest.approx((p - after) * 10 - 1)


def test_what_spending_brings_is_margin_less_points_or_not_known():
    assert keep.margin_of(Economics(spend_margin=0.2, points_cost=0.05), is_bank=False) == pytest.approx(0.15)
    assert keep.margin_of(Economics(points_cost=0.01), is_bank=True) == 0.0
    assert not keep.Assumed(0.1, 1, keep.margin_of(Economics(), is_bank=False), 90).is_margin


def made_up(seed: int, customers: int = 1_500) -> tuple[pd.Series, pd.Series, pd.Series]:
    rng = np.random.default_rng(seed)
    p = expit(rng.normal(-1.5, 1.5, customers))
    spend = rng.gamma(0.5, 600, customers)
    names = pd.Index([f"c{at:04}" for at in range(customers)])
    left = (rng.random(customers) < p).astype(int)
    return tuple(pd.Series(values, index=names) for values in (left, p, spend))


def test_the_curve_is_the_sum_over_those_contacted():
    left, p, spend = made_up(1)
    found = keep.curve_of(left, p, spend, ASSUMED, seed=1)
    gain = pd.Series(keep.gains(p.to_numpy(), spend.to_numpy(), ASSUMED), index=p.index)
    assert found.contacts == (gain > 0).sum()
    first = gain.sort_values(ascending=False).index[: found.contacts]
    by_hand = sum(left[who] * keep.room(p[[who]].to_numpy(), 0.2)[0] * 0.1 * spend[who] - 1 for who in first)
    assert found.profit == pytest.approx(by_hand)
    rich = spend.sort_values(ascending=False).index[: found.contacts]
    as_rich = sum(left[who] * keep.room(p[[who]].to_numpy(), 0.2)[0] * 0.1 * spend[who] - 1 for who in rich)
    assert found.lead == pytest.approx(by_hand - as_rich)
    ends = found.curve[found.curve["contacts"] == found.customers]["profit"]
    assert np.ptp(ends) < 1e-6, "whom one begins with does not matter where all are contacted"


def test_intervals_cover_what_is_to_be_expected():
    held = []
    for seed in range(40):
        left, p, spend = made_up(seed)
        found = keep.curve_of(left, p, spend, ASSUMED, seed=seed)
        chosen = keep.gains(p.to_numpy(), spend.to_numpy(), ASSUMED)
        expected = chosen[chosen > 0].sum()
        held.append(found.low <= expected <= found.high)
    assert np.mean(held) >= 0.85


def test_an_account_of_money_says_what_may_be_lost_in_place_of_spending():
    left, p, spend = made_up(3)
    booked = keep.Assumed(effect=0.2, cost=1.0, margin=1.0, days=90, by_account=True)
    assert booked.is_margin
    margin = (spend * 0.1).drop(spend.index[:20])  # of whom nothing is booked, nothing can be lost
    found = keep.curve_of(left, p, spend, booked, seed=1, brought=margin)
    plain = keep.curve_of(left, p, spend.where(spend.index.isin(margin.index), 0.0), ASSUMED, seed=1)
    assert (found.contacts, found.profit) == pytest.approx((plain.contacts, plain.profit))
    active = Scored(p.rename("churn_probability"), Unavailable("churn", "x"), Unavailable("churn", "x"))
    listed = keep.rank_customers(
        active, pd.DataFrame({"spend_before": spend}), allowed=None, assumed=booked, brought=margin - 20
    )
    assert listed["worth"].min() == 0
    costing = margin.index[margin < 20]
    assert not listed.loc[costing, "is_listed"].any()
    assert (
        keep.sensitivity(listed, booked).set_index("change").loc["as assumed", "contacts"] == listed["is_listed"].sum()
    )


def test_where_a_contact_pays_for_nobody_that_is_said():
    left, p, spend = made_up(1)
    dear = keep.Assumed(0.2, 1e6, 0.1, 90)
    assert keep.curve_of(left, p, spend, dear, seed=1) == Unavailable("keep", "nobody")


@pytest.fixture
def ranked() -> pd.DataFrame:
    _, p, spend = made_up(2)
    every = [Reason("recency_days", "high"), Reason("discount_share", "low")]
    places = np.full((len(p), 4), -1)
    places[:, 0] = 0
    places[::2, 1] = 1
    active = Scored(p.rename("churn_probability"), Reasons(every, places, p.index), Unavailable("churn", "x"))
    allowed = pd.DataFrame({"allowed": np.arange(len(p)) >= 300}, index=p.index)
    return keep.rank_customers(active, pd.DataFrame({"spend_before": spend}), allowed=allowed, assumed=ASSUMED)


def test_only_those_who_may_be_contacted_are_listed_and_what_can_be_acted_on_is_named(ranked):
    assert not ranked.loc[[f"c{at:04}" for at in range(300)], "is_listed"].any()
    assert (ranked.loc[ranked["is_listed"], "gain"] > 0).all()
    assert ranked["gain"].is_monotonic_decreasing
    assert set(ranked.loc["c0002":"c0002", "act_on"]) == {"discount_share low"}
    assert ranked.loc[["c0001"], "act_on"].isna().all()


def test_the_list_shrinks_and_grows_with_its_assumptions(ranked):
    found = keep.sensitivity(ranked, ASSUMED).set_index("change")
    base = found.loc["as assumed"]
    assert base["contacts"] == ranked["is_listed"].sum()
    assert base[["gone", "new"]].tolist() == [0, 0]
    for less in ("cost x2", "effect x0.5"):
        assert found.loc[less, "new"] == 0
        assert found.loc[less, "contacts"] == round(base["contacts"] * (1 - found.loc[less, "gone"]))
    for more in ("cost x0.5", "effect x2"):
        assert found.loc[more, "gone"] == 0
        assert base["contacts"] == round(found.loc[more, "contacts"] * (1 - found.loc[more, "new"]))
    halved = keep.Assumed(ASSUMED.effect, ASSUMED.cost, ASSUMED.margin / 2, ASSUMED.days)
    open_ones = ranked[ranked["is_open"]]
    worth = keep.gains(open_ones["probability"].to_numpy(), open_ones["spend"].to_numpy(), halved) > 0
    assert worth.sum() == found.loc["cost x2", "contacts"], "half the value is twice the cost"
    assert found.loc["by spend", "gain"] < base["gain"]
    assert found.loc["by spend", "contacts"] == base["contacts"]


def test_the_best_fifth_who_have_gone_quiet_are_found_with_the_money_of_their_own_last_year():
    today = date(2024, 12, 31)
    rows = []
    for at in range(20):
        last = today - timedelta(days=100 if at in (0, 5) else 3)
        spend = 1_000.0 - at
        rows += [(f"c{at:02}", last, spend, True), (f"c{at:02}", last - timedelta(days=364), 1.0, True)]
        rows += [(f"c{at:02}", last - timedelta(days=365), 9_999.0 if at > 15 else 5.0, True)]
        rows += [(f"c{at:02}", last + timedelta(days=1), -1.0, False)]
    daily = ibis.memtable(pd.DataFrame(rows, columns=["customer_id", "occurred_on", "spend", "is_purchase"]))
    found = keep.best_gone_quiet(daily, as_of=today, window=Window(42, "given"))
    assert found.fifth == 4
    assert found.customers.index.tolist() == ["c00"]
    assert found.customers.loc["c00"].tolist() == [1_000.0, 100]
    assert found.fifth_spend == 1_000 + 999 + 998 + 997
    assert found.spend == 1_000


def test_both_lists_stand_in_one_table(ranked):
    quiet = keep.Quiet(pd.DataFrame({"spend_year": [5.0], "silent_days": [50]}, index=pd.Index(["q"])), 4, 9.0)
    quiet.customers.index.name = ranked.index.name = "customer_id"
    table = keep.whom_to_keep(ranked, quiet)
    assert table["list"].value_counts().to_dict() == {"keep": ranked["is_listed"].sum(), "win back": 1}
    assert table.loc[table["list"] == "keep", "place"].tolist() == list(range(1, len(table)))
    nothing = keep.whom_to_keep(Unavailable("churn", "history"), Unavailable("churn", "history"))
    assert nothing.empty
    assert "customer_id" in nothing
