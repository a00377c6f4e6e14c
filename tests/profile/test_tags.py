from datetime import date
from decimal import Decimal
from pathlib import Path

import ibis
import pandas as pd
import pytest

from insight.config.parameters import project_root
from insight.errors import ParameterError
from insight.profile.tagging import tags

COMMON = "kind: rule, owner: us, refresh: weekly, validity_days: 7, sensitivity: plain"
THEME = f"theme: {{en: Some, zh: 某}}\ncommon: {{{COMMON}}}\n"
HEAD = "  label: {en: A, zh: 甲}\n  meaning: {en: a, zh: 甲}\n  purposes: [insight]\n"


def library(folder: Path, *conditions: str, name: str = "chosen") -> tuple[tags.Tag, ...]:
    when = "".join(f"    - {one}\n" for one in conditions)
    (folder / "some.yaml").write_text(f"{THEME}tags:\n- id: {name}\n{HEAD}  when:\n{when}", encoding="utf-8")
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
                "consent": [True, False, None, True],
                "share_in cake + tea": [1.0, 0.5, 0.0, 0.25],
            }
        )
    )


def bearers(profile, rules, **measures) -> list[str]:
    marks = tags.mark(profile, rules, measures=measures)
    return tags.assign(marks, rules, as_of=date(2024, 3, 1))["customer_id"].tolist()


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
        ("{column: consent, is: equal to, flag: false}", "b"),
        ("{share_in: [tea, cake], is: at least, value: 0.5}", "ab"),
        ("{any: [{column: monetary, is: under, value: 15}, {column: recency_days, is: equal to, value: 90}]}", "ad"),
    ],
)
def test_each_comparison(tmp_path, profile, condition, expected):
    assert bearers(profile, library(tmp_path, condition), quiet_days=60) == list(expected)


def test_of_several_that_would_do_those_without_data_are_left_out(tmp_path, profile):
    without = "{column: responses_365d, is: at least, value: 2}"
    one_left = library(tmp_path, f"{{any: [{without}, {{column: monetary, is: under, value: 15}}]}}")
    assert bearers(profile, one_left) == ["a"]
    none_left = library(tmp_path, f"{{any: [{without}, {{column: night_share, is: over, quantile: 0.8}}]}}")
    assert tags.lacking(profile, none_left) == {"chosen": ["night_share", "responses_365d"]}
    assert bearers(profile, none_left) == []


def test_all_conditions_must_hold(tmp_path, profile):
    rules = library(tmp_path, "{column: monetary, is: over, value: 15}", "{column: recency_days, is: under, value: 40}")
    assert bearers(profile, rules) == ["b", "c"]


def test_an_unknown_measure_gives_nobody(tmp_path, profile):
    rules = library(tmp_path, "{column: recency_days, is: over, measure: quiet_days}")
    assert bearers(profile, rules, quiet_days=None) == []
    assert tags.lacking(profile, rules, measures={"quiet_days": None}) == {"chosen": ["quiet_days"]}


def test_a_tag_says_until_when_it_is_valid(tmp_path, profile):
    rules = library(tmp_path, "{column: monetary, is: over, value: 35}")
    found = tags.assign(tags.mark(profile, rules), rules, as_of=date(2024, 2, 28))
    assert found["valid_until"].tolist() == [date(2024, 3, 6)]


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        ("{column: recency_day, is: over, value: 5}", "expected a column to compare so"),
        ("{column: recency_day, is: over, value: 5}", "did you mean `recency_days`"),
        ("{column: recency_days, is: over, threshold: 5}", "Extra inputs are not permitted"),
        ("{column: recency_days, share_in: [tea], is: over, value: 5}", "expected one thing to compare"),
        ("{column: consent, is: over, flag: true}", "expected `equal to` or `other than` with a flag"),
        ("{share_in: [], is: over, value: 5}", "at least 1 item"),
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


