from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from insight.config.parameters import Bilingual
from insight.errors import Unavailable
from insight.profile.tagging.tags import read_library
from insight.report.findings.segmented import explained, playbook, rules, sizes
from insight.segment import playbook as playbook_rules
from insight.segment.migration.moves import Migration
from insight.segment.migration.sizes import Sizes
from insight.segment.outcomes import Explained
from insight.segment.rules.columns import Column
from insight.segment.rules.tree import Limits, Rule, RuleSet
from insight.words.context import Context, using

HOUSEHOLDS = Context(customers=Bilingual(en="households", zh="家庭"), currency="USD", as_of=date(2017, 12, 31))
RATHER = Column("rather", ("BEEF", "PORK", "DELI", "FISH"), ("TEA",), (1.0, 3.0))


@pytest.fixture(autouse=True)
def grocer():
    """Everything is said of a grocer's households."""
    with using(HOUSEHOLDS):
        yield


def learned(fidelity=0.93) -> RuleSet:
    often, basket = Column("often"), Column("basket")
    return RuleSet(
        (
            Rule("B", {often: Limits(at_most=2.5), RATHER: Limits(over=0.3)}),
            Rule("A", {often: Limits(over=2.5), basket: Limits(10.0, 40.0)}),
        ),
        *(fidelity, 0.9, 0.95, 300, 2),
    )


def described() -> pd.DataFrame:
    return pd.DataFrame({"group": ["A", "B"], "traits": [[("often", True)], [("often", False)]]})


def laid_out(finding) -> list[list[str]]:
    return finding.grid(finding.shown_table(), title="").rows


def test_rules_are_said_in_the_units_of_what_they_look_at():
    found = rules.rules(learned(), pd.Series([0] * 400 + [1] * 600), described())
    assert laid_out(found) == [
        [
            "A · come often",
            "days with a purchase per month over 2.5; and mean amount per basket over $10.00, at most $40.00",
            "600",
        ],
        [
            "B · come seldom",
            "days with a purchase per month at most 2.5; "
            "and share of BEEF, PORK, DELI, and others rather than TEA over 30.0%",
            "400",
        ],
    ]
    assert str(found.part("title")) == "2 if-then rules put 93% of households into their group"


@pytest.mark.parametrize(("fidelity", "says"), [(0.93, "can stand in for"), (0.7, "do not replace")])
def test_rules_replace_the_groups_only_where_they_are_faithful(fidelity, says):
    found = rules.rules(learned(fidelity), pd.Series([0] * 400 + [1] * 600), described())
    assert says in str(found.part("so_what"))
    [line] = found.headlines
    assert (line.name, line.value, line.low) == ("tree_fidelity", fidelity, 0.9)


def test_a_rule_of_few_customers_is_not_counted():
    found = rules.rules(learned(), pd.Series([0] * 4 + [1] * 600), described())
    assert [row[-1] for row in laid_out(found)] == ["not shown", "fewer than 10"]


def test_of_each_group_one_rule_is_laid_out_and_the_others_are_counted_together():
    three = replace(learned(), rules=(*learned().rules, learned().rules[0]))
    found = rules.rules(three, pd.Series([0] * 300 + [1] * 600 + [2] * 100), described())
    assert [row[-1] for row in laid_out(found)] == ["600", "300", "100"]
    assert laid_out(found)[-1][1] == "all other rules"


def test_without_groups_there_are_no_rules():
    missing = Unavailable("segment", "alike")
    found = rules.rules(missing, missing, described())
    assert found.table is None
    assert [(line.name, line.value) for line in found.headlines] == [("tree_fidelity", None)]


def coming(now=(900, 100, 60), ahead=(900.0, 150.0, 61.0), low=(800.0, 120.0, 30.0), **more) -> Sizes:
    frame = pd.DataFrame({"stage": ["mature", "dormant", "lost"], "now": now, "ahead": ahead, "low": low})
    return Sizes(frame.assign(high=frame["ahead"] * 1.3), **{"days": 90, "tested": 4, "within": 11, "of": 12} | more)


def test_the_stage_that_changes_clearly_is_named():
    found = sizes.ahead(coming())
    expected = "In 90 days the stage “dormant” will hold about 150 households (120 to 195), as against 100 now"
    assert str(found.part("title")) == expected
    assert "11 of 12 sizes" in str(found.part("says"))
    assert laid_out(found)[1] == ["dormant", "100", "150", "120–195"]


