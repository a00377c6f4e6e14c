"""What a description can say about columns, and what comes of it."""

from datetime import date
from decimal import Decimal

import pytest
from pydantic import TypeAdapter, ValidationError

from insight.config.source import ColumnRule, FileFormat, Source
from insight.contracts import CONTRACTS, contract_of
from insight.contracts.quarantine import check
from insight.errors import ParameterError, SourceError
from insight.sources.readers import files

WHEN = {"column": "when", "dates": "%d/%m/%Y %H:%M"}
DAY = "01/03/2024 10:00"


def amounts(shop, paid, **form):
    lines = "".join(f'ada,{DAY},"{text}"\n' for text in paid)
    shop.put("a.csv", "who,when,paid\n" + lines, "utf-8")
    return [row["amount"] for row in shop.read(shop.describe(format=form))]


@pytest.mark.parametrize(
    ("text", "form", "amount"),
    [
        ("1234.50", {}, "1234.5"),
        ("1,234.50", {"thousands": ","}, "1234.5"),
        ("12,34,567.50", {"thousands": ","}, "1234567.5"),
        ("1.234,50", {"decimal": ",", "thousands": "."}, "1234.5"),
        ("1 234,50", {"decimal": ",", "thousands": " "}, "1234.5"),
        ("-£ 5.10", {"currency_sign": "£"}, "-5.1"),
        ("5,10 €", {"decimal": ",", "currency_sign": "€"}, "5.1"),
        ("￥100", {"currency_sign": "￥"}, "100"),
        ("(100)", {"accounting_negatives": True}, "-100"),
        ("100-", {"accounting_negatives": True}, "-100"),
        ("１２３．５", {}, "123.5"),
        ("10\u2019080.00", {"thousands": "'"}, "10080"),
        ("10'080.00", {"thousands": ["'", "\u2019"]}, "10080"),
        ("1\u02bc234\u02bc567.5", {"thousands": "\u2019"}, "1234567.5"),
        ("1\u202f234\u202f567,89", {"decimal": ",", "thousands": "\u202f"}, "1234567.89"),
        ("1\u00a0234,5", {"decimal": ",", "thousands": " "}, "1234.5"),
        ("₹ 1,00,000.25", {"thousands": ",", "currency_sign": "₹"}, "100000.25"),
        ("275.\u2013", {}, "275"),
        ("275,-", {"decimal": ","}, "275"),
        ("$(5.00)", {"currency_sign": "$", "accounting_negatives": True}, "-5"),
        ("١٢٣٫٥", {}, "123.5"),
        ("\u22127", {}, "-7"),
        ("1.5E+03", {}, "1500"),
        ("0.00005", {}, "0.0001"),
        ("-0.00005", {}, "-0.0001"),
    ],
)
def test_amounts_are_exact_as_the_format_says(shop, text, form, amount):
    assert amounts(shop, [text], **form) == [Decimal(amount)]


def test_a_hundred_thousand_times_ten_cents_is_ten_thousand(shop):
    shop.put("a.csv", "who,when,paid\n" + 100_000 * f"ada,{DAY},0.10\n")
    rows = files.deliver(shop.describe(repeated_rows="keep"), shop.con)["transactions"]
    assert rows.amount.sum().execute() == Decimal("10000.00")
    assert rows.transaction_id.nunique().execute() == 100_000


def test_quantity_times_price_is_exact(shop):
    shop.put("a.csv", f"who,when,n,price\nada,{DAY},3,0.333333\nbob,{DAY},1000000,0.10\neve,{DAY},,1\n")
    columns = {"customer_id": "who", "occurred_at": WHEN, "amount": {"product": ["n", "price"]}, "quantity": "n"}
    assert [row["amount"] for row in shop.read(shop.describe(columns=columns))] == [Decimal(1), Decimal(100_000), None]


def test_debit_and_credit_in_two_columns_make_one_amount(shop):
    shop.put("a.csv", f"who,when,out,in\nada,{DAY},5.00,\nada,{DAY},,2.00\nada,{DAY},,\n")
    columns = {"customer_id": "who", "occurred_at": WHEN, "amount": {"plus": "out", "minus": "in"}}
    assert [row["amount"] for row in shop.read(shop.describe(columns=columns))] == [Decimal(5), Decimal(-2), None]


