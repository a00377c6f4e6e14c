import numpy as np
import pandas as pd
import pytest

from insight.segment.traits import describe_behaviour, is_mostly_chance, scale


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


def test_categories_together_weigh_as_one_trait():
    rng = np.random.default_rng(1)
    names = [f"category:{letter}" for letter in "abcdefgh"]
    scaled = scale(pd.DataFrame(rng.normal(size=(2000, 9)), columns=["often", *names]))
    assert scaled[names].var().sum() == pytest.approx(scaled["often"].var(), rel=0.1)


def test_a_trait_with_equal_quartiles_is_scaled_by_its_deviation():
    values = pd.DataFrame({"often": [0.0] * 90 + [1.0] * 10})
    assert scale(values)["often"].abs().max() == pytest.approx(3.0)


def test_shares_of_categories_follow_the_largest():
    profile = profile_of(n=3, gross=100.0)
    lines = [("c00", "tea", 80), ("c01", "tea", 10), ("c01", "cake", 60), ("c02", "pie", 1)]
    shares = pd.DataFrame(lines, columns=["customer_id", "category", "amount"])
    found = describe_behaviour(profile, shares, categories=2)
    assert [name for name in found if name.startswith("category:")] == ["category:tea", "category:cake"]


def test_the_profile_is_left_as_it_was():
    profile = profile_of(promoted_share=0.5)
    before = profile.copy()
    scale(describe_behaviour(profile))
    pd.testing.assert_frame_equal(profile, before)
