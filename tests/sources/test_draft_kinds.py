"""Drafts of many kinds of businesses: understood in their language, joined by true keys, never false and runnable."""

from decimal import Decimal
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest

from insight.config.parameters import load
from insight.errors import ParameterError
from insight.sources import draft
from insight.sources.checkup import check

ROWS = 600


def days(rows: int = ROWS, start: str = "2023-01-01", span: int = 600, form: str = "%Y-%m-%d") -> list[str]:
    chosen = np.sort(np.random.default_rng(rows).integers(0, span, rows))
    return [f"{day:{form}}" for day in pd.Timestamp(start) + pd.to_timedelta(chosen, unit="D")]


def drawn(low: int, high: int, rows: int = ROWS) -> np.ndarray:
    return np.random.default_rng(low + rows).integers(low, high, rows)


def write(frame: pd.DataFrame, path, encoding="utf-8", **how) -> None:
    path.write_bytes(frame.to_csv(index=False, **how).encode(encoding))


def tables(shop) -> dict:
    return shop.draft()["source"]["tables"]


@pytest.mark.parametrize(
    ("customer", "basket", "day", "amount", "encoding"),
    [
        ("會員卡號", "發票號碼", "日期", "銷售", "big5"),
        ("買家編號", "訂單編號", "下單日期", "實收金額", "utf-8"),
        ("患者编号", "就诊号", "就诊日期", "收款金额", "gb18030"),
        ("お客様番号", "伝票番号", "売上日", "売上金額", "utf-8"),
        ("会員コード", "注文番号", "ご利用の日時", "=売上", "utf-8"),
        ("Kd-Nr", "Re-Nr", "Datum der Rechnung", "Rechnungssumme", "utf-8"),
        ("Patienten-Nr.", "Beleg-Nr", "Behandlungsdatum", "Honorar", "cp1252"),
        ("N° client", "N° facture", "Date de facture", "Montant TTC", "utf-8"),
        ("Nº de socio", "Nº Factura", "Fecha de venta", "Importe", "cp1252"),
        ("Nr klienta", "Numer paragonu", "Data sprzedaży", "Kwota brutto (zł)", "cp1250"),
        ("Identyfikator klienta", "Nr zamówienia", "Data zamówienia", "Wartość zamówienia", "utf-8"),
        ("Номер клиента", "Номер чека", "Дата продажи", "Сумма", "utf-8"),
        ("Код покупателя", "Заказ", "Дата и время заказа", "Сумма заказа", "utf-8"),
        ("Cod. cliente", "Numero fattura", "Data di acquisto", "Totale", "cp1252"),
        ("Numero tessera", "Scontrino n.", "Giorno", "Importo totale (€)", "utf-8"),
        ("Klantnr.", "Bestelnummer", "Besteldatum", "Totaalbedrag", "utf-8"),
        ("N.º do cliente", "Fatura n.º", "Data da fatura", "Montante total", "cp1252"),
        ("Müşteri Kodu", "Sipariş Numarası", "Sipariş Tarihi", "Toplam Tutar", "cp1254"),
        ("Kundnr", "Kvittonr", "Köpdatum", "Belopp", "cp1252"),
        ("N° carte fidélité", "N° de ticket", "Date d'achat", "Montant TTC", "iso8859-15"),
        ("Číslo zákazníka", "Číslo dokladu", "Datum nákupu", "Celkem (Kč)", "cp1250"),
        ("Bill To", "Invoice #", "Invoice Dt", "Amount (USD)", "utf-8"),
        ("고객번호", "주문번호", "주문일시", "결제금액", "utf-8"),
        ("회원 ID", "영수증번호", "거래일자", "매출 금액", "utf-8"),
        ("CLIENTNUM", "receipt_ref", "saledate", "Total", "utf-8"),
        ("Loyalty Card No", "Till Receipt No", "Trans Date", "Trans Value", "utf-8"),
        ("PatientNo", "VisitID", "visit_dt", "Fee", "utf-8"),
        ("users_id", "orders_id", "date", "amount", "utf-8"),
    ],
)
def test_columns_are_understood_by_what_they_are_made_of(shop, customer, basket, day, amount, encoding):
    amount = amount.removeprefix("=")
    frame = pd.DataFrame({basket: drawn(5000, 5300), day: days(), amount: drawn(10, 900), customer: drawn(100, 180)})
    write(frame, shop.folder / "export.csv", encoding, sep=";")
    text = draft.draft("shop", shop.root)
    columns = tables(shop)["transactions"]["columns"]
    when = columns["occurred_on"]
    assert (columns["customer_id"], columns["basket_id"], when["column"], columns["amount"]) == (
        customer, basket, day, amount
    ), text  # fmt: skip


