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
