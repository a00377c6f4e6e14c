"""Run one notebook by papermill in a process of its own, and keep what must be the same bytes each time."""

import contextlib
import json
import multiprocessing
import os
import re
import signal
import threading
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from insight import errors
from insight.runner import warm
from insight.storage.spill import spill_folder
from insight.storage.store import as_json, write_whole

_CELL_TIMEOUT_SECONDS = 1800
_ENDLESS = "The cell ran for {:,} seconds and was stopped. Look for what does not end in it, or deliver less."
_CHANGING_METADATA = ("papermill", "execution")
_UNSAID = "The message may hold personal values and is not shown."
_PLACE = re.compile(r"(insight/[\w/]+\.py)(?:\x1b\[[\d;]*m)*:(?:\x1b\[[\d;]*m)*(\d+)")
#: Names of the errors whose messages are ours.
OWN_ERRORS = {
    name for name, thing in vars(errors).items() if isinstance(thing, type) and issubclass(thing, errors.InsightError)
}
KERNEL_DIED, PROCESS_DIED = "KernelDied", "ProcessDied"
GONE = "The notebook's process ended unexpectedly: killed, or out of memory."
DISK_FULL, MEMORY_FULL = "DiskFull", "MemoryFull"
#: Faults of the machine: how libraries say them, their kind, and what we say.
FAULTS = (
    (r"No space left|Errno 28\b|disk quota", DISK_FULL, "The disk is full. Make room, then continue."),
    (
        r"MemoryError|OutOfMemory|bad_alloc|[Cc]annot allocate memory|Unable to allocate",
        MEMORY_FULL,
        "The memory was not enough. End other programs or give INSIGHT_MEMORY less than it has, then continue.",
    ),
    (
        r"Kernel died|DeadKernelError|Kernel didn't respond",
        KERNEL_DIED,
        "The kernel ended unexpectedly: killed, or out of memory. End other programs, then continue.",
    ),
)


@dataclass(frozen=True)
class Task:
    """One execution: which notebook, for which business, with which surroundings.

    Attributes
    ----------
    spill
        Where it is written while it runs, if it handles records of people: then nothing that a library
        says of an error, which may hold their values, leaves that folder.
    """

    notebook: Path
    output: Path
    dataset: str
    languages: tuple[str, ...]
    environment: dict[str, str]
    folder: Path
    spill: Path | None = None
    cell_seconds: int = _CELL_TIMEOUT_SECONDS


@dataclass(frozen=True)
class Failure:
    """Why an execution ended early.

    Attributes
    ----------
    kind
        Name of the exception's class, e.g. ``SourceError``; ``KernelDied``.
    message
        What it said, without colours.
    cell
        Number of the failing cell among the code cells, from 1; ``None`` when it is not known.
    """

    kind: str
    message: str
    cell: int | None


def failed_copy(folder: Path, notebook: str) -> Path:
    """Say where the copy of a notebook that failed stands, below a business's tables."""
    return folder / "notebooks" / "failed" / f"{notebook}.ipynb"


def start(task: Task, server: warm.Server) -> tuple[warm.Forked | BaseProcess, Connection]:
    """Start an execution; the connection brings ``("cell", i, n)``, then ``("done",)`` or ``("failed", Failure)``."""
    if server.is_usable():
        environment = {**os.environ, **task.environment, warm.SERVER: server.address}
        forked = warm.fork(server.address, _work, task, environment=environment, folder=task.folder)
        return forked, forked.connection
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work_cold, args=(task, theirs), daemon=False)
    process.start()
    theirs.close()
    return process, ours


def heard(progress: Connection) -> tuple:
    """Give what an execution says next; of a process that is gone, however it went, that it failed."""
    try:
        return progress.recv()
    except (EOFError, ConnectionError):
        return "failed", Failure(PROCESS_DIED, GONE, None)


def _work_cold(task: Task, progress: Connection) -> None:
    warm.leave_no_core()
    os.environ.update(task.environment)
    os.chdir(task.folder)
    threading.Thread(target=_end_with_run, daemon=True).start()
    _work(task, progress)


def _end_with_run() -> None:
    """End this process when the run is gone; a kernel looks once a second whether whoever started it is still there."""
    if (run := multiprocessing.parent_process()) is not None:
        run.join()
        os.kill(os.getpid(), signal.SIGKILL)


