"""The vault's key: where it is kept, how it is named, and how it wraps the keys of files."""

import base64
import binascii
import contextlib
import hashlib
import hmac
import json
import os
import re
import secrets
import stat
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet.encryption as pe
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from insight.config.parameters import project_root
from insight.errors import VaultError
from insight.storage.store import write_whole

VARIABLE = "INSIGHT_VAULT_KEY"
_BYTES = 32
_NAME = "name"  # file in the vault's folder
_NONCE = 12


@dataclass(frozen=True)
class VaultKey:
    """A key of 256 bits. Printing it tells its name alone.

    Attributes
    ----------
    id
        Names the key without telling it.
    place
        Where it was found.
    """

    secret: bytes = field(repr=False)
    place: str

    @classmethod
    def fresh(cls, place: str) -> "VaultKey":
        """Draw a key at random."""
        return cls(secrets.token_bytes(_BYTES), place)

    @property
    def id(self) -> str:
        """The first half of a hash: of 256 random bits it tells nothing."""
        return hashlib.sha256(b"insight vault key\0" + self.secret).hexdigest()[:16]

    def seal(self, told: Mapping[str, Any]) -> str:
        """Give the keyed hash of plain data, which nobody can make who has not the key."""
        text = json.dumps(told, sort_keys=True).encode()
        return hmac.digest(self.secret, b"insight vault manifest\0" + text, hashlib.sha256).hex()

    def encryption(self, table: str) -> pe.EncryptionConfiguration:
        """Encrypt a file of a table, its footer included, with a key of its own."""
        settings = pe.EncryptionConfiguration(
            footer_key=self.id, uniform_encryption=True, double_wrapping=False, data_key_length_bits=256
        )
        return self._factory(table).file_encryption_properties(pe.KmsConnectionConfig(), settings)

    def decryption(self, table: str) -> pe.DecryptionConfiguration:
        """Decrypt a file that was written as this table with this key."""
        return self._factory(table).file_decryption_properties(pe.KmsConnectionConfig(), pe.DecryptionConfiguration())

    def _factory(self, table: str) -> pe.CryptoFactory:
        return pe.CryptoFactory(lambda _: _Wrapper(self, table))


class _Wrapper(pe.KmsClient):
    """Wraps a file's key with the vault's, bound to the table: files cannot be exchanged."""

    def __init__(self, key: VaultKey, table: str) -> None:
        super().__init__()
        self._key = key
        self._bound_to = f"{key.id}\0{table}".encode()

    def wrap_key(self, key_bytes: bytes, master_key_identifier: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return base64.b64encode(nonce + AESGCM(self._key.secret).encrypt(nonce, key_bytes, self._bound_to))

    def unwrap_key(self, wrapped_key: bytes, master_key_identifier: str) -> bytes:
        if master_key_identifier != self._key.id:
            raise VaultError(
                f"the file was written with the key {master_key_identifier}; the key at hand is {self._key.id} "
                f"({self._key.place}). Bring that key back."
            )
        try:
            wrapped = base64.b64decode(wrapped_key, validate=True)
            return AESGCM(self._key.secret).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], self._bound_to)
        except (InvalidTag, binascii.Error, ValueError):
            raise VaultError(
                "the file's own key was changed, or is of another table. Restore the vault from a backup."
            ) from None


def key_place(dataset: str, folder: Path, *, first_use: bool) -> Path:
    """Give the place of a vault's key: named after the vault too, so that two projects of one name share none.

    A vault that was made before vaults had names keeps its key where it is.
    """
    home, name = Path.home() / ".config" / "insight", folder / _NAME
    if first_use and not name.exists():
        with contextlib.suppress(FileExistsError), name.open("x", encoding="ascii") as file:
            file.write(secrets.token_hex(4))
    if not name.exists():
        return home / f"{dataset}.key"
    said = name.read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch("[0-9a-f]{8}", said):
        raise VaultError(f"{name}: is not as it was written. Restore it from a backup of the vault.")
    return home / f"{dataset}-{said}.key"


