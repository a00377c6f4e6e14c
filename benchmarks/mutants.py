"""Count how many small changes of the code the tests notice, in the rooms that everything else rests on.

`pip install mutmut`, then `python benchmarks/mutants.py` changes one thing at a time (a sign, a bound, a name, a
default) in `contracts`, `storage`, `report/disclosure` and the vault, and runs the tests of that room that reach the
place. With `--sample 60` it does so for as many changes of each room, drawn by a seed. What no test noticed is named in
the results; `--keep FOLDER` keeps the changed copy, where `mutmut show NAME` shows a change. A room takes some hours.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from insight.intervals import wilson

PROJECT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "results" / "mutants.json"
COPIED = ("notebooks", "params", "docs", "benchmarks", "scripts", "requirements.lock", "README.md", "LICENSE", "NOTICE")
# what a mutant's tests ended with, as mutmut keeps it
NOTICED, UNNOTICED, UNTESTED = {1, 3, 24, 36, 37, -24, 152, 255, -11, 139, -9}, {0}, {5, 33}


@dataclass(frozen=True)
class Room:
    """What is changed, and the tests that should notice."""

    changed: tuple[str, ...]
    tests: tuple[str, ...]
    left_out: tuple[str, ...] = ()


ROOMS = {
    "vault": Room(
        ("src/insight/unify/privacy/vault*.py",),
        (
            "tests/unify/test_vault.py",
            "tests/unify/test_derived_ids.py",
            "tests/unify/test_vault_session.py",
            "src/insight/unify/privacy",
        ),
    ),
    "disclosure": Room(
        ("src/insight/report/disclosure.py",),
        ("tests/report/test_disclosure.py", "tests/report/test_tables.py", "src/insight/report/disclosure.py"),
    ),
    "storage": Room(("src/insight/storage/*.py",), ("tests/storage", "src/insight/storage")),
    # the tables are declared when they are imported, which is before mutmut's processes change anything: the data
    # dictionary in docs, held by a test, is what notices there
    "contracts": Room(
        ("src/insight/contracts/*.py",),
        ("tests/contracts", "tests/sources/test_intake.py", "src/insight/contracts"),
        left_out=("insight.contracts.tables.",),
    ),
}


def prepare(room: Room, folder: Path) -> None:
    """Copy the project, and tell mutmut what to change and which tests to run."""
    named = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    for name in named.stdout.splitlines():
        if (PROJECT / name).is_file() and not name.startswith("labextension"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, folder / name)
    told = {
        "source_paths": ["src"],
        "only_mutate": room.changed,
        "also_copy": COPIED,
        "pytest_add_cli_args_test_selection": [name for name in room.tests if (folder / name).exists()],
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "-x", "-q"],
        "process_isolation": "forkserver",  # DuckDB's threads do not outlive a fork
    }
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("\n[tool.mutmut]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in told.items()))


def _mutmut(folder: Path, *names: str) -> None:
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", "1", *names]
    with (folder / "mutmut.log").open("a") as log:
        # the copy is what is found under the name of the package, also by the processes that tests start
        subprocess.run(
            command,
            cwd=folder,
            stdout=log,
            stderr=log,
            env={**os.environ, "PYTHONPATH": str(folder / "mutants" / "src")},
            check=False,
        )


def outcomes(folder: Path) -> dict[str, int | None]:
    """Give what became of each change: the code that its tests ended with; None where they were not run."""
    found: dict[str, int | None] = {}
    for file in sorted((folder / "mutants").rglob("*.meta")):
        found |= json.loads(file.read_text())["exit_code_by_key"]
    return found


def measure(name: str, folder: Path, *, sample: int | None, seed: int) -> dict:
    """Change a room's code and give the share of the changes that its tests noticed, with a 95% interval."""
    room = ROOMS[name]
    prepare(room, folder)
    _mutmut(folder, "no such change")  # makes them all
    every = sorted(change for change in outcomes(folder) if not change.startswith(room.left_out))
    chosen = every if sample is None or sample >= len(every) else random.Random(seed).sample(every, sample)
    _mutmut(folder, *chosen)
    ended = {change: code for change, code in outcomes(folder).items() if change in set(chosen)}
    noticed = sum(code in NOTICED for code in ended.values())
    tried = sum(code is not None for code in ended.values())
    low, high = wilson(noticed, tried) if tried else (None, None)
    return {
        "changes": len(every),
        "tried": tried,
        "noticed": noticed,
        "score": round(noticed / tried, 4) if tried else None,
        "low": low and round(float(low), 4),
        "high": high and round(float(high), 4),
        "unnoticed": sorted(change for change, code in ended.items() if code in UNNOTICED),
        "untested": sorted(change for change, code in ended.items() if code in UNTESTED),
    }


def main() -> None:
    """Measure the rooms that are asked for, and keep the results of the others."""
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("--room", choices=ROOMS, action="append")
    told.add_argument("--sample", type=int, help="so many changes of each room, drawn at random; all by default")
    told.add_argument("--seed", type=int, default=15)
    told.add_argument("--keep", type=Path, help="folder for the changed copies; a temporary one by default")
    asked = told.parse_args()
    results = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    for name in asked.room or ROOMS:
        folder = (asked.keep or Path(tempfile.mkdtemp(prefix="mutants-"))) / name
        folder.mkdir(parents=True)
        results[name] = {"seed": asked.seed} | measure(name, folder, sample=asked.sample, seed=asked.seed)
        RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n", "utf-8")
        told = {key: value for key, value in results[name].items() if not isinstance(value, list)}
        sys.stdout.write(f"{name} {told}\n")
        sys.stdout.flush()
        if not asked.keep:
            shutil.rmtree(folder.parent)


if __name__ == "__main__":
    main()
