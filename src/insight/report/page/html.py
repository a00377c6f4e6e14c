"""Pages: one self-contained file per notebook and language, and the index that one starts from.

Nothing on a page runs and nothing is fetched: no script, one style sheet that its policy names by
hash, pictures and fonts inside. No clock time and no path, so the same run gives the same bytes.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import jinja2
import nbformat
from markupsafe import Markup
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode

from insight.report import tables
from insight.report.names import HTML_LANG, OWN_NAMES, notebook_name
from insight.report.numerals import language
from insight.report.page import content, fonts
from insight.report.page.tiles import tiles_of
from insight.report.text import catalogue, render, text

TEMPLATE = Path(__file__).parent / "template"
SENTENCES_PER_REPORT = 2
_STYLE, _POLICY = "<style></style>", 'content="policy"'
_ALLOWED = (
    "default-src 'none'; img-src data:; font-src data:; style-src 'sha256-{digest}'; "
    "base-uri 'none'; form-action 'none'"
)

Provenance = Mapping[Any, Any] | Sequence[tuple[Any, Any]]
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


@dataclass(frozen=True)
class Link:
    """A place to go and what it is called."""

    href: str
    text: str


class ReportExporter(TemplateExporter):
    """The project's nbconvert exporter: an executed notebook to one page in one language.

    Parameters
    ----------
    lang
        Language of the page.
    around
        What the template needs beside the notebook's own content.
    """

    file_extension = ".html"
    output_mimetype = "text/html"

    def __init__(self, lang: str, around: Mapping[str, Any]) -> None:
        super().__init__()
        self._lang, self._around = lang, around
        self.template_file = "report.html.j2"

    def _create_environment(self) -> jinja2.Environment:
        return _templates()

    def from_notebook_node(  # type: ignore[override]  # nbconvert says that a page is a notebook
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **_options: Any
    ) -> tuple[str, dict[str, Any]]:
        """Render the page; the notebook is left as it is."""
        page = content.read(nb, lang=self._lang)
        title = page.title or render(self._around["name"])
        kicker = " · ".join(part for part in (page.number, render(self._around["name"])) if part)
        html = _finish(self.template, self._lang, page=page, title=title, kicker=kicker, **self._around)
        return html, resources or {}


def render_report(
    executed: Executed,
    *,
    notebook: str,
    lang: str,
    title: Any,
    headlines: Sequence[Mapping[str, Any]] = (),
    provenance: Provenance = (),
    notebooks: Sequence[str] = (),
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
        Name of the business (`Bilingual`, `Message` or text).
    headlines
        What the notebook stated (its headlines JSON); the first four with a label become tiles.
    provenance
        Term and text, each a message or text: data, parameters, versions, hashes.
    notebooks
        All reports of this run in order, for the way on and back.
    languages
        Languages of this run, the first one first.

    Raises
    ------
    ReportError
        If a cell failed or wrote to the error stream.
    """
    with language(lang):
        before, after = _neighbours(notebook, notebooks)
        around = {
            "name": notebook_name(notebook),
            "business": render(title),
            "tiles": tiles_of(headlines, lang=lang),
            "provenance": _pairs(provenance),
            "code": Link(f"../../../notebooks/{notebook}.ipynb", f"notebooks/{notebook}.ipynb"),
            "home": "../index.html" if lang == languages[0] else "index.html",
            "others": _others(lang, {other: f"../{report_path(notebook, other)}" for other in languages}),
            "previous": before,
            "next": after,
        }
        return ReportExporter(lang, around).from_notebook_node(_notebook(executed))[0]


