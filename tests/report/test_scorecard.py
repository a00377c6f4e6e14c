"""What is said of who pays back: facts in, sentences in both languages and pictures out."""

import numpy as np
import pandas as pd
import pytest

from insight.config.parameters import Bilingual
from insight.errors import Unavailable
from insight.predict.labelled import backtest, default
from insight.predict.labelled.table import read_flat
from insight.predict.scorecard.strength import shift
from insight.report.findings.cards import scorecard
from insight.words.context import Context, using
from predict.test_labelled import rows_of
from report.test_churn import drawn, in_both

SEED = 5


@pytest.fixture(autouse=True)
def bank():
    with using(Context(Bilingual(en="customers", zh="客户"), currency="CNY", vocabulary="bank")):
        yield


@pytest.fixture(scope="module")
def flat():
    rng = np.random.default_rng(SEED)
    income, work = rng.normal(50, 10, 2000), rng.choice(["office", "none"], 2000, p=[0.8, 0.2])
    odds = -1.5 - (income - 50) / 10 + 1.5 * (work == "none")
    frame = pd.DataFrame({"income": income.round(2), "work": work, "bad": "0", "month": np.arange(2000) // 100})
    frame.loc[rng.random(2000) < 1 / (1 + np.exp(-odds)), "bad"] = "1"
    return read_flat(rows_of(frame, "bad", time="month"))


@pytest.fixture(scope="module")
def test(flat):
    return backtest.backtest(flat, pd.DataFrame(columns=["column"]), seed=SEED, models=default.models({}))


def test_what_arrived_says_how_many_defaulted(flat):
    found = scorecard.arrived(flat)
    bad = int(flat.labels.sum())
    assert in_both(found.part("title")) == f"{bad} of 2,000 cases defaulted ({bad / 20:.1f}%); what is known of each"
    assert found.headlines[0].value == pytest.approx(bad / 2000)


def test_a_column_that_knows_the_outcome_is_named():
    found = scorecard.leaks(pd.DataFrame({"column": ["closed"], "sign": ["copy"], "auc": [1.0]}))
    assert in_both(found.part("title")) == "1 column knows the outcome"
    assert in_both(scorecard.leaks(pd.DataFrame(columns=["column", "sign", "auc"])).part("says")).startswith(
        "No column"
    )


def test_models_are_compared_and_the_best_is_the_headline(test):
    compared = backtest.compare(test, seed=SEED)
    choice = backtest.choose(compared)
    found = scorecard.models(compared, test, choice)
    (headline,) = found.headlines
    assert (headline.name, headline.value) == ("application_auc", compared.iloc[0]["auc"])
    assert in_both(found.part("note")).startswith("Models of earlier cases, tested on 500 later ones")
    drawn(scorecard.calibration(test, choice, compared).figure)
    without = scorecard.models(compared, test, Unavailable("labelled", "no_ranking"))
    assert isinstance(without.headlines[0].value, type(None))


def test_the_scorecard_is_laid_out_and_what_moves_it_most_is_named(flat, test):
    card = default.scorecard(flat, test, monotone={"income": "falling"})
    assert in_both(scorecard.values(card).part("title")).startswith("Most is told by “income”")
    found = scorecard.sheet(card)
    bands = [in_both(band) for band in found.table["band"] if not isinstance(band, str)]
    assert bands[0].startswith("under ")
    assert bands[-1].endswith("or more")
    assert found.table.loc[found.table["column"] == "work", "band"].tolist() == ["none", "office"]
    assert "points between its bands" in in_both(found.part("title"))
    told = scorecard.strength(default.strength(test, seed=SEED), test)
    assert [headline.name for headline in told.headlines] == ["scorecard_auc", "scorecard_ks"]
    assert "KS of" in in_both(told.part("says"))


def test_a_card_without_columns_says_so(flat, test):
    card = default.scorecard(flat, test, monotone={})
    empty = type(card)(card.bands, {}, 0.0)
    assert in_both(scorecard.sheet(empty).part("says")).startswith("No scorecard")


@pytest.mark.parametrize(
    ("moved", "said"), [(0, "Later cases score as"), (5, "Later cases score somewhat"), (9, "Later cases score diff")]
)
def test_a_shift_is_judged_by_its_size(moved, said):
    before = np.arange(1000.0)
    found = scorecard.stability(shift(before, np.concatenate([before, np.full(40 * moved, 5.0)])))
    assert in_both(found.part("title")).startswith(said)


def test_bands_of_points_have_open_ends_and_share_no_bound():
    bands = scorecard.stability(shift(np.arange(100.0), np.arange(100.0))).table["band"].map(in_both)
    assert bands.iloc[[0, 1, -1]].tolist() == ["under 9.9", "9.9 to under 19.8", "89.1 or more"]


def test_where_to_cut_says_what_it_brings_and_that_a_person_decides(test):
    choice = backtest.choose(backtest.compare(test, seed=SEED))
    found = scorecard.cut_off(default.cut_off(test, choice, cost=5.0, seed=SEED))
    assert in_both(found.part("title")).startswith("Accepting the best")
    assert "a proposal for a person" in in_both(found.part("so_what"))
    drawn(found.figure)
    nothing = scorecard.cut_off(default.cut_off(test, choice, cost=0.01, seed=SEED))
    assert in_both(nothing.part("title")) == "No cut brings more than accepting all of these cases"