def test_what_was_found_stays_where_columns_are_asked_for(shop):
    frame = pd.DataFrame({"Größe": ["a", "b"], "Wo": ["c", "ü"]})
    write(frame, shop.folder / "x.csv", "cp1252", sep="|")
    assert tables(shop)["transactions"] == {
        "files": ["???"],
        "format": {"encoding": "cp1252", "delimiter": "|"},
        "columns": dict.fromkeys(("customer_id", "occurred_at", "amount"), "???"),
    }


def test_orders_without_an_amount_are_described_and_the_amount_is_asked_for(shop):
    orders = {"id": range(ROWS), "users_id": drawn(1, 90), "date": days(), "source": "app"}
    write(pd.DataFrame(orders), shop.folder / "orders.csv", sep=";")
    found = tables(shop)["transactions"]
    assert found["format"]["delimiter"] == ";"
    assert found["columns"] == {
        "transaction_id": "id",
        "customer_id": "users_id",
        "occurred_on": {"column": "date", "dates": ["%Y-%m-%d"]},
        "amount": "???",
        "channel": "source",
    }
    with pytest.raises(ParameterError, match=r"transactions\.columns\.amount"):
        load("shop", root=shop.root)


def test_keys_called_id_meet_the_files_that_they_name(shop):
    write(
        pd.DataFrame({"id": range(1, 201), "users_id": drawn(1, 60, 200), "date": days(200)}),
        shop.folder / "orders.csv",
    )
    write(
        pd.DataFrame({"id": range(1, 601), "orders_id": drawn(1, 201), "qty": drawn(1, 4), "price": drawn(1, 900)}),
        shop.folder / "order_items.csv",
    )
    write(pd.DataFrame({"id": range(1, 70), "city": "Bari", "sex": "f"}), shop.folder / "users.csv")
    found = tables(shop)
    assert found["transactions"]["join"]["orders"]["by"] == {"orders_id": "id"}
    assert found["transactions"]["columns"]["customer_id"] == "orders.users_id"
    assert found["customers"]["columns"]["customer_id"] == "id"


@pytest.fixture
def bank(shop):
    """Clients, accounts, who holds which, and what was booked: the numbers of all lie in one range."""
    rng = np.random.default_rng(5)
    held = np.sort(rng.choice(np.arange(1, 500), 300, replace=False))
    frames = {
        "client": pd.DataFrame({"client_id": range(1, 401), "district": drawn(1, 70, 400)}),
        "account": pd.DataFrame({"account_id": held, "date": days(300, "1995-01-01")}),
        "disp": pd.DataFrame({"disp_id": range(300), "client_id": rng.permutation(400)[:300] + 1, "account_id": held}),
        "order": pd.DataFrame({"order_id": range(7000, 7200), "account_id": held[:200], "amount": drawn(5, 90, 200)}),
        "trans": pd.DataFrame(
            {
                "trans_id": range(1, ROWS + 1),
                "account_id": [*held, *rng.choice(held, ROWS - 300)],
                "date": days(ROWS, "1997-01-01"),
                "amount": drawn(5, 9000),
                "balance": drawn(5, 90000) / 7,
            }
        ),
    }

    def put(*names: str) -> dict:
        for name in names:
            write(frames[name], shop.folder / f"{name}.csv", sep=";")
        return tables(shop)

    return put


