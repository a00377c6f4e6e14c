"""The extension of JupyterLab that shows a notebook's text in one language, in a real JupyterLab and a real browser."""

import json
import os
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

PROJECT = Path(__file__).resolve().parents[1]
SECONDS = 60
TEXTS = """document.querySelector('.jp-Notebook[data-insight-language]') &&
  [...document.querySelectorAll('.jp-MarkdownCell')]
  .filter(cell => cell.getClientRects().length).map(cell => cell.querySelector('.jp-MarkdownOutput').innerText)"""
EDITOR = "!!document.querySelector('.jp-CodeCell .cm-content')"
OUTLINE = "[...document.querySelectorAll('.jp-tocItem-content')].map(item => item.innerText)"
WRITE = """(() => {
  const view = document.querySelector('.jp-CodeCell .cm-content').cmView.view;
  const text = view.state.doc.toString();
  view.dispatch({changes: {from: 0, to: text.length, insert: text.replace(/^lang.*$/m, %s)}});
})()"""


def notebook(*cells: tuple[str, str, list[str]]) -> nbformat.NotebookNode:
    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    return nbformat.v4.new_notebook(cells=[make[kind](said, metadata={"tags": tags}) for kind, said, tags in cells])


KNOBS = 'dataset: str = "shop"\nlang: str = "{lang}"  # en or zh'
PAIR = [("markdown", "Good *day*", ["en"]), ("markdown", "您好", ["zh"]), ("markdown", "My own 笔记", [])]
NOTEBOOKS = {
    "english": notebook(*PAIR, ("code", KNOBS.format(lang="en"), ["parameters"])),
    "chinese": notebook(("code", KNOBS.format(lang="zh"), ["parameters"]), *PAIR),
    "unknown": notebook(("code", KNOBS.format(lang="de"), ["parameters"]), *PAIR),
    "plain": notebook(("code", 'lang = "zh"', []), *PAIR),
    "injected": notebook(
        ("code", KNOBS.format(lang="en"), ["parameters"]),
        ("code", "# Parameters\nlang = 'zh'", ["injected-parameters"]),
        *PAIR,
    ),
    "headed": notebook(
        ("markdown", "# Tea\n\n## Leaves", ["en"]),
        ("markdown", "# 茶\n\n## 叶", ["zh"]),
        ("code", KNOBS.format(lang="en"), ["parameters"]),
        ("markdown", "## My own 笔记", []),
    ),
}


@pytest.fixture(scope="module")
def jupyterlab(tmp_path_factory) -> Iterator[str]:
    """JupyterLab with the extension, as the wheel puts it, and some notebooks."""
    root = tmp_path_factory.mktemp("lab")
    for name, made in NOTEBOOKS.items():
        nbformat.write(made, root / f"{name}.ipynb")
    (root / ".share" / "labextensions").mkdir(parents=True)
    (root / ".share" / "labextensions" / "insight-language").symlink_to(PROJECT / "labextension")
    folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    surroundings = {name: str(root / f".{name}") for name in folders} | {"JUPYTER_PATH": str(root / ".share")}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [
        "--no-browser",
        "--allow-root",
        f"--port={port}",
        f"--ServerApp.root_dir={root}",
        "--IdentityProvider.token=",
    ]
    command = [sys.executable, "-m", "jupyterlab", *options, "--LabApp.news_url="]
    with (root / ".log").open("wb") as log:
        server = subprocess.Popen(command, env=os.environ | surroundings, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: answers(f"{address}/api"), lambda: (root / ".log").read_text())
        yield address
    finally:
        server.terminate()
        server.wait(SECONDS)


def answers(address: str) -> bool:
    try:
        return urllib.request.urlopen(address, timeout=2).status == 200
    except OSError:
        return False


def wait_until(holds: Callable[[], Any], said: Callable[[], Any]) -> Any:
    until = time.monotonic() + SECONDS
    while not (found := holds()):
        assert time.monotonic() < until, said()
        time.sleep(0.2)
    return found


def settled(ask: Callable[[str], Any], wanted: list[str], what: str = TEXTS) -> None:
    wait_until(lambda: ask(what) == wanted, lambda: ask(what))


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("english", ["Good day", "My own 笔记"]),
        ("chinese", ["您好", "My own 笔记"]),
        ("unknown", ["Good day", "您好", "My own 笔记"]),
        ("plain", ["Good day", "您好", "My own 笔记"]),
        ("injected", ["您好", "My own 笔记"]),
    ],
)
def test_a_notebook_is_opened_in_the_language_of_its_parameters_cell(jupyterlab, browser, name, texts):
    with browser.visit(f"{jupyterlab}/lab/workspaces/{name}/tree/{name}.ipynb?reset") as ask:
        settled(ask, texts)


def test_the_language_changes_as_it_is_written(jupyterlab, browser):
    with browser.visit(f"{jupyterlab}/lab/workspaces/changed/tree/english.ipynb?reset") as ask:
        settled(ask, ["Good day", "My own 笔记"])
        wait_until(lambda: ask(EDITOR), lambda: "no editor")
        for lang, texts in (("zh", ["您好", "My own 笔记"]), ("en", ["Good day", "My own 笔记"])):
            ask(WRITE % json.dumps(f'lang: str = "{lang}"'))
            settled(ask, texts)


def test_the_outline_lists_one_language(jupyterlab, browser):
    with browser.visit(f"{jupyterlab}/lab/workspaces/headed/tree/headed.ipynb?reset") as ask:
        wait_until(lambda: ask(TEXTS), lambda: "no notebook")
        ask("document.querySelector('[data-id=table-of-contents]').click()")
        settled(ask, ["Tea", "Leaves", "My own 笔记"], OUTLINE)
        wait_until(lambda: ask(EDITOR), lambda: "no editor")
        ask(WRITE % json.dumps('lang: str = "zh"'))
        settled(ask, ["茶", "叶", "My own 笔记"], OUTLINE)


def test_the_wheel_brings_it_where_jupyterlab_looks():
    built = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    described = json.loads((PROJECT / "labextension" / "package.json").read_text(encoding="utf-8"))
    place = built["targets"]["wheel"]["shared-data"]["labextension"]
    assert place == f"share/jupyter/labextensions/{described['name']}"
    assert (PROJECT / "labextension" / described["jupyterlab"]["_build"]["load"]).is_file()
