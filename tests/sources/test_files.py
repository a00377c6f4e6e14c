"""What a delivered file may be, and what becomes of it: read exactly, quarantined by row, or refused."""

import gzip
from decimal import Decimal

import pandas as pd
import pytest

from insight.errors import SourceError
from insight.sources import checkup
from sources.conftest import SHOP

HEAD = "who,when,paid\n"
ADA = "ada,01/03/2024 10:00,1.50\n"
BOB = "bob,02/03/2024 11:30,20.00\n"


def who(rows):
    return [row["customer_id"] for row in rows]


def faults(rows):
    return {row["source_line"]: row["fault"] for row in rows if row["fault"]}


# --- read exactly


@pytest.mark.parametrize(
    ("written", "declared"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gb18030", "gb18030"),
        ("gb18030", "gbk"),
        ("gb18030", ["utf-8", "gb18030"]),
        ("utf-16", "utf-8"),
        ("utf-16-le", "utf-16-le"),
    ],
)
def test_an_encoding_that_is_declared_or_marked_is_read(shop, written, declared):
    shop.put("a.csv", "客户号,交易日期,金额\n张三丰的店号,01/03/2024 10:00,1.50\n", written)
    columns = {
        "customer_id": "客户号",
        "occurred_at": {"column": "交易日期", "dates": "%d/%m/%Y %H:%M"},
        "amount": "金额",
    }
    assert who(shop.read(shop.describe(columns=columns, form={"encoding": declared}))) == ["张三丰的店号"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_is_read(shop, end):
    shop.put("a.csv", (HEAD + ADA + BOB).replace("\n", end))
    rows = shop.read()
    assert [(row["customer_id"], row["source_line"]) for row in rows] == [("ada", 2), ("bob", 3)]


def test_lines_count_as_an_editor_shows_them(shop):
    shop.put("a.csv", HEAD + '"a\nd\na",01/03/2024 10:00,1.50\n\n' + BOB)
    rows = shop.read()
    assert [(row["customer_id"], row["source_line"]) for row in rows] == [("a\nd\na", 2), ("bob", 6)]


def test_columns_meet_by_name_in_every_file(shop):
    shop.put("2024-01.csv", HEAD + ADA)
    shop.put("2024-02.csv", "paid,extra,who,when\n20.00,x,bob,02/03/2024 11:30\n")
    rows = shop.read()
    assert [(row["customer_id"], row["amount"]) for row in rows] == [("ada", Decimal("1.5")), ("bob", Decimal(20))]
    assert "extra" not in rows[0]


def test_packed_files_are_read(shop):
    shop.put("a.csv.gz", gzip.compress((HEAD + ADA).encode()))
    assert who(shop.read(shop.describe(files="a.csv.gz"))) == ["ada"]


def test_a_header_alone_is_no_rows(shop):
    shop.put("a.csv", HEAD)
    assert shop.read() == []


def test_ids_stay_as_they_are_written(shop):
    ids = ["0012", "Null", "NA", "1234567890123456789", "1e5", "=cmd()", "<b>"]
    shop.put("a.csv", HEAD + "".join(f"{name},01/03/2024 10:00,1\n" for name in ids))
    assert who(shop.read()) == ids


def test_a_column_with_a_hostile_name_is_only_a_column(shop):
    name = "x\"; DROP TABLE t; -- ' {0} $1"
    quoted = '"' + name.replace('"', '""') + '"'
    shop.put("a.csv", f"{quoted},when,paid\n" + ADA)
    columns = {"customer_id": name, "occurred_at": {"column": "when", "dates": "%d/%m/%Y %H:%M"}, "amount": "paid"}
    assert who(shop.read(shop.describe(columns=columns))) == ["ada"]


def test_a_parquet_file_with_a_hostile_name_is_read(shop):
    frame = pd.DataFrame({"who": [17850.0, None], "when": pd.to_datetime(["2024-03-01 10:00"] * 2), "paid": [0.1, 0.2]})
    frame.to_parquet(shop.folder / "a[1]*';.parquet")
    rows = shop.read(shop.describe(files="a[1]*';.parquet"))
    assert who(rows) == ["17850", None]
    assert [row["amount"] for row in rows] == [Decimal("0.1"), Decimal("0.2")]
    assert [row["source_line"] for row in rows] == [1, 2]


def test_a_sheet_of_a_workbook_is_read(shop):
    frame = pd.DataFrame({"who": ["007", "b"], "when": pd.to_datetime(["2024-03-01 10:00:00"] * 2), "paid": [1.5, 2]})
    with pd.ExcelWriter(shop.folder / "a.xlsx") as book:
        frame.to_excel(book, sheet_name="Sales", index=False)
        frame.to_excel(book, sheet_name="Other", index=False)
    rows = shop.read(shop.describe(files="a.xlsx", format={"sheet": "Sales"}))
    assert [(row["customer_id"], row["source_line"], row["hour"]) for row in rows] == [("007", 2, 10), ("b", 3, 10)]


def test_days_and_hours_are_those_of_the_business(shop):
    shop.put("a.csv", HEAD + "ada,31/07/2024 22:30,1\n")
    (row,) = shop.read(shop.describe(form={"time_zone": "UTC"}))
    assert (str(row["occurred_at"]), str(row["occurred_on"]), row["hour"]) == ("2024-07-31 22:30:00", "2024-08-01", 0)


def test_a_day_alone_has_no_hour(shop):
    shop.put("a.csv", HEAD + "ada,31/07/2024,1\n")
    columns = {"customer_id": "who", "occurred_on": {"column": "when", "dates": "%d/%m/%Y"}, "amount": "paid"}
    (row,) = shop.read(shop.describe(columns=columns))
    assert str(row["occurred_at"]) == "2024-07-30 22:00:00"
    assert row.get("hour") is None


# --- quarantined by row


def test_each_unreadable_line_is_one_row_with_its_reason(shop):
    lines = [
        "ada,01/03/2024 10:00\n",  # 2
        "ada,01/03/2024 10:00,1,2\n",  # 3
        "a\x00da,01/03/2024 10:00,1\n",  # 4
        'ada,"01/03/2024 10:00,1\n',  # 5: opened and never closed
        ADA,
        '"ada"x,01/03/2024 10:00,1\n',  # 7
        HEAD,
        "Total,,21.50\n",  # 9
        ",,\n",
        BOB,
    ]
    shop.put("a.csv", HEAD + "".join(lines))
    rows = shop.read()
    assert faults(rows) == {
        2: "line: wrong_fields\t2\t3",
        3: "line: wrong_fields\t4\t3",
        4: "line: nul_byte",
        5: "line: open_quote",
        7: "line: text_after_quote",
        8: "line: header_again",
        9: "line: totals_line",
    }
    assert [row["source_line"] for row in rows if not row["fault"]] == [6, 11]


def test_a_quotation_mark_that_is_never_closed_costs_one_line(shop):
    shop.put("a.csv", HEAD + '"ada,01/03/2024 10:00,1\n' + 400 * BOB + 'eve,"01/03/2024 10:00",1\n')
    rows = shop.read()
    assert (len(rows), list(faults(rows))) == (402, [2])


@pytest.mark.parametrize("paid", ["NaN", "inf", "1e400", "abc", "1,5", "£5", "(5)", "5-", "0x10", "1 000"])
def test_what_is_no_number_as_declared_is_set_aside(shop, paid):
    shop.put("a.csv", HEAD + ADA + f'eve,01/03/2024 10:00,"{paid}"\n')
    assert faults(shop.read()) == {3: "amount: not_a_number"}


def test_a_number_that_no_column_can_hold_is_set_aside(shop):
    shop.put("a.csv", HEAD + "eve,01/03/2024 10:00,99999999999999999\n")
    assert faults(shop.read()) == {2: "amount: too_large"}


@pytest.mark.parametrize("when", ["30/02/2024 10:00", "00/00/0000 00:00", "01/03/2024 24:00", "03/13/2024 10:00", "x"])
def test_what_is_no_date_is_set_aside(shop, when):
    shop.put("a.csv", HEAD + ADA + f"eve,{when},1\n")
    assert faults(shop.read()) == {3: "occurred_at: not_a_date"}


def test_a_date_before_1900_is_set_aside(shop):
    shop.put("a.csv", HEAD + "eve,01/03/1024 10:00,1\n")
    assert faults(shop.read()) == {2: "occurred_at: before_year\t1900"}


# --- refused as a whole


def refused(shop, params=None):
    with pytest.raises(SourceError) as error:
        shop.read(params)
    return str(error.value)


def test_an_encoding_that_is_not_declared_is_refused_with_a_guess(shop):
    shop.put("a.csv", "who,when,paid\n上海的客户,01/03/2024 10:00,1\n", "gb18030")
    assert "looks like gb18030" in refused(shop)


@pytest.mark.parametrize("written", ["gb18030", "big5", "utf-8"])
def test_text_that_would_be_garbled_is_refused(shop, written):
    shop.put("a.csv", "who,when,paid\n台北的大客人有一家商店,01/03/2024 10:00,1\n", written)
    assert f"looks like {written}" in refused(shop, shop.describe(form={"encoding": "latin-1"}))


def test_text_that_was_garbled_before_is_refused(shop):
    garbled = "上海的大客户,在人民路".encode("gb18030").decode("latin-1")
    shop.put("a.csv", f"who,when,paid\n{garbled.split(',')[0]},01/03/2024 10:00,1\n")
    assert "was gb18030 and was saved as something else" in refused(shop)


def test_utf_16_without_a_mark_is_refused(shop):
    shop.put("a.csv", HEAD + ADA, "utf-16-le")
    assert "looks like utf-16-le" in refused(shop, shop.describe(form={"encoding": "utf-16"}))


def test_a_character_that_cannot_be_decoded_is_refused_with_its_line(shop):
    shop.put("a.csv", (HEAD + 40_000 * ADA).encode() + b"\xff\xfe\xff,01/03/2024 10:00,1\n")
    assert "a.csv: expected utf-8" in refused(shop)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "no header, the file is empty"),
        ("a.csv", b"\n\n", "no header in line 1"),
        ("a.csv", b"who,when\nada,x\n", "expected 1 column.s. that are not there: 'paid'"),
        ("a.csv", b"who,when,Paid\nada,x,1\n", "did you mean 'Paid'"),
        ("a.csv", b"who,when,paid,paid\n", "'paid' stand there more than once"),
        ("a.csv", b"who,when,paid,E-Mail\n", "'E-Mail' look.s. personal"),
        ("a.csv", b"who,when,paid\n" + b"x" * (1 << 21) + b",01/03/2024 10:00,1\n", "longer than 1 MiB"),
        ("a.csv.gz", gzip.compress(bytes(80 << 20)), "unpacks to over 200 times"),
        ("a.csv.gz", gzip.compress((HEAD + ADA).encode())[:-9], "damaged or cut off"),
        ("a.parquet", b"", "not a whole Parquet file"),
        ("a.parquet", b"PAR1 and then nothing", "not a whole Parquet file"),
        ("a.xlsx", b"PK no book", "not a readable Excel workbook"),
        ("a.xls", bytes.fromhex("d0cf11e0a1b11ae1"), ".xls files cannot be read. Save it as .xlsx"),
        ("b.csv", HEAD.encode(), r"a\.\*: no such file. There are: b.csv"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused(shop, name, content, said):
    shop.put(name, content)
    with pytest.raises(SourceError, match=said):
        shop.read(shop.describe(files="a.*"))


def test_every_fault_of_every_file_is_named_at_once(shop):
    shop.put("a.csv", "who,when\n")
    shop.put("b.csv", "")
    shop.put("c.csv", HEAD)
    message = refused(shop)
    assert "a.csv: expected 1 column(s)" in message
    assert "b.csv: no header" in message


@pytest.mark.parametrize("pattern", ["../secret.csv", "/etc/passwd", "x/../../secret.csv"])
def test_a_path_out_of_the_folder_is_refused(shop, pattern):
    (shop.folder.parent / "secret.csv").write_text(HEAD + ADA)
    assert "expected a name inside the folder" in refused(shop, shop.describe(files=pattern))


def test_a_link_out_of_the_folder_is_refused(shop, tmp_path):
    (tmp_path / "secret.csv").write_text(HEAD + ADA)
    (shop.folder / "a.csv").symlink_to(tmp_path / "secret.csv")
    assert "link that leads out of the folder" in refused(shop)


@pytest.mark.parametrize("state", ["hidden", "visible"])
def test_a_workbook_of_several_sheets_needs_to_be_told_which(shop, state):
    with pd.ExcelWriter(shop.folder / "a.xlsx") as book:
        for name in ("Sales", "Old"):
            pd.DataFrame({"who": ["a"], "when": ["x"], "paid": [1]}).to_excel(book, sheet_name=name, index=False)
        book.sheets["Old"].sheet_state = state
    assert "`sheet: NAME`" in refused(shop, shop.describe(files="a.xlsx"))


def test_a_merged_header_is_refused(shop):
    with pd.ExcelWriter(shop.folder / "a.xlsx") as book:
        pd.DataFrame({"who": ["a"], "when": ["x"], "paid": [1]}).to_excel(book, index=False)
        next(iter(book.sheets.values())).merge_cells("A1:B1")
    assert "merged cells" in refused(shop, shop.describe(files="a.xlsx"))


def test_no_message_holds_a_value(shop):
    shop.put("a.csv", HEAD + "Secret Person,99/99/2024,secret\n")
    shop.put("b.csv", "who,when,payed\nSecret Person,x,1\n")
    assert "Secret" not in refused(shop)
    (shop.folder / "b.csv").unlink()
    assert "ecret" not in "".join(faults(shop.read()).values())


@pytest.mark.parametrize(
    ("damage", "advice"),
    [
        (b"\xe9t\xe9", "deliver the file anew. If they read well in cp"),
        (b"\xff", "deliver the file anew."),
        ("张三丰".encode("gb18030"), "If they read well in gb18030"),
    ],
)
def test_one_line_of_other_bytes_is_named_whatever_it_looks_like(shop, damage, advice):
    lines = (HEAD + 60 * ADA).encode().splitlines(keepends=True)
    lines[20] = lines[20].replace(b"ada", damage)
    shop.put("a.csv", b"".join(lines))
    said = refused(shop)
    assert "a.csv: expected utf-8; 1 line(s) hold other bytes, first line 21. All others are" in said
    assert advice in said


def test_columns_that_differ_in_case_alone_are_read_by_their_exact_names_and_pointed_out(shop):
    shop.put("a.csv", "who,when,paid,PAID\nada,01/03/2024 10:00,1.50,99\n")
    assert [row["amount"] for row in shop.read()] == [Decimal("1.5000")]
    said = "\n".join(checkup.check(shop.describe()).lines)
    assert "the columns 'paid', 'PAID' differ in nothing but capital letters" in said


def test_a_year_in_which_nobody_who_lives_was_born_goes_and_is_named_with_its_rule(shop):
    shop.put("sales.csv", HEAD + ADA)
    years = {"ada": 1987, "bob": 2035, "cem": 1900, "dan": -3, "eva": 9999}
    shop.put("people.csv", "no,born\n" + "".join(f"{name},{year}\n" for name, year in years.items()))
    people = {"files": "people.csv", "columns": {"customer_id": "no", "birth_year": "born"}}
    described = shop.describe(tables={"transactions": {"files": "sales.csv", "columns": SHOP}, "customers": people})
    report = checkup.check(described)
    said = "\n".join(report.lines)
    assert report.is_sound
    assert "birth_year: is below 1901 in 2 row(s), first in people.csv, line 4" in said
    assert "birth_year: lies after the last day that counts in 2 row(s), first in people.csv, line 3" in said


def test_ages_that_nobody_has_go_and_are_named_with_their_rule(shop):
    shop.put("sales.csv", HEAD + ADA)
    shop.put("people.csv", "no,age\nada,37\nbob,-3\ncem,180\ndan,0\n")
    bands = {"column": "age", "bands": [18, 35]}
    people = {"files": "people.csv", "columns": {"customer_id": "no", "age_band": bands}}
    said = "\n".join(
        checkup.check(
            shop.describe(tables={"transactions": {"files": "sales.csv", "columns": SHOP}, "customers": people})
        ).lines
    )
    assert "age_band: is below 0 in 1 row(s), first in people.csv, line 3" in said
    assert "age_band: is above 120 in 1 row(s), first in people.csv, line 4" in said


@pytest.mark.parametrize(("end", "is_noted"), [("", True), ("\n", False), ("\r\n", False), ("\n\n", False)])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_last_line_that_may_be_cut_off_is_noted(shop, encoding, end, is_noted):
    shop.put("a.csv", (HEAD + ADA + BOB).rstrip() + end, encoding)
    said = "\n".join(checkup.check(shop.describe()).lines)
    assert ("its last line has no line end" in said) == is_noted


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.parquet", "a.xlsx"])
def test_a_file_that_may_not_be_read_is_not_called_damaged(shop, monkeypatch, name):
    path = shop.put(name, HEAD + ADA)

    def closed(file, *given, **more):
        if file == path:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(file, *given, **more)

    opened = type(path).open
    monkeypatch.setattr(type(path), "open", closed)
    with pytest.raises(PermissionError, match=name):
        checkup.check(shop.describe(files=name))
