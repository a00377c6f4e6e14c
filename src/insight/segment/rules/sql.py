"""Rules as SQL, for who has the tables and not this program: from ``profile`` and ``transactions`` to groups."""

from collections.abc import Iterable, Mapping
from datetime import date

import pandas as pd

from insight.segment.rules.columns import Column, double
from insight.segment.rules.tree import Limits, RuleSet

_INDENT = "    "


def as_sql(found: RuleSet, counts: pd.DataFrame, credit: pd.DataFrame, *, as_of: date) -> str:
    """Write rules as one SELECT that gives ``customer_id`` and ``group``.

    Standard SQL over the tables ``profile`` and ``transactions`` of the workspace, which runs in DuckDB, Spark and
    PostgreSQL alike.

    Parameters
    ----------
    found
        From `insight.segment.rules.tree.learn_rules`.
    counts, credit
        What the rules were learned from: of which categories, and which lines of credit, there are any.
    as_of
        Last day that counts.
    """
    asked = sorted({of for column in found.columns for of in _counted(column)})
    names = {categories: f"n{number}" for number, categories in enumerate(asked, start=1)}
    known = [str(name) for name in counts]
    counted = {"bought": _bought(names, known, as_of), "charged": _charged(found.columns, credit, as_of)}
    parts = {name: part for name, part in counted.items() if part}
    columns = [f"{_feature(column, names)} AS {_quoted(column.name)}" for column in found.columns]
    joined = [f"LEFT JOIN {name} USING (customer_id)" for name in parts]
    parts["features"] = _select(["customer_id", *columns], "profile", joined)
    cases = [f"{_INDENT}WHEN {_conditions(rule.limits.items())} THEN {_text(rule.group)}" for rule in found.rules]
    case = f"\n{_INDENT}".join(["CASE", *cases, 'END AS "group"'])
    before = ",\n".join(f"{name} AS (\n{part}\n)" for name, part in parts.items())
    return (
        f"-- Groups by if-then rules, as of {as_of}.\nWITH {before}\n"
        f"SELECT\n{_INDENT}customer_id,\n{_INDENT}{case}\nFROM features\n"
    )


def _feature(column: Column, names: Mapping[tuple[str, ...], str]) -> str:
    return column.as_sql(lambda categories: f"COALESCE({names[categories]}, 0)")


def _counted(column: Column) -> Iterable[tuple[str, ...]]:
    """Name the categories whose purchases a column is made of; nothing means all that are counted."""
    return [column.some, column.some + column.others if column.others else ()] if column.some else []


def _bought(names: Mapping[tuple[str, ...], str], known: list[str], as_of: date) -> str:
    counted = [f"{_sum(_among(categories or known))} AS {name}" for categories, name in names.items()]
    where = [f"kind = 'purchase' AND amount > 0 AND occurred_on <= {_day(as_of)}"]
    return _grouped(counted, [*where, f"AND {_among(known)}"]) if counted else ""


def _charged(columns: Iterable[Column], credit: pd.DataFrame, as_of: date) -> str:
    conditions = {"fees": "kind = 'fee'", "instalments": "instalment_months > 0"}
    asked = [column.trait for column in columns if column.trait in conditions and column.trait in credit]
    counted = [f"{_sum(conditions[name])} AS {name}" for name in asked]
    return _grouped(counted, [f"occurred_on <= {_day(as_of)}"]) if counted else ""


def _grouped(counted: list[str], where: list[str]) -> str:
    said = f"\n{_INDENT}WHERE " + f"\n{_INDENT}{_INDENT}".join(where)
    return _select(["customer_id", *counted], "transactions", []) + said + f"\n{_INDENT}GROUP BY customer_id"


def _select(columns: list[str], table: str, joined: list[str]) -> str:
    listed = f",\n{_INDENT}{_INDENT}".join(columns)
    return f"\n{_INDENT}".join([f"{_INDENT}SELECT\n{_INDENT}{_INDENT}{listed}", f"FROM {table}", *joined])


def _conditions(limits: Iterable[tuple[Column, Limits]]) -> str:
    said = []
    for column, asked in limits:
        said += [f"{_quoted(column.name)} > {double(asked.over)}"] if asked.over is not None else []
        said += [f"{_quoted(column.name)} <= {double(asked.at_most)}"] if asked.at_most is not None else []
    return " AND ".join(said) or "TRUE"


def _sum(condition: str) -> str:
    return f"SUM(CASE WHEN {condition} THEN 1 ELSE 0 END)"


def _among(categories: Iterable[str]) -> str:
    return f"category IN ({', '.join(map(_text, categories))})"


def _day(day: date) -> str:
    return f"DATE '{day}'"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
