"""Delivered rows that are about people, kept in the vault from their arrival until they have issued ids.

Notebook 10 stages them and notebook 15 reads them, so that linking again takes nothing in again.
"""

from dataclasses import replace

from ibis.expr.types import Table

from insight.config.parameters import Parameters
from insight.contracts import CONTRACTS, RECORD_KEY
from insight.errors import VaultError, no_values
from insight.sources import registry
from insight.sources.intake import Arrival
from insight.sources.records import PEOPLE
from insight.storage.workspace import Workspace
from insight.unify.privacy.derived_ids import ROW_NAMES
from insight.unify.privacy.held import DELIVERED
from insight.unify.privacy.vault_session import VaultSession

_TRUTH = f"{DELIVERED}truth"


def is_about_people(table: str) -> bool:
    """Say whether rows of a table name a person, or something that may be named by a person's key.

    Examples
    --------
    >>> is_about_people("transactions"), is_about_people("statements"), is_about_people("products")
    (True, True, False)
    """
    columns = CONTRACTS[table].names
    return "source_record_id" in columns or "customer_id" in columns or not ROW_NAMES.isdisjoint(columns)


def stage(arrival: Arrival, session: VaultSession, params: Parameters) -> Arrival:
    """Keep in the vault what names people, with the truth where one is delivered; give back what names nobody.

    What was staged before goes.

    Parameters
    ----------
    arrival
        What was delivered and accepted, read on the session's connection.
    """
    with no_values("vault"):
        personal = {f"{DELIVERED}{name}": table for name, table in arrival.tables.items() if is_about_people(name)}
        told = registry.truth(params, session.con)
        if told is not None:  # of those who were left out nothing is kept
            personal[_TRUTH] = told.semi_join(arrival.tables[PEOPLE], list(RECORD_KEY))
        session.vault.replace(
            personal, instead_of=[name for name in session.vault.tables() if name.startswith(DELIVERED)]
        )
    return replace(arrival, tables={name: t for name, t in arrival.tables.items() if not is_about_people(name)})


def staged(ws: Workspace, session: VaultSession) -> dict[str, Table]:
    """Open what was staged, each table on the session's connection.

    Raises
    ------
    VaultError
        If it is not what the account of the delivery says was accepted.
    """
    ws.follow("delivery")
    accepted = ws.read("delivery").to_pandas().groupby("table_name")["rows_accepted"].sum()
    with no_values("vault"):
        names = [name for name in session.vault.tables() if name.startswith(DELIVERED) and name != _TRUTH]
        tables = {name.removeprefix(DELIVERED): session.vault.table(name, session.con) for name in names}
        counted = {name: int(table.count().execute()) for name, table in tables.items()}
    expected = {name: int(rows) for name, rows in accepted.items() if is_about_people(name)}
    found = {name: counted[name] for name in registry.found_elsewhere(ws.params) if name in counted}
    if counted != dict.fromkeys(counted, 0) | expected | found:
        raise VaultError(
            f"{session.vault.folder}: holds other rows than the delivery's account says were accepted. "
            f"Take the delivery in again: insight run {ws.params.dataset} --only 10"
        )
    return {name: tables[name] for name in CONTRACTS if name in tables}


def staged_truth(session: VaultSession) -> Table | None:
    """Give each record's true person: ``source_system, source_record_id, person``; None where it is not known."""
    return session.vault.table(_TRUTH, session.con) if _TRUTH in session.vault.tables() else None
