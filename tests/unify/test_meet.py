"""Columns of several systems meet by what they say, whatever each system calls them."""

import random

import numpy as np
import pandas as pd
import pytest

from insight.unify.link import link_records
from insight.unify.standardise.meet import bring_together

GERMAN = {
    "given_name": "vorname",
    "surname": "nachname",
    "street_number": "hausnummer",
    "address_1": "strasse",
    "address_2": "adresszusatz",
    "suburb": "ort",
    "postcode": "plz",
    "state": "bundesland",
    "date_of_birth": "geburtsdatum",
    "soc_sec_id": "sozialversicherungsnummer",
}
_KEYS = ["source_system", "source_record_id"]


def joined(**systems: dict[str, list]) -> tuple[pd.DataFrame, list[dict[str, str]]]:
    """Bring columns together of systems with columns of their own; give the records and who met whom."""
    frames = [pd.DataFrame(columns).assign(source=system) for system, columns in systems.items()]
    records = pd.concat(frames, ignore_index=True)
    together, met = bring_together(records.drop(columns="source"), records["source"])
    return together, [found.parts for found in met]


def people(count: int, seed: int = 0) -> pd.DataFrame:
    """Draw people with a name, a birth date, a telephone and a sex."""
    chance = random.Random(seed)
    families, given = ["Hill", "Moss", "Reed", "Ford", "Lane", "Wood"], ["Ada", "Bob", "Cyn", "Dan", "Eve", "Fay"]
    return pd.DataFrame(
        {
            "name": [f"{chance.choice(given)} {chance.choice(families)}{number}" for number in range(count)],
            "born": [
                f"{chance.randint(1930, 2005)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
                for _ in range(count)
            ],
            "phone": [f"1{chance.randint(10**9, 10**10 - 1)}" for _ in range(count)],
            "sex": [chance.choice("mf") for _ in range(count)],
        }
    )


def nameless(records: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Call the columns c1, c2 and so on, in an order of chance."""
    columns = [name for name in records.columns if name not in _KEYS]
    random.Random(seed).shuffle(columns)
    return records.rename(columns={name: f"c{at}" for at, name in enumerate(columns, 1)})


def test_telephones_by_three_names_are_one_column():
    drawn = people(60)
    _together, met = joined(
        bank={"MOBILE": drawn["phone"]}, shop={"tel": drawn["phone"].iloc[20:]}, app={"phone": "+86" + drawn["phone"]}
    )
    assert met == [{"app": "phone", "bank": "MOBILE", "shop": "tel"}]


def test_columns_whose_names_say_nothing_meet_by_their_values_however_they_are_written():
    drawn = people(200)
    born = pd.to_datetime(drawn["born"])
    one = {"c1": drawn["phone"], "c2": born.dt.strftime("%Y%m%d"), "c3": drawn["name"]}
    other = {"c1": drawn["name"].str.upper(), "c2": "0086 " + drawn["phone"], "c3": born.dt.strftime("%d.%m.%Y")}
    together, met = joined(a=one, b=other)
    assert sorted(tuple(parts.values()) for parts in met) == [("c1", "c2"), ("c2", "c3"), ("c3", "c1")]
    assert together.notna().all(axis=None)
    assert len(together.columns) == 3


def test_what_names_say_apart_stays_apart_though_values_are_alike():
    drawn = people(200)
    _together, met = joined(a={"given_name": drawn["name"]}, b={"family_name": drawn["name"]})
    assert met == []


def test_a_few_categories_that_only_share_a_letter_do_not_meet():
    drawn = people(200)
    married = pd.Series(np.where(drawn["sex"] == "m", "m", "s")).where(np.arange(200) % 3 > 0, "d")
    _together, met = joined(a={"k1": drawn["sex"]}, b={"k2": married})
    assert met == []


def test_a_system_keeps_its_two_telephones_and_the_likelier_one_meets():
    drawn, other = people(100), people(100, seed=1)
    systems = {"a": {"mobile": drawn["phone"], "home_phone": other["phone"]}, "b": {"tel": drawn["phone"]}}
    together, met = joined(**systems)
    assert met == [{"a": "mobile", "b": "tel"}]
    assert {"mobile", "home_phone"} <= set(together.columns)


def test_no_column_is_lost_where_names_say_nothing_and_what_is_empty_stays():
    drawn = people(60)
    one = drawn[["name", "phone"]].set_axis(["c1", "c2"], axis=1).assign(sex=drawn["sex"], source="a")
    other = drawn[["phone", "name"]].set_axis(["c1", "c2"], axis=1).assign(sex=drawn["sex"], source="b")
    records = pd.concat([one, other], ignore_index=True).assign(nothing=None)
    together, met = bring_together(records.drop(columns="source"), records["source"])
    assert sorted(together.columns) == ["c1", "c2", "nothing", "sex"]
    assert len(met) == 2


def test_a_declared_role_counts_as_what_a_name_says():
    drawn = people(60)
    records = pd.DataFrame({"nm2": [*drawn["name"], *[None] * 60], "full_name": [*[None] * 60, *drawn["name"]]})
    source = pd.Series(["a"] * 60 + ["b"] * 60)
    _together, met = bring_together(records, source, declared={"nm2": "full_name"})
    assert [found.parts for found in met] == [{"a": "nm2", "b": "full_name"}]


def test_columns_of_one_name_meet_as_ever_and_the_order_of_rows_and_systems_says_nothing():
    drawn = people(80)
    records = pd.concat([drawn.assign(source="a"), drawn.rename(columns={"phone": "tel"}).assign(source="b")])
    first, met = bring_together(records.drop(columns="source"), records["source"])
    shuffled = records.sample(frac=1, random_state=3)
    second, again = bring_together(shuffled.drop(columns="source"), shuffled["source"])
    assert met == again
    assert list(first.columns) == list(second.columns) == ["name", "born", "phone", "sex"]


@pytest.mark.parametrize("named", ["german", "bare"])
def test_two_registers_that_name_their_columns_in_two_languages_or_not_at_all_are_linked(shared, named):
    parts = []
    for number in ("4a", "4b"):
        frame = pd.read_csv(shared / "febrl" / f"dataset{number}.csv", skipinitialspace=True, dtype=str)
        frame.columns = frame.columns.str.strip()
        parts.append(frame.rename(columns={"rec_id": "source_record_id"}).assign(source_system=number))
    if named == "german":
        parts[1] = parts[1].rename(columns=GERMAN)
    else:
        parts = [nameless(part, seed) for seed, part in enumerate(parts)]
    records = pd.concat(parts, ignore_index=True)
    found = link_records(records).assignment
    truth = found["source_record_id"].str.extract(r"rec-(\d+)")[0]
    pairs = found.assign(truth=truth).groupby(["cluster", "truth"]).size()
    right = int((pairs * (pairs - 1) // 2).sum())
    made = found.groupby("cluster").size()
    true = truth.value_counts()
    f1 = 2 * right / ((made * (made - 1) // 2).sum() + (true * (true - 1) // 2).sum())
    assert f1 >= 0.98
