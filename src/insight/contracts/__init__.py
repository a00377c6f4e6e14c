"""What every table is; found by name in ``CONTRACTS``."""

from collections.abc import Iterable

from insight.contracts.table import BESIDE, MONEY, Column, Table
from insight.contracts.tables import campaign, card, customer, decide, origin, predict, profile, review, segment

_SUBJECTS = (campaign, card, customer, decide, origin, predict, profile, review, segment)


def _collect() -> dict[str, Table]:
    found: dict[str, Table] = {}
    for module in _SUBJECTS:
        for table in getattr(module, "TABLES", ()):
            if table.name in found:
                raise ValueError(f"{table.name}: two contracts of the same name")
            found[table.name] = table
    return found


CONTRACTS: dict[str, Table] = _collect()
#: The columns that name a record of a person, in the system that delivered it.
RECORD_KEY = CONTRACTS["customer_records"].key


def contract_of(name: str, columns: Iterable[str]) -> Table:
    """Give the contract of a delivered table, with the columns that it has beyond, where it may have any."""
    columns = list(columns)
    contract = CONTRACTS[name].as_delivered(columns)
    return contract.widened(name for name in columns if name not in BESIDE) if contract.extra_columns else contract


__all__ = ["BESIDE", "CONTRACTS", "MONEY", "RECORD_KEY", "Column", "Table", "contract_of"]
