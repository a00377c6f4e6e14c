"""The events of a simulation, collected as arrays and turned into tables."""

from collections import defaultdict
from typing import Any

import numpy as np
import pyarrow as pa

from insight.simulate.draws import money, words
from insight.simulate.engine.vocabulary import WORDS
from insight.simulate.schemas import MONEY, TABLES, TRUTH, WORD

NO_DAY = np.iinfo(np.int32).min
_CAN_BE_NEGATIVE = {"points"}
_SPACE = 10**9  # rows of one table in one chunk
# what may lie after the end: column, seconds in its unit of a day (or 1), and what changes when it does:
# the row goes ("row"), another column gets a code, nothing else (""); None: rows without a day are kept in mind
_LATER: dict[str, tuple[str, int, tuple[str, int] | str | None]] = {
    "card_transactions": ("posted_on", 1, ("status", 1)),
    "payments": ("paid_at", 86_400, "row"),
    "account_changes": ("changed_on", 1, "row"),
    "tickets": ("closed_at", 86_400, ""),
    "fraud_cases": ("closed_on", 1, ("outcome", 2)),
    "wecom_friends": ("removed_on", 1, None),
    "wecom_members": ("left_on", 1, None),
}


class Log:
    """Collects arrays for each table; days are days since 1970, instants seconds, words positions.

    Parameters
    ----------
    chunk
        Whose rows: their numbers begin at ``chunk * 10**9``.
    counts
        How many rows of each table have been numbered before, by `next_month` for one.
    only
        Which tables are wanted; all by default.
    """

    def __init__(self, chunk: int, counts: dict[str, int] | None = None, only: frozenset[str] = frozenset()) -> None:
        self.chunk = chunk
        self.only = only
        self.counts: dict[str, int] = defaultdict(int, counts or {})
        self._rows: dict[str, list[dict[str, np.ndarray]]] = defaultdict(list)

    def numbers(self, table: str, count: int) -> np.ndarray:
        """Issue the next row numbers of a table."""
        begin = self.counts[table]
        self.counts[table] = begin + count
        return self.chunk * _SPACE + begin + np.arange(count)

    def wants(self, table: str) -> bool:
        """Say whether anybody will ask for a table."""
        return not self.only or table in self.only

    def add(self, table: str, **columns: Any) -> None:
        """Add rows; a column given as one value holds for all of them."""
        if not self.wants(table):
            return
        size = max(np.size(values) for values in columns.values() if np.ndim(values))
        if size:
            self._rows[table].append({name: np.broadcast_to(values, (size,)) for name, values in columns.items()})

    def keep_from(self, table: str, column: str, least: int) -> None:
        """Drop a table's rows of before a day or an instant."""
        rows = self.arrays(table)
        if rows:
            self.replace(table, {name: values[rows[column] >= least] for name, values in rows.items()})

    def arrays(self, table: str) -> dict[str, np.ndarray]:
        """Give a table's columns as whole arrays, and keep them joined."""
        parts = self._rows.get(table, [])
        if not parts:
            return {}
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def replace(self, table: str, columns: dict[str, np.ndarray]) -> None:
        """Replace a table's rows."""
        self._rows[table] = [columns] if columns and len(next(iter(columns.values()))) else []

    def cut_off(self, end: int) -> dict[str, np.ndarray]:
        """Remove the rows of day ``end`` and later, and return all rows as they were, for `resume`.

        Transactions not yet posted stay, as authorised; tickets and cases not yet closed stay
        open; payments not yet made go; stays in WeCom that last are given too.
        """
        pending: dict[str, Any] = {}
        for table, (column, unit, leaves) in _LATER.items():
            rows = self.arrays(table)
            if not rows:
                continue
            later = rows[column] >= end * unit if leaves is not None else rows[column] == NO_DAY
            pending |= {f"pending.{table}.{name}": _plain(values[later]) for name, values in rows.items()}
            if leaves == "row":
                rows = {name: values[~later] for name, values in rows.items()}
            elif leaves is not None:
                rows[column] = np.where(later, NO_DAY, rows[column])
                if leaves:
                    rows[leaves[0]] = np.where(later, leaves[1], rows[leaves[0]])
            self.replace(table, rows)
        return pending

    def resume(self, saved: dict[str, np.ndarray]) -> None:
        """Start from the rows that `cut_off` returned."""
        for table in _LATER:
            prefix = f"pending.{table}."
            rows = {name.removeprefix(prefix): values for name, values in saved.items() if name.startswith(prefix)}
            self.replace(table, rows)

    def table(self, name: str) -> pa.Table:
        """Give a table with its schema's columns and types, once: its rows go. The truth's are ``truth.<name>``."""
        schema = TRUTH[name[6:]] if name.startswith("truth.") else TABLES[name]
        made = as_table(name, self.arrays(name), schema)
        self._rows.pop(name, None)
        return made


def as_table(name: str, columns: dict[str, np.ndarray], schema: pa.Schema) -> pa.Table:
    """Turn arrays of codes, cents, days and seconds into a table."""
    if not columns:
        return schema.empty_table()
    return pa.table(
        [
            _column(f"{name}.{field.name}", columns.get(field.name), field.type, len(next(iter(columns.values()))))
            for field in schema
        ],
        schema=schema,
    )


def _column(name: str, values: np.ndarray | None, kind: pa.DataType, size: int) -> pa.Array:
    if values is None:
        return pa.nulls(size, kind)
    if kind == WORD:
        return words(values, WORDS[name]).cast(WORD)
    if kind == MONEY:
        return money(values)
    if pa.types.is_date32(kind):
        return pa.array(values.astype(np.int32), mask=_mask(values == NO_DAY)).cast(kind)
    if pa.types.is_timestamp(kind):
        return pa.array(values.astype(np.int64), mask=_mask(values == NO_DAY)).cast(kind)
    if pa.types.is_integer(kind) and name.rsplit(".", 1)[1] not in _CAN_BE_NEGATIVE:
        return pa.array(values, mask=_mask(values < 0)).cast(kind)
    return pa.array(values).cast(kind)


def _plain(values: np.ndarray) -> np.ndarray:
    """Give texts as an array of fixed width, which is read from a file without running anything."""
    return values.astype(str) if values.dtype == object else values


def _mask(missing: np.ndarray) -> np.ndarray | None:
    return missing if missing.any() else None
