import numpy as np
import pandas as pd
import pytest

from few_lines import day
from insight.errors import Unavailable
from insight.predict.churn import backtest as churn
from insight.predict.churn.design import ALIVE, LABEL, SILENT, Cuts
from insight.predict.churn.leaks import LeakError

CUTS = Cuts(window=30, history=90, training=(day(100), day(130)), test=day(160), today=day(190))


def ranking(**models: tuple[float, set[str]]) -> pd.DataFrame:
    """Scores as compared: the lower bound of each AUC, and which others it beats."""
    rows = {name: {"auc": low + 0.1, "low": low, "high": 0.9, "beats": beats} for name, (low, beats) in models.items()}
    return pd.DataFrame.from_dict(rows, orient="index")


def made_up(customers: int = 400, *, seed: int = 1) -> pd.DataFrame:
    """Those with a long silence leave more often; nothing else tells."""
    rng = np.random.default_rng(seed)
    parts = {}
    for cut in CUTS.labelled:
        silent = rng.uniform(0, 30, customers)
        frame = pd.DataFrame({"recency_days": silent, "noise": rng.normal(size=customers), "always": 1.0})
        frame["chance_silent"] = rng.random(customers)
        frame[ALIVE] = 1 - silent / 60
        frame[LABEL] = (rng.random(customers) < silent / 40).astype(int)
        frame.index = pd.Index([f"c{number}" for number in range(customers)], name="customer_id")
        parts[cut] = frame
    return pd.concat(parts, names=["cut"])


@pytest.fixture(scope="module")
def test_on_the_past():
    return churn.backtest(made_up(), CUTS, seed=7)


def test_a_model_finds_what_tells(test_on_the_past):
    compared = churn.compare(test_on_the_past, seed=1)
    assert compared.loc["boosting", "low"] > 0.6
    assert compared.loc["chance_silent", "high"] < 0.62


def test_everybody_is_scored_once_by_a_model_that_never_saw_them(test_on_the_past, monkeypatch):
    assert test_on_the_past.scores.index.is_unique
    assert len(test_on_the_past.scores) == 400
    seen = []
    monkeypatch.setattr(churn, "check_apart", lambda training, test: seen.append(training.intersection(test)))
    churn.backtest(made_up(), CUTS, seed=7)
    assert len(seen) == churn.FOLDS
    assert all(both.empty for both in seen)


def test_the_test_cut_teaches_nothing(test_on_the_past):
    examples = made_up()
    examples.loc[day(160), LABEL] = 1 - examples.loc[day(160), LABEL].to_numpy()
    again = churn.backtest(examples, CUTS, seed=7)
    pd.testing.assert_series_equal(again.scores["boosting"], test_on_the_past.scores["boosting"])
    pd.testing.assert_series_equal(again.scores["logistic"], test_on_the_past.scores["logistic"])


def test_the_same_input_gives_the_same_scores_whatever_the_order_of_customers(test_on_the_past):
    again = churn.backtest(made_up(), CUTS, seed=7)
    assert again.scores.equals(test_on_the_past.scores)


def test_constant_features_are_dropped_and_listed(test_on_the_past):
    assert test_on_the_past.dropped == ["always"]
    assert ALIVE not in test_on_the_past.features


@pytest.mark.parametrize("model", sorted(churn.MODELS))
def test_what_tells_matters_most(test_on_the_past, model):
    losses = churn.importance(test_on_the_past, model, seed=3)
    assert losses.loc[0, "feature"] == "recency_days"
    assert losses.loc[0, "low"] > 0.05


@pytest.mark.parametrize("name", sorted(churn.MODELS))
@pytest.mark.parametrize("label", [2, None])
def test_no_model_trains_on_a_broken_label(name, label):
    examples = made_up(60).droplevel("cut").astype({LABEL: float})
    examples.iloc[3, examples.columns.get_loc(LABEL)] = np.nan if label is None else label
    with pytest.raises(LeakError, match="neither 0 nor 1"):
        churn.MODELS[name](examples, ["recency_days"], seed=1)


@pytest.mark.parametrize("name", sorted(churn.MODELS))
def test_columns_may_have_any_name_and_others_stand_between_them(name):
    examples = made_up(100).droplevel("cut").rename(columns={"noise": 'ein "Name" [中文]'})
    features = ["recency_days", 'ein "Name" [中文]']
    score = churn.MODELS[name](examples, features, seed=1)
    assert np.array_equal(score(examples), score(examples[features]))


def test_perfect_separation_does_not_upset_the_logistic_regression():
    examples = pd.DataFrame({"told": np.repeat([0.0, 1.0], 50), LABEL: np.repeat([0, 1], 50)})
    probabilities = churn.MODELS["logistic"](examples, ["told"], seed=1)(examples)
    assert 0.5 < probabilities[-1] < 0.999


