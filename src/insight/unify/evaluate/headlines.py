"""The headline figures of linking, as notebook 15 stated them."""

import json
from collections.abc import Iterator
from typing import Any

from insight.config.parameters import Parameters
from insight.errors import MissingTableError
from insight.storage.store import Store
from insight.storage.workspace import processed_folder
from insight.unify.privacy.vault_session import brings_people

NAMES = (
    "pair_precision",
    "pair_recall",
    "pair_f1",
    "cluster_exact_share",
    "records",
    "customers",
    "ids_kept_share",
)
_FILE = "headlines/15_data_unification.json"


def refuse_without_people(params: Parameters) -> None:
    """Stop before any work where there is nobody to link.

    Raises
    ------
    MissingTableError
        If the business delivers no records of people.
    """
    if not brings_people(params):
        raise MissingTableError(
            f"records: {params.dataset} delivers customers under ids of its own, and no records of people that could "
            "be linked. Describe them under `source.records` in params/."
        )


def stated(dataset: str) -> dict[str, dict[str, Any]]:
    """Read the figures of the last run, by name."""
    lines = json.loads(Store(processed_folder(dataset)).path_of(_FILE).read_text(encoding="utf-8"))
    found = {line["name"]: line for line in lines}
    return {name: found[name] for name in NAMES}


def printed(figures: dict[str, dict[str, Any]], *, as_json: bool) -> Iterator[str]:
    """Write the figures for a terminal, one a line: name, value, and its 95% interval where it has one."""
    plain = {name: {key: line[key] for key in ("value", "low", "high")} for name, line in figures.items()}
    if as_json:
        yield json.dumps(plain, indent=1)
        return
    for name, line in plain.items():
        value = "unknown" if line["value"] is None else f"{line['value']:.6g}"
        bounds = "" if line["low"] is None else f"  ({line['low']:.6g} to {line['high']:.6g})"
        yield f"{name:<20} {value}{bounds}"
