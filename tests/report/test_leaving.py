"""Leaving in more than one sense, in words: the lists side by side, and what can be known of each."""

from datetime import date

import pandas as pd
import pytest

from insight.config.parameters import Bilingual
from insight.errors import Unavailable
from insight.predict.leaving.labels import CLOSES, SILENT
from insight.predict.leaving.scores import Aim, Leaving
from insight.predict.leaving.truth import DECIDES, Judged
from insight.report.findings.cards import leaving
from insight.words.context import Context, using


@pytest.fixture(autouse=True)
def guests():
    with using(Context(Bilingual(en="guests", zh="客人"), currency="CNY", as_of=date(2024, 6, 30))):
        yield


def in_both(words) -> str:
    assert words.in_language("zh")
    return words.in_language("en")


def told(label: str, months: int, highest: int) -> Leaving:
    """Twenty customers at risk today, of whom two in a row have the highest score."""
    today = pd.Series(0.1, index=[f"c{number:02}" for number in range(20)])
    today.iloc[highest : highest + 2] = 0.9
    measured = pd.Series({"auc": 0.7, "auc_low": 0.6, "auc_high": 0.8, "calibration": 0.01})
    return Leaving(Aim(label, months), measured, 200, 30, 24_021, today)


def test_lists_stand_side_by_side_with_what_they_share():
    found = [told(CLOSES, 3, 4), told(CLOSES, 6, 4), told(SILENT, 3, 5)]
    shown = leaving.labels(found, first=pd.Index(["c05", "c06"]), days=49)
    assert [in_both(one) for one in shown.table["aim"]] == [
        "closes the last account within 3 months",
        "closes the last account within 6 months",
        "no purchase for 3 months",
    ]
    assert shown.table["shared"].tolist() == [0.5, 0.5, 1.0]
    assert shown.table["happened"].tolist() == [0.15] * 3
    assert "within 3 months, 50% are also among the 10% most likely to have no purchase for as many months" in in_both(
        shown.part("so_what")
    )
    assert "for 49 days" in in_both(shown.part("note"))
    assert "nobody sees it" in in_both(shown.part("caution"))


def test_without_another_list_or_the_other_sense_nothing_is_said_of_them():
    shown = leaving.labels([told(SILENT, 3, 4)], first=None, days=None)
    assert shown.table["shared"].tolist() == [None]
    assert shown.part("so_what") is None
    assert "List shared" not in in_both(shown.part("note"))
    assert leaving.closest_pair([told(CLOSES, 3, 4), told(SILENT, 6, 4)]) is None


def test_the_ceiling_of_silence_is_a_headline_and_the_decision_is_held_against_other_scores():
    judged = [
        Judged(DECIDES, CLOSES, 3, 200, 0.6, 0.55, 0.65, 0.7, 0.8),
        Judged(DECIDES, SILENT, 3, 200, 0.64, 0.6, 0.68, 0.7, 0.8),
        Judged(CLOSES, CLOSES, 3, 220, 0.71, 0.66, 0.75, 0.72, 0.8),
        Judged(SILENT, SILENT, 3, 200, 0.92, 0.9, 0.94, 0.93, 0.99),
    ]
    shown = leaving.truth(judged)
    assert [(one.name, one.value) for one in shown.headlines] == [("churn_auc_ceiling", 0.93)]
    assert "AUC of 0.640 at best (0.600 to 0.680" in in_both(shown.part("says"))
    assert in_both(shown.in_words(shown.headlines[0])["sentence"]).startswith("No purchase for 3 months can be told")


def test_scores_that_reach_their_ceiling_are_said_to_reach_it():
    judged = [
        Judged(DECIDES, SILENT, 3, 200, 0.64, 0.6, 0.68, 0.64, 0.8),
        Judged(SILENT, SILENT, 3, 200, 0.92, 0.9, 0.94, 0.92, 0.99),
    ]
    shown = leaving.truth(judged)
    assert in_both(shown.part("title")) == "Of silence the scores reach what can be had: an AUC of 0.920"
    assert "would do no better" in in_both(shown.part("says"))


def test_with_too_few_to_learn_from_the_ceiling_has_no_value():
    shown = leaving.truth(Unavailable("leaving", "few", {"n": 10}))
    assert [(one.name, one.value) for one in shown.headlines] == [("churn_auc_ceiling", None)]