@pytest.mark.parametrize(
    "refunds",
    [
        {"column": "no", "starts_with": "C"},
        {"column": "sort", "equals": ["R", "Storno"]},
        {"column": "n", "below_zero": True},
    ],
)
def test_refunds_are_below_zero_however_they_are_told(shop, refunds):
    shop.put("a.csv", f"who,when,paid,no,sort,n\nada,{DAY},5,100,S,1\nada,{DAY},5,C101,R,-1\n")
    columns = {"customer_id": "who", "occurred_at": WHEN, "amount": "paid", "quantity": "n", "basket_id": "no"}
    rows = shop.read(shop.describe(columns=columns, refunds=refunds))
    assert [(row["kind"], row["amount"], row["quantity"]) for row in rows] == [
        ("purchase", Decimal(5), 1.0),
        ("refund", Decimal(-5), -1.0),
    ]


def test_below_zero_is_a_correction_where_refunds_are_told_otherwise(shop):
    shop.put("a.csv", f"who,when,paid,no\nada,{DAY},-5,A1\nada,{DAY},-5,C1\n")
    rows = shop.read(shop.describe(refunds={"column": "no", "starts_with": "C"}))
    assert [row["kind"] for row in rows] == ["other", "refund"]


def test_below_zero_is_a_refund_where_nothing_tells(shop):
    shop.put("a.csv", f"who,when,paid\nada,{DAY},-5\n")
    assert [row["kind"] for row in shop.read()] == ["refund"]


def test_codes_mean_what_the_description_says(shop):
    shop.put("a.csv", f"who,when,paid,sort\nada,{DAY},5,S\nada,{DAY},5,R\nada,{DAY},5,X\n")
    columns = {"customer_id": "who", "occurred_at": WHEN, "amount": "paid"}
    kind = {"column": "sort", "values": {"S": "purchase", "R": "refund"}}
    rows = shop.read(shop.describe(columns=columns | {"kind": kind}))
    assert [row["amount"] for row in rows[:2]] == [Decimal(5), Decimal(-5)]
    assert rows[2]["fault"] == "kind: not_in_values"
    rows = shop.read(shop.describe(columns=columns | {"kind": kind | {"otherwise": "other"}}))
    assert [row["kind"] for row in rows] == ["purchase", "refund", "other"]


def test_day_and_time_in_two_columns_are_one_moment(shop):
    shop.put("a.csv", "who,day,clock,paid\nada,1.3.24,9:05,1\nada,1.3.24,,1\n")
    at = {"columns": ["day", "clock"], "dates": ["%d.%m.%y %H:%M", "%d.%m.%y"]}
    rows = shop.read(shop.describe(columns={"customer_id": "who", "occurred_at": at, "amount": "paid"}))
    assert [(str(row["occurred_at"]), row["hour"]) for row in rows] == [
        ("2024-03-01 08:05:00", 9),
        ("2024-02-29 23:00:00", None),
    ]


@pytest.mark.parametrize(
    ("text", "form", "moment"),
    [
        ("2024-03-01T10:00:00Z", "iso", "2024-03-01 10:00:00"),
        ("2024-03-01T10:00:00+02:00", "iso", "2024-03-01 08:00:00"),
        ("2024-03-01 10:00", "iso", "2024-03-01 09:00:00"),
        ("45352.5", "excel", "2024-03-01 11:00:00"),
        ("1709287200", "epoch", "2024-03-01 10:00:00"),
        ("1709287200000", "epoch_ms", "2024-03-01 10:00:00"),
        ("2024年3月1日", "%Y年%m月%d日", "2024-02-29 23:00:00"),
        ("1 Mar 2024 9:05 PM", "%d %b %Y %I:%M %p", "2024-03-01 20:05:00"),
        ("２０２４/３/１", "%Y/%m/%d", "2024-02-29 23:00:00"),
    ],
)
def test_moments_are_read_by_their_form(shop, text, form, moment):
    shop.put("a.csv", f"who,when,paid\nada,{text},1\n")
    columns = {"customer_id": "who", "occurred_at": {"column": "when", "dates": form}, "amount": "paid"}
    (row,) = shop.read(shop.describe(columns=columns))
    assert (str(row["occurred_at"]), row["fault"]) == (moment, None)


