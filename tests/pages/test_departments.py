"""The pages of departments, put together from findings of executed notebooks, and the picture of a card's life."""

from datetime import date
from functools import partial

import nbformat
import pytest

from insight.card.moments import MOMENTS
from insight.pages import departments
from insight.pages.content import read
from insight.pages.departments import DEPARTMENTS, SHARED, compose, departments_of, figures_of, life
from insight.pages.html import render_index, render_report
from insight.report import show
from insight.report.finding import STATEMENTS, Finding
from insight.words.text import catalogue, has_text
from report.small_report import TITLE, both, code, notebook


def line(name: str, value: float | None, **more) -> dict:
    words = {"sentence": {"en": f"{name} is {value}.", "zh": f"{name} 为 {value}。"}, "label": {"en": name, "zh": name}}
    return {"name": name, "value": value, "unit": "", "low": None, "high": None, **words, **more}


STATED = {
    "45_card_value": [line("margin_expected", 7.0)],
    "70_card_lifecycle": [line("card_accounts", 9.0), line("card_apply", 3.0), line("card_pay", 2.0)],
    "72_credit_risk": [line("expected_loss", 5.0), line("arrears_90", 4.0), line("arrears_30", 6.0)],
}


def finding(key: str, **parts: str) -> None:
    words = dict.fromkeys(STATEMENTS) | {part: both(f"{said}.", f"{said}。") for part, said in parts.items()}
    show(Finding(key, words=words))


@pytest.fixture
def executed() -> dict[str, nbformat.NotebookNode]:
    lost = partial(finding, "risk.expected", says="Lost", so_what="Which follows", lead="The answer of its own page")
    again = partial(finding, "risk.expected", says="Said elsewhere, too")
    return {
        "45_card_value": notebook(code(partial(finding, "margin.account", says="All share this"))),
        "72_credit_risk": notebook(code(lost)),
        "76_service": notebook(code(again, partial(finding, "service.asked", says="Not for risk"))),
    }


@pytest.mark.parametrize(("lang", "end"), [("en", "."), ("zh", "。")])
def test_a_page_holds_the_findings_that_answer_its_questions_and_names_their_reports(executed, lang, end):
    page = read(compose("81_risk", executed, STATED), lang=lang)
    assert [block.text for block in page.lead] == [
        STATED["72_credit_risk"][0]["sentence"][lang],
        STATED["72_credit_risk"][1]["sentence"][lang],
    ]
    lose, shared = page.sections[1:]
    assert (lose.number, shared.number) == ("1", "2")
    assert [block.text for block in lose.blocks][:2] == [f"Lost{end}", f"Which follows{end}"]
    assert {"en": "Credit risk", "zh": "《信用风险》"}[lang] in lose.blocks[2].text
    assert shared.blocks[0].text == f"All share this{end}"


def test_the_shared_figure_stands_first_on_every_page():
    for name in DEPARTMENTS:
        assert figures_of(name, STATED)[0]["name"] == "margin_expected"


def test_departments_have_pages_where_there_are_cards_and_something_was_stated_for_them():
    assert departments_of(STATED) == ["81_risk"]
    assert departments_of({"72_credit_risk": STATED["72_credit_risk"]}) == []
    assert life({"20_customer_profile": [line("customers", 3.0)]}, lang="en") == []


def test_each_moment_takes_the_first_figure_that_was_stated_and_goes_without_where_none_was():
    steps = life(STATED, lang="en")
    assert len(steps) == len(MOMENTS) == 9
    told = {step.name: step.tile and (step.tile.label, step.tile.value) for step in steps}
    assert told["Application"] == ("card_apply", "3")
    assert told["Repayment"] == ("arrears_30", "6")  # of the report on it, before the count of 70
    assert told["Rewards"] is None
    liability = {"73_activation_and_use": [line("points_liability", 8.0)]}
    assert next(step.tile.value for step in life(STATED | liability, lang="en") if step.name == "Rewards") == "8"


def test_the_picture_leads_to_each_page_and_marks_the_moments_of_this_one(executed):
    steps = life(STATED, lang="en")
    made = compose("81_risk", executed, STATED)
    settings = {"title": TITLE, "headlines": figures_of("81_risk", STATED), "life": steps, "lang": "en"}
    html = render_report(made, notebook="81_risk", notebooks=["72_credit_risk", "81_risk"], **settings)
    assert html.count('<li class="here">') == [step.department for step in steps].count("81_risk") > 0
    assert 'href="81_risk.html" aria-current="page"' in html
    assert "notebooks/81_risk.ipynb" not in html  # there is none
    assert html.count('<b class="n">6</b>') == 1
    reports = {"72_credit_risk": executed["72_credit_risk"], "81_risk": made}
    index = render_index(reports, lang="en", title=TITLE, headlines=STATED, life=steps, until=date(2024, 12, 31))
    assert '<a class="who" href="en/81_risk.html">Risk department</a>' in index
    assert 'href="en/82_marketing.html"' not in index  # nothing was stated for it: it has no page
    assert '<h3><a href="en/81_risk.html">' not in index


def test_every_question_and_moment_has_words_and_every_finding_exists():
    keys = [key for one in (*DEPARTMENTS.values(), SHARED) for answers in one.asks.values() for key in answers]
    subjects = {key.partition(".")[0]: catalogue(key.partition(".")[0]) for key in keys}
    for key in keys:
        subject, _, name = key.partition(".")
        assert any(entry.startswith(f"{name}.") for entry in subjects[subject]), key
    asked = [question for one in (*DEPARTMENTS.values(), SHARED) for question in one.asks]
    assert {f"ask.{question}" for question in asked} == {e for e in catalogue("department") if e.startswith("ask.")}
    assert all(has_text(f"common.notebook.{name}") for name in DEPARTMENTS)
    assert {moment.name for moment in MOMENTS} == set(departments._LIFE)
