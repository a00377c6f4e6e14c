"""What can be offered, what each customer could be offered, and the list as a report may show it."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from insight.contracts import CONTRACTS
from insight.decide import allocate, backtest, catalogue, control_group, cooldown, eligibility, shortlist
from insight.engine import connect
from insight.predict.propensity.habits import Picture
from insight.predict.propensity.propensity import TOO_LITTLE, Backtest

AS_OF = date(2024, 6, 30)


@pytest.fixture
def con():
    return connect()


def purchases(con, *rows: tuple):
    frame = pd.DataFrame(rows, columns=["customer_id", "category", "occurred_on", "amount"])
    table = con.create_table("lines", frame.assign(kind="purchase"))
    return table.mutate(amount=table.amount.cast("decimal(18, 4)"), occurred_on=table.occurred_on.cast("date"))


def verdicts(groups: pd.DataFrame) -> dict:
    return groups.set_index("product_group")["verdict"].to_dict()


def choose(table, **changed) -> pd.DataFrame:
    rules = {"covered": None, "until": date(2024, 1, 31), "at_most": 9, "min_buyers": 1} | changed
    return catalogue.choose_groups(table, **rules)


def test_the_most_widely_bought_groups_are_considered(con):
    table = purchases(
        con,
        ("ada", "milk", "2024-01-01", 1.0),
        ("bob", "milk", "2024-01-02", 1.0),
        ("ada", "salt", "2024-01-01", 9.0),
        ("ada", "wine", "2024-01-01", 9.0),
    )
    found = choose(table, at_most=1, excluded=["wine"])
    assert verdicts(found) == {"milk": "offered", "salt": "beyond_limit", "wine": "excluded"}


def test_what_was_bought_later_does_not_count(con):
    table = purchases(con, ("ada", "milk", "2024-01-01", 1.0), ("ada", "tea", "2024-02-01", 1.0))
    assert verdicts(choose(table)) == {"milk": "offered"}


def test_groups_with_few_buyers_are_left_out(con):
    assert verdicts(choose(purchases(con, ("ada", "milk", "2024-01-01", 1.0)), min_buyers=2)) == {"milk": "few_buyers"}


def test_only_what_offers_cover_is_looked_at(con):
    table = purchases(con, ("ada", "milk", "2024-01-01", 1.0), ("ada", "tea", "2024-01-01", 1.0))
    assert verdicts(choose(table, covered=["tea", "soap"])) == {"tea": "offered"}


def test_offers_cover_the_categories_of_their_products(con):
    offers = con.create_table("offers", pd.DataFrame({"offer_id": ["o1"], "product": ["anything"]}))
    listed = con.create_table("listed", pd.DataFrame({"offer_id": ["o1", "o1"], "product_id": ["p1", "p2"]}))
    products = con.create_table("products", pd.DataFrame({"product_id": ["p1", "p2"], "category": ["tea", None]}))
    bought = purchases(con, ("ada", "tea", "2024-01-01", 1.0), ("ada", "anything", "2024-01-01", 1.0))
    assert catalogue.covered_categories(bought, offers=offers, offer_products=listed, products=products) == ["tea"]
    assert catalogue.covered_categories(bought, offers=offers) == ["anything"]


def test_offers_that_name_nothing_that_is_bought_leave_every_category_open(con):
    gifts = con.create_table("gifts", pd.DataFrame({"offer_id": ["o1"], "product": ["limit_increase"]}))
    bought = purchases(con, ("ada", "dining", "2024-01-01", 1.0))
    assert catalogue.covered_categories(bought, offers=gifts) is None
    assert catalogue.covered_categories(bought) is None


@pytest.fixture
def tested() -> Backtest:
    """Three customers, two groups; ada has had tea lately, cyd nothing for long."""
    habits = {
        "weeks_since": np.array([[9.0, 0.0], [np.nan, 9.0], [20.0, np.nan]]),
        "weeks": np.array([[2.0, 3.0], [0.0, 1.0], [1.0, 0.0]]),
        "spend": np.array([[8.0, 6.0], [0.0, 2.0], [4.0, 0.0]]),
        "customer_tenure": np.full((3, 2), 25.0),
        "popularity_recent": np.array([[0.2, 0.6]] * 3),
        "popularity_season": np.array([[0.2, 0.6]] * 3),
    }
    picture = Picture(pd.Index(["ada", "bob", "cyd"]), ("bread", "tea"), habits)
    scores = np.array([[0.5, 0.9], [0.1, 0.6], [0.3, 0.2]])
    by = {"model": scores, "own_habit": scores[:, ::-1]}
    return Backtest(picture, np.array([[4.0, 2.0], [0.0, 3.0], [0.0, 0.0]]), picture, by, by)


@pytest.fixture
def rules() -> eligibility.Rules:
    people = pd.Index(["ada", "bob", "cyd", "dan", "eve"], name="customer_id")
    consent = pd.DataFrame(
        {"allowed": [True, True, False, False, True], "asked": [True, True, True, False, True]}, index=people
    )
    return eligibility.Rules(consent, rest_weeks=8)


def rehearse(tested, rules, *, budget: float):
    return backtest.backtest_list(tested, rules, then=AS_OF, budget=budget, contact_cost=1.0, seed=1)


def reasons(tested, rules, *, budget: float = 9.0, contact_cost: float = 1.0) -> dict:
    best = shortlist.offers_for(tested, rules, as_of=AS_OF)
    chosen = allocate.choose_contacts(best, budget=budget, contact_cost=contact_cost, holdout_share=0, key="k")
    found = shortlist.count_reasons(tested, rules, best, chosen, as_of=AS_OF, contact_cost=contact_cost)
    return dict(found.itertuples(index=False, name=None))


def test_everyone_is_on_the_list_or_left_out_for_one_reason(tested, rules):
    left_out = {"refused": 1, "no_consent": 1, "no_history": 1}
    assert reasons(tested, rules) == {**left_out, "on_the_list": 2}
    assert reasons(tested, rules, budget=1) == {**left_out, "beyond_budget": 1, "on_the_list": 1}
    assert reasons(tested, rules, contact_cost=1.5) == {**left_out, "too_little_sales": 1, "on_the_list": 1}
    assert reasons(TOO_LITTLE, rules) == {"refused": 1, "no_consent": 1, "not_predicted": 3}


def test_who_buys_everything_anyway_is_told_from_who_is_contacted_too_often(tested, rules, con):
    sent = con.create_table(
        "contacts",
        pd.DataFrame({"customer_id": ["bob", "eve"], "sent_on": AS_OF, "is_holdout": False}).assign(
            offer_id=pd.array([None, None], dtype="string"), campaign_id="c"
        ),
    )
    lately = replace(rules, rest_weeks=0, rest_days=1, offers=cooldown.read_offers(sent, covered=None))
    assert reasons(tested, lately) == {"refused": 1, "no_consent": 1, "contacted_lately": 2, "on_the_list": 1}
    always = replace(rules, rest_weeks=30)
    assert reasons(tested, always)["bought_lately"] == 1


def test_what_was_bought_lately_is_ranked_but_not_offered(tested, rules):
    found = shortlist.likeliest(tested, rules, as_of=AS_OF, k=2)
    ada = found[found["customer_id"] == "ada"].set_index("product_group")
    assert ada.loc["tea", "rank"] == 1
    assert not ada.loc["tea", "is_offerable"]
    assert shortlist.offers_for(tested, rules, as_of=AS_OF).set_index("customer_id")["product_group"].to_dict() == {
        "ada": "bread",
        "bob": "tea",
    }


def test_the_tables_have_the_columns_of_their_contracts(tested, rules):
    assert set(shortlist.likeliest(tested, rules, as_of=AS_OF, k=2)) == set(CONTRACTS["propensity"].names)
    assert set(shortlist.likeliest(TOO_LITTLE, rules, as_of=AS_OF, k=2)) == set(CONTRACTS["propensity"].names)


def test_a_backtest_counts_what_was_then_bought(tested, rules):
    found = rehearse(tested, rules, budget=2).set_index("way")
    assert found.loc["model", "bought"] == 1.0
    assert found.loc["model", "sales"] == 3.5
    assert found.loc["own_habit", "expected"] == pytest.approx((0.9 + 0.6) / 2)
    assert np.isnan(found.loc["most_popular", "expected"])


def test_a_backtest_of_nobody_says_why(tested, rules):
    assert rehearse(tested, rules, budget=0).reason == "nobody_listed"
    assert rehearse(TOO_LITTLE, rules, budget=5) is TOO_LITTLE


def test_the_list_is_written_by_the_way_in_use(tested, rules):
    best = shortlist.offers_for(tested.by("own_habit"), rules, as_of=AS_OF).set_index("customer_id")
    assert best["score"].to_dict() == {"ada": 0.9, "bob": 0.6}
    assert best.loc["bob", "product_group"] == "bread"
    ranked = shortlist.likeliest(tested.by("own_habit"), rules, as_of=AS_OF, k=1).set_index("customer_id")
    assert ranked.loc["ada", "product_group"] == "bread"


@pytest.mark.parametrize(
    ("sells", "ranks", "chosen"),
    [
        ((1, 2), (-2, -1), ("model", "sells")),
        ((-2, -1), (1, 2), ("own_habit", "sells")),
        ((-1, 1), (-2, -1), ("own_habit", "ranks")),
        ((-1, 1), (1, 2), ("model", "ranks")),
        ((-1, 1), (-1, 1), ("model", "alike")),
        (None, (-2, -1), ("own_habit", "ranks")),
        (None, None, ("model", "alike")),
    ],
)
def test_the_way_in_use_is_what_sold_more_else_what_ranks_better(sells, ranks, chosen):
    def found(name, bounds):
        return (
            TOO_LITTLE
            if bounds is None
            else pd.DataFrame([{name: "own_habit", "lead_low": bounds[0], "lead_high": bounds[1]}])
        )

    choice = backtest.choose_way(found("ranking", ranks), found("way", sells))
    assert (choice.way, choice.why) == chosen


def test_lists_are_compared_by_what_the_same_customers_bought(tested, rules):
    found = rehearse(tested, rules, budget=2).set_index("way")
    assert found.loc["model", ["lead", "lead_low", "lead_high"]].tolist() == [0, 0, 0]
    assert found.loc["own_habit", "lead"] == pytest.approx(
        found.loc["model", "sales"] - found.loc["own_habit", "sales"]
    )


def test_the_detectable_effect_follows_from_the_spread_of_the_backtest():
    chosen = pd.DataFrame({"is_holdout": [True] * 100 + [False] * 900})
    found = pd.DataFrame({"way": ["model", "own_habit"], "spread": [50.0, 100.0]})
    assert control_group.detectable_effect(chosen, found) == pytest.approx(14.8, abs=0.05)
    assert control_group.detectable_effect(chosen, found, "own_habit") == pytest.approx(29.5, abs=0.1)
    assert control_group.detectable_effect(chosen, TOO_LITTLE) is TOO_LITTLE


def test_where_nothing_can_be_offered_there_is_too_little():
    groups = pd.DataFrame({"product_group": ["tea"], "customers": [3], "sales": [9.0], "verdict": ["few_buyers"]})
    assert catalogue.offered_groups(groups) is catalogue.most_bought(groups, customers=9) is TOO_LITTLE
    assert catalogue.count_verdicts(groups)["share"].tolist() == [1.0]


def listed(**counts: int) -> pd.DataFrame:
    groups = [group for group, n in counts.items() for _ in range(n)]
    return pd.DataFrame({"customer_id": range(len(groups)), "product_group": groups}).assign(
        is_holdout=False, score=0.5, expected_sales=2.0
    )


def test_small_groups_of_the_list_are_put_together():
    found = shortlist.summarise_list(listed(tea=12, bread=6, milk=5), min_cell=10)
    assert found.set_index("product_group")["customers"].to_dict() == {"tea": 12, "other_groups": 11}


def test_a_small_rest_takes_a_larger_group_with_it():
    found = shortlist.summarise_list(listed(tea=30, bread=12, milk=3), min_cell=10)
    assert found.set_index("product_group")["customers"].to_dict() == {"tea": 30, "other_groups": 15}
