"""Names that a source made of a person's key tell nothing after the ids are issued, and still meet each other."""

import ibis
import pandas as pd
import pytest

from insight.engine import connect
from insight.unify.identity.issued import crosswalk_table, under_issued_ids

PHONE = "13871925046"


@pytest.fixture(scope="module")
def con() -> ibis.BaseBackend:
    return connect()


@pytest.fixture(scope="module")
def crosswalk(con):
    keys = [("app", PHONE, "C1"), ("app", "ada@mail.example", "C1"), ("app", "7", "C2")]
    frame = pd.DataFrame(keys, columns=["source_system", "source_record_id", "customer_id"])
    return crosswalk_table(frame, con)


def table(con, rows: list[tuple], *columns: str) -> ibis.Table:
    return con.create_table(ibis.util.gen_name("rows"), pd.DataFrame(rows, columns=columns, dtype="str"), temp=True)


def rows_of(made: ibis.Table) -> list[tuple]:
    return sorted((tuple(row.values()) for row in made.to_pyarrow().to_pylist()), key=str)


def test_a_visit_named_by_the_visitors_number_is_named_by_the_issued_id(con, crosswalk):
    visits = [
        (f"{PHONE}-1", f"app:{PHONE}"),
        ("ada@mail.example 2", "app:ada@mail.example"),
        ("7/2024", "app:7"),
        ("V17", "app:7"),
    ]
    tables = {"interactions": table(con, visits, "interaction_id", "customer_id")}
    made = under_issued_ids(tables, crosswalk)["interactions"]
    assert rows_of(made) == [("C1:1", "C1"), ("C1:2", "C1"), ("C2:1", "C2"), ("V17", "C2")]


def test_a_row_without_a_name_does_not_keep_the_digest_of_its_key(con, crosswalk):
    digest = "0123456789abcdef0123456789abcdef"
    lines = [(digest, "app:7"), (f"{digest}-2", "app:7"), ("f" + digest[1:], None)]
    tables = {"transactions": table(con, lines, "transaction_id", "customer_id")}
    made = under_issued_ids(tables, crosswalk)["transactions"]
    assert rows_of(made) == [("C2:1", "C2"), ("C2:2", "C2"), ("f" + digest[1:], None)]


def test_what_named_a_row_before_names_it_afterwards(con, crosswalk):
    contacts = [(f"mail {PHONE}", f"app:{PHONE}"), ("K2", "app:7")]
    responses = [
        ("R1", f"mail {PHONE}", f"app:{PHONE}"),
        ("R2", "K2", "app:7"),
        ("R3", f"{PHONE} lost", f"app:{PHONE}"),
        ("R4", None, "app:7"),
    ]
    tables = {
        "contacts": table(con, contacts, "contact_id", "customer_id"),
        "responses": table(con, responses, "response_id", "contact_id", "customer_id"),
    }
    made = under_issued_ids(tables, crosswalk)
    names = dict(made["contacts"].select("customer_id", "contact_id").to_pandas().itertuples(index=False, name=None))
    answered = made["responses"].select("response_id", "contact_id").to_pandas().set_index("response_id").contact_id
    assert answered["R1"] == names["C1"]
    assert answered["R2"] == names["C2"] == "K2"
    assert answered["R3"] not in names.values()
    assert PHONE not in answered["R3"]
    assert pd.isna(answered["R4"])


def test_an_account_that_bears_its_holders_key_is_renamed_wherever_it_stands(con, crosswalk):
    tables = {
        "accounts": table(con, [(f"ACC{PHONE}", f"app:{PHONE}")], "account_id", "customer_id"),
        "payments": table(con, [("P1", f"ACC{PHONE}")], "payment_id", "account_id"),
        "products": table(con, [("7-kettle",)], "product_id"),
    }
    made = under_issued_ids(tables, crosswalk)
    assert rows_of(made["accounts"]) == [("C1:1", "C1")]
    assert rows_of(made["payments"]) == [("P1", "C1:1")]
    assert rows_of(made["products"]) == [("7-kettle",)]


def test_lines_of_one_basket_stay_together(con, crosswalk):
    lines = [("T1", "7-2024-01-05", "app:7"), ("T2", "7-2024-01-05", "app:7"), ("T3", "7-2024-01-06", "app:7")]
    tables = {"transactions": table(con, lines, "transaction_id", "basket_id", "customer_id")}
    made = under_issued_ids(tables, crosswalk)["transactions"]
    assert rows_of(made) == [("T1", "C2:1", "C2"), ("T2", "C2:1", "C2"), ("T3", "C2:2", "C2")]
