"""A scorecard: bands, weights of evidence, points, KS, stability and the cut, each counted by hand."""

import numpy as np
import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.predict.labelled import backtest, default
from insight.predict.labelled.table import read_flat
from insight.predict.scorecard.bands import make_bands, weigh
from insight.predict.scorecard.points import DOUBLES, fit_card
from insight.predict.scorecard.strength import as_points, cut, kolmogorov_smirnov, separate, shift
from predict.test_labelled import rows_of

SEED = 5


def test_weights_of_evidence_and_information_value_are_those_of_ten_fingers():
    # ten rows: of five in the first band one is bad, of five in the second three are; 4 bad, 6 good in all
    found = weigh([5, 5], [1, 3], drawn=0)
    assert found["woe"].tolist() == pytest.approx([np.log(1 / 4) - np.log(4 / 6), np.log(3 / 2) - np.log(4 / 6)])
    # of the bad 1/4 and 3/4, of the good 4/6 and 2/6
    parts = [(1 / 4 - 4 / 6) * np.log((1 / 4) / (4 / 6)), (3 / 4 - 2 / 6) * np.log((3 / 4) / (2 / 6))]
    assert found["iv"].tolist() == pytest.approx(parts)


def test_a_band_of_few_rows_speaks_less_loudly_and_one_without_rows_says_nothing():
    plain, drawn = (weigh([4, 96, 0], [3, 21, 0], drawn=much) for much in (0, 5.0))
    assert 0 < drawn["woe"][0] < plain["woe"][0]
    assert [drawn["woe"][2], plain["woe"][2]] == pytest.approx([0, 0])


def bathtub() -> tuple[pd.Series, np.ndarray]:
    """Make a number of whose low, middle and high values 40, 5 and 20 of a hundred are bad, and a missing one."""
    values = pd.Series([1.0] * 100 + [2.0] * 100 + [3.0] * 100 + [np.nan] * 50, name="income")
    bad = [1] * 40 + [0] * 60 + [1] * 5 + [0] * 95 + [1] * 20 + [0] * 80 + [1] * 25 + [0] * 25
    return values, np.array(bad, dtype=float)


def test_numbers_are_cut_where_their_share_changes_and_missing_ones_have_a_band_of_their_own():
    values, bad = bathtub()
    found = make_bands(values, bad)
    assert found.edges.tolist() == [2.0, 3.0]
    assert found.table["rows"].tolist() == [50, 100, 100, 100]
    assert found.table["share"].tolist() == [0.5, 0.4, 0.05, 0.2]
    assert found.place(pd.Series([0.0, 2.0, 99.0, np.nan])).tolist() == [1, 2, 3, 0]


@pytest.mark.parametrize(("way", "edges"), [("falling", [2.0]), ("rising", []), ("either", [2.0])])
def test_bands_go_one_way_where_that_is_asked(way, edges):
    values, bad = bathtub()
    found = make_bands(values, bad, monotone=way)
    assert found.edges.tolist() == edges
    shares = found.table["share"][1:]
    assert (np.diff(shares) < 0).all() or len(shares) == 1


def test_a_column_of_no_worth_has_one_band_and_gets_no_points():
    rng = np.random.default_rng(SEED)
    rows = pd.DataFrame({"noise": rng.normal(size=2000), "kind": rng.choice(list("abc"), 2000)})
    rows["told"] = rng.normal(size=2000)
    bad = (rng.random(2000) < 1 / (1 + np.exp(2 - rows["told"]))).astype(float)
    card = fit_card(rows, bad.to_numpy())
    assert "noise" not in card.weights
    assert "told" in card.weights
    assert len(card.bands["noise"].table) == 2  # missing, and all


def test_points_are_the_log_odds_on_another_scale_to_half_a_point_a_column():
    values, bad = bathtub()
    rows = pd.DataFrame({"income": values, "group": np.where(np.arange(350) % 2, "x", "y")})
    card = fit_card(rows, bad)
    log_odds = card.log_odds(rows)
    exact = as_points(1 / (1 + np.exp(-log_odds)))
    assert np.abs(card.points(rows) - exact).max() <= 0.5 * len(card.weights) + 1e-9
    assert np.allclose(card.contributions(rows).to_numpy().sum(axis=1), log_odds)
    sheet = card.sheet()
    assert sheet.groupby("column")["rows"].sum().eq(350).all()
    half = as_points(np.array([1 / 51, 1 / 101]))
    assert half[1] - half[0] == pytest.approx(DOUBLES)


def test_kolmogorov_smirnov_is_the_largest_distance_between_both_kinds():
    labels, scores = np.array([0, 0, 0, 0, 1, 1]), np.array([1, 2, 3, 6, 4, 5])
    assert kolmogorov_smirnov(labels, scores) == 0.75  # up to 3: three of four good, no bad


