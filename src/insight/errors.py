"""What can be wrong with what we were given, said so that it can be mended.

Every message names the place (file, table, column, parameter), what was expected, how many and
where first, and what to do. It never carries a customer's value: messages end up in logs.
"""

import difflib
import functools
import traceback
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

_COMMANDS = ("Cc", "Cf", "Cs", "Zl", "Zp")  # categories of Unicode: controls, formats, halves of characters, line ends
_JOINERS = "\u200c\u200d"  # parts of words in several scripts


def printable(text: str, *, keep: str = "") -> str:
    r"""Write a text from outside so that it can only be read: what would command a terminal or begin a line is escaped.

    Examples
    --------
    >>> printable("a\x1b[31mred\nline"), printable("a\nb", keep="\n") == "a\nb", printable("客户\u202e")
    ('a\\x1b[31mred\\nline', True, '客户\\u202e')
    """
    if text.isprintable():
        return text
    return "".join(
        sign.encode("unicode_escape").decode()
        if unicodedata.category(sign) in _COMMANDS and sign not in _JOINERS + keep
        else sign
        for sign in text
    )


class InsightError(Exception):
    """Something that the person who started the run can mend; ends the run with code 2."""

    def __init__(self, message: str = "") -> None:
        super().__init__(printable(message, keep="\n"))


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


def nearest(name: str, allowed: Iterable[str]) -> str | None:
    """Give the name that was probably meant; None where none is alike.

    Examples
    --------
    >>> nearest("custmer_id", ["amount", "customer_id"]), nearest("x", ["amount"])
    ('customer_id', None)
    """
    return next(iter(difflib.get_close_matches(name, list(allowed), n=1, cutoff=0.5)), None)


def did_you_mean(name: str, allowed: Iterable[str]) -> str:
    """Ask, at the end of a message, whether the nearest name was meant; nothing where none is alike.

    Examples
    --------
    >>> did_you_mean("nam", ["name", "amount"])
    '; did you mean `name`?'
    """
    near = nearest(name, allowed)
    return f"; did you mean `{near}`?" if near else ""


@contextmanager
def no_values(what: str) -> Iterator[None]:
    """Let no message of a library out, which may hold a name or number; say where it failed instead.

    Raises
    ------
    LinkError
        For any error that is not our own; ours never carry values.
    """
    try:
        yield
    except InsightError:
        raise
    except Exception as error:
        raise LinkError(
            f"{what}: failed with {type(error).__name__} in {place_of(error)}. What was said of it may hold personal "
            "values and is not shown. If the files are sound, please report this place."
        ) from None


def place_of(error: Exception) -> str:
    """Name the last line of this package that an error passed through."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if "insight" in Path(frame.filename).parts]
    return f"{Path(own[-1].filename).name}, line {own[-1].lineno}" if own else "a library"


@dataclass(frozen=True)
class Unavailable:
    """A result that cannot be had, and why: what a calculation gives instead of it.

    Attributes
    ----------
    subject
        What it is about, as the catalogue of words calls it: ``churn``.
    reason
        A code: ``history`` where the data is too short.
    facts
        Numbers that the reason needs.
    """

    subject: str
    reason: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> Literal[False]:
        """Be false, as the lack of a result is."""
        return False


#: How arithmetic, linear algebra and searches fail on data that they do not suit: with nothing in it, all alike,
#: or of one kind. Errors of our own, files and memory are not among them.
NUMERICAL = (ArithmeticError, ValueError, LookupError)
_MODELLING = ("lightgbm", "lifetimes", "scipy", "sklearn")  # libraries that have exceptions of their own for it


def unless_unavailable(calculate: Callable[..., Any]) -> Callable[..., Any]:
    """Make a calculation pass on what it was given where that is `Unavailable`, and be that where it fails itself.

    So an estimate that does not work out costs its own part of a page. The reason names the place, never a value.

    Examples
    --------
    >>> @unless_unavailable
    ... def share(part, whole):
    ...     return part / whole
    >>> share(1, 2), share(1, Unavailable("churn", "history")).reason, share(1, 0).facts["kind"]
    (0.5, 'history', 'ZeroDivisionError')
    """

    @functools.wraps(calculate)
    def calculated(*inputs: Any, **options: Any) -> Any:
        missing = next((item for item in (*inputs, *options.values()) if isinstance(item, Unavailable)), None)
        if missing is not None:
            return missing
        try:
            return calculate(*inputs, **options)
        except Exception as error:
            if isinstance(error, NUMERICAL) or type(error).__module__.partition(".")[0] in _MODELLING:
                return failed(error)
            raise

    return calculated


def failed(error: Exception) -> Unavailable:
    """Say that a calculation did not work out, and where."""
    return Unavailable("common", "failed", {"kind": type(error).__name__, "place": place_of(error)})
