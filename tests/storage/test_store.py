import json
from datetime import date
from pathlib import Path

import pytest

from insight.errors import WorkspaceError
from insight.storage.store import MANIFEST, Store, as_json, sha256_of, write_whole


def stage(store: Store, step: str, **files: str) -> dict:
    """Stage text files and give the entry that describes them."""
    folder = store.staging(step)
    for name, text in files.items():
        (folder / name).write_text(text)
    return {"inputs": {}, "parameters": {}, "outputs": {n: {"sha256": sha256_of(folder / n)} for n in files}}


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "shop")


def test_what_is_staged_appears_on_commit_and_not_before(store):
    entry = stage(store, "10", a="1", b="2")
    assert not (store.folder / "a").exists()
    store.commit("10", entry)
    assert [store.path_of(name).read_text() for name in "ab"] == ["1", "2"]


def test_a_commit_that_was_killed_is_finished_by_the_next_to_open(store):
    entry = stage(store, "10", a="1", b="2")
    staged = store.folder / ".staging" / "10"
    write_whole(staged / "commit.json", as_json(entry))
    (staged / "a").rename(store.folder / "a")  # killed after the first of two moves
    Store(store.folder).recover()
    assert [store.path_of(name).read_text() for name in "ab"] == ["1", "2"]


def test_a_step_killed_before_its_commit_leaves_the_old_output_whole(store):
    store.commit("10", stage(store, "10", a="old"))
    stage(store, "10", a="new")
    Store(store.folder).recover(sweep=True)
    assert store.path_of("a").read_text() == "old"
    assert list((store.folder / ".staging").iterdir()) == []


def test_what_a_step_no_longer_makes_is_taken_away(store):
    store.commit("10", stage(store, "10", a="1", b="2"))
    store.commit("10", stage(store, "10", a="1"))
    assert not (store.folder / "b").exists()


def test_a_file_belongs_to_the_step_that_wrote_it_last(store):
    store.commit("10", stage(store, "10", a="1", b="2"))
    store.commit("15", stage(store, "15", b="3"))
    store.forget("10")
    assert not (store.folder / "a").exists()
    assert store.path_of("b").read_text() == "3"
    store.commit("10", stage(store, "10", a="1", b="2"))
    store.forget("15")
    assert store.path_of("b").read_text() == "2"


def test_a_process_that_outlived_its_run_cannot_publish(store):
    entry = stage(store, "10", a="1")
    Store(store.folder).recover(sweep=True)
    with pytest.raises(WorkspaceError, match="swept by another run"):
        store.commit("10", entry)
    assert store.outputs() == {}


def test_a_changed_file_is_not_read(store):
    store.commit("10", stage(store, "10", a="1"))
    (store.folder / "a").write_text("2")
    with pytest.raises(WorkspaceError, match="missing or was changed"):
        store.path_of("a")


def test_a_damaged_manifest_says_what_to_do(store):
    (store.folder / MANIFEST).write_text('{"format"')
    with pytest.raises(WorkspaceError, match=r"is damaged\. Delete the folder"):
        store.manifest()


def test_the_manifest_is_the_same_bytes_for_the_same_steps(store, tmp_path):
    other = Store(tmp_path / "other")
    for place in (store, other):
        for step in ("20", "10") if place is other else ("10", "20"):
            place.commit(step, stage(place, step, **{f"t{step}": step}))
    assert (store.folder / MANIFEST).read_bytes() == (other.folder / MANIFEST).read_bytes()
    assert json.loads((store.folder / MANIFEST).read_text())["steps"].keys() == {"10", "20"}


def test_a_folder_that_cannot_be_written_is_refused_at_once(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="cannot be written"):
        Store(tmp_path / "file" / "shop")


@pytest.mark.parametrize("text", ['{"format": 2, "steps": {}}', '{"steps": {}}', "[1]"])
def test_a_manifest_of_another_version_says_what_to_do(store, text):
    (store.folder / MANIFEST).write_text(text)
    with pytest.raises(WorkspaceError, match=r"is of another version\. Delete the folder"):
        store.manifest()


def test_a_file_that_no_step_made_is_named_with_its_business(store):
    with pytest.raises(WorkspaceError, match=r"^a: is not in the manifest of shop\."):
        store.path_of("a")


def test_a_file_that_was_deleted_by_hand_is_not_read(store):
    store.commit("10", stage(store, "10", a="1"))
    (store.folder / "a").unlink()
    with pytest.raises(WorkspaceError, match="missing or was changed"):
        store.path_of("a")


def test_a_step_that_begins_again_finds_nothing_of_its_last_attempt(store):
    stage(store, "10", a="1")
    assert list(store.staging("10").iterdir()) == []


def test_files_may_lie_in_folders_within_folders(store):
    folder = store.staging("10") / "queries" / "groups"
    folder.mkdir(parents=True)
    names = [f"queries/groups/{name}.sql" for name in "ab"]
    for name in names:
        (store.folder / ".staging" / "10" / name).write_text(name)
    hashes = {name: {"sha256": sha256_of(folder / Path(name).name)} for name in names}
    store.commit("10", {"inputs": {}, "parameters": {}, "outputs": hashes})
    assert [store.path_of(name).read_text() for name in names] == names


def test_a_file_that_was_deleted_by_hand_does_not_keep_its_step_from_being_made_anew(store):
    store.commit("10", stage(store, "10", a="1", b="2"))
    (store.folder / "b").unlink()
    store.commit("10", stage(store, "10", a="1"))
    assert store.outputs().keys() == {"a"}


def test_facts_are_added_to_what_the_manifest_says_of_a_step_and_the_rest_stays(store):
    for step in ("10", "20"):
        store.commit(step, stage(store, step, **{f"t{step}": step}))
    before = store.manifest()["steps"]
    store.amend("10", seconds=1.5, executed={"file": "10.ipynb"})
    store.amend("10", seconds=2.5)
    assert Store(store.folder).manifest()["steps"] == before | {
        "10": before["10"] | {"seconds": 2.5, "executed": {"file": "10.ipynb"}}
    }


def test_what_is_forgotten_goes_with_its_executed_notebook_and_the_rest_stays(store):
    for step in ("10", "20"):
        store.commit(step, stage(store, step, **{f"t{step}": step}))
        (store.folder / f"{step}.ipynb").write_text("{}")
        store.amend(step, executed={"file": f"{step}.ipynb"})
    store.forget("10")
    assert sorted(path.name for path in store.folder.iterdir() if path.name[0] != ".") == [
        *("20.ipynb", MANIFEST, "t20"),
    ]
    assert store.manifest()["steps"].keys() == {"20"}


def test_to_forget_what_is_not_there_changes_nothing(store):
    store.commit("10", stage(store, "10", a="1", b="2"))
    before = (store.folder / MANIFEST).read_bytes()
    store.forget("20")
    assert (store.folder / MANIFEST).read_bytes() == before
    (store.folder / "a").unlink()
    store.forget("10")
    assert store.outputs() == {}
    assert not (store.folder / "b").exists()


def test_days_and_paths_are_written_as_text():
    assert json.loads(as_json({"day": date(2024, 2, 29), "at": Path("a/b")})) == {"day": "2024-02-29", "at": "a/b"}
