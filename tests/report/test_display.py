from types import SimpleNamespace

import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.report import display, show
from insight.report.finding import Finding, finding
from insight.report.tables import Col
from insight.words.numerals import TranslationError
from report.small_report import both, say, show_stairs, stairs


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setenv("INSIGHT_LANGUAGES", "en,zh")


@pytest.fixture
def lab(monkeypatch):
    monkeypatch.delenv("INSIGHT_LANGUAGES", raising=False)


def test_a_run_puts_out_each_language_tagged(run, put_out):
    say("Good.", "好。", "so_what")
    assert [(about["lang"], bundle["text/plain"]) for bundle, about in put_out] == [("en", "Good."), ("zh", "好。")]
    assert {about["role"] for _bundle, about in put_out} == {"so_what"}


def test_the_lab_takes_the_language_from_the_notebooks_parameter(lab, put_out, monkeypatch):
    monkeypatch.setattr(display, "get_ipython", lambda: SimpleNamespace(user_ns={"lang": "zh"}))
    say("Good.", "好。")
    assert [about["lang"] for _bundle, about in put_out] == ["zh"]


def test_the_lab_shows_finding_and_source_with_the_picture(lab, put_out):
    show_stairs()
    [(bundle, _about)] = put_out
    assert "It falls" in bundle["text/html"]
    assert "Source: the till" in bundle["text/html"]


def test_a_figure_says_in_words_what_it_shows_and_which_data(run, put_out):
    show_stairs()
    english, chinese = put_out
    assert english[0]["text/plain"].startswith("[Figure] Three bars, each lower | data sha256:")
    assert english[0]["text/plain"][-12:] == chinese[0]["text/plain"][-12:]
    assert set(english[0]) == {"text/plain", "image/svg+xml"}
    assert english[1]["numbers"]["head"] == ["Day", "Share"]


def test_a_changed_point_changes_the_text_that_is_compared(run, put_out):
    show_stairs((3.0, 2.0, 1.0))
    show_stairs((3.0, 2.0, 1.001))
    assert put_out[0][0]["text/plain"] != put_out[2][0]["text/plain"]


def test_a_table_reads_as_text_too(run, put_out):
    frame = pd.DataFrame({"tier": ["best"], "n": [1200]})
    columns = {"tier": Col(both("Tier", "层级")), "n": Col(both("Customers", "客户数"), "count")}
    show(Finding("own", table=frame, columns=columns, counts="n", words={"title": both("Tiers", "层级表")}))
    assert put_out[0][0]["text/plain"] == "Tiers\nTier  Customers\nbest      1,200"
    assert put_out[1][0]["text/plain"] == "层级表\n层级  客户数\nbest   1,200"


def test_small_groups_are_suppressed_by_the_finding_itself(run, put_out):
    frame = pd.DataFrame({"tier": ["best", "next", "rest"], "n": [4, 30, 1200]})
    columns = {"tier": Col(both("Tier", "层级")), "n": Col(both("Customers", "客户数"), "count")}
    show(Finding("own", table=frame, columns=columns, counts="n", words={"title": both("Tiers", "层级表")}))
    assert "fewer than 10" in put_out[0][0]["text/plain"]
    assert "4" not in put_out[0][0]["text/plain"].replace("1,200", "")


def test_a_table_that_does_not_say_what_counts_customers_is_refused():
    with pytest.raises(ValueError, match="which of its columns counts customers"):
        Finding("own", table=pd.DataFrame({"n": [1]}))


def test_a_result_that_cannot_be_had_shows_its_reason_once(run, put_out):
    missing = Unavailable("common", "not_delivered", {"table": "contacts"})
    show(missing_finding(missing), missing_finding(missing))
    assert put_out[0][0]["text/plain"] == "Not shown: this business delivers no “contacts”."
    assert len(put_out) == 2


def test_cells_that_follow_one_another_say_the_same_reason_once(run, put_out):
    missing = Unavailable("common", "not_delivered", {"table": "contacts"})
    show(missing_finding(missing))
    show(missing_finding(missing))
    assert len(put_out) == 2
    show_stairs()
    show(missing_finding(missing))
    assert len(put_out) == 6


@finding
def missing_finding(result):
    raise AssertionError("not called without a result")


def test_unknown_languages_are_errors(monkeypatch):
    monkeypatch.setenv("INSIGHT_LANGUAGES", "en,fr")
    with pytest.raises(TranslationError, match="INSIGHT_LANGUAGES — expected en, zh, found fr"):
        say("x", "x")
    monkeypatch.delenv("INSIGHT_LANGUAGES")
    monkeypatch.setattr(display, "get_ipython", lambda: SimpleNamespace(user_ns={"lang": "fr"}))
    with pytest.raises(TranslationError, match="lang 'fr'"):
        display.languages()


def test_a_figure_without_a_word_that_it_needs_is_refused(run, put_out):
    words = {part: both("Stairs", "楼梯") for part in ("title", "caption", "alt")}
    with pytest.raises(ValueError, match="a figure needs words that it does not have: source"):
        show(Finding("own", figure=stairs((2.0, 1.0)), words=words))
