"""Groups by a flat table: planted kinds are found, columns that say the same count once, and names hold."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from insight.errors import Unavailable
from insight.segment import flat

LIMITS = {"max_groups": 3, "min_cell": 10, "rounds": 20, "seed": 1}


@pytest.fixture(scope="module")
def planted() -> tuple[pd.DataFrame, np.ndarray]:
    """Three kinds: those who owe, those who buy and pay, those who hardly use the card; with columns that follow."""
    rng, kind = np.random.default_rng(2), np.repeat([0, 1, 2], 200)
    owed, bought = np.array([4000, 300, 20])[kind], np.array([200, 3000, 30])[kind]
    balance, spend = owed * rng.lognormal(0, 0.4, 600), bought * rng.lognormal(0, 0.4, 600)
    rows = pd.DataFrame({
        "balance": balance, "spend": spend, "spend_in_cents": 100 * spend,
        "age": rng.integers(20, 70, 600).astype(float),
        "plan": pd.Categorical(np.where(kind == 1, "gold", "plain")), "town": pd.Categorical(rng.choice([*"abc"], 600)),
    })  # fmt: skip
    rows.loc[::50, "age"] = np.nan
    return rows, kind


@pytest.fixture(scope="module")
def columns(planted) -> flat.Columns:
    return flat.describe_columns(planted[0])


@pytest.fixture(scope="module")
def grouping(columns):
    return flat.group_rows(columns, **LIMITS)


def test_a_column_that_says_the_same_counts_once(columns):
    assert columns.follow[["column", "of"]].to_numpy().tolist() == [["spend_in_cents", "spend"]]
    assert "spend_in_cents" not in columns.values
    assert list(columns.scaled) == ["column:balance", "column:spend", "column:age"]


def test_of_two_values_one_column_says_all_and_of_three_each_has_its_own(columns):
    assert [name for name in columns.values if name.startswith("plan")] == ["plan: plain"]
    assert [name for name in columns.values if name.startswith("town")] == ["town: a", "town: b", "town: c"]
    assert columns.values.notna().all(axis=None)


def test_planted_kinds_are_found(planted, grouping):
    assert adjusted_rand_score(planted[1], grouping.group) > 0.8


def test_groups_are_called_by_what_sets_them_apart(planted, columns, grouping):
    described = flat.summarise(columns, grouping).set_index("group")
    letter = {kind: pd.Series(grouping.group.to_numpy())[planted[1] == kind].mode()[0] for kind in (0, 1, 2)}
    assert ("column:balance", True) in described.loc[letter[0], "traits"]
    assert ("column:spend", True) in described.loc[letter[1], "traits"]
    assert {side for _, side in described.loc[letter[2], "traits"]} == {False}
    assert described["customers"].sum() == 600
    assert described["share"].sum() == pytest.approx(1)


def test_medians_are_in_the_columns_own_units_and_values_of_categories_are_shares(planted, columns, grouping):
    found = flat.medians(columns, grouping).set_index("column")
    for letter in found:
        rows = (grouping.group == letter).to_numpy()
        assert found.loc["balance", letter] == pytest.approx(planted[0]["balance"][rows].median())
        assert found.loc["plan: plain", letter] == pytest.approx((planted[0]["plan"][rows] == "plain").mean())


def test_categories_make_groups_where_there_is_nothing_else():
    rng = np.random.default_rng(4)
    kind = rng.integers(0, 2, 400)
    rows = pd.DataFrame({name: pd.Categorical(np.where(rng.random(400) < 0.9, kind, 1 - kind)) for name in "abcd"})
    grouping = flat.group_rows(flat.describe_columns(rows.astype(str).astype("category")), **LIMITS)
    assert adjusted_rand_score(kind, grouping.group) > 0.4


def test_rows_that_are_alike_or_few_are_not_grouped():
    rng = np.random.default_rng(1)
    few = pd.DataFrame({"a": rng.normal(size=20), "b": rng.normal(size=20)})
    found = flat.describe_columns(few)
    assert found == Unavailable("kinds", "nothing_to_group_by", {"least": flat.LEAST_ROWS})
    assert flat.group_rows(found, **LIMITS) == found
    assert flat.summarise(found, found) == found
    same = pd.DataFrame({"a": np.ones(90), "b": rng.normal(size=90)})
    assert isinstance(flat.describe_columns(same), Unavailable)