def _work(task: Task, progress: Connection) -> None:
    try:
        failure = _execute(task, progress)
    except Exception as error:  # whatever it is, the run must hear of it rather than wait
        said = _UNSAID if task.spill else traceback.format_exc(limit=-5)
        failure = _fault(type(error).__name__, str(error), None) or Failure(type(error).__name__, said, None)
    progress.send(("failed", failure) if failure else ("done",))


def _execute(task: Task, progress: Connection) -> Failure | None:
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    total = _count_code_cells(task.notebook) + 1
    seen: list[int] = []

    def report_cell(cell: dict, cell_index: int) -> None:
        if cell["cell_type"] == "code":
            seen.append(cell_index)
            progress.send(("cell", len(seen), total))

    failure = None
    with spill_folder(task.spill) if task.spill else contextlib.nullcontext(task.output.parent) as folder:
        running = folder / task.output.with_suffix(".running.ipynb").name
        running.parent.mkdir(parents=True, exist_ok=True)
        try:
            papermill.execute_notebook(
                str(task.notebook),
                str(running),
                parameters={"dataset": task.dataset, "lang": task.languages[0]},
                kernel_name="python3",
                progress_bar=False,
                cwd=str(task.folder),
                execution_timeout=task.cell_seconds,
                start_timeout=120,
                kernel_manager_class="insight.runner.kernel.SocketKernelManager",
                shutdown_kernel="immediate",
                on_cell_execute=report_cell,
            )
        except PapermillExecutionError as error:
            kind, said, cell = error.ename, str(error.evalue), len(seen) or None
            failure = _fault(kind, said, cell) or Failure(kind, _sayable(kind, said, task), cell)
        except DeadKernelError:
            failure = _fault("DeadKernelError", "", len(seen) or None)
        except CellTimeoutError:
            failure = Failure("CellTimeoutError", _ENDLESS.format(task.cell_seconds), len(seen) or None)
        _keep(running, failure, task)
    return failure


def _fault(kind: str, said: str, cell: int | None) -> Failure | None:
    """Tell a fault of the machine from an error of a notebook, whatever library met it; None where it is none."""
    if kind in OWN_ERRORS:
        return None
    found = (Failure(fault, words, cell) for pattern, fault, words in FAULTS if re.search(pattern, f"{kind}: {said}"))
    return next(found, None)


def _keep(running: Path, failure: Failure | None, task: Task) -> None:
    """Put the executed notebook where it belongs: its own place, or among the failed."""
    failed = task.output.parent / "failed"
    if running.exists():
        notebook = _without_changing_parts(json.loads(running.read_text(encoding="utf-8")))
        if failure and task.spill:
            notebook = _without_what_libraries_said(notebook, task)
        write_whole(failed / task.output.name if failure else task.output, as_json(notebook))
        running.unlink()


def _sayable(kind: str, said: str, task: Task) -> str:
    """Give what an error said, unless it may hold a value of somebody; our own errors never do."""
    return said if task.spill is None or kind in OWN_ERRORS else _UNSAID


def _without_what_libraries_said(notebook: dict, task: Task) -> dict:
    """Leave of a failure its kind and the lines of code that led there."""
    for cell in notebook["cells"]:
        outputs = [output for output in cell.get("outputs", ()) if output["output_type"] != "stream"]
        for output in outputs:
            if output["output_type"] == "error":
                output["evalue"] = _sayable(output["ename"], output["evalue"], task)
                places = dict.fromkeys(_PLACE.findall("\n".join(output["traceback"])))
                output["traceback"] = [
                    *(f"{name}, line {line}" for name, line in places),
                    f"{output['ename']}: {output['evalue']}",
                ]
        if "outputs" in cell:
            cell["outputs"] = outputs
    return notebook


def _count_code_cells(path: Path) -> int:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return sum(cell["cell_type"] == "code" for cell in cells)


def _without_changing_parts(notebook: dict) -> dict:
    """Take out what differs from run to run: times, paths, random cell ids, versions of the tools."""
    for name in _CHANGING_METADATA:
        notebook["metadata"].pop(name, None)
    notebook["metadata"].pop("language_info", None)
    for cell in notebook["cells"]:
        for name in _CHANGING_METADATA:
            cell["metadata"].pop(name, None)
        if "injected-parameters" in cell["metadata"].get("tags", ()):
            cell["id"] = "injected-parameters"
    return notebook
