"""Pages: one self-contained file per notebook and language, and the index that one starts from.

Nothing on a page runs and nothing is fetched: no script, one style sheet that its policy names by
hash, pictures and fonts inside. No clock time and no path, so the same run gives the same bytes.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import jinja2
import nbformat
from markupsafe import Markup
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode

from insight.decide.brief import CHANGES
from insight.pages import content, departments, fonts, glossary, links, sheets, svg
from insight.report import tables
from insight.report.tiles import changes_of, periods_of, tiles_of
from insight.words.names import HTML_LANG, OWN_NAMES, notebook_name
from insight.words.numerals import language
from insight.words.text import Text, catalogue, render, text

TEMPLATE = Path(__file__).parent / "template"
SENTENCES_PER_REPORT = 1
_STYLE, _POLICY = "<style></style>", 'content="policy"'
_ALLOWED = (
    "default-src 'none'; img-src data:; font-src data:; style-src 'sha256-{digest}'; "
    "base-uri 'none'; form-action 'none'"
)

_NUMBER = Markup('<span data-measure="{}">{}</span>')

Executed = NotebookNode | Path | str


def report_path(notebook: str, lang: str) -> str:
    """Say where a report stands under ``reports/<dataset>/``: ``en/20_customer_profile.html``."""
    return f"{lang}/{notebook}.html"


def index_path(lang: str, languages: Sequence[str]) -> str:
    """Say where an index stands: the first language's at the top, the others' with their reports.

    Examples
    --------
    >>> index_path("en", ["en", "zh"]), index_path("zh", ["en", "zh"])
    ('index.html', 'zh/index.html')
    """
    return "index.html" if lang == languages[0] else f"{lang}/index.html"


def render_report(
    executed: Executed,
    *,
    notebook: str,
    lang: str,
    title: Any,
    headlines: Sequence[Mapping[str, Any]] = (),
    kpis: Sequence[Mapping[str, Any]] = (),
    provenance: Sequence[tuple[Any, Any]] = (),
    notebooks: Sequence[str] = (),
    life: Sequence[departments.Step] = (),
    languages: Sequence[str] = ("en", "zh"),
) -> str:
    """Make the page of one notebook in one language.

    Parameters
    ----------
    executed
        The executed notebook, or where it is.
    notebook
        Its name without ending, e.g. ``20_customer_profile``.
    lang
        ``en`` or ``zh``.
    title
        Name of the business.
    headlines
        What the notebook stated (its headlines JSON); the first four with a label become tiles.
    kpis
        What was stated with its change; those that matter to the page become tiles, too.
    provenance
        Term and text: data, parameters, versions, hashes.
    notebooks
        All reports of this run in order, for the way on and back.
    life
        The moments of a card's life, where the page shows them.
    languages
        Languages of this run, the first one first.

    Raises
    ------
    ReportError
        If a cell failed or wrote to the error stream.
    """
    page = content.read(_notebook(executed), lang=lang)
    order = [*notebooks] if notebook in notebooks else [notebook]
    place = order.index(notebook)
    with language(lang):
        name = render(notebook_name(notebook))
        return _finish(
            "report.html.j2",
            lang,
            page=page,
            title=page.title or name,
            kicker=" · ".join(filter(None, (page.number, name))),
            business=render(title),
            tiles=[tile for tile in tiles_of(headlines, lang=lang) if tile not in [step.tile for step in life]],
            **_changes(kpis, notebook, lang),
            life=life,
            provenance=provenance,
            notebook=notebook,
            is_composed=notebook in departments.DEPARTMENTS,
            home="../index.html" if lang == languages[0] else "index.html",
            menu_pages={name: f"{name}.html" for name in order},
            places={other: f"../{report_path(notebook, other)}" for other in languages},
            previous=order[place - 1] if place else None,
            next=order[place + 1] if place + 1 < len(order) else None,
            glossary=f"{glossary.NAME}.html",
        )


def sheets_of(executed: Executed, *, notebook: str, lang: str) -> dict[str, bytes]:
    """Give the files with a page's tables, by where each stands under ``reports/<dataset>/``."""
    found = sheets.sheets(content.read(_notebook(executed), lang=lang), notebook)
    return {f"{lang}/{name}": sheet for name, sheet in found.items()}


