"""Check delivered rows against their contract, in the engine, and quarantine what breaks it.

Every delivered row ends in exactly one place: accepted, quarantined, or removed as a repetition of
an accepted one. So rows and amounts always reconcile, and `check` proves it before it answers.
A value that not every row must have goes without its row, and is counted; an amount that cannot be read
is unknown, never nothing.
"""

from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.datatypes as dt
import pandas as pd

from insight.contracts.rules import Rule, broken_rules, lacks_all
from insight.contracts.table import FAULT, LIKELY_AMOUNT, MONEY, PLACE, REMARKS, Column, Table
from insight.errors import ContractError, listed

_FATES = ("delivered", "accepted", "quarantined", "duplicate")
#: Rules of lines that hold no record, and so no amount that could be unknown.
_NO_RECORD = ("header_again", "totals_line")
_NOT_WITHOUT = ("transactions", "customer_records")  # tables from which all others follow
_RULES_OF_ROWS = dt.Array(dt.string)


@dataclass(frozen=True)
class Checked:
    """What became of the rows of one table.

    Attributes
    ----------
    accepted
        Rows with the contract's columns and types.
    placed
        The same rows with ``source_file`` and ``source_line``.
    quarantined
        One row per fault: ``source_file, source_line, column, rule`` in English; never a value.
    broken
        One row per column and rule, the most frequent first: ``column``, ``rule`` in English, its
        ``code`` and ``bounds``, ``rows``, ``first_file`` and ``first_line``.
    remarks
        The same of accepted rows: values that were dropped, and whatever else was done to a value.
    counts
        One row per file: ``rows_*``, ``amount_*``, ``magnitude_*`` and ``unknown_*`` (rows whose amount is not
        known, and is in no sum) of delivered, accepted, quarantined, duplicate; ``likely_rows`` and
        ``likely_magnitude``, quarantined rows whose amount another mark would tell, and what they come to.
    by_currency
        One row per currency: ``currency``, and ``rows_*`` and ``amount_*`` of the rows whose amount can be read.
    """

    accepted: ibis.Table
    placed: ibis.Table
    quarantined: ibis.Table
    broken: pd.DataFrame
    remarks: pd.DataFrame
    counts: pd.DataFrame
    by_currency: pd.DataFrame


