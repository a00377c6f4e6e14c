"""Each source system knows people under keys of its own, and writes them its own way."""

import re
import unicodedata

import numpy as np
import pytest

from insight.config.source import Dirt
from insight.simulate.delivery import systems
from insight.simulate.delivery.corruption import TILL_NUMBER
from insight.simulate.delivery.keys import scrambled
from insight.simulate.delivery.records import Members, make_records, people_fields
from insight.simulate.population.families import draw_kin
from insight.simulate.population.people import make_people

PEOPLE = 3000
LAST = np.datetime64("2024-12-31")
CLEAN = Dirt(**dict.fromkeys(Dirt.model_fields, 0.0))


@pytest.fixture(scope="module")
def people():
    kin = draw_kin(5, 0, PEOPLE, year=2023)
    return people_fields(make_people(5, 0, kin, start=np.datetime64("2023-01-01")))


def records_of(system, people, dirt=CLEAN, chunk=0):
    rows = np.arange(PEOPLE)
    members = Members(rows, np.full(PEOPLE, "2023-03-01", dtype="datetime64[D]"))
    drawn = np.random.default_rng(1)
    return make_records(system, members, people, chunk=chunk, last_day=LAST, dirt=dirt, rng=drawn)


def digits(texts):
    return [re.sub(r"\D", "", unicodedata.normalize("NFKC", text)) for text in texts]


@pytest.mark.parametrize("system", systems.SYSTEMS, ids=lambda system: system.name)
def test_keys_are_unique_also_between_chunks(system, people):
    keys = np.concatenate([records_of(system, people, Dirt(), chunk=chunk).keys for chunk in (0, 1, 49)])
    assert len(np.unique(keys)) == len(keys)
    assert {len(key) for key in keys} == {len(system.prefix) + system.digits}


@pytest.mark.parametrize("digits", [7, 8, 9, 10, 12])
def test_scrambled_numbers_are_what_exact_arithmetic_gives(digits):
    numbers = np.array([0, 1, 999_999, 1_000_001, 10**digits - 1])
    factor = {7: 6_180_341, 8: 61_803_399, 9: 618_033_989, 10: 6_180_339_887, 12: 618_033_988_751}[digits]
    exact = [str((int(n) * factor + factor // 3) % 10**digits).zfill(digits) for n in numbers]
    assert scrambled(numbers, digits=digits).tolist() == exact


@pytest.mark.parametrize("system", systems.SYSTEMS, ids=lambda system: system.name)
def test_without_dirt_the_record_says_what_is_true(system, people):
    made = records_of(system, people)
    assert len(made.rows) == PEOPLE
    changed = made.marks["changed_phone"]
    assert not any(touched.any() for kind, touched in made.marks.items() if kind not in ("changed_phone", "moved"))
    told = np.array([text[-11:] for text in digits(made.texts["phone"])])
    assert (told == np.where(changed, people["previous_phone"], people["phone"])).all()
    assert (made.texts["document"] == people["document"]).all()


def test_names_are_written_as_each_system_does(people):
    latin, listed = records_of(systems.CORE, people).texts["latin"], records_of(systems.BUREAU, people).texts["name"]
    assert all(re.fullmatch(r"[A-Z]+ [A-Z -]+", name) for name in latin[~people["firm"]])
    assert all(re.fullmatch(r"[A-Z]+, [A-Z -]+", name) for name in listed[~people["firm"]])
    assert all(re.fullmatch(r"[A-Z' ]+ (CO\., LTD\.|FIRM|BUSINESS DEPT\.)", name) for name in latin[people["firm"]])
    assert all(re.fullmatch(r"[\u4e00-\u9fff]{8,12}", name) for name in listed[people["firm"]])
    crm = records_of(systems.CRM, people).texts["name"]
    assert any(name.endswith("先生") for name in crm)
    assert any(name.startswith("Mr. ") for name in crm)


def test_a_source_holds_some_people_twice_and_books_on_both(people):
    made = records_of(systems.CARD, people, CLEAN.model_copy(update={"doubled": 0.05}))
    twice = np.flatnonzero(made.second >= 0)
    assert len(made.rows) == PEOPLE + len(twice)
    assert len(twice) == pytest.approx(0.05 * PEOPLE, rel=0.3)
    booked = made.key_of(np.repeat(twice, 200), np.random.default_rng(0)).reshape(len(twice), 200)
    assert all(len(set(keys)) == 2 for keys in booked)


def test_with_the_usual_dirt_records_differ_and_the_marks_say_which(people):
    made = records_of(systems.CALL_CENTRE, people, Dirt())
    assert made.marks["hearing"].mean() == pytest.approx(Dirt().hearing, abs=0.03)
    crm = records_of(systems.CRM, people, Dirt())
    till = np.array(digits(crm.texts["phone"]))[crm.marks["till_number"]]
    assert all(number.endswith(TILL_NUMBER) or number == "" for number in till)
    assert crm.marks["till_number"].sum() == round(Dirt().till_number * PEOPLE * systems.CRM.habits.till)


def test_the_order_of_the_keys_tells_nothing_about_the_people(people):
    order = np.argsort(records_of(systems.CARD, people).keys)
    assert abs(np.corrcoef(order, np.arange(PEOPLE))[0, 1]) < 0.1
