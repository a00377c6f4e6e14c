"""Drafts of appointments, bookings ahead and daily rates, whatever their columns are called."""

import numpy as np
import pandas as pd
import pytest
import yaml

from insight.sources import draft


def tables(shop) -> dict:
    return yaml.safe_load(draft.draft("shop", shop.root))["source"]["tables"]


def put(shop, name: str, frame: pd.DataFrame) -> None:
    (shop.folder / name).write_bytes(frame.to_csv(index=False).encode())


def days(n: int, first: str, form: str = "%Y-%m-%d") -> list[str]:
    return [day.strftime(form) for day in pd.date_range(first, periods=n)]


@pytest.mark.parametrize(
    ("key", "who", "booked", "planned", "state", "codes"),
    [
        ("AppointmentID", "PatientId", "ScheduledDay", "AppointmentDay", "No-show", {"Yes": "missed", "No": "kept"}),
        (
            "Termin-Nr",
            "Patienten-Nr",
            "gebucht am",
            "Termin",
            "Status",
            {"erschienen": "kept", "abgesagt": "cancelled"},
        ),
        (
            "预约编号",
            "患者编号",
            "预订日期",
            "预约日期",
            "预约状态",
            {"已到诊": "kept", "爽约": "missed", "已取消": "cancelled"},
        ),
        ("id", "member_id", "created_at", "slot", "attended", {"1": "kept", "0": "missed"}),
    ],
)
def test_appointments_are_interactions(shop, key, who, booked, planned, state, codes):
    n = 120
    frame = pd.DataFrame(
        {
            key: np.arange(7_000, 7_000 + n),
            who: np.random.default_rng(3).integers(100, 140, n),
            booked: days(n, "2024-01-01"),
            planned: days(n, "2024-01-09"),
            state: [list(codes)[number % len(codes)] for number in range(n)],
        }
    )
    put(shop, "appointments.csv", frame)
    table = tables(shop)["interactions"]["columns"]
    assert (table["interaction_id"], table["customer_id"]) == (key, who)
    assert (table["occurred_on"]["column"], table["planned_on"]["column"]) == (booked, planned)
    assert table["outcome"] == {"column": state, "values": codes}