def check(
    delivered: ibis.Table, contract: Table, *, latest: date | None = None, currency: str | None = None
) -> Checked:
    """Sort delivered rows into accepted, quarantined, and removed as repeated.

    Parameters
    ----------
    delivered
        Canonical columns, as far as the source has them, with ``source_file``, ``source_line`` and
        ``fault`` (`Rule.fault` of a column where a row could not be read, else null); where the source has
        them ``remarks`` (faults of values that were left out) and ``likely_amount`` (what an amount that
        could not be read comes to with another mark for decimals or thousands).
    contract
        What the table should be. Columns that the source lacks come out empty.
    latest
        Last day that a column marked ``past`` may hold.
    currency
        The business's; amounts in another one are unknown in it.

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
    remarks = _remarks(delivered, contract, latest=latest)
    typed = _keep(
        delivered.select(
            *(delivered[name] for name in PLACE),
            **{column.name: _typed(delivered, column, contract, latest=latest) for column in contract.columns},
            faults=_some_of(faults),
            remarks=_some_of(remarks) if remarks else ibis.null(_RULES_OF_ROWS),
            told=_given(delivered, REMARKS, _RULES_OF_ROWS),
            likely=_given(delivered, LIKELY_AMOUNT, dt.float64),
            is_unknown=_is_unknown(delivered, contract, currency),
            is_sound=ibis.coalesce(*faults).isnull(),
        )
    )
    judged = _judge_repeats(typed, contract)
    quarantined = _by_fault(judged.filter(judged.verdict == "quarantined"), "faults")
    broken = count_by_rule(quarantined)
    accepted = judged.filter(judged.verdict == "accepted")
    checked = Checked(
        accepted=accepted.select(contract.names),
        placed=accepted.select(*contract.names, *PLACE),
        quarantined=_in_english(quarantined, broken),
        broken=broken.drop(columns="encoded"),
        remarks=_count_remarks(accepted).drop(columns="encoded"),
        counts=_count(judged, contract),
        by_currency=_count_by_currency(judged, contract),
    )
    _prove_conservation(checked.counts, contract)
    return checked


def refuse_above_limit(checked: Checked, contract: Table, *, rows_share: float, amount_share: float) -> None:
    """Stop the run when too much of a table was quarantined, or all else follows from it and it holds no row.

    Lines that hold no record count neither way.

    Raises
    ------
    ContractError
        Naming each rule, how many rows broke it, where first, and what to do.
    """
    totals = checked.counts.drop(columns="source_file").sum()
    if contract.name in _NOT_WITHOUT and not totals["rows_delivered"]:
        raise ContractError(
            f"{contract.name}: what was delivered has a header and no row. "
            "Deliver its rows, or take it out of `source` in params/."
        )
    none = int(checked.broken.loc[checked.broken.code.isin(_NO_RECORD), "rows"].sum())
    out, records = int(totals["rows_quarantined"]) - none, int(totals["rows_delivered"]) - none
    rows = _share(out, records)
    amount = _share_of_amounts(totals)
    if rows <= rows_share and amount <= amount_share:
        return
    raise ContractError(
        f"{contract.name}: {out:,} of {records:,} rows "
        f"({rows:.1%} of rows, {amount:.1%} of amounts) break the contract; at most {rows_share:.1%} of rows and "
        f"{amount_share:.1%} of amounts may"
        + unknown_in_words(checked.counts, before=". ")
        + listed(faults_in_words(checked.broken))
        + "\nMend the files or their description in params/; or, if you know these rows, raise "
        "quarantine_rows_share or quarantine_amount_share."
    )


def _share_of_amounts(totals: pd.Series) -> float:
    """Give the share of amounts that is quarantined, where an amount that is unknown counts too.

    It counts at what another mark makes of it; where no mark makes it a number, at the mean of those that can be read.
    """
    known = int(totals["rows_delivered"] - totals["unknown_delivered"])
    mean = float(totals["magnitude_delivered"]) / known if known else 1.0
    guessed = float(totals["likely_magnitude"]) + mean * int(totals["unknown_quarantined"] - totals["likely_rows"])
    return _share(float(totals["magnitude_quarantined"]) + guessed, float(totals["magnitude_delivered"]) + guessed)


def unknown_in_words(counts: pd.DataFrame, *, before: str = "") -> str:
    """Say of how many quarantined rows the amount is unknown, and what another mark makes of them; empty where none."""
    totals = counts.drop(columns="source_file").sum()
    if not totals["unknown_quarantined"]:
        return ""
    said = f"{before}The amount of {int(totals['unknown_quarantined']):,} of the quarantined rows is unknown"
    if totals["likely_rows"]:
        said += (
            f"; with other marks for decimals and thousands {int(totals['likely_rows']):,} of them would come to "
            f"{totals['likely_magnitude']:,.2f}: look at `decimal` and `thousands` under format"
        )
    return said


def faults_in_words(broken: pd.DataFrame) -> list[str]:
    """Say which rule was broken how often and where first, the most frequent first: of ``broken`` or ``remarks``."""
    return [
        f"{row.column}: {row.rule} in {row.rows:,} row(s), first in {row.first_file}, line {row.first_line}"
        for row in broken.itertuples()
    ]


def _keep(expression: ibis.Table) -> ibis.Table:
    """Compute a table once, in the engine; what follows reads the result."""
    return expression.get_backend().create_table(ibis.util.gen_name("checked"), expression, temp=True)


def _share(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else 0.0


def _refuse_missing_columns(delivered: ibis.Table, contract: Table) -> None:
    needed = [column.name for column in contract.columns if contract.is_required(column)]
    missing = [name for name in needed if name not in delivered.columns]
    if contract.either and not set(contract.either) & set(delivered.columns):
        needed, missing = [*needed, contract.either[0]], [*missing, contract.either[0]]
    if missing:
        raise ContractError(
            f"{contract.name}: every row needs {', '.join(needed)}; the source describes no {', '.join(missing)}. "
            "Add the column(s) under `source` in params/."
        )


def _given(delivered: ibis.Table, name: str, kind: dt.DataType) -> ibis.Value:
    return delivered[name] if name in delivered.columns else ibis.null(kind)


def _some_of(faults: list[ibis.Value]) -> ibis.Value:
    """Put the faults of a row into a list; null where it has none, as nearly every row."""
    return ibis.coalesce(*faults).isnull().ifelse(ibis.null(_RULES_OF_ROWS), ibis.array(faults))


def _typed(delivered: ibis.Table, column: Column, contract: Table, *, latest: date | None) -> ibis.Value:
    """Give a column in the contract's type, empty where a value that need not be there breaks a rule."""
    if column.name not in delivered.columns:
        return ibis.null(column.engine_type)
    value = delivered[column.name].cast(column.engine_type)
    if contract.decides(column):
        return value
    broken = [holds for _, holds in broken_rules(delivered[column.name], column, contract, latest=latest)]
    return ibis.or_(*broken).fill_null(False).ifelse(ibis.null(column.engine_type), value) if broken else value


