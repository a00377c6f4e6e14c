"""Amounts that cannot be read, values that go, rows delivered twice: nothing is lost, doubled or guessed in silence."""

import shutil
from decimal import Decimal

import pandas as pd
import pytest

from insight.config.parameters import load
from insight.contracts import CONTRACTS
from insight.contracts.quarantine import check as sort_out
from insight.contracts.quarantine import faults_in_words
from insight.sources import intake, inventory
from insight.sources.checkup import check
from insight.sources.readers import files
from insight.storage.workspace import Workspace

DAYS = [f"2024-03-{number % 28 + 1:02d}" for number in range(200)]


def sorted_out(shop, params=None, table="transactions"):
    rows = files.deliver(params or shop.describe(), shop.con)[table]
    return sort_out(rows, CONTRACTS[table], currency="EUR")


def told(shop, **description) -> tuple[bool, str]:
    report = check(shop.describe(**description))
    return report.is_sound, "\n".join(report.lines)


def checked_case(shop, shared, case: str, name: str) -> tuple[bool, str]:
    """Check a business of the shared cases, as a new user described it."""
    folder = shared.parent / "cases" / case
    shutil.copytree(folder / name, shop.root / "data" / "raw" / name)
    shutil.copy(folder / f"{name}.yaml", shop.root / "params")
    report = check(load(name, root=shop.root))
    return report.is_sound, "\n".join(report.lines)


# --- amounts that cannot be read

PLAIN = {"columns": {"customer_id": "who", "occurred_on": "day", "amount": "paid"}}


def put_sales(shop, *odd: str, name="a.csv"):
    """Two hundred sales of 5.00, and others as they are written."""
    lines = [f"{number},{day},5.00" for number, day in enumerate(DAYS)]
    shop.put(name, "\n".join(["who,day,paid", *lines, *(f"x,2024-03-30,{text}" for text in odd)]) + "\n")


def test_few_rows_with_most_of_the_money_stop_a_run_however_they_are_written(shop):
    for large in (
        '"2,500,000.00"',
        '"2.500.000,00"',
        "2 500 000",
        "2'500'000.00",
        "€2500000",
        '"2500000,00"',
        "２，５００，０００",
    ):
        put_sales(shop, large)
        is_sound, text = told(shop, **PLAIN)
        assert not is_sound, large
        assert "201 delivered (1,000.00 and 1 unknown)" in text
        assert "1 quarantined (1 unknown)" in text
        assert "1 of them would come to 2,500,000.00" in text
        assert "0.5% of rows, 100.0% of amounts" in text


def test_an_amount_that_no_mark_makes_a_number_is_unknown_and_counts_like_the_others(shop):
    put_sales(shop, "see invoice")
    is_sound, text = told(shop, **PLAIN)
    assert is_sound
    assert "The amount of 1 of the quarantined rows is unknown" in text
    assert "would come to" not in text
    put_sales(shop, *["see invoice"] * 3)
    assert "1.5% of rows, 1.5% of amounts" in told(shop, **PLAIN)[1]


def test_a_product_with_an_unreadable_factor_counts_at_what_both_would_make(shop):
    shop.put("a.csv", "who,day,n,price\n" + 'ada,2024-03-01,2,"1,500.00"\n' + "ada,2024-03-02,2,1.50\n" * 1)
    params = shop.describe(columns=PLAIN["columns"] | {"amount": {"product": ["n", "price"]}})
    counts = sorted_out(shop, params).counts.iloc[0]
    assert (counts.unknown_quarantined, counts.likely_rows, counts.likely_magnitude) == (1, 1, 3000)
    assert counts.amount_delivered == Decimal(3)


def test_a_sum_with_an_unreadable_part_is_no_smaller_sum(shop):
    shop.put("a.csv", "who,day,debit,credit\nada,2024-03-01,7,?\nada,2024-03-02,7,\n")
    params = shop.describe(columns=PLAIN["columns"] | {"amount": {"plus": ["debit"], "minus": ["credit"]}})
    counts = sorted_out(shop, params).counts.iloc[0]
    assert (counts.unknown_quarantined, counts.amount_delivered, counts.amount_quarantined) == (1, 7, 0)


def test_a_repeated_header_and_a_line_of_totals_hold_no_money_that_is_unknown(shop):
    shop.put("a.csv", "who,day,paid\nada,2024-03-01,5\nwho,day,paid\nTotal,,5\n")
    counts = sorted_out(shop, shop.describe(**PLAIN)).counts.iloc[0]
    assert (counts.rows_quarantined, counts.unknown_quarantined) == (2, 0)


