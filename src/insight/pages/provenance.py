"""What every page says about itself: the data, the parameters, the versions; and what a business cannot have."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from insight.words.names import missing_name
from insight.words.text import Text, text

_SHOWN_DIGITS = 12
_FATES = ("delivered", "accepted", "quarantined", "duplicate")


def not_for_this_business(tables: Sequence[str]) -> Text:
    """Say which tables a notebook would need.

    Examples
    --------
    >>> str(not_for_this_business(["contacts", "campaigns"]))
    'Needs what this business does not deliver: contacts and campaigns.'
    """
    return text("common.about.needs", tables=list(map(missing_name, tables)))


def provenance(facts: dict[str, Any], made: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Put what a page rests on into terms and texts, without a clock time.

    ``facts`` are the ``dataset``, ``version`` and ``commit`` of the run; ``made`` the ``rows``, ``parameters``,
    ``inputs`` and ``raw`` of the page.
    """
    pairs = [("data", _delivered(made["rows"]))] if made["rows"] else []
    pairs.append(("parameters", _parameters(facts["dataset"], made["parameters"])))
    pairs.append(("made_by", text("common.about.version", version=facts["version"], commit=facts["commit"])))
    tables = text("common.about.tables", digest=made["inputs"][:_SHOWN_DIGITS])
    if made["raw"]:
        tables = text("common.about.files_and_tables", raw=made["raw"][:_SHOWN_DIGITS], tables=tables)
    pairs.append(("inputs", tables))
    if "min_cell" in made["parameters"]:
        pairs.append(("small_groups", text("common.about.never_shown", n=made["parameters"]["min_cell"])))
    return [(text(f"common.about.{name}"), said) for name, said in pairs]


def _delivered(rows: dict[str, Any]) -> Text:
    counted = text("common.about.rows", **{fate: rows[fate] for fate in _FATES})
    if rows.get("until") is None:
        return counted
    days = {"last": date.fromisoformat(rows["last"]), "day": date.fromisoformat(rows["until"])}
    which = "rows_until" if days["last"] == days["day"] else "rows_counted"
    return text(f"common.about.{which}", rows=counted, **days)


def _parameters(dataset: str, read: dict[str, Any]) -> Text:
    shown = {name: value for name, value in read.items() if not isinstance(value, dict | list) and value is not None}
    told = ", ".join(f"{name} = {value}" for name, value in sorted(shown.items()))
    return text("common.about.parameters_read", dataset=dataset, told=told or "–")
