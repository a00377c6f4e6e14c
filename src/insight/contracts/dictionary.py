"""The data dictionary, written from the contracts."""

from collections.abc import Iterable

from insight.contracts.table import Table
from insight.contracts.tables.features import Feature


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


def features_as_markdown(features: Iterable[Feature]) -> str:
    """Write the dictionary of the given features as Markdown, as kept in ``docs/features.md``."""
    features = list(features)
    parts = [
        "# Features",
        "Written from `src/insight/contracts/tables/features.yaml` by `insight dictionary`; do not edit. "
        "Each describes a customer as of a day, and no row of a later day counts.",
    ]
    for family in dict.fromkeys(feature.family for feature in features):
        rows = [
            f"| `{one.name}` | {one.type} | {one.unit} | {one.window or ''} | {', '.join(one.sources)} "
            f"| {one.meaning} | {one.meaning_zh} |"
            for one in features
            if one.family == family
        ]
        head = "| feature | type | unit | window, days | tables | meaning | 含义 |\n|---|---|---|---|---|---|---|"
        parts.append("\n".join([f"## {family}\n", head, *rows]))
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
