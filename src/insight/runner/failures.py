"""What failed in a run: kept beside the tables until it is mended, and said in one message."""

import contextlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from insight.errors import InsightError
from insight.runner import execute
from insight.runner.freshness import Step
from insight.storage.store import Store, as_json, write_whole

_ERROR_LINES = 10
#: Kinds of our own making: their messages say what happened and hold no values.
_OURS = execute.OWN_ERRORS | {execute.PROCESS_DIED, *(kind for _, kind, _ in execute.FAULTS)}


class NotebookError(InsightError):
    """Notebooks failed; says where their copies are and how to continue.

    Attributes
    ----------
    unavailable
        As in `insight.runner.run.Outcome`, of the run that failed.
    """

    def __init__(self, message: str, *, bad_input: bool, unavailable: Mapping[str, list[str]]) -> None:
        super().__init__(message)
        self.bad_input, self.unavailable = bad_input, dict(unavailable)


def keep(failure: execute.Failure, step: Step, store: Store) -> None:
    """Keep why a notebook failed, without what may hold somebody's values, and take out what it made before."""
    said = failure.message.strip() if failure.kind in _OURS else ""
    told = {"kind": failure.kind, "cell": failure.cell, "message": said}
    write_whole(_file(store, step.name), as_json(told))
    store.forget(step.name)


def mended(name: str, store: Store) -> None:
    """Drop what was kept of a notebook that failed."""
    for file in (_file(store, name), execute.failed_copy(store.folder, name)):
        file.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # others are left in it, or it was never there
        _file(store, name).parent.rmdir()


def kept(steps: Sequence[Step], store: Store, *, done: Sequence[str], root: Path) -> dict[str, dict[str, Any]]:
    """Give, by notebook, why it failed or what it waits for; those that are done or cannot be had are not among them.

    Returns
    -------
    dict
        ``kind, cell, message, copy`` of those that failed; ``waits_for`` of those that follow from one of them.
    """
    found: dict[str, dict[str, Any]] = {}
    stopped: list[Step] = []
    for step in steps:
        if step.name in done:
            continue
        file = _file(store, step.name)
        if file.is_file():
            copy = execute.failed_copy(store.folder, step.name)
            told = json.loads(file.read_text(encoding="utf-8"))
            ended = told["kind"] in (execute.KERNEL_DIED, execute.PROCESS_DIED)
            found[step.name] = told | {"copy": None if ended else str(copy.relative_to(root))}
        elif (first := waits_for(step, stopped)) is not None:
            found[step.name] = {"waits_for": first.name}
        if step.name in found:
            stopped.append(step)
    return found


def waits_for(step: Step, stopped: Sequence[Step]) -> Step | None:
    """Give the first of the notebooks that failed or wait themselves whose tables a notebook reads; None: it can run.

    What sums up the headlines of all others goes without those that are missing.
    """
    read = {item.split(".")[0] for item in step.needs + step.uses}
    return next((other for other in stopped if other.name < step.name and not read.isdisjoint(other.writes)), None)


def explain(
    failed: Sequence[tuple[Step, execute.Failure]],
    *,
    store: Store,
    root: Path,
    unavailable: Mapping[str, list[str]],
) -> NotebookError:
    """Put what failed into one message."""
    told = [
        _told(step, failure, execute.failed_copy(store.folder, step.name).relative_to(root)) for step, failure in failed
    ]
    return NotebookError(
        "\n".join(told)
        + f"\nNotebooks that finished are kept. Correct the cause, then continue with: insight run {store.folder.name}",
        bad_input=all(failure.kind in execute.OWN_ERRORS for _, failure in failed),
        unavailable=unavailable,
    )


def _told(step: Step, failure: execute.Failure, copy: Path) -> str:
    said = failure.message if failure.kind in execute.OWN_ERRORS else f"{failure.kind}: {failure.message}"
    lines = said.strip().splitlines()
    if len(lines) > _ERROR_LINES:
        lines = [*lines[: _ERROR_LINES - 1], f"… and {len(lines) - _ERROR_LINES + 1} more lines in the copy below"]
    where = f" in code cell {failure.cell}" if failure.cell else ""
    return "\n  ".join([f"{step.name} failed{where}:", *lines]) + f"\nCopy with the error: {copy}"


def _file(store: Store, name: str) -> Path:
    return execute.failed_copy(store.folder, name).with_suffix(".json")
