"""Make a small project for tests of the runner."""

from pathlib import Path

from insight.storage.store import sha256_of


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
