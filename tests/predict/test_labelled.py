"""A flat table: its columns typed, rows that repeat each other kept together, three models judged fairly."""

import json
import zipfile

import numpy as np
import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.predict.labelled import backtest
from insight.predict.labelled.models import MODELS, log_odds
from insight.predict.labelled.table import read_flat

SEED = 3


def rows_of(frame: pd.DataFrame, label: str, time: str | None = None) -> pd.DataFrame:
    """Write a frame as the ``labelled`` table has it."""
    texts = frame.astype(object).where(frame.notna(), None)
    known = [
        json.dumps({k: None if v is None else str(v) for k, v in row.items() if k != label})
        for row in texts.to_dict("records")
    ]
    made = pd.DataFrame({"label": texts[label].to_numpy(), "known": known}, index=[f"r{n}" for n in range(len(frame))])
    return made.assign(observed=texts[time].astype(str).to_numpy()) if time else made


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    months, plan = rng.integers(1, 70, 1500), rng.choice(["monthly", "yearly"], 1500)
    risk = 1.0 - months / 20 + np.where(plan == "monthly", 1.0, -1.0)
    fee = np.round(rng.gamma(4, 20, 1500), 2).astype(object)
    fee[::40] = None
    return pd.DataFrame(
        {
            "customerID": [f"{n:04d}-X" for n in rng.permutation(1500)],
            "gender": rng.choice(["F", "M"], 1500),
            "months": months,
            "plan": plan,
            "fee": fee,
            "country": "NL",
            "month": rng.integers(1, 13, 1500),
            "left": np.where(rng.random(1500) < 1 / (1 + np.exp(-risk)), "Yes", "No"),
        }
    )


def test_columns_are_what_their_values_are(customers):
    flat = read_flat(rows_of(customers, "left"))
    assert flat.aside == {"customerID": "id", "gender": "protected", "country": "same"}
    kinds = flat.features.dtypes.astype(str).to_dict()
    assert kinds == {"months": "float64", "plan": "category", "fee": "float64", "month": "float64"}
    assert flat.features["fee"].isna().sum() == customers["fee"].isna().sum()
    assert (flat.leaves, flat.is_named, int(flat.labels.sum())) == (
        "Yes",
        True,
        int((customers["left"] == "Yes").sum()),
    )


@pytest.mark.parametrize(
    ("values", "leaves", "is_named"),
    [
        (["0", "1"], "1", True),
        (["Stayed", "Gone away"], "Gone away", True),
        (["False.", "True."], "True.", True),
        (["A", "A", "B"], "B", False),
    ],
)
def test_the_label_says_who_left_by_its_words_else_by_being_rarer(values, leaves, is_named):
    flat = read_flat(rows_of(pd.DataFrame({"y": values, "x": range(len(values))}), "y"))
    assert (flat.leaves, flat.is_named) == (leaves, is_named)


def test_a_label_of_three_values_is_refused():
    flat = read_flat(rows_of(pd.DataFrame({"y": ["a", "b", "c"], "x": [1, 2, 3]}), "y"))
    assert isinstance(flat, Unavailable)
    assert flat.reason == "label_values"


def test_rows_that_say_the_same_or_share_an_id_are_one_customer(customers):
    more = customers.head(60).assign(customerID=[f"new{n}" for n in range(60)])  # the same under another id
    moved = customers.tail(40).assign(months=99)  # the same id, something else
    flat = read_flat(rows_of(pd.concat([customers, more, moved], ignore_index=True), "left"))
    groups = flat.groups
    assert (groups[:60] == groups[1500:1560]).all()
    assert (groups[1460:1500] == groups[1560:]).all()
    assert len(np.unique(groups)) <= 1500


def test_models_are_never_tested_on_a_row_that_they_learnt(customers):
    """Labels by lot cannot be told; but where each row stands there four times, who learns by heart could."""
    rng = np.random.default_rng(2)
    lot = customers.drop(columns="customerID").assign(left=rng.permutation(customers["left"]), x=rng.normal(size=1500))
    flat = read_flat(rows_of(pd.concat([lot] * 4, ignore_index=True), "left"))
    assert flat.repeated >= 3 * 1500
    test = backtest.backtest(flat, pd.DataFrame(columns=["column"]), seed=SEED)
    compared = backtest.compare(test, seed=SEED)
    assert compared["auc"].max() < 0.56
    assert isinstance(backtest.choose(compared), Unavailable)


