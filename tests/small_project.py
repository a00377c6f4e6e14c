"""Make a small project for tests of the runner, and lend its runs a server."""

import atexit
import tempfile
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path

from insight.runner import warm
from insight.runner.freshness import code_files
from insight.storage.store import sha256_of

_LENT: list[warm.Server] = []


def lend_server(folder: Path, environment: dict[str, str], files: set[Path]) -> AbstractContextManager[warm.Server]:
    """Give a run that this process makes the server of the first one, which has loaded what every notebook needs.

    Of servers, and of runs with one of their own, are tests/runner/test_warm.py and every ``insight`` that is called.
    """
    if not _LENT:
        held = ExitStack()
        atexit.register(held.close)
        place = Path(held.enter_context(tempfile.TemporaryDirectory()))  # short, for sockets
        notebooks = (Path(__file__).parents[1] / "notebooks").glob("*.ipynb")
        _LENT.append(held.enter_context(_OWN(place, environment, files.union(*map(code_files, notebooks)))))
    return nullcontext(_LENT[0])


_OWN = warm.Server  # as it is before a test puts this function in its place


def write_notebook(path: Path, *cells: str, needs=(), uses=(), writes=()) -> None:
    """Write a small notebook: a parameters cell, then the given code cells."""
    import nbformat

    first = nbformat.v4.new_code_cell('dataset: str = "shop"\nlang: str = "en"', metadata={"tags": ["parameters"]})
    notebook = nbformat.v4.new_notebook(cells=[first, *map(nbformat.v4.new_code_cell, cells)])
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"c{number:02d}"
    notebook.metadata["insight"] = {"needs": list(needs), "uses": list(uses), "writes": list(writes)}
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)


def bytes_below(folder: Path) -> dict[str, str]:
    """Hash every file below a folder but the locks, by its path there."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".lock"))
    return {str(path.relative_to(folder)): sha256_of(path) for path in files}
