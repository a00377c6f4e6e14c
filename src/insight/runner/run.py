"""All notebooks of a business in order, each only when something it depends on has changed."""

import getpass
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, cast

from insight.config.parameters import PLAYBOOK, Parameters, load, project_root
from insight.errors import InsightError, WorkspaceError
from insight.profile.tagging.tags import read_library
from insight.runner import execute, failures, warm
from insight.runner.freshness import Step, code_files, digest_of_files, fingerprint, is_fresh, read_steps
from insight.runner.preflight import preflight, unlike_the_lock
from insight.runner.selection import choose, missing, refuse_without_what_comes_before
from insight.segment.playbook import read_playbook
from insight.storage.lock import locked
from insight.storage.owner_only import temporary_folder
from insight.storage.spill import sweep
from insight.storage.store import Store, sha256_of
from insight.storage.workspace import OVERRIDES, processed_folder, vault_folder, vault_spill

_CHANGED = (
    "data/raw: a delivered file changed while it was read, so nobody knows which of its rows were. "
    "Run again when its delivery is complete."
)
_KERNEL_ENDS_SECONDS = 3.0  # a kernel looks once a second whether whoever started it is still there


@dataclass(frozen=True)
class Event:
    """Something that the person watching should see: a notebook's state, or a cell begun."""

    notebook: str
    state: str  # running | cell | done | unchanged | unavailable | failed | waits | told
    cell: int = 0
    cells: int = 0
    seconds: float = 0.0
    detail: str = ""


@dataclass
class _Run:
    """What one run knows while it goes on."""

    params: Parameters
    store: Store
    root: Path
    raw: list[Path]
    code: dict[str, str]
    environment: dict[str, str]
    server: warm.Server
    watch: Callable[[Event], None]
    jobs: int
    force: bool = False
    made_of: dict[str, dict[str, str]] = field(default_factory=dict)  # each notebook, as it was when it was started
    unavailable: dict[str, list[str]] = field(default_factory=dict)
    executed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """What a run did.

    Attributes
    ----------
    executed
        Notebooks that ran, in the order in which they ended.
    unavailable
        Notebooks that this business cannot have, each with the tables that are missing.
    """

    executed: list[str]
    unavailable: dict[str, list[str]]


def run(
    dataset: str,
    *,
    overrides: dict[str, str] | None = None,
    only: list[str] | None = None,
    jobs: int | None = None,
    force: bool | None = None,
    watch: Callable[[Event], None] = lambda event: None,
) -> Outcome:
    """Execute what is out of date, several notebooks at a time where they do not need each other.

    Parameters
    ----------
    dataset
        The business: ``params/<dataset>.yaml``.
    overrides
        Parameters for this run, as text.
    only
        Names or beginnings of names (``40``): these are executed and no other.
    jobs
        Notebooks at a time; as many as there are cores, at most four.
    force
        Execute what is fresh, too; by default where ``only`` asks for it by name.
    watch
        Called with each `Event`.

    Raises
    ------
    ParameterError
        Before any work, for parameters that cannot be right.
    NotebookError
        When notebooks failed, after all that do not follow from them have run; what was finished stays.
    """
    params = load(dataset, overrides)
    sweep(vault_spill(dataset))
    root = project_root()
    steps = [step for step in read_steps(root / "notebooks") if step.concerns(_described(params))]
    if not steps:
        raise WorkspaceError(f"{root / 'notebooks'}: there is no notebook to execute. Start in the project's folder.")
    chosen = choose(steps, only or [])
    raw = _inputs(params)
    written = {table for step in chosen for table in step.writes}
    if written & {"tags", PLAYBOOK}:  # what is wrong with them is said before any work
        library = read_library()
        if PLAYBOOK in written:
            read_playbook(library)
    store = Store(processed_folder(dataset))
    _look_before(params, store, raw, root, watch)
    with alone(store), temporary_folder() as folder:  # short, for sockets; and so that nobody's own settings count
        store.recover(sweep=True)
        if not only:
            _forget_notebooks_that_are_gone(steps, store)
        refuse_without_what_comes_before(chosen, steps, store, params)
        files = {step.name: code_files(step.path) for step in chosen}
        code = {name: digest_of_files(used) for name, used in files.items()}  # as the server loads it, before any edit
        environment = _environment(params, overrides or {}, root, folder)
        jobs = jobs or min(4, _cores())
        forced = bool(only) if force is None else force
        try:
            with warm.Server(folder, environment, set().union(*files.values())) as server:
                going = _Run(params, store, root, raw, code, environment, server, watch, jobs, forced)
                _work_off(chosen, going)
        finally:
            store.recover(sweep=True)
            sweep(vault_spill(dataset), patience=_KERNEL_ENDS_SECONDS)
    return Outcome(going.executed, going.unavailable)


