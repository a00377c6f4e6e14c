from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest

from few_lines import day, transactions_of
from insight.contracts import CONTRACTS
from insight.errors import Unavailable
from insight.predict.churn import backtest as churn
from insight.predict.churn import design, scoring
from insight.predict.churn.window import Window
from insight.predict.histories import daily_spend, summarise_histories
from insight.predict.reasons import drivers, find_reasons
from insight.predict.value.purchases import Purchasing
from insight.predict.value.value import ValueModel, fit_value, predict_value

MODEL = ValueModel(Purchasing(r=0.243, alpha=4.414, a=0.793, b=2.426), None, 0.0)
WINDOW = Window(56, "given")
NOTHING = Unavailable("churn", "history")


@pytest.fixture
def histories() -> pd.DataFrame:
    """Ada bought last week, Bob long ago."""
    rows = {"repeats": [5, 1], "last_week": [30.0, 3.0], "weeks": [31.0, 31.0], "silent_days": [7, 196]}
    return pd.DataFrame(rows, index=pd.Index(["ada", "bob"], name="customer_id"))


def test_the_churn_model_speaks_of_the_active_and_the_purchase_model_of_the_silent(histories):
    parts = pd.DataFrame({"recency_days": [0.5], "trend": [-0.1]}, index=pd.Index(["ada"], name="customer_id"))
    values = pd.DataFrame({"recency_days": [7.0], "trend": [0.0]}, index=parts.index)
    reasons = find_reasons(parts, values, pd.DataFrame({"recency_days": [3.0], "trend": [0.0]}))
    active = scoring.Scored(pd.Series([0.25], index=["ada"]), reasons, drivers(parts, values, reasons))
    scores = scoring.score_everyone(histories, window=WINDOW, value_model=MODEL, active=active, model="logistic")
    assert scores["status"].tolist() == ["active", "churned"]
    assert scores["scored_by"].tolist() == ["logistic", "purchase model"]
    assert scores.loc[0, "churn_probability"] == 0.25
    assert scores["reason_1"].fillna("").tolist() == ["recency_days high", ""]
    assert scores["reason_2"].isna().all(), "what lowers a score is no reason for it"
    assert scores.loc[1, "churn_probability"] > 0.8


def test_without_models_there_are_no_probabilities_but_everyone_has_a_row(histories):
    scores = scoring.score_everyone(histories, window=NOTHING, value_model=NOTHING, active=NOTHING, model=NOTHING)
    assert scores["status"].tolist() == ["unknown", "unknown"]
    assert scores[["churn_probability", "p_alive"]].isna().all().all()


def test_the_columns_are_the_contracts(histories):
    scores = scoring.score_everyone(histories, window=WINDOW, value_model=MODEL, active=NOTHING, model=NOTHING)
    assert {*scores.columns, "reasons_en", "reasons_zh"} == set(CONTRACTS["churn_scores"].names)
    value = predict_value(NOTHING, histories, days=90)
    assert {*value.columns, "customer_id", "purchases"} == set(CONTRACTS["value"].names)


def test_bands_hold_everyone_and_all_that_was_spent():
    ids = [f"c{number}" for number in range(40)]
    scores = pd.DataFrame({"customer_id": ids, "status": ["active"] * 30 + ["churned"] * 10})
    scores["churn_probability"] = np.linspace(0.9, 0.1, 40)
    spent = pd.Series(10.0, index=ids)
    value = pd.DataFrame({"expected_value": 5.0}, index=ids)
    risk = scoring.tabulate_risk(scores, value, spent)
    assert risk["customers"].tolist() == [3, 6, 21, 10]
    assert risk["spent"].sum() == 400
    assert risk["at_stake"].sum() == pytest.approx(10 * scores["churn_probability"].sum())
    assert risk["probability"].iloc[:3].is_monotonic_decreasing


def test_no_more_is_at_stake_than_was_spent_where_refunds_exceed_purchases():
    ids = [f"c{number}" for number in range(40)]
    scores = pd.DataFrame({"customer_id": ids, "status": "active", "churn_probability": 0.5})
    spent = pd.Series([30.0, -100.0] * 20, index=ids)
    risk = scoring.tabulate_risk(scores, pd.DataFrame({"expected_value": 5.0}, index=ids), spent)
    assert (risk["spent"].sum(), risk["at_stake"].sum()) == (600, 300)
    assert (risk["at_stake"].fillna(0) <= risk["spent"].fillna(0)).all()


CASE = Path(__file__).resolve().parents[3] / "shared" / "cases" / "net_negative" / "netneg" / "sales.csv"


