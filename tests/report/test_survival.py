"""When customers leave, in words: how long they stay, by group, the hazards of coming months, retention of cohorts."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insight.config.parameters import Bilingual
from insight.predict.survival import curves
from insight.predict.survival.curves import Stays
from insight.predict.survival.hazard import Timed
from insight.predict.survival.retention import Law, Retained
from insight.report.findings.leavers import survival
from insight.words.context import Context, using


@pytest.fixture(autouse=True)
def guests():
    with using(Context(Bilingual(en="guests", zh="客人"), currency="CNY", as_of=date(2024, 6, 30), min_cell=10)):
        yield


def in_both(words) -> str:
    assert words.in_language("zh")
    return words.in_language("en")


def stays(sense: str = "closes") -> Stays:
    """Half of one gender leave in their second month, the others stay; two cohorts."""
    rng = np.random.default_rng(1)
    left = np.arange(400) % 4 == 0
    months = np.where(left, 2, 14)
    cohort = rng.choice([2023, 2024], 400)
    table = pd.DataFrame({"months": months, "entry": 0.0, "left": left, "cohort": cohort, "bought": ~left})
    return Stays(table, sense)


PEOPLE = pd.DataFrame({"gender": np.where(np.arange(400) % 2 == 0, "female", "male")})


def test_the_share_that_stays_is_drawn_and_said_with_its_interval():
    parted = curves.by_group(stays(), PEOPLE)
    found = survival.curve(stays(), parted)
    assert "After 12 months 75% have not closed their last account (70.5% to 79.0%" in in_both(found.part("title"))
    assert found.table["month"].tolist() == [3, 6, 12]
    assert found.figure is not None
    assert "before the data begins" in in_both(found.part("caution"))
    silent = survival.curve(stays("silent"), parted)
    assert "will come back" in in_both(silent.part("caution"))


def test_a_month_that_far_more_leave_in_is_named_with_how_many_of_them_bought_nothing():
    def told(bought: int) -> str:
        table = stays().table
        table.loc[table.index[table["left"]][:bought], "bought"] = True
        found = Stays(
            table.assign(left=table["left"] | (table.index % 40 == 1)), "closes"
        )  # a tenth as many at the end
        return in_both(survival.curve(found, curves.by_group(found, PEOPLE)).part("says"))

    first = "Of those still there in month 2, 25% leave in it; in the other months 0.2% a month do, on average."
    assert told(0) == f"{first} Hardly anybody who leaves then ever had a purchase on record."
    assert told(20) == f"{first} Of those who leave then, 80% never had a purchase on record."
    assert told(80) == first


def test_attributes_that_part_are_named():
    people = PEOPLE.assign(gender=np.where(np.arange(400) % 8 < 2, "female", "male"))
    mixed = pd.DataFrame({"gender": np.where(np.arange(400) // 4 % 2 == 0, "female", "male")})
    table = stays().table.assign(left=lambda t: t["left"] | (t.index % 4 == 1) & (people["gender"] == "female"))
    table["months"] = np.where(table["left"], 2, 14)
    parted = curves.by_group(Stays(table, "closes"), people)
    assert "differs by gender, beyond chance" in in_both(survival.groups(Stays(table, "closes"), parted).part("title"))
    alike = survival.groups(stays(), curves.by_group(stays(), mixed))
    assert "No attribute parts" in in_both(alike.part("title"))
    assert {"gender: female", "began in 2023"} <= {in_both(name) for name in alike.table["group"]}


def test_without_two_large_groups_the_curve_stands_alone():
    one = Stays(stays().table.assign(cohort=2024), "closes")
    parted = curves.by_group(one, PEOPLE.assign(gender="female"))
    assert survival.curve(one, parted).figure is not None
    assert "no attribute has two groups of 50 guests" in in_both(survival.groups(one, parted).part("says"))


def timed(gain_low: float) -> Timed:
    months = pd.DataFrame({"month": range(1, 7), "there": 900, "came": 10, "rate": 0.01, "low": 0.005, "high": 0.02,
                           "expected": 11.0, "constant": 15.0})  # fmt: skip
    today = pd.DataFrame(0.05, index=range(400), columns=[f"within_{one}" for one in range(1, 7)])
    return Timed("closes", months, 900, 0.1, gain_low, 0.15, 0.7, 0.65, 0.75, today)


def test_hazards_are_foretold_where_they_are_better_than_one_rate():
    better, alike = survival.hazards(timed(0.05)), survival.hazards(timed(-0.01))
    assert "can be foretold: the model removes 10%" in in_both(better.part("title"))
    assert "Of the 400 guests at risk today, 20 are expected to leave within 6 months" in in_both(
        better.part("so_what")
    )
    assert "not foretold better" in in_both(alike.part("title"))
    assert "Do not plan" in in_both(alike.part("so_what"))


def test_retention_is_said_beside_one_rate_and_what_came():
    months = pd.DataFrame({"month": [1, 2], "came": [10, 9], "expected": [9.0, 9.0], "constant": [14.0, 13.0],
                           "low": [4.0, 4.0], "high": [15.0, 8.0]})  # fmt: skip
    found = survival.retention(Retained(Law(0.7, 3.8), months, 500, 100))
    assert "Of 19 who left in the months held back, 18 were foretold; one rate for all ages says 27" in in_both(
        found.part("title")
    )
    assert "in 1 of 2 months" in in_both(found.part("note"))
    worse = Retained(Law(0.7, 3.8), months.assign(expected=20.0), 500, 100)
    assert "age tells nothing here" in in_both(survival.retention(worse).part("title"))
