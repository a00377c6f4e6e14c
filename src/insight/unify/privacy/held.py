"""Which rows of tables are held on one person: by their id, by their records, or by what is named after them.

A statement names an account and no customer, so what a person's own rows are called counts as well.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import ibis
from ibis.expr.types import BooleanValue, Table

from insight.contracts import CONTRACTS, RECORD_KEY
from insight.unify.privacy.derived_ids import ROW_NAMES

_SYSTEM, _KEY = RECORD_KEY
#: The same table under issued ids and as it was delivered: what stands before its name in the vault.
DELIVERED = "delivered_"


@dataclass(frozen=True)
class Names:
    """What a person's rows are found by.

    Attributes
    ----------
    called
        The issued id, and the sources' own keys as ``<system>:<key>``: values of ``customer_id``.
    records
        ``(source_system, source_record_id)`` of each of their records.
    rows
        By column, the names of rows that are theirs: accounts, contacts, baskets.
    """

    called: frozenset[str]
    records: frozenset[tuple[str, str]] = frozenset()
    rows: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, customer_ids: Iterable[str], records: Iterable[tuple[str, str]] = ()) -> "Names":
        """Name people by their ids and records alone."""
        known = frozenset(records)
        return cls(frozenset(customer_ids) | {f"{system}:{key}" for system, key in known}, known)


def with_row_names(names: Names, tables: Mapping[str, Table]) -> Names:
    """Add what the people's own rows are called in some tables.

    A name is taken from the table that it is the key of, where there is one: whoever buys on somebody else's account
    does not own it.
    """
    found = {}
    for column in sorted(ROW_NAMES):
        naming = {name: table for name, table in tables.items() if {column, "customer_id"} <= set(table.columns)}
        own = {name: table for name, table in naming.items() if _contract_key(name) == (column,)}
        values: set[str] = set()
        for table in (own or naming).values():
            mine = table.filter(table.customer_id.isin(sorted(names.called))).select(column).distinct()
            values |= set(mine.to_pyarrow()[column].to_pylist()) - {None}
        found[column] = frozenset(values)
    return Names(names.called, names.records, found)


def theirs(table: Table, names: Names) -> BooleanValue:
    """Say of each row whether it is held on these people."""
    is_theirs: list[BooleanValue] = [ibis.literal(False)]
    if "customer_id" in table.columns:
        is_theirs.append(table.customer_id.isin(sorted(names.called)))
    # a table of pairs names the records of both sides: source_system_1, source_system_2 …
    sides = [name.removeprefix(_SYSTEM) for name in table.columns if name.startswith(_SYSTEM)]
    for side in (side for side in sides if _KEY + side in table.columns):
        system, key = table[_SYSTEM + side].cast("string"), table[_KEY + side].cast("string")
        is_theirs += [
            (system == name) & key.isin(sorted(k for s, k in names.records if s == name))
            for name in sorted({s for s, _ in names.records})
        ]
    nobodys = table.customer_id.isnull() if "customer_id" in table.columns else ibis.literal(True)
    is_theirs += [
        nobodys & table[column].isin(sorted(values))
        for column, values in sorted(names.rows.items())
        if values and column in table.columns
    ]
    return ibis.or_(*is_theirs).fill_null(False)


def naming_columns(columns: Iterable[str]) -> list[str]:
    """Give those of a table's columns by which `theirs` finds rows."""
    return [name for name in columns if name == "customer_id" or name in ROW_NAMES or name.startswith(RECORD_KEY)]


def _contract_key(name: str) -> tuple[str, ...]:
    contract = CONTRACTS.get(name.removeprefix(DELIVERED))
    return contract.key if contract else ()
