"""What `insight check` says of a description and of the data, all at once."""

import re
from datetime import date

import pytest

from insight.sources.checkup import check

HEAD = "who,when,paid,note\n"
COLUMNS = {
    "customer_id": "who",
    "occurred_at": {"column": "when", "dates": "%d/%m/%Y %H:%M"},
    "amount": "paid",
}


def sound_lines(count: int) -> str:
    return "".join(f"{number % 7},{number % 28 + 1:02d}/03/2024 10:00,2.50,{number}\n" for number in range(count))


def test_sound_data_can_be_run_and_is_accounted_for(shop):
    shop.put("a.csv", HEAD + sound_lines(300) + ",01/03/2024 10:00,1.00,x\n" + 2 * "7,01/03/2024 10:00,-1.00,x\n")
    report = check(shop.describe(columns=COLUMNS))
    text = "\n".join(report.lines)
    assert report.is_sound
    assert "a.csv: 303 rows, utf-8; not used: note" in text
    assert "303 delivered (749.00) = 302 accepted (750.00) + 0 quarantined (0.00) + 1 repeated (-1.00)" in text
    assert "unassigned: 1 rows (1.00) without a customer; kept" in text
    assert "kinds: purchase 301 (751.00), refund 1 (-1.00)" in text


def test_each_broken_rule_is_counted_and_placed(shop):
    shop.put("a.csv", HEAD + "1,30/02/2024 10:00,1,x\n" + sound_lines(3) + "1,1\n" + "1,01/03/2024 10:00,Eve,x\n")
    report = check(shop.describe(columns=COLUMNS))
    text = "\n".join(report.lines)
    assert not report.is_sound
    assert "occurred_at: is not a date as the format says in 1 row(s), first in a.csv, line 2" in text
    assert "line: 2 fields where 4 are expected in 1 row(s), first in a.csv, line 6" in text
    assert "amount: is not a number as the format says in 1 row(s), first in a.csv, line 7" in text
    assert "a run would stop" in text
    assert "Eve" not in text


def test_files_that_cannot_be_read_are_all_named(shop):
    shop.put("a.csv", "")
    shop.put("b.csv", "who,when\n")
    report = check(shop.describe(columns=COLUMNS))
    assert not report.is_sound
    assert any("a.csv: no header" in line for line in report.lines)
    assert any("b.csv: expected 1 column(s)" in line for line in report.lines)


def test_amounts_in_another_currency_stop_a_run(shop):
    shop.put("a.csv", "who,when,paid,money\n" + "1,01/03/2024 10:00,1,EUR\n" + "1,01/03/2024 10:00,1,usd\n")
    report = check(shop.describe(columns=COLUMNS | {"currency": "money"}))
    assert not report.is_sound
    assert "  transactions: amounts in USD beside EUR; never added up" in report.lines


def test_keys_that_nothing_holds_are_counted(shop):
    shop.put("a.csv", HEAD + sound_lines(7))
    shop.put("c.csv", "id\n" + "".join(f"{number}\n" for number in range(6)))
    tables = {
        "transactions": {"files": "a.csv", "columns": COLUMNS},
        "customers": {"files": "c.csv", "columns": {"customer_id": "id"}},
    }
    report = check(shop.describe(tables=tables))
    assert "transactions.customer_id: 1 row(s) name a key that customers does not hold; kept" in report.lines


def test_nothing_is_written(shop):
    shop.put("a.csv", HEAD + sound_lines(3))
    params = shop.describe(columns=COLUMNS)
    before = sorted(shop.root.rglob("*"))
    check(params)
    assert sorted(shop.root.rglob("*")) == before


@pytest.mark.parametrize(
    ("as_of", "said"),
    [("2031-01-01", r"as_of: 2031-01-01 lies 2,\d{3} day"), ("2020-01-01", "before the first"), ("2024-03-20", None)],
)
def test_a_last_day_outside_the_data_is_said(shop, as_of, said):
    shop.put("a.csv", HEAD + sound_lines(300))
    params = shop.describe(columns=COLUMNS).model_copy(update={"as_of": date.fromisoformat(as_of)})
    text = "\n".join(check(params).lines)
    assert re.search(said, text) if said else "as_of" not in text
