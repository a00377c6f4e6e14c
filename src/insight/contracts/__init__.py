"""What every table is; found by name in ``CONTRACTS``."""

import importlib
import pkgutil

from insight.contracts.table import MONEY, Column, Table


def _collect() -> dict[str, Table]:
    found: dict[str, Table] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(__path__)):
        for table in getattr(importlib.import_module(f"{__name__}.{module}"), "TABLES", ()):
            if table.name in found:
                raise ValueError(f"{table.name}: two contracts of the same name")
            found[table.name] = table
    return found


CONTRACTS: dict[str, Table] = _collect()

__all__ = ["CONTRACTS", "MONEY", "Column", "Table"]
