"""Files that appear together or not at all: staging, commit, roll-forward, one manifest.

A step (one notebook) writes its files into ``.staging/<step>``. Committing is one rename, that of
``commit.json``: before it the old output stands, after it whoever opens the store next finishes
the move. So a run killed at any moment leaves every table whole.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from insight.errors import WorkspaceError
from insight.storage.lock import locked
from insight.storage.owner_only import owner_only

MANIFEST = "manifest.json"
_STAGING = ".staging"
_COMMIT = "commit.json"
_FORMAT = 1


def sha256_of(path: Path) -> str:
    """Give a file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def state_of(path: Path) -> tuple[int, ...]:
    """Give what the system says of a file that changes with whatever is written into it or put in its place."""
    said = path.stat()
    return said.st_dev, said.st_ino, said.st_size, said.st_mtime_ns, said.st_ctime_ns


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole, or as it was before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    _sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Make sure that a file just written is on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def as_json(value: Any) -> bytes:
    """Write JSON that is the same bytes for the same value."""
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n").encode()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Store:
    """The folder of one run's files, with the manifest that says what each is and who made it.

    Parameters
    ----------
    folder
        ``data/processed/<dataset>``; made when it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        owner_only(owner_only(folder) / _STAGING)

    # --- the manifest

    def manifest(self) -> dict[str, Any]:
        """Read what is there; an empty manifest for an empty folder."""
        path = self.folder / MANIFEST
        if not path.exists():
            return {"format": _FORMAT, "steps": {}}
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
        except (UnicodeDecodeError, json.JSONDecodeError):
            raise WorkspaceError(f"{path}: is damaged. Delete the folder and run again.") from None
        if not isinstance(manifest, dict) or manifest.get("format") != _FORMAT:
            raise WorkspaceError(f"{path}: is of another version. Delete the folder and run again.")
        return manifest

    def outputs(self) -> dict[str, dict[str, Any]]:
        """Describe every committed file, by its path in the folder."""
        steps = self.manifest()["steps"].values()
        return {name: described for step in steps for name, described in step["outputs"].items()}

    def path_of(self, name: str) -> Path:
        """Find a committed file after comparing its hash with the manifest's.

        Raises
        ------
        WorkspaceError
            If it is missing or not what was written.
        """
        described = self.outputs().get(name)
        path = self.folder / name
        if described is None:
            raise WorkspaceError(f"{name}: is not in the manifest of {self.folder.name}. Run the step that makes it.")
        if not path.is_file() or sha256_of(path) != described["sha256"]:
            raise WorkspaceError(
                f"{path}: is missing or was changed since it was written. Run again with --force to make it anew."
            )
        return path

    # --- writing

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the store for this process; a lock of a dead process is free."""
        with locked(self.folder / ".lock"):
            yield

    def staging(self, step: str) -> Path:
        """Give an empty folder for a step's files."""
        folder = self.folder / _STAGING / step
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def commit(self, step: str, entry: dict[str, Any]) -> None:
        """Publish all that is staged for a step, and take away what the step made before and no longer does.

        Parameters
        ----------
        step
            The notebook's name.
        entry
            What the manifest keeps about it; ``outputs`` names each staged file with its ``sha256``.
        """
        staged = self.folder / _STAGING / step
        with self.locked():
            gone = [name for name in entry["outputs"] if not (staged / name).is_file()]
            if gone:
                # A process that outlived its killed run must not publish what the next run swept away.
                raise WorkspaceError(f"{step}: {len(gone)} staged file(s) were swept by another run. Run again.")
            write_whole(staged / _COMMIT, as_json(entry))
            self._roll_forward(step)

    def amend(self, step: str, **facts: Any) -> None:
        """Add facts to a step's entry in the manifest."""
        with self.locked():
            manifest = self.manifest()
            manifest["steps"][step].update(facts)
            write_whole(self.folder / MANIFEST, as_json(manifest))

    def forget(self, step: str) -> None:
        """Take a step and all that it made out of the store."""
        with self.locked():
            manifest = self.manifest()
            entry = manifest["steps"].pop(step, None)
            if entry is None:
                return
            write_whole(self.folder / MANIFEST, as_json(manifest))
            executed = [entry["executed"]["file"]] if "executed" in entry else []
            for name in [*entry["outputs"], *executed]:
                (self.folder / name).unlink(missing_ok=True)

    def recover(self, *, sweep: bool = False) -> None:
        """Finish commits that a killed process had begun; with ``sweep`` also drop what it had not committed."""
        with self.locked():
            for folder in sorted((self.folder / _STAGING).iterdir()):
                if (folder / _COMMIT).exists():
                    self._roll_forward(folder.name)
                elif sweep:
                    shutil.rmtree(folder)
            if sweep:
                self._drop_partials()

    def _roll_forward(self, step: str) -> None:
        staged = self.folder / _STAGING / step
        entry = json.loads((staged / _COMMIT).read_text(encoding="utf-8"))
        manifest = self.manifest()
        before = manifest["steps"].get(step, {}).get("outputs", {})
        for name in entry["outputs"]:
            source, target = staged / name, self.folder / name
            if source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                source.replace(target)
                _sync_folder(target.parent)
        for name in before.keys() - entry["outputs"].keys():
            (self.folder / name).unlink(missing_ok=True)
        for other in manifest["steps"].values():  # a file belongs to the step that wrote it last
            other["outputs"] = {name: what for name, what in other["outputs"].items() if name not in entry["outputs"]}
        manifest["steps"][step] = entry
        write_whole(self.folder / MANIFEST, as_json(manifest))
        shutil.rmtree(staged)

    def _drop_partials(self) -> None:
        for partial in self.folder.rglob(".*.partial"):
            partial.unlink(missing_ok=True)
