"""When a notebook must run again: its text, parameters, inputs, code and locked dependencies.

What a notebook read of parameters and tables is in the manifest, written down by the workspace as
it was read; what it is made of (its own text, the rooms that it imports, the lock) is hashed here.
"""

import ast
import hashlib
import importlib
import json
import os
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from insight.config.parameters import Parameters, day_of
from insight.errors import InsightError
from insight.storage.store import Store, sha256_of, state_of

PACKAGE = Path(__file__).resolve().parents[1]
_WORDS = PACKAGE / "words" / "catalogue"
#: The contracts of tables, one module a subject; every one is imported wherever one is looked up by its name.
CONTRACTS = PACKAGE / "contracts" / "tables"
#: Stands for raw data that is in no file, as in a database server: whether it changed cannot be told.
UNKNOWN = "unknown"
_SETTLED_NANOSECONDS = 2 * 10**9
_HASHED: dict[Path, tuple[str, tuple[int, ...]]] = {}


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
    personal
        Whether records of people pass through it where the business brings them; a notebook that does not say
        so or deny it counts as personal where it uses `insight.unify`, which opens the vault.
    only_with
        The table for whose sake it is there: where a business's source does not describe that, nobody hears of it.
    not_with
        The table for whose sake another notebook takes its place.
    """

    name: str
    path: Path
    needs: tuple[str, ...]
    uses: tuple[str, ...]
    writes: tuple[str, ...]
    personal: bool = False
    only_with: str = ""
    not_with: str = ""

    def concerns(self, described: Collection[str]) -> bool:
        """Say whether it is there for a business that describes these tables."""
        return (not self.only_with or self.only_with in described) and self.not_with not in described

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
        said = path.read_text(encoding="utf-8")
        declared = json.loads(said)["metadata"]["insight"]
    except (KeyError, json.JSONDecodeError, UnicodeDecodeError):
        raise InsightError(
            f"{path.name}: expected a notebook whose metadata says under `insight` what it needs, uses and writes. "
            "Copy these lines from another notebook."
        ) from None
    needs, uses, writes = (tuple(declared.get(what, ())) for what in ("needs", "uses", "writes"))
    personal, only_with = declared.get("personal", "insight.unify" in said), declared.get("only_with", "")
    not_with = declared.get("not_with", "")
    return Step(path.stem, path, needs, uses, writes, personal=personal, only_with=only_with, not_with=not_with)


def fingerprint(step: Step, *, code: str, lock: Path, raw: list[Path]) -> dict[str, str]:
    """Hash what a notebook is made of, apart from the parameters and tables that it reads.

    A folder or file of ``params/`` that bears the name of a table is the library that the table is made by.
    """
    made_of = {
        "notebook": sha256_of(step.path),
        "code": code,
        "lock": sha256_of(lock) if lock.is_file() else "none",
    }
    for table in step.writes:
        if (library := lock.parent / "params" / table).is_dir():
            made_of[f"params/{table}"] = digest_of({file.name: sha256_of(file) for file in library.glob("*.yaml")})
        if (book := lock.parent / "params" / f"{table}.yaml").is_file():
            made_of[f"params/{table}"] = sha256_of(book)
    if "raw" in step.needs:
        named = {
            f"{number} {path.name}": _hash_once(path) if path.is_file() else "none" for number, path in enumerate(raw)
        }
        made_of["raw"] = digest_of(named) if raw else UNKNOWN
    return made_of


def _hash_once(path: Path) -> str:
    """Hash a file, but not again where the system says that nothing was changed in it since.

    Size and times of a file can be set back by whoever writes it, the time of its last change (ctime) cannot. Of a
    file that changed just now that time may be the same after one more change: it is hashed each time.
    """
    state = state_of(path)
    if _HASHED.get(path, ("", None))[1] == state:
        return _HASHED[path][0]
    began, sha = time.time_ns(), sha256_of(path)
    if state_of(path) == state and began - path.stat().st_ctime_ns > _SETTLED_NANOSECONDS:
        _HASHED[path] = (sha, state)
    return sha


def is_fresh(step: Step, *, store: Store, params: Parameters, made_of: dict[str, str]) -> bool:
    """Say whether running the notebook again would bring the same.

    True only when nothing that it is made of, read, or wrote has changed since.
    """
    entry = store.manifest()["steps"].get(step.name)
    if entry is None or entry.get("made_of") != made_of or made_of.get("raw") == UNKNOWN:
        return False
    now = params.model_dump(mode="json")
    if entry["parameters"].get("today"):  # it was said, or rows lay after that day
        now["today"] = now["today"] or day_of(params.time_zone).isoformat()
    if any(now.get(name) != value for name, value in entry["parameters"].items()):
        return False
    current = store.outputs()
    for name, sha in entry["inputs"].items():
        if name == "headlines/":  # whose there are; the runner runs what reads them after everything else
            if sha != ",".join(stem for stem in _headlines(current) if stem < step.name):
                return False
        elif (current[name]["sha256"] if name in current else None) != sha:
            return False
    written = entry["outputs"] | {entry["executed"]["file"]: entry["executed"]}
    return all(_is_whole(store.folder / name, described["sha256"]) for name, described in written.items())


def _headlines(outputs: dict[str, Any]) -> list[str]:
    return sorted(Path(name).stem for name in outputs if name.startswith("headlines/"))


def _is_whole(path: Path, sha: str) -> bool:
    return path.is_file() and sha256_of(path) == sha


def digest_of(value: Any) -> str:
    """Hash plain data, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def code_digest(path: Path) -> str:
    """Hash every file of this package that a notebook or module depends on."""
    return digest_of_files(code_files(path))


