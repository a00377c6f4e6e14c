"""Drafts of deliveries as other countries and programs write them: cards, tables for scoring, appointments, people."""

import sqlite3

import numpy as np
import pandas as pd
import pytest

from insight.config.parameters import load
from insight.sources import draft
from insight.sources.checkup import check
from insight.sources.drafting.documented import outcomes
from insight.sources.drafting.values import Column

N = 120


def days(form: str = "%Y-%m-%d") -> list[str]:
    return list(pd.date_range("2024-01-03", periods=N, freq="2D").strftime(form))


@pytest.mark.parametrize(
    ("member", "card", "receipt", "day", "amount"),
    [
        ("Mitglied", "Karten-Nr.", "Bonnr", "Kaufdatum", "Betrag"),
        ("Socio", "Tessera", "Scontrino n.", "Data acquisto", "Importo"),
        ("Lid", "kaart_code", "Kassabon", "Aankoopdatum", "Bedrag"),
    ],
)
def test_cards_tell_whose_purchases_are(shop, member, card, receipt, day, amount):
    drawn = np.random.default_rng(4)
    cards = [f"70{number * 37:06d}" for number in range(40)]
    people = [f"P{number % 25:03d}" for number in range(40)]
    bought = drawn.integers(0, 40, N)
    shop.put("cards.csv", pd.DataFrame({member: people, card: cards}).to_csv(index=False))
    purchases = {receipt: range(500, 500 + N), card: [cards[at] for at in bought], day: days(), amount: 7.5}
    shop.put("sales.csv", pd.DataFrame(purchases).to_csv(index=False))
    checked = shop.run_as_drafted()["transactions"]
    held = checked.accepted.customer_id.to_pandas()
    assert sorted(held) == sorted(people[at] for at in bought)


def test_a_flat_table_is_named_by_the_column_that_is_another_in_each_row(shop):
    drawn = np.random.default_rng(4)
    frame = pd.DataFrame({"score": drawn.uniform(0, 1, N).round(3), "age": drawn.integers(18, 80, N)})
    frame["contract_ref"], frame["city"] = [f"K{number}" for number in range(N)], "Ulm"
    frame["renewed"] = drawn.choice(["yes", "no"], N)
    shop.put("scoring.csv", frame.to_csv(index=False))
    text = draft.draft("shop", shop.root)
    assert "customer_id: contract_ref  # CHECK: 'contract_ref' is another in each row" in text
    assert "label: renewed  # CHECK" in text
    assert "label_says: response" in text


@pytest.mark.parametrize(
    ("missed", "cancelled", "kept", "planned"),
    [
        ("No asistió", "Anulada", "Atendida", "Pendiente"),
        ("Faltou", "Desmarcado", "Compareceu", "Pendente"),
        ("Assente", "Disdetta", "Eseguita", "In attesa"),
        ("Niet verschenen", "Afgezegd", "Verschenen", "Gepland"),
        ("Gelmedi", "İptal edildi", "Geldi", "Planlandı"),
        ("Uteblev", "Avbokad", "Genomförd", "Bokad"),
    ],
)
def test_what_became_of_appointments_is_understood(missed, cancelled, kept, planned):
    codes = {missed: "missed", cancelled: "cancelled", kept: "kept", planned: "planned"}
    assert outcomes(Column("status", dict.fromkeys(codes, 1), 4)) == codes


def test_people_in_a_database_whom_no_id_names_are_said_to_be_linked_from_files(shop):
    path = shop.folder / "crm.sqlite"
    with sqlite3.connect(path) as con:
        people = {"crm_no": range(N), "last_name": "Noll", "phone": [f"+4915{number}" for number in range(N)]}
        pd.DataFrame(people).to_sql("crm_person", con, index=False)
        orders = {
            "order_id": range(N),
            "login": [f"u{number}" for number in range(N)],
            "ordered_at": days(),
            "total": 5.5,
        }
        pd.DataFrame(orders).to_sql("orders", con, index=False)
    con.close()
    text = draft.draft("shop", shop.root, url="sqlite:///data/raw/shop/crm.sqlite")
    assert 'customer_id: "???"' in text
    assert "linked from files alone" in text
    assert "Noll" not in text


