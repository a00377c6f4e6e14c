"""The year ahead in expectation is what many futures of the same state bring on average."""

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

from insight.simulate.engine.calendar import Month
from insight.simulate.engine.state import State
from insight.simulate.engine.vocabulary import DRIFTING, LOST
from insight.simulate.marketing import offers
from insight.simulate.next_month import light_month
from insight.simulate.outlook.gains import net_gains
from insight.simulate.outlook.year import YEAR, Ahead, Start, year_ahead
from insight.simulate.population.behaviour import CHANNELS, draw_traits
from insight.simulate.population.families import draw_kin
from insight.simulate.world import AS_USUAL, make_world
from simulate.made import MONTHS, SEED, frame

PEOPLE, FUTURES = 6_000, 6


@cache
def bank():
    return make_world(SEED, 0, PEOPLE, 3)


@cache
def people():
    return draw_traits(SEED, 0, draw_kin(SEED, 0, PEOPLE, year=2024), AS_USUAL)


@cache
def expected():
    state, month = State.restored(bank().state), Month.at(SEED, 0, 3, np.datetime64("2024-01-01"))
    return year_ahead(people(), state, Ahead.of(people(), state, month), Start.of(state))


def contacts(who=(), offer=()):
    best = people().reach[np.asarray(who, int)].argmax(axis=1)
    return pa.table({"person": pa.array(who, pa.int64()), "offer": pa.array(offer, pa.int64()),
                     "channel": pa.array([CHANNELS[at] for at in best], pa.string()),
                     "is_holdout": pa.array(np.zeros(len(who), bool))})  # fmt: skip


def by_person(made):
    """Margin of a month by person."""
    margin = made.books["margin"].cast("float64").to_numpy()
    return np.bincount(made.books["person"].to_numpy(), margin, minlength=PEOPLE)


def played(luck, first, state=None, months=YEAR):
    """Margin by person over a year of one future, and the state at its end."""
    state, margin = state or bank().state, np.zeros(PEOPLE)
    for month in range(months):
        made = light_month(state, first if month == 0 else contacts(), luck=luck)
        margin, state = margin + by_person(made), made.state
    return margin, State.restored(state)


@cache
def alone():
    return [played(luck, contacts()) for luck in range(1, FUTURES + 1)]


def total_of(margins):
    """Mean over futures of a total, and its standard error: people are independent, a row each future."""
    margins = np.array(margins)
    return margins.mean(axis=0).sum(), np.sqrt(margins.var(axis=0, ddof=1).sum() / len(margins))


def test_another_luck_is_another_future_and_none_is_the_banks_own():
    one, other = (light_month(bank().state, luck=luck).books for luck in (1, 2))
    assert not one.equals(other)
    assert light_month(bank().state, luck=0).books.equals(light_month(bank().state).books)


def test_the_expected_margin_is_what_futures_bring_on_average():
    holds = State.restored(bank().state).holds
    brought, error = total_of([margin[holds] for margin, _ in alone()])
    assert expected().margin[holds].sum() == pytest.approx(brought, abs=3 * error + 0.02 * brought)


def settled(state):
    """Give those who use their card as usual, in no trouble."""
    return state.active & (state.missed == 0) & ~state.strained & ~state.defaulted & (state.stage != DRIFTING)


def test_it_is_so_for_those_at_their_limit_and_for_those_far_from_it():
    state = State.restored(bank().state)
    used, revolves = offers.utilisation(state), people().revolves
    for rows in (revolves & (used < 0.3), revolves & (used >= 0.3) & (used < 0.7), revolves & (used >= 0.7), ~revolves):
        rows = rows & settled(state)
        brought, error = total_of([margin[rows] for margin, _ in alone()])
        assert error < 0.05 * brought
        assert expected().margin[rows].sum() == pytest.approx(brought, abs=3 * error + 0.02 * brought)


def test_those_who_default_bring_what_is_expected_until_they_are_charged_off():
    state = State.restored(bank().state)
    rows = settled(state)
    state.defaulted |= rows
    state.pace = np.where(rows, 0.35, state.pace)
    month = Month.at(SEED, 0, 3, np.datetime64("2024-01-01"))
    forecast = year_ahead(people(), state, Ahead.of(people(), state, month), Start.of(state)).margin[rows].sum()
    totals = [played(luck, contacts(), bank().state | state.saved())[0][rows].sum() for luck in (1, 2)]
    assert np.mean(totals) < -1_000 * rows.sum()
    assert forecast == pytest.approx(np.mean(totals), rel=0.15)