def test_a_missing_language_is_named_with_file_and_tag(tmp_path):
    when = "  when: [{column: monetary, is: over, value: 1}]\n"
    text = f"{THEME}tags:\n- id: half\n{HEAD.replace(', zh: 甲', '', 1)}{when}"
    (tmp_path / "some.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError, match=r"some.yaml: half: `label.zh`: Field required"):
        tags.read_library(tmp_path)


def test_a_theme_without_a_name_is_refused(tmp_path):
    (tmp_path / "some.yaml").write_text("tags: []\n", encoding="utf-8")
    with pytest.raises(ParameterError, match=r"some.yaml: `theme`: Field required"):
        tags.read_library(tmp_path)


def test_a_model_names_its_table_and_looks_at_that_alone(tmp_path):
    when = "  when: [{column: COLUMN, is: under, value: 1}]\n"
    text = f"{THEME}tags:\n- id: gone\n{HEAD}  kind: model\n  table: value\n{when}"
    (tmp_path / "some.yaml").write_text(text.replace("COLUMN", "p_alive"), encoding="utf-8")
    assert tags.read_library(tmp_path)[0].table == "value"
    (tmp_path / "some.yaml").write_text(text.replace("COLUMN", "monetary"), encoding="utf-8")
    with pytest.raises(ParameterError, match=r"gone: .*found `monetary`"):
        tags.read_library(tmp_path)
    (tmp_path / "some.yaml").write_text(text.replace("  table: value\n", ""), encoding="utf-8")
    with pytest.raises(ParameterError, match=r"gone: .*expected a `table`"):
        tags.read_library(tmp_path)


def test_the_projects_own_library_is_whole():
    own = tags.read_library(project_root() / "params" / "tags")
    assert len(own) >= 80
    assert {tag.kind for tag in own} == {"fact", "rule", "model"}
    assert {tag.theme for tag in own} == set(tags.read_themes())
    wanted = {"high_value", "potential", "at_risk", "lost", "birthday_this_month", "car_owner", "traveller"}
    assert wanted <= {tag.id for tag in own}


def test_nothing_sensitive_is_used_to_offer():
    own = tags.read_library(project_root() / "params" / "tags")
    assert [tag.id for tag in own if tag.sensitivity == "sensitive" and "offer" in tag.purposes] == []


@pytest.mark.parametrize(("value", "state"), [(99, "nobody"), (0, "everybody"), (15, "assigned")])
def test_a_tag_of_nobody_or_of_everybody_is_said(tmp_path, profile, value, state):
    rules = library(tmp_path, f"{{column: monetary, is: over, value: {value}}}")
    found = tags.reach(tags.mark(profile, rules), rules, {})
    assert found["state"].tolist() == [state]


def test_what_a_business_has_no_column_for_is_skipped_and_said(tmp_path, profile):
    rules = library(tmp_path, "{column: age_band, is: equal to, text: 65+}")
    lacks = tags.lacking(profile, rules)
    found = tags.reach(tags.mark(profile, rules), rules, lacks)
    assert found[["state", "lacks"]].values.tolist() == [["lacks", ["age_band"]]]


def test_the_share_of_categories_is_of_all_that_a_customer_spent(tmp_path):
    rules = library(tmp_path, "{share_in: [tea, cake], is: over, value: 0}") + library(
        tmp_path, "{share_in: [coal], is: over, value: 0}"
    )
    rows = [("ada", "tea", 30), ("ada", "cake", 30), ("ada", "ink", 40), ("bob", "ink", 5), ("cy", "tea", 0)]
    spent = pd.DataFrame(rows, columns=["customer_id", "category", "amount"])
    shares = ibis.memtable(spent.assign(amount=[Decimal(amount) for amount in spent["amount"]]))
    found = tags.share_in(rules, shares)
    assert list(found.columns) == ["customer_id", "share_in cake + tea"]
    assert found["share_in cake + tea"].tolist() == [0.6, 0.0, 0.0]


def test_a_theme_counts_whoever_has_one_of_its_tags(tmp_path, profile):
    rules = library(tmp_path, "{column: monetary, is: over, value: 15}", name="one")
    rules += library(tmp_path, "{column: monetary, is: over, value: 35}", name="two")
    marks = tags.mark(profile, rules)
    themes = tags.by_theme(tags.reach(marks, rules, {}), marks)
    assert themes[["theme", "tags", "rules", "in_use", "customers", "share"]].values.tolist() == [
        ["some", 2, 2, 2, 3, 0.75]
    ]


def test_a_tag_of_a_later_notebook_is_read_from_the_table_that_it_names(tmp_path):
    when = "  when: [{column: p_alive, is: under, value: 0.5}]\n"
    text = f"{THEME}tags:\n- id: gone\n{HEAD}  kind: model\n  table: value\n{when}"
    (tmp_path / "some.yaml").write_text(text, encoding="utf-8")
    library, value = tags.read_library(tmp_path), pd.DataFrame({"customer_id": ["a", "b"], "p_alive": [0.2, 0.9]})
    found = tags.assign_estimated(library, {"value": value}, as_of=date(2024, 3, 1))
    assert found[["customer_id", "tag", "kind"]].values.tolist() == [["a", "gone", "model"]]
    unknown = value.assign(p_alive=None)
    assert tags.assign_estimated(library, {"value": unknown}, as_of=date(2024, 3, 1)).empty