@pytest.mark.parametrize("column", ["Total", "unit price"])
def test_signs_of_two_currencies_in_one_column_are_asked_about(shop, column):
    amounts = [f"{'£' if number % 3 else '€'}{number}.50" for number in range(N)]
    frame = pd.DataFrame({"order": range(N), "client_no": [7, 8, 9] * 40, "order_date": days(), column: amounts})
    shop.put("orders.csv", frame.assign(quantity=2).to_csv(index=False))
    assert shop.draft()["source"]["tables"]["transactions"]["columns"]["amount"] == "???"
    assert "EUR, GBP in one column are never added up" in (shop.root / "params" / "shop.yaml").read_text("utf-8")


def test_refunds_in_a_file_of_their_own_are_pointed_out(shop):
    frame = pd.DataFrame({"order_id": range(N), "client_no": [7, 8, 9] * 40, "order_date": days(), "total": 9.5})
    shop.put("orders.csv", frame.to_csv(index=False))
    back = pd.DataFrame({"order_id": [3, 5, 9], "refund_date": days()[:3], "refund_amount": [1.5, 2.5, 9.5]})
    shop.put("refunds.csv", back.to_csv(index=False))
    text = draft.draft("shop", shop.root)
    assert (
        "Not used: refunds.csv (order_id, refund_date, refund_amount): CHECK: named after what is no purchase" in text
    )


def test_what_never_was_paid_is_no_purchase(shop):
    states = ["paid", "unpaid", "overdue"] * 40
    frame = pd.DataFrame({"invoice": range(N), "customer": [7, 8, 9, 6] * 30, "invoice_date": days(), "total": 9.5})
    shop.put("invoices.csv", frame.assign(status=states).to_csv(index=False))
    kinds = shop.run_as_drafted()["transactions"].accepted.kind.to_pandas()
    assert kinds.value_counts().to_dict() == {"purchase": 40, "other": 80}


def test_a_month_that_is_laid_out_otherwise_is_pointed_out_by_draft_and_check(shop):
    frame = pd.DataFrame({"receipt": range(N), "member": [7, 8, 9] * 40, "sold_on": days(), "total_cents": 950})
    shop.put("month-1.csv", frame[:100].to_csv(index=False))
    shop.put("month-2.csv", frame[100:].to_csv(index=False, sep=";"))
    checked = shop.run_as_drafted()["transactions"]
    assert float(checked.accepted.amount.sum().execute()) == 950.0
    assert "otherwise laid out, and is in no sum" in (shop.root / "params" / "shop.yaml").read_text("utf-8")
    assert "read by no table: month-2.csv" in check(load("shop", root=shop.root)).lines


def test_text_and_parquet_with_the_same_columns_are_one_table(shop):
    frame = pd.DataFrame({"receipt": [f"A{at}" for at in range(N)], "member_no": [7.0, 8.0, 9.0] * 40})
    frame["sold_on"], frame["total"] = pd.to_datetime(days()), [at + 0.5 for at in range(N)]
    frame[60:].to_parquet(shop.folder / "a.parquet")
    shop.put("b.csv", frame[:70].to_csv(index=False))  # ten rows stand in both
    checked = shop.run_as_drafted()["transactions"]
    counts = checked.counts.filter(regex="^rows_").sum()
    assert (counts.rows_accepted, counts.rows_duplicate) == (N, 10)
    assert float(checked.accepted.amount.sum().execute()) == frame.total.sum()


def test_a_travel_agency_in_german_finds_its_rates(shop):
    codes = ["EUR", "CHF"] * 60
    bookings = {"Buchungsnr": range(N), "Reisender": [f"R{at % 17}" for at in range(N)], "gebucht am": days("%d.%m.%Y")}
    bookings |= {"Abreise": days("%d.%m.%Y"), "Reisepreis": "512,50", "Währung": codes}
    shop.put("buchungen.csv", pd.DataFrame(bookings).to_csv(index=False, sep=";"))
    rates = {"Datum": days("%d.%m.%Y"), "Währung": "CHF", "Kurs": [f"1,{1900 + at}" for at in range(N)]}
    shop.put("kurse.csv", pd.DataFrame(rates).to_csv(index=False, sep=";"))
    table = shop.draft()["source"]["tables"]["transactions"]
    assert table["columns"]["amount"] == {"product": ["Reisepreis"], "divided_by": ["rates.Kurs"]}
    assert (table["join"]["rates"]["one_for"], table["columns"]["customer_id"]) == ("EUR", "Reisender")
