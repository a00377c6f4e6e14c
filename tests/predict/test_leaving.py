"""Closing and falling silent: who is at risk, to whom it happens, and nothing of later months in what is known."""

from dataclasses import replace
from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.predict.leaving import labels, scores, truth
from insight.predict.uplift.months import Months, month_of

FIRST, NOW, CUSTOMERS = 24_000, 24_024, 1_600


@pytest.fixture(scope="module")
def panel() -> Months:
    """Two years of customers who buy by their rhythm; most fade at a time of their own, and half of these close."""
    rng = np.random.default_rng(5)
    ids = pd.Index([f"c{number:04}" for number in range(CUSTOMERS)])
    months, rate = np.arange(NOW - FIRST)[:, None], rng.gamma(4, 2, CUSTOMERS)
    fades = np.where(rng.random(CUSTOMERS) < 0.7, rng.integers(2, 34, CUSTOMERS), 99)
    left = np.clip(months - fades, 0, None)
    bought = rng.poisson(rate * np.exp(-0.5 * left)).astype(float)
    closing = np.where(rng.random(CUSTOMERS) < 0.5, FIRST + fades + rng.integers(4, 8, CUSTOMERS), np.nan)
    closing[~(closing < NOW)] = np.nan
    opening = np.where(np.arange(CUSTOMERS) % 10 == 0, FIRST + 12, FIRST - 5).astype(float)
    after = FIRST + months >= np.where(np.isnan(closing), np.inf, closing)
    bought[after | (FIRST + months < opening)] = 0
    sums = {"purchases": bought, "spend": bought * rng.gamma(3, 30, bought.shape)}
    return Months(
        ids, FIRST, NOW, sums, {"opening": opening, "closing": closing, "birth": np.full(CUSTOMERS, 23_500.0)}
    )


def test_who_is_at_risk_holds_an_account_and_of_silence_has_bought_in_three_months(panel):
    month, at = FIRST + 15, 15
    holds = (panel.began["opening"] < month) & ~(panel.began["closing"] < month)
    bought = panel.sums["purchases"][at - 3 : at].sum(axis=0) > 0
    assert (labels.at_risk(panel, labels.CLOSES, month) == holds).all()
    assert (labels.at_risk(panel, labels.SILENT, month) == (holds & bought)).all()
    assert not labels.holders(panel, FIRST + 12)[::10].any(), "opened in that month, not before it"
    assert 0 < (holds & ~bought).sum() < holds.sum()


@pytest.mark.parametrize("months", scores.HORIZONS)
def test_what_happens_lies_in_the_months_from_one_on(panel, months):
    month, at = FIRST + 15, 15
    closing = panel.began["closing"]
    closes, silent = (labels.happens(panel, label, month, months=months) for label in labels.LABELS)
    assert closes.tolist() == [month <= day <= month + months - 1 for day in closing]
    assert silent.tolist() == [not panel.sums["purchases"][at : at + months, who].any() for who in range(CUSTOMERS)]


def test_nothing_of_later_months_is_known(panel):
    month, rng = FIRST + 15, np.random.default_rng(1)
    later = {name: np.vstack([sums[:15], rng.random((9, CUSTOMERS))]) for name, sums in panel.sums.items()}
    began = {name: np.where(since >= month, np.nan, since) for name, since in panel.began.items()}
    other = replace(panel, sums=later, began=began)
    pd.testing.assert_frame_equal(labels.known_at(panel, month), labels.known_at(other, month))


def test_what_is_known_says_what_they_do_and_not_who_they_are(panel):
    known = labels.known_at(panel, FIRST + 15)
    assert "months_since_birth" not in known
    bought = panel.sums["purchases"][:15]
    assert known["purchases_last"].tolist() == bought[14].tolist()
    assert known["purchases_before"].to_numpy() == pytest.approx(bought[9:12].mean(axis=0))
    silent = [next((back for back, many in enumerate(one[::-1]) if many), 15) for one in bought.T]
    assert known["months_silent"].tolist() == silent


