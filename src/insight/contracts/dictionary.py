"""The data dictionary, written from the contracts."""

from collections.abc import Iterable

from insight.contracts.table import Table


def as_markdown(contracts: Iterable[Table]) -> str:
    """Write the data dictionary of the given tables as Markdown, as kept in ``docs/data-dictionary.md``."""
    delivered = [table for table in contracts if table.delivered]
    made = [table for table in contracts if not table.delivered]
    parts = [
        "# Data dictionary",
        "Written from the contracts in `src/insight/contracts` by `insight dictionary`; do not edit.",
        "## Tables that a business brings",
        *map(_describe, sorted(delivered, key=lambda table: table.name)),
        "## Tables that the notebooks make",
        *map(_describe, sorted(made, key=lambda table: table.name)),
    ]
    return "\n\n".join(parts) + "\n"


def _describe(table: Table) -> str:
    head = (
        f"### `{table.name}`\n\nOne row is {table.row} ({table.row_zh}). Key: {', '.join(f'`{k}`' for k in table.key)}."
    )
    lines = [
        "| column | type | unit | required | sensitivity | meaning | 含义 |",
        "|---|---|---|---|---|---|---|",
    ]
    for column in table.columns:
        required = "yes" if table.is_required(column) else ""
        lines.append(
            f"| `{column.name}` | {column.type} | {column.unit} | {required} | {column.sensitivity} "
            f"| {column.meaning} | {column.meaning_zh} |"
        )
    return head + "\n\n" + "\n".join(lines)