def test_the_case_of_few_big_amounts_is_refused(shop, shared):
    is_sound, lines = checked_case(shop, shared, "big_few_amounts", "bigfew")
    assert not is_sound
    assert "3 of 451 rows (0.7% of rows, 99.6% of amounts)" in lines
    assert "448 accepted (14,097.20) + 3 quarantined (3 unknown)" in lines
    assert "would come to 3,750,000.00" in lines


# --- a value that need not be there


def test_a_value_that_cannot_be_read_goes_and_its_row_stays_counted(shop):
    shop.put(
        "c.csv", "who,born,since,mail\n1,00/00/0000,2020-01-01,yes\n2,05/06/1990,never,perhaps\n3,05/06/1700,,no\n"
    )
    born = {"column": "born", "dates": ["%d/%m/%Y"]}
    columns = {"customer_id": "who", "birth_year": born, "first_seen_on": "since", "consent": "mail"}
    checked = sorted_out(shop, shop.describe(tables={"customers": {"files": "c.csv", "columns": columns}}), "customers")
    rows = checked.accepted.order_by("customer_id").to_pandas()
    assert rows.customer_id.tolist() == ["1", "2", "3"]
    assert rows.birth_year.fillna(0).tolist() == [0, 1990, 0]
    assert rows.consent.tolist() == [True, None, False]
    assert faults_in_words(checked.remarks) == [
        "birth_year: is not a date as the format says in 1 row(s), first in c.csv, line 2",
        "birth_year: lies before 1900 in 1 row(s), first in c.csv, line 4",
        "consent: is neither yes nor no in 1 row(s), first in c.csv, line 3",
        "first_seen_on: is not a date as the format says in 1 row(s), first in c.csv, line 3",
    ]
    assert checked.broken.empty


def test_a_value_beyond_its_bounds_goes_too_and_a_sale_keeps_its_customer(shop):
    shop.put("a.csv", "who,day,paid,off,n\nada,2024-03-01,5,-1,x\nada,2024-03-02,5,1,2\n")
    params = shop.describe(columns=PLAIN["columns"] | {"discount": "off", "quantity": "n"})
    checked = sorted_out(shop, params)
    rows = checked.accepted.order_by("occurred_on").to_pandas()
    assert rows.customer_id.tolist() == ["ada", "ada"]
    assert rows.discount.fillna(-9).tolist() == [-9, 1]
    assert sorted(checked.remarks.column) == ["discount", "quantity"]
    assert (
        "kept: discount: is below 0 in 1 row(s), first in a.csv, line 2"
        in told(shop, columns=PLAIN["columns"] | {"discount": "off", "quantity": "n"})[1]
    )


# --- rows delivered twice

SOLD = {
    "columns": {
        "basket_id": "no",
        "customer_id": {"column": "who", "drop_ending": ".0"},
        "occurred_at": "at",
        "amount": {"product": ["n", "price"]},
    }
}
AS_TEXT = "no,who,at,n,price,country\nA1,17850,2024-03-01 00:00:00,6,2.50,UK\nA2,17851,2024-03-02 10:30:00,1,3,UK\n"


def as_parquet(shop, name, **other):
    told = {
        "no": ["A1", "A3"],
        "who": [17850.0, None],
        "at": pd.to_datetime(["2024-03-01 00:00", "2024-03-09 08:00"]),
        "n": [6.0, 2.0],
        "price": [2.5, 1.25],
        "country": ["UK ", "UK"],
    }
    pd.DataFrame(told | other).to_parquet(shop.folder / name)


def fates(shop, **description):
    counts = sorted_out(shop, shop.describe(files="*", **(SOLD | description))).counts
    return counts[["rows_accepted", "rows_duplicate"]].sum().tolist()


def test_the_case_of_rows_repeated_across_files(shop, shared):
    is_sound, lines = checked_case(shop, shared, "repeated_across_files", "dup3")
    assert is_sound
    assert "4 delivered (43.50) = 3 accepted (33.50) + 0 quarantined (0.00) + 1 repeated (10.00)" in lines


def test_a_row_is_the_same_whichever_program_wrote_it(shop):
    shop.put("a.csv", AS_TEXT)
    shop.put("b.csv", "country,price,n,at,who,no\nUK,2.5,6.0,2024-03-01,17850.0,A1\nUK,2.5,6.0,2024-03-04,17850.0,A4\n")
    as_parquet(shop, "c.parquet")
    assert fates(shop) == [4, 2]


