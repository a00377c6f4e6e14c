"""What there is, for who works with it: the tables of a business, and the data dictionary of each of them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from insight.contracts import CONTRACTS
from insight.errors import MissingTableError, did_you_mean

_ENDING = ".parquet"


def list_tables(steps: Mapping[str, Mapping[str, Any]], *, lang: str) -> pd.DataFrame:
    """List the tables that are there: rows, columns, the notebook that made each, and what one row is.

    Parameters
    ----------
    steps
        The notebooks of the manifest.
    lang
        Language of what one row is: ``en`` or ``zh``.
    """
    made = [
        {
            "table": name.removesuffix(_ENDING),
            "rows": about["rows"],
            "columns": len(about["schema"]),
            "made_by": step,
            "one_row_is": _row_of(name.removesuffix(_ENDING), lang),
        }
        for step, entry in steps.items()
        for name, about in entry["outputs"].items()
        if name.removesuffix(_ENDING) in CONTRACTS
    ]
    return (
        pd.DataFrame(made, columns=["table", "rows", "columns", "made_by", "one_row_is"])
        .set_index("table")
        .sort_index()
    )


def describe_table(name: str, outputs: Mapping[str, Mapping[str, Any]], *, lang: str) -> pd.DataFrame:
    """Give the data dictionary of one table: of each column its type, unit, meaning, and the share that is filled.

    Parameters
    ----------
    name
        A table that is there, or one that has a contract.
    outputs
        The files of the manifest.
    lang
        Language of the meanings: ``en`` or ``zh``.

    Raises
    ------
    MissingTableError
        If there is none of this name; the message names the nearest.
    """
    if name not in CONTRACTS:
        raise MissingTableError(
            f"{name}: there is no such table{did_you_mean(name, CONTRACTS)} `ws.tables()` lists them."
        )
    about = outputs.get(f"{name}{_ENDING}", {})
    contract = CONTRACTS[name].as_delivered(about["schema"]) if about else CONTRACTS[name]
    rows, filled = about.get("rows"), about.get("filled", {})
    described = [
        {
            "column": column.name,
            "type": column.type,
            "unit": column.unit,
            "filled": filled.get(column.name, 0) / rows if rows else float("nan"),
            "meaning": column.meaning if lang == "en" else column.meaning_zh,
        }
        for column in contract.widened(about.get("schema", ())).columns
    ]
    return pd.DataFrame(described).set_index("column")


def _row_of(name: str, lang: str) -> str:
    return CONTRACTS[name].row if lang == "en" else CONTRACTS[name].row_zh
