"""What stands in for a report that could not be made: that it failed or waits for another, and what to do."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from insight.report.titles import title_of
from insight.words.names import notebook_name
from insight.words.numerals import language
from insight.words.stated import Repeated
from insight.words.text import LANGUAGES, Text, text, told


def reason(failure: Mapping[str, Any]) -> Text:
    """Say in a sentence why a report could not be made.

    Parameters
    ----------
    failure
        ``kind`` (the exception's class), ``cell``, ``message`` (empty where it may hold somebody's values) and
        ``copy``, the notebook as it stopped (none where its process ended);
        or ``waits_for``, the notebook without which it cannot be made.
    """
    if "waits_for" in failure:
        return text("common.failed.waits", report=text("common.report", name=notebook_name(failure["waits_for"])))
    if failure["message"]:
        return text("common.failed.lead")
    cell = text("common.failed.cell", cell=failure["cell"]) if failure["cell"] else ""
    return text("common.failed.unsaid", kind=failure["kind"], cell=cell)


def stand_in(source: Path, failure: Mapping[str, Any], *, dataset: str) -> NotebookNode:
    """Make a notebook of a report that could not be made: its question, the reason, what it said, what to do."""
    notebook = nbformat.read(source, as_version=4)
    titles = {lang: title_of(notebook, lang=lang) for lang in LANGUAGES}
    outputs = put_out(reason(failure), "lead")
    if failure.get("message"):
        outputs.append(new_output("stream", name="stdout", text=failure["message"]))
    todo, command = "report_and_run", f"insight run {dataset}"
    if "waits_for" in failure:
        todo = "wait_and_run"
    elif failure["message"]:
        todo = "mend_and_run"
        if not failure["copy"]:
            todo, command = "run_with_more_memory", f"{command} --jobs 1"
    outputs += put_out(text(f"common.failed.{todo}", command=command, copy=failure.get("copy")))
    heads = [new_markdown_cell(f"# {title}", metadata={"tags": [lang]}) for lang, title in titles.items()]
    return new_notebook(cells=[*heads, new_code_cell(outputs=outputs)])


def with_what_is_missing(notebook: NotebookNode, failed: Sequence[str]) -> NotebookNode:
    """Put before what a brief says which reports it goes without."""
    said = text("common.failed.brief", reports=[text("common.report", name=notebook_name(name)) for name in failed])
    first = next((place for place, cell in enumerate(notebook.cells) if cell.cell_type == "code"), 0)
    notebook.cells.insert(first, new_code_cell(outputs=put_out(said, "caution")))
    return notebook


def put_out(words: Text | Repeated, role: str = "", *, key: str = "") -> list[NotebookNode]:
    """Put words out as a finding does, once in each language."""
    outputs = []
    for lang in LANGUAGES:
        with language(lang):
            plain, numbers = told(words)
        about = {"kind": "say", "key": key, "role": role, "lang": lang, "text": plain, "states": {"text": numbers}}
        outputs.append(new_output("display_data", metadata={"insight": about}))
    return outputs
