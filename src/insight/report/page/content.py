"""What a page in one language holds, read from an executed notebook.

Cells and outputs of other languages are left out, code is left out, everything else stays: what
`insight.report.display` put out as what it is, anything else as plain text. A notebook that failed
or warned is no report.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nbconvert.filters import strip_ansi
from nbformat import NotebookNode

from insight.errors import InsightError
from insight.report.text import LANGUAGES

#: Tag of a cell whose output is for who works in JupyterLab, and stays off the pages.
ONLY_IN_LAB = "lab"
_TITLE = re.compile(r"^#\s+(?:(?P<number>\d+)\s*·\s*)?(?P<title>.+?)\s*$")
_SECTION = re.compile(r"^##\s+(?:(?P<number>\d+)\s*·\s*)?(?P<title>.+?)\s*$")
_FENCE = re.compile(r"^\s*(```|~~~)")


class ReportError(InsightError):
    """An executed notebook holds something that must not be in a report."""


@dataclass(frozen=True)
class Block:
    """One thing on the page: ``kind`` is text, figure, say, table, picture or plain."""

    kind: str
    text: str = ""
    role: str = ""
    png: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Section:
    """A numbered part of the page; the first one, without a title, is what stands above them."""

    title: str
    number: str = ""
    id: str = ""
    blocks: list[Block] = field(default_factory=list)


@dataclass
class Content:
    """A page in one language."""

    title: str = ""
    number: str = ""
    lead: list[str] = field(default_factory=list)
    sections: list[Section] = field(default_factory=lambda: [Section("")])

    @property
    def opening(self) -> Section:
        """What stands above the first section."""
        return self.sections[0]


def read(notebook: NotebookNode, *, lang: str) -> Content:
    """Read the page of one language from an executed notebook.

    Raises
    ------
    ReportError
        If a cell failed or wrote to the error stream: the notebook and cell are named, not the text.
    """
    page = Content()
    absent = _absent(notebook)
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "markdown" and _speaks(cell, lang) and absent.isdisjoint(cell.metadata.get("tags", ())):
            _read_text(page, cell.source)
        if cell.cell_type == "code" and not {ONLY_IN_LAB, *absent} & set(cell.metadata.get("tags", ())):
            for block in _outputs(cell, number, lang):
                if block.role == "lead":
                    page.lead.append(block.text)
                else:
                    page.sections[-1].blocks.append(block)
    page.sections = [part for part in page.sections if part.title or part.blocks or part is page.sections[0]]
    if absent:
        _count_again(page.sections)
    return page


def _absent(notebook: NotebookNode) -> set[str]:
    """Name the parts that the notebook said it goes without (`insight.report.without`)."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ()) if "metadata" in output]
    return {output.metadata["insight"]["part"] for output in outputs if _kind(output) == "without"}


def _kind(output: NotebookNode) -> str | None:
    return output.metadata.get("insight", {}).get("kind")


def _count_again(sections: list[Section]) -> None:
    """Give the sections that stay their numbers, from the first one on."""
    numbered = [part for part in sections if part.number]
    first = int(numbered[0].number) if numbered else 0
    for number, part in enumerate(numbered, start=first):
        part.number = str(number)


def title_of(notebook: NotebookNode, *, lang: str) -> tuple[str, str]:
    """Read a notebook's number and title in one language: ``("20", "Who are our customers?")``."""
    page = Content()
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and _speaks(cell, lang) and not page.title:
            _read_text(page, cell.source)
    return page.number, page.title


def _speaks(cell: NotebookNode, lang: str) -> bool:
    tags = set(cell.metadata.get("tags", ())) & set(LANGUAGES)
    return not tags or lang in tags


def _read_text(page: Content, source: str) -> None:
    """Cut a markdown cell at its title and section headings, which are not cut inside code fences."""
    kept: list[str] = []
    fenced = False

    def keep() -> None:
        text = "\n".join(kept).strip()
        if text:
            page.sections[-1].blocks.append(Block("text", text=text))
        kept.clear()

    for line in source.splitlines():
        fenced ^= bool(_FENCE.match(line))
        title = None if fenced or page.title else _TITLE.match(line)
        section = None if fenced else _SECTION.match(line)
        if title:
            page.title, page.number = title["title"], title["number"] or ""
        elif section:
            keep()
            place = f"s{len(page.sections)}"
            page.sections.append(Section(section["title"], section["number"] or "", place))
        else:
            kept.append(line)
    keep()


def _outputs(cell: NotebookNode, number: int, lang: str) -> Iterator[Block]:
    for output in cell.outputs:
        if output.output_type == "error" or output.get("name") == "stderr":
            what = "failed" if output.output_type == "error" else "wrote to the error stream"
            raise ReportError(
                f"cell {number} of the executed notebook {what} — expected neither — no report is made of it; "
                "open the executed copy, mend the cell and run again"
            )
        if output.output_type == "stream":
            yield Block("plain", text=strip_ansi(output.text))
            continue
        ours = output.metadata.get("insight", {})
        if ours.get("lang", lang) == lang and ours.get("kind") != "without":
            yield _block(output, ours)


def _block(output: NotebookNode, ours: Mapping[str, Any]) -> Block:
    kind, data = ours.get("kind"), output.data
    if kind == "figure" and "image/png" in data:
        return Block("figure", png=_base64(data["image/png"]), about=ours)
    if kind == "say":
        return Block("say", text=ours["text"], role=ours.get("role", ""))
    if kind == "table":
        return Block("table", about=ours)
    plain = next((data[kind] for kind in ("text/plain", "text/markdown", "text/html") if kind in data), None)
    text = strip_ansi(str(plain)) if plain is not None else f"[{', '.join(sorted(data))}]"
    if "image/png" in data:
        return Block("picture", text=text, png=_base64(data["image/png"]))
    return Block("plain", text=text)


def _base64(png: str) -> str:
    """Keep the letters of base64 alone, so that nothing else can enter the page by this way."""
    return re.sub(r"[^A-Za-z0-9+/=]", "", png)
