"""Change on a page: what a figure stands beside, in both languages, and its line."""

import re

import pytest

from insight.errors import Unavailable
from insight.pages.html import render_index
from insight.profile import kpis
from insight.report.findings import kpis as findings
from insight.report.tiles import changes_of, periods_of
from insight.words.context import Context, using
from insight.words.text import render
from report.small_report import TITLE, whole_report


def figure(value: float, before: float | None, year: float | None, *, significant: bool | None = None) -> dict:
    span = {"from": "2024-12-03", "to": "2024-12-30"}
    compared = [None if other is None else {"value": other, "significant": significant} for other in (before, year)]
    series = [year, None, before, value]
    return {
        "value": value,
        "low": None,
        "high": None,
        **span,
        **dict(zip(("before", "year"), compared, strict=True)),
        "series": series,
    }


def line(name: str, unit: str, change: dict) -> dict:
    label = {"en": name, "zh": f"{name}（中）"}
    return {"name": name, "value": change["value"], "unit": unit, "label": label, "sentence": label, "change": change}


@pytest.fixture
def stated() -> list[dict]:
    return [
        line("kpi_buyers", "customers", figure(1030, 1000, 2060)),
        line("kpi_gone_quiet", "share", figure(0.08, 0.1, 0.08)),
        line("kpi_responses", "share", figure(0.2, 0.1, None, significant=True)),
        line("kpi_net_spend", "EUR", figure(500, -20, 400, significant=False)),
    ]


NAMES = ("net_spend", "buyers", "gone_quiet", "responses", "unheard_of")


def test_each_figure_is_said_beside_what_it_was(stated):
    spend, buyers, quiet, responses = changes_of(stated, NAMES, lang="en")
    assert buyers.beside == ("+3.0% on the 4 weeks before", "−50.0% on a year before")
    assert quiet.beside == ("−2.0 points on the 4 weeks before", "unchanged on a year before")
    assert responses.beside == ("+10.0 points on the 4 weeks before, significant", "a year before: not available")
    assert spend.beside == ("4 weeks before: not available", "+25.0% on a year before, not significant")


def test_chinese_says_the_same(stated):
    _spend, buyers, quiet, _responses = changes_of(stated, NAMES, lang="zh")
    assert buyers.beside == ("较前 4 周 +3.0%", "较上年同期 −50.0%")
    assert quiet.beside == ("较前 4 周 −2.0 个百分点", "较上年同期持平")
    assert render(periods_of(stated), "zh") == "截至 2024 年 12 月 30 日的 4 周，与前 4 周及上年同期比较"


def test_a_figure_of_an_earlier_period_says_which(stated):
    stated[2]["change"] |= {"from": "2024-11-05", "to": "2024-12-02"}
    own = {lang: changes_of(stated, NAMES, lang=lang)[3].beside[0] for lang in ("en", "zh")}
    assert own == {"en": "in the 4 weeks to 2 December 2024", "zh": "截至 2024 年 12 月 2 日的 4 周"}
    assert [len(one.beside) for one in changes_of(stated, NAMES, lang="en")] == [2, 2, 2, 3]


def test_a_line_has_a_gap_where_a_value_is_missing_and_is_told_in_words(stated):
    [buyers] = changes_of(stated, ["buyers"], lang="en")
    assert buyers.lines == ("4.0,4.0", "78.7,26.0 116.0,25.4")
    assert buyers.dot == (116.0, 25.4)
    assert buyers.told == "4 periods of 4 weeks: from 2,060 to 1,030, lowest 1,000, highest 2,060"


def test_the_index_shows_the_change_and_stays_without_it(stated):
    common = {"lang": "en", "title": TITLE, "headlines": {}}
    shown = render_index({"80_brief": whole_report()}, kpis=stated, **common)
    assert len(re.findall(r'<svg class="spark"[^>]* role="img" aria-label="4 periods', shown)) == 4
    assert "The 4 weeks to 30 December 2024, beside the 4 weeks before" in shown
    assert 'class="spark"' not in render_index({"80_brief": whole_report()}, **common)


def test_the_table_states_each_figure_with_its_change():
    found = {"buyers": figure(1030, 1000, 2060), "net_spend": figure(500, 400, None)}
    with using(Context(currency="EUR", vocabulary="bank")):
        item = findings.changes(found)
        shown = item.shown_table()
        said = [render(cell) for cell in shown.iloc[0]]
        names = [headline.name for headline in item.headlines]
        sentence = item.in_words(item.headlines[0])["sentence"]
        assert said[0] == "customers with a card purchase in these 4 weeks"
        assert said[2:] == ["1,030", "1,000", "+3.0%", "2,060", "−50.0%"]
        assert item.headlines[1].unit == "currency"
        assert render(sentence, "zh") == "截至 2024 年 12 月 30 日的 4 周，这 4 周内有刷卡消费的客户：1,030。"
    assert names == ["kpi_buyers", "kpi_net_spend"]
    assert item.headlines[0].change == found["buyers"]


def test_every_figure_has_a_name():
    for name in kpis.KPIS:
        given = {name: figure(0.5, None, None)}
        assert render(findings.changes(given).headlines[0].label, "zh")


def test_too_short_a_history_says_so():
    item = findings.changes(Unavailable("kpis", "short", {"days": 28}))
    assert str(item.part("says")).startswith("Change: not shown, as the data do not hold 28 days")
