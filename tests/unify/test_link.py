import numpy as np
import pandas as pd
import pytest

from insight.engine import connect
from insight.errors import SourceError
from insight.unify.evaluate.score import score
from insight.unify.link import LinkSettings, link_records

GIVEN = [
    "anna",
    "boris",
    "clara",
    "david",
    "emma",
    "felix",
    "greta",
    "hugo",
    "irene",
    "jonas",
    "karla",
    "leo",
    "maria",
    "nils",
    "olga",
    "paul",
    "rosa",
    "sven",
    "tina",
    "viktor",
]
FAMILY = [
    "abbott",
    "baker",
    "carver",
    "dixon",
    "eaton",
    "foster",
    "garner",
    "hobson",
    "ingram",
    "jarvis",
    "kemper",
    "lawson",
    "mercer",
    "norton",
    "osborn",
]


def mistyped(text: str, rng: np.random.Generator) -> str:
    place = int(rng.integers(0, len(text) - 1))
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def make_people(people: int = 150, *, seed: int = 1, till: str | None = None) -> pd.DataFrame:
    """People with two records each in two systems, a tenth of the values mistyped, families of three at one address."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        family, given = FAMILY[person // 3 % len(FAMILY)], str(rng.choice(GIVEN))
        born = str(np.datetime64("1801-01-01") + int(rng.integers(0, 20_000)))
        phone, street = f"139{rng.integers(10**7, 10**8)}", f"{person // 3 + 1} {FAMILY[person // 3 % 7]} street"
        for system in ("core", "app"):
            row = {"given_name": given, "family_name": family, "birth_date": born, "phone": phone}
            row = {name: mistyped(value, rng) if rng.random() < 0.1 else value for name, value in row.items()}
            if till and rng.random() < 0.3:
                row["phone"] = till
            rows.append(
                {"source_system": system, "source_record_id": f"{person}", "truth": person, "address": street} | row
            )
    return pd.DataFrame(rows)


def in_order(records: pd.DataFrame) -> pd.Series:
    return records.sort_values(["source_system", "source_record_id"], ignore_index=True)["truth"]


def f1(linked, records: pd.DataFrame) -> float:
    return score(linked.cluster, in_order(records), rounds=1).set_index("measure")["value"]["pair_f1"]


@pytest.fixture(scope="module")
def records() -> pd.DataFrame:
    return make_people()


@pytest.fixture(scope="module")
def linked(records):
    return link_records(records.drop(columns="truth"))


def test_people_of_another_century_are_found_and_families_kept_apart(linked, records):
    assert f1(linked, records) > 0.97


def test_the_order_of_the_input_does_not_matter(linked, records):
    again = link_records(records.drop(columns="truth").sample(frac=1, random_state=5))
    pd.testing.assert_frame_equal(again.assignment, linked.assignment)
    pd.testing.assert_frame_equal(again.review, linked.review)


def test_an_extra_column_that_says_nothing_changes_nothing(linked, records):
    extra = records.drop(columns="truth").assign(loaded_at="2024-01-01", note_id=np.arange(len(records)))
    assert (link_records(extra).cluster == linked.cluster).all()


def test_a_till_number_makes_no_cluster():
    shop = make_people(till="13900000001")
    linked = link_records(shop.drop(columns="truth"))
    assert np.bincount(linked.cluster).max() <= 3
    assert f1(linked, shop) > 0.95


def test_candidate_pairs_are_counted_before_and_bounded(linked, records):
    bounded = link_records(records.drop(columns="truth"), settings=LinkSettings(max_pairs=300))
    assert bounded.blocking["pairs_estimated"].sum() <= 300
    assert linked.blocking["pairs_new"].sum() < len(records) * (len(records) - 1) / 2


def test_later_records_join_theirs_without_training_again(linked, records):
    early = records[records["source_system"] == "core"]
    late = pd.concat([early, make_people(seed=1)[lambda frame: frame["source_system"] == "app"]])
    again = link_records(late.drop(columns="truth"), model=linked.model.as_saved())
    assert f1(again, late) > 0.97
    assert again.model.sessions.empty


def test_two_valid_document_numbers_are_two_people():
    numbers = ["11010519491231002X", "440524188001010014"]
    rows = [
        {
            "source_system": system,
            "source_record_id": str(row),
            "full_name": "王伟",
            "phone": "13912345678",
            "id_number": number,
        }
        for row, number in enumerate(numbers)
        for system in ("a", "b")
    ]
    filler = make_people(60).assign(full_name=lambda f: f["given_name"] + " " + f["family_name"], id_number=numbers[0])
    filler = filler[["source_system", "source_record_id", "full_name", "phone"]].assign(
        source_record_id=lambda frame: "f" + frame["source_record_id"],
        id_number=[valid_number(i // 2) for i in range(120)],
    )
    linked = link_records(pd.concat([pd.DataFrame(rows), filler]))
    of = linked.assignment.set_index(["source_system", "source_record_id"])["cluster"]
    assert of["a", "0"] == of["b", "0"] != of["a", "1"] == of["b", "1"]


def valid_number(person: int) -> str:
    from stdnum.cn import ric

    body = f"1101051{950 + person % 50:03d}0{person % 9 + 1}1{person % 9}{person:03d}"
    return body + ric.calc_check_digit(body + "0")


def test_reasons_are_words_and_never_values(linked, records):
    words = " ".join(linked.review["speaks_for"]) + " ".join(linked.review["speaks_against"])
    assert not any(name in words for name in FAMILY)
    assert set(linked.review["kind"]) <= {
        "uncertain",
        "one_household",
        "contradicting_documents",
        "joined_by_others",
        "kept_apart_by_others",
    }


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_hardly_any_records_do_no_harm(rows, records):
    few = link_records(records.drop(columns="truth").head(rows))
    assert len(few.assignment) == rows


def test_all_records_of_one_person_are_one_cluster():
    same = pd.DataFrame({"first_name": "Ann", "surname": "Lee", "dob": "1790-02-03"}, index=range(60))
    linked = link_records(same.assign(source_system="a", source_record_id=[str(row) for row in range(60)]))
    assert set(linked.cluster) == {0}


def test_a_key_that_repeats_is_refused_without_its_value():
    twice = pd.DataFrame({"source_system": "a", "source_record_id": ["X77", "X77"], "first_name": ["Ann", "Bob"]})
    with pytest.raises(SourceError, match="found 1 rows whose key is empty or repeats") as refused:
        link_records(twice)
    assert "X77" not in str(refused.value)


def test_the_callers_connection_holds_nothing_afterwards(records):
    con = connect()
    link_records(records.drop(columns="truth").head(50), con=con)
    assert con.con.execute("SHOW ALL TABLES").fetchall() == []
