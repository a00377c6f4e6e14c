"""When a notebook must run again: its text, parameters, inputs, code and locked dependencies.

What a notebook read of parameters and tables is in the manifest, written down by the workspace as
it was read; what it is made of (its own text, the rooms that it imports, the lock) is hashed here.
"""

import ast
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from insight.config.parameters import Parameters
from insight.errors import InsightError
from insight.storage.store import Store, sha256_of

PACKAGE = Path(__file__).resolve().parents[1]
#: Stands for raw data that is in no file, as in a database server: whether it changed cannot be told.
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Step:
    """One notebook, with the tables that it declares.

    Attributes
    ----------
    name
        The file's name without its ending, e.g. ``20_customer_profile``.
    needs
        Tables, or ``table.column``, without which it cannot run; ``raw`` for the delivered files.
    uses
        Tables that it reads where the business has them; ``headlines`` for those of all notebooks before it.
    writes
        Tables that it makes.
    """

    name: str
    path: Path
    needs: tuple[str, ...]
    uses: tuple[str, ...]
    writes: tuple[str, ...]

    def follows(self, other: "Step") -> bool:
        """Say whether ``other`` must have run before this one."""
        if other.name >= self.name:
            return False
        read = {item.split(".")[0] for item in self.needs + self.uses}
        return "headlines" in read or not read.isdisjoint(other.writes)


def read_steps(folder: Path) -> list[Step]:
    """Read what each notebook of a folder declares in its metadata, in order of their names."""
    return [_read_step(path) for path in sorted(folder.glob("[0-9]*.ipynb"))]


def _read_step(path: Path) -> Step:
    try:
        declared = json.loads(path.read_text(encoding="utf-8"))["metadata"]["insight"]
    except (KeyError, json.JSONDecodeError, UnicodeDecodeError):
        raise InsightError(
            f"{path.name}: expected a notebook whose metadata says under `insight` what it needs, uses and writes. "
            "Copy these lines from another notebook."
        ) from None
    return Step(path.stem, path, *(tuple(declared.get(what, ())) for what in ("needs", "uses", "writes")))


def fingerprint(step: Step, *, code: str, lock: Path, raw: list[Path]) -> dict[str, str]:
    """Hash what a notebook is made of, apart from the parameters and tables that it reads.

    A folder of ``params/`` that bears the name of a table is the library that the table is made by.
    """
    made_of = {
        "notebook": sha256_of(step.path),
        "code": code,
        "lock": sha256_of(lock) if lock.is_file() else "none",
    }
    for table in step.writes:
        if (library := lock.parent / "params" / table).is_dir():
            made_of[f"params/{table}"] = digest_of({file.name: sha256_of(file) for file in library.glob("*.yaml")})
    if "raw" in step.needs:
        named = {
            f"{number} {path.name}": sha256_of(path) if path.is_file() else "none" for number, path in enumerate(raw)
        }
        made_of["raw"] = digest_of(named) if raw else UNKNOWN
    return made_of


def is_fresh(step: Step, *, store: Store, params: Parameters, made_of: dict[str, str]) -> bool:
    """Say whether running the notebook again would bring the same.

    True only when nothing that it is made of, read, or wrote has changed since.
    """
    entry = store.manifest()["steps"].get(step.name)
    if entry is None or entry.get("made_of") != made_of or made_of.get("raw") == UNKNOWN:
        return False
    now = params.model_dump(mode="json")
    if any(now.get(name) != value for name, value in entry["parameters"].items()):
        return False
    current = store.outputs()
    for name, sha in entry["inputs"].items():
        if name == "headlines/":
            continue  # the runner runs what reads headlines after everything else; each is listed by itself
        if (current[name]["sha256"] if name in current else None) != sha:
            return False
    written = entry["outputs"] | {entry["executed"]["file"]: entry["executed"]}
    return all(_is_whole(store.folder / name, described["sha256"]) for name, described in written.items())


def _is_whole(path: Path, sha: str) -> bool:
    return path.is_file() and sha256_of(path) == sha


def digest_of(value: Any) -> str:
    """Hash plain data, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def code_digest(path: Path) -> str:
    """Hash every file of this package that a notebook or module depends on."""
    return digest_of({str(file.relative_to(PACKAGE)): sha256_of(file) for file in code_files(path)})


def code_files(path: Path) -> set[Path]:
    """List every module of this package that a notebook or module imports, directly or not, and their data files."""
    files: set[Path] = set()
    waiting = list(_imported_files(path))
    while waiting:
        file = waiting.pop()
        if file not in files:
            files.add(file)
            waiting.extend(_imported_files(file))
    return files


def _imported_files(path: Path) -> list[Path]:
    """List the package's files that one file's imports reach: modules, and the data files of their rooms."""
    found = set()
    for name in _imported_names(path):
        parts = name.split(".")[1:]
        for depth in range(len(parts) + 1):
            place = PACKAGE.joinpath(*parts[:depth])
            if place.is_dir():
                found.add(place / "__init__.py")
                if depth:
                    found.update(_data_files(place))
            elif place.with_suffix(".py").is_file():
                found.add(place.with_suffix(".py"))
    return sorted(file for file in found if file.is_file() and file != path)


@cache
def _data_files(room: Path) -> tuple[Path, ...]:
    """Files of a room that are read rather than imported: catalogues, style, fonts.

    What only the pages are made with is left to `insight.runner.publish`: a new style sheet runs no notebook.
    """
    return tuple(
        file
        for file in sorted(room.rglob("*"))
        if file.is_file() and file.suffix not in (".py", ".pyc") and "template" not in file.relative_to(room).parts
    )


def _imported_names(path: Path) -> set[str]:
    if path.suffix not in (".py", ".ipynb"):
        return set()
    names, known_as = set(), {}
    tree = list(ast.walk(ast.parse(_code_of(path))))
    for node in tree:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
            known_as |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    # `sentences.profile` is a module too, though it is imported only when first used.
    used = {f"{known_as[node.value.id]}.{node.attr}" for node in tree if _is_part(node, known_as)}
    return {name for name in names | set(known_as.values()) | used if name.split(".")[0] == "insight"}


def _is_part(node: ast.AST, known_as: dict[str, str]) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known_as


def _code_of(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text
    cells = json.loads(text)["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
