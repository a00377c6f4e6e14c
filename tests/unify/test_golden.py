from datetime import date, datetime

import ibis
import pyarrow as pa
import pytest
from pydantic import ValidationError

from insight.contracts import RECORD_KEY
from insight.contracts.tables.origin import CUSTOMER_RECORDS
from insight.engine import connect
from insight.errors import ParameterError
from insight.unify.identity.golden import Survivor, Survivorship, golden_records

NAMES = ("customer_id", "source_system", "source_record_id", "updated_at", "full_name", "phone", "address", "city")


@pytest.fixture(scope="module")
def con():
    return connect(threads=1)


def table(con, *rows) -> ibis.Table:
    columns = {name: [row[at] for row in rows] for at, name in enumerate(NAMES)}
    types = {"updated_at": pa.timestamp("us")}
    return con.create_table(
        ibis.util.gen_name("records"),
        pa.table({name: pa.array(values, types.get(name, pa.string())) for name, values in columns.items()}),
        temp=True,
    )


def day(number: int) -> datetime:
    return datetime(2024, 1, number)


@pytest.fixture
def records(con) -> ibis.Table:
    """Ada in three systems: the CRM is the newest, the core bank knows her best; Bob in one."""
    return table(
        con,
        ("C1", "app", "a1", day(3), "Ada", None, "1 High Street", None),
        ("C1", "core", "7", day(1), "Ada Lovelace", "+441", "12 St James's Square", "London"),
        ("C1", "crm", "x", day(9), "A. Lovelace", "+442", "  ", "Paris"),
        ("C2", "app", "b2", None, "Bob", "", None, None),
    )


def golden(records, **rules) -> dict[str, dict]:
    chosen = golden_records(records, Survivorship(**rules) if rules else None).to_pyarrow().to_pylist()
    return {row["customer_id"]: row for row in chosen}


def test_the_newest_value_wins_and_says_where_it_is_from(records):
    ada = golden(records)["C1"]
    assert (ada["phone"], ada["phone_from"]) == ("+442", "crm:x")


def test_a_trusted_source_wins_over_a_newer_one(records):
    ada = golden(records, trust=("core", "crm"), survivors=(), default=("most trusted", "newest"))["C1"]
    assert (ada["full_name"], ada["full_name_from"]) == ("Ada Lovelace", "core:7")


def test_trust_of_one_field_goes_before_the_general(records):
    phone = Survivor(fields=("phone",), by=("most trusted",), trust=("crm",))
    assert golden(records, trust=("core",), survivors=(phone,))["C1"]["phone_from"] == "crm:x"


def test_the_most_complete_value_wins(records):
    rules = Survivor(fields=("full_name",), by=("most complete",))
    assert golden(records, survivors=(rules,))["C1"]["full_name"] == "Ada Lovelace"


def test_fields_that_belong_together_come_from_one_record(records):
    together = Survivor(fields=("address", "city"), by=("most complete",))
    ada = golden(records, survivors=(together,))["C1"]
    assert (ada["address"], ada["city"]) == ("12 St James's Square", "London")
    assert ada["address_from"] == ada["city_from"] == "core:7"


def test_blank_never_wins(records):
    rules = Survivor(fields=("address",), by=("newest",))
    assert golden(records, survivors=(rules,))["C1"]["address"] == "1 High Street"


def test_what_nobody_knows_is_empty_and_comes_from_nowhere(records):
    bob = golden(records)["C2"]
    assert (bob["phone"], bob["phone_from"], bob["city"], bob["city_from"]) == (None, None, None, None)
    assert (bob["full_name"], bob["full_name_from"]) == ("Bob", "app:b2")


def test_equal_records_are_settled_by_their_key_whatever_the_order(con):
    rows = [("C1", "crm", key, day(1), name, None, None, None) for key, name in (("2", "Eve"), ("1", "Ada"))]
    answers = [golden(table(con, *order))["C1"]["full_name"] for order in (rows, rows[::-1])]
    assert answers == ["Ada", "Ada"]


def test_a_record_without_a_date_is_older_than_any(con):
    rows = [
        ("C1", "crm", "1", None, None, "+441", None, None),
        ("C1", "crm", "2", day(1), None, "+442", None, None),
    ]
    assert golden(table(con, *rows))["C1"]["phone"] == "+442"


def test_a_field_named_twice_is_refused(records):
    twice = (Survivor(fields=("phone",), by=("newest",)), Survivor(fields=("phone", "city"), by=("newest",)))
    with pytest.raises(ParameterError, match="phone is named twice"):
        golden(records, survivors=twice)


def test_a_rule_for_a_column_that_is_not_there_is_refused(records):
    with pytest.raises(ParameterError, match="survivors: fax is no column"):
        golden(records, survivors=(Survivor(fields=("fax",), by=("newest",)),))


def test_an_unknown_rule_is_refused():
    with pytest.raises(ValidationError, match="most complete"):
        Survivor(fields=("phone",), by=("prettiest",))


def test_every_column_of_the_contract_keeps_its_type(con):
    schema = ibis.schema({column.name: column.engine_type for column in CUSTOMER_RECORDS.columns})
    row = dict.fromkeys(schema.names) | {"source_system": "crm", "source_record_id": "1", "consent": False}
    data = pa.Table.from_pylist([row | {"birth_date": date(1990, 2, 28)}], schema=schema.to_pyarrow())
    records = con.create_table("everything", data, temp=True).mutate(customer_id=ibis.literal("C1"))
    chosen = golden_records(records)
    fields = [name for name in schema.names if name not in RECORD_KEY]
    assert {name: chosen[name].type() for name in fields} == {name: schema[name] for name in fields}
    answer = chosen.to_pyarrow().to_pylist()[0]
    assert (answer["consent"], answer["consent_from"], answer["birth_date"]) == (False, "crm:1", date(1990, 2, 28))
