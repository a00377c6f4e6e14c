import json
from pathlib import Path

import pandas as pd
import pytest

from insight.errors import ParameterError
from insight.profile.tagging.tags import read_library
from insight.segment.playbook import Customers, assign, count, read_playbook

LIBRARY = read_library()
WORDS = {"en": "do", "zh": "做"}
RULE = {"action": WORDS, "reason": WORDS, "owner": WORDS, "channel": "message", "purpose": "contact"}


def written(folder: Path, *rules: dict, last=True) -> Path:
    """Write a playbook; its last rule is for everybody."""
    every = [*rules, {"id": "others"}] if last else list(rules)
    path = folder / "playbook.yaml"
    path.write_text(json.dumps({"rules": [RULE | rule for rule in every]}), encoding="utf-8")
    return path


def read(folder: Path, *rules: dict, last=True):
    return read_playbook(LIBRARY, written(folder, *rules, last=last))


def customers(*rows: tuple[str, str, str], tags=(), traits=None) -> Customers:
    """Customers 0, 1, 2 ... by stage, tier and group, with some tags."""
    frame = pd.DataFrame(rows, columns=["stage", "tier", "group"], index=[str(at) for at in range(len(rows))])
    return Customers(frame, traits or {"A": [("often", True)]}, pd.DataFrame(tags, columns=["customer_id", "tag"]))


def test_the_shipped_playbook_is_sound_and_each_of_its_rules_can_be_the_first():
    rules = read_playbook(LIBRARY)
    assert len(rules) > 10
    assert {stage for rule in rules for stage in rule.stages} >= {"new", "growing", "mature", "drifting", "lost"}
    assert {rule.id for rule in rules if rule.traits}


def test_the_first_rule_that_holds_counts(tmp_path):
    rules = read(tmp_path, {"id": "refused", "tags": ["not_to_be_contacted"], "purpose": "service"},
                 {"id": "top_drifters", "stages": ["drifting"], "tiers": ["top"]},
                 {"id": "often", "traits": {"often": "high"}, "without_tags": ["promotion_buyer"]})  # fmt: skip
    some = customers(
        ("drifting", "top", "A"), ("drifting", "top", "A"), ("mature", "top", "A"), ("mature", "base", "A"),
        ("mature", "base", "B"), tags=[("0", "not_to_be_contacted"), ("3", "promotion_buyer")],
    )  # fmt: skip
    assert assign(rules, some).tolist() == ["refused", "top_drifters", "often", "others", "others"]
    assert count(rules, some)["customers"].tolist() == [1, 1, 1, 2]


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"stages": ["drifted"]}, "r: `stages`: expected one .*found `drifted`; did you mean `drifting`"),
        ({"tags": ["car_ownr"]}, "r: `tags`: .*did you mean `car_owner`"),
        ({"tags": ["likely_to_leave"]}, "r: `tags`: .*before stages are counted"),  # estimated by a later page
        ({"traits": {"ofte": "high"}}, "r: `traits`: .*did you mean `often`"),
        ({"traits": {"often": "very"}}, "r: `traits.often`: .*'high' or 'low'"),
        ({"tags": ["health"], "purpose": "offer"}, "r: `purpose`: the tag `health` may not be used for `offer`"),
        ({"tags": ["car_owner"], "without_tags": ["car_owner"]}, "r: holds of nobody: `car_owner` stands under"),
        ({"channel": "fax"}, "r: `channel`"),
        ({"when": "always"}, "r: `when`: Extra inputs"),
        ({"action": {"en": "do"}}, "r: `action.zh`: Field required"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_with_its_place(tmp_path, rule, says):
    with pytest.raises(ParameterError, match=f"(?s)params/playbook.yaml.*{says}"):
        read(tmp_path, {"id": "r"} | rule)


@pytest.mark.parametrize(
    ("before", "later"),
    [
        ([{"stages": ["drifting", "lost"]}], {"stages": ["lost"], "tiers": ["top"]}),
        ([{"traits": {"often": "high"}}], {"traits": {"often": "high", "basket": "low"}, "tags": ["car_owner"]}),
        ([{"tiers": ["top"]}, {"tiers": ["middle", "base"]}], {"stages": ["new"]}),
        ([{"tags": ["car_owner"]}, {"without_tags": ["car_owner"]}], {"stages": ["new"]}),
    ],
)
def test_a_rule_that_can_hold_of_nobody_is_named(tmp_path, before, later):
    rules = [{"id": f"b{place}"} | one for place, one in enumerate(before)]
    with pytest.raises(ParameterError, match="later: holds of nobody: rules before it take everybody"):
        read(tmp_path, *rules, {"id": "later"} | later)


def test_a_rule_that_others_take_only_part_of_is_sound(tmp_path):
    rules = read(tmp_path, {"id": "b", "stages": ["drifting"], "without_tags": ["car_owner"]},
                 {"id": "later", "stages": ["drifting"]})  # fmt: skip
    assert [rule.id for rule in rules] == ["b", "later", "others"]


def test_the_last_rule_is_for_everybody_and_names_are_given_once(tmp_path):
    with pytest.raises(ParameterError, match="expected the last rule to be for everybody"):
        read(tmp_path, {"id": "one", "stages": ["new"]}, last=False)
    with pytest.raises(ParameterError, match="one: given 2 times"):
        read(tmp_path, {"id": "one", "stages": ["new"]}, {"id": "one", "stages": ["lost"]})


def test_a_rule_for_nobody_of_a_business_says_why(tmp_path):
    rules = read(
        tmp_path,
        {"id": "stage", "stages": ["lost"]},
        {"id": "group", "traits": {"basket": "high"}},
        {"id": "tag", "tags": ["car_owner"]},
        {"id": "together", "stages": ["new"], "tiers": ["top"]},
        {"id": "first", "tiers": ["base"]},
        {"id": "earlier", "traits": {"often": "high"}, "stages": ["new"]},
    )
    counted = count(rules, customers(("new", "base", "A"), ("mature", "top", "B"))).set_index("rule")["idle"]
    assert counted.to_dict() == {
        **{name: name for name in ("stage", "group", "tag", "together", "earlier")},
        **{"first": "", "others": ""},
    }


def test_a_project_without_a_playbook_is_told_to_copy_one(tmp_path):
    with pytest.raises(ParameterError, match=r"params/playbook\.yaml: there is no such file"):
        read_playbook(LIBRARY, tmp_path / "playbook.yaml")