def test_months_are_learnt_from_whose_horizon_is_over_before_the_test():
    panel = Months(pd.Index([]), FIRST, NOW, {}, {})
    for months in (3, 6):
        learnt = scores.learning_months(panel, test=NOW - months, months=months)
        assert max(learnt) + months <= NOW - months
        assert min(learnt) >= FIRST + scores.FIRST


def test_means_are_of_half_a_year_which_every_month_that_is_learnt_from_has(panel):
    early, late = (labels.known_at(panel, FIRST + at) for at in (scores.FIRST, 20))
    assert early.columns.tolist() == late.columns.tolist()
    assert labels.HALF <= scores.FIRST
    assert "purchases_year" not in late
    assert late["purchases_half"].to_numpy() == pytest.approx(panel.sums["purchases"][14:20].mean(axis=0))


def test_events_are_all_kept_and_the_others_thinned_without_changing_the_level():
    rng = np.random.default_rng(3)
    x = rng.normal(size=30_000)
    came = rng.random(30_000) < 1 / (1 + np.exp(4 - x))
    rows = pd.DataFrame({"x": x, "z": rng.normal(size=30_000), scores.LABEL: came.astype(float)})
    kept, share = scores.thinned(rows, 5_000)
    assert kept[scores.LABEL].sum() == came.sum()
    assert len(kept) == 5_000
    assert share == pytest.approx((5_000 - came.sum()) / (~came).sum())
    few = scores.Blend(kept, seed=1)
    few.rarer = -np.log(share)
    assert few(rows).mean() == pytest.approx(came.mean(), rel=0.1)
    whole, everything = scores.thinned(rows, 40_000)
    assert (len(whole), everything) == (30_000, 1.0)


def test_where_customers_are_many_one_month_in_three_is_learnt_from():
    many = Months(pd.RangeIndex(scores.MANY + 1), FIRST, NOW, {}, {})
    few = replace(many, customers=pd.RangeIndex(10))
    assert (
        scores.learning_months(many, test=NOW - 3, months=3) == scores.learning_months(few, test=NOW - 3, months=3)[::3]
    )


def test_who_leaves_is_told_on_later_months_and_other_customers(panel):
    found = scores.foretell_all(panel, seed=1)
    assert [(one.aim.label, one.aim.months) for one in found] == [
        (label, months) for label in labels.LABELS for months in scores.HORIZONS
    ]
    for one in found:
        at = labels.at_risk(panel, one.aim.label, one.test)
        assert one.customers == at.sum()
        assert one.happened == labels.happens(panel, one.aim.label, one.test, months=one.aim.months)[at].sum()
        assert one.ranks
        assert one.measured["auc"] > 0.7
        assert one.measured["calibration"] < 0.05
        now = labels.at_risk(panel, one.aim.label, panel.now)
        assert one.today.index.tolist() == panel.customers[now].tolist()
        assert one.today.between(0, 1).all()
        assert len(one.first) == round(0.1 * now.sum())


def test_labels_that_are_drawn_by_lot_are_not_told(panel):
    rng = np.random.default_rng(9)
    bought = rng.poisson(0.5, panel.sums["purchases"].shape).astype(float)
    chance = replace(panel, sums={"purchases": bought, "spend": bought}, began={"opening": panel.began["opening"]})
    one = scores.foretell(chance, scores.Aim(labels.SILENT, 3), seed=1)
    assert one.measured["auc_low"] < 0.55


def test_too_short_or_too_few_is_said(panel):
    short = replace(panel, now=FIRST + 8)
    assert scores.foretell(short, scores.Aim(labels.CLOSES, 3), seed=1).reason == "short"
    nobody = replace(panel, began=panel.began | {"closing": np.full(CUSTOMERS, np.nan)})
    found = scores.foretell_all(nobody, seed=1)
    assert {one.aim.label for one in found} == {labels.SILENT}
    assert scores.foretell(nobody, scores.Aim(labels.CLOSES, 3), seed=1).reason == "few"
    assert scores.foretell_all(short, seed=1).reason == "short"
    assert scores.foretell_all(Unavailable("leaving", "accounts"), seed=1).reason == "accounts"


