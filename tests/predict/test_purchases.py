"""Against the published example and against slow, plainly right versions."""

import lifetimes
import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import beta

from insight.predict.value.purchases import (
    Modified,
    Purchasing,
    chance_alive,
    chance_silent,
    count_patterns,
    expected_purchases,
    fit_purchasing,
    log_likelihood,
)

# Fader, Hardie and Lee (2005), table 2: the sample of 2,357 customers of CDNOW, 39 weeks.
PUBLISHED = Purchasing(r=0.243, alpha=4.414, a=0.793, b=2.426)
HISTORIES = [(0, 0.0, 38.86), (1, 0.1, 38.0), (2, 30.43, 38.86), (45, 38.0, 38.86), (180, 50.0, 52.0)]
MODELS = {
    "published": PUBLISHED,
    "a and b together below one": Purchasing(r=0.3, alpha=2.0, a=0.2, b=0.3),
    "a and b together one": Purchasing(r=0.9, alpha=1.0, a=0.4, b=0.6),
    "a is one": Purchasing(r=1.2, alpha=0.8, a=1.0, b=0.9),
    "nearly nobody leaves": Purchasing(r=1.4, alpha=1.4, a=1.5, b=900.0),
    "modified": Modified(r=0.525, alpha=6.183, a=0.891, b=1.614),
    "modified, a and b together below one": Modified(r=0.3, alpha=2.0, a=0.2, b=0.3),
    "modified, nearly nobody leaves": Modified(r=1.4, alpha=1.4, a=1.5, b=900.0),
}


def customers(*histories: tuple) -> pd.DataFrame:
    return pd.DataFrame(histories, columns=["repeats", "last_week", "weeks"])


def slow_expectation(model: Purchasing, x: int, last: float, weeks: float, *, ahead: float) -> float:
    """Integrate over the chance to leave: (1 - E[exp(-rate p t)]) / p, for those still there."""
    alpha, shape = model.alpha + weeks, model.r + x

    def each(p: float) -> float:
        return (1 - (alpha / (alpha + p * ahead)) ** shape) / p * beta.pdf(p, model.a, model.b + x + model.chances)

    mode = model.a / (model.a + model.b + x + model.chances)
    parts = [quad(each, low, high, limit=400)[0] for low, high in [(0, mode), (mode, 1)]]
    return sum(parts) * chance_alive(model, customers((x, last, weeks)))[0]


def test_the_published_parameters_come_out_to_three_decimals(cdnow):
    patterns = count_patterns(cdnow)
    found = fit_purchasing(patterns, kind=Purchasing)
    assert (patterns["customers"].sum(), len(patterns)) == (2357, 1016)
    assert [round(value, 3) for value in (found.r, found.alpha, found.a, found.b)] == [0.243, 4.414, 0.793, 2.426]
    assert round(log_likelihood(found, patterns), 1) == -9582.4


def test_the_parameters_of_the_modified_model_come_out_too(cdnow):
    # the same sample and weeks; lifetimes tests its own fitter against them
    patterns = count_patterns(cdnow)
    found = fit_purchasing(patterns)
    assert [round(value, 3) for value in (found.r, found.alpha, found.a, found.b)] == [0.525, 6.183, 0.891, 1.614]
    assert log_likelihood(found, patterns) > -9582.4  # likelier than BG/NBD


def test_who_bought_once_is_not_taken_for_alive_for_ever(cdnow):
    once = customers((0, 0.0, 1.0), (0, 0.0, 26.0), (0, 0.0, 260.0))
    alive = chance_alive(fit_purchasing(count_patterns(cdnow)), once)
    assert 0.7 > alive[0] > alive[1] > alive[2] > 0
    assert alive[2] == pytest.approx(1 / (1 + 0.891 / 1.614 * (266.183 / 6.183) ** 0.525), abs=1e-3)
    assert (chance_alive(PUBLISHED, once) == 1).all()  # what BG/NBD says of them


def test_a_search_within_bounds_finds_the_same(cdnow, monkeypatch):
    from insight.predict.value import purchases

    monkeypatch.setattr(purchases, "_search_freely", lambda patterns, kind: None)
    found = fit_purchasing(count_patterns(cdnow), kind=Purchasing)
    assert [round(value, 2) for value in (found.r, found.alpha, found.a, found.b)] == [0.24, 4.41, 0.79, 2.43]


