"""What the report on churn and value says and draws, in both languages, whatever the numbers are."""

import numpy as np
import pandas as pd
import pytest

from few_lines import day
from insight.config.parameters import Bilingual
from insight.predict.churn.design import Cuts
from insight.predict.churn.scoring import RISK_BANDS, SilentTest
from insight.predict.churn.silence import Window
from insight.predict.measures import reliability
from insight.predict.value.purchases import Purchasing
from insight.predict.value.totals import Total
from insight.predict.value.value import HoldOut, Spending, ValueModel
from insight.report import figures, sentences
from insight.report.tables import grid

WHO = Bilingual(en="guests", zh="客人")
CUTS = Cuts(window=28, history=90, training=(day(60),), test=day(88), today=day(116))
PURCHASING = Purchasing(r=0.243, alpha=4.414, a=0.793, b=2.426)


@pytest.fixture(autouse=True)
def _every_gap_is_an_error(monkeypatch):
    monkeypatch.setenv("INSIGHT_STRICT", "1")


def in_both(message) -> str:
    assert "[" not in message.in_language("zh")
    return message.in_language("en")


def drawn(figure) -> None:
    english, chinese = figure.draw("en"), figure.draw("zh")
    assert english.digest == chinese.digest


def compared(**behind: tuple[float, float]) -> pd.DataFrame:
    names = ["boosting", "logistic", "chance_silent", "p_alive", "recency_days"]
    table = pd.DataFrame({"auc": 0.8, "low": 0.7, "high": 0.9, "caught": 0.4, "lift": 4.0, "behind": 0.0}, index=names)
    bounds = pd.DataFrame({name: behind.get(name, (0.0, 0.0)) for name in names}, index=["behind_low", "behind_high"])
    return table.join(bounds.T).rename_axis("score")


def hold_out(error: float, carried: float) -> HoldOut:
    return HoldOut(
        100,
        90.0,
        100.0,
        80.0,
        (error, error - 0.02, error + 0.02),
        (carried, carried - 0.02, carried + 0.02),
        9.0,
        10,
        0.5,
        0.4,
    )


@pytest.mark.parametrize(
    ("found", "part"),
    [
        (Window(56, "argued", 0.47, 0.99), "fewer than half come back"),
        (Window(91, "limited", 0.62, 0.9), "too short to argue a window"),
        (Window(28, "given", 0.7, 0.9), "The parameters take guests"),
        (Window(400, "given"), "too short to say how many"),
        (None, "No window can be argued"),
    ],
)
def test_every_window_has_its_ground(found, part):
    assert part in in_both(sentences.churn.window(found, return_days=28, who=WHO, least=10))


@pytest.mark.parametrize("obstacle", ["window", "history", "customers", "classes"])
def test_every_obstacle_is_said(obstacle):
    assert in_both(sentences.churn.no_test(obstacle, who=WHO)).startswith("Not predicted")


@pytest.mark.parametrize(
    ("behind", "chosen", "part"),
    [
        ({"chance_silent": (0.01, 0.05)}, "boosting", "The trees know more"),
        ({"chance_silent": (-0.05, -0.01)}, "logistic", "ranks better than the trees"),
        ({"chance_silent": (-0.02, 0.02)}, "logistic", "ranks about as well"),
    ],
)
def test_the_purchase_model_is_given_its_due(behind, chosen, part):
    assert part in in_both(sentences.churn.chosen_model(compared(**behind), chosen=chosen))


@pytest.mark.parametrize(
    ("error", "carried", "part"),
    [
        (0.05, 0.5, "The model comes nearer"),
        (0.5, 0.05, "Carrying the last 90 days forward comes nearer"),
        (0.05, 0.06, "about as near"),
    ],
)
def test_the_rival_is_given_its_due(error, carried, part):
    assert part in in_both(sentences.value.hold_out(hold_out(error, carried), days=90))