def render_index(
    executed: Mapping[str, Executed],
    *,
    lang: str,
    title: Any,
    headlines: Mapping[str, Sequence[Mapping[str, Any]]],
    until: date | None = None,
    kpis: Sequence[Mapping[str, Any]] = (),
    missing: Mapping[str, Any] | None = None,
    provenance: Sequence[tuple[Any, Any]] = (),
    life: Sequence[departments.Step] = (),
    languages: Sequence[str] = ("en", "zh"),
) -> str:
    """Make the page that a reader starts from, in one language.

    Parameters
    ----------
    executed
        The executed notebooks by name, or where they are.
    lang, title, kpis, provenance, life, languages
        As for `render_report`.
    headlines
        What each notebook stated; the first sentence stands under its question where its page has no lead.
    until
        Last day of the data.
    missing
        Notebooks that this business cannot have, each with the reason (a text).
    """
    at_top = lang == languages[0]
    pages = {name: report_path(name, lang) if at_top else f"{name}.html" for name in executed}
    reports = [
        {
            "name": name,
            "page": content.read(_notebook(executed[name]), lang=lang),
            "href": pages[name],
            "sentences": [
                (line["sentence"][lang], line.get("states", {}).get("sentence", {}).get(lang, ()))
                for line in headlines.get(name, ())[:SENTENCES_PER_REPORT]
            ],
            "featured": name == "80_brief",
        }
        for name in executed
        if name not in departments.DEPARTMENTS  # the picture of a card's life leads to these
    ]
    with language(lang):
        return _finish(
            "index.html.j2",
            lang,
            title=render(text("common.page.start")),
            until=until and render(text("common.about.until", day=until)),
            business=render(title),
            **_changes(kpis, "80_brief", lang),
            life=life,
            reports=sorted(reports, key=lambda report: not report["featured"]),
            missing=sorted((missing or {}).items()),
            provenance=provenance,
            home="index.html",
            menu_pages=pages,
            places={other: ("" if at_top else "../") + index_path(other, languages) for other in languages},
            glossary=report_path(glossary.NAME, lang) if at_top else f"{glossary.NAME}.html",
        )


def _changes(kpis: Sequence[Mapping[str, Any]], notebook: str, lang: str) -> dict[str, Any]:
    """Give the tiles of the figures that matter to a page, and the words above them."""
    changes = changes_of(kpis, CHANGES.get(notebook[:2], ()), lang=lang)
    return {"changes": changes, "periods": periods_of(kpis) if changes else None}


def render_glossary(
    stated: Iterable[Mapping[str, Any]],
    *,
    lang: str,
    title: Any,
    notebooks: Sequence[str] = (),
    provenance: Sequence[tuple[Any, Any]] = (),
    languages: Sequence[str] = ("en", "zh"),
) -> str:
    """Make the page that defines what the others state: the statements of all pages (`glossary.statements`)."""
    with language(lang):
        return _finish(
            "glossary.html.j2",
            lang,
            title=render(text("common.page.glossary")),
            business=render(title),
            entries=glossary.entries(stated, lang=lang),
            provenance=provenance,
            home="../index.html" if lang == languages[0] else "index.html",
            menu_pages={name: f"{name}.html" for name in notebooks},
            places={other: f"../{report_path(glossary.NAME, other)}" for other in languages},
            glossary=f"{glossary.NAME}.html",
            is_glossary=True,
        )


def statements(
    executed: Mapping[str, Executed],
    headlines: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    lang: str,
    life: Mapping[str, Sequence[departments.Step]] | None = None,
) -> list[dict[str, Any]]:
    """List what every report states, tiles and the ``life`` that it shows included (`glossary.statements`)."""
    found: list[dict[str, Any]] = []
    for name, notebook in executed.items():
        page = content.read(_notebook(notebook), lang=lang)
        tiles = tiles_of(headlines.get(name, ()), lang=lang)
        tiles += [step.tile for step in (life or {}).get(name, ()) if step.tile]
        found += glossary.statements(name, page, tiles)
    return found