def test_a_file_of_two_keys_links_accounts_with_their_clients(bank):
    found = bank("client", "account", "disp", "order", "trans")
    assert found["transactions"]["files"] == ["trans.csv"]
    assert found["transactions"]["join"]["accounts"]["files"] == ["disp.csv"]
    assert found["transactions"]["columns"]["customer_id"] == "accounts.client_id"
    assert found["transactions"]["columns"]["amount"] == "amount"
    assert found["customers"]["columns"]["customer_id"] == "client_id"
    assert found["accounts"]["columns"]["customer_id"] == "owners.client_id"


def test_accounts_and_clients_that_meet_by_chance_are_not_joined(bank, shop):
    found = bank("client", "trans")
    assert "customers" not in found
    text = (shop.root / "params" / "shop.yaml").read_text("utf-8")
    assert "its keys meet our accounts by chance alone" in text
    assert "CHECK: each account counts as a customer" in text


def test_the_day_on_which_an_account_was_opened_is_no_day_of_a_purchase(bank, shop):
    found = bank("account", "order", "disp")
    assert found["transactions"]["columns"].get("occurred_on") is None
    with pytest.raises(ParameterError, match=r"\?\?\?"):
        load("shop", root=shop.root)


@pytest.mark.parametrize("day", ["Opening Date", "Birthday", "Registered On", "Expiry Date", "Last Purchase Date"])
@pytest.mark.parametrize("money", ["Balance", "Credit Limit"])
def test_balances_and_days_of_no_event_make_no_transactions(shop, day, money):
    frame = pd.DataFrame(
        {"Customer ID": drawn(1, 200), "Account": drawn(1, 999), day: days(), money: drawn(1, 9000) / 7}
    )
    write(frame, shop.folder / "extract.csv")
    columns = tables(shop)["transactions"]["columns"]
    assert columns["amount"] == "???"
    assert columns.get("occurred_at") == "???"


def test_kinds_that_nobody_understands_are_asked_for(shop):
    frame = pd.DataFrame({"client": drawn(1, 90), "date": days(), "amount": drawn(1, 900), "type": ["QX", "QY"] * 300})
    write(frame, shop.folder / "moves.csv")
    assert set(tables(shop)["transactions"]["columns"]["kind"]["values"].values()) == {"???"}


def test_campaigns_contacts_and_responses_are_recognised(shop):
    sales = {"customer_id": drawn(1, 90), "order_date": days(), "amount": drawn(1, 900)}
    write(pd.DataFrame(sales), shop.folder / "sales.csv")
    write(
        pd.DataFrame(
            {"campaign_id": ["A", "B"], "name": ["x", "y"], "start_date": ["2023-03-01"] * 2, "end_date": "2023-04-01"}
        ),
        shop.folder / "campaigns.csv",
    )
    sent = {"contact_id": range(80), "customer_id": range(1, 81), "campaign_id": "A", "sent_on": "2023-03-02"}
    write(pd.DataFrame(sent), shop.folder / "contacts.csv")
    came = {
        "response_id": range(9),
        "customer_id": range(1, 10),
        "responded_at": "2023-03-05 10:00:00",
        "kind": "visit",
    }
    write(pd.DataFrame(came), shop.folder / "responses.csv")
    found = tables(shop)
    assert "customers" not in found
    assert found["campaigns"]["columns"]["starts_on"]["column"] == "start_date"
    assert found["contacts"]["columns"]["sent_on"]["column"] == "sent_on"
    assert found["contacts"]["columns"]["is_holdout"] == {"constant": "false"}
    assert found["responses"]["columns"]["responded_at"]["column"] == "responded_at"
    load("shop", root=shop.root)


def flat(shop) -> dict:
    """Give what the draft of a flat table says under `source`, once it can be read."""
    said = shop.draft()["source"]
    load("shop", root=shop.root)
    return {name: value for name, value in said.items() if name not in ("kind", "format")}


