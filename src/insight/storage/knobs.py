"""What the parameters cell of a notebook sets and nothing would read."""

import ast
import difflib
import sys
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from insight.config.parameters import Parameters
from insight.errors import ParameterError, listed

#: Of a knob's letters, the share that a misspelt one has in order.
_ALIKE = 0.8
_ALWAYS = ("dataset", "lang")


def executed_cells() -> Sequence[str]:
    """Give the code of the cells executed so far in this kernel; nothing outside of one."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell.user_ns.get("In", ()) if shell else ()


def refuse_unread(cells: Sequence[str], *, taken: Collection[str], cell: str) -> None:
    """Refuse names of the parameters cell that are a parameter's, or nearly, and that its notebook does not take.

    Parameters
    ----------
    cells
        The code of the cells executed so far. Parameters cells are the last one that names the ``dataset``, and the
        last that papermill put in.
    taken
        The knobs that the notebook hands on.
    cell
        How messages name the cell.

    Raises
    ------
    ParameterError
        Listing every such name, with what to do.
    """
    known = [*Parameters.model_fields, *_ALWAYS]
    problems = []
    for name in dict.fromkeys(name for each in _parameters_cells(cells) for name in _assigned(each)):
        if name in taken or name in _ALWAYS:
            continue
        near = difflib.get_close_matches(name, known, n=1, cutoff=_ALIKE)
        if name in known:
            problems.append(
                f"`{name}` is a parameter, but this notebook does not take it from its cell: write it into "
                f"params/, or run `insight run NAME --set {name}=...`; here stand {', '.join((*_ALWAYS, *taken))}"
            )
        elif near:
            problems.append(f"there is no parameter `{name}`; did you mean `{near[0]}`?")
    if problems:
        raise ParameterError(f"{cell}: {len(problems)} problem(s)" + listed(problems))


def _parameters_cells(cells: Sequence[str]) -> Iterator[str]:
    """Give the cells that count: of those run again, the last."""
    own, injected = [], []
    for cell in cells:
        if cell.startswith("# Parameters"):
            injected.append(cell)
        elif "dataset" in _assigned(cell):
            own.append(cell)
    yield from (*own[-1:], *injected[-1:])


def _assigned(cell: str) -> list[str]:
    try:
        lines = ast.parse(cell).body
    except SyntaxError:  # a magic, or a cell that failed
        return []
    targets = [t for line in lines for t in getattr(line, "targets", [getattr(line, "target", None)])]
    return [target.id for target in targets if isinstance(target, ast.Name)]
