from dataclasses import replace
from datetime import timedelta

import ibis
import pandas as pd
import pytest

from few_lines import day, transactions_of
from insight.predict.churn.design import (
    ALIVE,
    LABEL,
    LateReturns,
    active_customers,
    choose_cuts,
    collect_examples,
    describe_customers,
    late_returns,
)
from insight.predict.churn.window import Window
from insight.predict.histories import daily_spend

WINDOW = 30


@pytest.fixture(scope="module")
def cuts():
    return choose_cuts(day(0), day(299), window=Window(WINDOW, "given"), history=150)


@pytest.fixture(scope="module")
def examples(regulars, cuts):
    return collect_examples(regulars, daily_spend(regulars, as_of=day(299)), cuts=cuts, trend_days=60)


def test_the_last_training_window_ends_on_the_test_cut(cuts):
    assert max(cuts.training) + timedelta(days=WINDOW) == cuts.test
    assert cuts.test + timedelta(days=WINDOW) == cuts.today


def test_the_first_cut_has_its_whole_history(cuts):
    assert (min(cuts.training) - day(0)).days + 1 >= cuts.history


@pytest.mark.parametrize(("first_on", "window"), [(None, 30), (day(0), 150)])
def test_without_room_there_are_no_cuts(first_on, window):
    assert choose_cuts(first_on, day(299), window=Window(window, "given"), history=180).reason == "history"


def test_short_data_looks_back_over_what_there_is():
    assert choose_cuts(day(0), day(99), window=Window(28, "given"), history=180).history == 44


def test_a_label_is_strictly_after_the_cut():
    lines = [("on_the_cut", 50, 1.0), ("back", 50, 1.0), ("back", 51, 1.0), ("late", 50, 1.0), ("late", 81, 1.0)]
    daily = daily_spend(transactions_of([*lines, ("gone_before", 20, 1.0)]), as_of=day(200))
    found = active_customers(daily, cut=day(50), window=30).to_pandas().set_index("customer_id")["churned"]
    assert found.to_dict() == {"on_the_cut": 1, "back": 0, "late": 1}


def test_features_do_not_know_what_follows_the_cut(regulars, cuts):
    cut = cuts.training[0]
    later = transactions_of([(f"c{number:03}", (cut - day(0)).days + 1, 999.0) for number in range(300)])
    flooded = ibis.union(regulars, later)
    one, other = (
        describe_customers(lines, daily_spend(lines, as_of=day(299)), cut=cut, cuts=cuts, trend_days=60).drop(
            columns=LABEL
        )
        for lines in (regulars, flooded)
    )
    pd.testing.assert_frame_equal(one, other)


def test_today_has_no_labels(regulars, cuts):
    daily = daily_spend(regulars, as_of=day(299))
    today = describe_customers(regulars, daily, cut=cuts.today, cuts=cuts, trend_days=60)
    assert today[LABEL].isna().all()
    assert today[ALIVE].between(0, 1).all()


def test_every_labelled_cut_has_its_examples(examples, cuts):
    assert list(examples.index.unique("cut")) == list(cuts.labelled)
    assert examples[LABEL].isin([0, 1]).all()


def test_some_of_those_who_left_come_back():
    lines = [("back", 50, 1.0), ("back", 85, 1.0), ("gone", 50, 1.0), ("stayed", 50, 1.0), ("stayed", 60, 1.0)]
    daily = daily_spend(transactions_of(lines), as_of=day(120))
    cuts = choose_cuts(day(0), day(120), window=Window(30, "given"), history=30)
    cuts = replace(cuts, training=(day(50),))
    assert late_returns(daily, cuts=cuts) == LateReturns(day(50), churned=2, returned=1)
