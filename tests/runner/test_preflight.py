"""What would stop the last notebook is said before the first, in one message with place, reason and remedy."""

import os
import resource
import shutil
import subprocess
import sys
from importlib.metadata import version

import pytest

from insight.errors import WorkspaceError
from insight.runner import execute, preflight
from insight.runner.run import alone
from insight.storage.store import Store


def test_a_folder_in_which_nothing_can_be_written_is_named(tmp_path, monkeypatch):
    def full(**_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(preflight.tempfile, "NamedTemporaryFile", full)
    with pytest.raises(WorkspaceError, match=r"reports.*Read-only file system.*Check its owner"):
        preflight.preflight([tmp_path / "reports"], [])


def test_too_little_space_is_said_with_what_is_needed(tmp_path, monkeypatch):
    (tmp_path / "sales.csv").write_bytes(b"x" * 10_000_000)
    free = shutil.disk_usage(tmp_path)._replace(free=120_000_000)
    monkeypatch.setattr(preflight.shutil, "disk_usage", lambda _: free)
    with pytest.raises(WorkspaceError, match=r"has 120 MB free, and the run needs about 230 MB\. Make room"):
        preflight.preflight([tmp_path], [tmp_path / "sales.csv"])


def test_too_little_memory_is_said_before_a_kernel_dies_of_it(tmp_path):
    asked = (
        "import pathlib, resource, sys\n"
        "from insight.runner.preflight import preflight\n"
        "resource.setrlimit(resource.RLIMIT_AS, (600_000_000, resource.RLIM_INFINITY))\n"
        "preflight([pathlib.Path(sys.argv[1])], [])\n"
    )
    said = subprocess.run([sys.executable, "-c", asked, str(tmp_path)], capture_output=True, text=True, check=False)
    assert "memory: 600 MB are free, and a notebook needs 700 MB" in said.stderr
    assert resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY


def test_a_second_run_hears_whose_the_first_is(tmp_path):
    store = Store(tmp_path / "shop")
    with alone(store), pytest.raises(WorkspaceError, match=f"process {os.getpid()} of .*, since 20"), alone(store):
        pass
    with alone(store):
        pass


def test_libraries_that_are_not_as_locked_are_said_in_one_line(tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        f"pandas=={version('pandas')} \\\n    --hash=sha256:1\nibis-framework[duckdb]==1.0 \\\n    --hash=x\n"
    )
    assert preflight.unlike_the_lock(lock) == (
        f"installed otherwise than locked: ibis-framework {version('ibis-framework')} (1.0)"
    )
    assert not preflight.unlike_the_lock(tmp_path / "none.lock")


@pytest.mark.parametrize(
    ("kind", "said", "fault"),
    [
        ("OSError", "[Errno 28] No space left on device", execute.DISK_FULL),
        ("IOException", "Could not write file: No space left on device", execute.DISK_FULL),
        ("MemoryError", "", execute.MEMORY_FULL),
        ("OutOfMemoryException", "failed to allocate data", execute.MEMORY_FULL),
        ("RuntimeError", "Kernel died before replying to kernel_info", execute.KERNEL_DIED),
    ],
)
def test_a_fault_of_the_machine_is_told_from_an_error_of_a_notebook(kind, said, fault):
    failure = execute._fault(kind, said, 3)
    assert (failure.kind, failure.cell) == (fault, 3)
    assert failure.message.endswith("then continue.")


def test_our_own_errors_say_what_they_say():
    assert execute._fault("SourceError", "No space left for a name", 1) is None