def _look_before(params: Parameters, store: Store, raw: list[Path], root: Path, watch: Callable[[Event], None]) -> None:
    """Refuse what would stop the run later on, and say which libraries are not as they are locked."""
    personal = [vault_folder(params.dataset)] if _brings_people(params) else []
    preflight([store.folder, root / "reports" / params.dataset, *personal], raw)
    if differing := unlike_the_lock(root / "requirements.lock"):
        watch(Event("libraries", "told", detail=differing))


def _inputs(params: Parameters) -> list[Path]:
    """List the delivered files."""
    from insight.sources import registry  # heavy, and not needed to refuse a wrong parameter

    return registry.inputs(params)


def _described(params: Parameters) -> Mapping[str, frozenset[str]]:
    """Give the columns that the source describes, by table."""
    from insight.sources import registry

    return registry.described(params)


def _outside(step: Step, going: _Run) -> list[Path]:
    """List the files from outside that a notebook follows from: what is delivered, who of it was forgotten, decisions.

    Decisions are of people, and count where their records are linked.
    """
    from insight.sources.records import PEOPLE
    from insight.unify.evaluate.review import decisions_file
    from insight.unify.privacy.forgotten import forgotten_file

    decided = [decisions_file(going.params.dataset)] if PEOPLE in step.needs else []
    return [*going.raw, forgotten_file(going.params.dataset), *decided] if going.raw else going.raw


def _forget_notebooks_that_are_gone(steps: list[Step], store: Store) -> None:
    """Take out what notebooks made that were executed here once and are no longer there."""
    there = {step.name for step in steps}
    for name, entry in store.manifest()["steps"].items():
        if "executed" in entry and name not in there:
            store.forget(name)


@contextmanager
def alone(store: Store) -> Iterator[None]:
    """Refuse a second run of the same business at the same time, and say whose the first is; a killed one's is free."""
    lock = store.folder / ".run.lock"
    with ExitStack() as held:
        try:
            held.enter_context(locked(lock, wait=False))
        except BlockingIOError:
            whose = lock.read_text(encoding="utf-8", errors="replace").strip() or "another process"
            raise WorkspaceError(
                f"{store.folder.name}: a run is in progress ({whose}). Wait until it ends, or stop that process."
            ) from None
        began = datetime.now().astimezone().isoformat(timespec="seconds", sep=" ")
        lock.write_text(f"process {os.getpid()} of {getpass.getuser()}, since {began}", encoding="utf-8")
        yield


def _environment(params: Parameters, overrides: dict[str, str], root: Path, folder: Path) -> dict[str, str]:
    return {
        OVERRIDES: json.dumps(overrides),
        "INSIGHT_HOME": str(root),
        "INSIGHT_LANGUAGES": ",".join(params.languages),
        "JE_ARROW_MALLOC_CONF": "background_thread:false",  # a thread from the import on, and the server has none
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(folder / "jupyter"),
        "MPLCONFIGDIR": str(root / "data" / "processed" / ".cache" / "matplotlib"),
        "PYTHONHASHSEED": "0",
        "PYTHONWARNINGS": "ignore",  # a library's warning is for who works in JupyterLab; a report would refuse it
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    }


def _cores() -> int:
    return os.cpu_count() or 1