def test_gini_is_twice_the_auc_less_one_and_each_has_an_interval():
    rng = np.random.default_rng(SEED)
    labels = pd.Series(np.arange(400) % 4 == 0).astype(float)
    scores = labels + rng.normal(size=400)
    found = separate(labels, scores, groups=np.arange(400), seed=SEED)
    assert found.gini == pytest.approx(2 * found.auc - 1)
    assert found.auc_low < found.auc < found.auc_high
    assert found.ks_low < found.ks < found.ks_high
    assert found.auc == pytest.approx(0.76, abs=0.05)  # of a distance of one: Phi(1 / sqrt 2)


def test_the_stability_index_is_that_of_two_tenths_that_changed_places():
    before = np.repeat(np.arange(10.0), 10)
    now = np.repeat(np.arange(10.0), [5, 15, *[10] * 8])
    found = shift(before, now)
    assert found["cases"].tolist() == [5, 15, *[10] * 8]
    by_hand = (0.05 - 0.1) * np.log(0.05 / 0.1) + (0.15 - 0.1) * np.log(0.15 / 0.1)
    assert found["psi"].sum() == pytest.approx(by_hand)


def test_the_cut_keeps_whom_it_pays_to_accept():
    # of a hundred at 5% five default, of a hundred at 50% fifty do; a default costs what five others bring
    labels = pd.Series(([1.0] * 5 + [0.0] * 95 + [1.0] * 50 + [0.0] * 50) * 4)
    probability = pd.Series(([0.05] * 100 + [0.5] * 100) * 4)
    found = cut(labels, probability, cost=5.0, groups=np.arange(800), seed=SEED)
    assert found.table["profit"].tolist() == pytest.approx([(145 - 5 * 55) / 200, (95 - 25) / 200])
    assert found.best["accepted"] == 0.5
    assert found.gain == pytest.approx((250 - 50) / 200)  # what accepting the second hundred would have lost
    assert found.low < found.gain < found.high


def test_later_cases_are_compared_with_those_before_and_without_a_time_none_are():
    rng = np.random.default_rng(SEED)
    income = rng.normal(size=1200)
    frame = pd.DataFrame({"income": income, "month": np.arange(1200) // 100, "label": "no"})
    frame.loc[rng.random(1200) < 1 / (1 + np.exp(1 + income)), "label"] = "yes"
    timed = read_flat(rows_of(frame, "label", time="month"))
    none = pd.DataFrame(columns=["column"])
    test = backtest.backtest(timed, none, seed=SEED, models=default.models({}))
    assert test.is_later
    card = default.scorecard(timed, test, monotone={"income": "falling"})
    found = default.stability(timed, card)
    assert found["cases"].sum() == 300
    assert found["psi"].sum() < 0.1
    plain = read_flat(rows_of(frame.drop(columns="month"), "label"))
    assert isinstance(default.stability(plain, card), Unavailable)


def test_clients_in_taiwan_are_told_as_well_as_published_models_tell_them(shared):
    frame = pd.read_csv(shared / "taiwan_default" / "UCI_Credit_Card.csv", dtype=str)
    flat = read_flat(rows_of(frame, "class"))
    test = backtest.backtest(flat, pd.DataFrame(columns=["column"]), seed=SEED, models=default.models({}))
    auc = {
        name: backtest.auc(test.labels.to_numpy(), test.probabilities[name].to_numpy()) for name in test.probabilities
    }
    assert auc["boosting"] >= 0.784
    assert auc["scorecard"] >= 0.768
    off = [
        part["label"].mean() - part["p"].mean()
        for _, part in pd.DataFrame({"label": test.labels, "p": test.probabilities["boosting"]}).groupby(
            pd.qcut(test.probabilities["boosting"], 10, labels=False)
        )
    ]
    assert np.abs(off).mean() < 0.01


def test_with_few_defaults_the_regression_is_used_where_it_is_not_clearly_worse():
    compared = pd.DataFrame(
        {"auc": [0.70, 0.66, 0.64], "auc_low": [0.65, 0.61, 0.59]}, index=["boosting", "logistic", "scorecard"]
    )
    best = backtest.Choice("boosting", "logistic")
    few, many = (
        backtest.Test(pd.Series([1.0] * left + [0.0] * 900), pd.DataFrame(), np.arange(900 + left), 0, False, {})
        for left in (50, 500)
    )
    assert default.choose(compared, few, best).best == "logistic"
    assert default.choose(compared, many, best).best == "boosting"
    assert default.choose(compared.assign(auc_low=[0.67, 0.6, 0.6]), few, best).best == "boosting"
    led = pd.concat([compared, pd.DataFrame({"auc": [0.65], "auc_low": [0.6]}, index=["led"])])
    assert default.choose(led, few, best).best == "led"
