"""What an offer is said to do to spending and hazards is what it does to the state that draws them."""

import numpy as np
import pandas as pd
import pytest

from insight.simulate.engine.calendar import Month
from insight.simulate.engine.state import State, start_state
from insight.simulate.events import spending
from insight.simulate.marketing import campaigns, offers
from insight.simulate.population.behaviour import MEAN_AMOUNT, draw_traits
from insight.simulate.population.families import draw_kin
from insight.simulate.world import AS_USUAL
from simulate.made import SEED, frame

_FIRST = np.datetime64("2024-01-01")


@pytest.fixture(scope="module")
def people():
    traits = draw_traits(SEED, 0, draw_kin(SEED, 0, 3_000, year=2024), AS_USUAL)
    state = start_state(SEED, 0, traits, first_day=int(_FIRST.astype(int)))
    return traits, state, Month.at(SEED, 0, 0, _FIRST)


def expected_yuan(traits, state, month):
    counts = spending.expected_counts(traits, state, month, np.arange(traits.size))
    return (counts * MEAN_AMOUNT).sum(axis=1) * traits.ticket


def sent(people, offer):
    """Contact all who may have an offer; give the state after it and both truths."""
    traits, before, month = people
    state = State.restored(before.saved())
    baseline = offers.baseline_of(traits, state, month)
    effects = offers.response_probabilities(traits, state, baseline)
    who = np.flatnonzero(effects.eligible[:, offer])
    best, everybody = traits.reach[who].argmax(axis=1), np.zeros(len(who), bool)
    person, what = traits.first + who, np.full(len(who), offer)
    contacts = campaigns.given(traits, month, person=person, offer=what, channel=best, is_holdout=everybody)
    outcome = campaigns.play(traits, state, effects, contacts, month)
    expected = offers.expect(
        traits, before, baseline, effects, who=who, offer=contacts.offer, with_=outcome.probability_with
    )
    return state, who, outcome, expected, effects.with_[who, offer] - effects.without[who, offer]


@pytest.mark.parametrize("offer", [offers.SPEND, offers.DINING_CASHBACK, offers.CAR_WASH, offers.LIMIT])
def test_spending_rises_by_the_effect_for_those_whom_the_offer_persuades(people, offer):
    traits, before, month = people
    state, who, outcome, expected, gained = sent(people, offer)
    persuaded = outcome.contact_with & ~outcome.contact_without
    more = (expected_yuan(traits, state, month) - expected_yuan(traits, before, month))[who]
    promised = np.where(persuaded, (expected.spend_with - expected.spend_without) / np.maximum(gained, 1e-9), 0)
    assert persuaded.sum() > 20
    np.testing.assert_allclose(more, promised, rtol=1e-3, atol=0.05)


@pytest.mark.parametrize("offer", [offers.POINTS, offers.AUTOPAY, offers.RETENTION])
def test_hazards_move_as_promised_on_average(people, offer):
    traits, _, month = people
    state, who, outcome, expected, _ = sent(people, offer)
    persuaded = (outcome.contact_with & ~outcome.contact_without).mean()
    moved = offers.baseline_of(traits, state, month)
    stays = moved.leaving[who] > 0
    assert persuaded > 0
    assert moved.leaving[who][stays].mean() == pytest.approx(expected.leaving_with[stays].mean(), rel=0.05)


def test_nobody_moves_when_nobody_is_contacted(people):
    traits, before, month = people
    state = State.restored(before.saved())
    effects = offers.response_probabilities(traits, state, offers.baseline_of(traits, state, month))
    nobody = np.zeros(0, np.int64)
    none = campaigns.given(traits, month, person=nobody, offer=nobody, channel=nobody, is_holdout=np.zeros(0, bool))
    campaigns.play(traits, state, effects, none, month)
    assert not state.lifts.any()


def test_those_who_default_are_charged_off_months_later():
    stages = frame("truth.stages")
    expected = stages["default_hazard"].sum()
    events = frame("truth.credit").assign(day=lambda rows: pd.to_datetime(rows["day"]))
    begun = events.query("event == 'default'")
    assert abs((begun["day"] >= "2024-01-01").sum() - expected) < 4 * np.sqrt(expected)
    ended = events.query("event == 'charge_off'").set_index("person")["day"]
    early = begun.query("day < '2024-07-01'")
    days = (early["person"].map(ended) - early["day"]).dt.days
    assert days.notna().mean() > 0.8
    assert 270 < days.median() < 600
