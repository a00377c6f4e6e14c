"""What a data scientist meets in JupyterLab, asked of a kernel as JupyterLab asks it; and that a run is as it was."""

import json
import os
import time
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))
SECONDS = 120
PREPARE = """\
dataset, lang = "shop", "{lang}"
import pandas as pd
from insight import lab
from insight.storage.workspace import Workspace
lab.setup()
ws = Workspace(dataset, "10_first", lang=lang)
ws.write("products", pd.DataFrame({{"product_id": ["p1", "p2"], "name": ["Cake", "Tea"], "category": "x",
                                   "department": None, "brand": None}}))
ws.publish()
lab.PATIENCE_SECONDS, lab._EVERY_SECONDS = 1.5, 0.2
"""


class Kernel:
    """A kernel as a notebook has one: cells are executed, and names completed."""

    def __init__(self, **surroundings: str | None) -> None:
        env = {name: value for name, value in {**os.environ, **surroundings}.items() if value is not None}
        self.manager, self.client = start_new_kernel(kernel_name="python3", env=env)

    def run(self, code: str) -> list[dict]:
        """Execute a cell; give what it put out, updates of a display in its place."""
        found: list[dict] = []
        places: dict[str, int] = {}

        def keep(message: dict) -> None:
            content, kind = message["content"], message["msg_type"]
            place = content.get("transient", {}).get("display_id")
            if kind == "update_display_data":
                found[places[place]]["data"].append(content["data"])
            elif kind in ("display_data", "execute_result", "error"):
                places[place] = len(found)
                found.append(content | {"data": [content.get("data", {})]})

        self.client.execute_interactive(code, timeout=SECONDS, output_hook=keep)
        return found

    def html(self, code: str) -> str:
        return "".join(output["data"][-1].get("text/html", "") for output in self.run(code))

    def value(self, code: str):
        found = self.run(f"from IPython.display import JSON\nJSON({{'value': {code}}})")
        return next(data for output in found if (data := output["data"][0].get("application/json")))["value"]

    def complete(self, code: str) -> tuple[list[str], float]:
        """Complete a line; give the names, and the seconds that the fastest of three took."""
        took = []
        for _ in range(3):
            began, asked = time.monotonic(), self.client.complete(code)
            while (reply := self.client.get_shell_msg(timeout=SECONDS))["parent_header"].get("msg_id") != asked:
                pass
            took.append(time.monotonic() - began)
        return reply["content"]["matches"], min(took)

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("project")
    for name in ("params", "notebooks"):
        (root / name).mkdir()
    yaml = "title: {en: Shop, zh: 商店}\ncurrency: USD\ntime_zone: UTC\nsource: {kind: cdnow, sample: sample}\n"
    (root / "params" / "shop.yaml").write_text(yaml, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def kernel(project):
    opened = Kernel(INSIGHT_HOME=str(project), INSIGHT_LANGUAGES=None)
    opened.prepared = opened.html(PREPARE.format(lang="zh"))
    yield opened
    opened.close()


def test_frames_can_be_sorted_and_searched_without_a_request(kernel):
    shown = kernel.html("pd.DataFrame({'a': [2, 1]})")
    assert "dataTable" in shown
    assert "itables" in kernel.prepared
    for html in (kernel.prepared, shown):
        assert "from 'https:" not in html
        assert 'src="http' not in html
        assert "<link" not in html


def test_tables_of_the_engine_show_their_rows(kernel):
    assert "Cake" in kernel.html("ws.read('products')")


def test_what_is_there_is_shown_in_the_language_of_the_notebook(kernel):
    assert "商品" in kernel.html("ws.tables()")
    assert "1 tables, 2 rows" in kernel.run("ws")[0]["data"][0]["text/plain"]


@pytest.mark.parametrize(
    ("line", "name"), [("ws.", "describe"), ("ws.params.", "churn_window"), ("ws.as_of.", None), ("ws.con.", None)]
)
def test_completion_answers_at_once_and_executes_nothing(kernel, line, name):
    kernel.run("ws = Workspace(dataset, '20_second')")
    names, seconds = kernel.complete(line)
    assert seconds < 0.3
    assert name is None or name in [one.rpartition(".")[2] for one in names]
    assert kernel.value("sorted({'_con', '_as_of', '_local'} & vars(ws).keys())") == []
    assert kernel.value("ws._parameters_read") == {}


def test_columns_of_engine_tables_are_completed_with_what_can_be_asked_of_them(kernel):
    kernel.run("table = ws.read('products')")
    for line, name in (("table.", "product_id"), ("table.name.", "upper")):
        names, seconds = kernel.complete(line)
        assert seconds < 0.3
        assert name in [one.rpartition(".")[2] for one in names]


def test_a_cell_that_takes_long_says_where_it_is_and_at_last_how_long_it_took(kernel):
    kernel.run("import time\nfrom insight import engine\nengine.time = time")
    kernel.run("wait = eval('lambda: time.sleep(2.5)', vars(engine))")  # as if it were a function of ours
    [told] = kernel.run("wait()")
    words = [data["text/html"] for data in told["data"]]
    assert "正在 engine.&lt;lambda&gt;" in words[0]
    assert "用时" in words[-1]
    assert kernel.run("1 + 1\nNone") == []


def test_a_cell_that_fails_is_watched_no_longer(kernel):
    kernel.run("import time\ntime.sleep(2)\n1 / 0")
    assert kernel.run("time.sleep(0.1)") == []


def first_cells(notebook: Path, **knobs: str) -> list[str]:
    """The code of a notebook up to where it opens its workspace, with other values in its parameters cell."""
    code = [cell.source for cell in nbformat.read(notebook, 4).cells if cell.cell_type == "code"]
    last = next(place for place, cell in enumerate(code) if "ws = Workspace(" in cell)
    given = {"dataset": '"shop"', **knobs}
    return ["\n".join([code[0], *(f"{name} = {value}" for name, value in given.items())]), *code[1 : last + 1]]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_refuses_a_language_that_there_is_not(kernel, notebook):
    for lang in ('"de"', "3"):
        *_, error = [output for cell in first_cells(notebook, lang=lang) for output in kernel.run(cell)]
        assert error["ename"] == "ParameterError"
        assert f"the parameters cell of notebooks/{notebook.name}: `lang`: expected en or zh" in error["evalue"]


@pytest.mark.parametrize(
    ("knob", "said"),
    [
        ("chrun_window", "there is no parameter `chrun_window`; did you mean `churn_window`"),
        ("tiers", "`tiers` is a parameter, but this notebook does not take it from its cell: write it into params/"),
    ],
)
def test_a_knob_that_nothing_would_read_is_refused_with_its_cell(kernel, knob, said):
    notebook = next(path for path in NOTEBOOKS if path.stem.startswith("40"))
    *_, error = [output for cell in first_cells(notebook, **{knob: "60"}) for output in kernel.run(cell)]
    assert f"the parameters cell of notebooks/{notebook.name}: 1 problem(s)\n  - {said}" in error["evalue"]
    *_, again = [output for cell in first_cells(notebook, lang="3") for output in kernel.run(cell)]
    assert knob not in again["evalue"]  # of a cell that is run again, the last counts


def test_in_a_run_nothing_of_it_happens(project):
    kernel = Kernel(INSIGHT_HOME=str(project), INSIGHT_LANGUAGES="en,zh")
    try:
        assert kernel.run(PREPARE.format(lang="en")) == []
        assert "dataTable" not in kernel.html("pd.DataFrame({'a': [2, 1]})")
        assert "Cake" not in json.dumps(kernel.run("ws.read('products')"))
        assert kernel.run("import time\ntime.sleep(2)") == []
        assert kernel.value("'itables' in __import__('sys').modules") is False
    finally:
        kernel.close()
