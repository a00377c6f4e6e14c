"""What the loop played on says: whose profit it is, beside the truth's own, and in both languages."""

from datetime import date

import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.report.findings.reviewed import loop as told
from insight.review import loop
from insight.words.context import Context, using


@pytest.fixture(autouse=True)
def yuan():
    with using(Context(currency="CNY", as_of=date(2026, 6, 30))):
        yield


def played(ours: float, propensity: float) -> loop.Played:
    profits = {
        "oracle": 200.0,
        "ours": ours,
        "propensity": propensity,
        "random": -10.0,
        "everybody": -50.0,
        "nobody": 0.0,
    }
    rows = [(name, 10, value, value - 5, value + 5, value / 200, value / 200 - 0.05, value / 200 + 0.05)
            for name, value in profits.items()]  # fmt: skip
    columns = ["policy", "contacts", "profit", "profit_low", "profit_high"]
    share = ["of_oracle", "of_oracle_low", "of_oracle_high"]
    months = [(name, month, value * month / 6, value * month / 6 - 5, value * month / 6 + 5)
              for name, value in profits.items() for month in range(1, 7)]  # fmt: skip
    return loop.Played(
        pd.DataFrame(rows, columns=columns + share),
        pd.DataFrame(months, columns=["policy", "month", "profit", "profit_low", "profit_high"]),
        3,
    )


@pytest.mark.parametrize(("propensity", "surely"), [(20.0, True), (148.0, False)])
def test_the_title_says_whether_the_list_is_surely_best(propensity, surely):
    title = told.played(played(150.0, propensity)).part("title").in_language("en")
    assert ("surely more than any other" in title) == surely
    assert "CN¥150" in title


def test_headlines_and_table_state_the_same_profits():
    found = told.played(played(150.0, 20.0))
    stated = {one.name: one for one in found.headlines}
    assert stated["loop_profit_ours"].value == 150
    assert stated["loop_profit_propensity"].value == 20
    assert (stated["loop_profit_oracle"].low, stated["loop_profit_oracle"].high) == (195, 205)
    assert len(found.table) == 5  # nobody is what the others are compared with
    assert "75%" in found.part("so_what").in_language("zh")


def test_without_a_future_nothing_is_stated():
    found = told.played(Unavailable("loop", "real"))
    assert [one.value for one in found.headlines] == [None] * 3
    assert "made-up" in found.part("says").in_language("en")
