"""What somebody who waits for a run sees: a line per notebook and cell, or on a terminal one that moves."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from insight.runner.run import Event


class Progress:
    """Shows events; use as a context.

    On a terminal each running notebook has one moving line; elsewhere (CI, a log file) every cell
    is a line of its own.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._running: dict[str, Event] = {}
        self._live = Live(console=console, transient=True, auto_refresh=False) if console.is_terminal else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live:
            self._live.stop()

    def show(self, event: Event) -> None:
        """Show one event."""
        if event.state in ("running", "cell"):
            self._running[event.notebook] = event
        else:
            self._running.pop(event.notebook, None)
        if self._live is None or event.state not in ("running", "cell"):
            self._console.print(describe(event), markup=False)
        if self._live is not None:
            lines = [describe(running) for running in self._running.values()]
            self._live.update(Text("\n".join(lines)), refresh=True)


def describe(event: Event) -> str:
    """Give an event as one line of text.

    Examples
    --------
    >>> describe(Event("20_customer_profile", "cell", cell=3, cells=14))
    '20_customer_profile   cell 3 of 14'
    """
    states = {
        "running": "started",
        "cell": f"cell {event.cell} of {event.cells}",
        "done": f"done in {event.seconds:.1f} s",
        "unchanged": "unchanged",
        "unavailable": f"not available for this business: needs {event.detail}",
        "failed": "failed",
        "waits": f"not made: it follows from {event.detail}",
        "rendered": event.detail,
        "told": event.detail,
    }
    return f"{event.notebook:<21} {states[event.state]}"
