"""Thieves who do what nobody else does are found; alerts and what they save are counted by hand."""

from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest

from card.made_up_thefts import frames, tables
from insight.card import alerts, fraud
from insight.errors import Unavailable

HOUR = 3_600
MIDNIGHT = 1_672_531_200  # 1 January 2023
SEED = 5
LAST = date(2023, 12, 31)


@cache
def learnt() -> tuple[fraud.Lesson, fraud.Screened, fraud.Ranked]:
    given = tables(frames())
    lesson = fraud.look(given.__getitem__, given.__contains__, as_of=LAST)
    found = fraud.screen(lesson)
    return lesson, found, fraud.backtest(found, lesson, seed=SEED)


def test_thieves_unlike_anybody_are_found_and_no_disputed_purchase_is_lost():
    lesson, found, tested = learnt()
    assert lesson.test[1] - lesson.test[0] == 3
    assert lesson.learn[1] == lesson.test[0] - 2  # a month for disputes to be known
    since = lesson.months["month"] >= lesson.learn[0]
    assert found.rows["disputed"].sum() == lesson.months.loc[since, "disputed"].sum()
    best = tested.compared.set_index("model").loc["boosting"]
    assert best["precision"] > 0.9
    assert best["low"] <= best["precision"] <= best["high"]
    assert found.screened < 0.3


def test_the_truth_of_others_teaches_no_less_than_disputes():
    lesson, found, tested = learnt()
    true = found.rows.loc[found.rows["disputed"], ["purchase_id"]].assign(chance=1.0)
    told = fraud.near_truth(found, tested, lesson, true, seed=SEED)
    assert told.ceiling > 0.9
    assert told.oracle == pytest.approx(1.0)
    assert told.gap_low <= told.gap <= told.gap_high
    missing = fraud.near_truth(found, tested, lesson, Unavailable("fraud", "no_truth"), seed=SEED)
    assert isinstance(missing, Unavailable)


def test_without_disputes_or_with_few_nothing_is_learnt():
    given = frames()
    few = tables({**given, "transactions": given["transactions"].assign(disputed=False)})
    assert fraud.look(few.__getitem__, few.__contains__, as_of=LAST).reason == "few_disputes"
    none = tables({**given, "transactions": given["transactions"].drop(columns="disputed")})
    assert fraud.look(none.__getitem__, none.__contains__, as_of=LAST).reason == "no_disputes"


def test_average_precision_is_that_of_scikit_learn_and_counts_what_is_not_found():
    from sklearn.metrics import average_precision_score

    rng = np.random.default_rng(1)
    labels, scores = (rng.random(500) < 0.1).astype(float), rng.random(500)
    assert fraud.average_precision(labels, scores) == pytest.approx(average_precision_score(labels, scores))
    times = rng.integers(0, 4, 500).astype(float)
    again = np.repeat(np.arange(500), times.astype(int))
    assert fraud.average_precision(labels, scores, times) == pytest.approx(
        average_precision_score(labels[again], scores[again]), abs=0.01
    )
    assert fraud.average_precision(np.array([1.0, 1.0]), np.array([0.5, -np.inf])) == 0.5


def rows(*given: tuple) -> pd.DataFrame:
    frame = pd.DataFrame(given, columns=["account_id", "day", "hour", "boosting", "amount", "disputed"])
    frame["occurred_on"] = [date(2023, 1, day) for day in frame["day"]]
    frame["second"] = MIDNIGHT + (frame["day"] - 1) * 24 * HOUR + frame["hour"] * HOUR
    return frame.assign(month=2023 * 12, posted=True, passed=True, purchase_id=[f"p{at}" for at in range(len(frame))])


CARDS = rows(
    ("a", 1, 9, 0.2, 10.0, False), ("b", 1, 10, 0.3, 50.0, True), ("b", 1, 11, 0.9, 70.0, True),
    ("b", 2, 1, 0.1, 30.0, True),
    ("c", 1, 12, 0.8, 20.0, False), ("d", 2, 9, 0.7, 40.0, False), ("e", 2, 10, -np.inf, 60.0, True),
)  # fmt: skip


def test_each_day_the_cards_with_the_highest_scores_are_alerted_from_the_moment_they_are_among_them():
    one = alerts.raise_alerts(CARDS, each_day=1)
    assert one["account_id"].tolist() == ["b", "d"]
    assert one["hit"].tolist() == [True, False]
    assert one["second"].iloc[0] == MIDNIGHT + 11 * HOUR  # the first purchase of the card was below the others
    assert alerts.raise_alerts(CARDS, each_day=3)["account_id"].tolist() == ["b", "c", "a", "d", "b"]


def test_an_alert_saves_what_is_taken_from_it_on():
    found = alerts.cases_of(CARDS, alerts.raise_alerts(CARDS, each_day=1)).set_index("account_id")
    assert found.loc["b", ["stolen", "saved"]].tolist() == [150.0, 100.0]
    assert found.loc["e", ["stolen", "saved"]].tolist() == [60.0, 0.0]
    cases = pd.DataFrame({"account_id": ["b", "a"], "opened_on": [date(2023, 1, 2), date(2023, 1, 2)],
                          "outcome": ["confirmed", "false_alarm"]})  # fmt: skip
    told = alerts.worth(fraud.Ranked(CARDS, None, None), tables({"f": cases})["f"], each_day=1, seed=SEED)
    assert (told.alerts, told.hits, told.bothered, told.cases, told.found) == (2, 1, 1, 2, 1)
    assert (told.stolen, told.saved, told.hours, told.days_now, told.false_now) == (210.0, 100.0, 1.0, 1.0, 0.5)


def test_as_many_cards_as_cases_were_opened_a_day_unless_the_parameters_say_so():
    cases = pd.DataFrame({"opened_on": [date(2023, 1, 1)] * 5 + [date(2023, 1, 2)] * 2})
    opened = tables({"f": cases})["f"]
    assert alerts.capacity(opened, given=None) == 4
    assert alerts.capacity(opened, given=9) == 9


def test_the_last_day_names_each_card_once():
    told = alerts.last_day(fraud.Ranked(CARDS, None, None), each_day=5)
    assert told["account_id"].tolist() == ["d", "b"]
    assert told["place"].tolist() == [1, 2]