def test_a_far_end_is_open_and_codes_for_nothing_are_nothing(shop):
    shop.put("a.csv", "id,who,from,to\n1,ada,2024-01-01,9999-12-31\n2,17.0,,2024-01-02\n3,NULL,,\n")
    columns = {
        "account_id": "id",
        "customer_id": {"column": "who", "drop_ending": ".0", "missing": ["NULL"]},
        "opened_on": "from",
        "closed_on": "to",
    }
    rows = shop.read(shop.describe(tables={"accounts": {"files": "a.csv", "columns": columns}}), "accounts")
    assert [row["customer_id"] for row in rows] == ["ada", "17", None]
    assert [row["closed_on"] for row in rows] == [None, date(2024, 1, 2), None]
    assert [row["fault"] for row in rows] == [None] * 3


def test_customers_get_bands_years_and_consent(shop):
    shop.put("c.csv", "id,age,born,yes\n1,17,1.2.2007,ja\n2,35,3.4.1989,0\n3,99,,\n")
    columns = {
        "customer_id": "id",
        "age_band": {"column": "age", "bands": [18, 35, 65]},
        "birth_year": {"column": "born", "dates": "%d.%m.%Y"},
        "consent": "yes",
    }
    rows = shop.read(shop.describe(tables={"customers": {"files": "c.csv", "columns": columns}}), "customers")
    assert [row["age_band"] for row in rows] == ["under 18", "35-64", "65+"]
    assert [(row["birth_year"], row["consent"]) for row in rows] == [(2007, True), (1989, False), (None, None)]


# --- several files, several tables


def test_orders_and_products_are_looked_up_for_each_line(shop):
    shop.put("lines.csv", "order,item,paid\n1,P1,5\n1,P2,6\n2,P9,7\n9,P1,8\n")
    shop.put("orders.csv", "id,who,when\n1,ada,2024-03-01\n2,bob,2024-03-02\n2,eve,2024-03-03\n")
    shop.put("items.csv", "code,group\nP1,Food\nP2,Toys\n")
    params = shop.describe(
        files="lines.csv",
        columns={
            "basket_id": "order",
            "customer_id": "orders.who",
            "occurred_on": "orders.when",
            "amount": "paid",
            "category": "items.group",
        },
        join={
            "orders": {"files": "orders.csv", "by": {"order": "id"}},
            "items": {"files": "items.csv", "by": {"item": "code"}},
        },
    )
    rows = shop.read(params)
    assert [(row["customer_id"], row["category"]) for row in rows] == [
        ("ada", "Food"),
        ("ada", "Toys"),
        ("bob", None),
        (None, "Food"),
    ]
    assert [row["source_line"] for row in rows] == [2, 3, 4, 5]


def test_daily_rates_are_looked_up_and_a_day_without_one_has_no_amount(shop):
    shop.put("sales.csv", "who,day,code,paid\nada,2024-03-01,USD,10\nada,2024-03-02,USD,10\nada,2024-03-02,EUR,10\n")
    shop.put("rates.csv", "day,code,rate\n2024-03-01,USD,0.925\n2024-03-02,EUR,1\n")
    params = shop.describe(
        files="sales.csv",
        columns={"customer_id": "who", "occurred_on": "day", "amount": {"product": ["paid", "rates.rate"]}},
        join={"rates": {"files": "rates.csv", "by": {"day": "day", "code": "code"}}},
    )
    assert [row["amount"] for row in shop.read(params)] == [Decimal("9.25"), None, Decimal(10)]


