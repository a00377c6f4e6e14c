"""Clusters compared as wholes: what ties a record to a person whose other records say nothing of it."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from insight.unify.clusters.wholes import join_wholes, with_wholes
from insight.unify.link import LinkSettings, link_records
from insight.unify.model.doubles import Doubles
from insight.unify.model.weigh import value_frequencies
from insight.unify.standardise.columns import type_columns
from insight.unify.standardise.standardise import standardise

GIVEN = ("Harriet", "Owen", "Beatrice", "Callum", "Rosalind", "Dexter", "Imogen", "Rupert", "Felicity", "Gareth")
FAMILY = ("Ashworth", "Blackwood", "Cartwright", "Dunmore", "Eastwood", "Fairfax", "Gladstone", "Hawthorne")


class Ruler:
    """Compares what is the same and what is not, each with a weight of its own."""

    start = (-10.0, -np.inf)
    worths = (6.0, 12.0)
    comparisons = tuple(SimpleNamespace(name=name, fields=(name,)) for name in ("given_name", "phone"))

    def __init__(self, people: pd.DataFrame) -> None:
        self.values = people.to_numpy(dtype=object)

    def levels(self, left, right):
        one, other = self.values[left], self.values[right]
        return np.where(pd.isna(one) | pd.isna(other), -1, (one == other).astype(int))

    def worth(self, i, _left, levels):
        worth = self.worths[i]
        return np.select([levels == 1, levels == 0], [worth, -worth / 2], 0.0)

    def household_worth(self, i, left, levels):
        return 0 * self.worth(i, left, levels)

    def weigh(self, left, right, *, keep_from):
        assert keep_from == 0
        return pd.DataFrame({"left": left, "right": right, "weight": 0.0, "probability": 0.0, "household": 0.0})


def joined(people: pd.DataFrame, labels: list[int], near: list[tuple[int, int]]) -> set[tuple[int, int]]:
    pairs = pd.DataFrame(near, columns=["left", "right"]).assign(
        weight=0.0, probability=0.1, household=0.0, contradicts=False
    )
    doubles = Doubles(np.zeros(len(people), int), np.zeros(2))
    found = join_wholes(pairs, np.array(labels), people, Ruler(people), doubles, threshold=0.5)
    told = with_wholes(pairs, found)
    assert not told.duplicated(["left", "right"]).any()
    likely = told[told["probability"] >= 0.5]
    return set(zip(likely["left"].tolist(), likely["right"].tolist(), strict=True))


def test_a_third_record_ties_one_that_says_little_to_all_others():
    people = pd.DataFrame({"given_name": ["ann", "ann", None], "phone": ["1", "2", "2"]})
    assert joined(people, [0, 1, 1], [(0, 1)]) == set()  # by the name alone
    people = pd.DataFrame({"given_name": ["ann", "ann", "ann", None], "phone": ["1", "2", "1", "2"]})
    # the last has nothing in common with the first and the third, and is theirs by the second
    assert joined(people, [0, 1, 0, 1], [(0, 1)]) == set()
    people.loc[1, "phone"] = "1"
    assert joined(people, [0, 1, 0, 1], [(0, 1)]) == {(0, 1), (0, 3), (1, 2), (2, 3)}


def test_a_telephone_that_two_people_share_joins_neither():
    people = pd.DataFrame({"given_name": ["ann", "bob", None], "phone": ["1", "1", "1"]})
    assert joined(people, [0, 1, 2], [(0, 2)]) == {(0, 2)}
    assert joined(people, [0, 1, 2], [(0, 2), (1, 2)]) == set()


def test_a_number_is_sooner_his_whose_records_mostly_have_it():
    mostly = pd.DataFrame({"given_name": ["ann"] * 4 + ["bob"] * 4 + [None], "phone": [*"1111", *"1234", "1"]})
    assert {one for one, _ in joined(mostly, [0] * 4 + [4] * 4 + [8], [(0, 8), (4, 8)])} == {0, 1, 2, 3}


def test_the_best_of_many_counts_for_less():
    few = pd.DataFrame({"given_name": [None] * 3, "phone": ["1", "2", "1"]})
    assert joined(few, [0, 0, 2], [(0, 2)]) == {(0, 2), (1, 2)}
    many = pd.DataFrame({"given_name": [None] * 9, "phone": [*"12345678", "1"]})
    assert joined(many, [0] * 8 + [8], [(0, 8)]) == set()


def people_of_three_systems() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    rows = []
    for number in range(300):
        given, family = rng.choice(GIVEN), rng.choice(FAMILY)
        old, new = (f"+44 20 7{rng.integers(100, 999)} {rng.integers(1000, 9999)}" for _ in range(2))
        new = new if number % 4 == 0 else old
        born = f"{rng.integers(1945, 2000)}-{rng.integers(1, 13):02}-{rng.integers(2, 29):02}"
        named = {"first_name": given, "surname": family, "born": born}
        rows += [
            {"source_system": "core", **named, "phone": old, "truth": number},
            {"source_system": "card", **named, "phone": old, "truth": number},
            {"source_system": "crm", **named, "phone": new, "truth": number},
            {"source_system": "app", "phone": new, "truth": number},
        ]
    return pd.DataFrame(rows).assign(source_record_id=[f"r{number:04}" for number in range(len(rows))])


def test_who_changed_the_number_keeps_the_record_that_holds_nothing_but_the_new_one():
    records = people_of_three_systems()
    linked = link_records(records.drop(columns="truth"), settings=LinkSettings(region="GB"))
    found = linked.assignment.merge(records, on=["source_system", "source_record_id"])
    clusters = found.groupby("truth")["cluster"].nunique()
    assert (clusters == 1).mean() > 0.97
    assert found.groupby("cluster")["truth"].nunique().max() == 1
    forest = linked.forest(lowest=0.4, highest=0.4).at(0.4)
    assert (pd.factorize(forest)[0] == pd.factorize(linked.cluster)[0]).all()


def test_a_number_that_nobody_else_has_is_rarer_than_one_in_so_many():
    alone, shared = [f"p{number}" for number in range(90)], ["q"] * 2
    column = pd.Series([*alone, *shared])
    person = np.arange(len(column))
    values, _ = value_frequencies(column.rename("phone"), person)
    share = values.set_index("phone")["tf_phone"]
    assert share["p0"] == pytest.approx(share["q"] / 2 * 4 / 91)  # one number in ninety-one is met twice
    plain, _ = value_frequencies(column.rename("locality"), person)
    assert plain.set_index("locality")["tf_locality"]["p0"] == pytest.approx(share["q"] / 2)


def test_who_gives_no_name_may_be_a_firm():
    records = pd.DataFrame({"full_name": ["Quast Bau OHG", "Anna Grupp", None], "phone": ["0301", "0302", "0303"]})
    done = standardise(records, type_columns(records), source=pd.Series(["a"] * 3), region="DE")
    assert done.people["organisation"].fillna("?").tolist() == ["1", "0", "?"]
