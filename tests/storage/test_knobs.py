"""What a parameters cell sets and nothing would read is refused."""

import pytest

from insight.errors import ParameterError
from insight.storage.knobs import refuse_unread

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
    with pytest.raises(ParameterError):
        refuse(OWN, f"{OWN}\ntiers = 3")
