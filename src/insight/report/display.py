"""What notebook cells put on the page: findings, once per language of the run.

The runner names the languages in ``INSIGHT_LANGUAGES``; each output then carries its language and
the exporter keeps one. Without it, as in JupyterLab, only the notebook's own ``lang`` is shown.
"""

import base64
import os
from html import escape
from typing import Any

import pandas as pd
from IPython import get_ipython
from IPython.display import display

from insight.errors import Unavailable
from insight.report import tables
from insight.report.context import context
from insight.report.finding import CURRENCY, STATEMENTS, Finding, reason_of
from insight.report.numerals import language
from insight.report.plot import Drawing
from insight.report.text import LANGUAGES, Text, TranslationError, columns_of, has_text, render, text
from insight.storage import workspace

#: Columns of a frame that are written out. Left alone, pandas decides by where it was imported: in a kernel, in the
#: server that kernels are forked from, or in a terminal; and a recording would hold for one of them.
_COLUMNS = 20
pd.set_option("display.max_columns", _COLUMNS)

_OWN: dict[str, str] = {}
_LAST: dict[str, str] = {}


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


def show(*findings: Finding | Unavailable | Text) -> None:
    """Show findings on the page, and state their headlines in the open workspace.

    Parameters
    ----------
    *findings
        Findings; a result that cannot be had shows its reason, a text of the catalogue itself.
        The same reason is said once in a row, in a run also where the cells that follow one another have the same.
    """
    said: set[str] = set()
    for item in findings:
        if isinstance(item, Finding):
            _show(item, said)
            _state(item)
        else:
            _say_once(reason_of(item) if isinstance(item, Unavailable) else item, "", said)


def _show(item: Finding, said: set[str]) -> None:
    shown = item.shown_table()
    if item.figure is not None:
        _show_figure(item, shown)
    elif shown is not None:
        _show_table(item, shown)
    for role in STATEMENTS:
        words = item.part(role)
        if words is not None:
            _say_once(words, "" if role == "says" else role, said)


def _say_once(words: Any, role: str, said: set[str]) -> None:
    mark = f"{role}: {render(words, 'en')}"
    is_repeated = mark in said or (_LAST.get("said") == mark and not _in_lab())
    if not is_repeated:
        said.add(mark)
        _say(words, role)
        _LAST["said"] = mark


def _say(words: Any, role: str) -> None:
    label_key = f"common.page.{role}"
    for lang in languages():
        with language(lang):
            told = render(words)
            label = render(text(label_key)) if role and has_text(label_key) else ""
        html = f"<p>{f'<b>{escape(label)}</b> ' if label else ''}{escape(told)}</p>"
        _emit(lang, "say", {"text/plain": told, "text/html": html}, {"role": role, "text": told})


def _show_table(item: Finding, shown: pd.DataFrame) -> None:
    for lang in languages():
        with language(lang):
            grid = _grid(item, shown, title=item.part("title"), note=item.part("note") or "")
        bundle = {"text/plain": tables.to_text(grid), "text/html": tables.to_html(grid)}
        _emit(lang, "table", bundle, {"table": grid.as_data()})


def _show_figure(item: Finding, shown: pd.DataFrame | None) -> None:
    figure = item.figure(shown) if callable(item.figure) else item.figure
    if figure is None:
        raise ValueError(f"{item.key}: expected a figure, found none")
    labels = {axis: item.part(f"axis.{axis}") for axis in ("x", "y")}
    for lang in languages():
        drawing = figure.draw(lang, **labels)
        with language(lang):
            about: dict[str, Any] = {
                "finding": render(item.part("title")),
                "what": render(item.part("caption")),
                "alt": render(item.part("alt")),
                "source": render(item.part("source")),
                "width": drawing.width,
                "height": drawing.height,
            }
            if shown is not None:
                about["numbers"] = _grid(item, shown, title=item.part("caption")).as_data()
            picture = _picture(drawing, about)
        told = f"[Figure] {about['alt']} | data sha256:{drawing.digest}"
        _emit(lang, "figure", {"text/plain": told, **picture}, about)


def _grid(item: Finding, shown: pd.DataFrame, *, title: Any, note: Any = "") -> tables.Grid:
    laid_out = columns_of(item.key) if item.columns is None else item.columns
    columns = {name: tables.Col.of(how, item.part(f"column.{name}")) for name, how in (laid_out or {}).items()}
    return tables.grid(shown, title=title, columns=columns or None, note=note)


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
    unfolds = f"<details><summary>{escape(render(text('common.page.numbers')))}</summary>{numbers}</details>"
    return {"text/html": html + (unfolds if numbers else "")}


def _state(item: Finding) -> None:
    """State a finding's headlines; a name that is stated already stays as it was."""
    ws = workspace.opened()
    if ws is None:
        return
    for headline in item.headlines:
        if not ws.has_headline(headline.name):
            ws.headline(
                headline.name,
                headline.value,
                unit=context().currency if headline.unit == CURRENCY else headline.unit,
                low=headline.low,
                high=headline.high,
                **item.in_words(headline),
            )


def glance(result: pd.DataFrame | Unavailable, *, rows: int = 12) -> pd.DataFrame | None:
    """Give the first rows of a result, rounded, for who works in JupyterLab; nothing where it cannot be had.

    Examples
    --------
    >>> print(glance(pd.DataFrame({"share": [0.12345, 0.5]}), rows=1))
       share
    0  0.123
    """
    return None if isinstance(result, Unavailable) else result.head(rows).round(3)


def without(part: str) -> None:
    """Leave the text cells with this tag out of the pages: the business has nothing that they speak of."""
    display({"text/plain": f"[without {part}]"}, metadata={"insight": {"kind": "without", "part": part}}, raw=True)


def _emit(lang: str, kind: str, bundle: dict[str, str], about: dict[str, Any]) -> None:
    _LAST.clear()
    display(bundle, metadata={"insight": {"lang": lang, "kind": kind, **about}}, raw=True)
