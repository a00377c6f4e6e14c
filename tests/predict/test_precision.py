"""Standard errors of the purchase and spend models, and fits that end at the maximum."""

from dataclasses import astuple

import numpy as np
import pytest

from few_lines import day
from insight.predict.histories import daily_spend, summarise_histories
from insight.predict.value.precision import estimates, information, scores
from insight.predict.value.purchases import Purchasing
from insight.predict.value.value import ValueModel, fit_value


@pytest.fixture(scope="module")
def histories(regulars):
    return summarise_histories(daily_spend(regulars, as_of=day(299)), cut=day(299))


def test_standard_errors_are_those_that_lifetimes_gives(cdnow):
    from lifetimes import BetaGeoFitter

    fitted = BetaGeoFitter().fit(cdnow["repeats"], cdnow["last_week"], cdnow["weeks"])
    model = ValueModel(Purchasing(*fitted.params_[["r", "alpha", "a", "b"]]), None, 0.0)
    found = estimates(model, cdnow)
    for name in ("r", "a", "b"):
        assert found[name].error == pytest.approx(fitted.standard_errors_[name], rel=0.01)
    assert found["rate"].value == pytest.approx(0.243 / 4.414, rel=0.01)


def test_a_fit_ends_within_a_thousandth_of_its_standard_error(histories):
    model = fit_value(histories)
    for part in (model.purchasing, model.spending):
        logs, known = np.log(astuple(part)), np.linalg.inv(information(part, histories))
        step = known @ scores(part, logs, histories).sum(axis=1)
        assert (np.abs(step) < 0.001 * np.sqrt(np.diag(known))).all()


def test_where_the_likelihood_is_flat_nothing_is_known(histories):
    nobody_leaves = ValueModel(Purchasing(1.4, 1.4, np.exp(-9), np.exp(9)), None, 0.0)
    found = estimates(nobody_leaves, histories)
    assert found["b"].error == np.inf or found["b"].error > found["b"].value