def test_a_list_is_the_tenth_with_the_highest_scores():
    told = pd.Series([0.1, 0.9, 0.9, *[0.2] * 17], index=[f"c{number:02}" for number in range(20)])
    assert scores.first_of(told).tolist() == ["c01", "c02"]
    assert scores.shared_with(pd.Index([]), told.index) != scores.shared_with(pd.Index([]), told.index), "no number"


def test_complaints_and_declines_are_counted_by_month():
    con = ibis.duckdb.connect()
    days = pd.to_datetime(["2024-01-05", "2024-02-07", "2024-02-09"])
    tables = {
        "customers": pd.DataFrame({"customer_id": ["a", "b"]}),
        "accounts": pd.DataFrame(
            {
                "account_id": ["x", "y"],
                "customer_id": ["a", "b"],
                "opened_on": [date(2023, 5, 1)] * 2,
                "closed_on": [None, date(2024, 3, 2)],
            }
        ),
        "transactions": pd.DataFrame(
            {"customer_id": ["a", "b", "a"], "occurred_on": days.date, "amount": [5.0, 6.0, 7.0], "kind": "purchase"}
        ),
        "service_tickets": pd.DataFrame(
            {
                "customer_id": ["a", "a", "b"],
                "opened_at": days,
                "topic": ["fee", "fee", None],
                "satisfaction": [1, 5, 2],
            }
        ),
        "authorisations": pd.DataFrame({"customer_id": ["b"], "occurred_on": [date(2024, 2, 3)]}),
    }
    made = {name: con.create_table(name, frame) for name, frame in tables.items()}
    found = labels.read_panel(made, as_of=date(2024, 3, 31))
    assert found.sums["tickets"].tolist() == [[1, 0], [1, 1], [0, 0]]
    assert found.sums["about_fee"].tolist() == [[1, 0], [1, 0], [0, 0]]
    assert found.sums["unhappy"].tolist() == [[1, 0], [0, 1], [0, 0]]
    assert found.sums["declined"].tolist() == [[0, 0], [0, 1], [0, 0]]
    march = month_of(date(2024, 3, 1))
    assert labels.happens(found, labels.CLOSES, march, months=1).tolist() == [False, True]
    plain = labels.read_panel(
        {name: made[name] for name in ("customers", "accounts", "transactions")}, as_of=date(2024, 3, 31)
    )
    assert "tickets" not in plain.sums


@pytest.fixture(scope="module")
def chances(panel) -> pd.DataFrame:
    """True chances as of the last month: the longer without a purchase, the likelier; of everyone but a tenth."""
    known = labels.known_at(panel, NOW - 1)
    odds = known["months_silent"] - known["purchases_last"] / 2 - 1
    some = panel.customers[np.arange(CUSTOMERS) % 10 != 3]
    rows = [
        pd.DataFrame({"customer_id": some, "sense": sense, "months": months, "chance": 1 / (1 + np.exp(-odds[some]))})
        for sense in ("leaving", "closing", "silent")
        for months in scores.HORIZONS
    ]
    return pd.concat(rows).assign(seen_on=date((NOW - 1) // 12, (NOW - 1) % 12 + 1, 1))


def test_scores_are_held_against_the_true_chances_and_what_these_can_teach(panel, chances):
    found = truth.judge(panel, chances, seed=1)
    assert [(one.sense, one.scored_by) for one in found] == [*truth.JUDGED]
    for one in found:
        assert one.low < one.auc < one.high
        assert 0.5 < one.auc < one.oracle
        assert one.auc - 0.03 < one.ceiling < one.oracle + 1e-9, "the chance hangs on two features that trees see"
        at = labels.at_risk(panel, labels.CLOSES if one.sense == labels.CLOSES else labels.SILENT, NOW - 1)
        assert one.customers == (at & (np.arange(CUSTOMERS) % 10 != 3)).sum()


def test_nothing_is_judged_without_months_to_learn_from(panel, chances):
    early = chances.assign(seen_on=date((FIRST + 7) // 12, (FIRST + 7) % 12 + 1, 1))
    assert truth.judge(panel, early, seed=1).reason == "short"
    assert truth.judge(Unavailable("leaving", "accounts"), chances, seed=1).reason == "accounts"
