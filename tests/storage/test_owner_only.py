"""What holds rows of customers is its owner's alone, and what is worked on goes with the process."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from insight.errors import WorkspaceError
from insight.storage.owner_only import owner_only, temporary_folder, temporary_root, write_for_owner
from insight.storage.store import Store

_HOLDS = """
import sys, time
from insight.storage.owner_only import temporary_folder
with temporary_folder() as folder:
    (folder / "rows.csv").write_text("Zofia,600555012")
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def test_a_folder_of_rows_is_closed_to_others_also_where_it_was_open(tmp_path):
    (tmp_path / "shop").mkdir(mode=0o755)
    store = Store(tmp_path / "shop")
    assert _mode(store.folder) == _mode(store.staging("10").parent) == 0o700


def test_a_folder_of_rows_is_closed_from_its_first_moment(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "chmod", lambda self, mode: None)
    before = os.umask(0)
    try:
        assert _mode(owner_only(tmp_path / "new")) == 0o700
    finally:
        os.umask(before)


def test_a_folder_of_somebody_else_is_refused_and_stays_as_it_was(tmp_path, monkeypatch):
    (tmp_path / "shop").mkdir(mode=0o755)
    monkeypatch.setattr("os.getuid", lambda: (tmp_path / "shop").stat().st_uid + 1)
    with pytest.raises(WorkspaceError, match="shop: belongs to another user"):
        owner_only(tmp_path / "shop")
    assert _mode(tmp_path / "shop") == 0o755


def test_files_written_from_the_command_line_are_their_owners(tmp_path):
    before = os.umask(0o022)
    try:
        write_for_owner()
        (tmp_path / "rows.csv").write_text("x")
    finally:
        os.umask(before)
    assert _mode(tmp_path / "rows.csv") == 0o600


@pytest.mark.parametrize("whole_group", [False, True])
def test_nothing_is_left_by_a_process_that_is_killed(tmp_path, whole_group):
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDS], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        folder = Path(process.stdout.readline().strip())
        assert (folder / "rows.csv").is_file()
        assert _mode(folder.parent) == _mode(folder) == 0o700
        (os.killpg if whole_group else os.kill)(process.pid, signal.SIGKILL)
    until = time.monotonic() + 20
    while (folder.exists() or _processes_about(folder)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not folder.exists()
    assert not _processes_about(folder)


def test_what_a_dead_machine_left_is_swept_at_the_next_start(tmp_path):
    left = owner_only(owner_only(temporary_root().parent) / temporary_root().name) / "tmpleft"
    left.mkdir()
    (left / "rows.csv").write_text("x")
    with temporary_folder() as folder:
        assert folder.exists()
        assert not left.exists()
    assert not folder.exists()


def test_a_folder_that_somebody_else_may_have_put_there_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    temporary_root().parent.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WorkspaceError, match="is a link"), temporary_folder():
        pass


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _processes_about(folder: Path) -> list[str]:
    said = (path / "cmdline" for path in Path("/proc").iterdir() if path.name.isdigit())
    found = []
    for file in said:
        try:
            found.append(file.read_text())
        except OSError:
            continue
    return [line for line in found if str(folder) in line]
