"""Which reports a business can have, judged by what its source describes, before anything is read."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from insight.contracts import CONTRACTS
from insight.runner.freshness import Step


@dataclass(frozen=True)
class Availability:
    """A report, and what it lacks here.

    Attributes
    ----------
    step
        The notebook that makes it.
    lacks
        Tables, ``table.column``, or names of notebooks without whose tables it cannot be made; empty where it can.
    """

    step: Step
    lacks: tuple[str, ...]


def judge_availability(steps: Iterable[Step], described: Mapping[str, Set[str]]) -> list[Availability]:
    """Judge for each report after the guide what it lacks.

    Parameters
    ----------
    steps
        All notebooks, in order.
    described
        Columns by table, as `insight.sources.registry.described` gives them.
    """
    steps = [step for step in steps if not step.name.startswith("00") and step.concerns(described)]
    makers = {table: step.name for step in steps for table in _made_by(step)}
    found: list[Availability] = []
    made: set[str] = set()
    for step in steps:
        missing = [item for item in step.needs if not _is_there(item, described, made)]
        if not missing:
            made.update(_made_by(step))
        found.append(Availability(step, tuple(dict.fromkeys(makers.get(item, item) for item in missing))))
    return found


def _made_by(step: Step) -> list[str]:
    """Name the tables that only this notebook makes, not those that a business delivers."""
    return [table for table in step.writes if table not in CONTRACTS or not CONTRACTS[table].delivered]


def _is_there(item: str, described: Mapping[str, Set[str]], made: Set[str]) -> bool:
    table, _dot, column = item.partition(".")
    return table == "raw" or table in made or (table in described and (not column or column in described[table]))
