"""Check delivered rows against their contract, in the engine, and quarantine what breaks it.

Every delivered row ends in exactly one place: accepted, quarantined, or removed as a repetition of
an accepted one. So rows and amounts always reconcile, and `check` proves it before it answers.
"""

from dataclasses import dataclass
from datetime import date

import ibis
import pandas as pd

from insight.contracts.rules import Rule, broken_rules
from insight.contracts.table import MONEY, Column, Table
from insight.errors import ContractError, listed

#: Columns that a source adds to each row: where it stands, and why it could not be read.
PLACE = ("source_file", "source_line")
FAULT = "fault"


@dataclass(frozen=True)
class Checked:
    """What became of the rows of one table.

    Attributes
    ----------
    accepted
        Rows with the contract's columns and types.
    quarantined
        One row per fault: ``source_file, source_line, column, rule`` in English; never a value.
    broken
        One row per column and rule, the most frequent first: ``column``, ``rule`` in English, its
        ``code`` and ``bounds``, ``rows``, ``first_file`` and ``first_line``.
    counts
        One row per file: ``rows_*`` and ``amount_*`` of delivered, accepted, quarantined, duplicate.
    """

    accepted: ibis.Table
    quarantined: ibis.Table
    broken: pd.DataFrame
    counts: pd.DataFrame


def check(delivered: ibis.Table, contract: Table, *, latest: date | None = None) -> Checked:
    """Sort delivered rows into accepted, quarantined, and removed as repeated.

    Parameters
    ----------
    delivered
        Canonical columns, as far as the source has them, with ``source_file``, ``source_line`` and
        ``fault`` (`Rule.fault` of a column where a row could not be read, else null).
    contract
        What the table should be. Columns that the source lacks come out empty.
    latest
        Last day that a column marked ``past`` may hold.

    Raises
    ------
    ContractError
        If the source lacks a column that every row must have.

    Notes
    -----
    Of rows with the same key and the same content the first (by file and line) is kept and the
    others are counted as repeated; a later row with the same key and other content is quarantined.
    """
    _refuse_missing_columns(delivered, contract)
    faults = _faults(delivered, contract, latest=latest)
    typed = _keep(
        delivered.select(
            *(delivered[name] for name in PLACE),
            **{column.name: _typed(delivered, column) for column in contract.columns},
            faults=ibis.coalesce(*faults).isnull().ifelse(ibis.null("array<string>"), ibis.array(faults)),
            is_sound=ibis.coalesce(*faults).isnull(),
        )
    )
    judged = _judge_repeats(typed, contract)
    quarantined = _quarantined(judged)
    broken = _count_broken(quarantined)
    checked = Checked(
        accepted=judged.filter(judged.verdict == "accepted").select(contract.names),
        quarantined=_in_english(quarantined, broken),
        broken=broken.drop(columns="encoded"),
        counts=_count(judged, contract),
    )
    _prove_conservation(checked.counts, contract)
    return checked


def refuse_above_limit(checked: Checked, contract: Table, *, rows_share: float, amount_share: float) -> None:
    """Stop the run when too much of a table was quarantined.

    Raises
    ------
    ContractError
        Naming each rule, how many rows broke it, where first, and what to do.
    """
    totals = checked.counts.filter(regex="^(rows|magnitude)_").sum()
    rows = _share(totals["rows_quarantined"], totals["rows_delivered"])
    amount = _share(totals["magnitude_quarantined"], totals["magnitude_delivered"])
    if rows <= rows_share and amount <= amount_share:
        return
    raise ContractError(
        f"{contract.name}: {int(totals['rows_quarantined']):,} of {int(totals['rows_delivered']):,} rows "
        f"({rows:.1%} of rows, {amount:.1%} of amounts) break the contract; at most {rows_share:.1%} of rows and "
        f"{amount_share:.1%} of amounts may"
        + listed(faults_in_words(checked))
        + "\nMend the files or their description in params/; or, if you know these rows, raise "
        "quarantine_rows_share or quarantine_amount_share."
    )


def faults_in_words(checked: Checked) -> list[str]:
    """Say which rule was broken how often and where first, the most frequent first."""
    return [
        f"{row.column}: {row.rule} in {row.rows:,} row(s), first in {row.first_file}, line {row.first_line}"
        for row in checked.broken.itertuples()
    ]


def _keep(expression: ibis.Table) -> ibis.Table:
    """Compute a table once, in the engine; what follows reads the result."""
    return expression.get_backend().create_table(ibis.util.gen_name("checked"), expression, temp=True)


