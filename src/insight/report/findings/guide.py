"""Findings of the guide: which report answers what, which of them a business can have, and what words mean."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd

from insight.config.parameters import Bilingual
from insight.report.finding import Finding
from insight.report.titles import title_of
from insight.words.names import missing_name, notebook_name
from insight.words.text import LANGUAGES, Text, catalogue, listing, text, word

#: The pages of departments, each put together from what these reports state: there where one of them is.
DEPARTMENTS = {
    "81_risk": {"72", "74"},
    "82_marketing": {"40", "50", "60"},
    "83_service": {"70", "74", "76"},
    "84_product": {"70", "73"},
}


def reports(available: Sequence[Any], title: Any) -> Finding:
    """List the reports, as `insight.runner.availability` judges them, and say how many can be made."""
    lacks = [listing(map(_missing_name, one.lacks)) if one.lacks else None for one in available]
    told = [text("guide.available.no", missing=names) if names else text("guide.available.yes") for names in lacks]
    rows: list[tuple[Text, Any, Text]] = [
        (_name(one.step.name), _question(one.step.path), can) for one, can in zip(available, told, strict=True)
    ]
    made = {one.step.name.partition("_")[0] for one in available if not one.lacks}
    rows += [
        (_name(name), word("department.title", name.partition("_")[2]), text("guide.available.yes"))
        for name, behind in DEPARTMENTS.items()
        if "70" in made and made & behind
    ]
    possible = len(rows) - sum(bool(one.lacks) for one in available)
    return Finding(
        "guide.reports",
        {"title": title, "possible": possible, "all": len(rows)},
        table=pd.DataFrame(rows, columns=["report", "question", "available"]),
        variants={"lead": "every" if possible == len(rows) else "some"},
    )


def glossary() -> Finding:
    """List the words that the reports use with their meanings, in the vocabulary of the business."""
    codes = [entry.removeprefix("meaning.") for entry in catalogue("guide") if entry.startswith("meaning.")]
    rows = [(word("guide.term", code), word("guide.meaning", code)) for code in codes]
    table = pd.DataFrame(rows, columns=["term", "meaning"])
    return Finding("guide.glossary", table=table)


def _name(notebook: str) -> Text:
    return text("guide.report", number=notebook.partition("_")[0], name=notebook_name(notebook))


def _question(path: Path) -> Bilingual:
    notebook = nbformat.read(path, as_version=4)
    return Bilingual(**{lang: title_of(notebook, lang=lang) or path.stem for lang in LANGUAGES})


def _missing_name(item: str) -> Any:
    """Name what is missing: another report, a column of a table, or a table."""
    return _name(item) if item[:2].isdigit() else missing_name(item)