def test_counted_patterns_say_the_same_as_customers(cdnow):
    one = fit_purchasing(cdnow.assign(customers=1))
    assert one.alpha == pytest.approx(fit_purchasing(count_patterns(cdnow)).alpha, rel=1e-4)


@pytest.mark.filterwarnings("ignore::scipy.integrate.IntegrationWarning")
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("history", HISTORIES)
def test_the_closed_form_is_the_integral(name, history):
    fast = expected_purchases(MODELS[name], customers(history), weeks=13)[0]
    assert fast == pytest.approx(slow_expectation(MODELS[name], *history, ahead=13), rel=2e-5, abs=1e-9)


@pytest.mark.parametrize(("kind", "fitter"), [(Purchasing, "BetaGeoFitter"), (Modified, "ModifiedBetaGeoFitter")])
def test_it_agrees_with_lifetimes_where_that_is_finite(cdnow, kind, fitter):
    fitted = getattr(lifetimes, fitter)().fit(cdnow["repeats"], cdnow["last_week"], cdnow["weeks"])
    seen = cdnow["repeats"], cdnow["last_week"], cdnow["weeks"]
    ours = kind(**fitted.params_)
    theirs = fitted.conditional_expected_number_of_purchases_up_to_time(39, *seen)
    assert np.allclose(expected_purchases(ours, cdnow, weeks=39), theirs, rtol=1e-6)
    assert np.allclose(chance_alive(ours, cdnow), fitted.conditional_probability_alive(*seen), rtol=1e-6)


@pytest.mark.parametrize("kind", [Purchasing, Modified])
def test_a_simulated_shop_behaves_as_expected(kind):
    rng = np.random.default_rng(8)
    model = kind(r=0.8, alpha=4.0, a=0.9, b=3.0)
    known, later, silent = [], [], []
    for rate, leaving in zip(
        rng.gamma(model.r, 1 / model.alpha, 20_000), rng.beta(model.a, model.b, 20_000), strict=True
    ):
        days, at = [], 52.0 if kind.chances and rng.random() < leaving else 0.0
        while (at := at + rng.exponential(1 / rate)) < 52:
            days.append(at)
            if rng.random() < leaving:
                break
        before = [on for on in days if on <= 39]
        known.append((len(before), before[-1] if before else 0.0, 39.0))
        later.append(len(days) - len(before))
        silent.append(len(days) == len(before))
    histories = customers(*known)
    assert expected_purchases(model, histories, weeks=13).sum() == pytest.approx(sum(later), rel=0.03)
    assert chance_silent(model, histories, weeks=13).sum() == pytest.approx(sum(silent), rel=0.01)


def test_the_chance_of_silence_falls_from_one_towards_having_left():
    two = customers((2, 30.43, 38.86))
    chances = [chance_silent(PUBLISHED, two, weeks=weeks)[0] for weeks in (0, 4, 52, 10**9)]
    assert chances[0] == pytest.approx(1)
    assert chances == sorted(chances, reverse=True)
    assert chances[-1] == pytest.approx(1 - chance_alive(PUBLISHED, two)[0], abs=1e-3)


def test_a_shop_that_nobody_leaves_can_be_fitted_too():
    rng = np.random.default_rng(9)
    counts = rng.poisson(rng.gamma(2, 0.25, 400) * 26)
    last = [np.sort(rng.uniform(0, 26, count))[-1] if count else 0.0 for count in counts]
    found = fit_purchasing(count_patterns(pd.DataFrame({"repeats": counts, "last_week": last, "weeks": 26.0})))
    assert found.leaving < 0.01
    assert np.isfinite(expected_purchases(found, customers(*HISTORIES), weeks=13)).all()


def test_too_few_who_came_back_are_not_fitted():
    patterns = count_patterns(customers(*[(0, 0.0, 20.0)] * 500, *[(1, 3.0, 20.0)] * 19))
    assert fit_purchasing(patterns) is None


def test_nothing_is_printed(capsys):
    test_a_shop_that_nobody_leaves_can_be_fitted_too()
    assert capsys.readouterr().out == ""
