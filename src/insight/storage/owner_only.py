"""Folders that nobody but their owner can look into: everything that holds rows of customers stands in one."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from insight.errors import WorkspaceError
from insight.storage.spill import spill_folder


def owner_only(folder: Path) -> Path:
    """Make a folder that its owner alone can look into, or close one that is there.

    Raises
    ------
    WorkspaceError
        If it is somebody else's, or cannot be made.

    Examples
    --------
    >>> folder = owner_only(Path(tempfile.mkdtemp()) / "rows")
    >>> f"{folder.stat().st_mode & 0o777:o}"
    '700'
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_uid != os.getuid():
            raise WorkspaceError(f"{folder}: belongs to another user. Let the one who owns it run this, or move it.")
        folder.chmod(0o700)
    except OSError as error:
        raise WorkspaceError(
            f"{folder}: cannot be written by its owner alone ({error.strerror}). Check its owner, mode and disk."
        ) from None
    return folder


def write_for_owner() -> None:
    """Let every file that this process and what it starts write from here on be their owner's alone."""
    os.umask(0o077)


def temporary_root() -> Path:
    """Give the place of this tool's folders, in its own one among the system's temporary ones; swept at every start."""
    return Path(tempfile.gettempdir()) / f"insight-{os.getuid()}" / "w"  # short, for the names of sockets


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """Give a folder for what is worked on, which goes with this process however it ends."""
    root = temporary_root()
    if root.parent.is_symlink():
        raise WorkspaceError(f"{root.parent}: is a link, which somebody else may have put there. Remove it.")
    with spill_folder(owner_only(owner_only(root.parent) / root.name)) as folder:
        yield folder
