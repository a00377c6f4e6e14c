"""Make a small project for tests of the runner."""

from pathlib import Path


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
