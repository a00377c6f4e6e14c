"""People who were forgotten stay out when they are delivered again: a keyed list that tells nothing by itself.

It holds keyed hashes (HMAC) of the sources' own keys, under a secret that the vault's key encrypts. A record without a
key is known by all that it says. Whoever comes back under another key is a new customer: a household shares telephones,
and nobody is to be left out for living with somebody.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from ibis.expr.types import Table

from insight.config.parameters import Parameters
from insight.contracts import BESIDE, RECORD_KEY
from insight.errors import no_values
from insight.sources.records import PEOPLE
from insight.storage.workspace import vault_folder
from insight.unify.privacy.held import Names, theirs, with_row_names
from insight.unify.privacy.vault import Vault
from insight.unify.privacy.vault_session import VaultSession

_LIST, _SECRET = "forgotten", "forgotten_secret"
_KEYED, _SAID = "key", "content"  # what a hash is of
Tables = Mapping[str, Table]


def forgotten_file(dataset: str) -> Path:
    """Name the file of the list, there once somebody was forgotten: the delivery is read anew when it changes."""
    return vault_folder(dataset) / f"{_LIST}.parquet"


@dataclass(frozen=True)
class Forgotten:
    """The list: hashes under a secret.

    Examples
    --------
    >>> listed = Forgotten(b"secret").with_names(["crm:17"])
    >>> listed.has("crm:17"), listed.has("crm:18"), "17" in str(listed.hashes)
    (True, False, False)
    """

    secret: bytes
    hashes: frozenset[str] = frozenset()

    @classmethod
    def of(cls, vault: Vault) -> "Forgotten":
        """Read the list of a vault; an empty one before the first, under a secret that is kept from then on."""
        there = vault.tables()
        if _SECRET not in there:
            vault.write(**{_SECRET: pa.table({"secret": pa.array([secrets.token_bytes(32)], pa.binary())})})
        hashes = vault.read(_LIST)["hash"].to_pylist() if _LIST in there else ()
        return cls(vault.read(_SECRET)["secret"][0].as_py(), frozenset(hashes))

    def keep(self, vault: Vault) -> None:
        """Write the list into the vault."""
        vault.write(**{_LIST: pa.table({"hash": pa.array(sorted(self.hashes), pa.string())})})

    def with_names(self, keys: Iterable[str], contents: Iterable[tuple[str, ...]] = ()) -> "Forgotten":
        """Add keys of customers, as their source calls them, and what records without a key say."""
        added = {self.hash_of(_KEYED, key) for key in keys} | {self.hash_of(_SAID, *said) for said in contents}
        return Forgotten(self.secret, self.hashes | added)

    def has(self, key: str) -> bool:
        """Say whether a customer of this key was forgotten."""
        return self.hash_of(_KEYED, key) in self.hashes

    def says(self, content: tuple[str, ...]) -> bool:
        """Say whether a record without a key that says this is of somebody who was forgotten."""
        return self.hash_of(_SAID, *content) in self.hashes

    def hash_of(self, *parts: str) -> str:
        """Hash a name so that only who has the secret can tell whether a name is it."""
        return hmac.digest(self.secret, json.dumps(parts).encode(), hashlib.sha256).hex()

    def names_in(self, tables: Tables, keyless: frozenset[str]) -> Names:
        """Find those who were forgotten among delivered rows, and what their rows are called."""
        named = [table.customer_id for table in tables.values() if "customer_id" in table.columns]
        keys = {
            key
            for column in named
            for key in column.name("key").as_table().distinct().to_pyarrow()["key"].to_pylist()
            if key is not None and self.has(key)
        }
        found = [record for record in _records(tables, keyless) if self._knows(*record)]
        names = Names.of(keys, [record for record, _ in found])
        return with_row_names(names, tables) if names.called else names

    def _knows(self, record: tuple[str, str], content: tuple[str, ...]) -> bool:
        return self.says(content) if content else self.has(":".join(record))


def keyless_systems(params: Parameters) -> frozenset[str]:
    """Name the systems whose records have no key: they are called by their place, which another may take."""
    systems = getattr(params.source, "records", None) or {}
    return frozenset(name for name, described in systems.items() if not getattr(described, "key", None))


def contents_of(records: Table) -> list[tuple[tuple[str, str], tuple[str, ...]]]:
    """Give each record's key, and all that it says beside its key and place, in the order of the columns' names."""
    said = sorted(set(records.columns) - {*RECORD_KEY, *BESIDE, "customer_id"})
    texts = records.select(*RECORD_KEY, **{name: records[name].cast("string").fill_null("") for name in said})
    rows = texts.to_pyarrow().to_pylist()
    system, key = RECORD_KEY
    return [
        ((row[system], row[key]), (row[system], *(f"{name}={row[name]}" for name in said if row[name]))) for row in rows
    ]


def _records(tables: Tables, keyless: frozenset[str]) -> list[tuple[tuple[str, str], tuple[str, ...]]]:
    """Give the key of every record of people, with what it says where it has none of its own."""
    if PEOPLE not in tables:
        return []
    records = tables[PEOPLE]
    keyed = records.filter(~records[RECORD_KEY[0]].isin(sorted(keyless)) & records[RECORD_KEY[1]].notnull())
    pairs = keyed.select(*RECORD_KEY).distinct().to_pyarrow().to_pylist()
    others = records.filter(records[RECORD_KEY[0]].isin(sorted(keyless)))
    alone = contents_of(others) if keyless else []
    return [(((row[RECORD_KEY[0]], row[RECORD_KEY[1]])), ()) for row in pairs] + alone


def leave_out(params: Parameters, session: VaultSession | None) -> Callable[[Tables], dict[str, Table]] | None:
    """Give what takes the rows of forgotten people out of delivered tables; None where nobody was forgotten.

    Parameters
    ----------
    params
        The business.
    session
        Its open vault where it delivers records of people.
    """
    if session is None and not vault_folder(params.dataset).is_dir():
        return None
    vault = session.vault if session else Vault(vault_folder(params.dataset), params.dataset)
    if _LIST not in vault.tables():
        return None
    listed, keyless = Forgotten.of(vault), keyless_systems(params)

    def without(tables: Tables) -> dict[str, Table]:
        with no_values("reading"):
            names = listed.names_in(tables, keyless)
            if not names.called:
                return dict(tables)
            return {name: table.filter(~theirs(table, names)) for name, table in tables.items()}

    return without
