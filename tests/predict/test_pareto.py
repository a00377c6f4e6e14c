"""Pareto/NBD against the published parameters, against the package that has it too, and by plain integration."""

from dataclasses import astuple
from itertools import pairwise

import lifetimes
import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad

from insight.predict.value.pareto import Pareto, fit_pareto
from insight.predict.value.purchases import (
    chance_alive,
    chance_silent,
    count_patterns,
    expected_purchases,
    log_likelihood,
    log_likelihoods,
)

# Fader, Hardie and Lee (2005), table 2: the sample of 2,357 customers of CDNOW, 39 weeks.
PUBLISHED = Pareto(r=0.553, alpha=10.578, s=0.606, beta=11.669)
LIKELIHOOD = -9595.0


@pytest.fixture(scope="module")
def fitted(cdnow):
    return fit_pareto(count_patterns(cdnow))


def test_the_published_parameters_come_out_to_three_decimals(cdnow, fitted):
    assert Pareto(*(round(value, 3) for value in astuple(fitted))) == PUBLISHED
    patterns = count_patterns(cdnow)
    assert round(log_likelihood(fitted, patterns), 1) == LIKELIHOOD
    assert log_likelihood(fitted, patterns) >= log_likelihood(PUBLISHED, patterns)


def test_it_agrees_with_lifetimes(cdnow):
    other = lifetimes.ParetoNBDFitter()
    other.params_ = pd.Series({"r": PUBLISHED.r, "alpha": PUBLISHED.alpha, "s": PUBLISHED.s, "beta": PUBLISHED.beta})
    seen = cdnow["repeats"], cdnow["last_week"], cdnow["weeks"]
    assert np.allclose(
        expected_purchases(PUBLISHED, cdnow, weeks=39),
        other.conditional_expected_number_of_purchases_up_to_time(39, *seen),
        rtol=1e-6,
    )
    assert np.allclose(chance_alive(PUBLISHED, cdnow), other.conditional_probability_alive(*seen), rtol=1e-6)


@pytest.mark.parametrize("history", [(0, 0.0, 39.0), (2, 30.43, 38.86), (300, 20.0, 104.0), (0, 0.0, 0.0)])
@pytest.mark.parametrize("model", [PUBLISHED, Pareto(2.0, 0.3, 0.4, 60.0), Pareto(1.0, 60.0, 1.0, 0.3)])
def test_the_rule_is_the_integral_over_the_day_of_leaving(model, history):
    x, last, weeks = history
    customer = pd.DataFrame({"repeats": [x], "last_week": [last], "weeks": [weeks]})

    def left_at(week: float) -> float:
        waited = (model.r + x) * np.log((model.alpha + weeks) / (model.alpha + week))
        stayed = model.s * np.log((model.beta + weeks) / (model.beta + week))
        return model.s / (model.beta + week) * np.exp(waited + stayed - top)

    top = (model.r + x) * np.log((model.alpha + weeks) / (model.alpha + last))
    early = last + 40 * (model.alpha + last) / (model.r + x)
    points = [last, *(point for point in (min(early, weeks),) if last < point), weeks]
    odds = sum(quad(left_at, a, b, limit=200)[0] for a, b in pairwise(points))
    expected = -np.logaddexp(0, np.log(odds) + top) if odds else 0.0
    assert np.log(chance_alive(model, customer))[0] == pytest.approx(expected, rel=1e-5, abs=1e-9)


def test_more_silence_is_the_likelihood_of_a_longer_history(cdnow):
    longer = cdnow.assign(weeks=cdnow["weeks"] + 13)
    ratio = np.exp(log_likelihoods(PUBLISHED, longer) - log_likelihoods(PUBLISHED, cdnow))
    assert np.allclose(chance_silent(PUBLISHED, cdnow, weeks=13), ratio)
    assert (chance_silent(PUBLISHED, cdnow, weeks=13) > 1 - chance_alive(PUBLISHED, cdnow)).all()


def test_who_bought_once_long_ago_is_not_taken_for_alive(fitted):
    once = pd.DataFrame({"repeats": [0, 0], "last_week": 0.0, "weeks": [1.0, 39.0]})
    soon, late = chance_alive(fitted, once)
    assert 0 < late < soon < 1


def test_too_few_who_came_back_are_not_fitted(cdnow):
    assert fit_pareto(count_patterns(cdnow[cdnow["repeats"] == 0])) is None
