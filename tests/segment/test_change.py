import numpy as np
import pandas as pd
import pytest

from insight.segment.change import Wander, learn_wander


def test_what_is_expected_lies_between_the_own_rate_and_everyones():
    wander = Wander(rate=0.1, known_days=50)
    assert wander.expected(np.array([10.0]), np.array([50.0]), ahead=10)[0] == pytest.approx(1.5)


def test_few_of_many_expected_are_unlikely_and_many_of_few_too():
    wander, expected = Wander(rate=0.1, known_days=50, shape=1e4), np.array([10.0])
    assert wander.chance_of_fewer(np.array([2]), expected)[0] == pytest.approx(0.00277, rel=0.01)  # Poisson of 10
    assert wander.chance_of_more(np.array([17]), expected)[0] == pytest.approx(0.0270, rel=0.01)


@pytest.mark.parametrize("shape", [3.0, 30.0])
def test_how_far_rates_change_by_themselves_is_learned(shape):
    rng = np.random.default_rng(3)
    rate = rng.gamma(2, 10, 20_000)
    then, now = rng.poisson(rate), rng.poisson(rate * rng.gamma(shape, 1 / shape, len(rate)))
    found = learn_wander(pd.Series(then), pd.Series(now), days=90)
    assert found.season == pytest.approx(1, rel=0.02)
    assert found.known_days == pytest.approx(90 / 10, rel=0.1)
    # what is expected is itself uncertain, so the spread learned is a little wider
    assert shape / 2.5 < found.shape < 1.1 * shape


def test_of_few_customers_nothing_is_learned():
    assert learn_wander(pd.Series([1.0] * 20), pd.Series([1.0] * 20), days=90) is None
    assert learn_wander(pd.Series([0.0] * 50), pd.Series([1.0] * 50), days=90) is None
