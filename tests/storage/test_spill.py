"""What lies in folders of processes that are gone is taken away; what is in use stays."""

import contextlib
import os
import time
from datetime import date

import pytest

from insight.config.parameters import load
from insight.storage import spill
from insight.storage.lock import locked
from insight.storage.remembered import Remembered, take_for_today
from insight.storage.spill import _sweep, spill_folder, sweep
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


class Clock:
    """Time that passes when somebody sleeps, and what happens then."""

    def __init__(self, then=lambda: None) -> None:
        self.now, self.then, self.slept = 100.0, then, []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        self.then()


def test_a_sweep_that_was_not_asked_to_wait_does_not(tmp_path, monkeypatch):
    monkeypatch.setattr(spill, "time", clock := Clock())
    with spill_folder(tmp_path / "spill") as held:
        sweep(tmp_path / "spill")
        assert held.exists()
    assert clock.slept == []


def test_a_sweep_does_not_wait_where_nothing_is_in_use(tmp_path, monkeypatch):
    monkeypatch.setattr(spill, "time", clock := Clock())
    (tmp_path / "spill" / "left").mkdir(parents=True)
    sweep(tmp_path / "spill", patience=60)
    assert clock.slept == []
    assert list((tmp_path / "spill").iterdir()) == []


def test_what_is_released_while_a_sweep_waits_is_taken_away_at_once(tmp_path, monkeypatch):
    folder = tmp_path / "spill" / "used"
    folder.mkdir(parents=True)
    with contextlib.ExitStack() as held:
        held.enter_context(locked(folder / ".lock"))
        monkeypatch.setattr(spill, "time", clock := Clock(held.close))
        sweep(tmp_path / "spill", patience=60)
    assert not folder.exists()
    assert sum(clock.slept) < 1


def test_what_is_in_use_is_counted(tmp_path):
    with contextlib.ExitStack() as held:
        for name in ("a", "b", "c", "left"):
            (tmp_path / name).mkdir()
            if name != "left":
                held.enter_context(locked(tmp_path / name / ".lock"))
        assert _sweep(tmp_path) == 3
    assert _sweep(tmp_path) == 0


def test_whatever_lies_among_the_folders_goes_and_a_link_takes_nothing_with_it(tmp_path):
    root, elsewhere = tmp_path / "spill", tmp_path / "elsewhere"
    for folder in (elsewhere, *(root / f"left{n}" for n in range(4))):
        folder.mkdir(parents=True)
        (folder / "rows").write_text("x")
    for n in range(4):
        (root / f"file{n}").write_text("x")
        (root / f"link{n}").symlink_to(elsewhere)
    sweep(root)
    assert list(root.iterdir()) == []
    assert (elsewhere / "rows").is_file()


def test_a_file_that_cannot_be_deleted_keeps_nobody_from_starting(tmp_path, monkeypatch):
    for name in ("a", "b"):
        (tmp_path / "spill" / name).mkdir(parents=True)
        (tmp_path / "spill" / name / f"rows_{name}").write_text("x")
    unlink = os.unlink

    def refused(path, **where):
        if str(path).endswith("rows_a"):
            raise PermissionError(path)
        unlink(path, **where)

    monkeypatch.setattr("os.unlink", refused)
    with spill_folder(tmp_path / "spill") as folder:
        assert sorted(path.name for path in (tmp_path / "spill").iterdir()) == sorted(["a", folder.name])
