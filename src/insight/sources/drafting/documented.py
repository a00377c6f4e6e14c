"""Tables that the documented names of their columns tell: campaigns, contacts, responses, accounts, appointments."""

import re
from dataclasses import dataclass

from insight.config.source import TableMapping
from insight.contracts import CONTRACTS
from insight.contracts.table import Column as ContractColumn
from insight.sources.drafting.links import Link
from insight.sources.drafting.roles import YES, Roles, is_counted_time, is_yes_or_no
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
            held
            for held in roles.survey.columns
            if held.name not in taken and _fits(held, table, column, whole=roles.hint == table)
        ]
        if fitting and not _has_twin(column.name, columns):
            columns[column.name] = max(fitting, key=lambda held: held.name.lower() == column.name)
    key = columns.get(contract.key[0])
    if not (key and key.is_unique) and roles.hint != table:
        return None
    if not any(contract.column(name).type in _DAYS for name in columns):
        return None
    if table == "interactions" and ("planned_at" not in columns or roles.has_amount):
        return None
    rules = TableMapping.model_validate({"columns": {name: held.name for name, held in columns.items()}})
    said = " ".join(mapping_problems(table, rules))
    lacking = tuple(column.name for column in contract.columns if f"every row needs {column.name};" in said)
    return Documented(table, roles, columns, lacking)


def booked_ahead(roles: Roles) -> Documented | None:
    """Say what files of transactions hold of a later day that was booked: a journey, a stay."""
    free = [*roles.free(), *(roles.of[role] for role in ("status", "kind") if role in roles.of)]
    columns = {}
    for name in ("planned_at", "outcome"):
        column = CONTRACTS["interactions"].column(name)
        if fitting := [held for held in free if _fits(held, "interactions", column, whole=True)]:
            columns[name] = fitting[0]
    if "planned_at" not in columns or not {"customer_id", "occurred"} <= set(roles.of):
        return None
    named = next((roles.of[role] for role in ("transaction_id", "basket_id") if role in roles.of), None)
    key = {"interaction_id": named} if named is not None and named.is_unique else {}
    known = {"customer_id": roles.of["customer_id"], "occurred_at": roles.of["occurred"]}
    return Documented("interactions", roles, key | known | columns)


def outcomes(held: Column) -> dict[str, str]:
    """Say what each code of a column tells of something planned: kept, missed, cancelled or planned still."""
    said = words()["outcomes"]

    def told(text: str) -> str | None:
        return next((name for name, pattern in said.items() if re.search(pattern, text.lower())), None)

    if is_yes_or_no(held):
        yes = told(held.name) or "kept"
        no = {"missed": "kept", "cancelled": "planned"}.get(yes, "missed")
        return {text: yes if text.lower() in YES else no for text in sorted(held.held)}
    return {text: found for text in sorted(held.held) if (found := told(text))}


def _has_twin(name: str, columns: dict[str, Column]) -> bool:
    """Whether the same moment is described already, as a day or with its time."""
    stem, _, end = name.rpartition("_")
    return end in ("at", "on") and any(f"{stem}_{other}" in columns for other in ("at", "on"))


def _fits(held: Column, table: str, column: ContractColumn, *, whole: bool) -> bool:
    named = names_in(held.name, words()["documented"][table].get(column.name, ""), whole=whole)
    if not (named or held.name.lower() == column.name or score(held.name, column.name) == 100):
        return False
    if column.type in _DAYS:
        return held.dates is not None or is_counted_time(held)
    if column.type in ("money", "number"):
        return held.numbers is not None
    return column.type != "flag" or is_yes_or_no(held)