def _work_off(steps: list[Step], going: _Run) -> None:
    """Start each notebook when those it follows have ended; those that follow from one that failed are left out."""
    waiting = list(steps)
    due: list[Step] = []
    ended: set[str] = set()
    running: dict[Connection, tuple[Step, Any, float]] = {}
    failed: list[tuple[Step, execute.Failure]] = []
    stopped: list[Step] = []  # by a failure: their own, or that of one which they follow from
    try:
        while running or waiting or due:
            while ready := _ready(waiting, steps, ended):
                waiting.remove(ready[0])
                if (first := failures.waits_for(ready[0], stopped)) is not None:
                    going.store.forget(ready[0].name)
                    going.watch(Event(ready[0].name, "waits", detail=first.name))
                    stopped.append(ready[0])
                    ended.add(ready[0].name)
                elif _must_execute(ready[0], going):
                    due.append(ready[0])
                else:
                    ended.add(ready[0].name)
            while due and len(running) < going.jobs:
                step = due.pop(0)
                task = _task(step, _cores_for(step, waiting + due, going), going)
                process, progress = execute.start(task, going.server)
                running[progress] = (step, process, time.monotonic())
                going.watch(Event(step.name, "running"))
            for heard in wait(list(running)) if running else ():
                failure = _listen(cast(Connection, heard), running, going)
                if failure is not None:
                    failures.keep(failure[1], failure[0], going.store)
                    failed.append(failure)
                    stopped.append(failure[0])
            ended |= {*going.executed, *(step.name for step in stopped)}
    finally:
        for _, process, _ in running.values():
            process.terminate()
    if failed:
        raise failures.explain(failed, store=going.store, root=going.root, unavailable=going.unavailable)


def _ready(waiting: list[Step], steps: list[Step], ended: set[str]) -> list[Step]:
    """List the waiting notebooks whose predecessors have all ended."""
    return [step for step in waiting if all(other.name in ended or not step.follows(other) for other in steps)]


def _must_execute(step: Step, going: _Run) -> bool:
    lacking = missing(step, going.store, going.params)
    if lacking:
        going.unavailable[step.name] = lacking
        failures.mended(step.name, going.store)
        going.store.forget(step.name)
        going.watch(Event(step.name, "unavailable", detail=", ".join(lacking)))
        return False
    made_of = going.made_of[step.name] = _made_of(step, going)
    if not going.force and is_fresh(step, store=going.store, params=going.params, made_of=made_of):
        going.watch(Event(step.name, "unchanged"))
        return False
    return True


def _made_of(step: Step, going: _Run) -> dict[str, str]:
    return fingerprint(
        step, code=going.code[step.name], lock=going.root / "requirements.lock", raw=_outside(step, going)
    )


def _cores_for(step: Step, others: list[Step], going: _Run) -> int:
    """Give all cores to a notebook that all others still to come wait for; numbers depend on no count of threads."""
    return _cores() if all(other.follows(step) for other in others) else max(1, _cores() // going.jobs)


def _task(step: Step, threads: int, going: _Run) -> execute.Task:
    return execute.Task(
        notebook=step.path,
        output=going.store.folder / _executed_name(step),
        dataset=going.params.dataset,
        languages=going.params.languages,
        environment={**going.environment, "INSIGHT_THREADS": str(threads)},
        folder=going.root,
        spill=vault_spill(going.params.dataset) if _handles_people(step, going.params) else None,
    )


def _handles_people(step: Step, params: Parameters) -> bool:
    """Say whether records of people pass through a notebook of a business."""
    return step.personal and _brings_people(params)


def _brings_people(params: Parameters) -> bool:
    from insight.unify.privacy.vault_session import brings_people

    return brings_people(params)


def _executed_name(step: Step) -> str:
    return f"notebooks/{step.name}.ipynb"


def _listen(progress: Connection, running: dict, going: _Run) -> tuple[Step, execute.Failure] | None:
    step, process, began = running[progress]
    message = execute.heard(progress)
    if message[0] == "cell":
        going.watch(Event(step.name, "cell", cell=message[1], cells=message[2]))
        return None
    process.join()
    del running[progress]
    if message[0] == "done" and _made_of(step, going).get("raw") != going.made_of[step.name].get("raw"):
        message = ("failed", execute.Failure("SourceError", _CHANGED, None))
    if message[0] == "failed":
        going.watch(Event(step.name, "failed"))
        return step, message[1]
    _record(step, going)
    failures.mended(step.name, going.store)
    going.executed.append(step.name)
    going.watch(Event(step.name, "done", seconds=time.monotonic() - began))
    return None


def _record(step: Step, going: _Run) -> None:
    """Say in the manifest what the finished notebook was made of; before this line it counts as not run."""
    if step.name not in going.store.manifest()["steps"]:
        raise InsightError(f"{step.name}: ended without publishing. Its last code cell must be `ws.publish()`.")
    name = _executed_name(step)
    going.store.amend(
        step.name,
        made_of=going.made_of[step.name],
        executed={"file": name, "sha256": sha256_of(going.store.folder / name)},
    )
