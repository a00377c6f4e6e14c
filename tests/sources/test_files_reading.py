"""The readers by themselves: encodings told from bytes, what is odd but read, what changes under the hand."""

import pandas as pd
import pytest

from insight.errors import SourceError
from insight.sources.readers import files
from insight.sources.reading import raw
from insight.sources.reading.encodings import TextBytes, guess_encoding
from insight.sources.reading.personal import looks_personal

HEAD = "who,when,paid\n"
ADA = "ada,01/03/2024 10:00,1.50\n"


@pytest.mark.parametrize(
    ("text", "written", "guess"),
    [
        ("客户号,交易日期,金额", "gb18030", "gb18030"),
        ("张伟", "gb18030", "gb18030"),
        ("欧阳菲菲;赵铭", "gbk", "gb18030"),
        ("陳大文,台北市", "big5", "big5"),
        ("Größe;GRÖßE", "latin-1", "cp1252"),
        ("São Paulo, niño, naïve café", "latin-1", "cp1252"),
        ("£12.50, 3 €", "cp1252", "cp1252"),
        ("Москва, Иванов", "cp1251", "cp1251"),
        ("Größe, £, 客户", "utf-8", "utf-8"),
    ],
)
def test_bytes_tell_their_encoding(text, written, guess):
    assert guess_encoding(TextBytes(None, 0.0, text.encode(written))) == guess


def test_utf_8_with_a_damaged_byte_still_looks_like_utf_8():
    assert guess_encoding(TextBytes(None, 0.0, "Müller, Größe, äöü, ÄÖÜ, ß".encode() + b"\xff")) == "utf-8"


@pytest.mark.parametrize(
    "name", ["E-Mail", "客户姓名", "Vorname", "phone_number", "CardHolder", "IP address", "身份证号"]
)
def test_columns_that_look_personal(name):
    assert looks_personal(name)


@pytest.mark.parametrize("name", ["Country", "product_name", "email_opt_in", "PhoneService", "会员卡号", "门店地址"])
def test_columns_that_do_not_look_personal(name):
    assert not looks_personal(name)


def notes(shop, params) -> list[str]:
    temp = shop.root / "temp"
    temp.mkdir()
    (file,) = files.read_tables(params, shop.con, temp=temp)["transactions"].files
    return file.notes


def test_blank_lines_and_lost_characters_are_noted(shop):
    shop.put("a.csv", HEAD + "\n" + ADA.replace("ada", "a\ufffda") + " , ,\n")
    found = notes(shop, shop.describe())
    assert "2 blank line(s) skipped" in found
    assert any("U+FFFD" in note for note in found)


def test_formulas_are_noted(shop):
    with pd.ExcelWriter(shop.folder / "a.xlsx") as book:
        pd.DataFrame({"who": ["a"], "when": ["01/03/2024 10:00"], "paid": [1]}).to_excel(book, index=False)
        next(iter(book.sheets.values()))["C2"] = "=1+1"
    assert any("formulas" in note for note in notes(shop, shop.describe(files="a.xlsx")))


def test_sheets_that_are_alike_are_one_table(shop):
    with pd.ExcelWriter(shop.folder / "a.xlsx") as book:
        for name in ("2023", "2024"):
            frame = pd.DataFrame({"who": [name], "when": ["01/03/2024 10:00"], "paid": [1]})
            frame.to_excel(book, sheet_name=name, index=False)
    rows = shop.read(shop.describe(files="a.xlsx", format={"sheet": ["2023", "2024"]}))
    assert [(row["source_file"], row["customer_id"]) for row in rows] == [
        ("a.xlsx (2023)", "2023"),
        ("a.xlsx (2024)", "2024"),
    ]


def test_row_numbers_that_a_program_added_do_not_tell_rows_apart(shop):
    shop.put("a.csv", ",who,when,paid\n0," + ADA + "1," + ADA)
    first, second = shop.read()
    assert first["transaction_id"] == second["transaction_id"]


def test_a_file_that_changes_while_it_is_read_is_refused(shop, monkeypatch):
    path = shop.put("a.csv", HEAD + ADA)
    copy = raw.copy_file

    def copy_while_it_grows(*given):
        facts = copy(*given)
        path.write_text(HEAD + ADA + ADA)
        return facts

    monkeypatch.setattr(raw, "copy_file", copy_while_it_grows)
    with pytest.raises(SourceError, match="changed while it was read"):
        shop.read()


def test_a_quoted_field_over_many_lines_is_bounded(shop):
    shop.put("a.csv", HEAD + '"' + ("x" * 100_000 + "\n") * 12 + '",01/03/2024 10:00,1\n')
    with pytest.raises(SourceError, match="longer than 1 MiB"):
        shop.read()
