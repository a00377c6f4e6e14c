"""What every sentence of a business's pages may need: its noun for customers, currency, smallest group, last day."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from insight.config.parameters import Bilingual
from insight.config.source.kinds import outcome_of
from insight.storage import workspace

_CUSTOMERS = Bilingual(en="customers", zh="客户")


@dataclass(frozen=True)
class Context:
    """A business as its sentences need it: by hand, for tests and for pages made without a workspace."""

    customers: Bilingual = _CUSTOMERS
    currency: str = "XXX"
    min_cell: int = 10
    vocabulary: str = "shop"
    outcome: str = "churn"
    as_of: date | None = None


class _Opened:
    """The business of a workspace as a `Context`, read when asked, so that only what is used counts as read."""

    def __init__(self, opened: workspace.Workspace) -> None:
        self._workspace = opened

    def __getattr__(self, name: str) -> Any:
        if name == "outcome":
            return outcome_of(self._workspace.params.source)
        return self._workspace.as_of if name == "as_of" else getattr(self._workspace.params, name)


_GIVEN: ContextVar[Context | None] = ContextVar("insight_context", default=None)
_NOBODY = Context()


def context() -> Context:
    """Give the business that is spoken of: given by `using`, else the open workspace's, else none in particular."""
    given = _GIVEN.get()
    if given is not None:
        return given
    opened = workspace.opened()
    return _NOBODY if opened is None else cast(Context, _Opened(opened))


@contextmanager
def using(about: Context) -> Iterator[None]:
    """Speak of another business for a while.

    Examples
    --------
    >>> with using(Context(currency="EUR")):
    ...     context().currency
    'EUR'
    """
    token = _GIVEN.set(about)
    try:
        yield
    finally:
        _GIVEN.reset(token)
