"""Histories that no model of buying suits: a prediction that is possible, or a reason, and never an error."""

import numpy as np
import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.predict.value import purchases, value
from insight.predict.value.purchases import Purchasing, expected_purchases

DAYS = 90


def histories(repeats, last_week, weeks, spend=10.0) -> pd.DataFrame:
    customers = max(np.size(each) for each in (repeats, last_week, weeks, spend))
    one = {"repeats": repeats, "last_week": last_week, "weeks": weeks, "mean_spend": spend}
    frame = pd.DataFrame({name: np.broadcast_to(each, customers) for name, each in one.items()})
    return frame.assign(purchases=frame["repeats"] + 1, refunds=0.0)


def few_come_back(customers: int = 4000) -> np.ndarray:
    return (np.arange(customers) % 100 == 0).astype(int)


HARD = {
    "nearly all bought once, the others twice within a day": histories(few_come_back(), few_come_back() / 7, 100.0),
    "nearly all bought once, the others again at once": histories(few_come_back(), 0.0, 20.0),
    "nearly all bought once, the others long ago": histories(few_come_back(), few_come_back() * 90.0, 1000.0),
    "all the same": histories(np.ones(300, int), 10.0, 20.0),
    "every day for a year": histories(np.full(300, 364), 52.0, 52.0),
    "nobody known for more than a day": histories(few_come_back(), 0.0, 0.0),
    "more days bought on than there were": histories(np.full(300, 2000), 200.0, 200.0),
    "nothing was ever paid": histories(np.arange(300) % 4, np.minimum(np.arange(300) % 4, 3.0) * 9, 40.0, spend=0.0),
}


@pytest.mark.parametrize("name", HARD)
def test_what_is_expected_is_possible_or_there_is_a_reason(name):
    known = HARD[name]
    model = value.fit_value(known)
    worth = value.predict_value(model, known, days=DAYS)
    if isinstance(model, Unavailable):
        assert model.reason == "unfitted"
        assert worth.isna().all(axis=None)
    else:
        assert worth["expected_purchases"].between(0, DAYS).all()
        assert worth["p_alive"].between(0, 1).all()


def test_a_model_that_cannot_be_found_is_told_from_too_few_customers():
    assert value.fit_value(HARD["nobody known for more than a day"]).reason == "unfitted"
    assert value.fit_value(HARD["all the same"].head(40)).reason == "customers"


@pytest.mark.parametrize("model", [Purchasing(0.243, 4.414, 0.793, 2.426), Purchasing(1, 5, 30, 60)])
def test_where_the_closed_form_holds_the_quadrature_agrees(model, monkeypatch):
    known = histories(np.array([0, 1, 5, 40]), np.array([0.0, 10, 30, 38]), 38.86)
    closed = expected_purchases(model, known, weeks=39)
    monkeypatch.setattr(purchases, "hyp2f1", lambda *_: np.full(len(known), np.nan))
    np.testing.assert_allclose(expected_purchases(model, known, weeks=39), closed, rtol=1e-4)


def test_of_two_who_surely_leave_after_the_next_purchase_each_buys_at_most_once():
    known = histories(np.array([0, 0]), 0.0, np.array([1.0, 50.0]))
    sure = Purchasing(r=0.001, alpha=18.0, a=3000.0, b=0.0002)
    chance = 1 - (1 + 13 / (18.0 + known["weeks"])) ** -0.001
    np.testing.assert_allclose(expected_purchases(sure, known, weeks=13), chance, rtol=1e-6)
