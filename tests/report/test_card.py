"""What notebook 70 says: facts in, sentences in both languages out."""

import pandas as pd
import pytest

from insight.card.moments import MOMENTS, check_moments
from insight.errors import Unavailable
from insight.report.findings.cards import card

ALL = {table for moment in MOMENTS for table in moment.needs}


def moments(*missing: str) -> pd.DataFrame:
    return check_moments(lambda table: table in ALL - set(missing))


def said(words) -> tuple[str, str]:
    return words.in_language("en"), words.in_language("zh")


def test_what_the_records_say_goes_as_far_as_the_figures():
    assert said(card.told("serve", {"count": 9000, "hours": 1.25, "poor": 0.1})) == (
        "9,000 requests; half of them closed within 1.2 hours; 10% of the ratings dissatisfied (1 or 2)",
        "9,000 次服务请求；半数在 1.2 小时内办结；不满意（1–2 分）占 10%",
    )
    assert said(card.told("assess", {"count": 9.0, "middle": 650.4}))[0] == "median of the latest scores 650"
    assert card.told("apply", {}) == "–"


def test_every_step_has_a_name_and_a_question():
    shown = card.questions(moments()).table
    assert [str(name) for name in shown["moment"]][:2] == ["Application", "Underwriting"]
    assert all(str(question).endswith("?") for question in shown["question"])


def test_figures_stand_beside_their_step():
    shown = card.figures(moments(), {"apply": {"count": 1200.0}}).table
    assert [str(words) for words in shown["told"]][:2] == ["1,200 applications", "–"]


@pytest.mark.parametrize(
    ("missing", "possible", "first", "so_what"),
    [
        ((), 9, "The records of 9 of the 9 steps are there", "Nothing is missing."),
        (("rewards",), 8, "The records of 8 of the 9 steps are there", "Deliver rewards, and the remaining steps"),
        (sorted(ALL), 0, "This business keeps no credit-card records", "A business without cards need do nothing"),
    ],
)
def test_what_is_missing_and_what_to_do(missing, possible, first, so_what):
    shown = card.needs(moments(*missing))
    assert said(shown.part("says" if possible else "lead"))[0].startswith(first)
    assert said(shown.part("so_what"))[0].startswith(so_what)
    [headline] = shown.headlines
    assert (headline.name, headline.value, headline.unit) == ("card_moments", possible, "moments")
    assert set(said(headline.sentence)[1]) & set("环节")


def test_without_card_records_the_figures_say_so():
    words = card.figures(moments(*ALL), Unavailable("card", "no_records", {"all": 9})).part("says")
    assert said(words)[1] == "本业务没有信用卡数据：9 个环节均无法说明。"
