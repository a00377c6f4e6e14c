"""What notebook 74 says of thieves' purchases: facts in, both languages out."""

import pandas as pd
import pytest

from insight.card.alerts import Alerts
from insight.card.fraud import Ceiling, Lesson, Ranked, Screened
from insight.config.parameters import Bilingual
from insight.errors import Unavailable
from insight.report.findings.cards import fraud
from insight.words.context import Context, using
from report.test_churn import drawn, in_both

JULY = 2024 * 12 + 6
MONTHS = pd.DataFrame({"month": range(JULY - 3, JULY + 3), "purchases": 10_000, "disputed": 20})
LESSON = Lesson(None, MONTHS, (JULY - 3, JULY - 2), (JULY, JULY + 2))
SCREENED = Screened(pd.DataFrame(), [], 0.1)
WORTH = Alerts(2, 90, 180, 40, 0.222, 0.15, 0.3, 30, 20, 50_000.0, 30_000.0, 21_000.0, 40_000.0, 3.5, 2.0, 0.88)


@pytest.fixture(autouse=True)
def bank():
    with using(Context(Bilingual(en="customers", zh="客户"), currency="CNY", vocabulary="bank")):
        yield


def outcome(best: float) -> Ranked:
    rows = [("boosting", best, best - 0.1, best + 0.1), ("forest", 0.04, 0.02, 0.09), ("rule", 0.01, 0.0, 0.02)]
    return Ranked(pd.DataFrame(), pd.DataFrame(rows, columns=["model", "precision", "low", "high"]), None)


def test_models_stand_side_by_side():
    found = fraud.compared(outcome(0.39), LESSON, SCREENED)
    title = in_both(found.part("title"))
    assert title == (
        "Boosted trees tell stolen purchases with an average precision of 0.390; isolation forest with 0.040"
    )
    assert "30,000, of which customers disputed 60" in in_both(found.part("note"))
    assert found.headlines[0].value == 0.39
    assert fraud.compared(outcome(0.39), LESSON, SCREENED, truth=True).headlines == []
    assert "not clearly more" in in_both(fraud.compared(outcome(0.1), LESSON, SCREENED).part("title"))
    assert in_both(fraud.compared(Unavailable("fraud", "few_disputes", {"fewest": 60}), LESSON, SCREENED).part("says"))


def test_the_model_stands_beside_what_can_be_known():
    found = fraud.near_truth(Ceiling(0.4, 0.3, 0.5, 0.44, 0.31, 0.56, 0.04, -0.02, 0.11, 0.81))
    assert [line.name for line in found.headlines] == ["fraud_average_precision", "fraud_average_precision_ceiling"]
    assert "reaches 91% of it" in in_both(found.part("says"))
    without = fraud.near_truth(Unavailable("fraud", "no_truth"))
    assert in_both(without.part("says")).startswith("Not scored")


def test_alerts_say_what_they_save_and_whom_they_bother():
    found = fraud.worth(WORTH)
    says = in_both(found.part("says"))
    assert "40 of 180 alerts would have hit: 22.2% (15.0% to 30.0%, 95% interval)" in says
    assert "140 alerts would have bothered a customer for nothing, 3.5 for each that hits" in says
    assert "3.5 hours after" in in_both(found.part("so_what"))
    assert [line.name for line in found.headlines] == ["fraud_alert_precision", "fraud_saved"]


def test_months_show_whether_thieves_change_their_ways():
    rows = [("month", JULY + at, 0.4, 0.3, 0.5) for at in range(3)]
    rows += [("first", JULY, 0.4, 0.3, 0.5), ("last", JULY + 1, 0.1, 0.05, 0.2)]
    told = pd.DataFrame(rows, columns=["part", "month", "precision", "low", "high"])
    found = fraud.by_month(told)
    assert in_both(found.part("title")).startswith("From August 2024 on thieves are told less well than before")
    assert len(found.table) == 3
    drawn(found.figure)
    assert in_both(fraud.by_month(told.iloc[:1]).part("says"))
    told.loc[4, ["precision", "low", "high"]] = [0.7, 0.6, 0.8]
    assert in_both(fraud.by_month(told).part("so_what")).startswith("The interval of the second half lies above")


def test_the_last_day_says_how_many_cards_to_look_at():
    says = in_both(fraud.today(pd.DataFrame({"probability": [0.5, 0.25]})).part("says"))
    assert "names 2 cards of the last day" in says
    assert "expected to have used 0.75 cards" in says
