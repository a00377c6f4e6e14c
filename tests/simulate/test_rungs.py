"""What the benchmarks of the bank found: the page shows it, tasks leave room, figures lie in their real ranges."""

import json

import bank_ranges
import ceilings
import numpy as np
import pytest

RUNGS = json.loads(ceilings.RESULTS.read_text(encoding="utf-8"))
FIGURES = json.loads(bank_ranges.RESULTS.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("benchmark", "results"), [(ceilings, RUNGS), (bank_ranges, FIGURES)])
def test_the_page_shows_what_was_measured(benchmark, results):
    assert benchmark.as_table(results) in benchmark.PAGE.read_text(encoding="utf-8")


def test_every_task_and_every_figure_was_measured_on_three_seeds():
    assert list(RUNGS["tasks"]) == [task.name for task in ceilings.TASKS]
    assert [(row["subject"], row["figure"]) for row in FIGURES["figures"]] == list(bank_ranges.RANGES)
    assert len(RUNGS["seeds"]) == len(FIGURES["seeds"]) == 3


@pytest.mark.parametrize("task", RUNGS["tasks"])
def test_between_floor_and_ceiling_lies_room_and_nothing_is_perfect_or_chance(task):
    found = RUNGS["tasks"][task]
    floor, ceiling, oracle = (np.mean(found[rung]) for rung in ("floor", "ceiling", "oracle"))
    assert floor + 0.02 < ceiling < oracle
    assert ceiling < 0.99
    assert ceiling > (0.55 if "AUC" in found["measure"] else 0.1)


@pytest.mark.parametrize("row", FIGURES["figures"], ids=lambda row: f"{row['subject']} - {row['figure']}")
def test_figures_lie_in_their_real_ranges(row):
    real = bank_ranges.RANGES[row["subject"], row["figure"]]
    assert [row["least"], row["most"]] == [real.least, real.most]
    assert all(real.least <= seen <= real.most for seen in row["seen"])


def test_an_expected_auc_is_the_mean_of_what_happens():
    rng = np.random.default_rng(1)
    chance = rng.beta(1, 4, 400)
    guess = chance + rng.normal(0, 0.1, 400)
    played = [ceilings.roc_auc_score(rng.random(400) < chance, guess) for _ in range(300)]
    assert ceilings.expected_auc(chance, guess) == pytest.approx(np.mean(played), abs=0.01)


def test_what_was_seen_by_a_month_does_not_depend_on_what_comes_after():
    short, long = (ceilings.Bank.make(3, 300, months).panel for months in (12, 14))
    holders = short.holders(10)
    assert holders.sum() > 100
    np.testing.assert_array_equal(short.at(10)[holders], long.at(10)[holders])