def test_what_nothing_reads_tells_rows_apart_but_not_by_how_it_is_written(shop):
    shop.put("a.csv", AS_TEXT.replace("country\n", "till\n").replace("UK", "7"))
    shop.put("b.csv", "no,who,at,n,price,till\nA1,17850.0,2024-03-01,6,2.5,7.00\nA1,17850.0,2024-03-01,6,2.5,07\n")
    assert fates(shop) == [3, 1]


def test_codes_that_mean_the_same_are_not_the_same_row(shop):
    shop.put("a.csv", "who,day,paid,type\nada,2024-03-01,5,X\nada,2024-03-01,5,Y\n")
    kind = {"column": "type", "values": {"S": "purchase"}, "otherwise": "other"}
    params = shop.describe(columns=PLAIN["columns"] | {"kind": kind})
    assert sorted_out(shop, params).counts.rows_duplicate.sum() == 0


def test_two_times_three_is_not_three_times_two(shop):
    shop.put("a.csv", AS_TEXT.split("\n")[0] + "\nA1,1,2024-03-01,2,3,UK\nA1,1,2024-03-01,3,2,UK\n")
    assert fates(shop) == [2, 0]


def test_one_column_more_in_a_file_does_not_matter_where_it_is_empty(shop):
    shop.put("a.csv", AS_TEXT)
    shop.put("b.csv", AS_TEXT.replace("country\n", "country,note\n").replace("UK\n", "UK,\n"))
    assert fates(shop) == [2, 2]


# --- keys that do not meet


def test_the_case_of_lost_zeros_is_loud(shop, shared):
    is_sound, lines = checked_case(shop, shared, "lost_zeros", "zeros")
    assert is_sound
    assert "WARNING: transactions.customer_id: 487 row(s) name a key that customers does not hold, 100%" in lines
    assert "without leading zeros 487 of them would meet" in lines
    assert "purchases.csv" in lines.split("WARNING")[1]
    assert "160" not in lines


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        ("{:d}", "{:06d}", "without leading zeros 9"),
        ("C{:03d}", "C-{:03d}", "without blanks, signs and capitals 9"),
        ("{:d}.0", "{:d}", "without the ending .0 9"),
        ("k{:d}", "K{:d}", "without capitals 9"),
        ("a{:d}", "b{:d}", ""),
    ],
)
def test_keys_written_in_two_ways_say_in_which_way_they_would_meet(shop, ours, theirs, said):
    shop.put("a.csv", "who,day,paid\n" + "".join(f"{ours.format(n)},2024-03-0{n},5\n" for n in range(1, 10)))
    shop.put("c.csv", "id\n" + "".join(f"{theirs.format(n)}\n" for n in range(1, 10)))
    tables = {
        "transactions": {"files": "a.csv", **PLAIN},
        "customers": {"files": "c.csv", "columns": {"customer_id": "id"}},
    }
    _, lines = told(shop, tables=tables)
    assert "WARNING: transactions.customer_id: 9 row(s)" in lines
    assert f"; {said} of them would meet" in lines if said else "would meet" not in lines
    assert "read the 1 warning(s) above first" in lines


def test_customers_without_a_description_are_no_warning(shop):
    shop.put("a.csv", "who,day,paid\n" + "".join(f"{n},2024-03-0{n},5\n" for n in range(1, 10)))
    shop.put("c.csv", "id\n1\n2\n77\n")
    tables = {
        "transactions": {"files": "a.csv", **PLAIN},
        "customers": {"files": "c.csv", "columns": {"customer_id": "id"}},
    }
    _, lines = told(shop, tables=tables)
    assert "transactions.customer_id: 7 row(s) name a key that customers does not hold; kept" in lines
    assert "WARNING" not in lines


def test_an_order_that_stands_in_two_files_is_pointed_out(shop):
    shop.put("a.csv", "no,who,day,paid\nA1,1,2024-03-01,5\nA1,1,2024-03-01,6\nA2,2,2024-03-02,5\n")
    shop.put("b.csv", "no,who,day,paid\nA1,1,2024-03-01,5\nA1,1,2024-03-01,7\nA3,3,2024-03-03,5\n")
    _, lines = told(shop, columns=PLAIN["columns"] | {"basket_id": "no"})
    assert (
        "1 of 3 baskets stand in more than one file, with 3 rows that are not alike, e.g. in a.csv and b.csv" in lines
    )
    assert "baskets" not in told(shop, **PLAIN)[1]


