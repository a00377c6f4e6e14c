"""What `insight check` says of a description and of the data, all at once."""

import re
from datetime import UTC, date
from zoneinfo import ZoneInfo

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


def test_times_that_never_were_or_were_twice_are_counted_and_hour_and_instant_agree(shop):
    times = ["26/03/2023 02:30", "29/10/2023 02:30", "29/10/2023 01:30", "29/10/2023 03:00", "26/03/2023 03:00"]
    shop.put("a.csv", HEAD + "".join(f"{at},{time},1,x\n" for at, time in enumerate(times)))
    params = shop.describe(columns=COLUMNS)
    text = "\n".join(check(params).lines)
    assert "kept: occurred_at: is a time that clocks skipped when they were set forward" in text
    assert "kept: occurred_at: is a time that clocks showed twice" in text
    assert text.count("in 1 row(s), first in a.csv, line 2") == text.count("in 1 row(s), first in a.csv, line 3") == 1
    rows = shop.read(params)
    berlin = ZoneInfo("Europe/Berlin")
    for row in rows:
        shown = row["occurred_at"].replace(tzinfo=UTC).astimezone(berlin)
        assert (row["hour"], row["occurred_on"]) == (shown.hour, shown.date())
    assert [row["hour"] for row in rows] == [3, 2, 1, 3, 3]


def test_where_clocks_never_change_nothing_is_said_of_them(shop):
    shop.put("a.csv", HEAD + "1,26/03/2023 02:30,1,x\n")
    columns = {**COLUMNS, "occurred_at": {**COLUMNS["occurred_at"], "time_zone": "Asia/Kolkata"}}
    assert "clocks" not in "\n".join(check(shop.describe(columns=columns)).lines)
