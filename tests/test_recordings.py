"""What is recorded says something everywhere, so that comparing it compares something."""

import json
import re

import pytest

from insight.config.parameters import project_root

ANSWERS = [
    path for path in sorted((project_root() / "tests" / "notebooks").glob("*.ipynb")) if "15" <= path.name[:2] <= "60"
]


def sections(path) -> dict[str, list[str]]:
    """Give the outputs of code by numbered section of a recorded notebook, as plain text and HTML."""
    found: dict[str, list[str]] = {}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        heading = re.match(r"## (\d+) · ", "".join(cell["source"])) if cell["cell_type"] == "markdown" else None
        if heading:
            found[heading[1]] = []
        elif found and cell["cell_type"] == "code":
            last = found[next(reversed(found))]
            last += ["".join(form) for output in cell["outputs"] for form in output.get("data", {}).values()]
    return found


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_every_section_has_a_figure_or_a_table(path):
    *answers, _checks = sections(path).items()
    assert len(answers) >= 4
    empty = [number for number, shown in answers if not any("[Figure]" in one or "<table" in one for one in shown)]
    assert not empty, f"{path.name}: nothing is shown in section {', '.join(empty)}"
