"""The bank's rates: each moves what it names, its books stay sound, and its life goes on with them."""

import numpy as np
import pyarrow.compute as pc
import pytest

from insight.config.source import Rates
from insight.simulate.next_month import light_month, next_month
from insight.simulate.world import World, make_world

SEED, PEOPLE, MONTHS = 7, 600, 6


def _cleared(world: World) -> int:
    lines = world.tables["card_transactions"].to_pandas()
    return int(((lines["kind"] == "purchase") & (lines["status"] == "cleared")).sum())


def _in_trial(world: World) -> int:
    return int(pc.sum(world.tables["contacts"]["is_random"]).as_py())


def _targeted(world: World) -> int:
    return world.tables["contacts"].num_rows - _in_trial(world)


def _hazard(name: str):
    return lambda world: float(world.truth["stages"].to_pandas()[name].mean())


#: What is counted where one rate is raised, and by how much at least it rises and at most.
MOVES = {
    "purchases": (_cleared, 1.3, 2.2),
    "revolving": (
        lambda world: int((world.tables["card_transactions"].to_pandas()["kind"] == "interest").sum()),
        1.1,
        3,
    ),
    "defaults": (_hazard("default_hazard"), 1.2, 2.2),
    "leaving": (_hazard("leaving_hazard"), 1.2, 2.2),
    "frauds": (lambda world: world.tables["fraud_cases"].num_rows, 1.2, 3.5),
    "campaigns": (_targeted, 1.3, 2.2),
    "trials": (_in_trial, 1.6, 2.4),
    "firms": (lambda world: world.truth["firms"].num_rows, 1.9, 2.1),
}


@pytest.fixture(scope="module")
def usual() -> World:
    return make_world(SEED, 0, PEOPLE, MONTHS)


@pytest.mark.parametrize("name", Rates.model_fields)
def test_a_rate_moves_what_it_names(name, usual):
    count, least, most = MOVES[name]
    other = make_world(SEED, 0, PEOPLE, MONTHS, rates=Rates(**{name: 2.0}))
    assert least < count(other) / count(usual) < most


def test_a_bank_with_other_rates_goes_on_with_them():
    rates = Rates(leaving=3, trials=5, revolving=4)
    longer, state = make_world(SEED, 0, 200, 3, rates=rates), make_world(SEED, 0, 200, 2, rates=rates).state
    books = next_month(state).truth["books"].to_pandas()
    expected = longer.truth["books"].to_pandas()
    expected = expected[expected["month"] == expected["month"].max()].reset_index(drop=True)
    assert books.equals(expected)
    assert light_month(state).books.to_pandas().equals(expected)
    assert np.array_equal(light_month(state).state["rates"], state["rates"])
