"""Reasons in words: each feature of churn has its own, in both languages; columns of a table have a plain one."""

import re

import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.predict.churn.design import COUNTED, SILENT
from insight.predict.reasons import Reason, find_reasons
from insight.report.reasons import reason_in_words, reasons_in_words, with_reasons
from insight.words.text import LANGUAGES

FEATURES = [*COUNTED, "silence_in_gaps", SILENT]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("feature", FEATURES)
def test_high_and_low_are_said_differently_and_without_a_code(feature, lang):
    said = [
        reason_in_words(Reason(feature, standing), "churn.reason").in_language(lang)
        for standing in ("high", "low", "usual", "missing")
    ]
    assert len(set(said)) == 4
    assert not any("_" in one for one in said)
    assert lang != "zh" or all(re.search(r"[\u4e00-\u9fff]", one) for one in said)


def test_reasons_of_a_row_stand_beside_each_other_and_nobody_without_any_is_given_one():
    parts = pd.DataFrame({"recency_days": [0.5, 0.1, -1.0], "trend": [0.7, -1.0, -1.0]}, index=[*"abc"])
    values = pd.DataFrame({"recency_days": [9.0] * 3, "trend": [-1.0] * 3}, index=parts.index)
    told = reasons_in_words(find_reasons(parts, values, 0 * values), "churn.reason")
    first, second = (
        reason_in_words(Reason(*one), "churn.reason") for one in (("trend", "low"), ("recency_days", "high"))
    )
    for lang, mark in (("en", "; "), ("zh", "；")):
        alone = [words.in_language(lang) for words in (first, second)]
        assert told[f"reasons_{lang}"].iloc[:2].tolist() == [mark.join(alone), alone[1]]
    assert told.iloc[2].isna().all()


def test_a_table_of_scores_has_its_columns_with_and_without_reasons():
    table = pd.DataFrame({"customer_id": [*"ab"], "churn_probability": 0.5})
    parts = pd.DataFrame({"trend": [0.7]}, index=["b"])
    found = find_reasons(parts, 0 * parts, parts)
    assert with_reasons(table, found, "churn.reason")["reasons_en"].notna().tolist() == [False, True]
    empty = with_reasons(table, Unavailable("churn", "no_features"), "churn.reason")
    assert list(empty) == [*table, "reasons_en", "reasons_zh"]
    assert empty["reasons_zh"].isna().all()


def test_a_column_of_a_table_is_said_by_its_name_and_value():
    assert str(reason_in_words(Reason("Contract", "level", "monthly"), "labelled.reason")) == "Contract: monthly"
    assert str(reason_in_words(Reason("tenure", "low"), "labelled.reason")) == "tenure: low"
    assert reason_in_words(Reason("plan", "rare"), "labelled.reason").in_language("zh") == "plan：少见的取值"
