"""What lies in folders of processes that are gone is taken away; what is in use stays."""

import time
from datetime import date

import pytest

from insight.config.parameters import load
from insight.storage.lock import locked
from insight.storage.remembered import Remembered, take_for_today
from insight.storage.spill import spill_folder, sweep
from insight.storage.store import Store
from insight.storage.workspace import vault_spill


def test_what_nobody_holds_is_swept_and_what_is_held_stays(tmp_path):
    root = tmp_path / "spill"
    with spill_folder(root) as held:
        (held / "rows").write_text("x")
        left = root / "left"
        left.mkdir()
        (left / "rows").write_text("x")
        (root / "file").write_text("x")
        sweep(root)
        assert [path.name for path in root.iterdir()] == [held.name]
        assert (held / "rows").is_file()
    assert list(root.iterdir()) == []
    sweep(tmp_path / "none")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("patience", [0.0, 0.3])
def test_a_sweep_waits_as_long_as_it_may_for_what_is_in_use(tmp_path, patience):
    folder = tmp_path / "spill" / "used"
    folder.mkdir(parents=True)
    with locked(folder / ".lock"):
        began = time.monotonic()
        sweep(tmp_path / "spill", patience=patience)
        assert patience <= time.monotonic() - began < patience + 5
    assert folder.exists()


def test_a_store_that_is_opened_keeps_what_is_staged_unless_it_is_swept(tmp_path):
    store = Store(tmp_path / "shop")
    (store.staging("10") / "t.parquet").write_text("x")
    (store.folder / ".t.1.partial").write_text("x")
    store.recover()
    assert (store.folder / ".staging" / "10" / "t.parquet").is_file()
    assert (store.folder / ".t.1.partial").is_file()
    store.recover(sweep=True)
    assert not (store.folder / ".staging" / "10").exists()
    assert not (store.folder / ".t.1.partial").exists()


def test_what_is_worked_on_of_people_lies_in_the_vault_of_their_business(tmp_path, monkeypatch):
    for name in ("params", "notebooks"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("INSIGHT_HOME", str(tmp_path))
    assert vault_spill("shop") == tmp_path / "data" / "vault" / "shop" / ".spill"


def test_parameters_remember_what_was_read_as_json_has_it():
    read: dict = {}
    params = Remembered(load("complete_journey", {"as_of": "2017-06-30"}), read)
    assert params.as_of == date(2017, 6, 30)
    assert (params.tiers, params.today) == (5, None)
    assert params.model_dump()["tiers"] == 5  # a method is no parameter
    assert read == {"as_of": "2017-06-30", "tiers": 5, "today": None}
    take_for_today(params, date(2024, 3, 1))
    assert read["today"] == "2024-03-01"
    assert {"as_of", "today"} <= set(dir(params))


def test_the_day_that_is_said_is_not_replaced():
    read: dict = {}
    said = Remembered(load("complete_journey", {"today": "2024-01-01"}), read)
    take_for_today(said, date(2024, 3, 1))
    assert read == {"today": "2024-01-01"}
    take_for_today(load("complete_journey"), date(2024, 3, 1))  # plain parameters remember nothing
