import json
from pathlib import Path

import pytest

from insight.config.parameters import load
from insight.runner.freshness import read_steps
from insight.sources.registry import described

PROJECT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
#: Those that concern the recorded bank; one for the sake of another table is tested on such a business.
CONCERNED = {step.name for step in read_steps(PROJECT / "notebooks") if step.concerns(described(load("tiny")))}
RECORDED = [path for path in NOTEBOOKS if path.stem in CONCERNED]


def code_cells(path: Path) -> list[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [
        "".join(cell["source"])
        for cell in cells
        if cell["cell_type"] == "code" and "injected-parameters" not in cell["metadata"].get("tags", [])
    ]


@pytest.mark.parametrize("notebook", RECORDED, ids=lambda path: path.stem)
def test_every_notebook_has_a_recording_of_its_present_cells(notebook):
    recording = PROJECT / "tests" / "notebooks" / notebook.name
    assert recording.is_file(), "no recording: `make record` makes it"
    assert code_cells(recording) == code_cells(notebook), "its cells changed since: renew it by `make record`"


def test_no_recording_is_left_of_a_notebook_that_is_gone():
    recorded = {path.name for path in (PROJECT / "tests" / "notebooks").glob("*.ipynb")}
    assert recorded == {path.name for path in RECORDED}


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_that_opens_the_vault_says_that_it_is_personal(notebook):
    text = notebook.read_text(encoding="utf-8")
    assert json.loads(text)["metadata"]["insight"].get("personal", False) == ("insight.unify" in text)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_kept_without_outputs(notebook):
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_section_of_a_notebook_is_empty(notebook):
    """A heading has words beneath it, or a cell that shows something before the next heading."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    for lang in ("en", "zh"):
        filled, title = True, ""
        for cell in cells:
            source, tags = "".join(cell["source"]).strip(), cell["metadata"].get("tags", [])
            if cell["cell_type"] == "code":
                filled = filled or "show(" in source
            elif lang in tags:
                for line in filter(str.strip, source.splitlines()):
                    if line.startswith("#"):
                        assert filled, f"{title}: nothing stands beneath it"
                    filled, title = not line.startswith("#"), line if line.startswith("#") else title
        assert filled, f"{title}: nothing stands beneath it"