@pytest.mark.parametrize("planned", ["departure_date", "check_in", "Reisebeginn", "出发日期"])
def test_a_later_day_of_a_booking_is_an_interaction_too(shop, planned):
    n = 90
    frame = pd.DataFrame(
        {
            "booking_no": [f"B{number}" for number in range(n)],
            "customer_no": np.random.default_rng(4).integers(100, 130, n),
            "booking_date": days(n, "2024-01-01"),
            planned: days(n, "2024-06-01"),
            "status": ["confirmed", "cancelled", "completed"] * (n // 3),
            "amount": np.round(np.linspace(100, 900, n), 2),
        }
    )
    put(shop, "bookings.csv", frame)
    found = tables(shop)
    assert found["transactions"]["columns"]["occurred_on"]["column"] == "booking_date"
    columns = found["interactions"]["columns"]
    assert (columns["planned_on"]["column"], found["interactions"]["files"]) == (planned, ["bookings.csv"])
    assert columns["outcome"]["values"] == {"confirmed": "planned", "cancelled": "cancelled", "completed": "kept"}


def with_rates(
    shop, *, codes=("EUR", "CHF"), quoted=None, form="%Y-%m-%d", name="to_eur", rate=1.0421, into="EUR"
) -> dict:
    n = 60
    frame = pd.DataFrame(
        {
            "order_no": np.arange(900, 900 + n),
            "customer_no": np.random.default_rng(5).integers(10, 30, n),
            "order_date": days(n, "2024-01-01"),
            "amount": np.round(np.linspace(10, 90, n), 2),
            "currency": [codes[number % len(codes)] for number in range(n)],
        }
    )
    put(shop, "orders.csv", frame)
    rates = [
        pd.DataFrame({"day": days(n, "2024-01-01", form), "code": code, name: 1.0 if code == into else rate})
        for code in quoted or codes
    ]
    put(shop, "fx.csv", pd.concat(rates))
    return tables(shop)["transactions"]


def test_daily_rates_are_looked_up_and_multiplied(shop):
    table = with_rates(shop)
    assert table["join"]["rates"]["by"] == {"order_date": "day", "currency": "code"}
    assert table["columns"]["amount"] == {"product": ["amount", "rates.to_eur"]}
    assert table["columns"]["currency"] == {"constant": "EUR"}


@pytest.mark.parametrize(
    ("codes", "into", "name", "rate", "divides"),
    [
        (("EUR", "JPY"), "EUR", "rate", 161.37, True),
        (("EUR", "JPY"), "EUR", "rate", 0.00619, False),
        (("GBP", "EUR"), "GBP", "kurs", 1.163, True),
        (("GBP", "EUR"), "GBP", "kurs", 0.8598, False),
        (("EUR", "USD"), "EUR", "usd_per_eur", 1.0873, True),
        (("EUR", "CHF"), "EUR", "rate", 0.9512, None),  # a franc has cost as much: it may be either
    ],
)
def test_whether_a_rate_multiplies_or_divides_is_told_by_what_currencies_cost(shop, codes, into, name, rate, divides):
    table = with_rates(shop, codes=codes, into=into, name=name, rate=rate)
    divided = {"product": ["amount"], "divided_by": [f"rates.{name}"]}
    assert table["columns"]["amount"] == (divided if divides else {"product": ["amount", f"rates.{name}"]})
    text = draft.draft("shop", shop.root)
    assert ("or divided, if it says what one EUR costs" in text) == (divides is None)


@pytest.mark.parametrize(
    ("names", "rule"),
    [
        ({"amount": "amount_cents"}, {"product": ["amount_cents"], "divided_by": ["100"]}),
        ({"amount": "Total (pence)"}, {"product": ["Total (pence)"], "divided_by": ["100"]}),
        (
            {"amount": "unit_price_cents", "pieces": "quantity"},
            {"product": ["quantity", "unit_price_cents"], "divided_by": ["100"]},
        ),
        ({"amount": "scent amount"}, "scent amount"),
    ],
)
def test_amounts_in_hundredths_are_divided_by_a_hundred(shop, names, rule):
    frame = pd.DataFrame({"order_no": range(40), "customer_no": [7, 8] * 20, "order_date": days(40, "2024-01-01")})
    frame["amount"], frame["pieces"] = range(100, 4100, 100), [1, 2] * 20
    put(shop, "orders.csv", frame.rename(columns=names))
    table = tables(shop)["transactions"]
    assert table["columns"].get("amount") == rule


def test_rates_without_those_of_the_own_currency_convert_into_it(shop):
    table = with_rates(shop, codes=("EUR", "GBP", "JPY"), quoted=("GBP", "SEK", "JPY"), name="rate", rate=0.86)
    assert table["join"]["rates"]["one_for"] == "EUR"
    assert table["columns"]["amount"]["product"][0] == "amount"
    checked = shop.run_as_drafted()["transactions"]
    given = pd.read_csv(shop.folder / "orders.csv")
    own = round(given.amount[given.currency == "EUR"].sum(), 2)
    rows = checked.accepted.filter(checked.accepted.basket_id.isin(given.order_no[given.currency == "EUR"].astype(str)))
    assert float(rows.amount.sum().execute()) == own


def test_rates_that_do_not_fit_are_not_used(shop):
    table = with_rates(shop, codes=("USD", "CHF"), quoted=("GBP", "SEK"))
    assert (table["columns"]["amount"], table["columns"]["currency"], "join" in table) == ("amount", "currency", False)


def test_rates_of_days_that_are_written_otherwise_meet_as_days(shop):
    rates = with_rates(shop, form="%d.%m.%Y")["join"]["rates"]
    assert (rates["last_before"], rates["format"]["dates"]) == (7, ["%d.%m.%Y"])
    checked = shop.run_as_drafted()["transactions"]
    assert (checked.accepted.count().execute(), len(checked.remarks)) == (60, 0)


def test_rates_that_are_not_quoted_on_weekends_take_the_last_one_before(shop):
    with_rates(shop)
    rates = pd.read_csv(shop.folder / "fx.csv")
    put(shop, "fx.csv", rates[pd.to_datetime(rates["day"]).dt.dayofweek < 5])
    checked = shop.run_as_drafted()["transactions"]
    assert "last_before: 7  # CHECK: amounts become EUR" in (shop.root / "params" / "shop.yaml").read_text("utf-8")
    weekend = int((pd.to_datetime(pd.read_csv(shop.folder / "orders.csv").order_date).dt.dayofweek > 4).sum())
    assert checked.accepted.count().execute() == 60
    assert checked.remarks[["code", "rows"]].to_numpy().tolist() == [["last_before", weekend]]
