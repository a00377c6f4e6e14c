"""The purchase model is chosen on days before those kept back; CDNOW's whole cohort, 39 weeks to 39 weeks."""

import importlib.resources
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from few_lines import day
from insight.predict.histories import WEEK, daily_spend, first_day, summarise_histories
from insight.predict.value import choice
from insight.predict.value.purchases import chance_silent, count_patterns, expected_purchases
from insight.predict.value.value import fit_value

CUT, AHEAD = date(1997, 9, 30), 39 * WEEK


@pytest.fixture(scope="module")
def cohort() -> ibis.Table:
    file = importlib.resources.files("lifetimes") / "datasets" / "CDNOW_master.txt"
    names = ["customer_id", "day", "cds", "amount"]
    with importlib.resources.as_file(file) as path:
        lines = pd.read_csv(path, sep=r"\s+", names=names, skiprows=1, dtype={"customer_id": str, "day": str})
    table = pa.table(
        {
            "customer_id": lines["customer_id"],
            "occurred_on": pd.to_datetime(lines["day"], format="%Y%m%d").dt.date,
            "kind": ["purchase"] * len(lines),
            "amount": pa.array(lines["amount"]).cast(pa.decimal128(18, 4)),
        }
    )
    known = ibis.duckdb.connect().create_table("lines", table)
    return daily_spend(known, as_of=CUT + timedelta(days=AHEAD), count_free=True).cache()


def test_the_whole_cohort_is_forecast_without_looking_at_its_last_39_weeks(cohort):
    chosen = choice.choose_law(cohort, first_on=first_day(cohort), cut=CUT, days=AHEAD)
    assert chosen.cut + timedelta(days=chosen.days) <= CUT
    histories = summarise_histories(cohort, cut=CUT, ahead_days=AHEAD)
    assert len(histories) == 23_570
    law = choice.fit_law(chosen.law, count_patterns(histories))
    expected = chosen.correction * expected_purchases(law, histories, weeks=39)
    came = histories["purchases_later"]
    assert abs(expected.sum() / came.sum() - 1) <= 0.10
    likely = choice.likely_purchases(expected, chance_silent(law, histories, weeks=39))
    assert np.abs(likely - came).mean() <= 0.79


def test_days_kept_back_play_no_part_in_the_choice(regulars):
    plan = {"first_on": day(0), "cut": day(239), "days": 60}
    seen = choice.choose_law(daily_spend(regulars, as_of=day(299)).cache(), **plan)
    blind = choice.choose_law(daily_spend(regulars, as_of=day(239)).cache(), **plan)
    assert (seen.law, seen.cut, seen.days) == (blind.law, day(179), 60)
    pd.testing.assert_frame_equal(seen.tried, blind.tried)


def test_a_model_that_fails_costs_its_row(regulars, monkeypatch):
    monkeypatch.setattr(choice, "fit_pareto", lambda patterns: None)
    daily = daily_spend(regulars, as_of=day(239)).cache()
    chosen = choice.choose_law(daily, first_on=day(0), cut=day(239), days=60)
    assert chosen.law == choice.MBG
    assert chosen.tried["converged"].to_dict() == {"mbg": True, "pareto": False, "bg": True}
    assert chosen.tried.loc["pareto", "missed":].isna().all()


def test_a_model_that_finds_no_answer_up_to_the_cut_is_not_chosen_however_near_it_came(regulars, monkeypatch):
    tried = pd.DataFrame(
        [(True, -1.0, 0.0, 2.0), (True, -1.0, 0.0, 1.0), (True, -1.0, 0.0, 3.0)],
        index=pd.Index(choice.LAWS, name="law"),
        columns=["converged", "likelihood", "total_error", "missed"],
    )
    monkeypatch.setattr(choice, "compare_laws", lambda *given, **days: tried.copy())
    daily = daily_spend(regulars, as_of=day(239)).cache()
    plan = {"first_on": day(0), "cut": day(239), "days": 60}
    assert choice.choose_law(daily, **plan).law == choice.PARETO
    monkeypatch.setattr(choice, "fit_pareto", lambda patterns: None)
    chosen = choice.choose_law(daily, **plan)
    assert (chosen.law, list(chosen.tried["converged"])) == (choice.MBG, [True, False, True])
    model = fit_value(summarise_histories(daily, cut=day(239)), law=choice.PARETO)
    assert model.law == choice.MBG


def test_the_likely_number_is_nearer_to_most_than_the_mean_is():
    rng = np.random.default_rng(1)
    came = rng.negative_binomial(0.2, 0.2, 10_000)
    silent = np.full(len(came), (came == 0).mean())
    mean = np.full(len(came), came.mean())
    likely = choice.likely_purchases(mean, silent)
    assert np.abs(likely - came).mean() < np.abs(mean - came).mean()


def test_without_enough_days_nothing_is_chosen_and_the_usual_model_is_used(regulars):
    daily = daily_spend(regulars, as_of=day(9)).cache()
    none = choice.choose_law(daily, first_on=day(0), cut=day(9), days=60)
    assert none.reason == "unfitted"
    assert choice.law(none) == choice.MBG
