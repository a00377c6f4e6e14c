"""What notebook cells put on the page: findings, once per language of the run.

The runner names the languages in ``INSIGHT_LANGUAGES``; each output then carries its language and
the page keeps one. Without it, as in JupyterLab, only the notebook's own ``lang`` is shown.
"""

import base64
import os
from dataclasses import asdict
from html import escape
from typing import Any

import pandas as pd
from IPython import get_ipython
from IPython.display import display
from markupsafe import Markup

from insight.errors import Unavailable
from insight.report import tables
from insight.report.finding import CURRENCY, STATEMENTS, Finding, reason_of, with_rounding
from insight.storage import workspace
from insight.words.context import context
from insight.words.numerals import Rounded, language
from insight.words.text import LANGUAGES, Text, TranslationError, has_text, render, text, told

#: Columns of a frame that are written out. Left alone, pandas decides by where it was imported: in a kernel, in the
#: server that kernels are forked from, or in a terminal; and a recording would hold for one of them.
_COLUMNS = 20
pd.set_option("display.max_columns", _COLUMNS)

_IN_LAB = Markup(
    '<h4>{finding}</h4><p>{what}</p><img alt="{alt}" width="640" src="data:image/png;base64,{png}">'
    "<p><small>{source}</small></p>"
)
_UNFOLDS = Markup("<details><summary>{numbers}</summary>{table}</details>")

_LAST: dict[str, str] = {}


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
    if named:
        return named
    shell = get_ipython()
    return (_known((shell.user_ns.get("lang") if shell else None) or "en"),)


def _known(lang: str) -> str:
    if lang not in LANGUAGES:
        raise TranslationError(f"lang {lang!r} — expected one of {', '.join(LANGUAGES)}")
    return lang


def in_lab() -> bool:
    """Say whether somebody looks on in JupyterLab: no run makes a page of what is shown."""
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
        for lang in languages():
            with language(lang):
                grid = item.grid(shown, title=item.part("title"), note=item.part("note") or "")
            bundle = {"text/plain": tables.to_text(grid), "text/html": tables.to_html(grid)}
            about = {"key": item.key, "table": asdict(grid)}
            _emit(lang, "table", bundle, about | ({"role": "cards"} if item.cards else {}))
    for role in STATEMENTS:
        words = item.part(role)
        if words is not None:
            _say_once(words, "" if role == "says" else role, said, key=item.key)


def _say_once(words: Any, role: str, said: set[str], *, key: str = "") -> None:
    mark = f"{role}: {render(words, 'en')}"
    if mark in said or (_LAST.get("said") == mark and not in_lab()):
        return
    for lang in languages():
        label = text(f"common.page.{role}").in_language(lang) if role and has_text(f"common.page.{role}") else ""
        with language(lang):
            said_so, numbers = told(words)
        html = f"<p>{f'<b>{escape(label)}</b> ' if label else ''}{escape(said_so)}</p>"
        about = {"key": key, "role": role, "text": said_so, "states": {"text": numbers}}
        _emit(lang, "say", {"text/plain": said_so, "text/html": html}, about)
    said.add(mark)
    _LAST["said"] = mark


def _show_figure(item: Finding, shown: pd.DataFrame | None) -> None:
    figure = item.figure(shown) if callable(item.figure) else item.figure
    if figure is None:
        raise ValueError(f"{item.key}: expected a figure, found none")
    labels = {axis: item.part(f"axis.{axis}") for axis in ("x", "y")}
    parts = {"finding": "title", "what": "caption", "alt": "alt", "source": "source"}
    for lang in languages():
        drawing = figure.draw(lang, **labels)
        with language(lang):
            said = {name: item.part(part) for name, part in parts.items()}
            if missing := [part for name, part in parts.items() if said[name] is None]:
                raise ValueError(f"{item.key}: a figure needs words that it does not have: {', '.join(missing)}")
            said["source"] = with_rounding(said["source"]) if item.is_rounded(shown) else said["source"]
            words = {name: told(part) for name, part in said.items()}
            about: dict[str, Any] = {name: plain for name, (plain, _numbers) in words.items()}
            about |= {"key": item.key, "states": {name: numbers for name, (_plain, numbers) in words.items()}}
            about |= {"narrow": drawing.narrow, "main": item.main}
            picture = {"image/svg+xml": drawing.wide}
            if shown is not None:
                about["numbers"] = asdict(item.grid(shown, title=item.part("caption")))
            if in_lab():
                png = base64.b64encode(figure.picture(lang, **labels)).decode("ascii")
                picture = {"text/html": _IN_LAB.format(**about, png=png)}
                if shown is not None:
                    table = Markup(tables.to_html(about["numbers"]))
                    picture["text/html"] += _UNFOLDS.format(numbers=text("common.page.numbers"), table=table)
        plain = f"[Figure] {about['alt']} | data sha256:{drawing.digest}"
        _emit(lang, "figure", {"text/plain": plain, **picture}, about)


def _state(item: Finding) -> None:
    """State a finding's headlines; a name that is stated already stays as it was."""
    ws = workspace.opened()
    for line in item.headlines:
        if ws is not None and not ws.has_headline(line.name):
            unit = context().currency if line.unit == CURRENCY else line.unit
            words, what = item.in_words(line), item.states(line)
            states = {part: {lang: _numbers_in(said, lang) for lang in LANGUAGES} for part, said in words.items()}
            meant: dict[str, Any] = {"what": None if what is None else asdict(what), "states": states}
            meant |= {"of_rounded": True} if isinstance(line.value, Rounded) else {}
            known: dict[str, Any] = {"low": line.low, "high": line.high, "change": line.change, "meant": meant, **words}
            ws.headline(line.name, line.value, unit=unit, **known)


def _numbers_in(words: Any, lang: str) -> list[dict[str, Any]]:
    with language(lang):
        return told(words)[1]


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
