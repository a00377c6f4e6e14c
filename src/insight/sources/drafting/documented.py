"""Campaigns, contacts, responses, accounts, cases: tables recognised by the documented names of their columns."""

from dataclasses import dataclass

from insight.config.source import TableMapping
from insight.contracts import CONTRACTS
from insight.contracts.table import Column as ContractColumn
from insight.sources.drafting.links import Link
from insight.sources.drafting.roles import Roles, is_counted_time, is_yes_or_no
from insight.sources.drafting.values import Column
from insight.sources.drafting.words import names_in, score, words
from insight.sources.mapping.canonical import mapping_problems

_DAYS = ("day", "instant")


@dataclass(frozen=True)
class Documented:
    """Files that hold a documented table.

    Attributes
    ----------
    table
        Its canonical name.
    roles
        The files.
    columns
        Its columns and those of the files that hold them.
    lacking
        Columns that every row needs and no file names.
    owners
        Where the customer of each row is looked up, if the files do not name one.
    """

    table: str
    roles: Roles
    columns: dict[str, Column]
    lacking: tuple[str, ...] = ()
    owners: Link | None = None


def recognise(roles: Roles) -> Documented | None:
    """Say which documented table files hold: named after it with its key, or with all that it needs."""
    found = [one for table in words()["documented"] if (one := _as_table(roles, table))]
    return max(found, key=lambda one: (one.table == roles.hint, -len(one.lacking), len(one.columns)), default=None)


def _as_table(roles: Roles, table: str) -> Documented | None:
    contract = CONTRACTS[table]
    columns: dict[str, Column] = {}
    for column in contract.columns:
        taken = {held.name for held in columns.values()}
        fitting = [
            held for held in roles.survey.columns if held.name not in taken and _fits(held, roles, table, column)
        ]
        if fitting and not _has_twin(column.name, columns):
            columns[column.name] = max(fitting, key=lambda held: held.name.lower() == column.name)
    key = columns.get(contract.key[0])
    if not (key and key.is_unique) and roles.hint != table:
        return None
    if not any(contract.column(name).type in _DAYS for name in columns):
        return None
    rules = TableMapping.model_validate({"columns": {name: held.name for name, held in columns.items()}})
    said = " ".join(mapping_problems(table, rules))
    lacking = tuple(column.name for column in contract.columns if f"every row needs {column.name};" in said)
    return Documented(table, roles, columns, lacking)


def _has_twin(name: str, columns: dict[str, Column]) -> bool:
    """Whether the same moment is described already, as a day or with its time."""
    stem, _, end = name.rpartition("_")
    return end in ("at", "on") and any(f"{stem}_{other}" in columns for other in ("at", "on"))


def _fits(held: Column, roles: Roles, table: str, column: ContractColumn) -> bool:
    named = names_in(held.name, words()["documented"][table].get(column.name, ""), whole=roles.hint == table)
    if not (named or held.name.lower() == column.name or score(held.name, column.name) == 100):
        return False
    if column.type in _DAYS:
        return held.dates is not None or is_counted_time(held)
    if column.type in ("money", "number"):
        return held.numbers is not None
    return column.type != "flag" or is_yes_or_no(held)
