"""Accounts by month and state: on tables that one counts on one's fingers, and against a slow count of a real file."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from insight.card.arrears import OFF, STATES, count_rolls, follow, standing, vintages
from insight.errors import Unavailable
from insight.predict.uplift.months import day_of

AS_OF = date(2024, 6, 30)
OPEN = {"opened_on": date(2020, 1, 1), "closed_on": None, "status": "open", "credit_limit": 1000.0}
TEXT, DAYS = {"account_id": "string"}, {"opened_on": "date", "closed_on": "date"}
STATEMENT = {"statement_on": "date", "days_past_due": "int64", "balance": "float64", "credit_limit": "float64"}


def month_of(year: int, month: int) -> int:
    return 12 * year + month - 1


def tables(past_due: dict[str, list], **accounts: dict) -> dict:
    """Make accounts and their statements of 2024, one a month from January on; None where there is none."""
    rows = [
        (name, date(2024, at, 20), days, 100.0 * (1 + (days > 0)), 1000.0)
        for name, months in past_due.items()
        for at, days in enumerate(months, start=1)
        if days is not None
    ]
    statements = pd.DataFrame(rows, columns=["account_id", "statement_on", "days_past_due", "balance", "credit_limit"])
    known = pd.DataFrame(
        [{"account_id": name, **OPEN, **accounts.get(name, {})} for name in past_due]
    )  # fmt: skip
    known["closed_on"] = pd.to_datetime(known["closed_on"]).astype("datetime64[us]")
    return {
        "accounts": ibis.memtable(known, schema=TEXT | DAYS | {"status": "string", "credit_limit": "float64"}),
        "statements": ibis.memtable(statements, schema=TEXT | STATEMENT),
    }


def changes(*rows: tuple) -> ibis.Table:
    frame = pd.DataFrame(rows, columns=["account_id", "changed_on", "new_value"]).assign(what="status")
    return ibis.memtable(frame)


def test_states_are_counted_from_month_to_month():
    given = tables({"a": [0, 10, 0, 0], "b": [0, 10, 40, 70], "c": [0, 0, 0, 0]})
    found = follow(**given, as_of=AS_OF)
    at = found.standing.query("month == @month_of(2024, 4)").set_index("state")["accounts"]
    assert at.to_dict() == {0: 2, 3: 1}
    rolls = count_rolls(found)
    assert rolls.loc["past_1"].to_dict() == {"cured": 1, "better": 0, "same": 0, "worse": 1}
    assert rolls.loc["past_30"].to_dict() == {"cured": 0, "better": 0, "same": 0, "worse": 1}
    assert rolls.to_numpy().sum() == 3


@pytest.mark.parametrize(
    ("days", "state"), [(-3, 0), (0, 0), (1, 1), (29, 1), (30, 2), (59, 2), (60, 3), (149, 5), (150, 6), (900, 6)]
)
def test_days_past_due_fall_into_their_bucket(days, state):
    found = follow(**tables({"a": [days, days, days]}), as_of=AS_OF)
    assert set(found.standing["state"]) == {state}


def test_a_month_without_a_statement_owes_nothing():
    found = follow(**tables({"a": [0, None, 10], "b": [0, 0, 0]}), as_of=AS_OF)
    february = found.standing.query("month == @month_of(2024, 2)")
    assert february[["state", "accounts", "balance"]].to_numpy().tolist() == [[0, 2, 100.0]]


def test_an_account_leaves_in_the_month_after_its_charge_off_with_what_it_owed_last():
    given = tables({"a": [10, 40, None, None], "b": [0, 0, 0, 0]})
    found = follow(**given, changes=changes(("a", date(2024, 2, 28), "charged_off")), as_of=AS_OF)
    assert found.losses[["month", "accounts", "balance"]].to_numpy().tolist() == [[month_of(2024, 3), 1, 200.0]]
    assert found.rolls.query("after == @OFF")["state"].tolist() == [2]
    assert found.standing.query("month > @month_of(2024, 2)")["accounts"].tolist() == [1, 1]


def test_a_status_alone_says_that_an_account_was_charged_off_after_its_last_statement():
    given = tables({"a": [10, 40], "b": [0, 0, 0, 0]}, a={"status": "charged_off"})
    found = follow(**given, as_of=AS_OF)
    assert found.losses["month"].tolist() == [month_of(2024, 3)]


def test_a_closed_account_is_cured_and_no_loss():
    found = follow(**tables({"a": [0, 10], "b": [0] * 4}, a={"closed_on": date(2024, 2, 25)}), as_of=AS_OF)
    assert found.losses.empty
    assert count_rolls(found).loc["past_1", "cured"] == 1


def test_later_rows_change_nothing():
    early = tables({"a": [0, 10, 40], "b": [0, 0, 10]})
    later = tables({"a": [0, 10, 40, 70, 100], "b": [0, 0, 10, 0, 0]}, a={"closed_on": date(2024, 9, 1)})
    dated = changes(("a", date(2024, 8, 28), "charged_off"))
    one, other = follow(**early, as_of=date(2024, 3, 31)), follow(**later, changes=dated, as_of=date(2024, 3, 31))
    for name in ("standing", "rolls", "losses", "firsts"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_dtype=False)


def test_a_month_whose_statements_are_still_to_come_is_left_out():
    given = tables({"a": [0, 10, 40, 70]})
    assert day_of(follow(**given, as_of=date(2024, 4, 19)).last) == date(2024, 3, 1)
    assert day_of(follow(**given, as_of=date(2024, 4, 20)).last) == date(2024, 4, 1)


def test_too_few_months_are_no_history():
    assert follow(**tables({"a": [0, 10]}), as_of=AS_OF).reason == "few_months"
    assert isinstance(standing(follow(**tables({"a": [None]}), as_of=AS_OF)), Unavailable)


def test_standing_compares_with_the_same_month_a_year_before():
    found = follow(**tables({"a": [0, 0, 40], "b": [0, 10, 10]}), as_of=AS_OF)
    stands = standing(found, before=1).set_index("state")
    assert stands.loc["past_30", ["accounts", "balance", "owed"]].tolist() == [1, 200.0, 0.5]
    assert stands.loc["current", "owed_before"] == pytest.approx(1 / 3)
    assert standing(found)["owed_before"].isna().all()


def test_a_vintage_counts_an_account_from_the_first_time_it_is_past_due():
    opened = {name: {"opened_on": date(2024, at, 5)} for name, at in (("a", 1), ("b", 1), ("c", 2), ("d", 3))}
    past_due = {"a": [0, 0, 40, 0, 0], "b": [0, 0, 0, 0, 0], "c": [None, 0, 40, 0, 0], "d": [None, None, 0, 0, 40]}
    given = tables({**past_due, "old": [0, 40, 70, 0, 0]}, **opened)
    curve = vintages(follow(**given, as_of=AS_OF)).set_index("age")
    assert set(curve["accounts"]) == {4}  # the old one is not followed from its opening
    assert curve["bad"].to_dict() == {0: 0, 1: 1, 2: 3}  # the youngest account is two months old


def test_roll_rates_and_vintages_of_a_million_monthly_statuses_are_those_of_a_plain_count(shared):
    """The public credit-card record: every account and month of the file, C and X as paid up, 0 as 1 to 29 days."""
    raw = pd.read_csv(shared / "credit_card_approval" / "credit_record.zip")
    raw = raw.drop_duplicates(["ID", "MONTHS_BALANCE"])
    state = raw["STATUS"].map({"C": 0, "X": 0, **{str(status): status + 1 for status in range(6)}})
    number = month_of(2020, 6) + raw["MONTHS_BALANCE"]
    frame = pd.DataFrame({"account_id": raw["ID"].astype(str), "month": number, "state": state})
    first = frame.groupby("account_id")["month"].min()
    statements = pd.DataFrame({
        "account_id": frame["account_id"],
        "statement_on": [day_of(month) for month in frame["month"]],
        "days_past_due": np.where(frame["state"] > 0, 30 * frame["state"] - 29, 0),
        "balance": 1.0,
        "credit_limit": 1.0,
    })  # fmt: skip
    last = frame.groupby("account_id")["month"].max()
    ends = last < frame["month"].max()  # what is not on record any more is closed
    accounts = pd.DataFrame({
        "account_id": first.index,
        "opened_on": [day_of(month) for month in first],
        "closed_on": pd.to_datetime([day_of(month) if over else None for month, over in zip(last, ends, strict=True)]),
        "status": "open",
        "credit_limit": 1.0,
    })  # fmt: skip
    found = follow(ibis.memtable(accounts), ibis.memtable(statements), as_of=date(2020, 6, 30))

    ordered = frame.sort_values(["account_id", "month"])
    after = ordered.groupby("account_id")[["month", "state"]].shift(-1)
    moved = ordered[after["month"] == ordered["month"] + 1].assign(after=after["state"])
    plain = moved.groupby(["state", "after"]).size()
    rolled = found.rolls.query("after < @OFF").groupby(["state", "after"])["accounts"].sum()
    gaps = len(frame) - found.standing["accounts"].sum()
    assert gaps == 0, "the file has a status for every month of every account"
    assert rolled.to_dict() == {(state, int(to)): n for (state, to), n in plain.items()}

    bad = frame[frame["state"] >= 2].groupby("account_id")["month"].min().reindex(first.index) - first
    by_age = pd.DataFrame({"vintage": first // 6 * 6, "age": bad})
    curve = vintages(found).set_index(["vintage", "age"])["bad"]
    for vintage, age in [(month_of(2017, 1), 12), (month_of(2018, 7), 6), (month_of(2019, 1), 9)]:
        part = by_age[by_age["vintage"] == vintage]
        assert curve[vintage, age] == (part["age"] <= age).sum()
    assert len(STATES) == OFF + 2