def test_no_stage_is_named_where_none_changes_clearly():
    found = sizes.ahead(coming(ahead=(900.0, 100.0, 60.0), low=(800.0, 80.0, 30.0), tested=1, within=0, of=0))
    assert str(found.part("title")).startswith("No stage")
    assert "sizes lay within" not in str(found.part("says"))
    assert found.part("caution") is not None


def test_a_small_stage_is_told_neither_now_nor_ahead():
    rows = laid_out(sizes.ahead(coming(now=(900, 100, 4))))
    assert [row[1:] for row in rows[1:]] == [["not shown", "–", "–"], ["fewer than 10", "–", "–"]]


def test_too_few_customers_have_no_sizes():
    assert sizes.ahead(coming(now=(4, 0, 0))).key == "segment.no_sizes"


def measured(more: float, added: float) -> Explained:
    rows = [
        ("spend", name, 900, share, share - 0.02, share + 0.02, extra, extra - 0.01, extra + 0.01)
        for name, share, extra in (
            *(("tiers", 0.4, 0.0), ("groups", 0.4 + more, more)),
            *(("stages", 0.3, -0.1), ("tiers_and_groups", 0.4 + added, added)),
        )
    ]
    names = ["outcome", "division", "customers", "share", "low", "high", "more", "more_low", "more_high"]
    return Explained(pd.DataFrame(rows, columns=names), 90)


@pytest.mark.parametrize(
    ("more", "added", "says", "advice"),
    [
        (
            -0.1,
            0.05,
            "Tiers explain more of later spend than groups do: 10.0 points more (95% interval: 9.0 to 11.0).",
            "add",
        ),
        (0.1, 0.05, "Groups explain more of later spend than tiers do: 10.0 points more", "add to tiers"),
        (0.002, 0.002, "Whether groups or tiers explain more of later spend cannot be told", "add nothing clear"),
    ],
)
def test_whether_groups_beat_tiers_is_told_by_the_interval_of_the_difference(more, added, says, advice):
    none = pd.DataFrame({"customer_id": list("ab"), "stage": "mature"})
    days = date(2017, 10, 2), date(2017, 12, 31)
    found = explained.explained(measured(more, added), Migration(none, none, *days))
    assert str(found.part("says")).startswith(says)
    assert advice in str(found.part("so_what"))
    lines = {line.name: line.value for line in found.headlines}
    assert lines == {"tier_explains_value": 0.4, "group_explains_value": pytest.approx(0.4 + more)}


def test_the_playbook_is_laid_out_in_words_and_idle_rules_say_why():
    words = {"en": "Call them", "zh": "致电"}
    told = {"action": words, "reason": words, "owner": words, "channel": "call", "purpose": "contact"}
    rules = [
        playbook_rules.Rule.model_validate(told | one)
        for one in (
            {"id": "drifters", "stages": ("drifting",), "tiers": ("top", "middle"), "traits": {"often": "low"}},
            {"id": "owners", "tags": ("car_owner",)},
            {"id": "others"},
        )
    ]
    rows = [("drifters", 30, ""), ("owners", 0, "tag"), ("others", 70, "")]
    counted = pd.DataFrame(rows, columns=["rule", "customers", "idle"])
    found = playbook.playbook(rules, counted, read_library())
    assert [[row[0], row[2], row[-1]] for row in laid_out(found)] == [
        ["stage: drifting; and tier: top or middle; and group: come seldom", "a personal call", "30"],
        ["all others", "a personal call", "70"],
    ]
    assert str(found.part("title")) == "What each of the 100 households should get, by 2 rules"
    assert str(found.part("says")) == "For nobody at present: “Call them” (nobody fits by tags)."


@pytest.mark.parametrize(
    ("registered", "says"),
    [
        (683, "Beside them stand 685 prospects"),
        (4, "fewer than 10, or nearly everybody; not shown"),
        (0, "There are no prospects"),
    ],
)
def test_prospects_are_told_rounded_and_only_where_there_are_enough(registered, says):
    assert says in str(sizes.prospects(registered, 900).part("says"))