def test_a_table_can_be_found_inside_transactions(shop):
    lines = ["ada,1,UK", "ada,2,FR", "ada,3,UK", "bob,4,", ",5,DE"]
    shop.put("a.csv", "who,paid,land,when\n" + "".join(f"{line},{DAY}\n" for line in lines))
    columns = {"customer_id": "who", "occurred_at": WHEN, "amount": "paid"}
    tables = {
        "transactions": {"files": "a.csv", "columns": columns},
        "customers": {"found_in": "transactions", "columns": {"customer_id": "who", "region": "land"}},
    }
    rows = shop.read(shop.describe(tables=tables), "customers")
    assert [(row["customer_id"], row["region"], row["source_line"]) for row in rows] == [
        ("ada", "UK", 2),
        ("bob", None, 5),
    ]
    assert {row["first_seen_on"] for row in rows} == {date(2024, 3, 1)}


def test_a_column_that_some_files_call_otherwise_is_one_column(shop):
    shop.put("a.csv", f"who,when,paid\nada,{DAY},1\n")
    shop.put("b.csv", f"kunde,when,paid\nbob,{DAY},2\n")
    rows = shop.read(shop.describe(renamed={"kunde": "who"}))
    assert [row["customer_id"] for row in rows] == ["ada", "bob"]


def test_rows_alike_in_every_column_are_one_event_or_several(shop):
    shop.put("a.csv", "who,when,paid,note\n" + 2 * f"ada,{DAY},1,x\n" + f"ada,{DAY},1,y\n")
    for policy, repeated in (("remove", 1), ("keep", 0)):
        rows = files.deliver(shop.describe(repeated_rows=policy), shop.con)["transactions"]
        counts = check(rows, CONTRACTS["transactions"]).counts
        assert (counts.rows_delivered.sum(), counts.rows_duplicate.sum()) == (3, repeated)


def test_personal_columns_are_not_read_and_do_not_tell_rows_apart(shop):
    shop.put("a.csv", f"who,when,paid,Name\nada,{DAY},1,Ada\nada,{DAY},1,A. Lovelace\n")
    first, second = shop.read(shop.describe(personal=["Name"]))
    assert first["transaction_id"] == second["transaction_id"]


def test_a_visit_is_a_customers_day_where_no_order_is_named(shop):
    shop.put("a.csv", f"who,when,paid\nada,{DAY},1\nada,{DAY},2\n,{DAY},3\n")
    baskets = [row["basket_id"] for row in shop.read()]
    assert baskets[0] == baskets[1] == "ada-2024-03-01"
    assert baskets[2] not in (None, baskets[0])


# --- descriptions that cannot be


def test_unknown_tables_and_columns_name_the_nearest_at_once(shop):
    tables = {
        "transaction": {"files": "a.csv", "columns": {"amount": "x"}},
        "products": {"files": "a.csv", "columns": {"product_id": "x", "catgory": "y"}},
        "transactions": {"files": "a.csv", "columns": {"customer_id": "x"}},
    }
    with pytest.raises(SourceError) as error:
        shop.read(shop.describe(tables=tables))
    message = str(error.value)
    assert "did you mean `transactions`?" in message
    assert "did you mean `category`?" in message
    assert "every row needs amount" in message


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"columns": {"amount": "???", "customer_id": ["???"]}}, "2 place.s. still hold"),
        ({"columns": {"amount": {"column": "x", "constant": "y"}}}, "found column and constant"),
        ({"columns": {"amount": {"product": ["x"]}}}, "product needs two columns"),
        ({"columns": {"amount": {"colum": "x"}}}, "there is no such key; did you mean `column`"),
        ({"columns": {"kind": {"column": "x", "values": {False: "refund"}}}}, "put it in quotes"),
        ({"columns": {"amount": "x"}, "format": {"encoding": "utf8000"}}, "not an encoding"),
        ({"columns": {"amount": "x"}, "format": {"decimal": ",", "thousands": ","}}, "the same mark"),
        ({"columns": {"amount": "x"}, "format": {"time_zone": "Mars/Base"}}, "not an IANA time zone"),
        ({"columns": {"amount": "x"}, "format": {"header": False}}, "column_names must name"),
        ({"columns": {"amount": "x"}, "refunds": {"column": "y"}}, "one of starts_with, equals, below_zero"),
        ({"columns": {"amount": "x"}, "found_in": "products"}, "one of the two"),
    ],
)
def test_a_description_that_cannot_be_meant_is_refused(shop, wrong, said):
    with pytest.raises(ParameterError, match=said):
        shop.describe(tables={"transactions": {"files": "a.csv"} | wrong})


