import numpy as np
import pandas as pd
import pytest

from insight.segment.traits import describe_behaviour, is_mostly_chance, log_ratios, scale


def profile_of(n=40, **columns) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    base = {
        "frequency": rng.integers(5, 60, n),
        "purchase_days": rng.integers(5, 50, n),
        "tenure_days": rng.integers(100, 300, n),
        "basket_mean": rng.gamma(4, 10, n),
        "gross": rng.gamma(4, 200, n),
        "categories": rng.integers(2, 50, n),
    }
    shares = {f"{name}_share": [None] * n for name in ("promoted", "discount", "weekend", "morning", "evening")}
    return pd.DataFrame({**base, **shares, **columns}, index=[f"c{number:02}" for number in range(n)])


def test_what_is_not_known_is_no_trait():
    assert describe_behaviour(profile_of()).columns.tolist() == ["often", "basket", "range"]


def test_what_everyone_shares_is_no_trait():
    assert "range" not in describe_behaviour(profile_of(categories=1))


def test_few_baskets_say_little_about_a_share():
    shares = [0.0, 1.0] * 20
    few = describe_behaviour(profile_of(promoted_share=shares, frequency=1))["promoted"]
    many = describe_behaviour(profile_of(promoted_share=shares, frequency=500))["promoted"]
    assert few.max() - few.min() < 0.2 < 0.9 < many.max() - many.min()


@pytest.mark.parametrize("seed", range(5))
def test_single_purchases_on_saturdays_make_no_weekend_shoppers(seed):
    share = pd.Series(np.random.default_rng(seed).binomial(1, 0.3, 1000).astype(float))
    assert is_mostly_chance(share, pd.Series(1, index=share.index))


def test_a_category_counts_as_much_as_any_trait_however_rare_it_is():
    counts = pd.DataFrame({"tea": [90.0] * 95 + [50] * 5, "pins": [0.0] * 95 + [40] * 5})
    scaled = scale(log_ratios(counts).add_prefix("category:"))
    assert scaled["category:pins"].std(ddof=0) == pytest.approx(1, abs=0.1)
    assert (scaled["category:pins"] > 0).tolist() == [False] * 95 + [True] * 5  # 0 is everyone's share


def test_a_trait_with_equal_quartiles_is_scaled_by_its_deviation():
    values = pd.DataFrame({"often": [0.0] * 90 + [1.0] * 10})
    assert scale(values)["often"].abs().max() == pytest.approx(3.0)


def test_where_categories_are_known_they_stand_for_range_and_time():
    counts = pd.DataFrame({"tea": [9.0, 0], "cake": [1.0, 8]}, index=["c00", "c01"])
    found = describe_behaviour(profile_of(weekend_share=[0.0, 1.0] * 20), counts)
    assert found.columns.tolist() == ["often", "basket", "category:tea", "category:cake"]
    assert found.loc["c02", ["category:tea", "category:cake"]].tolist() == [0, 0]  # nothing known: as everyone


def test_fees_and_instalments_are_told_by_the_year():
    credit = pd.DataFrame({"fees": [4, 4], "instalments": [0, 2]}, index=["c00", "c01"])
    found = describe_behaviour(profile_of(tenure_days=335), credit=credit)
    assert np.expm1(found.loc[["c00", "c02"], "fees"]).tolist() == pytest.approx([4, 0])


def test_the_profile_is_left_as_it_was():
    profile = profile_of(promoted_share=0.5)
    before = profile.copy()
    scale(describe_behaviour(profile))
    pd.testing.assert_frame_equal(profile, before)
