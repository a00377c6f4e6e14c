"""Files of people become a draft of records, their columns brought together by role whatever they are called."""

import contextlib

import numpy as np
import pandas as pd
import pytest

from insight.config.parameters import load
from insight.sources import draft

GIVEN = ["Ada", "Ben", "Cleo", "Dora", "Emil", "Fritz", "Gina", "Hugo", "Ida", "Jan"]
FAMILY = ["Adler", "Braun", "Conrad", "Dietz", "Ernst", "Fuchs", "Graf", "Huber", "Jung", "Klein"]


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    """A hundred made-up people."""
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"given": np.repeat(GIVEN, 10), "family": FAMILY * 10})
    frame["born"] = [
        f"{rng.integers(1940, 2004)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}" for _ in range(100)
    ]
    frame["phone"] = [f"+49 170 {rng.integers(10**6, 10**7)}" for _ in range(100)]
    frame["document"] = [f"L{rng.integers(10**7, 10**8)}" for _ in range(100)]
    frame["whole"] = frame.given + " " + frame.family
    return frame


def put(shop, **frames: pd.DataFrame) -> None:
    for name, frame in frames.items():
        (shop.folder / f"{name}.csv").write_bytes(frame.to_csv(index=False).encode())


@pytest.fixture
def systems(shop, people):
    """Three systems of a bank, each with its own names of columns."""
    core = {"CIF": [f"{number:06d}" for number in range(100)], "CUST_NM": people.whole, "BRTH_DT": people.born}
    core |= {"MOBILE": people.phone, "ID_NO": people.document, "BRANCH": "001"}
    app = {"login_key": range(500, 600), "vorname": people.given, "nachname": people.family, "handy": people.phone}
    calls = {"case_no": range(9000, 9100), "caller": people.whole, "tel": people.phone, "geb": people.born}
    put(shop, core=pd.DataFrame(core), app=pd.DataFrame(app), calls=pd.DataFrame(calls))


def roles(record: dict) -> dict:
    return {role: rule["column"] if isinstance(rule, dict) else rule for role, rule in record["columns"].items()}


def test_columns_of_three_systems_meet_by_role(shop, systems):
    source = shop.draft()["source"]
    found = {name: roles(record) for name, record in source["records"].items()}
    assert found == {
        "core": {"full_name": "CUST_NM", "birth_date": "BRTH_DT", "phone": "MOBILE", "document_number": "ID_NO"},
        "app": {"given_name": "vorname", "family_name": "nachname", "phone": "handy"},
        "calls": {"full_name": "caller", "birth_date": "geb", "phone": "tel"},
    }
    keys = {name: record["key"] for name, record in source["records"].items()}
    assert keys == {"core": "CIF", "app": "login_key", "calls": "case_no"}
    assert source["records"]["core"]["ignored"] == ["BRANCH"]
    assert "tables" not in source
    load("shop", root=shop.root)


def test_transactions_say_whose_keys_they_hold(shop, systems):
    bought = {"client": [f"{number % 100:06d}" for number in range(600)], "date": "2024-03-01", "amount": range(600)}
    put(shop, sales=pd.DataFrame(bought))
    source = shop.draft()["source"]
    assert source["tables"]["transactions"]["system"] == "core"
    assert "customers" not in source["tables"]
    load("shop", root=shop.root)


def test_bare_names_are_told_by_what_stands_in_them(shop, people):
    mails = [f"{name.replace(' ', '.').lower()}@web.de" for name in people.whole]
    frame = {
        "c1": range(100),
        "c2": people.whole,
        "c3": people.born,
        "c4": people.phone,
        "c5": mails,
        "c6": people.document,
    }
    put(shop, x=pd.DataFrame(frame))
    assert roles(shop.draft()["source"]["records"]["x"]) == {
        "full_name": "c2", "birth_date": "c3", "phone": "c4", "email": "c5", "document_number": "c6"
    }  # fmt: skip


def test_files_alike_of_two_systems_stay_apart_and_those_of_two_months_together(shop, people):
    half = people[["given", "family", "phone"]].assign(key=range(100))[["key", "given", "family", "phone"]]
    put(shop, branch_2023=half[:30], branch_2024=half[30:60], web=half[60:])
    records = shop.draft()["source"]["records"]
    assert {name: record["files"] for name, record in records.items()} == {
        "branch_2023": ["branch_2023.csv", "branch_2024.csv"], "web": ["web.csv"]
    }  # fmt: skip


def test_people_whom_one_id_names_everywhere_are_customers(shop, people):
    known = pd.DataFrame({"customer_id": range(100), "name": people.whole, "phone": people.phone})
    cards = pd.DataFrame({"customer_id": range(100), "cardholder": people.whole, "passport": people.document})
    put(shop, customers=known, cards=cards)
    source = shop.draft()["source"]
    assert "records" not in source
    assert source["tables"]["customers"]["columns"] == {"customer_id": "customer_id"}


def test_who_is_who_is_never_linked_by(shop, people):
    put(
        shop,
        people=pd.DataFrame(
            {"rec": range(100), "surname": people.family, "phone": people.phone, "cluster": range(100)}
        ),
    )
    text = draft.draft("shop", shop.root)
    assert "ignored: [cluster]" in text
    assert "write `truth: cluster` under source" in text


def test_no_value_of_a_person_lies_on_the_disk_while_files_are_looked_at(shop, systems, people, monkeypatch, tmp_path):
    """What a file's header says is personal is looked at in memory: a run killed meanwhile leaves nothing."""
    look = tmp_path / "look"
    look.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(look))
    monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)
    monkeypatch.setattr("tempfile.TemporaryDirectory.cleanup", lambda _: None)
    monkeypatch.setattr("insight.storage.spill._gone_with_this_process", contextlib.nullcontext)
    draft.draft("shop", shop.root)
    held = b"".join(path.read_bytes() for path in look.rglob("*.parquet"))
    assert held
    phones = [phone.encode() for phone in people.phone]
    assert not [phone for phone in phones if phone in held]
