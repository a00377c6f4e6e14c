"""What notebook 72 says of who will fall behind: facts in, both languages out."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insight.card.behaviour import Foreseen
from insight.config.parameters import Bilingual
from insight.errors import Unavailable
from insight.predict.scorecard.strength import Strength
from insight.report.findings.cards import behaviour
from insight.words.context import Context, using
from report.test_applied import rungs
from report.test_churn import drawn, in_both

AUC = Strength(0.81, 0.78, 0.84, 0.62, 0.56, 0.68, 0.5, 0.45, 0.55)


@pytest.fixture(autouse=True)
def bank():
    with using(Context(Bilingual(en="customers", zh="客户"), currency="CNY", vocabulary="bank")):
        yield


def outcome(bad: int) -> Foreseen:
    labels = pd.Series([1.0] * bad + [0.0] * (2000 - bad))
    return Foreseen(date(2023, 12, 1), 8, labels, pd.Series(np.linspace(0.3, 0.001, 2000)), AUC, 0.76)


def test_a_year_ago_is_set_beside_what_came():
    found = behaviour.year_ago(outcome(100))
    title = in_both(found.part("title"))
    assert title == "Foreseen a year before with an AUC of 0.810: 100 of 2,000 accounts fell 90 days behind"
    assert "ranks with 0.760; the model with 0.810" in in_both(found.part("so_what"))
    assert found.headlines[0].value == 0.81
    assert behaviour.year_ago(outcome(100), truth=True).headlines == []
    drawn(found.figure)
    assert in_both(behaviour.year_ago(outcome(3)).part("says"))


def test_grades_say_what_the_worst_one_owes():
    frame = pd.DataFrame({"grade": list("ABCDE"), "accounts": [500, 300, 100, 50, 0]})
    frame = frame.assign(probability=[0.001, 0.01, 0.02, 0.2, np.nan], expected=[0.5, 3, 2, 10, 0.0])
    frame = frame.assign(
        owed=[0.4, 0.3, 0.2, 0.1, 0.0], low=[0, 0.005, 0.01, 0.03, 0.1], high=[0.005, 0.01, 0.03, 0.1, 1]
    )
    found = behaviour.grades(frame)
    assert in_both(found.part("title")).startswith("50 accounts of the worst grade owe 10.0%")
    assert len(found.table) == 4


def test_the_score_stands_beside_what_can_be_known():
    found = behaviour.near_truth(rungs())
    assert [line.name for line in found.headlines] == ["pd_auc", "pd_auc_ceiling"]
    without = behaviour.near_truth(Unavailable("behaviour", "no_truth"))
    assert [line.value for line in without.headlines] == [None, None]
    assert in_both(without.part("says")).startswith("Not scored")
