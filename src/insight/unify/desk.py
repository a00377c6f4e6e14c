"""Where records of people are handled: the vault, and a connection whose every file lies in it."""

import contextlib
import traceback
from collections.abc import Iterator
from pathlib import Path

import ibis

from insight.errors import InsightError, LinkError
from insight.params import Parameters
from insight.sources import described
from insight.sources.intake import PEOPLE
from insight.unify.vault import Vault
from insight.workspace import vault_folder


class Desk:
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


def open_desk(params: Parameters) -> Desk | None:
    """Open the desk of a business; None where it delivers customers under ids of its own."""
    return Desk(params.dataset) if brings_people(params) else None


@contextlib.contextmanager
def no_values(what: str) -> Iterator[None]:
    """Let no message of a library out, which may hold a name or number; say where it failed instead."""
    try:
        yield
    except InsightError:
        raise
    except Exception as error:
        own = [frame for frame in traceback.extract_tb(error.__traceback__) if "insight" in Path(frame.filename).parts]
        place = f"{Path(own[-1].filename).name}, line {own[-1].lineno}" if own else "a library"
        raise LinkError(
            f"{what}: failed with {type(error).__name__} in {place}. What was said of it may hold personal values and "
            "is not shown. If the files are sound, please report this place."
        ) from None
