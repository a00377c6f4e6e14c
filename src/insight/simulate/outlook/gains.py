"""What each offer would bring in the year ahead, by customer: the truth of offers, from the account of money."""

from dataclasses import replace

import numpy as np

from insight.simulate.engine.calendar import Month
from insight.simulate.engine.state import State
from insight.simulate.engine.vocabulary import APPROVED, DRIFTING, GROWING, LOST, MATURE, WON_BACK
from insight.simulate.marketing import offers
from insight.simulate.outlook.year import Ahead, Start, taken, year_ahead
from insight.simulate.population.behaviour import Traits


def net_gains(traits: Traits, state: State, month: Month, effects: offers.Effects) -> np.ndarray:
    """Give each offer's expected gain of the year ahead in yuan, its cost deducted: a row a person, a column an offer.

    The persuaded (``with - without``) act because of the offer and would not have done so; all are irritated.
    """
    alone, ahead, gains = Start.of(state), Ahead.of(traits, state, month), np.zeros(effects.with_.shape)

    def margin(start: Start, rows: np.ndarray) -> np.ndarray:
        return year_ahead(taken(traits, rows), taken(state, rows), ahead.take(rows), taken(start, rows)).margin.sum(1)

    anybody = np.flatnonzero(effects.eligible[:, 1:].any(axis=1))
    plain, usual = np.zeros((2, traits.size))
    plain[anybody] = margin(alone, anybody)
    usual[anybody] = margin(_contacted(alone, effects.irritation[:, offers.SPEND]), anybody)
    for offer in range(1, len(offers.CATALOGUE)):
        rows = np.flatnonzero(effects.eligible[:, offer])
        persuaded = (effects.with_ - effects.without)[rows, offer]
        annoyed = _contacted(alone, effects.irritation[:, offer])
        yes, no = _starts(state, alone, annoyed, offer)
        as_usual = (effects.irritation[rows, offer] == effects.irritation[rows, offers.SPEND]).all()
        annoys = (usual[rows] if as_usual else margin(annoyed, rows)) - plain[rows]
        does_not = plain[rows] if no is alone else margin(no, rows)
        gains[rows, offer] = persuaded * (margin(yes, rows) - does_not) + (1 - persuaded) * annoys
    return gains - np.where(effects.eligible, offers.cost(np.arange(len(offers.CATALOGUE)), effects.with_), 0.0)


def _contacted(alone: Start, irritation: np.ndarray) -> Start:
    lifts = alone.lifts.copy()
    lifts[:, 0, 3] += irritation
    return replace(alone, lifts=lifts, fatigue=alone.fatigue + 1)


def _starts(state: State, alone: Start, annoyed: Start, offer: int) -> tuple[Start, Start]:
    """Give the starts of those whom an offer persuades, and of the same without it."""
    no = replace(alone, waits=np.zeros(len(state.stage)))
    yes = replace(no, lifts=annoyed.lifts + offers.PERSUADED[offer][None, None, :], fatigue=annoyed.fatigue)
    if offer == offers.ACTIVATION:
        stage = np.where(state.stage == APPROVED, GROWING, state.stage)
        yes = replace(yes, stage=stage, months_in_stage=np.zeros_like(state.months_in_stage))
    elif offer == offers.RETENTION:
        stage = np.select([state.stage == LOST, state.stage == DRIFTING], [WON_BACK, MATURE], state.stage)
        since = np.where(stage == state.stage, state.months_in_stage, 0)
        yes = replace(yes, stage=stage, months_in_stage=since)
    elif offer == offers.INSTALMENT:
        yes, no = replace(yes, instalment=np.ones(len(state.stage))), replace(no, instalment=np.zeros(len(state.stage)))
    else:
        no, yes = alone, replace(yes, waits=alone.waits)
    if offer == offers.LIMIT:
        yes = replace(yes, limit=np.maximum(np.rint(alone.limit * 1.25 / 1000) * 1000, alone.limit + 1000))
    if offer == offers.AUTOPAY:
        yes = replace(yes, autopay=np.ones_like(state.autopay))
    return yes, no
