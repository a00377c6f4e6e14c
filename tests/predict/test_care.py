"""Groups compared, what refusing columns costs, drift against what chance does: by hand, and in simulations."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from scipy.stats import chi2
from sklearn.metrics import roc_auc_score

from insight.errors import ParameterError, Unavailable
from insight.predict.care import drift, groups, refused
from insight.predict.labelled.backtest import Choice
from insight.predict.labelled.backtest import backtest as flat_backtest
from insight.predict.labelled.table import read_flat
from insight.predict.scorecard.strength import shift

CUSTOMERS = 3_000


def made_up(
    seed: int, *, customers: int = CUSTOMERS, harder_for: str = ""
) -> tuple[pd.Series, pd.Series, pd.DataFrame]:
    """Leavers, calibrated probabilities, and attributes that have nothing to do with them, except where asked."""
    rng = np.random.default_rng(seed)
    risk = rng.normal(-1.5, 1.2, customers)
    people = pd.DataFrame(
        {
            "gender": rng.choice(["female", "male"], customers),
            "region": rng.choice(["north", "south", "isle", "reef"], customers, p=[0.5, 0.48, 0.015, 0.005]),
            "age_band": "all the same",
        }
    )
    left = pd.Series((rng.random(customers) < expit(risk)).astype(int))
    blurred = np.where(people["gender"] == harder_for, rng.permutation(risk), risk)
    return left, pd.Series(expit(blurred)), people


def test_measures_of_a_group_are_those_of_its_customers_alone():
    left, chance, people = made_up(1)
    found = groups.compare_groups(left, chance, people, seed=1)
    assert set(found.table["attribute"]) == {"everyone", "gender", "region"}, "one value parts nobody"
    listed = chance >= chance.quantile(0.9)
    for _, row in found.groups[found.groups["attribute"] == "gender"].iterrows():
        of = people["gender"] == row["group"]
        assert row["customers"] == of.sum()
        assert row["left"] == left[of].sum()
        assert row["auc"] == pytest.approx(roc_auc_score(left[of], chance[of]))
        assert row["selected"] == pytest.approx(listed[of].mean())
        assert row["bias"] == pytest.approx(chance[of].mean() - left[of].mean())
        assert row["missed"] == pytest.approx((~listed)[of & (left == 1)].mean())
        for name in groups.MEASURED:
            assert row[f"{name}_low"] < row[name] < row[f"{name}_high"]


def test_small_groups_are_taken_together_and_named():
    left, chance, people = made_up(1)
    found = groups.compare_groups(left, chance, people, seed=1)
    assert found.pooled == {"gender": [], "region": ["isle", "reef"]}
    region = found.groups[found.groups["attribute"] == "region"].set_index("group")
    assert list(region.index) == ["north", "south", "pooled"]
    assert region.loc["pooled", "customers"] == people["region"].isin(["isle", "reef"]).sum()


def test_where_the_small_ones_are_few_together_too_they_are_left_out():
    left, chance, people = made_up(1)
    people["region"] = people["region"].replace("isle", "north")
    found = groups.compare_groups(left, chance, people, seed=1)
    assert list(found.groups.loc[found.groups["attribute"] == "region", "group"]) == ["north", "south"]
    assert found.pooled["region"] == ["reef"]


def test_a_group_that_is_ranked_worse_is_found_and_alike_ones_hardly_ever():
    worse = groups.compare_groups(*made_up(1, harder_for="male"), seed=1).differing.set_index("group")
    assert "auc" in worse.loc["male", "differs"]
    alarms = [len(groups.compare_groups(*made_up(seed, customers=1_000), seed=1).differing) > 0 for seed in range(8)]
    assert sum(alarms) <= 2, "5% over all groups and measures"


def test_nobody_to_compare_is_said():
    left, chance, people = made_up(1)
    assert groups.compare_groups(left, chance, people[["age_band"]], seed=1) == Unavailable("care", "alike")


def columns(rng: np.random.Generator, rows: int, *, features: int = 5) -> pd.DataFrame:
    made = rng.normal(size=(rows, features))
    made[:, 0] = rng.poisson(1, rows)  # ties
    made[rng.random(rows) < 0.1, 1] = np.nan
    return pd.DataFrame(made, columns=[f"f{at}" for at in range(features)])


def test_the_index_is_the_scorecards_where_nothing_is_missing_and_no_bin_is_empty():
    rng = np.random.default_rng(2)
    before, now = pd.Series(rng.normal(size=20_000)), pd.Series(rng.normal(0.3, 1, 20_000))
    assert drift.stability(before, now)[0] == pytest.approx(
        shift(before.to_numpy(), now.to_numpy())["psi"].sum(), abs=1e-3
    )


@pytest.mark.parametrize(("before", "now"), [(100, 100), (100, 5_000), (3_000, 300)])
def test_without_a_change_chance_exceeds_the_limit_in_about_5_percent(before, now):
    rng = np.random.default_rng(before + now)
    alarms = [
        (drift.find_drift(columns(rng, before), columns(rng, now))["verdict"] != "chance").any() for _ in range(300)
    ]
    assert 0.01 <= np.mean(alarms) <= 0.09


def test_the_index_without_a_change_is_chi_square():
    rng = np.random.default_rng(8)
    n, m = 400, 900
    drawn = [drift.stability(pd.Series(rng.random(n)), pd.Series(rng.random(m)))[0] for _ in range(2_000)]
    scaled = np.array(drawn) / (1 / n + 1 / m)
    assert scaled.mean() == pytest.approx(9, rel=0.04)
    assert (scaled > chi2.ppf(0.95, 9)).mean() == pytest.approx(0.05, abs=0.015)


def test_the_same_shift_is_chance_among_few_and_drift_among_many():
    rng = np.random.default_rng(3)
    small = drift.find_drift(columns(rng, 60), columns(rng, 60) + 0.2)
    large = drift.find_drift(columns(rng, 6_000), columns(rng, 6_000).assign(f2=lambda f: f["f2"] + 0.2))
    assert set(small["verdict"]) == {"chance"}
    assert small["psi"].max() > 0.1, "a rule of thumb would cry wolf"
    assert large.set_index("feature")["verdict"].to_dict() == {
        "f0": "chance", "f1": "chance", "f2": "slight", "f3": "chance", "f4": "chance",
    }  # fmt: skip
    assert drift.find_drift(columns(rng, 49), columns(rng, 90)).reason == "few"


def test_more_missing_values_are_drift():
    rng = np.random.default_rng(3)
    before, now = columns(rng, 3_000), columns(rng, 3_000)
    now.loc[now.index[:1_500], "f3"] = np.nan
    found = drift.find_drift(before, now).iloc[0]
    assert found["feature"] == "f3"
    assert found["verdict"] == "shifted"


def price(weight: float) -> pd.Series:
    """Price a refused column that tells so much."""
    rng = np.random.default_rng(6)
    rows = pd.DataFrame({"visits": rng.normal(size=8_000), "age": rng.normal(size=8_000)})
    came = pd.Series((rng.random(8_000) < expit(rows["visits"] + weight * rows["age"])).astype(float))
    part = np.arange(8_000) % 2

    def fit(rows: pd.DataFrame, y: np.ndarray):
        centre = rows[y == 1].mean() - rows[y == 0].mean()
        return lambda new: (new * centre).sum(axis=1).to_numpy()

    half = slice(0, 4_000), slice(4_000, 8_000)
    learnt, judged = ((rows[of], came[of]) for of in half)
    parts = part[half[0]], part[half[1]]
    return refused.price_of_refusing(learnt, judged, refused=["age"], parts=parts, fit=fit, seed=1)


def test_refusing_a_column_costs_what_it_tells():
    dear, cheap = price(1.0), price(0.0)
    assert dear["auc_gap_low"] > 0.03
    assert dear["used"] - dear["auc"] == pytest.approx(dear["auc_gap"])
    assert cheap["auc_gap_low"] <= 0 <= cheap["auc_gap_high"]
    assert abs(cheap["auc_gap"]) < 0.01


def test_columns_of_a_flat_table_that_models_are_not_given_make_groups():
    rng = np.random.default_rng(4)
    rows = 1_200
    frame = pd.DataFrame(
        {"gender": rng.choice(["f", "m"], rows), "religion": rng.integers(18, 80, rows).astype(str),
         "visits": rng.poisson(3, rows), "plan": rng.choice(["a", "b"], rows)}
    )  # fmt: skip
    chance = expit(frame["visits"] - 4.0)
    frame["left"] = np.where(rng.random(rows) < chance, "yes", "no")
    told = pd.DataFrame(
        {"row_id": [f"r{at}" for at in range(rows)], "label": frame["left"],
         "known": [json.dumps({name: str(value) for name, value in one.items()})
                   for one in frame.drop(columns="left").to_dict("records")]}
    ).set_index("row_id")  # fmt: skip
    flat = read_flat(told, refused=["plan"])
    assert flat.aside == {"gender": "protected", "religion": "protected", "plan": "refused"}
    people = groups.people_of_flat(flat)
    assert people["gender"].nunique() == 2
    assert people["religion"].nunique() == 4, "numbers make quarters"
    test = flat_backtest(flat, pd.DataFrame(), seed=1)
    choice = Choice("logistic", "logistic")
    found = groups.of_flat(flat, test, choice, seed=1)
    assert set(found.groups["attribute"]) == {"gender", "religion", "plan"}
    price = refused.of_flat(flat, test, model="logistic", seed=1)
    assert price["auc_gap_low"] <= 0.005, "none of these tells anything"
    with pytest.raises(ParameterError, match="no column is named `pla`; did you mean `plan`"):
        read_flat(told, refused=["pla"])
