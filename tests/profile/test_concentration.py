from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.profile import concentration, features, silence
from insight.profile.concentration import (
    by_silence,
    count_quiet,
    mean_by_part,
    part_of,
    promotion_by_fifth,
    spend_by_fifth,
)


def test_shares_of_the_parts_add_to_one():
    parts = spend_by_fifth(pd.Series(np.arange(1.0, 104.0)), seed=1)
    assert parts["share"].sum() == pytest.approx(1)
    assert parts["customers"].sum() == 103
    assert parts["customers"].max() - parts["customers"].min() == 1


def test_the_interval_holds_the_truth_nineteen_times_in_twenty():
    rng = np.random.default_rng(3)
    truth = spend_by_fifth(pd.Series(rng.gamma(0.8, 100, 200_000)), seed=1, rounds=50)["share"].iloc[-1]
    caught = 0
    for seed in range(100):
        best = spend_by_fifth(pd.Series(rng.gamma(0.8, 100, 400)), seed=seed, rounds=200).iloc[-1]
        caught += best["share_low"] <= truth <= best["share_high"]
    assert caught >= 87


def test_too_few_customers_give_no_fifths():
    assert spend_by_fifth(pd.Series(np.ones(49)), seed=1, minimum=10) == Unavailable(
        "profile", "fifths", {"needed": 50}
    )


def test_refunds_as_large_as_purchases_give_no_fifths():
    assert spend_by_fifth(pd.Series([5.0, -5.0] * 5), seed=1).reason == "no_spend"


def test_the_same_seed_gives_the_same_intervals():
    spend = pd.Series(np.arange(100.0))
    pd.testing.assert_frame_equal(
        spend_by_fifth(spend, seed=5), spend_by_fifth(spend.sample(frac=1, random_state=1), seed=5)
    )


def test_parts_are_of_equal_size_and_ordered_by_spending():
    spend = pd.Series([5.0, 1.0, 3.0, 3.0, 9.0], index=list("abcde"))
    assert part_of(spend).to_dict() == {"b": 1, "c": 2, "d": 3, "a": 4, "e": 5}


def test_nobody_is_in_no_part():
    assert part_of(pd.Series(dtype=float)).empty


def test_means_leave_out_who_has_no_value():
    values, part = pd.Series([0.2, None, 0.4]), pd.Series([1, 1, 2])
    means = mean_by_part(values, part)
    assert means[["part", "customers", "mean"]].to_numpy().tolist() == [[1, 1, 0.2], [2, 1, 0.4]]


@pytest.mark.parametrize(
    ("promoted", "minimum", "reason"), [([None] * 5, 1, "no_promotion"), ([0.1, 0.2, None, 0.3, 0.4], 2, "promotion")]
)
def test_promotion_is_averaged_where_it_is_known_of_enough(promoted, minimum, reason):
    profile = pd.DataFrame({"promoted_share": promoted, "monetary": [1.0, 2.0, 3.0, 4.0, 5.0]}, dtype=float)
    assert promotion_by_fifth(profile, minimum=minimum).reason == reason
    assert len(promotion_by_fifth(profile.assign(promoted_share=0.5), minimum=1)) == 5


def test_bands_of_silence_meet_at_the_quiet_limit():
    seen = pd.DataFrame({"recency_days": [28, 29], "monetary": [1.0, 3.0]})
    bands = by_silence(seen, quiet_days=28)
    assert bands.loc[bands["is_quiet"], "share_sales"].sum() == 0.75
    assert bands["customers"].sum() == 2


def test_the_bands_of_nobody_have_no_quiet_share():
    nobody = pd.DataFrame({"recency_days": [], "monetary": []}, dtype=float)
    assert count_quiet(by_silence(nobody, quiet_days=28), quiet_days=28).reason == "nothing_to_count"


def test_a_quiet_limit_of_one_day_has_bands():
    bands = by_silence(pd.DataFrame({"recency_days": [0, 1, 2], "monetary": [1.0] * 3}), quiet_days=1)
    assert bands.loc[bands["is_quiet"], "customers"].sum() == 1


def test_whose_the_amounts_are_adds_up_to_all():
    rows = [("buyers", 40, Decimal(90)), ("others", 2, Decimal(-5)), ("unassigned", 0, Decimal(15))]
    account = pd.DataFrame(rows, columns=["who", "customers", "sales"])
    owned = features.ownership(account)
    assert (owned.buyers, owned.customers, owned.sales, owned.share, owned.extent) == (40, 42, 100, 0.9, "part")
    assert features.ownership(account[:1]).extent == "all"
    nothing = features.ownership(account[:0])
    assert (nothing.customers, nothing.share, nothing.extent) == (0, None, "all")


@pytest.mark.parametrize(
    ("threshold", "precision"),
    [((None,), "never"), ((56, 50, None), "rough"), ((56, None, 60), "rough"), ((56, 50, 60), "sure")],
)
def test_a_limit_is_as_sure_as_its_interval(threshold, precision):
    assert silence.Threshold(*threshold).precision == precision


@pytest.mark.parametrize(("share_sales", "weight"), [(0.05, "less"), (0.1, "more"), (0.3, "more")])
def test_quiet_customers_weigh_by_what_they_brought(share_sales, weight):
    assert concentration.Quiet(56, 10, 90, 0.1, 0.05, 0.15, share_sales).weight == weight
