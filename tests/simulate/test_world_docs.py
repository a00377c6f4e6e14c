"""The page on the card bank says what the code does: its tables are compared number by number."""

import re
from pathlib import Path

import pytest

from insight.simulate.engine.calendar import SEASONS
from insight.simulate.events import books
from insight.simulate.marketing.offers import CATALOGUE, PERSUADED
from insight.simulate.population.behaviour import CATEGORIES
from insight.simulate.population.groups import GROUPS, PURCHASES

_PAGE = Path(__file__).parents[2] / "docs" / "card-bank.md"


def rows(first: str) -> dict[str, list[str]]:
    """Cells of the table whose first heading is given, by the first cell of each row."""
    lines = [line for line in _PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    begin = next(at for at, line in enumerate(lines) if line.startswith(first))
    table = {}
    for line in lines[begin + 2 :]:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] in table or not re.fullmatch(r"[a-z_]+", cells[0]):
            break
        table[cells[0]] = cells[1:]
    return table


def number(cell: str) -> float:
    return float(cell.rstrip("%")) / (100 if cell.endswith("%") else 1)


@pytest.mark.parametrize("group", list(GROUPS))
def test_the_page_knows_the_groups(group):
    share, age, income, purchases, *rest = rows("| group")[group]
    truth = GROUPS[group]
    assert [number(share), *map(float, age.split(" ± ")), float(income)] == list(truth[:4])
    assert float(purchases) == pytest.approx(PURCHASES[list(GROUPS).index(group)], abs=0.06)
    assert [number(cell) for cell in rest] == list(truth[5:])


@pytest.mark.parametrize("category", list(CATEGORIES))
def test_the_page_knows_the_categories(category):
    *numbers, months = rows("| category")[category]
    assert [number(cell) for cell in numbers] == list(CATEGORIES[category][:5])
    seasons = {int(month): float(times) for month, times in re.findall(r"(\d+): ([\d.]+)", months)}
    assert seasons == SEASONS.get(category, {})


@pytest.mark.parametrize("at", range(len(CATALOGUE)))
def test_the_page_knows_what_offers_cost_and_do(at):
    code, _, chinese, contact, response, _ = CATALOGUE[at]
    name, *numbers = rows("| offer | 名称")[code]
    assert name == chinese
    assert [number(cell) for cell in numbers] == [contact, response, *PERSUADED[at]]


def test_the_page_knows_what_purchases_and_points_bring_and_cost():
    cells = {name: row[-1] for name, row in rows("| part").items()}
    usual, *others = cells["interchange"].split("; ")
    assert float(usual.split("%")[0]) / 100 == pytest.approx(books.INTERCHANGE)
    told = {name: number(part.split(" of ")[0]) for part in others[:-1] for name in part.split(" of ")[1].split(", ")}
    assert told == pytest.approx(books.INTERCHANGE_OF)
    assert [float(text) for text in re.findall(r"\d\.\d+", cells["servicing"])] == [
        books.OPEN_CARD / 100, books.STATEMENT / 100, books.TICKET / 100
    ]  # fmt: skip
    assert float(cells["points"].split()[0]) == pytest.approx(books.POINT / 100)
    assert number(cells["funds"].split()[0]) == pytest.approx(books.FUNDS)
    assert set(books.PARTS) <= set(cells)