def test_a_flat_table_of_customers_is_drafted_with_its_label(shop):
    frame = {"CLIENTNUM": range(7000, 7600), "Gender": ["F", "M"] * 300, "Balance": drawn(1, 9999) / 7}
    frame |= {"as_of_date": "2024-06-30", "Joined": days(), "Exited": [0, 1] * 300, "Total_Amount": drawn(9, 9999)}
    write(pd.DataFrame(frame), shop.folder / "bank.csv")
    assert flat(shop) == {"label": "Exited"}
    text = draft_of(shop)
    assert "One row per customer" in text
    assert "'as_of_date' is the same day in every row: that is no history" in text
    assert "#        customer_id: CLIENTNUM" in text


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"respond": [0, 1]}, {"label": "respond", "label_says": "response"}),
        ({"approve": [0, 1], "reject": [1, 0]}, {"label": "approve", "label_says": "response", "ignored": ["reject"]}),
        ({"deny": ["no", "yes"]}, {"label": "deny", "label_says": "response", "leaves": "no"}),
        ({"Defaulted": ["Y", "N"]}, {"label": "Defaulted", "label_says": "default"}),
        ({"class": [0, 1]}, {"label": "class", "label_says": "leaving"}),
        ({"campaign": [1, 2], "y": ["no", "yes"]}, {"label": "y", "label_says": "response"}),
        ({"loan_amount": [100, 250], "y": ["no", "yes"]}, {"label": "y", "label_says": "default"}),
        (
            {"segment": ["No mail", "Mail"], "visit": [0, 1], "spend": [0, 2]},
            {"treatment": "segment", "outcome": "visit", "ignored": ["spend"]},
        ),
        ({"segment": ["A", "B"], "visit": [0, 1]}, {"label": "visit", "label_says": "response"}),
        ({"treated": [0, 1], "earned": [9, 7]}, {"one_row_per": "customer"}),
        ({"hours": [4, 5]}, {"one_row_per": "customer"}),
        (
            {"E-Mail": ["a@b.nl", "c@d.nl"], "visit": [0, 1]},
            {"label": "visit", "label_says": "response", "ignored": ["E-Mail"]},
        ),
    ],
)
def test_a_flat_table_is_drafted_by_the_names_of_its_columns(shop, columns, said):
    write(
        pd.DataFrame({"wage": drawn(1, 90, 200), **{name: held * 100 for name, held in columns.items()}}),
        shop.folder / "people.csv",
    )
    assert flat(shop) == said


def test_a_flat_table_beside_others_names_its_file(shop):
    write(pd.DataFrame({"age": drawn(18, 90, 200), "churned": [0, 1] * 100}), shop.folder / "people.csv")
    write(pd.DataFrame({"a": ["x", "y"], "b": ["u", "v"]}), shop.folder / "codes.csv")
    assert flat(shop) == {"files": ["people.csv"], "label": "churned"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("telco_churn_ibm/Telco-Customer-Churn.csv", {"label": "Churn"}),
        ("taiwan_default/UCI_Credit_Card.csv", {"label": "class", "label_says": "default"}),
        (
            "hillstrom_60/hillstrom_60.csv",
            {"treatment": "segment", "outcome": "visit", "ignored": ["conversion", "spend"]},
        ),
    ],
)
def test_public_flat_tables_are_recognised(shop, shared, name, said):
    (shop.folder / name.split("/")[1]).write_bytes((shared / name).read_bytes())
    assert flat(shop) == said


def test_customers_with_a_key_and_no_label_are_described_as_such(shop, shared):
    (shop.folder / "CC_GENERAL.csv").write_bytes((shared / "cc_general/CC_GENERAL.csv").read_bytes())
    found = tables(shop)
    assert found["customers"]["columns"]["customer_id"] == "CUST_ID"
    assert "#   one_row_per: customer" in draft_of(shop)


def test_customers_whose_numbers_lost_their_zeros_are_pointed_out(shop):
    write(
        pd.DataFrame({"member_no": drawn(10, 99), "date": days(), "amount": drawn(1, 900)}), shop.folder / "sales.csv"
    )
    people = {"member_no": [f"{number:06d}" for number in range(10, 99)], "city": "Rom"}
    write(pd.DataFrame(people), shop.folder / "members.csv")
    assert "0.0% of the customers of transactions stand here as they are written; 100.0% without leading zeros" in (
        draft.draft("shop", shop.root)
    )


