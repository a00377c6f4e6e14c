"""What notebook 70 says: facts in, sentences in both languages out."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insight.card.moments import MOMENTS, check_moments
from insight.config.parameters import Bilingual
from insight.errors import Unavailable
from insight.report.findings.cards import card
from insight.words.context import Context, using

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
    assert said(card.told("decide", {"count": 9.0, "middle": 650.4}))[0] == "median of the latest scores 650"
    assert card.told("apply", {}) == "–"


def test_every_step_has_a_name_and_a_question():
    shown = card.questions(moments()).table
    assert [str(name) for name in shown["moment"]][:2] == ["Application", "Decision and limit"]
    assert all(str(question).endswith("?") for question in shown["question"])


def test_figures_stand_beside_their_step():
    shown = card.figures(moments(), {"apply": {"count": 1200.0}}).table
    assert [str(words) for words in shown["told"]][:2] == ["1,200 applications since the first was declined", "–"]


def test_each_step_states_the_figure_that_stands_for_it():
    found = {"apply": {"count": 12.0, "approved": 0.6}, "keep": {"count": 12.0}, "use": {"count": 12.0, "used": 0.75}}
    shown = card.figures(moments(), found)
    told = [(line.name, said(shown.in_words(line)["sentence"])) for line in shown.headlines]
    assert told == [
        ("card_apply", ("60% of the applications decided were approved.", "已审批的申请中获批 60%。")),
        (
            "card_use",
            ("75% of the cards not closed were used within the last 90 days.", "未销卡中 75% 在最近 90 天内使用过。"),
        ),
    ]


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


def figures(*, differs: bool) -> pd.DataFrame:
    rows = [
        ("accounts", "accounts", 900.0, 1000.0, 1000.0),
        ("receivables", "currency", 2e6, 1e6, float("nan")),
        ("past_30", "share", 0.05, 0.04, 0.03),
        ("fraud", "points", 4.26, 4.0, 5.0),
    ]
    names = ["figure", "unit", "value", "before", "year"]
    return pd.DataFrame(rows, columns=names).assign(differs=differs)


def test_the_portfolio_stands_beside_the_month_and_the_year_before():
    with using(Context(Bilingual(en="customers", zh="客户"), currency="CNY", vocabulary="bank")):
        found = card.portfolio(figures(differs=True), month=date(2024, 11, 1))
        rows = found.grid(found.shown_table(), title="").rows
        worse = said(found.part("so_what"))
        stated = [(line.name, line.value) for line in found.headlines]
        sentence = said(found.in_words(found.headlines[1])["sentence"])
    assert rows[0] == [
        "open card accounts (neither closed nor charged off)",
        "900",
        "1,000",
        "−10.0%",
        "1,000",
        "−10.0%",
    ]
    assert rows[1][1:] == ["CN¥2M", "CN¥1M", "+100.0%", "–", "–"]
    assert rows[2][1:] == ["5.0%", "4.0%", "+1.0 points", "3.0%", "+2.0 points"]
    assert rows[3][1] == "4.26"
    assert [str(name) for name in found.facts["short"]] == []
    assert worse[0].startswith(
        "On the year, worse by more than chance: open card accounts (neither closed nor charged off) and share of what"
    )
    assert stated == [("card_accounts", 900), ("receivables", 2000000)]
    assert sentence[0] == "On the statements of November 2024 CN¥2M was owed."


def test_a_portfolio_that_chance_may_have_moved_is_not_worse():
    found = card.portfolio(figures(differs=False), month=date(2024, 11, 1))
    assert said(found.part("so_what"))[0] == (
        "Of the figures in this table that have one of a year before, none has become worse by more than chance."
    )
    assert found.part("caution") is None
    new = card.portfolio(figures(differs=False).assign(year=np.nan), month=date(2024, 11, 1))
    assert said(new.part("caution"))[0].startswith("Not judged, as the records do not reach back far enough")
    assert "account of money" in said(new.part("caution"))[0]
    late = figures(differs=False).assign(year=np.nan).query("figure != 'fraud'")
    assert "account of money" not in said(card.portfolio(late, month=date(2024, 11, 1)).part("caution"))[0]
