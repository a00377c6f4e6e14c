"""Layouts of text files: quotation marks that are inches, blanks and fixed widths, endings, names, joined files."""

import gzip
import unicodedata
from decimal import Decimal

import pandas as pd
import pytest
import yaml

from insight.config.parameters import load
from insight.errors import ParameterError, SourceError
from insight.sources.checkup import check
from insight.sources.readers.files import read_tables

COLUMNS = {"customer_id": "who", "occurred_on": {"column": "day", "dates": "%Y-%m-%d"}, "amount": "paid"}
INCHES = ['rod 3/4"', '"Deluxe" mug', '2" x 4" board', '"1/4 bolt', '""', "O'Neil"]


def paid(rows) -> list[Decimal]:
    return [row["amount"] for row in rows]


def drafted(shop) -> dict:
    """Draft, read as drafted, and give the format that was found, with the rows."""
    form = shop.draft()["source"]["tables"]["transactions"]["format"]
    return {**form, "rows": shop.read(load("shop", root=shop.root))}


def inches(quantity: int = 60) -> str:
    lines = "".join(f"C{at % 7}|2024-03-{at % 28 + 1:02}|{INCHES[at % 6]}|{at}.50\n" for at in range(quantity))
    return "customer_id|order_date|article|amount\n" + lines


# --- quotation marks


def test_a_draft_finds_that_inch_marks_are_no_quotes(shop):
    shop.put("a.txt", inches())
    found = drafted(shop)
    assert (found["quote"], len(found["rows"])) == ("", 60)
    assert not any(row["fault"] for row in found["rows"])


def test_a_draft_keeps_quotes_where_one_line_is_broken(shop):
    lines = "".join(f'C{at % 7},2024-03-{at % 28 + 1:02},"mug, blue","{at}.50"\n' for at in range(60))
    shop.put("a.csv", "customer_id,order_date,article,amount\n" + lines + 'C1,2024-03-01,"big" mug,1\n')
    found = drafted(shop)
    assert "quote" not in found
    assert [row["source_line"] for row in found["rows"] if row["fault"]] == [62]


def test_lines_that_inch_marks_make_unreadable_hint_at_quote(shop):
    shop.put("a.csv", "who,day,paid,what\n" + 'C1,2024-03-01,5,"Deluxe" mug\n' * 3)
    lines = check(shop.describe(columns=COLUMNS)).lines
    assert any("3 unreadable line(s) have all their fields" in line and 'quote: ""' in line for line in lines)
    assert any("line: text after a closing quotation mark" in line and "`quote:" in line for line in lines)


def test_inch_marks_between_bars(shop, cases):
    case = cases / "inch_marks"
    shop.put("lines.txt", (case / "inches" / "lines.txt").read_bytes())
    shop.draft()
    described = yaml.safe_load((case / "inches.yaml").read_text("utf-8"))["source"]["tables"]
    for params in (load("shop", root=shop.root), shop.describe(tables=described)):
        rows = shop.read(params)
        assert (len(rows), sum(paid(rows))) == (394, Decimal("11548.76"))
        assert not any(row["fault"] for row in rows)


def test_a_header_that_stands_there_again_is_told_as_such(shop):
    shop.put(
        "a.csv", "who,day,paid\nC1,2024-03-01,5\nWho, Day ,PAID\nC2,2024-03-02,6\n\ufeffwho,day,paid\nC3,2024-03-03,7\n"
    )
    params = shop.describe(columns=COLUMNS)
    assert [row["fault"] for row in shop.read(params)] == [None, "line: header_again", None, "line: header_again", None]
    assert any("2 line(s) repeat the header" in line for line in check(params).lines)


def test_a_header_again_in_a_sheet_is_told_as_such(shop):
    pd.DataFrame(
        [["C1", "2024-03-01", "5"], ["WHO", " day", "paid"], ["C2", "2024-03-02", "6"]], columns=["who", "day", "paid"]
    ).to_excel(shop.folder / "a.xlsx", index=False)
    params = shop.describe(files="a.xlsx", columns=COLUMNS)
    assert [row["fault"] for row in shop.read(params)] == [None, "line: header_again", None]
    assert any("1 line(s) repeat the header" in line for line in check(params).lines)


# --- blanks and fixed widths


def test_runs_of_blanks_stand_between_fields(shop):
    shop.put("a.txt", "who  day         paid\n C1  2024-03-01   5.50\nC22\t2024-03-02  \t 6.00  \n")
    assert paid(shop.read(shop.describe(files="*.txt", columns=COLUMNS, form={"delimiter": "blanks"}))) == [
        Decimal("5.5"),
        6,
    ]


def test_a_draft_finds_runs_of_blanks_without_a_header(shop):
    lines = [f" {at % 90:05} 202403{at % 28 + 1:02}  {at % 3 + 1}  {at * 1.25:7.2f}" for at in range(1, 90)]
    shop.put("master.asc", "\n".join(lines) + "\n")
    form = shop.draft()["source"]["tables"]["transactions"]["format"]
    assert (form["delimiter"], form["header"]) == ("blanks", False)


FIXED = """\
who   name            day        paid
C1    Ada King        2024-03-01  5.50
C22   Bo              2024-03-02 16.00
"""


def test_fixed_widths_are_read_as_said(shop):
    shop.put("a.prn", FIXED)
    params = shop.describe(files="a.prn", columns=COLUMNS, form={"widths": [6, 16, 11]}, personal=["name"])
    assert [(row["customer_id"], row["amount"]) for row in shop.read(params)] == [("C1", Decimal("5.5")), ("C22", 16)]


