"""The bank on disk: whole, the same every time, in parts, and silent about the truth."""

import hashlib
from datetime import date

import pyarrow.parquet as pq
import pytest

from insight.config.source import Dirt
from insight.simulate import world
from insight.simulate.delivery import bank

SIZE = {"seed": 3, "customers": 150, "months": 6, "start": date(2023, 1, 1)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("raw") / "bank"
    bank.simulate(made, **SIZE)
    return made


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_arguments_give_the_same_bytes(folder, tmp_path):
    bank.simulate(tmp_path / "again", **SIZE)
    assert contents(tmp_path / "again") == contents(folder)


def test_another_seed_gives_another_bank(folder, tmp_path):
    bank.simulate(tmp_path / "other", **SIZE | {"seed": 4})
    ours, theirs = contents(folder), contents(tmp_path / "other")
    assert ours.keys() == theirs.keys()
    assert ours["core/cif.csv"] != theirs["core/cif.csv"]


def test_file_names_are_unique_whatever_the_folder(folder):
    names = [path.name for path in folder.rglob("*") if path.is_file()]
    assert len(names) == len(set(names))


def test_every_system_has_its_own_folder_and_encoding(folder):
    assert {path.name for path in folder.iterdir() if path.is_dir()} >= {
        *("core", "card", "applications", "app", "crm", "call_centre", "bureau", "rewards", "wecom"),
        *("statements", "payments", "merchants", "marketing", "fraud", "truth"),
    }
    chinese = (folder / "core" / "cif.csv").read_bytes()
    assert "市" in chinese.decode("gb18030")
    with pytest.raises(UnicodeDecodeError, match="utf-8"):
        chinese.decode("utf-8")
    assert (folder / "crm" / "leads.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_one_file_has_drifted_columns(folder):
    old, new = ((folder / "call_centre" / f"callers_{n}.csv").read_text("utf-8").split("\n")[0] for n in (1, 2))
    assert "caller_name" in old
    assert "customer_name" in new
    assert old.split(",")[0] == new.split(",")[-1] == "caller_no"


def test_only_the_truth_knows_persons_groups_and_effects(folder):
    for path in folder.rglob("*.parquet"):
        if path.parent.name != "truth":
            assert not {"person", "group", "intent", "family"} & set(pq.read_schema(path).names), path.name
    records = pq.read_table(folder / "truth" / "records-00000.parquet").to_pandas()
    assert records.person.nunique() <= 150
    assert records.groupby("source_system").size().min() > 0
    assert not records.duplicated(["source_system", "source_record_id"]).any()


def test_chunks_add_up_and_keys_never_meet(tmp_path, monkeypatch):
    monkeypatch.setattr(bank, "chunk_sizes", lambda customers: world.chunk_sizes(customers, size=80))
    bank.simulate(tmp_path / "parts", **SIZE, dirt=Dirt())
    parts = sorted((tmp_path / "parts" / "card").glob("card_postings-*.parquet"))
    assert len(parts) == 2
    ids = [row for part in parts for row in pq.read_table(part)["TXN_ID"].to_pylist()]
    assert len(set(ids)) == len(ids)
    lines = (tmp_path / "parts" / "core" / "cif.csv").read_text("gb18030").splitlines()
    assert sum(line.startswith("CIF_NO") for line in lines) == 1
    keys = [line.split(",")[0] for line in lines[1:]]
    assert len(set(keys)) == len(keys)


def test_what_stood_there_is_replaced_only_when_everything_is_written(folder, tmp_path, monkeypatch):
    target = tmp_path / "bank"
    bank.simulate(target, **SIZE)
    before = contents(target)
    monkeypatch.setattr(bank, "make_world", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        bank.simulate(target, **SIZE)
    assert contents(target) == before
