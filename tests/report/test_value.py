"""Expected purchases and spend in words and pictures, with no more digits than are known."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from few_lines import day
from insight.config.parameters import Bilingual
from insight.errors import Unavailable
from insight.predict.churn.scoring import RISK_BANDS, SilentTest
from insight.predict.measures import RelativeError
from insight.predict.value.precision import Estimate
from insight.predict.value.purchases import Purchasing
from insight.predict.value.totals import Total
from insight.predict.value.value import HoldOut, Spending, ValueModel
from insight.report.context import Context, using
from insight.report.findings import value
from report.test_churn import drawn, in_both

PURCHASING, SPENDING = Purchasing(r=0.243, alpha=4.414, a=0.793, b=2.426), Spending(6.25, 3.74, 15.44)
NAMES = ("r", "alpha", "a", "b", "rate", "leaving", "p", "q", "gamma", "spend")


@pytest.fixture(autouse=True)
def guests():
    with using(Context(Bilingual(en="guests", zh="客人"), currency="CNY", as_of=date(2024, 6, 30))):
        yield


def hold_out(error: float = 0.1, carried: float = 0.2, purchases: float = 9.0) -> HoldOut:
    errors = [RelativeError(off, off - 0.02, off + 0.02) for off in (error, carried)]
    return HoldOut(100, 901_234.0, 1_000_000.0, 800_000.0, *errors, purchases, 10, 0.5, 0.4)


@pytest.mark.parametrize(
    ("error", "carried", "part"),
    [
        (0.05, 0.5, "The model comes nearer"),
        (0.5, 0.05, "Repeating the last 90 days comes nearer"),
        (0.05, 0.06, "about as near"),
    ],
)
def test_the_plain_forecast_is_given_its_due(error, carried, part):
    shown = value.hold_out(hold_out(error, carried), ValueModel(PURCHASING, None, 0.0), days=90)
    assert part in in_both(shown.part("so_what"))
    assert [headline.value for headline in shown.headlines] == [error, carried]


def test_a_total_has_the_digits_that_its_interval_carries():
    shown = value.hold_out(hold_out(), ValueModel(PURCHASING, None, 0.0), days=90)
    assert shown.shown_table()["total"].tolist() == [901_000, 800_000, 1_000_000]


@pytest.mark.parametrize(("purchases", "part"), [(10.0, "exactly as many"), (12.0, "too many"), (9.0, "too few")])
def test_expected_purchases_stand_beside_those_that_came(purchases, part):
    weeks = pd.DataFrame({"week": range(-3, 5), "actual": 10, "expected": [np.nan] * 4 + [9.0] * 4})
    shown = value.weekly(hold_out(purchases=purchases), weeks.assign(carried=weeks["expected"]), cut=day(1), days=28)
    assert part in in_both(shown.part("title"))
    drawn(shown.figure)


@pytest.mark.parametrize("model", [ValueModel(PURCHASING, None, 0.0), ValueModel(PURCHASING, SPENDING, 0.1)])
@pytest.mark.parametrize(("gain", "part"), [(8.24, "8.2 above"), (-0.7, "0.7 below"), (None, "could not be fitted")])
def test_estimates_are_shown_as_far_as_they_are_known(model, gain, part):
    shown_names = NAMES if model.spending else NAMES[:6]
    found = {name: Estimate(13.447, 11.7) for name in shown_names} | {"a": Estimate(0.0001, float("inf"))}
    shown = value.models(found, model, gain)
    assert part in in_both(shown.part("caution"))
    assert "a –, b 13" in in_both(shown.part("note"))
    assert str(shown.table["value"].iloc[0]) == "13"
    assert in_both(shown.part("says")).startswith("Amount per purchase")


def test_what_cannot_be_had_says_why():
    missing = Unavailable("value", "customers", {"customers": 50, "repeaters": 20})
    shown = value.concentration(missing, missing, days=90)
    assert in_both(shown.part("says")).startswith("Not predicted: it takes 50 guests")
    assert [(headline.name, headline.value) for headline in shown.headlines] == [("value_expected", None)]
    shown = value.hold_out(Unavailable("value", "hold_out"), missing, days=90)
    assert in_both(shown.part("says")).startswith("Not tested")


@pytest.mark.parametrize("silent", [None, SilentTest(500, 0.5, 0.4)])
def test_risk_hides_small_groups_and_rounds_estimates(silent):
    bands = pd.DataFrame({"band": RISK_BANDS, "customers": [40, 80, 300, 4], "probability": 0.2})
    bands = bands.assign(spent=100_000.0, at_stake=20_123.4, expected=90_000.0)
    shown = value.risk(bands, silent, object(), object(), days=90, ranked=True)
    table = shown.shown_table()
    assert str(table["customers"].iloc[3]) == "fewer than 10"
    assert table["at_stake"].iloc[2] == 20_100
    assert "CN¥60.4K is at risk" in in_both(shown.part("so_what"))
    assert in_both(shown.part("note"))


def test_nobody_is_singled_out_by_a_ranking_that_is_no_better_than_chance():
    bands = pd.DataFrame({"band": RISK_BANDS, "customers": 40, "probability": 0.2, "spent": 100.0, "expected": 9.0})
    shown = value.risk(bands.assign(at_stake=20.0), None, object(), object(), days=90, ranked=False)
    assert "Do not single out guests by the probability" in in_both(shown.part("so_what"))
    nothing = value.risk(bands.assign(spent=0.0, at_stake=0.0), None, object(), object(), days=90, ranked=True)
    assert nothing.part("so_what") is None


def test_the_most_valuable_are_drawn():
    worth = pd.DataFrame({"expected_value": np.random.default_rng(1).gamma(1, 10, 80)})
    shown = value.concentration(Total(1234.4, 1000.2, 1500.9), worth, days=90)
    assert [(each.value, each.low, each.high) for each in shown.headlines] == [(1234, 1000, 1501)]
    assert "95% interval" in in_both(shown.part("says"))
    drawn(shown.figure)
