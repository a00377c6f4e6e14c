"""Reasons are parts of the score: they add up to it, only what raises it counts, and rare values are not told."""

import numpy as np
import pandas as pd
import pytest

from insight.predict.churn.models import MODELS, score_of
from insight.predict.reasons import FEWEST_ROWS, MOST, Reason, drivers, find_reasons


@pytest.fixture(scope="module")
def examples() -> pd.DataFrame:
    """Customers who churn the more, the longer they are silent and the fewer they buy; some have no gap."""
    rng = np.random.default_rng(3)
    silent, bought = rng.integers(0, 60, 900), rng.poisson(8, 900)
    churned = rng.random(900) < 1 / (1 + np.exp(2 + bought / 3 - silent / 12))
    gap = np.where(rng.random(900) < 0.2, np.nan, rng.gamma(2, 5, 900))
    known = {"churned": churned, "recency_days": silent, "frequency": bought, "gap_days_mean": gap}
    return pd.DataFrame(known).astype(float)


FEATURES = ["recency_days", "frequency", "gap_days_mean"]


@pytest.mark.parametrize("name", sorted(MODELS))
def test_what_features_add_is_the_score(examples, name):
    model = MODELS[name](examples, FEATURES, seed=1)
    parts = model.contributions(examples)
    assert list(parts) == [*FEATURES, "base"]
    assert np.allclose(score_of(parts), model(examples), atol=1e-9)
    assert (parts["base"] == parts["base"].iloc[0]).all()
    assert np.corrcoef(parts["recency_days"], examples["recency_days"])[0, 1] > 0.5
    assert np.corrcoef(parts["frequency"], examples["frequency"])[0, 1] < -0.5


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_parts_of_a_row_do_not_hang_on_the_other_rows(examples, name):
    model = MODELS[name](examples, FEATURES, seed=1)
    alone = pd.concat([model.contributions(examples.iloc[[row]]) for row in range(20)])
    assert np.allclose(alone, model.contributions(examples).head(20))


@pytest.mark.parametrize("name", sorted(MODELS))
def test_drivers_say_which_values_raise_the_score(examples, name):
    parts = MODELS[name](examples, FEATURES, seed=1).contributions(examples)[FEATURES]
    found = find_reasons(parts, examples[FEATURES], examples[FEATURES])
    moved = drivers(parts, examples[FEATURES], found).set_index("feature")
    assert moved.loc["recency_days", "raised_by"] == "high"
    assert moved.loc["frequency", "raised_by"] == "low"
    assert moved["moves"].is_monotonic_decreasing
    assert moved["customers"].sum() == found.first.notna().sum() <= len(examples)
    assert (moved["moves"] == parts.abs().mean()[moved.index]).all()


def test_reasons_are_ordered_by_what_they_add_and_end_where_nothing_raises():
    parts = pd.DataFrame([[0.1, 0.4, -1.0, 0.3, 0.2, 0.05], [-1.0, 0.0, -0.2, -0.3, -0.1, 1e-9]], columns=[*"abcdef"])
    values = pd.DataFrame(0.0, index=parts.index, columns=list(parts))
    found = find_reasons(parts, values, values)
    assert [found.column(at, [*(f"{one.feature}" for one in found.reasons)])[0] for at in range(MOST)] == [*"bdea"]
    assert found.codes().iloc[1].dropna().tolist() == ["f usual"]
    assert find_reasons(-parts.abs(), values, values).first.isna().all()


def test_with_few_features_the_other_reasons_are_missing():
    parts = pd.DataFrame({"a": [1.0]})
    codes = find_reasons(parts, pd.DataFrame({"a": [np.nan]}), pd.DataFrame({"a": [1.0, 2.0]})).codes()
    assert list(codes) == [f"reason_{at}" for at in (1, 2, 3, 4)]
    assert codes.iloc[0].dropna().tolist() == ["a missing"]


@pytest.mark.parametrize(("value", "standing"), [(6.0, "high"), (4.0, "low"), (5.0, "usual"), (np.nan, "missing")])
def test_a_number_stands_against_the_median_of_those_learnt_from(value, standing):
    learnt = pd.DataFrame({"a": [1.0, 5.0, 90.0]})
    found = find_reasons(pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": [value]}), learnt)
    assert found.codes()["reason_1"].tolist() == [f"a {standing}"]


@pytest.mark.parametrize(("learnt", "standing"), [([0, 0, 0, 5], "low"), ([0, 5, 5, 5], "high"), ([0, 5, 9], "usual")])
def test_who_has_what_most_have_stands_on_the_side_of_most(learnt, standing):
    value = pd.DataFrame({"refunds": [float(np.median(learnt))]})
    found = find_reasons(pd.DataFrame({"refunds": [1.0]}), value, pd.DataFrame({"refunds": learnt}, dtype=float))
    assert found.codes()["reason_1"].tolist() == [f"refunds {standing}"]


@pytest.mark.parametrize(
    ("values", "raised_by"), [([0, 0, 0, 5], "high"), ([0, 5, 5, 5], "high"), ([5, 5, 5, 5], "either")]
)
def test_values_that_most_share_are_held_against_the_others(values, raised_by):
    known, parts = pd.DataFrame({"a": values}, dtype=float), pd.DataFrame({"a": values}) / 10.0
    assert drivers(parts, known, find_reasons(parts, known, known))["raised_by"].tolist() == [raised_by]


@pytest.mark.parametrize(
    ("rows", "code"), [(FEWEST_ROWS, "plan: secret"), (FEWEST_ROWS - 1, "plan rare"), (0, "plan rare")]
)
def test_a_rare_value_is_not_told(rows, code):
    learnt = pd.DataFrame({"plan": ["secret"] * rows + ["open"] * 50}, dtype="category")
    values = pd.DataFrame({"plan": ["secret", None]}, dtype="category")
    found = find_reasons(pd.DataFrame({"plan": [1.0, 1.0]}), values, learnt)
    assert found.codes()["reason_1"].tolist() == [code, "plan missing"]


def test_a_category_is_raised_by_no_half_of_its_values():
    parts, values = pd.DataFrame({"plan": [1.0, -1.0]}), pd.DataFrame({"plan": ["x", "y"]})
    assert drivers(parts, values, find_reasons(parts, values, values))["raised_by"].tolist() == ["either"]
    same = pd.DataFrame({"plan": [1.0, 1.0]})
    assert drivers(parts, same, find_reasons(parts, same, same))["raised_by"].tolist() == ["either"]


def test_a_reason_is_named_by_feature_and_standing():
    assert Reason("a", "usual").code == "a usual"
