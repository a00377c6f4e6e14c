"""Expected purchases and spend in words and pictures, with no more digits than are known."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from few_lines import day
from insight.config.parameters import Bilingual
from insight.errors import Unavailable
from insight.predict.churn.scoring import RISK_BANDS, SilentTest, Stake
from insight.predict.measures import Correlation, Mean
from insight.predict.value import choice
from insight.predict.value.pareto import Pareto
from insight.predict.value.precision import Estimate
from insight.predict.value.purchases import Purchasing
from insight.predict.value.second import Second
from insight.predict.value.totals import Total
from insight.predict.value.value import HoldOut, Spending, ValueModel
from insight.report.findings import value
from insight.words.context import Context, using
from insight.words.text import word
from report.test_churn import drawn, in_both

PURCHASING, SPENDING = Purchasing(r=0.243, alpha=4.414, a=0.793, b=2.426), Spending(6.25, 3.74, 15.44)
NAMES = ("r", "alpha", "a", "b", "rate", "leaving", "p", "q", "gamma", "spend")


@pytest.fixture(autouse=True)
def guests():
    with using(Context(Bilingual(en="guests", zh="客人"), currency="CNY", as_of=date(2024, 6, 30))):
        yield


TOTAL = Total(1234.4, 1000.2, 1500.9, "model", 0.041, 5, 3.0)
RANK = Correlation(0.6, 0.5, 0.7)


def hold_out(purchases: float = 9.0) -> HoldOut:
    return HoldOut(100, purchases, 10, RANK, Mean(0.5, 0.4, 0.6))


def second(again: int = 40) -> Second:
    rows = [("cohort", "2024 Q1", 60, 30), ("cohort", "2024 Q2", 60, 10), ("channel", "web", 120, 40)]
    groups = pd.DataFrame(rows, columns=["kind", "group", "customers", "again"])
    groups = groups.assign(share=groups["again"] / groups["customers"], low=0.1, high=0.6)
    return Second(90, 120, again, again / 120, 0.26, 0.42, 33.0, groups)


def test_second_purchases_are_stated_and_laid_out_by_cohort_and_channel():
    found = value.second(second())
    assert "33% of first-time buyers come again within 90 days (26.0% to 42.0%, 95% interval)" in in_both(
        found.part("title")
    )
    assert [in_both(one) for one in found.table["group"]] == ["first in 2024 Q1", "first in 2024 Q2", "through website"]
    assert found.table["group"].iloc[0].in_language("zh") == "首次：2024 年第 1 季度"
    years = replace(second(), groups=second().groups.head(1).assign(group="2024"))
    assert in_both(value.second(years).table["group"].iloc[0]) == "first in 2024"
    assert "within 33 days" in in_both(found.part("so_what"))
    assert value.second(second(again=0)).part("so_what") is None
    said = in_both(value.second(Unavailable("value", "first_time", {"n": 50, "within": 90})).part("says"))
    assert "fewer than 50 guests" in said


@pytest.mark.parametrize(
    ("method", "tests", "part"),
    [
        ("model", 5, "Plan with the forecast of the purchase and spend models: it came nearest over past periods"),
        (
            "carried",
            5,
            "Plan with the amount of as many days before: it came nearest over past periods, typically 4.1%",
        ),
        ("seasonal", 1, "changed as it changed a year earlier: it came nearest in the one period"),
    ],
)
def test_the_forecast_in_use_is_the_one_that_is_named(method, tests, part):
    forecasts = {"model": [90.0, 120.0], "carried": [80.0, 100.0], "seasonal": [110.0, 100.0], "actual": 100.0}
    past = pd.DataFrame(forecasts, index=[day(60), day(30)])
    past = past.assign(corrected=np.nan, model_noise=0.01, carried_noise=0.01, seasonal_noise=0.01)
    total = replace(TOTAL, method=method, tests=tests)
    shown = value.past(past, total, days=30)
    assert part in in_both(shown.part("so_what"))
    assert shown.shown_table()["model"].tolist() == pytest.approx([-0.1, 0.2])
    assert [headline.value for headline in shown.headlines] == pytest.approx([past[method].iloc[0] / 100 - 1, -0.2])
    said = value.expected(total, days=30)
    assert in_both(said.part("says")).split(". ")[1].startswith("This is")
    assert str(word("value.method", method)) in in_both(said.part("says"))


def test_few_past_periods_are_said():
    assert "only 3 whole past periods" in in_both(value.expected(TOTAL, days=90).part("caution"))
    assert value.expected(replace(TOTAL, periods=6.0), days=90).part("caution") is None


@pytest.mark.parametrize(("purchases", "part"), [(10.0, "exactly as many"), (12.0, "too many"), (9.0, "too few")])
def test_expected_purchases_stand_beside_those_that_came(purchases, part):
    weeks = pd.DataFrame({"week": range(-3, 5), "actual": 10, "expected": [np.nan] * 4 + [9.0] * 4})
    shown = value.weekly(hold_out(purchases=purchases), weeks.assign(carried=weeks["expected"]), cut=day(1), days=28)
    assert part in in_both(shown.part("title"))
    drawn(shown.figure)


@pytest.mark.parametrize("model", [ValueModel(PURCHASING, None, 0.0), ValueModel(PURCHASING, SPENDING, 0.1)])
def test_estimates_are_shown_as_far_as_they_are_known(model):
    shown_names = NAMES if model.spending else NAMES[:6]
    found = {name: Estimate(13.447, 11.7) for name in shown_names} | {"a": Estimate(0.0001, float("inf"))}
    shown = value.models(found, model)
    assert "MBG/NBD’s" in in_both(shown.part("caution"))
    assert "a –, b 13" in in_both(shown.part("note"))
    assert str(shown.table["value"].iloc[0]) == "13"
    assert in_both(shown.part("says")).startswith("Amount per purchase")


def test_a_model_that_does_not_converge_costs_its_row_in_the_table_alone():
    tried = pd.DataFrame(
        {
            "converged": [True, False, True],
            "likelihood": [-10.0, np.nan, -11.0],
            "total_error": [0.1, np.nan, -0.1],
            "missed": [0.4, np.nan, 0.5],
        },
        index=pd.Index(choice.LAWS, name="law"),
    )
    shown = value.laws(choice.Choice("mbg", tried, day(30), 28))
    assert "Did not converge, and are not used: 1." in in_both(shown.part("note"))
    assert "in use is MBG/NBD" in in_both(shown.part("title"))
    assert [str(name) for name in shown.table["law"]] == ["MBG/NBD", "Pareto/NBD", "BG/NBD"]


def test_parameters_are_named_as_those_of_the_model_in_use():
    names = ("r", "alpha", "s", "beta", "rate", "leaving")
    found = {name: Estimate(13.447, 11.7) for name in names}
    shown = value.models(found, ValueModel(Pareto(0.55, 10.58, 0.61, 11.67), None, 0.0))
    assert "Pareto/NBD, in weeks: r 13, α 13, s 13, β 13" in in_both(shown.part("note"))


def test_what_cannot_be_had_says_why():
    missing = Unavailable("value", "customers", {"customers": 50, "repeaters": 20})
    shown = value.expected(missing, days=90)
    assert in_both(shown.part("says")).startswith("Not predicted: it takes 50 guests")
    assert [(headline.name, headline.value) for headline in shown.headlines] == [("value_expected", None)]
    short = Unavailable("value", "past", {"days": 90, "known": 120})
    wide = value.expected(Unavailable("value", "wide", {"off": 0.3, "tests": 1, "days": 90, "times": 10.0}), days=90)
    assert "typically 30% off" in in_both(wide.part("says"))
    shown = value.past(short, short, days=90)
    assert "of 90 days on the past takes twice as many days of data, and there are 120" in in_both(shown.part("says"))
    assert [headline.value for headline in shown.headlines] == [None, None]


@pytest.mark.parametrize("silent", [None, SilentTest(500, 0.5, 0.4)])
def test_risk_hides_small_groups_and_rounds_estimates(silent):
    bands = pd.DataFrame({"band": RISK_BANDS, "customers": [40, 80, 300, 4], "probability": 0.2})
    bands = bands.assign(spent=100_000.0, at_stake=20_123.4, expected=90_000.0)
    held = Stake(500_000.0, 60_370.2, 51_000.0, 71_000.0, 4, 0.5, 0.2)
    shown = value.risk(bands, held, silent, days=90)
    table = shown.shown_table()
    assert str(table["customers"].iloc[3]) == "fewer than 10"
    assert table["at_stake"].iloc[2] == 20_100
    assert "CN¥60.4K is at risk (CN¥51K to CN¥71K, 95% interval" in in_both(shown.part("so_what"))
    assert in_both(shown.part("note"))


def test_nobody_is_singled_out_by_a_ranking_that_is_no_better_than_chance():
    refused = Unavailable("churn", "no_ranking", {"auc": 0.34, "low": 0.2, "high": 0.48})
    bands = pd.DataFrame({"band": RISK_BANDS, "customers": 40, "probability": 0.2, "spent": 100.0, "expected": 9.0})
    shown = value.risk(bands.assign(at_stake=20.0), refused, None, days=90)
    assert "Do not choose guests by their churn probability" in in_both(shown.part("says"))
    assert shown.part("so_what") is None
    nothing = value.risk(bands.assign(at_stake=0.0), Stake(300.0, 0.0, 0.0, 0.0, 2, 0.0, 0.0), None, days=90)
    assert nothing.part("so_what") is None


@pytest.mark.parametrize(
    ("rank", "part"),
    [
        (RANK, "Choose guests by their expected spend"),
        (Correlation(0.1, -0.1, 0.3), "Do not choose guests"),
        (Correlation(-0.5, -0.6, -0.4), "Do not choose guests"),
    ],
)
def test_the_most_valuable_are_drawn_and_chosen_only_where_the_order_held(rank, part):
    worth = pd.DataFrame({"expected_value": np.random.default_rng(1).gamma(1, 10, 80)})
    shown = value.concentration(worth, ValueModel(PURCHASING, None, 0.0), rank, days=90)
    assert part in in_both(shown.part("so_what"))
    assert in_both(shown.part("caution"))
    drawn(shown.figure)
    assert value.concentration(worth, ValueModel(PURCHASING, None, 0.0), None, days=90).part("so_what") is None


def test_the_total_has_its_interval_in_the_headline():
    stated = value.expected(TOTAL, days=90)
    assert [(each.value, each.low, each.high) for each in stated.headlines] == [(1234, 1000, 1501)]
    assert "95% interval" in in_both(stated.in_words(stated.headlines[0])["sentence"])
