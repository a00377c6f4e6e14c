"""What a parameters cell sets and nothing would read is refused."""

import sys
from types import SimpleNamespace

import pytest

from insight.errors import ParameterError
from insight.storage.knobs import executed_cells, refuse_unread
from insight.storage.workspace import Workspace

OWN = 'dataset: str = "shop"\nchurn_window: int | None = None'


def refuse(*cells: str) -> None:
    refuse_unread(["", *cells], taken=["churn_window"], cell="the cell")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (f"{OWN}\ntier = 3", "no parameter `tier`; did you mean `tiers`"),
        (f"{OWN}\ntiers = 3", "`tiers` is a parameter, but .* dataset, lang, churn_window"),
        (f"{OWN}\na = tiers = 3", "`tiers` is a parameter"),
        ("# Parameters\ncampain_budget = 5", "did you mean `campaign_budget`"),
        ("# Parameters\nseed = 5", "`seed` is a parameter"),
    ],
)
def test_what_nothing_would_read_is_refused(cell, said):
    with pytest.raises(ParameterError, match=f"(?s)^the cell: 1 problem.*{said}"):
        refuse(cell)


@pytest.mark.parametrize("cell", [f"{OWN}\nmine = 4", "tiers = 3", "dataset = %who", f'{OWN}\nlang = "zh"'])
def test_what_is_taken_or_is_no_parameter_stays(cell):
    refuse(cell)


def test_of_a_cell_that_is_run_again_the_last_counts():
    refuse(f"{OWN}\ntiers = 3", OWN)
    with pytest.raises(ParameterError, match="tiers"):
        refuse(OWN, f"{OWN}\ntiers = 3")


def test_a_variable_of_ones_own_may_resemble_a_parameter_a_little():
    refuse(f"{OWN}\nwindow = 4")


def test_lines_that_set_nothing_are_passed_over():
    refuse(f"{OWN}\nprint(dataset)\nfor day in range(3):\n    pass")


def test_of_what_papermill_put_in_the_last_counts_and_comes_after_the_notebooks_own():
    refuse(OWN, "# Parameters\ntiers = 3", "# Parameters\nchurn_window = 3")
    with pytest.raises(ParameterError, match=r"2 problem(?s:.*)`tier`(?s:.*)`seed`"):
        refuse(f"{OWN}\ntier = 3", "# Parameters\nseed = 3")


@pytest.fixture
def kernel(monkeypatch):
    """Stand in for the kernel that runs the notebook; its variables are what is set here."""
    variables: dict = {}
    running = SimpleNamespace(get_ipython=lambda: SimpleNamespace(user_ns=variables))
    monkeypatch.setitem(sys.modules, "IPython", running)
    return variables


def test_the_cells_are_those_of_the_kernel_and_none_outside_of_one(kernel, monkeypatch):
    assert executed_cells() == ()
    kernel["In"] = ["", OWN]
    assert executed_cells() == ["", OWN]
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert executed_cells() == ()
    monkeypatch.delitem(sys.modules, "IPython")
    assert executed_cells() == ()


def test_a_workspace_refuses_what_the_cell_of_its_notebook_sets_in_vain(kernel, home):
    kernel["In"] = ["", f"{OWN}\nwindow = 3"]
    assert Workspace("shop", "10_first", churn_window=5).params.churn_window == 5
    kernel["In"] += [f"{OWN}\ntier = 3"]
    with pytest.raises(
        ParameterError, match=r"(?s)^the parameters cell of notebooks/10_first.ipynb: 1 problem.*`tiers`"
    ):
        Workspace("shop", "10_first", churn_window=5)
