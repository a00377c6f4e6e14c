"""Renew the recorded notebooks: the runs on a small business that nbval compares every number with."""

import base64
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from insight.config.parameters import project_root
from insight.runner.run import run
from insight.storage.store import as_json, write_whole
from insight.storage.workspace import processed_folder

DATASET = "tiny"


def record() -> list[str]:
    """Execute every notebook on ``tiny`` and keep its text outputs under ``tests/notebooks``.

    Returns
    -------
    list of str
        One line per recording that changed.
    """
    target = project_root() / "tests" / "notebooks"
    with _new_home(project_root()):
        run(DATASET)
        executed = sorted((processed_folder(DATASET) / "notebooks").glob("*.ipynb"))
        for stale in {path.name for path in target.glob("*.ipynb")} - {path.name for path in executed}:
            (target / stale).unlink()
        changed = [path.stem for path in executed if _renew(path, target / path.name)]
    return [f"{name}: changed" for name in changed] or ["no recording changed"]


@contextmanager
def _new_home(project: Path) -> Iterator[None]:
    """Run where nobody has run before: what a vault remembers would otherwise be told by the recording."""
    key = base64.urlsafe_b64encode(bytes(32)).decode()
    with tempfile.TemporaryDirectory(prefix="insight-record-") as home:
        for name in ("params", "notebooks", "requirements.lock"):
            (Path(home) / name).symlink_to(project / name)
        with patch.dict(os.environ, {"INSIGHT_HOME": home, "INSIGHT_VAULT_KEY": key}):
            yield


def _renew(executed: Path, recording: Path) -> bool:
    text = as_json(as_recorded(json.loads(executed.read_text(encoding="utf-8"))))
    if recording.is_file() and recording.read_bytes() == text:
        return False
    write_whole(recording, text)
    return True


def as_recorded(notebook: dict) -> dict:
    """Keep what can be compared: text outputs, without pictures and without metadata."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            output.pop("metadata", None) if output["output_type"] == "stream" else output.update(metadata={})
            for picture in ("image/png", "image/svg+xml"):
                output.get("data", {}).pop(picture, None)
    return notebook