def test_a_column_of_which_nothing_can_be_read_is_a_warning(shop):
    shop.put("c.csv", "who,born\n1,31.12.1980\n2,24.12.1981\n")
    born = {"column": "born", "dates": ["%Y/%m/%d"]}
    tables = {"customers": {"files": "c.csv", "columns": {"customer_id": "who", "birth_year": born}}}
    assert "WARNING: customers.birth_year: none of its values can be read" in told(shop, tables=tables)[1]


def test_a_table_found_in_another_is_not_delivered_again(shop):
    shop.put("a.csv", "who,day,paid,land\n1,2024-03-01,5,UK\n2,2024-03-02,5,FR\n")
    tables = {
        "transactions": {"files": "a.csv", **PLAIN},
        "customers": {"found_in": "transactions", "columns": {"customer_id": "who", "region": "land"}},
    }
    shop.describe(tables=tables)
    arrival = intake.take_in(Workspace("shop", "10_data_intake"))
    assert arrival.delivery.rows_delivered.sum() == 2
    assert inventory.by_table(arrival).table_name.tolist() == ["transactions"]
    assert inventory.customers(arrival) == inventory.Customers(buyers=2)
    assert arrival.tables["customers"].region.count().execute() == 2


def test_money_of_several_currencies_is_never_one_sum(shop):
    shop.put("a.csv", "who,day,paid,money\n1,2024-03-01,10,EUR\n1,2024-03-02,20,CHF\n,2024-03-03,30,CHF\n")
    is_sound, lines = told(shop, columns=PLAIN["columns"] | {"currency": "money"})
    assert not is_sound
    assert "3 delivered (50.00 CHF, 10.00 EUR) = 3 accepted (50.00 CHF, 10.00 EUR)" in lines
    assert not any(total in lines for total in ("60.00", "30.00 and", "(60", "purchase 3 (60"))
    assert "unassigned: 1 rows (30.00 CHF)" in lines
    assert "kinds: purchase 2 (50.00 CHF), purchase 1 (10.00 EUR)" in lines


def test_a_day_without_a_rate_names_the_rate(shop):
    shop.put("a.csv", "who,day,code,paid\nada,2024-03-01,USD,10\nada,2024-03-02,USD,10\n")
    shop.put("rates.csv", "day,code,rate\n2024-03-01,USD,0.925\n")
    params = shop.describe(
        files="a.csv",
        columns={"customer_id": "who", "occurred_on": "day", "amount": {"product": ["paid", "rates.rate"]}},
        join={"rates": {"files": "rates.csv", "by": {"day": "day", "code": "code"}}},
    )
    assert faults_in_words(sorted_out(shop, params).broken) == [
        "amount: finds no rates.rate to calculate it from in 1 row(s), first in a.csv, line 3"
    ]


# --- days that stand out, lines that are no record, values dropped in a table found in another


def test_check_points_out_a_gap_and_a_day_with_too_many_rows_by_first_day_and_count(shop):
    days = [day.date() for number, day in enumerate(pd.date_range("2024-01-01", periods=120)) if number not in (60, 61)]
    lines = [f"{n},{day},5.00\n" for day in days for n in range(300 if str(day) == "2024-03-20" else 60)]
    shop.put("a.csv", "who,day,paid\n" + "".join(lines))
    is_sound, text = told(shop, **PLAIN, repeated_rows="keep")
    assert is_sound
    assert "WARNING: 2 day(s) from 2024-03-01 have 0 row(s), where such days have 120" in text
    assert "WARNING: 1 day(s) from 2024-03-20 have 300 row(s), where such days have 60" in text
    assert text.count(": see whether files are missing") == 2


def test_headers_and_totals_inside_a_file_are_named_and_count_toward_no_limit(shop):
    month = "who,day,paid\n" + "".join(f"{n},{DAYS[n]},5.00\n" for n in range(20)) + "Total,,100.00\n"
    shop.put("a.csv", month + month.replace(",5.00", ",6.00"))
    is_sound, text = told(shop, **PLAIN)
    assert is_sound
    assert "43 delivered (220.00) = 40 accepted (220.00) + 3 quarantined (0.00) + 0 repeated" in text
    assert "line: the header again in 1 row(s), first in a.csv, line 23" in text
    shop.put("a.csv", month + month.replace(",5.00", ",6.00") + "x,never,1.00\n")
    is_sound, text = told(shop, **PLAIN)
    assert not is_sound
    assert "1 of 41 rows (2.4% of rows" in text


