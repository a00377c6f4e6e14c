"""Days in several orders: settled for each file by its own values, or refused; never value by value."""

from datetime import date

import pytest

from insight.config.parameters import load
from insight.errors import SourceError
from insight.sources.mapping.date_orders import rival_orders
from insight.sources.readers import files

BOTH = ["%d/%m/%Y", "%m/%d/%Y"]


def rows(*days: str, header: str = "who,when,paid") -> str:
    return header + "\n" + "".join(f"C{at},{day},{at + 1}\n" for at, day in enumerate(days))


def named(*days: str) -> str:
    return rows(*days, header="customer_id,order_date,amount")


def columns(dates, **more) -> dict:
    return {"customer_id": "who", "occurred_on": {"column": "when", "dates": dates, **more}, "amount": "paid"}


def days(shop, dates, **more) -> list[tuple]:
    read = shop.read(shop.describe(columns=columns(dates, **more)))
    return [(row["source_file"], row["occurred_on"]) for row in read]


@pytest.mark.parametrize("forms", [BOTH, BOTH[::-1]])
def test_each_file_is_read_in_its_own_order(shop, forms):
    shop.put("lyon.csv", rows("05/08/2023", "25/08/2023"))
    shop.put("reno.csv", rows("05/08/2023", "08/25/2023"))
    assert days(shop, forms) == [
        ("lyon.csv", date(2023, 8, 5)),
        ("lyon.csv", date(2023, 8, 25)),
        ("reno.csv", date(2023, 5, 8)),
        ("reno.csv", date(2023, 8, 25)),
    ]


def test_what_a_time_of_day_proves_counts_for_days_alone(shop):
    shop.put("reno.csv", rows("05/08/2023", "08/25/2023 10:00"))
    forms = [*BOTH, *(f"{form} %H:%M" for form in BOTH)]
    assert days(shop, forms)[0] == ("reno.csv", date(2023, 5, 8))


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (["05/08/2023", "06/08/2023"], "no other value tells"),
        (["05/08/2023", "25/08/2023", "08/25/2023"], "the others are of both"),
    ],
)
def test_a_file_that_does_not_tell_is_refused_until_its_form_is_said(shop, written, why):
    shop.put("lyon.csv", rows("05/08/2023", "25/08/2023"))
    shop.put("oslo.csv", rows(*written))
    with pytest.raises(SourceError, match=f"oslo.csv, column 'when': .*{why}") as refused:
        days(shop, BOTH)
    assert "lyon.csv" not in str(refused.value)
    assert "05/08/2023" not in str(refused.value)
    read = days(shop, BOTH, dates_in={"oslo*": ["%m/%d/%Y"]})
    assert ("lyon.csv", date(2023, 8, 5)) in read
    assert ("oslo.csv", date(2023, 5, 8)) in read


def test_a_small_file_in_the_other_order_does_not_hide_among_big_ones(shop):
    shop.put("lyon.csv", rows(*(f"{day:02}/08/2023" for day in range(1, 29))))
    shop.put("reno.csv", rows("05/08/2023", "08/25/2023", "08/26/2023", "08/27/2023"))
    with pytest.raises(SourceError, match=r"reno.csv.*day and month exchanged"):
        days(shop, ["%d/%m/%Y"])


def test_two_digits_are_no_year_of_the_first_century(shop):
    shop.put("a.csv", rows("05/08/23", "05/08/2023"))
    assert {day for _, day in days(shop, ["%d/%m/%Y", "%d/%m/%y"])} == {date(2023, 8, 5)}


def test_forms_that_read_nothing_differently_are_tried_in_turn(shop):
    shop.put("a.csv", rows("05.08.2023", "5 Aug 2023", "2023-08-05"))
    assert {day for _, day in days(shop, ["%d.%m.%Y", "%d %b %Y"])} == {date(2023, 8, 5)}


