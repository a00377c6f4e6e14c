"""Locks on files, free again when whoever held them has ended, however it ended."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold an owner-only lock file while the context lasts.

    Raises
    ------
    BlockingIOError
        If somebody else holds it and ``wait`` is false.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / ".lock"
    >>> with locked(file), locked(file, wait=False):  # doctest: +ELLIPSIS
    ...     pass
    Traceback (most recent call last):
    BlockingIOError: ...
    """
    with path.open("a") as handle:
        os.fchmod(handle.fileno(), 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