def test_a_folder_out_of_the_raw_data_is_refused(shop):
    params = shop.describe()
    elsewhere = params.source.model_copy(update={"folder": "../../params"})
    with pytest.raises(SourceError, match="leads out of data/raw"):
        files.inputs(params.model_copy(update={"source": elsewhere}))


def test_a_table_overrides_only_what_it_says():
    general = FileFormat(encoding="gb18030", decimal=",")
    assert general.overridden_by(FileFormat(thousands=".")).encoding == ["gb18030"]


def test_numbers_may_stand_for_text_in_a_description():
    assert ColumnRule.model_validate({"column": 2011, "missing": [0]}).missing == ["0"]


def test_a_kind_of_source_that_is_not_known_is_refused():
    with pytest.raises(ValidationError, match="ftp"):
        TypeAdapter(Source).validate_python({"kind": "ftp"})


# --- appointments


APPOINTMENTS = (
    "patient,booked,slot,state\n"
    "ada,2024-03-01,2024-03-20 09:30,came\n"
    "bob,,2024-03-20 10:00,no show\n"
    "cyn,,2024-09-01 08:00,open\n"
    "dan,2024-03-05,not yet,open\n"
    "eve,,,open\n"
)


def appointments(**columns):
    meant = {"came": "kept", "no show": "missed", "open": "planned"}
    rules = {"customer_id": "patient", "planned_at": {"column": "slot", "dates": ["%Y-%m-%d %H:%M"]}, "kind": "state"}
    rules |= {"outcome": {"column": "state", "values": meant}}
    return {"interactions": {"files": "visits.csv", "columns": rules | columns}}


def test_appointments_happen_when_they_were_kept_or_missed_and_those_ahead_have_not(shop):
    shop.put("visits.csv", APPOINTMENTS)
    rows = files.deliver(shop.describe(tables=appointments()), shop.con)["interactions"]
    contract = contract_of("interactions", rows.columns)
    checked = check(rows, contract, latest=date(2024, 3, 31))
    found = {row["customer_id"]: row for row in checked.accepted.to_pyarrow().to_pylist()}
    assert {who: str(row["occurred_on"]) for who, row in found.items()} == {
        "ada": "2024-03-20",
        "bob": "2024-03-20",
        "cyn": "None",
    }
    assert (found["cyn"]["outcome"], str(found["cyn"]["planned_on"])) == ("planned", "2024-09-01")
    faults = {(fault["column"], fault["source_line"]) for fault in checked.quarantined.to_pyarrow().to_pylist()}
    assert faults == {("planned_at", 5), ("occurred_at", 6)}  # a day that cannot be read, and no day at all


def test_the_day_of_booking_counts_where_it_is_delivered(shop):
    shop.put("visits.csv", APPOINTMENTS)
    rows = files.deliver(shop.describe(tables=appointments(occurred_on="booked")), shop.con)["interactions"]
    days = rows.order_by("source_line").to_pyarrow()["occurred_on"].to_pylist()
    assert list(map(str, days)) == ["2024-03-01", "2024-03-20", "None", "2024-03-05", "None"]


def test_interactions_without_any_day_are_refused(shop):
    shop.put("visits.csv", APPOINTMENTS)
    tables = {"interactions": {"files": "visits.csv", "columns": {"customer_id": "patient", "kind": "state"}}}
    with pytest.raises(SourceError, match="every row needs one of occurred_at, occurred_on, planned_at, planned_on"):
        files.deliver(shop.describe(tables=tables), shop.con)


def test_interactions_without_planned_days_have_no_such_columns():
    assert "planned_on" in contract_of("interactions", ["occurred_on", "planned_on"]).names
    assert not {"planned_on", "outcome"} & set(contract_of("interactions", ["occurred_on"]).names)
