"""Sentences of the guide: which report answers what, and which of them a business can have."""

from collections.abc import Iterable, Mapping, Set
from pathlib import Path
from typing import Any, Protocol

import nbformat
import pandas as pd

from insight.config.parameters import Bilingual
from insight.contracts import CONTRACTS
from insight.report.language import LANGUAGES, Message, _, count, listing
from insight.report.names import notebook_name
from insight.report.page.content import title_of
from insight.report.sentences.data_names import column_name, table_name
from insight.report.tables import Col


class Notebook(Protocol):
    """What is known of a notebook before it runs."""

    name: str
    path: Path
    needs: tuple[str, ...]
    writes: tuple[str, ...]


#: How the table of reports is shown.
REPORTS = {
    "title": _("The reports, in the order in which they build on one another"),
    "columns": {
        "report": Col(_("Report")),
        "question": Col(_("Its question")),
        "available": Col(_("For this business")),
    },
    "note": _("Judged by what the source describes; a column that turns out to be empty can still take a report away."),
}


def reports(notebooks: Iterable[Notebook], there: Mapping[str, Set[str]]) -> pd.DataFrame:
    """List the reports after the guide: what each asks, and what it lacks here.

    Parameters
    ----------
    notebooks
        All of them, in order.
    there
        Columns by table, as the source describes them.

    Returns
    -------
    DataFrame
        ``report, question, available, missing``; ``missing`` counts what it lacks.
    """
    notebooks = [notebook for notebook in notebooks if not notebook.name.startswith("00")]
    makers = {table: _title(notebook) for notebook in notebooks for table in notebook.writes if not _delivered(table)}
    rows, made = [], set()
    for notebook in notebooks:
        missing = [item for item in notebook.needs if not _is_there(item, there, made)]
        if not missing:
            made.update(table for table in notebook.writes if not _delivered(table))
        lacks = list(dict.fromkeys(makers.get(item) or _item_name(item) for item in missing))
        rows.append((_title(notebook), _question(notebook.path), _available(lacks), len(lacks)))
    return pd.DataFrame(rows, columns=["report", "question", "available", "missing"])


def _delivered(table: str) -> bool:
    return table in CONTRACTS and CONTRACTS[table].delivered


def _title(notebook: Notebook) -> Message:
    number = notebook.name.partition("_")[0]
    return _("{number} · {name}", number=number, name=notebook_name(notebook.name))


def _is_there(item: str, there: Mapping[str, Set[str]], made: Set[str]) -> bool:
    table, _dot, column = item.partition(".")
    return table == "raw" or table in made or (table in there and (not column or column in there[table]))


def _question(path: Path) -> Bilingual:
    notebook = nbformat.read(path, as_version=4)
    return Bilingual(**{lang: title_of(notebook, lang=lang)[1] or path.stem for lang in LANGUAGES})


def _available(lacks: list[Any]) -> Message:
    return _("no, lacks: {tables}", tables=listing(lacks)) if lacks else _("yes")


def _item_name(item: str) -> Any:
    table, dot, column = item.partition(".")
    if not dot:
        return table_name(table)
    return _("{column} of {table}", column=column_name(column), table=table_name(table))


def lead(overview: pd.DataFrame, title: Any) -> Message:
    """Say how many of the reports a business can have.

    Examples
    --------
    >>> print(lead(pd.DataFrame({"missing": [0, 0, 2]}), "Our shop"))
    From what Our shop delivers, 2 of 3 reports can be made.
    """
    possible = int((overview.missing == 0).sum())
    if possible == len(overview):
        return _("From what {title} delivers, every report can be made.", title=title)
    return _(
        "From what {title} delivers, {n} of {all} reports can be made.",
        title=title,
        n=count(possible),
        all=count(len(overview)),
    )


def small_groups(minimum: int) -> Message:
    """Say which groups are never shown.

    Examples
    --------
    >>> print(small_groups(10))
    Groups of fewer than 10 customers are never shown, so that nobody can be recognised in a report.
    """
    return _(
        "Groups of fewer than {n} customers are never shown, so that nobody can be recognised in a report.",
        n=count(minimum),
    )
