import pandas as pd
import pytest

from insight.errors import ParameterError
from insight.unify.standardise.columns import type_columns


def roles(frame: pd.DataFrame, **declared: str) -> dict[str, str]:
    return {column.name: column.role for column in type_columns(frame, declared=declared)}


@pytest.fixture
def many() -> pd.DataFrame:
    rows = range(100)
    return pd.DataFrame(
        {
            "x1": [f"p{row}@example.com" for row in rows],
            "x2": [f"18{row:02d}-03-{row % 28 + 1:02d}" for row in rows],
            "x3": [("oak", "elm")[row % 2] for row in rows],
            "x4": [f"AB{row % 90:05d}" for row in rows],
            "x5": [f"{row}" for row in rows],
            "x6": ["same"] * 95 + ["other"] * 5,
            "x7": ["rare"] + [None] * 99,
        }
    )


def test_columns_without_a_telling_name_are_typed_from_their_values(many):
    assert roles(many) == {
        "x1": "email",
        "x2": "birth_date",
        "x3": "category",
        "x4": "code",
        "x5": "ignore",
        "x6": "ignore",
        "x7": "ignore",
    }


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("first_name", "given_name"),
        ("GivenName", "given_name"),
        ("surname", "family_name"),
        ("lname_c1", "family_name"),
        ("full_name", "full_name"),
        ("middle_initial", "middle_name"),
        ("suburb", "locality"),
        ("address_1", "street"),
        ("street_number", "house_number"),
        ("employer_name", "ignore"),
        ("household_id", "ignore"),
        ("姓名", "full_name"),
        ("手机号码", "phone"),
        ("birth_place", "text"),
        ("Vorname", "given_name"),
        ("NACHNAME", "family_name"),
        ("prenom", "given_name"),
        ("apellidos", "family_name"),
        ("GIVN", "given_name"),
        ("midl_name", "middle_name"),
        ("sexe", "sex"),
        ("PLZ", "postcode"),
        ("ciudad", "locality"),
        ("parish", "locality"),
        ("LastOrder", "ignore"),
        ("registr_dt", "ignore"),
    ],
)
def test_a_name_says_what_a_column_is(name, role):
    values = [f"{chr(97 + row % 26)}{chr(97 + row // 26)}n {row}" for row in range(60)]
    assert roles(pd.DataFrame({name: values}))[name] == role


def test_values_veto_a_name(many):
    assert roles(many[["x3"]].rename(columns={"x3": "birth_date"})) == {"birth_date": "category"}


def test_a_name_that_everybody_bears_stays_a_name():
    assert roles(pd.DataFrame({"first_name": ["Ann"] * 50})) == {"first_name": "given_name"}


def test_what_is_declared_wins(many):
    assert roles(many, x3="locality")["x3"] == "locality"


def test_a_declared_role_that_does_not_exist_is_refused_with_those_that_do(many):
    with pytest.raises(ParameterError, match="there is no role of this name"):
        type_columns(many, declared={"x3": "colour"})


def test_the_order_of_rows_does_not_matter(many):
    assert roles(many) == roles(many.sample(frac=1, random_state=1))


def days(first_year: int, years: int) -> list[str]:
    return [f"{first_year + row % years}-{row % 12 + 1:02d}-{row % 28 + 1:02d}" for row in range(100)]


def test_dates_within_a_few_years_are_nobodys_birth_dates():
    assert roles(pd.DataFrame({"x1": days(2019, 5), "x2": days(1758, 90)})) == {"x1": "ignore", "x2": "birth_date"}


def test_a_birth_date_by_its_name_goes_before_a_fuller_one_by_its_values():
    frame = pd.DataFrame({"seen": days(1920, 80), "dob": [*days(1930, 60)[:90], *[None] * 10]})
    assert roles(frame) == {"seen": "ignore", "dob": "birth_date"}


def test_a_birth_day_is_a_whole_date_or_a_day_of_the_month():
    numbers = [str(row % 28 + 1) for row in range(100)]
    assert roles(pd.DataFrame({"birth_day": days(1800, 99)})) == {"birth_day": "birth_date"}
    assert roles(pd.DataFrame({"birth_day": numbers})) == {"birth_day": "birth_day"}


def test_a_name_beside_a_given_name_is_the_family_name():
    words = [f"{chr(97 + row % 26)}ina" for row in range(100)]
    assert roles(pd.DataFrame({"Vorname": words, "Name": words})) == {"Vorname": "given_name", "Name": "family_name"}


def test_names_in_one_piece_are_known_by_their_values():
    words = [f"{chr(97 + row % 26)}ina {chr(97 + row % 25)}erg" for row in range(100)]
    assert roles(pd.DataFrame({"x1": words})) == {"x1": "full_name"}


GIVEN = [
    "Emma",
    "Noah",
    "Müller",
    "Jacob",
    "Amelia",
    "Isla",
    "Oskar",
    "Harry",
    "Zoë",
    "Liam",
    "Xanthe",
    "Yuto",
    "Aoife",
    "Lucas",
]
FAMILY = [
    "Smith",
    "Jones",
    "Schröder",
    "Taylor",
    "Garcia",
    "Rossi",
    "Quux",
    "Walker",
    "Khan",
    "Novak",
    "Zed",
    "Weber",
    "Okafor",
    "Lang",
]


def test_given_and_family_names_are_known_by_what_stands_in_them_whatever_a_column_is_called():
    assert roles(pd.DataFrame({"c1": FAMILY, "c2": GIVEN})) == {"c1": "family_name", "c2": "given_name"}


def test_towns_are_no_names_though_some_are_called_like_people():
    towns = ["Leeds", "York", "Bath", "Lincoln", "Ely", "Hull", "Florence", "Derby", "Ripon", "Wells", "Truro", "Deal"]
    many = pd.DataFrame({"c1": [f"{town}{end}" for town in towns for end in ("", " Green", "ford", "ham", "bury")]})
    assert roles(many) == {"c1": "text"}


def test_what_people_call_themselves_is_no_given_name_beside_their_whole_names():
    whole = [f"{given} {family}" for given in GIVEN for family in FAMILY]
    assert roles(pd.DataFrame({"c1": whole, "c2": GIVEN * len(FAMILY)})) == {"c1": "full_name", "c2": "text"}