def render_index(
    executed: Mapping[str, Executed],
    *,
    lang: str,
    title: Any,
    headlines: Mapping[str, Sequence[Mapping[str, Any]]],
    missing: Mapping[str, Any] | None = None,
    provenance: Provenance = (),
    languages: Sequence[str] = ("en", "zh"),
) -> str:
    """Make the page that a reader starts from, in one language.

    Parameters
    ----------
    executed
        The executed notebooks by name, or where they are.
    lang, title, provenance, languages
        As for `render_report`.
    headlines
        What each notebook stated; the first sentences stand under its question.
    missing
        Notebooks that this business cannot have, each with the reason (a message).
    """
    at_top = lang == languages[0]
    with language(lang):
        reports = [
            _entry(name, _notebook(nb), headlines.get(name, ()), lang=lang, at_top=at_top)
            for name, nb in executed.items()
        ]
        reports.sort(key=lambda report: not report["featured"])
        up = "" if at_top else "../"
        return _finish(
            _templates().get_template("index.html.j2"),
            lang,
            title=render(text("common.page.start")),
            business=render(title),
            tiles=tiles_of(headlines.get("80_brief", ()), lang=lang),
            reports=reports,
            missing=[{"kicker": _kicker(name), "why": render(why)} for name, why in sorted((missing or {}).items())],
            provenance=_pairs(provenance),
            others=_others(lang, {other: up + index_path(other, languages) for other in languages}),
        )


def _entry(
    name: str, nb: NotebookNode, headlines: Sequence[Mapping[str, Any]], *, lang: str, at_top: bool
) -> dict[str, Any]:
    _number, question = content.title_of(nb, lang=lang)
    return {
        "kicker": _kicker(name),
        "question": question or render(notebook_name(name)),
        "href": report_path(name, lang) if at_top else f"{name}.html",
        "sentences": [headline["sentence"][lang] for headline in headlines[:SENTENCES_PER_REPORT]],
        "featured": name == "80_brief",
    }


def _kicker(notebook: str) -> str:
    return f"{notebook.partition('_')[0]} · {render(notebook_name(notebook))}"


def _neighbours(notebook: str, notebooks: Sequence[str]) -> tuple[Link | None, Link | None]:
    if notebook not in notebooks:
        return None, None
    links: list[Link | None] = [Link(f"{name}.html", render(notebook_name(name))) for name in notebooks]
    before, _, after = [None, *links, None][(place := list(notebooks).index(notebook)) : place + 3]
    return before, after


def _others(lang: str, places: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {"href": href, "html_lang": HTML_LANG[other], "name": OWN_NAMES[other]}
        for other, href in places.items()
        if other != lang
    ]


def _pairs(provenance: Provenance) -> list[tuple[str, str]]:
    pairs = provenance.items() if isinstance(provenance, Mapping) else provenance
    return [(render(term), render(told)) for term, told in pairs]


def _notebook(executed: Executed) -> NotebookNode:
    return executed if isinstance(executed, NotebookNode) else nbformat.read(executed, as_version=4)


def _finish(template: jinja2.Template, lang: str, **around: Any) -> str:
    """Render, then put in the style sheet with the fonts that the page turned out to need."""
    words = {name[5:]: render(text(f"common.{name}")) for name in catalogue("common") if name.startswith("page.")}
    html = template.render(html_lang=HTML_LANG[lang], words=words, **around)
    style = fonts.faces(html, lang=lang) + (TEMPLATE / "style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    policy = _ALLOWED.format(digest=digest)
    html = html.replace(_POLICY, f'content="{policy}"', 1)
    return html.replace(_STYLE, f"<style>{style}</style>", 1)


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE), autoescape=True, undefined=jinja2.ChainableUndefined
    )
    environment.filters["markdown"] = _markdown
    environment.filters["table"] = lambda grid: Markup(tables.to_html(grid))
    return environment


def _markdown(text: str) -> Markup:
    renderer = _Text(escape=True, allow_harmful_protocols=False, exclude_anchor_links=True)
    return Markup(MarkdownWithMath(renderer=renderer).render(text))


class _Text(IPythonRenderer):
    """nbconvert's Markdown without pictures, raw HTML or headings that compete with the page's own."""

    def heading(self, text: str, level: int, **_attrs: Any) -> str:
        depth = min(max(level, 3), 4)
        return f"<h{depth}>{text}</h{depth}>"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return text

    def block_code(self, code: str, info: str | None = None) -> str:
        return f'<div class="scroll" tabindex="0"><pre>{escape(code)}</pre></div>'
