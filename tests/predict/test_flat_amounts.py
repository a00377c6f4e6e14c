"""A flat trial of amounts: what is added with an interval, to whom, and nobody ranked by chance."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from insight.intervals import difference_of_means
from insight.predict.uplift import amounts, evaluate, flat

ROWS = 3000


def table(seed: int, *, added: float = 0.0, among: int = 70, zeros: bool = True) -> pd.DataFrame:
    """Rows of which the gift makes so many more spend, of those younger than ``among``; most spend nothing."""
    rng = np.random.default_rng(seed)
    age, treatment = rng.uniform(20, 70, ROWS).round(1), rng.choice(["None", "Gift"], ROWS)
    chance = 0.05 + added * ((treatment == "Gift") & (age < among)) if zeros else np.ones(ROWS)
    spent = np.where(rng.random(ROWS) < chance, rng.lognormal(4, 1, ROWS).round(2), 0.0)
    known = pd.DataFrame({"age": age.astype(str), "town": rng.choice(["north", "south"], ROWS)})
    told = {"treatment": treatment, "outcome": [str(one) for one in spent]}
    told["known"] = [json.dumps(row) for row in known.to_dict("records")]
    return pd.DataFrame(told, index=pd.Index([f"r{at}" for at in range(ROWS)], name="row_id"))


def judged(rows: pd.DataFrame) -> tuple:
    found = flat.read_trial(rows, control=None)
    fitted = flat.fit(found.trials)
    uplift = evaluate.cross_fitted_uplift(found.trials, fitted)
    return found, fitted, uplift, evaluate.measure(found.trials, uplift, seed=1)


@pytest.fixture(scope="module")
def young() -> tuple:
    return judged(table(3, added=0.3, among=40))


@pytest.fixture(scope="module")
def nothing() -> tuple:
    return judged(table(4))


def test_what_is_added_is_the_difference_of_the_means_and_in_all_that_of_each_treated(young):
    rows, measured = table(3, added=0.3, among=40), young[3].iloc[0]
    spent, treated = rows["outcome"].astype(float), rows["treatment"] == "Gift"
    assert measured["effect"] == pytest.approx(spent[treated].mean() - spent[~treated].mean())
    assert measured["added"] == pytest.approx(measured["effect"] * treated.sum())
    assert measured["added_low"] == pytest.approx(measured["effect_low"] * treated.sum())
    counts = young[0].counts.set_index("treatment")
    assert counts.loc["Gift", "mean_amount"] == pytest.approx(spent[treated].mean())
    assert counts.loc["Gift", "responded"] == (spent[treated] > 0).sum()


def test_to_whom_more_is_added_is_told(young):
    found, fitted, uplift, measured = young
    assert bool(measured["told"].iloc[0])
    assert measured["qini"].iloc[0] > measured["placebo_high"].iloc[0] > 0 > measured["placebo_low"].iloc[0]
    scores = flat.uplift_of_rows(found, fitted, measured).set_index("row_id")
    assert scores["uplift"].isna().all()
    assert scores["added"].corr(found.design["age"].reindex(scores.index), method="spearman") < -0.6
    assert scores["added"].mean() == pytest.approx(measured["effect"].iloc[0])
    tenths = evaluate.calibrate(found.trials, uplift)
    assert tenths["observed"].iloc[-3:].mean() > tenths["observed"].iloc[:5].mean() + 10


def test_nobody_is_ranked_where_nothing_is_added(nothing):
    found, fitted, _, measured = nothing
    assert not measured["told"].iloc[0]
    assert measured["effect_low"].iloc[0] < 0 < measured["effect_high"].iloc[0]
    scores = flat.uplift_of_rows(found, fitted, measured)
    assert scores["added"].to_numpy() == pytest.approx(measured["effect"].iloc[0])


def test_an_order_by_chance_is_seldom_taken_for_one_that_tells():
    told = [bool(judged(table(seed, added=0.05))[3]["told"].iloc[0]) for seed in range(4)]
    assert sum(told) <= 1


def test_chance_and_amount_joined_are_nearer_to_what_is_added_than_amounts_alone():
    misses = []
    for seed in range(3):
        found = flat.read_trial(table(seed, added=0.1, among=40), control=None)
        alone = replace(found.trials, sent=found.trials.sent.assign(responded=True))
        true = 0.1 * np.exp(4.5) * (found.trials.known["age"] < 40)
        told = (evaluate.cross_fitted_uplift(one, flat.fit(one)) for one in (found.trials, alone))
        misses.append([float(np.square(uplift - true).mean()) for uplift in told])
    joined, direct = np.mean(misses, axis=0)
    assert joined < direct


def test_where_everybody_has_an_amount_amounts_alone_are_learnt():
    found = flat.read_trial(table(5, zeros=False), control=None)
    fitted = flat.fit(found.trials)
    assert isinstance(fitted, amounts.CrossFittedAmounts)
    assert fitted.responses is None


def test_the_interval_of_a_difference_of_skewed_amounts_holds_as_often_as_it_says():
    rng, held = np.random.default_rng(0), []
    for _ in range(120):
        treated = np.arange(600) % 4 > 0  # a small control group
        spent = np.where(rng.random(600) < 0.08 + 0.04 * treated, rng.lognormal(3, 1, 600), 0.0)
        _, low, high = difference_of_means(spent, treated)
        held.append(low <= 0.04 * np.exp(3.5) <= high)
    assert 0.91 <= np.mean(held) <= 0.99


def test_weights_of_a_difference_count():
    values, treated = np.array([1.0, 3, 0, 2]), np.array([True, True, False, False])
    assert difference_of_means(values, treated, np.array([3.0, 1, 1, 1]))[0] == pytest.approx(0.5)
