import numpy as np
import pandas as pd
import pytest

from insight.unify.model.evidence import example_pairs, mask, review_queue
from insight.unify.model.model import untrained
from insight.unify.pairs.comparisons import choose_comparisons
from insight.unify.standardise.standardise import Field

RECORDS = pd.DataFrame({"source_system": "a", "source_record_id": [str(n) for n in range(6)]})


@pytest.fixture
def model():
    return untrained(choose_comparisons([Field("email", "email", ("email",), 1.0)]))


def pairs(*rows) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["left", "right", "probability"])
    return frame.assign(weight=1.0, household=-9.0, exact_key=False, contradicts=False, email=np.int8(0))


def queue(frame, labels, model) -> list[tuple[str, str]]:
    found = review_queue(frame, np.array(labels), model=model, records=RECORDS, between=(0.2, 0.8))
    return list(zip(found["source_record_id_1"], found["source_record_id_2"], strict=True))


def test_of_two_customers_only_the_pair_nearest_to_joining_them_is_listed(model):
    frame = pairs((0, 2, 0.3), (0, 3, 0.6), (1, 2, 0.25))
    assert queue(frame, [0, 0, 2, 2, 4, 5], model) == [("0", "3")]


def test_of_one_customer_only_the_weakest_pair_is_listed(model):
    frame = pairs((0, 1, 0.7), (0, 2, 0.45), (1, 2, 0.99))
    assert queue(frame, [0, 0, 0, 3, 4, 5], model) == [("0", "2")]


def test_what_is_sure_is_not_listed(model):
    assert queue(pairs((0, 1, 0.99), (2, 3, 0.05)), [0, 0, 2, 3, 4, 5], model) == []


def test_an_example_shows_most_of_what_can_be_compared_and_no_value(model):
    frame = pairs(*[(0, 1, 0.4)] * 999, (2, 3, 0.4001)).assign(email=np.array([-1] * 999 + [2], dtype=np.int8))
    people = pd.DataFrame({"email": ["ada@x.org"] * 6})
    shown = example_pairs(frame, people, model=model, probabilities=[0.4001])
    assert shown["probability"].tolist() == [0.4001]
    assert shown["first"].tolist() == [mask("ada@x.org")] == ["a**@*.***"]


def test_an_address_is_shown_with_all_the_parts_that_are_compared():
    parts = [Field(name, name, (name,), 1.0) for name in ("address", "locality")]
    frame = pairs((0, 1, 0.4)).drop(columns="email").assign(address=np.int8(2))
    people = pd.DataFrame({"address": ["Long Road 1", None], "locality": ["Ayr", "Ayr"]})
    shown = example_pairs(frame, people, model=untrained(choose_comparisons(parts)), probabilities=[0.4])
    assert shown[["first", "second"]].to_numpy().tolist() == [["L*** **** *, A**", "A**"]]


def test_no_pair_is_shown_twice(model):
    people = pd.DataFrame({"email": ["ada@x.org"] * 6})
    shown = example_pairs(pairs((0, 1, 0.4), (2, 3, 0.9)), people, model=model, probabilities=[0.1, 0.2])
    assert shown["probability"].tolist() == [0.4, 0.9]
