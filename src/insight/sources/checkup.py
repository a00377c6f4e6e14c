"""All problems of a business's description and data at once: ``insight check``.

Everything is read and checked as a run would do it, and nothing is written.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
from ibis.expr.types import Table

from insight.config.parameters import Parameters, last_possible_day, project_root
from insight.config.source import Database, Files, TableMapping, ValueFormat
from insight.contracts import CONTRACTS, contract_of, quarantine
from insight.contracts.quarantine import Checked, faults_in_words, refuse_above_limit, unknown_in_words
from insight.engine import connect
from insight.errors import ContractError, InsightError, no_values
from insight.sources import keys
from insight.sources.personal_values import problems_of
from insight.sources.readers.described import Delivered
from insight.sources.readers.files import inputs
from insight.sources.reading.damage import Use, damage_in
from insight.sources.reading.folder import delivered_files, raw_folder
from insight.sources.records import PEOPLE
from insight.sources.registry import described, read
from insight.storage.last_day import last_complete_day
from insight.storage.odd_days import odd_days
from insight.storage.owner_only import temporary_folder
from insight.storage.spill import spill_folder
from insight.storage.workspace import vault_spill

_ONE_DAY, _MOST_ODD = 0.95, 6
_WARNING = "WARNING: "
_TELLING = ("phone", "email", "document_number", "wechat_id")  # what one person has, or a household


@dataclass(frozen=True)
class Report:
    """What was found.

    Attributes
    ----------
    lines
        In words, in the order of the tables.
    is_sound
        Whether a run would accept it.
    """

    lines: tuple[str, ...]
    is_sound: bool


def check(params: Parameters) -> Report:
    """Read and check all that a business delivers.

    Parameters
    ----------
    params
        As ``insight.config.parameters.load`` gives them.

    Returns
    -------
    Report
        Per file: rows, encoding, what is odd, columns without a use. Per table: rows and amounts
        accepted, quarantined and repeated; each broken rule with its count and first place; rows
        without a customer; the days that the data covers.
    """
    people = PEOPLE in described(params)
    with spill_folder(vault_spill(params.dataset)) if people else temporary_folder() as temp:
        con = connect(spill=temp, sealed=people)
        try:
            with no_values("check") if people else contextlib.nullcontext():
                return _examine(params, con, temp)
        except InsightError as error:
            return Report(tuple(str(error).splitlines()), is_sound=False)
        finally:
            con.disconnect()


def _examine(params: Parameters, con: ibis.BaseBackend, temp: Path) -> Report:
    parts = read(params, con, temp=temp)
    tables = {name: one.rows for name, one in parts.items()}
    latest = last_possible_day(params)
    lines, refusals = [], [f"  {said}" for said in problems_of(tables, described(params))]
    accepted = {}
    for name in [name for name in CONTRACTS if name in tables]:
        contract = contract_of(name, tables[name].columns)
        checked = quarantine.check(tables[name], contract, latest=latest, currency=params.currency)
        accepted[name] = checked
        lines += [name, *(f"  {line}" for line in _about(name, checked, parts[name], params))]
        refusals += _refusals(name, checked, params)
    lines += [*_about_keys(accepted, parts, params), *_about_files(params)]
    warnings = sum(line.startswith(_WARNING) for line in map(str.strip, lines))
    said = f"; read the {warnings} warning(s) above first" if warnings else ""
    verdict = (
        [f"{params.dataset}: a run would stop:", *refusals]
        if refusals
        else [f"{params.dataset}: a run can start{said}"]
    )
    return Report((*lines, *verdict), is_sound=not refusals)


def _about(name: str, checked: Checked, part: Delivered, params: Parameters) -> Iterator[str]:
    for file in part.files:
        unused = (
            f"; not used: {', '.join(file.unused[:12])}" + (" …" if len(file.unused) > 12 else "")
            if file.unused
            else ""
        )
        yield f"{file.name}: {file.rows:,} rows, {file.encoding}{unused}"
        yield from (f"  {note}" for note in file.notes)
    if part.raw and isinstance(params.source, Files | Database) and name in params.source.tables:
        mapping = params.source.tables[name]
        uses = _uses(name, mapping, form=params.source.format.overridden_by(mapping.format))
        yield from (f"damaged by a spreadsheet? {said}" for said in damage_in(part.raw, uses))
    yield _reconciled(checked, params.currency)
    if unknown := unknown_in_words(checked.counts):
        yield unknown
    yield from (f"quarantined: {fault}" for fault in faults_in_words(checked.broken))
    yield from (f"kept: {remark}" for remark in faults_in_words(checked.remarks))
    yield from _lost_columns(name, checked)
    if name == PEOPLE:
        yield from _about_people(checked.placed, most=params.linking.max_block)
    if name == "transactions":
        yield from _about_transactions(checked.accepted, params)


def _about_files(params: Parameters) -> list[str]:
    """Name the delivered files that nothing reads."""
    source = params.source
    if not isinstance(source, Files):
        return []
    folder = raw_folder(source, params.dataset, project_root())
    read = inputs(params)
    left = [path.relative_to(folder).as_posix() for path in delivered_files(folder) if path not in read]
    said = ", ".join(left[:12]) + (" …" if len(left) > 12 else "")
    return [f"read by no table: {said}"] if left else []


def _uses(name: str, mapping: TableMapping, *, form: ValueFormat) -> dict[str, Use]:
    """Say what each delivered column is used for; days that are declared as serial numbers are left out."""
    uses: dict[str, Use] = {}
    for column, rule in mapping.columns.items():
        kind = CONTRACTS[name].column(column).type
        use: Use = "id" if column.endswith("_id") else "moment" if kind in ("instant", "day") else "other"
        if use != "moment" or "excel" not in (rule.dates or form.dates):
            uses |= dict.fromkeys(rule.sources, use)
    return uses


def _reconciled(checked: Checked, currency: str) -> str:
    totals = checked.counts.drop(columns="source_file").sum()
    has_amounts = len(checked.counts) > 0 and checked.counts["amount_delivered"].notna().all()
    money = checked.by_currency.set_index("currency")
    parts = []
    for fate in ("delivered", "accepted", "quarantined", "duplicate"):
        unknown = int(totals[f"unknown_{fate}"])
        if len(money.index.difference([currency])):  # amounts of several currencies are never one sum
            amounts = [f"{row[f'amount_{fate}']:,.2f} {code}" for code, row in money.iterrows() if row[f"rows_{fate}"]]
            unknown -= int(money.drop(currency, errors="ignore")[f"rows_{fate}"].sum())
        else:
            amounts = [f"{totals[f'amount_{fate}']:,.2f}"] if has_amounts else []
            amounts = amounts[: int(totals[f"rows_{fate}"]) > unknown or not unknown]
        known = ", ".join(amounts)
        told = " and ".join([*([known] if known else []), *([f"{unknown:,} unknown"] if unknown else [])])
        told = f" ({told})" if told else ""
        parts.append(f"{int(totals[f'rows_{fate}']):,} {'repeated' if fate == 'duplicate' else fate}{told}")
    return f"rows (amounts): {parts[0]} = {' + '.join(parts[1:])}"


def _about_transactions(rows: Table, params: Parameters) -> Iterator[str]:
    told = (
        rows.aggregate(
            rows=rows.count(),
            customers=rows.customer_id.nunique(),
            first=rows.occurred_on.min(),
            last=rows.occurred_on.max(),
        )
        .to_pyarrow()
        .to_pylist()[0]
    )
    if not told["rows"]:
        return
    yield f"{told['customers']:,} customers, {told['first']} to {told['last']}"
    yield from _about_last_day(params.as_of, first=told["first"], last=told["last"])
    yield from _about_days(rows, told["rows"])
    yield from _about_the_end(rows, told["last"])
    sums = rows.group_by("kind", "currency", nobody=rows.customer_id.isnull()).aggregate(
        rows=rows.count(), amount=rows.amount.sum()
    )
    lines = sums.to_pandas()
    lines = lines.assign(code=lines.currency if lines.currency.ne(params.currency).any() else "")
    if lines.nobody.any():
        lost = lines[lines.nobody].groupby("code", sort=True)[["rows", "amount"]].sum()
        money = ", ".join(f"{row.amount:,.2f} {code}".strip() for code, row in lost.iterrows())
        yield f"unassigned: {int(lost.rows.sum()):,} rows ({money}) without a customer; kept"
    kinds = lines.groupby(["kind", "code"], sort=True)[["rows", "amount"]].sum()
    said = [f"{kind} {row.rows:,} ({f'{row.amount:,.2f} {code}'.strip()})" for (kind, code), row in kinds.iterrows()]
    yield f"kinds: {', '.join(said)}"


def _about_last_day(as_of: date | None, *, first: date, last: date) -> Iterator[str]:
    """Say where the last day that counts lies outside what the data covers."""
    if as_of and as_of > last:
        days = (as_of - last).days
        yield f"as_of: {as_of} lies {days:,} day(s) after the last one with a transaction; all count as days of silence"
    elif as_of and as_of < first:
        yield f"as_of: {as_of} lies before the first day with a transaction; nothing is left to count"


def _about_the_end(rows: Table, last: date) -> Iterator[str]:
    """Say where the last days have fewer lines than they will have, and which days within stand out."""
    per_day = rows.group_by("occurred_on").aggregate(rows=rows.count()).order_by("occurred_on").to_pandas()
    lines = pd.Series(per_day["rows"].to_numpy(), index=pd.DatetimeIndex(per_day["occurred_on"]))
    if (complete := last_complete_day(lines)) < last:
        yield (
            f"the last complete day is {complete}: {last} has {int(lines.iloc[-1]):,} row(s), where a day has "
            f"{lines.median():,.0f}. Runs end with {complete}, unless as_of says otherwise"
        )
    odd = odd_days(lines[: pd.Timestamp(complete)])
    for one in odd[:_MOST_ODD]:
        days = f"{one.days:,} day(s) from {one.first}"
        yield (
            f"{_WARNING}from {one.first} on a week has {one.lines:,} row(s), where one had {one.usual:,} before: "
            "see whether files are missing, or were delivered twice"
            if one.kind == "level"
            else f"{_WARNING}{days} have {one.lines:,} row(s), where such days have {one.usual:,}: "
            "see whether files are missing, or were delivered twice"
        )
    if len(odd) > _MOST_ODD:
        yield f"and {len(odd) - _MOST_ODD:,} more such stretches of days; page 10 names them"


def _about_days(rows: Table, lines: int) -> Iterator[str]:
    """Say where all rows, or nearly all, are of one day: that is a date of the file, and no history."""
    most = rows.group_by("occurred_on").aggregate(rows=rows.count()).order_by(ibis.desc("rows"), "occurred_on").limit(1)
    (day,) = most.to_pyarrow().to_pylist()
    share = day["rows"] / lines
    if lines > 1 and share > _ONE_DAY:
        told = "every row is" if share == 1 else f"{share:.1%} of the rows are"
        yield (
            f"{told} of one day, {day['occurred_on']}: that is no history. Nothing can be said of how often customers "
            "come, of churn or of value; say under occurred_on which column holds the day of each purchase"
        )


def _about_people(records: Table, *, most: int) -> Iterator[str]:
    """Point out values that so many records share that they bring no two of them together; never the value."""
    for column in [name for name in _TELLING if name in records.columns]:
        given = records.filter(records[column].notnull())
        shared = given.group_by(value=given[column]).aggregate(
            rows=given.count(), file=given.source_file.argmin(given.source_line), line=given.source_line.min()
        )
        often = shared.filter(shared.rows > most)
        told = often.aggregate(
            **{name: often[name].argmax(often.rows) for name in ("file", "line")},
            values=often.count(),
            rows=often.rows.sum(),
            most=often.rows.max(),
        )
        (found,) = told.to_pyarrow().to_pylist()
        if found["values"]:
            yield (
                f"{_WARNING}{column}: {found['rows']:,} records share {found['values']:,} value(s); the most frequent "
                f"stands in {found['most']:,} of them, first in {found['file']}, line {found['line']}. What more than "
                f"{most:,} records share is no reason to link them: see whether one person was delivered many times, "
                "or nobody's value stands there"
            )


def _lost_columns(name: str, checked: Checked) -> Iterator[str]:
    """Warn of columns of which no value at all can be read."""
    for column in checked.remarks.column.unique():
        if column in checked.accepted.columns and not checked.accepted[column].count().execute():
            yield f"{_WARNING}{name}.{column}: none of its values can be read; look at its rule and format in params/"


def _about_keys(checked: dict[str, Checked], parts: Mapping[str, Delivered], params: Parameters) -> Iterator[str]:
    """Say which rows name something that is not there, what was looked up, and which baskets stand in two files."""
    placed = {name: one.placed for name, one in checked.items()}
    if "transactions" in placed and "basket_id" in described(params)["transactions"]:
        yield from _about_spread(keys.baskets_in_several_files(placed["transactions"]))
    for link in keys.links(placed).itertuples():
        said = f"{link.table_name}.{link.column}: {link.rows:,} row(s) name a key that {link.points_to} does not hold"
        yield _warned(said, link) if link.loud else f"{said}; kept"
    for link in keys.lookups({name: part.lookups for name, part in parts.items()}).itertuples():
        met = link.named - link.rows
        said = (
            f"{link.table_name}.join.{link.points_to}: {met:,} of {link.named:,} row(s) that name one by {link.column}"
        )
        said += f" found it in {link.other_file}" if link.other_file else " found it, as it has no rows"
        yield _warned(f"{said}; {link.rows:,} did not", link) if link.loud else said


def _warned(said: str, link: Any) -> str:
    met = f"; {keys.WITHOUT[link.way]} {link.would_meet:,} of them would meet" if link.way else ""
    return (
        f"{_WARNING}{said}, {link.share:.0%} of those that name one{met}. Compare {link.column} in {link.file} "
        f"and in {link.other_file}: deliver both written alike"
    )


def _about_spread(spread: keys.Spread) -> Iterator[str]:
    if spread.baskets:
        yield (
            f"{_WARNING}transactions.basket_id: {spread.baskets:,} of {spread.all:,} baskets stand in more than one "
            f"file, with {spread.rows:,} rows that are not alike, e.g. in {spread.first_file} and "
            f"{spread.second_file}: see whether they were delivered twice"
        )


def _refusals(name: str, checked: Checked, params: Parameters) -> list[str]:
    found = []
    try:
        refuse_above_limit(
            checked,
            CONTRACTS[name],
            rows_share=params.quarantine_rows_share,
            amount_share=params.quarantine_amount_share,
        )
    except ContractError as error:
        found.append(f"  {str(error).splitlines()[0]}")
    if "currency" in checked.accepted.columns:
        others = checked.accepted.filter(lambda rows: rows.currency != params.currency)
        codes = others.select("currency").distinct().order_by("currency").limit(6).to_pyarrow()["currency"].to_pylist()
        if codes:
            found.append(f"  {name}: amounts in {', '.join(codes)} beside {params.currency}; never added up")
    return found