def test_later_rows_are_tested_by_models_of_earlier_ones(customers):
    flat = read_flat(rows_of(customers, "left", time="month"))
    test = backtest.backtest(flat, pd.DataFrame(columns=["column"]), seed=SEED)
    assert test.is_later
    assert test.customers == (customers["month"] > customers["month"].quantile(0.75)).sum()
    assert test.learnt + test.customers <= 1500


def test_a_leak_stops_everything_that_follows(customers):
    leaking = customers.assign(
        ended=np.where(customers["left"] == "Yes", "2024-03-01", None), score=(customers["left"] == "Yes") * 2
    )
    flat = read_flat(rows_of(leaking, "left"))
    leaks = backtest.leaks(flat, label_name="left", trusted=(), seed=SEED)
    assert set(leaks["column"]) >= {"score"}
    test = backtest.backtest(flat, leaks, seed=SEED)
    assert isinstance(test, Unavailable)
    assert test.reason == "leaks"
    assert isinstance(backtest.choose(backtest.compare(test, seed=SEED)), Unavailable)


@pytest.mark.parametrize("name", MODELS)
def test_what_columns_add_is_the_score(customers, name):
    flat = read_flat(rows_of(customers, "left"))
    y = flat.labels.to_numpy(float)
    model = MODELS[name](flat.features, y, seed=SEED)
    scores = log_odds(model, flat.features)
    assert np.allclose(scores, backtest.scores_of(model, flat.features))
    assert 0.7 < backtest.auc(y, scores) < 0.9


def test_at_most_four_reasons_and_only_what_raises_the_score(customers):
    flat = read_flat(rows_of(customers, "left"))
    test = backtest.backtest(flat, pd.DataFrame(columns=["column"]), seed=SEED)
    scores, parts = backtest.score(flat, test, backtest.choose(backtest.compare(test, seed=SEED)), seed=SEED)
    why = backtest.explain_rows(flat, parts)
    codes = why.reasons.codes()
    assert codes.shape == (1500, 4)
    first = why.reasons.first.dropna()
    assert all(parts.loc[row, column] == parts.loc[row].max() > 0 for row, column in first.head(50).items())
    assert (parts.gt(0).sum(axis=1).clip(upper=4) == codes.notna().sum(axis=1)).all()
    assert scores["leave_probability"].mean() == pytest.approx(flat.labels.mean(), abs=0.01)
    assert why.drivers["customers"].sum() == len(first)


def test_telco_is_told_as_well_as_published_models_tell_it(shared):
    frame = pd.read_csv(shared / "telco_churn_ibm" / "Telco-Customer-Churn.csv", dtype=str)
    flat = read_flat(rows_of(frame, "Churn"))
    leaks = backtest.leaks(flat, label_name="Churn", trusted=(), seed=SEED)
    assert leaks.empty
    compared = backtest.compare(backtest.backtest(flat, leaks, seed=SEED), seed=SEED)
    best = compared.iloc[0]
    assert best["auc"] >= 0.847
    assert best["auc_low"] < best["auc"] < best["auc_high"]
    assert best["calibration"] < 0.02
    assert best["lift"] > 2.7


def test_later_calls_are_told_from_earlier_ones(shared):
    with zipfile.ZipFile(shared / "bank_marketing" / "bank-additional.zip").open(
        "bank-additional/bank-additional-full.csv"
    ) as lines:
        frame = pd.read_csv(lines, sep=";", dtype=str).drop(columns="duration")  # known only after the call
    flat = read_flat(rows_of(frame.assign(order=[f"{n:06d}" for n in range(len(frame))]), "y", "order"), leaves="yes")
    leaks = backtest.leaks(flat, label_name="y", trusted=(), seed=SEED)
    assert leaks.empty  # nr.employed is not called after a label that is called y
    test = backtest.backtest(flat, leaks, seed=SEED)
    assert test.is_later
    compared = backtest.compare(test, seed=SEED)
    assert compared["auc"].max() >= 0.74
    assert compared.iloc[0]["auc_low"] > compared.loc["logistic", "auc_high"]
    assert compared.iloc[0]["lift"] > 2.2
