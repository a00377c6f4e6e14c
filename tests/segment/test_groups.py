from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.segment import groups
from insight.segment.claims import borne_out
from insight.segment.stability import agreement_over_resamples
from insight.segment.tiers import score_customers
from insight.segment.traits import describe_behaviour, scale


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


def profiled(*rows: tuple) -> pd.DataFrame:
    """Profiles: days with a purchase, days since the first, mean basket, categories."""
    profile = pd.DataFrame(rows, columns=["purchase_days", "tenure_days", "basket_mean", "categories"])
    return profile.assign(weekend_share=0.5)


def test_a_group_is_named_by_what_sets_it_apart():
    scaled = clouds((0, 0), (2, -1)).assign(**{"category:TEA": 0.0})
    profile = profiled(*[(3, 300, 40, 2)] * 60, *[(12, 300, 20, 2)] * 60)
    told = groups.distinguish(profile, scaled, pd.Series(["A"] * 60 + ["B"] * 60))
    assert told == {"A": [("often", False), ("basket", True)], "B": [("often", True), ("basket", False)]}


#: How groups of two sizes bought: days, tenure, basket, categories of the first, and what may be said of it.
@pytest.mark.parametrize(
    ("first", "others", "trait", "side"),
    [
        ([(1, 20, 9, 1)] * 50, [(1, 600, 9, 1)] * 70, "often", 0),  # once, lately: not often
        ([(1, 20, 9, 1)] * 15 + [(6, 90, 9, 1)] * 35, [(1, 600, 9, 1)] * 70, "often", 0),  # a third of them once
        ([(6, 90, 9, 1)] * 50, [(1, 600, 9, 1)] * 70, "often", 1),
        ([(1, 600, 9, 1)] * 50, [(6, 90, 9, 1)] * 70, "often", -1),
        ([(60, 360, 9, 1)] * 50, [(300, 360, 9, 1)] * 70, "often", 0),  # more than weekly: not seldom
        ([(5, 90, 9, 1)] * 50, [(5, 90, 9, 1)] * 40 + [(5, 90, 80, 1)] * 30, "basket", 0),  # as most do
        ([(5, 90, 8, 1)] * 50, [(5, 90, 9, 1)] * 70, "basket", -1),
        ([(5, 90, 9, 2)] * 50, [(5, 90, 9, 1)] * 70, "range", 0),  # two categories are no wide range
        ([(5, 90, 9, 4)] * 50, [(5, 90, 9, 1)] * 70, "range", 1),
    ],
)
def test_a_groups_own_figures_bear_its_name_out(first, others, trait, side):
    profile = profiled(*first, *others)
    scaled = pd.DataFrame({trait: [float(side or 1)] * len(first) + [0.0] * len(others)})
    found = borne_out(profile, scaled, pd.Series(["A"] * len(first) + ["B"] * len(others)))
    assert found.loc["A", trait] == side


def test_who_came_once_has_no_habits():
    profile = profiled(*[(1, 20, 9, 1)] * 20, *[(5, 200, 9, 1)] * 30).assign(weekend_share=[1.0] * 20 + [0.1] * 30)
    found = borne_out(profile, pd.DataFrame({"weekend": profile["weekend_share"]}), pd.Series(["A"] * 20 + ["B"] * 30))
    assert found["weekend"].to_dict() == {"A": 0, "B": 0}  # and the others do as most


CASE = Path(__file__).resolve().parents[3] / "shared" / "cases" / "rfm_ties" / "rfmties" / "orders.csv"


@pytest.mark.skipif(not CASE.exists(), reason="../shared/cases is not beside the clone")
def test_the_shared_case_of_customers_who_came_once_comes_out_right():
    orders = pd.read_csv(CASE, parse_dates=["order_date"])
    by_customer = orders.groupby("client_id")
    first, last = by_customer["order_date"].min(), orders["order_date"].max()
    profile = pd.DataFrame({"frequency": by_customer.size(), "purchase_days": by_customer["order_date"].nunique()})
    profile["tenure_days"] = (last - first).dt.days
    profile["recency_days"] = (last - by_customer["order_date"].max()).dt.days
    profile["monetary"], profile["basket_mean"] = by_customer["total"].sum(), by_customer["total"].mean()
    scores = score_customers(profile, tiers=5)
    assert scores["f"].value_counts().to_dict() == {1: 340, 5: 60}
    assert scores["m"].value_counts().to_dict() == {1: 309, 5: 79, 4: 12}
    profile = profile.assign(categories=np.nan)
    shares = [f"{name}_share" for name in ("promoted", "discount", "weekend", "morning", "evening")]
    scaled = scale(describe_behaviour(profile.assign(**dict.fromkeys(shares, np.nan))))
    found = find(scaled, min_cell=10)
    told = groups.distinguish(profile, scaled, found.group)
    assert len(told) > 1
    once = profile["purchase_days"].eq(1).groupby(found.group).mean()
    assert [letter for letter, traits in told.items() if ("often", True) in traits and once[letter] > 0.2] == []


def test_what_a_group_does_counts_before_what_it_does_not():
    row = pd.Series({"morning": -0.9, "evening": 0.6, "discount": 0.5, "promoted": 0.7})
    assert groups._telling(row) == [("evening", True), ("promoted", True)]


def test_groups_with_the_same_traits_get_one_more_each():
    row = {"often": [1.0, 1.0, -0.7, -0.7, -0.6], "basket": [0.9, 0.9, -0.6, -0.6, -0.6], "range": [0.8, -0.8, 0, 0, 0]}
    profile = profiled((6, 90, 9, 4), (6, 90, 9, 1), *[(1, 500, 5, 3)] * 3)
    told = groups.distinguish(profile, pd.DataFrame(row), pd.Series(list("ABCCC")))
    assert told["A"][2] == ("range", True)
    assert told["B"][2] == ("range", False)


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
    found = agreement_over_resamples(points, Random(0), rounds=20, seed=1, fit=lambda p, k, seed, rows: Random(seed))
    assert abs(found.mean()) < 0.01


def test_traits_that_no_grouping_can_be_made_of_cost_the_groups_alone():
    scaled = clouds((0, 0, 0), (3, 0, 0))
    found = find(scaled.assign(often=scaled["often"].where(scaled.index > 0)))  # one customer's is missing
    assert set(found.group) == {"A"}
    assert found.stability.reason == "failed"
    assert found.stability.facts["place"].startswith("mixture.py, line ")


def test_customers_who_differ_in_no_trait_are_told_apart_by_none():
    profile = pd.DataFrame({"purchase_days": 5, "tenure_days": 40}, index=list("abc"))
    group = pd.Series("A", index=profile.index)
    assert groups.distinguish(profile, profile[[]], group) == {"A": []}