@pytest.mark.skipif(not CASE.exists(), reason="../shared/cases is not beside the clone")
def test_the_shared_case_of_refunds_beyond_purchases_comes_out_right():
    sales = pd.read_csv(CASE, parse_dates=["sold_at"])
    sales["on"] = (sales["sold_at"] - sales["sold_at"].min().normalize()).dt.days
    sales["kind"] = sales["type"].map({"SALE": "purchase", "RETURN": "refund"})
    sales["value"] = sales["value"].abs() * sales["kind"].map({"purchase": 1, "refund": -1})
    lines = list(sales[["member_id", "on", "value", "kind"]].itertuples(index=False))
    last = day(sales["on"].max())
    transactions = ibis.duckdb.connect().create_table("lines", transactions_of(lines).to_pyarrow())
    daily = daily_spend(transactions, as_of=last)
    everyone = summarise_histories(daily, cut=last, ahead_days=90)
    assert len(everyone) == 119
    recent = sales[sales["on"] > sales["on"].max() - 90]
    net = recent.groupby("member_id")["value"].sum().reindex(everyone.index, fill_value=0)
    assert everyone["spend_before"].astype(float).tolist() == pytest.approx(net.tolist())
    model = fit_value(everyone)
    worth = predict_value(model, everyone, days=90)
    assert np.isfinite(worth.to_numpy()).all()
    assert (worth >= 0).all(axis=None)
    window = Window(70, "given")
    scores = scoring.score_everyone(everyone, window=window, value_model=model, active=NOTHING, model=NOTHING)
    risk = scoring.tabulate_risk(scores, worth, everyone["spend_before"])
    assert (risk["at_stake"].fillna(0).between(0, risk["spent"].fillna(0))).all()
    cuts = design.choose_cuts(day(0), last, window=window, history=180)
    test = churn.backtest(design.collect_examples(transactions, daily, cuts=cuts, trend_days=90), cuts, seed=1)
    assert churn.choose_model(churn.compare(test, seed=1)).reason == "no_ranking"


def test_a_whole_shop_is_scored_today(regulars):
    daily, window = daily_spend(regulars, as_of=day(299)), Window(30, "given")
    cuts = design.choose_cuts(day(0), day(299), window=window, history=150)
    plan = {"cuts": cuts, "trend_days": 60}
    examples = design.collect_examples(regulars, daily, **plan)
    active = scoring.score_today(regulars, daily, examples, model="logistic", seed=1, **plan)
    everyone = summarise_histories(daily, cut=day(299))
    scores = scoring.score_everyone(everyone, window=window, value_model=MODEL, active=active, model="logistic")
    assert len(scores) == len(everyone) > 290
    is_active = scores["status"] == "active"
    assert is_active.sum() == len(active.probability)
    assert scores.loc[~is_active, "reason_1"].isna().all(), "the purchase model gives no reasons"
    assert scores.loc[is_active, "reason_1"].notna().mean() > 0.95
    assert scores["churn_probability"].between(0, 1).all()
    gone = scores.set_index("customer_id")["silent_days"] > 100
    assert scores.set_index("customer_id").loc[gone, "churn_probability"].mean() > 0.8
    test = churn.backtest(examples, cuts, seed=1)
    assert churn.compare(test, seed=1).loc["logistic", "low"] > 0.5
    alone = scoring.score_today(regulars, daily, examples, model="chance_silent", seed=1, **plan)
    assert alone.reasons.reason == alone.drivers.reason == "no_features"
    scores = scoring.score_everyone(everyone, window=window, value_model=MODEL, active=alone, model="chance_silent")
    assert scores["reason_1"].isna().all()


def test_what_was_at_stake_is_compared_with_what_those_who_churned_had_spent(regulars):
    today = day(299)
    daily = daily_spend(regulars, as_of=today).cache()
    cuts = design.choose_cuts(day(0), today, window=Window(42, "given"), history=84)
    examples = design.collect_examples(regulars, daily, cuts=cuts, trend_days=28)
    past = scoring.past_stakes(daily, examples, cuts=cuts, model="logistic", days=60, seed=1)
    assert list(past.index) == list(cuts.labelled[1:])
    then = examples.xs(cuts.test, level="cut")
    spent = summarise_histories(daily, cut=cuts.test, ahead_days=60)["spend_before"]
    lost = spent[then.index[then["churned"] == 1]].clip(lower=0).sum()
    assert past.loc[cuts.test, "lost"] == pytest.approx(lost)
    assert (past["expected"] < spent.sum()).all()


def test_what_is_at_stake_was_off_before_and_may_be_again():
    bands = pd.DataFrame({"band": scoring.RISK_BANDS, "spent": 100.0, "at_stake": [40.0, 20.0, 10.0, 9.0]})
    past = pd.DataFrame({"expected": [50.0, 50.0], "lost": [75.0, 75.0], "noise": 0.01})
    held = scoring.stake(bands, past)
    assert held.low < 70 < 70 * 1.5 < held.high
    assert scoring.stake(bands, past.assign(lost=500.0)).high == held.spent == 300  # no more than was spent
    assert scoring.stake(bands, past.assign(lost=0.0)).reason == "stake"
