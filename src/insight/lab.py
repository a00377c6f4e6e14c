"""What is different for who works in JupyterLab: tables to sort and filter, rows of engine tables, word of slow cells.

Nothing of it happens in a run: pages and recordings are made of outputs, and those stay as they are.
"""

import contextvars
import os
import sys
import threading
import time
from functools import cache
from html import escape
from types import FrameType
from typing import Any

import ibis
from IPython import get_ipython
from IPython.core.guarded_eval import EVALUATION_POLICIES
from IPython.display import HTML, display

from insight.storage.owner_only import write_for_owner
from insight.words.text import text

PATIENCE_SECONDS = 3.0
_EVERY_SECONDS = 1.0
_OWN_PARTS = "insight."
#: JupyterLab sets every cell of a table to the right, which suits numbers.
_TEXT_TO_THE_LEFT = ".jp-RenderedHTMLCommon table.dataTable :is(th, td):not(.dt-type-numeric) {text-align: left}"


def setup() -> None:
    """Prepare a notebook for JupyterLab; in a run, where the runner names the languages, nothing happens."""
    shell = get_ipython()
    if shell is None or os.environ.get("INSIGHT_LANGUAGES"):
        return
    write_for_owner()
    shell.Completer.use_jedi = False  # it executes what it completes: a query, to offer the methods of its result
    looks: Any = EVALUATION_POLICIES["limited"]
    looks.allowed_getattr_external.add(("ibis", "Table"))  # whose columns describe a query, and execute none
    ibis.options.interactive = True
    _prepare(shell)


@cache
def _prepare(shell: Any) -> None:
    """Do what is done once in a kernel."""
    _sort_and_filter()
    told = SlowCells()
    shell.events.register("pre_run_cell", told.begin)
    shell.events.register("post_run_cell", told.end)


def _sort_and_filter() -> None:
    """Let every DataFrame be sorted, searched and paged, by what the package itself brings: no request is made."""
    import itables

    itables.init_notebook_mode(all_interactive=True, connected=False)
    display(HTML(f"<style>{_TEXT_TO_THE_LEFT}</style>"))


class SlowCells:
    """Says beneath a cell that takes long what it is at, and since when; at its end, how long it took."""

    def __init__(self) -> None:
        self._ended, self._watcher = threading.Event(), threading.Thread()

    def begin(self, _info: object = None) -> None:
        """Begin to watch a cell."""
        self._ended = threading.Event()
        # in the cell's own context, which says which cell an output belongs to
        watch = contextvars.copy_context().run, self._tell, self._ended, threading.get_ident()
        self._watcher = threading.Thread(target=watch[0], args=watch[1:], daemon=True)
        self._watcher.start()

    def end(self, _result: object = None) -> None:
        """Stop to watch it, once its last word is said: what comes after a cell's end may be shown nowhere."""
        self._ended.set()
        if self._watcher.is_alive():
            self._watcher.join()

    def _tell(self, ended: threading.Event, thread: int) -> None:
        began = time.monotonic()
        if ended.wait(PATIENCE_SECONDS):
            return
        shown = display(self._so_far(began, thread), display_id=True)
        while not ended.wait(_EVERY_SECONDS):
            shown.update(self._so_far(began, thread))
        shown.update(_word("took", began))

    def _so_far(self, began: float, thread: int) -> HTML:
        step = step_of(sys._current_frames().get(thread))
        return _word("busy" if step is None else "busy_in", began, step=step)


def step_of(frame: FrameType | None) -> str | None:
    """Name the function of ours that a cell called and is still in; none where it is in code of its own."""
    step = None
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith(_OWN_PARTS):
            step = f"{module.removeprefix(_OWN_PARTS)}.{frame.f_code.co_name}"
        frame = frame.f_back
    return step


def _word(key: str, began: float, **facts: Any) -> HTML:
    shell = get_ipython()
    lang = str(shell.user_ns.get("lang", "en")) if shell else "en"
    said = text(f"common.lab.{key}", seconds=int(time.monotonic() - began), **facts).in_language(lang)
    return HTML(f"<small>{escape(said)}</small>")
