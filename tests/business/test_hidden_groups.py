"""No hidden group of any page can be worked out from everything that is printed on it."""

import json

import pytest

from insight.report.disclosure import CHOICES
from recovery import Page, recovered

LIMIT = 10  # the smallest group that these businesses show


@pytest.mark.parametrize(
    ("fixture", "dataset"),
    [
        *(("small_bank", "tiny"), ("music_shop", "cdnow"), ("grocer", "complete_journey")),
        *(("clinic", "clinic"), ("travel", "travel")),
    ],
)
def test_no_page_gives_a_hidden_group_away(request, fixture, dataset):
    home = request.getfixturevalue(fixture)
    stated = json.loads((home.reports(dataset) / "statements.json").read_text("utf-8"))
    assert Page(stated, min_cell=LIMIT).hidden, "this business hides nothing: it tests nothing"
    assert recovered(stated, min_cell=LIMIT, choices=CHOICES) == {}


def test_page_20_of_the_small_bank_gives_no_hidden_group_away_by_itself(small_bank):
    stated = json.loads((small_bank.reports("tiny") / "statements.json").read_text("utf-8"))
    page = [each for each in stated if each["page"] == "20_customer_profile"]
    assert Page(page, min_cell=LIMIT).hidden
    assert recovered(page, min_cell=LIMIT, choices=CHOICES) == {}