def test_values_dropped_in_a_table_found_in_another_are_counted_where_they_stand(shop):
    lines = [f"{number},{day},5.00,1980" for number, day in enumerate(DAYS)]
    lines += ["7,2024-05-01,6.00,00/00/0000", "8,2024-05-01,6.00,never"]
    shop.put("a.csv", "\n".join(["who,day,paid,born", *lines]) + "\n")
    found = {"found_in": "transactions", "columns": {"customer_id": "who", "birth_year": "born"}}
    tables = {"transactions": {"files": "*.csv", **PLAIN}, "customers": found}
    is_sound, text = told(shop, tables=tables)
    assert is_sound
    assert "kept: birth_year: " in text
    assert "in 2 row(s), first in a.csv, line 202" in text


# --- what is looked up: every join says how many rows met


def looked_up(shop, goods: str, *, columns=None, **lookup) -> tuple[bool, str]:
    lines = [f"{number},{day},5.00,00{number % 7 + 1}a" for number, day in enumerate(DAYS)]
    shop.put("a.csv", "\n".join(["who,day,paid,article", *lines]) + "\n")
    shop.put("goods.csv", goods)
    join = {"goods": {"files": "goods.csv", "by": {"article": "code"}, **lookup}}
    columns = PLAIN["columns"] | {"category": "goods.group"} | (columns or {})
    return told(shop, files="a.csv", columns=columns, join=join)


def goods(*codes: str) -> str:
    return "code,group\n" + "".join(f"{code},tea\n" for code in codes)


@pytest.mark.parametrize(
    ("codes", "met", "way"),
    [
        ([f"{n}a" for n in range(1, 8)], 0, "; without leading zeros 200 of them would meet"),
        ([f"00{n}A" for n in range(1, 8)], 0, "; without capitals 200 of them would meet"),
        ([f"00{n}-a" for n in range(1, 8)], 0, "; without blanks, signs and capitals 200 of them would meet"),
        (["x", "y"], 0, ""),
        ([], 0, ""),
        (["001a", *(f"{n}a" for n in range(2, 8))], 29, "; without leading zeros 171 of them would meet"),
    ],
)
def test_a_lookup_that_feeds_no_required_column_is_loud_where_next_to_nothing_meets(shop, codes, met, way):
    is_sound, text = looked_up(shop, goods(*codes))
    assert is_sound
    assert f"WARNING: transactions.join.goods: {met} of 200 row(s) that name one by article" in text
    assert f"; {200 - met} did not, {1 - met / 200:.0%} of those that name one{way}" in text


def test_a_lookup_that_meets_says_so_and_rows_that_name_nothing_do_not_count(shop):
    _, text = looked_up(shop, goods(*(f"00{n}a" for n in range(1, 7))))
    assert "transactions.join.goods: 172 of 200 row(s) that name one by article found it in goods.csv" in text
    assert "WARNING: transactions.join" not in text
    shop.put("b.csv", "who,day,paid,article\n1,2024-05-01,5.00,\n2,2024-05-02,5.00,001a\n")
    join = {"goods": {"files": "goods.csv", "by": {"article": "code"}}}
    _, text = told(shop, files="b.csv", columns=PLAIN["columns"] | {"category": "goods.group"}, join=join)
    assert "1 of 1 row(s) that name one by article" in text


def test_a_lookup_by_day_counts_days_before_and_says_how_its_codes_would_meet(shop):
    shop.put("a.csv", "who,day,paid,code\n" + "".join(f"{n},{day},5.00,usd\n" for n, day in enumerate(DAYS)))
    described = {"files": "a.csv", "columns": PLAIN["columns"] | {"category": "rates.bank"}}
    by = {"files": "rates.csv", "by": {"day": "date", "code": "code"}, "last_before": 366}
    for code, said in (
        ("usd", "200 of 200 row(s) that name one by code, day found"),
        ("USD", "without capitals 200 of"),
    ):
        shop.put("rates.csv", f"date,code,bank\n2023-12-01,{code},north\n")
        _, text = told(shop, **described, join={"rates": by})
        assert said in text
        assert ("WARNING: transactions.join.rates" in text) == (code == "USD")
