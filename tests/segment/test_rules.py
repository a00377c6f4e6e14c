from datetime import date

import duckdb
import numpy as np
import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.segment.rules import columns, sql, tree
from insight.segment.traits import describe_behaviour, scale

AS_OF = date(2024, 3, 31)
CATEGORIES = ["tea", "cake", "o'clock", "水果", "bread"]
#: What customers of three groups buy of 100.
MIXES = {"A": [60, 20, 10, 5, 5], "B": [10, 10, 10, 60, 10], "C": [20, 20, 20, 20, 20]}


def shop(n=120, seed=1) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Customers of three mixes: their profiles, their purchases line by line, and their groups."""
    rng = np.random.default_rng(seed)
    group = pd.Series(np.repeat(list(MIXES), n), index=[f"c{at:04d}" for at in range(3 * n)])
    lines = [
        (customer, CATEGORIES[place], "purchase", 5.0, date(2024, 1, 1 + bought % 28))
        for customer, letter in group.items()
        for place, times in enumerate(rng.multinomial(rng.integers(5, 60), np.array(MIXES[letter]) / 100))
        for bought in range(times)
    ]
    lines += [(customer, None, "fee", 1.0, AS_OF) for customer in group.index[::3]]
    lines += [(customer, "tea", "purchase", 5.0, date(2024, 4, 1)) for customer in group.index]  # later than known
    lines += [("c0000", "tea", "refund", -5.0, AS_OF)]
    table = pd.DataFrame(lines, columns=["customer_id", "category", "kind", "amount", "occurred_on"])
    table["instalment_months"] = [3 if at % 7 == 0 else None for at in range(len(table))]
    size = len(group)
    profile = pd.DataFrame(
        {
            "purchase_days": rng.integers(1, 60, size),
            "tenure_days": rng.integers(60, 90, size),
            "basket_mean": rng.lognormal(3, 1, size).round(4),
            "frequency": rng.integers(1, 60, size),
            "promoted_share": np.where(rng.random(size) < 0.1, np.nan, rng.random(size).round(3)),
            "discount_share": np.nan,
        },
        index=pd.Index(group.index, name="customer_id"),
    )
    return profile, table, group


def known(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Count what the rules are learned of, as `insight.segment.mix` does."""
    table = table[table["occurred_on"] <= AS_OF]
    bought = table[(table["kind"] == "purchase") & (table["amount"] > 0)]
    counts = bought.pivot_table(index="customer_id", columns="category", values="amount", aggfunc="size")
    marks = {"fees": table["kind"] == "fee", "instalments": table["instalment_months"] > 0}
    credit = pd.DataFrame(marks).groupby(table["customer_id"]).sum()
    return counts.fillna(0).astype(float), credit


def learned(n=120, smallest=5):
    profile, table, group = shop(n)
    counts, credit = known(table)
    scaled = scale(describe_behaviour(profile, counts, credit))
    found = tree.learn_rules(scaled, profile, group, counts, credit, smallest=smallest, seed=1)
    return found, (profile, counts, credit), table, group


def test_every_customer_meets_one_rule_and_rules_reproduce_the_groups():
    found, of, _, group = learned()
    values = columns.look(found.columns, *of)
    assert (sum(rule.holds(values).astype(int) for rule in found.rules) == 1).all()
    right = (found.groups_of(found.apply(*of)) == group).mean()
    assert right > 0.8
    assert found.low < right < found.high + 0.1
    assert (found.depth <= tree.DEPTH, found.kept_back) == (True, 120)


def test_the_query_gives_the_groups_that_the_rules_give():
    found, of, table, _ = learned()
    con = duckdb.connect()
    con.register("profile", of[0].reset_index())
    con.register("transactions", table)
    said = con.execute(sql.as_sql(found, *of[1:], as_of=AS_OF)).df().set_index("customer_id")["group"]
    own = found.groups_of(found.apply(*of))
    assert said.reindex(own.index).tolist() == own.tolist()
    assert len(said) == len(own)


def test_the_query_of_who_buys_nothing_by_category_looks_at_the_profile_alone():
    profile, _, group = shop()
    profile["basket_mean"] = group.map({"A": 5.0, "B": 20.0, "C": 80.0})
    profile = profile.assign(categories=1, weekend_share=0.5, morning_share=0.5, evening_share=0.5)
    scaled = scale(describe_behaviour(profile))
    found = tree.learn_rules(scaled, profile, group, pd.DataFrame(), pd.DataFrame(), smallest=5, seed=1)
    assert found.fidelity == 1
    con = duckdb.connect()
    con.register("profile", profile.reset_index())
    query = sql.as_sql(found, pd.DataFrame(), pd.DataFrame(), as_of=AS_OF)
    assert "transactions" not in query
    assert con.execute(query).df().set_index("customer_id")["group"].reindex(group.index).tolist() == group.tolist()


def test_rules_are_measured_on_customers_whom_they_do_not_know():
    profile, table, group = shop()
    counts, credit = known(table)
    by_chance = pd.Series(np.random.default_rng(3).permutation(group), index=group.index)
    scaled = scale(describe_behaviour(profile, counts, credit))
    found = tree.learn_rules(scaled, profile, by_chance, counts, credit, smallest=5, seed=1)
    assert found.low < 1 / 3 < found.high


def test_one_group_has_no_rules():
    profile, table, group = shop()
    counts, credit = known(table)
    scaled = scale(describe_behaviour(profile, counts, credit))
    found = tree.learn_rules(scaled, profile, group.replace({"B": "A", "C": "A"}), counts, credit, smallest=5, seed=1)
    assert found == Unavailable("segment", "alike")


@pytest.mark.parametrize("smallest", [5, 20])
def test_no_rule_is_learned_from_fewer_customers_than_asked(smallest):
    found, of, _, _ = learned(smallest=smallest)
    assert found.apply(*of).value_counts().min() >= smallest