def test_a_workbook_with_a_title_and_mixed_amounts_is_described(shop):
    amounts = [f"{number},50" if number % 8 == 0 else number + 0.5 for number in range(200)]
    frame = pd.DataFrame({"Customer No.": drawn(1, 40, 200), "Date": days(200), "Amount": amounts})
    frame.to_excel(shop.folder / "report.xlsx", startrow=3, index=False)
    found = tables(shop)["transactions"]
    assert found["format"]["skip_lines"] == 3
    assert found["columns"]["amount"] == "Amount"
    assert "CHECK: 25 of 200 values are no numbers as the others are written" in draft_of(shop)


def draft_of(shop) -> str:
    return (shop.root / "params" / "shop.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("header", "currency", "budget"),
    [
        ("会員番号,売上日,売上金額", "JPY", 50_000),
        ("會員編號,交易日期,金額", "TWD", 15_000),
        ("会员编号,交易日期,金额", "CNY", 5_000),
        ("N° client,Date de facture,Montant", "EUR", 500),
        ("customer_id,date,amount", "USD", 500),
    ],
)
def test_what_a_campaign_may_cost_is_said_in_the_currency_of_the_business(shop, header, currency, budget):
    shop.put("a.csv", f"{header}\n7,2024-03-31,5\n7,2024-03-30,6\n")
    given = shop.draft()
    assert (given["currency"], given["campaign_budget"], given["contact_cost"]) == (currency, budget, budget / 500)
    text = draft_of(shop)
    assert f"campaign_budget: {budget}  # CHECK" in text


