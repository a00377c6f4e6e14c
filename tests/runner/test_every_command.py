"""Every command where nothing is there, or half of it, or something else in its place: one message, no traceback."""

import itertools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from insight import cli
from small_project import write_notebook

YAML = """\
title: {en: Shop, zh: 商店}
currency: USD
time_zone: UTC
source:
  kind: files
  tables:
    transactions:
      files: [sales.csv]
      columns: {basket_id: id, customer_id: who, occurred_at: {column: day, dates: [iso]}, amount: amount}
"""
COMMANDS = {
    "run": ["run", "shop"],
    "run one": ["run", "shop", "--only", "20"],
    "run of another": ["run", "shop", "--only", "77"],
    "run with a bad value": ["run", "shop", "--set", "tiers=many"],
    "run with half a value": ["run", "shop", "--set", "tiers"],
    "params": ["params", "shop"],
    "link": ["link", "shop"],
    "review": ["review", "shop"],
    "review a pair": ["review", "shop", "--same", "1"],
    "about": ["about", "shop", "a"],
    "forget": ["forget", "shop", "nobody"],
    "check": ["check", "shop"],
    "new": ["new", "shop"],
    "new of no name": ["new", "../shop"],
    "new of a database": ["new", "bank", "--database", "sqlite:///data/raw/shop/none.db"],
    "new of no database": ["new", "bank", "--database", "sqlite:///data/raw/shop/sales.csv"],
    "new of no address": ["new", "bank", "--database", "shop"],
    "fetch": ["data", "fetch", "no_such_set"],
    "record": ["record"],
}


def lay_out(home: Path) -> None:
    """A project of two notebooks and one business, whose delivery is there and sound."""
    for name in ("params", "notebooks", "data/raw/shop", "data/processed", "reports"):
        (home / name).mkdir(parents=True)
    (home / "params" / "shop.yaml").write_text(YAML, encoding="utf-8")
    (home / "data/raw/shop/sales.csv").write_text("id,who,day,amount\n1,a,2024-01-01,5\n", encoding="utf-8")
    write_notebook(home / "notebooks" / "10_first.ipynb", "1", needs=["raw"], writes=["products"])
    write_notebook(home / "notebooks" / "20_second.ipynb", "1", needs=["products"])


def replaced(path: str, content: str | None):
    """Put a file where a folder was or a folder where a file was; with content a file of that content."""

    def change(home: Path) -> None:
        place = home / path
        was_file = place.is_file()
        shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
        if was_file and content is None:
            place.mkdir(parents=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(content or "", encoding="utf-8")

    return change


def removed(path: str):
    """Take a file or a folder away."""

    def change(home: Path) -> None:
        place = home / path
        shutil.rmtree(place) if place.is_dir() else place.unlink()

    return change


PROJECTS = {
    "no parameters": removed("params/shop.yaml"),
    "no delivery": removed("data/raw/shop"),
    "an empty delivery": replaced("data/raw/shop/sales.csv", ""),
    "a folder for the delivered file": replaced("data/raw/shop/sales.csv", None),
    "a file for the delivery's folder": replaced("data/raw/shop", None),
    "a folder for the parameters": replaced("params/shop.yaml", None),
    "a list for the parameters": replaced("params/shop.yaml", "- shop\n"),
    "half of the parameters": replaced("params/shop.yaml", YAML[:110]),
    "parameters that are no YAML": replaced("params/shop.yaml", "source: [\n"),
    "no notebooks": removed("notebooks"),
    "half of the notebooks": removed("notebooks/10_first.ipynb"),
    "half a notebook": replaced("notebooks/10_first.ipynb", '{"cells": ['),
    "a folder for a notebook": replaced("notebooks/10_first.ipynb", None),
    "a file for the tables": replaced("data/processed/shop", ""),
    "tables that are damaged": replaced("data/processed/shop/manifest.json", "{"),
    "a list for the manifest": replaced("data/processed/shop/manifest.json", "[]"),
    "a file for the vault": replaced("data/vault", ""),
    "a damaged vault": replaced("data/vault/shop/manifest.json", "{"),
    "a file for the reports": replaced("reports", ""),
    "no params": removed("params"),
    "nothing": removed("."),
}


@pytest.mark.parametrize(("command", "project"), itertools.product(COMMANDS, PROJECTS))
def test_it_ends_in_one_message(command, project, tmp_path, monkeypatch, capsys):
    home = tmp_path / "project"
    lay_out(home)
    PROJECTS[project](home)
    monkeypatch.setenv("INSIGHT_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["insight", *COMMANDS[command]])
    monkeypatch.setattr("insight.runner.run._work_off", lambda steps, going: None)  # what is before and after kernels
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    assert ended.value.code in (0, 2)
    assert "Traceback" not in said.err
    assert "failed with" not in said.err  # by which `main` ends what nobody thought of
    is_refused = said.err.startswith("insight: ")
    is_found_wanting = command == "check" and "a run can start" not in said.out
    assert (ended.value.code == 2) == (is_refused or is_found_wanting)
    assert said.err or said.out


UNREADABLE = ["data/raw/shop/sales.csv", "data/raw/shop", "params/shop.yaml", "notebooks/20_second.ipynb"]
#: Calls ``insight`` once for every line that names a project and a command, each time as if newly started.
_CALLS = """
import os, sys
from insight import cli
from insight.runner import run
from insight.sources import checkup, registry
for line in sys.stdin:
    home, command = line.split()
    if pid := os.fork():
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
        continue
    for stream, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(f"{home}/{name}", os.O_WRONLY | os.O_CREAT), stream)
    os.environ["INSIGHT_HOME"] = home
    sys.argv = ["insight", command, "shop"]
    cli.main()
"""


@pytest.fixture(scope="module")
def call_as_anybody():
    """Call ``insight`` by somebody whose rights count: of the superuser, who reads everything, they are taken away."""
    as_anybody = [] if os.getuid() else ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    with subprocess.Popen(
        [*as_anybody, sys.executable, "-c", _CALLS], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as calls:

        def call(home: Path, command: str) -> tuple[int, str]:
            print(home, command, file=calls.stdin, flush=True)
            return int(calls.stdout.readline()), (home / "err").read_text(encoding="utf-8")

        yield call
        calls.stdin.close()


@pytest.mark.parametrize("place", UNREADABLE)
@pytest.mark.parametrize("command", ["run", "check"])
def test_what_may_not_be_read_is_named_in_one_message(command, place, tmp_path, call_as_anybody):
    lay_out(tmp_path)
    (tmp_path / place).chmod(0)
    code, said = call_as_anybody(tmp_path, command)
    (tmp_path / place).chmod(0o700)
    if command == "check" and place.startswith("notebooks"):
        assert code == 0
    else:
        assert code == 2
        assert "Permission denied. Mend this place" in said
        assert len(said.strip().splitlines()) == 1


def test_an_error_that_nobody_thought_of_names_its_place_and_no_value(tmp_path, monkeypatch, capsys):
    lay_out(tmp_path)
    monkeypatch.setenv("INSIGHT_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["insight", "check", "shop"])
    monkeypatch.setattr("insight.sources.checkup.check", lambda params: {}["Ada Lovelace"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert said.startswith("insight: failed with KeyError in cli.py, line ")
    assert "Lovelace" not in said
