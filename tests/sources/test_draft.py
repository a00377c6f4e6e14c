"""What `insight new` reads out of files it has never seen: the description runs without an edit."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import yaml

from insight.config.parameters import load
from insight.errors import ParameterError, SourceError
from insight.sources import draft


@pytest.fixture(scope="module")
def sales() -> pd.DataFrame:
    """Two years of a made-up shop: 60 customers, orders of three lines, days up to the 31st."""
    rng = np.random.default_rng(1)
    lines = 900
    minutes = np.sort(rng.integers(0, 730 * 24 * 60, lines))
    return pd.DataFrame(
        {
            "customer": [f"{number:05d}" for number in rng.integers(1, 61, lines)],
            "order": [f"{70000 + line // 3}" for line in range(lines)],
            "at": pd.Timestamp("2023-01-01") + pd.to_timedelta(minutes, unit="min"),
            "product": [f"P{number:02d}" for number in rng.integers(0, 30, lines)],
            "quantity": rng.integers(1, 6, lines),
            "price": rng.integers(100, 300_000, lines) / 100,
        }
    )


def total(frame: pd.DataFrame) -> Decimal:
    cents = (frame.quantity * (frame.price * 100).round().astype(int)).sum()
    return Decimal(int(cents)) / 100


def write(frame: pd.DataFrame, path, encoding="utf-8", **how) -> None:
    path.write_bytes(frame.to_csv(index=False, **how).encode(encoding))


def as_written(number: float, *, decimal: str, thousands: str) -> str:
    return f"{number:,.2f}".translate({ord(","): thousands, ord("."): decimal})


def amount_and_rows(checked) -> tuple[Decimal, int]:
    rows = checked["transactions"].accepted
    return rows.amount.sum().execute(), rows.count().execute()


def test_online_retail_as_it_is_published_runs(shop, shared):
    name = "online_retail.parquet"
    (shop.folder / name).write_bytes((shared / "online_retail_I" / name).read_bytes())
    checked = shop.run_as_drafted()
    counts = checked["transactions"].counts.iloc[0]
    assert (counts.rows_delivered, counts.rows_accepted, counts.rows_duplicate) == (541_909, 536_641, 5_268)
    assert counts.amount_delivered == Decimal("9747747.934")
    rows = checked["transactions"].accepted
    kinds = rows.group_by("kind").aggregate(lines=rows.count()).order_by("kind").to_pandas()
    assert kinds.lines.tolist() == [1_338, 526_052, 9_251]  # other, purchase, refund
    assert rows.customer_id.nunique().execute() == 4_372
    assert checked["customers"].accepted.count().execute() == 4_372
    params = load("shop", root=shop.root)
    assert (params.currency, params.time_zone) == ("GBP", "Europe/London")


def test_online_retail_as_a_spreadsheet_exports_it_runs(shop, shared):
    frame = pd.read_parquet(shared / "online_retail_I" / "online_retail.parquet").iloc[::20]
    frame = frame.assign(
        InvoiceDate=frame.InvoiceDate.dt.strftime("%d/%m/%Y %H:%M"),
        CustomerID=frame.CustomerID.astype("Float64"),
        Description=frame.Description.str.replace("SET OF", "SET À £", n=1),
    )
    write(frame, shop.folder / "Online Retail.csv", "cp1252")
    rows = shop.run_as_drafted()["transactions"].accepted
    form = load("shop", root=shop.root).source.tables["transactions"]
    assert form.format.encoding == ["cp1252"]
    assert form.columns["occurred_at"].dates == ["%d/%m/%Y %H:%M"]
    assert form.refunds.starts_with == ["C"]
    assert not rows.customer_id.endswith(".0").any().execute()
    assert rows.customer_id.isnull().sum().execute() > 0


def test_a_chinese_file_of_semicolons_and_decimal_commas_runs(shop, sales):
    amount = sales.quantity * sales.price
    frame = pd.DataFrame(
        {
            "客户号": sales.customer,
            "订单编号": sales.order,
            "交易日期": sales["at"].dt.strftime("%Y年%m月%d日"),
            "金额（元）": [f"{number:.2f}".replace(".", ",") for number in amount],
            "商品类别": np.where(sales.quantity > 2, "食品", "服装"),
            "客户姓名": "张三",
            "手机号码": "13800138000",
        }
    )
    write(frame, shop.folder / "交易明细.csv", "gb18030", sep=";")
    assert amount_and_rows(shop.run_as_drafted()) == (total(sales), 900)
    params = load("shop", root=shop.root)
    assert (params.currency, params.time_zone) == ("CNY", "Asia/Shanghai")
    assert params.source.tables["transactions"].personal == ["客户姓名", "手机号码"]


def test_a_german_file_with_signs_and_thousands_runs(shop, sales):
    frame = pd.DataFrame(
        {
            "Kunden-Nr.": sales.customer,
            "Belegnummer": sales.order,
            "Kaufdatum": sales["at"].dt.strftime("%d.%m.%Y"),
            "Uhrzeit": sales["at"].dt.strftime("%H:%M"),
            "Artikelnummer": sales["product"],
            "Menge": sales.quantity,
            "Einzelpreis": [as_written(price, decimal=",", thousands=".") + " €" for price in sales.price],
            "Straße": "Hauptstraße 1",
        }
    )
    write(frame, shop.folder / "verkauf.txt", "cp1252", sep=";")
    checked = shop.run_as_drafted()
    assert amount_and_rows(checked) == (total(sales), 900)
    params = load("shop", root=shop.root)
    assert params.currency == "EUR"
    assert params.source.tables["transactions"].columns["occurred_at"].columns == ["Kaufdatum", "Uhrzeit"]


def test_three_files_are_put_together(shop, sales):
    bought = pd.DataFrame(
        {
            "TransactionID": range(1, 901),
            "CustomerNumber": sales.customer,
            "Timestamp": sales["at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "ProductCode": sales["product"],
            "Quantity": sales.quantity,
            "Amount": (sales.quantity * sales.price).round(2),
        }
    )
    people = pd.DataFrame(
        {
            "CustomerNumber": [f"{number:05d}" for number in range(1, 71)],
            "First Name": "Ada",
            "E-mail": [f"a{number}@example.org" for number in range(70)],
            "Date of Birth": [f"{number % 28 + 1:02d}/03/1980" for number in range(70)],
            "Age": [20 + number for number in range(70)],
            "City": "Leeds",
        }
    )
    goods = pd.DataFrame({"ProductCode": [f"P{number:02d}" for number in range(30)], "Name": "x", "Category": "Toys"})
    for name, frame in (("transactions", bought), ("customers", people), ("products", goods)):
        write(frame, shop.folder / f"{name}.csv")
    checked = shop.run_as_drafted()
    assert amount_and_rows(checked) == (total(sales), 900)
    assert checked["transactions"].accepted.category.nunique().execute() == 1
    assert checked["customers"].accepted.count().execute() == 70
    assert checked["products"].accepted.count().execute() == 30
    assert load("shop", root=shop.root).source.tables["customers"].personal == ["First Name", "E-mail"]


def test_a_workbook_of_two_sheets_runs(shop, sales):
    bought = pd.DataFrame(
        {
            "Order No": sales.order,
            "Customer": sales.customer,
            "Order Date": sales["at"].dt.floor("s"),
            "Item": sales["product"],
            "Qty": sales.quantity,
            "Unit Price": sales.price,
        }
    )
    goods = pd.DataFrame({"Item": [f"P{number:02d}" for number in range(30)], "Name": "x", "Category": "Toys"})
    with pd.ExcelWriter(shop.folder / "shop.xlsx") as book:
        bought.to_excel(book, sheet_name="Sales", index=False)
        goods.to_excel(book, sheet_name="Items", index=False)
    checked = shop.run_as_drafted()
    assert amount_and_rows(checked) == (total(sales), 900)
    assert checked["transactions"].accepted.category.nunique().execute() == 1


def test_lines_find_their_orders(shop, sales):
    orders = sales.drop_duplicates("order")
    states = np.where(np.arange(len(orders)) % 10 == 0, "cancelled", "delivered")
    head = pd.DataFrame({"order_id": orders.order, "customer_id": orders.customer, "order_status": states})
    head["order_purchase_timestamp"] = orders["at"].dt.strftime("%Y-%m-%d %H:%M:%S")
    lines = pd.DataFrame({"order_id": sales.order, "product_id": sales["product"], "price": sales.price})
    write(head, shop.folder / "orders.csv")
    write(lines, shop.folder / "order_items.csv")
    rows = shop.run_as_drafted()["transactions"].accepted
    assert rows.count().execute() == 900
    assert rows.customer_id.nunique().execute() == orders.customer.nunique()
    assert set(rows.kind.execute()) == {"purchase", "other"}


def test_months_whose_columns_were_renamed_are_one_table(shop, sales):
    paid = (sales.quantity * sales.price).round(2)
    day = sales["at"].dt.strftime("%Y-%m-%d")
    first, second = sales.index[:400], sales.index[400:]
    write(pd.DataFrame({"cust_id": sales.customer, "date": day, "amount": paid}).loc[first], shop.folder / "1.csv")
    write(pd.DataFrame({"date": day, "customer_id": sales.customer, "amt": paid}).loc[second], shop.folder / "2.csv")
    assert amount_and_rows(shop.run_as_drafted()) == (total(sales), 900)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Report\nof March\n\nCustomer ID,Date,Amount\n7,31/03/2024,1.50\n8,01/04/2024,2\n", "1.5 7"),
        ("Customer ID\tDate\tAmount\n7\t03/31/24\t$1.50\n8\t04/01/24\t$2.00\n", "1.5 7"),
        ("Member ID|Sale Date|Net Sales\n7|31-Mar-2024|1.50\n8|01-Apr-2024|(2.00)\n", "1.5 7"),
        ("user_id,created_at,amount,email\n7,1709287200,1.5,a@b.de\n8,1709287300,2,c@d.de\n", "1.5 7"),
        ("會員編號,交易日期,金額\n大七,2024/03/31,1.5\n小八,2024/04/01,2\n", "1.5 大七"),
        ("CustomerID,InvoiceDate,Total\n7.0,2024-03-31,1.5\n8.0,2024-04-01,2\n", "1.5 7"),
        ("Kontonummer;Buchungstag;Soll;Haben\n7;31.03.2024;1,50;\n8;01.04.2024;;2,00\n", "1.5 7"),
    ],
)
def test_small_files_of_many_kinds_run(shop, text, expected):
    shop.put("sales.csv", text, "big5" if "會" in text else "utf-8")
    rows = shop.run_as_drafted()["transactions"].accepted.order_by("occurred_at").to_pandas()
    assert len(rows) == 2
    assert f"{rows.amount[0].normalize()} {rows.customer_id[0]}" == expected


def test_what_cannot_be_told_is_asked(shop):
    shop.put("a.csv", "Customer ID,Date,Amount\n7,03/04/2024,1\n8,01/02/2024,2\n")
    text = draft.draft("shop", shop.root)
    assert 'write "%d/%m/%Y" or "%m/%d/%Y"' in text
    (shop.root / "params" / "shop.yaml").write_text(text, "utf-8")
    with pytest.raises(ParameterError, match=r"occurred_on.dates. Write there the column or value"):
        load("shop", root=shop.root)


def test_another_column_tells_which_comes_first_day_or_month(shop):
    shop.put("a.csv", "Customer ID,Date,Amount\n7,03/04/2024,1\n8,01/02/2024,2\n")
    shop.put("customers.csv", "Customer ID,Signup Date\n7,31/12/2023\n8,01/12/2023\n")
    assert shop.draft()["source"]["tables"]["transactions"]["columns"]["occurred_on"]["dates"] == ["%d/%m/%Y"]


def test_the_order_of_rows_tells_which_comes_first_day_or_month(shop):
    days = pd.date_range("2024-01-01", "2024-12-12")
    days = days[days.day <= 12]
    lines = "".join(f"7,{day:%m/%d/%Y},1\n" for day in days)
    shop.put("a.csv", "Customer ID,Date,Amount\n" + lines)
    assert shop.draft()["source"]["tables"]["transactions"]["columns"]["occurred_on"]["dates"] == ["%m/%d/%Y"]


def test_ids_of_nobody_are_taken_for_missing(shop):
    lines = "".join(f"{number % 20 + 1},2024-03-01,{number}.5\n" for number in range(100))
    shop.put("a.csv", "Customer ID,Date,Amount\n" + lines + 400 * "0,2024-03-02,7.25\n" + "N/A,2024-03-02,1.25\n")
    rows = shop.run_as_drafted()["transactions"].accepted
    assert rows.customer_id.nunique().execute() == 20


def test_files_without_payments_are_asked_for(shop):
    shop.put("notes.csv", "topic,text\na,b\n")
    text = draft.draft("shop", shop.root)
    assert "No file with a date and an amount was recognised" in text
    assert "# Not used: notes.csv (topic, text)" in text


def test_a_description_is_never_overwritten(shop):
    shop.describe()
    with pytest.raises(ParameterError, match="is there already and is not overwritten"):
        draft.draft("shop", shop.root)


def test_an_empty_folder_is_refused(shop):
    with pytest.raises(SourceError, match="no CSV, TSV, TXT, Parquet or Excel file"):
        draft.draft("shop", shop.root)


def test_every_hint_at_the_end_can_be_said(shop, sales):
    shop.put("a.csv", "Customer ID,Date,Amount\n7,31/03/2024,1\n")
    text = draft.draft("shop", shop.root)
    keys = {"encoding", "delimiter", "skip_lines", "decimal", "missing", "time_zone", "product", "refunds", "join"}
    assert all(f"{key}:" in text for key in keys)


def test_a_day_that_is_not_the_purchase_gives_way_to_the_orders(shop, sales):
    orders = sales.drop_duplicates("order")
    head = pd.DataFrame(
        {"order_id": orders.order, "customer_id": orders.customer, "order_date": orders["at"].astype(str)}
    )
    lines = pd.DataFrame({"order_id": sales.order, "shipping_limit_date": "2026-01-01 00:00:00", "price": sales.price})
    write(head, shop.folder / "orders.csv")
    write(lines, shop.folder / "items.csv")
    rows = shop.run_as_drafted()["transactions"].accepted
    assert rows.occurred_on.max().execute().year == 2024


def test_two_years_in_two_sheets_are_one_table(shop, sales):
    frame = pd.DataFrame(
        {"Customer ID": sales.customer, "InvoiceDate": sales["at"].dt.floor("s"), "Price": sales.price}
    )
    frame["Quantity"] = sales.quantity
    with pd.ExcelWriter(shop.folder / "book.xlsx") as book:
        frame[:500].to_excel(book, sheet_name="2023", index=False)
        frame[500:].to_excel(book, sheet_name="2024", index=False)
    assert amount_and_rows(shop.run_as_drafted()) == (total(sales), 900)


@pytest.mark.parametrize(("flag", "kind"), [("is_returned", "refund"), ("cancelled", "other")])
def test_a_flag_of_returns_or_cancellations_is_understood(shop, flag, kind):
    shop.put("a.csv", f"customer_id,date,amount,{flag}\n1,2024-03-31,5,No\n1,2024-03-30,6,Yes\n")
    rows = shop.run_as_drafted()["transactions"].accepted.order_by("occurred_at").to_pandas()
    assert rows.kind.tolist() == [kind, "purchase"]


def test_a_file_named_after_refunds_is_not_taken_for_purchases(shop):
    shop.put("sales.csv", "customer_id,date,amount\n1,2024-03-31,5\n2,2024-03-31,5\n")
    shop.put("returns.csv", "customer,date,amount\n1,2024-04-01,5\n")
    assert shop.draft()["source"]["tables"]["transactions"]["files"] == ["sales.csv"]


def test_a_file_that_cannot_be_read_is_said_and_the_others_are_described(shop):
    shop.put("sales.csv", "customer_id,date,amount\n1,2024-03-31,5\n2,2024-03-31,5\n")
    shop.put("old.csv", "")
    text = draft.draft("shop", shop.root)
    assert "# Not read: old.csv: no header" in text
    assert "customer_id: customer_id" in text


def test_an_email_is_no_customer_number(shop):
    shop.put("a.csv", "email,date,amount\na@b.de,2024-03-31,5\nc@d.de,2024-03-31,5\n")
    text = draft.draft("shop", shop.root)
    assert 'customer_id: "???"' in text
    assert "'email' is personal: deliver an id instead" in text


@pytest.mark.parametrize(
    ("numbers", "total"),
    [
        (["10\u2019080.00", "1'250.50", "275.00"], "11605.50"),
        (["10\u202f080,00", "1\u00a0250,50", "275,00"], "11605.50"),
        (["1,00,000.00", "12,500.50", "275.00"], "112775.50"),
        (["１０，０８０．００", "1,250.50", "275.00"], "11605.50"),
        (["10'080.–", "1'250.50", "275.–"], "11605.50"),
        (["Fr. 10’080.00", "Fr. 1'250.50", "Fr. 275.–"], "11605.50"),
        (["10 080,00 kr.", "1 250,50 kr.", "275,00 kr."], "11605.50"),
        (["Rs. 10,080.00", "Rs. 1,250.50", "Rs. 275.00"], "11605.50"),
        (["(275.00)", "1,250.50", "10,080.00"], "11055.50"),
    ],
)
def test_marks_of_numbers_are_understood(shop, numbers, total):
    rows = [f"C{at};R{at};2024-03-0{at + 1};{number}" for at, number in enumerate(numbers)]
    shop.put("a.csv", "customer_id;order_id;order_date;amount\n" + "\n".join(rows) + "\n")
    rows = shop.run_as_drafted()["transactions"].accepted
    assert rows.amount.sum().execute() == Decimal(total)


@pytest.mark.parametrize(
    "moments",
    [
        ["13/02/2024 3:10 p.m.", "14/02/2024 11:20 a.m."],
        ["13/02/2024 3:10\u202fp. m.", "14/02/2024 11:20\u202fa. m."],
        ["2024/2/13 下午3:10", "2024/2/14 上午11:20"],
        ["2/13/2024 3:10PM", "2/14/2024 11:20AM"],
    ],
)
def test_halves_of_the_day_are_understood(shop, moments):
    rows = [f"C{at};R{at};{moment};5.50" for at, moment in enumerate(moments)]
    shop.put("a.csv", "customer_id;order_id;order_date;amount\n" + "\n".join(rows) + "\n")
    rows = shop.run_as_drafted()["transactions"].accepted
    assert sorted(rows.hour.to_pyarrow().to_pylist()) == [11, 15]


def test_amounts_with_a_typographic_apostrophe(shop, cases):
    case = cases / "swiss_apostrophe"
    shop.put("umsatz.csv", (case / "swiss" / "umsatz.csv").read_bytes())
    described = yaml.safe_load((case / "swiss.yaml").read_text("utf-8"))["source"]["tables"]
    shop.draft()
    for params in (load("shop", root=shop.root), shop.describe(tables=described)):
        amounts = [row["amount"] for row in shop.read(params)]
        assert (len(amounts), sum(amounts)) == (373, Decimal("1264594.00"))


def test_ids_that_only_some_files_make_decimal_are_one_id(shop, sales):
    half = len(sales) // 2
    sales = sales.assign(customer=sales.customer.astype(int))
    write(sales[:half], shop.folder / "a.csv")
    write(sales[half:].assign(customer=sales.customer.astype(float)), shop.folder / "b.csv")
    rows = shop.run_as_drafted()["transactions"].accepted
    assert rows.customer_id.nunique().execute() == sales.customer.nunique()


def test_titles_above_decimal_commas_hide_no_delimiter(shop, sales):
    frame = sales.assign(price=[as_written(price, decimal=",", thousands=".") for price in sales.price])
    text = "My shop\nAll lines\n" + frame.to_csv(index=False, sep=";")
    shop.put("lines.csv", text)
    assert amount_and_rows(shop.run_as_drafted()) == (total(sales), len(sales))