def _faults(delivered: ibis.Table, contract: Table, *, latest: date | None) -> list[ibis.Value]:
    """Give one expression per rule that decides about a row: the fault where the row breaks it, else null.

    A row that the source itself could not read shows that fault alone: what follows from it
    (an amount that is not a number is also missing) would only be said twice.
    """
    unread = delivered[FAULT].notnull()
    asked = _asked(delivered, contract, latest=latest, deciding=True)
    if lacking := lacks_all(delivered, contract):
        asked.append((lacking[2], ibis.literal(lacking[1].fault(lacking[0]))))
    return [unread.ifelse(delivered[FAULT], ibis.null("string"))] + [
        (~unread & broken).fill_null(False).ifelse(fault, ibis.null("string")) for broken, fault in asked
    ]


def _remarks(delivered: ibis.Table, contract: Table, *, latest: date | None) -> list[ibis.Value]:
    """Give one expression per rule of a column that rows need not have: the fault where its value goes, else null."""
    return [
        broken.fill_null(False).ifelse(fault, ibis.null("string"))
        for broken, fault in _asked(delivered, contract, latest=latest, deciding=False)
    ]


def _asked(
    delivered: ibis.Table, contract: Table, *, latest: date | None, deciding: bool
) -> list[tuple[ibis.Value, ibis.Value]]:
    return [
        (broken, ibis.literal(rule.fault(column.name)))
        for column in contract.columns
        if column.name in delivered.columns and contract.decides(column) == deciding
        for rule, broken in broken_rules(delivered[column.name], column, contract, latest=latest)
    ]


def _is_unknown(delivered: ibis.Table, contract: Table, currency: str | None) -> ibis.Value:
    """Say of which rows the amount is not known: it cannot be read, or it is in another currency."""
    if contract.amount is None:
        return ibis.literal(False)
    unknown = delivered[contract.amount].isnull() & ~delivered[FAULT].isin(
        [Rule(code).fault("line") for code in _NO_RECORD]
    ).fill_null(False)
    if currency is not None and "currency" in delivered.columns:
        unknown = unknown | (delivered.currency != currency).fill_null(True) & delivered[contract.amount].notnull()
    return unknown


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
    telling = [column.name for column in contract.columns if not column.follows]
    content = ibis.array([repeated[name].cast("string").fill_null("\x00") for name in telling])
    ranked = repeated.mutate(content=content).mutate(
        place=ibis.row_number().over(window), first_content=lambda t: t.content.first().over(window)
    )
    is_same = ranked.content == ranked.first_content
    verdict = ibis.cases((ranked.place == 0, "accepted"), (is_same, "duplicate"), else_="quarantined")
    again = ibis.array([ibis.literal(Rule("repeated_key").fault(contract.key[0]))])
    faults = (verdict == "quarantined").ifelse(again, ranked.faults)
    return ranked.mutate(verdict=verdict, faults=faults).select((*repeated.columns, "verdict"))


