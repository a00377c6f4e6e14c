"""The readers by themselves: encodings told from bytes, what is odd but read, what changes under the hand."""

import pandas as pd
import pytest

from insight.errors import SourceError
from insight.sources.readers import files
from insight.sources.reading import raw
from insight.sources.reading.encodings import (
    TextBytes,
    doubt_about,
    examine,
    guess_encoding,
    is_proven,
    likely_encodings,
)
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
        ("O’Neil’s, D’Arcy…", "cp1252", "cp1252"),
        ("東京都,大阪市,名古屋", "cp932", "cp932"),
        ("さくら商店,東京", "euc-jp", "euc-jp"),
        ("서울,부산,고객번호", "euc-kr", "cp949"),
        ("Łódź,Kraków,Gdańsk", "cp1250", "cp1250"),
        ("Žďár,Plzeň,Děčín", "cp1250", "cp1250"),
        ("Αθήνα,Θεσσαλονίκη", "cp1253", "cp1253"),
        ("İzmir,Şişli,Beyoğlu", "cp1254", "cp1254"),
        ("Šiauliai,Klaipėda,Panevėžys", "cp1257", "cp1257"),
        ("กรุงเทพ,เชียงใหม่", "cp874", "cp874"),
        ("Москва,Казань,Тверь", "koi8-r", "koi8-r"),
        ("Москва,Новосибирск", "cp866", "cp866"),
        ("Müller,Größe,Genève", "mac-roman", "mac-roman"),
        ("Müller,Größe,Genève", "cp850", "cp850"),
        ("תל אביב,ירושלים", "cp1255", "cp1255"),
        ("القاهرة,الرياض", "cp1256", "cp1256"),
    ],
)
def test_bytes_tell_their_encoding(text, written, guess):
    assert guess_encoding(TextBytes(None, 0.0, text.encode(written))) == guess


def test_encodings_that_read_a_file_alike_are_one_and_others_are_named():
    assert likely_encodings(TextBytes(None, 0.0, "Müller,Größe".encode("cp1252"))) == ("cp1252",)
    hungarian = TextBytes(None, 0.0, "Győr,Kőszeg".encode("cp1250"))
    assert {"cp1250", "cp1252"} <= set(likely_encodings(hungarian))
    assert "cp1250" in doubt_about(hungarian)


def test_text_that_was_lost_before_delivery_is_utf_8_all_the_same():
    assert likely_encodings(TextBytes(None, 0.0, "Zo\ufffd, M\ufffdller".encode())) == ("utf-8",)


def test_only_a_mark_or_valid_utf_8_proves_an_encoding():
    proven = [b"", "Łódź".encode(), "Łódź".encode("cp1250"), "東京".encode("cp932")]
    assert [is_proven(TextBytes(None, 0.0, sample)) for sample in proven] == [True, True, False, False]


@pytest.mark.parametrize("written", ["utf-16-le", "utf-16-be"])
def test_the_order_of_two_bytes_is_told_by_where_the_zeros_are(shop, written):
    path = shop.put("a.csv", "who,when,paid\nŁukasz,01/03/2024 10:00,1\n", written)
    assert likely_encodings(examine(path)) == (written,)


@pytest.mark.parametrize("written", ["cp932", "euc-jp", "cp949", "koi8-r", "cp1250", "mac-roman", "cp1252"])
def test_a_draft_marks_an_encoding_that_is_not_proven_and_concludes_nothing_from_it(shop, written):
    places = {"cp932": "東京都", "euc-jp": "大阪府", "cp949": "서울", "koi8-r": "Казань", "cp1250": "Łódź"}
    place = places.get(written, "Zürich/Genève/Größe")
    lines = "".join(f"C{at % 7},2024-03-{at % 28 + 1:02},{at}.50,{place}\n" for at in range(40))
    shop.put("a.csv", "customer_id,order_date,amount,city\n" + lines, written)
    shop.draft()
    text = (shop.root / "params" / "shop.yaml").read_text("utf-8")
    assert f"encoding: {written}  # CHECK: the bytes do not prove it" in text
    assert "the files do not tell" in text


@pytest.mark.parametrize(
    ("header", "place", "written", "currency"),
    [
        ("顧客番号,注文番号,購入日,金額", "東京都", "cp932", "USD"),
        ("顧客番号,注文番号,購入日,金額", "東京都", "utf-8", "JPY"),
        ("會員卡號,訂單編號,日期,金額", "南港店", "utf-8", "TWD"),
        ("客户号,订单编号,交易日期,金额", "南港店", "gb18030", "CNY"),
    ],
)
def test_a_country_is_told_by_words_that_are_known_and_not_by_a_guess(shop, header, place, written, currency):
    lines = "".join(f"C{at % 7},{at},2024-03-{at % 28 + 1:02},{at}.50,{place}\n" for at in range(40))
    shop.put("a.csv", f"{header},x\n{lines}", written)
    assert shop.draft()["currency"] == currency


def test_utf_16_is_not_called_damaged(shop):
    shop.put("a.csv", "who,when,paid\nKöln,01/03/2024 10:00,1\nŁódź,01/03/2024 10:00,1\n", "utf-16")
    (facts,) = files.read_tables(shop.describe(), shop.con, temp=shop.root / "temp")["transactions"].files
    assert facts.notes == []


@pytest.mark.parametrize("declared", ["latin-1", "iso8859-9"])
def test_control_characters_are_no_text(shop, declared):
    shop.put("a.csv", "who,when,paid\nŁódź Gdańsk,01/03/2024 10:00,1\n", "cp1250")
    with pytest.raises(SourceError, match=r"expected .*looks like cp1250.*if the names in it read well"):
        shop.read(shop.describe(form={"encoding": declared}))


def test_of_several_encodings_each_file_is_read_by_its_own(shop):
    shop.put("a.csv", "who,when,paid\nMüller,01/03/2024 10:00,1\n", "mac-roman")
    shop.put("b.csv", "who,when,paid\nŁódź,01/03/2024 10:00,1\n", "cp1250")
    shop.put("c.csv", "who,when,paid\nKraków,01/03/2024 10:00,1\n")
    params = shop.describe(form={"encoding": ["cp1252", "mac-roman", "cp1250", "utf-8"]})
    assert [row["customer_id"] for row in shop.read(params)] == ["Müller", "Łódź", "Kraków"]


def test_letters_that_read_better_in_another_encoding_are_noted(shop):
    shop.put("a.csv", "who,when,paid\nКазань,01/03/2024 10:00,1\n", "koi8-r")
    files_read = files.read_tables(shop.describe(form={"encoding": "cp1251"}), shop.con, temp=shop.root / "temp")
    (facts,) = files_read["transactions"].files
    assert "koi8-r" in facts.notes[0]


@pytest.mark.parametrize("case", ["e_cp1250", "e_koi8", "e_sjis"])
def test_files_in_encodings_that_were_guessed_in_silence(shop, cases, case):
    shop.put("sales.csv", (cases / "encodings" / case / "sales.csv").read_bytes())
    shop.draft()
    right = {"e_cp1250": "cp1250", "e_koi8": "koi8-r", "e_sjis": "cp932"}[case]
    assert f"encoding: {right}  # CHECK" in (shop.root / "params" / "shop.yaml").read_text("utf-8")


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