@pytest.mark.parametrize(
    ("forms", "groups"),
    [
        (("%d.%m.%y", "%y.%m.%d"), [{"dmy", "ymd"}]),
        (("%Y-%d-%m", "iso"), [{"Ydm", "iso"}]),
        (("%d %b %Y", "%d %B %Y", "%Y%m%d"), []),
        (("epoch", "epoch_ms", "excel"), []),
    ],
)
def test_which_forms_may_read_one_text_differently(forms, groups):
    assert [set(group) for group in rival_orders(forms)] == groups


def test_the_halves_of_a_day_are_written_in_many_ways(shop):
    shop.put("a.csv", rows("5/8/2023 3:10 p.m.", "5/8/2023 3:10 P. M.", "5/8/2023 3:10\u202fPM", "5/8/2023 3:10 pm"))
    shop.put("b.csv", rows("2023/8/5 下午3:10"))
    when = {"column": "when", "dates": ["%d/%m/%Y %I:%M %p", "%Y/%m/%d %p%I:%M"]}
    params = shop.describe(columns={"customer_id": "who", "occurred_at": when, "amount": "paid"})
    assert {(row["occurred_on"], row["hour"]) for row in shop.read(params)} == {(date(2023, 8, 5), 15)}


def test_seconds_and_thousandths_are_told_by_their_digits(shop):
    shop.put("a.csv", rows("1691236800", "1691236800000"))
    assert {day for _, day in days(shop, ["epoch", "epoch_ms"])} == {date(2023, 8, 5)}


def test_a_shop_in_paris_and_one_in_boston(shop, cases):
    raw = cases / "two_date_orders" / "twoorders"
    for path in raw.iterdir():
        shop.put(path.name, path.read_bytes())
    told = {"customer_id": "customer_id", "occurred_on": {"column": "order_date", "dates": BOTH}, "amount": "amount"}
    delivered = files.deliver(shop.describe(columns=told), shop.con)["transactions"]
    read = delivered.order_by("source_file", "source_line").to_pyarrow().to_pylist()
    for file, form in (("shop_boston.csv", "m"), ("shop_paris.csv", "d")):
        lines = (raw / file).read_text("utf-8").splitlines()[1:]
        first, second = zip(*(map(int, line.split(",")[2].split("/")[:2]) for line in lines), strict=True)
        months, in_month = (first, second) if form == "m" else (second, first)
        mine = [row["occurred_on"] for row in read if row["source_file"] == file]
        assert [(day.month, day.day) for day in mine] == list(zip(months, in_month, strict=True))


def test_a_draft_of_files_in_two_orders_reads_each_in_its_own(shop):
    shop.put("lyon.csv", named("05/08/2023", "25/08/2023"))
    shop.put("reno.csv", named("05/08/2023", "08/25/2023"))
    shop.run_as_drafted()
    read = [(row["source_file"], row["occurred_on"]) for row in shop.read(load("shop", root=shop.root))]
    assert ("lyon.csv", date(2023, 8, 5)) in read
    assert ("reno.csv", date(2023, 5, 8)) in read


def test_a_draft_asks_where_one_of_such_files_does_not_tell(shop):
    shop.put("lyon.csv", named("05/08/2023", "25/08/2023"))
    shop.put("oslo.csv", named("05/08/2023", "04/08/2023", "06/08/2023"))
    shop.put("reno.csv", named("05/08/2023", "08/25/2023"))
    assert shop.draft()["source"]["tables"]["transactions"]["columns"]["occurred_on"]["dates"] == ["???"]


def test_what_only_the_order_of_rows_tells_is_to_be_checked(shop):
    shop.put("a.csv", named(*(f"{day:02}/{month:02}/2023" for month in range(1, 7) for day in range(1, 12))))
    shop.draft()
    assert "CHECK: only the order of the rows tells day from month" in (shop.root / "params/shop.yaml").read_text(
        "utf-8"
    )
