"""What a run needs of the machine, looked at before any work: folders, space, memory, the locked libraries."""

import re
import resource
import shutil
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from insight.errors import WorkspaceError
from insight.storage.owner_only import owner_only, temporary_root

_SPACE_OVER_RAW, _LEAST_SPACE = 3, 200 * 10**6  # tables and spill against what is delivered; notebooks and pages
_LEAST_MEMORY = 700 * 10**6  # bytes; the libraries of one notebook and its engine, on the smallest business
_FEW = 5


def preflight(folders: list[Path], raw: list[Path]) -> None:
    """Refuse before the first notebook what would stop the last one.

    Parameters
    ----------
    folders
        Where the run will write.
    raw
        The delivered files; how large they are says how much space the run needs.

    Raises
    ------
    WorkspaceError
        Naming the folder that cannot be written, or how much space or memory is missing.
    """
    for folder in [*folders, owner_only(temporary_root().parent)]:
        _refuse_unwritable(owner_only(folder))
    size = sum(path.stat().st_size for path in raw if path.is_file())
    _refuse_little_space(folders[0], _SPACE_OVER_RAW * size + _LEAST_SPACE)
    if (free := available_memory()) < _LEAST_MEMORY:
        raise WorkspaceError(
            f"memory: {_in_megabytes(free)} are free, and a notebook needs {_in_megabytes(_LEAST_MEMORY)}. "
            "End other programs, or raise the limit that this process has, then run again."
        )


def _refuse_unwritable(folder: Path) -> None:
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".", suffix=".partial") as probe:
            probe.write(b"\0")
            probe.flush()
    except OSError as error:
        raise WorkspaceError(
            f"{folder}: nothing can be written there ({error.strerror}). Check its owner, mode and disk."
        ) from None


def _refuse_little_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise WorkspaceError(
            f"{folder}: its disk has {_in_megabytes(free)} free, and the run needs about {_in_megabytes(needed)}. "
            "Make room, then run again."
        )


def available_memory() -> int:
    """Give the bytes that a new process may have: of the machine, of its control group, and by its own limit."""
    bounds = [int(found[1]) * 1024 for found in [_found(r"MemAvailable:\s+(\d+)", Path("/proc/meminfo"))] if found]
    group = Path("/sys/fs/cgroup")
    most, used = (_found(r"(\d+)", group / name) for name in ("memory.max", "memory.current"))
    if most and used:  # of what it uses, copies of files are given back when they are in the way
        copies = [_found(rf"^{kind} (\d+)", group / "memory.stat") for kind in ("active_file", "inactive_file")]
        bounds.append(int(most[1]) - int(used[1]) + sum(int(found[1]) for found in copies if found))
    own = resource.getrlimit(resource.RLIMIT_AS)[0]
    return min([*bounds, *([own] if own != resource.RLIM_INFINITY else [])], default=2**63)


def _found(pattern: str, file: Path) -> re.Match[str] | None:
    try:
        return re.search(pattern, file.read_text(), re.MULTILINE)
    except OSError:
        return None


def unlike_the_lock(lock: Path) -> str:
    """Say in one line which installed libraries are of another version than the locked one; empty where none is."""
    locked: dict[str, set[str]] = {}
    if lock.is_file():
        for name, wanted in re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;]+)", lock.read_text("utf-8"), re.MULTILINE):
            locked.setdefault(name, set()).add(wanted)  # several where it depends on Python's version
    differing = [
        f"{name} {there} ({' or '.join(sorted(wanted))})"
        for name, wanted in locked.items()
        if (there := _installed(name)) and there not in wanted
    ]
    more = f" and {len(differing) - _FEW} more" if len(differing) > _FEW else ""
    return f"installed otherwise than locked: {', '.join(differing[:_FEW])}{more}" if differing else ""


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None  # what is needed and missing stops at its import


def _in_megabytes(size: int) -> str:
    return f"{size / 10**6:,.0f} MB" if size < 10**9 else f"{size / 10**9:,.1f} GB"