def _notebook(executed: Executed) -> NotebookNode:
    return executed if isinstance(executed, NotebookNode) else nbformat.read(executed, as_version=4)


def _finish(template: str, lang: str, **around: Any) -> str:
    """Render, then put in the style sheet with the fonts that the page turned out to need."""
    words = {name[5:]: render(text(f"common.{name}")) for name in catalogue("common") if name.startswith("page.")}
    html = _templates().get_template(template).render(lang=lang, words=words, **around)
    html = links.linked(html, _places(around["menu_pages"], but=around.get("notebook")))
    style = fonts.faces(html, lang=lang) + (TEMPLATE / "style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    html = html.replace(_POLICY, f'content="{_ALLOWED.format(digest=digest)}"', 1)
    return html.replace(_STYLE, f"<style>{style}</style>", 1)


def _places(pages: Mapping[str, str], *, but: str | None) -> dict[str, str]:
    """Give the address of each report by how a sentence names it (`common.report`), that of one page left out."""
    named = {name: notebook_name(name) for name in pages if name != but}
    said = {name: text("common.report", name=words) for name, words in named.items() if isinstance(words, Text)}
    return {render(words): pages[name] for name, words in said.items()}


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE), autoescape=True, undefined=jinja2.ChainableUndefined
    )
    environment.globals |= {"html_lang": HTML_LANG, "own_names": OWN_NAMES}
    environment.filters |= {
        "in_words": render,
        "notebook_name": lambda name: render(notebook_name(name)),
        "markdown": lambda text: Markup(MarkdownWithMath(renderer=_Text()).render(text)),
        "table": lambda grid: Markup(tables.to_html(grid, glossary=f"{glossary.NAME}.html")),
        "measured": _measured,
        "cells": _cells,
        "drawings": _drawings,
        "sheet_name": sheets.sheet_name,
        "measure_name": glossary.name_of,
    }
    return environment


def _measured(words: str, numbers: Sequence[Mapping[str, Any]] | None) -> Markup:
    """Mark each number of a text with the measure that it states."""
    marked, end = Markup(), 0
    for number in numbers or ():
        marked += words[end : number["start"]]
        marked += _NUMBER.format(number["measure"], words[number["start"] : number["end"]])
        end = number["end"]
    return marked + words[end:]


def _cells(grid: Mapping[str, Any]) -> list[list[Markup]]:
    """Give the rows of a table with the numbers in its words marked."""
    numbers = grid.get("word_numbers", ())
    return [
        [
            _measured(cell, [number for number in numbers if (number["row"], number["column"]) == (row, column)])
            for column, cell in enumerate(cells)
        ]
        for row, cells in enumerate(grid["rows"])
    ]


def _drawings(block: content.Block, name: str) -> Markup:
    """Write a figure in the form for a desk and in that for a phone; the style sheet shows one of them."""
    words = {"title": block.about["finding"], "desc": block.about["alt"]}
    forms = {"desk": block.svg, "phone": block.about["narrow"]}
    return Markup("").join(
        Markup(svg.written_again(drawing, name=name, form=form, **words)) for form, drawing in forms.items()
    )


class _Text(IPythonRenderer):
    """nbconvert's Markdown without pictures, raw HTML or headings that compete with the page's own."""

    def __init__(self) -> None:
        super().__init__(escape=True, allow_harmful_protocols=False, exclude_anchor_links=True)

    def heading(self, text: str, level: int, **_attrs: Any) -> str:
        depth = min(max(level, 3), 4)
        return f"<h{depth}>{text}</h{depth}>"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return text

    def block_code(self, code: str, info: str | None = None) -> str:
        return f'<div class="scroll" tabindex="0"><pre>{escape(code)}</pre></div>'