def _by_fault(rows: ibis.Table, name: str) -> ibis.Table:
    """Give one row per fault that a column lists, with its rule as it goes through the engine."""
    listed_in = rows[name]
    one = rows.filter(listed_in.notnull()).select(*PLACE, fault=listed_in).unnest("fault")
    one = one.filter(one.fault.notnull())
    return one.select(*PLACE, column=one.fault.split(": ")[0], rule=one.fault.re_replace("^[^:]*: ", ""))


def _count_remarks(accepted: ibis.Table) -> pd.DataFrame:
    return count_by_rule(ibis.union(_by_fault(accepted, "remarks"), _by_fault(accepted, "told")))


def count_by_rule(found: ibis.Table) -> pd.DataFrame:
    """Count the rows per column and rule, the most frequent first, with the first place of each."""
    place = ibis.struct({name: found[name] for name in PLACE})
    counted = found.group_by("column", "rule").aggregate(rows=found.count(), place=place.min()).to_pandas()
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


def _had_fate(judged: ibis.Table, fate: str) -> ibis.Value:
    """Say which rows came to one of the fates; every row was delivered."""
    return judged.verdict.notnull() if fate == "delivered" else judged.verdict == fate


def _count(judged: ibis.Table, contract: Table) -> pd.DataFrame:
    nothing = ibis.literal(0).cast(MONEY)
    amount = judged[contract.amount].fill_null(0) if contract.amount else nothing
    known = judged.is_unknown.ifelse(nothing, amount)
    measures = {}
    for name in _FATES:
        holds = _had_fate(judged, name)
        measures[f"rows_{name}"] = holds.cast("int64").sum()
        measures[f"amount_{name}"] = holds.ifelse(known, nothing).sum()
        measures[f"magnitude_{name}"] = holds.ifelse(known, nothing).abs().sum()
        measures[f"unknown_{name}"] = (holds & judged.is_unknown).cast("int64").sum()
    is_likely = judged.is_unknown & (judged.verdict == "quarantined") & judged.likely.notnull()
    measures["likely_rows"] = is_likely.cast("int64").sum()
    measures["likely_magnitude"] = is_likely.ifelse(judged.likely.abs(), 0.0).sum()
    counts = judged.group_by("source_file").aggregate(**measures).order_by("source_file").to_pyarrow()
    frame = counts.to_pandas()
    if contract.amount is None:
        frame[[f"amount_{name}" for name in _FATES]] = None
    return frame


def _count_by_currency(judged: ibis.Table, contract: Table) -> pd.DataFrame:
    if contract.amount is None or "currency" not in contract.names:
        return pd.DataFrame({"currency": []})
    rows = judged.filter(judged[contract.amount].notnull(), judged.currency.notnull())
    measures = {}
    for name in _FATES:
        holds = _had_fate(rows, name)
        measures[f"rows_{name}"] = holds.cast("int64").sum()
        measures[f"amount_{name}"] = holds.ifelse(rows[contract.amount], ibis.literal(0).cast(MONEY)).sum()
    return rows.group_by("currency").aggregate(**measures).order_by("currency").to_pyarrow().to_pandas()


def _prove_conservation(counts: pd.DataFrame, contract: Table) -> None:
    for what in ("rows", "amount") if contract.amount else ("rows",):
        out = counts[f"{what}_accepted"] + counts[f"{what}_quarantined"] + counts[f"{what}_duplicate"]
        if not (out == counts[f"{what}_delivered"]).all():
            raise ContractError(
                f"{contract.name}: {what} delivered are not accepted + quarantined + repeated. "
                "This is a fault of insight itself: please report it."
            )
