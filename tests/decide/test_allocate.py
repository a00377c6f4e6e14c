"""One offer per customer within the budget; who refused is never on the list."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insight.decide import allocate, control_group, cooldown, eligibility
from insight.engine import connect
from insight.predict.propensity.habits import Picture


def offers(*expected: float) -> pd.DataFrame:
    names = [f"c{place:03d}" for place in range(len(expected))]
    table = pd.DataFrame({"customer_id": names, "product_group": "tea", "expected_sales": list(expected)})
    return table.assign(score=0.5, response_cost=0.0)


def choose(table: pd.DataFrame, **changed) -> pd.DataFrame:
    rules = {"budget": 10.0, "contact_cost": 1.0, "holdout_share": 0.0, "key": "k"} | changed
    return allocate.choose_contacts(table, **rules)


AS_OF = date(2024, 6, 30)


def customer_table(consent: dict):
    answers = pd.array(list(consent.values()), dtype="boolean")
    return connect().create_table("customers", pd.DataFrame({"customer_id": list(consent), "consent": answers}))


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
    rules = eligibility.Rules(consent, rest_weeks=8)
    allowed = rules.offerable(picture("ada", weeks_since=[[2.0, 9.0]]), AS_OF)
    assert allowed.tolist() == [[False, True]]


def test_a_group_never_bought_may_be_offered():
    consent = pd.DataFrame({"allowed": [True]}, index=["ada"])
    rules = eligibility.Rules(consent, rest_weeks=8)
    allowed = rules.offerable(picture("ada", weeks_since=[[np.nan, 0.0]]), AS_OF)
    assert allowed.tolist() == [[True, False]]


@settings(max_examples=60, deadline=None)
@given(answers=st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=30), share=st.floats(0, 0.9))
def test_only_who_agreed_is_on_a_list(answers, share):
    names = [f"c{place:03d}" for place in range(len(answers) + 1)]  # the last one is not in the customer table
    known = eligibility.contactable(customer_table(dict(zip(names, answers, strict=False))))
    seen = picture(*names, weeks_since=[[np.nan, np.nan]] * len(names))
    gain = seen.spread(np.full((len(names), 2), 9.0))
    best = allocate.best_offers(gain, scores=gain / 10, allowed=eligibility.Rules(known).offerable(seen, AS_OF))
    chosen = choose(best, budget=100, holdout_share=share)
    assert set(chosen["customer_id"]) == {name for name, answer in zip(names, answers, strict=False) if answer}


def test_no_answer_is_no_consent_unless_the_parameters_say_so():
    table = customer_table({"b": False, "a": None, "c": True})
    assert eligibility.contactable(table)["allowed"].to_dict() == {"a": False, "b": False, "c": True}
    assert eligibility.contactable(table)["asked"].to_dict() == {"a": False, "b": True, "c": True}
    assert eligibility.contactable(table, assumed=True)["allowed"].to_dict() == {"a": True, "b": False, "c": True}


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


# --- contacted lately, and cooldowns


def contact_table(con, *rows: tuple):
    """Contacts: customer, days before the list, offer, campaign, held out."""
    frame = pd.DataFrame(rows, columns=["customer_id", "ago", "offer_id", "campaign_id", "is_holdout"])
    frame["sent_on"] = [AS_OF - timedelta(days=ago) for ago in frame.pop("ago")]
    frame = frame.astype({"offer_id": "string", "campaign_id": "string", "is_holdout": bool})
    return con.create_table("contacts", frame)


def offer_table(con, *rows: tuple):
    """Offers: id, campaign, what it is about, cost of a response, cooldown."""
    frame = pd.DataFrame(rows, columns=["offer_id", "campaign_id", "product", "cost", "cooldown_days"])
    frame = frame.astype({"offer_id": "string", "campaign_id": "string", "cost": "Float64", "cooldown_days": "Int64"})
    return con.create_table("offers", frame)


def rules_for(*customers: str, **given) -> eligibility.Rules:
    consent = pd.DataFrame({"allowed": True, "asked": True}, index=pd.Index(customers, name="customer_id"))
    return eligibility.Rules(consent, **given)


def allowed_of(rules: eligibility.Rules, *customers: str, as_of: date = AS_OF) -> dict:
    never = picture(*customers, weeks_since=[[np.nan, np.nan]] * len(customers))
    marks = rules.offerable(never, as_of)
    return {
        one: [group for group, may in zip(never.groups, row, strict=True) if may]
        for one, row in zip(customers, marks, strict=True)
    }


def test_nobody_is_contacted_again_too_soon_whatever_reached_them():
    con = connect()
    contacts = contact_table(
        con, ("ada", 3, None, "c1", False), ("bob", 14, None, "c1", False), ("cyd", 3, None, "c1", True)
    )
    rules = rules_for("ada", "bob", "cyd", offers=cooldown.read_offers(contacts, covered=None), rest_days=14)
    assert allowed_of(rules, "ada", "bob", "cyd") == {"ada": [], "bob": ["bread", "tea"], "cyd": ["bread", "tea"]}


def test_an_offer_rests_for_its_own_cooldown_and_for_its_own_group():
    con = connect()
    contacts = contact_table(con, ("ada", 59, "o1", "c1", False), ("bob", 60, "o1", "c1", False))
    offers = offer_table(con, ("o1", None, "tea", 5.0, 60), ("o2", None, "bread", 1.0, 10))
    read = cooldown.read_offers(contacts, covered=["bread", "tea"], offers=offers)
    assert allowed_of(rules_for("ada", "bob", offers=read), "ada", "bob") == {"ada": ["bread"], "bob": ["bread", "tea"]}


def test_an_offer_that_names_no_group_rests_for_all_of_them():
    con = connect()
    contacts = contact_table(con, ("ada", 20, "o1", None, False), ("bob", 20, "o2", None, False))
    offers = offer_table(con, ("o1", None, "gift", 5.0, 60), ("o2", None, "rate", None, None))
    read = cooldown.read_offers(contacts, covered=None, offers=offers)
    assert allowed_of(rules_for("ada", "bob", offers=read), "ada", "bob") == {"ada": [], "bob": ["bread", "tea"]}


def test_a_contact_without_an_offer_carried_those_of_its_campaign():
    con = connect()
    contacts = contact_table(con, ("ada", 20, None, "spring", False), ("bob", 20, None, "autumn", False))
    offers = offer_table(con, ("o1", "spring", "tea", 5.0, 60))
    read = cooldown.read_offers(contacts, covered=["tea"], offers=offers)
    assert allowed_of(rules_for("ada", "bob", offers=read), "ada", "bob") == {"ada": ["bread"], "bob": ["bread", "tea"]}


def test_an_earlier_day_knows_nothing_of_later_contacts():
    con = connect()
    contacts = contact_table(con, ("ada", 3, "o1", "c1", False))
    offers = offer_table(con, ("o1", None, "gift", 5.0, 60))
    rules = rules_for("ada", offers=cooldown.read_offers(contacts, covered=None, offers=offers), rest_days=14)
    assert allowed_of(rules, "ada", as_of=AS_OF - timedelta(days=4)) == {"ada": ["bread", "tea"]}


# --- what a response costs


def test_a_response_costs_what_the_offers_of_its_group_cost_by_how_often_they_were_sent():
    con = connect()
    sent = [("ada", 200, "o1", None, False)] * 3 + [("ada", 200, "o2", None, False)]
    offers = offer_table(con, ("o1", None, "tea", 4.0, 1), ("o2", None, "tea", 8.0, 1), ("o3", None, "bread", 99.0, 1))
    read = cooldown.read_offers(contact_table(con, *sent), covered=["bread", "tea"], offers=offers)
    assert read.response_costs(["tea"]).tolist() == [5.0]
    unsent = cooldown.read_offers(None, covered=["bread", "tea"], offers=offers)
    assert unsent.response_costs(["bread", "tea"]).tolist() == [99.0, 6.0]
    assert cooldown.Offers().response_costs(["tea"]).tolist() == [0.0]


def test_the_budget_pays_for_contacts_and_for_the_responses_expected():
    table = offers(9.0, 8.0, 7.0, 6.0).assign(response_cost=[3.0, 1.0, 0.5, 0.1])
    chosen = choose(table, budget=5.0, contact_cost=1.0)
    assert chosen["customer_id"].tolist() == ["c001", "c002"]  # a third would cost 4 more
    assert chosen["cost"].sum() + chosen["response_cost"].sum() <= 5.0


def test_an_offer_must_bring_more_than_contact_and_response_cost():
    assert choose(offers(5.0, 5.0).assign(response_cost=[3.5, 4.0])).customer_id.tolist() == ["c000"]


def test_the_group_is_chosen_by_what_is_left_after_responses():
    sales = pd.DataFrame({"bread": [5.0], "tea": [6.0]}, index=["ada"])
    best = allocate.best_offers(
        sales, scores=sales / 10, allowed=np.array([[True, True]]), response_costs=np.array([1, 4])
    )
    assert best.loc[0, ["product_group", "expected_sales", "response_cost"]].tolist() == ["bread", 5.0, 0.5]