def digest_of_files(files: set[Path]) -> str:
    """Hash files of this package, each under its place in it."""
    return digest_of({str(file).removeprefix(f"{PACKAGE}{os.sep}"): sha256_of(file) for file in files})


def code_files(path: Path) -> set[Path]:
    """List the modules that a notebook or module imports, directly or not, and the data files that these read."""
    there = {Path(folder, name) for folder, _, names in os.walk(PACKAGE) for name in names if not name.endswith(".pyc")}
    read = {path: _read(path)}
    modules: set[Path] = set()
    waiting = there & read[path].places
    while waiting:
        module = waiting.pop()
        modules.add(module)
        read[module] = _read(module)
        waiting |= (read[module].places & there) - modules
    named = frozenset().union(*(code.texts for file, code in read.items() if file.parent != CONTRACTS))
    modules = {module for module in modules if _counts(module, named)}
    return modules | _data_read({file: read[file] for file in modules | {path}}, filter(_is_data, there))


def _counts(module: Path, named: frozenset[str]) -> bool:
    """Say whether a module's edit could change numbers: of contracts those of the tables that are named do."""
    if module.parent != CONTRACTS or module.stem == "__init__":
        return True
    contracts = importlib.import_module(f"insight.contracts.tables.{module.stem}")
    return any(table.name in named for table in getattr(contracts, "TABLES", ()))


def _is_data(file: Path) -> bool:
    """Say whether a file of the package is read rather than imported: catalogues, style, fonts.

    What only the pages are made with is left to `insight.runner.publish`: a new style sheet runs no notebook.
    """
    return file.suffix not in (".py", ".pyc", ".md") and "template" not in file.parts


def _data_read(modules: dict[Path, "_Code"], files: Iterable[Path]) -> set[Path]:
    """List the data files that modules read: such a module bears the file's name, or says that of it or its folder.

    Of the words of the reports a subject counts where the code asks for one of its texts.
    """
    subjects = frozenset().union(*(code.subjects for code in modules.values()))
    said: dict[Path, set[str]] = defaultdict(set)  # by the modules of a folder and of those below
    for module, code in modules.items():
        for folder in module.parents:
            said[folder] |= code.texts
    return {file for file in files if _is_read(file, modules, subjects, said)}


def _is_read(
    file: Path, modules: Collection[Path], subjects: frozenset[str], said: Mapping[Path, Collection[str]]
) -> bool:
    if file.parent == _WORDS and file.stem != "known":
        return file.stem in subjects
    room = _room_of(file.parent)
    names = file.relative_to(room).parts
    return file.with_suffix(".py") in modules or any(name in said.get(room, ()) for name in names)


@cache
def _room_of(folder: Path) -> Path:
    """Give the innermost package that a folder is in or is."""
    return next(place for place in (folder, *folder.parents) if (place / "__init__.py").is_file())


def _read(path: Path) -> "_Code":
    return _code(path.suffix, path.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class _Code:
    """What matters here of a module or notebook: the modules that it imports, its literal texts, tables it declares."""

    imported: frozenset[str]
    texts: frozenset[str]

    @cached_property
    def places(self) -> frozenset[Path]:
        """Where the modules that are imported may stand, with the packages that they are in."""
        return frozenset().union(*map(_places_of, self.imported))

    @cached_property
    def subjects(self) -> frozenset[str]:
        """Beginnings of texts up to their first dot, as of ``segment.groups``."""
        return frozenset(text.partition(".")[0] for text in self.texts if "." in text)


@cache
def _places_of(name: str) -> frozenset[Path]:
    parts = name.split(".")[1:]
    above = [PACKAGE.joinpath(*parts[:depth]) for depth in range(len(parts) + 1)]
    return frozenset(place for folder in above for place in (folder / "__init__.py", folder.with_suffix(".py")))


@cache
def _code(kind: str, text: str) -> _Code:
    declared: set[str] = set()
    if kind == ".ipynb":
        read = json.loads(text)
        text = "\n".join("".join(cell["source"]) for cell in read["cells"] if cell["cell_type"] == "code")
        said = read["metadata"].get("insight", {})
        declared = {name.split(".")[0] for what in ("needs", "uses", "writes") for name in said.get(what, ())}
    nodes: dict[type, list[Any]] = defaultdict(list)
    for node in ast.walk(ast.parse(text)):
        nodes[type(node)].append(node)
    names = {alias.name for node in nodes[ast.Import] for alias in node.names}
    known_as: dict[str, str] = {}
    for node in nodes[ast.ImportFrom]:
        if node.module and node.level == 0:
            names.add(node.module)
            known_as |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    # `findings.profile` is a module too, though `findings` is all that was imported.
    owners = [(part.value.id, part.attr) for part in nodes[ast.Attribute] if isinstance(part.value, ast.Name)]
    used = {f"{known_as[owner]}.{name}" for owner, name in owners if owner in known_as}
    imported = {name for name in names | set(known_as.values()) | used if name.split(".")[0] == "insight"}
    texts = {node.value for node in nodes[ast.Constant] if isinstance(node.value, str)}
    texts |= declared
    return _Code(frozenset(imported), frozenset(texts))
