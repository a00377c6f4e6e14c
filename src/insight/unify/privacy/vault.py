"""The vault: personal tables, encrypted on disk, for the owner's eyes, with the key somewhere else.

Files are Parquet with pyarrow's modular encryption: columns, names of columns and statistics are all
inside, each part authenticated. A table is read only with the key that it was written with, and only
as it was written. What was written together appears together, or not at all.
"""

import contextlib
import hmac
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from insight.contracts import RECORD_KEY
from insight.engine import connect
from insight.errors import VaultError, WorkspaceError
from insight.storage.owner_only import owner_only
from insight.storage.spill import spill_folder
from insight.storage.store import MANIFEST, Store, sha256_of, sync_file
from insight.storage.workspace import SPILL
from insight.unify.privacy.held import DELIVERED, Names, naming_columns, theirs, with_row_names
from insight.unify.privacy.vault_key import (
    VaultKey,
    find_key,
    following_key,
    key_place,
    note_generation,
    put_key,
    read_key,
    refuse_older,
)

__all__ = ["Vault", "VaultError"]

_STEP = "vault"
_ROWS_PER_BATCH = 250_000

Data: TypeAlias = pa.Table | pa.RecordBatchReader | pd.DataFrame | ibis.Table


class Vault:
    """The personal tables of one business.

    Parameters
    ----------
    folder
        Made with mode 0700 when it is not there; kept out of version control by its own ``.gitignore``.
    dataset
        Name of the business, and of the key's file.
    key_file
        Where the key is kept, outside the project; ``~/.config/insight/<dataset>.key`` when not given.
        The environment variable ``INSIGHT_VAULT_KEY`` goes before it.
    may_be_unsealed
        Whether a vault is taken that was written before manifests were sealed: what is written next seals it.

    Raises
    ------
    VaultError
        If the key is missing, damaged, readable by others or not the one that the tables were
        written with, before anything is read.

    Examples
    --------
    >>> import tempfile
    >>> home = Path(tempfile.mkdtemp())
    >>> vault = Vault(home / "vault", "shop", key_file=home / "elsewhere" / "shop.key")
    >>> vault.write(people=pa.table({"customer_id": ["C1"], "full_name": ["Ada"]}))
    >>> vault.read("people")["full_name"].to_pylist()
    ['Ada']
    """

    def __init__(
        self, folder: Path, dataset: str, *, key_file: Path | None = None, may_be_unsealed: bool = False
    ) -> None:
        self.folder = folder
        self.dataset = dataset
        try:
            owner_only(folder)
        except WorkspaceError as error:
            raise VaultError(str(error)) from None
        self._store = Store(folder)
        self._store.recover()
        written_with = {one["key_id"] for one in self._store.outputs().values()}
        if not written_with and list(folder.glob("*.parquet")):
            raise _tampered(folder / MANIFEST)
        self._key = find_key(dataset, key_file, folder=folder, written_with=written_with)
        _refuse_other_keys(folder, written_with, self._key)
        self._may_be_unsealed = may_be_unsealed
        self._proved_generation()
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
        _close_to_others(folder)

    @property
    def key_id(self) -> str:
        """Names the key without telling it; written into every file."""
        return self._key.id

    def tables(self) -> list[str]:
        """Name the tables that are there."""
        return sorted(name.removesuffix(".parquet") for name in self._store.outputs())

    def write(self, **tables: Data) -> None:
        """Write tables, all or none of them; others stay as they are.

        Parameters
        ----------
        **tables
            Name and content: Arrow table or batches, pandas frame, or Ibis expression.
        """
        self.replace(tables)

    def replace(self, tables: Mapping[str, Data], *, instead_of: Iterable[str] = ()) -> None:
        """Write tables as `write` does, and take others away in the same step."""
        self._proved_generation()
        staged = self._stage_what_stays({*tables, *instead_of})
        outputs = {f"{name}.parquet": dict(self._store.outputs()[f"{name}.parquet"]) for name in staged}
        for name, data in tables.items():
            path = self._staging / f"{name}.parquet"
            rows = self._encrypt(data, path, table=name)
            outputs[path.name] = {"sha256": sha256_of(path), "rows": rows, "key_id": self._key.id}
        self._commit(outputs, self._key)

    def rotate(self) -> None:
        """Write every table anew under a fresh key, which then takes the old one's place; killed, it is one of them.

        Raises
        ------
        VaultError
            If the key comes from the environment, which cannot be changed from here.
        """
        with following_key(self._key) as fresh:
            staging, outputs = self._store.staging(_STEP), {}
            for name in self.tables():
                path = staging / f"{name}.parquet"
                rows = self._encrypt(self._batches_of(name), path, table=name, key=fresh)
                outputs[path.name] = {"sha256": sha256_of(path), "rows": rows, "key_id": fresh.id}
            self._commit(outputs, fresh)
        self._key = fresh

    def export_key(self, path: Path) -> None:
        """Write the vault's key into a file of its owner's, outside of project and vault, where none is."""
        put_key(self._key, path, folder=self.folder)

    def _commit(self, outputs: dict[str, Any], key: VaultKey) -> None:
        generation = self._proved_generation() + 1
        sealed = {"outputs": outputs, "generation": generation}
        self._store.commit(_STEP, sealed | {"seal": key.seal(sealed)})
        note_generation(key, generation)
        _close_to_others(self.folder)

    def _proved_generation(self) -> int:
        """Give how often the vault was written, after proving that its manifest is the one that was written last.

        Raises
        ------
        VaultError
            If the manifest, or a hash in it, was changed, or it is an older one.
        """
        entry = self._store.manifest()["steps"].get(_STEP)
        sealed = {name: entry[name] for name in ("outputs", "generation") if name in entry} if entry else {}
        is_unsealed = entry is not None and "seal" not in entry
        if is_unsealed and not self._may_be_unsealed:
            raise VaultError(
                f"{self.folder / MANIFEST}: has no seal. If an older version of this tool wrote it, and nobody else "
                f"did, seal it: insight vault seal {self.dataset}"
            )
        if entry and not is_unsealed and not hmac.compare_digest(entry["seal"], self._key.seal(sealed)):
            raise _tampered(self.folder / MANIFEST)
        generation = sealed.get("generation", 0)
        refuse_older(self._key, generation, self.folder / MANIFEST)
        return generation

    def read(self, table: str, *, columns: list[str] | None = None) -> pa.Table:
        """Give a table as Arrow, after comparing its key, its hash and every seal in it.

        Raises
        ------
        VaultError
            If there is no such table, or it was written with another key, or changed since.
        """
        path = self._path_of(table)
        with _as_vault_errors(path):
            file = self._open(path, table)
            if missing := sorted(set(columns or ()) - set(file.schema_arrow.names)):
                raise VaultError(f"{table}: has no column {', '.join(missing)}. Ask for those that it has.")
            return file.read(columns=columns)

    def _batches_of(self, name: str) -> pa.RecordBatchReader:
        file = self._open(self._path_of(name), name)
        return pa.RecordBatchReader.from_batches(file.schema_arrow, file.iter_batches(_ROWS_PER_BATCH))

    @contextlib.contextmanager
    def connection(self) -> Iterator[ibis.BaseBackend]:
        """Open a DuckDB connection of its own, whose spill is the owner's, encrypted, and swept at start and end."""
        with spill_folder(self.folder / SPILL) as spill:
            con = connect(spill=spill, sealed=True)
            try:
                yield con
            finally:
                con.disconnect()

    def table(self, name: str, con: ibis.BaseBackend) -> ibis.Table:
        """Give a table on a connection made by `connection`, batch by batch, so that big ones need no memory."""
        path = self._path_of(name)
        with _as_vault_errors(path):
            # ibis would have all of it in memory first
            con.con.register("from_the_vault", self._batches_of(name))
            con.raw_sql(f'CREATE OR REPLACE TEMP TABLE "{name}" AS SELECT * FROM from_the_vault')
            con.con.unregister("from_the_vault")
        return con.table(name)

    def held(self, customer_id: str) -> dict[str, pa.Table]:
        """Give the rows of every table that are held on one person, by their issued id, as `erase` would take them."""
        with self.connection() as con:
            names = self.names_of(customer_id, con)
            found = {name: table.filter(theirs) for name, table, theirs in self._marked(names, con)}
        return {name: rows for name, rows in found.items() if len(rows)}

    def erase(self, customer_id: str) -> dict[str, int]:
        """Take one person out of every table, in one step.

        Parameters
        ----------
        customer_id
            Their issued id. Rows that name a record of the sources, alone, in a pair or as a table
            delivered names its customer, go too, as far as the ``crosswalk`` says that it is theirs, and
            rows that name an account or a contact of theirs. A log of ids alone stays, so that the id is
            never issued again.

        Returns
        -------
        dict
            How many rows each table lost; empty when nothing is held on them.
        """
        kept, lost = {}, {}
        with self.connection() as con:
            for name, table, theirs in self._marked(self.names_of(customer_id, con), con):
                if found := pc.sum(theirs).as_py():
                    kept[name], lost[name] = table.filter(pc.invert(theirs)), found
        if kept:
            self.write(**kept)
        return lost

    def names_of(self, customer_id: str, con: ibis.BaseBackend) -> Names:
        """Give what the rows of one person are found by, on a connection made by `connection`."""
        names = Names.of([customer_id], self._records_of(customer_id) or _as_record(customer_id))
        delivered = {name: self._naming(name, con) for name in self.tables() if name.startswith(DELIVERED)}
        return with_row_names(names, {name: table for name, table in delivered.items() if table is not None})

    def _marked(self, names: Names, con: ibis.BaseBackend) -> Iterator[tuple[str, pa.Table, pa.ChunkedArray]]:
        """Give every table that may name a person, with which of its rows are theirs."""
        for name in self.tables():
            if (naming := self._naming(name, con)) is not None:
                marked = naming.select(theirs=theirs(naming, names)).to_pyarrow()
                yield name, self.read(name), marked["theirs"]

    def _naming(self, name: str, con: ibis.BaseBackend) -> ibis.Table | None:
        """Give the columns of a table that may name a person, as text and in its order; none where it has none."""
        with _as_vault_errors(path := self._path_of(name)):
            columns = naming_columns(self._open(path, name).schema_arrow.names)
        if not columns:
            return None
        texts = pa.table({column: self.read(name, columns=[column])[column].cast(pa.string()) for column in columns})
        return con.create_table(ibis.util.gen_name("naming"), texts, temp=True)

    # --- files

    @property
    def _staging(self) -> Path:
        return self._store.folder / ".staging" / _STEP

    def _stage_what_stays(self, written: set[str]) -> list[str]:
        """Put the tables that are not written anew beside those that are, without copying them."""
        staging = self._store.staging(_STEP)
        stay = [name for name in self.tables() if name not in written]
        for name in stay:
            os.link(self._path_of(name), staging / f"{name}.parquet")
        return stay

    def _encrypt(self, data: Data, path: Path, *, table: str, key: VaultKey | None = None) -> int:
        rows = 0
        path.touch(mode=0o600)
        batches = _batches(data)
        with pq.ParquetWriter(
            path,
            batches.schema,
            compression="zstd",
            write_page_checksum=True,
            encryption_properties=(key or self._key).encryption(table),
        ) as writer:
            for batch in batches:
                writer.write_batch(batch)
                rows += batch.num_rows
        sync_file(path)
        return rows

    def _path_of(self, table: str) -> Path:
        described = self._store.outputs().get(f"{table}.parquet")
        if described is None:
            raise VaultError(
                f"{table}: is not in the vault of {self.dataset}. "
                f"Fill it: insight run {self.dataset} --only 10 --only 15"
            )
        _refuse_other_keys(self.folder, {described["key_id"]}, self._key)
        self._proved_generation()
        try:
            return self._store.path_of(f"{table}.parquet")
        except WorkspaceError:
            raise _tampered(self.folder / f"{table}.parquet") from None

    def _open(self, path: Path, table: str) -> pq.ParquetFile:
        return pq.ParquetFile(path, decryption_properties=self._key.decryption(table), page_checksum_verification=True)

    def _records_of(self, customer_id: str) -> set[tuple[str, str]]:
        if "crosswalk" not in self.tables():
            return set()
        crosswalk = self.read("crosswalk", columns=[*RECORD_KEY, "customer_id"])
        theirs = crosswalk.filter(pc.equal(crosswalk["customer_id"], customer_id))
        return set(zip(theirs[RECORD_KEY[0]].to_pylist(), theirs[RECORD_KEY[1]].to_pylist(), strict=True))