@pytest.mark.parametrize(
    ("customers", "leaving", "reason"), [(49, 20, "customers"), (400, 9, "classes"), (400, 10, None)]
)
def test_too_little_is_said_and_not_modelled(customers, leaving, reason):
    examples = made_up(customers)
    examples[LABEL] = np.tile(np.arange(customers) < leaving, 3).astype(int)
    assert getattr(churn.no_test_reason(examples, CUTS), "reason", None) == reason
    if reason:
        assert churn.backtest(examples, CUTS, seed=1).reason == reason


@pytest.mark.parametrize("value", [3.0, np.nan])
def test_customers_who_differ_in_nothing_train_no_model(value, capfd):
    examples = made_up()
    alike = examples.assign(**dict.fromkeys(examples.columns.drop(LABEL), value))
    assert churn.backtest(alike, CUTS, seed=1) == Unavailable("churn", "alike")
    assert capfd.readouterr() == ("", "")  # LightGBM would speak, and a page ends in what is said


def test_features_that_no_model_takes_cost_the_back_test_alone():
    examples = made_up()
    endless = examples.assign(recency_days=examples["recency_days"].where(examples["noise"] > 0, np.inf))
    assert churn.backtest(endless, CUTS, seed=1).reason == "failed"


def test_without_cuts_everything_after_them_says_why():
    missing = Unavailable("churn", "history")
    test = churn.backtest(missing, missing, seed=1)
    assert test == churn.compare(test, seed=1) == churn.choose_model(test) == missing


def test_the_plainer_model_is_chosen_unless_the_other_is_surely_better():
    assert churn.choose_model(ranking(boosting=(0.6, set()), logistic=(0.6, set()))) == "logistic"
    assert churn.choose_model(ranking(boosting=(0.6, {"logistic"}), logistic=(0.6, set()))) == "boosting"


def test_the_purchase_model_is_used_where_it_is_surely_better_or_alone_in_ranking():
    trained = {"boosting": (0.6, set()), "logistic": (0.6, set())}
    assert churn.choose_model(ranking(**trained, chance_silent=(0.7, {"boosting"}))) == "logistic"
    assert churn.choose_model(ranking(**trained, chance_silent=(0.7, {"logistic"}))) == "chance_silent"
    assert churn.choose_model(ranking(**dict.fromkeys(trained, (0.4, set())), chance_silent=(0.6, set()))) == SILENT


@pytest.mark.parametrize(
    ("trees", "line", "better", "chosen"),
    [
        (0.51, 0.51, False, "logistic"),
        (0.51, 0.49, False, "boosting"),
        (0.5, 0.48, True, None),
        (0.2, 0.3, False, None),
    ],
)
def test_no_model_is_chosen_that_ranks_no_better_than_chance(trees, line, better, chosen):
    beaten = {"logistic"} if better else set()
    found = churn.choose_model(ranking(boosting=(trees, beaten), logistic=(line, set()), chance_silent=(0.5, set())))
    assert found == chosen if chosen else found.reason == "no_ranking"


def test_without_a_model_of_features_none_matters(test_on_the_past):
    assert churn.importance(test_on_the_past, SILENT, seed=3).reason == "no_features"
    refused = churn.no_ranking(ranking(boosting=(0.4, set())), "boosting")
    assert churn.importance(test_on_the_past, refused, seed=3) is refused


def test_a_score_beats_those_that_it_surely_ranks_better_than(test_on_the_past):
    compared = churn.compare(test_on_the_past, seed=3)
    against = {name for name in compared.index if compared.loc[name, "auc_gap_low"] > 0}
    assert compared.loc["boosting", "beats"] == against
    for name, row in compared.iterrows():
        assert all(row["auc"] > compared.loc[other, "auc"] for other in row["beats"] - {name})


def test_features_are_shuffled_among_so_many_customers_at_most(test_on_the_past):
    some = churn.thin_out(test_on_the_past, at_most=150)
    assert len(some.scores) == sum(len(new) for _, new in some.folds) <= 150
    assert churn.thin_out(test_on_the_past, at_most=400) is test_on_the_past


def test_probabilities_are_judged_against_one_for_everyone(test_on_the_past):
    judged = churn.accuracy(test_on_the_past, "logistic")
    everyone = churn.brier(test_on_the_past.labels, test_on_the_past.churned_before)
    assert judged.without == everyone
    assert judged.error < everyone
    assert judged.gain == pytest.approx(1 - judged.error / everyone)
    assert judged.low < judged.gain < judged.high
    assert judged.verdict == "better"


def test_all_who_churned_are_among_all_customers(test_on_the_past):
    found = churn.recalls(test_on_the_past, ["boosting", "chance_silent"], np.array([0.0, 0.5, 1.0]))
    assert found["boosting"].tolist()[::2] == found["chance_silent"].tolist()[::2] == [0, 1]
    assert found["boosting"][1] > found["chance_silent"][1]
    assert test_on_the_past.churn_rate == test_on_the_past.churned / test_on_the_past.customers
