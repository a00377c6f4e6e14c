from datetime import date
from pathlib import Path

import ibis
import pandas as pd
import pytest

from insight.config.parameters import project_root
from insight.errors import ParameterError
from insight.profile import tags

HEAD = "  label: {en: A, zh: 甲}\n  meaning: {en: a, zh: 甲}\n  owner: us\n  validity_days: 7\n  sensitivity: plain\n"


def library(folder: Path, *conditions: str, name: str = "chosen") -> tuple[tags.Tag, ...]:
    when = "".join(f"    - {one}\n" for one in conditions)
    text = f"- id: {name}\n{HEAD}  kind: rule\n  purposes: [insight]\n  when:\n{when}"
    (folder / "some.yaml").write_text(text, encoding="utf-8")
    return tags.read_library(folder)


@pytest.fixture
def profile() -> ibis.Table:
    return ibis.memtable(
        pd.DataFrame(
            {
                "customer_id": list("abcd"),
                "monetary": [10.0, 20.0, 30.0, 40.0],
                "recency_days": [1, 5, 30, 90],
                "gap_days_mean": [1.0, None, 5.0, 50.0],
                "top_category": ["tea", "cake", None, "tea"],
            }
        )
    )


def bearers(profile, rules, **measures) -> list[str]:
    found = tags.assign(profile, rules, as_of=date(2024, 3, 1), measures=measures).order_by("customer_id").to_pandas()
    return found["customer_id"].tolist()


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("{column: recency_days, is: over, value: 5}", "cd"),
        ("{column: recency_days, is: at most, value: 5}", "ab"),
        ("{column: monetary, is: at least, quantile: 0.5}", "cd"),
        ("{column: recency_days, is: over, times: 3, of: gap_days_mean}", "c"),
        ("{column: recency_days, is: over, measure: quiet_days}", "d"),
        ("{column: top_category, is: equal to, text: tea}", "ad"),
        ("{column: top_category, is: other than, text: tea}", "b"),
        ("{any: [{column: monetary, is: under, value: 15}, {column: recency_days, is: equal to, value: 90}]}", "ad"),
    ],
)
def test_each_comparison(tmp_path, profile, condition, expected):
    assert bearers(profile, library(tmp_path, condition), quiet_days=60) == list(expected)


def test_all_conditions_must_hold(tmp_path, profile):
    rules = library(tmp_path, "{column: monetary, is: over, value: 15}", "{column: recency_days, is: under, value: 40}")
    assert bearers(profile, rules) == ["b", "c"]


def test_an_unknown_measure_gives_nobody(tmp_path, profile):
    rules = library(tmp_path, "{column: recency_days, is: over, measure: quiet_days}")
    assert bearers(profile, rules, quiet_days=None) == []
    assert tags.applicable(rules, profile.to_pandas(), {"quiet_days": None}) == []


def test_a_tag_says_until_when_it_is_valid(tmp_path, profile):
    rules = library(tmp_path, "{column: monetary, is: over, value: 35}")
    found = tags.assign(profile, rules, as_of=date(2024, 2, 28)).to_pandas()
    assert str(pd.Timestamp(found["valid_until"].iloc[0]).date()) == "2024-03-06"


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        ("{column: recency_day, is: over, value: 5}", "expected a column to compare so"),
        ("{column: recency_days, is: over}", "expected one threshold"),
        ("{column: recency_days, is: over, value: 5, quantile: 0.5}", "expected one threshold"),
        ("{column: recency_days, is: over, quantile: 1.5}", "less than or equal to 1"),
        ("{column: recency_days, is: over, value: .inf}", "finite number"),
        ("{column: top_category, is: over, text: tea}", "expected `equal to` or `other than`"),
        ("{column: customer_id, is: equal to, text: a}", "expected a column to compare so"),
        ("{column: recency_days, is: '__import__', value: 5}", "Input should be 'over'"),
    ],
)
def test_a_condition_outside_the_language_is_named_and_refused(tmp_path, condition, problem):
    with pytest.raises(ParameterError, match=rf"some.yaml: chosen: .*{problem}"):
        library(tmp_path, condition)


def test_two_tags_of_one_name_are_refused(tmp_path):
    library(tmp_path, "{column: monetary, is: over, value: 1}")
    (tmp_path / "twice.yaml").write_bytes((tmp_path / "some.yaml").read_bytes())
    with pytest.raises(ParameterError, match="chosen: given 2 times"):
        tags.read_library(tmp_path)


def test_an_empty_library_says_what_to_do(tmp_path):
    with pytest.raises(ParameterError, match="write at least one"):
        tags.read_library(tmp_path)


def test_an_unknown_portrait_names_the_nearest(tmp_path):
    rules = library(tmp_path, "{column: monetary, is: over, value: 1}", name="best_fifth")
    with pytest.raises(ParameterError, match="Near: best_fifth"):
        tags.find(rules, "best_fith")


def test_the_projects_own_library_is_whole():
    own = tags.read_library(project_root() / "params" / "tags")
    assert len(own) >= 12
    assert {tag.kind for tag in own} == {"fact", "rule"}


def test_reach_leaves_out_tags_of_nobody(tmp_path, profile):
    rules = library(tmp_path, "{column: monetary, is: over, value: 99}")
    found = tags.assign(profile, rules, as_of=date(2024, 3, 1)).to_pandas()
    assert tags.reach(found, list(rules), customers=4).empty
