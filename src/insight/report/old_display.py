"""What notebook cells put on the page: figures, sentences and tables, once per language of the run.

The runner names the languages in ``INSIGHT_LANGUAGES``; each output then carries its language and
the exporter keeps one. Without it, as in JupyterLab, only the notebook's own ``lang`` is shown.
"""

import base64
import os
from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd
from IPython import get_ipython
from IPython.display import display

from insight.report import tables
from insight.report.language import LANGUAGES, TranslationError, language, render
from insight.report.plot import Drawing, Figure
from insight.report.text import text

ROLES = (None, "so_what", "mind", "lead")
WORDS = {
    "so_what": text("common.page.so_what"),
    "mind": text("common.page.caution"),
    "numbers": text("common.page.numbers"),
}
_OWN: dict[str, str] = {}


def setup(lang: str) -> None:
    """Choose the language that is shown in JupyterLab; without it, the notebook's ``lang`` parameter."""
    if lang not in LANGUAGES:
        raise TranslationError(f"lang {lang!r} — expected one of {', '.join(LANGUAGES)}")
    _OWN["lang"] = lang


def languages() -> tuple[str, ...]:
    """Name the languages that outputs are made in.

    Examples
    --------
    >>> languages()
    ('en',)
    """
    named = tuple(lang.strip() for lang in os.environ.get("INSIGHT_LANGUAGES", "").split(",") if lang.strip())
    unknown = [lang for lang in named if lang not in LANGUAGES]
    if unknown:
        raise TranslationError(f"INSIGHT_LANGUAGES — expected {', '.join(LANGUAGES)}, found {', '.join(unknown)}")
    return named or (_own_language(),)


def _own_language() -> str:
    shell = get_ipython()
    lang = _OWN.get("lang") or (shell.user_ns.get("lang") if shell else None)
    return lang if lang in LANGUAGES else "en"


def _in_lab() -> bool:
    return not os.environ.get("INSIGHT_LANGUAGES")


def show(
    figure: Figure,
    *,
    finding: Any,
    what: Any,
    alt: Any,
    source: Any,
    numbers: pd.DataFrame | None = None,
    columns: Mapping[str, tables.Col] | None = None,
) -> None:
    """Show a figure with its finding above, its source beneath, its numbers as a table.

    Parameters
    ----------
    figure
        From a function under `insight.report.figures`.
    finding
        What the figure says, in a sentence made from the numbers.
    what
        What is plotted, with its unit.
    alt
        What the picture shows, for those who cannot see it.
    source
        Which data, up to which day, how many.
    numbers, columns
        The plotted numbers and how to show them, as for `table`.
    """
    for lang in languages():
        drawing = figure.draw(lang)
        with language(lang):
            about = {
                "finding": render(finding),
                "what": render(what),
                "alt": render(alt),
                "source": render(source),
            }
            about |= {"width": drawing.width, "height": drawing.height}
            if numbers is not None:
                about["numbers"] = tables.grid(numbers, title=what, columns=columns).as_data()
            picture = _picture(drawing, about)
        text = f"[Figure] {about['alt']} | data sha256:{drawing.digest}"
        _emit(lang, "figure", {"text/plain": text, **picture}, about)


def _picture(drawing: Drawing, about: dict[str, Any]) -> dict[str, str]:
    png = base64.b64encode(drawing.png).decode("ascii")
    if not _in_lab():
        return {"image/png": png}
    numbers = tables.to_html(tables.Grid.from_data(about["numbers"])) if "numbers" in about else ""
    html = (
        f"<h4>{escape(about['finding'])}</h4><p>{escape(about['what'])}</p>"
        f'<img alt="{escape(about["alt"])}" width="640" src="data:image/png;base64,{png}">'
        f"<p><small>{escape(about['source'])}</small></p>"
    )
    return {
        "text/html": html
        + (f"<details><summary>{escape(render(WORDS['numbers']))}</summary>{numbers}</details>" if numbers else "")
    }


def say(message: Any, *, role: str | None = None) -> None:
    """Say a sentence; ``role`` is ``so_what``, ``mind`` or ``lead`` (which goes under the page's title)."""
    if role not in ROLES:
        raise ValueError(f"say: role is one of {ROLES}, not {role!r}")
    for lang in languages():
        with language(lang):
            told = render(message)
            label = render(WORDS[role]) if role in WORDS else ""
        html = f"<p>{f'<b>{escape(label)}</b> ' if label else ''}{escape(told)}</p>"
        _emit(
            lang,
            "say",
            {"text/plain": told, "text/html": html},
            {"role": "caution" if role == "mind" else role or "", "text": told},
        )


def table(frame: pd.DataFrame, *, title: Any, columns: Mapping[str, tables.Col] | None = None, note: Any = "") -> None:
    """Show a small table: about ten rows and six columns, units in the heads.

    Groups below the smallest size must be suppressed before: `insight.report.disclosure.suppress`.
    """
    for lang in languages():
        with language(lang):
            shown = tables.grid(frame, title=title, columns=columns, note=note)
        bundle = {"text/plain": tables.to_text(shown), "text/html": tables.to_html(shown)}
        _emit(lang, "table", bundle, {"table": shown.as_data()})


def without(part: str) -> None:
    """Leave the text cells with this tag out of the pages: the business has nothing that they speak of."""
    display({"text/plain": f"[without {part}]"}, metadata={"insight": {"kind": "without", "part": part}}, raw=True)


def _emit(lang: str, kind: str, bundle: dict[str, str], about: dict[str, Any]) -> None:
    display(bundle, metadata={"insight": {"lang": lang, "kind": kind, **about}}, raw=True)
