"""Owner-only folders for what does not fit into memory: locked while in use, swept when their process is gone.

DuckDB's pages of people are encrypted there (`engine.connect`), other files are plain, so all goes at the end. A shell
waits for that of a killed process and takes it away; what a machine that lost its power left goes at the next start.
"""

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from insight.storage.lock import locked

_LOCK = ".lock"


@contextlib.contextmanager
def spill_folder(root: Path) -> Iterator[Path]:
    """Give a folder for this process alone, after sweeping those of processes that are gone.

    Parameters
    ----------
    root
        Holds the folders of all processes; made owner-only when it is not there.

    Examples
    --------
    >>> with spill_folder(Path(tempfile.mkdtemp()) / "spill") as folder:
    ...     _ = (folder / "pages").write_text("names and numbers")
    >>> folder.exists()
    False
    """
    root.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    root.mkdir(mode=0o700, exist_ok=True)
    with contextlib.ExitStack() as held:
        with _one_at_a_time(root):
            _sweep(root)
            folder = Path(tempfile.mkdtemp(dir=root))
            held.enter_context(_gone_with_this_process(folder))
            held.enter_context(locked(folder / _LOCK))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _gone_with_this_process(folder: Path) -> Iterator[None]:
    """Let a shell of its own session wait until this process, and what was forked from it, is gone; then it sweeps."""
    waits = ["/bin/sh", "-c", 'read -r _; rm -rf -- "$0"', str(folder)]
    with subprocess.Popen(waits, stdin=subprocess.PIPE, start_new_session=True):
        yield  # at the end its input closes, and so does that of a killed process


def sweep(root: Path, *, patience: float = 0.0) -> None:
    """Take away the folders of processes that are gone.

    Parameters
    ----------
    root
        Where `spill_folder` makes them; it may not be there.
    patience
        Seconds to wait for processes that are ending; what is still in use afterwards stays.
    """
    if not root.is_dir():
        return
    until = time.monotonic() + patience
    while True:
        with _one_at_a_time(root):
            in_use = _sweep(root)
        if not in_use or time.monotonic() >= until:
            return
        time.sleep(0.1)


def _one_at_a_time(root: Path) -> contextlib.AbstractContextManager[None]:
    """Keep others from sweeping a folder that is made but not yet locked."""
    return locked(root.with_name(f"{root.name}.lock"))


def _sweep(root: Path) -> int:
    """Take away what nobody holds, since a dead process holds no lock; count what is held."""
    held = 0
    for left in list(root.iterdir()):
        if not left.is_dir() or left.is_symlink():
            left.unlink(missing_ok=True)
            continue
        try:
            with locked(left / _LOCK, wait=False):
                shutil.rmtree(left, ignore_errors=True)
        except BlockingIOError:
            held += 1
        except FileNotFoundError:
            pass
    return held
