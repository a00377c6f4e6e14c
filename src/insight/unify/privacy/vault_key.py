"""The vault's key: where it is kept, how it is named, and how it wraps the keys of files."""

import base64
import binascii
import contextlib
import hashlib
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet.encryption as pe
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from insight.config.parameters import project_root
from insight.errors import VaultError

VARIABLE = "INSIGHT_VAULT_KEY"
_BYTES = 32
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

    @property
    def id(self) -> str:
        """The first half of a hash: of 256 random bits it tells nothing."""
        return hashlib.sha256(b"insight vault key\0" + self.secret).hexdigest()[:16]

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


def find_key(dataset: str, key_file: Path | None, *, folder: Path, first_use: bool) -> VaultKey:
    """Take the key from the environment or its file; make the file on first use alone.

    Parameters
    ----------
    dataset
        Names the default file.
    key_file
        Another place for it.
    folder
        The vault, beside which no key may lie.
    first_use
        Whether the vault is empty; over tables that exist a new key would only hide that theirs is lost.

    Raises
    ------
    VaultError
        If there is no key, it is none, others may read it, or it lies in the project or the vault.
    """
    if text := os.environ.get(VARIABLE):
        return VaultKey(_decoded(text, place=VARIABLE), VARIABLE)
    path = key_file or Path.home() / ".config" / "insight" / f"{dataset}.key"
    _refuse_inside(path, folder)
    if not path.exists():
        if not first_use:
            raise VaultError(
                f"{path}: the key of the vault {folder} is missing. Bring it back, or set {VARIABLE}. "
                "If it is lost, delete the vault and run again: all ids are then issued anew."
            )
        _make(path)
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


def _make(path: Path) -> None:
    """Make the key's file whole and owner-only; if another process was first, its key stays."""
    text = base64.urlsafe_b64encode(secrets.token_bytes(_BYTES)) + b"\n"
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
        partial.unlink(missing_ok=True)
