"""The server that processes are forked from: what it is when it has loaded everything, and when what it forked ends."""

import os
import socket
import tempfile
import time
from functools import partial
from multiprocessing.connection import Connection
from operator import attrgetter, methodcaller
from pathlib import Path

import pytest

from insight.runner import execute, warm
from insight.runner import kernel as kernels
from insight.runner.freshness import code_files
from insight.runner.run import run
from small_project import bytes_below

FILES = set().union(*map(code_files, (Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb")))
SURROUNDINGS = {"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}

pytestmark = pytest.mark.skipif(os.uname().sysname != "Linux", reason="elsewhere kernels start cold")


@pytest.fixture(scope="module")
def server():
    with tempfile.TemporaryDirectory() as folder, warm.Server(Path(folder), SURROUNDINGS, FILES) as started:
        yield started


def fork(server, target) -> warm.Forked:
    return warm.fork(server.address, target, environment={**os.environ, "SAID": "here"}, folder=Path.cwd())


def has_ended(pid: int) -> bool:
    """Wait up to twenty seconds for a process to end, be it taken leave of or not."""
    for _ in range(400):
        status = Path(f"/proc/{pid}/status")
        if not status.exists() or "State:\tZ" in status.read_text():
            return True
        time.sleep(0.05)
    return False


def test_with_all_that_the_notebooks_import_it_has_one_thread(server):
    assert server.is_usable()


def test_a_process_does_what_it_was_asked_and_ends(server):
    forked = fork(server, methodcaller("send", 7))
    assert forked.connection.recv() == 7
    assert forked.wait() == forked.poll() == 0
    assert has_ended(forked.pid)


def test_a_process_that_fails_ends_and_takes_nothing_with_it(server):
    assert has_ended(fork(server, attrgetter("not_there")).pid)
    assert fork(server, methodcaller("send", 8)).connection.recv() == 8


def test_a_process_ends_when_who_asked_for_it_is_gone(server):
    forked = fork(server, methodcaller("recv"))
    assert forked.poll() is None
    forked.connection.close()
    assert has_ended(forked.pid)


def test_what_was_forked_ends_with_the_run(tmp_path):
    with warm.Server(tmp_path, SURROUNDINGS, set()) as started:
        assert started.is_usable()
        forked = fork(started, methodcaller("recv"))
    assert has_ended(forked.pid)


def test_a_server_that_was_killed_is_named(tmp_path):
    with warm.Server(tmp_path, SURROUNDINGS, set()) as started:
        assert started.is_usable()
        started._process.kill()
        started._process.wait()
        with pytest.raises(warm.ServerGoneError, match="server that starts the notebooks ended unexpectedly") as gone:
            fork(started, methodcaller("send", 7))
    assert gone.value.bad_input is False  # a fault of the machine, not of what was delivered


def test_without_a_server_the_bytes_are_the_same(home, monkeypatch):
    run("shop")
    warmly = bytes_below(home / "data" / "processed" / "shop")
    monkeypatch.setattr(warm.Server, "is_usable", lambda server: False)
    run("shop", force=True)
    assert bytes_below(home / "data" / "processed" / "shop") == warmly


@pytest.mark.parametrize("was_read", [True, False])
def test_a_process_that_is_gone_has_failed_whatever_it_had_read(was_read):
    ours, theirs = (Connection(side.detach()) for side in socket.socketpair(socket.AF_UNIX))
    ours.send("a request")
    if was_read:
        theirs.recv()
    theirs.close()  # what nobody read makes the other side's end a reset
    assert execute.heard(ours) == ("failed", execute.Failure(execute.PROCESS_DIED, execute.GONE, None))


def test_a_kernel_of_a_run_that_was_killed_leaves_nothing(server, tmp_path):
    (tmp_path / "t").mkdir()
    places = {"IPYTHONDIR": str(tmp_path / "gone" / "ipython"), "TMPDIR": str(tmp_path / "t")}
    kernel = partial(kernels._run_kernel, str(tmp_path / "k.json"))
    forked = warm.fork(server.address, kernel, environment={**os.environ, **places}, folder=tmp_path)
    assert has_ended(forked.pid)
    assert list((tmp_path / "t").iterdir()) == []
