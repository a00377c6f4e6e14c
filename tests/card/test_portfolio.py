"""Figures of a portfolio on a few accounts, counted by hand."""

from datetime import date, datetime

import ibis
import pandas as pd
import pytest

from insight.card.portfolio import Amount, _differs, last_month, portfolio
from insight.errors import Unavailable

ACCOUNTS = {
    "account_id": "string", "opened_on": "date", "closed_on": "date", "status": "string", "credit_limit": "float64",
    "activated_on": "date",
}  # fmt: skip


def accounts() -> pd.DataFrame:
    rows = [
        ("open", date(2020, 1, 1), None, "open", 1000.0, date(2020, 2, 1)),
        ("new", date(2024, 5, 10), None, "open", 1000.0, date(2024, 5, 20)),
        ("later", date(2024, 6, 10), None, "open", 1000.0, None),
        ("closed", date(2020, 1, 1), date(2024, 5, 3), "closed", 1000.0, None),
        ("off", date(2020, 1, 1), None, "charged_off", 1000.0, date(2020, 1, 1)),
        ("current account", date(2020, 1, 1), None, "open", None, None),
    ]
    return pd.DataFrame(rows, columns=list(ACCOUNTS))


def statements() -> pd.DataFrame:
    rows = [
        (name, date(year, month, 20), days, balance, 1000.0, interest, 2.0)
        for year, months in ((2023, range(1, 13)), (2024, range(1, 6)))
        for month in months
        for name, days, balance, interest in (("open", 0, 300.0, 3.0), ("closed", 40 * (month == 5), 100.0, 0.0))
    ]
    names = ["account_id", "statement_on", "days_past_due", "balance", "credit_limit", "interest", "fees"]
    return pd.DataFrame(rows, columns=names)


TABLES = {
    "accounts": ibis.memtable(accounts(), schema=ACCOUNTS),
    "statements": ibis.memtable(statements()),
    "account_changes": ibis.memtable(
        pd.DataFrame([("off", date(2024, 3, 31), "status", "charged_off")],
                     columns=["account_id", "changed_on", "what", "new_value"])
    ),
    "transactions": ibis.memtable(
        pd.DataFrame({
            "account_id": ["open", "open", "open", None], "kind": ["purchase", "refund", "fee", "purchase"],
            "occurred_on": [date(2024, 5, 2), date(2024, 5, 3), date(2024, 5, 4), date(2024, 5, 5)],
            "amount": [100.0, -20.0, 5.0, 900.0],
        })
    ),
    "service_tickets": ibis.memtable(
        pd.DataFrame({"opened_at": [datetime(2024, 5, 31, 23), datetime(2024, 5, 1), datetime(2024, 6, 1)],
                      "satisfaction": [5.0, 2.0, 1.0]})
    ),
}  # fmt: skip


def figures(*, as_of=date(2024, 6, 12), min_cell=0, without=()) -> pd.DataFrame:
    kept = {name: table for name, table in TABLES.items() if name not in without}
    return portfolio(kept.__getitem__, kept.__contains__, as_of=as_of, min_cell=min_cell).set_index("figure")


def test_the_last_whole_month_is_told():
    assert last_month(date(2024, 6, 29)) == date(2024, 5, 1)
    assert last_month(date(2024, 6, 30)) == date(2024, 6, 1)
    assert last_month(date(2024, 1, 2)) == date(2023, 12, 1)


def test_accounts_are_those_open_at_the_end_of_the_month():
    found = figures()
    assert found.loc["accounts", ["value", "before", "year"]].tolist() == [2, 2, 3]
    assert found.loc["activated", "value"] == 1.0
    assert found.loc["closed", "value"] == pytest.approx(
        1 / 3
    )  # of open, closed and charged off; that is another figure


def test_without_dated_changes_an_account_charged_off_by_now_never_counts():
    assert figures(without=["account_changes"]).loc["accounts", "year"] == 2


def test_what_is_spent_owed_and_charged_is_of_the_month():
    found = figures()
    assert found.loc["spend", "value"] == 80.0  # less refunds; neither fees nor what belongs to no account
    assert found.loc["receivables", ["value", "before"]].tolist() == [400.0, 400.0]
    assert found.loc["interest", "value"] == 3.0
    assert found.loc["fees", "value"] == 4.0
    assert found.loc["revolving", "value"] == 0.5
    assert found.loc["satisfaction", "value"] == 3.5
    assert found.loc["past_30", ["value", "before"]].tolist() == [0.25, 0.0]


def test_what_rests_on_few_is_left_out():
    assert "past_30" not in figures(min_cell=2).index
    assert figures(min_cell=2).loc["accounts", "value"] == 2


def test_a_business_without_accounts_has_no_portfolio():
    assert isinstance(portfolio({}.__getitem__, {}.__contains__, as_of=date(2024, 6, 12), min_cell=0), Unavailable)


@pytest.mark.parametrize(
    ("one", "other", "is_share", "differs"),
    [
        (Amount(0.06, 60), Amount(0.03, 30), True, True),
        (Amount(0.06, 6), Amount(0.03, 3), True, False),
        (Amount(0.98, 200), Amount(0.99, 100), True, True),  # twice as many are not activated
        (Amount(105.0, 100), Amount(100.0, 100), False, False),
        (Amount(0.06, 60), None, True, False),
    ],
)
def test_a_change_is_worth_a_word_where_chance_alone_does_not_make_it(one, other, is_share, differs):
    assert _differs(one, other, is_share=is_share) == differs
