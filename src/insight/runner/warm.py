"""A server that has the libraries loaded and forks every process of a run from itself.

Importing the libraries is most of what a short notebook costs, so they are imported once for a run.
The server opens nothing, for a fork of a process with threads or connections can hang; it ends with
the run, however the run ends, and takes what it forked with it.
"""

import contextlib
import gc
import importlib
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from insight.errors import InsightError
from insight.runner.freshness import PACKAGE

#: Set for what is forked from a server: the server's socket.
SERVER = "INSIGHT_SERVER"
_LATE = (
    "IPython.core.completer",
    "ibis.backends.duckdb",
    "insight.runner.execute",
    "insight.runner.kernel",
    "matplotlib.backends.backend_agg",
    "matplotlib_inline.backend_inline",
    "nbclient.client",
    "papermill",
)


class ServerGoneError(InsightError):
    """The server that starts notebooks has ended: a fault, and nothing that the person who called can correct."""

    bad_input = False


class Forked:
    """A process forked from a server, with as much of ``subprocess.Popen`` as Jupyter asks of a kernel's process.

    Attributes
    ----------
    connection
        Brings what the process sends, and ends when it ends; when this side is closed the process is ended.
    pid
        Of the process, and of the group that it and what it starts belong to.
    """

    stdin = stdout = stderr = None

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.pid: int = connection.recv()

    def poll(self) -> int | None:
        """Give 0 when the process has ended, None while it runs; only for one that sends nothing."""
        return 0 if self.connection.poll() else None

    def wait(self) -> int:
        """Wait for the end of the process."""
        with contextlib.suppress(EOFError, OSError):
            while True:
                self.connection.recv()
        return 0

    def send_signal(self, signum: int) -> None:
        """Send a signal to the process and what it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signum)

    def terminate(self) -> None:
        """End the process."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        self.send_signal(signal.SIGKILL)

    join = wait


class Server:
    """Starts when the first process is asked for; use as a context.

    Parameters
    ----------
    folder
        Short, owner-only: for the server's socket.
    environment
        What the server, and so everything forked from it, starts with; Python reads some of it only at its start.
    files
        What notebooks depend on; the modules among them are loaded.
    """

    def __init__(self, folder: Path, environment: dict[str, str], files: set[Path]) -> None:
        self.address = str(folder / "server")
        self._environment = environment
        self._files = files
        self._process: subprocess.Popen | None = None
        self._is_usable = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._process is not None:
            self._link.close()
            self._process.wait()

    def is_usable(self) -> bool:
        """Say whether processes can be forked from it: on Linux, where no library started a thread when imported."""
        if self._process is None and sys.platform == "linux":
            self._start()
        return self._is_usable

    def _start(self) -> None:
        self._link, theirs = Pipe()
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "from insight.runner.warm import serve; serve()",
                self.address,
                str(theirs.fileno()),
            ],
            env={**os.environ, **self._environment},
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()
        with contextlib.suppress(EOFError, ConnectionError):  # it was killed: processes start cold
            self._link.send(self._files)
            self._is_usable = self._link.recv()


def fork(address: str, target: Callable[..., None], *given: Any, environment: dict[str, str], folder: Path) -> Forked:
    """Run ``target(*given, connection)`` in a new process of the server at an address."""
    link = socket.socket(socket.AF_UNIX)
    try:
        link.connect(address)
        connection = Connection(link.detach())
        connection.send_bytes(pickle.dumps((target, given, environment, folder)))
        return Forked(connection)
    except (OSError, EOFError):
        raise ServerGoneError(
            "The server that starts the notebooks ended unexpectedly: killed, or out of memory. Run again."
        ) from None


def serve() -> None:
    """Load the libraries, then fork a process for whoever connects, until the run is gone."""
    address, run = sys.argv[1], Connection(int(sys.argv[2]))
    sys.path.remove("")
    sys.modules["__main__"].__file__ = __file__  # DuckDB draws progress bars where the main module has no file
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        leave_no_core()
        preload(run.recv())
        is_usable = count_threads() == 1
        run.send(is_usable)
        if is_usable:
            _fork_until_gone(listener, run)
    os._exit(0)  # without the libraries' own endings, which take time and complain


def preload(files: set[Path]) -> None:
    """Import the modules that notebooks depend on, and what they import only when it is first used."""
    modules = [
        ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts) for file in files if file.suffix == ".py"
    ]
    for name in [*_LATE, *sorted(modules)]:
        with contextlib.suppress(Exception):  # the notebook that needs it says better what is wrong
            importlib.import_module(name.removesuffix(".__init__"))
    gc.freeze()  # what is loaded stays, and a collection that touched it would copy its pages into every process


def count_threads() -> int:
    """Count the threads of this process, those that libraries started without Python's knowledge included."""
    return len(list(Path("/proc/self/task").iterdir()))


def leave_no_core() -> None:
    """Let no crash of a library write its memory, names included, into a file."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def _fork_until_gone(listener: socket.socket, run: Connection) -> None:
    forked: set[int] = set()
    try:
        while run not in wait([listener, run]):
            connection = Connection(listener.accept()[0].detach())
            request = connection.recv_bytes()
            pid = os.fork()
            if pid == 0:
                listener.close()
                run.close()
                _become(request, connection)
            connection.close()
            forked = {pid for pid in forked | {pid} if os.waitpid(pid, os.WNOHANG) == (0, 0)}
    finally:
        for pid in forked:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _become(request: bytes, connection: Connection) -> None:
    """Do in a forked process what was asked for; whatever happens, it never returns to the server's loop."""
    try:
        os.setpgid(0, 0)
        target, given, environment, folder = pickle.loads(request)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        connection.send(os.getpid())
        threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
        target(*given, connection)
    finally:
        os._exit(0)


def _end_with(connection: Connection) -> None:
    """End this process when whoever asked for it is gone, though it may be in the middle of a computation."""
    connection.poll(None)
    os.killpg(0, signal.SIGKILL)
