"""The guide names the reports that a business can have, and speaks its vocabulary."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

from insight.pages import departments
from insight.report.findings import guide
from insight.report.titles import title_of
from insight.words.context import Context, using


def judged(folder: Path, name: str, *lacks: str) -> SimpleNamespace:
    """A report whose notebook asks one question, and what it lacks."""
    titles = {"en": "# 20 · Who?", "zh": "# 20 · 谁？"}
    cells = [{"cell_type": "markdown", "metadata": {"tags": [lang]}, "source": title} for lang, title in titles.items()]
    path = folder / f"{name}.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))
    return SimpleNamespace(step=SimpleNamespace(name=name, path=path), lacks=lacks)


def test_a_report_stands_with_its_question_and_what_it_lacks(tmp_path):
    lacking = judged(tmp_path, "60_campaign_review", "contacts", "customers.birth_year", "50_next_best_offer")
    found = guide.reports([judged(tmp_path, "20_customer_profile"), lacking], "Our shop")
    rows = [[cell.in_language(lang) for lang in ("en", "zh") for cell in row] for row in found.table.to_numpy()]
    assert rows[0] == ["20 · Customer profile", "Who?", "yes", "20 ·《客户画像》", "谁？", "有"]
    assert rows[1][2] == "no, lacks: contacts, year of birth of customers, and 50 · Next best offer"
    assert str(found.part("lead")) == "From what Our shop delivers, 1 of 2 reports can be made."


def test_departments_have_a_row_where_one_of_their_reports_can_be_made(tmp_path):
    there = [judged(tmp_path, name) for name in ("20_customer_profile", "70_card_lifecycle", "72_credit_risk")]
    found = guide.reports([*there, judged(tmp_path, "60_campaign_review", "contacts")], "Our bank")
    told = [[str(cell) for cell in row] for row in found.table.to_numpy()[4:]]
    assert [row[0] for row in told] == ["81 · Risk department", "83 · Service department", "84 · Product department"]
    assert told[0][1:] == ["Whom do we trust with credit, and what will it cost?", "yes"]
    assert (found.facts["possible"], found.facts["all"]) == (6, 7)


def test_a_department_stands_on_the_reports_whose_figures_it_shows():
    shown = {name: {place.partition(".")[0] for place in one.figures} for name, one in departments.DEPARTMENTS.items()}
    assert shown == guide.DEPARTMENTS


def test_where_nothing_is_missing_every_report_can_be_made(tmp_path):
    found = guide.reports([judged(tmp_path, "20_customer_profile")], "Our shop")
    assert found.part("lead").in_language("zh") == "依据“Our shop”提供的数据，每篇报告都能生成。"


@pytest.mark.parametrize(("vocabulary", "said"), [("bank", "no card purchase within"), ("travel", "no booking within")])
def test_the_glossary_speaks_the_vocabulary_of_the_business(vocabulary, said):
    with using(Context(vocabulary=vocabulary)):
        meanings = [str(meaning) for meaning in guide.glossary().table["meaning"]]
    assert any(meaning.startswith(said) for meaning in meanings)
    assert not any("basket" in meaning for meaning in meanings)


def test_a_title_is_read_in_each_language_and_not_from_code():
    cells = [
        new_markdown_cell("```\n# no title\n```"),
        new_markdown_cell("# 20 · Who?\nwords", metadata={"tags": ["en"]}),
    ]
    notebook = new_notebook(cells=cells)
    assert (title_of(notebook, lang="en"), title_of(notebook, lang="zh")) == ("Who?", "")
