"""The session in which records of people are handled: the vault, and a connection that spills into it alone."""

import contextlib

import ibis

from insight.config.parameters import Parameters
from insight.sources.records import PEOPLE
from insight.sources.registry import described
from insight.storage.workspace import vault_folder
from insight.unify.privacy.vault import Vault


class VaultSession:
    """A vault with an open connection, for a notebook, whose cells no ``with`` can span.

    Parameters
    ----------
    dataset
        The business whose vault it is.
    """

    def __init__(self, dataset: str) -> None:
        self.vault = Vault(vault_folder(dataset), dataset)
        self._open = contextlib.ExitStack()
        self.con: ibis.BaseBackend = self._open.enter_context(self.vault.connection())

    def close(self) -> None:
        """Close the connection and take away everything that it spilled."""
        self._open.close()


def brings_people(params: Parameters) -> bool:
    """Say whether a business delivers records of people, from which customers are to be made."""
    return PEOPLE in described(params)


def open_session(params: Parameters) -> VaultSession | None:
    """Open the vault session of a business; None where customers are delivered under ids of their own."""
    return VaultSession(params.dataset) if brings_people(params) else None