def test_chances_that_do_not_hold_are_called_so():
    labels = pd.Series([0] * 80 + [1] * 20)
    for chance, part in [(0.6, "too high"), (0.05, "too low"), (0.2, "hold on average")]:
        words = sentences.churn.reliability(labels, pd.Series([chance] * 100), who=WHO, cuts=CUTS)
        assert part in in_both(words["finding"])
    assert "use the ranking" in in_both(sentences.churn.brier(0.2, 0.1))


def test_headlines_without_a_value_say_why():
    heads = sentences.prospects
    for headline in (
        heads.churn_rate(None, None, "history", who=WHO),
        heads.ranking("boosting", None, "history", who=WHO),
        heads.ranking("p_alive", compared().drop(index="p_alive"), None, who=WHO),
        heads.value_expected(None, days=90, currency="CNY", who=WHO),
        heads.total_error(None, days=90),
        heads.churn_window(None, return_days=28, who=WHO),
    ):
        assert headline["value"] is None
        assert in_both(headline["sentence"])


def test_the_lead_speaks_also_where_nothing_is_known():
    known = {"window": Window(28, "argued", 0.4, 0.9), "days": 90, "currency": "CNY", "who": WHO}
    everything = sentences.prospects.lead(compared(), 0.3, Total(1e6, 9e5, 1.1e6), chosen="logistic", **known)
    assert in_both(everything).startswith("Of the active guests 30% buy nothing for 28 days")
    nothing = sentences.prospects.lead(None, None, None, chosen=None, **known)
    assert in_both(nothing).count("cannot be told") == 2


def test_tables_read_in_both_languages():
    tables = sentences.prospect_tables
    risk = pd.DataFrame({"band": RISK_BANDS, "customers": [40, 80, 300, 4], "leaving": 0.2})
    risk = risk.assign(spent=100.0, at_stake=20.0, expected=90.0)
    for shown in (
        tables.score_table(compared()),
        tables.hold_out_table(hold_out(0.1, 0.2), currency="CNY", days=90),
        tables.model_table(ValueModel(PURCHASING, None, 0.0), currency="CNY"),
        tables.model_table(ValueModel(PURCHASING, Spending(6.25, 3.74, 15.44), 0.0), currency="CNY"),
        tables.risk_table(risk, None, currency="CNY", days=90, min_cell=10),
        tables.risk_table(risk, SilentTest(500, 0.5, 0.4), currency="CNY", days=90, min_cell=10),
    ):
        assert grid(**shown).rows
    assert str(tables.risk_table(risk, None, currency="CNY", days=90, min_cell=10)["frame"]["customers"].iloc[3]) == (
        "fewer than 10"
    )


def test_every_figure_draws_in_both_languages():
    rng = np.random.default_rng(1)
    days = np.arange(30)
    curve = pd.DataFrame({"silent_days": days, "returning": 0.9 - days / 60, "sooner": days / 30})
    curve = curve.assign(low=curve["returning"] - 0.02, high=curve["returning"] + 0.02, silences=100)
    labels, chances = pd.Series(rng.integers(0, 2, 200)), pd.Series(rng.random(200))
    weeks = pd.DataFrame({"week": range(-3, 5), "actual": 10, "expected": [np.nan] * 4 + [9.0] * 4})
    drops = pd.DataFrame({"feature": ["recency_days", "trend"], "drop": [0.1, 0.0], "low": -0.01, "high": 0.12})
    scores = pd.DataFrame({"logistic": chances, "p_alive": 1.0, "recency_days": rng.integers(0, 9, 200)})
    drawn(figures.predict.silence(curve, window=Window(14, "argued", 0.5, 0.5), return_days=28))
    drawn(figures.predict.gains(scores, labels=labels, names=["logistic", "p_alive", "recency_days"]))
    drawn(figures.predict.reliability(reliability(labels, chances)))
    drawn(figures.predict.importance(drops))
    drawn(figures.predict.weekly(weeks.assign(carried=weeks["expected"])))
    drawn(figures.predict.concentration(pd.Series(rng.gamma(1, 10, 80))))
