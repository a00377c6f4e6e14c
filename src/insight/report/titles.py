"""Titles of notebooks, by which reports name one another."""

import re
from collections.abc import Iterator

from nbformat import NotebookNode

from insight.words.text import LANGUAGES

TITLE = re.compile(r"^#\s+(?:(?P<number>\d+)\s*·\s*)?(?P<title>.+?)\s*$")

_FENCE = re.compile(r"^\s*(```|~~~)")


def title_of(notebook: NotebookNode, *, lang: str) -> str:
    """Read a notebook's title in one language: ``Who are our customers?``; empty where it has none."""
    written = (cell.source for cell in notebook.cells if cell.cell_type == "markdown" and speaks(cell, lang))
    lines = (line for source in written for line, is_code in lines_of(source) if not is_code)
    return next((title["title"] for line in lines if (title := TITLE.match(line))), "")


def lines_of(source: str) -> Iterator[tuple[str, bool]]:
    """Give the lines of a markdown cell, each with whether it stands in a code fence, where nothing is a heading."""
    fenced = False
    for line in source.splitlines():
        fenced ^= bool(_FENCE.match(line))
        yield line, fenced


def speaks(cell: NotebookNode, lang: str) -> bool:
    """Say whether a cell belongs to a page in one language: it names that, or none."""
    tags = set(cell.metadata.get("tags", ())) & set(LANGUAGES)
    return not tags or lang in tags
