"""One offer per customer within the budget; who refused is never on the list."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insight.decide import allocate, control_group, eligibility
from insight.predict.propensity.habits import Picture


def offers(*expected: float) -> pd.DataFrame:
    names = [f"c{place:03d}" for place in range(len(expected))]
    return pd.DataFrame({"customer_id": names, "product_group": "tea", "score": 0.5, "expected_sales": list(expected)})


def choose(table: pd.DataFrame, **changed) -> pd.DataFrame:
    rules = {"budget": 10.0, "contact_cost": 1.0, "holdout_share": 0.0, "key": "k"} | changed
    return allocate.choose_contacts(table, **rules)


def picture(*customers: str, weeks_since: list[list[float]]) -> Picture:
    return Picture(pd.Index(customers), ("bread", "tea"), {"weeks_since": np.array(weeks_since)})


def test_the_highest_expectations_come_first():
    assert choose(offers(2.0, 9.0, 5.0), budget=2)["expected_sales"].tolist() == [9.0, 5.0]


def test_equal_expectations_go_by_id():
    assert choose(offers(5.0, 5.0, 5.0), budget=2)["customer_id"].tolist() == ["c000", "c001"]


def test_an_offer_must_be_expected_to_bring_more_than_the_contact_costs():
    assert choose(offers(1.0, 1.01))["customer_id"].tolist() == ["c001"]


def test_controls_cost_nothing_and_stand_on_the_list():
    chosen = choose(offers(*range(100, 0, -1)), budget=20, holdout_share=0.5)
    assert chosen["is_holdout"].sum() > 5
    assert chosen.loc[chosen["is_holdout"], "cost"].eq(0).all()
    assert (~chosen["is_holdout"]).sum() == 20


def test_the_list_ends_with_a_contact_when_the_budget_binds():
    assert not choose(offers(*range(100, 0, -1)), budget=20, holdout_share=0.5)["is_holdout"].iloc[-1]


def test_no_budget_is_an_empty_list():
    assert choose(offers(5.0, 4.0), budget=0, holdout_share=0.5).empty


def test_nobody_to_choose_from_is_an_empty_list():
    assert choose(offers()).empty


@settings(max_examples=60, deadline=None)
@given(
    expected=st.lists(st.floats(0, 50, allow_nan=False), max_size=40),
    budget=st.decimals(0, 30, places=2),
    cost=st.decimals("0.01", 5, places=2),
    share=st.floats(0, 0.9),
)
def test_the_budget_is_never_exceeded_and_everyone_is_named_once(expected, budget, cost, share):
    chosen = choose(offers(*expected), budget=float(budget), contact_cost=float(cost), holdout_share=share)
    assert (~chosen["is_holdout"]).sum() * Decimal(cost) <= budget
    assert chosen["customer_id"].is_unique
    assert chosen["rank"].tolist() == list(range(1, len(chosen) + 1))


@pytest.mark.parametrize("seed", range(10))
def test_no_other_list_of_that_length_is_expected_to_bring_more(seed):
    expected = np.random.default_rng(seed).uniform(1.5, 9, 12)
    chosen = choose(offers(*expected), budget=4)
    assert chosen["expected_sales"].sum() == pytest.approx(np.sort(expected)[-4:].sum())


def test_a_group_bought_lately_is_not_offered():
    consent = pd.DataFrame({"allowed": [True]}, index=["ada"])
    allowed = eligibility.offerable(picture("ada", weeks_since=[[2.0, 9.0]]), consent, rest_weeks=8)
    assert allowed.tolist() == [[False, True]]


def test_a_group_never_bought_may_be_offered():
    consent = pd.DataFrame({"allowed": [True]}, index=["ada"])
    allowed = eligibility.offerable(picture("ada", weeks_since=[[np.nan, 0.0]]), consent, rest_weeks=8)
    assert allowed.tolist() == [[True, False]]


@settings(max_examples=60, deadline=None)
@given(answers=st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=30), share=st.floats(0, 0.9))
def test_who_refused_or_is_unknown_is_never_on_a_list(answers, share):
    names = [f"c{place:03d}" for place in range(len(answers) + 1)]  # the last one is not in the customer table
    known = pd.DataFrame({"allowed": [answer is not False for answer in answers]}, index=names[:-1])
    seen = picture(*names, weeks_since=[[np.nan, np.nan]] * len(names))
    gain = seen.spread(np.full((len(names), 2), 9.0))
    best = allocate.best_offers(gain, scores=gain / 10, allowed=eligibility.offerable(seen, known, rest_weeks=8))
    chosen = choose(best, budget=100, holdout_share=share)
    refused = {name for name, answer in zip(names, answers, strict=False) if answer is False}
    assert not set(chosen["customer_id"]) & (refused | {names[-1]})


def test_consent_is_read_as_given():
    from insight.engine import connect

    table = connect().create_table(
        "customers",
        pd.DataFrame({"customer_id": ["b", "a", "c"], "consent": pd.array([False, None, True], dtype="boolean")}),
    )
    found = eligibility.contactable(table)
    assert found["allowed"].to_dict() == {"a": True, "b": False, "c": True}
    assert found["asked"].to_dict() == {"a": False, "b": True, "c": True}


def test_the_draw_does_not_depend_on_who_else_is_on_the_list():
    everyone = [f"c{place}" for place in range(500)]
    drawn = dict(zip(everyone, control_group.draw_control_group(everyone, share=0.2, key="k"), strict=True))
    some = everyone[::-7]
    assert control_group.draw_control_group(some, share=0.2, key="k").tolist() == [drawn[name] for name in some]


def test_the_draw_has_the_share_asked_for():
    drawn = control_group.draw_control_group([f"c{place}" for place in range(20_000)], share=0.1, key="k")
    assert drawn.mean() == pytest.approx(0.1, abs=0.007)


def test_another_key_is_another_draw():
    everyone = [f"c{place}" for place in range(200)]
    assert (
        control_group.draw_control_group(everyone, share=0.5, key="a")
        != control_group.draw_control_group(everyone, share=0.5, key="b")
    ).any()


def test_without_a_control_group_nothing_is_detected():
    assert control_group.smallest_detectable(9.0, contacted=100, controls=0) == float("inf")
