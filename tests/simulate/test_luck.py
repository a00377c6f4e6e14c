"""Luck belongs to a person, a month and a purpose: two policies meet the same, and differ only where they act."""

import io
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import stats

from insight.simulate.draws import Draws
from insight.simulate.next_month import light_month, next_month
from insight.simulate.population.people import id_numbers
from insight.simulate.world import make_world
from simulate.made import small

ROWS = 100_000


@pytest.fixture(scope="module")
def draws():
    return Draws((5, 3), np.arange(ROWS))


def contacts(people, offer=2):
    size = len(people)
    return pa.table(
        {"person": people, "offer": [offer] * size, "channel": ["app"] * size, "is_holdout": [False] * size}
    )


NOBODY = contacts(np.zeros(0, np.int64))


def five():
    effects = small().truth["effects"].to_pandas().query("offer == 2 and eligible")
    return effects.nlargest(5, "response_with")["person"].to_numpy()


def events(world, table, drop):
    """Rows of a table but for the numbers that are given in order of time."""
    return world.tables[table].to_pandas().drop(columns=drop)


_OWN = {
    "card_transactions": ["transaction", "original"], "payments": ["payment"], "statements": [],
    "app_events": ["event"], "rewards": ["reward"], "tickets": ["ticket"], "applications": ["application"],
    "bureau_scores": [], "fraud_cases": ["fraud_case"], "crm_events": ["event"], "wecom_friends": [],
}  # fmt: skip


def test_five_contacts_change_nothing_for_anybody_else():
    alone, with_five = next_month(small().state, NOBODY), next_month(small().state, contacts(five()))
    changed = set()
    for table, drop in _OWN.items():
        left, right = events(alone, table, drop), events(with_five, table, drop)
        columns = list(left.columns)
        both = left.astype(str).groupby(columns).size().to_frame("a")
        both = both.join(right.astype(str).groupby(columns).size().rename("b"), how="outer").fillna(0)
        changed |= set(both[both["a"] != both["b"]].reset_index()["person"].astype(int))
    assert changed
    assert changed <= set(five().tolist())


def test_what_an_offer_adds_comes_on_top_of_what_was_bought_anyway():
    alone, with_five = next_month(small().state, NOBODY), next_month(small().state, contacts(five()))
    columns = ["person", "occurred_at", "amount", "merchant"]
    bought = [
        set(events(world, "card_transactions", []).query("kind == 'purchase'")[columns].itertuples(index=False))
        for world in (alone, with_five)
    ]
    assert bought[0] < bought[1]


def test_a_light_month_books_what_the_whole_one_does():
    people = five()
    for plan in (None, NOBODY, contacts(people)):
        assert light_month(small().state, plan).books.equals(next_month(small().state, plan).truth["books"])
    after = light_month(light_month(small().state).state).books
    assert after.equals(next_month(next_month(small().state).state).truth["books"])


def test_a_light_month_is_not_gone_on_from_with_events():
    state = light_month(small().state).state
    with pytest.raises(ValueError, match="light month"):
        next_month(state)


def test_a_light_month_of_twenty_thousand_takes_half_a_second():
    state = make_world(1, 0, 20_000, 1).state
    light_month(state)
    begun = time.process_time()
    light_month(state)
    assert time.process_time() - begun < 0.5


def test_the_state_is_saved_and_loaded_without_running_anything():
    saved = io.BytesIO()
    np.savez(saved, **small().state)
    saved.seek(0)
    state = dict(np.load(saved, allow_pickle=False))
    assert next_month(state).tables["tickets"].equals(next_month(small().state).tables["tickets"])


def test_numbers_are_uniform_and_know_nothing_of_each_other(draws):
    columns = np.stack([draws.random() for _ in range(20)])
    assert min(stats.kstest(column, "uniform").pvalue for column in columns) > 1e-4
    between = np.corrcoef(columns) - np.eye(20)
    assert np.abs(between).max() < 5 / np.sqrt(ROWS)
    neighbours = [np.corrcoef(column[1:], column[:-1])[0, 1] for column in columns]
    assert np.abs(neighbours).max() < 5 / np.sqrt(ROWS)


@pytest.mark.parametrize("mean", [0.02, 1.0, 30.0])
def test_counts_have_the_distribution_of_poisson(draws, mean):
    counts = draws.poisson(np.array(mean))
    expected = stats.poisson(mean).cdf(np.arange(100))
    seen = np.searchsorted(np.sort(counts), np.arange(100), side="right") / ROWS
    assert np.abs(seen - expected).max() < 2 / np.sqrt(ROWS)


def test_more_is_expected_and_more_comes():
    low, high = (Draws((1,), np.arange(5_000)).poisson(np.array(mean)) for mean in (3.0, 3.3))
    assert (high >= low).all()
    assert (high > low).mean() == pytest.approx(0.3, abs=0.05)


def test_the_draws_of_some_are_those_of_all():
    rows = np.array([7, 3])
    everybody, some = Draws((1,), np.arange(9)), Draws((1,), np.arange(9)).take(rows)
    assert (everybody.normal()[rows] == some.normal()).all()


def test_documents_of_five_hundred_chunks_are_given_once():
    rng = np.random.default_rng(0)
    day = np.datetime64("1980-05-01") + rng.integers(0, 60, 400)
    district, female = rng.choice([110105, 310104, 430121], 400), rng.random(400) < 0.5
    chunks = [0, 1, 49, 50, 51, 250, 497, 498]
    numbers = pd.Series(np.concatenate([id_numbers(district, day, female, chunk) for chunk in chunks]))
    assert numbers.is_unique
    with pytest.raises(ValueError, match="499 chunks"):
        id_numbers(district, day, female, 499)
