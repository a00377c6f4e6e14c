"""A table that was made, in the types of its contract, and refused where it breaks it."""

from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from insight.contracts.rules import broken_rules
from insight.contracts.table import Column, Table
from insight.errors import ContractError, listed


def without_null_types(table: pa.Table) -> pa.Table:
    """Give columns that hold nothing a type, which the engine asks for."""
    fields = [pa.field(f.name, pa.string()) if pa.types.is_null(f.type) else f for f in table.schema]
    return table.cast(pa.schema(fields))


def as_described(data: ibis.Table, contract: Table) -> ibis.Table:
    """Give a table the columns and types of its contract; other columns than the contract's are refused."""
    missing = [name for name in contract.names if name not in data.columns]
    extra = [name for name in data.columns if name not in contract.names]
    if missing or (extra and not contract.extra_columns):
        raise ContractError(
            f"{contract.name}: the columns are not the contract's"
            + listed([f"missing: {name}" for name in missing] + [f"not described: {name}" for name in extra])
        )
    kept = {column.name: _in_type(data[column.name], column) for column in contract.columns}
    return data.select(**kept, **{name: data[name] for name in extra})


def _in_type(value: ibis.Value, column: Column) -> ibis.Value:
    typed = value.cast(column.engine_type)
    return typed.isnan().ifelse(ibis.null(column.engine_type), typed) if column.type == "number" else typed


def refuse_broken(data: ibis.Table, contract: Table) -> None:
    """Refuse a table with rows that break its contract, saying each rule and how often."""
    broken = {
        f"{column.name} {rule.in_english}": breaks
        for column in contract.columns
        for rule, breaks in broken_rules(data[column.name], column, contract)
    }
    sums = {f"rule_{place}": rule.fill_null(False).cast("int64").sum() for place, rule in enumerate(broken.values())}
    found = data.aggregate(**sums, rows=data.count()).to_pyarrow().to_pylist()[0]
    distinct = data.select(list(contract.key)).distinct().count().execute()
    problems = [f"{words} in {n:,} row(s)" for place, words in enumerate(broken) if (n := found[f"rule_{place}"])]
    if distinct < found["rows"]:
        problems.append(f"{', '.join(contract.key)} repeats in {found['rows'] - distinct:,} row(s)")
    if problems:
        raise ContractError(f"{contract.name}: {len(problems)} problem(s) in what was made" + listed(problems))


def count_values(path: Path) -> tuple[int, dict[str, int]]:
    """Count rows, and values per column, from what Parquet says of itself."""
    found = pq.ParquetFile(path).metadata
    filled = dict.fromkeys(found.schema.names, 0)
    for group in range(found.num_row_groups):
        for place, name in enumerate(found.schema.names):
            column = found.row_group(group).column(place)
            filled[name] += column.num_values - column.statistics.null_count
    return found.num_rows, filled
