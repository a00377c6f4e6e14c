"""What notebook 71 says beside the scorecard: who is approved, how near the truth, and what the declined teach."""

import numpy as np
import pandas as pd
import pytest

from insight.card.truth import Rungs
from insight.config.parameters import Bilingual
from insight.errors import Unavailable
from insight.intervals import wilson
from insight.predict.labelled.backtest import Choice
from insight.predict.reasons import explain
from insight.report.findings.cards import applied
from insight.report.reasons import reasons_in_words
from insight.words.context import Context, using
from report.test_churn import in_both

CHOICE = Choice("logistic", "scorecard")


@pytest.fixture(autouse=True)
def bank():
    with using(Context(Bilingual(en="customers", zh="客户"), currency="CNY", vocabulary="bank")):
        yield


def counted(approved: list[int]) -> pd.DataFrame:
    frame = pd.DataFrame({"channel": ["app", "branch", "kiosk"], "applications": 1000, "approved": approved})
    low, high = wilson(frame["approved"], frame["applications"])
    return frame.assign(share=frame["approved"] / 1000, low=low, high=high)


def test_channels_are_said_to_differ_where_they_do_and_one_without_a_name_is_called_as_delivered():
    found = applied.channels(counted([600, 500, 400]))
    said = in_both(found.part("title"))
    assert said == "Most often approved are applications by app (60%), least often by kiosk (40%)"
    assert "do not differ" in in_both(applied.channels(counted([500, 505, 510])).part("title"))


def test_a_share_of_which_few_were_declined_is_not_told():
    found = applied.channels(counted([997, 500, 400]))
    assert in_both(found.part("title")).startswith("Most often approved are applications by branch (50%)")
    assert found.table["share"].isna().tolist() == [True, False, False]


def rungs(**given: float) -> Rungs:
    bounds = {"low": 0.70, "high": 0.73, "ceiling_low": 0.73, "ceiling_high": 0.75, "gap_low": 0.02, "gap_high": 0.03}
    return Rungs(**{"value": 0.715, "ceiling": 0.74, "oracle": 0.76, "gap": 0.025, "cases": 1200, **bounds, **given})


def test_the_model_stands_beside_what_can_be_known():
    found = applied.near_truth(rungs(), CHOICE)
    assert [(line.name, line.value) for line in found.headlines] == [
        ("application_auc", 0.715),
        ("application_auc_ceiling", 0.74),
    ]
    assert "On 1,200 applications" in in_both(found.part("says"))
    without = applied.near_truth(Unavailable("scorecard", "no_truth"), CHOICE)
    assert [line.value for line in without.headlines] == [None, None]
    assert in_both(without.part("says")).startswith("Not scored against the truth")


@pytest.mark.parametrize(
    ("low", "high", "said"), [(0.01, 0.03, "better"), (-0.03, -0.01, "worse"), (-0.01, 0.01, "no clear difference")]
)
def test_whether_the_declined_teach_anything_is_said_by_the_interval(low, high, said):
    frame = pd.DataFrame({"among": ["all", "declined"], "cases": [1200, 600], "without": 0.7, "with_": 0.7})
    found = applied.rejects(frame.assign(gain=(low + high) / 2, low=low, high=high))
    assert said in in_both(found.part("title"))
    small = applied.rejects(frame.assign(gain=0.002, low=0.001, high=0.003))
    assert "hardly at all" in in_both(small.part("title"))
    assert "clear of chance and small" in in_both(small.part("so_what"))


def test_what_speaks_against_the_declined_is_counted_and_said_in_both_languages():
    parts = pd.DataFrame({"channel": [0.4] * 30 + [-0.2] * 12, "score": [0.1] * 20 + [0.9] * 10 + [-0.1] * 12})
    rows = pd.DataFrame({"channel": ["outlet"] * 30 + ["app"] * 12, "score": 600.0 + np.arange(42)})
    learnt = pd.DataFrame({"channel": ["outlet", "app"] * 50, "score": [640.0] * 100})
    found = explain(parts, rows, learnt)
    shown = applied.why(found)
    assert "What most often speaks against declined applications is “channel”" in in_both(shown.part("title"))
    assert shown.table["customers"].tolist() == [20, 10, 12]
    words = reasons_in_words(found.reasons, "applied.reason")
    assert words.iloc[0].tolist() == ["channel: outlet; bureau score: low", "渠道：网点销售；征信评分：偏低"]
    assert words.iloc[-1].isna().all()
