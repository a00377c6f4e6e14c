"""How often a system holds a person twice, learned from pairs alone."""

import numpy as np
import pandas as pd

from insight.unify.model.doubles import learn_doubles, with_doubles

PEOPLE = 200


def world(twice: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Everybody once in either system, sure to be found; some twice in the first; and two who are alike there."""
    system = np.repeat([0, 1, 0, 0], [PEOPLE, PEOPLE, twice, 2])
    left, right = np.arange(PEOPLE), np.arange(PEOPLE, 2 * PEOPLE)
    doubles = np.arange(twice)
    left = np.concatenate([left, doubles, [2 * PEOPLE + twice]])
    right = np.concatenate([right, 2 * PEOPLE + doubles, [2 * PEOPLE + twice + 1]])
    weight = np.append(np.full(len(left) - 1, 20.0), 1.0)
    return pd.DataFrame({"left": left, "right": right, "weight": weight, "household": -20.0}), system


def told(pairs: pd.DataFrame, system: np.ndarray, prior: float) -> pd.DataFrame:
    return with_doubles(pairs, learn_doubles(pairs, system, prior=prior))


def alike(twice: int) -> pd.Series:
    pairs, system = world(twice)
    return told(pairs, system, 2 / len(system)).iloc[-1]


def test_two_of_a_system_that_holds_nobody_twice_are_two_people():
    assert alike(0)["probability"] < 0.3  # 2 to 1 before anything was learned
    assert alike(0)["contradicts"]


def test_two_of_a_system_full_of_doubles_may_be_one():
    assert alike(PEOPLE)["probability"] > 0.6
    assert not alike(PEOPLE)["contradicts"]


def test_what_is_sure_stays_and_one_system_alone_tells_nothing():
    pairs, system = world(0)
    assert told(pairs, system, 0.005)["probability"].iloc[:-1].min() > 0.999
    single = told(pairs.assign(probability=0.5), system * 0, 0.005)
    assert single["probability"].eq(0.5).all()
    assert not single["contradicts"].any()