def _share(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else 0.0


def _refuse_missing_columns(delivered: ibis.Table, contract: Table) -> None:
    needed = [column.name for column in contract.columns if contract.is_required(column)]
    missing = [name for name in needed if name not in delivered.columns]
    if missing:
        raise ContractError(
            f"{contract.name}: every row needs {', '.join(needed)}; the source describes no {', '.join(missing)}. "
            "Add the column(s) under `source` in params/."
        )


def _typed(delivered: ibis.Table, column: Column) -> ibis.Value:
    if column.name not in delivered.columns:
        return ibis.null(column.engine_type)
    return delivered[column.name].cast(column.engine_type)


def _faults(delivered: ibis.Table, contract: Table, *, latest: date | None) -> list[ibis.Value]:
    """Give one expression per rule: the fault where a row breaks it, else null.

    A row that the source itself could not read shows that fault alone: what follows from it
    (an amount that is not a number is also missing) would only be said twice.
    """
    unread = delivered[FAULT].notnull()
    rules = [(unread, delivered[FAULT])]
    for column in contract.columns:
        if column.name in delivered.columns:
            rules += [
                (~unread & broken, ibis.literal(rule.fault(column.name)))
                for rule, broken in broken_rules(delivered[column.name], column, contract, latest=latest)
            ]
    return [broken.fill_null(False).ifelse(fault, ibis.null("string")) for broken, fault in rules]


def _judge_repeats(typed: ibis.Table, contract: Table) -> ibis.Table:
    """Give each row its verdict: accepted, quarantined or duplicate."""
    sound = typed.filter(typed.is_sound)
    keys = sound.group_by(list(contract.key)).aggregate(times=sound.count())
    repeated_keys = keys.filter(keys.times > 1).drop("times")
    repeated_keys = _keep(repeated_keys)
    if repeated_keys.count().execute() == 0:
        # nothing is copied where nothing repeats: tables are large, and mostly sound
        return typed.mutate(verdict=typed.is_sound.ifelse("accepted", "quarantined"))
    unsound = typed.filter(~typed.is_sound).mutate(verdict=ibis.literal("quarantined"))
    once = sound.anti_join(repeated_keys, list(contract.key)).mutate(verdict=ibis.literal("accepted"))
    ranked = _rank_repeats(sound.semi_join(repeated_keys, list(contract.key)), contract)
    return _keep(ibis.union(once, ranked, unsound))


def _rank_repeats(repeated: ibis.Table, contract: Table) -> ibis.Table:
    window = ibis.window(group_by=list(contract.key), order_by=list(PLACE))
    content = ibis.array([repeated[name].cast("string").fill_null("\x00") for name in contract.names])
    ranked = repeated.mutate(content=content).mutate(
        place=ibis.row_number().over(window), first_content=lambda t: t.content.first().over(window)
    )
    is_same = ranked.content == ranked.first_content
    verdict = ibis.cases((ranked.place == 0, "accepted"), (is_same, "duplicate"), else_="quarantined")
    again = ibis.array([ibis.literal(Rule("repeated_key").fault(contract.key[0]))])
    faults = (verdict == "quarantined").ifelse(again, ranked.faults)
    return ranked.mutate(verdict=verdict, faults=faults).select((*repeated.columns, "verdict"))


def _quarantined(judged: ibis.Table) -> ibis.Table:
    """Give one row per fault, with its rule as it goes through the engine."""
    bad = judged.filter(judged.verdict == "quarantined").select(*PLACE, "faults").unnest("faults")
    bad = bad.filter(bad.faults.notnull())
    return bad.select(*PLACE, column=bad.faults.split(": ")[0], rule=bad.faults.re_replace("^[^:]*: ", ""))


def _count_broken(quarantined: ibis.Table) -> pd.DataFrame:
    place = ibis.struct({name: quarantined[name] for name in PLACE})
    counted = quarantined.group_by("column", "rule").aggregate(rows=quarantined.count(), place=place.min()).to_pandas()
    rules = [Rule.decoded(text) for text in counted["rule"]]
    first = counted.pop("place")
    return counted.assign(
        encoded=counted["rule"],
        rule=[rule.in_english for rule in rules],
        code=[rule.code for rule in rules],
        bounds=[rule.bounds for rule in rules],
        first_file=[one["source_file"] for one in first],
        first_line=[one["source_line"] for one in first],
    ).sort_values(["rows", "column", "rule"], ascending=[False, True, True], ignore_index=True)


def _in_english(quarantined: ibis.Table, broken: pd.DataFrame) -> ibis.Table:
    english = dict(zip(broken["encoded"], broken["rule"], strict=True))
    said = quarantined.rule.substitute(english) if english else quarantined.rule
    return quarantined.mutate(rule=said).order_by(*PLACE, "column", "rule")


def _count(judged: ibis.Table, contract: Table) -> pd.DataFrame:
    nothing = ibis.literal(0).cast(MONEY)
    amount = judged[contract.amount].fill_null(0) if contract.amount else nothing
    verdicts = {"delivered": judged.verdict.notnull()} | {
        name: judged.verdict == name for name in ("accepted", "quarantined", "duplicate")
    }
    measures = {}
    for name, holds in verdicts.items():
        measures[f"rows_{name}"] = holds.cast("int64").sum()
        measures[f"amount_{name}"] = holds.ifelse(amount, nothing).sum()
        measures[f"magnitude_{name}"] = holds.ifelse(amount, nothing).abs().sum()
    counts = judged.group_by("source_file").aggregate(**measures).order_by("source_file").to_pyarrow()
    frame = counts.to_pandas()
    if contract.amount is None:
        frame[[f"amount_{name}" for name in verdicts]] = None
    return frame


def _prove_conservation(counts: pd.DataFrame, contract: Table) -> None:
    for what in ("rows", "amount") if contract.amount else ("rows",):
        out = counts[f"{what}_accepted"] + counts[f"{what}_quarantined"] + counts[f"{what}_duplicate"]
        if not (out == counts[f"{what}_delivered"]).all():
            raise ContractError(
                f"{contract.name}: {what} delivered are not accepted + quarantined + repeated. "
                "This is a fault of insight itself: please report it."
            )
