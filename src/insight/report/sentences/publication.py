"""What every page says about itself: the data, the parameters, the versions; and what a business cannot have."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from insight.report.language import Message, _, count, day, listing

_SHOWN_DIGITS = 12


def not_for_this_business(tables: Sequence[str]) -> Message:
    """Say which tables a notebook would need.

    Examples
    --------
    >>> str(not_for_this_business(["contacts", "campaigns"]))
    'Needs what this business does not deliver: contacts and campaigns.'
    """
    return _("Needs what this business does not deliver: {tables}.", tables=listing(tables))


def provenance(facts: dict[str, Any], made: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Put what a page rests on into terms and texts, without a clock time.

    Parameters
    ----------
    facts
        ``dataset``, ``version``, ``commit`` of the run.
    made
        Of the page: ``rows``, ``parameters``, ``inputs``, ``raw``.
    """
    pairs = [(_("Data"), _delivered(made["rows"]))] if made["rows"] else []
    pairs.append((_("Parameters"), _parameters(facts["dataset"], made["parameters"])))
    pairs.append(
        (
            _("Made by"),
            _("insight {version}, commit {commit}", version=facts["version"], commit=facts["commit"]),
        )
    )
    raw = _digest(made["raw"]) if made["raw"] else None
    tables = _("tables sha256 {digest}", digest=_digest(made["inputs"]))
    pairs.append((_("Inputs"), _("files sha256 {raw}; {tables}", raw=raw, tables=tables) if raw else tables))
    if "min_cell" in made["parameters"]:
        words = _("groups of fewer than {n} are never shown", n=count(made["parameters"]["min_cell"]))
        pairs.append((_("Small groups"), words))
    return pairs


def _delivered(rows: dict[str, Any]) -> Message:
    words = _(
        "{delivered} rows delivered: {accepted} accepted, {quarantined} set aside, {duplicate} removed as repeated",
        **{fate: count(rows[fate]) for fate in ("delivered", "accepted", "quarantined", "duplicate")},
    )
    if rows.get("until") is None:
        return words
    return _("{rows}; up to {day}", rows=words, day=day(date.fromisoformat(rows["until"])))


def _parameters(dataset: str, read: dict[str, Any]) -> Message:
    shown = {name: value for name, value in read.items() if not isinstance(value, dict | list) and value is not None}
    told = ", ".join(f"{name} = {value}" for name, value in sorted(shown.items()))
    return _("params/{dataset}.yaml: {told}", dataset=dataset, told=told or "–")


def _digest(sha: str) -> str:
    return sha[:_SHOWN_DIGITS]
