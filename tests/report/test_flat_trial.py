"""What is said of a trial in a flat table: what each treatment adds, and for whom it can be told."""

from types import SimpleNamespace

import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.predict.uplift.trials import Trials
from insight.report.findings.flat import trial as told
from insight.words.context import Context, using


@pytest.fixture(autouse=True)
def _a_shop():
    with using(Context(currency="USD", min_cell=10)):
        yield


def said(finding, part: str) -> tuple[str, str]:
    words = finding.part(part)
    return words.in_language("en"), words.in_language("zh")


def measured(*qinis: tuple[float, float], placebo: float = 0.0) -> pd.DataFrame:
    rows = [
        {
            **{"offer_id": name, "contacts": 2000, "effect": effect, "effect_low": effect - 0.02},
            **{"effect_high": effect + 0.02, "qini": qini, "qini_low": low, "qini_high": 2 * qini - low},
            **{"placebo": placebo, "placebo_low": placebo - 0.001, "placebo_high": placebo + 0.001},
        }
        for name, effect, (qini, low) in zip(("Mens", "Womens"), (0.072, 0.045), qinis, strict=False)
    ]
    return pd.DataFrame(rows)


def test_for_whom_it_can_be_told_is_said_apart():
    found = told.uplift(measured((0.0007, -0.0016), (0.0066, 0.0043)))
    assert said(found, "title")[0] == "“Mens” adds most: 7.2 responses per 100 customers (5.2 to 9.2)"
    assert said(found, "so_what")[0].startswith(
        "Choose by uplift for Womens: who is persuaded can be told. For Mens it"
    )
    assert "对 Womens 可按增量选择" in said(found, "so_what")[1]
    assert {one.name: (one.value, one.low) for one in found.headlines} == {
        "qini_mens": (0.0007, -0.0016),
        "qini_womens": (0.0066, 0.0043),
    }
    assert found.part("caution") is None


def test_where_it_can_be_told_for_all_or_for_none_and_where_a_placebo_is_found():
    assert said(told.uplift(measured((0.01, 0.004), (0.01, 0.004))), "so_what")[0] == (
        "Choose by uplift: for Mens and Womens, who is persuaded can be told."
    )
    none = told.uplift(measured((0.01, -0.004), (0.01, -0.004), placebo=0.01))
    assert said(none, "so_what")[0].startswith("Do not choose by uplift: for Mens and Womens")
    assert said(none, "caution")[0].startswith("A placebo is not 0")


def test_what_was_tried_is_laid_out_with_the_control_group():
    counts = pd.DataFrame(
        {"treatment": ["Mens", "None"], "rows": [500, 400], "responded": [90, 40], "rate": [0.18, 0.1]}
    )
    found = SimpleNamespace(
        counts=counts,
        control="None",
        set_aside=2,
        design=pd.DataFrame({"age": [1.0]}),
        trials=SimpleNamespace(offers=["Mens"]),
    )
    finding = told.drawn(found)
    assert said(finding, "title")[0] == (
        "One treatment was tried on 900 customers; of the 400 who got none, 10.0% responded"
    )
    assert said(finding, "says")[0].startswith("“None” is taken as no treatment.")


def test_the_answer_names_the_treatment_that_adds_most():
    found = told.answer(SimpleNamespace(), measured((0.0007, -0.0016), (0.0066, 0.0043)))
    assert said(found, "lead")[0] == (
        "“Mens” adds most, 7.2 responses per 100 customers (5.2 to 9.2). For 1 of 2 treatments it can be told whom "
        "they persuade."
    )
    missing = Unavailable(
        "trial", "can_be_told", {"name": "Mens", "key": "`ignored`", "columns": ["`spend`", "`conversion`"]}
    )
    assert said(told.answer(missing, missing), "lead")[0].startswith(
        "This is not called uplift: who got “Mens” can be told from other columns, beyond chance, most of all from "
        "`spend` and `conversion`."
    )


def in_money(*told: bool) -> pd.DataFrame:
    rows = measured(*[(0.045, -0.04)] * len(told))
    rows = rows.assign(effect=[0.85, 0.45][: len(told)], effect_low=0.15, effect_high=1.2, auuc=0.4, told=told)
    return rows.assign(added=rows["effect"] * 10_000, added_low=1_500.0, added_high=12_000.0)


def test_amounts_are_said_in_the_currency_of_the_business():
    found = told.uplift(in_money(False, True))
    assert said(found, "title")[0] == "“Mens” adds most: $0.85 each on average ($0.15 to $1.20), $8,500 in all"
    assert "人均 US$0.85" in said(found, "title")[1]
    assert said(found, "so_what")[0].startswith(
        "Choose by uplift for Womens: to whom it adds more can be told. For Mens"
    )
    assert {one.name: (one.value, one.unit) for one in found.headlines} == {
        "qini_mens": (0.045, "currency"),
        "added_mens": (0.85, "currency"),
        "qini_womens": (0.045, "currency"),
        "added_womens": (0.45, "currency"),
    }


def test_nobody_is_ranked_by_an_order_that_is_no_better_than_the_placebo():
    none = in_money(False, False)
    assert said(told.uplift(none), "so_what")[0] == (
        "Rank nobody: for Mens and Womens an order by uplift is no better than the placebo. Treat all if the average "
        "pays what treating costs, else nobody."
    )
    assert said(told.answer(SimpleNamespace(), none), "lead")[0].endswith(
        "To whom more is added cannot be told: treat all, if that pays what treating costs, or nobody."
    )
    assert said(told.answer(SimpleNamespace(), in_money(True)), "lead")[0].endswith("more is added can be told.")
    assert "for 1 of 2 treatments" in said(told.answer(SimpleNamespace(), in_money(True, False)), "lead")[0]


def test_tenths_of_amounts_are_laid_out_in_money():
    found = pd.DataFrame({"tenth": [1, 2], "contacts": [500, 500], "predicted": [0.1, 0.9], "observed": [0.2, 0.8]})
    found = found.assign(observed_low=found["observed"] - 0.5, observed_high=found["observed"] + 0.5)
    trial = Trials(pd.DataFrame({"amount": [1.0]}), ("Mens",), pd.DataFrame())
    tenths = told.tenths(trial, found)
    assert said(tenths, "title")[0] == "What is predicted comes: in 2 of 2 tenths within the interval"
    assert "highest $0.90 and $0.80" in said(tenths, "alt")[0]
    shares = Trials(pd.DataFrame({"responded": [True]}), ("Mens",), pd.DataFrame())
    assert told.tenths(shares, found).key == "trials.calibration"


def test_treatments_of_a_trial_of_amounts_are_laid_out_with_their_means():
    counts = pd.DataFrame(
        {"treatment": ["Mens", "None"], "rows": [500, 400], "responded": [9, 4], "rate": [0.02, 0.01]}
    )
    found = SimpleNamespace(
        counts=counts.assign(mean_amount=[1.5, 0.5]), control="None", set_aside=2,
        design=pd.DataFrame({"age": [1.0]}), trials=SimpleNamespace(offers=["Mens"]),
    )  # fmt: skip
    assert said(told.drawn(found), "title")[0] == (
        "One treatment was tried on 900 customers; the 400 who got none had $0.50 each on average"
    )
