"""The tables of a page as CSV files beside it: what the page prints, after suppression, and nothing more."""

import csv
import io
import re
from collections.abc import Mapping
from typing import Any

from insight.pages.content import Content

_OPENS_A_FORMULA = re.compile(r"[=+\-@\t\r＝＋－＠]")
_NUMBER = re.compile(r"[+-]?\d[\d.,]*%?")


def sheet_name(notebook: str, place: str) -> str:
    """Say where the CSV of a table stands, seen from its page: ``data/20_customer_profile-s1-2.csv``."""
    return f"data/{notebook}-{place}.csv"


def sheets(page: Content, notebook: str) -> dict[str, bytes]:
    """Give the CSV of every table of a page, those of figures too, by where it stands."""
    found = {}
    for part in page.sections:
        for number, block in enumerate(part.blocks, start=1):
            table = block.about.get("numbers" if block.kind == "figure" else "table")
            if table:
                found[sheet_name(notebook, f"{part.id or 's0'}-{number}")] = as_csv(table)
    return found


def as_csv(table: Mapping[str, Any]) -> bytes:
    r"""Write a table as it is printed, so that a spreadsheet reads its letters and runs none of its cells.

    Examples
    --------
    >>> as_csv({"head": ["Tier", "Change"], "rows": [["=cmd()", "-5%"], ["best, rest", "1,200"]]}).decode("utf-8-sig")
    'Tier,Change\r\n\'=cmd(),-5%\r\n"best, rest","1,200"\r\n'
    """
    out = io.StringIO()
    csv.writer(out).writerows([_harmless(cell) for cell in row] for row in (table["head"], *table["rows"]))
    return out.getvalue().encode("utf-8-sig")  # without the mark, spreadsheets read Chinese as something else


def _harmless(cell: str) -> str:
    return f"'{cell}" if _OPENS_A_FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell
