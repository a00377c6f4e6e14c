from datetime import date

import pandas as pd
import pytest

from insight.config.parameters import Bilingual
from insight.errors import Unavailable
from insight.report.findings.segmented import rules, sizes
from insight.segment.migration.sizes import Sizes
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
            *("2", "A · come often"),
            "days with a purchase per month over 2.5; and mean amount per basket over $10.00, at most $40.00",
            "600",
        ],
        [
            *("1", "B · come seldom"),
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
