"""Take in what a business delivers: read, checked, and every row accounted for."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass

import ibis
import pandas as pd
from ibis.expr.types import Table

from insight.config.parameters import day_of, last_possible_day
from insight.contracts import CONTRACTS, contract_of
from insight.contracts.quarantine import Checked, check, refuse_above_limit
from insight.errors import ContractError, SourceError, listed, no_values
from insight.sources.keys import Spread, baskets_in_several_files, links, lookups
from insight.sources.personal_values import problems_of
from insight.sources.readers.described import Delivered, reading_folder
from insight.sources.records import PEOPLE
from insight.sources.registry import described, found_elsewhere, read
from insight.storage.remembered import take_for_today
from insight.storage.workspace import Workspace

_MEASURES = [
    *(
        f"{what}_{fate}"
        for what in ("rows", "amount")
        for fate in ("delivered", "accepted", "quarantined", "duplicate")
    ),
    "rows_unknown",
]
_NAMED = ["table_name", "source_file"]
_BROKEN = ["table_name", "column", "rule", "code", "bounds", "rows", "first_file", "first_line"]


@dataclass(frozen=True)
class Arrival:
    """What a business delivered, and what became of it.

    Attributes
    ----------
    tables
        The accepted rows of each canonical table.
    quarantined
        Of each table that has any, the quarantined rows: file, line, column, rule; never a value.
    delivery
        One row per table and file: rows and amounts delivered, accepted, quarantined, repeated.
    broken
        One row per table, column and rule (its English words, ``code`` and ``bounds``): how many rows
        broke it, and where first.
    remarks
        The same of accepted rows: what was done to their values, such as one that cannot be read and was left out.
    delivered
        Names of the tables that the source brought; not those found in the rows of another one.
    described
        Customers of whom a customer file has a row; none where there is no such file.
    links
        Rows that name what no other table holds, as `keys.links` counts them.
    lookups
        Rows that looked something up in a joined file, and met nothing there.
    spread
        Baskets that stand in more than one file, where baskets are delivered.
    """

    tables: dict[str, Table]
    quarantined: dict[str, Table]
    delivery: pd.DataFrame
    broken: pd.DataFrame
    remarks: pd.DataFrame
    delivered: tuple[str, ...]
    described: Table | None
    links: pd.DataFrame
    lookups: pd.DataFrame
    spread: Spread


LeaveOut = Callable[[Mapping[str, Table]], dict[str, Table]]


def take_in(ws: Workspace, *, con: ibis.BaseBackend | None = None, leave_out: LeaveOut | None = None) -> Arrival:
    """Read and check everything that a business delivers.

    Parameters
    ----------
    ws
        The notebook's workspace.
    con
        Where it is read: the vault's own connection where people are among it, as `insight.unify`
        opens it; the workspace's otherwise.
    leave_out
        Takes the rows of people who were forgotten out of what was delivered, before anything is counted.

    Raises
    ------
    SourceError, ContractError
        If files cannot be read, or too many rows break their contract: every table's faults at once.
    LinkError
        If a library failed where people are read: where, never with what values.
    """
    with no_values("reading") if con else nullcontext():
        return _taken_in(ws, con, leave_out or dict)


def _taken_in(ws: Workspace, con: ibis.BaseBackend | None, leave_out: LeaveOut) -> Arrival:
    parts = _read(ws, con)
    delivered = leave_out({name: one.rows for name, one in parts.items()})
    if problems := problems_of(delivered, described(ws.params)):
        raise SourceError(f"{ws.params.dataset}: {len(problems)} column(s) name people" + listed(problems))
    latest = last_possible_day(ws.params)
    checked = {
        name: check(table, contract_of(name, table.columns), latest=latest, currency=ws.params.currency)
        for name, table in delivered.items()
    }
    if any("after_last_day" in {*one.broken.code, *one.remarks.code} for one in checked.values()):
        take_for_today(ws.params, day_of(ws.params.time_zone))  # tomorrow these rows may count
    _refuse_too_many_faults(checked, ws)
    tables = {name: one.accepted for name, one in checked.items()}
    _refuse_other_currencies(tables, ws)
    elsewhere = found_elsewhere(ws.params)
    placed = {name: one.placed for name, one in checked.items()}
    has_baskets = "basket_id" in described(ws.params).get("transactions", ())
    record = tables["customers"].select("customer_id") if "customers" in set(tables) - elsewhere else None
    found = None if PEOPLE in tables else _customers_without_record(tables)
    if found is not None:
        tables["customers"] = ibis.union(tables["customers"], found) if "customers" in tables else found
    broken = _by_rule({name: one.broken for name, one in checked.items()})
    return Arrival(
        tables=tables,
        quarantined={name: checked[name].quarantined for name in broken.table_name.unique()},
        delivery=_delivery({name: one for name, one in checked.items() if name not in elsewhere}),
        broken=broken,
        remarks=_by_rule({name: one.remarks for name, one in checked.items()}),
        delivered=tuple(name for name in delivered if name not in elsewhere),
        described=record,
        links=links(placed),
        lookups=lookups({name: one.lookups for name, one in parts.items()}),
        spread=baskets_in_several_files(placed["transactions"])
        if has_baskets and "transactions" in placed
        else Spread(),
    )


def write(arrival: Arrival, ws: Workspace) -> None:
    """Stage every table, the quarantined rows, and the account of the delivery."""
    with no_values("writing") if PEOPLE in arrival.delivered else nullcontext():
        for name, table in arrival.tables.items():
            ws.write(name, table)
        for name, rows in arrival.quarantined.items():
            ws.quarantine(name, rows)
        ws.write("delivery", arrival.delivery)


def _read(ws: Workspace, con: ibis.BaseBackend | None) -> dict[str, Delivered]:
    place = con or ws.local
    delivered = read(ws.params, place, temp=reading_folder(place))
    if PEOPLE in delivered and con is None:
        raise SourceError(
            f"{PEOPLE}: names and numbers of people are read on the vault's own connection alone. "
            "Open it by insight.unify.privacy.vault_session.open_session, as notebook 10 does."
        )
    return {name: delivered[name] for name in CONTRACTS if name in delivered}


def _refuse_too_many_faults(checked: dict[str, Checked], ws: Workspace) -> None:
    problems = []
    for name, one in checked.items():
        try:
            refuse_above_limit(
                one,
                CONTRACTS[name],
                rows_share=ws.params.quarantine_rows_share,
                amount_share=ws.params.quarantine_amount_share,
            )
        except ContractError as error:
            problems.append(str(error))
    if problems:
        raise ContractError("\n".join(problems))


def _refuse_other_currencies(tables: dict[str, Table], ws: Workspace) -> None:
    for name, table in tables.items():
        if "currency" not in table.columns:
            continue
        others = table.filter(table.currency != ws.params.currency)
        rows = int(others.count().execute())
        if rows:
            codes = others.select("currency").distinct().order_by("currency").limit(5).to_pandas().currency
            raise ContractError(
                f"{name}: expected every amount in {ws.params.currency}, and {rows:,} row(s) are in "
                f"{', '.join(codes)}. Amounts of several currencies are never added up: deliver one currency, "
                "or mend `currency` in params/."
            )


def _customers_without_record(tables: dict[str, Table]) -> Table | None:
    """Give a row of ``customers`` to everyone who bought and has none; none without transactions."""
    if "transactions" not in tables:
        return None
    bought = tables["transactions"].filter(lambda t: t.customer_id.notnull())
    seen = bought.group_by("customer_id").aggregate(first_seen_on=bought.occurred_on.min())
    if "customers" in tables:
        seen = seen.anti_join(tables["customers"], "customer_id")
    contract = contract_of("customers", tables["customers"].columns if "customers" in tables else ())
    return seen.select(
        **{
            column.name: seen[column.name] if column.name in seen.columns else ibis.null(column.engine_type)
            for column in contract.columns
        }
    )


def _delivery(checked: dict[str, Checked]) -> pd.DataFrame:
    parts = [
        one.counts.assign(table_name=name, rows_unknown=one.counts.unknown_quarantined if CONTRACTS[name].amount else 0)
        for name, one in checked.items()
    ]
    whole = pd.concat([part[_NAMED + _MEASURES].astype(object) for part in parts], ignore_index=True)
    rows = [name for name in _MEASURES if name.startswith("rows_")]
    return whole.astype(dict.fromkeys(rows, "int64"))


def _by_rule(counted: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Put the counts per column and rule of every table together, the most frequent first."""
    whole = pd.concat([one.assign(table_name=name) for name, one in counted.items()], ignore_index=True)[_BROKEN]
    return whole.sort_values(
        ["rows", "table_name", "column", "rule"], ascending=[False, True, True, True], ignore_index=True
    )