@pytest.mark.parametrize("mark", ["::", "||", "^", "~", "\t"])
def test_a_draft_finds_marks_that_are_rare(shop, mark):
    lines = [["customer_id", "order_date", "article", "amount"]]
    lines += [
        [f"C{at % 7}", f"2024-03-{at % 28 + 1:02}", "" if at % 3 else "green tea", f"{at}.50"] for at in range(40)
    ]
    shop.put("a.dat", "".join(mark.join(line) + "\n" for line in lines))
    assert sum(paid(drafted(shop)["rows"])) == Decimal("800")


def test_a_draft_finds_fixed_widths(shop):
    head = f"{'customer_id':<13}{'article':<16}{'order_date':<12}{'amount':>7}\n"
    goods = ["oak table", "lamp", "big red chair"]
    lines = [f"C{at % 7:<12}{goods[at % 3]:<16}2024-03-{at % 28 + 1:02}  {at * 1.5:7.2f}\n" for at in range(40)]
    shop.put("a.txt", head + "".join(lines))
    found = drafted(shop)
    assert found["widths"][:2] == [13, 16]
    assert sum(paid(found["rows"])) == Decimal("1170")


def test_widths_and_a_delimiter_contradict_each_other(shop):
    with pytest.raises(ParameterError, match="a delimiter or widths"):
        shop.describe(form={"widths": [3], "delimiter": ";"})


# --- endings and names


@pytest.mark.parametrize("name", ["sales.asc", "sales.prn", "sales.2024", "SALES", "sales.xls", "sales.asc.gz"])
def test_any_ending_is_read_when_named(shop, name):
    text = b"who;day;paid\nC1;2024-03-01;5\n"
    shop.put(name, gzip.compress(text) if name.endswith(".gz") else text)
    assert paid(shop.read(shop.describe(files=name, columns=COLUMNS, form={"delimiter": ";"}))) == [5]


@pytest.mark.parametrize(("on_disk", "written"), [("NFD", "NFC"), ("NFC", "NFD")])
@pytest.mark.parametrize("pattern", ["Umsätze-März.csv", "Umsätze-*.csv"])
def test_accents_are_the_same_in_either_form(shop, on_disk, written, pattern):
    def spelled(text: str, form: str) -> str:
        return unicodedata.normalize(form, text)

    shop.put(spelled("Umsätze-März.csv", on_disk), spelled("Käufer,day,paid\nZoë,2024-03-01,5\n", on_disk))
    columns = {
        **COLUMNS,
        "customer_id": {"column": spelled("Käufer", written), "values": {spelled("Zoë", written): "Z"}},
    }
    assert [
        row["customer_id"] for row in shop.read(shop.describe(files=spelled(pattern, written), columns=columns))
    ] == ["Z"]


# --- joined files


def orders_and_lines(shop, *, join_form=None):
    shop.put("lines.csv", "order;paid\n1;5,50\n2;6,00\n")
    shop.put("orders.csv", "id;who;day\n1;Zoë;2024-03-01\n2;Bo;2024-03-02\n".encode("cp1252"))
    columns = {
        "basket_id": "order",
        "customer_id": "orders.who",
        "occurred_on": {"column": "orders.day", "dates": ["%Y-%m-%d"]},
        "amount": "paid",
    }
    join = {"orders": {"files": ["orders.csv"], "by": {"order": "id"}, **({"format": join_form} if join_form else {})}}
    form = {"delimiter": ";", "decimal": ",", "encoding": ["utf-8", "cp1252"]}
    tables = {"transactions": {"files": ["lines.csv"], "format": form, "columns": columns, "join": join}}
    return shop.describe(tables=tables)


def test_a_joined_file_is_written_as_its_table(shop):
    rows = shop.read(orders_and_lines(shop))
    assert [(row["customer_id"], row["amount"]) for row in rows] == [("Zoë", Decimal("5.5")), ("Bo", 6)]


def test_a_joined_file_may_be_written_otherwise(shop):
    params = orders_and_lines(shop, join_form={"delimiter": "|"})
    shop.put("orders.csv", "id|who|day\n1|Zoë|2024-03-01\n2|Bo|2024-03-02\n")
    assert [row["customer_id"] for row in shop.read(params)] == ["Zoë", "Bo"]


@pytest.mark.parametrize("mark", [";", "\t", "|"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_wrong_delimiter_is_what_the_message_says(shop, mark, quote):
    lines = [[f"{quote}{text}{quote}" for text in line] for line in (("who", "day", "paid"), ("C1", "2024-03-01", "5"))]
    shop.put("a.csv", "".join(mark.join(line) + "\n" for line in lines))
    named = "tab" if mark == "\t" else f'"[{mark}]"'
    with pytest.raises(SourceError, match=f"not cut apart: say `delimiter: {named}`") as refused:
        shop.read(shop.describe(columns=COLUMNS))
    assert "expected 3 column" not in str(refused.value)


def test_a_draft_of_files_with_different_marks_runs(shop):
    lines = "".join(f"{at},{at % 3 + 1},{at}.50\n" for at in range(1, 40))
    shop.put("lines.csv", "order_id,quantity,amount\n" + lines)
    orders = "".join(f"{at};C{at % 5};2024-03-{at % 28 + 1:02}\n" for at in range(1, 40))
    shop.put("orders.csv", "order_id;customer_id;order_date\n" + orders)
    shop.draft()
    tables = read_tables(load("shop", root=shop.root), shop.con, temp=shop.root / "temp")
    assert tables["transactions"].rows.filter(lambda rows: rows.fault.isnull()).count().execute() == 39
