import numpy as np
import pandas as pd
import pytest
from scipy.stats import nbinom, norm
from sklearn.metrics import adjusted_rand_score

from insight.segment.mixture import SHAPE, Behaviour, Classes, fit_classes
from insight.segment.traits import log_ratios, scale

MIXES = np.array([(0.6, 0.2, 0.1, 0.1), (0.2, 0.6, 0.1, 0.1), (0.1, 0.2, 0.1, 0.6)])


def bought(rng, mixes, n=200, purchases=60) -> tuple[Behaviour, np.ndarray]:
    """Customers of groups with these shares of categories, each with tastes of their own."""
    true = np.repeat(np.arange(len(mixes)), n)
    counts = rng.poisson(purchases * mixes[true] * rng.gamma(3, 1 / 3, (len(true), mixes.shape[1]))).astype(float)
    ratios = scale(log_ratios(pd.DataFrame(counts)).add_prefix("category:")).to_numpy()
    return Behaviour(np.zeros((len(true), 0)), ratios, counts), true


def test_groups_are_found_nearly_as_well_as_by_who_knows_their_shares():
    seen, true = bought(np.random.default_rng(1), MIXES)
    known = Classes(MIXES, np.zeros((3, 0)), np.zeros((3, 0)), np.full(3, 1 / 3))
    best = adjusted_rand_score(true, known.predict(seen))
    assert adjusted_rand_score(true, fit_classes(seen, 3, seed=1, starts=5).predict(seen)) > 0.9 * best


def test_probabilities_are_those_of_the_distributions():
    fitted = Classes(np.array([[0.7, 0.3], [0.4, 0.6]]), np.array([[0.0], [2.0]]), np.array([[1.0], [0.5]]),
                     np.array([0.25, 0.75]))  # fmt: skip
    seen = Behaviour(np.array([[0.3], [1.0]]), np.zeros((2, 0)), np.array([[8.0, 2.0], [0.0, 1.0]]))
    found, n = fitted.log_probabilities(seen), np.array([10.0, 1.0])
    for customer in range(2):
        by_hand = [
            np.log(fitted.sizes[j])
            + norm.logpdf(seen.traits[customer, 0], fitted.means[j, 0], np.sqrt(fitted.variances[j, 0]))
            + sum(
                nbinom.logpmf(seen.counts[customer, c], SHAPE, SHAPE / (SHAPE + n[customer] * fitted.shares[j, c]))
                for c in range(2)
            )
            for j in range(2)
        ]
        assert found[customer, 1] - found[customer, 0] == pytest.approx(by_hand[1] - by_hand[0])


def test_without_categories_the_traits_decide():
    points = np.concatenate([np.zeros((50, 2)), np.full((50, 2), 3.0)]) + np.random.default_rng(2).normal(
        0, 0.3, (100, 2)
    )
    nothing = np.zeros((100, 0))
    labels = fit_classes(Behaviour(points, nothing, nothing), 2, seed=1, starts=3).predict(
        Behaviour(points, nothing, nothing)
    )
    assert sorted(np.bincount(labels)) == [50, 50]
    assert len(set(labels[:50])) == 1


def test_the_same_seed_gives_the_same_classes():
    seen, _ = bought(np.random.default_rng(3), MIXES[:2], n=50)
    first, again = (fit_classes(seen, 2, seed=4, starts=2) for _ in range(2))
    assert np.array_equal(first.shares, again.shares)
