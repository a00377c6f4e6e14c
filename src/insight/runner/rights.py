"""What a person may ask for: all that is held on them, and that it is erased and stays so."""

import getpass
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow.parquet as pq
from ibis.expr.types import BooleanValue, Table

from insight.config.parameters import Parameters, load
from insight.contracts import CONTRACTS, RECORD_KEY
from insight.contracts.table import PLACE
from insight.engine import connect
from insight.errors import ParameterError, no_values
from insight.runner.run import alone
from insight.sources import registry
from insight.sources.labelled import flat_table
from insight.storage.checked import count_values
from insight.storage.owner_only import owner_only
from insight.storage.spill import spill_folder
from insight.storage.store import Store, sha256_of, sync_file, write_whole
from insight.storage.workspace import SPILL, processed_folder, vault_folder
from insight.unify.privacy.forgotten import Forgotten, contents_of, keyless_systems
from insight.unify.privacy.held import DELIVERED, Names, theirs, with_row_names
from insight.unify.privacy.vault import Vault
from insight.unify.privacy.vault_session import brings_people

_ABOUT = "about"
_LOG = "rights.log"
_LEAST_SIGNS = 4  # of a key that is looked for in lines which cannot be read as records


@dataclass(frozen=True)
class Erased:
    """What was erased: rows by table of the vault and of the workspace, records by delivered file.

    ``left`` are records that the delivered files still hold, by file; None where what was delivered cannot be changed.
    """

    vault: dict[str, int]
    tables: dict[str, int]
    raw: dict[str, int]
    left: dict[str, int] | None

    def lines(self) -> list[str]:
        """Say what was erased and what could not be, without a word of whom."""
        kinds = {"vault": self.vault, "tables": self.tables, "delivered files": self.raw}
        said = [f"{kind}: {sum(n.values()):,} row(s) in {len(n)} place(s)" for kind, n in kinds.items()]
        if self.left is None:
            said.append("What is delivered cannot be changed from here, and stays out of every run. Erase it there.")
        return said + [
            f"{name}: {records:,} record(s) cannot be taken out of this file. Erase them there, or deliver it anew."
            for name, records in (self.left or {}).items()
        ]


@dataclass(frozen=True)
class _Business:
    """One business while a right is exercised: its parameters, vault, tables, and a connection that spills there."""

    params: Parameters
    vault: Vault
    store: Store
    con: ibis.BaseBackend
    temp: Path

    def marked(self, customer_id: str) -> dict[str, tuple[Table, BooleanValue]]:
        """Open every table of the workspace, by its file there, with which of its rows are held on a person."""
        names = [name for name in self.store.outputs() if name.endswith(".parquet")]
        tables = {name: self.con.read_parquet(str(self.store.path_of(name))) for name in names}
        called = {name.removesuffix(".parquet"): table for name, table in tables.items()}
        held = with_row_names(Names.of([customer_id]), called)
        return {name: (table, theirs(table, held)) for name, table in tables.items()}


def about(dataset: str, person: str) -> tuple[Path, dict[str, int]]:
    """Write all that is held on one person into a file in the vault's folder, its owner's alone.

    Parameters
    ----------
    dataset
        The business.
    person
        Their customer id or, where records of people are linked, a source's own key: ``<system>:<key>``.

    Returns
    -------
    tuple
        The file, and how many rows of each table stand in it.

    Raises
    ------
    ParameterError
        If nothing is held on such a person.
    """
    with _opened(dataset) as business, no_values("about"):
        customer_id = _customer_id(person, business)
        held = _held(customer_id, business)
        if not any(held.values()):
            raise ParameterError(_UNKNOWN.format(dataset=dataset))
        path = _about_file(customer_id, business)
        told = {"customer_id": customer_id, "tables": held}
        write_whole(path, (json.dumps(told, ensure_ascii=False, indent=1, default=str) + "\n").encode())
        path.chmod(0o600)
        counted = {name: len(table["rows"]) for name, table in held.items()}
        _log(business, "about", customer_id, counted)
    return path, counted


def forget(dataset: str, person: str) -> Erased:
    """Erase one person everywhere, and keep them out when they are delivered again.

    What they are kept out by is written first, and what they are found by is erased last: who was interrupted asks
    again, and it ends the same.

    Parameters
    ----------
    dataset, person
        As in `about`.

    Raises
    ------
    ParameterError
        If nothing is held on such a person.
    """
    with _opened(dataset) as business, no_values("forget"):
        customer_id = _customer_id(person, business)
        names = business.vault.names_of(customer_id, business.con)
        places, contents = _delivered_places(names, business)
        marked = business.marked(customer_id)
        counted = {name: int(table.filter(mine).count().execute()) for name, (table, mine) in marked.items()}
        processed = {name: rows for name, rows in counted.items() if rows}
        if not (places or processed or business.vault.held(customer_id)):
            raise ParameterError(_UNKNOWN.format(dataset=dataset))
        keys = names.called - ({customer_id} if brings_people(business.params) else set())
        Forgotten.of(business.vault).with_names(keys, contents).keep(business.vault)
        own = {key.partition(":")[2] if brings_people(business.params) else key for key in keys}
        left = registry.erase(business.params, places, named={key for key in own if len(key) >= _LEAST_SIGNS})
        _erase_rows(
            {name: table.filter(~mine) for name, (table, mine) in marked.items() if name in processed}, business
        )
        _about_file(customer_id, business).unlink(missing_ok=True)
        lost = business.vault.erase(customer_id)
        raw = {} if left is None else {name: len(lines) for name, lines in places.items()}
        erased = Erased(lost, processed, raw, left)
        _log(business, "forget", customer_id, erased.vault | erased.tables | erased.raw)
    return erased