def test_appointments_are_interactions_with_a_planned_day_and_an_outcome(shop):
    paid = {"PatientNo": drawn(1, 90), "ServiceDate": days(), "Fee": drawn(20, 90), "Paid": drawn(20, 90)}
    write(pd.DataFrame(paid), shop.folder / "invoices.csv")
    came = {"ApptNo": range(ROWS), "PatientNo": drawn(1, 90), "Appointment Date": days()}
    came["State"] = ["Attended", "No show", "Cancelled by clinic", "Booked", "Zz"] * (ROWS // 5)
    write(pd.DataFrame(came), shop.folder / "appointments.csv")
    found = tables(shop)
    columns = found["interactions"]["columns"]
    assert columns["planned_on"]["column"] == "Appointment Date"
    assert columns["outcome"]["values"] == {
        "Attended": "kept", "No show": "missed", "Cancelled by clinic": "cancelled", "Booked": "planned"
    }  # fmt: skip
    assert found["transactions"]["columns"]["amount"] == "Fee"
    assert "CHECK: amount: 'Paid' could be it too" in draft_of(shop)


def test_bookings_with_a_day_of_travel_are_purchases_and_interactions(shop):
    booked = {"BookingRef": range(ROWS), "Client No": drawn(1, 90), "Booking Date": days(), "Price": drawn(90, 900)}
    booked |= {"Departure Date": days(start="2023-03-01"), "Destination": "Oslo", "Currency": ["EUR", "CHF"] * 300}
    write(pd.DataFrame(booked), shop.folder / "bookings.csv")
    found = tables(shop)
    assert found["transactions"]["columns"]["occurred_on"]["column"] == "Booking Date"
    assert found["interactions"]["columns"]["planned_on"]["column"] == "Departure Date"
    assert "region" not in found.get("customers", {}).get("columns", {})
    assert "CHECK: CHF, EUR are never added up" in draft_of(shop)


@pytest.mark.parametrize(
    ("days_told", "share"),
    [(["2024-06-30"] * 50, "every row is"), (["2024-06-30"] * 48 + ["2024-06-29"] * 2, "96.0% of the rows are")],
)
def test_a_constant_day_is_no_history(shop, days_told, share):
    rows = "".join(f"{number},{day},5\n" for number, day in enumerate(days_told))
    shop.put("a.csv", "who,when,paid\n" + rows)
    columns = {"customer_id": "who", "occurred_on": "when", "amount": "paid"}
    lines = check(shop.describe(columns=columns)).lines
    assert any(f"{share} of one day, 2024-06-30: that is no history" in line for line in lines)


def test_days_of_two_weeks_are_history(shop):
    shop.put("a.csv", "who,when,paid\n" + "".join(f"7,2024-06-{day},5\n" for day in range(10, 24)))
    columns = {"customer_id": "who", "occurred_on": "when", "amount": "paid"}
    assert not any("no history" in line for line in check(shop.describe(columns=columns)).lines)


def test_cdnow_as_it_is_published_runs(shop):
    """The text file of the package: blanks between its columns, a header, one line a purchase."""
    text = files("lifetimes").joinpath("datasets", "CDNOW_master.txt").read_bytes()
    (shop.folder / "CDNOW_master.txt").write_bytes(text)
    counts = shop.run_as_drafted()["transactions"].counts.iloc[0]
    assert (counts.rows_delivered, counts.rows_quarantined) == (69_659, 0)
    assert f"{counts.amount_delivered:.2f}" == "2500315.63"


def test_columns_without_names_are_told_by_their_values(shop):
    lines = [
        f"{c:05d} {day} {n}  {p}.29"
        for c, day, n, p in zip(drawn(1, 90), days(form="%Y%m%d"), drawn(1, 9), drawn(5, 90), strict=True)
    ]
    shop.put("purchases.txt", "\n".join(lines) + "\n")
    columns = tables(shop)["transactions"]["columns"]
    assert (columns["customer_id"], columns["amount"], columns["occurred_on"]["column"]) == (
        "column_1",
        "column_4",
        "column_2",
    )
    assert "CHECK: customer_id: 'column_1' repeats, as customers do" in draft_of(shop)


def test_customers_who_are_another_in_every_order_are_asked_about(shop):
    orders = {"order_id": range(ROWS), "customer_id": range(5000, 5000 + ROWS), "purchase_date": days()}
    write(pd.DataFrame(orders), shop.folder / "orders.csv")
    lines = {"order_id": range(ROWS), "shipping_limit": "2030-01-01", "price": drawn(1, 900)}
    write(pd.DataFrame(lines), shop.folder / "order_items.csv")
    found = tables(shop)["transactions"]
    assert found["columns"]["occurred_on"]["column"] == "orders.purchase_date"
    assert "CHECK: customer_id: 'orders.customer_id' is another in every row" in draft_of(shop)
    assert "shipping_limit' is the first column with dates" not in draft_of(shop)


def test_orders_without_a_day_keep_what_is_known(shop):
    orders = {"order_id": range(ROWS), "user_id": drawn(1, 90), "order_dow": drawn(0, 7), "hour": drawn(0, 24)}
    write(pd.DataFrame(orders), shop.folder / "orders.csv")
    columns = tables(shop)["transactions"]["columns"]
    assert columns["customer_id"] == "user_id"
    assert columns["amount"] == columns["occurred_at"] == "???"


def test_a_workbook_with_titles_totals_and_amounts_as_text_is_drafted(shop, cases):
    shop.put("report.xlsx", (cases / "excel_mess" / "xlsxmess" / "report.xlsx").read_bytes())
    checked = shop.run_as_drafted()["transactions"]
    counts = checked.counts.filter(regex="^rows_").sum()
    assert (counts.rows_accepted, checked.accepted.amount.sum().execute()) == (321, Decimal("9780.37"))
    unread = checked.broken[checked.broken.column == "amount"]
    assert unread.rows.sum() == 46  # a decimal comma beside numbers: no one form reads both
    assert "46 of 367" in (shop.root / "params" / "shop.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("header", "currency", "zone"),
    [
        ("Nr klienta,Numer paragonu,Data sprzedaży,Kwota", "PLN", "Europe/Warsaw"),
        ("Номер клиента,Номер чека,Дата продажи,Сумма", "RUB", "Europe/Moscow"),
        ("고객번호,주문번호,주문일자,금액", "KRW", "Asia/Seoul"),
    ],
)
def test_the_language_of_the_columns_tells_a_currency_to_check(shop, header, currency, zone):
    shop.put("a.csv", "\n".join([header, *(f"{n % 7},B{n},2023-01-{n + 1:02},{n}.50" for n in range(28))]))
    said = [line for line in draft.draft("shop", shop.root).splitlines() if "CHECK" in line]
    assert any(line.startswith(f"currency: {currency}") for line in said)
    assert any(line.startswith(f"time_zone: {zone}") for line in said)
