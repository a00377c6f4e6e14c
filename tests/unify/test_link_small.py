"""Records that are few, empty, odd or enormous: linked all the same."""

import pandas as pd
import pytest

from insight.unify.link import link_records


def delivered(**columns: list) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    keys = {"source_system": "one", "source_record_id": [str(row) for row in range(count)]}
    return pd.DataFrame(keys | columns)


TWENTY = ["Ann", "Ben", "Cleo", "Dan", "Eve"] * 4


@pytest.mark.parametrize(
    "records",
    [
        delivered(given=[], surname=[]),
        delivered(given=["Ann"], surname=["Lee"]),
        delivered(given=TWENTY, surname=TWENTY, dob=[None] * 20),
        delivered(given=[None] * 20),
        delivered(sex=["m", "f"] * 10),
        delivered(dob=["1758", "3/4/1758", "1758-00-00", "abt 1758"] * 5, given=TWENTY),
        delivered(Name=TWENTY, NAME=TWENTY, name=TWENTY),
        delivered(given=["Владимир", "محمد", "さくら", "🙂"] * 5, surname=["ﬁx", "\ufeffLee", "박", "Þórsson"] * 5),
    ],
    ids=["none", "one", "no dates", "no values", "sex alone", "old dates", "headers by case", "scripts"],
)
def test_every_record_is_in_one_cluster(records):
    linked = link_records(records)
    assert len(linked.cluster) == len(records)
    assert linked.assignment["match_probability"].between(0, 1).all()


def test_two_records_of_one_person_are_one():
    two = delivered(given=["Ann", "Ann"], surname=["Lee", "Lee"], dob=["1758-02-03", "1758-02-03"])
    assert len(set(link_records(two).cluster)) == 1


def test_enormous_values_take_no_longer_than_they_must():
    long = ["x,y;" * 2500, "a " * 5000] * 10
    linked = link_records(delivered(given=TWENTY, surname=long, email=["a" * 9000 + "@x.de"] * 20, notes=long))
    assert len(linked.cluster) == 20


ONE = {"given": "Ada", "surname": "Quill", "phone": "13871925046", "email": "ada@x.example", "dob": "1970-05-05"}


@pytest.mark.parametrize("copies", [11, 101, 300, 2000])
def test_one_person_delivered_many_times_is_one(copies):
    linked = link_records(delivered(**{name: [value] * copies for name, value in ONE.items()}))
    assert set(linked.cluster) == {0}
    assert (linked.assignment["match_probability"] > 0.5).all()
    assert set(linked.forest(lowest=0.4, highest=0.9).at(0.5)) == {0}


def test_many_records_of_one_person_among_others_leave_those_as_they_are():
    others = delivered(
        given=[f"{name}{number}" for number, name in enumerate(TWENTY)],
        surname=[f"Lee{number}" for number in range(20)],
        phone=[f"139{number:08}" for number in range(20)],
        email=[f"p{number}@x.example" for number in range(20)],
        dob=[f"19{50 + number}-02-03" for number in range(20)],
    )
    many = delivered(**{name: [value] * 300 for name, value in ONE.items()}).assign(source_system="two")
    linked = link_records(pd.concat([others, many], ignore_index=True))
    assert linked.cluster[:20].tolist() == list(range(20))
    assert set(linked.cluster[20:]) == {20}


def test_many_who_share_a_bare_name_are_not_taken_for_copies():
    linked = link_records(delivered(given=["Ann"] * 300, surname=["Lee"] * 300))
    assert len(linked.copies.weighed) == 300