_UNKNOWN = (
    "{dataset}: nothing is held on such a person. Give their customer id or, where records of people are linked, "
    "a source's own key as SYSTEM:KEY."
)


@contextmanager
def _opened(dataset: str) -> Iterator[_Business]:
    """Open a business alone: no run may write what is being read or erased."""
    params = load(dataset)
    if flat_table(params.source):
        raise ParameterError(
            f"{dataset}: is one flat table, whose rows name no customer. Take the row out of the delivered file."
        )
    store = Store(processed_folder(dataset))
    with alone(store):
        store.recover(sweep=True)
        vault = Vault(vault_folder(dataset), dataset)
        with spill_folder(vault.folder / SPILL) as spill:
            con = connect(spill=spill, sealed=True)
            try:
                with tempfile.TemporaryDirectory(dir=spill) as temp:
                    yield _Business(params, vault, store, con, Path(temp))
            finally:
                con.disconnect()


def _customer_id(person: str, business: _Business) -> str:
    """Give the id that a person's rows have: as it is said, or that which their record was given."""
    if "crosswalk" not in business.vault.tables():
        return person
    system, key = RECORD_KEY
    known = business.vault.read("crosswalk", columns=[*RECORD_KEY, "customer_id"]).to_pylist()
    return next((row["customer_id"] for row in known if person == f"{row[system]}:{row[key]}"), person)


def _held(customer_id: str, business: _Business) -> dict[str, dict[str, Any]]:
    """Give every row that is held, by table, with what its columns mean."""
    found = {f"vault/{name}": rows.to_pylist() for name, rows in business.vault.held(customer_id).items()}
    for name, (table, mine) in business.marked(customer_id).items():
        rows = table.filter(mine).to_pyarrow().to_pylist()
        found |= {f"tables/{name.removesuffix('.parquet')}": rows} if rows else {}
    return {name: {"columns": _meanings(name), "rows": rows} for name, rows in found.items()}


def _meanings(name: str) -> dict[str, str]:
    contract = CONTRACTS.get(Path(name).name.removeprefix(DELIVERED))
    return {column.name: column.meaning for column in contract.columns} if contract else {}


def _delivered_places(names: Names, business: _Business) -> tuple[dict[str, set[int]], list[tuple[str, ...]]]:
    """Find the person's records in what is delivered now, and what their records without a key say."""
    read = registry.read(business.params, business.con, temp=business.temp)
    delivered = {name: one.rows for name, one in read.items()}
    names = with_row_names(names, delivered)
    naming = registry.naming_customers(business.params, business.con, temp=business.temp / "joined")
    places: dict[str, set[int]] = {}
    for table in [*delivered.values(), *naming]:
        mine = table.filter(theirs(table, names)).select(*PLACE).to_pyarrow().to_pylist()
        for row in mine:
            places.setdefault(row[PLACE[0]], set()).add(row[PLACE[1]])
    keyless = keyless_systems(business.params)
    if not keyless:
        return places, []
    people = delivered["customer_records"]
    alone_known = people.filter(theirs(people, names) & people[RECORD_KEY[0]].isin(sorted(keyless)))
    return places, [said for _, said in contents_of(alone_known)]


def _erase_rows(kept: Mapping[str, Table], business: _Business) -> None:
    """Write tables with the rows that are kept alone; the notebooks that made them count as not run."""
    store = business.store
    for step, entry in store.manifest()["steps"].items():
        if kept.keys().isdisjoint(entry["outputs"]):
            continue
        staged = store.staging(step)
        for name, about in entry["outputs"].items():
            target = staged / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if name in kept:
                rows_per_group = max(1, pq.read_metadata(store.folder / name).row_group(0).num_rows)
                business.con.to_parquet(kept[name], str(target), compression="zstd", row_group_size=rows_per_group)
                sync_file(target)
                rows, filled = count_values(target)
                about |= {"sha256": sha256_of(target), "rows": rows, "filled": filled}
            else:
                os.link(store.folder / name, target)
        entry.pop("made_of", None)
        store.commit(step, entry)


def _about_file(customer_id: str, business: _Business) -> Path:
    folder = owner_only(business.vault.folder / _ABOUT)
    return folder / f"{Forgotten.of(business.vault).hash_of(customer_id)[:16]}.json"


def _log(business: _Business, what: str, customer_id: str, counted: Mapping[str, int]) -> None:
    """Say in the vault's folder that a right was exercised, when and by whom: of the person a keyed hash alone."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    hashed = Forgotten.of(business.vault).hash_of(customer_id)[:16]
    rows = sum(counted.values())
    line = f"{at} {getpass.getuser()} {what} {hashed}: {rows:,} row(s) in {len(counted)} place(s)\n"
    with (business.vault.folder / _LOG).open("a", encoding="utf-8") as log:
        os.fchmod(log.fileno(), 0o600)
        log.write(line)
