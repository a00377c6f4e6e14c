import ibis
import numpy as np
import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.segment import groups
from insight.segment.stability import agreement_over_resamples


def clouds(*centres, n=60, spread=0.3, seed=1) -> pd.DataFrame:
    """Customers around centres, `n` each."""
    rng = np.random.default_rng(seed)
    points = np.vstack([rng.normal(centre, spread, size=(n, len(centres[0]))) for centre in centres])
    return pd.DataFrame(points, columns=["often", "basket", "range"][: points.shape[1]])


def find(scaled, **more) -> groups.Grouping:
    options = {"max_groups": 6, "min_cell": 10, "rounds": 20, "seed": 3} | more
    return groups.find_groups(scaled, pd.Series(range(len(scaled)), index=scaled.index), **options)


def test_three_clouds_are_found_and_stable():
    found = find(clouds((0, 0, 0), (3, 0, 0), (0, 3, 3)))
    assert found.group.value_counts().tolist() == [60, 60, 60]
    assert found.agreement.mean() > 0.99


def test_one_cloud_is_not_stable():
    noise = pd.DataFrame(np.random.default_rng(5).normal(size=(400, 6)))
    assert find(noise.set_axis([f"t{n}" for n in range(6)], axis=1)).agreement.mean() < 0.7


def test_customers_all_alike_are_one_group():
    found = find(clouds((1, 1, 1), spread=0))
    assert set(found.group) == {"A"}
    assert found.stability == found.choice == Unavailable("segment", "alike")


@pytest.mark.parametrize("n", [0, 1, 19])
def test_too_few_customers_are_one_group(n):
    found = find(clouds((0, 0, 0), n=60).head(n))
    assert found.group.tolist() == ["A"] * n


def test_no_group_is_smaller_than_the_smallest_shown():
    found = find(clouds((0, 0, 0), (3, 0, 0), n=60).head(64))
    assert found.group.value_counts().min() >= 10


def test_never_more_groups_than_asked_or_than_traits_allow():
    centres = [(x, y) for x in (0, 4) for y in (0, 4)]
    assert find(clouds(*centres)).group.nunique() == 3
    assert find(clouds(*centres), max_groups=2).group.nunique() == 2


def test_group_a_spends_most():
    scaled = clouds((0, 0, 0), (3, 0, 0))
    spend = pd.Series([1.0] * 60 + [9.0] * 60)
    found = groups.find_groups(scaled, spend, max_groups=2, min_cell=10, rounds=20, seed=1)
    assert found.group.tolist() == ["B"] * 60 + ["A"] * 60


def test_the_same_seed_gives_the_same_groups():
    scaled = clouds((0, 0, 0), (2, 0, 0), (0, 2, 2), spread=0.8)
    first, again = find(scaled), find(scaled)
    assert first.group.equals(again.group)
    assert np.array_equal(first.agreement, again.agreement)


def test_groups_are_learned_from_a_sample_of_very_many(monkeypatch):
    monkeypatch.setattr(groups, "LEARN_FROM", 100)
    found = find(clouds((0, 0, 0), (5, 5, 5), n=500))
    assert found.group.value_counts().tolist() == [500, 500]


def test_a_group_is_named_by_what_sets_it_apart():
    scaled = clouds((0, 0), (2, -1)).assign(**{"category:TEA": 0.0})
    told = groups.distinguish(scaled, pd.Series(["A"] * 60 + ["B"] * 60))
    assert told == {"A": [("often", False), ("basket", True)], "B": [("often", True), ("basket", False)]}


def test_what_a_group_does_counts_before_what_it_does_not():
    row = pd.Series({"morning": -0.9, "evening": 0.6, "discount": 0.5, "promoted": 0.7})
    assert groups._telling(row) == [("evening", True), ("promoted", True)]


def test_groups_with_the_same_traits_get_one_more_each():
    row = {"often": [1.0, 1.0, -2.0], "basket": [0.9, 0.9, -1.8], "range": [0.8, -0.8, 0.0]}
    told = groups.distinguish(pd.DataFrame(row), pd.Series(["A", "B", "C"]))
    assert told["A"][2] == ("range", True)
    assert told["B"][2] == ("range", False)


def test_only_the_largest_categories_are_taken_out():
    lines = [("a", f"k{number:02}", float(number)) for number in range(1, 13)] + [("a", "missing", 99.0)]
    shares = ibis.memtable(pd.DataFrame(lines, columns=["customer_id", "category", "amount"]))
    found = groups.shares_of_largest(shares, most=3)
    assert found["category"].tolist() == ["k10", "k11", "k12"]


def test_a_summary_adds_up():
    profile = pd.DataFrame({"frequency": [1, 3, 5], "basket_mean": 2.0, "recency_days": 1, "monetary": [10, 20, 70]})
    summary = groups.summarise_groups(profile, pd.Series(["B", "B", "A"]))
    assert summary["group"].tolist() == ["A", "B"]
    assert summary[["customers", "share_sales", "frequency"]].to_numpy().tolist() == [[1, 0.7, 5.0], [2, 0.3, 2.0]]


def test_agreement_by_chance_is_near_zero():
    class Random:
        n_clusters = 4

        def __init__(self, seed):
            self.seed = seed

        def predict(self, points):
            return np.random.default_rng(self.seed).integers(4, size=len(points))

    points = np.zeros((2000, 1))
    found = agreement_over_resamples(points, Random(0), rounds=20, seed=1, fit=lambda p, k, seed: Random(seed))
    assert abs(found.mean()) < 0.01
