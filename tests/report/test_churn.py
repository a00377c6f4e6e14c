"""Churn in words and pictures: the ground of the window, why there is no test, which model is chosen."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from few_lines import day
from insight.config.parameters import Bilingual
from insight.errors import Unavailable
from insight.predict.churn.backtest import Backtest
from insight.predict.churn.design import Cuts, LateReturns
from insight.predict.churn.scoring import RISK_BANDS, Scored, Stake
from insight.predict.churn.window import Window
from insight.predict.measures import reliability
from insight.predict.reasons import drivers, find_reasons
from insight.predict.value.totals import Total
from insight.report.findings import churn
from insight.words.context import Context, using

CUTS = Cuts(window=28, history=90, training=(day(60),), test=day(88), today=day(116))
WINDOW = Window(28, "argued", 0.4, 0.9, 0.35, 0.45)
SHORT = pd.DataFrame({"silent_days": []})


@pytest.fixture(autouse=True)
def guests():
    with using(Context(Bilingual(en="guests", zh="客人"), currency="CNY", as_of=date(2024, 6, 30))):
        yield


BANDS = pd.DataFrame({"band": RISK_BANDS, "customers": [20, 40, 140, 9], "probability": [0.5, 0.4, 24 / 140, 1.0]})
NO_STAKE = Unavailable("value", "stake")


def in_both(words) -> str:
    assert words.in_language("zh")
    return words.in_language("en")


def drawn(figure) -> None:
    assert figure.draw("en").digest == figure.draw("zh").digest


def compared(**beats: set[str]) -> pd.DataFrame:
    names = ["boosting", "logistic", "chance_silent", "p_alive", "recency_days"]
    row = {"auc": 0.8, "low": 0.7, "high": 0.9, "recall": 0.4, "lift": 4.0}
    table = pd.DataFrame(row | dict.fromkeys(["auc_gap", "auc_gap_low", "auc_gap_high"], 0.0), index=names)
    return table.rename_axis("score").assign(beats=[beats.get(name, set()) for name in names])


def back_test(probability: float = 0.2) -> Backtest:
    rng = np.random.default_rng(1)
    scores = pd.DataFrame({"churned": [0] * 80 + [1] * 20, "recency_days": rng.integers(0, 9, 100), "p_alive": 0.5})
    scores = scores.assign(boosting=rng.random(100), logistic=probability, chance_silent=0.5)
    return Backtest(scores, ["recency_days"], [], 0.2, [])


@pytest.mark.parametrize(
    ("found", "part"),
    [
        (
            Window(56, "argued", 0.47, 0.99, 0.43, 0.52),
            "fewer than half returned within 28 days (47%; 95% interval: 43% to 52%), and 99% of all returns",
        ),
        (Window(91, "limited", 0.62, 0.9, 0.6, 0.65), "too short to derive a churn window"),
        (
            Window(28, "given", 0.7, 0.9, 0.6, 0.8),
            "The parameters count guests as churned after 28 days without a purchase: then",
        ),
        (Window(400, "given"), "too short to say how many"),
    ],
)
def test_every_window_has_its_ground(found, part):
    shown = churn.window(SHORT, found, return_days=28)
    assert part in in_both(shown.part("says"))
    assert part in in_both(shown.in_words(shown.headlines[0])["sentence"])


@pytest.mark.parametrize(
    ("reason", "part"),
    [
        ("window", "No churn window can be derived"),
        ("history", "shorter than three churn windows"),
        ("customers", "fewer than 10 active guests"),
        ("classes", "fewer than 10 guests churned"),
    ],
)
def test_every_reason_is_said_and_states_headlines_without_a_value(reason, part):
    missing = Unavailable("churn", reason, {"n": 10})
    for shown in (churn.layout(missing, CUTS), churn.scores(missing, "boosting")):
        assert part in in_both(shown.part("says"))
        assert all(headline.value is None and headline.sentence for headline in shown.headlines)


@pytest.mark.parametrize(
    ("beats", "chosen", "part"),
    [
        ({"boosting": {"chance_silent"}}, "boosting", "knows more than a purchase model"),
        ({"boosting": {"chance_silent"}}, "logistic", "ranks about as well"),
        ({}, "logistic", "ranks about as well"),
        ({"chance_silent": {"logistic"}}, "chance_silent", "A purchase model of four parameters gives the scores"),
    ],
)
def test_the_model_in_use_is_named_and_compared_with_the_purchase_model(beats, chosen, part):
    assert part in in_both(churn.gains(back_test(), compared(**beats), chosen, CUTS).part("so_what"))
    stated = churn.scores(compared(**beats).assign(auc=[0.8, 0.7, 0.6, 0.5, 0.5]), chosen).headlines[0]
    assert (stated.name, stated.value) == (
        "churn_auc",
        {"boosting": 0.8, "logistic": 0.7, "chance_silent": 0.6}[chosen],
    )


def test_without_a_purchase_model_its_headline_says_so():
    without = compared().drop(index=["p_alive", "chance_silent"])
    stated = {headline.name: headline for headline in churn.scores(without, "boosting").headlines}
    assert stated["churn_auc"].value == 0.8
    assert stated["churn_auc_p_alive"].value is None
    assert "could not be fitted" in in_both(stated["churn_auc_p_alive"].sentence)
    assert in_both(churn.gains(back_test(), without, "logistic", CUTS).part("so_what")).endswith("gives the scores.")


@pytest.mark.parametrize(
    ("probability", "part", "use"),
    [
        (0.6, "too high", "use the ranking"),
        (0.05, "too low", "use the ranking"),
        (0.2, "calibrated on average", "Chance explains the difference"),
    ],
)
def test_probabilities_that_are_not_calibrated_are_called_so(probability, part, use):
    test = back_test(probability)
    groups = reliability(test.labels, test.scores["logistic"], groups=4)
    shown = churn.calibration(groups, test, "logistic", CUTS)
    assert part in in_both(shown.part("title"))
    assert use in in_both(shown.part("says"))


def test_the_lead_speaks_also_where_nothing_is_known():
    everything = churn.lead(
        back_test(),
        compared(),
        "logistic",
        WINDOW,
        Total(1e6, 9e5, 1.1e6, "model", 0.04, 5, 3.0),
        BANDS,
        NO_STAKE,
        days=90,
    )
    assert in_both(everything.part("lead")).startswith("Of active guests 20.0% have no purchase for 28 days")
    unranked = Unavailable("churn", "no_ranking", {"auc": 0.4, "low": 0.3, "high": 0.5})
    lead = churn.lead(
        back_test(),
        compared(),
        unranked,
        WINDOW,
        Total(1e6, 9e5, 1.1e6, "model", 0.04, 5, 3.0),
        BANDS,
        NO_STAKE,
        days=90,
    ).part("lead")
    assert "no score ranks better than chance" in in_both(lead)
    assert "AUC 0.400, 0.300 to 0.500" in in_both(churn.gains(back_test(), compared(), unranked, CUTS).part("says"))
    nothing = Unavailable("churn", "history")
    assert "Neither" in in_both(
        churn.lead(nothing, nothing, nothing, WINDOW, nothing, BANDS, NO_STAKE, days=90).part("lead")
    )


def test_the_lead_says_how_many_are_expected_to_churn_and_what_is_at_stake():
    held = Stake(5000.0, 1000.0, 700.0, 1500.0, 3, 0.6, 0.2)
    total = Total(1e6, 9e5, 1.1e6, "model", 0.04, 5, 3.0)
    lead = in_both(churn.lead(back_test(), compared(), "logistic", WINDOW, total, BANDS, held, days=90).part("lead"))
    assert lead.startswith("About 50 of 200 active guests are expected to have no purchase for 28 days.")
    assert "60% of it with the 10% most likely to churn" in lead
    few = BANDS.assign(probability=0.01)
    said = in_both(churn.lead(back_test(), compared(), "logistic", WINDOW, total, few, held, days=90).part("lead"))
    assert said.startswith("Of active guests")


def test_some_who_churned_come_back():
    assert "Of 40 guests" in in_both(churn.late_returns(LateReturns(day(60), 40, 10), back_test()).part("caution"))
    assert "Nobody" in in_both(churn.late_returns(LateReturns(day(60), 0, 0), back_test()).part("caution"))


def test_every_figure_draws_in_both_languages():
    days, test = np.arange(30), back_test()
    curve = pd.DataFrame({"silent_days": days, "returning": 0.9 - days / 60, "sooner": days / 30})
    curve = curve.assign(low=curve["returning"] - 0.02, high=curve["returning"] + 0.02, silences=100)
    losses = pd.DataFrame({"feature": ["recency_days", "trend"], "loss": [0.1, 0.0], "low": -0.01, "high": 0.12})
    drawn(churn.window(curve, WINDOW, return_days=28).figure)
    drawn(churn.gains(test, compared(), "logistic", CUTS).figure)
    drawn(churn.calibration(reliability(test.labels, test.scores["boosting"]), test, "boosting", CUTS).figure)
    drawn(churn.importance(losses, test, "logistic").figure)


def test_what_moves_scores_says_whether_it_can_be_acted_on_and_that_it_is_no_cause():
    parts = pd.DataFrame({"recency_days": [0.5] * 30, "discount_share": [0.2] * 30, "categories": [-0.1] * 30})
    values = pd.DataFrame({name: np.arange(30.0) for name in parts})
    reasons = find_reasons(parts, values, values)
    scored = Scored(pd.Series(0.5, index=parts.index), reasons, drivers(parts, values, reasons))
    found = churn.reasons(scored, "logistic")
    assert [in_both(one) for one in found.table["acted_on"]] == [
        "no: it is the leaving itself",
        "yes: we decide it",
        "perhaps: it is a habit",
    ]
    assert found.table["customers"].tolist() == [30, 0, 0]
    assert in_both(found.part("title")).startswith("“days since the last purchase” moves")
    assert "associations, not causes" in in_both(found.part("caution"))


def test_the_purchase_model_has_no_reasons_and_the_page_says_so():
    none = Unavailable("churn", "no_features")
    with using(Context(Bilingual(en="guests", zh="客人"), currency="CNY", as_of=date(2024, 6, 30))):
        found = churn.reasons(Scored(pd.Series(dtype=float), none, none), "chance_silent")
    assert found.table is None
    assert "no features to compare" in in_both(found.part("says"))
