"""What can be wrong with what we were given, said so that it can be mended.

Every message names the place (file, table, column, parameter), what was expected, how many and
where first, and what to do. It never carries a customer's value: messages end up in logs.
"""

from collections.abc import Iterable


class InsightError(Exception):
    """Something that the person who started the run can mend; ends the run with code 2."""


class ParameterError(InsightError):
    """A parameter is unknown, of the wrong type, or outside what is allowed."""


class SourceError(InsightError):
    """A delivered file or database is missing, unreadable, or not as it was described."""


class ContractError(InsightError):
    """A table is not what its contract says."""


class WorkspaceError(InsightError):
    """The tables of a run are damaged, or cannot be written."""


class MissingTableError(WorkspaceError):
    """A table that a notebook needs has not been made yet, or this business does not have it."""


class VaultError(InsightError):
    """Personal data cannot be kept or read safely, so they are not."""


class LinkError(InsightError):
    """Handling people's records failed; what a library said of it may hold values and is not repeated."""


def listed(problems: Iterable[str]) -> str:
    """Put problems under one another, each with a dash, as every message here does.

    Examples
    --------
    >>> print("orders: 2 problems" + listed(["a repeats", "b is missing"]))
    orders: 2 problems
      - a repeats
      - b is missing
    """
    return "".join(f"\n  - {problem}" for problem in problems)
