"""Who falls behind: what is seen on a day, what comes after it, and the days of a test, counted by hand."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from insight.card import behaviour, seen
from insight.card.arrears import Arrears, month_of
from insight.errors import Unavailable

JULY = date(2023, 7, 1)


def bills(*rows: tuple[str, str, float, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["account_id", "statement_on", "balance", "days_past_due"])
    days = [date.fromisoformat(day) for day in frame["statement_on"]]
    return frame.assign(statement_on=days, credit_limit=1000.0)


def tables() -> dict[str, ibis.Table]:
    names = ["sound", "late", "cured", "closed", "new"]
    accounts = pd.DataFrame({"account_id": names, "customer_id": [f"c {name}" for name in names], "status": "open"})
    accounts["opened_on"] = date(2022, 1, 1)
    accounts.loc[4, "opened_on"] = date(2023, 8, 1)
    accounts["closed_on"] = pd.to_datetime([None, None, None, "2023-06-01", None])
    accounts["credit_limit"] = 1000.0
    statements = bills(
        ("sound", "2023-05-28", 100.0, 0), ("sound", "2023-06-28", 300.0, 0), ("sound", "2023-07-28", 900.0, 0),
        ("late", "2023-06-28", 500.0, 35), ("cured", "2023-03-28", 800.0, 40), ("cured", "2023-06-28", 200.0, 0),
        ("closed", "2023-05-28", 100.0, 0), ("sound", "2024-06-28", 950.0, 95), ("cured", "2024-07-28", 950.0, 95),
        ("new", "2023-08-28", 50.0, 0),
    )  # fmt: skip
    return {"accounts": ibis.memtable(accounts), "statements": ibis.memtable(statements)}


def test_open_accounts_not_past_due_are_seen_by_what_happened_before_the_day():
    given = tables()
    found = seen.see(given.get, given.__contains__, JULY)
    assert found.features.index.tolist() == ["cured", "sound"]
    sound = found.features.loc["sound"]
    assert sound["used"] == pytest.approx(0.3)  # not 0.9, which is of the end of July
    assert sound["used_mean_3"] == pytest.approx(0.2)
    assert sound["months_open"] == 18
    assert found.features.loc["cured", ["late_ever", "late_3", "late_6", "past_due_most"]].tolist() == [1, 0, 1, 40]


def test_who_is_90_days_past_due_within_a_year_of_the_day_has_fallen_behind():
    given = tables()
    told = seen.panel(given.get, given.__contains__, (JULY,))
    assert seen.went_bad(given.get, given.__contains__, told, JULY, months=12).tolist() == [0, 1]  # cured: a month late
    assert seen.went_bad(given.get, given.__contains__, told, JULY, months=13).tolist() == [1, 1]


def followed(first: date) -> Arrears:
    months = pd.DataFrame({"month": [month_of(first)]})
    return Arrears(months, months, months, months)


def test_the_test_is_a_year_old_and_learns_only_from_what_was_over_by_then():
    found = behaviour.days_of(followed(date(2022, 1, 1)), as_of=date(2024, 12, 30))
    assert (found.test, found.last, found.ahead) == (date(2023, 12, 1), date(2024, 12, 1), 12)
    assert found.taught == (date(2022, 12, 1), date(2022, 10, 1), date(2022, 8, 1))
    assert found.learnt[0] == date(2023, 12, 1)
    short = behaviour.days_of(followed(date(2023, 1, 1)), as_of=date(2024, 12, 31))
    assert (short.last, short.ahead, short.taught) == (date(2025, 1, 1), 9, (date(2023, 4, 1),))
    none = behaviour.days_of(followed(date(2024, 1, 1)), as_of=date(2024, 12, 30))
    assert isinstance(none, Unavailable)
    assert none.facts["months"] == 18


def test_grades_hold_each_account_once_and_their_expectations_sum():
    chance = np.array([0.001, 0.004, 0.005, 0.02, 0.5])
    accounts = pd.DataFrame({"probability": chance, "balance": [0.0, 100.0, 100.0, 0.0, 200.0]})
    found = behaviour.grades(behaviour.Today(None, None, np.array([]), accounts)).set_index("grade")
    assert found["accounts"].tolist() == [2, 1, 1, 0, 1]
    assert found["expected"].sum() == pytest.approx(chance.sum())
    assert found.loc["E", "owed"] == 0.5