def find_key(dataset: str, key_file: Path | None, *, folder: Path, written_with: Collection[str]) -> VaultKey:
    """Take the key from the environment or its file; make the file on first use alone.

    Parameters
    ----------
    dataset
        Names the default file.
    key_file
        Another place for it.
    folder
        The vault, beside which no key may lie.
    written_with
        Names of the keys of its tables: over tables that exist a new key would only hide that theirs is lost, and
        a rotation that was cut short once they were written is finished.

    Raises
    ------
    VaultError
        If there is no key, it is none, others may read it, or it lies in the project or the vault.
    """
    if text := os.environ.get(VARIABLE):
        return VaultKey(_decoded(text, place=VARIABLE), VARIABLE)
    path = key_file or key_place(dataset, folder, first_use=not written_with)
    _refuse_inside(path, folder)
    following = _following(path)
    if following.exists() and {read_key(following).id} == set(written_with):
        following.replace(path)
    if not path.exists():
        if written_with:
            raise VaultError(
                f"{path}: the key of the vault {folder} is missing. Bring it back, or set {VARIABLE}. "
                "If it is lost, delete the vault and run again: all ids are then issued anew."
            )
        _make(path, secrets.token_bytes(_BYTES))
    return read_key(path)


def put_key(key: VaultKey, path: Path, *, folder: Path) -> None:
    """Write a key into a file of its owner's, outside of project and vault, where none is.

    Raises
    ------
    VaultError
        If there is another key, or the file would lie beside what it guards.
    """
    _refuse_inside(path, folder)
    if not path.exists():
        _make(path, key.secret)
    if read_key(path).id != key.id:
        raise VaultError(f"{path}: there is another key. Move it away, or name another place.")


@contextlib.contextmanager
def following_key(key: VaultKey) -> Iterator[VaultKey]:
    """Give the key that takes the place of one; it does once all is written with it."""
    if key.place == VARIABLE:
        raise VaultError(
            f"{VARIABLE}: this process cannot change what its environment says. Put the key into its file first "
            "(`insight vault import-key`), unset the variable, and rotate then."
        )
    place = Path(key.place)
    fresh, waiting = VaultKey.fresh(key.place), _following(place)
    waiting.unlink(missing_ok=True)
    _make(waiting, fresh.secret)
    yield fresh
    waiting.replace(place)


def note_generation(key: VaultKey, generation: int) -> None:
    """Remember beside the key how often its vault was written, so that an older vault is known for one."""
    if key.place != VARIABLE:
        write_whole(_beside(key), f"{generation}\n".encode())
        _beside(key).chmod(0o600)


def refuse_older(key: VaultKey, generation: int, manifest: Path) -> None:
    """Refuse a vault that is older than what was written last with its key.

    Raises
    ------
    VaultError
        Saying both generations, and what to do where it is a backup that was restored on purpose.
    """
    if key.place == VARIABLE or not _beside(key).exists():
        return
    last = int(_beside(key).read_text(encoding="ascii"))
    if generation < last:
        raise VaultError(
            f"{manifest}: is of generation {generation}, and {last} was written last. Restore the newest backup of the "
            f"vault; if this is the newest that you have, delete {_beside(key)} and run again."
        )


def _beside(key: VaultKey) -> Path:
    return Path(key.place).with_suffix(".generation")


def _following(path: Path) -> Path:
    return path.with_name(f"{path.name}.next")


def read_key(path: Path) -> VaultKey:
    """Read a key's file.

    Raises
    ------
    VaultError
        If it is none, or others may read it.
    """
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise VaultError(f"{path}: cannot be read as a key. Bring the right file back.") from None
    if stat.S_IMODE(mode) & 0o077:
        raise VaultError(f"{path}: others may read it (mode {stat.S_IMODE(mode):04o}). Run: chmod 600 {path}")
    return VaultKey(_decoded(text, place=str(path)), str(path))


def _decoded(text: str, *, place: str) -> bytes:
    try:
        secret = base64.urlsafe_b64decode(text.strip().encode("ascii"))
    except (UnicodeEncodeError, binascii.Error):
        secret = b""
    if len(secret) != _BYTES:
        raise VaultError(
            f"{place}: expected a key of {_BYTES} bytes in base64. Bring the right one back; "
            "for a new vault, unset it and let the first run make one."
        )
    return secret


def _refuse_inside(path: Path, folder: Path) -> None:
    for forbidden in (project_root().resolve(), folder.resolve()):
        if path.resolve().is_relative_to(forbidden):
            raise VaultError(f"{path}: the key may not lie in {forbidden}, where it would travel with what it guards.")


def _make(path: Path, secret: bytes) -> None:
    """Make a key's file whole and owner-only; if another process was first, its key stays."""
    text = base64.urlsafe_b64encode(secret) + b"\n"
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(handle)
        with contextlib.suppress(FileExistsError):
            os.link(partial, path)
    except OSError:
        raise VaultError(f"{path}: the key cannot be written there. Set {VARIABLE}, or name another place.") from None
    finally:
        with contextlib.suppress(OSError):  # where it could not be made, it is not there
            partial.unlink()
