import pandas as pd
import pytest

from insight.unify.standardise.columns import type_columns
from insight.unify.standardise.names import split_name
from insight.unify.standardise.standardise import standardise
from insight.unify.standardise.values import clean_date, clean_document, clean_phone, find_check


def standard(frame: pd.DataFrame, region: str = "CN"):
    return standardise(frame, type_columns(frame), source=pd.Series("one", index=frame.index), region=region)


def changed(done, column: str) -> dict[str, int]:
    counts = done.counts[done.counts["column"] == column]
    return dict(zip(counts["what"], counts["values"], strict=True))


@pytest.mark.parametrize(
    "written", ["张伟", "張偉", "Zhang Wei", "ZHANG, WEI", "Wei Zhang", "张伟先生", "Mr. Zhang Wei", "张 伟"]
)
def test_one_name_in_all_its_spellings(written):
    assert split_name(written)[:2] == ("wei", "zhang")


@pytest.mark.parametrize(
    "written", ["13912345678", "１３９１２３４５６７８", "+86 139 1234 5678", "0086-13912345678", "139-1234-5678"]
)
def test_one_phone_in_all_its_spellings(written):
    assert clean_phone(written, region="CN") == ("8613912345678", None)


@pytest.mark.parametrize(
    ("written", "day_first", "meant"),
    [
        ("1790-03-07", False, "1790-03-07"),
        ("17900307", False, "1790-03-07"),
        ("07/03/1790", True, "1790-03-07"),
        ("03/07/1790", False, "1790-03-07"),
        ("7 March 1790", True, "1790-03-07"),
        ("1990年3月7日", False, "1990-03-07"),
        ("1990-03-07 00:00:00", False, "1990-03-07"),
        ("25/03/1790", False, "1790-03-25"),
    ],
)
def test_dates_of_any_century_in_one_form(written, day_first, meant):
    assert clean_date(written, day_first=day_first) == (meant, None)


def test_a_day_that_no_calendar_has_is_kept_to_be_compared_and_remarked():
    assert clean_date("1999-02-30", day_first=False) == ("1999-02-30", "no_such_day")


def test_a_surname_null_is_a_name():
    assert split_name("Ann Null")[:2] == ("ann", "null")


def test_a_check_digit_is_found_from_the_numbers_and_one_digit_repeated_is_none():
    assert find_check(["7992739871" + digit for digit in "3" * 25]) == "luhn"
    assert clean_document("111111") == (None, "one_digit")


def test_codes_of_firms_stand_among_the_numbers_of_people():
    people = ["11010519491231002X", "110105194912311786"]
    assert find_check([*people, "91110000600037341L"] * 10) == "cn"
    assert find_check([*people, "91110000600037341M"] * 10) is None


def test_each_source_has_its_own_order_of_day_and_month():
    frame = pd.DataFrame({"dob": ["03/07/1990", "25/12/1980", "03/07/1990", "12/25/1980"]})
    typed = type_columns(frame)
    done = standardise(frame, typed, source=pd.Series(["uk", "uk", "us", "us"]), region="GB")
    assert done.people["birth_date"].tolist() == ["1990-07-03", "1980-12-25", "1990-03-07", "1980-12-25"]


def test_a_name_in_parts_comes_before_one_in_one_piece():
    frame = pd.DataFrame({"first_name": ["Ann", None], "surname": ["Lee", None], "full_name": ["X Y", "Bob Ray"]})
    people = standard(frame).people
    assert people[["given_name", "family_name"]].to_numpy().tolist() == [["ann", "lee"], ["bob", "ray"]]


@pytest.fixture
def shop() -> pd.DataFrame:
    """Forty strangers; thirty have the till's phone, twelve the default birth date, one family shares a phone."""
    letters = [f"{chr(97 + row % 26)}{chr(110 - row % 13)}" for row in range(40)]
    return pd.DataFrame(
        {
            "first_name": [f"{letter}na" for letter in letters],
            "surname": [f"{letter[::-1]}son" for letter in letters],
            "birth_date": ["1900-01-01"] * 12 + [f"{1950 + row}-0{row % 9 + 1}-1{row % 9}" for row in range(28)],
            "phone": ["13900000001"] * 30 + ["13912345678"] * 3 + [f"1391234567{row}" for row in range(7)],
        }
    )


def test_a_till_number_and_a_default_date_are_taken_out_and_counted(shop):
    done = standard(shop)
    assert changed(done, "phone")["shared"] == 30
    assert changed(done, "birth_date")["default_date"] == 12
    assert "1900-01-01" not in set(done.people["birth_date"].dropna())


def test_a_family_s_phone_stays(shop):
    assert (standard(shop).people["phone"] == "8613912345678").sum() == 3


def test_years_alone_written_as_the_first_of_january_stay():
    dates = [f"{year}-01-01" for year in range(1800, 1830) for _ in range(12)]
    done = standard(pd.DataFrame({"dob": dates, "first_name": [f"n{chr(97 + row % 26)}" for row in range(len(dates))]}))
    assert done.people["birth_date"].notna().all()


def test_the_records_are_left_as_they_were(shop):
    before = shop.copy()
    standard(shop)
    pd.testing.assert_frame_equal(shop, before)


def test_years_alone_are_compared_beside_whole_dates():
    done = standard(pd.DataFrame({"dob": ["1758-02-03", "1758", "abt 1760", "4 Mar 1761"]}))
    assert done.people["birth_date"].fillna("").tolist() == ["1758-02-03", "", "", "1761-03-04"]
    assert done.people["birth_year"].tolist() == ["1758", "1758", "1760", "1761"]
    assert [field.name for field in done.fields] == ["birth_date", "birth_year"]


def test_a_date_in_parts_without_its_day_is_still_a_year():
    frame = pd.DataFrame({"year": ["1758", "1799"] * 4, "month": ["2", None, "3", "4"] * 2, "day": ["3", "4"] * 4})
    done = standard(frame)
    assert done.people["birth_date"].fillna("").tolist()[:3] == ["1758-02-03", "", "1758-03-03"]
    assert done.people["birth_year"].tolist()[:2] == ["1758", "1799"]