def _batches(data: Data) -> pa.RecordBatchReader:
    if isinstance(data, pa.RecordBatchReader):
        return data
    if isinstance(data, pd.DataFrame):
        data = pa.Table.from_pandas(data, preserve_index=False)
    if isinstance(data, ibis.Table):
        # ibis 12 asks DuckDB 2 for batches by a name that is gone, so DuckDB is asked itself
        backend = data.get_backend()
        return backend.con.sql(backend.compile(data)).to_arrow_reader(_ROWS_PER_BATCH)
    return data.to_reader()


def import_key(dataset: str, folder: Path, path: Path) -> Path:
    """Put a key that was exported where the vault of a business looks for it, and give that place.

    Raises
    ------
    VaultError
        If it is not the key of the vault's tables, or another one is there.
    """
    key = read_key(path)
    written_with = {one["key_id"] for one in Store(owner_only(folder)).outputs().values()}
    _refuse_other_keys(folder, written_with, key)
    place = key_place(dataset, folder, first_use=not written_with)
    put_key(key, place, folder=folder)
    return place


def _as_record(called: str) -> set[tuple[str, str]]:
    """Read ``<system>:<key>``, of somebody who has no id yet; nothing of what is written otherwise."""
    system, between, key = called.partition(":")
    return {(system, key)} if between else set()


def _close_to_others(folder: Path) -> None:
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            path.chmod(0o700 if path.is_dir() else 0o600)


def _refuse_other_keys(folder: Path, written_with: set[str], key: VaultKey) -> None:
    if others := sorted(written_with - {key.id}):
        raise VaultError(
            f"{folder}: was written with the key {', '.join(others)}; the key at hand is {key.id} ({key.place}). "
            "Bring that key back. If it is lost, delete the folder and run again: all ids are then issued anew."
        )


def _tampered(path: Path) -> VaultError:
    return VaultError(
        f"{path}: is missing or not as it was written. "
        "Restore it from a backup, or delete the folder and run again: all ids are then issued anew."
    )


@contextlib.contextmanager
def _as_vault_errors(path: Path) -> Iterator[None]:
    """Say what is wrong without what a library would say of it, which may hold values."""
    try:
        yield
    except (OSError, ValueError, RuntimeError, pa.ArrowException):
        raise _tampered(path) from None
