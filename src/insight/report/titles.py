"""Titles of notebooks, by which reports name one another."""

import re

from nbformat import NotebookNode

from insight.words.text import LANGUAGES

TITLE = re.compile(r"^#\s+(?:(?P<number>\d+)\s*·\s*)?(?P<title>.+?)\s*$")


def title_of(notebook: NotebookNode, *, lang: str) -> str:
    """Read a notebook's title in one language: ``Who are our customers?``; empty where it has none."""
    written = (cell.source for cell in notebook.cells if cell.cell_type == "markdown" and speaks(cell, lang))
    titles = (TITLE.match(line) for source in written for line in source.splitlines())
    return next((title["title"] for title in titles if title), "")


def speaks(cell: NotebookNode, lang: str) -> bool:
    """Say whether a cell belongs to a page in one language: it names that, or none."""
    tags = set(cell.metadata.get("tags", ())) & set(LANGUAGES)
    return not tags or lang in tags