@pytest.mark.parametrize("offer", [offers.LIMIT, offers.INSTALMENT, offers.RETENTION])
def test_an_offer_that_persuades_everybody_gains_what_it_claims(monkeypatch, offer):
    state, month = State.restored(bank().state), Month.at(SEED, 0, 3, np.datetime64("2024-01-01"))
    found = offers.response_probabilities(people(), state, offers.baseline_of(people(), state, month))
    with_ = found.with_.copy()
    with_[:, offer] = found.eligible[:, offer]
    effects = replace(found, with_=with_)
    for_whom = {offers.LIMIT: settled(state) & people().revolves, offers.RETENTION: state.stage == LOST}
    rows = found.eligible[:, offer] & for_whom.get(offer, settled(state))
    claimed = net_gains(people(), state, month, effects)[rows, offer].sum()
    gains, who = [], np.flatnonzero(rows)
    for luck, (margin, _) in enumerate(alone(), 1):
        with monkeypatch.context() as patched:
            patched.setattr(offers, "response_probabilities", lambda *_: effects)
            made = light_month(bank().state, contacts(who, np.full(len(who), offer)), luck=luck)
        gained = by_person(made) + played(luck, contacts(), made.state, YEAR - 1)[0] - margin
        gains.append(gained[rows])
    earned, error = total_of(gains)
    assert error < 0.15 * claimed
    assert earned == pytest.approx(claimed, abs=3 * error + 0.02 * claimed)


def test_customers_who_are_expected_to_bring_more_do():
    holds = State.restored(bank().state).holds
    brought = np.mean([margin[holds] for margin, _ in alone()], axis=0)
    forecast = expected().margin[holds].sum(axis=1)
    fifths = np.array_split(np.argsort(forecast), 5)
    assert [brought[rows].mean() for rows in fifths][1:] == sorted(brought[rows].mean() for rows in fifths[1:])
    top = fifths[-1]
    assert brought[top].mean() == pytest.approx(forecast[top].mean(), rel=0.15)


def test_as_many_default_as_expected():
    before = State.restored(bank().state)
    at_risk = before.holds & ~before.defaulted
    seen = np.mean([(after.defaulted & at_risk).sum() for _, after in alone()])
    forecast = expected().default[at_risk, -1].sum()
    assert seen == pytest.approx(forecast, abs=4 * np.sqrt(forecast / FUTURES) + 0.15 * forecast)


def test_chances_rise_from_month_to_month_and_stay_chances():
    for chances in (expected().leaving, expected().closing, expected().default):
        assert (np.diff(chances, axis=1) >= -1e-9).all()
        assert chances.min() >= 0
    assert expected().default.max() <= 1
    assert expected().closing.max() <= 1


def test_chances_from_every_month_come_true():
    ahead = frame("truth.ahead").set_index(["person", "month"])
    events = frame("truth.credit").query("event == 'default'").set_index("person")["day"]
    for month in (0, 6, 11):
        day = pd.Timestamp("2024-01-01") + pd.DateOffset(months=month)
        seen = ahead.xs(day.date(), level="month")
        begun = pd.to_datetime(events.reindex(seen.index))
        fresh = ~(begun < day)
        within = begun.between(day, day + pd.DateOffset(months=12), inclusive="left")
        forecast = seen["default_12"][fresh]
        assert within[fresh].sum() == pytest.approx(forecast.sum(), abs=4 * np.sqrt(forecast.sum()))
        assert roc_auc_score(within[fresh], forecast) > 0.65
    assert len(ahead.index.unique("month")) == MONTHS


def test_those_likelier_to_leave_leave_more_often():
    ahead = frame("truth.ahead").query("month == @day", local_dict={"day": date(2024, 7, 1)}).set_index("person")
    stages = frame("truth.stages")
    drifts = stages[(stages["stage"] == "drifting") & (stages["month"] > date(2024, 7, 1))]
    soon = drifts[drifts["month"] <= date(2024, 10, 1)]["person"].unique()
    now = stages[(stages["month"] == date(2024, 7, 1)) & stages["stage"].isin(["growing", "mature", "won_back"])][
        "person"
    ]
    rows = ahead.loc[ahead.index.isin(now)]
    left = rows.index.isin(soon)
    assert left.sum() == pytest.approx(rows["leaving_3"].sum(), abs=4 * np.sqrt(left.sum()))
    assert roc_auc_score(left, rows["leaving_3"]) == pytest.approx(0.8, abs=0.07)


def test_the_list_that_the_truth_chooses_earns_what_it_claims():
    effects = bank().truth["effects"].to_pandas()
    effects = effects[effects["eligible"] & people().consent[effects["person"]]]
    best = effects.loc[effects.groupby("person")["net_gain"].idxmax()].query("net_gain > 0")
    chosen = contacts(best["person"].to_numpy(), best["offer"].to_numpy())
    earned, error = total_of([played(luck, chosen)[0] - margin for luck, (margin, _) in enumerate(alone(), 1)])
    claimed = best["net_gain"].sum()
    assert earned > 0.5 * claimed
    assert earned == pytest.approx(claimed, abs=3 * error + 0.02 * claimed)
