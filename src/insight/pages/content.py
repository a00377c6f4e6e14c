"""What a page in one language holds, read from an executed notebook.

Cells and outputs of other languages are left out, code is left out, everything else stays: what
`insight.report.display` put out as what it is, anything else as plain text. A notebook that failed
or warned is no report.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from nbconvert.filters import strip_ansi
from nbformat import NotebookNode

from insight.errors import InsightError
from insight.report.titles import TITLE, lines_of, speaks

#: Tag of a cell that is for who works in JupyterLab: its text, or its output, stays off the pages.
ONLY_IN_LAB = "lab"
_SECTION = re.compile(r"^##\s+(?:(?P<number>\d+)\s*·\s*)?(?P<title>.+?)\s*$")


class ReportError(InsightError):
    """An executed notebook holds something that must not be in a report."""


@dataclass(frozen=True)
class Block:
    """One thing on the page: ``kind`` is text, figure, say, table, picture, plain, or the definitions of a finding."""

    kind: str
    text: str = ""
    role: str = ""
    png: str = ""
    svg: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def numbers(self) -> list[tuple[str, dict[str, Any]]]:
        """List what its numbers state, each with the part of it that it stands in: a title, a sentence, a cell."""
        found = [(part, number) for part, numbers in self.about.get("states", {}).items() for number in numbers]
        table = self.about.get("table") or self.about.get("numbers") or {}
        parts = {"cell": "numbers", "words": "word_numbers", "note": "note_numbers"}
        parts |= {"title": "title_numbers"} if self.kind == "table" else {}
        return found + [(part, number) for part, name in parts.items() for number in table.get(name, ())]


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
    lead: list[Block] = field(default_factory=list)
    cards: list[Block] = field(default_factory=list)
    sections: list[Section] = field(default_factory=lambda: [Section("")])

    @property
    def picture(self) -> Block | None:
        """Give the figure that stands for the page: the one that its finding marks as such, else the first."""
        figures = [block for part in self.sections for block in part.blocks if block.kind == "figure"]
        return max(figures, key=lambda block: bool(block.about.get("main")), default=None)


def read(notebook: NotebookNode, *, lang: str) -> Content:
    """Read the page of one language from an executed notebook.

    Raises
    ------
    ReportError
        If a cell failed or wrote to the error stream: the notebook and cell are named, not the text.
    """
    page = Content()
    ours = [_ours(output) for cell in notebook.cells for output in cell.get("outputs", ())]
    absent = {about["part"] for about in ours if about.get("kind") == "without"}
    for number, cell in enumerate(notebook.cells, start=1):
        tags = set(cell.metadata.get("tags", ()))
        if tags & {ONLY_IN_LAB, *absent}:
            continue
        if cell.cell_type == "markdown" and speaks(cell, lang):
            _read_text(page, cell.source)
        if cell.cell_type == "code":
            blocks = list(_outputs(cell, number, lang))
            page.lead += [block for block in blocks if block.role == "lead"]
            page.cards += [block for block in blocks if block.role == "cards"]
            page.sections[-1].blocks += [block for block in blocks if block.role not in ("lead", "cards")]
    page.sections = [part for part in page.sections if part.title or part.blocks or part is page.sections[0]]
    for part in page.sections:
        part.blocks = list(_with_definitions(part.blocks))
    numbered = [part for part in page.sections if part.number]
    if absent and numbered:  # what stays is counted on from the first number
        for number, part in enumerate(numbered, start=int(numbered[0].number)):
            part.number = str(number)
    return page


def _with_definitions(blocks: list[Block]) -> Iterator[Block]:
    """Put beneath each finding the measures that it states, each where a section first does."""
    told: set[str] = set()
    for key, group in groupby(blocks, key=lambda block: block.about.get("key", "")):
        found = list(group)
        yield from found
        measures = [number["measure"] for block in found for _part, number in block.numbers]
        if new := [name for name in dict.fromkeys(measures) if name not in told]:
            told |= {*new}
            yield Block("definitions", about={"key": key, "measures": new})


def _ours(output: NotebookNode) -> Mapping[str, Any]:
    """Give what `insight.report.display` says of an output; nothing of one that is not its own."""
    return output.get("metadata", {}).get("insight", {})


def _read_text(page: Content, source: str) -> None:
    """Cut a markdown cell at its title and section headings, which are not cut inside code fences."""
    parts: list[list[str]] = [[]]
    sections = [page.sections[-1]]
    for line, fenced in lines_of(source):
        title = None if fenced or page.title else TITLE.match(line)
        section = None if fenced else _SECTION.match(line)
        if title:
            page.title, page.number = title["title"], title["number"] or ""
        elif section:
            page.sections.append(Section(section["title"], section["number"] or "", f"s{len(page.sections)}"))
            sections.append(page.sections[-1])
            parts.append([])
        else:
            parts[-1].append(line)
    for place, lines in zip(sections, parts, strict=True):
        if text := "\n".join(lines).strip():
            place.blocks.append(Block("text", text=text))


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
        elif _ours(output).get("lang", lang) == lang and _ours(output).get("kind") != "without":
            yield _block(output.data, _ours(output))


def _block(data: Mapping[str, Any], about: Mapping[str, Any]) -> Block:
    kind, role = about.get("kind", ""), about.get("role", "")
    # The letters of base64 alone, so that nothing else can enter the page by this way.
    png = re.sub(r"[^A-Za-z0-9+/=]", "", data.get("image/png", ""))
    svg = data.get("image/svg+xml", "")
    if kind in ("say", "table") or (kind == "figure" and svg):
        return Block(kind, text=about.get("text", ""), role=role, svg=svg, about=about)
    plain = next((data[kind] for kind in ("text/plain", "text/markdown", "text/html") if kind in data), None)
    text = strip_ansi(str(plain)) if plain is not None else f"[{', '.join(sorted(data))}]"
    return Block("picture" if png else "plain", text=text, png=png)
